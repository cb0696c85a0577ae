//! An MCP server over stdio that is as good or as bad as it is told to be.

use std::io::{BufRead, Write};
use std::process::ExitCode;

use serde_json::{Value, json};

/// Answers until its input ends. `TOOLS_FILE` names a file that says how many tools it has; where it says
/// `crash`, the server ends after the first listing, and where it says `refuse`, at once.
pub(crate) fn run() -> ExitCode {
    let tools = std::env::var("TOOLS_FILE").ok();
    let tools = tools.and_then(|path| std::fs::read_to_string(path).ok());
    let tools = tools.unwrap_or_default();
    let tools = tools.trim();
    let secret = std::env::var("API_TOKEN").unwrap_or_default();
    eprintln!("starting with {secret}");
    if tools == "refuse" {
        eprintln!("error: it does not want to");
        return ExitCode::from(3);
    }
    let count = tools.parse().unwrap_or(2);
    let mut lines = std::io::stdin().lock().lines();
    while let Some(Ok(line)) = lines.next() {
        let Ok(message) = serde_json::from_str::<Value>(&line) else {
            continue;
        };
        let Some(id) = message.get("id") else {
            continue;
        };
        let answer = answer(message["method"].as_str().unwrap_or_default(), count);
        let mut answer = match answer {
            Some(result) => json!({ "result": result }),
            None => json!({ "error": { "code": -32601, "message": "no such method" } }),
        };
        answer["jsonrpc"] = json!("2.0");
        answer["id"] = id.clone();
        let mut out = std::io::stdout().lock();
        if writeln!(out, "{answer}")
            .and_then(|()| out.flush())
            .is_err()
        {
            break;
        }
        if tools == "crash" && message["method"] == "tools/list" {
            eprintln!("fatal: it has had enough");
            return ExitCode::from(9);
        }
    }
    ExitCode::SUCCESS
}

fn answer(method: &str, tools: usize) -> Option<Value> {
    Some(match method {
        "initialize" => json!({
            "protocolVersion": "2025-11-25",
            "capabilities": { "tools": {} },
            "serverInfo": { "name": "good-or-bad", "version": "1" },
        }),
        "ping" => json!({}),
        "tools/list" => {
            let tool = |n| json!({ "name": format!("t{n}"), "inputSchema": { "type": "object" } });
            json!({ "tools": (0..tools).map(tool).collect::<Vec<_>>() })
        }
        _ => return None,
    })
}
