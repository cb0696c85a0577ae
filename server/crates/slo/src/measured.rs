//! What people and programs report of a stretch of time.

use crate::Minute;
use crate::minute::MINUTE_MS;

/// The longest stretch that is reported at once: what a ledger keeps.
const LONGEST_MS: i64 = 400 * 86_400_000;

/// What was measured elsewhere, over a stretch of time.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// Begin.
    pub from_ms: i64,
    /// End.
    pub to_ms: i64,
    /// What was good.
    pub good: f64,
    /// What was counted.
    pub total: f64,
    /// What tells it from others in messages: a note, a number.
    pub name: String,
}

impl Measured {
    /// Whether it can be, and lies beside all others.
    ///
    /// # Errors
    /// A sentence that says what to write instead, or which other it overlaps.
    pub fn check<'a>(&self, others: impl IntoIterator<Item = &'a Self>) -> Result<(), String> {
        if self.from_ms >= self.to_ms {
            return Err("it ends before it begins; its end has to be later".to_owned());
        }
        if self.to_ms - self.from_ms > LONGEST_MS {
            return Err(
                "it is longer than 400 days, which is what is kept; report parts of it".to_owned(),
            );
        }
        if !(self.good.is_finite() && self.total.is_finite()) || self.good < 0.0 || self.total < 0.0
        {
            return Err("good and total are numbers from 0".to_owned());
        }
        if self.good > self.total {
            return Err(format!(
                "more was good ({}) than there was ({}); total is all of it, good and bad",
                self.good, self.total
            ));
        }
        for other in others {
            if self.from_ms < other.to_ms && other.from_ms < self.to_ms {
                return Err(format!(
                    "it overlaps what was measured from {} to {}{}; report exactly that time again to correct it, or the time beside it",
                    moment(other.from_ms),
                    moment(other.to_ms),
                    match other.name.as_str() {
                        "" => String::new(),
                        name => format!(" ({name})"),
                    }
                ));
            }
        }
        Ok(())
    }

    /// Its minutes: what was measured is spread evenly over its time.
    fn minutes(&self) -> impl Iterator<Item = Minute> {
        let length = (self.to_ms - self.from_ms) as f64;
        let first = self.from_ms - self.from_ms.rem_euclid(MINUTE_MS);
        let begins = (first..self.to_ms).step_by(MINUTE_MS as usize);
        begins.map(move |at_ms| {
            let within = self.to_ms.min(at_ms + MINUTE_MS) - self.from_ms.max(at_ms);
            let part = within as f64 / length;
            Minute::counted(at_ms, self.good * part, self.total * part)
        })
    }
}

/// The minutes of measurements, in the order of time. A minute in which one ends and the next begins has what both
/// have of it.
///
/// # Errors
/// When one cannot be, or two overlap: a sentence.
pub fn overlay(measurements: &[Measured]) -> Result<Vec<Minute>, String> {
    let mut sorted: Vec<_> = measurements.iter().collect();
    sorted.sort_by_key(|one| one.from_ms);
    let mut minutes = Vec::<Minute>::new();
    for (place, one) in sorted.iter().enumerate() {
        // Those before lie beside each other, so none but the last can reach into this one.
        one.check(sorted[..place].last().copied())?;
        for minute in one.minutes() {
            match minutes.last_mut() {
                Some(last) if last.at_ms == minute.at_ms => {
                    *last = Minute::counted(
                        last.at_ms,
                        last.good + minute.good,
                        last.total + minute.total,
                    );
                }
                _ => minutes.push(minute),
            }
        }
    }
    Ok(minutes)
}

/// A time for messages.
pub(crate) fn moment(at_ms: i64) -> String {
    match jiff::Timestamp::from_millisecond(at_ms) {
        Ok(at) => at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
        Err(_) => at_ms.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(from: f64, to: f64, good: f64, total: f64) -> Measured {
        Measured {
            from_ms: (from * MINUTE_MS as f64) as i64,
            to_ms: (to * MINUTE_MS as f64) as i64,
            good,
            total,
            name: format!("from {from}"),
        }
    }

    #[test]
    fn measurements_are_spread_over_their_minutes() {
        for (measurements, expected) in [
            (vec![], vec![]),
            (
                vec![of(1.0, 3.0, 8.0, 10.0)],
                vec![(1, 4.0, 5.0), (2, 4.0, 5.0)],
            ),
            (
                vec![of(0.5, 2.5, 4.0, 8.0)],
                vec![(0, 1.0, 2.0), (1, 2.0, 4.0), (2, 1.0, 2.0)],
            ),
            // Both have a part of the minute in which one ends and the other begins; given in any order.
            (
                vec![of(1.5, 2.0, 0.0, 3.0), of(0.0, 1.5, 3.0, 3.0)],
                vec![(0, 2.0, 2.0), (1, 1.0, 4.0)],
            ),
            (vec![of(0.1, 0.2, 1.0, 1.0)], vec![(0, 1.0, 1.0)]),
        ] {
            let minutes = overlay(&measurements).unwrap();
            let found: Vec<_> = minutes
                .iter()
                .map(|it| (it.at_ms / MINUTE_MS, it.good, it.total))
                .collect();
            assert_eq!(found, expected, "{measurements:?}");
        }
    }

    #[test]
    fn what_cannot_be_is_refused_in_words() {
        for (measurements, words) in [
            (vec![of(2.0, 2.0, 1.0, 1.0)], "ends before it begins"),
            (vec![of(0.0, 401.0 * 1440.0, 1.0, 1.0)], "400 days"),
            (
                vec![of(0.0, 1.0, 2.0, 1.0)],
                "more was good (2) than there was (1)",
            ),
            (vec![of(0.0, 1.0, -1.0, 1.0)], "numbers from 0"),
            (vec![of(0.0, 1.0, f64::NAN, 1.0)], "numbers from 0"),
            (vec![of(0.0, 1.0, 1.0, f64::INFINITY)], "numbers from 0"),
            (
                vec![of(0.0, 5.0, 1.0, 1.0), of(4.0, 6.0, 1.0, 1.0)],
                "it overlaps what was measured from 1970-01-01 00:00:00 UTC to 1970-01-01 00:05:00 UTC (from 0)",
            ),
            (
                vec![
                    of(4.0, 6.0, 1.0, 1.0),
                    of(0.0, 9.0, 1.0, 1.0),
                    of(20.0, 21.0, 1.0, 1.0),
                ],
                "(from 0)",
            ),
        ] {
            let why = overlay(&measurements).unwrap_err();
            assert!(why.contains(words), "{measurements:?}: {why}");
        }
        let one = of(0.0, 5.0, 1.0, 1.0);
        assert_eq!(of(5.0, 6.0, 1.0, 1.0).check([&one]), Ok(()));
        assert!(of(0.0, 5.0, 1.0, 1.0).check([&one]).is_err());
    }
}
