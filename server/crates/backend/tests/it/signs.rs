//! Signs of attacks and secrets in calls: counted, found, kept for longer than calls, and given as a file.

use backend::config::Config;
use serde_json::{Value, json};

use crate::app::{TestApp, start};

async fn tell(app: &TestApp, id: &str, now_ms: i64, signs: Value) {
    let call = json!({
        "kind": "call", "at_ms": now_ms, "session": "s-1", "from": "client", "method": "tools/call", "tool": "read",
        "client": "agent", "duration_seconds": 0.02, "outcome": "ok", "signs": signs,
    });
    let batch = json!({ "id": id, "server": "files", "transport": "stdio", "records": [call] });
    let (status, answer) = app.post("/observability/traffic", batch).await;
    assert_eq!(status, 200, "{answer}");
}

fn places(signs: &Value) -> Vec<String> {
    let signs = signs.as_array().unwrap().iter();
    let line = |sign: &Value| {
        format!(
            "{} {} of {}",
            sign["what"].as_str().unwrap(),
            sign["place"].as_str().unwrap(),
            sign["call"]
        )
    };
    signs.map(line).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn signs_outlive_their_calls() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::default();
    config.retention.most_calls = 2;
    let app = start(folder.path(), config).await.unwrap();
    let now_ms = model::Clock::now_ms(&model::SystemClock);
    let path = json!({ "what": "path_traversal", "place": "arguments.path" });
    let secret = json!({ "what": "secret_in_result", "place": "result.content[0].text" });
    tell(&app, "b-1", now_ms, json!([path, secret])).await;
    // From a clock that is ahead: it is of now.
    tell(&app, "b-2", now_ms + 3_600_000, json!([path])).await;

    let seen = app.json("/observability/traffic/signs").await;
    assert_eq!(
        places(&seen),
        [
            "path_traversal arguments.path of 2",
            "secret_in_result result.content[0].text of 1",
            "path_traversal arguments.path of 1",
        ]
    );
    let found = "/observability/traffic/calls?filter=status%3Asuspicious";
    assert_eq!(app.json(found).await["calls"].as_array().unwrap().len(), 2);
    let detail = app.json("/observability/traffic/calls/1").await;
    assert_eq!(detail["call"]["is_suspicious"], true);
    assert_eq!(detail["signs"].as_array().unwrap().len(), 2);
    let file = app.json("/observability/traffic/export/json").await;
    let counts = file.as_array().unwrap().iter();
    let counts: Vec<_> = counts
        .map(|it| it["signs"].as_array().unwrap().len())
        .collect();
    assert_eq!(counts, [2, 1]);
    let kinds = |answer: &Value| {
        let result = answer["data"]["result"].as_array().unwrap().iter();
        let mut kinds: Vec<_> = result
            .map(|it| format!("{} {}", it["metric"]["pattern_type"], it["value"][1]))
            .collect();
        kinds.sort();
        kinds
    };
    let query = "/api/v1/query?query=mcp_suspicious_requests_total{endpoint=\"read\"}";
    let expected = [r#""path_traversal" "2""#, r#""secret_in_result" "1""#];
    app.until(query, |answer| kinds(answer) == expected).await;

    for id in ["b-3", "b-4"] {
        tell(&app, id, now_ms, json!([])).await;
    }
    let seen = app
        .json("/observability/traffic/signs?limit=2&server=files")
        .await;
    assert_eq!(
        places(&seen),
        [
            "path_traversal arguments.path of null",
            "secret_in_result result.content[0].text of null",
        ],
        "the calls are no longer kept"
    );
    let none = app.json("/observability/traffic/signs?server=other").await;
    assert_eq!(none, json!([]));
    assert_eq!(app.json(found).await["calls"], json!([]));
    let csv = app.get("/observability/export/csv?table=signs").await;
    let csv = csv.text().await.unwrap();
    assert!(csv.starts_with("id,at_ms,server,sign,place,method,target,client,session,call"));
    assert_eq!(csv.lines().count(), 4, "{csv}");

    let wrong = json!([{ "what": "witchcraft", "place": "x" }]);
    let call = json!({ "kind": "call", "at_ms": now_ms, "session": "s", "from": "client", "method": "tools/call",
                       "duration_seconds": 0, "outcome": "ok", "signs": wrong });
    let batch = json!({ "id": "b-5", "server": "files", "transport": "stdio", "records": [call] });
    let (status, _) = app.post("/observability/traffic", batch).await;
    assert_eq!(status, 400);
    app.stop().await;
}
