//! The whole picture over HTTP: analysis, dashboard, newest values, a look now.

use serde_json::{Value, json};

use crate::app::{TestApp, dead_server, quick, start};
use crate::debian::promtool;

/// A product that has looked at itself and at a server that is not there.
async fn watching(folder: &std::path::Path) -> TestApp {
    let mut config = quick();
    config.servers.push(dead_server("gone").await);
    let app = start(folder, config).await.unwrap();
    let both = "/api/v1/query?query=count(mcp_server_up)";
    app.until(both, |answer| {
        answer["data"]["result"][0]["value"][1] == "2"
    })
    .await;
    app
}

#[tokio::test(flavor = "multi_thread")]
async fn performance() {
    let folder = tempfile::tempdir().unwrap();
    let app = watching(folder.path()).await;
    let own = "/observability/servers/observatory/performance";
    let found = app
        .until(own, |found| found["probes"].as_u64() > Some(1))
        .await;
    assert_eq!(found["health"]["score"], 100.0, "{found}");
    assert_eq!(found["health"]["source"], "probes");
    assert_eq!(found["availability"], 1.0);
    assert_eq!(found["requests_per_minute"], Value::Null);
    assert!(
        found["throughput"]
            .as_str()
            .unwrap()
            .contains("no traffic seen")
    );
    assert!(!found["steps"].as_array().unwrap().is_empty());
    let few = found["pattern_evidence"].as_str().unwrap();
    assert!(few.contains("at least 30 needed"), "{few}");
    let gone = app.json("/observability/servers/gone/performance").await;
    assert_eq!(gone["health"]["score"], 0.0, "{gone}");
    assert_eq!(gone["slowest_step"], Value::Null);
    // Before the product was there, nothing was observed.
    let before = app.json(&format!("{own}?from_ms=1000&to_ms=2000")).await;
    assert_eq!(before["health"]["score"], Value::Null, "{before}");
    assert_eq!(before["availability"], Value::Null);
    for (path, status) in [
        (format!("{own}?from_ms=1"), 400),
        (format!("{own}?last_ms=x"), 400),
        ("/observability/servers/nobody/performance".to_owned(), 404),
        (
            "/observability/export/csv?table=performance".to_owned(),
            400,
        ),
    ] {
        assert_eq!(app.get(&path).await.status(), status, "{path}");
    }
    let table = "/observability/export/csv?table=performance&server=observatory";
    let table = app.get(table).await.text().await.unwrap();
    assert!(
        table.starts_with("step,count,p50_seconds,p90_seconds,"),
        "{table}"
    );
    assert!(
        table.contains("\r\nhandshake,") || table.contains("\r\ndiscover,"),
        "{table}"
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dashboard() {
    let folder = tempfile::tempdir().unwrap();
    let app = watching(folder.path()).await;
    let found = app
        .until("/observability/dashboard", |found| {
            found["open_alerts"][0]["server"] == "gone"
        })
        .await;
    assert_eq!(found["status"], "unhealthy");
    assert_eq!(
        (&found["levels"]["unhealthy"], &found["levels"]["healthy"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(found["worst_servers"][0]["name"], "gone");
    assert_eq!(found["worst_servers"].as_array().unwrap().len(), 1);
    assert!(!found["recent_events"].as_array().unwrap().is_empty());
    assert_eq!(found["figures"]["availability"], 0.5, "{found}");
    assert!(
        found["figures"]["ping_p95_seconds"].as_f64() > Some(0.0),
        "{found}"
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn newest_values() {
    let folder = tempfile::tempdir().unwrap();
    let app = watching(folder.path()).await;
    let path = "/observability/export/prometheus";
    let text = app.get(path).await.text().await.unwrap();
    for line in [
        "# TYPE mcp_server_up gauge",
        "mcp_server_up{server=\"gone\"} 0",
        "mcp_server_up{server=\"observatory\"} 1",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}: {text}");
    }
    // Only names that others have given are not to its taste: those of rules have colons, as is the custom.
    let (_, said) = promtool(&["check", "metrics"], text.as_bytes()).await;
    let mut complaints = said.lines().filter(|line| !line.trim().is_empty());
    assert!(
        complaints.all(|line| {
            let name = line.split(' ').next().unwrap_or_default();
            name == "mcp_process_memory_mb" || name.starts_with("ALERTS") || name.contains(':')
        }),
        "{said}"
    );
    let chosen = format!("{path}?match[]=mcp_server_up{{server=\"gone\"}}&match[]=mcp_server_up");
    let chosen = app.get(&chosen).await.text().await.unwrap();
    let values = chosen.lines().filter(|line| !line.starts_with('#'));
    assert_eq!(values.count(), 2, "each series once: {chosen}");
    for wrong in ["match[]=sum(mcp_server_up)", "match[]=sum(", "query=1"] {
        let refused = app.get(&format!("{path}?{wrong}")).await;
        assert_eq!(refused.status(), 400, "{wrong}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_now() {
    let folder = tempfile::tempdir().unwrap();
    let app = watching(folder.path()).await;
    let path = "/observability/diagnostics/run";
    let (status, all) = app.post(path, json!({})).await;
    assert_eq!(
        (status, all["servers"].as_array().unwrap().len()),
        (200, 2),
        "{all}"
    );
    for one in all["servers"].as_array().unwrap() {
        assert_eq!(one["observed"], true, "{one}");
    }
    let (_, gone) = app.post(path, json!({ "server": "gone" })).await;
    let gone = &gone["servers"][0];
    assert_eq!(gone["verdict"]["level"], "unhealthy", "{gone}");
    assert!(!gone["verdict"]["action"].as_str().unwrap().is_empty());
    assert_eq!(gone["steps"][0]["ok"], false);
    for (body, status) in [
        (json!({ "server": "nobody" }), 404),
        (json!({ "sever": "gone" }), 400),
    ] {
        assert_eq!(app.post(path, body.clone()).await.0, status, "{body}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_description() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), quick()).await.unwrap();
    let document = app.json("/openapi.json").await;
    for path in document["paths"].as_object().unwrap().keys() {
        // No address takes this method; one that is not there says so in another way.
        let request = app.http.patch(format!("{}{path}", app.url));
        assert_eq!(request.send().await.unwrap().status(), 405, "{path}");
    }
    let file = folder.path().join("openapi.json");
    std::fs::write(&file, document.to_string()).unwrap();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
    let ours = root.join(".tools/openapi/bin/openapi-spec-validator");
    let program = match ours.exists() {
        true => ours,
        false => "openapi-spec-validator".into(),
    };
    let mut validator = tokio::process::Command::new(program);
    let said = validator.arg(&file).output().await.unwrap_or_else(|why| {
        panic!("{why}: this test needs openapi-spec-validator (PyPI); .make/neighbours installs it")
    });
    assert!(said.status.success(), "{said:?}");
    app.stop().await;
}
