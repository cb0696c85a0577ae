//! `format_query` beside the real Prometheus, and `parse_query`.

use serde_json::{Value, json};

use crate::app::{TestApp, quick, start};
use crate::debian;

const QUERIES: &[&str] = &[
    "1",
    "-1.50",
    "foo",
    "foo{}",
    "{__name__=\"foo\"}",
    "foo{b=\"1\",a!~\"x|y\"}",
    "foo   [5m]  offset   -1h",
    "foo @ 1603774568 offset 5m",
    "foo[90m] @ start()",
    "rate(foo[1h:] @ end())",
    "a{x=\"\\n\u{e9}\\\\\"}",
    "a offset 1w1d",
    "sum(foo) by (a,b)",
    "sum by () (foo)",
    "sum without () (foo)",
    "topk(3, foo)",
    "quantile without(a) (0.9,foo)",
    "count_values(\"x\\ty\", foo)",
    "a+b",
    "a + on(x) group_left(y,z) b",
    "a / ignoring(x) b",
    "a and ignoring() b",
    "a > bool 1",
    "-foo ^ 2",
    "-(foo + bar)",
    "(1 + 2) * 3",
    "label_replace(foo, \"a\", \"$1\", \"b\", \"(.*)\")",
    "'single \\' quotes'",
    "time()",
    "foo # a comment\n + bar",
    "sum by (server) (rate(mcp_requests_total{status=\"error\"}[5m])) / sum by (server) (rate(mcp_requests_total[5m])) > 0.05",
    "histogram_quantile(0.95, sum by (le, server) (rate(mcp_request_duration_seconds_bucket{server=~\"a|b|c\"}[5m])))",
    "(aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa + bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb + ccccccccccccccccccc)",
    "topk by (aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa) (5, -rate(bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb[5m]))",
    "max_over_time(avg by (aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa) (bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb)[1h:5m] offset 1d)",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa == bool on (x) group_right (y) bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
];

async fn formatted(url: &str, text: &str) -> Value {
    let encoded = wire::path_segment(text);
    let answer = reqwest::get(format!("{url}/api/v1/format_query?query={encoded}")).await;
    answer.unwrap().json().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn queries_are_laid_out_as_by_the_real_one() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(&folder.path().join("ours"), quick()).await.unwrap();
    let theirs = debian::prometheus(folder.path(), "").await;
    let mut different = Vec::new();
    for text in QUERIES {
        let expected = formatted(&theirs.url, text).await;
        let found = formatted(&app.url, text).await;
        if found != expected {
            different.push(format!("{text}\nours {found:#}\ntheirs {expected:#}"));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n\n"));
    app.stop().await;
}

async fn parsed(app: &TestApp, text: &str) -> (u16, Value) {
    let form = [("query", text)];
    let request = app.http.post(format!("{}/api/v1/parse_query", app.url));
    let response = request.form(&form).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn trees() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), quick()).await.unwrap();
    // The example of Prometheus's documentation.
    let (status, tree) = parsed(&app, "foo/bar").await;
    assert_eq!(status, 200);
    let selector = |name: &str| {
        json!({
            "matchers": [{ "name": "__name__", "type": "=", "value": name }],
            "name": name,
            "offset": 0,
            "startOrEnd": null,
            "timestamp": null,
            "type": "vectorSelector",
        })
    };
    let matching = json!({
        "card": "one-to-one",
        "fillValues": { "lhs": null, "rhs": null },
        "include": [],
        "labels": [],
        "on": false,
    });
    let expected = json!({
        "bool": false,
        "lhs": selector("foo"),
        "matching": matching,
        "op": "/",
        "rhs": selector("bar"),
        "type": "binaryExpr",
    });
    assert_eq!(tree["data"], expected);
    for text in ["foo{", "sum(", "", "1 > 2"] {
        let (status, answer) = parsed(&app, text).await;
        assert_eq!(
            (status, &answer["errorType"]),
            (400, &json!("bad_data")),
            "{text}"
        );
        let answer = formatted(&app.url, text).await;
        assert_eq!(answer["errorType"], "bad_data", "{text}");
    }
    app.stop().await;
}
