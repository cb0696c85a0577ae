//! Native histograms: the same queries asked of this engine and of a real Prometheus.
//!
//! What 2.42 did in another way is not asked: means, interpolation, differences of series, `irate`. Buckets
//! of one series keep their widths; those of several series are put together.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use model::{Buckets, Histogram, Labels, METRIC_NAME, TimestampMs};
use promql::{Limits, Query, Value, evaluate_instant};

use super::is_close;
use super::prometheus::{Prometheus, labels};
use crate::memory::Memory;
use crate::random::Random;
use crate::script::Cell;

const INTERVAL_MS: i64 = 15_000;
const SAMPLES: i64 = 40;

const QUERIES: &[&str] = &[
    "h",
    "rate(h[1m])",
    "rate(h[10m])",
    "increase(h[90s])",
    "increase(h[7m])",
    "delta(h[2m])",
    "sum(h)",
    "sum by (a) (h)",
    "sum by (a) (rate(h[2m]))",
    "sum without (a, b) (increase(h[3m] offset 1m))",
    "h{b=\"1\"} + on (a) h{b=\"2\"}",
    "histogram_count(h)",
    "histogram_sum(sum by (b) (rate(h[2m])))",
    "histogram_count(increase(h[5m]))",
];

/// Count, sum, and bounds and count of each bucket; of a number that alone.
type Shape = Vec<f64>;

#[test]
fn answers_about_native_histograms_are_those_of_prometheus() {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let now_s = i64::try_from(now.as_secs()).unwrap() / 60 * 60;
    let from_ms = now_s * 1000 - SAMPLES * INTERVAL_MS;
    let mut random = Random::new(3);
    let prometheus = Prometheus::to_be_written();
    let (mut store, mut message) = (Memory::default(), Vec::new());
    for number in 0..8 {
        let labels = Labels::new()
            .with(METRIC_NAME, "h")
            .with("a", (number / 2).to_string())
            .with("b", (number % 2 + 1).to_string());
        let samples = counted(&mut random, from_ms);
        field(&mut message, 1, &series(&labels, &samples));
        let cells = samples.into_iter();
        let cells = cells.map(|(at_ms, one)| (at_ms, Cell::Histogram(one, false)));
        store.put_cells(labels, cells.collect());
    }
    prometheus.write(&packed(&message));
    let (mut asked, mut filled) = (0, 0);
    for query in QUERIES {
        for step in 1..SAMPLES / 4 {
            let at_ms = from_ms + step * 60_000;
            let theirs = theirs(&prometheus, query, at_ms);
            let ours = ours(&store, query, at_ms);
            let is_same = theirs.len() == ours.len()
                && theirs.iter().zip(&ours).all(|(a, b)| {
                    a.0 == b.0
                        && a.1.len() == b.1.len()
                        && (a.1.iter().zip(b.1)).all(|(a, b)| is_close(*a, *b))
                });
            assert!(
                is_same,
                "{query} @ {step}\n  theirs: {theirs:?}\n  ours: {ours:?}"
            );
            asked += 1;
            filled += usize::from(!theirs.is_empty());
        }
    }
    assert!(filled * 10 > asked * 9, "{filled} of {asked} say something");
}

/// A counter that is reset now and then, to half of what it was.
fn counted(random: &mut Random, from_ms: i64) -> Vec<(TimestampMs, Histogram)> {
    let schema = i8::try_from(random.below(4)).unwrap() - 1;
    let mut below: Vec<(i32, f64)> = Vec::new();
    let mut above: Vec<(i32, f64)> = Vec::new();
    for number in -5..6 {
        if random.below(3) > 0 {
            above.push((number, 500.0 + random.below(500) as f64));
        }
        if random.below(3) == 0 {
            below.push((number, 500.0 + random.below(500) as f64));
        }
    }
    let (mut zero, mut sum) = (700.0, 1000.0);
    let sample = |number: i64| {
        let is_reset = random.below(12) == 0;
        for (_, count) in above.iter_mut().chain(&mut below) {
            *count = match is_reset {
                true => (*count / 2.0).floor(),
                false => *count + random.below(20) as f64,
            };
        }
        zero = if is_reset {
            350.0
        } else {
            zero + random.below(9) as f64
        };
        sum += random.below(100) as f64 / 8.0;
        let positive = Buckets::from_numbered(above.iter().copied());
        let negative = Buckets::from_numbered(below.iter().copied());
        let histogram = Histogram {
            schema,
            zero_threshold: 1.0 / 1_048_576.0,
            zero_count: zero,
            count: positive.sum() + negative.sum() + zero,
            sum,
            positive,
            negative,
            ..Histogram::default()
        };
        (from_ms + number * INTERVAL_MS + 421, histogram)
    };
    (0..SAMPLES).map(sample).collect()
}

fn ours(store: &Memory, query: &str, at_ms: i64) -> BTreeMap<Labels, Shape> {
    let query = Query::parse(query).unwrap();
    let answer = evaluate_instant(&query, store, at_ms, &Limits::default()).unwrap();
    let Value::Vector(samples) = answer.value else {
        panic!("no vector")
    };
    let numbers = samples.into_iter().map(|one| (one.labels, vec![one.value]));
    let histograms = answer.histograms.into_iter().map(|one| {
        let mut shape = vec![one.value.count, one.value.sum];
        for bucket in one.value.buckets() {
            shape.extend([bucket.lower, bucket.upper, bucket.count]);
        }
        (one.labels, shape)
    });
    numbers.chain(histograms).collect()
}

fn theirs(prometheus: &Prometheus, query: &str, at_ms: i64) -> BTreeMap<Labels, Shape> {
    let number = |text: &serde_json::Value| text.as_str().unwrap().parse::<f64>().unwrap();
    let result = prometheus.result(query, at_ms);
    let shape = |one: &serde_json::Value| {
        let Some(histogram) = one.get("histogram").map(|point| &point[1]) else {
            return vec![number(&one["value"][1])];
        };
        let mut shape = vec![number(&histogram["count"]), number(&histogram["sum"])];
        for bucket in histogram["buckets"].as_array().into_iter().flatten() {
            shape.extend([1, 2, 3].map(|place| number(&bucket[place])));
        }
        shape
    };
    let all = result.as_array().unwrap().iter();
    all.map(|one| (labels(one), shape(one))).collect()
}

/// A `TimeSeries` of remote write 1.0.
fn series(labels: &Labels, samples: &[(TimestampMs, Histogram)]) -> Vec<u8> {
    let mut message = Vec::new();
    for (name, value) in labels.iter() {
        let mut pair = Vec::new();
        field(&mut pair, 1, name.as_bytes());
        field(&mut pair, 2, value.as_bytes());
        field(&mut message, 1, &pair);
    }
    for (at_ms, one) in samples {
        let mut histogram = Vec::new();
        fraction(&mut histogram, 2, one.count);
        fraction(&mut histogram, 3, one.sum);
        whole(&mut histogram, 4, zigzag(one.schema.into()));
        fraction(&mut histogram, 5, one.zero_threshold);
        fraction(&mut histogram, 7, one.zero_count);
        for (number, side) in [(8, &one.negative), (11, &one.positive)] {
            for span in &side.spans {
                let mut part = Vec::new();
                whole(&mut part, 1, zigzag(span.offset.into()));
                whole(&mut part, 2, span.length.into());
                field(&mut histogram, number, &part);
            }
            let counts: Vec<u8> = side
                .counts
                .iter()
                .flat_map(|count| count.to_le_bytes())
                .collect();
            field(&mut histogram, number + 2, &counts);
        }
        whole(&mut histogram, 15, u64::try_from(*at_ms).unwrap());
        field(&mut message, 4, &histogram);
    }
    message
}

fn field(into: &mut Vec<u8>, number: u64, bytes: &[u8]) {
    varint(into, number << 3 | 2);
    varint(into, bytes.len() as u64);
    into.extend(bytes);
}

fn whole(into: &mut Vec<u8>, number: u64, value: u64) {
    varint(into, number << 3);
    varint(into, value);
}

fn fraction(into: &mut Vec<u8>, number: u64, value: f64) {
    varint(into, number << 3 | 1);
    into.extend(value.to_le_bytes());
}

fn varint(into: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        into.push(value as u8 | 0x80);
        value >>= 7;
    }
    into.push(value as u8);
}

fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

/// Snappy that only quotes.
fn packed(plain: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    varint(&mut packed, plain.len() as u64);
    for part in plain.chunks(60_000) {
        let length = u16::try_from(part.len() - 1).unwrap();
        packed.push(61 << 2);
        packed.extend(length.to_le_bytes());
        packed.extend(part);
    }
    packed
}
