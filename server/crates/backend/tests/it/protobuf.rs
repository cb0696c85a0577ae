//! Protobuf, as Prometheus's own client library writes it: scraped from a real Prometheus, and pushed.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use backend::config::{Config, Mistakes, read_prometheus};
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use serde_json::Value;

use crate::app::{TestApp, quick, start};
use crate::debian::{prometheus, prometheus_with};

const PROTOBUF: &str =
    "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited";

/// What the series of a job are named, but for the job.
async fn names(url: &str, job: &str) -> BTreeSet<String> {
    let query = wire::path_segment(&format!("{{job=\"{job}\"}}"));
    let answer = reqwest::get(format!("{url}/api/v1/query?query={query}")).await;
    let answer: Value = answer.unwrap().json().await.unwrap();
    let all = answer["data"]["result"].as_array().unwrap().iter();
    let names = all.map(|one| {
        let mut labels = one["metric"].clone();
        labels.as_object_mut().unwrap().remove("job");
        labels.to_string()
    });
    names.collect()
}

/// A product that scrapes what a text says.
async fn scraping(folder: &std::path::Path, text: &str) -> TestApp {
    let file = folder.join("scraped.yml");
    std::fs::write(&file, text).unwrap();
    let mut mistakes = Mistakes::default();
    let mut config = quick();
    config.scraping = Arc::new(read_prometheus(&file, &mut mistakes).unwrap());
    assert_eq!(mistakes.errors(), 0, "{mistakes}");
    start(folder, config).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn protobuf_and_text_yield_the_same_series() {
    let folder = tempfile::tempdir().unwrap();
    let target = prometheus(&folder.path().join("target"), "scrape_configs: []\n").await;
    let address = target.url.trim_start_matches("http://");
    let global = "global: {scrape_interval: 1s, scrape_timeout: 1s}\nscrape_configs:\n";
    let job = |name: &str, more: &str| {
        format!(
            "  - {{job_name: {name}, static_configs: [{{targets: ['{address}'], labels: {{instance: it}}}}]{more}}}\n"
        )
    };
    // Theirs asks for protobuf where it may have native histograms.
    let theirs = prometheus_with(
        &folder.path().join("theirs"),
        &format!("{global}{}", job("protobuf", "")),
        &["--enable-feature=native-histograms"],
    )
    .await;
    let protobuf = job("protobuf", ", scrape_protocols: [PrometheusProto]");
    let app = scraping(
        folder.path(),
        &format!("{global}{}{protobuf}", job("text", "")),
    )
    .await;
    let mut seen = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for _ in 0..100 {
        seen = (
            names(&app.url, "text").await,
            names(&app.url, "protobuf").await,
            names(&theirs.url, "protobuf").await,
        );
        if seen.0.len() > 200 && seen.0 == seen.1 && seen.1 == seen.2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert!(seen.0.len() > 200, "{}", seen.0.len());
    let differing = |a: &BTreeSet<String>, b: &BTreeSet<String>| -> Vec<String> {
        a.symmetric_difference(b).cloned().collect()
    };
    assert_eq!(differing(&seen.0, &seen.1), [""; 0], "text and protobuf");
    assert_eq!(differing(&seen.1, &seen.2), [""; 0], "ours and theirs");
    assert!(
        seen.1.iter().any(|it| it.contains("\"le\":\"1.0\"")),
        "bounds are there"
    );
    let metrics = app.get("/metrics").await.text().await.unwrap();
    let line = "observatory_scrapes_total{job=\"protobuf\",outcome=\"success\"}";
    assert!(metrics.contains(line), "{metrics}");
    let said = app
        .json(
            "/api/v1/targets/metadata?match_target={job=\"protobuf\"}&metric=prometheus_build_info",
        )
        .await;
    assert_eq!(said["data"][0]["type"], "gauge");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn protobuf_is_pushed() {
    let folder = tempfile::tempdir().unwrap();
    let target = prometheus(&folder.path().join("target"), "scrape_configs: []\n").await;
    let app = start(folder.path(), Config::default()).await.unwrap();
    let asked = app.http.get(format!("{}/metrics", target.url));
    let answer = asked.header(ACCEPT, PROTOBUF).send().await.unwrap();
    let kind = answer.headers()[CONTENT_TYPE].clone();
    assert!(
        kind.to_str().unwrap().starts_with("application/vnd.google"),
        "{kind:?}"
    );
    let body = answer.bytes().await.unwrap();
    let push = |body: Vec<u8>, kind: &str| {
        let to = format!("{}/metrics/job/pushed/instance/it", app.url);
        let request = app.http.put(to).header(CONTENT_TYPE, kind.to_owned());
        let request = request.body(body);
        async {
            let answer = request.send().await.unwrap();
            (answer.status().as_u16(), answer.text().await.unwrap())
        }
    };
    let pushed = push(body.to_vec(), kind.to_str().unwrap()).await;
    assert_eq!(pushed, (200, String::new()));
    let there = names(&app.url, "pushed").await;
    assert!(there.len() > 200, "{}", there.len());
    for part in [
        r#"{"__name__":"go_goroutines","instance":"it"}"#,
        r#"{"__name__":"prometheus_http_response_size_bytes_bucket","handler":"/-/ready","instance":"it","le":"+Inf"}"#,
        r#"{"__name__":"go_gc_duration_seconds","instance":"it","quantile":"0.5"}"#,
    ] {
        assert!(there.contains(part), "{part}: {there:#?}");
    }
    let said = app.json("/api/v1/metadata?metric=go_goroutines").await;
    assert_eq!(said["data"]["go_goroutines"][0]["type"], "gauge");

    // Whole or not at all.
    let cut = body[..body.len() - 1].to_vec();
    let (status, text) = push(cut, PROTOBUF).await;
    assert_eq!(status, 400, "{text}");
    assert!(text.starts_with("byte "), "{text}");
    assert_eq!(
        names(&app.url, "pushed").await,
        there,
        "what was there stays"
    );
    let other =
        "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=text";
    let (status, text) = push(Vec::new(), other).await;
    assert_eq!(status, 415, "{text}");
    assert!(text.contains("encoding=delimited"), "{text}");
    let refusals = app.json("/observability/refusals").await;
    assert_eq!(refusals[0]["reason"], "unreadable_request");
    assert_eq!(refusals[0]["count"], 2);
    app.stop().await;
}
