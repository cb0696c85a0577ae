//! How is this server, why, and what can it do?

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use ui::{LiveState, PageTime, when_else};
use wire::Server;

use crate::api::{provide_detail, provide_performance};
use crate::board::Board;
use crate::panels::{self, Scope, metric, show, verdict::Verdict};
use crate::seeded::seeded;
use crate::title::name_page;

/// One server.
#[component]
pub(crate) fn ServerPage() -> impl IntoView {
    let params = use_params_map();
    // Another server under the same route is another page; leaving the route is not.
    let name = Memo::new(move |before: Option<&String>| {
        let named = params.with(|params| params.get("name"));
        named.or_else(|| before.cloned()).unwrap_or_default()
    });
    let page = move || {
        let name = name.get();
        name_page(&name);
        seeded(move |live| {
            let (known, unknown_name) = (name.clone(), name.clone());
            let wanted = name.clone();
            when_else(
                move || find(live, &wanted).is_some(),
                move || find(live, &known).map(|server| one(server, &known)),
                move || unknown(&unknown_name),
            )
        })
    };
    view! { {move || page()} }
}

fn find(live: LiveState, name: &str) -> Option<ArcRwSignal<Server>> {
    let is_it = |server: &&ArcRwSignal<Server>| server.with_untracked(|server| server.name == name);
    live.servers
        .with(|servers| servers.iter().find(is_it).cloned())
}

fn one(server: ArcRwSignal<Server>, name: &str) -> AnyView {
    provide_detail(name.to_owned());
    provide_performance(name.to_owned(), server.clone());
    let scope = Scope {
        server: Some(name.to_owned()),
    };
    let board = Board::load("server", scope.server.clone());
    view! {
        <h1>{name.to_owned()}</h1>
        <Verdict server=RwSignal::from(server) />
        <div class="columns">
            <div class="wide">{board.section("charts", metric::any)} {show(&panels::SERVER_CHECKS, &scope)}
                {show(&panels::TOOLS, &scope)}</div>
            <div>
                {show(&panels::TRAFFIC, &scope)} {show(&panels::HEALTH, &scope)} {show(&panels::PERFORMANCE, &scope)}
                {show(&panels::SERVER_DEFINITIONS, &scope)}
                {show(&panels::HISTORY, &scope)}
                {show(&panels::SERVER_EVENTS, &scope)}
            </div>
        </div>
        {board.section("calls", metric::any)}
        {board.section("process", metric::any)}
    }
    .into_any()
}

fn unknown(name: &str) -> AnyView {
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(http::StatusCode::NOT_FOUND);
    }
    let time = expect_context::<PageTime>();
    view! {
        <h1>{name.to_owned()}</h1>
        <p class="trouble" role="alert">
            {format!("No server is called {name:?}. ")}
            <a href=move || time.href("/servers")>"See all servers"</a>
        </p>
    }
    .into_any()
}
