//! Scraping: against the real Prometheus with the same targets, and what targets do wrong.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::response::IntoResponse;
use axum::routing::get;
use backend::config::{Mistakes, read_prometheus};
use serde_json::Value;
use tokio::net::TcpListener;

use crate::app::{TestApp, quick, start};
use crate::debian::{node_exporter, prometheus};

/// What a target says, which may change; nothing is an answer of 500.
type Said = Arc<Mutex<Option<String>>>;

/// A target of our own.
async fn target(first: &str) -> (String, Said) {
    let said: Said = Arc::new(Mutex::new(Some(first.to_owned())));
    let metrics = |State(said): State<Said>| async move {
        match said.lock().unwrap().clone() {
            Some(text) => ([(CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response(),
            None => axum::http::StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    };
    let bomb = || async {
        use std::process::Stdio;
        use tokio::process::Command;
        let zeros = Command::new("sh")
            .args(["-c", "head -c 100000000 /dev/zero | gzip -1"])
            .stdout(Stdio::piped())
            .output();
        let packed = zeros.await.unwrap().stdout;
        (
            [("content-encoding", "gzip"), ("content-type", "text/plain")],
            packed,
        )
    };
    let endless = || async {
        let parts = futures::stream::repeat_with(|| Ok::<_, std::io::Error>("a 1\n".repeat(1000)));
        (
            [(CONTENT_TYPE, "text/plain")],
            axum::body::Body::from_stream(parts),
        )
    };
    let away = || async {
        let to = [(LOCATION, "http://169.254.169.254/latest/meta-data")];
        (axum::http::StatusCode::FOUND, to)
    };
    let page = || async { ([(CONTENT_TYPE, "text/html")], "<!DOCTYPE html><p>hello") };
    let slow = || async { tokio::time::sleep(Duration::from_secs(60)).await };
    let app = Router::new()
        .route("/metrics", get(metrics))
        .route("/bomb", get(bomb))
        .route("/endless", get(endless))
        .route("/away", get(away))
        .route("/page", get(page))
        .route("/slow", get(slow))
        .with_state(said.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move { axum::serve(listener, app).await });
    (address, said)
}

/// A product that scrapes what a file says.
async fn scraping(folder: &Path, text: &str) -> TestApp {
    let file = folder.join("scraped.yml");
    std::fs::write(&file, text).unwrap();
    let mut mistakes = Mistakes::default();
    let mut config = quick();
    config.scraping = Arc::new(read_prometheus(&file, &mut mistakes).unwrap());
    assert_eq!(mistakes.errors(), 0, "{mistakes}");
    start(folder, config).await.unwrap()
}

/// The series of a selector and their values, those apart that differ from scrape to scrape.
async fn series(url: &str, query: &str) -> BTreeMap<String, String> {
    let query = wire::path_segment(query);
    let answer = reqwest::get(format!("{url}/api/v1/query?query={query}"))
        .await
        .unwrap();
    let answer: Value = answer.json().await.unwrap();
    let all = answer["data"]["result"].as_array().unwrap().iter();
    let pairs = all.map(|one| (one["metric"].to_string(), one["value"][1].to_string()));
    pairs.collect()
}

/// Asks both until they say the same.
async fn same(ours: &str, theirs: &str, query: &str, at_least: usize) {
    let mut seen = (BTreeMap::new(), BTreeMap::new());
    for _ in 0..100 {
        seen = (series(ours, query).await, series(theirs, query).await);
        if seen.0 == seen.1 && seen.0.len() >= at_least {
            return;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("{query}: ours {:#?}, theirs {:#?}", seen.0, seen.1);
}

/// Waits until nobody has a series of a name any more.
async fn gone(urls: &[&str], name: &str) {
    for url in urls {
        let mut left = series(url, name).await;
        for _ in 0..100 {
            if left.is_empty() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
            left = series(url, name).await;
        }
        assert!(left.is_empty(), "{url}: {left:#?}");
    }
}

const EXPOSED: &str = "\
# HELP a_total things\n# TYPE a_total counter\na_total{job=\"own\",x=\"\\\"1\\\"\"} 5\na_total{x=\"drop\"} 6\n\
# TYPE h histogram\nh_bucket{le=\"1.0\"} 1\nh_bucket{le=\"+Inf\"} 2\nh_sum 3\nh_count 2\n\
weird{b=\"1\" c=\"2\",} -Inf\nnan NaN\ngoing 1\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_node_exporter_as_prometheus_sees_it() {
    let folder = tempfile::tempdir().unwrap();
    let node = node_exporter().await;
    let text = format!(
        "global: {{scrape_interval: 1s, scrape_timeout: 1s}}\nscrape_configs:\n  - job_name: node\n    \
         static_configs: [{{targets: ['{}']}}]\n",
        node.address
    );
    let theirs = prometheus(&folder.path().join("theirs"), &text).await;
    let app = scraping(folder.path(), &text).await;
    // What the machine is, which does not change while both look; and one of each processor and mode.
    let fixed = r#"{__name__=~"node_uname_info|node_os_info|node_memory_MemTotal_bytes|node_boot_time_seconds"}"#;
    same(&app.url, &theirs.url, fixed, 3).await;
    same(&app.url, &theirs.url, "node_cpu_seconds_total * 0", 8).await;
    let metadata = app
        .json("/api/v1/metadata?metric=node_cpu_seconds_total")
        .await;
    assert_eq!(
        metadata["data"]["node_cpu_seconds_total"][0]["type"],
        "counter"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_series_as_prometheus() {
    let folder = tempfile::tempdir().unwrap();
    let (address, said) = target(EXPOSED).await;
    let (other, other_said) = target("other 1\n").await;
    let list = folder.path().join("more.json");
    let listed = |addresses: &[&str]| {
        let text = serde_json::json!([{ "targets": addresses, "labels": { "from": "file" } }]);
        std::fs::write(&list, text.to_string()).unwrap();
    };
    listed(&[&other]);
    let text = format!(
        "global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
  - job_name: ours
    static_configs: [{{targets: ['{address}', 'dropped:1'], labels: {{zone: eu}}}}]
    relabel_configs:
      - {{source_labels: [__address__], regex: 'dropped:.*', action: drop}}
      - {{source_labels: [__address__], regex: '(.*):.*', target_label: host}}
    metric_relabel_configs:
      - {{source_labels: [x], regex: drop, action: drop}}
      - {{source_labels: [__name__], regex: 'h_(.*)', target_label: part}}
  - job_name: honoring
    honor_labels: true
    static_configs: [{{targets: ['{address}']}}]
  - job_name: listed
    file_sd_configs: [{{files: ['{}'], refresh_interval: 1s}}]
  - job_name: gone
    static_configs: [{{targets: ['127.0.0.1:1']}}]
",
        list.display()
    );
    let theirs = prometheus(&folder.path().join("theirs"), &text).await;
    let app = scraping(folder.path(), &text).await;
    let all = r#"{__name__=~"a_total|h_.*|weird|nan|going|other|up|scrape_samples.*",zone!="x"}"#;
    same(&app.url, &theirs.url, all, 25).await;

    let counts = app.json("/api/v1/targets").await;
    assert_eq!(counts["data"]["droppedTargetCounts"]["ours"], 1);
    let why = counts["data"]["droppedTargets"][0]["reason"]
        .as_str()
        .unwrap();
    assert!(why.contains("relabel_configs[0]"), "{why}");
    let metadata = app.json("/api/v1/metadata?metric=a_total").await;
    assert_eq!(metadata["data"]["a_total"][0]["help"], "things");
    let metadata = app.json("/api/v1/targets/metadata?metric=a_total").await;
    assert_eq!(metadata["data"].as_array().unwrap().len(), 2);

    // A series goes, a target breaks, another leaves its list.
    *said.lock().unwrap() = Some(EXPOSED.replace("going 1\n", ""));
    gone(&[&app.url, &theirs.url], "going").await;
    same(&app.url, &theirs.url, all, 23).await;
    *said.lock().unwrap() = None;
    listed(&[]);
    for _ in 0..100 {
        if series(&app.url, "a_total").await.is_empty()
            && series(&app.url, "other").await.is_empty()
        {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let query = r#"{__name__=~"a_total|h_.*|weird|nan|going|other"}"#;
    same(&app.url, &theirs.url, query, 0).await;
    assert!(
        series(&app.url, query).await.is_empty(),
        "all of it has ended"
    );
    *said.lock().unwrap() = Some(EXPOSED.to_owned());
    same(
        &app.url,
        &theirs.url,
        r#"{__name__=~"a_total|h_.*|weird|nan|going"}"#,
        14,
    )
    .await;
    drop(other_said);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_targets_do_wrong_is_said_and_harms_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let (address, said) = target("good 1\n").await;
    let (bad, _) = target("ok 1\nbad{x=\"1} 1\n").await;
    let mut text =
        "global: {scrape_interval: 1s, scrape_timeout: 1s}\nscrape_configs:\n".to_owned();
    let jobs = [
        ("bomb", &address, "/bomb", "body_size_limit: 1MB"),
        ("endless", &address, "/endless", "body_size_limit: 1MB"),
        ("away", &address, "/away", ""),
        ("page", &address, "/page", ""),
        ("slow", &address, "/slow", ""),
        ("missing", &address, "/missing", ""),
        ("malformed", &bad, "/metrics", ""),
        ("good", &address, "/metrics", ""),
        (
            "limited",
            &address,
            "/metrics",
            "label_value_length_limit: 1",
        ),
        ("many", &address, "/metrics", "target_limit: 1"),
        (
            "cluster",
            &address,
            "/metrics",
            "kubernetes_sd_configs: [{role: pod, api_server: 'http://127.0.0.1:1'}]",
        ),
    ];
    for (name, target, path, more) in jobs {
        let more = if more.is_empty() {
            String::new()
        } else {
            format!(", {more}")
        };
        let targets = if name == "many" {
            format!("'{target}', 'x:1'")
        } else {
            format!("'{target}'")
        };
        text += &format!(
            "  - {{job_name: {name}, metrics_path: {path}, static_configs: [{{targets: [{targets}]}}]{more}}}\n"
        );
    }
    let app = scraping(folder.path(), &text).await;
    let answer = app
        .until("/api/v1/targets", |answer| {
            let all = answer["data"]["activeTargets"].as_array().unwrap();
            all.len() == jobs.len() - 1 && all.iter().all(|one| one["health"] != "unknown")
        })
        .await;
    let error = |job: &str| {
        let all = answer["data"]["activeTargets"].as_array().unwrap().iter();
        let mut all = all.filter(|one| one["scrapePool"] == job);
        all.next().unwrap()["lastError"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    for (job, expected) in [
        ("bomb", "body_size_limit"),
        ("endless", "body_size_limit"),
        ("away", "link-local"),
        ("page", "web page"),
        ("slow", "within 1 s"),
        ("missing", "404"),
        ("malformed", "line 2, column 7"),
        ("good", ""),
        ("cluster", ""),
    ] {
        let said = error(job);
        assert!(
            said.contains(expected) && said.is_empty() == expected.is_empty(),
            "{job}: {said}"
        );
    }
    let dropped = answer["data"]["droppedTargets"].to_string();
    assert!(dropped.contains("target_limit is 1"), "{dropped}");
    assert!(
        series(&app.url, "ok").await.is_empty(),
        "a scrape fails whole"
    );
    *said.lock().unwrap() = Some("good{x=\"long\"} 1\n".to_owned());
    app.until("/api/v1/targets", |answer| {
        answer
            .to_string()
            .contains("label_value_length_limit allows (1)")
    })
    .await;
    let metrics = app.get("/metrics").await.text().await.unwrap();
    for line in [
        "observatory_scrapes_total{job=\"malformed\",outcome=\"malformed\"}",
        "observatory_scrapes_total{job=\"good\",outcome=\"success\"}",
        "observatory_scrape_samples_refused_total{job=\"limited\",reason=\"label_limits\"}",
    ] {
        assert!(metrics.contains(line), "{line} is not in {metrics}");
    }
    let refusals = app.json("/observability/refusals").await;
    let of = |sender: String| -> Value {
        let all = refusals.as_array().unwrap();
        let found = all.iter().find(|one| one["sender"] == sender);
        found
            .unwrap_or_else(|| panic!("{sender}: {refusals:#}"))
            .clone()
    };
    let limited = of(format!("limited {address}"));
    assert_eq!(limited["source"], "scrape");
    assert_eq!(limited["reason"], "label_limits");
    let malformed = of(format!("malformed {bad}"));
    let example = malformed["example"].as_str().unwrap();
    assert!(example.contains("line 2, column 7"), "{example}");
    let rows = app.json("/observability/export/json?table=targets").await;
    let rows = rows.as_array().unwrap();
    let good = rows.iter().find(|row| row["job"] == "good").unwrap();
    assert_eq!(
        (&good["health"], &good["samples"]),
        (&"up".into(), &1.into())
    );
    app.stop().await;
}
