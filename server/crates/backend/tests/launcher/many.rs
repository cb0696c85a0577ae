//! An MCP server over stdio that does several things at once, for several clients on one process.

use std::collections::BTreeMap;
use std::io::{BufRead, Write};
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

/// What it knows.
#[derive(Default)]
struct Known {
    /// Ids of requests that were cancelled.
    cancelled: Mutex<Vec<Value>>,
    /// Subscriptions that were made, and not ended.
    subscribed: Mutex<BTreeMap<String, u32>>,
    /// Levels that were set.
    levels: Mutex<Vec<Value>>,
    /// The answer to what it asked last.
    told: Mutex<Value>,
}

/// Answers until its input ends.
pub(crate) fn run() -> ExitCode {
    let known = Arc::<Known>::default();
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let Ok(message) = serde_json::from_str::<Value>(&line) else {
            continue;
        };
        let method = message["method"].as_str().unwrap_or_default().to_owned();
        let params = message["params"].clone();
        if message.get("id").is_none() {
            if method == "notifications/cancelled" {
                let id = params["requestId"].clone();
                known.cancelled.lock().unwrap().push(id);
            }
            continue;
        }
        if method.is_empty() {
            *known.told.lock().unwrap() = message;
            continue;
        }
        let known = known.clone();
        std::thread::spawn(move || {
            let id = &message["id"];
            match answer(&known, id, &method, &params) {
                Some(result) => say(&format!(
                    r#"{{"jsonrpc":"2.0","id":{id},"result":{result}}}"#
                )),
                None if method == "tools/call" => {}
                None => say(&format!(
                    r#"{{"jsonrpc":"2.0","id":{id},"error":{{"code":-32601,"message":"no such method"}}}}"#
                )),
            }
        });
    }
    ExitCode::SUCCESS
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

fn notify(method: &str, params: &Value) {
    say(&json!({ "jsonrpc": "2.0", "method": method, "params": params }).to_string());
}

fn answer(known: &Known, id: &Value, method: &str, params: &Value) -> Option<String> {
    let uri = || params["uri"].as_str().unwrap_or_default().to_owned();
    let result = match method {
        "initialize" => json!({
            "protocolVersion": "2025-11-25",
            "capabilities": { "tools": {}, "logging": {}, "resources": { "subscribe": true } },
            "serverInfo": { "name": "many", "version": "7" },
            "instructions": "Share it.",
        }),
        "ping" => json!({}),
        // One definition is odd, and has a member that nobody knows; the members are in no order.
        "tools/list" => {
            return Some(
                r#"{"tools":[{"name":"echo","zeta":1.50,"inputSchema":{"type":"object","properties":{"z":{},"a":{}}}},{"name":"odd","inputSchema":7}]}"#
                    .to_owned(),
            );
        }
        "logging/setLevel" => {
            known.levels.lock().unwrap().push(params["level"].clone());
            json!({})
        }
        "resources/subscribe" => {
            *known.subscribed.lock().unwrap().entry(uri()).or_default() += 1;
            json!({})
        }
        "resources/unsubscribe" => {
            known.subscribed.lock().unwrap().remove(&uri());
            json!({})
        }
        "tools/call" => {
            let name = params["name"].as_str().unwrap_or_default();
            let structured = call(known, id, name, &params["arguments"], &params["_meta"])?;
            let text = structured.to_string();
            json!({ "content": [{ "type": "text", "text": text }], "structuredContent": structured })
        }
        _ => return None,
    };
    Some(result.to_string())
}

/// What a tool says; `None` says nothing, for ever.
fn call(known: &Known, id: &Value, name: &str, arguments: &Value, about: &Value) -> Option<Value> {
    let pause = || {
        let millis = arguments["millis"].as_u64().unwrap_or_default();
        std::thread::sleep(Duration::from_millis(millis));
    };
    match name {
        "echo" => {
            pause();
            let said = json!({ "said": arguments["say"], "id": id, "pid": std::process::id() });
            Some(said)
        }
        "steps" => {
            let token = &about["progressToken"];
            for step in 1..=3 {
                pause();
                let message = format!("{} {step}", arguments["say"].as_str().unwrap_or_default());
                let params =
                    json!({ "progressToken": token, "progress": step, "message": message });
                notify("notifications/progress", &params);
            }
            Some(json!({ "said": arguments["say"] }))
        }
        "touch" => {
            notify(
                "notifications/resources/updated",
                &json!({ "uri": arguments["uri"] }),
            );
            Some(json!({}))
        }
        "log" => {
            let params = json!({ "level": arguments["level"], "data": arguments["say"] });
            notify("notifications/message", &params);
            Some(json!({}))
        }
        "ask" => {
            let question = json!({ "jsonrpc": "2.0", "id": "q", "method": "sampling/createMessage",
                "params": { "messages": [], "maxTokens": 1 } });
            say(&question.to_string());
            for _ in 0..100 {
                std::thread::sleep(Duration::from_millis(20));
                let told = known.told.lock().unwrap().clone();
                if !told.is_null() {
                    return Some(told);
                }
            }
            Some(json!({ "nobody": "answered" }))
        }
        "known" => Some(json!({
            "cancelled": *known.cancelled.lock().unwrap(),
            "subscribed": *known.subscribed.lock().unwrap(),
            "levels": *known.levels.lock().unwrap(),
        })),
        "die" => std::process::exit(4),
        _ => None,
    }
}
