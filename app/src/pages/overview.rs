//! Is anything wrong? Where? Since when? Who has it? What changed before it?

use leptos::prelude::*;
use leptos_meta::Title;
use ui::{Ago, LiveState, format};
use wire::{Level, Server, path_segment};

use crate::frame::seeded;
use crate::panels::{self, Scope, show};

/// The first page.
#[component]
pub(crate) fn Overview() -> impl IntoView {
    let scope = Scope::default();
    view! {
        <Title text="Overview" />
        {seeded(|live| view! { <FleetVerdict live=live /> }.into_any())}
        {show(&panels::HOST, &scope)}
        <div class="columns">
            <div class="wide">{show(&panels::SERVERS, &scope)} {show(&panels::LATENCY, &scope)}</div>
            <div>{show(&panels::OPEN_ALERTS, &scope)} {show(&panels::EVENTS, &scope)}</div>
        </div>
    }
}

/// The fleet in a sentence.
#[component]
pub(crate) fn FleetVerdict(live: LiveState) -> impl IntoView {
    let servers = Memo::new(move |_| {
        live.servers.with(|servers| {
            servers
                .iter()
                .map(|server| server.get())
                .collect::<Vec<_>>()
        })
    });
    let headline = move || servers.with(|servers| headline(servers));
    let worst = move || servers.with(|servers| worst(servers).cloned());
    view! {
        <h1>{move || headline()}</h1>
        <p class="lead">
            {move || match worst() {
                None => servers.with(|servers| reassurance(servers)).into_any(),
                Some(server) => {
                    let href = format!("/servers/{}", path_segment(&server.name));
                    view! {
                        "Worst: "
                        <a href=href data-level=server.verdict.level.as_str()>{server.name.clone()}</a>
                        ", since "
                        <Ago at_ms=server.verdict.since_ms />
                        ": "
                        {server.verdict.summary.clone()}
                    }
                        .into_any()
                }
            }}
        </p>
    }
}

/// What can be said when nothing is wrong.
fn reassurance(servers: &[Server]) -> &'static str {
    match servers
        .iter()
        .all(|server| server.verdict.level == Level::Healthy)
    {
        true => "Every server answered its last probe.",
        false => "What has been probed so far has answered.",
    }
}

fn headline(servers: &[Server]) -> String {
    let of = |level: Level| servers.iter().filter(|s| s.verdict.level == level).count();
    let (down, degraded, unknown) = (
        of(Level::Unhealthy),
        of(Level::Degraded),
        of(Level::Unknown),
    );
    let all = format::count(servers.len(), "server");
    let attention = down + degraded;
    if attention > 0 {
        let need = if attention == 1 { "needs" } else { "need" };
        return format!("{attention} of {all} {need} attention");
    }
    match unknown {
        0 if servers.len() == 1 => "The only server is healthy".to_owned(),
        0 => format!("All {all} are healthy"),
        _ => format!("{unknown} of {all} not known yet, none failing"),
    }
}

/// The server to look at first: the worst, and of those the one that has been so for the longest time.
fn worst(servers: &[Server]) -> Option<&Server> {
    let bad = servers
        .iter()
        .filter(|s| matches!(s.verdict.level, Level::Unhealthy | Level::Degraded));
    bad.min_by_key(|server| {
        (
            server.verdict.level != Level::Unhealthy,
            server.verdict.since_ms,
        )
    })
}
