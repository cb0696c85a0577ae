//! What becomes of reports: counted once, set right, ended, forgotten.

use std::sync::atomic::{AtomicI64, Ordering};

use builds::{Binary, Counted, Message, Unit};
use db::{Check, schema};
use tokio::sync::watch;
use tsdb::Storage;
use wire::{Builds as _, TimeRange, Via};

use super::*;
use crate::config::Config;
use crate::live::Hub;

struct Hand(AtomicI64);

impl Clock for Hand {
    fn now_ms(&self) -> TimestampMs {
        self.0.load(Ordering::Relaxed)
    }
}

/// Some time; nothing depends on which.
const NOW: i64 = 1_700_000_000_000;

struct Here {
    service: Arc<BuildService>,
    clock: Arc<Hand>,
    events: Arc<EventLog>,
    _folder: tempfile::TempDir,
}

impl Here {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.db");
        let state = Db::open(&path, &schema::STATE, Check::Whole).await.unwrap();
        let path = folder.path().join("metrics.db");
        let metrics = Db::open(&path, &schema::METRICS, Check::Schema)
            .await
            .unwrap();
        let hand = Arc::new(Hand(AtomicI64::new(NOW)));
        let clock: Arc<dyn Clock> = hand.clone();
        let config = Config::default();
        let store = Arc::new(Storage::open(metrics, config.store()).await.unwrap());
        let samples = Arc::new(SampleLog::new(store, clock.clone()));
        let events = Arc::new(EventLog::new(state.clone(), clock.clone(), Hub::new()));
        let config = watch::channel(Arc::new(config)).1;
        let service = BuildService::open(&state, &clock, &samples, &events, config);
        Self {
            service: service.await.unwrap(),
            clock: hand,
            events,
            _folder: folder,
        }
    }

    async fn picture(&self) -> BuildPicture {
        let query = BuildQuery {
            limit: 100,
            ..BuildQuery::default()
        };
        let caller = Caller::local(Via::Internal);
        self.service.picture(&caller, query).await.unwrap()
    }

    async fn detail(&self, id: &str) -> BuildDetail {
        let caller = Caller::local(Via::Internal);
        self.service.detail(&caller, id).await.unwrap()
    }

    async fn value(&self, name: &str, label: (&str, &str)) -> Option<f64> {
        let series = self.service.series.lock().await.all(self.clock.now_ms());
        let mut found = series
            .into_iter()
            .filter(|it| it.name == name && it.labels.get(label.0) == label.1);
        found.next().map(|it| it.value)
    }
}

fn unit(name: &str, seconds: f64) -> Unit {
    Unit {
        name: name.to_owned(),
        part: "lib".to_owned(),
        is_own: true,
        is_fresh: Some(false),
        began_seconds: Some(0.0),
        duration_seconds: Some(seconds),
        features: vec!["fast".to_owned()],
        ..Unit::default()
    }
}

fn report(id: &str, state: Told) -> Report {
    let fresh = Unit {
        is_fresh: Some(true),
        duration_seconds: None,
        ..unit("old", 0.0)
    };
    let binary = Binary {
        name: "tower".to_owned(),
        kind: "bin".to_owned(),
        path: "/t/tower".to_owned(),
        bytes: 1_000,
    };
    Report {
        id: id.to_owned(),
        sequence: 1,
        project: "tower".to_owned(),
        profile: "release".to_owned(),
        host: "here".to_owned(),
        state,
        began_ms: NOW - 10_000,
        told_ms: NOW,
        duration_seconds: 10.0,
        resolution_seconds: Some(0.5),
        units: vec![unit("core", 4.0), fresh],
        warnings: 2,
        binaries: vec![binary],
        ..Report::default()
    }
}

fn failed(id: &str) -> Report {
    let counted = |name: &str, count| Counted {
        name: name.to_owned(),
        count,
    };
    Report {
        errors: 3,
        kinds: vec![counted("type", 2), counted("no kind", 1)],
        files: vec![counted("src/a.rs", 3)],
        failed: vec!["core".to_owned()],
        messages: vec![Message {
            is_error: true,
            kind: "type".to_owned(),
            ..Message::default()
        }],
        ..report(id, Told::Failure)
    }
}

#[tokio::test]
async fn what_is_told_again_counts_once() {
    let here = Here::new().await;
    let mut running = report("a", Told::Running);
    running.active = vec!["core".to_owned()];
    assert!(here.service.take(running.clone()).await.unwrap());
    let picture = here.picture().await;
    assert_eq!(picture.builds[0].state, BuildState::Running);
    assert_eq!(picture.builds[0].active, ["core"]);
    assert_eq!((picture.succeeded, picture.failed), (0, 0));
    let mut ended = report("a", Told::Success);
    ended.sequence = 2;
    assert!(here.service.take(ended.clone()).await.unwrap());
    assert!(!here.service.take(ended).await.unwrap());
    // What was told before comes after it: from a spool, or another way.
    running.sequence = 9;
    assert!(!here.service.take(running).await.unwrap());
    let picture = here.picture().await;
    assert_eq!((picture.builds.len(), picture.succeeded), (1, 1));
    assert_eq!((picture.compiled, picture.fresh), (1, 1));
    assert_eq!(picture.crates[0].mean_seconds, Some(4.0));
    assert_eq!(picture.features[0].count, 2);
    assert_eq!(picture.sizes[0].bytes, [1_000]);
    let of_project = ("project", "tower");
    for (name, expected) in [
        ("rust_compilation_success_total", 1.0),
        ("rust_compilation_warnings_total", 2.0),
        ("rust_incremental_build_cache_hits", 1.0),
        ("rust_incremental_build_cache_misses", 1.0),
        ("rust_compilation_duration_seconds", 4.0),
        ("rust_binary_size_bytes", 1_000.0),
        ("rust_dependency_resolution_time_seconds", 0.5),
        ("rust_feature_gate_usage", 2.0),
    ] {
        assert_eq!(here.value(name, of_project).await, Some(expected), "{name}");
    }
}

#[tokio::test]
async fn of_each_project_the_newest_build_and_the_share_are_known() {
    let here = Here::new().await;
    let of = |project: &str, began_ms, it: Report| Report {
        project: project.to_owned(),
        began_ms,
        ..it
    };
    for told in [
        of("tower", NOW - 90_000, report("a", Told::Success)),
        of("tower", NOW - 20_000, failed("b")),
        of("axum", NOW - 10_000, report("c", Told::Running)),
        of("old", NOW - 10 * 86_400_000, report("d", Told::Success)),
    ] {
        assert!(here.service.take(told).await.unwrap());
    }
    let caller = Caller::local(Via::Internal);
    let week = wire::TimeRange::Last(7 * 86_400_000);
    let found = here.service.projects(&caller, week).await.unwrap();
    let found: Vec<_> = found
        .iter()
        .map(|it| (&*it.newest.project, &*it.newest.id, it.succeeded, it.failed))
        .collect();
    assert_eq!(found, [("axum", "c", 0, 0), ("tower", "b", 1, 1)]);
}

#[tokio::test]
async fn a_failure_is_counted_by_kind_and_marked() {
    let here = Here::new().await;
    here.service.take(failed("a")).await.unwrap();
    here.service.take(failed("b")).await.unwrap();
    let picture = here.picture().await;
    assert_eq!((picture.failed, picture.crates[0].failed), (2, 2));
    let kinds: Vec<_> = picture
        .kinds
        .iter()
        .map(|it| (&*it.name, it.count))
        .collect();
    assert_eq!(kinds, [("type", 4), ("other", 2)]);
    assert_eq!(
        (&*picture.files[0].name, picture.files[0].count),
        ("src/a.rs", 6)
    );
    let errors = here.value("rust_compilation_errors_total", ("error_type", "type"));
    assert_eq!(errors.await, Some(4.0));
    let caller = Caller::local(Via::Internal);
    let events = wire::Events::list(&*here.events, &caller, None, 0, i64::MAX, 9);
    let events = events.await.unwrap();
    assert_eq!(events.len(), 2);
    assert_eq!(
        (events[0].kind, &*events[0].link),
        (EventKind::Build, "/builds/b")
    );
    assert_eq!(
        events[0].title,
        "build of tower failed: 3 errors, most of kind type"
    );
}

#[tokio::test]
async fn counters_go_on_after_a_restart() {
    let here = Here::new().await;
    here.service.take(failed("a")).await.unwrap();
    let service = BuildService::open(
        &here.service.db,
        &here.service.clock,
        &here.service.samples,
        &here.events,
        here.service.config.clone(),
    );
    let again = Here {
        service: service.await.unwrap(),
        ..here
    };
    again.service.take(failed("a")).await.unwrap();
    again.service.take(failed("b")).await.unwrap();
    let errors = again.value("rust_compilation_errors_total", ("error_type", "type"));
    assert_eq!(errors.await, Some(4.0));
}

#[tokio::test]
async fn what_is_no_report_is_refused_with_words() {
    let here = Here::new().await;
    for (change, expected) in [
        ((|it| it.id.clear()) as fn(&mut Report), "id: "),
        (|it| it.id = "a b".to_owned(), "id: "),
        (|it| it.project.clear(), "project: "),
        (|it| it.began_ms = 0, "began_ms: "),
        (|it| it.told_ms = i64::MAX, "told_ms: "),
    ] {
        let mut wrong = report("a", Told::Success);
        change(&mut wrong);
        let error = here.service.take(wrong).await.unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
    let mut odd = report("odd", Told::Success);
    odd.duration_seconds = f64::NAN;
    odd.units = vec![unit("core", f64::INFINITY); 6_000];
    odd.host = "\u{1b}x".repeat(500);
    odd.warnings = u64::MAX;
    assert!(here.service.take(odd).await.unwrap());
    let detail = here.detail("odd").await;
    assert_eq!(detail.units.len(), 5_000);
    assert_eq!(detail.build.duration_seconds, 0.0);
    assert!(
        detail.notes[0].contains("1000 pieces of work"),
        "{:?}",
        detail.notes
    );
}

#[tokio::test]
async fn clocks_that_are_wrong_are_set_right() {
    let here = Here::new().await;
    let day = 86_400_000;
    for (id, off) in [("behind", -day), ("ahead", day)] {
        let mut running = report(id, Told::Running);
        (running.began_ms, running.told_ms) = (NOW - 10_000 + off, NOW + off);
        here.service.take(running.clone()).await.unwrap();
        let mut ended = report(id, Told::Success);
        (ended.began_ms, ended.told_ms) = (running.began_ms, running.told_ms);
        ended.sequence = 2;
        here.service.take(ended).await.unwrap();
        let detail = here.detail(id).await;
        assert_eq!(detail.build.began_ms, NOW - 10_000, "{id}");
        assert_eq!(detail.build.ended_ms, Some(NOW), "{id}");
        assert!(detail.notes[0].contains("86400 s"), "{:?}", detail.notes);
    }
    // One that waited in a spool for a day is no sign of a wrong clock.
    let mut late = report("late", Told::Success);
    (late.began_ms, late.told_ms) = (NOW - day, NOW - day + 10_000);
    here.service.take(late).await.unwrap();
    let detail = here.detail("late").await;
    assert_eq!(
        (detail.build.began_ms, detail.notes),
        (NOW - day, Vec::new())
    );
}

#[tokio::test]
async fn what_nothing_is_heard_of_is_over_until_it_is_heard_of() {
    let here = Here::new().await;
    here.service.take(report("a", Told::Running)).await.unwrap();
    let later = |ms| here.clock.0.store(NOW + ms, Ordering::Relaxed);
    later(SILENT_MS - 1);
    let interrupt = || store::interrupt(&here.service.db, here.clock.now_ms() - SILENT_MS);
    assert_eq!(interrupt().await.unwrap(), 0);
    later(SILENT_MS + 1);
    assert_eq!(interrupt().await.unwrap(), 1);
    let detail = here.detail("a").await;
    assert_eq!(detail.build.state, BuildState::Interrupted);
    assert!(
        detail.notes[0].contains("nothing was heard"),
        "{:?}",
        detail.notes
    );
    let mut ended = report("a", Told::Success);
    ended.sequence = 2;
    assert!(here.service.take(ended).await.unwrap());
    assert_eq!(here.detail("a").await.build.state, BuildState::Success);
    assert_eq!(here.picture().await.succeeded, 1);
}

#[tokio::test]
async fn what_became_slower_is_said_with_its_commit() {
    let here = Here::new().await;
    for (at, seconds) in (1_i64..).zip([1.0, 1.1, 1.0, 1.0, 3.0, 3.1, 3.0]) {
        let mut one = report(&format!("b{at}"), Told::Success);
        one.units = vec![unit("core", seconds), unit("calm", 1.0)];
        one.commit = format!("c{at}");
        one.began_ms = NOW - 100_000 + at * 1_000;
        here.service.take(one).await.unwrap();
    }
    let picture = here.picture().await;
    assert_eq!(picture.slower.len(), 1, "{:?}", picture.slower);
    let slower = &picture.slower[0];
    assert_eq!(
        (&*slower.name, &*slower.since, &*slower.commit),
        ("core", "b5", "c5")
    );
    assert_eq!((slower.before_seconds, slower.after_seconds), (1.0, 3.0));
    let ratio = here.value("rust_compilation_regression_ratio", ("module", "core"));
    assert_eq!(ratio.await, Some(3.0));
    assert_eq!(here.detail("b7").await.previous, "b6");
}

#[tokio::test]
async fn old_builds_and_too_many_go() {
    let here = Here::new().await;
    for at in 0..5_i64 {
        let mut one = report(&format!("b{at}"), Told::Success);
        one.began_ms = NOW - 400 * 86_400_000 + at * 200 * 86_400_000;
        one.began_ms = one.began_ms.min(NOW - at);
        here.service.take(one).await.unwrap();
    }
    assert_eq!(here.service.forget(NOW).await.unwrap(), 1);
    let gone = store::forget(&here.service.db, None, 2, 0).await.unwrap();
    assert_eq!(gone, 2);
    let picture = here.picture().await;
    let left: Vec<_> = picture.builds.iter().map(|it| &*it.id).collect();
    assert_eq!(left.len(), 2, "{left:?}");
    assert_eq!(picture.crates[0].compiled, 2);
    // What was counted stays.
    let success = here.value("rust_compilation_success_total", ("project", "tower"));
    assert_eq!(success.await, Some(5.0));
}

/// Ten thousand builds: pages answer within a tenth of a second.
#[tokio::test]
async fn ten_thousand_builds_are_read_quickly() {
    let here = Here::new().await;
    let mut one = failed("first");
    one.units = (0..30)
        .map(|at| unit(&format!("crate-{at}"), 1.0))
        .collect();
    here.service.take(one).await.unwrap();
    store::copies(&here.service.db, 10_000).await.unwrap();
    let caller = Caller::local(Via::Internal);
    let mut fastest = f64::INFINITY;
    for _ in 0..3 {
        let began = std::time::Instant::now();
        let query = BuildQuery {
            limit: 100,
            range: Some(TimeRange::Last(86_400_000_000)),
            ..BuildQuery::default()
        };
        let picture = here.service.picture(&caller, query).await.unwrap();
        fastest = fastest.min(began.elapsed().as_secs_f64());
        assert_eq!(picture.failed, 10_001);
        assert_eq!((picture.builds.len(), picture.more), (100, 9_901));
    }
    // Tests are not optimised.
    assert!(fastest < 0.3, "{fastest} s");
}
