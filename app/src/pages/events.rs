//! What changed, when, and who did it?

use leptos::prelude::*;
use ui::PageTime;
use wire::Mark;

use crate::address::Address;
use crate::events::{Asked, timeline};
use crate::loaded::Loaded;
use crate::seeded::{Room, seeded_with};
use crate::title::name_page;

/// Every mark of the page's time.
#[component]
pub(crate) fn Events() -> impl IntoView {
    name_page("What changed");
    let (here, time) = (Address::here(), expect_context::<PageTime>());
    let asked = Memo::new(move |_| Asked::of(here, time));
    let version = move || asked.with(Asked::version);
    let loaded = Loaded::<Vec<Mark>>::while_at(version, move || asked.with_untracked(Asked::load));
    seeded_with(Room::Tall, loaded, move |live, first| {
        asked.with_untracked(|asked| timeline(live, first, asked))
    })
}
