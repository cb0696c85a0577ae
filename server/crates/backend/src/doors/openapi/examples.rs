//! Examples of what is sent.

use serde_json::{Value, json};

use super::rules;
use super::shapes::is_act;

/// An example of what is sent to an address.
pub(super) fn example(path: &str) -> Option<Value> {
    Some(match path {
        "/observability/processes/{pid}/end" => json!({ "start_ticks": 4_711_000 }),
        "/observability/definitions/changes/{id}" => {
            json!({ "decision": "approve", "by": "Ann", "comment": "as announced for 2.1" })
        }
        "/observability/definitions/decisions" => {
            json!({ "ids": [7, 8], "decision": "approve", "by": "Ann", "comment": "as announced for 2.1" })
        }
        "/observability/diagnostics/run" => json!({ "server": "files" }),
        "/observability/traffic" => json!({
            "id": "0199a3c2-7d1e-7c3a-9f00-3f1d2c4b5a69",
            "server": "files",
            "transport": "stdio",
            "records": [{
                "kind": "call",
                "at_ms": 1_795_233_906_789_i64,
                "session": "one",
                "from": "client",
                "method": "tools/call",
                "tool": "read_file",
                "client": "my-client",
                "duration_seconds": 0.012,
                "request_bytes": 120,
                "response_bytes": 4_096,
                "outcome": "ok",
            }],
        }),
        "/api/synthex/agents" => json!({
            "agents": {
                "coder-1": {
                    "type": "coder",
                    "status": "active",
                    "health_metrics": {
                        "queries_processed_per_second": 12.5,
                        "cpu_percent": 41.0,
                        "memory_bytes": 180_000_000,
                        "queue_depth": 2,
                        "tasks_completed": 120,
                        "tasks_failed": 3,
                        "prediction_accuracy": 0.91,
                        "region": "eu-1",
                    },
                },
            },
        }),
        "/api/builds" => json!({
            "id": "0199a3c2-7d1e-7c3a-9f00-3f1d2c4b5a70",
            "sequence": 2,
            "project": "tower",
            "command": "cargo build --release",
            "commit": "c0ffee0123456789c0ffee0123456789c0ffee01",
            "branch": "main",
            "profile": "release",
            "host": "runner-7",
            "builder": "GitLab CI",
            "state": "failure",
            "exit_code": 101,
            "began_ms": 1_795_233_906_789_i64,
            "told_ms": 1_795_233_918_901_i64,
            "duration_seconds": 12.1,
            "resolution_seconds": 0.3,
            "timing": "cargo",
            "units": [{
                "name": "tower-core",
                "version": "0.1.0",
                "part": "lib",
                "is_own": true,
                "is_fresh": false,
                "began_seconds": 0.3,
                "duration_seconds": 11.2,
            }],
            "errors": 1,
            "kinds": [{ "name": "borrow checker", "count": 1 }],
            "files": [{ "name": "top/src/main.rs", "count": 1 }],
            "failed": ["tower-top"],
            "messages": [{
                "is_error": true,
                "kind": "borrow checker",
                "code": "E0382",
                "text": "use of moved value: `v`",
                "rendered": "error[E0382]: use of moved value: `v`\n --> top/src/main.rs:5:10",
                "file": "top/src/main.rs",
                "line": 5,
                "column": 10,
            }],
        }),
        "/alerts" => json!({
            "name": "BackupFailed",
            "severity": "error",
            "summary": "the nightly backup of files has failed",
            "description": "Start it again by hand, and look at the free space.",
            "server": "files",
            "labels": { "disk": "b" },
            "by": "backup",
            "lasts_ms": 86_400_000,
        }),
        "/api/benchmarks" => json!({
            "suite": "experts",
            "commit": "1f0c2d9",
            "results": [
                { "name": "circle_experts_response_time", "unit": "ms", "samples": [182.0, 190.5, 201.3] },
                { "name": "synthex_parallel_speedup_factor", "value": 9.2 },
                { "name": "search", "unit": "ms", "mean": 20.1, "deviation": 2.2, "n": 16, "approach": "synthex" },
            ],
        }),
        "/api/events" => json!({
            "title": "everything 1.4.2",
            "kind": "deploy",
            "time": "2026-10-07T14:00:00Z",
            "server": "everything",
            "link": "https://ci.example/builds/812",
            "text": "Search answers twice as fast.",
            "tags": ["production"],
            "key": "build-812",
        }),
        "/alerts/{id}/acknowledge" => {
            json!({ "by": "Ann", "comment": "the disk is being replaced", "lasts_ms": 3_600_000 })
        }
        "/alerts/{id}/assign" => json!({ "by": "Ann", "owner": "Bob" }),
        path if is_act(path) => json!({ "by": "Ann", "comment": "the disk is being replaced" }),
        "/observability/silences" => json!({
            "matchers": "server=\"files\"",
            "lasts_ms": 3_600_000,
            "by": "Ann",
            "comment": "the disk is being replaced",
        }),
        "/observability/silences/{id}/end" | "/observability/notify/routes/file" => {
            json!({ "by": "Ann" })
        }
        "/observability/notify/routes" | "/observability/notify/routes/check" => json!({
            "text": "route:\n  receiver: log\nreceivers:\n  - name: log\n    log_configs: [{}]\n",
            "version": 0,
            "by": "Ann",
            "comment": "the log will do",
        }),
        "/observability/notify/routes/test" => {
            json!({ "alertname": "MCPServerDown", "server": "files", "severity": "critical" })
        }
        "/observability/notify/receivers/test" => {
            json!({ "receiver": "log", "labels": { "alertname": "Test" } })
        }
        "/observability/notify/templates/preview" => {
            json!({ "text": "{{ .Status }}: {{ .CommonLabels.alertname }}" })
        }
        "/observability/notify/rotas" => json!({
            "rota": "team",
            "person": "Bob",
            "to_ms": 1_900_000_000_000_i64,
            "by": "Ann",
        }),
        "/observability/windows"
        | "/observability/windows/preview"
        | "/observability/windows/{id}" => json!({
            "name": "Backup of the file servers",
            "matchers": "server files, web",
            "times": "22:00-06:00",
            "weekdays": "sat:sun",
            "zone": "Europe/Berlin",
            "by": "Ann",
            "comment": "disks are slow meanwhile",
        }),
        "/observability/windows/{id}/end" => json!({ "by": "Ann", "occurrence": true }),
        _ => return rules::example(path),
    })
}
