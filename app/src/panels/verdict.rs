//! One server's verdict: level, reason, what to do, and the steps of its last probe.

use leptos::prelude::*;
use ui::{Ago, Glyph, Icon, LevelBadge, PageTime, Timeline, all, format, when};
use wire::{Admin, Server};

use super::status::Consent;
use crate::api::probe_server;

/// The head of a server's page.
#[component]
pub(crate) fn Verdict(server: RwSignal<Server>) -> impl IntoView {
    let level = move || server.with(|server| server.verdict.level);
    let spans = move || server.with(|server| server.timeline.clone());
    let probe = move |_| {
        let name = server.with_untracked(|server| server.name.clone());
        leptos::task::spawn_local(async move {
            match probe_server(name.clone()).await {
                Ok(_) => ui::notify(format!("{name} is being probed"), false),
                Err(failure) => ui::notify(failure.to_string(), true),
            }
        });
    };
    let waits = move || server.with(|server| server.admin == Admin::AwaitingApproval);
    let is_off = move || server.with(|server| server.admin != Admin::Enabled);
    view! {
        <section class="verdict" aria-label="Verdict" data-level=move || level().as_str()>
            <p>
                <LevelBadge level=level />
                " "
                <span class="reason">{move || server.with(|server| server.verdict.reason.clone())}</span>
                " since "
                {move || {
                    let at = server.with(|server| server.verdict.since_ms);
                    view! { <Ago at_ms=at /> }.into_any()
                }}
            </p>
            <p class="summary">{move || server.with(|server| server.verdict.summary.clone())}</p>
            {when(
                move || server.with(|server| !server.verdict.action.is_empty()),
                move || view! {
                    <p class="action">
                        <b>"What to do: "</b>
                        {move || server.with(|server| server.verdict.action.clone())}
                    </p>
                },
            )}
            {when(
                move || server.with(|server| !server.affected_by.is_empty()),
                move || view! { <p class="affected">{move || server.with(affected)}</p> },
            )}
            {when(waits, move || view! { <Consent server=server /> })}
            <ol class="steps" aria-label="Steps of the last probe">
                {move || server.with(steps)}
            </ol>
            <Timeline spans=spans />
            <dl class="facts">{move || server.with(facts)}</dl>
            <button on:click=probe disabled=move || is_off()>"Probe now"</button>
        </section>
    }
}

/// What fails of that on which the server depends.
fn affected(server: &Server) -> AnyView {
    let names = server.affected_by.join(", ");
    let is = match server.affected_by.len() {
        1 => "which is down since ",
        _ => "which are down, the first since ",
    };
    let since = server
        .affected_since_ms
        .map(|at| view! { <Ago at_ms=at /> }.into_any());
    let time = expect_context::<PageTime>();
    view! {
        <Icon glyph=Glyph::Link />
        " Depends on "
        <a href=move || time.href("/dependencies")>{names}</a>
        ", "
        {is}
        {since}
        ". Its alerts are held until that works again."
    }
    .into_any()
}

fn steps(server: &Server) -> AnyView {
    let steps = server.steps.iter().map(|step| {
        let (outcome, more) = match (step.ok, step.note.is_empty()) {
            (false, _) => ("failed".to_owned(), &step.error),
            (true, false) => ("kept".to_owned(), &step.note),
            (true, true) => (format::seconds(step.seconds), &step.error),
        };
        view! {
            <li data-ok=step.ok.to_string() title=more.clone()>
                {step.step.replace('_', " ")}
                " "
                <b>{outcome}</b>
            </li>
        }
    });
    all(steps)
}

fn facts(server: &Server) -> AnyView {
    let mut facts: Vec<(&str, String)> = vec![
        ("Transport", server.transport.as_str().to_owned()),
        ("Endpoint", server.endpoint.clone()),
        ("Configured in", server.source.clone()),
    ];
    if let Some(identity) = &server.identity {
        facts.push((
            "Says it is",
            format!("{} {}", identity.name, identity.version),
        ));
        facts.push(("Protocol", identity.protocol_version.clone()));
    }
    if let Some(process) = &server.process {
        let restarts = format::count(process.restarts as usize, "restart");
        facts.push(("Process", format!("pid {}, {restarts}", process.pid)));
    }
    if let Some(at) = server.verdict.last_success_ms {
        facts.push(("Last healthy", format::exact(at)));
    }
    if let Some(at) = server.verdict.next_probe_ms {
        facts.push(("Next probe", format::exact(at)));
    }
    let up = server
        .availability
        .map_or_else(|| "not observed yet".to_owned(), format::ratio);
    facts.push(("Up, last 24 h", up));
    let rows = facts
        .into_iter()
        .map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> });
    all(rows)
}
