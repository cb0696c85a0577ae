//! What a sample costs by OTLP, beside the same sample by remote write, in the same run.

use std::path::Path;
use std::time::{Instant, SystemTime};

use ingest::otlp::{self, Settings};
use ingest::remote_write::{self, Version};
use model::{Labels, METRIC_NAME};
use prost::Message as _;

use crate::messages::{
    AnyValue, Data, KeyValue, Kind, Metric, Number, NumberPoint, Numbers, Request, Resource,
    ResourceMetrics, ScopeMetrics,
};
use crate::product::{self, Product};

/// Series of a sender: one request, as many samples as Prometheus sends at once.
const OF_A_REQUEST: usize = 2_000;
const REQUESTS: usize = 10;
const METRICS: usize = 20;
/// Rounds of which each brings a sample of every series. The doors take turns.
const ROUNDS: i64 = 120;
const INTERVAL_MS: i64 = 15_000;

/// A way in, and what it has cost.
struct Door {
    name: &'static str,
    path: &'static str,
    headers: &'static [(&'static str, &'static str)],
    body: fn(usize, i64) -> Vec<u8>,
    product: Product,
    /// Processor time when the first round was over, which is about new series.
    begun: f64,
}

/// What reading alone costs, of series that have come before.
fn reading(at_ms: i64) {
    let (first, second) = (remote_write::Reader::default(), otlp::Reader::default());
    let settings = Settings::default();
    let written: Vec<_> = (0..REQUESTS)
        .map(|n| self::remote_write(n, at_ms))
        .collect();
    let sent: Vec<_> = (0..REQUESTS).map(|n| self::otlp(n, at_ms)).collect();
    let most = 32 << 20;
    let by_remote_write = |n: usize| {
        let read = first.read(Version::One, &written[n], most);
        read.unwrap().series.len()
    };
    let by_otlp = |n: usize| second.read(&sent[n], &settings).unwrap().series.len();
    let ways: [(&str, &dyn Fn(usize) -> usize); 2] =
        [("remote write", &by_remote_write), ("OTLP", &by_otlp)];
    for (name, read) in ways {
        let all = || (0..REQUESTS).map(read).sum::<usize>();
        all();
        let (begun, mut samples) = (Instant::now(), 0);
        for _ in 0..ROUNDS {
            samples += all();
        }
        let of_one = begun.elapsed().as_secs_f64() / samples as f64 * 1e9;
        println!("reading a sample of {name}: {of_one:.0} ns");
    }
}

/// Whether OTLP costs no more than remote write.
pub(crate) async fn measure(binary: &Path) -> bool {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let start = |n: usize| {
        let kind = product::Kind::Observatory(binary.to_owned());
        Product::start(kind, folders[n].path())
    };
    let mut doors = [
        Door {
            name: "remote write",
            path: "/api/v1/write",
            headers: &[
                ("content-encoding", "snappy"),
                ("content-type", "application/x-protobuf"),
                ("x-prometheus-remote-write-version", "0.1.0"),
            ],
            body: remote_write,
            product: start(0),
            begun: 0.0,
        },
        Door {
            name: "OTLP",
            path: "/v1/metrics",
            headers: &[("content-type", "application/x-protobuf")],
            body: otlp,
            product: start(1),
            begun: 0.0,
        },
    ];
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let now_ms = i64::try_from(now.unwrap().as_millis()).unwrap();
    reading(now_ms);
    let client = reqwest::Client::new();
    for door in &doors {
        door.product.ready("vector(1)").await;
    }
    for round in 0..ROUNDS {
        let at_ms = now_ms - (ROUNDS - round) * INTERVAL_MS;
        for door in &mut doors {
            let bodies: Vec<_> = (0..REQUESTS).map(|n| (door.body)(n, at_ms)).collect();
            for body in bodies {
                let url = door.product.write_url().replace("/api/v1/write", door.path);
                let mut request = client.post(url).body(body);
                for (name, value) in door.headers {
                    request = request.header(*name, *value);
                }
                let response = request.send().await.unwrap();
                let (status, text) = (response.status(), response.text().await.unwrap());
                assert!(status.is_success(), "{}: {status} {text}", door.name);
            }
            if round == 0 {
                door.begun = door.product.cpu_seconds();
            }
        }
    }
    let samples = OF_A_REQUEST as f64 * REQUESTS as f64 * (ROUNDS - 1) as f64;
    let mut costs = Vec::new();
    for door in &doors {
        let seconds = door.product.cpu_seconds() - door.begun;
        costs.push(seconds);
        let of_one = seconds / samples * 1e9;
        println!(
            "a sample by {}: {of_one:.0} ns of processor time",
            door.name
        );
        let series = OF_A_REQUEST * REQUESTS;
        let found = format!("count(metric_0) * {METRICS} == {series}");
        door.product.ready(&found).await;
    }
    let ratio = costs[1] / costs[0];
    println!("OTLP takes {ratio:.2} times as long as remote write (at most 1)");
    ratio <= 1.0
}

/// What a series is called, but for who sends it: a gauge, so that both ways name it alike.
fn named(n: usize) -> (String, [(&'static str, String); 2]) {
    let name = format!("metric_{}", n % METRICS);
    let labels = [
        ("device", format!("/dev/sda{}", n / METRICS)),
        ("mode", "idle".to_owned()),
    ];
    (name, labels)
}

fn value(n: usize, at_ms: i64) -> f64 {
    let step = at_ms / INTERVAL_MS;
    ((step * 7 + i64::try_from(n).unwrap()) % 1_000) as f64 / 8.0
}

fn instance(request: usize) -> String {
    format!("host-{request}:9100")
}

fn remote_write(request: usize, at_ms: i64) -> Vec<u8> {
    use prost::encoding::{bytes, double, int64, string};
    let mut message = Vec::new();
    for n in 0..OF_A_REQUEST {
        let (name, labels) = named(n);
        let (instance, job) = (instance(request), "many".to_owned());
        let labels =
            labels
                .into_iter()
                .chain([(METRIC_NAME, name), ("instance", instance), ("job", job)]);
        let labels: Labels = labels.collect();
        let mut series = Vec::new();
        for (name, value) in labels.iter() {
            let mut label = Vec::new();
            string::encode(1, &name.to_owned(), &mut label);
            string::encode(2, &value.to_owned(), &mut label);
            bytes::encode(1, &label, &mut series);
        }
        let mut sample = Vec::new();
        double::encode(1, &value(n, at_ms), &mut sample);
        int64::encode(2, &at_ms, &mut sample);
        bytes::encode(2, &sample, &mut series);
        bytes::encode(1, &series, &mut message);
    }
    snap::raw::Encoder::new().compress_vec(&message).unwrap()
}

fn otlp(request: usize, at_ms: i64) -> Vec<u8> {
    let attribute = |key: &str, value: String| KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue {
            kind: Some(Kind::Text(value)),
        }),
    };
    let mut metrics: Vec<(String, Vec<NumberPoint>)> = Vec::new();
    for n in 0..OF_A_REQUEST {
        let (name, labels) = named(n);
        let point = NumberPoint {
            attributes: labels.map(|(key, value)| attribute(key, value)).into(),
            at_ns: u64::try_from(at_ms).unwrap() * 1_000_000,
            value: Some(Number::Double(value(n, at_ms))),
            ..NumberPoint::default()
        };
        match metrics.iter_mut().find(|(known, _)| *known == name) {
            Some((_, points)) => points.push(point),
            None => metrics.push((name, vec![point])),
        }
    }
    let metrics = metrics.into_iter().map(|(name, points)| Metric {
        name,
        data: Some(Data::Gauge(Numbers {
            points,
            ..Numbers::default()
        })),
        ..Metric::default()
    });
    let resource = Resource {
        attributes: vec![
            attribute("service.name", "many".to_owned()),
            attribute("service.instance.id", instance(request)),
        ],
    };
    let message = Request {
        resource_metrics: vec![ResourceMetrics {
            resource: Some(resource),
            scope_metrics: vec![ScopeMetrics {
                metrics: metrics.collect(),
                ..ScopeMetrics::default()
            }],
        }],
    };
    message.encode_to_vec()
}
