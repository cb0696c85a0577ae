//! Silences: what they hold back, what comes back, and that they outlast the product.

use serde_json::{Value, json};

use crate::app::{TestApp, dead_server, quick, start};

async fn open(app: &TestApp) -> Value {
    let is_firing = |alerts: &Value| {
        let alerts = alerts.as_array().unwrap().iter();
        alerts
            .clone()
            .any(|it| it["rule"] == "MCPServerDown" && it["state"] == "firing")
    };
    let alerts = app
        .until("/observability/alerts?open=true", is_firing)
        .await;
    let mut alerts = alerts.as_array().unwrap().iter();
    alerts
        .find(|it| it["rule"] == "MCPServerDown")
        .unwrap()
        .clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silence_holds_and_lets_go() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = quick();
    config.servers.push(dead_server("gone").await);
    let app = start(folder.path(), config.clone()).await.unwrap();
    assert_eq!(open(&app).await.get("held"), None);

    let matchers = wire::path_segment(r#"alertname="MCPServerDown",server=~"go.*""#);
    let preview = app
        .json(&format!(
            "/observability/silences/preview?matchers={matchers}"
        ))
        .await;
    assert_eq!(preview.as_array().unwrap().len(), 1);
    let draft = json!({ "matchers": r#"{server="gone"}"#, "lasts_ms": 3_600_000, "by": "Ann", "comment": "moved" });
    let (status, made) = app.post("/observability/silences", draft).await;
    assert_eq!(status, 200, "{made}");
    assert_eq!(
        (&made["phase"], &made["alerts"]),
        (&json!("active"), &json!(1))
    );
    let held = open(&app).await["held"].as_str().unwrap().to_owned();
    assert!(
        held.starts_with("Ann silenced it until ") && held.ends_with("(moved)"),
        "{held}"
    );
    app.stop().await;

    let app = start(folder.path(), config).await.unwrap();
    assert!(open(&app).await["held"].as_str().unwrap().contains("Ann"));
    let id = made["id"].as_str().unwrap();
    let end = format!("/observability/silences/{id}/end");
    let (status, ended) = app.post(&end, json!({ "by": "Bob" })).await;
    assert_eq!((status, &ended["ended_by"]), (200, &json!("Bob")));
    assert_eq!(open(&app).await.get("held"), None);
    let (status, problem) = app.post(&end, json!({})).await;
    assert_eq!(status, 409, "{problem}");

    // One that ends by itself.
    let draft = json!({ "matchers": "server=gone", "lasts_ms": 1_500, "by": "Ann" });
    assert_eq!(app.post("/observability/silences", draft).await.0, 200);
    assert!(open(&app).await["held"].as_str().is_some());
    let is_back = |marks: &Value| {
        marks
            .to_string()
            .contains("no longer held, and still firing")
    };
    app.until("/observability/events", is_back).await;
    assert_eq!(open(&app).await.get("held"), None);
    // What was held before the restart was no news after it.
    let marks = app.json("/observability/events").await.to_string();
    assert_eq!(marks.matches("(moved)").count(), 1, "{marks}");
    let csv = app.get("/observability/export/csv?table=silences").await;
    assert_eq!(csv.text().await.unwrap().lines().count(), 3);

    for (draft, word) in [
        (
            json!({ "matchers": "server=", "lasts_ms": 1000, "by": "Ann" }),
            "everything would be silent",
        ),
        (
            json!({ "matchers": "server", "lasts_ms": 1000, "by": "Ann" }),
            "a matcher is written",
        ),
        (json!({ "matchers": "server=x", "by": "Ann" }), "lasts_ms"),
        (
            json!({ "matchers": "server=x", "ends_ms": 5, "by": "Ann" }),
            "ends after it begins",
        ),
        (json!({ "matchers": "server=x", "lasts": 5 }), "lasts"),
    ] {
        let (status, problem) = app.post("/observability/silences", draft.clone()).await;
        assert_eq!(status, 400, "{draft}");
        assert!(
            problem["message"].as_str().unwrap().contains(word),
            "{problem}"
        );
    }
    let (status, _) = app
        .post("/observability/silences/nonsense/end", json!({}))
        .await;
    assert_eq!(status, 404);
    app.stop().await;
}
