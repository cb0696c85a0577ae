//! Up, degraded, down over time: SVG, so that it stands in the first HTML and in print.

use leptos::prelude::*;
use wire::StateSpan;

use crate::{Changing, all, format};

/// A strip of levels.
#[component]
pub fn Timeline(
    /// Stretches of one level each, oldest first, without gaps.
    #[prop(into)]
    spans: Changing<Vec<StateSpan>>,
) -> impl IntoView {
    let described = spans.clone();
    let alternative = move || describe(&described.get());
    let strips = move || {
        let spans = spans.get();
        let from = spans.first().map_or(0, |span| span.from_ms);
        let to = spans.last().map_or(1, |span| span.to_ms);
        let share = |ms: i64| (ms - from) as f64 / (to - from).max(1) as f64 * 100.0;
        all(spans.iter().map(|span| {
            // A short outage has to stay visible: at least half a unit wide.
            let width = (share(span.to_ms) - share(span.from_ms)).max(0.5);
            view! {
                <rect
                    data-level=span.level.as_str()
                    x=format::fixed(share(span.from_ms), 2)
                    width=format::fixed(width, 2)
                    y="0"
                    height="10"
                ></rect>
            }
        }))
    };
    view! {
        <svg
            class="timeline"
            viewBox="0 0 100 10"
            preserveAspectRatio="none"
            role="img"
            aria-label=move || alternative()
        >
            {move || strips()}
        </svg>
    }
}

/// What the strip shows, in words.
pub(crate) fn describe(spans: &[StateSpan]) -> String {
    let mut parts: Vec<String> = Vec::new();
    for level in wire::Level::WORST_FIRST {
        let of_level = spans.iter().filter(|span| span.level == level);
        let ms: i64 = of_level.map(|span| span.to_ms - span.from_ms).sum();
        if ms > 0 {
            parts.push(format!("{} for {}", level.as_str(), format::duration(ms)));
        }
    }
    match parts.is_empty() {
        true => "nothing observed yet".to_owned(),
        false => parts.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::Level;

    #[test]
    fn words() {
        let span = |from: i64, to: i64, level| StateSpan {
            from_ms: from * 1000,
            to_ms: to * 1000,
            level,
        };
        assert_eq!(describe(&[]), "nothing observed yet");
        let spans = [
            span(0, 600, Level::Healthy),
            span(600, 630, Level::Unhealthy),
            span(630, 3600, Level::Healthy),
        ];
        assert_eq!(describe(&spans), "unhealthy for 30 s, healthy for 59 min");
    }
}
