//! A benchmark from run to run: a point each in the order of time, the interval of its mean around it.

use leptos::prelude::*;
use ui::{all, format};
use wire::{BenchmarkPoint, BenchmarkVerdict};

use super::words::{commit, level, value};

/// The grid that it is drawn on.
const WIDTH: f64 = 1000.0;
const HEIGHT: f64 = 220.0;
/// Kept free around it.
const MARGIN: f64 = 12.0;

/// Where things are on the grid.
struct Scale {
    count: usize,
    low: f64,
    high: f64,
}

impl Scale {
    fn of(points: &[BenchmarkPoint]) -> Self {
        let values = points
            .iter()
            .flat_map(|it| [Some(it.value), it.low, it.high]);
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values.flatten().filter(|value| value.is_finite()) {
            (low, high) = (low.min(value), high.max(value));
        }
        // What does not change is in the middle.
        if high - low <= 0.0 {
            let around = (low.abs() / 10.0).max(f64::MIN_POSITIVE);
            (low, high) = (low - around, high + around);
        }
        Self {
            count: points.len(),
            low,
            high,
        }
    }

    fn x(&self, place: usize) -> f64 {
        let room = WIDTH - 2.0 * MARGIN;
        match self.count {
            0 | 1 => WIDTH / 2.0,
            count => MARGIN + room * place as f64 / (count - 1) as f64,
        }
    }

    fn y(&self, value: f64) -> f64 {
        let room = HEIGHT - 2.0 * MARGIN;
        HEIGHT - MARGIN - room * ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }
}

fn line(places: impl Iterator<Item = (f64, f64)>) -> String {
    let written = places.map(|(x, y)| format!("{} {}", format::fixed(x, 1), format::fixed(y, 1)));
    written.collect::<Vec<_>>().join("L")
}

/// The picture, and what it shows in words.
pub(super) fn trend(points: &[BenchmarkPoint], unit: &str) -> AnyView {
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return ().into_any();
    };
    let scale = Scale::of(points);
    let placed = || points.iter().enumerate();
    let path = format!(
        "M{}",
        line(placed().map(|(n, it)| (scale.x(n), scale.y(it.value))))
    );
    let upper = placed().filter_map(|(n, it)| Some((scale.x(n), scale.y(it.high?))));
    let lower = placed()
        .rev()
        .filter_map(|(n, it)| Some((scale.x(n), scale.y(it.low?))));
    let around: Vec<_> = upper.chain(lower).collect();
    let band = (around.len() > 3).then(|| {
        let path = format!("M{}Z", line(around.into_iter()));
        view! { <path class="band" d=path></path> }.into_any()
    });
    let marks = all(placed().map(|(n, it)| {
        let title = format!("{}: {} — {}", named(it), value(unit, it.value), it.sentence);
        let size = match it.verdict {
            BenchmarkVerdict::Worse | BenchmarkVerdict::Better => "7",
            _ => "4",
        };
        let (x, y) = (format::fixed(scale.x(n), 1), format::fixed(scale.y(it.value), 1));
        view! {
            <circle cx=x cy=y r=size data-level=level(it.verdict).as_str() data-verdict=it.verdict.as_str()>
                <title>{title}</title>
            </circle>
        }
        .into_any()
    }));
    let label = format!(
        "{} from {} to {}: {} at first, {} at last, between {} and {}",
        format::count(points.len(), "run"),
        named(first),
        named(last),
        value(unit, first.value),
        value(unit, last.value),
        value(unit, scale.low),
        value(unit, scale.high),
    );
    view! {
        <figure class="bench-trend">
            <p><span>{value(unit, scale.high)}</span></p>
            <svg viewBox="0 0 1000 220" role="img" aria-label=label>
                {band}
                <path class="line" d=path></path>
                {marks}
            </svg>
            <p><span>{value(unit, scale.low)}</span></p>
            <figcaption><span>{named(first)}</span> <span>{named(last)}</span></figcaption>
        </figure>
    }
    .into_any()
}

/// The version of a run, or the day where there is none.
fn named(it: &BenchmarkPoint) -> String {
    match it.commit.as_str() {
        "" => format::date(it.at_ms),
        id => commit(id),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(value: f64, ends: Option<(f64, f64)>) -> BenchmarkPoint {
        BenchmarkPoint {
            run: 1,
            at_ms: 0,
            commit: "0123456789abcdef".to_owned(),
            branch: String::new(),
            host: String::new(),
            n: 1,
            value,
            mean: value,
            low: ends.map(|ends| ends.0),
            high: ends.map(|ends| ends.1),
            p50: None,
            p95: None,
            p99: None,
            verdict: BenchmarkVerdict::Same,
            change: None,
            change_low: None,
            change_high: None,
            p: None,
            sentence: String::new(),
        }
    }

    #[test]
    fn everything_is_on_the_grid() {
        let points = [
            point(1.0, Some((0.5, 1.5))),
            point(3.0, None),
            point(2.0, Some((1.0, 4.0))),
        ];
        let scale = Scale::of(&points);
        assert_eq!((scale.low, scale.high), (0.5, 4.0));
        assert_eq!((scale.x(0), scale.x(2)), (MARGIN, WIDTH - MARGIN));
        assert_eq!((scale.y(4.0), scale.y(0.5)), (MARGIN, HEIGHT - MARGIN));
        let flat = Scale::of(&[point(5.0, None)]);
        assert_eq!((flat.x(0), flat.y(5.0)), (WIDTH / 2.0, HEIGHT / 2.0));
        assert_eq!(named(&points[0]), "0123456789");
        assert_eq!(
            line([(0.0, 1.0), (2.0, 3.0)].into_iter()),
            "0.0 1.0L2.0 3.0"
        );
    }
}
