//! What Grafana's Prometheus data source sends, request by request.
//!
//! Written down from its sources: `pkg/promlib` (health check, queries) and `packages/grafana-prometheus`
//! (label browser, builder of queries).

use http::header;
use serde_json::{Value, json};

use super::found;
use crate::app::{TestApp, dead_server, quick, start};

/// A form as Grafana's back end posts it.
async fn post(app: &TestApp, path: &str, form: &[(&str, &str)]) -> Value {
    let request = app.http.post(format!("{}{path}", app.url)).form(form);
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200, "{path} {form:?}");
    let kind = response.headers()[header::CONTENT_TYPE].to_str().unwrap();
    assert!(kind.starts_with("application/json"), "{kind}");
    let answer: Value = response.json().await.unwrap();
    assert_eq!(answer["status"], "success", "{path} {form:?}");
    answer["data"].clone()
}

async fn get(app: &TestApp, path: &str) -> Value {
    let answer = app.json(path).await;
    assert_eq!(answer["status"], "success", "{path}");
    answer["data"].clone()
}

fn words(list: &Value) -> Vec<&str> {
    let list = list.as_array().unwrap();
    list.iter().map(|word| word.as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn save_and_test() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), quick()).await.unwrap();
    // The health check asks for what is true at every time, four seconds after 1970.
    let answer = post(&app, "/api/v1/query", &[("query", "1+1"), ("time", "4")]).await;
    assert_eq!(
        answer,
        json!({ "resultType": "scalar", "result": [4, "2"] })
    );
    let answer = get(&app, "/api/v1/query?query=1%2B1&time=4").await;
    assert_eq!(answer["result"], json!([4, "2"]));
    // With features it would be taken for another product with rules that can be edited.
    let info = get(&app, "/api/v1/status/buildinfo").await;
    assert!(info.get("features").is_none(), "{info}");
    for field in [
        "version",
        "revision",
        "branch",
        "buildUser",
        "buildDate",
        "goVersion",
    ] {
        assert!(info[field].is_string(), "{field} in {info}");
    }
    // What it asks to tell Thanos from Prometheus.
    assert!(get(&app, "/api/v1/status/flags").await.is_object());
    // An address that does not exist has to be said with 404, and in JSON.
    let none = app.get("/api/v1/notifications").await;
    assert_eq!(none.status(), 404);
    assert_eq!(
        none.json::<Value>().await.unwrap()["errorType"],
        "not_found"
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn browser_of_metrics_and_builder_of_queries() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = quick();
    config.servers = vec![dead_server("gone").await];
    let app = start(folder.path(), config).await.unwrap();
    let answer = found(&app, "count(mcp_server_up) == 2").await;
    let now = answer["data"]["result"][0]["value"][0].as_f64().unwrap() as i64;
    let (start_s, end_s) = ((now - 3600).to_string(), (now + 60).to_string());
    let range = format!("start={start_s}&end={end_s}");

    // Names of metrics. Older versions try POST first and go on with GET after 405.
    let path = "/api/v1/label/__name__/values";
    let refused = app
        .http
        .post(format!("{}{path}", app.url))
        .form(&[("limit", "40000")]);
    assert_eq!(refused.send().await.unwrap().status(), 405);
    let names = get(&app, &format!("{path}?limit=40000&{range}")).await;
    assert!(words(&names).contains(&"mcp_server_up"), "{names}");
    let all = wire::path_segment("{__name__!=\"\"}");
    let same = get(&app, &format!("{path}?{range}&limit=40000&match[]={all}")).await;
    assert_eq!(same, names);
    let some = wire::path_segment("{__name__=~\".*probe.*\"}");
    let some = get(&app, &format!("{path}?{range}&limit=40000&match[]={some}")).await;
    assert_eq!(
        words(&some),
        ["mcp_probe_duration_seconds", "mcp_probe_success"]
    );

    // Names and values of labels, for a metric and with what is chosen already.
    let form = [
        ("limit", "40000"),
        ("start", &*start_s),
        ("end", &*end_s),
        ("match[]", "{__name__=\"mcp_probe_success\"}"),
    ];
    let labels = post(&app, "/api/v1/labels", &form).await;
    assert_eq!(words(&labels), ["__name__", "server", "step"]);
    let chosen = wire::path_segment("{__name__=\"mcp_server_up\",server!=\"observatory\"}");
    let path = format!("/api/v1/label/server/values?{range}&match[]={chosen}");
    assert_eq!(words(&get(&app, &path).await), ["gone"]);

    // Series, several selectors at once, the second of them with nothing.
    let form = [
        ("match[]", "mcp_server_up{server=\"gone\"}"),
        ("match[]", "nonsense"),
        ("start", &*start_s),
        ("end", &*end_s),
        ("limit", "40000"),
    ];
    let series = post(&app, "/api/v1/series", &form).await;
    assert_eq!(
        series,
        json!([{ "__name__": "mcp_server_up", "server": "gone" }])
    );

    // Types and descriptions.
    let metadata = get(&app, "/api/v1/metadata").await;
    let described = metadata["mcp_server_up"][0].as_object().unwrap();
    assert_eq!(described["type"], "gauge");
    assert_eq!(
        described.keys().collect::<Vec<_>>(),
        ["help", "type", "unit"]
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn panels() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), quick()).await.unwrap();
    let answer = found(&app, "mcp_server_up").await;
    let now = answer["data"]["result"][0]["value"][0].as_f64().unwrap() as i64;
    // Aligned to the step, of which a small one is sent with a fraction.
    for (step, width) in [("15", 15), ("0.5", 1), ("60", 60)] {
        let start_s = (now / width * width - width).to_string();
        let end_s = (now / width * width + 2 * width).to_string();
        let form = [
            ("query", "max by (server) (mcp_server_up)"),
            ("start", &*start_s),
            ("end", &*end_s),
            ("step", step),
            ("timeout", "30s"),
        ];
        let answer = post(&app, "/api/v1/query_range", &form).await;
        assert_eq!(answer["resultType"], "matrix");
        let series = &answer["result"][0];
        assert_eq!(
            series["metric"],
            json!({ "server": "observatory" }),
            "{step}"
        );
        let point = &series["values"][0];
        assert!(point[0].is_number() && point[1] == "1", "{point}");
        let form = [
            ("query", "mcp_server_up"),
            ("start", &*start_s),
            ("end", &*end_s),
        ];
        let none = post(&app, "/api/v1/query_exemplars", &form).await;
        assert_eq!(none, json!([]));
    }
    // A table asks for one time, to the millisecond.
    let later = now + 1;
    let time = format!("{later}.789");
    let form = [("query", "mcp_server_up"), ("time", &*time)];
    let answer = post(&app, "/api/v1/query", &form).await;
    assert_eq!(answer["resultType"], "vector");
    assert_eq!(
        answer["result"][0]["value"],
        json!([later as f64 + 0.789, "1"])
    );
    // Variables of dashboards.
    let form = [("query", "label_values"), ("time", "soon")];
    let wrong = app
        .http
        .post(format!("{}/api/v1/query", app.url))
        .form(&form);
    let wrong = wrong.send().await.unwrap();
    assert_eq!(wrong.status(), 400);
    let wrong: Value = wrong.json().await.unwrap();
    assert_eq!(wrong["errorType"], "bad_data");
    // The editor lays queries out.
    let form = [("query", "sum(mcp_server_up)by(server)")];
    let pretty = post(&app, "/api/v1/format_query", &form).await;
    assert_eq!(pretty, "sum by (server) (mcp_server_up)");
    app.stop().await;
}
