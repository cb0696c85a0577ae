//! The samples: counters, gauges and buckets of targets that are scraped every 15 s with some jitter.

use std::sync::Arc;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::sync::Barrier;

const INTERVAL_MS: i64 = 15_000;
const HOUR_MS: i64 = 3_600_000;
const OF_A_TARGET: usize = 500;
const METRICS: usize = 10;
/// Targets in one request: 2,000 samples, as many as Prometheus sends at once.
const IN_A_REQUEST: usize = 4;
const SENDERS: usize = 4;
/// Senders wait for each other so often, so that none runs ahead by more than late samples may be.
const TOGETHER: i64 = 40;

/// The name of the first metric, a counter.
pub(crate) const FIRST: &str = "metric_0_total";

/// All that is to be sent to one product.
pub(crate) struct Data {
    /// The requests of each sender.
    senders: Vec<Requests>,
    /// The time of the last round that was sent.
    at_ms: i64,
}

/// The targets of each request.
type Requests = Vec<Vec<Target>>;

struct Target {
    random: StdRng,
    /// Encoded labels of each series.
    labels: Vec<Vec<u8>>,
    values: Vec<f64>,
}

impl Data {
    pub(crate) fn new(series: usize, hours: u32, end_ms: i64) -> Self {
        let targets = series.div_ceil(OF_A_TARGET);
        let mut targets = (0..targets).map(Target::new);
        let mut senders: Vec<Requests> = (0..SENDERS).map(|_| Vec::new()).collect();
        for place in 0.. {
            let some: Vec<_> = targets.by_ref().take(IN_A_REQUEST).collect();
            if some.is_empty() {
                break;
            }
            senders[place % SENDERS].push(some);
        }
        Self {
            senders,
            at_ms: end_ms - i64::from(hours) * HOUR_MS,
        }
    }

    /// Sends the next hour; how many samples were acknowledged.
    pub(crate) async fn send_hour(&mut self, url: &str) -> u64 {
        let from_ms = self.at_ms;
        self.at_ms += HOUR_MS;
        let barrier = Arc::new(Barrier::new(SENDERS));
        let sending = self.senders.drain(..).map(|mut requests| {
            let (url, barrier) = (url.to_owned(), barrier.clone());
            tokio::spawn(async move {
                let client = reqwest::Client::new();
                let mut samples = 0;
                for round in 0..HOUR_MS / INTERVAL_MS {
                    for request in &mut requests {
                        let at_ms = from_ms + (round + 1) * INTERVAL_MS;
                        let (body, count) = body(request, at_ms);
                        write(&client, &url, body).await;
                        samples += count;
                    }
                    if round % TOGETHER == 0 {
                        barrier.wait().await;
                    }
                }
                (samples, requests)
            })
        });
        let mut acknowledged = 0;
        for sender in sending.collect::<Vec<_>>() {
            let (samples, requests) = sender.await.unwrap();
            acknowledged += samples;
            self.senders.push(requests);
        }
        acknowledged
    }
}

async fn write(client: &reqwest::Client, url: &str, body: Vec<u8>) {
    let request = client.post(url).body(body);
    let request = request
        .header("content-encoding", "snappy")
        .header("content-type", "application/x-protobuf")
        .header("x-prometheus-remote-write-version", "0.1.0");
    let response = request.send().await.unwrap();
    let status = response.status();
    let text = response.text().await.unwrap();
    assert!(status.is_success(), "{status}: {text}");
}

fn body(targets: &mut [Target], at_ms: i64) -> (Vec<u8>, u64) {
    let mut message = Vec::with_capacity(targets.len() * OF_A_TARGET * 200);
    let mut samples = 0;
    for target in targets {
        let at_ms = at_ms + target.random.random_range(-5..=0);
        samples += target.scrape(at_ms, &mut message);
    }
    (
        snap::raw::Encoder::new().compress_vec(&message).unwrap(),
        samples,
    )
}

impl Target {
    fn new(number: usize) -> Self {
        let instance = format!("host-{number}:9100");
        let labels = (0..OF_A_TARGET).map(|n| {
            let name = format!("metric_{}_total", n % METRICS);
            let path = format!("/api/v1/resource/{}", n / METRICS);
            let pairs = [
                ("__name__", name.as_str()),
                ("cluster", "production-eu-west-1"),
                ("code", ["200", "404", "500"][n % 3]),
                ("instance", &instance),
                ("job", "node"),
                ("method", ["GET", "POST"][n % 2]),
                ("path", &path),
            ];
            let mut encoded = Vec::new();
            for (name, value) in pairs {
                let mut label = Vec::new();
                field(&mut label, 1, name.as_bytes());
                field(&mut label, 2, value.as_bytes());
                field(&mut encoded, 1, &label);
            }
            encoded
        });
        Self {
            random: StdRng::seed_from_u64(number as u64),
            labels: labels.collect(),
            values: vec![0.0; OF_A_TARGET],
        }
    }

    fn scrape(&mut self, at_ms: i64, message: &mut Vec<u8>) -> u64 {
        let random = &mut self.random;
        for (n, (labels, value)) in self.labels.iter().zip(&mut self.values).enumerate() {
            match n % METRICS % 4 {
                0 => *value += f64::from(random.random_range(0..100_u8)),
                1 => *value += f64::from(random.random_range(0..2_u8)),
                2 => *value = f64::from(random.random_range(0..10_000_u16)) / 100.0,
                _ => *value += f64::from(u8::from(random.random_bool(0.05))),
            }
            let mut sample = [0_u8; 20];
            sample[0] = 0x09;
            sample[1..9].copy_from_slice(&value.to_le_bytes());
            sample[9] = 0x10;
            let mut length = 10;
            let mut time = at_ms.cast_unsigned();
            while time >= 0x80 {
                sample[length] = time as u8 | 0x80;
                time >>= 7;
                length += 1;
            }
            sample[length] = time as u8;
            length += 1;
            message.push(0x0a);
            number(message, (labels.len() + 2 + length) as u64);
            message.extend_from_slice(labels);
            field(message, 2, &sample[..length]);
        }
        self.labels.len() as u64
    }
}

fn field(into: &mut Vec<u8>, tag: u8, bytes: &[u8]) {
    into.push(tag << 3 | 2);
    number(into, bytes.len() as u64);
    into.extend_from_slice(bytes);
}

fn number(into: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        into.push(number as u8 | 0x80);
        number >>= 7;
    }
    into.push(number as u8);
}
