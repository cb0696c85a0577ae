//! Requests that nobody would send.

use prost::Message;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};

use super::super::{Error, MOST_LABEL_BYTES, Reader, Settings};
use super::messages::{
    Buckets, Data, ExponentialPoint, Exponentials, HistogramPoint, Histograms, Kind, List, Numbers,
    Request, Summaries, SummaryPoint, metric, number, request, texts,
};

fn everything() -> Request {
    let mut point = number(&[("a", "1"), ("b.c", "ü")], 5, 1.5);
    let list = List {
        values: vec![super::messages::AnyValue {
            kind: Some(Kind::Bytes(vec![1, 2])),
        }],
    };
    point.attributes[0].value = Some(super::messages::AnyValue {
        kind: Some(Kind::Array(list)),
    });
    let numbers = Numbers {
        points: vec![point],
        temporality: 1,
        is_monotonic: true,
    };
    let histogram = HistogramPoint {
        exemplars: Vec::new(),
        attributes: texts(&[("a", "1")]),
        at_ns: 5,
        count: 6,
        sum: Some(1.5),
        counts: vec![1, 2, 3],
        bounds: vec![0.005, 1.0],
        flags: 0,
    };
    let exponential = ExponentialPoint {
        at_ns: 5,
        count: 7,
        scale: 3,
        zero: 1,
        positive: Some(Buckets {
            offset: -8,
            counts: vec![1, 0, 2],
        }),
        ..ExponentialPoint::default()
    };
    let summaries = Summaries {
        points: vec![SummaryPoint {
            count: 6,
            ..SummaryPoint::default()
        }],
    };
    let metrics = vec![
        metric("a.b", "s", Data::Gauge(numbers.clone())),
        metric("a.c", "By/s", Data::Sum(numbers)),
        metric(
            "a.d",
            "1",
            Data::Histogram(Histograms {
                points: vec![histogram],
                temporality: 1,
            }),
        ),
        metric(
            "a.e",
            "",
            Data::Exponential(Exponentials {
                points: vec![exponential],
                temporality: 1,
            }),
        ),
        metric("a.f", "{x}", Data::Summary(summaries)),
    ];
    request(super::RESOURCE, metrics)
}

/// Whatever is changed of a request, it is read or refused, and never much more comes out than went in.
#[test]
fn damaged_requests_never_panic() {
    let mut random = StdRng::seed_from_u64(7);
    let reader = Reader::default();
    let good = everything().encode_to_vec();
    let mut read = 0;
    for _ in 0..30_000 {
        let mut bytes = good.clone();
        for _ in 0..random.random_range(1..6) {
            let place = random.random_range(0..bytes.len());
            match random.random_range(0..4) {
                0 => bytes[place] = random.random(),
                1 => bytes.truncate(place.max(1)),
                2 => bytes.insert(
                    place,
                    *[0, 0x0a, 0x7f, 0x80, 0xff].choose(&mut random).unwrap(),
                ),
                _ => bytes[place] ^= 1 << random.random_range(0..8),
            }
        }
        if let Ok(sent) = reader.read(&bytes, &Settings::default()) {
            read += 1;
            assert!(
                sent.series.len() <= bytes.len() * 4,
                "{}",
                sent.series.len()
            );
            assert!(
                sent.series
                    .iter()
                    .all(|series| !series.labels.get("__name__").is_empty())
            );
        }
    }
    assert!(read > 1_000, "{read} could be read");
}

#[test]
fn garbage_is_refused() {
    let mut random = StdRng::seed_from_u64(8);
    let reader = Reader::default();
    for length in 0..2_000 {
        let bytes: Vec<u8> = (0..length).map(|_| random.random()).collect();
        let _ = reader.read(&bytes, &Settings::default());
    }
    for body in [
        &b"plain text"[..],
        b"{\"resourceMetrics\":[]}",
        &[0x0a, 0x7f],
        &[0x08, 0x01],
        &[0x0b],
    ] {
        let refused = reader.read(body, &Settings::default());
        assert!(
            matches!(refused, Err(Error::Malformed(_))),
            "{body:?}: {refused:?}"
        );
    }
}

/// A point of many buckets has its labels once for each of them.
#[test]
fn small_parts_do_not_become_large() {
    let long = "x".repeat(60_000);
    let point = HistogramPoint {
        attributes: texts(&[("a", &long)]),
        counts: vec![1; 10_000],
        bounds: (0..10_000).map(f64::from).collect(),
        ..HistogramPoint::default()
    };
    let histograms = Histograms {
        points: vec![point],
        temporality: 2,
    };
    let sent = request(
        super::RESOURCE,
        vec![metric("a", "", Data::Histogram(histograms))],
    );
    let refused = Reader::default().read(&sent.encode_to_vec(), &Settings::default());
    let what = "bytes of new labels";
    let most = MOST_LABEL_BYTES;
    assert_eq!(refused, Err(Error::TooMany { what, most }));

    let bounds = vec![1.0; 1_000];
    let point = HistogramPoint {
        counts: vec![1; 1_000],
        bounds,
        ..HistogramPoint::default()
    };
    let histograms = Histograms {
        points: vec![point; 1_100],
        temporality: 2,
    };
    let sent = request(
        super::RESOURCE,
        vec![metric("a", "", Data::Histogram(histograms))],
    );
    let refused = Reader::default().read(&sent.encode_to_vec(), &Settings::default());
    assert!(matches!(
        refused,
        Err(Error::TooMany {
            what: "samples",
            ..
        })
    ));
}
