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
