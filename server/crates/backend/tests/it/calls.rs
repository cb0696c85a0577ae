//! Calls that taps tell of: kept, found, bounded, and given as files.

use std::sync::LazyLock;

use backend::config::Config;
use serde_json::{Value, json};

use crate::app::{TestApp, start};

/// When calls are made that are not of now: within what is kept.
static BEGIN_MS: LazyLock<i64> = LazyLock::new(|| now_ms() - 3_600_000);

/// A call of a tool, with some fields changed.
fn call(tool: &str, changes: Value) -> Value {
    let mut call = json!({
        "kind": "call", "at_ms": *BEGIN_MS, "session": "s-1", "from": "client", "method": "tools/call", "tool": tool,
        "client": "agent one", "protocol": "2025-11-25", "duration_seconds": 0.02, "outcome": "ok",
        "request_bytes": 100, "response_bytes": 400, "result_tokens": 50,
    });
    for (name, value) in changes.as_object().unwrap() {
        call[name] = value.clone();
    }
    call
}

async fn tell(app: &TestApp, id: &str, server: &str, records: Vec<Value>) {
    let batch = json!({ "id": id, "server": server, "transport": "stdio", "records": records });
    let (status, answer) = app.post("/observability/traffic", batch).await;
    assert_eq!(status, 200, "{answer}");
}

async fn found(app: &TestApp, filter: &str) -> Vec<String> {
    let filter = wire::path_segment(filter);
    let path = format!("/observability/traffic/calls?filter={filter}");
    let page = app.json(&path).await;
    let calls = page["calls"].as_array().unwrap().iter();
    let name = |call: &Value| call["target"].as_str().unwrap_or("-").to_owned();
    calls.map(name).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_found_by_what_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), Config::default()).await.unwrap();
    let files = vec![
        call("read_file", json!({})),
        call("read_dir", json!({ "outcome": "tool_error" })),
        call("50%_off", json!({ "is_empty": true, "client": null })),
    ];
    tell(&app, "b-1", "files", files).await;
    let other = vec![
        call(
            "write",
            json!({ "outcome": "jsonrpc_error", "code": -32602, "client": "other" }),
        ),
        call(
            "x",
            json!({ "method": "resources/read", "tool": null, "target": "file:///a b" }),
        ),
        json!({ "kind": "pulse", "at_ms": *BEGIN_MS + 5_000, "session": "s-1", "began_ms": *BEGIN_MS - 1_000,
                "is_open": false, "in_flight": 0, "hung": 0 }),
        json!({ "kind": "tools", "at_ms": *BEGIN_MS, "session": "s-1",
                "tools": [{ "name": "write", "bytes": 400, "tokens": 100 }, { "name": "x", "bytes": 40, "tokens": 10 }] }),
    ];
    tell(&app, "b-2", "other", other.clone()).await;
    // The same batch is kept once.
    tell(&app, "b-2", "other", other).await;
    for (filter, expected) in [
        ("", "file:///a b|write|50%_off|read_dir|read_file"),
        ("server:files", "50%_off|read_dir|read_file"),
        ("tool:read_*", "read_dir|read_file"),
        ("tool:read_file tool:write", "write|read_file"),
        ("server:files -tool:read_*", "50%_off"),
        ("tool:50%*", "50%_off"),
        ("tool:READ_FILE", "read_file"),
        ("status:error", "write|read_dir"),
        ("-status:ok", "write|read_dir"),
        ("status:silent", "50%_off"),
        ("status:-32602", "write"),
        ("-status:-32602 server:other", "file:///a b"),
        (r#"client:"agent one" status:tool_error"#, "read_dir"),
        (r#"-client:"agent one""#, "write|50%_off"),
        ("method:resources/read", "file:///a b"),
        (r#"resource:"file:///a b""#, "file:///a b"),
        ("read file", "file:///a b|read_dir|read_file"),
        ("session:s-2", ""),
        (r#"client:"""#, "50%_off"),
        (r#"-tool:"" -client:"" server:files"#, "read_dir|read_file"),
    ] {
        assert_eq!(found(&app, filter).await.join("|"), expected, "{filter}");
    }
    for (query, word) in [
        ("filter=colour%3Ared", "colour:red"),
        ("filter=status%3Afine", "status:fine"),
        ("filter=tool%3A%22a", "not closed"),
        ("last_ms=5&to_ms=5", "from_ms"),
        ("filtre=x", "filtre"),
    ] {
        let path = format!("/observability/traffic/calls?{query}");
        let answer = app.get(&path).await;
        assert_eq!(answer.status().as_u16(), 400, "{query}");
        let problem: Value = answer.json().await.unwrap();
        let message = problem["message"].as_str().unwrap();
        assert!(message.contains(word), "{query}: {message}");
    }

    let page = app.json("/observability/traffic/calls?limit=2").await;
    assert_eq!((&page["more"], &page["newest"]), (&json!(3), &json!(5)));
    let later = app.json("/observability/traffic/calls?after=4").await;
    assert_eq!(later["calls"].as_array().unwrap().len(), 1);
    let over = app.json("/observability/traffic/calls?last_ms=60000").await;
    assert_eq!(over["calls"], json!([]));

    let sessions = app
        .json("/observability/traffic/sessions?server=other")
        .await;
    assert_eq!(sessions.as_array().unwrap().len(), 1);
    let session = &sessions[0];
    assert_eq!(
        (&session["calls"], &session["failed"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(session["began_ms"], *BEGIN_MS - 1_000);
    assert_eq!(session["is_open"], false);

    let age_ms = 1_000 * 365 * 24 * 3_600_000_i64;
    let path = format!("/observability/traffic/summary?last_ms={age_ms}");
    let summary = app.json(&path).await;
    assert_eq!(
        (&summary["calls"], &summary["kept"]),
        (&json!(5), &json!(5))
    );
    let files = &summary["servers"][0];
    assert_eq!(files["all"]["name"], "files");
    assert_eq!(
        (&files["all"]["failed"], &files["all"]["silent"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(files["tools"].as_array().unwrap().len(), 3);
    assert_eq!(summary["servers"][1]["definition_tokens"], 110);

    // What cannot be told did not fail.
    let blind = call("packed", json!({ "outcome": "unknown" }));
    tell(&app, "b-3", "blind", vec![blind]).await;
    for (filter, expected) in [
        ("status:unknown", "packed"),
        ("status:error server:blind", ""),
    ] {
        assert_eq!(found(&app, filter).await.join("|"), expected, "{filter}");
    }
    let path = "/observability/traffic/sessions?server=blind";
    assert_eq!(app.json(path).await[0]["failed"], 0);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_has_its_frames_and_is_given_as_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), Config::default()).await.unwrap();
    let passed = json!([{ "after_seconds": 0.01, "from": "server", "method": "notifications/progress", "bytes": 60,
                          "text": "{\"progress\":1}" }]);
    let told = call(
        "slow",
        json!({ "between": passed, "between_more": 2, "request_text": "{\"q\":1}", "response_text": "{\"a\":2}" }),
    );
    tell(&app, "b-1", "files", vec![told, call("plain", json!({}))]).await;
    let detail = app.json("/observability/traffic/calls/1").await;
    assert_eq!(detail["call"]["target"], "slow");
    assert_eq!(detail["frames_left_out"], 2);
    let frames = detail["frames"].as_array().unwrap().iter();
    let frame = |frame: &Value| {
        format!(
            "{} {} {}",
            frame["kind"], frame["after_seconds"], frame["text"]
        )
    };
    let frames: Vec<_> = frames.map(frame).collect();
    assert_eq!(
        frames,
        [
            r#""request" 0.0 "{\"q\":1}""#,
            r#""progress" 0.01 "{\"progress\":1}""#,
            r#""answer" 0.02 "{\"a\":2}""#,
        ]
    );
    assert_eq!(
        app.get("/observability/traffic/calls/99").await.status(),
        404
    );
    assert_eq!(
        app.get("/observability/traffic/calls/x").await.status(),
        404
    );

    let all = app.json("/observability/traffic/export/json").await;
    let names: Vec<_> = all
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["call"]["target"])
        .collect();
    assert_eq!(names, ["slow", "plain"], "the oldest first");
    let har = app
        .json("/observability/traffic/export/har?filter=tool%3Aslow")
        .await;
    assert_eq!(har["log"]["entries"].as_array().unwrap().len(), 1);
    assert_eq!(
        har["log"]["entries"][0]["response"]["content"]["text"],
        "{\"a\":2}"
    );
    // What is given as spans is taken as spans, by the product itself.
    let otlp = app.json("/observability/traffic/export/otlp").await;
    let spans = &otlp["resourceSpans"][0]["scopeSpans"][0]["spans"];
    assert_eq!(spans.as_array().unwrap().len(), 2);
    let (status, answer) = app.post("/v1/traces", otlp.clone()).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(
        app.get("/observability/traffic/export/pdf").await.status(),
        404
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_is_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::default();
    config.retention.most_calls = 10;
    config.retention.payloads = None;
    let app = start(folder.path(), config).await.unwrap();
    for batch in 0..5 {
        let calls = (0..7).map(|n| {
            call(
                &format!("t{}", batch * 7 + n),
                json!({ "request_text": "{}" }),
            )
        });
        tell(&app, &format!("b-{batch}"), "files", calls.collect()).await;
    }
    let expected: Vec<_> = (25..35).rev().map(|n| format!("t{n}")).collect();
    assert_eq!(found(&app, "").await, expected);
    let detail = app.json("/observability/traffic/calls/35").await;
    assert!(
        detail["frames"][0]["text"].is_null(),
        "payloads are off here"
    );
    // Totals count on.
    let query = wire::path_segment(r#"sum(mcp_requests_total{server="files"})"#);
    let path = format!("/api/v1/query?query={query}");
    app.until(&path, |answer| {
        answer["data"]["result"][0]["value"][1] == "35"
    })
    .await;
    app.stop().await;

    // Older calls go with their age; numbers do not come again.
    let mut config = Config::default();
    config.retention.calls = std::time::Duration::from_secs(3_600);
    let app = start(folder.path(), config).await.unwrap();
    app.until("/observability/traffic/calls", |page| {
        page["calls"] == json!([])
    })
    .await;
    tell(
        &app,
        "late",
        "files",
        vec![call("new", json!({ "at_ms": now_ms() }))],
    )
    .await;
    let page = app.json("/observability/traffic/calls").await;
    assert_eq!(page["calls"][0]["id"], 36, "{page}");
    let mixed =
        [now_ms(), *BEGIN_MS, now_ms()].map(|at_ms| call("mixed", json!({ "at_ms": at_ms })));
    tell(&app, "mixed", "files", mixed.to_vec()).await;
    let kept = app.json("/observability/traffic/summary").await;
    assert_eq!(kept["kept"], 4);
    app.stop().await;
    // One in the middle goes; it is not counted any more.
    let mut config = Config::default();
    config.retention.calls = std::time::Duration::from_secs(3_600);
    let app = start(folder.path(), config).await.unwrap();
    app.until("/observability/traffic/summary?last_ms=3600001", |told| {
        told["kept"] == 3
    })
    .await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_senders_say_is_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), Config::default()).await.unwrap();
    let year_ms = 365 * 24 * 3_600_000;
    let at_ms = now_ms() + year_ms;
    let records = vec![
        call(
            "ahead",
            json!({ "at_ms": at_ms, "request_text": "{}", "result_tokens": u64::MAX }),
        ),
        call(
            "long_ago",
            json!({ "at_ms": i64::MIN, "result_tokens": u64::MAX }),
        ),
        json!({ "kind": "pulse", "at_ms": at_ms, "session": "s-1", "began_ms": at_ms,
                "is_open": true, "in_flight": 0, "hung": 0 }),
        json!({ "kind": "tools", "at_ms": at_ms, "session": "s-1",
                "tools": [{ "name": "a", "bytes": u64::MAX, "tokens": u64::MAX },
                          { "name": "b", "bytes": u64::MAX, "tokens": u64::MAX }] }),
    ];
    tell(&app, "b-1", "files", records).await;
    // A call of this very millisecond is in the next answer.
    let page = app.until("/observability/traffic/calls", |page| {
        page["calls"]
            .as_array()
            .is_some_and(|calls| calls.len() == 2)
    });
    let page = page.await;
    let now_ms = now_ms();
    let at_ms = |n: usize| page["calls"][n]["at_ms"].as_i64().unwrap();
    assert!(at_ms(1) <= now_ms, "{page}");
    assert_eq!(at_ms(0), 0);
    let sessions = app.json("/observability/traffic/sessions").await;
    assert!(
        sessions[0]["last_ms"].as_i64().unwrap() <= now_ms,
        "{sessions}"
    );
    // Who asks for an hour from now on finds it, and nobody finds it next year.
    let path = format!(
        "/observability/traffic/calls?from_ms={now_ms}&to_ms={}",
        now_ms + 2 * year_ms
    );
    assert_eq!(app.json(&path).await["calls"], json!([]));
    let summary = app.json("/observability/traffic/summary").await;
    let files = &summary["servers"][0];
    assert_eq!(files["definitions"], 2);
    assert!(
        files["definition_bytes"].as_u64().unwrap() > 1 << 53,
        "{files}"
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_differ_in_case_are_two_servers() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), Config::default()).await.unwrap();
    let now = |tool: &str| call(tool, json!({ "at_ms": now_ms() }));
    tell(&app, "b-1", "files", vec![now("a")]).await;
    tell(&app, "b-2", "Files", vec![now("b"), now("c")]).await;
    tell(&app, "b-3", "f*", vec![now("d")]).await;
    for (server, calls) in [("files", 1), ("Files", 2), ("f%2A", 1)] {
        let path = format!("/observability/traffic/summary?server={server}");
        let summary = app.json(&path).await;
        assert_eq!(summary["servers"].as_array().unwrap().len(), 1, "{summary}");
        assert_eq!(summary["servers"][0]["all"]["calls"], calls, "{summary}");
    }
    app.stop().await;
}

fn now_ms() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    i64::try_from(now.unwrap().as_millis()).unwrap()
}
