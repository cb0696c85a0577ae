//! Native histograms in the store, on a real file: they come back as they went in, whatever comes
//! between, and numbers beside them do too.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use model::{
    Buckets, CUSTOM_BUCKETS, CounterReset, Histogram, MatchValue, Matcher, ReadError, ReadSamples,
    STALE, Selection, SeriesSamples,
};
use tsdb::{Config, Limits, Storage};

mod common;
#[path = "histograms/store.rs"]
mod store;

use common::{HOUR, NOW, all, flat, for_ever, labels, open, read, series};

/// The n-th scrape of something that counts.
fn counted(n: i64) -> Histogram {
    let observed = f64::from(i32::try_from(n).unwrap());
    Histogram {
        schema: 2,
        zero_threshold: 0.001,
        zero_count: observed,
        count: observed * 4.0,
        sum: observed * 0.1,
        positive: Buckets::from_numbered([(-4, observed), (7, observed)]),
        negative: Buckets::from_numbered([(0, observed)]),
        ..Histogram::default()
    }
}

fn custom() -> Histogram {
    Histogram {
        reset: CounterReset::Gauge,
        schema: CUSTOM_BUCKETS,
        count: 2.5,
        sum: f64::NAN,
        positive: Buckets::from_numbered([(2, 2.5)]),
        bounds: vec![-1.0, 0.5],
        ..Histogram::default()
    }
}

fn histograms(name: &str, all: Vec<(i64, Histogram)>) -> SeriesSamples {
    let all = all.into_iter().map(|(at, one)| (at, Arc::new(one)));
    SeriesSamples::histograms(labels(name), all.collect())
}

/// Series and time, and how the histogram is shown: some have not-a-numbers, which equal nothing.
type Shown = BTreeMap<(String, i64), String>;

fn shown(all: &[SeriesSamples]) -> Shown {
    let mut shown = Shown::new();
    for series in all {
        let name = series.labels.to_string();
        for (at, one) in &series.histograms {
            let key = (name.clone(), *at);
            shown.entry(key).or_insert_with(|| format!("{one:?}"));
        }
    }
    shown
}

async fn selected(
    storage: &Arc<Storage>,
    matchers: Vec<Matcher>,
    (from_ms, to_ms): (i64, i64),
) -> Result<Shown, ReadError> {
    let storage = Arc::clone(storage);
    let reading = move || {
        let selection = Selection {
            matchers,
            from_ms,
            to_ms,
        };
        let mut found = Vec::new();
        storage.select(&selection, &mut |series| {
            assert!(series.histograms.is_sorted_by(|a, b| a.0 < b.0));
            found.push(series);
            ControlFlow::Continue(())
        })?;
        Ok(shown(&found))
    };
    tokio::task::spawn_blocking(reading).await.unwrap()
}

async fn stored(storage: &Arc<Storage>) -> Shown {
    let found = selected(storage, Vec::new(), (i64::MIN, i64::MAX)).await;
    found.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn restarts_and_compactions_change_no_answer() {
    let folder = tempfile::tempdir().unwrap();
    // Beyond one row, and beyond one stretch of time.
    let many = (0..1_500).map(|n| (NOW + n * 15_000, counted(n + 1)));
    let written = [
        histograms("m=h job=a", many.collect()),
        histograms("m=h job=b", vec![(NOW, custom()), (NOW + 1, counted(3))]),
        series("m=up", &[(NOW, 1.0)]),
    ];
    let storage = open(folder.path(), for_ever()).await;
    let now = NOW + 10 * HOUR;
    let admitted = storage.append(written.to_vec(), now).await.unwrap();
    assert_eq!((admitted.taken, admitted.refused.len()), (1_503, 0));
    let (expected, numbers) = (shown(&written), flat(&written));
    assert_eq!(stored(&storage).await, expected);
    drop(storage); // Nothing is closed: as if it were killed.

    let storage = open(folder.path(), for_ever()).await;
    assert_eq!(stored(&storage).await, expected);
    storage.compact().await.unwrap();
    assert_eq!(storage.samples_in_memory(), 0);
    assert_eq!(stored(&storage).await, expected);
    storage.append(written.to_vec(), now).await.unwrap();
    assert_eq!(stored(&storage).await, expected, "sent twice is once");
    storage.compact().await.unwrap();

    let storage = open(folder.path(), for_ever()).await;
    assert_eq!(stored(&storage).await, expected);
    assert_eq!(all(&storage).await, numbers);
    let some = (NOW + 1, NOW + 15_000);
    let found = selected(&storage, Vec::new(), some).await.unwrap();
    assert_eq!(found.len(), 2);
    let none = read(&storage, Vec::new(), some.0, some.1).await;
    assert!(none.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn late_ones_find_their_place_and_others_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let storage = open(folder.path(), Config::default()).await;
    let ordered: Vec<_> = (0..20).map(|n| (NOW + n * 1_000, counted(n + 1))).collect();
    let (odd, even): (Vec<_>, Vec<_>) = ordered.iter().cloned().partition(|(at, _)| at % 2_000 > 0);
    for some in [even, odd] {
        let some = histograms("m=h", some);
        storage.append(vec![some], NOW).await.unwrap();
        storage.compact().await.unwrap();
    }
    let expected = shown(&[histograms("m=h", ordered)]);
    assert_eq!(stored(&storage).await, expected);

    let mut wrong = counted(1);
    wrong.positive.counts.pop();
    let bad = vec![
        (NOW - 2 * HOUR, counted(1)),
        (NOW, wrong),
        (NOW + HOUR, counted(1)),
        (NOW - 200 * HOUR, counted(1)),
    ];
    let admitted = storage.append(vec![histograms("m=h", bad)], NOW).await;
    let refused: Vec<_> = (admitted.unwrap().refused.into_iter())
        .map(|(why, number)| (why.as_str(), number))
        .collect();
    let reasons = ["too_old", "too_late", "too_far_ahead", "invalid_histogram"];
    assert_eq!(refused, reasons.map(|why| (why, 1)));
    assert_eq!(stored(&storage).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_and_histograms_of_one_series() {
    let folder = tempfile::tempdir().unwrap();
    let storage = open(folder.path(), for_ever()).await;
    let ended = Histogram {
        sum: STALE,
        ..Histogram::default()
    };
    let mut both = histograms(
        "m=h",
        vec![(NOW, counted(1)), (NOW + 10, counted(2)), (NOW + 30, ended)],
    );
    both.at_ms = vec![NOW + 10, NOW + 20];
    both.values = vec![5.0, 6.0];
    storage.append(vec![both], NOW).await.unwrap();
    let numbers = series(
        "m=h",
        &[(NOW + 10, 5.0), (NOW + 20, 6.0), (NOW + 30, STALE)],
    );
    for _ in 0..2 {
        assert_eq!(all(&storage).await, flat(std::slice::from_ref(&numbers)));
        let left = shown(&[histograms("m=h", vec![(NOW, counted(1))])]);
        assert_eq!(stored(&storage).await, left);
        storage.compact().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_old_is_forgotten_with_its_series() {
    let folder = tempfile::tempdir().unwrap();
    let storage = open(folder.path(), for_ever()).await;
    let young = NOW + 20 * HOUR;
    let written = vec![
        histograms("m=old", vec![(NOW, counted(1))]),
        histograms("m=h", vec![(NOW, counted(1)), (young, counted(2))]),
    ];
    storage.append(written, young).await.unwrap();
    storage.compact().await.unwrap();
    let extent = storage.extent().await.unwrap();
    assert_eq!((extent.rows, extent.from_ms), (3, Some(NOW)));
    assert_eq!(storage.forget(NOW + HOUR).await.unwrap(), 2);
    assert_eq!(storage.series_count(), 1);
    let left = shown(&[histograms("m=h", vec![(young, counted(2))])]);
    assert_eq!(stored(&storage).await, left);
    let storage = open(folder.path(), for_ever()).await;
    assert_eq!(stored(&storage).await, left);
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_is_named_and_others_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let storage = open(folder.path(), for_ever()).await;
    let written = ["m=h job=a", "m=h job=b"];
    let written = written.map(|name| histograms(name, vec![(NOW, counted(1))]));
    for series in &written {
        storage.append(vec![series.clone()], NOW).await.unwrap();
    }
    storage.compact().await.unwrap();
    storage.close().await;
    store::damage_first_series(folder.path()).await;

    let storage = open(folder.path(), for_ever()).await;
    let always = (i64::MIN, i64::MAX);
    let error = selected(&storage, Vec::new(), always).await.unwrap_err();
    let named = format!("the histograms of series 1 from {NOW}");
    assert!(error.to_string().contains(&named), "{error}");
    let b = Matcher {
        name: "job".to_owned(),
        is: MatchValue::Equal("b".to_owned()),
    };
    let found = selected(&storage, vec![b], always).await.unwrap();
    assert_eq!(found, shown(&written[1..]));
    // What is new is not kept from the disk by it.
    let later = histograms("m=h job=a", vec![(NOW + 1, counted(2))]);
    storage.append(vec![later.clone()], NOW).await.unwrap();
    storage.compact().await.unwrap();
    let after = (NOW + 1, NOW + 2);
    let found = selected(&storage, Vec::new(), after).await.unwrap();
    assert_eq!(found, shown(&[later]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_histogram_is_one_sample_for_limits() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config {
        limits: Limits {
            samples_per_second: 2.0,
            ..Limits::default()
        },
        ..for_ever()
    };
    let storage = open(folder.path(), config).await;
    for (at, taken) in [(NOW, 1), (NOW + 1, 1), (NOW + 2, 0)] {
        let one = histograms("m=h", vec![(at, counted(1))]);
        let admitted = storage.append(vec![one], NOW).await.unwrap();
        assert_eq!(admitted.taken, taken);
    }
}
