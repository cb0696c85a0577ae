//! How an objective does: the budget of its window, how fast it is spent, and what is left over time.

use slo::{AlertWindow, Budget, Objective, Severity, State, Sums, alert_windows, burn_rate};
use wire::{BudgetPoint, Burn, ObjectiveState, TargetGuess};

use super::ledger::{HOUR_MS, hour_of};
use super::sheet::Sheet;
use super::store::Stretch;

const MINUTES_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// The windows in which it is said how fast a budget is spent, the shortest first.
pub(super) const BURNS: [(&str, i64); 7] = [
    ("5m", 5 * MINUTES_MS),
    ("30m", 30 * MINUTES_MS),
    ("1h", HOUR_MS),
    ("2h", 2 * HOUR_MS),
    ("6h", 6 * HOUR_MS),
    ("1d", DAY_MS),
    ("3d", 3 * DAY_MS),
];
/// The longest of them.
pub(super) const LONGEST_BURN_MS: i64 = 3 * DAY_MS;
/// By the rate of which it is said when a budget is spent: a shorter one would say something else every minute.
const PRESENT_MS: i64 = 6 * HOUR_MS;
/// Points of a sparkline.
const SPARKS: i64 = 30;
/// What could be promised, in per cent.
const TARGETS: [f64; 9] = [90.0, 95.0, 98.0, 99.0, 99.5, 99.9, 99.95, 99.99, 99.999];

/// How it does over a stretch of time.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    pub(super) budget: Budget,
    pub(super) state: ObjectiveState,
    pub(super) sentence: String,
    pub(super) caution: String,
    pub(super) arithmetic: Vec<String>,
    pub(super) burn: Vec<Burn>,
    pub(super) spent_at_ms: Option<i64>,
    pub(super) spark: Vec<BudgetPoint>,
}

/// What is looked at.
pub(super) struct Asked<'a> {
    pub(super) objective: &'a Objective,
    pub(super) sheet: &'a Sheet,
    pub(super) span: Stretch,
    /// The first minute that is not known yet.
    pub(super) until_ms: i64,
    pub(super) known_from_ms: Option<i64>,
    /// Why it has no answer; empty where it has.
    pub(super) trouble: &'a str,
    pub(super) now_ms: i64,
}

/// The step of a picture over some time with so many points: whole hours.
pub(super) fn hours_step((from_ms, to_ms): Stretch, points: i64) -> i64 {
    let step = (to_ms - from_ms).div_euclid(points.max(1));
    (step + HOUR_MS - 1).div_euclid(HOUR_MS).max(1) * HOUR_MS
}

/// The step of a sparkline.
pub(super) fn spark_step(span: Stretch) -> i64 {
    hours_step(span, SPARKS)
}

/// How it does.
pub(super) fn standing(asked: &Asked<'_>) -> Standing {
    let Asked {
        objective,
        sheet,
        span,
        now_ms,
        ..
    } = *asked;
    let budget = slo::budget(objective, span, &sheet.sums(span), now_ms);
    let present = rate(asked, PRESENT_MS);
    // What is over is not spent any more.
    let spent_at_ms = match span.1 < asked.until_ms {
        true => None,
        false => slo::spent_at(objective, &budget, present, now_ms),
    };
    let mut caution = slo::caution(objective, &budget, asked.known_from_ms, now_ms);
    if !asked.trouble.is_empty() {
        let trouble = format!("It has no answer: {}.", asked.trouble.trim_end_matches('.'));
        caution = match caution.is_empty() {
            true => trouble,
            false => format!("{trouble} {caution}"),
        };
    }
    Standing {
        state: match slo::state(&budget, spent_at_ms) {
            State::Missed => ObjectiveState::Missed,
            State::AtRisk => ObjectiveState::AtRisk,
            State::Met => ObjectiveState::Met,
            State::Unknown => ObjectiveState::Unknown,
        },
        sentence: slo::sentence(objective, &budget, spent_at_ms, now_ms),
        caution,
        arithmetic: slo::arithmetic(objective, &budget, now_ms),
        burn: burns(asked),
        spent_at_ms,
        spark: burn_down(asked, &budget, spark_step(span)),
        budget,
    }
}

/// How fast it was spent over the last so long.
fn rate(asked: &Asked<'_>, length_ms: i64) -> Option<f64> {
    let until_ms = asked.until_ms.min(asked.span.1);
    rate_at(asked, length_ms, until_ms)
}

fn rate_at(asked: &Asked<'_>, length_ms: i64, at_ms: i64) -> Option<f64> {
    let sums = asked.sheet.sums((at_ms - length_ms, at_ms));
    let budget = slo::budget(
        asked.objective,
        (at_ms - length_ms, at_ms),
        &sums,
        asked.now_ms,
    );
    // Minutes without data count as they do in the budget.
    let sums = Sums {
        good: budget.good,
        total: budget.total,
        ..sums
    };
    burn_rate(&sums, asked.objective.target)
}

fn burns(asked: &Asked<'_>) -> Vec<Burn> {
    let objective = asked.objective;
    let pairs = alert_windows(&objective.window);
    let is_told = |pair: &&AlertWindow| match pair.severity {
        Severity::Page => objective.page.is_some(),
        Severity::Ticket => objective.ticket.is_some(),
    };
    let burns = BURNS.iter().map(|(window, length_ms)| {
        let pairs = pairs.iter().filter(is_told);
        let limits = pairs.filter(|pair| pair.long == *window || pair.short == *window);
        Burn {
            window: (*window).to_owned(),
            rate: rate(asked, *length_ms),
            limit: limits.map(|pair| pair.factor).min_by(f64::total_cmp),
        }
    });
    burns.collect()
}

/// The times at which a picture of some time has points: ends of steps, and the end of what is known.
fn times((from_ms, to_ms): Stretch, until_ms: i64, step_ms: i64) -> Vec<i64> {
    let end_ms = to_ms.min(until_ms);
    let first_ms = match step_ms % HOUR_MS {
        0 => hour_of(from_ms) + step_ms,
        _ => from_ms + step_ms,
    };
    let step = usize::try_from(step_ms).unwrap_or(1);
    let mut times: Vec<_> = (first_ms..end_ms).step_by(step).collect();
    if end_ms > from_ms {
        times.push(end_ms);
    }
    times
}

/// What is left of the budget over time: all of it at the begin, and at the end what is left now.
pub(super) fn burn_down(asked: &Asked<'_>, budget: &Budget, step_ms: i64) -> Vec<BudgetPoint> {
    let mut points = Vec::new();
    let mut begin_ms = asked.span.0;
    let mut spent = 0.0;
    for at_ms in times(asked.span, asked.until_ms, step_ms) {
        let stretch = (begin_ms, at_ms);
        let step = slo::budget(
            asked.objective,
            stretch,
            &asked.sheet.sums(stretch),
            asked.now_ms,
        );
        spent += step.spent;
        begin_ms = at_ms;
        let is_known = asked.known_from_ms.is_some_and(|known| known < at_ms);
        points.push(BudgetPoint {
            at_ms,
            value: (is_known && budget.allowed > 0.0).then(|| 1.0 - spent / budget.allowed),
        });
    }
    // Minutes without data count as the others have on average, which is another one in each step.
    if let Some(last) = points.last_mut().filter(|last| last.value.is_some()) {
        last.value = budget.left;
    }
    points
}

/// The part that was bad, step by step.
pub(super) fn error_ratio(asked: &Asked<'_>, step_ms: i64) -> Vec<BudgetPoint> {
    let mut begin_ms = asked.span.0;
    let mut points = Vec::new();
    for at_ms in times(asked.span, asked.until_ms, step_ms) {
        let stretch = (begin_ms, at_ms);
        let sums = asked.sheet.sums(stretch);
        let step = slo::budget(asked.objective, stretch, &sums, asked.now_ms);
        begin_ms = at_ms;
        points.push(BudgetPoint {
            at_ms,
            value: step.compliance.map(|good| 1.0 - good),
        });
    }
    points
}

/// Burn rates over time.
pub(super) fn burn_line(asked: &Asked<'_>, length_ms: i64, step_ms: i64) -> Vec<BudgetPoint> {
    let times = times(asked.span, asked.until_ms, step_ms);
    let points = times.into_iter().map(|at_ms| BudgetPoint {
        at_ms,
        value: rate_at(asked, length_ms, at_ms),
    });
    points.collect()
}

/// What other targets would have meant.
pub(super) fn guesses(asked: &Asked<'_>) -> Vec<TargetGuess> {
    let sums = asked.sheet.sums(asked.span);
    let own = (asked.objective.target * 1e11).round() / 1e9;
    let mut targets = TARGETS.to_vec();
    if !targets.iter().any(|target| (target - own).abs() < 1e-9) {
        targets.push(own);
        targets.sort_by(f64::total_cmp);
    }
    let guess = |target_percent: f64| {
        let objective = Objective {
            target: (target_percent * 1e9).round() / 1e11,
            ..asked.objective.clone()
        };
        let budget = slo::budget(&objective, asked.span, &sums, asked.now_ms);
        TargetGuess {
            target_percent,
            left: budget.left,
        }
    };
    targets.into_iter().map(guess).collect()
}

/// A budget for outsiders.
pub(super) fn shown(budget: &Budget) -> wire::Budget {
    wire::Budget {
        from_ms: budget.from_ms,
        to_ms: budget.to_ms,
        good: budget.good,
        total: budget.total,
        compliance: budget.compliance,
        allowed: budget.allowed,
        spent: budget.spent,
        left: budget.left,
        left_minutes: budget.left_minutes,
        minutes: budget.minutes,
        gap_minutes: budget.gap_minutes,
        excluded_minutes: budget.excluded_minutes,
        bad_minutes: budget.bad_minutes,
    }
}
