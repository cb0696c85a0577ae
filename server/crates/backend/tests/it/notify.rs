//! A firing alert reaches a receiver over HTTP, once, and the product says why.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use backend::config::{Config, NotifyFile};
use serde_json::{Value, json};

use crate::app::{TestApp, dead_server, quick, start};

/// Keeps what it gets, and answers as it is told: 200 where nothing is said.
#[derive(Clone, Default)]
pub(crate) struct Receiver {
    got: Arc<Mutex<Vec<Value>>>,
    statuses: Arc<Mutex<VecDeque<u16>>>,
}

async fn take(State(receiver): State<Receiver>, Json(body): Json<Value>) -> StatusCode {
    receiver.got.lock().unwrap().push(body);
    let status = receiver.statuses.lock().unwrap().pop_front();
    StatusCode::from_u16(status.unwrap_or(200)).unwrap()
}

impl Receiver {
    pub(crate) async fn listen(&self) -> String {
        let app = Router::new()
            .route("/hook", post(take))
            .with_state(self.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await });
        format!("http://{address}/hook")
    }

    fn got(&self) -> Vec<Value> {
        self.got.lock().unwrap().clone()
    }

    /// Waits for so many messages.
    pub(crate) async fn until(&self, count: usize) -> Vec<Value> {
        for _ in 0..600 {
            if self.got().len() >= count {
                return self.got();
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("{count} messages, and there are {:#?}", self.got());
    }
}

pub(crate) fn routes(config: &mut Config, text: &str) {
    config.alerts.notify = Some(NotifyFile {
        path: PathBuf::from("am.yml"),
        text: text.to_owned(),
    });
}

pub(crate) fn to(url: &str) -> String {
    format!(
        "route: {{receiver: team, group_by: [alertname], group_wait: 0s, group_interval: 1s}}\n\
         receivers: [{{name: team, webhook_configs: [{{url: '{url}'}}]}}]\n"
    )
}

async fn rows(app: &TestApp) -> Vec<Value> {
    let page = app.json("/observability/notify/sent").await;
    page["rows"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_firing_alert_reaches_a_webhook_once() {
    let (folder, receiver) = (tempfile::tempdir().unwrap(), Receiver::default());
    let url = receiver.listen().await;
    // The first attempt fails: it is tried again.
    receiver.statuses.lock().unwrap().push_back(500);
    let mut config = quick();
    config.servers.push(dead_server("gone").await);
    routes(&mut config, &to(&url));
    let app = start(folder.path(), config.clone()).await.unwrap();
    let got = receiver.until(2).await;
    assert_eq!(got[0], got[1], "the same at every attempt");
    let message = &got[1];
    assert_eq!(
        (&message["version"], &message["status"]),
        (&json!("4"), &json!("firing"))
    );
    assert_eq!(message["receiver"], "team");
    let alert = &message["alerts"][0];
    assert_eq!(alert["labels"]["server"], "gone");
    let name = alert["labels"]["alertname"].as_str().unwrap();
    assert_eq!(message["groupKey"], format!("{{}}:{{alertname={name:?}}}"));

    let sent = app
        .until("/observability/notify/sent", |page| {
            page["rows"][0]["state"] == "sent"
        })
        .await;
    let row = &sent["rows"][0];
    assert_eq!(
        (&row["attempts"], &row["reason"]),
        (&json!(2), &json!("first notification"))
    );
    let id = row["alerts"][0]["id"].as_str().unwrap().to_owned();
    let why = app
        .json(&format!("/observability/notify/alerts/{id}"))
        .await;
    assert_eq!(why["sent"][0]["id"], row["id"], "{why:#}");
    assert_eq!(why["routes"][0]["receiver"], "team");
    assert_eq!(why["routes"][0]["next"], "repeat");
    assert!(why["next_ms"].is_i64());
    let receivers = app.json("/observability/notify/receivers").await;
    assert_eq!(receivers[0]["channels"][0]["health"], "ok", "{receivers:#}");
    let metrics = app
        .http
        .get(format!("{}/metrics", app.url))
        .send()
        .await
        .unwrap();
    let metrics = metrics.text().await.unwrap();
    let tried = "observatory_notifications_total{receiver=\"team\",integration=\"webhook\"} 2";
    assert!(metrics.contains(tried), "{metrics}");
    assert!(metrics.contains("reason=\"server_error\"} 1"));

    // A restart says nothing again; a test is a message of its own.
    app.stop().await;
    let app = start(folder.path(), config).await.unwrap();
    let test = json!({ "receiver": "team", "labels": { "alertname": "Trial" } });
    let (status, answers) = app.post("/observability/notify/receivers/test", test).await;
    assert_eq!(
        (status, &answers[0]["is_ok"]),
        (200, &json!(true)),
        "{answers}"
    );
    let got = receiver.until(3).await;
    assert_eq!(got[2]["alerts"][0]["labels"]["alertname"], "Trial");
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    assert_eq!(receiver.got().len(), 3, "{:#?}", receiver.got());

    // Its end is told.
    let note = json!({ "by": "ann", "comment": "gone for good" });
    let (status, _) = app.post(&format!("/alerts/{id}/resolve"), note).await;
    assert_eq!(status, 200);
    let got = receiver.until(4).await;
    assert_eq!(got[3]["status"], "resolved");
    assert_eq!(rows(&app).await.len(), 3);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn routes_are_edited_and_secrets_stay() {
    let (folder, receiver) = (tempfile::tempdir().unwrap(), Receiver::default());
    let url = receiver.listen().await;
    let mut config = quick();
    routes(&mut config, &to(&url));
    let app = start(folder.path(), config).await.unwrap();
    let routes = app.json("/observability/notify/routes").await;
    assert_eq!(routes["origin"], "file");
    let text = routes["text"].as_str().unwrap();
    assert!(
        text.contains("url: <secret>") && !text.contains(&url),
        "{text}"
    );

    // What is wrong says where, and changes nothing.
    let wrong = json!({ "text": "route: {receiver: x}\nreceivers: []", "version": 0 });
    let (status, mistakes) = app
        .post("/observability/notify/routes/check", wrong.clone())
        .await;
    assert_eq!(
        (status, &mistakes[0]["line"], &mistakes[0]["column"]),
        (200, &json!(1), &json!(19))
    );
    let (status, _) = app.post("/observability/notify/routes", wrong).await;
    assert_eq!(status, 400);

    let edited = text.replace("group_wait: 0s", "group_wait: 0s, repeat_interval: 2h");
    let draft = json!({ "text": edited, "version": 0, "by": "ann", "comment": "more often" });
    let (status, saved) = app
        .post("/observability/notify/routes", draft.clone())
        .await;
    assert_eq!(
        (status, &saved["origin"]),
        (200, &json!("edited")),
        "{saved:#}"
    );
    assert_eq!(saved["tree"]["repeat_seconds"], 7200.0);
    let (status, _) = app.post("/observability/notify/routes", draft).await;
    assert_eq!(status, 409, "somebody else was faster");
    let test = json!({ "receiver": "team" });
    let (_, answers) = app.post("/observability/notify/receivers/test", test).await;
    assert_eq!(
        answers[0]["is_ok"], true,
        "the address is still known: {answers}"
    );
    let labels = json!({ "alertname": "A", "server": "s" });
    let (_, found) = app.post("/observability/notify/routes/test", labels).await;
    assert_eq!(found["matches"][0]["group_key"], "{}:{alertname=\"A\"}");
    let back = json!({ "by": "bob" });
    let (status, routes) = app.post("/observability/notify/routes/file", back).await;
    assert_eq!((status, &routes["origin"]), (200, &json!("file")));
    let versions = app.json("/observability/notify/routes/versions").await;
    let by: Vec<_> = versions
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["by"].clone())
        .collect();
    assert_eq!(by, ["bob", "ann"]);
    assert!(!versions.to_string().contains(&url));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_a_channel_reaches_it_when_another_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (Receiver::default(), Receiver::default());
    let urls = [first.listen().await, second.listen().await];
    second.statuses.lock().unwrap().push_back(500);
    let mut config = quick();
    config.servers.push(dead_server("gone").await);
    let with = |urls: &[String]| {
        let entries: Vec<_> = urls.iter().map(|url| format!("{{url: '{url}'}}")).collect();
        format!(
            "route: {{receiver: team, group_by: [alertname], group_wait: 0s, group_interval: 1s}}\n\
             receivers: [{{name: team, webhook_configs: [{}]}}]\n",
            entries.join(", ")
        )
    };
    routes(&mut config, &with(&urls));
    let app = start(folder.path(), config.clone()).await.unwrap();
    first.until(1).await;
    second.until(1).await;
    app.stop().await;

    routes(&mut config, &with(&urls[1..]));
    let app = start(folder.path(), config).await.unwrap();
    let got = second.until(2).await;
    assert_eq!(got[0], got[1], "the same message, once more");
    app.until("/observability/notify/sent", |page| {
        let rows = page["rows"].as_array().unwrap();
        rows.len() == 2 && rows.iter().all(|row| row["state"] == "sent")
    })
    .await;
    assert_eq!((first.got().len(), second.got().len()), (1, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_mans_switch_is_heard_regularly() {
    let (folder, receiver) = (tempfile::tempdir().unwrap(), Receiver::default());
    let url = receiver.listen().await;
    let mut config = quick();
    let text = to(&url) + "heartbeats: [{receiver: team, every: 1s}]\n";
    routes(&mut config, &text);
    let app = start(folder.path(), config).await.unwrap();
    let got = receiver.until(3).await;
    for message in &got {
        assert_eq!(message["alerts"][0]["labels"]["alertname"], "Watchdog");
        assert_eq!(message["status"], "firing");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn receivers_that_hang_delay_no_other() {
    let (folder, receiver) = (tempfile::tempdir().unwrap(), Receiver::default());
    let url = receiver.listen().await;
    // They take the connection and say nothing.
    let hanging = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let hangs = hanging.local_addr().unwrap();
    let mut config = quick();
    config.servers.push(dead_server("gone").await);
    let mut text = "route: {receiver: r0, group_wait: 0s, routes: [".to_owned();
    for number in 0..100 {
        text.push_str(&format!("{{receiver: r{number}, continue: true}},"));
    }
    text.push_str("]}\nreceivers:\n");
    for number in 0..100 {
        let to = match number % 10 {
            0 => format!("http://{hangs}/"),
            _ => url.clone(),
        };
        text.push_str(&format!(
            "- {{name: r{number}, webhook_configs: [{{url: '{to}'}}]}}\n"
        ));
    }
    routes(&mut config, &text);
    let app = start(folder.path(), config).await.unwrap();
    receiver.until(90).await;
    // What became of the last of them is written after it has arrived.
    let sent = "/observability/notify/sent?state=sent&limit=1000";
    let count = |page: &Value| page["rows"].as_array().unwrap().len();
    let page = app.until(sent, |page| count(page) == 90).await;
    let rows = page["rows"].as_array().unwrap();
    let late = rows
        .iter()
        .map(|row| row["attempted_ms"].as_i64().unwrap() - row["at_ms"].as_i64().unwrap());
    let latest = late.max().unwrap();
    assert!(
        latest < 5000,
        "the latest was sent {latest} ms after it was decided"
    );
    let waiting = app.json("/observability/notify/sent?state=queued").await;
    assert_eq!(count(&waiting), 10);
    app.stop().await;
}
