//! The largest of many: names with bars behind them, longest first. SVG that the server draws.

use leptos::prelude::*;
use wire::Level;

use crate::{Changing, Empty, Glyph, Icon, all, format};

/// One of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BarItem {
    /// What it is called.
    pub name: String,
    /// How much it is.
    pub value: f64,
    /// The same as it is written.
    pub text: String,
    /// Where it leads.
    pub href: Option<String>,
    /// How that is; what is neither degraded nor unhealthy has no colour.
    pub level: Level,
}

/// A list of bars, as long as their values against the longest.
#[component]
pub fn BarList(
    /// What is counted, for who does not see it.
    #[prop(into)]
    title: String,
    /// What is shown, in this order.
    #[prop(into)]
    items: Changing<Vec<BarItem>>,
    /// What the whole width stands for; the largest value where missing.
    #[prop(optional_no_strip)]
    full: Option<f64>,
) -> impl IntoView {
    let rows = move || {
        let items = items.get();
        if items.is_empty() {
            return view! { <Empty>"Nothing to compare in this time range."</Empty> }.into_any();
        }
        let widths = widths(&items, full);
        let rows = items
            .into_iter()
            .zip(widths)
            .map(|(item, width)| row(item, width));
        view! { <ol class="bar-list" aria-label=title.clone()>{all(rows)}</ol> }.into_any()
    };
    view! { {move || rows()} }
}

fn row(item: BarItem, width: f64) -> AnyView {
    let sign = matches!(item.level, Level::Degraded | Level::Unhealthy)
        .then(|| view! { <Icon glyph=Glyph::of_level(item.level) /> }.into_any());
    let name = match item.href {
        Some(href) => view! { <a href=href>{item.name}</a> }.into_any(),
        None => view! { <span>{item.name}</span> }.into_any(),
    };
    view! {
        <li data-level=item.level.as_str()>
            <svg aria-hidden="true">
                <rect width=format!("{}%", format::fixed(width, 1)) height="100%"></rect>
            </svg>
            {name}
            <b>{sign} {item.text}</b>
        </li>
    }
    .into_any()
}

/// How wide each bar is, in per cent: what is there at all is seen.
fn widths(items: &[BarItem], full: Option<f64>) -> Vec<f64> {
    let values = items.iter().map(|item| item.value);
    let largest = values.filter(|value| value.is_finite()).fold(0.0, f64::max);
    let full = full.filter(|full| *full > 0.0).unwrap_or(largest);
    let width = |item: &BarItem| match item.value {
        value if value.is_nan() || value <= 0.0 || full <= 0.0 => 0.0,
        value => (value / full * 100.0).clamp(0.5, 100.0),
    };
    items.iter().map(width).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_fills_the_width() {
        let nan = f64::NAN;
        for (values, full, expected) in [
            (vec![], None, vec![]),
            (vec![4.0, 1.0, 0.0], None, vec![100.0, 25.0, 0.0]),
            (vec![50.0], Some(200.0), vec![25.0]),
            (vec![300.0], Some(200.0), vec![100.0]),
            (vec![1000.0, 0.001], None, vec![100.0, 0.5]),
            (vec![nan, -1.0, f64::INFINITY], None, vec![0.0, 0.0, 0.0]),
            (vec![nan, 2.0, f64::INFINITY], None, vec![0.0, 100.0, 100.0]),
        ] {
            let item = |value| BarItem {
                value,
                ..BarItem::default()
            };
            let items: Vec<_> = values.into_iter().map(item).collect();
            assert_eq!(widths(&items, full), expected, "{items:?}");
        }
    }
}
