//! How an agent stood over time: a strip for each state above one axis, and the same in words.

use leptos::prelude::*;
use ui::{Ago, Clocked, Empty, StateRow, States, all, format, when_else};
use wire::{AgentDetail, AgentSpan, AgentState, StateSpan};

use super::words::{badge, ended, level};

/// Stretches that are told in words; the picture has all.
const TOLD: usize = 30;

/// The picture and the words.
pub(super) fn timeline(shown: RwSignal<AgentDetail>) -> AnyView {
    let spans = Memo::new(move |_| shown.with(|it| it.spans.clone()));
    let has_some = move || spans.with(|spans| !spans.is_empty());
    let some = move || {
        let rows = move || spans.with(|spans| strips(spans));
        view! {
            <States title="How it stood, a strip a state" rows=rows />
            {move || spans.with(|spans| told(spans))}
        }
    };
    let none = || view! { <Empty>"Nothing was heard of it in this time. Choose another time above."</Empty> };
    when_else(has_some, some, none).into_any()
}

/// A strip for each state that it was in.
fn strips(spans: &[AgentSpan]) -> Vec<StateRow> {
    let row = |state: &AgentState| {
        let ours = spans.iter().filter(|span| span.state == *state);
        let ours: Vec<_> = ours
            .map(|span| StateSpan {
                from_ms: span.from_ms,
                to_ms: span.to_ms,
                level: level(*state),
            })
            .collect();
        let long_ms: i64 = ours.iter().map(|span| span.to_ms - span.from_ms).sum();
        (!ours.is_empty()).then(|| StateRow {
            name: state.as_str().to_owned(),
            href: None,
            spans: ours,
            note: format::duration(long_ms),
        })
    };
    AgentState::ALL.iter().filter_map(row).collect()
}

/// The newest stretches in words, the newest first.
fn told(spans: &[AgentSpan]) -> AnyView {
    let rows = spans.iter().rev().take(TOLD).map(|span| {
        let long = format::duration(span.to_ms - span.from_ms);
        view! {
            <li>
                <Clocked at_ms=span.from_ms /> " " {badge(span.state, span.state.as_str().to_owned())}
                {format!(" for {long}: {} ", ended(&span.why))} <Ago at_ms=span.from_ms />
            </li>
        }
    });
    let earlier = spans.len().saturating_sub(TOLD);
    let more = (earlier > 0).then(|| {
        let said = format!(
            "{} before that; the picture has them.",
            format::count(earlier, "change")
        );
        view! { <small>{said}</small> }.into_any()
    });
    view! { <ol class="life">{all(rows)}</ol> {more} }.into_any()
}

#[cfg(test)]
mod tests {
    use wire::Level;

    use super::*;

    #[test]
    fn a_strip_for_each_state() {
        let span = |state, from_ms, to_ms| AgentSpan {
            state,
            from_ms,
            to_ms,
            why: String::new(),
        };
        assert_eq!(strips(&[]), []);
        let rows = strips(&[
            span(AgentState::Stale, 0, 5_000),
            span(AgentState::Active, 5_000, 65_000),
            span(AgentState::Stale, 65_000, 70_000),
        ]);
        let said: Vec<_> = rows
            .iter()
            .map(|row| (row.name.as_str(), row.note.as_str(), row.spans.len()))
            .collect();
        assert_eq!(said, [("active", "1 min", 1), ("stale", "10 s", 2)]);
        assert_eq!(rows[1].spans[1].level, Level::Degraded);
    }
}
