//! Calls as an HTTP archive (HAR 1.2): an entry a call, a page a session. What HTTP has and MCP has not is left empty.
//!
//! <http://www.softwareishard.com/blog/har-12-spec/>

use std::collections::BTreeMap;

use serde_json::{Value, json};
use wire::{CallDetail, CallOutcome, SeenCall};

/// The archive.
pub(crate) fn archive(details: &[CallDetail]) -> Value {
    let mut pages = BTreeMap::<&str, &SeenCall>::new();
    for detail in details {
        pages.entry(&detail.call.session).or_insert(&detail.call);
    }
    let pages = pages.into_iter().map(|(session, first)| {
        json!({
            "startedDateTime": time(first.at_ms),
            "id": session,
            "title": format!("{} and {}", first.client.as_deref().unwrap_or("a client"), first.server),
            "pageTimings": {},
        })
    });
    json!({ "log": {
        "version": "1.2",
        "creator": { "name": "MCP Observatory", "version": env!("CARGO_PKG_VERSION") },
        "pages": pages.collect::<Vec<_>>(),
        "entries": details.iter().map(entry).collect::<Vec<_>>(),
    }})
}

fn time(ms: i64) -> String {
    let time = jiff::Timestamp::from_millisecond(ms).unwrap_or_default();
    format!("{time:.3}")
}

fn entry(detail: &CallDetail) -> Value {
    let call = &detail.call;
    let [request, response] = super::texts(detail);
    let (status, words) = status(call);
    let took_ms = call.duration_seconds * 1e3;
    let version = match &call.protocol {
        Some(protocol) => format!("MCP/{protocol}"),
        None => "MCP".to_owned(),
    };
    let mut content = json!({ "size": call.response_bytes, "mimeType": "application/json" });
    if let Some(text) = response {
        content["text"] = Value::from(text);
    }
    let mut entry = json!({
        "pageref": call.session,
        "startedDateTime": time(call.at_ms),
        "time": took_ms,
        "request": {
            "method": "POST",
            "url": address(call),
            "httpVersion": version,
            "cookies": [],
            "headers": [],
            "queryString": [],
            "headersSize": -1,
            "bodySize": call.request_bytes,
        },
        "response": {
            "status": status,
            "statusText": words,
            "httpVersion": version,
            "cookies": [],
            "headers": [],
            "content": content,
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": call.response_bytes,
        },
        "cache": {},
        "timings": { "send": 0, "wait": took_ms, "receive": 0 },
        "_call": call,
        "_frames": detail.frames,
    });
    if let Some(text) = request {
        entry["request"]["postData"] =
            json!({ "mimeType": "application/json", "params": [], "text": text });
    }
    entry
}

/// An address that says what was called: `mcp://files/tools/call/read`.
fn address(call: &SeenCall) -> String {
    let mut address = format!("mcp://{}/{}", wire::path_segment(&call.server), call.method);
    if let Some(target) = &call.target {
        address.push('/');
        address.push_str(&wire::path_segment(target));
    }
    address
}

/// The status of HTTP that comes closest; 0 is what browsers write where there was no answer.
fn status(call: &SeenCall) -> (i64, String) {
    let words = super::error_type(call).unwrap_or_else(|| match call.outcome {
        CallOutcome::Ok => "OK".to_owned(),
        outcome => outcome.as_str().to_owned(),
    });
    let status = match (call.outcome, call.code) {
        (CallOutcome::Ok, _) => 200,
        (CallOutcome::Transport, Some(status)) => status,
        (CallOutcome::ToolError | CallOutcome::JsonrpcError, _) => 500,
        _ => 0,
    };
    (status, words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::traffic::details::tests::kept;

    #[test]
    fn outcomes_as_statuses() {
        for (outcome, code, status, words) in [
            (CallOutcome::Ok, None, 200, "OK"),
            (CallOutcome::ToolError, None, 500, "tool_error"),
            (CallOutcome::JsonrpcError, Some(-32602), 500, "-32602"),
            (CallOutcome::Transport, Some(503), 503, "http_503"),
            (CallOutcome::Transport, None, 0, "transport"),
            (CallOutcome::Timeout, None, 0, "timeout"),
            (CallOutcome::Unknown, None, 0, "unknown"),
        ] {
            let archive = archive(&[kept(outcome, code).detail(true)]);
            let response = &archive["log"]["entries"][0]["response"];
            assert_eq!(response["status"], status, "{outcome:?}");
            assert_eq!(response["statusText"], words, "{outcome:?}");
        }
    }

    #[test]
    fn an_entry_has_all_that_is_required() {
        let archive = archive(&[kept(CallOutcome::Ok, None).detail(true)]);
        let log = &archive["log"];
        assert_eq!(log["version"], "1.2");
        assert_eq!(log["pages"][0]["id"], log["entries"][0]["pageref"]);
        let entry = &log["entries"][0];
        assert_eq!(entry["startedDateTime"], "2026-11-21T04:05:06.789Z");
        assert_eq!(entry["request"]["url"], "mcp://files/tools/call/read");
        assert_eq!(entry["request"]["postData"]["text"], "{\"q\":1}");
        assert_eq!(entry["time"], 250.0);
        for (part, names) in [
            (
                "request",
                "method url httpVersion cookies headers queryString headersSize bodySize",
            ),
            (
                "response",
                "status statusText httpVersion cookies headers content redirectURL headersSize bodySize",
            ),
            ("timings", "send wait receive"),
        ] {
            for name in names.split(' ') {
                assert!(!entry[part][name].is_null(), "{part} {name}");
            }
        }
        assert!(entry["cache"].is_object());
    }
}
