//! Gaps, looked at again: samples may come late.

use std::collections::BTreeMap;

use slo::MINUTE_MS;

use super::ledger::{HOUR_MS, hour_of, place_in_hour};
use super::minutes::{Hour, Slot};
use super::question::Answered;
use super::store::Stretch;

/// For how long gaps are looked at again each time, and for how long each [`OFTEN`] minutes.
const LATE_MS: (i64, i64) = (10 * MINUTE_MS, 6 * HOUR_MS);
const OFTEN: i64 = 10;
/// From when on gaps are looked at again, at the end of a minute.
pub(super) fn late_from_ms(end_ms: i64) -> i64 {
    match end_ms / MINUTE_MS % OFTEN {
        0 => end_ms - LATE_MS.1,
        _ => end_ms - LATE_MS.0,
    }
}

/// The first gap at a time or after it.
pub(super) fn first_gap(hours: &BTreeMap<i64, Hour>, from_ms: i64) -> Option<i64> {
    let minutes = hours
        .range(hour_of(from_ms)..)
        .flat_map(|(hour_ms, hour)| (*hour_ms..).step_by(60_000).zip(hour));
    let mut gaps = minutes.filter(|(_, slot)| **slot == Slot::Gap);
    gaps.find_map(|(at_ms, _)| (at_ms >= from_ms).then_some(at_ms))
}

/// What is known of minutes stays as it was: only gaps, and minutes at which nobody looked, take an answer.
pub(super) fn keep_known(
    answered: &mut Answered,
    (from_ms, _): Stretch,
    hours: &BTreeMap<i64, Hour>,
) {
    let known = |at_ms: i64| {
        let hour = hours.get(&hour_of(at_ms))?;
        let slot = hour[place_in_hour(at_ms)];
        (!matches!(slot, Slot::Open | Slot::Gap)).then_some(slot)
    };
    for (at_ms, slot) in (from_ms..).step_by(60_000).zip(&mut answered.slots) {
        *slot = known(at_ms).unwrap_or(*slot);
    }
    answered
        .parts
        .retain(|(at_ms, _, _)| known(*at_ms).is_none());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::slo::minutes::MINUTES;

    const GOOD: Slot = Slot::Counted {
        good: 1.0,
        total: 1.0,
    };
    const BAD: Slot = Slot::Counted {
        good: 0.0,
        total: 1.0,
    };

    #[test]
    fn gaps_of_some_minutes_are_looked_at_each_time_and_those_of_hours_now_and_then() {
        let mut often = 0;
        for minute in 0..60 {
            let end_ms = 1_000 * HOUR_MS + minute * MINUTE_MS;
            match end_ms - late_from_ms(end_ms) {
                600_000 => {}
                21_600_000 => often += 1,
                other => panic!("{other}"),
            }
        }
        assert_eq!(often, 6);
    }

    #[test]
    fn only_gaps_and_what_nobody_looked_at_take_an_answer() {
        let mut hour = [Slot::Open; MINUTES];
        hour[56..60].copy_from_slice(&[GOOD, Slot::Gap, Slot::Excluded, Slot::Gap]);
        let hours = BTreeMap::from([(HOUR_MS, hour)]);
        let minute = |number: i64| HOUR_MS + number * MINUTE_MS;
        for (from, expected) in [(0, Some(57)), (57, Some(57)), (58, Some(59)), (60, None)] {
            assert_eq!(first_gap(&hours, minute(from)), expected.map(minute));
        }
        let labels = BTreeMap::new();
        let mut answered = Answered {
            slots: vec![BAD, BAD, BAD, Slot::Gap, BAD],
            parts: (56..61)
                .map(|number| (minute(number), labels.clone(), 1.0))
                .collect(),
            trouble: String::new(),
        };
        keep_known(&mut answered, (minute(56), minute(61)), &hours);
        assert_eq!(
            answered.slots,
            [GOOD, BAD, Slot::Excluded, Slot::Gap, BAD],
            "a gap without an answer stays one"
        );
        let parts: Vec<_> = answered.parts.iter().map(|part| part.0).collect();
        assert_eq!(parts, [57, 59, 60].map(minute), "none is counted twice");
    }
}
