//! What the product counts of itself, as scrapers get it.

use std::time::Duration;

use backend::config::{ApiKey, Secret};
use http::header;
use serde_json::Value;

use crate::app::{TestApp, dead_server, quick, start};
use crate::debian;

const OPEN_METRICS: &str =
    "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1";

async fn scraped(app: &TestApp, accept: &str) -> (String, String) {
    let request = app.http.get(format!("{}/metrics", app.url));
    let response = request.header(header::ACCEPT, accept).send().await.unwrap();
    assert_eq!(response.status(), 200);
    let kind = response.headers()[header::CONTENT_TYPE].to_str().unwrap();
    (kind.to_owned(), response.text().await.unwrap())
}

/// The value of a series, exactly as it is written.
fn value(text: &str, series: &str) -> Option<f64> {
    let lines = text.lines();
    let mut values = lines.filter_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    values.next()?.parse().ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_counted_and_promtool_is_content() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = quick();
    config.servers = vec![dead_server("gone").await];
    let app = start(folder.path(), config).await.unwrap();
    app.until("/alerts", |alerts| alerts[0]["state"] == "firing")
        .await;
    app.until("/api/v1/query?query=mcp_server_up", |answer| {
        answer["data"]["result"].as_array().unwrap().len() == 2
    })
    .await;
    assert_eq!(
        app.get("/api/v1/query?query=foo[5m]%2B1").await.status(),
        400
    );

    let (kind, text) = scraped(&app, "*/*").await;
    assert_eq!(kind, "text/plain; version=0.0.4; charset=utf-8");
    let version = format!(
        "observatory_build_info{{version=\"{}\"}}",
        env!("CARGO_PKG_VERSION")
    );
    for (series, least) in [
        (version.as_str(), 1.0),
        ("observatory_alerts{state=\"firing\"}", 1.0),
        ("observatory_alerts{state=\"pending\"}", 0.0),
        ("observatory_series", 4.0),
        ("observatory_samples_in_memory", 4.0),
        ("observatory_samples_appended_total", 4.0),
        (
            "observatory_database_size_bytes{database=\"state\"}",
            4096.0,
        ),
        (
            "observatory_database_size_bytes{database=\"metrics\"}",
            4096.0,
        ),
        ("observatory_probes_total{outcome=\"success\"}", 1.0),
        ("observatory_probes_total{outcome=\"failure\"}", 1.0),
        ("observatory_queries_total{outcome=\"success\"}", 1.0),
        ("observatory_queries_running", 0.0),
        ("observatory_queries_waiting", 0.0),
        ("observatory_query_duration_seconds_count", 1.0),
        ("observatory_sockets_open", 0.0),
        ("observatory_live_queries", 0.0),
        (
            "observatory_http_requests_total{door=\"prometheus\",method=\"GET\",status=\"400\"}",
            1.0,
        ),
        (
            "observatory_http_request_duration_seconds_bucket{le=\"+Inf\",door=\"mcp\"}",
            1.0,
        ),
        ("process_cpu_seconds_total", 0.0),
        ("process_resident_memory_bytes", 1e6),
        ("process_open_fds", 3.0),
        ("process_start_time_seconds", 1.6e9),
    ] {
        let found = value(&text, series);
        assert!(
            found.is_some_and(|found| found >= least),
            "{series} is {found:?} in {text}"
        );
    }
    let (is_content, said) = debian::promtool(&["check", "metrics"], text.as_bytes()).await;
    assert!(is_content && said.is_empty(), "{said}");

    let (kind, text) = scraped(&app, OPEN_METRICS).await;
    assert!(
        kind.starts_with("application/openmetrics-text; version=1.0.0"),
        "{kind}"
    );
    assert!(text.ends_with("# EOF\n"), "{text}");
    assert!(
        text.contains("# TYPE observatory_probes counter\n"),
        "{text}"
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn prometheus_scrapes_with_a_key() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = quick();
    let key = "k".repeat(24);
    config.auth.keys = vec![ApiKey {
        name: "prometheus".to_owned(),
        key: Secret::new(key.clone()),
        role: wire::Role::Viewer,
    }];
    let app = start(&folder.path().join("ours"), config).await.unwrap();
    assert_eq!(app.get("/metrics").await.status(), 401);
    let address = app.url.trim_start_matches("http://");
    let scrape = format!(
        "global: {{scrape_interval: 1s}}\n\
         scrape_configs:\n\
         - job_name: observatory\n  \
           authorization: {{credentials: {key}}}\n  \
           static_configs: [{{targets: ['{address}']}}]\n"
    );
    let theirs = debian::prometheus(folder.path(), &scrape).await;
    let ask = async |query: &str| {
        let query = wire::path_segment(query);
        let answer = reqwest::get(format!("{}/api/v1/query?query={query}", theirs.url)).await;
        let answer: Value = answer.unwrap().json().await.unwrap();
        answer["data"]["result"].clone()
    };
    let mut up = Value::Null;
    for _ in 0..100 {
        up = ask(
            "up{job=\"observatory\"} == 1 and on (instance) observatory_samples_appended_total",
        )
        .await;
        if up[0].is_object() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert!(up[0].is_object(), "{up}; {}", ask("up").await);
    let described = reqwest::get(format!(
        "{}/api/v1/targets/metadata?metric=observatory_series",
        theirs.url
    ));
    let described: Value = described.await.unwrap().json().await.unwrap();
    assert_eq!(described["data"][0]["type"], "gauge", "{described}");
    app.stop().await;
}
