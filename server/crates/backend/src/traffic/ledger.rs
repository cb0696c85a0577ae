//! What records come to, as changes of series: in the product's names, and in those of OpenTelemetry's conventions
//! for MCP as Prometheus writes them.
//!
//! <https://github.com/open-telemetry/semantic-conventions-genai/blob/main/docs/gen-ai/mcp.md>

use std::collections::{BTreeMap, BTreeSet};

use model::Labels;
use traffic::{Batch, Call, Outcome, Pulse, Record, Side, Transport, What};

use super::caps::{Caps, NONE};

/// Bounds of the product's histogram of requests, in seconds.
const REQUEST: [f64; 12] = [
    0.001, 0.005, 0.01, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0,
];
/// Bounds that OpenTelemetry's conventions advise, in seconds.
const OPERATION: [f64; 14] = [
    0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0,
];

/// A series: its name and its labels.
pub(super) type Name = (String, Labels);

/// How a series changes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Change {
    /// A counter goes up.
    Add(f64),
    /// A gauge is this.
    Set(f64),
}

/// Changes of series.
pub(super) type Changes = BTreeMap<Name, Change>;

/// What a batch changes.
pub(super) fn changes(batch: &Batch, caps: &mut Caps) -> Changes {
    let server = caps.server(&batch.server);
    let mut ledger = Ledger {
        labels: Labels::new().with("server", server.clone()),
        server,
        transport: batch.transport,
        caps,
        changes: Changes::new(),
    };
    for (what, count) in [("bytes", batch.lost.bytes), ("records", batch.lost.records)] {
        if count > 0 {
            let labels = ledger.labels.clone().with("what", what);
            ledger.add("mcp_traffic_lost_total", labels, whole(count));
        }
    }
    for record in &batch.records {
        ledger.record(record);
    }
    ledger.changes
}

struct Ledger<'a> {
    server: String,
    labels: Labels,
    transport: Transport,
    caps: &'a mut Caps,
    changes: Changes,
}

impl Ledger<'_> {
    fn record(&mut self, record: &Record) {
        match record {
            Record::Call(call) if call.from == Side::Client => self.call(call),
            Record::Call(call) => self.asked_back(call),
            Record::Tools(list) => {
                for tool in &list.tools {
                    let name = self.caps.value(&self.server, "tool", &tool.name);
                    let labels = self.labels.clone().with("tool_name", name);
                    self.set(
                        "mcp_tool_definition_bytes",
                        labels.clone(),
                        whole(tool.bytes),
                    );
                    self.set("mcp_tool_definition_tokens", labels, whole(tool.tokens));
                }
            }
            Record::Count(count) => {
                let from = self.labels.clone().with("from", count.from.as_str());
                let times = whole(count.count);
                if count.what == What::Notification {
                    let method = self.value("method", count.method.as_deref());
                    self.add(
                        "mcp_notifications_total",
                        from.with("method", method),
                        times,
                    );
                } else {
                    let labels = from.with("what", count.what.as_str());
                    self.add("mcp_traffic_oddities_total", labels, times);
                }
            }
            Record::Pulse(pulse) => self.pulse(pulse),
            // They are compared, not counted.
            Record::Definitions(_) => {}
        }
    }

    fn call(&mut self, call: &Call) {
        let method = self.value("method", Some(&call.method));
        let tool = self.value("tool", call.tool.as_deref());
        let client = self.value("client", call.client.as_deref());
        let protocol = self.value("protocol", call.protocol.as_deref());
        let error = error_type(call);
        let error = error.map(|error| self.caps.value(&self.server, "error", &error));
        let took = seconds(call.duration_seconds);
        let asked = method.clone();

        let operation = if call.method == "tools/call" {
            "execute_tool"
        } else {
            NONE
        };
        let labels = self.labels.clone().with("method", method.clone());
        let labels = labels
            .with("tool", tool.clone())
            .with("operation", operation);
        self.observe("mcp_request_duration_seconds", &labels, took, &REQUEST);
        self.add(
            "mcp_request_bytes_total",
            labels.clone(),
            whole(call.request_bytes),
        );
        self.add(
            "mcp_response_bytes_total",
            labels.clone(),
            whole(call.response_bytes),
        );
        let labels = labels.with("client", client);
        let status = status(call.outcome);
        self.add(
            "mcp_requests_total",
            labels.clone().with("status", status),
            1.0,
        );
        if let Some(error) = &error {
            let labels = labels.with("error_type", error.clone());
            self.add("mcp_request_errors_total", labels, 1.0);
        }

        let pipe = matches!(self.transport, Transport::Stdio);
        let labels = self.labels.clone().with("mcp_method_name", method);
        let labels = labels
            .with("network_transport", if pipe { "pipe" } else { "tcp" })
            .with(
                "gen_ai_tool_name",
                call.tool.as_ref().map_or("", |_| tool.as_str()),
            )
            .with("error_type", error.clone().unwrap_or_default())
            .with(
                "mcp_protocol_version",
                call.protocol.as_ref().map_or("", |_| protocol.as_str()),
            );
        self.observe(
            "mcp_server_operation_duration_seconds",
            &labels,
            took,
            &OPERATION,
        );

        let endpoint = call.tool.as_ref().map_or(&asked, |_| &tool);
        self.signs(call, endpoint);
        if call.tool.is_some() {
            self.tool(call, tool, error, took);
        }
    }

    /// What looks like an attack or a secret: each kind once a call, wherever it is in it.
    fn signs(&mut self, call: &Call, endpoint: &str) {
        let kinds: BTreeSet<&str> = call.signs.iter().map(|sign| sign.what.as_str()).collect();
        for kind in kinds {
            let labels = self.labels.clone().with("pattern_type", kind);
            let labels = labels.with("endpoint", endpoint);
            self.add("mcp_suspicious_requests_total", labels, 1.0);
        }
    }

    fn tool(&mut self, call: &Call, tool: String, error: Option<String>, took: f64) {
        let labels = self.labels.clone().with("tool_name", tool);
        self.add("mcp_tool_execution_seconds_sum", labels.clone(), took);
        self.add("mcp_tool_execution_seconds_count", labels.clone(), 1.0);
        self.add(
            "mcp_tool_result_tokens_total",
            labels.clone(),
            whole(call.result_tokens),
        );
        if let Some(error) = error {
            let labels = labels.clone().with("error_type", error);
            self.add("mcp_tool_errors_total", labels, 1.0);
        }
        if call.is_empty {
            self.add("mcp_tool_empty_results_total", labels.clone(), 1.0);
        }
        if call.is_unadvertised {
            self.add("mcp_tool_unadvertised_calls_total", labels, 1.0);
        }
    }

    /// Servers ask their clients as well, which is no request to the server.
    fn asked_back(&mut self, call: &Call) {
        let method = self.value("method", Some(&call.method));
        let status = status(call.outcome);
        let labels = self
            .labels
            .clone()
            .with("method", method)
            .with("status", status);
        self.add("mcp_server_requests_to_client_total", labels, 1.0);
    }

    fn pulse(&mut self, pulse: &Pulse) {
        if !pulse.is_open {
            #[expect(clippy::cast_precision_loss, reason = "milliseconds fit")]
            let took = seconds(pulse.at_ms.saturating_sub(pulse.began_ms) as f64 / 1e3);
            let labels = self
                .labels
                .clone()
                .with("transport_type", self.transport.as_str());
            self.observe("mcp_connection_duration_seconds", &labels, took, &OPERATION);
            let pipe = matches!(self.transport, Transport::Stdio);
            let network = if pipe { "pipe" } else { "tcp" };
            let labels = self.labels.clone().with("network_transport", network);
            self.observe(
                "mcp_server_session_duration_seconds",
                &labels,
                took,
                &OPERATION,
            );
        }
    }

    fn value(&mut self, kind: &'static str, value: Option<&str>) -> String {
        self.caps.value(&self.server, kind, value.unwrap_or(NONE))
    }

    fn add(&mut self, name: &str, labels: Labels, by: f64) {
        let change = self
            .changes
            .entry((name.to_owned(), labels))
            .or_insert(Change::Add(0.0));
        if let Change::Add(sum) = change {
            *sum += by;
        }
    }

    fn set(&mut self, name: &str, labels: Labels, value: f64) {
        self.changes
            .insert((name.to_owned(), labels), Change::Set(value));
    }

    fn observe(&mut self, name: &str, labels: &Labels, value: f64, bounds: &[f64]) {
        for bound in bounds {
            // A bucket that stays as it is has to be there as well.
            let within = if value <= *bound { 1.0 } else { 0.0 };
            let labels = labels.clone().with("le", bound.to_string());
            self.add(&format!("{name}_bucket"), labels, within);
        }
        let all = labels.clone().with("le", "+Inf");
        self.add(&format!("{name}_bucket"), all, 1.0);
        self.add(&format!("{name}_sum"), labels.clone(), value);
        self.add(&format!("{name}_count"), labels.clone(), 1.0);
    }
}

/// How a request went, as a word: what cannot be told is neither.
fn status(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Ok => "success",
        Outcome::Unknown => "unknown",
        _ => "error",
    }
}

/// Why a call counts as an error, as a word or the number of its code.
fn error_type(call: &Call) -> Option<String> {
    let word = match (call.outcome, call.code) {
        (Outcome::Ok | Outcome::Unknown, _) => return None,
        (Outcome::ToolError, _) => "tool_error",
        (Outcome::JsonrpcError, Some(code)) => return Some(code.to_string()),
        (Outcome::JsonrpcError, None) => "jsonrpc_error",
        (Outcome::Transport, Some(status)) => return Some(format!("http_{status}")),
        (Outcome::Transport, None) => "transport",
        (Outcome::Timeout, _) => "timeout",
        (Outcome::Cancelled, _) => "cancelled",
    };
    Some(word.to_owned())
}

/// A duration that can be one.
fn seconds(value: f64) -> f64 {
    if value.is_finite() {
        value.max(0.0)
    } else {
        0.0
    }
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
fn whole(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(records: serde_json::Value) -> BTreeMap<String, f64> {
        let batch = json!({ "id": "1", "server": "fs", "transport": "stdio", "records": records });
        let batch: Batch = serde_json::from_value(batch).unwrap();
        let changes = changes(&batch, &mut Caps::default());
        let series = changes.into_iter().map(|((name, labels), change)| {
            let (Change::Add(value) | Change::Set(value)) = change;
            (format!("{name}{labels}"), value)
        });
        series.collect()
    }

    #[test]
    fn a_call_in_all_its_names() {
        let call = |outcome: &str, code: i64, seconds: f64| {
            json!({ "kind": "call", "at_ms": 1, "session": "s", "from": "client", "method": "tools/call", "tool": "echo",
                "client": "me", "protocol": "2025-11-25", "duration_seconds": seconds, "outcome": outcome,
                "code": code, "request_bytes": 10, "result_tokens": 3, "signs": [
                { "what": "path_traversal", "place": "arguments.a" }, { "what": "path_traversal", "place": "arguments.b" }] })
        };
        let told = told(json!([
            call("ok", 0, 0.02),
            call("tool_error", 0, 0.3),
            call("jsonrpc_error", -32602, 0.0),
            call("transport", 503, 40.0),
            call("unknown", 0, 0.02),
        ]));
        let of = |name: &str| {
            let found = told.get(name);
            *found.unwrap_or_else(|| panic!("no {name} in {told:#?}"))
        };
        let requests = r#"{client="me", method="tools/call", operation="execute_tool", server="fs", status="X", tool="echo"}"#;
        assert_eq!(
            of(&format!(
                "mcp_requests_total{}",
                requests.replace('X', "success")
            )),
            1.0
        );
        assert_eq!(
            of(&format!(
                "mcp_requests_total{}",
                requests.replace('X', "error")
            )),
            3.0
        );
        let bucket = |le: &str| {
            of(&format!(
                r#"mcp_request_duration_seconds_bucket{{le="{le}", method="tools/call", operation="execute_tool", server="fs", tool="echo"}}"#
            ))
        };
        assert_eq!(
            (bucket("0.01"), bucket("0.5"), bucket("30"), bucket("+Inf")),
            (1.0, 4.0, 4.0, 5.0)
        );
        assert_eq!(
            of(
                r#"mcp_suspicious_requests_total{endpoint="echo", pattern_type="path_traversal", server="fs"}"#
            ),
            5.0
        );
        // What cannot be told is no error.
        assert_eq!(
            of(&format!(
                "mcp_requests_total{}",
                requests.replace('X', "unknown")
            )),
            1.0
        );
        let errors = told.keys().filter(|name| name.contains("_errors_total"));
        assert!(errors.clone().count() > 0 && errors.clone().all(|name| !name.contains("unknown")));
        for (error, count) in [("tool_error", 1.0), ("-32602", 1.0), ("http_503", 1.0)] {
            let name = format!(
                r#"mcp_tool_errors_total{{error_type="{error}", server="fs", tool_name="echo"}}"#
            );
            assert_eq!(of(&name), count);
        }
        assert_eq!(
            of(
                r#"mcp_server_operation_duration_seconds_count{error_type="tool_error", gen_ai_tool_name="echo", mcp_method_name="tools/call", mcp_protocol_version="2025-11-25", network_transport="pipe", server="fs"}"#
            ),
            1.0
        );
        assert_eq!(
            of(r#"mcp_tool_result_tokens_total{server="fs", tool_name="echo"}"#),
            15.0
        );
    }

    #[test]
    fn what_is_no_call() {
        let told = told(json!([
            { "kind": "count", "at_ms": 1, "session": "s", "from": "server", "what": "stray", "count": 2 },
            { "kind": "count", "at_ms": 1, "session": "s", "from": "client", "what": "notification", "method": "n", "count": 3 },
            { "kind": "tools", "at_ms": 1, "session": "s", "tools": [{ "name": "echo", "bytes": 40, "tokens": 10 }] },
            { "kind": "pulse", "at_ms": 5_000, "session": "s", "began_ms": 1_000, "is_open": false, "in_flight": 0, "hung": 0 },
        ]));
        for (name, value) in [
            (
                r#"mcp_traffic_oddities_total{from="server", server="fs", what="stray"}"#,
                2.0,
            ),
            (
                r#"mcp_notifications_total{from="client", method="n", server="fs"}"#,
                3.0,
            ),
            (
                r#"mcp_tool_definition_bytes{server="fs", tool_name="echo"}"#,
                40.0,
            ),
            (
                r#"mcp_connection_duration_seconds_sum{server="fs", transport_type="stdio"}"#,
                4.0,
            ),
        ] {
            assert_eq!(told.get(name), Some(&value), "{name} {told:#?}");
        }
    }

    #[test]
    fn all_are_described() {
        let known = crate::catalogue::METRICS;
        let all = told(json!([
            { "kind": "call", "at_ms": 1, "session": "s", "from": "server", "method": "ping", "duration_seconds": 1, "outcome": "ok" },
            { "kind": "call", "at_ms": 1, "session": "s", "from": "client", "method": "tools/call", "tool": "x", "duration_seconds": 1,
              "outcome": "timeout", "is_empty": true, "is_unadvertised": true,
              "signs": [{ "what": "secret_in_result", "place": "result" }] },
            { "kind": "pulse", "at_ms": 5_000, "session": "s", "began_ms": 1_000, "is_open": false, "in_flight": 0, "hung": 0 },
            { "kind": "count", "at_ms": 1, "session": "s", "from": "server", "what": "stray", "count": 2 },
            { "kind": "count", "at_ms": 1, "session": "s", "from": "client", "what": "notification", "method": "n", "count": 3 },
            { "kind": "tools", "at_ms": 1, "session": "s", "tools": [{ "name": "echo", "bytes": 40, "tokens": 10 }] },
        ]));
        for series in all.keys() {
            let name = series.split('{').next().unwrap();
            let parts = ["_bucket", "_sum", "_count"].iter();
            let base = parts
                .filter_map(|part| name.strip_suffix(part))
                .next()
                .unwrap_or(name);
            assert!(known.iter().any(|it| it.name == base), "{name}");
        }
    }
}
