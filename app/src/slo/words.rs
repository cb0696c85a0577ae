//! Objectives in words.

use ui::{Reading, Zone, format};
use wire::{
    Budget, BudgetWindow, Burn, IndicatorKind, Level, Objective, ObjectiveDraft, ObjectiveState,
    Objectives, Origin, Problem, Read, path_segment,
};

use crate::answer::{Answer, Failure};

/// Milliseconds of a minute.
const MINUTE_MS: f64 = 60_000.0;

/// What an answer says, or why there is none.
pub(super) fn read<T: Read>(answer: Result<Answer<T>, Failure>) -> Result<T, Problem> {
    answer
        .map_err(|failure| failure.0)
        .and_then(|answer| answer.read())
}

/// The page of an objective.
pub(super) fn address(id: &str) -> String {
    format!("/slo/{}", path_segment(id))
}

/// What an objective is called.
pub(super) fn called(draft: &ObjectiveDraft) -> String {
    format!("{} · {}", draft.service, draft.name)
}

/// The colour and the sign of a state; its word stands beside it.
pub(super) fn level(state: ObjectiveState) -> Level {
    match state {
        ObjectiveState::Missed => Level::Unhealthy,
        ObjectiveState::AtRisk => Level::Degraded,
        ObjectiveState::Met => Level::Healthy,
        ObjectiveState::Unknown => Level::Unknown,
    }
}

/// All objectives in a sentence.
pub(crate) fn headline(all: &Objectives) -> String {
    let count = all.rows.len();
    let of = |state| all.rows.iter().filter(|it| it.state == state).count();
    let (missed, at_risk, met) = (
        of(ObjectiveState::Missed),
        of(ObjectiveState::AtRisk),
        of(ObjectiveState::Met),
    );
    let is = |count| if count == 1 { "is" } else { "are" };
    match (count, missed, at_risk, met) {
        (0, ..) => "No objective is set".to_owned(),
        (_, 0, 0, 0) => format!(
            "{}, nothing measured yet",
            format::count(count, "objective")
        ),
        (1, 0, 0, _) => "The objective is met".to_owned(),
        (_, 0, 0, met) if met == count => format!("All {count} objectives are met"),
        (_, 0, 0, met) => format!(
            "{met} of {count} objectives {} met, the others have no data",
            is(met)
        ),
        (_, 0, at_risk, _) => format!("{at_risk} of {count} objectives {} at risk", is(at_risk)),
        (_, missed, 0, _) => format!("{missed} of {count} objectives {} missed", is(missed)),
        (_, missed, at_risk, _) => format!(
            "{missed} of {count} objectives {} missed, {at_risk} {} at risk",
            is(missed),
            is(at_risk)
        ),
    }
}

/// A percentage as people write it: `99.9 %`, `99.95 %`, `95 %`.
pub(super) fn percent(value: f64) -> String {
    let text = format::fixed(value, 4);
    let short = text.trim_end_matches('0').trim_end_matches('.');
    format!("{short} %")
}

/// The part that was good: what is not everything never reads `100 %`, and a target of three nines can be told from it.
pub(super) fn kept(ratio: f64) -> String {
    if !ratio.is_finite() {
        return "–".to_owned();
    }
    // Three digits matter where nines are counted.
    let scale = if ratio < 0.99 { 100.0 } else { 1000.0 };
    percent((ratio * 100.0 * scale + 1e-6).floor() / scale)
}

/// A share of 0 to 1 as a percentage.
pub(super) fn share(share: f64) -> String {
    match share {
        share if (10.0..1e6).contains(&share) => {
            format!("{} %", format::grouped((share * 100.0 + 0.5) as usize))
        }
        share => format::percent(share * 100.0),
    }
}

/// Whether the budget is time; otherwise it is events, or minutes of each probe.
fn is_time(kind: IndicatorKind) -> bool {
    matches!(kind, IndicatorKind::Slices | IndicatorKind::Freshness)
}

/// How much of a budget is spent: `27 min 13 s of 43 min 12 s`, `3 of 120 requests`.
pub(super) fn spent_of(kind: IndicatorKind, budget: &Budget) -> String {
    let spent = match is_time(kind) {
        true => minutes(budget.spent),
        false => format::number(budget.spent),
    };
    format!("{spent} of {}", amount(kind, budget.allowed))
}

/// An amount of a budget: time, requests, events.
pub(super) fn amount(kind: IndicatorKind, amount: f64) -> String {
    if is_time(kind) {
        return minutes(amount);
    }
    let what = match kind {
        IndicatorKind::Latency => "requests",
        IndicatorKind::Availability => "probe minutes",
        _ => "events",
    };
    format!("{} {what}", format::number(amount))
}

/// So many minutes: `13 min 40 s` below an hour, larger units above it.
pub(super) fn minutes(minutes: f64) -> String {
    let sign = if minutes < 0.0 { "−" } else { "" };
    let seconds = (minutes.abs() * 60.0 + 0.5) as i64;
    let text = match seconds {
        0..10 => format!("{} s", format::number(minutes.abs() * 60.0)),
        60..3600 if seconds % 60 > 0 => format!("{} min {} s", seconds / 60, seconds % 60),
        seconds => format::duration(seconds * 1000),
    };
    format!("{sign}{text}")
}

/// What is left of a budget, in a few words.
pub(super) fn left(left: Option<f64>) -> String {
    match left {
        None => "no data".to_owned(),
        Some(left) if left < 0.0 => format!("{} overspent", share(-left)),
        Some(left) => format!("{} left", share(left)),
    }
}

/// An objective in a line.
#[cfg(feature = "ssr")]
pub(crate) fn line(objective: &Objective) -> wire::GlanceLine {
    wire::GlanceLine {
        path: address(&objective.id),
        name: called(&objective.draft),
        about: String::new(),
        level: level(objective.state),
        state: objective.state.as_str().to_owned(),
        figure: left(objective.budget.left),
    }
}

/// A budget as a bar: how much of it is left, in per cent and in what it is made of.
pub(super) fn reading(kind: IndicatorKind, state: ObjectiveState, budget: &Budget) -> Reading {
    let detail = match budget.left {
        None => "nothing was measured".to_owned(),
        Some(_) => format!("{} spent", spent_of(kind, budget)),
    };
    Reading {
        share: budget.left,
        text: left(budget.left),
        level: level(state),
        detail,
        mark: None,
    }
}

/// How long everything may still be bad; of what is time already, that is the same.
pub(super) fn time_left(kind: IndicatorKind, budget: &Budget) -> String {
    match budget.left {
        None => "nothing was measured".to_owned(),
        Some(_) if budget.left_minutes <= 0.0 => "none is left".to_owned(),
        Some(_) if is_time(kind) => "in which everything may fail".to_owned(),
        Some(_) => format!(
            "or {} in which everything fails",
            minutes(budget.left_minutes)
        ),
    }
}

/// A rate: `1.2 ×`.
pub(super) fn rate(rate: Option<f64>) -> String {
    match rate {
        None => "–".to_owned(),
        Some(rate) => format!("{} ×", format::number(rate)),
    }
}

/// The burn rate that is said first: of an hour, where that is known.
pub(super) fn burn_now(burn: &[Burn]) -> Option<&Burn> {
    burn.iter().find(|it| it.window == "1h").or(burn.first())
}

/// The window of an objective: `30 days`, `calendar month (Europe/Berlin)`.
pub(super) fn window(draft: &ObjectiveDraft) -> String {
    match draft.window {
        BudgetWindow::Rolling => format::count(draft.days as usize, "day"),
        BudgetWindow::Month => format!("calendar month ({})", draft.zone),
        BudgetWindow::Quarter => format!("calendar quarter ({})", draft.zone),
    }
}

/// What is promised: `99.9 % over 30 days`.
pub(super) fn promise(draft: &ObjectiveDraft) -> String {
    format!("{} over {}", percent(draft.target_percent), window(draft))
}

/// The stretch in which something is known, where that is the smaller part of an objective's window.
pub(super) fn known_part(objective: &Objective) -> Option<(i64, i64)> {
    let Budget { from_ms, to_ms, .. } = objective.budget;
    let known_ms = objective.known_from_ms?;
    (known_ms - from_ms > (to_ms - from_ms) / 2 && known_ms < to_ms).then_some((known_ms, to_ms))
}

/// Texts as one after the other: each begins with a capital letter and has an end.
pub(super) fn sentences(texts: &[&str]) -> String {
    let said = texts
        .iter()
        .map(|text| text.trim())
        .filter(|text| !text.is_empty());
    let said = said.map(|text| {
        let mut letters = text.chars();
        let first: String = letters
            .next()
            .into_iter()
            .flat_map(char::to_uppercase)
            .collect();
        let end = if text.ends_with(['.', '!', '?', ':']) {
            ""
        } else {
            "."
        };
        format!("{first}{}{end}", letters.as_str())
    });
    said.collect::<Vec<_>>().join(" ")
}

/// Where an objective comes from.
pub(super) fn origin(objective: &Objective) -> String {
    match objective.origin {
        Origin::BuiltIn => "built-in".to_owned(),
        Origin::Changed => "changed from the built-in".to_owned(),
        Origin::File => objective.path.clone(),
        Origin::Made => "made here".to_owned(),
    }
}

/// `2026-11-01 04:05 – 2026-11-30 04:05 UTC`, the second day only where it is another.
pub(super) fn stretch(from_ms: i64, to_ms: i64, zone: Zone) -> String {
    let minute = |at_ms| format!("{} {}", format::date(at_ms), format::clock(at_ms, false));
    let (from, to) = (zone.shift(from_ms), zone.shift(to_ms));
    let end = match format::date(from) == format::date(to) {
        true => format::clock(to, false),
        false => minute(to),
    };
    format!("{} – {end}{}", minute(from), zone.suffix())
}

/// Days of a stretch that begins and ends at midnight, otherwise with the minutes.
pub(super) fn days(from_ms: i64, to_ms: i64, zone: Zone) -> String {
    let (from, to) = (zone.shift(from_ms), zone.shift(to_ms));
    let is_midnight = |at_ms: i64| at_ms.rem_euclid(86_400_000) == 0;
    match is_midnight(from) && is_midnight(to) && to > from {
        true => format!("{} – {}", format::date(from), format::date(to - 1)),
        false => stretch(from_ms, to_ms, zone),
    }
}

/// How long something took, from one time to another.
pub(super) fn lasted(from_ms: i64, to_ms: Option<i64>) -> String {
    match to_ms {
        Some(to_ms) => minutes((to_ms - from_ms) as f64 / MINUTE_MS),
        None => "goes on".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        for (value, expected) in [
            (99.9, "99.9 %"),
            (99.95, "99.95 %"),
            (95.0, "95 %"),
            (100.0, "100 %"),
        ] {
            assert_eq!(percent(value), expected);
        }
        for (ratio, expected) in [
            (1.0, "100 %"),
            (0.999_999_9, "99.999 %"),
            (0.999, "99.9 %"),
            (0.98765, "98.76 %"),
            (f64::NAN, "–"),
        ] {
            assert_eq!(kept(ratio), expected, "{ratio}");
        }
        for (length, expected) in [
            (0.0, "0 s"),
            (0.006, "0.36 s"),
            (0.5, "30 s"),
            (43.2, "43 min 12 s"),
            (13.0 + 40.0 / 60.0, "13 min 40 s"),
            (60.0, "1 h"),
            (-2.5, "−2 min 30 s"),
        ] {
            assert_eq!(minutes(length), expected);
        }
        for (value, expected) in [
            (None, "no data"),
            (Some(0.63), "63 % left"),
            (Some(0.0), "0 % left"),
            (Some(-0.4), "40 % overspent"),
            (Some(-73.07), "7,307 % overspent"),
        ] {
            assert_eq!(left(value), expected);
        }
        assert_eq!(amount(IndicatorKind::Ratio, 1200.0), "1.2 k events");
        assert_eq!(amount(IndicatorKind::Latency, 3.0), "3 requests");
        assert_eq!(
            amount(IndicatorKind::Availability, 30.0),
            "30 probe minutes"
        );
        assert_eq!(amount(IndicatorKind::Slices, 30.0), "30 min");
    }

    #[test]
    fn texts_are_sentences() {
        assert_eq!(
            sentences(&["nothing was measured", "", "Few events."]),
            "Nothing was measured. Few events."
        );
        assert_eq!(sentences(&[]), "");
    }

    #[test]
    fn stretches() {
        let day = 86_400_000;
        assert_eq!(days(0, 31 * day, Zone::Utc), "1970-01-01 – 1970-01-31");
        assert_eq!(
            days(0, day + 60_000, Zone::Utc),
            "1970-01-01 00:00 – 1970-01-02 00:01 UTC"
        );
        assert_eq!(
            stretch(0, 3_600_000, Zone::Utc),
            "1970-01-01 00:00 – 01:00 UTC"
        );
        assert_eq!(lasted(0, Some(90_000)), "1 min 30 s");
        assert_eq!(lasted(0, None), "goes on");
    }
}
