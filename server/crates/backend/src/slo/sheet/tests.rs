//! Sums of rows against sums of minutes, and what is kept of a ledger.

use std::time::Instant;

use super::*;
use crate::slo::ledger::sums_of;
use crate::slo::minutes::{MINUTES, Slot};
use crate::slo::store::Look;

const DAY_MS: i64 = 24 * HOUR_MS;
const TARGET: f64 = 0.99;

/// Numbers that look random and are the same in every run (xorshift).
struct Dice(u64);

impl Dice {
    fn next(&mut self, below: i64) -> i64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        i64::try_from(self.0 % below.unsigned_abs()).unwrap()
    }
}

fn hour(dice: &mut Dice) -> Hour {
    let mut hour = [Slot::Open; MINUTES];
    for slot in &mut hour {
        let total = (dice.next(50) + 1) as f64;
        *slot = match dice.next(100) {
            0..3 => Slot::Gap,
            3..5 => Slot::Excluded,
            5..10 => Slot::Counted {
                good: total / 2.0,
                total,
            },
            _ => Slot::Counted { good: total, total },
        };
    }
    hour
}

async fn written(days: i64) -> (Db, i64, BTreeMap<i64, Hour>) {
    let db = Db::memory(&db::schema::STATE).await.unwrap();
    let ledger = store::ledger(&db, "a-b", "{}", TARGET, 0).await.unwrap();
    let mut dice = Dice(7);
    let hours: BTreeMap<_, _> = (0..days * 24)
        .map(|number| (number * HOUR_MS, hour(&mut dice)))
        .collect();
    let rows = hours.iter().map(|(at_ms, hour)| {
        let sums = sums_of(*at_ms, hour, TARGET);
        let count = |number: u64| i64::try_from(number).unwrap();
        let row = HourRow {
            at_ms: *at_ms,
            good: sums.good,
            total: sums.total,
            counted: count(sums.counted),
            gaps: count(sums.gap),
            excluded: count(sums.excluded),
            bad: count(sums.bad),
        };
        (row, *hour)
    });
    let look = Look {
        hours: rows.collect(),
        parts: Vec::new(),
        from_ms: Some(0),
        to_ms: days * DAY_MS,
    };
    store::absorb(&db, &[(ledger.id, look)]).await.unwrap();
    (db, ledger.id, hours)
}

/// The same, minute by minute.
fn slowly(hours: &BTreeMap<i64, Hour>, (from_ms, to_ms): Stretch) -> Sums {
    let minutes = hours
        .iter()
        .flat_map(|(at_ms, hour)| (*at_ms..).step_by(60_000).zip(hour));
    let within = minutes.filter(|(at_ms, _)| from_ms <= *at_ms && at_ms + MINUTE_MS <= to_ms);
    let minutes: Vec<_> = within
        .filter_map(|(at_ms, slot)| minute(at_ms, *slot))
        .collect();
    Sums::of(&minutes, TARGET)
}

fn is_same(one: Sums, other: Sums) -> bool {
    let numbers = [(one.good, other.good), (one.total, other.total)];
    let minutes = |sums: Sums| (sums.counted, sums.gap, sums.excluded, sums.bad);
    minutes(one) == minutes(other) && numbers.iter().all(|(a, b)| (a - b).abs() < 1e-6)
}

#[tokio::test]
async fn rows_and_minutes_come_to_the_same() {
    let (db, ledger, hours) = written(40).await;
    let mut dice = Dice(11);
    let whole = Sheet::of(hours.clone(), TARGET);
    for _ in 0..40 {
        let from_ms = dice.next(30 * 24 * 60) * MINUTE_MS;
        let to_ms = from_ms + (dice.next(9 * 24 * 60) + 1) * MINUTE_MS;
        let span = (from_ms, to_ms);
        let recent_ms = to_ms - dice.next(100) * HOUR_MS;
        let grain = Grain {
            step_ms: (dice.next(30) + 1) * HOUR_MS,
            hours_from_ms: recent_ms,
            minutes_from_ms: to_ms - 7 * HOUR_MS,
            cuts: &[from_ms, to_ms],
        };
        let steps = grain.step_ms;
        let sheet = Sheet::read(&db, ledger, TARGET, span, grain).await.unwrap();
        let expected = slowly(&hours, span);
        assert!(is_same(sheet.sums(span), expected), "{span:?} {steps}");
        assert!(is_same(whole.sums(span), expected), "{span:?}");
        // Its steps are its whole, wherever it is cut into steps.
        let mut at_ms = hour_of(from_ms) + steps;
        let mut sum = Sums::default();
        let mut begin_ms = from_ms;
        while at_ms < to_ms {
            sum += sheet.sums((begin_ms, at_ms));
            begin_ms = at_ms;
            at_ms += steps;
        }
        sum += sheet.sums((begin_ms, to_ms));
        assert!(is_same(sum, expected), "{span:?} {steps}");
    }
    assert_eq!(whole.sums((50 * DAY_MS, 60 * DAY_MS)), Sums::default());
}

#[tokio::test]
async fn another_target_counts_bad_minutes_anew_and_old_hours_go() {
    let (db, ledger, hours) = written(3).await;
    let bad = |at_ms: i64, hour: &Hour| i64::try_from(sums_of(at_ms, hour, 0.3).bad).unwrap();
    store::recount(&db, ledger, 0.3, &bad).await.unwrap();
    let span = (0, 3 * DAY_MS);
    let read = async || {
        let grain = Grain {
            step_ms: HOUR_MS,
            hours_from_ms: 0,
            minutes_from_ms: span.1,
            cuts: &[],
        };
        Sheet::read(&db, ledger, 0.3, span, grain).await.unwrap()
    };
    let (before, after) = (slowly(&hours, span), read().await.sums(span));
    assert!(
        before.bad > 0 && after.bad == 0,
        "half of a minute is enough"
    );
    assert_eq!(before.counted, after.counted);
    assert_eq!(store::forget(&db, DAY_MS).await.unwrap(), 24);
    let left = read().await.sums(span);
    assert!(is_same(
        left,
        Sums {
            bad: 0,
            ..slowly(&hours, (DAY_MS, span.1))
        }
    ));
}

#[tokio::test]
async fn of_many_parts_some_are_told_apart() {
    let (db, ledger, _) = written(1).await;
    let part = |number: i64, spent: f64| {
        let labels = BTreeMap::from([("server".to_owned(), format!("s{number}"))]);
        (0, labels, spent)
    };
    for _ in 0..2 {
        let look = Look {
            parts: (0..60)
                .map(|number| part(number, 100.0 - number as f64))
                .collect(),
            to_ms: DAY_MS,
            ..Look::default()
        };
        store::absorb(&db, &[(ledger, look)]).await.unwrap();
    }
    let parts = store::parts(&db, ledger, (0, HOUR_MS)).await.unwrap();
    assert_eq!(parts.len(), 51);
    let other: Vec<_> = parts
        .iter()
        .filter(|(labels, _)| labels["server"] == "other")
        .collect();
    // The ten that cost least, twice.
    assert_eq!(
        other[0].1,
        2.0 * (50..60)
            .map(|number| 100.0 - f64::from(number))
            .sum::<f64>()
    );
    let sum: f64 = parts.iter().map(|(_, spent)| spent).sum();
    assert_eq!(
        sum,
        2.0 * (0..60).map(|number| 100.0 - f64::from(number)).sum::<f64>()
    );
}

#[tokio::test]
async fn a_year_is_read_in_no_time() {
    let (db, ledger, hours) = written(366).await;
    let span = (0, 366 * DAY_MS);
    let begun = Instant::now();
    let grain = Grain {
        step_ms: HOUR_MS,
        hours_from_ms: 0,
        minutes_from_ms: span.1 - 7 * HOUR_MS,
        cuts: &[span.0, span.1],
    };
    let sheet = Sheet::read(&db, ledger, TARGET, span, grain).await.unwrap();
    let days: Vec<_> = (0..366)
        .map(|day| sheet.sums((day * DAY_MS, (day + 1) * DAY_MS)))
        .collect();
    let took = begun.elapsed();
    assert!(is_same(days.into_iter().sum(), slowly(&hours, span)));
    assert!(took.as_secs_f64() < 2.0, "{took:?}");
}
