//! Bodies as clients write them, by prost's encoder, and bodies that are wrong.

mod messages;

use prost::Message;

use super::super::each::Histograms;
use super::super::{Encoding, Exposition, read};
use super::*;
use crate::remote_write::Metadata;
use messages::{
    Bucket, BucketSpan, Exemplar, Histogram, LabelPair, MetricFamily, MetricMessage, Plain,
    Quantile, Summary, Timestamp,
};

fn labels(pairs: &[(&str, &str)]) -> Vec<LabelPair> {
    let pair = |(name, value): &(&str, &str)| LabelPair {
        name: (*name).to_owned(),
        value: (*value).to_owned(),
    };
    pairs.iter().map(pair).collect()
}

fn plain(value: f64) -> Option<Plain> {
    Some(Plain {
        value: Some(value),
        exemplar: None,
    })
}

fn family(name: &str, kind: i32, metric: Vec<MetricMessage>) -> MetricFamily {
    MetricFamily {
        name: name.to_owned(),
        r#type: kind,
        metric,
        ..MetricFamily::default()
    }
}

fn counter(name: &str, pairs: &[(&str, &str)], value: f64) -> MetricFamily {
    let metric = MetricMessage {
        label: labels(pairs),
        counter: plain(value),
        ..MetricMessage::default()
    };
    family(name, 0, vec![metric])
}

fn body(families: &[MetricFamily]) -> Vec<u8> {
    families
        .iter()
        .flat_map(Message::encode_length_delimited_to_vec)
        .collect()
}

fn read_all(families: &[MetricFamily]) -> Result<Exposition, Error> {
    read_bytes(&body(families))
}

fn read_bytes(body: &[u8]) -> Result<Exposition, Error> {
    read(body, Encoding::Protobuf, Histograms::Classic).map_err(|error| match error {
        Unreadable::Protobuf(error) => error,
        Unreadable::Text(error) => panic!("{error}"),
    })
}

fn shown(found: &Exposition) -> Vec<String> {
    let points = found.points.iter();
    points
        .map(|it| match it.at_ms {
            None => format!("{} {}", it.labels, it.value),
            Some(at_ms) => format!("{} {} @{at_ms}", it.labels, it.value),
        })
        .collect()
}

/// One of each kind.
fn every_kind() -> Vec<MetricFamily> {
    let exemplar = Exemplar {
        label: labels(&[("trace_id", "1")]),
        value: 0.5,
        timestamp: Some(Timestamp {
            seconds: 1_700_000_000,
            nanos: 250_999_999,
        }),
    };
    let mut requests = counter("requests_total", &[("code", "200"), ("ä", "\"\n")], 5.0);
    requests.help = "What came.".to_owned();
    requests.metric[0].counter.as_mut().unwrap().exemplar = Some(exemplar.clone());
    let gauge = |label, value, timestamp_ms| MetricMessage {
        label: labels(label),
        gauge: plain(value),
        timestamp_ms,
        ..MetricMessage::default()
    };
    let heat = vec![
        gauge(&[("room", "a")], -1.5, 1_700_000_000_000),
        gauge(&[("room", "b")], f64::NEG_INFINITY, 0),
    ];
    let summary = Summary {
        sample_count: 3,
        sample_sum: 1.5,
        quantile: vec![Quantile {
            quantile: 0.5,
            value: f64::NAN,
        }],
    };
    let summary = MetricMessage {
        summary: Some(summary),
        ..MetricMessage::default()
    };
    let untyped = MetricMessage {
        untyped: plain(7.0),
        ..MetricMessage::default()
    };
    let bucket = |upper_bound, cumulative_count| Bucket {
        upper_bound,
        cumulative_count,
        exemplar: Some(exemplar.clone()),
        cumulative_count_float: 0.0,
    };
    let whole = Histogram {
        sample_count: 3,
        sample_sum: 12.0,
        bucket: vec![bucket(1.0, 1), bucket(1e6, 3)],
        sample_count_float: 0.0,
        exemplars: vec![exemplar.clone()],
        ..Histogram::default()
    };
    let parts = Histogram {
        sample_count: 0,
        sample_sum: 1.0,
        bucket: vec![Bucket {
            upper_bound: f64::INFINITY,
            cumulative_count_float: 2.5,
            ..Bucket::default()
        }],
        sample_count_float: 2.5,
        ..Histogram::default()
    };
    let histogram = |histogram| MetricMessage {
        label: labels(&[("x", "y")]),
        histogram: Some(histogram),
        ..MetricMessage::default()
    };
    let mut heat = family("heat_celsius", 1, heat);
    heat.unit = "celsius".to_owned();
    vec![
        requests,
        heat,
        family("took", 2, vec![summary]),
        family("some.thing", 3, vec![untyped]),
        family("sizes", 4, vec![histogram(whole)]),
        family("waiting", 5, vec![histogram(parts)]),
        family("nothing", 0, Vec::new()),
    ]
}

#[test]
fn every_kind_is_read() {
    let found = read_all(&every_kind()).unwrap();
    assert_eq!(
        shown(&found),
        [
            "{__name__=\"requests_total\", code=\"200\", ä=\"\\\"\\n\"} 5",
            r#"{__name__="heat_celsius", room="a"} -1.5 @1700000000000"#,
            r#"{__name__="heat_celsius", room="b"} -inf"#,
            r#"{__name__="took", quantile="0.5"} NaN"#,
            r#"{__name__="took_sum"} 1.5"#,
            r#"{__name__="took_count"} 3"#,
            r#"{__name__="some.thing"} 7"#,
            r#"{__name__="sizes_bucket", le="1.0", x="y"} 1"#,
            r#"{__name__="sizes_bucket", le="1e+06", x="y"} 3"#,
            r#"{__name__="sizes_bucket", le="+Inf", x="y"} 3"#,
            r#"{__name__="sizes_sum", x="y"} 12"#,
            r#"{__name__="sizes_count", x="y"} 3"#,
            r#"{__name__="waiting_bucket", le="+Inf", x="y"} 2.5"#,
            r#"{__name__="waiting_sum", x="y"} 1"#,
            r#"{__name__="waiting_count", x="y"} 2.5"#,
        ]
    );
    let exemplars = found.exemplars.found.iter();
    let exemplars: Vec<_> = exemplars
        .map(|(series, one)| format!("{series} {} {} {}", one.labels, one.value, one.at_ms))
        .collect();
    let told = "{trace_id=\"1\"} 0.5 1700000000250";
    assert_eq!(
        exemplars,
        [
            r#"{__name__="requests_total", code="200", ä="\"\n"}"#,
            r#"{__name__="sizes_bucket", le="1.0", x="y"}"#,
            r#"{__name__="sizes_bucket", le="1e+06", x="y"}"#,
        ]
        .map(|series| format!("{series} {told}")),
        "each with its own series; those of the native histogram nobody wants here"
    );
    let of = |name: &str| found.metadata.iter().find(|it| it.name == name).cloned();
    let said = |kind, help: &str, unit: &str, name: &str| Metadata {
        name: name.to_owned(),
        kind,
        help: help.to_owned(),
        unit: unit.to_owned(),
    };
    for expected in [
        said("counter", "What came.", "", "requests_total"),
        said("gauge", "", "celsius", "heat_celsius"),
        said("gaugehistogram", "", "", "waiting"),
        said("unknown", "", "", "some.thing"),
    ] {
        assert_eq!(of(&expected.name), Some(expected));
    }
    assert_eq!(read_bytes(b"").unwrap(), Exposition::default());
}

/// Takes native histograms as somebody wants them.
struct Natives {
    wanted: Histograms,
    found: Vec<String>,
}

impl<'a> Take<'a> for Natives {
    type Error = Unreadable;

    fn histograms(&self) -> Histograms {
        self.wanted
    }

    fn describe(&mut self, _: &Entry<'_>) {}

    fn sample(&mut self, exposed: &Exposed<'_, 'a>) -> Result<(), Unreadable> {
        let mut pairs = Pairs::new();
        exposed.labels(&mut pairs)?;
        let name = &pairs[0].1;
        self.found.push(match exposed.value {
            each::Value::Number(value) => format!("{name} {value}"),
            each::Value::Histogram(it) => format!(
                "{name} {:?} schema {} count {} sum {} zero {} above {:?} below {:?}",
                it.reset,
                it.schema,
                it.count,
                it.sum,
                it.zero_count,
                it.positive.iter().collect::<Vec<_>>(),
                it.negative.iter().collect::<Vec<_>>(),
            ),
        });
        Ok(())
    }
}

fn native() -> Histogram {
    let span = |offset, length| BucketSpan { offset, length };
    Histogram {
        sample_count: 12,
        sample_sum: 18.5,
        schema: 1,
        zero_threshold: 0.001,
        zero_count: 2,
        negative_span: vec![span(1, 1)],
        negative_delta: vec![3],
        positive_span: vec![span(-1, 2), span(3, 1)],
        positive_delta: vec![1, 1, 2],
        ..Histogram::default()
    }
}

fn of_histogram(name: &str, kind: i32, histogram: Histogram) -> MetricFamily {
    let metric = MetricMessage {
        histogram: Some(histogram),
        ..MetricMessage::default()
    };
    family(name, kind, vec![metric])
}

#[test]
fn native_histograms_are_read_where_they_are_wanted() {
    let classic = vec![Bucket {
        upper_bound: 1.0,
        cumulative_count: 5,
        ..Bucket::default()
    }];
    let both = Histogram {
        bucket: classic.clone(),
        ..native()
    };
    let only_classic = Histogram {
        sample_count: 5,
        bucket: classic,
        ..Histogram::default()
    };
    let fractions = Histogram {
        sample_count: 0,
        sample_count_float: 4.5,
        zero_count: 0,
        negative_span: Vec::new(),
        negative_delta: Vec::new(),
        positive_delta: Vec::new(),
        positive_count: vec![0.5, 1.5, 2.0],
        ..native()
    };
    let body = self::body(&[
        of_histogram("both", 4, both),
        of_histogram("native", 5, fractions),
        of_histogram("classic", 4, only_classic),
    ]);
    let of_both = "both Unknown schema 1 count 12 sum 18.5 zero 2 above [(-1, 1.0), (0, 2.0), (4, 4.0)] below [(1, 3.0)]";
    let of_native = "native Gauge schema 1 count 4.5 sum 18.5 zero 0 above [(-1, 0.5), (0, 1.5), (4, 2.0)] below []";
    let classic = |name: &str, sum: &str, count: &str, all: &[&str]| {
        let buckets = all.iter().map(|value| format!("{name}_bucket {value}"));
        let rest = [format!("{name}_sum {sum}"), format!("{name}_count {count}")];
        buckets.chain(rest).collect::<Vec<_>>()
    };
    let of_classic = classic("classic", "0", "5", &["5", "5"]);
    let both_classic = classic("both", "18.5", "12", &["5", "12"]);
    let native_classic = classic("native", "18.5", "4.5", &["4.5"]);
    let one = |text: &str| vec![text.to_owned()];
    for (wanted, expected) in [
        (
            Histograms::Classic,
            [both_classic.clone(), native_classic, of_classic.clone()].concat(),
        ),
        (
            Histograms::Native,
            [one(of_both), one(of_native), of_classic.clone()].concat(),
        ),
        (
            Histograms::Both,
            [one(of_both), both_classic, one(of_native), of_classic].concat(),
        ),
    ] {
        let found = Vec::new();
        let mut natives = Natives { wanted, found };
        each::each(&body, Encoding::Protobuf, &mut natives).unwrap();
        assert_eq!(natives.found, expected, "{wanted:?}");
    }
    for (wrong, why) in [
        (
            Histogram {
                sample_count: 3,
                ..native()
            },
            "the count is 3",
        ),
        (
            Histogram {
                schema: 100,
                ..native()
            },
            "schema 100",
        ),
        (
            Histogram {
                positive_delta: vec![1],
                ..native()
            },
            "1 counts",
        ),
    ] {
        let body = self::body(&[of_histogram("wrong", 4, wrong)]);
        let found = Vec::new();
        let wanted = Histograms::Native;
        let refused = each::each(&body, Encoding::Protobuf, &mut Natives { wanted, found });
        let refused = refused.unwrap_err().to_string();
        assert!(
            refused.contains("wrong: this is no native histogram"),
            "{refused}"
        );
        assert!(refused.contains(why), "{refused}");
    }
}

#[test]
fn mistakes_have_a_place() {
    let mut two = counter("a", &[], 1.0);
    two.metric.push(
        counter("a", &[("x", "1"), ("x", "2")], 1.0)
            .metric
            .remove(0),
    );
    let first = counter("first", &[], 1.0);
    let behind = body(std::slice::from_ref(&first)).len();
    let nameless = counter("", &[], 1.0);
    let odd = family("odd", 9, Vec::new());
    let empty = family("empty", 4, vec![MetricMessage::default()]);
    let le = MetricMessage {
        label: labels(&[("le", "1")]),
        histogram: Some(Histogram::default()),
        ..MetricMessage::default()
    };
    for (wrong, at, message) in [
        (nameless, behind + 1, "no name"),
        (odd, behind + 6, "9 is no type of a metric"),
        (empty, behind + 12, "empty: this is said to be a histogram"),
        (two, behind + 19, "a: the label \"x\" stands there twice"),
        (counter("b", &[("", "1")], 1.0), behind + 6, "name is empty"),
        (
            counter("b", &[("__name__", "1")], 1.0),
            behind + 6,
            "no label",
        ),
        (
            family("h", 4, vec![le]),
            behind + 8,
            "\"le\" stands there twice",
        ),
    ] {
        let error = read_all(&[first.clone(), wrong.clone()]).unwrap_err();
        assert_eq!(error.at, at, "{wrong:?}: {error}");
        assert!(error.message.contains(message), "{error}");
    }
    for (bytes, at, message) in [
        (&b"# TYPE a counter\na 1\n"[..], 0, "35 bytes"),
        (b"\xff", 0, "no length"),
        (b"\x02\x0a", 0, "2 bytes, and 1 are left"),
        (b"\x02\x0a\x05", 1, "cut short"),
        (b"\x03\x0a\x01\xff", 1, "UTF-8"),
        (b"\x02\x08\x01", 1, "another type"),
    ] {
        let error = read_bytes(bytes).unwrap_err();
        assert_eq!(error.at, at, "{bytes:?}: {error}");
        assert!(error.message.contains(message), "{bytes:?}: {error}");
    }
}

/// A small body is not to become large in memory: names and labels are said once for many series.
#[test]
fn what_is_said_once_counts_for_each_series() {
    let bucket = |n: u32| Bucket {
        upper_bound: f64::from(n),
        ..Bucket::default()
    };
    let histogram = Histogram {
        bucket: (0..1_000).map(bucket).collect(),
        ..Histogram::default()
    };
    let metric = MetricMessage {
        label: labels(&[("x", &"y".repeat(1 << 20))]),
        histogram: Some(histogram),
        ..MetricMessage::default()
    };
    let error = read_all(&[family("large", 4, vec![metric])]).unwrap_err();
    assert!(error.message.contains("too many to write out"), "{error}");
}

/// Cut or changed anywhere, it is an answer or an error within the body.
#[test]
fn any_bytes() {
    use rand::{Rng as _, SeedableRng as _};
    let mut random = rand::rngs::StdRng::seed_from_u64(13);
    let whole = body(&every_kind());
    for length in 0..whole.len() {
        if let Err(error) = read_bytes(&whole[..length]) {
            assert!(error.at <= length, "{error}");
        }
    }
    let mut refused = 0;
    for _ in 0..20_000 {
        let mut changed = whole.clone();
        for _ in 0..random.random_range(1..4) {
            let place = random.random_range(0..changed.len());
            changed[place] = random.random();
        }
        if let Err(error) = read_bytes(&changed) {
            assert!(error.at <= changed.len(), "{error}");
            refused += 1;
        }
    }
    assert!(refused > 1_000, "{refused}");
}
