//! What do the samples say?

use leptos::prelude::*;

use crate::explore::{Opening, Session, editor, examples, heading, results};
use crate::seeded::{Room, seeded_with};
use crate::title::name_page;

/// Queries, and what they come to.
#[component]
pub(crate) fn Explore() -> impl IntoView {
    name_page("Explore");
    let opening = Opening::load();
    let whole = seeded_with(Room::Tall, opening.answers, move |live, answers| {
        let session = Session::begin(opening, answers, live);
        view! {
            {heading(session)}
            {editor(session)}
            {results(session)}
        }
        .into_any()
    });
    view! {
        <div class="explore">
            {whole}
            {examples(opening)}
        </div>
    }
}
