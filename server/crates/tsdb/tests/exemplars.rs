//! Exemplars in a store on disk: which are kept, found, and there again after a restart.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "other tests use the rest")]
mod common;

use std::ops::ControlFlow;
use std::sync::Arc;

use common::{HOUR, NOW, labels, open, series};
use model::{AppendSamples, Dropped, Exemplar, Labels, MatchValue, Matcher, ReadSamples};
use tsdb::{Config, Storage};

fn exemplar(name: &str, id: &str, value: f64, at_ms: i64) -> (Labels, Exemplar) {
    let made = Exemplar::new(&[("trace_id", id)], value, Some(at_ms), 0);
    (labels(name), made.unwrap())
}

fn named(name: &str) -> Vec<Matcher> {
    vec![Matcher {
        name: "__name__".into(),
        is: MatchValue::Equal(name.into()),
    }]
}

/// Series, trace, bits of the value, time.
fn found(
    storage: &Storage,
    any_of: &[Vec<Matcher>],
    range: (i64, i64),
) -> Vec<(String, String, u64, i64)> {
    let found = storage.exemplars(any_of, range.0, range.1, &mut || ControlFlow::Continue(()));
    found
        .into_iter()
        .flat_map(|of| {
            let name = of.labels.to_string();
            of.exemplars.into_iter().map(move |one| {
                let id = one.labels.get("trace_id").to_owned();
                (name.clone(), id, one.value.to_bits(), one.at_ms)
            })
        })
        .collect()
}

async fn with_series(folder: &std::path::Path, config: Config) -> Arc<Storage> {
    let storage = open(folder, config).await;
    let all = [("__name__=a x=1"), ("__name__=a x=2"), ("__name__=b")];
    let all = all.map(|name| series(name, &[(NOW, 1.0)]));
    Storage::append(&storage, all.to_vec(), NOW).await.unwrap();
    storage
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_is_found_also_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let storage = with_series(folder.path(), Config::default()).await;
    let taken = storage.append_exemplars(
        vec![
            exemplar("__name__=b", "late", 5.0, NOW + 3),
            exemplar("__name__=a x=2", "nan", f64::NAN, NOW),
            exemplar("__name__=a x=1", "second", 2.0, NOW + 2),
            exemplar("__name__=a x=1", "first", 1.5, NOW - HOUR),
            exemplar("__name__=c", "of nothing", 1.0, NOW),
            exemplar("__name__=b", "ahead", 1.0, NOW + HOUR),
            exemplar("__name__=b", "old", 1.0, NOW - 30 * 24 * HOUR),
        ],
        NOW,
    );
    let expected = [
        Dropped::UnknownSeries,
        Dropped::TooOld,
        Dropped::TooFarAhead,
    ];
    assert_eq!(taken.taken, 4, "{taken:?}");
    assert_eq!(taken.dropped, expected.map(|why| (why, 1)).into());
    let a = named("a");
    let all = (i64::MIN, i64::MAX);
    let first = "{__name__=\"a\", x=\"1\"}".to_owned();
    let of_a = vec![
        (first.clone(), "first".into(), 1.5_f64.to_bits(), NOW - HOUR),
        (first, "second".into(), 2.0_f64.to_bits(), NOW + 2),
        (
            "{__name__=\"a\", x=\"2\"}".into(),
            "nan".into(),
            f64::NAN.to_bits(),
            NOW,
        ),
    ];
    assert_eq!(found(&storage, std::slice::from_ref(&a), all), of_a);
    assert_eq!(
        found(&storage, &[a.clone(), a.clone(), named("b")], all).len(),
        4
    );
    assert_eq!(
        found(&storage, std::slice::from_ref(&a), (NOW, NOW + 2)),
        of_a[1..],
        "both ends are in it"
    );
    assert!(found(&storage, &[], all).is_empty());

    storage.write_exemplars().await.unwrap();
    storage.close().await;
    drop(storage);
    let storage = open(folder.path(), Config::default()).await;
    assert_eq!(found(&storage, std::slice::from_ref(&a), all), of_a);
    let again = vec![
        exemplar("__name__=a x=1", "second", 2.0, NOW + 2),
        exemplar("__name__=a x=1", "third", 2.0, NOW + 3),
    ];
    let taken = storage.append_exemplars(again, NOW);
    assert_eq!((taken.taken, taken.dropped[&Dropped::Duplicate]), (1, 1));
    assert_eq!(storage.exemplar_count(), 5);
    storage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn looking_for_some_can_be_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let storage = open(folder.path(), Config::default()).await;
    let names: Vec<_> = (0..3_000).map(|at| format!("__name__=a x={at}")).collect();
    let all = names.iter().map(|name| series(name, &[(NOW, 1.0)]));
    Storage::append(&storage, all.collect(), NOW).await.unwrap();
    let all = names.iter().map(|name| exemplar(name, "id", 1.0, NOW));
    storage.append_exemplars(all.collect(), NOW);
    let look = |any_of: &[Vec<Matcher>], most: usize| {
        let mut asked = 0;
        let found = storage.exemplars(any_of, i64::MIN, i64::MAX, &mut || {
            asked += 1;
            match asked < most {
                true => ControlFlow::Continue(()),
                false => ControlFlow::Break(()),
            }
        });
        (found.len(), asked)
    };
    let a = named("a");
    assert_eq!(look(std::slice::from_ref(&a), usize::MAX).0, 3_000);
    let (found, asked) = look(std::slice::from_ref(&a), 2);
    assert!(found < 3_000 && asked == 2, "{found} {asked}");
    // The same condition over and over is one; many others are asked about in between.
    let (same, few) = look(&vec![named("b"); 10_000], usize::MAX);
    let others: Vec<_> = (0..10_000).map(|at| named(&format!("b{at}"))).collect();
    let (none, asked) = look(&others, 100);
    assert_eq!((same, none, asked), (0, 0, 100 + 1), "{few}");
    assert!(few < 100, "{few}");
    storage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn there_are_never_more_than_configured() {
    let folder = tempfile::tempdir().unwrap();
    let few = Config {
        exemplars: 3,
        ..Config::default()
    };
    let storage = with_series(folder.path(), few.clone()).await;
    let many = |from: i64| {
        let all = (from..from + 10).map(|n| exemplar("__name__=b", "t", 1.0, NOW + n));
        all.collect()
    };
    assert_eq!(storage.append_exemplars(many(0), NOW).taken, 10);
    storage.write_exemplars().await.unwrap();
    assert_eq!(storage.append_exemplars(many(10), NOW).taken, 10);
    storage.write_exemplars().await.unwrap();
    assert_eq!(storage.exemplar_count(), 3);
    storage.close().await;
    drop(storage);
    let storage = open(folder.path(), few).await;
    let times: Vec<_> = found(&storage, &[named("b")], (0, i64::MAX))
        .iter()
        .map(|(.., at_ms)| *at_ms - NOW)
        .collect();
    assert_eq!(times, [17, 18, 19], "memory and disk have the newest");
    let none = Config {
        exemplars: 0,
        ..Config::default()
    };
    storage.reconfigure(none);
    let taken = storage.append_exemplars(many(30), NOW);
    assert_eq!((taken.taken, taken.dropped[&Dropped::Off]), (0, 10));
    storage.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn they_go_with_their_series_and_with_age() {
    let folder = tempfile::tempdir().unwrap();
    let storage = with_series(folder.path(), Config::default()).await;
    let later = NOW + 5 * HOUR;
    let all = vec![series("__name__=b", &[(later, 1.0)])];
    Storage::append(&storage, all, later).await.unwrap();
    storage.append_exemplars(
        vec![
            exemplar("__name__=a x=1", "of a series that goes", 1.0, later),
            exemplar("__name__=b", "old", 1.0, NOW),
            exemplar("__name__=b", "new", 1.0, later),
        ],
        later,
    );
    storage.write_exemplars().await.unwrap();
    storage.compact().await.unwrap();
    storage.forget(NOW + 4 * HOUR).await.unwrap();
    let left = |storage: &Storage| {
        let found = found(storage, &[named("a"), named("b")], (0, i64::MAX)).into_iter();
        found.map(|(_, id, ..)| id).collect::<Vec<_>>()
    };
    assert_eq!(left(&storage), ["new"]);
    storage.close().await;
    drop(storage);
    let storage = open(folder.path(), Config::default()).await;
    assert_eq!(left(&storage), ["new"]);
    storage.close().await;
}
