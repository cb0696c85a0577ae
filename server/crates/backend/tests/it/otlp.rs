//! OpenTelemetry's metrics, sent by its own SDKs and by hand.

use std::io::Write;
use std::path::{Path, PathBuf};

use backend::config::{ApiKey, Config, Secret};
use flate2::Compression;
use flate2::write::GzEncoder;
use prost::Message;
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::process::Command;

use crate::app::{TestApp, start};
use crate::boards::{board, newest};

#[path = "../../../ingest/src/otlp/tests/messages.rs"]
#[allow(dead_code, reason = "others use the rest")]
mod messages;

use messages::{Data, Numbers, metric, number, request};

const NEEDED: &str = "this test needs OpenTelemetry's SDKs: run .make/senders";

fn now_ms() -> u64 {
    model::Clock::now_ms(&model::SystemClock).cast_unsigned()
}

fn senders() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../.demo/senders")
}

/// Runs one of the programs that send; what it says comes back.
async fn run(program: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new(program);
    let output = command.args(arguments).output().await;
    let output = output.unwrap_or_else(|why| panic!("{why}: {NEEDED}"));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{errors}");
    format!("{said}{errors}")
}

fn script(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/senders");
    path.join(name).display().to_string()
}

/// What a query yields, as texts.
async fn asked(app: &TestApp, query: &str) -> Vec<String> {
    let query = wire::path_segment(query);
    let answer = app.json(&format!("/api/v1/query?query={query}")).await;
    let found = answer["data"]["result"].as_array().unwrap().iter();
    let one = |series: &Value| {
        let labels = series["metric"].as_object().unwrap().iter();
        let labels: Vec<String> = labels
            .filter(|(name, _)| !matches!(name.as_str(), "__name__" | "job" | "instance"))
            .map(|(name, value)| format!("{name}={}", value.as_str().unwrap()))
            .collect();
        format!(
            "{} {}",
            labels.join(","),
            series["value"][1].as_str().unwrap()
        )
        .trim()
        .to_owned()
    };
    let mut all: Vec<String> = found.map(one).collect();
    all.sort_unstable();
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sdk_of_python_is_understood() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), Config::default()).await.unwrap();
    let python = senders().join("venv/bin/python");
    let mut traces = String::new();
    for protocol in ["http", "grpc"] {
        for temporality in ["cumulative", "delta"] {
            let said = run(
                &python,
                &[&script("otlp.py"), protocol, &app.url, temporality],
            )
            .await;
            assert_eq!(said.matches("flushed True").count(), 2, "{said}");
            traces.push_str(&said);
            let job = format!("senders/python-{protocol}-{temporality}");
            let of = |metric: &str| format!("{metric}{{job={job:?}}}");
            for (query, expected) in [
                (
                    of("jobs_done_total"),
                    &["is_good=true,kind=a 6", "kind=b 8"][..],
                ),
                (of("queue_length"), &["9"]),
                (of("load_ratio"), &[r#"list=["x","y"] 0.25"#]),
                (
                    format!("histogram_count({})", of("exponential_bytes")),
                    &["6"],
                ),
                (
                    format!("histogram_sum({})", of("exponential_bytes")),
                    &["2008"],
                ),
                // Two of three are below.
                (
                    format!(
                        "round(histogram_fraction(0, 4, {}) * 6)",
                        of("exponential_bytes")
                    ),
                    &["4"],
                ),
                (
                    format!(
                        "sum by (le) (mcp_server_operation_duration_seconds_bucket{{job={job:?}}})"
                    ),
                    &["le=+Inf 4", "le=0.1 2", "le=1 2", "le=10 4"],
                ),
                (
                    of("mcp_server_operation_duration_seconds_count"),
                    &[
                        "error_type=timeout,gen_ai_tool_name=fetch,mcp_method_name=tools/call 2",
                        "gen_ai_tool_name=fetch,mcp_method_name=tools/call 2",
                    ],
                ),
                (
                    format!(
                        "count(target_info{{job={job:?},instance=\"one\",deployment_environment_name=\"test\",telemetry_sdk_language=\"python\"}})"
                    ),
                    &["1"],
                ),
            ] {
                assert_eq!(
                    asked(&app, &query).await,
                    expected,
                    "{protocol} {temporality}: {query}\n{said}"
                );
            }
        }
    }
    // What was measured within a span leads to it.
    let job = "senders/python-http-cumulative";
    let query = wire::path_segment(&format!("rate(traced_seconds_bucket{{job={job:?}}}[5m])"));
    let found = app
        .json(&format!("/api/v1/query_exemplars?query={query}"))
        .await;
    let found = &found["data"];
    assert_eq!(found[0]["seriesLabels"]["le"], "1", "{found}");
    let told = found[0]["exemplars"].as_array().unwrap();
    assert_eq!(told.len(), 2, "one of each time that it was sent: {found}");
    for one in told {
        assert_eq!(one["value"], "0.5");
        let trace = one["labels"]["trace_id"].as_str().unwrap();
        assert!(trace.len() == 32 && traces.contains(trace), "{trace}");
        assert_eq!(one["labels"]["span_id"].as_str().unwrap().len(), 16);
    }
    // The panels over calls show them.
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    let path = "server?server=python-http-cumulative&last_ms=60000&points=61";
    let shown = board(&app, path).await;
    for panel in ["calls-by-tool", "call-duration-by-tool"] {
        let newest = newest(&shown, panel);
        assert_eq!(newest.len(), 1, "{panel}: {newest:?}");
        assert_eq!(newest[0].0, "fetch");
        assert!(newest[0].1 > 0.0);
    }
    assert_eq!(newest(&shown, "call-durations").len(), 4);
    let shown = board(&app, "overview?last_ms=60000&points=61").await;
    let failing = newest(&shown, "failing-calls");
    assert_eq!(failing, [(String::new(), 0.5)]);
    let said = app.json("/api/v1/metadata?metric=jobs_done_total").await;
    assert_eq!(
        said["data"]["jobs_done_total"][0]["help"],
        "Jobs that are done."
    );
    let counts = app.get("/metrics").await.text().await.unwrap();
    let spans = r#"observatory_received_not_stored_total{source="otlp",kind="spans"} 4"#;
    assert!(counts.contains(spans), "{counts}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sdk_of_javascript_is_understood() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), Config::default()).await.unwrap();
    let packages = senders().display().to_string();
    // One sends JSON, the other protobuf.
    for kind in ["http", "proto"] {
        run(
            Path::new("node"),
            &[&script("otlp.mjs"), &packages, kind, &app.url],
        )
        .await;
        let job = format!("javascript-{kind}");
        let jobs = asked(&app, &format!("jobs_done_total{{job={job:?}}}")).await;
        assert_eq!(jobs, ["good=true,kind=a,n=1.5 7"]);
        let bucket =
            format!("mcp_client_operation_duration_seconds_bucket{{job={job:?},le=\"1\"}}");
        let bucket = asked(&app, &bucket).await;
        assert_eq!(
            bucket,
            ["gen_ai_tool_name=fetch,le=1,mcp_method_name=tools/call 1"]
        );
    }
    app.stop().await;
}

fn gauge(name: &str, at_ms: u64, value: f64) -> messages::Metric {
    let points = vec![number(&[], at_ms, value)];
    let numbers = Numbers {
        points,
        ..Numbers::default()
    };
    metric(name, "", Data::Gauge(numbers))
}

async fn send(
    app: &TestApp,
    path: &str,
    kind: &str,
    body: impl Into<reqwest::Body>,
) -> (StatusCode, String, Vec<u8>) {
    let request = app.http.post(format!("{}{path}", app.url));
    let request = request.header("content-type", kind).body(body);
    let response = request.send().await.unwrap();
    let kind = response.headers().get("content-type").cloned();
    let kind = kind.map_or(String::new(), |kind| kind.to_str().unwrap().to_owned());
    (
        response.status(),
        kind,
        response.bytes().await.unwrap().to_vec(),
    )
}

const PROTOBUF: &str = "application/x-protobuf";
const JSON: &str = "application/json";

#[tokio::test(flavor = "multi_thread")]
async fn what_is_rejected_is_said_and_the_rest_goes_in() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), Config::default()).await.unwrap();
    let (now, year) = (now_ms(), 365 * 86_400_000);
    let metrics = vec![
        gauge("good", now, 2.0),
        gauge("early", now + year, 1.0),
        gauge("...", now, 1.0),
    ];
    let body = request(&[("service.name", "x")], metrics).encode_to_vec();
    for path in ["/v1/metrics", "/api/v1/otlp/v1/metrics"] {
        let (status, kind, answer) = send(&app, path, PROTOBUF, body.clone()).await;
        assert_eq!((status, kind.as_str()), (StatusCode::OK, PROTOBUF));
        let answer = String::from_utf8_lossy(&answer);
        for part in [
            "\u{8}\u{2}",
            "1 no_name (...)",
            "1 samples too_far_ahead ({__name__=\"early\"",
        ] {
            assert!(answer.contains(part), "{part}: {answer}");
        }
    }
    assert_eq!(asked(&app, "good").await, ["2"]);
    let refusals = app.json("/observability/refusals").await;
    let all = refusals.as_array().unwrap();
    let one = all
        .iter()
        .find(|one| one["reason"] == "too_far_ahead")
        .unwrap();
    assert_eq!(
        (&one["source"], &one["count"], &one["sender"]),
        (&json!("otlp"), &json!(2), &json!("local"))
    );

    let logs = json!({ "resourceLogs": [{ "scopeLogs": [{ "logRecords": [{}, {}] }] }] });
    for path in ["/v1/logs", "/api/v1/otlp/v1/logs"] {
        let (status, kind, answer) = send(
            &app,
            path,
            "application/json; charset=utf-8",
            logs.to_string(),
        )
        .await;
        assert_eq!((status, kind.as_str()), (StatusCode::OK, JSON));
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        assert_eq!(answer["partialSuccess"]["rejectedLogRecords"], "2");
        let said = answer["partialSuccess"]["errorMessage"].as_str().unwrap();
        assert!(said.contains("not stored yet"), "{said}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_request_harms_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), Config::default()).await.unwrap();
    for (kind, body, status, part) in [
        (
            PROTOBUF,
            b"plain text".to_vec(),
            400,
            "not an OTLP request in protobuf",
        ),
        (JSON, b"[1]".to_vec(), 400, "not an OTLP request in JSON"),
        (
            "text/plain",
            b"{}".to_vec(),
            415,
            "application/x-protobuf or application/json",
        ),
        (
            "",
            b"{}".to_vec(),
            415,
            "application/x-protobuf or application/json",
        ),
        (
            PROTOBUF,
            vec![0; 11 << 20],
            413,
            "larger than 10485760 bytes",
        ),
    ] {
        let (found, answered, answer) = send(&app, "/v1/metrics", kind, body).await;
        assert_eq!(found.as_u16(), status, "{part}");
        let is_protobuf = kind == PROTOBUF;
        assert_eq!(answered, if is_protobuf { PROTOBUF } else { JSON });
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.contains(part), "{part}: {answer}");
    }
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    for _ in 0..64 {
        bomb.write_all(&vec![0; 1 << 20]).unwrap();
    }
    let request = app.http.post(format!("{}/v1/metrics", app.url));
    let request = request
        .header("content-type", JSON)
        .header("content-encoding", "gzip");
    let response = request.body(bomb.finish().unwrap()).send().await.unwrap();
    assert_eq!(response.status(), 413);
    let answer: Value = response.json().await.unwrap();
    assert_eq!(answer["code"], 8);
    let (status, _, answer) = send(&app, "/v1/metrics", JSON, "{}").await;
    assert_eq!((status.as_u16(), answer.as_slice()), (200, &b"{}"[..]));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_operators_send() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::default();
    config.auth.keys = [("v", wire::Role::Viewer), ("o", wire::Role::Operator)]
        .map(|(name, role)| ApiKey {
            name: name.to_owned(),
            key: Secret::new(name.repeat(20)),
            role,
        })
        .into();
    let app = start(folder.path(), config).await.unwrap();
    for (key, status) in [(None, 401), (Some("v"), 403), (Some("o"), 200)] {
        for path in [
            "/v1/metrics",
            "/v1/logs",
            "/v1/traces",
            "/api/v1/otlp/v1/metrics",
        ] {
            let mut request = app
                .http
                .post(format!("{}{path}", app.url))
                .header("content-type", JSON)
                .body("{}");
            if let Some(key) = key {
                request = request.bearer_auth(key.repeat(20));
            }
            assert_eq!(
                request.send().await.unwrap().status().as_u16(),
                status,
                "{path}"
            );
        }
    }
    app.stop().await;
}
