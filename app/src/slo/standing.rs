//! How an objective does, in numbers.

use leptos::prelude::*;
use ui::{Gauge, Spark, Stat, StatTile, all, format, worded_badge};
use wire::{Burn, Level, Objective};

use super::detail::Shown;
use super::words::{amount, burn_now, kept, percent, rate, reading, time_left};

/// How it does, in numbers.
pub(super) fn tiles(shown: Shown) -> AnyView {
    let stat = move |stat: fn(&Objective) -> Stat| move || shown.with(|it| stat(&it.objective));
    view! {
        <div class="tiles">
            <StatTile title="Kept" stat=stat(compliance) />
            <StatTile title="Burn rate" stat=stat(burn) />
            <StatTile title="Spent" stat=stat(spent_by) />
            <StatTile title="Left" stat=stat(still) />
        </div>
    }
    .into_any()
}

fn of_text(text: &str) -> Stat {
    let (number, unit) = format::apart(text);
    Stat {
        number: number.to_owned(),
        unit: unit.to_owned(),
        ..Stat::default()
    }
}

fn compliance(it: &Objective) -> Stat {
    let text = it.budget.compliance.map_or_else(|| "–".to_owned(), kept);
    let detail = format!("target {}", percent(it.draft.target_percent));
    of_text(&text).detail(detail)
}

/// The budget as a bar.
pub(super) fn bar(shown: Shown) -> AnyView {
    let of = move || {
        shown.with(|it| {
            let it = &it.objective;
            reading(it.draft.kind, it.state, &it.budget)
        })
    };
    view! { <div class="slo-budget"><Gauge title="Error budget" reading=of /></div> }.into_any()
}

/// What may still be bad.
fn still(it: &Objective) -> Stat {
    let budget = &it.budget;
    let left = match budget.left {
        None => "–".to_owned(),
        Some(_) => amount(it.draft.kind, (budget.allowed - budget.spent).max(0.0)),
    };
    let spark = it.spark.iter();
    let values = spark.map(|point| point.value.unwrap_or(f64::NAN)).collect();
    of_text(&left)
        .detail(time_left(it.draft.kind, budget))
        .spark(Spark {
            values,
            threshold: Some(0.0),
        })
}

fn burn(it: &Objective) -> Stat {
    let burn = burn_now(&it.burn);
    let detail = match burn {
        None => "not measured yet".to_owned(),
        Some(Burn { window, limit, .. }) => match limit {
            None => format!("over {window}"),
            Some(limit) => format!("over {window}; an alert from {}", rate(Some(*limit))),
        },
    };
    of_text(&rate(burn.and_then(|it| it.rate))).detail(detail)
}

fn spent_by(it: &Objective) -> Stat {
    let budget = &it.budget;
    if budget.left.is_none() {
        return of_text("–").detail("nothing was measured");
    }
    let of = format!("of {}", amount(it.draft.kind, budget.allowed));
    let detail = match (it.spent_at_ms, budget.left) {
        (_, Some(left)) if left <= 0.0 => format!("{of}; none is left"),
        (Some(at_ms), _) => format!("{of}; all by {} at this rate", ui::Zone::Utc.exact(at_ms)),
        (None, _) => format!("{of}; it lasts at this rate"),
    };
    of_text(&amount(it.draft.kind, budget.spent)).detail(detail)
}

/// Burn rates against the rates at which somebody is told.
pub(super) fn rates(burn: &[Burn]) -> AnyView {
    let rows = all(burn.iter().map(|it| {
        let is_fast = it.limit.is_some() && it.rate > it.limit;
        let level = match (it.rate, is_fast) {
            (None, _) => Level::Unknown,
            (_, true) => Level::Degraded,
            (_, false) => Level::Healthy,
        };
        let limit = it
            .limit
            .map_or_else(|| "–".to_owned(), |limit| rate(Some(limit)));
        let word = match level {
            Level::Unknown => "no data",
            Level::Degraded => "too fast",
            _ => "fine",
        };
        view! {
            <tr>
                <th scope="row">{it.window.clone()}</th>
                <td class="number">{rate(it.rate)}</td>
                <td class="number">{limit}</td>
                <td>{worded_badge(level, word)}</td>
            </tr>
        }
    }));
    view! {
        <table>
            <thead><tr><th>"Window"</th><th class="number">"Rate"</th><th class="number">"Alert from"</th><th>"How"</th></tr></thead>
            <tbody>{rows}</tbody>
        </table>
        <p class="explained">"1 × spends the budget exactly by the end of the window."</p>
    }
    .into_any()
}
