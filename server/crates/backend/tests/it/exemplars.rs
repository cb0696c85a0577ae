//! Exemplars, whichever way they come: against the real Prometheus, from OpenTelemetry's messages, over a restart.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use backend::config::{Config, Mistakes, read_prometheus};
use prost::Message;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::app::{TestApp, quick, start};
use crate::debian::prometheus_with;
use crate::native::messages::{
    Bucket, Exemplar, Histogram, LabelPair, MetricFamily, MetricMessage, Plain, Timestamp,
};

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0";
const PROTOBUF: &str =
    "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited";

fn now_s() -> i64 {
    model::Clock::now_ms(&model::SystemClock) / 1_000
}

type Said = Arc<Mutex<(String, Vec<u8>)>>;

/// A target that says what it is told to, as text and as protobuf.
async fn target(first: (String, Vec<u8>)) -> (String, Said) {
    let said: Said = Arc::new(Mutex::new(first));
    let text = |State(said): State<Said>| async move {
        (
            [(CONTENT_TYPE, OPEN_METRICS)],
            said.lock().unwrap().0.clone(),
        )
    };
    let protobuf = |State(said): State<Said>| async move {
        ([(CONTENT_TYPE, PROTOBUF)], said.lock().unwrap().1.clone())
    };
    let app = Router::new()
        .route("/metrics", get(text))
        .route("/protobuf", get(protobuf))
        .with_state(said.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move { axum::serve(listener, app).await });
    (address, said)
}

/// What a target says in text at one turn; times are in seconds.
fn text(turn: i64, at: i64) -> String {
    let long = "x".repeat(130);
    format!(
        "# TYPE dated counter\n\
         dated_total{{path=\"/a\"}} {turn} # {{trace_id=\"t{turn}\",user=\"\u{fc}\"}} 0.5 {at}.25\n\
         dated_total{{path=\"/b\"}} 5 # {{}} -Inf {at}\n\
         # TYPE undated counter\n\
         undated_total 1 # {{trace_id=\"always the same\"}} 1e-7\n\
         # TYPE backwards counter\n\
         backwards_total 1 # {{trace_id=\"t{turn}\"}} 1 {}\n\
         # TYPE long counter\n\
         long_total 1 # {{trace_id=\"{long}\"}} 1 {at}\n\
         # TYPE took_seconds histogram\n\
         took_seconds_bucket{{le=\"0.1\"}} {turn} # {{trace_id=\"fast{turn}\"}} 0.05 {at}\n\
         took_seconds_bucket{{le=\"+Inf\"}} {turn} # {{trace_id=\"slow{turn}\"}} 9 {at}\n\
         took_seconds_count {turn}\n\
         took_seconds_sum 9\n\
         # EOF\n",
        at - 10 * turn
    )
}

/// The same in protobuf, of a counter and a histogram.
fn protobuf(turn: i64, at: i64) -> Vec<u8> {
    let exemplar = |id: &str, value: f64| {
        Some(Exemplar {
            label: vec![LabelPair {
                name: "trace_id".to_owned(),
                value: format!("{id}{turn}"),
            }],
            value,
            timestamp: Some(Timestamp {
                seconds: at,
                nanos: 125_000_000,
            }),
        })
    };
    let family = |name: &str, kind: i32, metric: MetricMessage| {
        let family = MetricFamily {
            name: name.to_owned(),
            r#type: kind,
            metric: vec![metric],
            ..MetricFamily::default()
        };
        family.encode_length_delimited_to_vec()
    };
    let counter = MetricMessage {
        counter: Some(Plain {
            value: Some(1.0),
            exemplar: exemplar("counted", 1.0),
        }),
        ..MetricMessage::default()
    };
    let bucket = |upper_bound, id| Bucket {
        upper_bound,
        cumulative_count: 1,
        exemplar: exemplar(id, upper_bound / 2.0),
        ..Bucket::default()
    };
    let histogram = MetricMessage {
        histogram: Some(Histogram {
            sample_count: 1,
            sample_sum: 1.0,
            bucket: vec![bucket(1.0, "one"), bucket(2.5, "two")],
            ..Histogram::default()
        }),
        ..MetricMessage::default()
    };
    [
        family("counted_total", 0, counter),
        family("sizes", 4, histogram),
    ]
    .concat()
}

/// A product that scrapes what a text says.
async fn scraping(folder: &std::path::Path, text: &str) -> TestApp {
    std::fs::create_dir_all(folder).unwrap();
    let file = folder.join("scraped.yml");
    std::fs::write(&file, text).unwrap();
    let mut mistakes = Mistakes::default();
    let mut config = quick();
    config.scraping = Arc::new(read_prometheus(&file, &mut mistakes).unwrap());
    assert_eq!(mistakes.errors(), 0, "{mistakes}");
    start(folder, config).await.unwrap()
}

/// Exemplars of a query; where the target does not say when, the time is that of a scrape.
async fn exemplars(url: &str, query: &str, more: &str) -> Value {
    let query = wire::path_segment(query);
    let answer = reqwest::get(format!("{url}/api/v1/query_exemplars?query={query}{more}")).await;
    let mut answer: Value = answer.unwrap().json().await.unwrap();
    assert_eq!(answer["status"], "success", "{answer}");
    for series in answer["data"].as_array_mut().unwrap() {
        if series["seriesLabels"]["__name__"] == "undated_total" {
            series["exemplars"][0]["timestamp"] = Value::Null;
        }
    }
    answer["data"].take()
}

/// Asks all until they say the same of so many series.
async fn same(urls: &[&str], query: &str, more: &str, series: usize) -> Value {
    let mut seen = Vec::new();
    for _ in 0..100 {
        seen.clear();
        for url in urls {
            seen.push(exemplars(url, query, more).await);
        }
        let is_whole = seen[0].as_array().unwrap().len() == series;
        if is_whole && seen.iter().all(|one| *one == seen[0]) {
            return seen.remove(0);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("{query}{more}: {seen:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_exemplars_as_prometheus() {
    let folder = tempfile::tempdir().unwrap();
    let at = now_s() - 60;
    let (address, said) = target((text(1, at), protobuf(1, at))).await;
    let sent_to = start(&folder.path().join("sent"), Config::default())
        .await
        .unwrap();
    let jobs = format!(
        "global: {{scrape_interval: 1s, scrape_timeout: 1s}}\nscrape_configs:\n  \
         - {{job_name: text, static_configs: [{{targets: ['{address}']}}]}}\n  \
         - {{job_name: protobuf, metrics_path: /protobuf, static_configs: [{{targets: ['{address}']}}]}}\n"
    );
    let features = "--enable-feature=exemplar-storage,native-histograms";
    let written = format!(
        "remote_write: [{{url: '{}/api/v1/write', send_exemplars: true}}]\n",
        sent_to.url
    );
    let theirs = folder.path().join("theirs");
    let theirs = prometheus_with(&theirs, &format!("{jobs}{written}"), &[features]).await;
    let app = scraping(&folder.path().join("ours"), &jobs).await;
    let urls = [app.url.as_str(), theirs.url.as_str(), sent_to.url.as_str()];
    let all =
        "sum(rate({__name__=~\".*_total|took_.*\"}[5m])) / on () group_left () (sizes_bucket > 1)";
    let first = same(&urls, all, "", 9).await;
    let names = |found: &Value| -> Vec<String> {
        let series = found.as_array().unwrap().iter();
        series
            .map(|one| one["seriesLabels"]["__name__"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        names(&first),
        [
            "backwards_total",
            "counted_total",
            "dated_total",
            "dated_total",
            "sizes_bucket",
            "sizes_bucket",
            "took_seconds_bucket",
            "took_seconds_bucket",
            "undated_total"
        ]
    );
    // Told again and again, each is there once; what has a newer time comes beside it.
    *said.lock().unwrap() = (text(2, at + 5), protobuf(2, at + 5));
    let dated = "dated_total";
    let mut second = Value::Null;
    for _ in 0..100 {
        second = same(&urls, dated, "", 2).await;
        if second[0]["exemplars"].as_array().unwrap().len() == 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(
        second[0],
        json!({
            "seriesLabels": {
                "__name__": "dated_total", "instance": address, "job": "text", "path": "/a",
            },
            "exemplars": [
                { "labels": { "trace_id": "t1", "user": "ü" }, "value": "0.5", "timestamp": at as f64 + 0.25 },
                { "labels": { "trace_id": "t2", "user": "ü" }, "value": "0.5", "timestamp": at as f64 + 5.25 },
            ],
        })
    );
    let all_of_it = same(&urls, all, "", 9).await;
    assert_eq!(
        all_of_it[0]["exemplars"].as_array().unwrap().len(),
        1,
        "what goes backwards is not taken"
    );
    for (range, series) in [
        (format!("&start={at}&end={at}"), 3),
        (format!("&start={}&end={}", at + 5, at + 6), 7),
        (format!("&start={}&end={}", at + 1, at + 2), 0),
    ] {
        let query = r#"{__name__=~"dated_total|took_.*|counted_total|sizes_bucket"}"#;
        let found = same(&urls, query, &range, series).await;
        assert_eq!(found.as_array().unwrap().len(), series);
    }
    let form = [("query", "dated_total"), ("start", "1"), ("end", "9e9")];
    let asked = app.http.post(format!("{}/api/v1/query_exemplars", app.url));
    let asked: Value = asked
        .form(&form)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(asked["data"], second);

    let counts = app.get("/metrics").await.text().await.unwrap();
    let count = |outcome: &str| {
        let line =
            format!("observatory_exemplars_total{{source=\"scrape\",outcome=\"{outcome}\"}} ");
        let found = counts.lines().find_map(|one| one.strip_prefix(&line));
        found
            .and_then(|count| count.parse::<u64>().ok())
            .unwrap_or_default()
    };
    assert_eq!(count("kept"), 16, "{counts}");
    for outcome in ["duplicate", "out_of_order", "labels_too_long"] {
        assert!(count(outcome) > 0, "{outcome}: {counts}");
    }

    // A restart forgets none.
    let before = exemplars(&app.url, all, "").await;
    app.stop().await;
    let app = start(&folder.path().join("ours"), Config::default())
        .await
        .unwrap();
    assert_eq!(exemplars(&app.url, all, "").await, before);
    app.stop().await;
    sent_to.stop().await;
}
