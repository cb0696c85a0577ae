//! Queries over what the product has measured.

use serde_json::{Value, json};

use super::{found, query};
use crate::app::{dead_server, quick, start};

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
async fn wishes() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), quick()).await.unwrap();
    let answer = found(&app, "mcp_server_up").await;
    let at = answer["data"]["result"][0]["value"][0].as_f64().unwrap();

    // What is a minute old is not seen with a look-back of a second.
    let later = at + 60.0;
    let path = format!("/api/v1/query?query=last_over_time(mcp_server_up[1ms])&time={later}");
    assert_eq!(app.json(&path).await["data"]["result"], json!([]));
    let look = async |delta: &str| {
        let path = format!("/api/v1/query?query=mcp_server_up&time={later}&lookback_delta={delta}");
        let answer = app.json(&path).await;
        answer["data"]["result"].as_array().unwrap().len()
    };
    assert_eq!(look("1s").await, 0);
    assert_eq!(look("2m").await, 1);
    assert_eq!(look("0").await, 1);
    let wrong = app.get("/api/v1/query?query=1&lookback_delta=long").await;
    assert_eq!(wrong.status(), 400);

    let plain = app.json("/api/v1/query?query=mcp_server_up").await;
    assert!(plain["data"].get("stats").is_none());
    for stats in ["true", "all"] {
        let form = [("query", "mcp_server_up"), ("stats", stats)];
        let request = app.http.post(format!("{}/api/v1/query", app.url));
        let answer: Value = request
            .form(&form)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        let stats = &answer["data"]["stats"];
        assert!(
            stats["timings"]["execTotalTime"].as_f64().unwrap() > 0.0,
            "{stats}"
        );
        assert!(
            stats["samples"]["totalQueryableSamples"].as_u64().unwrap() > 0,
            "{stats}"
        );
    }

    let none = app
        .json("/api/v1/query_exemplars?query=mcp_server_up&start=1&end=2")
        .await;
    assert_eq!(none["data"], json!([]));
    for (path, plain) in [("server", true), ("U__server", true), ("U__ser_zz_", false)] {
        let values = app.json(&format!("/api/v1/label/{path}/values")).await;
        assert_eq!(
            values["data"] == json!(["observatory"]),
            plain,
            "{path}: {values}"
        );
    }
    assert_eq!(app.get("/api/v1/label/%ff/values").await.status(), 400);
    app.stop().await;
}
