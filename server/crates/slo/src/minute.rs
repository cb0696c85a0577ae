//! What is asked each minute, and what the answers say of it.
//!
//! Events of a minute are `rate[…] * 60`, not `increase[…]`: queries of objectives are rates (as Sloth's and
//! OpenSLO's examples are), a rate is what is left when several are added or subtracted, and over a range that is
//! longer than a minute it is still what one minute has on average. Counters that are sampled at least twice a
//! minute are asked over one minute, so that each minute has its own events. Where that has no answer, all queries
//! of the minute are asked over five: the events of a minute are then spread over the five that follow it, but all
//! of them are counted. Of a query that is no rate (`increase(…)`, `count_over_time(…)`) the events of a minute are what
//! it says over one, or a fifth of what it says over five.

use crate::query::{self, LONG, SHORT};
use crate::{Counted, Indicator};

/// A minute.
pub const MINUTE_MS: i64 = 60_000;

/// What happened in one minute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Minute {
    /// Its begin; it lasts [`MINUTE_MS`].
    pub at_ms: i64,
    /// What was good: from 0 to `total`.
    pub good: f64,
    /// What was counted.
    pub total: f64,
    /// Whether that counts.
    pub kind: Kind,
}

/// Whether a minute counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It does. Nothing may have happened in it.
    Counted,
    /// There was no data.
    Gap,
    /// A maintenance window leaves it out.
    Excluded,
}

impl Minute {
    /// One without data.
    pub fn gap(at_ms: i64) -> Self {
        let (good, total, kind) = (0.0, 0.0, Kind::Gap);
        Self {
            at_ms,
            good,
            total,
            kind,
        }
    }

    /// One in which something was counted; what cannot be (less than nothing, more good than there is) is cut.
    pub fn counted(at_ms: i64, good: f64, total: f64) -> Self {
        let total = total.max(0.0);
        Self {
            at_ms,
            good: good.clamp(0.0, total),
            total,
            kind: Kind::Counted,
        }
    }

    /// It, left out: what was measured stays known, but is not counted.
    #[must_use]
    pub fn excluded(self) -> Self {
        let kind = Kind::Excluded;
        Self { kind, ..self }
    }

    /// What was bad.
    pub fn bad(&self) -> f64 {
        self.total - self.good
    }

    /// Whether it counts, and more of it was bad than a target allows.
    pub fn is_bad(&self, target: f64) -> bool {
        self.kind == Kind::Counted && self.total > 0.0 && self.bad() > allowed(target) * self.total
    }
}

/// The part that may be bad. A target of 99.9 % is no exact number, and 1 of 1,000 must not be more than it allows.
pub(crate) fn allowed(target: f64) -> f64 {
    (1.0 - target) * (1.0 + 1e-9)
}

/// A question of which the answer is one number, or nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// What it is for, in a word or two, for messages.
    pub name: &'static str,
    /// PromQL, to be evaluated at the end of the minute. It yields one series without labels, or none.
    pub query: String,
}

impl Indicator {
    /// What is asked each minute; nothing where people report. Their answers, in this order, are what
    /// [`minute`] takes.
    ///
    /// Available series are counted, so the unit of availability is one series for one minute: three servers of
    /// which one is down are a minute of which two thirds are good.
    pub fn minute(&self) -> Vec<Ask> {
        let ask = |name, query| Ask { name, query };
        match self {
            Self::Events {
                counted,
                query,
                total,
            } => {
                let name = match counted {
                    Counted::Good => "good events",
                    Counted::Bad => "bad events",
                };
                let one = |text: &str, range| format!("sum({})", query::over(text, range));
                vec![
                    ask(name, one(query, SHORT)),
                    ask("all events", one(total, SHORT)),
                    ask(name, one(query, LONG)),
                    ask("all events", one(total, LONG)),
                ]
            }
            Self::Raw { error_ratio } => {
                let one = |range| format!("avg({})", query::over(error_ratio, range));
                vec![
                    ask("the part that is bad", one(SHORT)),
                    ask("the part that is bad", one(LONG)),
                ]
            }
            Self::Latency {
                histogram,
                threshold,
            } => {
                let good = |range| query::fast(histogram, *threshold, range, &[]);
                let total = |range| query::requests(histogram, range, &[]);
                vec![
                    ask("fast requests", good(SHORT)),
                    ask("all requests", total(SHORT)),
                    ask("fast requests", good(LONG)),
                    ask("all requests", total(LONG)),
                ]
            }
            Self::Slices { condition } => {
                let condition = query::over(condition, LONG);
                vec![
                    ask("the condition", format!("count({condition})")),
                    ask("its data", query::operands(&condition)),
                ]
            }
            Self::Availability { metric } => vec![
                ask("available", format!("sum({metric} == bool 1)")),
                ask("all", format!("count({metric})")),
            ],
            Self::Freshness { metric, max_age } => vec![
                ask("a young sample", query::newest(metric, *max_age)),
                ask("any sample", query::newest(metric, max_age + 3600.0)),
            ],
            Self::Measured => Vec::new(),
        }
    }

    /// What was bad in a minute by labels, as PromQL to be evaluated at its end: a series for each set of values,
    /// in the unit of [`Minute::bad`]. `None` where it cannot be told apart. What a query has added up already
    /// (other than by one `sum(…)` around all of it) stays together.
    pub fn parts(&self, labels: &[String]) -> Option<String> {
        if labels.is_empty() {
            return None;
        }
        match self {
            Self::Events {
                counted,
                query,
                total,
            } => {
                let of = |text: &str, range| query::sum_by(&query::over(text, range), labels);
                let bad = |range| match counted {
                    Counted::Bad => of(query, range),
                    Counted::Good => query::rest(&of(total, range), &of(query, range)),
                };
                let all = format!("sum({})", query::over(total, SHORT));
                Some(query::either(
                    &bad(SHORT),
                    &bad(LONG),
                    &all,
                    query::is_rate(total),
                ))
            }
            Self::Latency {
                histogram,
                threshold,
            } => {
                let bad = |range| {
                    let total = query::requests(histogram, range, labels);
                    query::rest(&total, &query::fast(histogram, *threshold, range, labels))
                };
                let all = query::requests(histogram, SHORT, &[]);
                Some(query::either(&bad(SHORT), &bad(LONG), &all, true))
            }
            Self::Availability { metric } => {
                let labels = labels.join(", ");
                Some(format!("sum by ({labels}) ({metric} != bool 1) > 0"))
            }
            Self::Raw { .. } | Self::Slices { .. } | Self::Freshness { .. } | Self::Measured => {
                None
            }
        }
    }
}

/// What answers to [`Indicator::minute`] say of the minute that begins at a time. An answer that is no number
/// is none.
pub fn minute(indicator: &Indicator, at_ms: i64, answers: &[Option<f64>]) -> Minute {
    let answer = |place: usize| {
        let answer = answers.get(place).copied().flatten();
        answer.filter(|number| number.is_finite())
    };
    // The first pair that knows how much there was, as events of a minute.
    let pair = |is_rate| {
        let place = [0, 2]
            .into_iter()
            .find(|place| answer(place + 1).is_some())?;
        let times = match (is_rate, place) {
            (true, _) => 60.0,
            (false, 0) => 1.0,
            // What was in five minutes.
            (false, _) => 0.2,
        };
        Some((
            answer(place).map(|some| some * times),
            answer(place + 1)? * times,
        ))
    };
    let found = match indicator {
        Indicator::Events { counted, total, .. } => {
            let found = pair(query::is_rate(total));
            found.map(|(some, all)| match counted {
                Counted::Good => (some.unwrap_or(0.0), all),
                Counted::Bad => (all - some.unwrap_or(0.0), all),
            })
        }
        // A histogram whose requests are counted has its buckets, unless none ends at the threshold.
        Indicator::Latency { .. } => pair(true).and_then(|(fast, all)| match fast {
            None if all > 0.0 => None,
            fast => Some((fast.unwrap_or(0.0), all)),
        }),
        Indicator::Raw { .. } => answer(0)
            .or(answer(1))
            .map(|bad| (1.0 - bad.clamp(0.0, 1.0), 1.0)),
        Indicator::Slices { .. } | Indicator::Freshness { .. } => match (answer(0), answer(1)) {
            (Some(_), _) => Some((1.0, 1.0)),
            (None, Some(_)) => Some((0.0, 1.0)),
            (None, None) => None,
        },
        Indicator::Availability { .. } => answer(1).map(|all| (answer(0).unwrap_or(0.0), all)),
        Indicator::Measured => None,
    };
    found.map_or_else(
        || Minute::gap(at_ms),
        |(good, total)| Minute::counted(at_ms, good, total),
    )
}

#[cfg(test)]
#[path = "minute_tests.rs"]
mod tests;
