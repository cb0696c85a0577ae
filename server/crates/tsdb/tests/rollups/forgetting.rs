//! What goes, and when.

use std::ops::ControlFlow;

use model::{MatchValue, Matcher, ReadSamples, Refusal, Selection};

use super::*;
use crate::common::{open, series};

/// The names of the series that match and have something in a range.
async fn names(storage: &Arc<Storage>, (from_ms, to_ms): (i64, i64)) -> Vec<String> {
    let storage = Arc::clone(storage);
    let asking = move || {
        let name = Matcher {
            name: "__name__".to_owned(),
            is: MatchValue::Equal("m".to_owned()),
        };
        let selection = Selection {
            matchers: vec![name],
            from_ms,
            to_ms,
        };
        let mut found = Vec::new();
        let each = &mut |labels: &model::Labels| {
            found.push(labels.get("n").to_owned());
            ControlFlow::Continue(())
        };
        storage.series(&selection, each).unwrap();
        found.sort();
        found
    };
    tokio::task::spawn_blocking(asking).await.unwrap()
}

/// A value a minute of some series, for some hours, as time passes.
async fn fill(storage: &Arc<Storage>, names: &[&str], hours: std::ops::Range<i64>) {
    fill_with(storage, names, hours, 60).await;
}

/// So many values an hour.
async fn fill_with(
    storage: &Arc<Storage>,
    names: &[&str],
    hours: std::ops::Range<i64>,
    often: i64,
) {
    for hour in hours {
        let times = (1..=often).map(|n| BEGIN + hour * HOUR + n * HOUR / often);
        let samples: Vec<_> = times.map(|at| (at, (at as f64 * 0.7).sin())).collect();
        let batch = names
            .iter()
            .map(|n| series(&format!("__name__=m n={n} instance=i"), &samples));
        let now = BEGIN + (hour + 1) * HOUR;
        let admitted = storage.append(batch.collect(), now).await.unwrap();
        assert!(admitted.refused.is_empty(), "{admitted:?}");
        if hour % 4 == 3 {
            storage.compact().await.unwrap();
            storage.roll_up(now).await.unwrap();
            storage.forget_as_configured(now).await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_series_is_found_as_long_as_anything_is_left_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let config = kept(12 * HOUR, 2 * DAY, 9 * DAY);
    let mut storage = open(folder.path(), config.clone()).await;
    fill(&storage, &["old", "new"], 0..24).await;
    fill(&storage, &["new"], 24..48).await;
    let end = BEGIN + 48 * HOUR;
    for _ in 0..2 {
        assert_eq!(names(&storage, (BEGIN, BEGIN + DAY)).await, ["new", "old"]);
        assert_eq!(names(&storage, (end - HOUR, end)).await, ["new"]);
        assert_eq!(storage.series_count(), 2);
        let (found, _) = ask(&storage, "count by (n) (m)", (BEGIN + HOUR, end, HOUR)).await;
        let of = |n: &str| {
            found
                .keys()
                .filter(|(labels, _)| labels.contains(n))
                .count()
        };
        assert_eq!((of("old"), of("new")), (24, 48));
        storage.close().await;
        storage = open(folder.path(), config.clone()).await;
        storage.forget_as_configured(end).await.unwrap();
    }
    // Windows go by rows: of five minutes by days, of an hour by eight days.
    for (day, expected) in [(9, 2), (16, 2), (17, 1)] {
        let now = BEGIN + day * DAY;
        storage
            .append(
                vec![series("__name__=m n=new instance=i", &[(now, 1.0)])],
                now,
            )
            .await
            .unwrap();
        storage.compact().await.unwrap();
        storage.roll_up(now).await.unwrap();
        storage.forget_as_configured(now).await.unwrap();
        assert_eq!(storage.series_count(), expected, "day {day}");
    }
    assert_eq!(names(&storage, (BEGIN, BEGIN + 20 * DAY)).await, ["new"]);
    assert!(
        storage
            .kept()
            .await
            .unwrap()
            .iter()
            .all(|level| level.oldest_ms > Some(BEGIN + 8 * DAY))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_count_series_that_still_get_samples() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = kept(12 * HOUR, 20 * DAY, 20 * DAY);
    config.limits.series = 2;
    config.limits.series_of_target = 2;
    let storage = open(folder.path(), config).await;
    fill(&storage, &["a", "b"], 0..4).await;
    let now = BEGIN + 4 * HOUR;
    let third = || {
        vec![series(
            "__name__=m n=c instance=i",
            &[(now + 20 * HOUR, 1.0)],
        )]
    };
    let admitted = storage.append(third(), now + 20 * HOUR).await.unwrap();
    assert_eq!(
        admitted.refused.get(&Refusal::TooManySeriesOfTarget),
        Some(&1)
    );
    fill(&storage, &["a"], 16..24).await;
    let admitted = storage.append(third(), now + 20 * HOUR).await.unwrap();
    assert_eq!(admitted.taken, 1, "b has only windows");
    assert_eq!(storage.series_count(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn series_of_windows_count_for_no_limit_after_a_restart_either() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = kept(12 * HOUR, 20 * DAY, 20 * DAY);
    config.limits.series = 2;
    let storage = open(folder.path(), config.clone()).await;
    fill(&storage, &["a", "b"], 0..4).await;
    fill(&storage, &["a"], 16..24).await;
    assert_eq!(storage.dormant_count(), 1);
    storage.close().await;
    drop(storage);
    let storage = open(folder.path(), config.clone()).await;
    assert_eq!(storage.dormant_count(), 1, "b has only windows");
    let now = BEGIN + 24 * HOUR;
    let one = |n: &str, at: i64| {
        vec![series(
            &format!("__name__=m n={n} instance=i"),
            &[(at, 1.0)],
        )]
    };
    let admitted = storage.append(one("c", now), now).await.unwrap();
    assert_eq!(admitted.taken, 1);
    // It has samples again: in the journal first, then in chunks.
    storage.append(one("b", now), now).await.unwrap();
    storage.close().await;
    drop(storage);
    for where_it_is in ["journal", "chunks"] {
        let storage = open(folder.path(), config.clone()).await;
        assert_eq!(
            storage.dormant_count(),
            0,
            "b has samples in the {where_it_is}"
        );
        let admitted = storage.append(one("d", now), now).await.unwrap();
        assert_eq!(admitted.refused.get(&Refusal::TooManySeries), Some(&1));
        storage.compact().await.unwrap();
        storage.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn series_of_windows_are_no_more_than_series_may_be() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = kept(12 * HOUR, 20 * DAY, 20 * DAY);
    config.limits.series = 4;
    let storage = open(folder.path(), config).await;
    fill(&storage, &["a", "b"], 0..4).await;
    fill(&storage, &["c", "d"], 16..20).await;
    fill(&storage, &["e", "f"], 36..40).await;
    fill(&storage, &["g"], 56..60).await;
    assert_eq!((storage.dormant_count(), storage.series_count()), (4, 5));
    let all = (BEGIN, BEGIN + 60 * HOUR);
    assert_eq!(names(&storage, all).await, ["c", "d", "e", "f", "g"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn beyond_the_size_samples_go_first() {
    let folder = tempfile::tempdir().unwrap();
    let for_ever = Config {
        retention: Duration::ZERO,
        ..kept(0, 0, 0)
    };
    let storage = open(folder.path(), for_ever.clone()).await;
    let all: Vec<String> = (0..8).map(|n| n.to_string()).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    fill_with(&storage, &all, 0..72, 720).await;
    let now = BEGIN + 72 * HOUR;
    let times = (BEGIN + HOUR, now, HOUR);
    let expected = ask(&storage, "sum(count_over_time(m[1h]))", times).await;
    let before = storage.kept().await.unwrap();
    let windows: u64 = before.iter().map(|level| level.bytes).sum();
    let size = storage.size().await.unwrap();
    let at_most = |retention_bytes| Config {
        retention_bytes,
        ..for_ever.clone()
    };
    // Samples go, and what they came to stays.
    storage.reconfigure(at_most(size * 3 / 4));
    assert!(storage.forget_as_configured(now).await.unwrap() > 0);
    assert_eq!(storage.kept().await.unwrap(), before);
    let found = ask(&storage, "sum(count_over_time(m[1h]))", times).await;
    assert!(!found.1.is_empty());
    assert_same(&found, &expected, 0.0, "counts");
    // Windows take no more than half.
    storage.reconfigure(at_most(windows));
    assert!(storage.forget_as_configured(now).await.unwrap() > 0);
    let after = storage.kept().await.unwrap();
    assert!(
        after[0].rows < before[0].rows && after[1].rows == before[1].rows,
        "{after:?}"
    );
    assert!(storage.size().await.unwrap() <= windows.max(200_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn levels_are_turned_off_and_on() {
    let folder = tempfile::tempdir().unwrap();
    let config = kept(12 * HOUR, 20 * DAY, 20 * DAY);
    let storage = open(folder.path(), config.clone()).await;
    let with = |five: bool, hours: bool| Config {
        rollups: Rollups {
            five_minutes: config.rollups.five_minutes.filter(|_| five),
            hours: config.rollups.hours.filter(|_| hours),
        },
        ..config.clone()
    };
    fill(&storage, &["a"], 0..24).await;
    storage.reconfigure(with(false, true));
    fill(&storage, &["a"], 24..48).await;
    storage.reconfigure(with(true, true));
    fill(&storage, &["a"], 48..72).await;
    let times = (BEGIN + HOUR, BEGIN + 72 * HOUR, HOUR);
    let (counts, infos) = ask(&storage, "count_over_time(m[1h])", times).await;
    assert_eq!(infos.len(), 2);
    assert_eq!(counts.values().filter(|count| **count == 60.0).count(), 72);
    storage.reconfigure(with(false, false));
    fill(&storage, &["a"], 72..76).await;
    assert!(
        storage
            .kept()
            .await
            .unwrap()
            .iter()
            .all(|level| level.rows == 0)
    );
    let (counts, infos) = ask(&storage, "count_over_time(m[1h])", times).await;
    assert!(infos.is_empty() && counts.len() < 13, "{}", counts.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_level_that_is_on_again_answers_from_then_on() {
    let folder = tempfile::tempdir().unwrap();
    let config = kept(12 * HOUR, 20 * DAY, 20 * DAY);
    let storage = open(folder.path(), config.clone()).await;
    let off = Config {
        rollups: Rollups {
            five_minutes: None,
            ..config.rollups
        },
        ..config.clone()
    };
    fill(&storage, &["a"], 0..32).await;
    storage.reconfigure(off);
    fill(&storage, &["a"], 32..36).await;
    storage.reconfigure(config.clone());
    fill(&storage, &["a"], 36..56).await;
    // The day is not over in which it was off.
    let times = (BEGIN + 38 * HOUR, BEGIN + 42 * HOUR, 5 * MINUTE);
    let (counts, infos) = ask(&storage, "count_over_time(m[5m])", times).await;
    assert_eq!(counts.len(), 49, "{infos:?}");
    assert!(counts.values().all(|count| *count == 5.0), "{counts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_is_said_and_goes_with_the_next_windows() {
    let folder = tempfile::tempdir().unwrap();
    let config = kept(12 * HOUR, 20 * DAY, 20 * DAY);
    let storage = open(folder.path(), config.clone()).await;
    fill(&storage, &["a"], 0..24).await;
    storage.close().await;
    store::damage(folder.path()).await;
    let storage = open(folder.path(), config).await;
    let asked = Arc::clone(&storage);
    let asking = move || {
        let query = Query::parse("max_over_time(m[1h])").unwrap();
        let (to, limits) = (BEGIN + DAY, Limits::default());
        promql::evaluate_range(&query, &*asked, BEGIN, to, HOUR, &limits)
    };
    let error = tokio::task::spawn_blocking(asking)
        .await
        .unwrap()
        .unwrap_err();
    assert!(error.to_string().contains("rollups"), "{error}");
    fill(&storage, &["a"], 24..48).await;
    let times = (BEGIN + DAY, BEGIN + 48 * HOUR, HOUR);
    let (found, _) = ask(&storage, "count_over_time(m[1h])", times).await;
    assert!(found.values().all(|count| *count == 60.0), "{found:?}");
}
