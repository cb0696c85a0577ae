//! What the product says about itself in the words of Prometheus.

use serde_json::json;

use super::found;
use crate::app::{dead_server, quick, start};

#[tokio::test(flavor = "multi_thread")]
async fn what_it_says_about_itself() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = quick();
    config.servers = vec![dead_server("gone").await];
    let app = start(folder.path(), config).await.unwrap();
    found(&app, "count(mcp_server_up) == 2").await;
    let status = async |what: &str| {
        let answer = app.json(&format!("/api/v1/status/{what}")).await;
        assert_eq!(answer["status"], "success", "{what}");
        answer["data"].clone()
    };
    let info = status("buildinfo").await;
    assert_eq!(info["application"], "MCP Observatory");
    assert!(
        info["version"].as_str().unwrap().starts_with("3."),
        "{info}"
    );

    let runtime = status("runtimeinfo").await;
    assert_eq!(runtime["storageRetention"], "1w");
    assert!(
        runtime["startTime"].as_str().unwrap().ends_with('Z'),
        "{runtime}"
    );
    assert!(runtime["goroutineCount"].as_u64().unwrap() > 3, "{runtime}");

    assert_eq!(status("flags").await["listen"], "127.0.0.1:0");
    assert_eq!(status("walreplay").await["state"], "done");
    let yaml = status("config").await["yaml"].as_str().unwrap().to_owned();
    assert!(yaml.starts_with("# MCP Observatory"), "{yaml}");
    assert!(yaml.contains("name: gone"), "{yaml}");

    let tsdb = status("tsdb?limit=100").await;
    let of = |list: &str, name: &str| {
        let list = tsdb[list].as_array().unwrap().clone();
        let entry = list.into_iter().find(|entry| entry["name"] == name);
        entry.map_or(json!(null), |entry| entry["value"].clone())
    };
    assert_eq!(of("seriesCountByMetricName", "mcp_server_up"), 2);
    assert_eq!(of("labelValueCountByLabelName", "server"), 2);
    assert_eq!(
        of("seriesCountByLabelValuePair", "__name__=mcp_server_up"),
        2
    );
    assert!(
        tsdb["headStats"]["numSeries"].as_u64().unwrap() >= 4,
        "{tsdb}"
    );
    let short = status("tsdb?limit=1").await;
    assert_eq!(
        short["memoryInBytesByLabelName"].as_array().unwrap().len(),
        1
    );
    for wrong in ["0", "-1", "many"] {
        let path = format!("/api/v1/status/tsdb?limit={wrong}");
        assert_eq!(app.get(&path).await.status(), 400, "{wrong}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_metric_has_a_description() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), quick()).await.unwrap();
    // The machine is looked at every five seconds.
    let path = "/api/v1/label/__name__/values";
    let names = app
        .until(path, |names| names["data"].as_array().unwrap().len() >= 6)
        .await;
    let known = app.json("/api/v1/metadata").await;
    // What rules record has colons in its name; the rule says what it is.
    let names = names["data"].as_array().unwrap().iter();
    for name in names.filter(|name| !name.as_str().unwrap().contains(':')) {
        let described = &known["data"][name.as_str().unwrap()][0];
        assert_eq!(described["type"], "gauge", "{name} is in no catalogue");
        assert!(
            described["help"].as_str().unwrap().len() > 10,
            "{described}"
        );
    }
    let one = app
        .json("/api/v1/metadata?metric=mcp_probe_duration_seconds")
        .await;
    assert_eq!(one["data"].as_object().unwrap().len(), 1);
    assert_eq!(
        one["data"]["mcp_probe_duration_seconds"][0]["unit"],
        "seconds"
    );
    let two = app
        .json("/api/v1/metadata?limit=2&limit_per_metric=1")
        .await;
    assert_eq!(two["data"].as_object().unwrap().len(), 2);
    let none = app.json("/api/v1/metadata?metric=nonsense").await;
    assert_eq!(none["data"], json!({}));
    app.stop().await;
}
