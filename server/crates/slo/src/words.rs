//! Budgets in words.

mod numbers;

use crate::minute::MINUTE_MS;
use crate::window::zone;
use crate::{Budget, Gaps, Indicator, Objective, Window};

pub(crate) use numbers::{amount, lasting, percent, percent_of_target, plural};

/// What one is in the unit of an objective, and several.
fn unit(indicator: &Indicator) -> (&'static str, &'static str) {
    match indicator {
        Indicator::Events { .. } | Indicator::Measured => ("event", "events"),
        Indicator::Latency { .. } => ("request", "requests"),
        Indicator::Availability { .. } => ("probe minute", "probe minutes"),
        Indicator::Raw { .. } | Indicator::Slices { .. } | Indicator::Freshness { .. } => {
            ("minute", "minutes")
        }
    }
}

/// Whether a budget is minutes, so that time says all of it.
fn is_of_minutes(indicator: &Indicator) -> bool {
    unit(indicator).0 == "minute"
}

/// A day as people write it in a sentence; the year where it is another.
fn day(at_ms: i64, now_ms: i64, objective: &Objective) -> String {
    let zone = zone(&objective.zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let shown = |at_ms: i64| {
        let at = jiff::Timestamp::from_millisecond(at_ms).unwrap_or_default();
        at.to_zoned(zone.clone())
    };
    let (at, now) = (shown(at_ms), shown(now_ms));
    let format = match (at.date() == now.date(), at.year() == now.year()) {
        (true, _) => "today at %H:%M",
        (false, true) => "%-d %b",
        (false, false) => "%-d %b %Y",
    };
    at.strftime(format).to_string()
}

/// A time in the zone of an objective.
fn moment(at_ms: i64, objective: &Objective) -> String {
    let zone = zone(&objective.zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let at = jiff::Timestamp::from_millisecond(at_ms).unwrap_or_default();
    at.to_zoned(zone).strftime("%Y-%m-%d %H:%M").to_string()
}

/// A stretch of time in words: `30 days`, `November 2026`, `Q4 2026`.
fn stretch(objective: &Objective, budget: &Budget) -> String {
    let days = (budget.to_ms - budget.from_ms) as f64 / 86_400_000.0;
    let zone = zone(&objective.zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let is_window =
        objective.window.span(budget.from_ms, &objective.zone) == (budget.from_ms, budget.to_ms);
    match objective.window {
        Window::Month if is_window => {
            let first = crate::window::day_of(budget.from_ms, &zone);
            first.strftime("%B %Y").to_string()
        }
        Window::Quarter if is_window => {
            let first = crate::window::day_of(budget.from_ms, &zone);
            format!("Q{} {}", (first.month() - 1) / 3 + 1, first.year())
        }
        _ if days >= 1.0 => plural(days.round(), "day", "days"),
        _ => lasting((budget.to_ms - budget.from_ms) as f64 / 1000.0),
    }
}

/// How much of a stretch is known, where that is less than nine tenths of what has passed of it. What people report
/// says of no time how much there is to know.
fn known_part(objective: &Objective, budget: &Budget, now_ms: i64) -> Option<String> {
    let known = (budget.minutes + budget.gap_minutes + budget.excluded_minutes) as f64;
    let passed = (budget.to_ms.min(now_ms) - budget.from_ms) as f64 / MINUTE_MS as f64;
    let is_little = objective.indicator != Indicator::Measured && known < passed * 0.9;
    is_little.then(|| lasting(known * 60.0))
}

/// How an objective does, in a sentence without its full stop: what was kept, what is left of the budget, and by
/// when it is spent (as [`spent_at`](crate::spent_at) says).
pub fn sentence(
    objective: &Objective,
    budget: &Budget,
    spent_at: Option<i64>,
    now_ms: i64,
) -> String {
    let stretch = stretch(objective, budget);
    let known = known_part(objective, budget, now_ms);
    let (Some(compliance), Some(left)) = (budget.compliance, budget.left) else {
        return match objective.indicator {
            Indicator::Measured => format!("nothing was reported for {stretch}"),
            _ => format!("nothing was measured in {stretch}"),
        };
    };
    let kept = match known {
        None => format!("{} of {stretch} kept", percent(compliance)),
        Some(known) => format!(
            "{} of {known} kept, of {stretch} no more is known",
            percent(compliance)
        ),
    };
    let much = |events: f64, minutes: f64| {
        let time = lasting(minutes * 60.0);
        match is_of_minutes(&objective.indicator) {
            true => time,
            false => {
                let (one, several) = unit(&objective.indicator);
                format!("{}, or {time} of all", plural(events, one, several))
            }
        }
    };
    if left <= 0.0 && budget.spent > 0.0 {
        let over = budget.spent - budget.allowed;
        let promised = percent_of_target(objective.target);
        return match left {
            0.0 => format!("{kept}, as promised; the budget is spent"),
            left => format!(
                "{kept}, {promised} promised; the budget is overspent by {} ({})",
                percent_loose(-left),
                much(over, over / budget.a_minute.max(f64::MIN_POSITIVE)),
            ),
        };
    }
    let left_now = match budget.spent {
        0.0 => format!(
            "all of the budget is left ({})",
            much(budget.allowed, budget.left_minutes)
        ),
        spent => format!(
            "{} of the budget is left ({})",
            percent_loose(left),
            much(budget.allowed - spent, budget.left_minutes)
        ),
    };
    match spent_at {
        Some(at_ms) => {
            let day = day(at_ms, now_ms, objective);
            let on = if day.starts_with("today") { "" } else { "on " };
            format!("{kept}; {left_now}; at this rate it is spent {on}{day}")
        }
        None => format!("{kept}; {left_now}"),
    }
}

/// Parts of a budget are not told in hundredths of a per cent, but never as all or nothing where they are not.
fn percent_loose(part: f64) -> String {
    let percent = part * 100.0;
    match percent {
        ..1.0 => "less than 1 %".to_owned(),
        1.0..99.0 => format!("{percent:.0} %"),
        99.0..100.0 => "99 %".to_owned(),
        _ => format!("{} %", amount(percent.round())),
    }
}

/// What is to be known before the numbers are believed, in sentences; empty where nothing is. `known_from_ms` is
/// since when something is known of the objective.
pub fn caution(
    objective: &Objective,
    budget: &Budget,
    known_from_ms: Option<i64>,
    now_ms: i64,
) -> String {
    let mut sentences = Vec::new();
    let end_ms = budget.to_ms.min(now_ms);
    if let Some(known_ms) = known_from_ms
        && known_ms > budget.from_ms + MINUTE_MS
    {
        let known = (end_ms - known_ms).max(0) as f64 / 1000.0;
        let asked = (end_ms - budget.from_ms) as f64 / 1000.0;
        sentences.push(format!(
            "Only {} of {} are known, since {}.",
            lasting(known),
            lasting(asked),
            moment(known_ms, objective)
        ));
    }
    let begun = end_ms - budget.from_ms;
    let is_calendar = !matches!(objective.window, Window::Rolling(_));
    let is_begun = is_calendar && budget.to_ms > now_ms && begun < 3 * 86_400_000;
    if is_begun && budget.total > 0.0 && !is_of_minutes(&objective.indicator) {
        let window = objective.window.name();
        sentences.push(format!(
            "The {window} has begun {} ago; its budget is for as much in all of it as until now.",
            lasting(begun as f64 / 1000.0)
        ));
    }
    let minutes = (budget.minutes + budget.gap_minutes) as f64;
    let gaps = budget.gap_minutes as f64;
    if gaps > 0.0 && gaps >= minutes * 0.01 {
        sentences.push(format!(
            "{} of {} had no data and {}.",
            amount(gaps),
            plural(minutes, "minute", "minutes"),
            gaps_count_as(objective.gaps)
        ));
    }
    if let Indicator::Latency { threshold, .. } = objective.indicator
        && budget.minutes == 0
        && budget.gap_minutes > 0
    {
        sentences.push(format!(
            "Of a classic histogram a bucket has to end at {threshold} s."
        ));
    }
    let (one, several) = unit(&objective.indicator);
    if budget.compliance.is_some() && !is_of_minutes(&objective.indicator) {
        // One event that costs a tenth of the budget or more says little about the service.
        if budget.allowed < 10.0 {
            let counted = plural(budget.total, one, several);
            let cost = percent_loose(1.0 / budget.allowed);
            sentences.push(format!(
                "Little traffic: only {counted} were counted, so a single bad one costs {cost} of the budget."
            ));
        }
    } else if budget.compliance.is_none() && budget.minutes > 0 {
        sentences.push(format!("There were no {several} in the time."));
    }
    sentences.join(" ")
}

fn gaps_count_as(gaps: Gaps) -> &'static str {
    match gaps {
        Gaps::Ignored => "are left out",
        Gaps::Good => "count as good",
        Gaps::Bad => "count as bad",
    }
}

/// How the numbers come about, step by step, a sentence each.
pub fn arithmetic(objective: &Objective, budget: &Budget, now_ms: i64) -> Vec<String> {
    let (one, several) = unit(&objective.indicator);
    let zone = match objective.zone.as_str() {
        "" => "UTC",
        zone => zone,
    };
    let end_ms = budget.to_ms.min(now_ms);
    let mut steps = vec![format!(
        "Time: {}, from {} to {} ({zone}){}.",
        stretch(objective, budget),
        moment(budget.from_ms, objective),
        moment(budget.to_ms, objective),
        match budget.to_ms > now_ms {
            true => format!(", counted until {}", moment(end_ms, objective)),
            false => String::new(),
        }
    )];
    let mut minutes = format!(
        "Minutes: {} measured, {} without data{}",
        amount(budget.minutes as f64),
        amount(budget.gap_minutes as f64),
        match budget.gap_minutes {
            0 => String::new(),
            _ => format!(" ({})", gaps_count_as(objective.gaps)),
        }
    );
    if objective.excludes_maintenance || budget.excluded_minutes > 0 {
        let excluded = amount(budget.excluded_minutes as f64);
        minutes.push_str(&format!(", {excluded} left out for maintenance"));
    }
    steps.push(minutes + ".");
    let (Some(compliance), Some(left)) = (budget.compliance, budget.left) else {
        steps.push(format!(
            "Counted: no {several}, so there is no budget to be spent."
        ));
        return steps;
    };
    steps.push(format!(
        "Kept: {} good of {} = {}; promised are {}.",
        amount(budget.good),
        plural(budget.total, one, several),
        percent(compliance),
        percent_of_target(objective.target)
    ));
    if budget.unknown_minutes > 0 {
        let more = amount(budget.unknown_minutes as f64);
        let expected = plural(budget.expected, one, several);
        steps.push(match is_of_minutes(&objective.indicator) {
            true => format!(
                "Whole window: {} and {more} that are not known or still to come = {expected}.",
                plural(budget.total, one, several)
            ),
            false => format!(
                "Whole window: {} a minute, in {more} that are not known or still to come as well = {expected}.",
                plural(budget.a_minute, one, several)
            ),
        });
    }
    steps.push(format!(
        "Budget: (100 % − {}) × {} = {} may be bad.",
        percent_of_target(objective.target),
        amount(budget.expected),
        plural(budget.allowed, one, several)
    ));
    steps.push(format!(
        "Spent: {} − {} = {}, which is {} ÷ {} = {} of the budget.",
        amount(budget.total),
        amount(budget.good),
        plural(budget.spent, one, several),
        amount(budget.spent),
        amount(budget.allowed),
        numbers::percent_plain(budget.spent / budget.allowed)
    ));
    steps.push(format!(
        "Left: 100 % − {} = {}.",
        numbers::percent_plain(budget.spent / budget.allowed),
        numbers::percent_plain(left)
    ));
    if budget.left_minutes > 0.0 {
        let rest = budget.allowed - budget.spent;
        steps.push(match is_of_minutes(&objective.indicator) {
            true => format!(
                "In time: {} − {} = {}.",
                plural(budget.allowed, one, several),
                amount(budget.spent),
                lasting(budget.left_minutes * 60.0)
            ),
            false => format!(
                "In time: {} left ÷ {} a minute = {} in which all may be bad.",
                plural(rest, one, several),
                amount(rest / budget.left_minutes),
                lasting(budget.left_minutes * 60.0)
            ),
        });
    }
    steps
}

#[cfg(test)]
#[path = "words_tests.rs"]
mod tests;
