//! Stretches of time that cost budget.

use crate::minute::MINUTE_MS;
use crate::{Kind, Minute};

/// Bad minutes that are less apart than this are one incident.
const APART_MS: i64 = 5 * MINUTE_MS;

/// A stretch of time that cost budget.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Incident {
    /// Its first bad minute.
    pub from_ms: i64,
    /// The end of its last one.
    pub to_ms: i64,
    /// Bad minutes in it.
    pub bad_minutes: u64,
    /// What was bad between its begin and its end.
    pub spent: f64,
}

impl Incident {
    /// Whether it goes on: another bad minute would be part of it.
    pub fn is_open(&self, now_ms: i64) -> bool {
        now_ms < self.to_ms + APART_MS
    }
}

/// Incidents in minutes that are in the order of time. Minutes that lie between are part of it, whether they are
/// good, without data or left out; what was bad in them counts only if they do.
pub fn incidents<'a>(minutes: impl IntoIterator<Item = &'a Minute>, target: f64) -> Vec<Incident> {
    let mut found = Vec::<Incident>::new();
    // What was bad since the last bad minute: it belongs to an incident only if that goes on.
    let mut between = 0.0;
    for minute in minutes {
        let end_ms = minute.at_ms + MINUTE_MS;
        if !minute.is_bad(target) {
            if minute.kind == Kind::Counted {
                between += minute.bad();
            }
            continue;
        }
        match found.last_mut() {
            Some(last) if minute.at_ms - last.to_ms < APART_MS => {
                last.to_ms = end_ms;
                last.bad_minutes += 1;
                last.spent += between + minute.bad();
            }
            _ => found.push(Incident {
                from_ms: minute.at_ms,
                to_ms: end_ms,
                bad_minutes: 1,
                spent: minute.bad(),
            }),
        }
        between = 0.0;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A letter a minute: good, bad, a little bad, a gap, left out.
    fn of(letters: &str) -> Vec<Minute> {
        let minutes = (0..).zip(letters.chars()).map(|(number, letter)| {
            let at_ms = number * MINUTE_MS;
            match letter {
                'g' => Minute::counted(at_ms, 100.0, 100.0),
                'b' => Minute::counted(at_ms, 50.0, 100.0),
                'l' => Minute::counted(at_ms, 99.5, 100.0),
                '-' => Minute::gap(at_ms),
                _ => Minute::counted(at_ms, 0.0, 100.0).excluded(),
            }
        });
        minutes.collect()
    }

    #[test]
    fn bad_minutes_that_are_near_are_one_incident() {
        // First bad minute, end of the last, bad minutes, what was bad.
        for (letters, expected) in [
            ("gggg", &[][..]),
            ("gbbg", &[(1, 3, 2, 100.0)]),
            ("bggggb", &[(0, 6, 2, 100.0)]),
            ("bgggggb", &[(0, 1, 1, 50.0), (6, 7, 1, 50.0)]),
            ("b----b", &[(0, 6, 2, 100.0)]),
            ("bx--lb", &[(0, 6, 2, 100.5)]),
            ("bllg", &[(0, 1, 1, 50.0)]),
            ("xxx-", &[]),
            ("bllllllb", &[(0, 1, 1, 50.0), (7, 8, 1, 50.0)]),
        ] {
            let minutes = of(letters);
            let found: Vec<_> = incidents(&minutes, 0.99)
                .iter()
                .map(|one| {
                    (
                        one.from_ms / MINUTE_MS,
                        one.to_ms / MINUTE_MS,
                        one.bad_minutes,
                        one.spent,
                    )
                })
                .collect();
            assert_eq!(found, expected, "{letters}");
        }
        // Minutes that a ledger does not have are apart as well.
        let mut minutes = of("bbbbbbb");
        minutes.drain(1..6);
        assert_eq!(incidents(&minutes, 0.99).len(), 2);
    }

    #[test]
    fn an_incident_goes_on_while_another_bad_minute_would_be_part_of_it() {
        let one = incidents(&of("b"), 0.99)[0];
        assert!(one.is_open(MINUTE_MS) && one.is_open(6 * MINUTE_MS - 1));
        assert!(!one.is_open(6 * MINUTE_MS));
    }
}
