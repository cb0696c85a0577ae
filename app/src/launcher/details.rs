//! One started server closely: its last start, what it says, how its runs ended.

use leptos::prelude::*;
use ui::{Ago, Empty, each, format, when_else};
use wire::{LaunchExit, Launched};

use super::table::phase_words;
use super::{Lines, words};
use crate::facts::fact_list;

/// The drawer's content.
pub(super) fn details(lines: Lines, chosen: RwSignal<String>) -> AnyView {
    let line = Memo::new(move |_| chosen.with(|name| lines.find(name)));
    let exits = move || line.with(|line| line.as_ref().map_or(Vec::new(), |it| it.exits.clone()));
    view! {
        <div class="launch-details">
            <h3>{move || chosen.get()}</h3>
            {move || line.with(|line| line.as_ref().map(facts))}
            <h3>"Standard error"</h3>
            {move || line.with(|line| line.as_ref().map(|line| said(&line.stderr)))}
            <h3>"Runs that are over"</h3>
            {when_else(
                move || !exits().is_empty(),
                move || {
                    let key = |exit: &LaunchExit| format!("{}-{}", exit.started_ms, exit.ended_ms);
                    view! { <ol class="history">{each(exits, key, |exit| ended(&exit))}</ol> }
                },
                || view! { <Empty>"None has ended since the product started."</Empty> },
            )}
        </div>
    }
    .into_any()
}

fn facts(line: &Launched) -> AnyView {
    let mut facts = vec![
        (
            "State",
            format!("{}: {}", words::state(line.state), line.reason),
        ),
        ("Command", line.command.clone()),
        ("Configured in", line.source.clone()),
        ("Restarts", line.restarts.to_string()),
        ("Crashes lately", line.crashes.to_string()),
    ];
    if let Some(served) = &line.served {
        let clients = format::count(served.clients as usize, "client");
        facts.push(("Over HTTP", format!("{} ({clients})", served.path)));
    }
    if let Some(pid) = line.pid {
        facts.push(("Process", pid.to_string()));
    }
    if let Some(tools) = line.tools {
        let before = line.tools_before;
        let before = before.map_or(String::new(), |before| {
            format!(" ({before} before its restart)")
        });
        facts.push(("Tools", format!("{tools}{before}")));
    }
    if !line.phases.is_empty() {
        facts.push(("Last start", phase_words(line)));
    }
    if let Some(at) = line.next_start_ms {
        facts.push(("Next start", format::exact(at)));
    }
    fact_list(facts)
}

fn said(lines: &[String]) -> AnyView {
    match lines {
        [] => view! { <Empty>"It has said nothing in this run."</Empty> }.into_any(),
        lines => view! { <pre tabindex="0">{lines.join("\n")}</pre> }.into_any(),
    }
}

/// A run that is over, and its last words.
pub(super) fn ended(exit: &LaunchExit) -> AnyView {
    let pid = exit.pid.map_or(String::new(), |pid| format!("pid {pid}, "));
    let up = format::duration(exit.ended_ms - exit.started_ms);
    let asked = if exit.was_asked {
        ", as it was told"
    } else {
        ""
    };
    let words = format!("{pid}{}{asked}, after {up}", exit.how);
    let at_ms = exit.ended_ms;
    if exit.stderr.is_empty() {
        return view! { <li>{words} " " <Ago at_ms=at_ms /></li> }.into_any();
    }
    view! {
        <li>
            <details>
                <summary>{words} " " <Ago at_ms=at_ms /></summary>
                <pre tabindex="0">{exit.stderr.join("\n")}</pre>
            </details>
        </li>
    }
    .into_any()
}
