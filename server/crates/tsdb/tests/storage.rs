//! The store as a whole, on a real file: what was acknowledged is read back, whatever comes between.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use model::{Labels, MatchValue, Matcher, ReadSamples, Refusal, STALE, Selection};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tsdb::{Config, Limits};

mod common;
#[path = "storage/store.rs"]
mod store;

use common::{Flat, HOUR, NOW, all, flat, for_ever, labels, open, read, series};

#[tokio::test(flavor = "multi_thread")]
async fn restarts_and_compactions_change_no_answer() {
    let folder = tempfile::tempdir().unwrap();
    let written = [
        series(
            "m=up job=a",
            &[(NOW, 1.0), (NOW + 15_000, STALE), (NOW + 30_000, f64::NAN)],
        ),
        series("m=up job=b", &[(NOW, -0.0), (NOW + 15_000, f64::INFINITY)]),
        series("m=old", &[(NOW - 100 * HOUR, 5.0)]),
    ];
    let storage = open(folder.path(), for_ever()).await;
    let admitted = storage.append(written.to_vec(), NOW).await.unwrap();
    assert_eq!((admitted.taken, admitted.refused.len()), (6, 0));
    let expected = flat(&written);
    assert_eq!(all(&storage).await, expected);
    drop(storage); // Nothing is closed: as if it were killed.

    let storage = open(folder.path(), for_ever()).await;
    assert_eq!(all(&storage).await, expected);
    storage.compact().await.unwrap();
    assert_eq!(storage.samples_in_memory(), 0);
    assert_eq!(all(&storage).await, expected);
    storage.compact().await.unwrap();

    let storage = open(folder.path(), for_ever()).await;
    assert_eq!(all(&storage).await, expected);
    assert_eq!(storage.series_count(), 3);
    let job = Matcher {
        name: "job".to_owned(),
        is: MatchValue::Equal("a".to_owned()),
    };
    let found = read(&storage, vec![job], NOW + 1, NOW + 15_000).await;
    assert_eq!(found.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stretch_that_is_over_has_full_rows() {
    let folder = tempfile::tempdir().unwrap();
    let storage = open(folder.path(), for_ever()).await;
    let begin = NOW - NOW % (4 * HOUR);
    let mut written = Vec::new();
    let mut rows = Vec::new();
    // Two metrics every 15 s, one of which ends after three hours and a half.
    for minute in 0..250 {
        let at: Vec<i64> = (0..4)
            .map(|n| begin + minute * 60_000 + n * 15_000)
            .collect();
        let samples = |factor: f64| {
            at.iter()
                .map(|at| (*at, *at as f64 * factor))
                .collect::<Vec<_>>()
        };
        let mut batch = vec![series("__name__=a", &samples(1.0))];
        if minute < 210 {
            batch.push(series("__name__=b", &samples(2.0)));
        }
        let now = begin + 5 * HOUR;
        storage.append(batch.clone(), now).await.unwrap();
        written.extend(batch);
        if minute % 10 == 9 {
            storage.compact().await.unwrap();
            rows.push(storage.extent().await.unwrap().rows);
        }
    }
    // A row an hour of each, of which only the last is written again; then two of each, and a new one.
    assert_eq!(rows[..6], [2; 6]);
    assert_eq!(rows[6..12], [4; 6]);
    assert_eq!(rows[23], 8);
    assert_eq!(rows[24], 5);
    assert_eq!(all(&storage).await, flat(&written));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_oldest_time_that_can_be_said_is_one_like_others() {
    let folder = tempfile::tempdir().unwrap();
    let storage = open(folder.path(), for_ever()).await;
    let written = [series(
        "m=x",
        &[(i64::MIN, 1.0), (i64::MIN + 1, 2.0), (NOW, 3.0)],
    )];
    for _ in 0..2 {
        storage.append(written.to_vec(), NOW).await.unwrap();
        storage.compact().await.unwrap();
        assert_eq!(all(&storage).await, flat(&written));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn any_order_any_cut_any_restart() {
    for seed in 0..8 {
        let mut random = StdRng::seed_from_u64(seed);
        let folder = tempfile::tempdir().unwrap();
        let mut storage = open(folder.path(), for_ever()).await;
        let mut expected = Flat::new();
        let mut clock = NOW;
        for _ in 0..60 {
            let mut batch = Vec::new();
            for _ in 0..random.random_range(1..6) {
                let name = format!("m=x n={}", random.random_range(0..5));
                let samples: Vec<_> = (0..random.random_range(1..150))
                    .map(|_| {
                        clock += random.random_range(0..20_000);
                        let late = if random.random_bool(0.2) { 3 * HOUR } else { 0 };
                        let at = clock - random.random_range(0..=late);
                        // A sample that is sent again has the value it had.
                        (at, (at % 1000) as f64 / 7.0)
                    })
                    .collect();
                let mut samples = samples;
                samples.sort_by_key(|(at, _)| *at);
                samples.dedup_by_key(|(at, _)| *at);
                batch.push(series(&name, &samples));
            }
            for (key, value) in flat(&batch) {
                expected.entry(key).or_insert(value);
            }
            storage.append(batch, clock).await.unwrap();
            match random.random_range(0..10) {
                0 => storage.compact().await.unwrap(),
                1 => storage = open(folder.path(), for_ever()).await,
                _ => {}
            }
        }
        assert_eq!(all(&storage).await, expected, "seed {seed}");
        storage.compact().await.unwrap();
        assert_eq!(all(&storage).await, expected, "seed {seed}, compacted");
        let (from, to) = (NOW + HOUR, NOW + 2 * HOUR);
        let within = |at: i64| at >= from && at <= to;
        let part = expected
            .into_iter()
            .filter(|((_, at), _)| within(*at))
            .collect();
        assert_eq!(
            read(&storage, Vec::new(), from, to).await,
            part,
            "seed {seed}, in part"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_and_a_compaction_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let storage = open(folder.path(), for_ever()).await;
    let writers = (0..8).map(|writer| {
        let storage = Arc::clone(&storage);
        tokio::spawn(async move {
            for n in 0..50 {
                let sample = (NOW + n * 1000, n as f64);
                let one = series(&format!("m=x w={writer}"), &[sample]);
                storage.append(vec![one], NOW).await.unwrap();
                // What is acknowledged is there.
                let name = format!("{writer}");
                let mine = Matcher {
                    name: "w".into(),
                    is: MatchValue::Equal(name),
                };
                let found = read(&storage, vec![mine], NOW, i64::MAX).await;
                assert_eq!(found.len() as i64, n + 1);
            }
        })
    });
    let writers: Vec<_> = writers.collect();
    for _ in 0..10 {
        storage.compact().await.unwrap();
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    for writer in writers {
        writer.await.unwrap();
    }
    assert_eq!(all(&storage).await.len(), 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_taken_is_refused_and_the_rest_goes_in() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config {
        retention: Duration::from_secs(3600),
        limits: Limits {
            series: 3,
            labels: 3,
            value_bytes: 10,
            ..Limits::default()
        },
        ..Config::default()
    };
    let storage = open(folder.path(), config).await;
    let batch = vec![
        series(
            "m=a",
            &[(NOW - 2 * HOUR, 0.0), (NOW, 1.0), (NOW + HOUR, 2.0)],
        ),
        series("m=b x=1 y=2 z=3", &[(NOW, 1.0)]),
        series("m=c x=12345678901", &[(NOW, 1.0), (NOW + 1, 1.0)]),
        series("", &[(NOW, 1.0)]),
        series("m=d", &[(NOW - 2 * HOUR, 1.0)]),
        series("m=e", &[(NOW, 1.0)]),
        series("m=f", &[(NOW, 1.0)]),
        series("m=g", &[(NOW, 1.0)]),
    ];
    let admitted = storage.append(batch, NOW).await.unwrap();
    assert_eq!(admitted.taken, 3);
    let refused: Vec<_> = admitted
        .refused
        .iter()
        .map(|(why, n)| (why.as_str(), *n))
        .collect();
    assert_eq!(
        refused,
        [
            ("too_old", 2),
            ("too_far_ahead", 1),
            ("too_many_series", 1),
            ("too_many_labels", 1),
            ("label_too_long", 2),
            ("no_labels", 1)
        ]
    );
    assert_eq!(admitted.examples[&Refusal::TooManySeries], labels("m=g"));
    assert_eq!(all(&storage).await.len(), 3);
    assert_eq!(
        storage.series_count(),
        3,
        "a series without a sample is none"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn series_are_named_where_they_have_samples() {
    let folder = tempfile::tempdir().unwrap();
    let storage = open(folder.path(), for_ever()).await;
    // Series of one metric share rows, so these are of two.
    let old = series("__name__=old", &[(NOW - 100 * HOUR, 1.0)]);
    storage.append(vec![old], NOW).await.unwrap();
    storage.compact().await.unwrap();
    let young = series("__name__=young", &[(NOW, 1.0)]);
    storage.append(vec![young], NOW).await.unwrap();
    for (from_ms, to_ms, expected) in [
        (i64::MIN, i64::MAX, "old young"),
        (NOW - 101 * HOUR, NOW - 99 * HOUR, "old"),
        (NOW - 99 * HOUR, NOW - HOUR, ""),
        (NOW - HOUR, NOW, "young"),
        (NOW + 1, NOW + HOUR, ""),
    ] {
        let storage = Arc::clone(&storage);
        let asking = move || {
            let mut names = Vec::new();
            let selection = Selection {
                matchers: Vec::new(),
                from_ms,
                to_ms,
            };
            let each = &mut |labels: &Labels| {
                names.push(labels.get("__name__").to_owned());
                ControlFlow::Continue(())
            };
            storage.series(&selection, each).unwrap();
            names.sort();
            names.join(" ")
        };
        let names = tokio::task::spawn_blocking(asking).await.unwrap();
        assert_eq!(names, expected, "{from_ms} to {to_ms}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_series_refused_at_first_is_kept_once_it_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config {
        limits: Limits {
            samples_per_second: 2.0,
            ..Limits::default()
        },
        ..for_ever()
    };
    let storage = open(folder.path(), config.clone()).await;
    let first = series("m=a", &[(NOW, 1.0), (NOW + 1, 1.0)]);
    let second = series("m=b", &[(NOW, 2.0)]);
    for (series, now, taken, known) in [
        (&first, NOW, 2, 1),
        (&second, NOW, 0, 1),
        (&second, NOW + 1_000, 1, 2),
    ] {
        let admitted = storage.append(vec![series.clone()], now).await.unwrap();
        assert_eq!((admitted.taken, storage.series_count()), (taken, known));
    }
    // Had it a number that nobody has written down, another series would get it, and its samples.
    let storage = open(folder.path(), config).await;
    assert_eq!(all(&storage).await, flat(&[first, second]));
}

/// One row that cannot be read keeps nothing new from the disk.
#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_row_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let storage = open(folder.path(), for_ever()).await;
    let old = series("m=a", &[(NOW, 1.0)]);
    storage.append(vec![old], NOW).await.unwrap();
    storage.compact().await.unwrap();
    storage.close().await;
    store::damage_chunks(folder.path()).await;
    let storage = open(folder.path(), for_ever()).await;
    let new = series("m=a", &[(NOW + 1, 2.0)]);
    storage.append(vec![new], NOW).await.unwrap();
    storage.compact().await.unwrap();
    assert_eq!(storage.samples_in_memory(), 0);
    storage.close().await;
    let storage = open(folder.path(), for_ever()).await;
    let reading = tokio::task::spawn_blocking(move || {
        let all = Selection {
            matchers: Vec::new(),
            from_ms: i64::MIN,
            to_ms: i64::MAX,
        };
        storage.select(&all, &mut |_| ControlFlow::Continue(()))
    });
    let error = reading.await.unwrap().unwrap_err().to_string();
    assert!(error.contains("damaged"), "{error}");
}
