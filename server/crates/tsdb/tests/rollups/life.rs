//! What rolling lives through: being broken off, late samples, restarts, a year.

use model::{Clock, ManualClock};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::*;
use crate::common::{for_ever, open, series};

#[tokio::test(flavor = "multi_thread")]
async fn broken_off_anywhere_it_loses_and_doubles_nothing() {
    let folders = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let plain = open(folders[0].path(), for_ever()).await;
    let now = live(&plain, 11, 3).await;
    let config = kept(DAY / 2, DAY, 100 * DAY);
    let mut random = StdRng::seed_from_u64(1);
    let mut kinds = kinds::all(11);
    let mut storage = open(folders[1].path(), config.clone()).await;
    let mut broken_off = 0;
    for quarter in 0..12 {
        let from = BEGIN + quarter * 6 * HOUR;
        let now = from + 6 * HOUR;
        storage
            .append(batch(&mut kinds, from, now), now)
            .await
            .unwrap();
        for _ in 0..4 {
            let micros = Duration::from_micros(random.random_range(1..20_000));
            let rolling = tokio::time::timeout(micros, storage.roll_up(now));
            broken_off += usize::from(rolling.await.is_err());
            match random.random_range(0..4) {
                0 => storage.compact().await.unwrap(),
                1 => storage = open(folders[1].path(), config.clone()).await,
                2 => {
                    let forgetting = storage.forget_as_configured(now);
                    let _ = tokio::time::timeout(micros, forgetting).await;
                }
                _ => {}
            }
        }
    }
    assert!(broken_off > 5, "{broken_off}");
    storage.compact().await.unwrap();
    storage.roll_up(now).await.unwrap();
    storage.forget_as_configured(now).await.unwrap();
    for query in [
        "count_over_time(m[1h])",
        "sum_over_time(m[1h])",
        "increase(m[6h])",
    ] {
        let times = (BEGIN + DAY, now, HOUR);
        let (expected, found) = (
            ask(&plain, query, times).await,
            ask(&storage, query, times).await,
        );
        assert_same(&found, &expected, 1e-9, query);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn late_samples_correct_what_was_rolled_up() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config {
        late: Duration::from_secs(12 * 3600),
        ..kept(DAY, 2 * DAY, 100 * DAY)
    };
    let storage = open(folder.path(), config).await;
    let samples: Vec<_> = (1..=600).map(|n| (BEGIN + n * MINUTE, 1.0)).collect();
    let append = async |samples: &[(i64, f64)], now: i64| {
        let admitted = storage
            .append(vec![series("__name__=m", samples)], now)
            .await
            .unwrap();
        assert!(admitted.refused.is_empty(), "{admitted:?}");
        storage.compact().await.unwrap();
        storage.roll_up(now).await.unwrap();
    };
    append(&samples, BEGIN + 10 * HOUR).await;
    // Within a window, at the border of two windows, and at the border of two stretches.
    let late = [
        (BEGIN + MINUTE + 1, 100.0),
        (BEGIN + 2 * HOUR + 5 * MINUTE - 1, 100.0),
        (BEGIN + 4 * HOUR - 1, 100.0),
    ];
    append(&late, BEGIN + 10 * HOUR).await;
    assert_eq!(storage.due().await.unwrap(), 1, "what is not over yet");
    let at_border = [(BEGIN + 4 * HOUR, 7.0), (BEGIN + 4 * HOUR + 1, 100.0)];
    append(&at_border, BEGIN + 10 * HOUR).await;
    let now = BEGIN + 40 * HOUR;
    append(&[(now, 1.0)], now).await;
    storage.forget_as_configured(now).await.unwrap();
    let times = (BEGIN + HOUR, BEGIN + 10 * HOUR, HOUR);
    let (sums, infos) = ask(&storage, "sum_over_time(m[1h])", times).await;
    assert_eq!(infos.len(), 1);
    let sums: Vec<f64> = sums.into_values().collect();
    // A second sample for the same time changes nothing.
    let expected = [
        160.0, 60.0, 160.0, 160.0, 160.0, 60.0, 60.0, 60.0, 60.0, 60.0,
    ];
    assert_eq!(sums, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_jumps_does_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    let config = kept(100 * DAY, 200 * DAY, 300 * DAY);
    let mut storage = open(folder.path(), config.clone()).await;
    let mut kinds = kinds::all(5);
    let clock = ManualClock::at(BEGIN);
    for quarter in 0..8 {
        pass(&storage, &mut kinds, BEGIN + quarter * 6 * HOUR).await;
        clock.advance_ms(6 * HOUR);
        // Ahead, where nothing is over yet, and back, where everything has been.
        for jump in [30 * DAY, -60 * DAY, 30 * DAY] {
            clock.advance_ms(jump);
            storage.roll_up(clock.now_ms()).await.unwrap();
            storage.forget_as_configured(clock.now_ms()).await.unwrap();
        }
        storage = open(folder.path(), config.clone()).await;
    }
    let times = (BEGIN + HOUR, BEGIN + 2 * DAY, HOUR);
    let expected = ask(&storage, "sum_over_time(m[1h])", times).await;
    assert!(expected.1.is_empty() && expected.0.len() > 150);
    let now = clock.now_ms() + 150 * DAY;
    storage.roll_up(now).await.unwrap();
    storage.forget_as_configured(now).await.unwrap();
    let found = ask(&storage, "sum_over_time(m[1h])", times).await;
    assert_eq!(found.1.len(), 1, "all samples have gone");
    assert_same(&found, &expected, 1e-9, "sums");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_year_can_be_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let config = kept(7 * DAY, 30 * DAY, 400 * DAY);
    let mut storage = open(folder.path(), config.clone()).await;
    let clock = ManualClock::at(BEGIN);
    let days = 365;
    for day in 0..days {
        let times = (1..=288).map(|n| BEGIN + day * DAY + n * 5 * MINUTE);
        // One a minute, begun anew each day; and the hour of the day.
        let counter = times
            .clone()
            .map(|at| (at, ((at - BEGIN - 1) % DAY / MINUTE) as f64));
        let gauge = times.map(|at| (at, ((at - BEGIN - 1) % DAY / HOUR) as f64));
        let batch = vec![
            series("__name__=m kind=requests", &counter.collect::<Vec<_>>()),
            series("__name__=m kind=hour", &gauge.collect::<Vec<_>>()),
        ];
        clock.advance_ms(DAY);
        storage.append(batch, clock.now_ms()).await.unwrap();
        storage.compact().await.unwrap();
        storage.roll_up(clock.now_ms()).await.unwrap();
        storage.forget_as_configured(clock.now_ms()).await.unwrap();
        if day % 100 == 50 {
            storage.close().await;
            storage = open(folder.path(), config.clone()).await;
        }
    }
    let now = clock.now_ms();
    let times = (BEGIN + DAY, now, DAY);
    for (query, expected) in [
        ("max_over_time(m{kind=\"hour\"}[1d])", 23.0),
        ("min_over_time(m{kind=\"hour\"}[1d])", 0.0),
        ("avg_over_time(m{kind=\"hour\"}[1d])", 11.5),
        ("count_over_time(m{kind=\"hour\"}[1d])", 288.0),
        ("m{kind=\"requests\"}", 1439.0),
        ("resets(m{kind=\"requests\"}[25h])", 1.0),
    ] {
        let (found, infos) = ask(&storage, query, times).await;
        assert_eq!(infos.len(), 2, "{query}: {infos:?}");
        assert_eq!(found.len(), days as usize, "{query}");
        let mut wrong = found
            .iter()
            .skip(1)
            .filter(|(_, value)| !is_close(**value, expected, 1e-9));
        assert_eq!(wrong.next(), None, "{query}");
    }
    let (increase, _) = ask(&storage, "increase(m{kind=\"requests\"}[1d])", times).await;
    assert!(
        increase
            .values()
            .all(|value| is_close(*value, 1440.0, 0.01)),
        "{increase:?}"
    );
    let kept = storage.kept().await.unwrap();
    assert!(
        kept.iter()
            .all(|level| level.rows > 0 && level.bytes < 200_000),
        "{kept:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_from_before_is_rolled_up() {
    let folder = tempfile::tempdir().unwrap();
    let storage = open(folder.path(), for_ever()).await;
    let now = live(&storage, 2, 2).await;
    let times = (BEGIN + HOUR, now, HOUR);
    let expected = ask(&storage, "sum_over_time(m[1h])", times).await;
    storage.close().await;
    store::forget_rollups(folder.path()).await;
    let storage = open(folder.path(), kept(HOUR, 100 * DAY, 100 * DAY)).await;
    assert!(storage.due().await.unwrap() > 5);
    storage.forget_as_configured(now).await.unwrap();
    let found = ask(&storage, "sum_over_time(m[1h])", times).await;
    assert_eq!(found.1.len(), 1);
    assert_same(&found, &expected, 1e-9, "sums");
}
