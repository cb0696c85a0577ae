//! Maintenance windows and inhibition: alerts that nobody is told of, and that come back.

use std::sync::Arc;

use backend::config::{Mistakes, read_rules};
use serde_json::{Value, json};

use crate::app::{TestApp, dead_server, quick, start};

async fn named(app: &TestApp, rule: &str) -> Value {
    let is_there = |alerts: &Value| alerts.to_string().contains(rule);
    let alerts = app.until("/observability/alerts?open=true", is_there).await;
    let mut alerts = alerts.as_array().unwrap().iter();
    alerts.find(|it| it["rule"] == rule).unwrap().clone()
}

async fn open(app: &TestApp) -> Value {
    named(app, "MCPServerDown").await
}

fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// A calendar that holds now and for some hours, wherever the day is; and how it is called.
fn around_now() -> Value {
    json!({
        "name": "Night shift", "matchers": "server gone", "by": "Ann", "comment": "moved",
        "times": "00:00 for 1d", "days_of_month": "1:31",
        "last": jiff::Timestamp::now().strftime("%Y-%m-%d").to_string(),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_holds_and_lets_go() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = quick();
    config.servers.push(dead_server("gone").await);
    let app = start(folder.path(), config.clone()).await.unwrap();
    assert_eq!(open(&app).await.get("held"), None);

    let draft = around_now();
    let (status, preview) = app
        .post("/observability/windows/preview", draft.clone())
        .await;
    assert_eq!(status, 200, "{preview}");
    assert_eq!(preview["alerts"].as_array().unwrap().len(), 1);
    assert!(preview["next"][0]["from_ms"].as_i64().unwrap() <= now_ms());
    let (status, made) = app.post("/observability/windows", draft).await;
    assert_eq!((status, &made["phase"]), (200, &json!("running")), "{made}");
    assert_eq!(made["alerts"], 1);
    let id = made["id"].as_str().unwrap();
    let alert = open(&app).await;
    let held = alert["held"].as_str().unwrap();
    let ends = held.starts_with("maintenance window \"Night shift\" until ");
    assert!(ends && held.ends_with("UTC (moved)"), "{held}");
    assert_eq!(alert["held_link"], format!("/alerts/windows#window-{id}"));
    app.stop().await;

    // In another run, too, until somebody ends it for this time.
    let app = start(folder.path(), config).await.unwrap();
    assert!(
        open(&app).await["held"]
            .as_str()
            .unwrap()
            .contains("Night shift")
    );
    let end = format!("/observability/windows/{id}/end");
    let (status, left) = app
        .post(&end, json!({ "by": "Bob", "occurrence": true }))
        .await;
    assert_eq!(
        (status, &left["left_out"][0]["by"]),
        (200, &json!("Bob")),
        "{left}"
    );
    assert_eq!(open(&app).await.get("held"), None);
    let (status, problem) = app.post(&end, json!({ "occurrence": true })).await;
    assert_eq!(status, 409, "{problem}");

    // Changed to one that is once and ends by itself.
    let (starts_ms, ends_ms) = (now_ms() - 1000, now_ms() + 1500);
    let draft = json!({ "name": "Short", "matchers": "server=gone", "by": "Cyd", "starts_ms": starts_ms, "ends_ms": ends_ms });
    let (status, changed) = app
        .post(&format!("/observability/windows/{id}"), draft)
        .await;
    assert_eq!(
        (status, &changed["changed_by"]),
        (200, &json!("Cyd")),
        "{changed}"
    );
    assert!(open(&app).await["held"].as_str().unwrap().contains("Short"));
    let calendar = format!("/observability/windows/calendar?from_ms={starts_ms}&to_ms={ends_ms}");
    let times = app.json(&calendar).await;
    assert_eq!(times[0]["from_ms"], starts_ms, "{times}");
    let is_back = |marks: &Value| {
        let ends = marks
            .to_string()
            .matches("no longer held, and still firing")
            .count();
        ends >= 2
    };
    app.until("/observability/events", is_back).await;
    assert_eq!(open(&app).await.get("held"), None);

    // One that begins by itself.
    let (starts_ms, ends_ms) = (now_ms() + 1200, now_ms() + 3_600_000);
    let draft = json!({ "name": "Soon", "matchers": "server=gone", "by": "Cyd", "starts_ms": starts_ms, "ends_ms": ends_ms });
    let (status, soon) = app.post("/observability/windows", draft).await;
    assert_eq!((status, &soon["phase"]), (200, &json!("waiting")), "{soon}");
    assert_eq!(open(&app).await.get("held"), None);
    let is_held = |alerts: &Value| alerts.to_string().contains("Soon");
    app.until("/observability/alerts?open=true", is_held).await;
    let soon = format!("/observability/windows/{}", soon["id"].as_str().unwrap());
    let (status, _) = app
        .post(&format!("{soon}/end"), json!({ "by": "Bob" }))
        .await;
    assert_eq!(status, 200);
    assert_eq!(open(&app).await.get("held"), None);
    let csv = app.get("/observability/export/csv?table=windows").await;
    assert_eq!(csv.text().await.unwrap().lines().count(), 3);
    let deleted = app
        .http
        .delete(format!("{}{soon}?by=Dan", app.url))
        .send()
        .await
        .unwrap();
    assert_eq!(deleted.status(), 200);
    let kept = app.json("/observability/windows").await;
    assert_eq!(kept.as_array().unwrap().len(), 1);
    let marks = app.json("/observability/events").await.to_string();
    assert!(marks.contains("\\\"Soon\\\" deleted by Dan"), "{marks}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_is_refused_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), quick()).await.unwrap();
    let draft = |more: Value| {
        let mut draft = json!({ "name": "x", "matchers": "server=a", "by": "Ann" });
        draft
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        draft
    };
    for (draft, word) in [
        (draft(json!({})), "say when"),
        (
            draft(json!({ "times": "02:00-03:00", "zone": "Europe/Berln" })),
            "did you mean Europe/Berlin",
        ),
        (
            draft(json!({ "days_of_month": "30", "months": "feb" })),
            "never happens",
        ),
        (
            draft(json!({ "years": "2019:2020", "times": "1:00-2:00" })),
            "its years are over",
        ),
        (
            draft(json!({ "weekdays": "mon", "days_of_month": "-1:5" })),
            "write two ranges",
        ),
        (
            draft(json!({ "first": "2030-01-02", "last": "2030-01-01" })),
            "ends before it begins",
        ),
        (
            draft(json!({ "starts": "2030-01-02T10:00", "ends": "2030-01-02T09:00" })),
            "ends after it begins",
        ),
        (
            draft(json!({ "ends": "2020-01-02T09:00" })),
            "ends after it begins",
        ),
        (draft(json!({ "ends": "tomorrow" })), "is no time"),
        (
            draft(json!({ "ends": "2030-01-02T10:00", "times": "01:00-02:00" })),
            "either once",
        ),
        (
            draft(json!({ "times": "01:00-02:00", "matchers": "server=~\"(\"" })),
            "no regular expression",
        ),
        (
            draft(json!({ "times": "01:00-02:00", "matchers": "team!=x" })),
            "everything would be silent",
        ),
        (draft(json!({ "weekdays": "mon:sun" })), "no end"),
        (
            draft(json!({ "times": "01:00-02:00", "name": " " })),
            "has a name",
        ),
        (draft(json!({ "colour": "red" })), "colour"),
    ] {
        let (status, problem) = app.post("/observability/windows", draft.clone()).await;
        assert_eq!(status, 400, "{draft}");
        let said = problem["message"].as_str().unwrap();
        assert!(said.contains(word), "{draft}: {said}");
    }
    for (path, body) in [
        ("/observability/windows/nonsense/end", json!({})),
        (
            "/observability/windows/nonsense",
            draft(json!({ "times": "01:00-02:00" })),
        ),
    ] {
        assert_eq!(app.post(path, body).await.0, 404, "{path}");
    }
    for times in [
        "from_ms=0&to_ms=99999999999",
        "from_ms=1000&to_ms=0",
        "from_ms=-1&to_ms=1000",
        // Times that no calendar has would be looked for day by day.
        "from_ms=9223372036854775806&to_ms=9223372036854775807",
    ] {
        let calendar = format!("/observability/windows/calendar?{times}");
        assert_eq!(app.get(&calendar).await.status(), 400, "{times}");
    }
    // A form without a script leads back to what was written, and says what is wrong.
    let form = |fields: &'static str| {
        let request = app
            .http
            .post(format!("{}/observability/windows/form", app.url));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        request.body(fields).send()
    };
    let answer = form("action=save&name=a+b&matchers=server+x&times=25:00-26:00&by=Ann")
        .await
        .unwrap();
    let place = answer.headers()["location"].to_str().unwrap();
    assert_eq!(answer.status(), 303);
    assert!(
        place.starts_with("/alerts/windows?name=a%20b&matchers=server%20x"),
        "{place}"
    );
    assert!(place.contains("problem=times"), "{place}");
    let answer = form("action=save&name=a&matchers=server+x&times=01:00-02:00&by=Ann")
        .await
        .unwrap();
    let place = answer.headers()["location"].to_str().unwrap();
    assert!(place.starts_with("/alerts/windows#window-"), "{place}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_critical_alert_stands_for_its_warning() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = quick();
    config.servers.push(dead_server("gone").await);
    let rules = r#"
groups:
- name: both
  interval: 1s
  rules:
  - alert: Slow
    expr: mcp_server_up == 0
    labels: { severity: warning }
  - alert: Slow
    expr: mcp_server_up == 0
    labels: { severity: critical }
"#;
    let file = folder.path().join("both.yml");
    std::fs::write(&file, rules).unwrap();
    let mut mistakes = Mistakes::default();
    config.rules.groups = Arc::new(read_rules(&file, &mut mistakes));
    assert_eq!(config.rules.groups.len(), 1, "{mistakes}");
    let app = start(folder.path(), config.clone()).await.unwrap();
    let both = |alerts: &Value| {
        let slow = alerts
            .as_array()
            .unwrap()
            .iter()
            .filter(|it| it["rule"] == "Slow");
        slow.filter(|it| it["firing_ms"].is_i64()).count() == 2
    };
    let alerts = app.until("/observability/alerts?open=true", both).await;
    let of = |alerts: &Value, severity: &str| {
        let mut alerts = alerts.as_array().unwrap().iter();
        let found = alerts.find(|it| it["rule"] == "Slow" && it["severity"] == severity);
        found.unwrap().clone()
    };
    let critical = of(&alerts, "critical");
    assert_eq!(critical.get("held"), None);
    let is_held = |alerts: &Value| of(alerts, "warning").get("held").is_some();
    let alerts = app.until("/observability/alerts?open=true", is_held).await;
    let warning = of(&alerts, "warning");
    assert_eq!(warning["held"], "Slow of gone (critical) stands for it");
    assert_eq!(
        warning["held_link"],
        format!("/alerts/{}", critical["id"].as_str().unwrap())
    );

    // It does so while it is silent, and while somebody has it.
    let draft = json!({ "matchers": "severity=critical", "lasts_ms": 3_600_000, "by": "Ann" });
    assert_eq!(app.post("/observability/silences", draft).await.0, 200);
    let acknowledge = format!("/alerts/{}/acknowledge", critical["id"].as_str().unwrap());
    assert_eq!(app.post(&acknowledge, json!({ "by": "Ann" })).await.0, 200);
    let alerts = app.json("/observability/alerts?open=true").await;
    assert!(is_held(&alerts), "{alerts}");
    // Until it is over: the warning comes back at once.
    let resolve = format!("/alerts/{}/resolve", critical["id"].as_str().unwrap());
    assert_eq!(app.post(&resolve, json!({ "by": "Ann" })).await.0, 200);
    let is_back = |marks: &Value| {
        let marks = marks.to_string();
        marks.contains("Slow gone no longer held, and still firing")
    };
    app.until("/observability/events", is_back).await;
    let reopen = format!("/alerts/{}/reopen", critical["id"].as_str().unwrap());
    assert_eq!(app.post(&reopen, json!({ "by": "Ann" })).await.0, 200);
    app.until("/observability/alerts?open=true", is_held).await;

    // Other rules, with a reload.
    config.alerts.inhibition.clear();
    *app.configured.lock().unwrap() = Ok(config);
    let (status, _) = app.post("/-/reload", json!({})).await;
    assert_eq!(status, 200);
    let is_free = |alerts: &Value| !is_held(alerts);
    app.until("/observability/alerts?open=true", is_free).await;
    app.stop().await;
}
