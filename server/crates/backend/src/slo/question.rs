//! What an objective asks, and its answers over a stretch of time, minute by minute.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use model::{Labels, ReadSamples};
use promql::{Limits, Query, QueryError, Value, evaluate_range};
use slo::{Indicator, Kind, MINUTE_MS, Minute, Objective};

use super::maintenance::{Maintenance, Without};
use super::minutes::Slot;
use super::store::Stretch;

/// How long the answers to one question may take.
const LONGEST: Duration = Duration::from_secs(20);

/// What an objective asks.
pub(super) struct Question {
    indicator: Indicator,
    asks: Vec<(&'static str, Query)>,
    parts: Option<Query>,
    /// By which a window can be about all of it.
    labels: Labels,
    excludes: bool,
}

/// What was found out of some minutes.
#[derive(Debug, Default)]
pub(super) struct Answered {
    /// A slot a minute.
    pub(super) slots: Vec<Slot>,
    /// What was bad in a minute, by labels.
    pub(super) parts: Vec<(i64, BTreeMap<String, String>, f64)>,
    /// Why a question has no answer, if one has none.
    pub(super) trouble: String,
}

/// Whether it may have an answer later.
fn is_passing(error: &QueryError) -> bool {
    matches!(
        error,
        QueryError::Read(_) | QueryError::Timeout | QueryError::Cancelled
    )
}

impl Question {
    /// That of an objective.
    ///
    /// # Errors
    /// Which of its queries is none, and why.
    pub(super) fn of(objective: &Objective) -> Result<Self, String> {
        let read = |name: &str, text: &str| {
            Query::parse(text).map_err(|error| format!("{name}: {text:?}: {error}"))
        };
        let asks = objective.indicator.minute().into_iter();
        let asks = asks.map(|ask| Ok((ask.name, read(ask.name, &ask.query)?)));
        let parts = objective.indicator.parts(&objective.parts);
        let mut labels = Labels::new()
            .with("slo", objective.id())
            .with("sloth_id", objective.id())
            .with("sloth_service", &*objective.service)
            .with("sloth_slo", &*objective.name);
        for (name, value) in &objective.labels {
            labels = labels.with(name, &**value);
        }
        Ok(Self {
            asks: asks.collect::<Result<_, String>>()?,
            parts: parts.map(|text| read("parts", &text)).transpose()?,
            indicator: objective.indicator.clone(),
            labels,
            excludes: objective.excludes_maintenance,
        })
    }

    /// The minutes of a stretch.
    ///
    /// # Errors
    /// Why they cannot be looked at now.
    pub(super) fn answer(
        &self,
        samples: &dyn ReadSamples,
        maintenance: &Maintenance,
        stretch: Stretch,
    ) -> Result<Answered, QueryError> {
        let limits = Limits {
            deadline: Some(Instant::now() + LONGEST),
            ..Limits::default()
        };
        let mut answered = Answered::default();
        if !self.excludes {
            self.look(samples, stretch, &limits, &mut answered)?;
            return Ok(answered);
        }
        for (stretch, windows) in maintenance.cut(stretch) {
            let from = answered.slots.len();
            if windows.iter().any(|it| it.is_about(&self.labels)) {
                let minutes = usize::try_from((stretch.1 - stretch.0) / MINUTE_MS).unwrap_or(0);
                answered.slots.resize(from + minutes, Slot::Excluded);
                continue;
            }
            let is_partly = !windows.is_empty();
            let samples = Without { samples, windows };
            self.look(&samples, stretch, &limits, &mut answered)?;
            // Where nothing else is, all of it is left out.
            for slot in &mut answered.slots[from..] {
                if is_partly && *slot == Slot::Gap {
                    *slot = Slot::Excluded;
                }
            }
        }
        Ok(answered)
    }

    fn look(
        &self,
        samples: &dyn ReadSamples,
        (from_ms, to_ms): Stretch,
        limits: &Limits,
        answered: &mut Answered,
    ) -> Result<(), QueryError> {
        let minutes = usize::try_from((to_ms - from_ms) / MINUTE_MS).unwrap_or(0);
        if minutes == 0 {
            return Ok(());
        }
        let ask = |query: &Query| {
            evaluate_range(
                query,
                samples,
                from_ms + MINUTE_MS,
                to_ms,
                MINUTE_MS,
                limits,
            )
        };
        let place = |at_ms: i64| usize::try_from((at_ms - from_ms) / MINUTE_MS - 1).ok();
        let mut answers = vec![vec![None; self.asks.len()]; minutes];
        for (number, (name, query)) in self.asks.iter().enumerate() {
            let answer = match ask(query) {
                Ok(answer) => answer,
                Err(error) if is_passing(&error) => return Err(error),
                Err(error) => {
                    answered.trouble = format!("{name}: {error}");
                    continue;
                }
            };
            let Value::Matrix(series) = answer.value else {
                continue;
            };
            for (at_ms, value) in series.into_iter().flat_map(|series| series.points) {
                if let Some(minute) = place(at_ms).and_then(|place| answers.get_mut(place)) {
                    minute[number] = Some(value);
                }
            }
        }
        let first = answered.slots.len();
        for (at_ms, answers) in (from_ms..to_ms).step_by(60_000).zip(&answers) {
            answered
                .slots
                .push(slot(&slo::minute(&self.indicator, at_ms, answers)));
        }
        let slots = &answered.slots[first..];
        let is_bad = |slot: &Slot| matches!(slot, Slot::Counted { good, total } if good < total);
        let Some(parts) = self.parts.as_ref().filter(|_| slots.iter().any(is_bad)) else {
            return Ok(());
        };
        let answer = match ask(parts) {
            Ok(answer) => answer,
            Err(error) if is_passing(&error) => return Err(error),
            Err(error) => {
                answered.trouble = format!("parts: {error}");
                return Ok(());
            }
        };
        let Value::Matrix(series) = answer.value else {
            return Ok(());
        };
        let mut found = Vec::new();
        for series in series {
            let labels = crate::metrics::wire_labels(&series.labels);
            for (at_ms, spent) in series.points {
                let slot = place(at_ms).and_then(|place| slots.get(place));
                if spent > 0.0 && spent.is_finite() && slot.is_some_and(is_bad) {
                    found.push((at_ms - MINUTE_MS, labels.clone(), spent));
                }
            }
        }
        answered.parts.extend(found);
        Ok(())
    }
}

/// A minute as it is kept.
pub(super) fn slot(minute: &Minute) -> Slot {
    match minute.kind {
        Kind::Counted => Slot::Counted {
            good: minute.good,
            total: minute.total,
        },
        Kind::Gap => Slot::Gap,
        Kind::Excluded => Slot::Excluded,
    }
}

/// What is kept as a minute; `None` of one at which nobody has looked.
pub(super) fn minute(at_ms: i64, slot: Slot) -> Option<Minute> {
    match slot {
        Slot::Open => None,
        Slot::Counted { good, total } => Some(Minute::counted(at_ms, good, total)),
        Slot::Gap => Some(Minute::gap(at_ms)),
        Slot::Excluded => Some(Minute::gap(at_ms).excluded()),
    }
}

#[cfg(test)]
mod tests;
