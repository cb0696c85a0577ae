//! Rules in a running product against the real Prometheus with the same files and the same target: states, texts,
//! series and errors come to the same, whatever the target does.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use backend::config::{Sources, load};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::app::{TestApp, start};
use crate::debian::{Prometheus, prometheus};

const RULES: &str = r#"
groups:
  - name: recorded
    interval: 1s
    rules:
      - { record: 'job:load:sum', expr: sum by (job) (load) }
      - { record: 'job:load:double', expr: 'job:load:sum * 2', labels: { made: here, job: '' } }
      - { record: 'same', expr: 'label_replace(load, "host", "x", "", "")' }
  - name: shapes
    interval: 1s
    rules:
      - alert: Plain
        expr: load > 5
        labels: { severity: '{{ if gt $value 8.0 }}critical{{ else }}warning{{ end }}' }
        annotations:
          summary: '{{ $labels.host }} at {{ $externalLabels.region }}: {{ $value | humanize }}'
          all: '{{ range query "sort_desc(load)" }}{{ .Labels.host }}={{ .Value }} {{ end }}'
          wrong: '{{ first (query "nothing") }}'
      - { alert: Waits, expr: load > 5, for: 2s }
      - { alert: WaitsLong, expr: load > 5, for: 1h }
      - { alert: Keeps, expr: load > 5, keep_firing_for: 3s }
      - { alert: Gone, expr: 'absent(load{host="a"})' }
      - { alert: Down, expr: 'up{job="own"} == 0' }
      - { alert: OverRecorded, expr: 'job:load:sum > 12', for: 1s }
      - { alert: OverAlerts, expr: 'count by (alertname) (ALERTS{alertstate="firing", alertname=~"Plain|Keeps"})' }
      - { alert: Odd, expr: 'load != load or load == Inf', annotations: { value: '{{ $value }}' } }
      - { alert: Twice, expr: load > 5, labels: { host: same } }
      - { alert: Unmatched, expr: 'load * on (job) load > 5' }
  - name: limited
    interval: 1s
    limit: 1
    rules:
      - { alert: AtMostOne, expr: load > 5 }
      - { record: 'one:load', expr: load > 5 }
"#;

/// What the target says in turn, and how many alerts there are at least once it is known; nothing is an answer of 500.
const TURNS: [(Option<&str>, usize); 7] = [
    (Some("load{host=\"a\"} 6\nload{host=\"b\"} 1\n"), 6),
    (
        Some("load{host=\"a\"} 9\nload{host=\"b\"} 7\nload{host=\"c\"} 1e6\n"),
        13,
    ),
    (
        Some("load{host=\"a\"} NaN\nload{host=\"b\"} +Inf\nload{host=\"c\"} -0\n"),
        8,
    ),
    (Some("other 1\n"), 1),
    (Some("load{host=\"a\"} 6\n"), 6),
    (None, 2),
    (Some("load{host=\"a\"} 0\n"), 0),
];

type Said = Arc<Mutex<Option<&'static str>>>;

async fn target() -> (String, Said) {
    let said: Said = Arc::new(Mutex::new(TURNS[0].0));
    let metrics = |State(said): State<Said>| async move {
        match *said.lock().unwrap() {
            Some(text) => ([(CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response(),
            None => axum::http::StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    };
    let app = Router::new()
        .route("/metrics", get(metrics))
        .with_state(said.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move { axum::serve(listener, app).await });
    (address, said)
}

/// Both, with the same target and the same rules.
async fn both(folder: &Path, target: &str) -> (TestApp, Prometheus) {
    std::fs::write(folder.join("rules.yml"), RULES).unwrap();
    let rules = folder.join("rules.yml");
    let text = format!(
        "global: {{scrape_interval: 1s, scrape_timeout: 1s, external_labels: {{region: eu}}}}\n\
         rule_files: ['{}']\n\
         scrape_configs:\n  - job_name: own\n    static_configs: [{{targets: ['{target}']}}]\n",
        rules.display()
    );
    let theirs = prometheus(&folder.join("theirs"), &text).await;
    let own = "[scrape]\nconfig = \"theirs/prometheus.yml\"\n[rules]\nno_data = \"ok\"\n";
    std::fs::write(folder.join("observatory.toml"), own).unwrap();
    let sources = Sources {
        config: Some(folder.join("observatory.toml")),
        folder: folder.to_owned(),
        ..Sources::default()
    };
    let config = load(&sources, &|_| None).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let ours = start(&folder.join("data"), config).await.unwrap();
    (ours, theirs)
}

async fn ask(url: &str, path: &str) -> Value {
    let answer = reqwest::get(format!("{url}{path}")).await.unwrap();
    answer.json::<Value>().await.unwrap()["data"].take()
}

/// What a rule says of itself and its alerts, without times.
async fn judged(url: &str) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for group in ask(url, "/api/v1/rules").await["groups"]
        .as_array()
        .unwrap()
    {
        // A product has groups of its own.
        let name = group["name"].as_str().unwrap();
        if !["recorded", "shapes", "limited"].contains(&name) {
            continue;
        }
        for rule in group["rules"].as_array().unwrap() {
            let seconds = |key: &str| rule[key].as_f64();
            let labels = rule["labels"].as_object().into_iter().flatten();
            let labels: BTreeMap<_, _> = labels.filter(|(_, value)| *value != "").collect();
            let said = json!({
                "group": group["name"], "limit": group["limit"], "name": rule["name"], "type": rule["type"],
                "health": rule["health"], "state": rule["state"], "for": seconds("duration"),
                "keep": seconds("keepFiringFor"), "labels": labels,
            });
            all.insert(said.to_string());
            for alert in rule["alerts"].as_array().into_iter().flatten() {
                let mut said = json!({ "alert": rule["name"] });
                for key in ["labels", "annotations", "state", "value"] {
                    said[key] = alert[key].clone();
                }
                if let Some(text) = said["annotations"]["wrong"].as_str() {
                    said["annotations"]["wrong"] = text.starts_with("<error expanding").into();
                }
                all.insert(said.to_string());
            }
        }
    }
    for name in ["job:load:sum", "job:load:double", "one:load", "ALERTS"] {
        let query = match name {
            // A product has alerts of its own rules as well.
            "ALERTS" => r#"ALERTS{alertname=~"Plain|Waits|Keeps|Gone|Down|Twice|AtMostOne"}"#,
            name => name,
        };
        let path = format!("/api/v1/query?query={}", wire::path_segment(query));
        for one in ask(url, &path).await["result"].as_array().unwrap() {
            all.insert(format!("{name} {} {}", one["metric"], one["value"][1]));
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_as_prometheus_judges_them() {
    let folder = tempfile::tempdir().unwrap();
    let (target, said) = target().await;
    let (ours, theirs) = both(folder.path(), &target).await;
    for (turn, (text, at_least)) in TURNS.into_iter().enumerate() {
        *said.lock().unwrap() = text;
        // Nothing is compared that is still left of the turn before.
        tokio::time::sleep(Duration::from_secs(5)).await;
        let mut seen = (BTreeSet::new(), BTreeSet::new());
        let mut is_same = false;
        for _ in 0..60 {
            seen = (judged(&ours.url).await, judged(&theirs.url).await);
            let alerts = seen.0.iter().filter(|one| one.contains("\"alert\":"));
            is_same = seen.0 == seen.1 && alerts.count() >= at_least;
            if is_same {
                break;
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
        let only_ours: Vec<_> = seen.0.difference(&seen.1).collect();
        let only_theirs: Vec<_> = seen.1.difference(&seen.0).collect();
        assert!(
            is_same,
            "turn {turn}, {} in all: only ours {only_ours:#?}, only theirs {only_theirs:#?}",
            seen.0.len()
        );
    }
    ours.stop().await;
}
