//! Prometheus sends its alerts here, and what becomes of what is sent.

use std::time::{Duration, Instant};

use backend::config::{ApiKey, Config, Secret};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::app::{quick, start};
use crate::debian::prometheus_with;

pub(crate) fn at(seconds: i64) -> String {
    let now = Timestamp::now().as_millisecond();
    let at = Timestamp::from_millisecond(now + 1000 * seconds).unwrap();
    at.to_string()
}

pub(crate) fn names(alerts: &Value) -> Vec<String> {
    let alerts = alerts.as_array().unwrap().iter();
    let mut names: Vec<_> = alerts
        .map(|it| it["labels"]["alertname"].as_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

/// The alert that Prometheus sends, as a page sees it.
fn of_prometheus(alerts: &Value) -> Option<&Value> {
    let mut alerts = alerts.as_array().unwrap().iter();
    alerts.find(|it| it["rule"] == "Early")
}

#[tokio::test(flavor = "multi_thread")]
async fn prometheus_sends_its_alerts_here() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(&folder.path().join("data"), quick()).await.unwrap();
    let until = Timestamp::now().as_second() + 15;
    let rules = format!(
        "groups: [{{ name: g, interval: 1s, rules: [{{ alert: Early, expr: vector(time()) < {until},
         labels: {{ severity: critical, server: far }}, annotations: {{ summary: 'until {until}' }} }}] }}]"
    );
    std::fs::write(folder.path().join("rules.yml"), rules).unwrap();
    let address = app.url.strip_prefix("http://").unwrap();
    let config = format!(
        "global: {{ evaluation_interval: 1s, external_labels: {{ region: eu }} }}
rule_files: [rules.yml]
alerting: {{ alertmanagers: [{{ static_configs: [{{ targets: ['{address}'] }}] }}] }}
"
    );
    // It knows whom to send to a few seconds after it has begun to evaluate.
    let often = ["--rules.alert.resend-delay=1s"];
    let _prometheus = prometheus_with(folder.path(), &config, &often).await;
    let list = "/observability/alerts";
    let alerts = app
        .until(list, |alerts| of_prometheus(alerts).is_some())
        .await;
    let alert = of_prometheus(&alerts).unwrap();
    assert_eq!(alert["state"], "firing");
    assert!(
        alert["source"].as_str().unwrap().starts_with("Prometheus/"),
        "{alert}"
    );
    assert_eq!(
        (
            &alert["server"],
            &alert["severity"],
            &alert["labels"]["region"],
            &alert["summary"]
        ),
        (
            &json!("far"),
            &json!("critical"),
            &json!("eu"),
            &json!(format!("until {until}"))
        )
    );
    let id = alert["id"].as_str().unwrap();
    let detail = app.json(&format!("{list}/{id}")).await;
    assert!(
        detail["generator_url"]
            .as_str()
            .unwrap()
            .contains("/graph?g0.expr="),
        "{detail}"
    );
    assert!(detail["starts_ms"].is_i64() && detail["ends_ms"].is_i64());
    let is_over = |alerts: &Value| of_prometheus(alerts).unwrap()["state"] == "resolved";
    let alerts = app.until(list, is_over).await;
    let over = of_prometheus(&alerts).unwrap();
    assert_eq!(over["id"], id, "the same alert");
    assert!(
        over["resolved"]["by"]
            .as_str()
            .unwrap()
            .starts_with("Prometheus/")
    );
    let history = app.json(&format!("{list}/history?alert={id}")).await;
    let steps = history["rows"].as_array().unwrap().iter();
    let steps: Vec<_> = steps
        .map(|row| row["step"]["what"].as_str().unwrap())
        .collect();
    assert_eq!(steps, ["resolved", "raised"], "{history:#}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_at_once_and_over_a_restart() {
    const ALERTS: usize = 10_000;
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), quick()).await.unwrap();
    let ends = at(240);
    let alert = |n: usize| {
        json!({
            "labels": { "alertname": "Many", "severity": "warning", "n": n.to_string(), "server": format!("s{}", n % 50) },
            "annotations": { "summary": format!("the {n}th of many") },
            "endsAt": ends,
            "generatorURL": "http://prometheus/graph",
        })
    };
    let alerts: Vec<_> = (0..ALERTS).map(alert).collect();
    let database = folder.path().join("state.db-wal");
    let written = || std::fs::metadata(&database).map_or(0, |file| file.len());
    let begun = Instant::now();
    // As Prometheus does, 64 at a time.
    for batch in alerts.chunks(64) {
        assert_eq!(app.post("/api/v2/alerts", json!(batch)).await.0, 200);
    }
    let first = begun.elapsed();
    let begun = Instant::now();
    let before = written();
    for batch in alerts.chunks(64) {
        assert_eq!(app.post("/api/v2/alerts", json!(batch)).await.0, 200);
    }
    let again = begun.elapsed();
    println!("10,000 alerts: {first:?}, again: {again:?}");
    // Whatever else the product writes meanwhile is little.
    let more = written().saturating_sub(before);
    assert!(more < 1 << 20, "{more} bytes for nothing new");
    assert!(
        first < Duration::from_secs(60) && again < first,
        "{first:?}, {again:?}"
    );
    let found = app.json("/api/v2/alerts?filter=alertname%3DMany").await;
    assert_eq!(found.as_array().unwrap().len(), ALERTS);
    let found = app.json("/api/v2/alerts?filter=n%3D77").await;
    assert_eq!(found.as_array().unwrap().len(), 1);
    let open = app.json("/observability/alerts?open=true").await;
    let open = open.as_array().unwrap().iter();
    assert_eq!(open.filter(|it| it["rule"] == "Many").count(), ALERTS);
    app.stop().await;

    let app = start(folder.path(), quick()).await.unwrap();
    let again = app.json("/api/v2/alerts?filter=n%3D77").await;
    let field = |alerts: &Value, name: &str| alerts[0][name].clone();
    for name in [
        "fingerprint",
        "startsAt",
        "generatorURL",
        "annotations",
        "labels",
    ] {
        assert_eq!(field(&again, name), field(&found, name), "{name}");
    }
    // All of them are over in one go.
    let over: Vec<_> = (0..ALERTS)
        .map(|n| {
            let mut alert = alert(n);
            alert["endsAt"] = json!(at(-1));
            alert
        })
        .collect();
    let (status, _) = app.post("/api/v2/alerts", json!(over)).await;
    assert_eq!(status, 200);
    let left = app.json("/api/v2/alerts?filter=alertname%3DMany").await;
    assert_eq!(left, json!([]));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_sent_again_ends_and_people_are_heard() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), quick()).await.unwrap();
    let alert =
        |name: &str, ends: i64| json!([{ "labels": { "alertname": name }, "endsAt": at(ends) }]);
    assert_eq!(app.post("/api/v2/alerts", alert("Short", 2)).await.0, 200);
    assert_eq!(
        app.post("/api/v2/alerts", alert("Stubborn", 600)).await.0,
        200
    );
    let open = app.json("/observability/alerts?open=true").await;
    let stubborn = open
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["rule"] == "Stubborn")
        .unwrap();
    let id = stubborn["id"].as_str().unwrap();
    assert_eq!(
        app.post(&format!("/alerts/{id}/resolve"), json!({ "by": "ann" }))
            .await
            .0,
        200
    );
    // Its sender says once more what it has said.
    assert_eq!(
        app.post("/api/v2/alerts", alert("Stubborn", 900)).await.0,
        200
    );
    let now = app.json("/api/v2/alerts?filter=alertname%3D~S.*").await;
    assert_eq!(names(&now), ["Short"]);
    let is_over = |alerts: &Value| {
        let mut alerts = alerts.as_array().unwrap().iter();
        alerts.any(|it| it["rule"] == "Short" && it["state"] == "resolved")
    };
    let alerts = app.until("/observability/alerts", is_over).await;
    let short = alerts
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["rule"] == "Short")
        .unwrap();
    assert!(
        short["resolved"]["comment"]
            .as_str()
            .unwrap()
            .contains("not sent again"),
        "{short}"
    );
    // It is over for its sender as well, and begins anew.
    assert_eq!(
        app.post("/api/v2/alerts", alert("Stubborn", -1)).await.0,
        200
    );
    assert_eq!(
        app.post("/api/v2/alerts", alert("Stubborn", 600)).await.0,
        200
    );
    let open = app.json("/observability/alerts?open=true").await;
    let mut open = open.as_array().unwrap().iter();
    let anew = open.find(|it| it["rule"] == "Stubborn").unwrap();
    assert_ne!(anew["id"].as_str().unwrap(), id);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_at_the_door() {
    let folder = tempfile::tempdir().unwrap();
    let mut config: Config = quick();
    let key = |name: &str, role| ApiKey {
        name: name.to_owned(),
        key: Secret::new(format!("{name} is a key of twenty letters")),
        role,
    };
    config.auth.keys = vec![
        key("reader", wire::Role::Viewer),
        key("worker", wire::Role::Operator),
    ];
    let app = start(folder.path(), config).await.unwrap();
    let alerts = json!([{ "labels": { "alertname": "Disk" } }]);
    let silence = json!({
        "matchers": [{ "name": "a", "value": "b", "isRegex": false }],
        "startsAt": at(0), "endsAt": at(60), "createdBy": "ann", "comment": "c",
    });
    let ask = async |key: Option<&str>, path: &str, body: Option<&Value>| {
        let url = format!("{}/api/v2{path}", app.url);
        let mut request = match body {
            Some(body) => app.http.post(url).json(body),
            None => app.http.get(url),
        };
        if let Some(key) = key {
            request = request.bearer_auth(format!("{key} is a key of twenty letters"));
        }
        let answer = request.send().await.unwrap();
        (
            answer.status().as_u16(),
            answer.json::<Value>().await.unwrap_or_default(),
        )
    };
    for (path, body) in [("/alerts", &alerts), ("/silences", &silence)] {
        for (key, read, sent) in [
            (None, 401, 401),
            (Some("reader"), 200, 403),
            (Some("worker"), 200, 200),
        ] {
            assert_eq!(ask(key, path, None).await.0, read, "{key:?} {path}");
            assert_eq!(ask(key, path, Some(body)).await.0, sent, "{key:?} {path}");
        }
    }
    let (_, silences) = ask(Some("reader"), "/silences", None).await;
    assert_eq!(silences[0]["createdBy"], "ann (signed in as worker)");
    let (_, refused) = ask(Some("reader"), "/alerts", Some(&alerts)).await;
    assert!(refused.is_string(), "{refused}");
    app.stop().await;
}
