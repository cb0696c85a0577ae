//! Requests in JSON.

use serde_json::json;

use super::super::{Error, Reader, Settings, Signal, records, to_protobuf};
use super::shown;

fn metrics(metric: &serde_json::Value) -> serde_json::Value {
    json!({ "resourceMetrics": [{
        "resource": { "attributes": [
            { "key": "service.name", "value": { "stringValue": "api" } },
            { "key": "n", "value": { "intValue": "7" } },
        ] },
        "scopeMetrics": [{ "scope": { "name": "s" }, "metrics": [metric] }],
    }] })
}

fn read(sent: &serde_json::Value) -> Result<Vec<String>, Error> {
    let message = to_protobuf(sent.to_string().as_bytes(), Signal::Metrics)?;
    let sent = Reader::default().read(&message, &Settings::default())?;
    Ok(shown(&sent))
}

#[test]
fn requests_in_json() {
    let at = "1795233900000000000";
    for (metric, expected) in [
        (
            json!({ "name": "a", "unknown": [1, { "x": null }], "gauge": { "dataPoints": [
                { "timeUnixNano": at, "asDouble": 0.5, "attributes": [
                    { "key": "b", "value": { "boolValue": true } },
                    { "key": "l", "value": { "arrayValue": { "values": [{ "doubleValue": 1.5 }] } } },
                    { "key": "y", "value": { "bytesValue": "/wA=" } },
                ] },
                { "timeUnixNano": 1_795_233_900_000_000_000_u64, "asInt": "-3" },
                { "time_unix_nano": at, "as_int": 4.0, "attributes": [
                    { "key": "i", "value": { "intValue": 1 } }] },
                { "timeUnixNano": at, "asDouble": "Infinity", "attributes": [
                    { "key": "i", "value": null }, { "key": "k", "value": { "kvlistValue": { "values": [
                        { "key": "x", "value": { "stringValue": "y" } }] } } }] },
            ] } }),
            vec![
                r#"a{b="true", job="api", l="[1.5]", y="/wA="} 0.5 @1795233900000"#,
                r#"a{i="1", job="api"} 4 @1795233900000"#,
                r#"a{job="api", k="{\"x\":\"y\"}"} inf @1795233900000"#,
                r#"a{job="api"} -3 @1795233900000"#,
            ],
        ),
        (
            json!({ "name": "a", "unit": "By", "sum": {
                "aggregationTemporality": "AGGREGATION_TEMPORALITY_CUMULATIVE", "isMonotonic": true,
                "dataPoints": [{ "timeUnixNano": at, "asInt": "3", "exemplars": [{ "spanId": "ab" }] }],
            } }),
            vec![r#"a_bytes_total{job="api"} 3 @1795233900000"#],
        ),
        (
            json!({ "name": "a", "histogram": { "aggregationTemporality": 2, "dataPoints": [{
                "timeUnixNano": at, "count": "3", "sum": 0, "bucketCounts": ["1", 2], "explicitBounds": [0.5],
            }] } }),
            vec![
                r#"a_bucket{job="api", le="+Inf"} 3 @1795233900000"#,
                r#"a_bucket{job="api", le="0.5"} 1 @1795233900000"#,
                r#"a_count{job="api"} 3 @1795233900000"#,
                r#"a_sum{job="api"} 0 @1795233900000"#,
            ],
        ),
        (
            json!({ "name": "a", "exponentialHistogram": { "aggregationTemporality": 2, "dataPoints": [{
                "timeUnixNano": at, "count": 1, "scale": -1, "positive": { "offset": -1, "bucketCounts": ["1"] },
            }] } }),
            vec![
                r#"{__name__="a", job="api"} schema -1, 1, sum 0, zero 0, ["0:1"] @1795233900000"#,
            ],
        ),
        (
            json!({ "name": "a", "summary": { "dataPoints": [{
                "timeUnixNano": at, "count": 1, "sum": 2, "quantileValues": [{ "quantile": 0.5, "value": "NaN" }],
            }] } }),
            vec![
                r#"a_count{job="api"} 1 @1795233900000"#,
                r#"a_sum{job="api"} 2 @1795233900000"#,
                r#"a{job="api", quantile="0.5"} NaN @1795233900000"#,
            ],
        ),
    ] {
        assert_eq!(read(&metrics(&metric)).unwrap(), expected);
    }
}

#[test]
fn wrong_json_is_refused_with_its_place() {
    for (body, part) in [
        ("", "EOF"),
        ("[]", "an object"),
        ("{}x", "trailing"),
        (r#"{"resourceMetrics":{}}"#, "resourceMetrics is an object"),
        (r#"{"resourceMetrics":[1]}"#, "resourceMetrics is no number"),
        (
            r#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":7}]}]}]}"#,
            "name is no number",
        ),
        (
            r#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"gauge":{"dataPoints":[{"timeUnixNano":"-1"}]}}]}]}]}"#,
            "timeUnixNano: -1 is too large or too small at line 1 column",
        ),
        (
            r#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"sum":{"aggregationTemporality":"x"}}]}]}]}"#,
            r#"aggregationTemporality: "x" is no known word"#,
        ),
        (
            r#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"sum":{"isMonotonic":1}}]}]}]}"#,
            "isMonotonic is no number",
        ),
    ] {
        let error = to_protobuf(body.as_bytes(), Signal::Metrics)
            .unwrap_err()
            .to_string();
        assert!(error.contains(part), "{body}: {error}");
    }
    let deep = r#"{"arrayValue":{"values":["#.repeat(1_000);
    let deep = format!(r#"{{"resourceMetrics":[{{"resource":{{"attributes":[{{"value":{deep}"#);
    let error = to_protobuf(deep.as_bytes(), Signal::Metrics).unwrap_err();
    assert!(error.to_string().contains("recursion"), "{error}");
}

#[test]
fn logs_and_spans_are_counted() {
    let logs = json!({ "resourceLogs": [
        { "scopeLogs": [{ "logRecords": [{ "body": { "stringValue": "x" } }, {}] }, {}] },
        { "resource": {}, "scopeLogs": [{ "logRecords": [{}] }] },
    ] });
    let message = to_protobuf(logs.to_string().as_bytes(), Signal::Logs).unwrap();
    assert_eq!(records(&message), Ok(3));
    let spans = json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": [{ "name": "x" }] }] }] });
    let message = to_protobuf(spans.to_string().as_bytes(), Signal::Traces).unwrap();
    assert_eq!(records(&message), Ok(1));
    assert!(records(b"\x0a\x02\x12\x7f").is_err());
}
