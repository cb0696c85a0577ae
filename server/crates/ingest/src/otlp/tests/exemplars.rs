//! Exemplars: which series each belongs to, and what stands in it.

use super::messages::{Exemplar, ExemplarValue};
use super::*;
use model::Dropped;

fn exemplar(value: f64) -> Exemplar {
    Exemplar {
        at_ns: 7_999_999,
        value: Some(ExemplarValue::Double(value)),
        span: vec![0xab; 8],
        trace: vec![0x01; 16],
        ..Exemplar::default()
    }
}

/// Exemplars as texts, without the labels of the resource.
fn told(sent: &Sent) -> Vec<String> {
    let found = sent.exemplars.found.iter().map(|(series, one)| {
        let series = series.keep(|name| name != "job" && name != "instance");
        format!("{series} {} {} @{}", one.labels, one.value, one.at_ms)
    });
    found.collect()
}

const SPAN: &str = r#"span_id="abababababababab", trace_id="01010101010101010101010101010101""#;

#[test]
fn each_has_its_bucket() {
    let point = HistogramPoint {
        at_ns: 5_000_000,
        count: 6,
        counts: vec![1, 2, 3],
        bounds: vec![0.5, 1.0],
        exemplars: [0.5, 0.75, 9.0, f64::NAN].map(exemplar).to_vec(),
        ..HistogramPoint::default()
    };
    for (sum, buckets) in [(None, 4), (Some(1.0), 5)] {
        let point = HistogramPoint {
            sum,
            ..point.clone()
        };
        let sent = read(&one(Data::Histogram(Histograms {
            points: vec![point],
            temporality: 2,
        })));
        assert_eq!(shown(&sent).len(), buckets);
        let of = |le: &str, value: &str| {
            format!(r#"{{__name__="m_x_seconds_bucket", le="{le}"}} {{{SPAN}}} {value} @7"#)
        };
        assert_eq!(
            told(&sent),
            [
                of("0.5", "0.5"),
                of("1", "0.75"),
                of("+Inf", "9"),
                of("+Inf", "NaN")
            ]
        );
    }
}

#[test]
fn attributes_stand_in_it_where_they_fit() {
    let of = |attributes: &[(&str, &str)]| {
        let exemplar = Exemplar {
            attributes: texts(attributes),
            ..exemplar(1.0)
        };
        number(&[], 5, 1.0).with(vec![exemplar])
    };
    let long = "x".repeat(100);
    for (attributes, expected) in [
        (&[("user.id", "ü")][..], format!(r#"{SPAN}, user.id="ü""#)),
        (&[("b", "1"), ("c", &long)], SPAN.to_owned()),
    ] {
        let sent = read(&one(sum(vec![of(attributes)], 2, true)));
        let expected = format!(r#"{{__name__="m_x_seconds_total"}} {{{expected}}} 1 @7"#);
        assert_eq!(told(&sent), [expected]);
    }
    // Without a span the attributes alone can be too many; then nothing is left, and it is one all the same.
    let alone = Exemplar {
        attributes: texts(&[("c", &"x".repeat(200))]),
        value: Some(ExemplarValue::Int(-3)),
        ..Exemplar::default()
    };
    let none = Exemplar::default();
    let sent = read(&one(gauge(vec![
        number(&[], 5, 1.0).with(vec![alone, none]),
    ])));
    assert_eq!(told(&sent), [r#"{__name__="m_x_seconds"} {} -3 @5"#]);
    assert_eq!(sent.exemplars.dropped, [(Dropped::NoValue, 1)].into());
}

#[test]
fn native_histograms_have_theirs_and_ends_have_none() {
    let point = ExponentialPoint {
        at_ns: 5_000_000,
        count: 1,
        positive: Some(Buckets {
            offset: 0,
            counts: vec![1],
        }),
        exemplars: vec![exemplar(2.0)],
        ..ExponentialPoint::default()
    };
    let stale = ExponentialPoint {
        flags: 1,
        ..point.clone()
    };
    for (point, expected) in [
        (
            point,
            vec![format!(r#"{{__name__="m_x_seconds"}} {{{SPAN}}} 2 @7"#)],
        ),
        (stale, Vec::new()),
    ] {
        let sent = read(&one(Data::Exponential(Exponentials {
            points: vec![point],
            temporality: 2,
        })));
        assert_eq!(told(&sent), expected);
    }
}

#[test]
fn json_writes_ids_in_hexadecimal() {
    let at = "1795233900000000000";
    let body = |trace: &str| {
        let point = serde_json::json!({
            "timeUnixNano": at, "asInt": "3", "exemplars": [{
                "timeUnixNano": at, "asDouble": 0.5, "spanId": "ABababababababab", "traceId": trace,
                "filteredAttributes": [{ "key": "user", "value": { "intValue": "7" } }],
            }],
        });
        let metric = serde_json::json!({ "name": "a", "gauge": { "dataPoints": [point] } });
        let scopes = [serde_json::json!({ "metrics": [metric] })];
        serde_json::json!({ "resourceMetrics": [{ "scopeMetrics": scopes }] }).to_string()
    };
    let message = to_protobuf(body(&"01".repeat(16)).as_bytes(), Signal::Metrics).unwrap();
    let sent = Reader::default().read(&message, &Settings::default());
    let expected = format!(r#"{{__name__="a"}} {{{SPAN}, user="7"}} 0.5 @1795233900000"#);
    assert_eq!(told(&sent.unwrap()), [expected]);
    for wrong in ["0", "zz", "€"] {
        let error = to_protobuf(body(wrong).as_bytes(), Signal::Metrics).unwrap_err();
        assert!(error.to_string().contains("traceId"), "{error}");
    }
}
