//! The service over a small store.

use db::Db;
use model::{ManualClock, Sample};
use tsdb::Storage;
use wire::{Explore as _, Via};

use super::*;
use crate::metrics::SampleLog;
use crate::telemetry::Counts;

const NOW_MS: i64 = 1_795_233_600_000;

async fn service() -> (ExploreService, Caller) {
    let db = Db::memory(&db::schema::METRICS).await.unwrap();
    let store = Arc::new(Storage::open(db, tsdb::Config::default()).await.unwrap());
    let clock = Arc::new(ManualClock::at(NOW_MS + 7));
    let samples = Arc::new(SampleLog::new(store.clone(), clock.clone()));
    let sample = |name: &str, server: &str| Sample {
        name: name.to_owned(),
        labels: Labels::new().with("server", server).with("step", "ping"),
        at_ms: NOW_MS - 1000,
        value: 1.0,
    };
    samples.push(vec![
        sample("mcp_server_up", "a"),
        sample("mcp_server_up", "b.c"),
        sample("up", "d"),
    ]);
    let _written = samples.fresh().await;
    let queries = Queries::new(store, clock.clone(), Counts::default().queries);
    let service = ExploreService::new(
        clock,
        Evaluator::new(samples),
        queries,
        Descriptions::default(),
    );
    (service, Caller::local(Via::Browser))
}

#[tokio::test]
async fn words_are_those_of_the_store() {
    let (service, caller) = service().await;
    for (typed, most, expected, is_cut) in [
        ("", 9, &["mcp_server_up", "up"][..], false),
        ("", 1, &["mcp_server_up"], true),
        ("up", 9, &["up", "mcp_server_up"], false),
        ("server", 9, &["mcp_server_up"], false),
        ("nothing", 9, &[], false),
    ] {
        let metrics = service.metrics(&caller, typed, most).await.unwrap();
        let names: Vec<_> = metrics.found.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, expected, "{typed}");
        assert_eq!(metrics.is_cut, is_cut, "{typed}");
    }
    let metrics = service.metrics(&caller, "mcp", 9).await.unwrap();
    assert_eq!(metrics.found[0].kind, "gauge");
    assert!(metrics.found[0].help.contains("server works"));
    for (metric, expected) in [
        ("up", &["__name__", "server", "step"][..]),
        ("", &["__name__", "server", "step"]),
        ("none", &[]),
    ] {
        let names = service.label_names(&caller, metric).await.unwrap();
        assert_eq!(names.found, expected, "{metric}");
    }
    for (label, metric, typed, expected) in [
        ("server", "mcp_server_up", "", &["a", "b.c"][..]),
        ("server", "", "", &["a", "b.c", "d"]),
        ("server", "", "c", &["b.c"]),
        ("other", "up", "", &[]),
    ] {
        let values = service.label_values(&caller, label, metric, typed, 9).await;
        assert_eq!(values.unwrap().found, expected, "{label} of {metric}");
    }
    let functions = service.functions(&caller).await.unwrap();
    let rate = functions.iter().find(|one| one.name == "rate").unwrap();
    assert_eq!(rate.signature, "rate(x[5m])");
    assert_eq!(functions[0].kind, FunctionKind::Aggregation);
}

#[tokio::test]
async fn texts_are_checked_and_laid_out() {
    let (service, caller) = service().await;
    for (text, expected) in [
        ("up", None),
        ("rate(up[$window]) + max_over_time(up[$range:$step])", None),
        ("rate(up[$window]) + ", Some((18, 19))),
        ("rate(up[$other])", Some((8, 9))),
        ("ünknown(up)", Some((0, 2))),
    ] {
        let mistake = service.check(&caller, text).await.unwrap();
        let place = mistake.as_ref().map(|one| (one.from, one.to));
        let is_near = match (place, expected) {
            (Some((from, _)), Some((first, last))) => (first..=last).contains(&from),
            (place, expected) => place.is_none() && expected.is_none(),
        };
        assert!(is_near, "{text}: {mistake:?}");
    }
    let laid_out = service.format(&caller, "sum(up)  by(a)").await.unwrap();
    assert_eq!(laid_out, "sum by (a) (up)");
    let refused = service.format(&caller, "sum(").await.unwrap_err();
    assert_eq!(refused.code, wire::Code::Invalid);
}

#[tokio::test]
async fn queries_are_answered_each_for_itself() {
    let (service, caller) = service().await;
    let exprs = ["mcp_server_up", "sum(", "max_over_time(up[$range])"].map(str::to_owned);
    let range = TimeRange::Last(60_000);
    let told = service.evaluate(&caller, &exprs, range, 300).await.unwrap();
    assert_eq!((told.span.to_ms, told.span.step_ms), (NOW_MS, 1000));
    let rows: Vec<_> = told
        .outcomes
        .iter()
        .map(|outcome| match outcome {
            Outcome::Ok(matrix) => Ok(matrix.rows.len()),
            Outcome::Failed(problem) => Err(problem.message.as_str()),
        })
        .collect();
    assert_eq!((rows[0], rows[2]), (Ok(2), Ok(1)));
    assert!(rows[1].is_err_and(|why| why.contains("expression is missing")));
    let many = vec!["up".to_owned(); MOST_QUERIES + 1];
    let refused = service.evaluate(&caller, &many, range, 300).await;
    assert!(refused.unwrap_err().message.contains("at most 10"));
}
