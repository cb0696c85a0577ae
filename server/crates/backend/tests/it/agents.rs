//! Agents that report by files, over HTTP, as metrics, and as the telemetry of Claude Code.

use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use serde_json::{Value, json};

use crate::app::{TestApp, quick, start};

const AGENTS: &str = "/observability/agents";

/// The agent of that id in a picture.
fn one<'a>(picture: &'a Value, id: &str) -> &'a Value {
    let agents = picture["agents"].as_array().unwrap();
    let found = agents.iter().find(|agent| agent["id"] == id);
    found.unwrap_or(&Value::Null)
}

fn source<'a>(picture: &'a Value, name: &str) -> &'a Value {
    let sources = picture["sources"].as_array().unwrap();
    let found = sources
        .iter()
        .find(|it| it["name"].as_str().unwrap().ends_with(name));
    found.unwrap_or(&Value::Null)
}

async fn send(app: &TestApp, body: &'static str) -> (u16, String) {
    let request = app
        .http
        .post(format!("{}/api/synthex/agents", app.url))
        .body(body);
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_over_http_are_kept_over_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), quick()).await.unwrap();
    let (status, taken) = send(
        &app,
        r#"{"agents": {"a/b ü": {"type": "coder", "status": "active", "health_metrics": {"health_score": 81, "zone": {"x": 1}}},
            "bad": {"status": "idle", "health_score": "high"}}}"#,
    )
    .await;
    assert_eq!(status, 200, "{taken}");
    let taken: Value = serde_json::from_str(&taken).unwrap();
    assert_eq!(taken["agents"], 2);
    assert_eq!(
        taken["notes"],
        json!(["bad: health_score: \"high\" is no number; it was not taken"])
    );
    let (status, why) = send(&app, "{\"agents\": {\"a\": ").await;
    assert_eq!(status, 400);
    assert_eq!(
        why,
        "this is no report of agents: the text breaks off at line 1, column 17, and no agent was whole before\n"
    );
    let detail = app.json(&format!("{AGENTS}/a%2Fb%20%C3%BC")).await;
    assert_eq!(detail["agent"]["score"], 81.0);
    assert_eq!(
        detail["facts"],
        json!([{ "name": "health_metrics.zone.x", "value": "1" }])
    );
    assert_eq!(detail["spans"][0]["state"], "active");
    let refusals = app.json("/observability/refusals").await;
    assert!(
        refusals
            .as_array()
            .unwrap()
            .iter()
            .any(|it| it["source"] == "agents"),
        "{refusals}"
    );
    // Its series are there for charts and rules.
    let query = "/api/v1/query?query=synthex_agent_health_score{agent=\"a/b ü\"}";
    app.until(query, |found| {
        found["data"]["result"][0]["value"][1] == "81"
    })
    .await;
    let table = app.json("/observability/export/json?table=agents").await;
    assert_eq!(table.as_array().unwrap().len(), 2, "{table}");
    app.stop().await;
    let app = start(folder.path(), quick()).await.unwrap();
    let after = app.json(&format!("{AGENTS}/a%2Fb%20%C3%BC")).await;
    assert_eq!(after["agent"], detail["agent"]);
    assert_eq!(after["facts"], detail["facts"]);
    assert_eq!(after["spans"][0]["from_ms"], detail["spans"][0]["from_ms"]);
    assert_eq!(app.get(&format!("{AGENTS}/none")).await.status(), 404);
    assert_eq!(
        app.get(&format!("{AGENTS}/bad?last_ms=5&to_ms=4"))
            .await
            .status(),
        400
    );
    let forget = app.http.delete(format!("{}{AGENTS}/bad", app.url));
    assert_eq!(forget.send().await.unwrap().status(), 409, "it is alive");
    assert_eq!(
        send(&app, r#"[{"id": "bad", "state": "stopped"}]"#).await.0,
        200
    );
    let forget = app.http.delete(format!("{}{AGENTS}/bad", app.url));
    assert_eq!(forget.send().await.unwrap().status(), 204);
    assert_eq!(app.get(&format!("{AGENTS}/bad")).await.status(), 404);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_rewritten_cut_replaced_and_removed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("status.json");
    let mut config = quick();
    config.agents.files = vec![folder.path().join("st*.json")];
    let app = start(&folder.path().join("data"), config).await.unwrap();
    // Written anew all the time, not at once but piece by piece: whatever is taken is whole.
    let writer = tokio::task::spawn_blocking({
        let path = path.clone();
        move || {
            for round in 0..150 {
                let agent = |n: u32| {
                    format!(
                        "\"agent-{n}\": {{\"state\": \"active\", \"tasks_completed\": {round}}}"
                    )
                };
                let text = format!("{{{}}}", (0..40).map(agent).collect::<Vec<_>>().join(",\n"));
                let mut file = std::fs::File::create(&path).unwrap();
                for piece in text.as_bytes().chunks(700) {
                    std::io::Write::write_all(&mut file, piece).unwrap();
                    std::thread::sleep(std::time::Duration::from_millis(2));
                }
                drop(file);
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
        }
    });
    app.until(AGENTS, |picture| {
        picture["agents"].as_array().unwrap().len() == 40
    })
    .await;
    while !writer.is_finished() {
        let picture = app.json(AGENTS).await;
        assert_eq!(
            picture["dead"], 0,
            "half a file says of nobody that it is gone"
        );
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    writer.await.unwrap();
    app.until(AGENTS, |picture| {
        one(picture, "agent-39")["figures"]["tasks_completed"] == 149.0
    })
    .await;
    // Cut off in the middle of its second agent.
    std::fs::write(
        &path,
        "{\"agent-0\": {\"state\": \"idle\"},\n\"agent-1\": {\"state\": \"idle\",",
    )
    .unwrap();
    let cut = app
        .until(AGENTS, |picture| one(picture, "agent-0")["state"] == "idle")
        .await;
    assert_ne!(one(&cut, "agent-1")["state"], "idle");
    let mistake = source(&cut, "status.json")["mistakes"][0].as_str().unwrap();
    assert!(mistake.contains("breaks off at line 2"), "{mistake}");
    // Replaced by one with another agent: the others are gone, and that is said.
    let new = folder.path().join("new.json");
    std::fs::write(&new, "[{\"id\": \"other\", \"state\": \"active\"}, {\"id\": \"agent-0\", \"state\": \"active\"}]").unwrap();
    std::fs::rename(&new, &path).unwrap();
    let replaced = app
        .until(AGENTS, |picture| one(picture, "other")["state"] == "active")
        .await;
    let gone = one(&replaced, "agent-7");
    assert_eq!(gone["state"], "dead");
    assert!(
        gone["why"]
            .as_str()
            .unwrap()
            .ends_with("status.json no longer has it"),
        "{gone}"
    );
    assert_eq!(source(&replaced, "status.json")["mistakes"], json!([]));
    std::fs::remove_file(&path).unwrap();
    let removed = app
        .until(AGENTS, |picture| {
            source(picture, "status.json")["mistakes"] != json!([])
        })
        .await;
    let mistake = source(&removed, "status.json")["mistakes"][0]
        .as_str()
        .unwrap();
    assert!(mistake.starts_with("it is not there any more"), "{mistake}");
    assert_ne!(one(&removed, "other")["state"], "dead");
    // Many that are gone at once are one mark.
    let marks = app
        .until("/observability/events?limit=20", |events| {
            events.to_string().contains("agents are dead")
        })
        .await;
    assert!(marks.to_string().contains("39 agents are dead"), "{marks}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_that_are_pushed_and_sent() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), quick()).await.unwrap();
    let text =
        "agent_health_score{agent=\"p\",type=\"x\"} 64\nsynthex_agent_queue_depth{agent=\"p\"} 7\n";
    let push = app
        .http
        .put(format!("{}/metrics/job/fleet", app.url))
        .body(text)
        .send()
        .await
        .unwrap();
    assert!(push.status().is_success());
    let at = format!("{}000000", jiff::Timestamp::now().as_millisecond());
    let attribute =
        |key: &str, value: &str| json!({ "key": key, "value": { "stringValue": value } });
    let body = json!({ "resourceMetrics": [{
        "resource": { "attributes": [attribute("service.name", "swarm")] },
        "scopeMetrics": [{ "metrics": [
            { "name": "synthex_ml_prediction_accuracy", "gauge": { "dataPoints": [
                { "timeUnixNano": at, "asDouble": 0.75, "attributes": [attribute("agent_id", "o")] }] } },
            { "name": "synthex_agent_tasks", "sum": { "isMonotonic": true, "aggregationTemporality": 2, "dataPoints": [
                { "timeUnixNano": at, "asInt": "9", "attributes": [attribute("agent_id", "o"), attribute("status", "completed")] }] } },
        ]}],
    }]});
    assert_eq!(app.post("/v1/metrics", body).await.0, 200);
    let wanted = |picture: &Value| !one(picture, "p").is_null() && !one(picture, "o").is_null();
    let picture = app.until(AGENTS, wanted).await;
    let (pushed, sent) = (one(&picture, "p"), one(&picture, "o"));
    assert_eq!(
        (&pushed["score"], &pushed["is_own_score"]),
        (&json!(64.0), &json!(true)),
        "{pushed}"
    );
    assert_eq!(
        (&pushed["figures"]["queue_depth"], &pushed["source"]),
        (&json!(7.0), &json!("metrics"))
    );
    assert_eq!(
        (&sent["figures"]["tasks_completed"], &sent["source_name"]),
        (&json!(9.0), &json!("swarm")),
        "{sent}"
    );
    assert_eq!(sent["figures"]["prediction_accuracy"], 0.75);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn telemetry_of_claude_code() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), quick()).await.unwrap();
    let now = jiff::Timestamp::now().as_millisecond();
    let attributes = |all: &[(&str, &str)]| -> Value {
        let attribute =
            |(key, value): &(&str, &str)| json!({ "key": key, "value": { "stringValue": value } });
        all.iter().map(attribute).collect()
    };
    let record = |name: &str, more: &[(&str, &str)]| {
        let all = [&[("session.id", "s-1"), ("event.name", name)], more].concat();
        json!({ "timeUnixNano": format!("{now}000000"), "body": { "stringValue": format!("claude_code.{name}") },
            "attributes": attributes(&all) })
    };
    let resource = attributes(&[
        ("service.name", "claude-code"),
        ("service.version", "2.0.1"),
    ]);
    let logs = json!({ "resourceLogs": [{
        "resource": { "attributes": resource },
        "scopeLogs": [{ "scope": { "name": "com.anthropic.claude_code.events" }, "logRecords": [
            record("user_prompt", &[("prompt_length", "31")]),
            record("api_request", &[("model", "claude-x"), ("cost_usd", "0.02"), ("input_tokens", "900"),
                ("output_tokens", "100"), ("duration_ms", "1500")]),
            record("tool_result", &[("tool_name", "Bash"), ("success", "true"), ("duration_ms", "80")]),
            record("tool_decision", &[("tool_name", "Edit"), ("decision", "accept"), ("source", "config")]),
            { "body": { "stringValue": "a line of a log" } },
        ]}],
    }]});
    let (status, answer) = app.post("/v1/logs", logs.clone()).await;
    // Only what is no event is not kept.
    assert_eq!(
        (status, &answer["partialSuccess"]["rejectedLogRecords"]),
        (200, &json!("1")),
        "{answer}"
    );
    let detail = app.json(&format!("{AGENTS}/s-1")).await;
    let agent = &detail["agent"];
    assert_eq!(
        (&agent["state"], &agent["kind"], &agent["version"]),
        (&json!("active"), &json!("claude-code"), &json!("2.0.1"))
    );
    assert_eq!(
        (&agent["source"], &agent["figures"]["tokens"]),
        (&json!("Claude Code"), &json!(1000.0))
    );
    let names: Vec<_> = detail["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["name"].clone())
        .collect();
    assert_eq!(names.len(), 4, "{detail}");
    assert!(names.contains(&json!("tool_decision")));
    let uses = detail["uses"].as_array().unwrap();
    let model = uses.iter().find(|it| it["kind"] == "model").unwrap();
    assert_eq!(
        (&model["name"], &model["count"], &model["cost_usd"]),
        (&json!("claude-x"), &json!(1), &json!(0.02))
    );
    // The same by gRPC, of another session.
    let other = logs.to_string().replace("s-1", "s-2");
    let message = ingest::otlp::to_protobuf(other.as_bytes(), ingest::otlp::Signal::Logs).unwrap();
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    let frame = [&[0][..], &length, &message].concat();
    let service = "opentelemetry.proto.collector.logs.v1.LogsService/Export";
    let request = app.http.post(format!("{}/{service}", app.url)).body(frame);
    let request = request.header("content-type", "application/grpc");
    assert_eq!(request.send().await.unwrap().status(), 200);
    let other = app.json(&format!("{AGENTS}/s-2")).await;
    assert_eq!(other["agent"]["figures"]["tokens"], 1000.0);
    // What its metrics say as well, as deltas, which it sends unless told otherwise.
    let point = |kind: &str, value: f64| {
        json!({ "startTimeUnixNano": format!("{}000000", now - 1000), "timeUnixNano": format!("{now}000000"),
            "asDouble": value, "attributes": attributes(&[("session.id", "s-1"), ("type", kind)]) })
    };
    let sum = |name: &str, unit: &str, points: Vec<Value>| {
        json!({ "name": name, "unit": unit,
            "sum": { "isMonotonic": true, "aggregationTemporality": 1, "dataPoints": points } })
    };
    let metrics = json!({ "resourceMetrics": [{ "resource": { "attributes": resource }, "scopeMetrics": [{ "metrics": [
        sum("claude_code.token.usage", "tokens", vec![point("input", 2500.0), point("output", 500.0)]),
        sum("claude_code.cost.usage", "USD", vec![point("", 0.5)]),
        sum("claude_code.lines_of_code.count", "count", vec![point("added", 12.0)]),
        sum("claude_code.session.count", "count", vec![point("", 1.0)]),
    ]}]}]});
    assert_eq!(app.post("/v1/metrics", metrics).await.0, 200);
    let picture = app
        .until(AGENTS, |picture| {
            one(picture, "s-1")["figures"]["tokens"] == 3000.0
        })
        .await;
    assert_eq!(one(&picture, "s-1")["figures"]["cost_usd"], 0.5);
    let detail = app.json(&format!("{AGENTS}/s-1")).await;
    assert_eq!(
        detail["facts"],
        json!([{ "name": "lines of code: added", "value": "12" }])
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_only_read_reports_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = quick();
    for (name, role) in [
        ("reader", wire::Role::Viewer),
        ("writer", wire::Role::Operator),
    ] {
        config.auth.keys.push(backend::config::ApiKey {
            name: name.to_owned(),
            key: backend::config::Secret::new(format!("{name}-0123456789abcdef0123456789")),
            role,
        });
    }
    let app = start(folder.path(), config).await.unwrap();
    let url = format!("{}/api/synthex/agents", app.url);
    for (key, expected) in [(None, 401), (Some("reader"), 403), (Some("writer"), 200)] {
        let mut request = app.http.post(&url).body("[{\"id\": \"a\"}]");
        if let Some(key) = key {
            request = request.bearer_auth(format!("{key}-0123456789abcdef0123456789"));
        }
        assert_eq!(request.send().await.unwrap().status(), expected, "{key:?}");
    }
    let request = app.http.get(format!("{}{AGENTS}", app.url));
    let request = request.bearer_auth("reader-0123456789abcdef0123456789");
    let picture: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(source(&picture, "writer")["agents"], 1);
    app.stop().await;
}

/// An agent that really works, as its own process; it is killed at the latest at the end.
struct Worker(Child);

impl Worker {
    fn start(id: &str, to: &str) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
        let program: PathBuf = root.join("end2end/agents/agent.mjs");
        let command = Command::new("node")
            .arg(program)
            .args([
                "--id", id, "--type", "packer", "--to", to, "--rate", "40", "--every", "500",
            ])
            .arg("--files")
            .arg(root.join("server/packs"))
            .spawn();
        Self(command.unwrap())
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_works_reports_in_each_way() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("status.json");
    let mut config = quick();
    config.agents.files = vec![file.clone()];
    let app = start(&folder.path().join("data"), config).await.unwrap();
    let mut by_file = Worker::start("by-file", &format!("file:{}", file.display()));
    let _by_http = Worker::start("by-http", &app.url);
    let _by_otlp = Worker::start("by-otlp", &format!("otlp:{}", app.url));
    let works = |agent: &Value| {
        let figures = &agent["figures"];
        figures["tasks_completed"].as_f64() > Some(10.0)
            && figures["memory_bytes"].as_f64() > Some(1e7)
            && figures["prediction_accuracy"].is_number()
            && agent["kind"] == "packer"
    };
    let patience = std::time::Duration::from_secs(60);
    let ids = ["by-file", "by-http", "by-otlp"];
    let picture = app
        .until_within(patience, AGENTS, |picture| {
            ids.iter().all(|id| works(one(picture, id)))
        })
        .await;
    for (id, way) in ids.into_iter().zip(["file", "HTTP", "metrics"]) {
        let agent = one(&picture, id);
        assert_eq!(agent["source"], way);
        assert!(
            ["active", "idle", "recovering"].contains(&agent["state"].as_str().unwrap()),
            "{agent}"
        );
        assert!(agent["score"].as_f64() > Some(0.0), "{agent}");
    }
    assert!(picture["balance_said"].is_string());
    // Killed, it says nothing any more.
    by_file.0.kill().unwrap();
    let silent = app
        .until_within(patience, AGENTS, |picture| {
            one(picture, "by-file")["state"] == "stale"
        })
        .await;
    assert!(
        one(&silent, "by-file")["why"]
            .as_str()
            .unwrap()
            .starts_with("nothing was heard"),
        "{silent}"
    );
    app.stop().await;
}
