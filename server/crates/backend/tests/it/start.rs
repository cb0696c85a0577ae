//! Starting, ending, starting again.

use crate::app::{dead_server, quick, start};
use backend::SELF_NAME;
use rmcp::ServiceExt;
use rmcp::model::CallToolRequestParams;
use rmcp::transport::StreamableHttpClientTransport;
use serde_json::Value;

fn level_of(server: &str) -> impl Fn(&Value) -> bool {
    let server = server.to_owned();
    move |answer| {
        let rows = answer.as_array().into_iter().flatten();
        rows.clone()
            .any(|row| row["name"] == *server && row["verdict"]["level"] == "healthy")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_configuration_it_watches_itself() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), quick()).await.unwrap();
    for path in ["/live", "/ready", "/health", "/health/detailed"] {
        assert_eq!(app.get(path).await.status(), 200, "{path}");
    }
    let rows = app
        .until("/observability/servers", level_of(SELF_NAME))
        .await;
    assert_eq!(rows[0]["tools"], 4);
    let fleet = app.json("/observability/health").await;
    assert_eq!(fleet["status"], "healthy");
    let queries = ["cpu", "memory", "disk"];
    let queries = queries.map(|part| format!("query=mcp_system_{part}_usage_percent"));
    let path = format!("/observability/export/json?{}", queries.join("&"));
    let host = app.until(&path, |rows| rows.as_array().is_some_and(|r| r.len() >= 3));
    assert!(host.await[0]["value"].is_number());
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn agents_can_ask_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = quick();
    config.servers.push(dead_server("gone").await);
    let app = start(folder.path(), config).await.unwrap();
    app.until("/alerts", |alerts| alerts[0]["state"] == "firing")
        .await;
    let transport = StreamableHttpClientTransport::from_uri(format!("{}/mcp", app.url));
    let client = ().serve(transport).await.unwrap();
    let mut names: Vec<_> = client
        .list_all_tools()
        .await
        .unwrap()
        .into_iter()
        .map(|t| t.name.to_string())
        .collect();
    names.sort();
    assert_eq!(
        names,
        ["list_alerts", "list_servers", "server_health", "slo_status"]
    );
    let call = async |name: &'static str, arguments: Value| {
        let arguments = arguments.as_object().cloned().unwrap_or_default();
        let request = CallToolRequestParams::new(name).with_arguments(arguments);
        let result = client.call_tool(request).await.unwrap();
        let result = serde_json::to_value(result).unwrap();
        (
            result["isError"].as_bool().unwrap_or(false),
            result["structuredContent"].clone(),
        )
    };
    let (_, servers) = call("list_servers", Value::Null).await;
    let keys: Vec<_> = servers["servers"][0]
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    assert_eq!(keys, ["level", "name", "reason", "since"]);
    let (_, health) = call("server_health", serde_json::json!({ "name": "gone" })).await;
    assert_eq!(health["reason"], "refused");
    let (is_error, unknown) = call("server_health", serde_json::json!({ "name": "nobody" })).await;
    assert!(
        is_error
            && unknown["message"]
                .as_str()
                .unwrap()
                .contains("watched are: gone, observatory"),
        "{unknown}"
    );
    let (_, alerts) = call("list_alerts", Value::Null).await;
    assert_eq!(alerts["alerts"][0]["server"], "gone");
    let (_, levels) = call("slo_status", Value::Null).await;
    assert!(levels["objectives"].as_array().unwrap().len() > 4);
    let one = serde_json::json!({ "id": "mcp-availability" });
    let (_, level) = call("slo_status", one).await;
    assert_eq!(level["objectives"][0]["target_percent"], 99.9);
    let none = serde_json::json!({ "id": "none" });
    let (is_error, unknown) = call("slo_status", none).await;
    assert!(is_error, "{unknown}");
    client.cancel().await.unwrap();
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_seen_survives_and_a_gap_is_a_gap() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), quick()).await.unwrap();
    app.until("/observability/servers", level_of(SELF_NAME))
        .await;
    app.stop().await;
    let app = start(folder.path(), quick()).await.unwrap();
    app.until("/observability/servers", level_of(SELF_NAME))
        .await;
    let detail = app
        .json(&format!("/observability/servers/{SELF_NAME}"))
        .await;
    let history: Vec<_> = detail["history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["reason"].as_str().unwrap())
        .collect();
    assert_eq!(history, ["ok", "not_observed", "ok"]);
    assert_eq!(detail["tools"].as_array().unwrap().len(), 4);
    let events = app.json("/observability/events").await;
    let starts = events
        .as_array()
        .unwrap()
        .iter()
        .filter(|e| e["kind"] == "start")
        .count();
    assert_eq!(starts, 2);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_has_one_owner() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), quick()).await.unwrap();
    let error = start(folder.path(), quick())
        .await
        .err()
        .unwrap()
        .to_string();
    assert!(error.contains("in use by another process"), "{error}");
    app.stop().await;
    start(folder.path(), quick()).await.unwrap().stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_database_is_named_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.db");
    std::fs::write(&file, [b'x'; 5000]).unwrap();
    let error = start(folder.path(), quick())
        .await
        .err()
        .unwrap()
        .to_string();
    assert!(error.contains("state.db is damaged"), "{error}");
    assert_eq!(std::fs::read(&file).unwrap(), [b'x'; 5000]);
}
