//! What is left of a budget.

use std::collections::BTreeMap;

use crate::minute::{MINUTE_MS, allowed};
use crate::{Gaps, Indicator, Objective, Sums, Window};

/// How much of a budget there is, over one stretch of time. A budget is what may be bad, in the unit of what is
/// counted: events, or minutes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Budget {
    /// Begin of the stretch.
    pub from_ms: i64,
    /// Its end.
    pub to_ms: i64,
    /// What was good, with minutes without data as the objective counts them.
    pub good: f64,
    /// What was counted, likewise.
    pub total: f64,
    /// `good / total`; missing where nothing was counted.
    pub compliance: Option<f64>,
    /// What the whole stretch counts: `total`, and where it is the present window of the objective, as many in each
    /// minute of it that is not known or still to come as the known ones had on average.
    pub expected: f64,
    /// What may be bad: `(1 - target) * expected`.
    pub allowed: f64,
    /// What was bad.
    pub spent: f64,
    /// `1 - spent / allowed`: below 0 more than all was spent; missing where nothing was counted.
    pub left: Option<f64>,
    /// The time that everything may still be bad, in minutes, at the number of events that a minute has had; 0 where
    /// none is left.
    pub left_minutes: f64,
    /// What a minute that counts has had on average; 0 where none did.
    pub a_minute: f64,
    /// Minutes of the present window that are not known or still to come; 0 for another stretch.
    pub unknown_minutes: u64,
    /// Minutes of which something was measured.
    pub minutes: u64,
    /// Minutes without data.
    pub gap_minutes: u64,
    /// Minutes that maintenance windows leave out.
    pub excluded_minutes: u64,
    /// Minutes in which more was bad than the target allows, those without data among them where they count as bad.
    pub bad_minutes: u64,
}

/// The budget of an objective over a stretch of time, of the sums of its minutes until now.
///
/// Minutes without data that count as good or bad have as many events as the others have on average, and one where
/// there are no others.
pub fn budget(objective: &Objective, span: (i64, i64), sums: &Sums, now_ms: i64) -> Budget {
    let (from_ms, to_ms) = span;
    // What is still to come is no gap, whoever added it up.
    let elapsed = (to_ms.min(now_ms) - from_ms).max(0) / MINUTE_MS + 1;
    let gaps = sums.gap.min(elapsed.unsigned_abs());
    let known = sums.counted + gaps + sums.excluded;
    let unknown_minutes = match is_present(objective, span, now_ms) {
        true => ((to_ms - from_ms) / MINUTE_MS)
            .unsigned_abs()
            .saturating_sub(known),
        false => 0,
    };
    let usual = match sums.counted {
        0 => 1.0,
        counted => sums.total / counted as f64,
    };
    let filled = gaps as f64 * usual;
    let (good, total, bad_gaps, filled_minutes) = match objective.gaps {
        Gaps::Ignored => (sums.good, sums.total, 0, 0),
        Gaps::Good => (sums.good + filled, sums.total + filled, 0, gaps),
        Gaps::Bad => (sums.good, sums.total + filled, gaps, gaps),
    };
    let a_minute = total / (sums.counted + filled_minutes).max(1) as f64;
    let expected = total + unknown_minutes as f64 * a_minute;
    let may = (1.0 - objective.target) * expected;
    let spent = (total - good).max(0.0);
    let has_any = total > 0.0;
    // Rounding is no overspending.
    let is_left = has_any && spent < allowed(objective.target) * expected;
    Budget {
        from_ms,
        to_ms,
        good,
        total,
        compliance: has_any.then(|| good / total),
        expected,
        allowed: may,
        spent,
        left: has_any.then(|| match (spent - may).abs() <= may * 1e-9 {
            true => 0.0,
            false => 1.0 - spent / may,
        }),
        left_minutes: match is_left {
            true => ((may - spent) / a_minute).max(0.0),
            false => 0.0,
        },
        a_minute,
        unknown_minutes,
        minutes: sums.counted,
        gap_minutes: gaps,
        excluded_minutes: sums.excluded,
        bad_minutes: sums.bad + bad_gaps,
    }
}

/// How long after the end of a rolling window it is still the present one: the newest minutes are not known yet.
const PRESENT_MS: i64 = 60 * MINUTE_MS;

/// Whether a stretch of time is the window that an objective is in. What people report says of no time how much
/// there is to know.
fn is_present(objective: &Objective, (from_ms, to_ms): (i64, i64), now_ms: i64) -> bool {
    let window = match objective.window {
        _ if objective.indicator == Indicator::Measured => return false,
        Window::Rolling(_) => {
            let is_new = (to_ms..to_ms + PRESENT_MS).contains(&now_ms);
            is_new.then(|| objective.window.span(to_ms, &objective.zone))
        }
        Window::Month | Window::Quarter => Some(objective.window.span(now_ms, &objective.zone)),
    };
    window == Some((from_ms, to_ms))
}

/// When a budget is spent, at a burn rate. `None` where that is not before its window ends, and where it is spent.
///
/// A rate of 1 spends a budget in the minutes that count of its window, so `rate / minutes` of it a minute. Of a
/// rolling window what was bad leaves it again, here as if evenly (`spent part / known minutes` a minute), but
/// only when all that is not known of it has left it.
pub fn spent_at(
    objective: &Objective,
    budget: &Budget,
    burn_rate: Option<f64>,
    now_ms: i64,
) -> Option<i64> {
    let (left, rate) = (budget.left?, burn_rate?);
    if left <= 0.0 || rate <= 0.0 {
        return None;
    }
    let known = match objective.gaps {
        Gaps::Ignored => budget.minutes,
        Gaps::Good | Gaps::Bad => budget.minutes + budget.gap_minutes,
    };
    let unknown = budget.unknown_minutes as f64;
    let a_minute = rate / (known as f64 + unknown);
    let minutes = left / a_minute;
    let (minutes, end_ms) = match objective.window {
        Window::Month | Window::Quarter => (minutes, budget.to_ms),
        Window::Rolling(_) => {
            let leaves = (1.0 - left) / known.max(1) as f64;
            let minutes = match minutes <= unknown {
                true => minutes,
                false => unknown + (left - unknown * a_minute) / (a_minute - leaves).max(0.0),
            };
            (minutes, now_ms + (budget.to_ms - budget.from_ms))
        }
    };
    let at_ms = now_ms.saturating_add((minutes * MINUTE_MS as f64) as i64);
    (at_ms < end_ms).then_some(at_ms)
}

/// How an objective does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Its budget is spent.
    Missed,
    /// At the present rate its budget is spent before its window ends.
    AtRisk,
    /// It is met.
    Met,
    /// Nothing was counted.
    Unknown,
}

/// How it does, of its budget and of what [`spent_at`] says.
pub fn state(budget: &Budget, spent_at: Option<i64>) -> State {
    match budget.left {
        None => State::Unknown,
        Some(left) if left < 0.0 => State::Missed,
        Some(0.0) if budget.spent > 0.0 => State::Missed,
        Some(_) if spent_at.is_some() => State::AtRisk,
        Some(_) => State::Met,
    }
}

/// A part of what was spent.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Its labels; none is what no part has.
    pub labels: BTreeMap<String, String>,
    /// What of it was bad.
    pub spent: f64,
    /// Of all that was spent: from 0 to 1.
    pub share: f64,
}

/// What was spent by its parts, the most first: together they are what was spent. What no part has is one of its
/// own; parts that come to more than was spent (they are asked apart) are made smaller alike.
pub fn parts_of(
    parts: impl IntoIterator<Item = (BTreeMap<String, String>, f64)>,
    spent: f64,
) -> Vec<Part> {
    let mut known = BTreeMap::<BTreeMap<String, String>, f64>::new();
    for (labels, bad) in parts {
        if bad.is_finite() && bad > 0.0 {
            *known.entry(labels).or_default() += bad;
        }
    }
    if spent <= 0.0 {
        return Vec::new();
    }
    let sum: f64 = known.values().sum();
    match sum > spent {
        true => known.values_mut().for_each(|bad| *bad *= spent / sum),
        // A remainder of rounding is none.
        false if spent - sum > spent * 1e-9 => {
            *known.entry(BTreeMap::new()).or_default() += spent - sum;
        }
        false => {}
    }
    let mut parts: Vec<_> = known
        .into_iter()
        .map(|(labels, bad)| Part {
            labels,
            spent: bad,
            share: bad / spent,
        })
        .collect();
    parts.sort_by(|one, other| other.spent.total_cmp(&one.spent));
    parts
}
