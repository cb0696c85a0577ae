//! Real servers over HTTP: one of the older era, in JavaScript, and one of the newer, in Python.

use std::path::{Path, PathBuf};

use backend::config::{Endpoint, ServerConfig};
use rmcp::service::ClientLifecycleMode;
use serde_json::{Value, json};

use crate::orders::{config, server, start};
use crate::served::{Client, call, client, client_of, eventually, until_running};

fn demo(path: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../.demo");
    let found = root.join(path);
    assert!(found.exists(), "{}: run .make/peers", found.display());
    found
}

const EVERYTHING: &str = "node_modules/@modelcontextprotocol/server-everything/dist/index.js";
const TIME: &str = "venv/bin/mcp-server-time";

fn peer(folder: &Path, name: &str, program: PathBuf, args: &[&str]) -> ServerConfig {
    let mut peer = server(folder, name);
    peer.protocol = mcp::Protocol::Auto;
    if let Endpoint::Stdio {
        command,
        serve_http,
    } = &mut peer.endpoint
    {
        command.program = program.display().to_string();
        command.args = args.iter().map(|&arg| arg.to_owned()).collect();
        *serve_http = true;
    }
    peer
}

async fn result(client: &Client, name: &'static str, arguments: Value) -> Value {
    let result = client.call_tool(call(name, arguments)).await.unwrap();
    serde_json::to_value(result).unwrap()
}

pub(crate) async fn everything_serves_two() {
    let folder = tempfile::tempdir().unwrap();
    let path = demo(EVERYTHING).display().to_string();
    let everything = peer(folder.path(), "everything", "node".into(), &[&path]);
    let app = start(folder.path(), config(vec![everything])).await;
    until_running(&app).await;
    let (one, ear) = client(&app, "everything").await;
    // It does not know the newer era, and the client finds that out.
    let auto = ClientLifecycleMode::Auto {
        preferred_versions: vec![rmcp::model::ProtocolVersion::LATEST],
        legacy_version: None,
    };
    let (two, silent) = client_of(&app, "everything", auto).await;
    assert_eq!(
        two.peer_info().unwrap().protocol_version.as_str(),
        "2025-11-25"
    );
    let tools = one.list_all_tools().await.unwrap();
    assert!(tools.len() >= 10, "{tools:?}");
    assert_eq!(two.list_all_tools().await.unwrap(), tools);
    let long = json!({ "duration": 1, "steps": 4 });
    let (long, echo) = tokio::join!(
        result(&one, "trigger-long-running-operation", long),
        result(&two, "echo", json!({ "message": "hello" })),
    );
    assert!(long.to_string().contains("completed"), "{long}");
    assert_eq!(echo["content"][0]["text"], "Echo: hello");
    let steps = |ear: &crate::served::Ear| {
        let heard = ear.heard().into_iter();
        heard.filter(|it| it.starts_with("progress")).count()
    };
    eventually("progress", || steps(&ear) == 4).await;
    assert_eq!(steps(&silent), 0);
    for client in [one, two] {
        client.cancel().await.unwrap();
    }
    app.stop().await;
}

pub(crate) async fn time_serves_both_eras() {
    let folder = tempfile::tempdir().unwrap();
    let args = ["--local-timezone", "UTC"];
    let time = peer(folder.path(), "time", demo(TIME), &args);
    let app = start(folder.path(), config(vec![time])).await;
    until_running(&app).await;
    let preferred_versions = vec![rmcp::model::ProtocolVersion::LATEST];
    let modern = ClientLifecycleMode::Discover { preferred_versions };
    let (modern, _) = client_of(&app, "time", modern).await;
    let (legacy, _) = client(&app, "time").await;
    for (client, revision) in [(&modern, "2026-07-28"), (&legacy, "2025-11-25")] {
        let info = client.peer_info().unwrap();
        assert_eq!(info.protocol_version.as_str(), revision);
        assert_eq!(info.server_info.as_ref().unwrap().name, "mcp-time");
        assert_eq!(client.list_all_tools().await.unwrap().len(), 2);
    }
    let ask = json!({ "timezone": "Europe/Berlin" });
    let (newer, older) = tokio::join!(
        result(&modern, "get_current_time", ask.clone()),
        result(&legacy, "get_current_time", ask),
    );
    for (answer, is_newer) in [(newer, true), (older, false)] {
        assert!(answer.to_string().contains("Europe/Berlin"), "{answer}");
        assert_eq!(answer.get("resultType").is_some(), is_newer, "{answer}");
    }
    let wrong = json!({ "timezone": "Nowhere/At_all" });
    let wrong = result(&legacy, "get_current_time", wrong).await;
    assert_eq!(wrong["isError"], true, "{wrong}");
    for client in [modern, legacy] {
        client.cancel().await.unwrap();
    }
    app.stop().await;
}
