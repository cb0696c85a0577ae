//! What queries yield.

use super::*;
use crate::common::{all, for_ever, open, series};

/// Everything in samples, and the same with a day of samples and two of five minutes; and the time.
async fn both(seed: u64) -> ([tempfile::TempDir; 2], Arc<Storage>, Arc<Storage>, i64) {
    let folders = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let plain = open(folders[0].path(), for_ever()).await;
    let rolled = open(folders[1].path(), kept(DAY, 2 * DAY, 100 * DAY)).await;
    let now = live(&plain, seed, 5).await;
    assert_eq!(live(&rolled, seed, 5).await, now);
    (folders, plain, rolled, now)
}

#[tokio::test(flavor = "multi_thread")]
async fn aligned_answers_are_those_of_samples() {
    for seed in 0..2 {
        let (_folders, plain, rolled, now) = both(seed).await;
        for function in [
            "min_over_time",
            "max_over_time",
            "sum_over_time",
            "count_over_time",
            "avg_over_time",
            "last_over_time",
            "first_over_time",
            "present_over_time",
            "rate",
            "increase",
            "delta",
            "resets",
        ] {
            for (range, step) in [(1, 1), (6, 3), (24, 24)] {
                let query = format!("{function}(m[{range}h])");
                let times = (BEGIN + DAY, now, step * HOUR);
                let expected = ask(&plain, &query, times).await;
                let found = ask(&rolled, &query, times).await;
                assert!(expected.1.is_empty());
                assert_eq!(found.1.len(), 2, "both levels are named: {:?}", found.1);
                assert_same(&found, &expected, 1e-9, &format!("seed {seed}: {query}"));
            }
        }
        // What is asked of five minutes is answered by five minutes.
        for function in [
            "max_over_time",
            "sum_over_time",
            "count_over_time",
            "increase",
        ] {
            let query = format!("{function}(m[15m])");
            let times = (now - 2 * DAY + HOUR, now, 5 * MINUTE);
            let (expected, found) = (
                ask(&plain, &query, times).await,
                ask(&rolled, &query, times).await,
            );
            assert!(
                found.1.len() == 1 && found.1[0].ends_with("of 5m"),
                "{:?}",
                found.1
            );
            assert_same(&found, &expected, 1e-9, &query);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn values_are_the_newest_of_windows() {
    let (_folders, plain, rolled, now) = both(7).await;
    for query in ["m", "timestamp(m)"] {
        for (from, step) in [(BEGIN + DAY, HOUR), (now - 2 * DAY + HOUR, 5 * MINUTE)] {
            let times = (from, now, step);
            let expected = ask(&plain, query, times).await;
            let mut found = ask(&rolled, query, times).await;
            // What ended within a window, or comes rarely, is there until its end.
            found
                .0
                .retain(|key, _| expected.0.contains_key(key) || !is_sparse(&key.0));
            assert_same(&found, &expected, 0.0, query);
        }
    }
    // A series that has ended is not drawn on.
    let of = |query: &str| {
        let (rolled, query) = (Arc::clone(&rolled), query.to_owned());
        async move { ask(&rolled, &query, (BEGIN, now, 10 * MINUTE)).await.0 }
    };
    let last =
        |points: BTreeMap<(String, i64), f64>| points.keys().map(|(_, at)| *at).max().unwrap();
    assert_eq!(last(of("m{kind=\"short\"}").await), BEGIN + 33 * HOUR);
    assert_eq!(last(of("m{kind=\"again\"}").await), BEGIN + 90 * HOUR);
}

fn is_sparse(labels: &str) -> bool {
    ["rare", "short", "again"]
        .iter()
        .any(|kind| labels.contains(kind))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_samples_is_answered_by_samples() {
    let (_folders, plain, rolled, now) = both(3).await;
    let seam = now - DAY;
    for query in [
        "m",
        "rate(m[5m])",
        "increase(m[7m])",
        "sum_over_time(m[13m])",
        "quantile_over_time(0.9, m[10m])",
        "deriv(m[10m])",
        "changes(m[10m])",
        "max_over_time(rate(m[5m])[30m:1m])",
        "absent_over_time(m{kind=\"short\"}[5m])",
    ] {
        // Odd times, as dashboards have them; all they see is younger than the seam.
        let times = (seam + HOUR + 1_234, now, 77_000);
        let (expected, found) = (
            ask(&plain, query, times).await,
            ask(&rolled, query, times).await,
        );
        assert_eq!(found.1, [""; 0], "{query}");
        assert_same(&found, &expected, 0.0, query);
        if query.starts_with("absent") {
            continue;
        }
        // The same where the same query also sees what is older.
        let times = (seam - HOUR + 1_234, now, 77_000);
        let (mut expected, mut found) = (
            ask(&plain, query, times).await,
            ask(&rolled, query, times).await,
        );
        assert_eq!(found.1.len(), 1, "{query}");
        for answer in [&mut expected, &mut found] {
            answer.0.retain(|(_, at), _| *at > seam + HOUR);
        }
        assert_same(&found, &expected, 0.0, query);
    }
    let oldest = all(&rolled).await.keys().map(|(_, at)| *at).min();
    assert!(oldest >= Some(seam), "{oldest:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_between_windows_are_of_their_resolution() {
    let folders = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let plain = open(folders[0].path(), for_ever()).await;
    let rolled = open(folders[1].path(), kept(DAY, 2 * DAY, 100 * DAY)).await;
    let end = BEGIN + 5 * DAY;
    // Two a second, over all seams.
    let times = (0..5 * 5760).map(|n| BEGIN + n * MINUTE / 4 + 7_000);
    let samples: Vec<_> = times.map(|at| (at, ((at - BEGIN) / 500) as f64)).collect();
    for storage in [&plain, &rolled] {
        for day in samples.chunks(5760) {
            let now = day.last().unwrap().0 + 1;
            storage
                .append(vec![series("__name__=m", day)], now)
                .await
                .unwrap();
            storage.compact().await.unwrap();
            storage.roll_up(now).await.unwrap();
            storage.forget_as_configured(now).await.unwrap();
        }
    }
    for (query, within) in [
        // Ranges shorter than windows are as long as they are, and sums in proportion.
        ("rate(m[1m])", 0.02),
        ("rate(m[5m])", 0.02),
        ("increase(m[5m])", 0.02),
        ("rate(m[2h])", 0.02),
        ("increase(m[90m])", 0.02),
        ("delta(m[90m])", 0.02),
        ("irate(m[5m])", 0.02),
        ("count_over_time(m[10m])", 0.6),
        ("count_over_time(m[5h])", 0.21),
        ("avg_over_time(m[5h]) / m", 0.05),
        ("deriv(m[3h])", 0.01),
        ("m", 0.05),
    ] {
        let times = (BEGIN + DAY + 1_234, end, 13 * MINUTE);
        let (expected, found) = (
            ask(&plain, query, times).await,
            ask(&rolled, query, times).await,
        );
        assert_same(&found, &expected, within, query);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_samples_are_read_as_windows() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config {
        retention: Duration::ZERO,
        ..kept(0, 0, 0)
    };
    let storage = open(folder.path(), config).await;
    let end = BEGIN + 2 * DAY;
    let samples: Vec<_> = (0..2 * 1440)
        .map(|n| (BEGIN + n * MINUTE, n as f64))
        .collect();
    storage
        .append(vec![series("__name__=m", &samples)], end)
        .await
        .unwrap();
    storage.compact().await.unwrap();
    storage.roll_up(end + 5 * HOUR).await.unwrap();
    let day = (BEGIN + HOUR, end, HOUR);
    let (few, nothing) = ask(&storage, "max_over_time(m[1h])", day).await;
    assert!(nothing.is_empty());
    assert_eq!(few.values().next(), Some(&60.0));
    // Over so many years there could be.
    let years = (BEGIN + HOUR - 10_000 * DAY, BEGIN + 10_000 * DAY, 24 * HOUR);
    let (many, infos) = ask(&storage, "max_over_time(m[1h])", years).await;
    assert!(
        infos.iter().any(|info| info.contains("rollups")),
        "{infos:?}"
    );
    assert_eq!(many.values().collect::<Vec<_>>(), [&60.0, &1500.0]);
    let (_, infos) = ask(&storage, "max_over_time(m[1m])", years).await;
    assert!(
        infos.is_empty(),
        "windows are longer than what was asked for"
    );
}
