//! What can be looked at besides the pages of their own?

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use ui::{PageTime, all};
use wire::BoardLink;

use crate::api::load_boards;
use crate::board::Board;
use crate::loaded::Loaded;
use crate::panels::metric;
use crate::seeded::{Room, seeded_with};
use crate::title::name_page;

/// All boards.
#[component]
pub(crate) fn Boards() -> impl IntoView {
    name_page("Dashboards");
    let boards = Loaded::<Vec<BoardLink>>::once(load_boards);
    view! {
        <h1>"Dashboards"</h1>
        <p class="lead">"Each answers one question over the same stretch of time."</p>
        {seeded_with(Room::Tall, boards, |_, boards| list(&boards))}
    }
}

fn list(boards: &[BoardLink]) -> AnyView {
    let time = expect_context::<PageTime>();
    let links = boards.iter().map(|board| {
        let path = format!("/dashboards/{}", board.name);
        view! {
            <li>
                <a href=move || time.href(&path)>{board.title.clone()}</a>
                <small>{board.question.clone()}</small>
            </li>
        }
    });
    view! { <ul class="boards panel">{all(links)}</ul> }.into_any()
}

/// One board.
#[component]
pub(crate) fn BoardPage() -> impl IntoView {
    let params = use_params_map();
    // Another board under the same route is another page; leaving the route is not.
    let name = Memo::new(move |before: Option<&String>| {
        let named = params.with(|params| params.get("name"));
        named.or_else(|| before.cloned()).unwrap_or_default()
    });
    let page = move || {
        let name = name.get();
        name_page(&name);
        Board::load(&name, None).whole(metric::any)
    };
    view! { {move || page()} }
}
