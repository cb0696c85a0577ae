//! What is read of good, wrong and hostile bodies.

mod messages;
mod second;

use super::*;
use model::Dropped;
use prost::Message;

use messages::{
    BucketSpan, Histogram, Label, MetricMetadata, TimeSeries, WriteRequest, body, histogram,
    packed, series,
};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};

const MOST: usize = 1 << 20;

/// What is read; and the same again by somebody who has read it before.
fn read(body: &[u8], most: usize) -> Result<Sent, Error> {
    let reader = Reader::default();
    let read = reader.read(Version::One, body, most);
    let again = reader.read(Version::One, body, most);
    assert_eq!(format!("{read:?}"), format!("{again:?}"));
    read
}

fn exemplar(name: &str, value: &str, timestamp: i64) -> messages::Exemplar {
    messages::Exemplar {
        labels: vec![Label {
            name: name.to_owned(),
            value: value.to_owned(),
        }],
        value: 0.5,
        timestamp,
    }
}

/// Exemplars as texts.
fn told(exemplars: &Exemplars) -> Vec<String> {
    let found = exemplars.found.iter().map(|(series, one)| {
        let at = match one.is_dated {
            true => format!("@{}", one.at_ms),
            false => "undated".to_owned(),
        };
        format!("{series} {} {} {at}", one.labels, one.value)
    });
    found.collect()
}

#[test]
fn series_come_as_they_were_sent() {
    let samples = [
        (1_795_233_900_000, 1.5),
        (-5, model::STALE),
        (i64::MAX, f64::NEG_INFINITY),
    ];
    let mut second = series(&[("__name__", "b"), ("é", "ü\0")], &[(0, 0.0)]);
    second.exemplars = vec![exemplar("trace_id", "1", 0)];
    let mut only_exemplars = series(&[("__name__", "of_another_request")], &[]);
    only_exemplars.exemplars = vec![
        exemplar("trace_id", "ü", 5),
        exemplar("trace_id", &"x".repeat(200), 6),
    ];
    let mut mislabelled = series(&[("b", "no name")], &[]);
    mislabelled.exemplars = vec![exemplar("trace_id", "1", 5)];
    let wrong = Histogram {
        count_int: Some(5),
        ..histogram(9)
    };
    second.histograms = vec![histogram(7), wrong];
    let sent = WriteRequest {
        timeseries: vec![
            series(&[("__name__", "a"), ("job", "x")], &samples),
            second,
            series(&[("__name__", "without_samples")], &[]),
            only_exemplars,
            mislabelled,
        ],
        metadata: vec![MetricMetadata {
            kind: 1,
            metric_family_name: "a".into(),
            help: "What it is.".into(),
            unit: "seconds".into(),
        }],
    };
    let sent = read(&packed(&sent), MOST).unwrap();
    assert_eq!(sent.series.len(), 2);
    let first = &sent.series[0];
    assert_eq!(first.labels.to_string(), r#"{__name__="a", job="x"}"#);
    assert_eq!(first.at_ms, samples.map(|(at, _)| at));
    let bits = |values: &[f64]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&first.values), bits(&samples.map(|(_, value)| value)));
    // Protobuf leaves out what is zero.
    assert_eq!(
        (sent.series[1].at_ms[0], sent.series[1].values[0]),
        (0, 0.0)
    );
    assert_eq!(sent.mislabelled, 0, "of exemplars alone no sample is lost");
    assert_eq!(
        told(&sent.exemplars),
        [
            r#"{__name__="b", é="ü\0"} {trace_id="1"} 0.5 undated"#,
            r#"{__name__="of_another_request"} {trace_id="ü"} 0.5 @5"#,
        ]
    );
    let dropped = [(Dropped::LabelsTooLong, 1), (Dropped::UnknownSeries, 1)];
    assert_eq!(sent.exemplars.dropped, dropped.into());
    assert_eq!((sent.histograms, sent.wrong_histograms), (1, 1));
    let example = sent.wrong_histogram_example.as_deref().unwrap();
    assert!(example.contains("the count is 5: __name__=b"), "{example}");
    let [(at_ms, found)] = sent.series[1].histograms.as_slice() else {
        panic!("{:?}", sent.series[1])
    };
    assert_eq!(*at_ms, 7);
    assert_eq!((found.schema, found.count, found.sum), (1, 12.0, 18.5));
    assert_eq!((found.zero_threshold, found.zero_count), (0.001, 2.0));
    let buckets = |side: &model::Buckets| side.iter().collect::<Vec<_>>();
    assert_eq!(buckets(&found.negative), [(1, 3.0)]);
    assert_eq!(buckets(&found.positive), [(-1, 1.0), (0, 2.0), (4, 4.0)]);
    assert_eq!(
        (sent.metadata[0].kind, sent.metadata[0].unit.as_str()),
        ("counter", "seconds")
    );
}

/// Fractions, bounds of its own, what it says of resets, and the end of a series.
#[test]
fn histograms_of_all_forms() {
    let of = |histogram| {
        let mut one = series(&[("__name__", "a")], &[]);
        one.histograms = vec![histogram];
        let sent = read(&body(vec![one]), MOST).unwrap();
        let series = sent.series.first().map(|one| one.histograms[0].1.clone());
        (series, sent.wrong_histogram_example.unwrap_or_default())
    };
    let fractions = Histogram {
        count_int: None,
        count_float: Some(4.5),
        zero_count_int: None,
        zero_count_float: Some(0.5),
        negative_spans: Vec::new(),
        negative_deltas: Vec::new(),
        positive_deltas: Vec::new(),
        positive_counts: vec![0.5, 1.5, 2.0],
        reset_hint: 3,
        ..histogram(1)
    };
    let found = of(fractions).0.unwrap();
    assert_eq!(found.positive.counts, [0.5, 1.5, 2.0]);
    assert_eq!((found.count, found.zero_count), (4.5, 0.5));
    assert_eq!(found.reset, model::CounterReset::Gauge);
    let custom = Histogram {
        count_int: Some(3),
        schema: -53,
        positive_spans: vec![BucketSpan {
            offset: 0,
            length: 2,
        }],
        positive_deltas: vec![1, 1],
        custom_values: vec![0.5],
        timestamp: 1,
        ..Histogram::default()
    };
    let found = of(custom.clone()).0.unwrap();
    assert_eq!((found.schema, found.bounds.as_slice()), (-53, &[0.5][..]));
    let ended = Histogram {
        sum: model::STALE,
        ..Histogram::default()
    };
    assert!(of(ended).0.unwrap().is_stale());
    for (wrong, why) in [
        (
            Histogram {
                schema: 60,
                ..histogram(1)
            },
            "schema 60",
        ),
        (
            Histogram {
                schema: i32::MAX,
                ..histogram(1)
            },
            "schema 2147483647",
        ),
        (
            Histogram {
                positive_deltas: vec![1, -2, 0],
                ..histogram(1)
            },
            "negative",
        ),
        (
            Histogram {
                positive_spans: Vec::new(),
                ..histogram(1)
            },
            "0 buckets",
        ),
        (
            Histogram {
                custom_values: vec![1.0, 0.5],
                ..custom
            },
            "ascend",
        ),
    ] {
        let (found, example) = of(wrong);
        assert_eq!(found, None);
        assert!(example.contains(why), "{example}");
    }
}

#[test]
fn a_series_with_wrong_labels_takes_no_other_with_it() {
    for (labels, why) in [
        (
            &[("__name__", "a"), ("b", "1"), ("a", "1")][..],
            "not sorted",
        ),
        (&[("__name__", "a"), ("b", "1"), ("b", "2")], "repeated"),
        (&[("", "x"), ("__name__", "a")], "no name"),
        (&[("job", "x")], "name of a metric"),
        (&[("__name__", ""), ("job", "x")], "name of a metric"),
        (&[], "name of a metric"),
    ] {
        let good = series(&[("__name__", "good")], &[(1, 1.0)]);
        let wrong = series(labels, &[(1, 1.0), (2, 2.0)]);
        let sent = read(&body(vec![wrong, good]), MOST).unwrap();
        assert_eq!((sent.series.len(), sent.mislabelled), (1, 2), "{labels:?}");
        let example = sent.mislabelled_example.unwrap();
        assert!(example.contains(why), "{example}");
    }
}

#[test]
fn hostile_bodies_are_refused() {
    let compression = |body: &[u8]| matches!(read(body, MOST), Err(Error::Compression(_)));
    assert!(compression(b""));
    assert!(compression(b"__name__=x"));
    assert!(compression(&[0xff; 100]));
    // Four gigabytes are announced in five bytes.
    let bomb = read(&[0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0], MOST).unwrap_err();
    assert!(matches!(bomb, Error::TooLarge { .. }), "{bomb}");
    let zeros = snap::raw::Encoder::new()
        .compress_vec(&vec![0; 2 * MOST])
        .unwrap();
    let message = read(&zeros, MOST).unwrap_err().to_string();
    assert!(message.contains("2097152 bytes"), "{message}");

    let malformed = |message: &[u8]| {
        let body = snap::raw::Encoder::new().compress_vec(message).unwrap();
        read(&body, MOST)
    };
    for message in [
        &b"plain text"[..],
        &[0x0a, 0x7f],                         // longer than it is
        &[0x08, 0x01],                         // a number where a series should be
        &[0x0b],                               // a group
        &[0x0a, 0x04, 0x0a, 0x02, 0x0a, 0x09], // a label that ends early
        &[0x0a, 0x05, 0x0a, 0x03, 0x0a, 0x01, 0xff],
    ] {
        let refused = malformed(message);
        assert!(
            matches!(refused, Err(Error::Malformed(_))),
            "{message:?}: {refused:?}"
        );
    }
    assert_eq!(malformed(b"").unwrap(), Sent::default());
}

#[test]
fn small_parts_do_not_become_large() {
    let repeated = |part: &[u8], times: usize| {
        let message = part.repeat(times);
        let body = snap::raw::Encoder::new().compress_vec(&message).unwrap();
        read(&body, 64 << 20)
    };
    let empty_metadata = repeated(&[0x1a, 0], 1_000_000).unwrap();
    assert!(empty_metadata.metadata.is_empty());
    let named = series(&[("__name__", "a")], &[]);
    let message = WriteRequest {
        timeseries: vec![named; 100_000],
        metadata: Vec::new(),
    };
    let without_samples = repeated(&message.encode_to_vec(), 10).unwrap();
    assert_eq!(without_samples, Sent::default());
    let empty_series = repeated(&[0x0a, 0], 1_000_000).unwrap();
    assert_eq!(empty_series, Sent::default());
    // One series of empty samples: its length, then the samples.
    let mut samples = vec![0x0a, 0x80, 0x9b, 0xee, 0x02];
    samples.extend([0x12, 0].repeat(3_000_000));
    let refused = repeated(&samples, 1).unwrap_err();
    assert!(
        matches!(
            refused,
            Error::TooMany {
                what: "samples",
                ..
            }
        ),
        "{refused}"
    );

    let long = "x".repeat(100_000);
    let many: Vec<String> = (0..2_000).map(|n| format!("label_{n:05}")).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|name| (name.as_str(), "1")).collect();
    for labels in [&[("job", long.as_str())][..], &many] {
        let sent = read(&body(vec![series(labels, &[(1, 1.0)])]), 1 << 24).unwrap();
        let example = sent.mislabelled_example.unwrap();
        assert!(example.len() < 600, "{}", example.len());
    }
}

/// Whatever is changed of a body, it is read or refused, and never more comes out than went in.
#[test]
fn damaged_bodies_never_panic() {
    let mut random = StdRng::seed_from_u64(7);
    let good: Vec<TimeSeries> = (0..20)
        .map(|n| {
            let n = n.to_string();
            series(&[("__name__", "m"), ("n", &n)], &[(1, 1.0), (2, f64::NAN)])
        })
        .collect();
    let good = WriteRequest {
        timeseries: good,
        metadata: Vec::new(),
    };
    let message = good.encode_to_vec();
    let compressed = packed(&good);
    for _ in 0..20_000 {
        let is_inside = random.random_bool(0.7);
        let mut bytes = if is_inside {
            message.clone()
        } else {
            compressed.clone()
        };
        for _ in 0..random.random_range(1..8) {
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
        if is_inside {
            bytes = snap::raw::Encoder::new().compress_vec(&bytes).unwrap();
        }
        if let Ok(sent) = read(&bytes, MOST) {
            let samples: usize = sent.series.iter().map(|series| series.values.len()).sum();
            assert!(samples <= bytes.len() * 25);
            assert!(sent.series.iter().all(|series| !series.labels.is_empty()));
        }
    }
}
