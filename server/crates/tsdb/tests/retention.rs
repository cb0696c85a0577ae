//! Forgetting, by age and by size: what may go goes with its series and its space, and nothing else does.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::sync::Arc;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tsdb::{Config, Storage};

mod common;

use common::{Flat, HOUR, NOW, all, flat, for_ever, open, read, series};

/// The begin of a stretch of time that shares rows.
const SPAN: i64 = 4 * HOUR;
const BEGIN: i64 = NOW - NOW % SPAN;

fn size_of(folder: &Path) -> u64 {
    let file = folder.join("metrics.db");
    std::fs::metadata(&file).unwrap().len()
}

/// Noise of some series in some stretches of time, compacted; what does not compress takes space.
async fn fill(storage: &Arc<Storage>, name: &str, stretches: i64) -> Flat {
    let mut random = StdRng::seed_from_u64(1);
    let mut expected = Flat::new();
    for stretch in 0..stretches {
        let begin = BEGIN + stretch * SPAN;
        let batch = (0..40).map(|n| {
            let noise = (0..480).map(|i| (begin + i * 30_000, random.random()));
            series(&format!("{name} n={n}"), &noise.collect::<Vec<_>>())
        });
        let batch: Vec<_> = batch.collect();
        expected.extend(flat(&batch));
        let admitted = storage.append(batch, begin + SPAN).await.unwrap();
        assert!(admitted.refused.is_empty());
        storage.compact().await.unwrap();
    }
    expected
}

fn from(all: &Flat, from_ms: i64) -> Flat {
    let young = all.iter().filter(|((_, at), _)| *at >= from_ms);
    young.map(|(key, bits)| (key.clone(), *bits)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn retention_forgets_samples_then_series_and_gives_space_back() {
    let folder = tempfile::tempdir().unwrap();
    let storage = open(folder.path(), for_ever()).await;
    let mut random = StdRng::seed_from_u64(1);
    for n in 0..200 {
        let noise: Vec<_> = (0..400)
            .map(|i| (NOW + i * 1000, random.random()))
            .collect();
        storage
            .append(vec![series(&format!("m=x n={n}"), &noise)], NOW)
            .await
            .unwrap();
    }
    storage
        .append(
            vec![series("m=young", &[(NOW + 9 * HOUR, 1.0)])],
            NOW + 9 * HOUR,
        )
        .await
        .unwrap();
    storage.compact().await.unwrap();
    storage.close().await;
    let file = folder.path().join("metrics.db");
    let size = || std::fs::metadata(&file).unwrap().len();
    let before = size();
    let storage = open(folder.path(), for_ever()).await;
    assert_eq!(
        storage.forget(NOW + HOUR).await.unwrap(),
        7,
        "200 series in groups"
    );
    assert_eq!(storage.series_count(), 1);
    assert_eq!(all(&storage).await.len(), 1);
    storage.close().await;
    let storage = open(folder.path(), for_ever()).await;
    assert_eq!(storage.series_count(), 1);
    assert!(size() < before / 2, "{} of {before} bytes", size());
}

#[tokio::test(flavor = "multi_thread")]
async fn beyond_its_size_the_oldest_go_and_the_file_shrinks() {
    let folder = tempfile::tempdir().unwrap();
    let storage = open(folder.path(), for_ever()).await;
    let first = [series("m=only_at_first", &[(BEGIN, 1.0)])];
    storage.append(first.to_vec(), BEGIN).await.unwrap();
    let expected = fill(&storage, "m=x", 8).await;
    let most = storage.size().await.unwrap() / 2;
    storage.close().await;
    assert!(size_of(folder.path()) > most);

    let config = Config {
        retention_bytes: most,
        ..for_ever()
    };
    let storage = open(folder.path(), config.clone()).await;
    assert!(storage.forget_beyond_size(i64::MAX).await.unwrap() > 0);
    assert_eq!(
        storage.forget_beyond_size(i64::MAX).await.unwrap(),
        0,
        "once is enough"
    );
    assert!(storage.size().await.unwrap() <= most);
    let left = all(&storage).await;
    let oldest = left.keys().map(|(_, at)| *at).min().unwrap();
    assert_eq!(
        left,
        from(&expected, oldest),
        "the newest stay, all of them"
    );
    assert!(oldest <= BEGIN + 6 * SPAN, "no more goes than has to");
    assert_eq!(storage.series_count(), 40);
    storage.close().await;
    let size = size_of(folder.path());
    assert!(size <= most, "{size} bytes are more than {most}");
    let storage = open(folder.path(), config).await;
    assert_eq!(all(&storage).await, left);
    assert_eq!(storage.series_count(), 40);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_young_stays_however_small_the_size() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config {
        retention_bytes: 1,
        ..for_ever()
    };
    let storage = open(folder.path(), config).await;
    let expected = fill(&storage, "m=x", 3).await;
    let now = BEGIN + 3 * SPAN;
    let newest = [series("m=x n=0", &[(now, 1.0)])];
    storage.append(newest.to_vec(), now).await.unwrap();
    storage.forget_beyond_size(i64::MAX).await.unwrap();
    let mut young = from(&expected, BEGIN + 2 * SPAN);
    young.extend(flat(&newest));
    assert_eq!(all(&storage).await, young);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_series_goes_though_its_siblings_stay() {
    let folder = tempfile::tempdir().unwrap();
    let storage = open(folder.path(), for_ever()).await;
    let old = [
        series("m=x n=dead", &[(NOW, 1.0)]),
        series("m=x n=alive", &[(NOW, 1.0)]),
    ];
    storage.append(old.to_vec(), NOW).await.unwrap();
    let now = NOW + 9 * HOUR;
    let young = [series("m=x n=alive", &[(now, 2.0)])];
    storage.append(young.to_vec(), now).await.unwrap();
    storage.compact().await.unwrap();
    assert_eq!(storage.forget(NOW + HOUR).await.unwrap(), 1);
    assert_eq!(all(&storage).await, flat(&young));
    assert_eq!(storage.series_count(), 1);
    storage.close().await;
    let storage = open(folder.path(), for_ever()).await;
    assert_eq!(storage.series_count(), 1, "on disk too");
    // It comes back as a new one.
    let again = [series("m=x n=dead", &[(now, 3.0)])];
    storage.append(again.to_vec(), now).await.unwrap();
    let both = [young, again].concat();
    assert_eq!(all(&storage).await, flat(&both));
    storage.close().await;
    let storage = open(folder.path(), for_ever()).await;
    assert_eq!(all(&storage).await, flat(&both));
    assert_eq!(storage.series_count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_append_at_the_same_time_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut storage = open(folder.path(), for_ever()).await;
    let mut expected = Flat::new();
    for round in 0..30 {
        let old = NOW + round * SPAN;
        let young = old + 2 * SPAN;
        let at = |n: i64, at: i64| series(&format!("m=x n={n}"), &[(at, at as f64)]);
        let before: Vec<_> = (0..50).map(|n| at(n, old)).collect();
        storage.append(before, old).await.unwrap();
        storage.append(vec![at(100, young)], young).await.unwrap();
        storage.compact().await.unwrap();
        // Each of these has nothing but what goes, when it is sent again.
        let appends: Vec<_> = (0..50)
            .map(|n| {
                let storage = Arc::clone(&storage);
                let again = vec![at(n, young + n)];
                expected.extend(flat(&again));
                tokio::spawn(async move { storage.append(again, young).await.unwrap() })
            })
            .collect();
        expected.extend(flat(&[at(100, young)]));
        storage.forget(old + SPAN).await.unwrap();
        for append in appends {
            assert_eq!(append.await.unwrap().taken, 1);
        }
        expected = from(&expected, old + SPAN);
        assert_eq!(all(&storage).await, expected, "round {round}");
        if round % 3 == 0 {
            storage = open(folder.path(), for_ever()).await;
            let now = read(&storage, Vec::new(), old + SPAN, i64::MAX).await;
            assert_eq!(now, expected, "round {round}, opened again");
        }
    }
}
