//! Receivers that are tools of MCP servers: called over the sessions that watch them.

use std::sync::Arc;
use std::time::Duration;

use mcp::Undone;
use notifier::{Cause, Failure, McpAsked, McpCall};
use serde_json::Value;

use crate::fleet::Fleet;

/// The longest that a tool is waited for; a receiver may say less.
const LIMIT: Duration = Duration::from_secs(300);

/// Calls tools of the servers that are watched.
pub(crate) fn tools(fleet: Arc<Fleet>) -> McpCall {
    Arc::new(move |asked| {
        let fleet = fleet.clone();
        Box::pin(async move { call(&fleet, asked).await })
    })
}

async fn call(fleet: &Fleet, asked: McpAsked) -> Result<String, Failure> {
    let server = &asked.server;
    let Some((signals, _)) = fleet.signals(server) else {
        let text = format!("no server is called {server:?}; see the page Servers for their names");
        return Err(Failure::new(Cause::Client, text));
    };
    if fleet.is_stopped(server) {
        let text = format!("{server} is stopped; it is tried again in case somebody starts it");
        return Err(Failure::new(Cause::Network, text));
    }
    let arguments = match asked.arguments {
        Value::Object(arguments) => arguments,
        _ => serde_json::Map::new(),
    };
    let done = signals.line.call(&asked.tool, arguments, LIMIT).await;
    done.map_err(|undone| {
        let text = format!("{} of {server}: {undone}", asked.tool);
        Failure::new(cause(&undone), text)
    })
}

fn cause(undone: &Undone) -> Cause {
    match undone {
        Undone::NotConnected | Undone::Lost => Cause::Network,
        Undone::Late => Cause::Timeout,
        // What it is given, or that it is not there: trying again changes nothing.
        Undone::Refused(_) => Cause::Client,
        Undone::Failed(_) => Cause::Server,
    }
}
