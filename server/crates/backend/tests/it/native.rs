//! Native histograms: scraped from a target, and sent on by a real Prometheus that scrapes the same one.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use backend::config::{Mistakes, read_prometheus};
use prost::Message;
use serde_json::Value;
use tokio::net::TcpListener;

use crate::app::{quick, start};
use crate::debian::prometheus_with;

#[path = "../../../ingest/src/exposition/protobuf/tests/messages.rs"]
#[allow(dead_code, reason = "others use the rest")]
pub(crate) mod messages;

use messages::{Bucket, BucketSpan, Histogram, MetricFamily, MetricMessage};

const PROTOBUF: &str =
    "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited";

/// A body with one histogram that has native buckets on both sides of zero, and classic ones.
fn body() -> Vec<u8> {
    let span = |offset, length| BucketSpan { offset, length };
    let histogram = Histogram {
        sample_count: 12,
        sample_sum: 18.5,
        bucket: vec![Bucket {
            upper_bound: 1.0,
            cumulative_count: 8,
            ..Bucket::default()
        }],
        schema: 1,
        zero_threshold: 0.001,
        zero_count: 2,
        negative_span: vec![span(1, 1)],
        negative_delta: vec![3],
        positive_span: vec![span(-1, 2), span(3, 1)],
        positive_delta: vec![1, 1, 2],
        ..Histogram::default()
    };
    let metric = MetricMessage {
        histogram: Some(histogram),
        ..MetricMessage::default()
    };
    let family = MetricFamily {
        name: "took_seconds".to_owned(),
        help: "How long it took.".to_owned(),
        r#type: 4,
        metric: vec![metric],
        ..MetricFamily::default()
    };
    family.encode_length_delimited_to_vec()
}

/// The only value that a query yields, as it is written.
async fn value(url: &str, query: &str) -> String {
    let query = wire::path_segment(query);
    let answer = reqwest::get(format!("{url}/api/v1/query?query={query}")).await;
    let answer: Value = answer.unwrap().json().await.unwrap();
    match answer["data"]["result"].as_array().map(Vec::as_slice) {
        Some([one]) => one["value"][1].as_str().unwrap_or_default().to_owned(),
        other => format!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_scraped_and_what_is_sent_are_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = listener.local_addr().unwrap();
    let metrics = || async { ([(CONTENT_TYPE, PROTOBUF)], body()) };
    let exposed = Router::new().route("/metrics", get(metrics));
    tokio::spawn(async move { axum::serve(listener, exposed).await });

    let global = "global: {scrape_interval: 1s, scrape_timeout: 1s}";
    let job = |name: &str, more: &str| {
        format!("  - {{job_name: {name}, static_configs: [{{targets: ['{target}']}}]{more}}}\n")
    };
    let file = folder.path().join("scraped.yml");
    let native = job("native", ", scrape_native_histograms: true");
    let both = ", scrape_native_histograms: true, always_scrape_classic_histograms: true";
    let (both, classic) = (job("both", both), job("classic", ""));
    std::fs::write(
        &file,
        format!("{global}\nscrape_configs:\n{native}{both}{classic}"),
    )
    .unwrap();
    let mut mistakes = Mistakes::default();
    let mut config = quick();
    config.scraping = Arc::new(read_prometheus(&file, &mut mistakes).unwrap());
    assert_eq!(mistakes.errors(), 0, "{mistakes}");
    let app = start(folder.path(), config).await.unwrap();
    let theirs = format!(
        "{global}\nscrape_configs:\n{}remote_write: [{{url: '{}/api/v1/write', send_native_histograms: true}}]\n",
        job("sent", ""),
        app.url
    );
    let theirs = prometheus_with(
        &folder.path().join("theirs"),
        &theirs,
        &["--enable-feature=native-histograms"],
    )
    .await;

    for (function, expected) in [
        ("histogram_count(H)", Some("12")),
        ("histogram_sum(H)", Some("18.5")),
        ("histogram_quantile(0.1, H)", None),
        ("histogram_quantile(0.5, H)", None),
        ("histogram_quantile(0.9, H)", None),
        ("histogram_fraction(-1, 1, H)", None),
    ] {
        let of = |job: &str| function.replace('H', &format!("took_seconds{{job=\"{job}\"}}"));
        let mut seen = Vec::new();
        for _ in 0..150 {
            seen = vec![
                value(&app.url, &of("sent")).await,
                value(&app.url, &of("native")).await,
                value(&app.url, &of("both")).await,
            ];
            // Within a bucket the Prometheus of Debian goes straight, newer ones along the exponent.
            if expected.is_some() {
                seen.push(value(&theirs.url, &of("sent")).await);
            }
            if seen
                .iter()
                .all(|one| *one == seen[0] && !one.contains("Some"))
            {
                break;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        assert!(
            seen.iter().all(|one| *one == seen[0]),
            "{function}: {seen:?}"
        );
        if let Some(expected) = expected {
            assert_eq!(seen[0], expected, "{function}");
        }
    }
    for (job, expected) in [("native", 0), ("both", 4), ("classic", 4), ("sent", 0)] {
        let query = format!("count({{__name__=~\"took_seconds_.+\",job=\"{job}\"}}) or vector(0)");
        assert_eq!(value(&app.url, &query).await, expected.to_string(), "{job}");
    }
    let whole = "count(took_seconds{job=\"classic\"}) or vector(0)";
    assert_eq!(value(&app.url, whole).await, "0");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_pushed_stays_native_over_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mut app = start(folder.path(), quick()).await.unwrap();
    let to = format!("{}/metrics/job/pushed", app.url);
    let push = app.http.put(to).header(CONTENT_TYPE, PROTOBUF).body(body());
    assert_eq!(push.send().await.unwrap().status(), 200);
    for turn in ["pushed", "restarted"] {
        for (query, expected) in [
            ("histogram_count(took_seconds{job=\"pushed\"})", "12"),
            ("histogram_sum(took_seconds{job=\"pushed\"})", "18.5"),
            ("took_seconds_count{job=\"pushed\"}", "12"),
            ("took_seconds_bucket{job=\"pushed\",le=\"1.0\"}", "8"),
        ] {
            let mut seen = String::new();
            for _ in 0..50 {
                seen = value(&app.url, query).await;
                if seen == expected {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            assert_eq!(seen, expected, "{turn}: {query}");
        }
        if turn == "pushed" {
            app.stop().await;
            app = start(folder.path(), quick()).await.unwrap();
        }
    }
    let gone = app.http.delete(format!("{}/metrics/job/pushed", app.url));
    assert_eq!(gone.send().await.unwrap().status(), 202);
    let left = "count(took_seconds{job=\"pushed\"}) or vector(0)";
    assert_eq!(value(&app.url, left).await, "0", "its series has ended");
    app.stop().await;
}
