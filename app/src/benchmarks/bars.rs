//! Two ways to do the same, side by side: a bar each, its median or its mean where no median is known, with the interval of
//! just that.

use leptos::prelude::*;
use ui::{PageTime, all, format};
use wire::{ModuleCompared, Rival, RivalKind};

use super::words::{faster, value};

/// The grid that a bar is drawn on; it is stretched to the room it gets.
const WIDTH: f64 = 1000.0;

/// A bar: its name, where it leads, how long it is, and its interval.
struct Bar {
    name: &'static str,
    href: Option<String>,
    value: f64,
    said: String,
    ends: Option<(f64, f64)>,
}

/// What the two are called.
fn names(kind: RivalKind) -> (&'static str, &'static str) {
    match kind {
        RivalKind::RustPython => ("Rust", "Python"),
        RivalKind::Synthex => ("SYNTHEX", "traditional"),
    }
}

/// All comparisons.
pub(super) fn rivals(rivals: &[Rival]) -> AnyView {
    let rows = rivals.iter().map(|it| {
        let (fast, slow) = names(it.kind);
        let ends = |at: usize| Some((*it.ends.get(at)?, *it.ends.get(at + 1)?));
        let bar = |name, id: i64, number: f64, at| Bar {
            name,
            href: Some(format!("/benchmarks/{id}")),
            value: number,
            said: value(&it.unit, number),
            ends: ends(at),
        };
        let interval = it.low.zip(it.high);
        let sure = interval.map(|(low, high)| {
            format!(
                ", 95 % interval {} to {}",
                format::number(low),
                format::number(high)
            )
        });
        let said = format!("{}{}", faster(it.factor), sure.unwrap_or_default());
        let bars = [
            bar(fast, it.fast, it.fast_value, 0),
            bar(slow, it.slow, it.slow_value, 2),
        ];
        pair(&it.operation, said, bars)
    });
    view! {
        <ul class="rivals">{all(rows)}</ul>
        <p><small>"Bars are medians, or means where a tool tells no median; the line in a bar is the 95 % interval of what it shows."</small></p>
    }
    .into_any()
}

/// Rust beside Python, in milliseconds.
pub(super) fn modules(modules: &[ModuleCompared]) -> AnyView {
    let rows = modules.iter().map(|it| {
        let bar = |name, ms: f64| Bar {
            name,
            href: None,
            value: ms,
            said: value("seconds", ms / 1000.0),
            ends: None,
        };
        let of = format::count(it.count as usize, "comparison");
        let said = format!("{}, of {of}", faster(it.factor));
        pair(
            &it.operation,
            said,
            [bar("Rust", it.rust_ms), bar("Python", it.python_ms)],
        )
    });
    view! { <ul class="rivals">{all(rows)}</ul> }.into_any()
}

fn pair(operation: &str, said: String, bars: [Bar; 2]) -> AnyView {
    let longest = bars
        .iter()
        .map(|bar| bar.ends.map_or(bar.value, |ends| ends.1.max(bar.value)));
    let longest = longest.fold(f64::MIN_POSITIVE, f64::max);
    let rows = all(bars.into_iter().map(|bar| row(bar, longest)));
    view! {
        <li>
            <h3>{operation.to_owned()}</h3>
            <p>{said}</p>
            <dl>{rows}</dl>
        </li>
    }
    .into_any()
}

fn row(bar: Bar, longest: f64) -> AnyView {
    let time = expect_context::<PageTime>();
    let place = |value: f64| (value / longest * WIDTH).clamp(0.0, WIDTH);
    let written = |value: f64| format::fixed(value, 1);
    let interval = bar.ends.map(|(low, high)| {
        let (low, high) = (place(low), place(high));
        let width = written((high - low).max(2.0));
        view! { <rect class="interval" x=written(low) y="5" width=width height="4"></rect> }
            .into_any()
    });
    let name = match bar.href {
        Some(path) => view! { <a href=move || time.href(&path)>{bar.name}</a> }.into_any(),
        None => bar.name.into_any(),
    };
    let width = written(place(bar.value).max(2.0));
    view! {
        <div>
            <dt>{name}</dt>
            <dd>
                <svg viewBox="0 0 1000 14" preserveAspectRatio="none" aria-hidden="true">
                    <rect class="bar" x="0" y="1" width=width height="12"></rect>
                    {interval}
                </svg>
                <b>{bar.said}</b>
            </dd>
        </div>
    }
    .into_any()
}
