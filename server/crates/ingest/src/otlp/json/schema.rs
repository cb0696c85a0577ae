//! The messages of OTLP as far as they are read: names, numbers and types of their fields.
//!
//! From the `.proto` files in <https://github.com/open-telemetry/opentelemetry-proto>.

use super::super::signals::Signal;

/// A message: its fields.
pub(super) struct Message(pub(super) &'static [Field]);

/// A field of a message.
pub(super) struct Field {
    /// Its name in JSON.
    pub(super) name: &'static str,
    /// Its number in protobuf.
    pub(super) tag: u32,
    pub(super) kind: Kind,
    pub(super) is_many: bool,
}

/// What a field holds, by how it is written in protobuf.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// `string`.
    Text,
    /// `bytes`, base64 in JSON.
    Base64,
    /// `bytes` of an id, hexadecimal in JSON.
    Hex,
    /// `bool`.
    Bool,
    /// `uint32`, `uint64`.
    Unsigned,
    /// `int64`.
    Signed,
    /// `sint32`.
    Zigzag,
    /// `fixed64`.
    Fixed,
    /// `sfixed64`.
    SignedFixed,
    /// `double`.
    Double,
    /// `enum`, with its words in their order.
    Enumeration(&'static [&'static str]),
    /// A message.
    Message(&'static Message),
}

const fn one(name: &'static str, tag: u32, kind: Kind) -> Field {
    let is_many = false;
    Field {
        name,
        tag,
        kind,
        is_many,
    }
}

const fn many(name: &'static str, tag: u32, kind: Kind) -> Field {
    let is_many = true;
    Field {
        name,
        tag,
        kind,
        is_many,
    }
}

/// The request of a signal.
pub(super) fn request(signal: Signal) -> &'static Message {
    match signal {
        Signal::Metrics => &METRICS,
        Signal::Logs => &LOGS,
        Signal::Traces => &TRACES,
    }
}

use Kind::{
    Base64, Bool, Double, Enumeration, Fixed, Hex, Message as In, Signed, SignedFixed, Text,
    Unsigned, Zigzag,
};

/// Something that is only counted.
static COUNTED: Message = Message(&[]);

static LOGS: Message = Message(&[many("resourceLogs", 1, In(&RESOURCE_LOGS))]);
static RESOURCE_LOGS: Message = Message(&[
    one("resource", 1, In(&RESOURCE)),
    many("scopeLogs", 2, In(&SCOPE_LOGS)),
]);
static SCOPE_LOGS: Message = Message(&[many("logRecords", 2, In(&LOG_RECORD))]);
static LOG_RECORD: Message = Message(&[
    one("timeUnixNano", 1, Fixed),
    one("body", 5, In(&ANY_VALUE)),
    many("attributes", 6, In(&KEY_VALUE)),
    one("observedTimeUnixNano", 11, Fixed),
    one("eventName", 12, Text),
]);

static TRACES: Message = Message(&[many("resourceSpans", 1, In(&RESOURCE_SPANS))]);
static RESOURCE_SPANS: Message = Message(&[many("scopeSpans", 2, In(&SCOPE_SPANS))]);
static SCOPE_SPANS: Message = Message(&[many("spans", 2, In(&COUNTED))]);

static METRICS: Message = Message(&[many("resourceMetrics", 1, In(&RESOURCE_METRICS))]);
static RESOURCE_METRICS: Message = Message(&[
    one("resource", 1, In(&RESOURCE)),
    many("scopeMetrics", 2, In(&SCOPE_METRICS)),
    one("schemaUrl", 3, Text),
]);
static RESOURCE: Message = Message(&[many("attributes", 1, In(&KEY_VALUE))]);
static SCOPE_METRICS: Message = Message(&[
    one("scope", 1, In(&SCOPE)),
    many("metrics", 2, In(&METRIC)),
    one("schemaUrl", 3, Text),
]);
static SCOPE: Message = Message(&[
    one("name", 1, Text),
    one("version", 2, Text),
    many("attributes", 3, In(&KEY_VALUE)),
]);
static METRIC: Message = Message(&[
    one("name", 1, Text),
    one("description", 2, Text),
    one("unit", 3, Text),
    one("gauge", 5, In(&GAUGE)),
    one("sum", 7, In(&SUM)),
    one("histogram", 9, In(&HISTOGRAM)),
    one("exponentialHistogram", 10, In(&EXPONENTIAL)),
    one("summary", 11, In(&SUMMARY)),
]);

const TEMPORALITY: Field = one(
    "aggregationTemporality",
    2,
    Enumeration(&[
        "AGGREGATION_TEMPORALITY_UNSPECIFIED",
        "AGGREGATION_TEMPORALITY_DELTA",
        "AGGREGATION_TEMPORALITY_CUMULATIVE",
    ]),
);
const START: Field = one("startTimeUnixNano", 2, Fixed);
const AT: Field = one("timeUnixNano", 3, Fixed);

static GAUGE: Message = Message(&[many("dataPoints", 1, In(&NUMBER_POINT))]);
static SUM: Message = Message(&[
    many("dataPoints", 1, In(&NUMBER_POINT)),
    TEMPORALITY,
    one("isMonotonic", 3, Bool),
]);
static HISTOGRAM: Message = Message(&[many("dataPoints", 1, In(&HISTOGRAM_POINT)), TEMPORALITY]);
static EXPONENTIAL: Message =
    Message(&[many("dataPoints", 1, In(&EXPONENTIAL_POINT)), TEMPORALITY]);
static SUMMARY: Message = Message(&[many("dataPoints", 1, In(&SUMMARY_POINT))]);

static NUMBER_POINT: Message = Message(&[
    START,
    AT,
    one("asDouble", 4, Double),
    many("exemplars", 5, In(&EXEMPLAR)),
    one("asInt", 6, SignedFixed),
    many("attributes", 7, In(&KEY_VALUE)),
    one("flags", 8, Unsigned),
]);
static HISTOGRAM_POINT: Message = Message(&[
    START,
    AT,
    one("count", 4, Fixed),
    one("sum", 5, Double),
    many("bucketCounts", 6, Fixed),
    many("explicitBounds", 7, Double),
    many("exemplars", 8, In(&EXEMPLAR)),
    many("attributes", 9, In(&KEY_VALUE)),
    one("flags", 10, Unsigned),
]);
static EXPONENTIAL_POINT: Message = Message(&[
    many("attributes", 1, In(&KEY_VALUE)),
    START,
    AT,
    one("count", 4, Fixed),
    one("sum", 5, Double),
    one("scale", 6, Zigzag),
    one("zeroCount", 7, Fixed),
    one("positive", 8, In(&BUCKETS)),
    one("negative", 9, In(&BUCKETS)),
    one("flags", 10, Unsigned),
    many("exemplars", 11, In(&EXEMPLAR)),
    one("zeroThreshold", 14, Double),
]);
static EXEMPLAR: Message = Message(&[
    one("timeUnixNano", 2, Fixed),
    one("asDouble", 3, Double),
    one("spanId", 4, Hex),
    one("traceId", 5, Hex),
    one("asInt", 6, SignedFixed),
    many("filteredAttributes", 7, In(&KEY_VALUE)),
]);
static BUCKETS: Message = Message(&[one("offset", 1, Zigzag), many("bucketCounts", 2, Unsigned)]);
static SUMMARY_POINT: Message = Message(&[
    START,
    AT,
    one("count", 4, Fixed),
    one("sum", 5, Double),
    many("quantileValues", 6, In(&QUANTILE)),
    many("attributes", 7, In(&KEY_VALUE)),
    one("flags", 8, Unsigned),
]);
static QUANTILE: Message = Message(&[one("quantile", 1, Double), one("value", 2, Double)]);

static KEY_VALUE: Message = Message(&[one("key", 1, Text), one("value", 2, In(&ANY_VALUE))]);
static ANY_VALUE: Message = Message(&[
    one("stringValue", 1, Text),
    one("boolValue", 2, Bool),
    one("intValue", 3, Signed),
    one("doubleValue", 4, Double),
    one("arrayValue", 5, In(&ARRAY)),
    one("kvlistValue", 6, In(&KEY_VALUES)),
    one("bytesValue", 7, Base64),
]);
static ARRAY: Message = Message(&[many("values", 1, In(&ANY_VALUE))]);
static KEY_VALUES: Message = Message(&[many("values", 1, In(&KEY_VALUE))]);
