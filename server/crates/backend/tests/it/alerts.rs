//! An alert's life over HTTP.

use crate::app::{TestApp, dead_server, quick, start};
use serde_json::{Value, json};

async fn firing(app: &TestApp) -> String {
    let alerts = app
        .until("/alerts", |alerts| alerts[0]["state"] == "firing")
        .await;
    alerts[0]["id"].as_str().unwrap().to_owned()
}

fn states(alert: &Value) -> Vec<&str> {
    alert["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c["state"].as_str().unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn taken_ended_and_taken_up_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = quick();
    config.servers.push(dead_server("gone").await);
    let app = start(folder.path(), config.clone()).await.unwrap();
    let id = firing(&app).await;

    let (status, alert) = app
        .post(
            &format!("/alerts/{id}/acknowledge"),
            json!({ "by": "ann", "comment": "mine" }),
        )
        .await;
    assert_eq!(status, 200, "{alert}");
    assert_eq!(
        (
            alert["state"].as_str(),
            alert["acknowledged"]["by"].as_str()
        ),
        (Some("acknowledged"), Some("ann"))
    );
    app.stop().await;

    let app = start(folder.path(), config).await.unwrap();
    let alerts = app.json("/alerts?open=true").await;
    assert_eq!(
        (alerts[0]["id"].as_str(), alerts[0]["state"].as_str()),
        (Some(id.as_str()), Some("acknowledged")),
        "{alerts:#}"
    );
    assert_eq!(alerts[0]["acknowledged"]["comment"], "mine");

    // No body is no mistake.
    let response = app
        .http
        .post(format!("{}/alerts/{id}/resolve", app.url))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    let (status, problem) = app.post(&format!("/alerts/{id}/resolve"), json!({})).await;
    assert_eq!((status, problem["code"].as_str()), (409, Some("conflict")));
    let (_, alert) = app
        .post(&format!("/alerts/{id}/reopen"), json!({ "by": "cyd" }))
        .await;
    assert_eq!(
        states(&alert),
        [
            "pending",
            "firing",
            "acknowledged",
            "resolved",
            "acknowledged"
        ]
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_say_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = quick();
    config.servers.push(dead_server("gone").await);
    let app = start(folder.path(), config).await.unwrap();
    let id = firing(&app).await;
    let unknown = "0193a1b2-0000-7000-8000-000000000000";
    for (path, body, status, part) in [
        (
            format!("/alerts/{unknown}/acknowledge"),
            json!({}),
            404,
            unknown,
        ),
        (
            "/alerts/nonsense/resolve".to_owned(),
            json!({}),
            404,
            "nonsense",
        ),
        (
            format!("/alerts/{id}/reopen"),
            json!({}),
            409,
            "not resolved",
        ),
        (
            format!("/alerts/{id}/acknowledge"),
            json!({ "by": 5 }),
            400,
            "by",
        ),
        (
            format!("/alerts/{id}/acknowledge"),
            json!({ "comment": "x".repeat(5000) }),
            400,
            "4000",
        ),
    ] {
        let (got, problem) = app.post(&path, body).await;
        assert_eq!(got, status, "{path}: {problem}");
        assert!(
            problem["message"].as_str().unwrap().contains(part),
            "{path}: {problem}"
        );
    }
    assert_eq!(
        app.json("/alerts").await[0]["state"],
        "firing",
        "nothing of it changed anything"
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_no_longer_configured_ends_its_alerts() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = quick();
    config.servers.push(dead_server("gone").await);
    let app = start(folder.path(), config).await.unwrap();
    firing(&app).await;
    app.stop().await;
    let app = start(folder.path(), quick()).await.unwrap();
    let alerts = app.json("/alerts").await;
    assert_eq!(alerts[0]["state"], "resolved");
    assert_eq!(
        alerts[0]["resolved"]["comment"],
        "this server is no longer configured"
    );
    let query = "/api/v1/query?query=mcp_server_up{server=%22gone%22}";
    let answer = app.json(query).await;
    assert_eq!(answer["data"]["result"], json!([]), "its series has ended");
    // Nothing revives it while rules are evaluated.
    app.until("/api/v1/query?query=mcp_server_up", |answer| {
        answer["data"]["result"][0]["metric"]["server"] == "observatory"
    })
    .await;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(app.json("/alerts").await[0]["state"], "resolved");
    app.stop().await;
}
