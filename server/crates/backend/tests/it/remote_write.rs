//! Samples that are sent: by hand, right and wrong, and by a real Prometheus.

use std::time::Duration;

use backend::config::{ApiKey, Config, Secret};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::app::{TestApp, start};
use crate::debian::prometheus;

#[path = "../../../ingest/src/remote_write/tests/messages.rs"]
pub(crate) mod messages;

use messages::{TimeSeries, body as packed};

fn series(labels: &[(&str, &str)], at_ms: i64, value: f64) -> TimeSeries {
    messages::series(labels, &[(at_ms, value)])
}

fn now_ms() -> i64 {
    model::Clock::now_ms(&model::SystemClock)
}

async fn send(app: &TestApp, body: Vec<u8>, headers: &[(&str, &str)]) -> (StatusCode, String) {
    let mut request = app
        .http
        .post(format!("{}/api/v1/write", app.url))
        .body(body);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.send().await.unwrap();
    (response.status(), response.text().await.unwrap())
}

async fn value(app: &TestApp, query: &str) -> Value {
    let query = wire::path_segment(query);
    let answer = app.json(&format!("/api/v1/query?query={query}")).await;
    answer["data"]["result"][0]["value"][1].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_acknowledged_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), Config::default()).await.unwrap();
    let now = now_ms();
    let all = (0..100).map(|n| {
        let n = n.to_string();
        series(&[("__name__", "sent"), ("n", &n)], now, 0.5)
    });
    let (status, text) = send(&app, packed(all.collect()), &[]).await;
    assert_eq!((status, text.as_str()), (StatusCode::NO_CONTENT, ""));
    assert_eq!(value(&app, "sum(sent)").await, "50");
    app.stop().await;
    let app = start(folder.path(), Config::default()).await.unwrap();
    assert_eq!(value(&app, "sum(sent)").await, "50");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_is_said_and_the_rest_goes_in() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::default();
    config.samples.limits.series_of_target = 2;
    let app = start(folder.path(), config).await.unwrap();
    let now = now_ms();
    let of = |target: &str, n: &str, at| {
        series(
            &[("__name__", "m"), ("instance", target), ("n", n)],
            at,
            1.0,
        )
    };
    let year = 365 * 86_400_000;
    let batch = vec![
        of("a", "1", now),
        of("a", "2", now),
        of("a", "3", now),
        of("b", "1", now + year),
        of("b", "2", now - year),
        series(
            &[("b", "1"), ("a", "1"), ("__name__", "unsorted")],
            now,
            1.0,
        ),
        of("b", "4", now),
    ];
    let (status, text) = send(&app, packed(batch), &[]).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    for part in [
        "3 samples were taken",
        "1 too_many_series_of_target ({__name__=\"m\", instance=\"a\", n=\"3\"})",
        "1 too_far_ahead",
        "1 too_old",
        "1 wrong_labels (labels are repeated or not sorted by name",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(value(&app, "count(m)").await, "3");

    let late = |minutes: i64| packed(vec![of("a", "1", now - minutes * 60_000)]);
    assert_eq!(send(&app, late(59), &[]).await.0, StatusCode::NO_CONTENT);
    let (status, text) = send(&app, late(61), &[]).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(text.contains("too_late"), "{text}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_samples_a_second_are_to_be_sent_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::default();
    config.samples.limits.samples_per_second_of_target = 1.0;
    let app = start(folder.path(), config).await.unwrap();
    // More than fits gets through, and is to be paid back before more is taken.
    let some = |target: &str, from| {
        let of = |n| {
            series(
                &[("__name__", "m"), ("instance", target)],
                now_ms() + n,
                1.0,
            )
        };
        packed((from..from + 60).map(of).collect())
    };
    assert_eq!(
        send(&app, some("a", 0), &[]).await.0,
        StatusCode::NO_CONTENT
    );
    let response = app.http.post(format!("{}/api/v1/write", app.url));
    let response = response.body(some("a", 100)).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(response.headers()["retry-after"], "1");
    assert_eq!(
        send(&app, some("b", 0), &[]).await.0,
        StatusCode::NO_CONTENT
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_write_request_harms_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), Config::default()).await.unwrap();
    let good = || packed(vec![series(&[("__name__", "m")], now_ms(), 1.0)]);
    let v3 = "application/x-protobuf;proto=io.prometheus.write.v3.Request";
    for (body, headers, status, part) in [
        (b"m 1".to_vec(), &[][..], 400, "not compressed with snappy"),
        (
            vec![0xff, 0xff, 0xff, 0xff, 0x0f],
            &[],
            413,
            "4294967295 bytes",
        ),
        (vec![0; 11 << 20], &[], 413, "larger than 10485760 bytes"),
        (vec![0; 39 << 20], &[], 413, "larger than 10485760 bytes"),
        (good(), &[("content-encoding", "gzip")], 415, "send snappy"),
        (
            good(),
            &[("content-type", v3)],
            415,
            "1.0 (proto=prometheus",
        ),
        (
            good(),
            &[("content-type", "application/json")],
            415,
            "x-protobuf",
        ),
    ] {
        let (found, text) = send(&app, body, headers).await;
        assert_eq!(found.as_u16(), status, "{text}");
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(send(&app, good(), &[]).await.0, StatusCode::NO_CONTENT);
    assert_eq!(app.get("/api/v1/write").await.status(), 405);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn version_two_says_what_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), Config::default()).await.unwrap();
    let now = now_ms();
    let mut symbols = messages::v2::Symbols::default();
    let mut good = symbols.series(&[("__name__", "a_total"), ("job", "x")], &[(now, 2.5)]);
    good.metadata = Some(messages::v2::Metadata {
        kind: 1,
        help: symbols.place("What it counts."),
        unit: 0,
    });
    let wrong_histogram = messages::Histogram {
        count_int: Some(5),
        ..messages::histogram(now)
    };
    let with_histogram = messages::v2::Series {
        samples: Vec::new(),
        histograms: vec![wrong_histogram],
        ..good.clone()
    };
    let unsorted = symbols.series(&[("b", "1"), ("__name__", "a")], &[(now, 1.0)]);
    let with_good_histogram = messages::v2::Series {
        histograms: vec![messages::histogram(now)],
        ..symbols.series(&[("__name__", "h"), ("job", "x")], &[])
    };
    for (series, status, written, part) in [
        (vec![good.clone()], 204, ("1", "0"), ""),
        (
            vec![with_histogram, good.clone()],
            400,
            ("1", "0"),
            "1 invalid_histogram (the buckets have",
        ),
        (vec![with_good_histogram, good.clone()], 204, ("1", "1"), ""),
        (
            vec![good, unsorted],
            400,
            ("1", "0"),
            "1 wrong_labels (labels are repeated or not sorted",
        ),
        (Vec::new(), 204, ("0", "0"), ""),
    ] {
        let message = prost::Message::encode_to_vec(&symbols.request(series));
        let body = snap::raw::Encoder::new().compress_vec(&message).unwrap();
        let request = app.http.post(format!("{}/api/v1/write", app.url));
        let kind = "application/x-protobuf;proto=io.prometheus.write.v2.Request";
        let request = request.header("content-type", kind);
        let response = request
            .header("content-encoding", "snappy")
            .body(body)
            .send();
        let response = response.await.unwrap();
        assert_eq!(response.status().as_u16(), status);
        let headers = response.headers();
        let said =
            |what: &str| headers[&format!("x-prometheus-remote-write-{what}-written")].clone();
        assert_eq!(
            (said("samples"), said("histograms")),
            (written.0.parse().unwrap(), written.1.parse().unwrap())
        );
        let text = response.text().await.unwrap();
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(value(&app, "a_total").await, "2.5");
    assert_eq!(value(&app, "histogram_count(h)").await, "12");
    let said = app.json("/api/v1/metadata?metric=a_total").await;
    assert_eq!(said["data"]["a_total"][0]["help"], "What it counts.");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_prometheus_feeds_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::default();
    let key = |name: &str, role| ApiKey {
        name: name.to_owned(),
        key: Secret::new(format!("{name} is a key of twenty letters")),
        role,
    };
    config.auth.keys = vec![
        key("sender", wire::Role::Operator),
        key("reader", wire::Role::Viewer),
    ];
    let app = start(&folder.path().join("data"), config).await.unwrap();
    let bearer = |name: &str| format!("Bearer {name} is a key of twenty letters");
    let one = packed(vec![series(&[("__name__", "m")], now_ms(), 1.0)]);
    let reader = [("authorization", bearer("reader"))];
    let reader: Vec<_> = reader
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    assert_eq!(send(&app, one, &reader).await.0, StatusCode::FORBIDDEN);

    // It writes metrics of its own without being told to, once it is told where to scrape them.
    let source = prometheus(&folder.path().join("source"), "").await;
    let scraped = source.url.trim_start_matches("http://");
    let config = format!(
        "global: {{ scrape_interval: 1s }}\n\
         scrape_configs: [{{ job_name: itself, static_configs: [{{ targets: ['{scraped}'] }}] }}]\n\
         remote_write: [{{ url: '{}/api/v1/write', authorization: {{ credentials: sender is a key of twenty letters }},\
         metadata_config: {{ send_interval: 1s }} }}]\n",
        app.url
    );
    let _sender = prometheus(&folder.path().join("sender"), &config).await;

    let query = "count({job='itself'}) > 100 and on() count_over_time(up{job='itself'}[1m]) >= 2";
    let query = wire::path_segment(query);
    let url = format!("{}/api/v1/query?query={query}", app.url);
    for _ in 0..200 {
        let asked = app.http.get(&url).header("authorization", bearer("reader"));
        let answer: Value = asked.send().await.unwrap().json().await.unwrap();
        if answer["data"]["result"] != json!([]) {
            let url = format!("{}/api/v1/metadata?metric=prometheus_build_info", app.url);
            let asked = app.http.get(url).header("authorization", bearer("reader"));
            let answer: Value = asked.send().await.unwrap().json().await.unwrap();
            assert_eq!(answer["data"]["prometheus_build_info"][0]["type"], "gauge");
            return app.stop().await;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("nothing came from Prometheus");
}
