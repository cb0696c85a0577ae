//! The servers to look at first: which of them work, and why not.

use leptos::prelude::*;
use ui::{Ago, Changing, LevelBadge, LiveState, PageTime, Timeline, each, format, when};
use wire::{Admin, Level, Server, TableName, path_segment};

use super::{Panel, Scope};
use crate::api::approve_server;
use crate::seeded::seeded;

pub(crate) const WORST: Panel = Panel {
    id: "servers",
    title: "Servers",
    export: Some(TableName::Servers),
    view: |_: &Scope| seeded(|live| view! { <WorstServers live=live /> }.into_any()),
};

/// Servers that are shown where the page is not about them.
const MOST: usize = 12;

type Row = ArcRwSignal<Server>;

/// Those to look at first: all of a small fleet by name, the worst of a large one.
#[component]
fn WorstServers(live: LiveState) -> impl IntoView {
    let worst = Memo::new(move |_| live.servers.with(|servers| worst_of(servers)));
    let time = expect_context::<PageTime>();
    let rest = move || live.servers.with(Vec::len).saturating_sub(MOST);
    let more = when(
        move || rest() > 0,
        move || {
            view! {
                <p class="more">
                    <a href=move || time.href("/servers")>{move || format!("All {} servers", rest() + MOST)}</a>
                </p>
            }
        },
    );
    view! {
        <StatusTable rows=move || worst.get() />
        {more}
    }
}

fn worst_of(servers: &[Row]) -> Vec<Row> {
    if servers.len() <= MOST {
        return servers.to_vec();
    }
    let level = |server: &Row| server.with(|server| server.verdict.level);
    let ranked = Level::WORST_FIRST.iter().flat_map(|wanted| {
        let of_level = move |server: &&Row| level(server) == *wanted;
        servers.iter().filter(of_level)
    });
    ranked.take(MOST).cloned().collect()
}

#[component]
fn StatusTable(#[prop(into)] rows: Changing<Vec<Row>>) -> impl IntoView {
    view! {
        <div class="scroll">
            <table class="status">
                <thead>
                    <tr>
                        <th scope="col">"Server"</th>
                        <th scope="col">"State"</th>
                        <th scope="col" class="number">"Answer"</th>
                        <th scope="col" class="number">"Up, 24 h"</th>
                        <th scope="col" class="optional">"Last hour"</th>
                    </tr>
                </thead>
                <tbody>
                    {each(
                        move || rows.get(),
                        |server| server.with_untracked(|server| server.name.clone()),
                        |server| view! { <StatusRow server=server /> },
                    )}
                </tbody>
            </table>
        </div>
    }
}

#[component]
fn StatusRow(server: Row) -> impl IntoView {
    let server = RwSignal::from(server);
    let name = server.with_untracked(|server| server.name.clone());
    let time = expect_context::<PageTime>();
    let path = format!("/servers/{}", path_segment(&name));
    let level = move || server.with(|server| server.verdict.level);
    let answer = move || {
        server
            .with(answer_time)
            .map_or_else(|| "–".to_owned(), format::seconds)
    };
    let up = move || {
        server
            .with(|server| server.availability)
            .map_or_else(|| "–".to_owned(), format::ratio)
    };
    let spans = move || server.with(|server| server.timeline.clone());
    let kind = move || {
        server.with(|server| {
            let tools = server
                .tools
                .map(|tools| format::count(tools as usize, "tool"));
            let parts = [Some(server.transport.as_str().to_owned()), tools];
            parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
        })
    };
    let waits = move || server.with(|server| server.admin == Admin::AwaitingApproval);
    let since = Memo::new(move |_| server.with(|server| server.verdict.since_ms));
    view! {
        <tr data-server=name.clone() data-level=move || level().as_str()>
            <th scope="row">
                <a href=move || time.href(&path)>{name.clone()}</a>
                <small>{move || kind()}</small>
            </th>
            <td>
                <LevelBadge level=level />
                <small>
                    {move || server.with(|server| server.verdict.summary.clone())}
                    " "
                    {move || view! { <Ago at_ms=since.get() /> }.into_any()}
                </small>
                {when(waits, move || view! { <Consent server=server /> })}
            </td>
            <td class="number">{move || answer()}</td>
            <td class="number">{move || up()}</td>
            <td class="optional">
                <Timeline spans=spans />
            </td>
        </tr>
    }
}

/// How long the lightest question takes: `ping`, or `server/discover` of the modern era.
pub(super) fn answer_time(server: &Server) -> Option<f64> {
    server
        .step_seconds("ping")
        .or_else(|| server.step_seconds("discover"))
}

/// Starting a found server runs a command, so the command is shown and somebody has to agree.
#[component]
pub(super) fn Consent(server: RwSignal<Server>) -> impl IntoView {
    let start = move |_| {
        let name = server.with_untracked(|server| server.name.clone());
        leptos::task::spawn_local(approve(name));
    };
    view! {
        <p class="consent">
            <code>{move || server.with(|server| server.endpoint.clone())}</code>
            <button class="primary" on:click=start>"Start it"</button>
        </p>
    }
}

#[cfg_attr(feature = "split", lazy)]
async fn approve(name: String) {
    if let Err(failure) = approve_server(name).await {
        ui::notify(failure.to_string(), true);
    }
}
