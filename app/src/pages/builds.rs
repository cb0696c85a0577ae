//! Do builds succeed, what is wrong with them, and where does their time go?

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use ui::PageTime;
use wire::{BuildPair, BuildPicture, BuildState, TimeRange};

use crate::address::Address;
use crate::board::Board;
use crate::builds::{detail, load_build, load_builds, picture};
use crate::kept::kept_new;
use crate::loaded::Loaded;
use crate::panels::metric;
use crate::seeded::{Room, seeded_page, seeded_with};
use crate::title::name_page;

/// What is looked at where the address names no time: builds are rarer than requests.
const WEEK_MS: i64 = 7 * 86_400_000;

/// What is asked for.
#[derive(Clone, PartialEq)]
struct Wanted {
    project: String,
    range: TimeRange,
    is_chosen: bool,
}

impl Wanted {
    fn of(here: Address, time: PageTime) -> Self {
        let (project, is_chosen) = here.query.with(|query| {
            let is_chosen = query.get("range").is_some() || query.get("from").is_some();
            (query.get("project").unwrap_or_default(), is_chosen)
        });
        let range = match is_chosen {
            true => time.range.get(),
            false => TimeRange::Last(WEEK_MS),
        };
        Self {
            project,
            range,
            is_chosen,
        }
    }

    /// A number that is another for another question.
    fn version(&self) -> u32 {
        let text = format!("{} {:?}", self.project, self.range);
        let step = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(16_777_619);
        text.bytes().fold(2_166_136_261, step)
    }

    fn words(&self) -> String {
        match self.is_chosen {
            true => "In the time that is chosen above".to_owned(),
            false => "In seven days".to_owned(),
        }
    }
}

/// All builds, and what they come to.
#[component]
pub(crate) fn Builds() -> impl IntoView {
    name_page("Rust builds");
    let (here, time) = (Address::here(), expect_context::<PageTime>());
    let wanted = Memo::new(move |_| Wanted::of(here, time));
    let load = move || {
        let Wanted { project, range, .. } = wanted.get_untracked();
        let (range_ms, until_ms) = range.parts();
        load_builds(project, range_ms, until_ms)
    };
    let loaded = Loaded::<BuildPicture>::while_at(move || wanted.with(Wanted::version), load);
    let board = Board::load("builds", None);
    view! {
        {seeded_with(Room::Tall, loaded, move |live, first| {
            let slides = move || wanted.with_untracked(|wanted| wanted.range.slides());
            let shown = kept_new(live, first, slides, load);
            let Wanted { project, .. } = wanted.get_untracked();
            picture(shown, project, wanted.with_untracked(Wanted::words))
        })}
        {board.section("charts", metric::any)}
    }
}

/// One build, beside another where one is named.
#[component]
pub(crate) fn BuildPage() -> impl IntoView {
    name_page("Build");
    let (params, here) = (use_params_map(), Address::here());
    // Leaving the route is not another build.
    let which = Memo::new(move |before: Option<&(String, String)>| {
        let id = params.with(|params| params.get("id"));
        let with = here.query.with(|query| query.get("with"));
        match id {
            Some(id) => (id, with.unwrap_or_default()),
            None => before.cloned().unwrap_or_default(),
        }
    });
    let page = move || {
        let (id, with) = which.get();
        let load = move || load_build(id.clone(), with.clone());
        let again = load.clone();
        let loaded = Loaded::<BuildPair>::once(load);
        seeded_page("Build", loaded, move |live, first| {
            let is_running = RwSignal::new(first.build.build.state == BuildState::Running);
            let goes_on = move || is_running.get_untracked();
            let shown = kept_new(live, first, goes_on, again.clone());
            ui::effect(move || {
                let state = shown.with(|pair| pair.build.build.state);
                is_running.set(state == BuildState::Running);
            });
            detail(shown)
        })
    };
    view! { {move || page()} }
}
