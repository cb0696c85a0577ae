//! Is anything wrong? Where? Since when? Who has it? What changed before it?

use leptos::prelude::*;
use ui::{Ago, LiveState, PageTime, each, format};
use wire::{Level, Server, path_segment};

use crate::board::Board;
use crate::panels::{self, Scope, metric, show};
use crate::seeded::seeded;
use crate::title::name_page;

/// The first page.
#[component]
pub(crate) fn Overview() -> impl IntoView {
    let scope = Scope::default();
    name_page("Overview");
    let board = Board::load("overview", None);
    view! {
        <div class="overview">
            {seeded(|live| view! { <FleetVerdict live=live /> }.into_any())}
            {board.section("tiles", metric::tile_or_chart)}
            <div class="columns">
                <div class="alerts-first">{show(&panels::OPEN_ALERTS, &scope)} {show(&panels::EVENTS, &scope)}</div>
                <div class="glances">
                    {show(&panels::BUDGETS, &scope)} {show(&panels::BUILDS, &scope)} {show(&panels::BENCHMARKS, &scope)}
                    {show(&panels::AGENTS, &scope)}
                </div>
                <div class="wide">{board.section("charts", metric::tile_or_chart)} {show(&panels::WORST_SERVERS, &scope)}</div>
            </div>
        </div>
    }
}

/// The fleet in a sentence.
#[component]
pub(crate) fn FleetVerdict(live: LiveState) -> impl IntoView {
    let levels = move || -> Vec<Level> {
        let level = |server: &ArcRwSignal<Server>| server.with(|server| server.verdict.level);
        live.servers
            .with(|servers| servers.iter().map(level).collect())
    };
    let nothing_wrong = move || match worst(live) {
        None => reassurance(&levels()),
        Some(_) => "",
    };
    let key = |server: &Server| {
        let verdict = &server.verdict;
        format!("{} {} {}", server.name, verdict.since_ms, verdict.summary)
    };
    view! {
        <h1>{move || headline(&levels())}</h1>
        <p class="lead">
            {move || nothing_wrong().to_owned()}
            {each(move || worst(live).into_iter().collect(), key, worst_line)}
        </p>
    }
}

fn worst_line(server: Server) -> impl IntoView {
    let time = expect_context::<PageTime>();
    let path = format!("/servers/{}", path_segment(&server.name));
    view! {
        "Worst: "
        <a href=move || time.href(&path) data-level=server.verdict.level.as_str()>{server.name}</a>
        ", since "
        <Ago at_ms=server.verdict.since_ms />
        ": "
        {server.verdict.summary}
    }
}

/// What can be said when nothing is wrong.
fn reassurance(levels: &[Level]) -> &'static str {
    match levels.iter().all(|level| *level == Level::Healthy) {
        true => "Every server answered its last probe.",
        false => "What has been probed so far has answered.",
    }
}

fn headline(levels: &[Level]) -> String {
    let of = |wanted: Level| levels.iter().filter(|level| **level == wanted).count();
    let (down, degraded, unknown) = (
        of(Level::Unhealthy),
        of(Level::Degraded),
        of(Level::Unknown),
    );
    let all = format::count(levels.len(), "server");
    let attention = down + degraded;
    if attention > 0 {
        let need = if attention == 1 { "needs" } else { "need" };
        return format!("{attention} of {all} {need} attention");
    }
    match unknown {
        0 if levels.len() == 1 => "The only server is healthy".to_owned(),
        0 => format!("All {all} are healthy"),
        _ => format!("{unknown} of {all} not known yet, none failing"),
    }
}

/// The server to look at first: the worst, and of those the one that has been so for the longest time.
fn worst(live: LiveState) -> Option<Server> {
    let rank = |server: &Server| {
        let verdict = &server.verdict;
        let is_bad = matches!(verdict.level, Level::Unhealthy | Level::Degraded);
        is_bad.then_some((verdict.level != Level::Unhealthy, verdict.since_ms))
    };
    live.servers.with(|servers| {
        let ranked = servers
            .iter()
            .filter_map(|server| Some((server.with(rank)?, server)));
        let (_, worst) = ranked.min_by_key(|(rank, _)| *rank)?;
        Some(worst.get())
    })
}
