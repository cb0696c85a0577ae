//! What nobody should ask: an answer that says what is wrong, soon, and nothing that breaks.

use std::time::{Duration, Instant};

use http::header;
use serde_json::Value;

use super::found;
use crate::app::{TestApp, quick, start};

/// No refusal takes longer, also in a build for debugging.
const SOON: Duration = Duration::from_secs(10);

async fn outcome(request: reqwest::RequestBuilder) -> (u16, Value) {
    let begun = Instant::now();
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let body: Value = response.json().await.unwrap();
    assert!(begun.elapsed() < SOON, "{body} took {:?}", begun.elapsed());
    (status, body)
}

fn range(
    app: &TestApp,
    query: &str,
    start: &str,
    end: &str,
    step: &str,
) -> reqwest::RequestBuilder {
    let form = [
        ("query", query),
        ("start", start),
        ("end", end),
        ("step", step),
    ];
    app.http
        .post(format!("{}/api/v1/query_range", app.url))
        .form(&form)
}

#[tokio::test(flavor = "multi_thread")]
async fn parameters() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), quick()).await.unwrap();
    found(&app, "mcp_server_up").await;
    for (path, status, kind, words) in [
        ("query", 400, "bad_data", "\"query\""),
        ("query?query=", 400, "bad_data", "\"query\""),
        ("query?query=up%7B", 400, "bad_data", "invalid query"),
        ("query?query=%ff", 400, "bad_data", ""),
        ("query?query=up%00", 400, "bad_data", "invalid query"),
        ("query?query=1&time=soon", 400, "bad_data", "\"soon\""),
        ("query?query=1&time=1e300", 400, "bad_data", "\"time\""),
        ("query?query=1&limit=-1", 400, "bad_data", "\"-1\""),
        ("query?query=1&limit=1e3", 400, "bad_data", "\"limit\""),
        (
            "query?query=1&limit=99999999999999999999",
            400,
            "bad_data",
            "\"limit\"",
        ),
        ("query?query=1&timeout=soon", 400, "bad_data", "\"timeout\""),
        ("query?query=1&timeout=-1", 400, "bad_data", "\"timeout\""),
        (
            "query?query=1&lookback_delta=-5m",
            400,
            "bad_data",
            "\"lookback_delta\"",
        ),
        (
            "query_range?query=1&end=5&step=1",
            400,
            "bad_data",
            "\"start\"",
        ),
        (
            "query_range?query=1&start=5&end=1&step=1",
            400,
            "bad_data",
            "\"end\"",
        ),
        (
            "query_range?query=1&start=1&end=5&step=0",
            400,
            "bad_data",
            "\"step\"",
        ),
        (
            "query_range?query=1&start=1&end=5&step=-1",
            400,
            "bad_data",
            "\"step\"",
        ),
        (
            "query_range?query=1&start=1&end=5&step=0.0001",
            400,
            "bad_data",
            "\"step\"",
        ),
        (
            "query_range?query=1&start=1&end=5&step=1e300",
            400,
            "bad_data",
            "\"step\"",
        ),
        (
            "query_range?query=1&start=0&end=99999&step=1",
            400,
            "bad_data",
            "11,000",
        ),
        (
            "query_range?query=1&start=-9e15&end=9e15&step=1",
            400,
            "bad_data",
            "11,000",
        ),
        (
            "query_range?query=up[5m]&start=1&end=5&step=1",
            400,
            "bad_data",
            "range vector",
        ),
        ("series", 400, "bad_data", "match[]"),
        ("series?match[]=", 400, "bad_data", "query"),
        ("series?match[]=%7B%7D", 400, "bad_data", "matcher"),
        ("series?match[]=rate(x[5m])", 400, "bad_data", "selector"),
        ("labels?start=soon", 400, "bad_data", "\"start\""),
        ("label/%ff/values", 400, "bad_data", "label name"),
        ("query_exemplars", 400, "bad_data", "\"query\""),
        (
            "query_exemplars?query=up&start=5&end=1",
            400,
            "bad_data",
            "end",
        ),
        ("metadata?limit=some", 400, "bad_data", "\"limit\""),
        ("nonsense", 404, "not_found", "/api/v1/nonsense"),
        (
            "query?query=label_replace(%7B__name__=~%22mcp.*%22%7D,%22__name__%22,%22x%22,%22%22,%22%22)",
            422,
            "execution",
            "same labelset",
        ),
        (
            "query?query=mcp_server_up&timeout=0",
            503,
            "timeout",
            "too long",
        ),
    ] {
        let (got, body) = outcome(app.http.get(format!("{}/api/v1/{path}", app.url))).await;
        assert_eq!(
            (got, body["errorType"].as_str()),
            (status, Some(kind)),
            "{path}: {body}"
        );
        assert_eq!(body["status"], "error");
        let said = body["error"].as_str().unwrap();
        assert!(said.contains(words), "{path}: {body}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), quick()).await.unwrap();
    let url = |path: &str| format!("{}/api/v1/{path}", app.url);
    for (method, path) in [
        ("PUT", "query"),
        ("DELETE", "series"),
        ("POST", "label/server/values"),
        ("POST", "metadata"),
        ("PATCH", "status/tsdb"),
    ] {
        let request = app.http.request(method.parse().unwrap(), url(path));
        let (status, body) = outcome(request).await;
        assert_eq!(
            (status, &body["errorType"]),
            (405, &"bad_data".into()),
            "{method} {path}"
        );
    }
    // Only forms are read, as in Prometheus: what is in the address counts all the same.
    let json = r#"{"query": "1"}"#;
    let sent = |path: &str, kind: &'static str| {
        let request = app.http.post(url(path)).header(header::CONTENT_TYPE, kind);
        request.body(json)
    };
    let (status, body) = outcome(sent("query", "application/json")).await;
    assert_eq!(status, 400);
    assert!(body["error"].as_str().unwrap().contains("form"), "{body}");
    assert_eq!(
        outcome(sent("query?query=1", "no/kind; at=all")).await.0,
        200
    );
    let (status, body) = outcome(sent("query", "application/x-www-form-urlencoded")).await;
    assert_eq!((status, &body["errorType"]), (400, &"bad_data".into()));
    let plain = app.http.post(url("query?query=1"));
    assert_eq!(outcome(plain).await.0, 200);

    let huge = "x".repeat(10_000_000);
    for form in [
        vec![("query", huge.as_str())],
        vec![("query", "1"), ("nonsense", huge.as_str())],
    ] {
        let (status, body) = outcome(app.http.post(url("query")).form(&form)).await;
        assert_eq!(
            (status, &body["errorType"]),
            (413, &"bad_data".into()),
            "{body}"
        );
    }
    // Names over names: the form's first, and what nobody knows is not looked at.
    let form = [("query", "1"), ("query", "2"), ("what", "ever")];
    let (status, body) = outcome(app.http.post(url("query?query=3")).form(&form)).await;
    assert_eq!((status, &body["data"]["result"][1]), (200, &"1".into()));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn queries_that_would_never_end() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), quick()).await.unwrap();
    found(&app, "mcp_server_up").await;
    let many = format!("{{server=~\"{}\"}}", "(a|b)*".repeat(1500));
    let nested = format!("{}1{}", "(".repeat(3000), ")".repeat(3000));
    let subqueries =
        "sum_over_time(sum_over_time(sum_over_time(mcp_server_up[1d:1s])[1d:1s])[1d:1s])";
    for (query, expected) in [
        ("{server=~\"(x+x+)+y\"}", vec![200]),
        ("{server=~\"(((a{100}){100}){100})\"}", vec![400]),
        (many.as_str(), vec![200, 400]),
        (nested.as_str(), vec![400]),
        ("count_over_time(vector(1)[100y:1ms])", vec![400, 422]),
        (subqueries, vec![200, 422, 503]),
        ("max_over_time((vector(time()) + 1)[30d:1ms])", vec![422]),
        ("rate(mcp_server_up[5m:1ms] @ 9e14)", vec![200, 422]),
        ("mcp_server_up offset 1e30", vec![400]),
        ("mcp_server_up[1e30]", vec![400]),
        ("mcp_server_up @ 1e300", vec![200, 400]),
        ("mcp_server_up @ 9e15", vec![200]),
        ("topk(1e300, mcp_server_up)", vec![200, 422]),
        ("absent_over_time(nonsense[100y])", vec![200]),
    ] {
        let form = [("query", query), ("timeout", "5s")];
        let request = app
            .http
            .post(format!("{}/api/v1/query", app.url))
            .form(&form);
        let (status, body) = outcome(request).await;
        let shown = &query[..query.len().min(60)];
        assert!(expected.contains(&status), "{shown}: {status} {body}");
    }
    // Times at the end of what can be said: an answer or a refusal, and no fault of the product.
    for (query, start, end, step) in [
        ("mcp_server_up", "-9e15", "-9e15", "1"),
        ("mcp_server_up", "9e15", "9e15", "1"),
        (
            "rate(mcp_server_up[5m] offset 100y)",
            "-9e15",
            "9e15",
            "1e13",
        ),
        ("mcp_server_up @ start() offset -100y", "9e15", "9e15", "1s"),
        (
            "count_over_time(mcp_server_up[5m:1s])",
            "9e15",
            "9e15",
            "1s",
        ),
        ("1", "0", "0", "9e15"),
    ] {
        let (status, body) = outcome(range(&app, query, start, end, step)).await;
        assert!(
            [200, 400].contains(&status),
            "{query} {start} {end} {step}: {body}"
        );
    }
    for at in ["-9e15", "9e15"] {
        let path = format!("/api/v1/query?query=timestamp(vector(time()))&time={at}");
        let status = app.get(&path).await.status().as_u16();
        assert!([200, 400].contains(&status), "{at}: {status}");
    }
    // It answers others as before.
    found(&app, "mcp_server_up").await;
    app.stop().await;
}
