//! Files are taken, held against earlier ones, and what changed is marked.

use std::path::Path;

use db::Check;
use model::ManualClock;
use serde_json::json;
use tsdb::Storage;
use wire::{Benchmarks as _, Code, EventKind, Events as _, MarkQuery, RivalKind, Via};

use super::*;
use crate::live::Hub;

const NOW: i64 = 1_800_000_000_000;
const HOUR_MS: i64 = 3_600_000;

struct Stage {
    service: Arc<BenchmarkService>,
    events: Arc<EventLog>,
    samples: Arc<SampleLog>,
    clock: Arc<ManualClock>,
    caller: Caller,
}

async fn stage(folder: &Path) -> Stage {
    let clock = Arc::new(ManualClock::at(NOW));
    let (state, metrics) = (folder.join("state.db"), folder.join("metrics.db"));
    let state = Db::open(&state, &db::schema::STATE, Check::Whole)
        .await
        .unwrap();
    let metrics = Db::open(&metrics, &db::schema::METRICS, Check::Schema)
        .await
        .unwrap();
    let store = Storage::open(metrics, tsdb::Config::default())
        .await
        .unwrap();
    let samples = Arc::new(SampleLog::new(Arc::new(store), clock.clone()));
    let events = Arc::new(EventLog::new(state.clone(), clock.clone(), Hub::new()));
    Stage {
        service: BenchmarkService::new(state, clock.clone(), samples.clone(), events.clone()),
        events,
        samples,
        clock,
        caller: Caller::local(Via::Api),
    }
}

impl Stage {
    async fn take(&self, file: BenchmarkFile) -> Result<BenchmarkTaken, Problem> {
        self.clock.advance_ms(HOUR_MS);
        self.service.take(&self.caller, file).await
    }

    /// Results of one name and language around a value.
    async fn measured(&self, name: &str, language: &str, value: f64) -> BenchmarkTaken {
        let samples: Vec<f64> = (0..20)
            .map(|n| value * (1.0 + f64::from(n) / 1000.0))
            .collect();
        let results = json!({ "results": [{ "name": name, "unit": "ms", "language": language, "samples": samples }] });
        let taken = self.take(file(&results)).await;
        taken.unwrap()
    }

    async fn marks(&self) -> Vec<String> {
        let query = MarkQuery {
            kinds: EventKind::Regression.as_str().to_owned(),
            ..MarkQuery::default()
        };
        let marks = self.events.marks(&self.caller, query).await.unwrap();
        marks.into_iter().map(|mark| mark.title).collect()
    }
}

fn file(value: &serde_json::Value) -> BenchmarkFile {
    BenchmarkFile {
        text: value.to_string(),
        suite: "ours".to_owned(),
        host: "vm".to_owned(),
        commit: "abc123".to_owned(),
        ..BenchmarkFile::default()
    }
}

#[tokio::test]
async fn a_run_is_held_against_those_before_it() {
    let folder = tempfile::tempdir().unwrap();
    let stage = stage(folder.path()).await;
    let first = stage.measured("search", "", 10.0).await;
    assert_eq!((first.run, first.is_new, first.results), (1, true, 1));
    assert_eq!((first.worse.len(), first.better.len()), (0, 0));
    let worse = stage.measured("search", "", 15.0).await;
    assert_eq!(worse.worse.len(), 1, "{worse:?}");
    assert!(
        worse.worse[0]
            .starts_with("search: 50 % slower against the run before: +50 %, 95 % interval +"),
        "{worse:?}"
    );
    let better = stage.measured("search", "", 5.0).await;
    assert!(
        better.better[0].contains("faster against the last 2 runs"),
        "{better:?}"
    );
    assert_eq!(
        stage.marks().await,
        [
            format!("Benchmark search is {} at abc123", "59 % faster"),
            "Benchmark search is 50 % slower at abc123".to_owned(),
        ]
    );
    let picture = stage.service.benchmarks(&stage.caller).await.unwrap();
    assert_eq!((picture.rows.len(), picture.runs.len()), (1, 3));
    let row = &picture.rows[0];
    assert_eq!(
        (row.runs, row.past.len(), row.newest.verdict),
        (3, 3, BenchmarkVerdict::Better)
    );
    assert_eq!((picture.runs[0].better, picture.runs[1].worse), (1, 1));
    let standing = stage.service.standing(&stage.caller).await.unwrap();
    assert_eq!((standing.all, standing.worse, standing.better), (1, 0, 1));
    assert_eq!(standing.newest_ms, Some(row.newest.at_ms));
    assert_eq!(standing.changed, [row.clone()]);
    let detail = stage
        .service
        .benchmark(&stage.caller, row.id)
        .await
        .unwrap();
    let values: Vec<_> = detail
        .points
        .iter()
        .map(|it| (it.value * 1000.0).round())
        .collect();
    assert_eq!(values, [10.0, 15.0, 5.0]);
    // Another machine has runs of its own.
    let elsewhere = BenchmarkFile {
        host: "other".to_owned(),
        ..file(
            &json!({ "results": [{ "name": "search", "unit": "ms", "samples": [90, 91, 92, 93, 94, 95] }] }),
        )
    };
    let taken = stage.take(elsewhere).await.unwrap();
    assert_eq!((taken.worse, taken.better), (vec![], vec![]));
}

#[tokio::test]
async fn the_same_file_again_is_the_same_run() {
    let folder = tempfile::tempdir().unwrap();
    let stage = stage(folder.path()).await;
    let results =
        json!({ "at_ms": NOW - 5, "results": [{ "name": "a", "unit": "s", "value": 1 }] });
    let first = stage.take(file(&results)).await.unwrap();
    let again = stage.take(file(&results)).await.unwrap();
    assert_eq!((again.run, again.is_new), (first.run, false));
    let picture = stage.service.benchmarks(&stage.caller).await.unwrap();
    assert_eq!((picture.runs.len(), picture.runs[0].at_ms), (1, NOW - 5));
}

#[tokio::test]
async fn two_ways_to_do_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let stage = stage(folder.path()).await;
    stage.measured("sort", "python", 20.0).await;
    stage.measured("sort", "rust", 2.0).await;
    let results = json!({ "results": [
        { "name": "plan", "unit": "s", "value": 19, "approach": "traditional" },
        { "name": "plan", "unit": "s", "value": 2, "approach": "synthex" },
        { "name": "circle_experts_response_time", "unit": "ms", "samples": [100, 200, 300] },
        { "name": "circle_experts_consensus_time_ms", "value": 80 },
        { "name": "rust_memory_usage_mb", "value": 12.5 },
    ] });
    stage.take(file(&results)).await.unwrap();
    let picture = stage.service.benchmarks(&stage.caller).await.unwrap();
    let factors: Vec<_> = picture
        .rivals
        .iter()
        .map(|it| {
            (
                it.kind,
                it.operation.as_str(),
                (it.factor * 10.0).round() / 10.0,
            )
        })
        .collect();
    assert_eq!(
        factors,
        [
            (RivalKind::RustPython, "sort", 10.0),
            (RivalKind::Synthex, "plan", 9.5),
        ]
    );
    assert_eq!(picture.rivals[0].ends.len(), 4);
    assert!(picture.rivals[0].low.unwrap() < 10.0);
    let module = &picture.modules[0];
    assert!((module.rust_ms - 2.019).abs() < 1e-6, "{module:?}");
    assert!((module.python_ms - 20.19).abs() < 1e-6, "{module:?}");
    let days: Vec<_> = picture
        .days
        .iter()
        .map(|day| (day.kind, day.count))
        .collect();
    assert!(days.contains(&(RivalKind::RustPython, 1)), "{days:?}");
    assert!(days.contains(&(RivalKind::Synthex, 1)), "{days:?}");

    // They stand in the metric store under their names.
    stage.samples.fresh().await;
    let all = std::collections::BTreeMap::new();
    for (metric, expected) in [
        ("rust_vs_python_speedup", 10.0),
        ("synthex_parallel_speedup_factor", 9.5),
        ("circle_experts_response_time_p50", 200.0),
        ("circle_experts_consensus_time_ms", 80.0),
        ("rust_memory_usage_mb", 12.5),
        ("benchmark_regressed", 0.0),
    ] {
        let now_ms = stage.clock.now_ms();
        let found = stage.samples.select(metric, &all, now_ms - 1000, now_ms);
        let found = found.await.unwrap();
        let value = found
            .first()
            .and_then(|series| series.values.last().copied());
        assert!(
            value.is_some_and(|value| (value - expected).abs() < 1e-6),
            "{metric}: {value:?}"
        );
    }
}

#[tokio::test]
async fn files_come_in_any_order() {
    let folder = tempfile::tempdir().unwrap();
    let stage = stage(folder.path()).await;
    stage.measured("sort", "rust", 2.0).await;
    let measured_ms = stage.clock.now_ms();
    let earlier = json!({ "at_ms": NOW - HOUR_MS, "results": [
        { "name": "sort", "unit": "ms", "language": "python", "value": 20 },
    ] });
    stage.take(file(&earlier)).await.unwrap();
    let picture = stage.service.benchmarks(&stage.caller).await.unwrap();
    assert_eq!(picture.rivals.len(), 1);
    assert_eq!(picture.rivals[0].at_ms, measured_ms, "the later of the two");
}

#[tokio::test]
async fn what_is_wrong_is_said_and_what_is_good_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let stage = stage(folder.path()).await;
    let results = json!({ "at_ms": NOW + 100 * HOUR_MS, "results": [{ "name": "a", "value": 1 }, { "name": "b" }] });
    let taken = stage.take(file(&results)).await.unwrap();
    assert_eq!(taken.results, 1);
    let said = taken.notes.join("\n");
    for expected in [
        "a has no unit",
        "b is left out",
        "one of the two clocks is wrong",
    ] {
        assert!(said.contains(expected), "{said}");
    }
    let picture = stage.service.benchmarks(&stage.caller).await.unwrap();
    assert_eq!(picture.runs[0].at_ms, NOW + HOUR_MS, "by our clock");
    for (text, expected) in [
        ("{", "breaks off"),
        (
            "{\"at_ms\":1000,\"results\":[{\"name\":\"a\",\"unit\":\"s\",\"value\":1}]}",
            "more than 400 days ago",
        ),
    ] {
        let wrong = BenchmarkFile {
            text: text.to_owned(),
            ..BenchmarkFile::default()
        };
        let problem = stage.take(wrong).await.unwrap_err();
        assert_eq!(problem.code, Code::Invalid);
        assert!(problem.message.contains(expected), "{problem}");
    }
    let nobody = stage
        .service
        .benchmark(&stage.caller, 99)
        .await
        .unwrap_err();
    assert_eq!(nobody.code, Code::NotFound);
    let viewer = Caller {
        role: Role::Viewer,
        ..stage.caller.clone()
    };
    let refused = stage
        .service
        .take(&viewer, file(&results))
        .await
        .unwrap_err();
    assert_eq!(refused.code, Code::Forbidden);
}

#[tokio::test]
async fn many_changes_are_one_mark() {
    let folder = tempfile::tempdir().unwrap();
    let stage = stage(folder.path()).await;
    for factor in [1.0, 3.0] {
        let results = (0..8).map(|n| {
            let samples: Vec<f64> = (0..20)
                .map(|i| factor * (f64::from(n) + 1.0 + f64::from(i) / 1000.0))
                .collect();
            json!({ "name": format!("b{n}"), "unit": "s", "samples": samples })
        });
        let results = json!({ "results": results.collect::<Vec<_>>() });
        stage.take(file(&results)).await.unwrap();
    }
    let marks = stage.marks().await;
    assert_eq!(marks.len(), 1, "{marks:?}");
    assert!(
        marks[0].starts_with("8 benchmarks changed at abc123, most of all b"),
        "{marks:?}"
    );
}

#[tokio::test]
async fn what_is_old_is_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let stage = stage(folder.path()).await;
    stage.measured("old", "", 1.0).await;
    stage.clock.advance_ms(KEPT_MS);
    stage.measured("new", "", 1.0).await;
    stage.service.sweep().await;
    let picture = stage.service.benchmarks(&stage.caller).await.unwrap();
    let names: Vec<_> = picture.rows.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names, ["new"]);
}
