//! Calls as spans in OTLP's JSON, with the names of OpenTelemetry's conventions for MCP. A call is a trace of its own;
//! `mcp.session.id` says what belongs together.
//!
//! <https://github.com/open-telemetry/semantic-conventions-genai/blob/main/docs/gen-ai/mcp.md>,
//! <https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding>

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use wire::{CallDetail, CallFrame, CallOutcome, FrameKind, SeenCall};

/// Kinds of spans and statuses, as OTLP numbers them.
const SERVER: u8 = 2;
const CLIENT: u8 = 3;
const ERROR: u8 = 2;

/// The spans, as a request that a collector takes.
pub(crate) fn spans(details: &[CallDetail]) -> Value {
    let mut servers = BTreeMap::<&str, Vec<Value>>::new();
    for detail in details {
        let spans = servers.entry(&detail.call.server).or_default();
        spans.push(span(detail));
    }
    let resources = servers.into_iter().map(|(server, spans)| {
        let scope = json!({ "name": "mcp-observatory", "version": env!("CARGO_PKG_VERSION") });
        json!({
            "resource": { "attributes": [text("service.name", server)] },
            "scopeSpans": [{ "scope": scope, "spans": spans }],
        })
    });
    json!({ "resourceSpans": resources.collect::<Vec<_>>() })
}

fn span(detail: &CallDetail) -> Value {
    let call = &detail.call;
    let (trace, id) = ids(call);
    let is_named = matches!(call.method.as_str(), "tools/call" | "prompts/get");
    let name = match &call.target {
        Some(target) if is_named => format!("{} {target}", call.method),
        _ => call.method.clone(),
    };
    let mut span = json!({
        "traceId": trace,
        "spanId": id,
        "name": name,
        // What is seen of a call is the server's side of it; where a server asks, the client answers.
        "kind": if call.is_from_server { CLIENT } else { SERVER },
        "startTimeUnixNano": nanos(call, 0.0),
        "endTimeUnixNano": nanos(call, call.duration_seconds),
        "attributes": attributes(detail),
        "events": events(detail),
    });
    let error = super::error_type(call);
    if let Some(error) = error.filter(|_| is_error(call)) {
        span["status"] = json!({ "code": ERROR, "message": error });
    }
    span
}

/// Of JSON-RPC's errors, only those are the server's own.
fn is_error(call: &SeenCall) -> bool {
    match (call.outcome, call.code) {
        (CallOutcome::Ok | CallOutcome::Unknown | CallOutcome::Cancelled, _) => false,
        (CallOutcome::JsonrpcError, Some(code)) => {
            code == -32_603 || (-32_099..=-32_000).contains(&code)
        }
        _ => true,
    }
}

/// 16 and 8 bytes that name it, the same each time.
fn ids(call: &SeenCall) -> (String, String) {
    let named = format!(
        "{}\n{}\n{}\n{}",
        call.server, call.session, call.id, call.at_ms
    );
    let hash = Sha256::digest(named);
    let hex = |bytes: &[u8]| {
        bytes.iter().fold(String::new(), |mut text, byte| {
            // Writing into a text does not fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    };
    (hex(&hash[..16]), hex(&hash[16..24]))
}

/// Nanoseconds since 1970, as a text, because JSON's numbers are too short.
#[expect(
    clippy::cast_possible_truncation,
    reason = "durations are far below 2^63 ns"
)]
fn nanos(call: &SeenCall, after_seconds: f64) -> String {
    let after = (after_seconds * 1e9).round() as i64;
    let begin = call.at_ms.saturating_mul(1_000_000);
    begin.saturating_add(after).to_string()
}

fn text(key: &str, value: &str) -> Value {
    json!({ "key": key, "value": { "stringValue": value } })
}

fn attributes(detail: &CallDetail) -> Vec<Value> {
    let call = &detail.call;
    let network = if call.transport == "stdio" {
        "pipe"
    } else {
        "tcp"
    };
    let mut attributes = vec![
        text("mcp.method.name", &call.method),
        text("mcp.session.id", &call.session),
        text("network.transport", network),
    ];
    if let Some(protocol) = &call.protocol {
        attributes.push(text("mcp.protocol.version", protocol));
    }
    if let Some(target) = &call.target {
        let named = match call.method.as_str() {
            "tools/call" => "gen_ai.tool.name",
            "prompts/get" => "gen_ai.prompt.name",
            _ => "mcp.resource.uri",
        };
        attributes.push(text(named, target));
    }
    if call.method == "tools/call" {
        attributes.push(text("gen_ai.operation.name", "execute_tool"));
    }
    if let Some(error) = super::error_type(call) {
        attributes.push(text("error.type", &error));
    }
    if let (CallOutcome::JsonrpcError, Some(code)) = (call.outcome, call.code) {
        attributes.push(text("rpc.response.status_code", &code.to_string()));
    }
    attributes
}

/// What passed by meanwhile.
fn events(detail: &CallDetail) -> Vec<Value> {
    let is_meanwhile = |frame: &&CallFrame| {
        !matches!(
            frame.kind,
            FrameKind::Request | FrameKind::Answer | FrameKind::End
        )
    };
    let meanwhile = detail.frames.iter().filter(is_meanwhile);
    let event = |frame: &CallFrame| {
        let at = nanos(&detail.call, frame.after_seconds);
        json!({ "name": frame.method, "timeUnixNano": at })
    };
    meanwhile.map(event).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::traffic::details::tests::kept;

    #[test]
    fn a_call_is_a_span() {
        let spans = spans(&[kept(CallOutcome::Ok, None).detail(true)]);
        let resource = &spans["resourceSpans"][0];
        let service = &resource["resource"]["attributes"][0]["value"]["stringValue"];
        assert_eq!(service, "files");
        let span = &resource["scopeSpans"][0]["spans"][0];
        assert_eq!(span["name"], "tools/call read");
        assert_eq!(span["kind"], 2);
        assert_eq!(span["startTimeUnixNano"], "1795233906789000000");
        assert_eq!(span["endTimeUnixNano"], "1795233907039000000");
        assert_eq!(span["traceId"].as_str().unwrap().len(), 32);
        assert_eq!(span["spanId"].as_str().unwrap().len(), 16);
        assert!(span["status"].is_null());
        assert_eq!(span["events"][0]["name"], "notifications/progress");
        assert_eq!(span["events"][0]["timeUnixNano"], "1795233906889000000");
        let attributes: BTreeMap<&str, &str> = span["attributes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| {
                let value = it["value"]["stringValue"].as_str().unwrap();
                (it["key"].as_str().unwrap(), value)
            })
            .collect();
        let expected = [
            ("gen_ai.operation.name", "execute_tool"),
            ("gen_ai.tool.name", "read"),
            ("mcp.method.name", "tools/call"),
            ("mcp.protocol.version", "2025-11-25"),
            ("mcp.session.id", "s-1"),
            ("network.transport", "pipe"),
        ];
        assert_eq!(attributes, BTreeMap::from(expected));
    }

    #[test]
    fn errors_as_the_conventions_have_them() {
        for (outcome, code, error, is_error) in [
            (CallOutcome::ToolError, None, "tool_error", true),
            (CallOutcome::JsonrpcError, Some(-32602), "-32602", false),
            (CallOutcome::JsonrpcError, Some(-32603), "-32603", true),
            (CallOutcome::JsonrpcError, Some(-32001), "-32001", true),
            (CallOutcome::Timeout, None, "timeout", true),
            (CallOutcome::Cancelled, None, "cancelled", false),
        ] {
            let span = span(&kept(outcome, code).detail(true));
            let attributes = span["attributes"].as_array().unwrap();
            let told = attributes.iter().find(|it| it["key"] == "error.type");
            assert_eq!(told.unwrap()["value"]["stringValue"], error);
            assert_eq!(!span["status"].is_null(), is_error, "{outcome:?} {code:?}");
        }
    }
}
