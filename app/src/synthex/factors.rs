//! What a health score is made of: a bar for each factor, with its weight and what it was computed of.

use leptos::prelude::*;
use ui::{all, format};
use wire::{AgentFactor, Level};

use super::words::{score, score_level, sentence};

/// The factors, in their order.
pub(super) fn factors(factors: &[AgentFactor]) -> AnyView {
    if factors.is_empty() {
        return view! { <p class="explained">"It has not said anything that a score can be computed of."</p> }
            .into_any();
    }
    let rows = all(factors.iter().map(row));
    view! { <ul class="factors">{rows}</ul> }.into_any()
}

fn row(factor: &AgentFactor) -> AnyView {
    let weight = format::ratio(factor.weight).replace(".00 %", " %");
    let level = match score_level(factor.value) {
        // Only what is wrong has a colour.
        Level::Healthy => Level::Unknown,
        level => level,
    };
    let (width, said) = match factor.value {
        Some(value) => (value.clamp(0.0, 100.0), score(value)),
        None => (0.0, "not known".to_owned()),
    };
    view! {
        <li data-level=level.as_str()>
            <b>{factor.name.clone()}</b>
            <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
                <rect class="room" width="100" height="8"></rect>
                <rect class="bar" width=format::fixed(width, 1) height="8"></rect>
            </svg>
            <span class="value">{said}</span>
            <small>{format!("{weight} of the score. ")} {sentence(&factor.said)}</small>
        </li>
    }
    .into_any()
}
