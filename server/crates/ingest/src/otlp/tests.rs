//! What becomes of good, wrong and hostile requests.

mod exemplars;
mod hostile;
pub(super) mod messages;
mod notation;

use super::*;
use messages::{
    Buckets, Data, ExponentialPoint, Exponentials, HistogramPoint, Histograms, Metric, Number,
    NumberPoint, Numbers, Quantile, Request, Summaries, SummaryPoint, metric, number, request,
    texts,
};
use model::{Histogram, is_stale};
use prost::Message;

const RESOURCE: &[(&str, &str)] = &[
    ("service.namespace", "shop"),
    ("service.name", "api"),
    ("service.instance.id", "a-1"),
    ("k8s.pod.name", "api-7"),
];
const JOB: &str = r#"instance="a-1", job="shop/api""#;

/// What is read; and the same again by somebody who has read it before, where nothing adds up.
fn read(sent: &Request) -> Sent {
    read_with(sent, &Settings::default())
}

fn read_with(sent: &Request, settings: &Settings) -> Sent {
    let reader = Reader::default();
    let message = sent.encode_to_vec();
    let read = reader.read(&message, settings).unwrap();
    let again = reader.read(&message, settings).unwrap();
    assert_eq!(format!("{:?}", read.series), format!("{:?}", again.series));
    assert!(again.metadata.is_empty(), "it is described once");
    read
}

/// The series but for `target_info`, as texts.
fn shown(sent: &Sent) -> Vec<String> {
    let own = sent.series.iter();
    let own = own.filter(|series| series.labels.get("__name__") != "target_info");
    let one = |series: &SeriesSamples| {
        if let [(at_ms, histogram)] = series.histograms.as_slice() {
            return format!("{} {} @{at_ms}", series.labels, written(histogram));
        }
        let value = match is_stale(series.values[0]) {
            true => "stale".to_owned(),
            false => series.values[0].to_string(),
        };
        let name = series.labels.get("__name__");
        let labels = series.labels.keep(|label| label != "__name__");
        format!("{name}{labels} {value} @{}", series.at_ms[0])
    };
    let mut all: Vec<String> = own.map(one).collect();
    all.sort_unstable();
    all
}

/// A native histogram as a text: its buckets by their numbers.
fn written(histogram: &Histogram) -> String {
    let Histogram {
        schema,
        count,
        sum,
        zero_count,
        ..
    } = histogram;
    let buckets = histogram.positive.iter();
    let buckets: Vec<_> = buckets.map(|(n, count)| format!("{n}:{count}")).collect();
    format!("schema {schema}, {count}, sum {sum}, zero {zero_count}, {buckets:?}")
}

fn sum(points: Vec<NumberPoint>, temporality: i32, is_monotonic: bool) -> Data {
    Data::Sum(Numbers {
        points,
        temporality,
        is_monotonic,
    })
}

fn gauge(points: Vec<NumberPoint>) -> Data {
    Data::Gauge(Numbers {
        points,
        ..Numbers::default()
    })
}

fn one(data: Data) -> Request {
    request(RESOURCE, vec![metric("m.x", "s", data)])
}

#[test]
fn every_type_has_its_series() {
    let attributes = &[("tool.name", "fetch"), ("a", "1")];
    let labels = format!(r#"a="1", {JOB}"#);
    let rest = r#"tool_name="fetch""#;
    let histogram = HistogramPoint {
        attributes: texts(attributes),
        at_ns: 5_000_000,
        count: 6,
        sum: Some(1.5),
        counts: vec![1, 2, 3],
        bounds: vec![0.005, 1.0],
        ..HistogramPoint::default()
    };
    let exponential = ExponentialPoint {
        attributes: texts(attributes),
        at_ns: 5_000_000,
        count: 7,
        sum: Some(2.5),
        scale: 3,
        zero: 1,
        positive: Some(Buckets {
            offset: -8,
            counts: vec![1, 0, 0, 0, 2, 0, 0, 0, 3],
        }),
        ..ExponentialPoint::default()
    };
    let summary = SummaryPoint {
        attributes: texts(attributes),
        at_ns: 5_000_000,
        count: 6,
        sum: 1.5,
        quantiles: vec![Quantile {
            quantile: 0.99,
            value: 0.25,
        }],
    };
    for (data, kind, expected) in [
        (
            gauge(vec![number(attributes, 5, 1.5)]),
            "gauge",
            vec![format!("m_x_seconds{{{labels}, {rest}}} 1.5 @5")],
        ),
        (
            sum(vec![number(attributes, 5, 2.0)], 2, true),
            "counter",
            vec![format!("m_x_seconds_total{{{labels}, {rest}}} 2 @5")],
        ),
        (
            sum(vec![number(attributes, 5, -2.0)], 2, false),
            "gauge",
            vec![format!("m_x_seconds{{{labels}, {rest}}} -2 @5")],
        ),
        (
            Data::Histogram(Histograms {
                points: vec![histogram],
                temporality: 2,
            }),
            "histogram",
            vec![
                format!(r#"m_x_seconds_bucket{{{labels}, le="+Inf", {rest}}} 6 @5"#),
                format!(r#"m_x_seconds_bucket{{{labels}, le="0.005", {rest}}} 1 @5"#),
                format!(r#"m_x_seconds_bucket{{{labels}, le="1", {rest}}} 3 @5"#),
                format!("m_x_seconds_count{{{labels}, {rest}}} 6 @5"),
                format!("m_x_seconds_sum{{{labels}, {rest}}} 1.5 @5"),
            ],
        ),
        (
            Data::Exponential(Exponentials {
                points: vec![exponential],
                temporality: 2,
            }),
            "histogram",
            vec![format!(
                r#"{{__name__="m_x_seconds", {labels}, {rest}}} schema 3, 7, sum 2.5, zero 1, ["-7:1", "-3:2", "1:3"] @5"#
            )],
        ),
        (
            Data::Summary(Summaries {
                points: vec![summary],
            }),
            "summary",
            vec![
                format!("m_x_seconds_count{{{labels}, {rest}}} 6 @5"),
                format!("m_x_seconds_sum{{{labels}, {rest}}} 1.5 @5"),
                format!(r#"m_x_seconds{{{labels}, quantile="0.99", {rest}}} 0.25 @5"#),
            ],
        ),
    ] {
        let sent = read(&one(data));
        let mut expected = expected;
        expected.sort_unstable();
        assert_eq!(shown(&sent), expected);
        assert_eq!((sent.points, sent.refused.len()), (1, 0));
        let said = &sent.metadata[0];
        assert_eq!((said.kind, said.unit.as_str()), (kind, "seconds"));
        assert_eq!(said.help, "About m.x.");
    }
}

#[test]
fn a_sender_is_described() {
    let info = |resource: &[(&str, &str)], settings: &Settings| {
        let data = gauge(vec![number(&[], 5, 1.0), number(&[("a", "1")], 9, 1.0)]);
        let sent = read_with(&request(resource, vec![metric("m", "", data)]), settings);
        let mut infos = sent.series.into_iter();
        infos.find(|series| series.labels.get("__name__") == "target_info")
    };
    let said = info(RESOURCE, &Settings::default()).unwrap();
    let expected = format!(r#"{{__name__="target_info", {JOB}, k8s_pod_name="api-7"}}"#);
    assert_eq!(said.labels.to_string(), expected);
    assert_eq!((said.at_ms, said.values), (vec![9], vec![1.0]));
    assert_eq!(
        info(&RESOURCE[..3], &Settings::default()),
        None,
        "there is nothing else to say"
    );
    assert_eq!(
        info(&RESOURCE[3..], &Settings::default()),
        None,
        "nobody knows who it is"
    );
    let keep = Settings {
        keep_identifying_resource_attributes: true,
        ..Settings::default()
    };
    let said = info(&RESOURCE[..3], &keep).unwrap();
    assert_eq!(said.labels.get("service_name"), "api");
    let without = Settings {
        target_info: false,
        ..Settings::default()
    };
    assert_eq!(info(RESOURCE, &without), None);
}

#[test]
fn settings_say_which_labels_there_are() {
    let default = Settings::default;
    let sent = |attributes| one(gauge(vec![number(attributes, 5, 1.0)]));
    let plain = sent(&[("x.y", "1")]);
    for (settings, sent, expected) in [
        (
            Settings {
                promote_resource_attributes: vec!["k8s.pod.name".into(), "no".into()],
                ..default()
            },
            plain.clone(),
            format!(r#"m_x_seconds{{{JOB}, k8s_pod_name="api-7", x_y="1"}} 1 @5"#),
        ),
        (
            Settings {
                promote_all_resource_attributes: true,
                ignore_resource_attributes: vec![
                    "service.namespace".into(),
                    "service.instance.id".into(),
                ],
                ..default()
            },
            plain.clone(),
            format!(
                r#"m_x_seconds{{{JOB}, k8s_pod_name="api-7", service_name="api", x_y="1"}} 1 @5"#
            ),
        ),
        (
            Settings {
                promote_scope_metadata: true,
                ..default()
            },
            plain.clone(),
            format!(
                r#"m_x_seconds{{{JOB}, otel_scope_a_b="c", otel_scope_name="scope.name", otel_scope_schema_url="http://schema", otel_scope_version="1", x_y="1"}} 1 @5"#
            ),
        ),
        (
            Settings {
                translation_strategy: Strategy::NoTranslation,
                ..default()
            },
            plain.clone(),
            format!(r#"m.x{{{JOB}, x.y="1"}} 1 @5"#),
        ),
        // Two attributes with one name; what says who sends is not overwritten.
        (
            default(),
            sent(&[("x_y", "2"), ("x.y", "1"), ("job", "other"), ("empty", "")]),
            format!(r#"m_x_seconds{{{JOB}, x_y="1;2"}} 1 @5"#),
        ),
    ] {
        assert_eq!(
            shown(&read_with(&sent, &settings)),
            [expected],
            "{settings:?}"
        );
    }
}

#[test]
fn deltas_add_up() {
    let reader = Reader::default();
    let send = |data: Data| {
        let sent = reader
            .read(&one(data).encode_to_vec(), &Settings::default())
            .unwrap();
        let values: Vec<(String, f64)> = sent
            .series
            .iter()
            .filter(|series| series.labels.get("__name__") != "target_info")
            .map(|series| {
                let name = series.labels.get("__name__").replace("m_x_seconds", "");
                if let [(_, histogram)] = series.histograms.as_slice() {
                    return (written(histogram), histogram.count);
                }
                (
                    format!("{name}{}", series.labels.get("le")),
                    series.values[0],
                )
            })
            .collect();
        let refused: Vec<_> = sent.refused.keys().copied().collect();
        (values, refused)
    };
    let of = |at, value| sum(vec![number(&[("a", "1"), ("b", "2")], at, value)], 1, true);
    let total = |value: f64| (vec![("_total".to_owned(), value)], Vec::new());
    assert_eq!(send(of(10, 3.0)), total(3.0));
    assert_eq!(send(of(20, 4.0)), total(7.0));
    assert_eq!(send(of(20, 4.0)), total(7.0), "sent again");
    assert_eq!(send(of(15, 1.0)), (Vec::new(), vec!["delta_out_of_order"]));
    let other_order = sum(vec![number(&[("b", "2"), ("a", "1")], 30, 1.0)], 1, true);
    assert_eq!(send(other_order), total(8.0));

    let histogram = |at, counts: &[u64]| {
        Data::Histogram(Histograms {
            points: vec![HistogramPoint {
                at_ns: at,
                count: counts.iter().sum(),
                sum: Some(0.5),
                counts: counts.to_vec(),
                bounds: vec![1.0],
                ..HistogramPoint::default()
            }],
            temporality: 1,
        })
    };
    let named = |all: [f64; 4]| {
        let names = ["_count", "_bucket+Inf", "_sum", "_bucket1"];
        let all = names
            .into_iter()
            .zip(all)
            .map(|(name, value)| (name.to_owned(), value));
        (all.collect::<Vec<_>>(), Vec::new())
    };
    assert_eq!(send(histogram(10, &[1, 2])), named([3.0, 3.0, 0.5, 1.0]));
    assert_eq!(send(histogram(20, &[4, 0])), named([7.0, 7.0, 1.0, 5.0]));

    let exponential = |at, scale, offset| {
        Data::Exponential(Exponentials {
            points: vec![ExponentialPoint {
                at_ns: at,
                count: 1,
                scale,
                positive: Some(Buckets {
                    offset,
                    counts: vec![1],
                }),
                ..ExponentialPoint::default()
            }],
            temporality: 1,
        })
    };
    for (delta, expected, count) in [
        (
            exponential(10, 0, 0),
            r#"schema 0, 1, sum 0, zero 0, ["1:1"]"#,
            1.0,
        ),
        (
            exponential(20, 1, 5),
            r#"schema 0, 2, sum 0, zero 0, ["1:1", "3:1"]"#,
            2.0,
        ),
        // Finer than there is: 2^12 buckets to a doubling, of which 16 are one.
        (
            exponential(30, 12, 4096 * 2 - 1),
            r#"schema 0, 3, sum 0, zero 0, ["1:1", "2:1", "3:1"]"#,
            3.0,
        ),
    ] {
        let expected = (vec![(expected.to_owned(), count)], Vec::new());
        assert_eq!(send(delta), expected, "the coarser scale is kept");
    }
}

#[test]
fn what_cannot_be_taken_takes_nothing_else_with_it() {
    let empty = NumberPoint {
        value: None,
        ..number(&[], 5, 0.0)
    };
    let long = "x".repeat(70_000);
    let wide = ExponentialPoint {
        positive: Some(Buckets {
            offset: 0,
            counts: vec![1; 10_000],
        }),
        ..ExponentialPoint::default()
    };
    let coarse = ExponentialPoint {
        scale: -5,
        ..ExponentialPoint::default()
    };
    let miscounted = ExponentialPoint {
        count: 5,
        ..ExponentialPoint::default()
    };
    let exponential = |point| {
        Data::Exponential(Exponentials {
            points: vec![point],
            temporality: 2,
        })
    };
    for (name, data, why) in [
        (
            "m",
            sum(vec![number(&[], 5, 1.0)], 0, true),
            "no_temporality",
        ),
        ("m", gauge(vec![empty]), "no_value"),
        ("...", gauge(vec![number(&[], 5, 1.0)]), "no_name"),
        ("", gauge(vec![number(&[], 5, 1.0)]), "no_name"),
        (
            "m",
            gauge(vec![number(&[("a", &long)], 5, 1.0)]),
            "labels_too_long",
        ),
        ("m", exponential(wide), "too_many_buckets"),
        ("m", exponential(coarse), "invalid_histogram"),
        ("m", exponential(miscounted), "invalid_histogram"),
    ] {
        let good = metric("good", "", gauge(vec![number(&[], 5, 1.0)]));
        let sent = request(RESOURCE, vec![metric(name, "", data), good]);
        let sent = Reader::default()
            .read(&sent.encode_to_vec(), &Settings::default())
            .unwrap();
        assert_eq!(shown(&sent), [format!("good{{{JOB}}} 1 @5")], "{why}");
        assert_eq!(sent.refused[why], (1, name.to_owned()));
        assert_eq!(sent.points, 2);
    }
}

#[test]
fn an_end_is_an_end() {
    let ended = NumberPoint {
        flags: 1,
        value: None,
        ..number(&[], 5, 0.0)
    };
    let histogram = HistogramPoint {
        flags: 1,
        at_ns: 5_000_000,
        bounds: vec![1.0],
        counts: vec![0, 0],
        ..HistogramPoint::default()
    };
    for (data, series) in [
        (gauge(vec![ended.clone()]), 1),
        (sum(vec![ended], 1, true), 1),
        (
            Data::Histogram(Histograms {
                points: vec![histogram],
                temporality: 2,
            }),
            3,
        ),
    ] {
        let shown = shown(&read(&one(data)));
        assert_eq!(shown.len(), series);
        assert!(
            shown.iter().all(|one| one.ends_with("stale @5")),
            "{shown:?}"
        );
    }
}

#[test]
fn numbers_and_nothing() {
    let whole = NumberPoint {
        value: Some(Number::Int(i64::MIN)),
        ..number(&[], 5, 0.0)
    };
    let sent = read(&one(gauge(vec![whole])));
    assert_eq!(
        shown(&sent),
        [format!("m_x_seconds{{{JOB}}} -9223372036854776000 @5")]
    );
    assert_eq!(read(&Request::default()), Sent::default());
    let nothing = Metric::default();
    assert_eq!(read(&request(RESOURCE, vec![nothing])).points, 0);
}
