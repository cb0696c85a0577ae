//! A trace: each span on a line, as long as it took, within what called it.

use leptos::prelude::*;
use wire::Level;

use crate::axis::Axis;
use crate::lanes::{Bar, Lane, Paint, lanes, legend};
use crate::{Changing, Empty, format};

/// A span.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SpanRow {
    /// What was done.
    pub name: String,
    /// Who did it; each has a colour of its own.
    pub service: String,
    /// How many spans it lies within.
    pub depth: usize,
    /// When it began, in seconds since the trace did.
    pub from_seconds: f64,
    /// How long it took.
    pub seconds: f64,
    /// Whether it failed.
    pub level: Level,
    /// Where it leads.
    pub href: Option<String>,
}

/// Spans on lines, in this order.
#[component]
pub fn Waterfall(
    /// What it shows, for who does not see it.
    #[prop(into)]
    title: String,
    /// The spans: each behind the one it lies within.
    #[prop(into)]
    spans: Changing<Vec<SpanRow>>,
) -> impl IntoView {
    let picture = move || {
        let spans = spans.get();
        if spans.is_empty() {
            return view! { <Empty>"This trace has no spans."</Empty> }.into_any();
        }
        let services = services(&spans);
        let ends = spans.iter().map(|span| span.from_seconds + span.seconds);
        let end = ends.filter(|end| end.is_finite()).fold(0.0, f64::max);
        let axis = Axis {
            from_ms: 0.0,
            to_ms: end * 1e3,
            is_elapsed: true,
        };
        let rows: Vec<_> = spans.iter().map(|span| lane(span, &services)).collect();
        view! {
            {legend(&services)}
            {lanes("waterfall", &title, axis, &rows)}
        }
        .into_any()
    };
    view! { {move || picture()} }
}

/// Who took part, in the order of their first span.
fn services(spans: &[SpanRow]) -> Vec<String> {
    let mut services: Vec<String> = Vec::new();
    for span in spans {
        if !services.contains(&span.service) {
            services.push(span.service.clone());
        }
    }
    services
}

fn lane(span: &SpanRow, services: &[String]) -> Lane {
    let colour = services.iter().position(|known| *known == span.service);
    let took = format::seconds(span.seconds);
    let begun = format::seconds(span.from_seconds);
    let failed = match span.level {
        Level::Unhealthy => ", failed",
        _ => "",
    };
    let words = format!(
        "{} of {}: {took}, {begun} after the start{failed}",
        span.name, span.service
    );
    let bar = Bar {
        from_ms: span.from_seconds * 1e3,
        to_ms: (span.from_seconds + span.seconds) * 1e3,
        paint: Paint::Series(colour.unwrap_or(0)),
        words: words.clone(),
        label: "",
    };
    Lane {
        name: span.name.clone(),
        of: span.service.clone(),
        depth: span.depth,
        href: span.href.clone(),
        level: span.level,
        bars: vec![bar],
        note: took,
        words,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines() {
        let span = |name: &str, service: &str, from_seconds, seconds, level| SpanRow {
            name: name.to_owned(),
            service: service.to_owned(),
            from_seconds,
            seconds,
            level,
            ..SpanRow::default()
        };
        let spans = [
            span("tools/call", "client", 0.0, 0.5, Level::Healthy),
            span("read", "fs", 0.1, 0.25, Level::Unhealthy),
            span("reply", "client", 0.4, 0.1, Level::Healthy),
        ];
        let services = services(&spans);
        assert_eq!(services, ["client", "fs"]);
        let lane = lane(&spans[1], &services);
        assert_eq!(
            lane.words,
            "read of fs: 250 ms, 100 ms after the start, failed"
        );
        assert_eq!((lane.bars[0].from_ms, lane.bars[0].to_ms), (100.0, 350.0));
        assert_eq!(lane.bars[0].paint, Paint::Series(1));
    }
}
