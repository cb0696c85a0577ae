//! Another configuration while the product runs.

use std::future::ready;
use std::pin::pin;
use std::time::Duration;

use backend::config::{ApiKey, Secret};
use futures::StreamExt;
use reqwest::StatusCode;
use serde_json::Value;
use tokio_tungstenite::tungstenite::Message;

use crate::app::{TestApp, dead_server, quick, start};
use crate::remote_write::messages;

const KEY: &str = "a key of more than twenty letters";

async fn reload(app: &TestApp, key: &str) -> (StatusCode, String) {
    let request = app.http.post(format!("{}/-/reload", app.url));
    let response = request.bearer_auth(key).send().await.unwrap();
    (response.status(), response.text().await.unwrap())
}

fn names(servers: &Value) -> Vec<&str> {
    let servers = servers.as_array().unwrap().iter();
    servers.map(|row| row["name"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_come_go_and_change() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = quick();
    config.servers = vec![dead_server("gone").await, dead_server("moved").await];
    let app = start(folder.path(), config.clone()).await.unwrap();
    let is_down = |servers: &Value, n: usize| servers[n]["verdict"]["level"] == "unhealthy";
    let before = app
        .until("/observability/servers", |all| {
            is_down(all, 0) && is_down(all, 1)
        })
        .await;
    app.until("/alerts?open=true", |alerts| {
        alerts.as_array().unwrap().len() == 2
    })
    .await;

    config.servers = vec![dead_server("moved").await, dead_server("new").await];
    *app.configured.lock().unwrap() = Ok(config.clone());
    assert_eq!(reload(&app, "").await.0, StatusCode::OK);
    let servers = app
        .until("/observability/servers", |all| {
            names(all) == ["moved", "new", "observatory"] && is_down(all, 0) && is_down(all, 1)
        })
        .await;
    assert_ne!(servers[0]["endpoint"], before[1]["endpoint"]);
    let since = |row: &Value| row["verdict"]["since_ms"].as_i64().unwrap();
    assert_eq!(
        since(&servers[0]),
        since(&before[1]),
        "it is down since then"
    );

    // What is watched no more is no news, and nobody is called for it.
    app.until(
        "/api/v1/query?query=mcp_server_up{server=\"gone\"}",
        |answer| answer["data"]["result"].as_array().unwrap().is_empty(),
    )
    .await;
    let alerts = app
        .until("/alerts", |alerts| {
            let alerts = alerts.as_array().unwrap().iter();
            alerts.filter(|alert| alert["state"] == "firing").count() == 2
        })
        .await;
    let mut states: Vec<_> = alerts.as_array().unwrap().iter().collect();
    states.sort_by_key(|alert| alert["labels"]["server"].as_str());
    let states = states.iter().map(|alert| {
        let last = alert["changes"].as_array().unwrap().last().unwrap();
        (
            alert["labels"]["server"].as_str().unwrap(),
            alert["state"].as_str().unwrap(),
            last["comment"].as_str().unwrap(),
        )
    });
    assert_eq!(
        states.collect::<Vec<_>>(),
        [
            ("gone", "resolved", "this server is no longer configured"),
            ("moved", "firing", "the condition has held long enough"),
            ("new", "firing", "the condition has held long enough"),
        ]
    );

    // And back again.
    config.servers.clear();
    *app.configured.lock().unwrap() = Ok(config);
    assert_eq!(reload(&app, "").await.0, StatusCode::OK);
    app.until("/observability/servers", |all| {
        names(all) == ["observatory"]
    })
    .await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = quick();
    let app = start(folder.path(), config.clone()).await.unwrap();
    let info = "/api/v1/status/runtimeinfo";
    let started = app.json(info).await;
    assert_eq!(started["data"]["reloadConfigSuccess"], true);

    let mistakes = "observatory.toml: probe.interval: 0 s is too short";
    *app.configured.lock().unwrap() = Err(mistakes.to_owned());
    let (status, text) = reload(&app, "").await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(text.contains(mistakes) && text.contains("stays"), "{text}");
    let failed = app.json(info).await;
    assert_eq!(failed["data"]["reloadConfigSuccess"], false);
    assert_eq!(
        failed["data"]["lastConfigTime"],
        started["data"]["lastConfigTime"]
    );
    let metrics = app.get("/metrics").await.text().await.unwrap();
    assert!(metrics.contains("observatory_config_last_reload_successful 0"));

    config.retention.history = Duration::from_secs(3 * 86_400);
    config.samples.limits.labels = 2;
    config.http.allowed_hosts = vec!["obs.example".to_owned()];
    config.auth.keys.push(ApiKey {
        name: "chief".to_owned(),
        key: Secret::new(KEY),
        role: wire::Role::Admin,
    });
    let by_name = || {
        let request = app.http.get(format!("{}/live", app.url));
        request.header("host", "obs.example").send()
    };
    assert_eq!(by_name().await.unwrap().status(), 403);
    let live = format!("{}/ws", app.url.replace("http", "ws"));
    let (socket, _) = tokio_tungstenite::connect_async(live).await.unwrap();
    *app.configured.lock().unwrap() = Ok(config);
    assert_eq!(reload(&app, "").await.0, StatusCode::OK);
    assert_eq!(by_name().await.unwrap().status(), 200);
    let closed = socket.filter(|message| ready(matches!(message, Ok(Message::Close(_)))));
    let closed = tokio::time::timeout(Duration::from_secs(10), pin!(closed).next()).await;
    assert!(closed.unwrap().is_some(), "who is in has to say who it is");
    assert_eq!(app.get(info).await.status(), 401, "a key is wanted now");
    assert_eq!(reload(&app, "").await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(reload(&app, KEY).await.0, StatusCode::OK);
    let asked = app.http.get(format!("{}{info}", app.url)).bearer_auth(KEY);
    let now: Value = asked.send().await.unwrap().json().await.unwrap();
    assert_eq!(now["data"]["reloadConfigSuccess"], true);
    assert_eq!(now["data"]["storageRetention"], "3d");
    let labels = [("__name__", "m"), ("a", "1"), ("b", "1")];
    let now = model::Clock::now_ms(&model::SystemClock);
    let body = messages::body(vec![messages::series(&labels, &[(now, 1.0)])]);
    let sent = app
        .http
        .post(format!("{}/api/v1/write", app.url))
        .body(body);
    let refused = sent.bearer_auth(KEY).send().await.unwrap();
    let refused = refused.text().await.unwrap();
    assert!(refused.contains("too_many_labels"), "{refused}");

    let asked = app.http.get(format!("{}/api/v1/status/config", app.url));
    let text = asked.bearer_auth(KEY).send().await.unwrap();
    let text = text.text().await.unwrap();
    assert!(
        text.contains("obs.example") && !text.contains(KEY),
        "{text}"
    );
    app.stop().await;
}
