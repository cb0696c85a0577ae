//! What is pushed: by hand, and by Prometheus's client of Python.

use std::path::Path;

use backend::config::Config;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::process::Command;

use crate::app::{TestApp, start};

async fn send(app: &TestApp, method: Method, path: &str, body: &str) -> (u16, String) {
    let request = app.http.request(method, format!("{}{path}", app.url));
    let response = request.body(body.to_owned()).send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

async fn asked(app: &TestApp, query: &str) -> Vec<(Value, Value)> {
    let query = wire::path_segment(query);
    let answer = app.json(&format!("/api/v1/query?query={query}")).await;
    let found = answer["data"]["result"].as_array().unwrap().iter();
    let mut all: Vec<_> = found
        .map(|one| (one["metric"].clone(), one["value"][1].clone()))
        .collect();
    all.sort_by_key(|(labels, _)| labels.to_string());
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_are_replaced_and_deleted_and_survive() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), Config::default()).await.unwrap();
    let text = "# TYPE x gauge\n# HELP x What it is.\nx{instance=\"i\"} 1\ny +Inf\n";
    assert_eq!(
        send(&app, Method::PUT, "/metrics/job/a", text).await,
        (200, String::new())
    );
    let x = json!({ "__name__": "x", "instance": "i", "job": "a" });
    assert_eq!(asked(&app, "x").await, [(x.clone(), json!("1"))]);
    assert_eq!(asked(&app, "push_failure_time_seconds").await[0].1, "0");
    let said = app.json("/api/v1/metadata?metric=x").await;
    assert_eq!(said["data"]["x"][0]["help"], "What it is.");
    let posted = send(&app, Method::POST, "/metrics/job@base64/YQ", "x 2\n").await;
    assert_eq!(posted.0, 200);
    let other = json!({ "__name__": "x", "job": "a" });
    assert_eq!(
        asked(&app, "x").await,
        [(other.clone(), json!("2"))],
        "the family was replaced"
    );
    assert_eq!(asked(&app, "y").await[0].1, "+Inf", "the others stay");
    app.stop().await;

    let app = start(folder.path(), Config::default()).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    let fresh = asked(
        &app,
        "time() - timestamp(x) < 20 and time() - push_time_seconds < 300",
    )
    .await;
    assert_eq!(fresh.len(), 1);
    let deleted = send(&app, Method::DELETE, "/metrics/job/a", "").await;
    assert_eq!(deleted, (202, String::new()));
    for query in ["x", "y", "push_time_seconds"] {
        assert_eq!(asked(&app, query).await, [], "{query}");
    }
    assert_eq!(
        send(&app, Method::DELETE, "/metrics/job/a", "").await.0,
        202
    );
    app.stop().await;
    let app = start(folder.path(), Config::default()).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(asked(&app, "x").await, []);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), Config::default()).await.unwrap();
    assert_eq!(
        send(
            &app,
            Method::PUT,
            "/metrics/job/a",
            "# TYPE x counter\nx 1\n"
        )
        .await
        .0,
        200
    );
    for (path, body, part) in [
        (
            "/metrics/job/b",
            "# TYPE x gauge\nx 1\n",
            "x is a gauge here and a counter",
        ),
        ("/metrics/job/b", "x 1 1000\n", "x has a time"),
        ("/metrics/job/c", "x 1\nx{ 1\n", "line 2, column"),
        ("/metrics/job/c/1x/y", "x 1\n", "no name of a label"),
        ("/metrics/job/c/x", "x 1\n", "without a value"),
        ("/metrics/job@base64/=", "x 1\n", "job is empty"),
    ] {
        for method in [Method::PUT, Method::POST] {
            let (status, text) = send(&app, method, path, body).await;
            assert_eq!(status, 400, "{path} {body}: {text}");
            assert!(text.contains(part), "{part}: {text}");
        }
    }
    let failed = asked(&app, "push_failure_time_seconds > 0").await;
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0].0["job"], "b");
    assert_eq!(send(&app, Method::GET, "/metrics/job/a", "").await.0, 405);
    let refusals = app.json("/observability/refusals").await;
    let senders: Vec<_> = refusals
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["sender"])
        .collect();
    assert_eq!(senders, ["c", "b"]);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_client_of_python_pushes() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), Config::default()).await.unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = root.join("../../../.demo/senders/venv/bin/python");
    let mut command = Command::new(python);
    command
        .arg(root.join("tests/it/senders/push.py"))
        .arg(&app.url);
    let output = command.output().await.unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let of = |name: &str, more: Value| {
        let mut labels = json!({ "__name__": name, "job": "backup", "path": "/var/tmp" });
        for (name, value) in more.as_object().unwrap() {
            labels[name] = value.clone();
        }
        labels
    };
    for (query, labels, value) in [
        (
            "backup_seconds",
            of("backup_seconds", json!({ "disk": "b" })),
            "1",
        ),
        (
            "backup_files_total",
            of("backup_files_total", json!({})),
            "3",
        ),
        ("backup_bytes_sum", of("backup_bytes_sum", json!({})), "50"),
        (
            "backup_bytes_bucket{le='100.0'}",
            of("backup_bytes_bucket", json!({ "le": "100.0" })),
            "1",
        ),
    ] {
        assert_eq!(
            asked(&app, query).await,
            [(labels, json!(value))],
            "{query}"
        );
    }
    app.stop().await;
}
