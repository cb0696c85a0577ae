//! Files of rules in a running product: series, alerts, the API of Prometheus, reloads and restarts.

use std::path::Path;

use backend::config::{Config, Sources, load};
use reqwest::StatusCode;
use serde_json::Value;

use crate::app::{TestApp, start};

const RULES: &str = r#"
groups:
  - name: own
    interval: 100ms
    rules:
      - { record: "x:double", expr: x * 2, labels: { made: here } }
      - { record: "x:quadruple", expr: "x:double * 2" }
      - alert: XHigh
        expr: x:quadruple > 8
        labels: { severity: critical, level: '{{ if gt $value 100.0 }}much{{ else }}some{{ end }}' }
        annotations: { summary: '{{ $labels.job }} has {{ $value | humanize }}' }
      - { alert: XWaits, expr: x > 0, for: 1h }
      - { alert: Broken, expr: x > 0, annotations: { summary: '{{ first (query "nothing") }}' } }
      - { alert: Twice, expr: 'x or label_replace(x, "job", "other", "", "")', labels: { job: same } }
"#;

fn configured(folder: &Path, rules: &str) -> Result<Config, String> {
    std::fs::create_dir_all(folder.join("rules")).unwrap();
    std::fs::write(folder.join("rules/own.yml"), rules).unwrap();
    let own = "[rules]\nfiles = [\"rules/*.yml\"]\n[alerts]\ninterval = \"100ms\"\n";
    std::fs::write(folder.join("observatory.toml"), own).unwrap();
    let sources = Sources {
        config: Some(folder.join("observatory.toml")),
        folder: folder.to_owned(),
        ..Sources::default()
    };
    load(&sources, &|_| None).map_err(|mistakes| mistakes.to_string())
}

async fn push(app: &TestApp, value: &str) {
    let request = app.http.put(format!("{}/metrics/job/a", app.url));
    let response = request.body(format!("x {value}\n")).send().await.unwrap();
    assert_eq!(response.status(), 200);
}

fn rule<'a>(answer: &'a Value, name: &str) -> &'a Value {
    let groups = answer["data"]["groups"].as_array().unwrap().iter();
    let mut rules = groups.flat_map(|group| group["rules"].as_array().unwrap());
    rules
        .find(|rule| rule["name"] == name)
        .unwrap_or(&Value::Null)
}

/// Waits until a query comes to these values: series are written within a second.
async fn comes_to(app: &TestApp, query: &str, expected: &[&str]) {
    let path = format!("/api/v1/query?query={}", wire::path_segment(query));
    app.until(&path, |answer| {
        let found = answer["data"]["result"].as_array().unwrap().iter();
        found
            .map(|one| one["value"][1].as_str().unwrap())
            .eq(expected.iter().copied())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn series_and_alerts_of_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let config = configured(folder.path(), RULES).unwrap();
    let app = start(&folder.path().join("data"), config.clone())
        .await
        .unwrap();
    push(&app, "3").await;
    let answer = app
        .until("/api/v1/rules", |answer| {
            // Alerts are seen at once, how the rule does when its whole group has been evaluated.
            let high = rule(answer, "XHigh");
            high["state"] == "firing" && high["health"] == "ok"
        })
        .await;
    let high = rule(&answer, "XHigh");
    assert_eq!(high["type"], "alerting");
    let alert = &high["alerts"][0];
    assert_eq!(alert["annotations"]["summary"], "a has 12");
    assert_eq!(alert["labels"]["level"], "some");
    assert_eq!(alert["value"], "1.2e+01");
    assert_eq!(rule(&answer, "x:double")["labels"]["made"], "here");
    comes_to(&app, "x:quadruple", &["12"]).await;
    comes_to(
        &app,
        "ALERTS{alertname=\"XHigh\", alertstate=\"firing\"}",
        &["1"],
    )
    .await;
    comes_to(
        &app,
        "ALERTS{alertname=\"XWaits\", alertstate=\"pending\"}",
        &["1"],
    )
    .await;
    comes_to(
        &app,
        "time() - ALERTS_FOR_STATE{alertname=\"XWaits\"} < bool 60",
        &["1"],
    )
    .await;
    let broken = rule(&answer, "Broken");
    assert_eq!(broken["health"], "ok");
    let said = broken["lastError"].as_str().unwrap();
    assert!(
        said.contains("first() called on vector with no elements"),
        "{said}"
    );
    let twice = rule(&answer, "Twice");
    assert_eq!(twice["health"], "err");
    assert!(
        twice["lastError"]
            .as_str()
            .unwrap()
            .contains("same labelset"),
        "{twice}"
    );
    let alerts = app.json("/api/v1/alerts").await;
    assert!(
        alerts["data"]["alerts"].as_array().unwrap().len() >= 3,
        "{alerts}"
    );
    for (query, names) in [
        ("type=record&file[]=nothing", vec![]),
        (
            "rule_name[]=XHigh&rule_name[]=XWaits",
            vec!["XHigh", "XWaits"],
        ),
        ("match[]={level=~\".%2B\"}", vec!["XHigh"]),
        (
            "type=record&rule_group[]=own",
            vec!["x:double", "x:quadruple"],
        ),
    ] {
        let answer = app.json(&format!("/api/v1/rules?{query}")).await;
        let groups = answer["data"]["groups"].as_array().unwrap().iter();
        let rules = groups.flat_map(|group| group["rules"].as_array().unwrap());
        let found: Vec<_> = rules.map(|rule| rule["name"].as_str().unwrap()).collect();
        assert_eq!(found, names, "{query}");
    }
    let metrics = app.get("/metrics").await.text().await.unwrap();
    for name in [
        "prometheus_rule_group_last_duration_seconds",
        "prometheus_rule_evaluation_failures_total",
    ] {
        let line = metrics
            .lines()
            .find(|line| line.starts_with(name) && line.contains(";own\"}"));
        assert!(
            line.is_some_and(|line| !line.ends_with(" 0") && !line.ends_with(" 0.0")),
            "{name}: {line:?}"
        );
    }
    push(&app, "1").await;
    app.until("/api/v1/rules", |answer| {
        rule(answer, "XHigh")["state"] == "inactive"
    })
    .await;
    comes_to(&app, "ALERTS{alertname=\"XHigh\"}", &[]).await;
    let before = app.json("/api/v1/rules").await;
    let since = rule(&before, "XWaits")["alerts"][0]["activeAt"].clone();
    app.stop().await;

    let app = start(&folder.path().join("data"), config).await.unwrap();
    let answer = app
        .until("/api/v1/rules", |answer| {
            rule(answer, "XWaits")["health"] == "ok"
        })
        .await;
    let again = &rule(&answer, "XWaits")["alerts"][0]["activeAt"];
    let seconds = |text: &Value| {
        let at: jiff::Timestamp = text.as_str().unwrap().parse().unwrap();
        at.as_second()
    };
    assert!(
        (0..30).contains(&(seconds(again) - seconds(&since))),
        "{since} {again}: the clock of the pending goes on"
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_is_whole_or_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let config = configured(folder.path(), RULES).unwrap();
    let app = start(&folder.path().join("data"), config).await.unwrap();
    push(&app, "3").await;
    app.until("/api/v1/rules", |answer| {
        rule(answer, "XHigh")["state"] == "firing"
    })
    .await;

    let wrong = configured(
        folder.path(),
        &RULES.replace("x > 0, for: 1h", "x > (, for: soon"),
    )
    .unwrap_err();
    for part in [
        "own.yml",
        "group \"own\"",
        "rule 4 (XWaits)",
        "expr: ",
        "for: \"soon\"",
    ] {
        assert!(wrong.contains(part), "{part}: {wrong}");
    }
    *app.configured.lock().unwrap() = Err(wrong);
    let reload = || app.http.post(format!("{}/-/reload", app.url)).send();
    assert_ne!(reload().await.unwrap().status(), StatusCode::OK);
    assert_eq!(
        rule(&app.json("/api/v1/rules").await, "XHigh")["state"],
        "firing"
    );

    let renamed = RULES
        .replace("XHigh", "XVeryHigh")
        .replace("x:double\"", "x:twofold\"")
        .replace("x:double *", "x:twofold *");
    *app.configured.lock().unwrap() = configured(folder.path(), &renamed);
    assert_eq!(reload().await.unwrap().status(), StatusCode::OK);
    app.until("/api/v1/rules", |answer| {
        rule(answer, "XVeryHigh")["state"] == "firing"
    })
    .await;
    let alerts = app.json("/alerts").await;
    let former = alerts
        .as_array()
        .unwrap()
        .iter()
        .find(|alert| alert["rule"] == "XHigh")
        .unwrap();
    assert_eq!(former["state"], "resolved");
    assert_eq!(
        former["resolved"]["comment"],
        "its rule is configured no more"
    );
    comes_to(&app, "x:double", &[]).await;
    comes_to(&app, "x:twofold", &["6"]).await;
    app.stop().await;
}
