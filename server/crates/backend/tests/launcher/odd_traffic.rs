//! Traffic that is out of order, through a tap and a proxy: it passes as it is, is counted for what it is, and stays
//! within bounds.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use backend::config::Config;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};

use crate::app::start;
use crate::proxies::{Proxied, answering, client};
use crate::served::eventually;
use crate::taps::{call, code, demo, tap_with, value};

/// Answers each call; before that, with any bytes if the tool is `binary`, and once more if it is `twice`.
const ODD: &str = r#"
import json, sys
out = sys.stdout.buffer
for line in sys.stdin.buffer:
    asked = json.loads(line)
    answer = json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": {}}).encode() + b"\n"
    if asked["params"]["name"] == "binary":
        out.write(bytes(range(256)) + b"\n")
    if asked["params"]["name"] == "twice":
        out.write(answer)
    out.write(answer)
    out.flush()
"#;

/// Thousands of names of tools are a hundred and `other`; answers to nothing, ids used twice and any bytes on
/// standard output pass, and are counted.
pub(crate) async fn what_is_odd_is_counted_within_bounds() {
    const TOOLS: u64 = 3_000;
    const TOGETHER: u64 = 1_000;
    let (folder, spool) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let app = start(folder.path(), Config::default()).await.unwrap();
    let python = demo("venv/bin/python").display().to_string();
    let mut child = tap_with(&[], &app.url, spool.path(), &[&python, "-c", ODD]);
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let answered = Arc::new(AtomicU64::new(0));
    let counted = answered.clone();
    let reader = tokio::spawn(async move {
        let (mut line, mut odd) = (Vec::new(), Vec::<u8>::new());
        while stdout.read_until(b'\n', &mut line).await.unwrap() > 0 {
            match serde_json::from_slice::<Value>(&line) {
                Ok(_) => {
                    counted.fetch_add(1, Ordering::Relaxed);
                }
                Err(_) => odd.extend(&line),
            }
            line.clear();
        }
        odd
    });
    let mut said = 0;
    while said < TOOLS {
        let lines = (said..said + TOGETHER).map(|id| call(id, &format!("t{id}"), json!({})) + "\n");
        let lines: String = lines.collect();
        stdin.write_all(lines.as_bytes()).await.unwrap();
        said += TOGETHER;
        eventually("all is answered", || {
            answered.load(Ordering::Relaxed) == said
        })
        .await;
    }
    // One write: both are seen before either is answered.
    let same = [call(7, "same", json!({})), call(7, "same", json!({}))];
    let same = format!("{}\n{}\n", same[0], same[1]);
    stdin.write_all(same.as_bytes()).await.unwrap();
    for (id, tool) in [(8, "binary"), (9, "twice")] {
        let line = call(id, tool, json!({})) + "\n";
        stdin.write_all(line.as_bytes()).await.unwrap();
    }
    drop(stdin);
    let odd = reader.await.unwrap();
    let expected: Vec<u8> = (0..=255).chain([b'\n']).collect();
    assert_eq!(odd, expected, "any bytes pass as they are");
    assert_eq!(answered.load(Ordering::Relaxed), TOOLS + 5);
    assert_eq!(code(child).await, Some(0));
    let calls = r#"mcp_requests_total{server="tapped",method="tools/call"}"#;
    for (query, count) in [
        (format!("sum({calls})"), "3004"),
        (format!("count(count by (tool) ({calls}))"), "101"),
        (
            r#"sum(mcp_requests_total{server="tapped",tool="other"})"#.to_owned(),
            "2904",
        ),
        (
            r#"sum(mcp_requests_total{server="tapped",status="unknown"})"#.to_owned(),
            "1",
        ),
        (
            "count(mcp_request_errors_total) or vector(0)".to_owned(),
            "0",
        ),
        (
            r#"mcp_traffic_oddities_total{from="client",what="duplicate_id"}"#.to_owned(),
            "1",
        ),
        // The second answer to the id that was used twice, and the one that came twice.
        (
            r#"mcp_traffic_oddities_total{from="server",what="unmatched_answer"}"#.to_owned(),
            "2",
        ),
        // Among all bytes there is one that ends a line.
        (
            r#"mcp_traffic_oddities_total{from="server",what="stray"}"#.to_owned(),
            "2",
        ),
        ("sum(mcp_traffic_lost_total) or vector(0)".to_owned(), "0"),
    ] {
        value(&app, &query, count).await;
    }
    app.stop().await;
}

fn events(text: &'static str) -> Response {
    let events = Response::builder()
        .header("content-type", "text/event-stream")
        .header("mcp-session-id", "s-1");
    events.body(Body::from(text)).unwrap()
}

/// A stream of events ends early; the client goes on where it was, and what it gets then is the answer, once.
pub(crate) async fn a_stream_goes_on_where_it_was() {
    const ANSWER: &str = "id: 2\ndata: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n\n";
    let (folder, spool) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let app = start(folder.path(), Config::default()).await.unwrap();
    let url = answering(|request: Request| async move {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        if parts.method == "POST" {
            let asked: Value = serde_json::from_slice(&body).unwrap();
            return match asked["method"].as_str() {
                Some("initialize") => events(
                    "data: {\"jsonrpc\":\"2.0\",\"id\":0,\"result\":{\"protocolVersion\":\"2025-11-25\"}}\n\n",
                ),
                _ => events("id: 1\nretry: 10\ndata:\n\n"),
            };
        }
        assert_eq!(parts.headers["mcp-session-id"], "s-1");
        match parts.headers["last-event-id"].to_str() {
            Ok("1") => events(ANSWER),
            _ => events(": nothing more\n\n"),
        }
    })
    .await;
    let proxy = Proxied::start("resumed", &url, &app.url, spool.path()).await;
    let client = client();
    let post = |body: Value| {
        let post = client.post(&proxy.url).header("mcp-session-id", "s-1");
        post.json(&body).send()
    };
    let params = json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "c", "version": "1" } });
    let hello = json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params });
    post(hello).await.unwrap().bytes().await.unwrap();
    let params = json!({ "name": "slow", "arguments": {} });
    let asked = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params });
    let begun = post(asked).await.unwrap().text().await.unwrap();
    assert_eq!(begun, "id: 1\nretry: 10\ndata:\n\n");
    // It is given again to who asks again from the same place on.
    for (last, expected) in [("1", ANSWER), ("1", ANSWER), ("2", ": nothing more\n\n")] {
        let get = client.get(&proxy.url).header("mcp-session-id", "s-1");
        let answer = get.header("last-event-id", last).send().await.unwrap();
        assert_eq!(answer.text().await.unwrap(), expected);
    }
    assert_eq!(proxy.end().await, Some(0));
    for (query, count) in [
        (
            r#"mcp_requests_total{server="resumed",tool="slow",client="c",status="success"}"#,
            "1",
        ),
        (r#"sum(mcp_requests_total{server="resumed"})"#, "2"),
        (
            r#"mcp_traffic_oddities_total{server="resumed",what="unmatched_answer"}"#,
            "1",
        ),
        (
            r#"count(mcp_connection_duration_seconds_count{server="resumed"})"#,
            "1",
        ),
    ] {
        value(&app, query, count).await;
    }
    app.stop().await;
}
