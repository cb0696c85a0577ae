//! Sessions on one axis of time; and of one session that is looked at, its calls.

use leptos::prelude::*;
use ui::{Empty, PageTime, SpanRow, Waterfall, format, when_else};
use wire::{CallPage, Level, SeenCall, TrafficSession, filter_token, path_segment};

use super::words;

/// Calls that a timeline shows.
const MOST: usize = 100;

/// All sessions, as they stand.
pub(crate) fn sessions(shown: RwSignal<Vec<TrafficSession>>) -> AnyView {
    let time = expect_context();
    let spans = Memo::new(move |_| shown.with(|sessions| of_sessions(sessions, time)));
    timeline("Sessions", spans)
}

/// The calls of the session that is looked at, as they stand.
pub(crate) fn session(shown: RwSignal<CallPage>) -> AnyView {
    let time = expect_context();
    let spans = Memo::new(move |_| shown.with(|page| of_calls(&page.calls, time)));
    timeline("Calls of the session", spans)
}

fn timeline(title: &'static str, spans: Memo<Vec<SpanRow>>) -> AnyView {
    when_else(
        move || spans.with(Vec::is_empty),
        || view! { <Empty>"There is none yet."</Empty> }.into_any(),
        move || view! { <Waterfall title=title spans=move || spans.get() /> }.into_any(),
    )
}

fn seconds(from_ms: i64, to_ms: i64) -> f64 {
    to_ms.saturating_sub(from_ms).max(0) as f64 / 1e3
}

fn of_sessions(sessions: &[TrafficSession], time: PageTime) -> Vec<SpanRow> {
    let first_ms = sessions
        .iter()
        .map(|it| it.began_ms)
        .min()
        .unwrap_or_default();
    let span = |session: &TrafficSession| {
        let client = session.client.as_deref().unwrap_or("a client");
        let calls = format::count(session.calls as usize, "call");
        let state = match session.is_open {
            true => ", goes on",
            false => "",
        };
        let filter = filter_token("session", &session.session);
        SpanRow {
            name: format!("{client}: {calls}{state}"),
            service: session.server.clone(),
            depth: 0,
            from_seconds: seconds(first_ms, session.began_ms),
            seconds: seconds(session.began_ms, session.last_ms),
            level: match session.failed {
                0 => Level::Unknown,
                _ => Level::Unhealthy,
            },
            href: Some(time.href(&format!("/traffic?filter={}", path_segment(&filter)))),
        }
    };
    sessions.iter().map(span).collect()
}

fn of_calls(calls: &[SeenCall], time: PageTime) -> Vec<SpanRow> {
    // The oldest first, as they were made.
    let calls: Vec<&SeenCall> = calls.iter().take(MOST).collect();
    let first_ms = calls
        .iter()
        .map(|call| call.at_ms)
        .min()
        .unwrap_or_default();
    let span = |call: &&SeenCall| SpanRow {
        name: words::name(call),
        service: match call.is_from_server {
            true => format!("asked by {}", call.server),
            false => call.server.clone(),
        },
        depth: 0,
        from_seconds: seconds(first_ms, call.at_ms),
        seconds: call.duration_seconds,
        level: words::level(call),
        href: Some(time.href(&format!("/traffic/calls/{}", call.id))),
    };
    calls.iter().rev().map(span).collect()
}
