//! Which agents live, how well does each do, how evenly do they work, and who needs somebody?

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use ui::PageTime;
use wire::{AgentDetail, AgentPicture, Problem, TimeRange};

use crate::address::Address;
use crate::answer::read;
use crate::board::Board;
use crate::kept::kept_new;
use crate::loaded::Loaded;
use crate::panels::metric;
use crate::seeded::{Room, seeded_outcome, seeded_with, trouble};
use crate::synthex::{detail, load_agent, load_agents, picture};
use crate::title::name_page;

/// Where an agent has no series.
const NO_SERIES: &str = "There is no series of it in this time: what it measures is sampled every few seconds while it reports.";

/// All agents.
#[component]
pub(crate) fn Agents() -> impl IntoView {
    name_page("SYNTHEX agents");
    let here = Address::here();
    let loaded = Loaded::<AgentPicture>::once(load_agents);
    let board = Board::load("synthex-fleet", None);
    let time = expect_context::<PageTime>();
    view! {
        {seeded_with(Room::Tall, loaded, move |live, first| {
            picture(kept_new(live, first, || true, load_agents), here)
        })}
        {board.section("charts", metric::any)}
        <p class="more"><a href=move || time.href("/d/synthex-health")>"Charts by agent"</a></p>
    }
}

/// All that is measured of agents, over time.
#[component]
pub(crate) fn AgentsBoard() -> impl IntoView {
    name_page("SYNTHEX health");
    let time = expect_context::<PageTime>();
    view! {
        {Board::load("synthex-health", None).whole(metric::any)}
        <p class="more"><a href=move || time.href("/synthex")>"All agents"</a></p>
    }
}

/// What is looked at of one agent: nothing where the address names no time, and then it is the last day.
fn asked(here: Address, time: PageTime) -> Option<TimeRange> {
    let is_chosen = here
        .query
        .with(|query| query.get("range").is_some() || query.get("from").is_some());
    is_chosen.then(|| time.range.get())
}

/// One agent.
#[component]
pub(crate) fn AgentPage() -> impl IntoView {
    let (params, here) = (use_params_map(), Address::here());
    let time = expect_context::<PageTime>();
    // Leaving the route is not another agent.
    let id = Memo::new(move |before: Option<&String>| {
        let named = params.with(|params| params.get("id"));
        named.or_else(|| before.cloned()).unwrap_or_default()
    });
    let range = Memo::new(move |_| asked(here, time));
    let page = move || {
        let id = id.get();
        name_page(&id);
        let (board, named) = (Board::load("agent", Some(id.clone())), id.clone());
        let load = move || {
            let (range_ms, until_ms) = range.get_untracked().map_or((0, None), TimeRange::parts);
            load_agent(id.clone(), range_ms, until_ms)
        };
        let again = load.clone();
        let version = move || {
            let (range_ms, until_ms) = range.get().map_or((0, None), TimeRange::parts);
            // Any number will do that differs for another time.
            range_ms
                .wrapping_mul(31)
                .wrapping_add(until_ms.unwrap_or(0)) as u32
        };
        let loaded = Loaded::<AgentDetail>::while_at(version, load);
        seeded_outcome(Room::Tall, loaded.text(), move |live, outcome| {
            let first = match outcome.and_then(|text| read(&text)) {
                Ok(first) => first,
                Err(problem) => return missing(&named, problem, time),
            };
            let slides = move || range.get_untracked().is_none_or(TimeRange::slides);
            let shown = kept_new(live, first, slides, again.clone());
            detail(shown, board.filled("charts", metric::any, NO_SERIES))
        })
    };
    view! { {move || page()} }
}

/// Why there is nothing to show of it.
fn missing(id: &str, problem: Problem, time: PageTime) -> AnyView {
    view! {
        <h1>{id.to_owned()}</h1>
        {trouble(problem)}
        <p class="lead"><a href=move || time.href("/synthex")>"See all agents"</a></p>
    }
    .into_any()
}
