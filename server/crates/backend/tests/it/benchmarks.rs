//! Files of benchmarks over HTTP, and marks that others tell of.

use serde_json::{Value, json};

use crate::app::{quick, start};

const HYPERFINE: &str = include_str!("../../../benchmarks/tests/files/hyperfine.json");
const CRITERION: &str = include_str!("../../../benchmarks/tests/files/criterion.json");

#[tokio::test(flavor = "multi_thread")]
async fn files_are_taken_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), quick()).await.unwrap();
    let send = async |query: &str, text: &'static str| {
        let url = format!("{}/api/benchmarks{query}", app.url);
        let answer = app.http.post(url).body(text).send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json::<Value>().await.unwrap())
    };
    let (status, taken) = send("?suite=shell&host=vm", HYPERFINE).await;
    assert_eq!(
        (status, &taken["tool"], &taken["results"]),
        (200, &json!("hyperfine"), &json!(4)),
        "{taken}"
    );
    let (status, taken) = send("?host=vm&commit=abc", CRITERION).await;
    assert_eq!(
        (status, &taken["results"], &taken["notes"]),
        (200, &json!(3), &json!([])),
        "{taken}"
    );
    let half = &HYPERFINE[..HYPERFINE.len() * 7 / 10];
    let (status, taken) = send("?host=other", half).await;
    assert_eq!((status, &taken["results"]), (200, &json!(2)), "{taken}");
    assert!(
        taken["notes"][0]
            .as_str()
            .unwrap()
            .starts_with("the file breaks off"),
        "{taken}"
    );
    let all = app.json("/observability/benchmarks").await;
    assert_eq!(all["runs"].as_array().unwrap().len(), 3);
    let one = app
        .json(&format!(
            "/observability/benchmarks/{}",
            all["rows"][0]["id"]
        ))
        .await;
    assert_eq!(one["points"].as_array().unwrap().len(), 1, "{one}");
    for (query, text, expected) in [
        ("", "hello", "no JSON"),
        ("", "{}", "no file of Criterion"),
        ("?sweet=a", HYPERFINE, "sweet"),
        ("?at_ms=x", HYPERFINE, "at_ms"),
    ] {
        let (status, problem) = send(query, text).await;
        assert_eq!(status, 400, "{problem}");
        let message = problem["message"].as_str().unwrap();
        assert!(message.contains(expected), "{query}: {message}");
    }
    assert_eq!(app.get("/observability/benchmarks/99").await.status(), 404);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deploys_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), quick()).await.unwrap();
    let deploy =
        json!({ "title": "files 1.4.2", "server": "files", "key": "build-812", "tags": ["blue"] });
    let (status, mark) = app.post("/api/events", deploy.clone()).await;
    assert_eq!(
        (status, &mark["kind"], &mark["by"]),
        (200, &json!("deploy"), &json!("local")),
        "{mark}"
    );
    let (_, again) = app.post("/api/events", deploy).await;
    assert_eq!(again["id"], mark["id"]);
    let at_ms = jiff::Timestamp::now().as_millisecond() - 60_000;
    let annotation =
        json!({ "text": "moved\nto another disk", "tags": ["storage"], "time": at_ms });
    let (status, noted) = app.post("/api/events", annotation).await;
    assert_eq!(
        (status, &noted["kind"], &noted["title"]),
        (200, &json!("note"), &json!("moved")),
        "{noted}"
    );
    assert_eq!(noted["at_ms"], json!(at_ms));
    for (body, expected) in [
        (json!({ "kind": "deploy" }), "title: missing"),
        (json!({ "title": "a", "kind": "party" }), "none of"),
        (json!({ "title": "a", "time": "soon" }), "time: "),
        (json!({ "title": "a", "link": "javascript:x" }), "link: "),
        (json!({ "titel": "a" }), "titel"),
    ] {
        let (status, problem) = app.post("/api/events", body.clone()).await;
        let message = problem["message"].as_str().unwrap_or_default();
        assert!(
            status == 400 && message.contains(expected),
            "{body}: {status} {message}"
        );
    }
    let found = app.json("/api/events?tag=blue&kinds=deploy,note").await;
    assert_eq!(found.as_array().unwrap().len(), 1, "{found}");
    // What people change is marked as well.
    let rules = "/observability/export/json?table=events&kinds=edit";
    assert_eq!(app.json(rules).await, json!([]));
    let objective = json!({ "service": "a", "name": "b", "kind": "availability", "metric": "mcp_server_up", "target_percent": 99 });
    let (status, made) = app.post("/observability/slo", objective).await;
    assert_eq!(status, 200, "{made}");
    let edits = app.json(rules).await;
    assert!(
        edits[0]["title"]
            .as_str()
            .unwrap()
            .contains("a-b was made by"),
        "{edits}"
    );
    app.stop().await;
}
