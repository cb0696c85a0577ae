//! The query API of Prometheus over what the product has measured.

use std::time::Duration;

use serde_json::{Value, json};

use crate::app::{TestApp, dead_server, quick, start};

async fn query(app: &TestApp, query: &str) -> Value {
    let encoded = wire::path_segment(query);
    app.json(&format!("/api/v1/query?query={encoded}")).await
}

/// Waits until an instant query finds something.
async fn found(app: &TestApp, text: &str) -> Value {
    for _ in 0..100 {
        let answer = query(app, text).await;
        if answer["data"]["result"] != json!([]) {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{text} finds nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_measured_can_be_asked() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = quick();
    config.servers = vec![dead_server("gone").await];
    let app = start(folder.path(), config).await.unwrap();

    let answer = found(&app, "mcp_server_up{server=\"gone\"} == 0").await;
    assert_eq!(answer["status"], "success");
    assert_eq!(answer["data"]["resultType"], "vector");
    let sample = &answer["data"]["result"][0];
    let metric = json!({ "__name__": "mcp_server_up", "server": "gone" });
    assert_eq!(sample["metric"], metric);
    assert_eq!(sample["value"][1], "0");
    found(&app, "mcp_server_up{server=\"observatory\"} == 1").await;

    let answer = query(&app, "count by (server) (mcp_server_up)").await;
    assert_eq!(answer["data"]["result"].as_array().unwrap().len(), 2);
    let answer = query(&app, "1 + 1").await;
    assert_eq!(answer["data"]["resultType"], "scalar");
    assert_eq!(answer["data"]["result"][1], "2");

    // The same as a form, over a range.
    let now = answer["data"]["result"][0].as_f64().unwrap();
    let (start, end) = (now - 60.0, now + 1.0);
    let form = [
        ("query", "sum(mcp_server_up)".to_owned()),
        ("start", start.to_string()),
        ("end", end.to_string()),
        ("step", "1s".to_owned()),
    ];
    let response = app.http.post(format!("{}/api/v1/query_range", app.url));
    let response = response.form(&form).send().await.unwrap();
    assert_eq!(response.status(), 200);
    let answer: Value = response.json().await.unwrap();
    assert_eq!(answer["data"]["resultType"], "matrix");
    let values = answer["data"]["result"][0]["values"].as_array().unwrap();
    assert_eq!(values.last().unwrap()[1], "1");

    let names = app.json("/api/v1/label/__name__/values").await;
    let names = names["data"].as_array().unwrap();
    assert!(names.contains(&json!("mcp_server_up")), "{names:?}");
    let labels = app.json("/api/v1/labels?match[]=mcp_server_up").await;
    assert_eq!(labels["data"], json!(["__name__", "server"]));
    let series = app
        .json("/api/v1/series?match[]=mcp_server_up&limit=1")
        .await;
    assert_eq!(series["data"].as_array().unwrap().len(), 1);
    assert_eq!(
        series["warnings"],
        json!(["results truncated due to limit"])
    );
    let info = app.json("/api/v1/status/buildinfo").await;
    assert_eq!(info["data"]["application"], "MCP Observatory");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mistakes_have_the_status_and_type_of_prometheus() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), quick()).await.unwrap();
    found(&app, "mcp_server_up").await;
    for (path, status, kind, words) in [
        ("query", 400, "bad_data", "query"),
        ("query?query=up%7B", 400, "bad_data", "invalid query"),
        ("query?query=1&time=soon", 400, "bad_data", "\"soon\""),
        ("query?query=1&limit=-1", 400, "bad_data", "\"-1\""),
        (
            "query_range?query=1&start=5&end=1&step=1",
            400,
            "bad_data",
            "end",
        ),
        (
            "query_range?query=1&start=1&end=5&step=0",
            400,
            "bad_data",
            "step",
        ),
        (
            "query_range?query=1&start=0&end=99999&step=1",
            400,
            "bad_data",
            "11,000",
        ),
        ("series", 400, "bad_data", "match[]"),
        ("series?match[]=rate(x[5m])", 400, "bad_data", "selector"),
        (
            "query?query=label_replace(%7B__name__=~%22mcp.*%22%7D,%22__name__%22,%22x%22,%22%22,%22%22)",
            422,
            "execution",
            "same labelset",
        ),
        (
            "query?query=mcp_server_up&timeout=0",
            503,
            "timeout",
            "too long",
        ),
    ] {
        let response = app.get(&format!("/api/v1/{path}")).await;
        let got = response.status();
        let body: Value = response.json().await.unwrap();
        assert_eq!(
            (got.as_u16(), body["errorType"].as_str()),
            (status, Some(kind)),
            "{path}: {body}"
        );
        assert_eq!(body["status"], "error");
        assert!(
            body["error"].as_str().unwrap().contains(words),
            "{path}: {body}"
        );
    }
    app.stop().await;
}
