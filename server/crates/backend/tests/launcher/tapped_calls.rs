//! Calls of a real client through a tap, as the product tells of them.

use backend::config::Config;
use serde_json::{Value, json};

use crate::app::start;
use crate::taps::{ask, call, code, demo, hello, talk, tap_with};

/// What the API says of calls is what the client did; and what was said in them has no secret in it.
pub(crate) async fn calls_are_what_the_client_did() {
    let folder = tempfile::tempdir().unwrap();
    let spool = tempfile::tempdir().unwrap();
    let app = start(folder.path(), Config::default()).await.unwrap();
    let everything = demo("node_modules/@modelcontextprotocol/server-everything/dist/index.js");
    let everything = everything.display().to_string();
    let github = "ghp_0123456789abcdefghijABCDEFGHIJ012345";
    let slow = json!({
        "name": "trigger-long-running-operation", "arguments": { "duration": 1, "steps": 2 },
        "_meta": { "progressToken": "p-1" },
    });
    let said = [
        call(
            2,
            "echo",
            json!({ "message": format!("use {github} and sk-ant-api03-abcdefghijklmnop") }),
        ),
        ask(3, "tools/call", slow),
        call(4, "no-such-tool", json!({ "password": "hunter2hunter2" })),
        call(
            5,
            "get-sum",
            json!({ "a": 1, "b": 2, "note": "between us" }),
        ),
    ];
    let lines = [hello(), said.to_vec()].concat();
    let options = ["--payloads", "--redact-path", "$.params.arguments.note"];
    let mut tapped = tap_with(&options, &app.url, spool.path(), &["node", &everything]);
    assert_eq!(talk(&mut tapped, &lines).await.len(), 6);
    code(tapped).await;
    let is_all = |page: &Value| {
        page["calls"]
            .as_array()
            .is_some_and(|calls| calls.len() >= 6)
    };
    let path = "/observability/traffic/calls?filter=server%3Atapped%20client%3Atest";
    let page = app.until(path, is_all).await;
    let line = |call: &Value| {
        let target = call["target"].as_str().unwrap_or("-");
        format!(
            "{} {target} {}",
            call["method"].as_str().unwrap(),
            call["outcome"].as_str().unwrap()
        )
    };
    let mut seen: Vec<_> = page["calls"].as_array().unwrap().iter().collect();
    seen.retain(|call| call["is_from_server"] == false);
    seen.reverse();
    let lines: Vec<_> = seen.iter().map(|call| line(call)).collect();
    assert_eq!(
        lines,
        [
            "initialize - ok",
            "tools/list - ok",
            "tools/call echo ok",
            "tools/call trigger-long-running-operation ok",
            "tools/call no-such-tool tool_error",
            "tools/call get-sum ok",
        ]
    );
    let detail = |call: &Value| format!("/observability/traffic/calls/{}", call["id"]);
    let slow = app.json(&detail(seen[3])).await;
    let frames: Vec<_> = slow["frames"].as_array().unwrap().iter().collect();
    let kinds: Vec<_> = frames
        .iter()
        .map(|frame| frame["kind"].as_str().unwrap())
        .collect();
    assert_eq!(
        kinds.first().zip(kinds.last()),
        Some((&"request", &"answer")),
        "{slow:#}"
    );
    assert!(
        kinds.iter().filter(|kind| **kind == "progress").count() >= 2,
        "{kinds:?}"
    );
    let times: Vec<_> = frames
        .iter()
        .map(|frame| frame["after_seconds"].as_f64().unwrap())
        .collect();
    assert!(
        times.is_sorted() && times.last().is_some_and(|last| *last >= 1.0),
        "{times:?}"
    );

    let export = app
        .get("/observability/traffic/export/json")
        .await
        .text()
        .await
        .unwrap();
    assert!(
        export.contains("***REDACTED*** and ***REDACTED***"),
        "{export}"
    );
    assert!(export.contains(r#"\"a\":1"#), "what is no secret is told");
    for secret in [github, "abcdefghijklmnop", "hunter2", "between us"] {
        assert!(!export.contains(secret), "{secret}");
    }
    let sessions = app.json("/observability/traffic/sessions").await;
    assert_eq!(sessions[0]["client"], "test", "{sessions}");
    app.stop().await;
    for name in ["state.db", "state.db-wal"] {
        let bytes = std::fs::read(folder.path().join(name)).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        for secret in [github, "hunter2hunter2", "between us"] {
            assert!(!text.contains(secret), "{secret} in {name}");
        }
    }
}
