//! The operations by which others send what they have measured.

use super::operations::{JSON, Operation, Param, TEXT, act, read};

const PROTOBUF: &str = "application/x-protobuf";
const GRPC: &str = "application/grpc";

/// Takes telemetry of OpenTelemetry.
const fn otlp(path: &'static str, about: &'static str) -> Operation {
    Operation {
        body: Some(PROTOBUF),
        answer: "What was taken, and what of it was rejected and why.",
        media: PROTOBUF,
        ..act(path, about)
    }
}

/// The same over gRPC.
const fn grpc(path: &'static str, about: &'static str) -> Operation {
    Operation {
        body: Some(GRPC),
        media: GRPC,
        ..otlp(path, about)
    }
}

/// Changes a group of metrics that are pushed.
const fn push(method: &'static str, path: &'static str, about: &'static str) -> Operation {
    Operation {
        method,
        body: Some(TEXT),
        media: TEXT,
        ..act(path, about)
    }
}

/// Which calls.
const CALLS: &[Param] = &[
    (
        "filter",
        "string",
        "Tokens server:, tool:, method:, client:, status:, session:, with values in quotes where they have blanks, * for \
         anything, and a hyphen in front for none of it; words without a token are looked for in names.",
    ),
    (
        "last_ms",
        "integer",
        "How long the stretch is that ends now; all that is kept where missing.",
    ),
    ("from_ms", "integer", "Its begin, with to_ms."),
    ("to_ms", "integer", "Its end, with from_ms."),
    ("after", "integer", "Only calls with a higher id."),
    ("before", "integer", "Only calls with a lower id."),
    ("limit", "integer", "At most so many."),
];

/// All of them.
pub(super) const RECEIVED: &[Operation] = &[
    Operation {
        media: TEXT,
        status: "204",
        body: Some(PROTOBUF),
        ..act("/api/v1/write", "Prometheus: remote write 1.0 and 2.0.")
    },
    otlp("/v1/metrics", "OpenTelemetry: metrics over HTTP."),
    otlp("/v1/logs", "OpenTelemetry: log records, which are counted."),
    otlp("/v1/traces", "OpenTelemetry: spans, which are counted."),
    otlp(
        "/api/v1/otlp/v1/metrics",
        "OpenTelemetry: metrics, where Prometheus takes them.",
    ),
    otlp(
        "/api/v1/otlp/v1/logs",
        "OpenTelemetry: log records, which are counted.",
    ),
    otlp(
        "/api/v1/otlp/v1/traces",
        "OpenTelemetry: spans, which are counted.",
    ),
    grpc(
        "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
        "OpenTelemetry: metrics over gRPC.",
    ),
    grpc(
        "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
        "OpenTelemetry: log records over gRPC, which are counted.",
    ),
    grpc(
        "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
        "OpenTelemetry: spans over gRPC, which are counted.",
    ),
    push(
        "put",
        "/metrics/job/{*grouping}",
        "Pushgateway: replaces a group of metrics.",
    ),
    push(
        "post",
        "/metrics/job/{*grouping}",
        "Pushgateway: replaces metrics of a group.",
    ),
    push(
        "delete",
        "/metrics/job/{*grouping}",
        "Pushgateway: deletes a group of metrics.",
    ),
    push(
        "put",
        "/metrics/job@base64/{*grouping}",
        "Pushgateway: the same, the job in base64.",
    ),
    push(
        "post",
        "/metrics/job@base64/{*grouping}",
        "Pushgateway: the same, the job in base64.",
    ),
    push(
        "delete",
        "/metrics/job@base64/{*grouping}",
        "Pushgateway: the same, the job in base64.",
    ),
    Operation {
        body: Some(JSON),
        ..act(
            "/observability/traffic",
            "What taps and proxies saw of real traffic: records of calls and whole lists of definitions, counted once for each id of a batch. Definitions are compared unless the server is configured, because then its probes list them.",
        )
    },
    read(
        "/observability/traffic/calls",
        "Single calls that taps and proxies saw, newest first.",
        CALLS,
    ),
    read(
        "/observability/traffic/calls/{id}",
        "A call with its frames.",
        &[],
    ),
    read(
        "/observability/traffic/sessions",
        "Sessions of clients with servers, newest first.",
        &[
            ("server", "string", "Of one server."),
            ("limit", "integer", "At most so many."),
        ],
    ),
    read(
        "/observability/traffic/signs",
        "What looked like an attack or a secret in calls: its kind and field, newest first; never what was found.",
        &[
            ("server", "string", "Of one server."),
            ("limit", "integer", "At most so many."),
            (
                "last_ms",
                "integer",
                "How long the stretch is that ends now; an hour where missing.",
            ),
        ],
    ),
    read(
        "/observability/traffic/summary",
        "What calls come to, by server: most used tools, percentiles, clients, cost of definitions.",
        &[
            ("server", "string", "Of one server."),
            (
                "last_ms",
                "integer",
                "How long the stretch is that ends now.",
            ),
        ],
    ),
    Operation {
        params: CALLS,
        ..read(
            "/observability/traffic/export/{format}",
            "Calls with their frames, oldest first, as a file: json, har (HTTP archive 1.2) or otlp (spans).",
            &[],
        )
    },
    read(
        "/observability/refusals",
        "What was refused lately of what others send, from whom and why.",
        &[],
    ),
    Operation {
        body: Some(JSON),
        ..act(
            "/observability/definitions/decisions",
            "Approves or rejects up to 200 changes at once; each is decided or refused by itself.",
        )
    },
];
