//! Remote write: samples that Prometheus or an agent sends.
//!
//! <https://prometheus.io/docs/specs/prw/remote_write_spec/>: a status of 2xx says that everything is
//! on disk, 4xx that sending it again would not help, 5xx that it would.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Extension, Router};
use http::{HeaderMap, StatusCode, header};
use ingest::remote_write::{self, Sent, Version};
use model::Admitted;
use wire::{Caller, Role};

use super::super::Context;
use super::super::intake::{Intake, LARGE, LARGEST_UNPACKED, Refused, broken, reasons};
use super::metadata::Descriptions;

/// Reasons for refusals that are found while reading.
const WRONG_LABELS: &str = "wrong_labels";
const WRONG_HISTOGRAM: &str = "invalid_histogram";

/// The messages of the versions.
const ONE: &str = "prometheus.WriteRequest";
const TWO: &str = "io.prometheus.write.v2.Request";

/// How these samples came, for counters.
const SOURCE: &str = "remote_write";

pub(super) fn router() -> Router<Context> {
    Router::new().route("/api/v1/write", post(write))
}

async fn write(
    State(intake): State<Intake>,
    State(reader): State<Arc<remote_write::Reader>>,
    State(descriptions): State<Descriptions>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response, Response> {
    caller.require(Role::Operator).map_err(|problem| {
        let status = StatusCode::from_u16(problem.code.http_status());
        refuse((status.unwrap_or(StatusCode::FORBIDDEN), problem.message))
    })?;
    let version = version(request.headers()).map_err(refuse)?;
    let whole = |(status, text): Refused| {
        intake.refused((SOURCE, &caller.name, "unreadable_request"), 1, &text);
        refuse((status, text))
    };
    let (body, _place) = intake.body(request.into_body()).await.map_err(whole)?;
    let sent = match body.len() > LARGE {
        false => reader.read(version, &body, LARGEST_UNPACKED),
        true => {
            let read = move || reader.read(version, &body, LARGEST_UNPACKED);
            let read = tokio::task::spawn_blocking(read).await;
            read.map_err(|error| refuse(broken(&error)))?
        }
    };
    let mut sent = sent.map_err(|error| {
        let status = match error {
            remote_write::Error::TooLarge { .. } | remote_write::Error::TooMany { .. } => {
                StatusCode::PAYLOAD_TOO_LARGE
            }
            _ => StatusCode::BAD_REQUEST,
        };
        whole((status, error.to_string()))
    })?;
    descriptions.learn(std::mem::take(&mut sent.metadata));
    let series = std::mem::take(&mut sent.series);
    let numbers: usize = series.iter().map(|one| one.at_ms.len()).sum();
    let admitted = intake.append(series, SOURCE, &caller.name).await;
    let admitted = admitted.map_err(refuse)?;
    let example = sent.mislabelled_example.as_deref().unwrap_or_default();
    let wrong_histogram = sent.wrong_histogram_example.as_deref().unwrap_or_default();
    for (why, samples, example) in [
        (WRONG_LABELS, sent.mislabelled, example),
        (WRONG_HISTOGRAM, sent.wrong_histograms, wrong_histogram),
    ] {
        intake.refused((SOURCE, &caller.name, why), samples, example);
    }
    let exemplars = intake.exemplars(std::mem::take(&mut sent.exemplars), SOURCE);
    let mut response = answer(&sent, &admitted);
    if version == Version::Two {
        // Of what is refused nobody says whether it was a number: where there is doubt, it was a histogram.
        let histograms = admitted.taken.saturating_sub(numbers as u64);
        for (name, count) in [
            (
                "x-prometheus-remote-write-samples-written",
                admitted.taken - histograms,
            ),
            ("x-prometheus-remote-write-histograms-written", histograms),
            ("x-prometheus-remote-write-exemplars-written", exemplars),
        ] {
            response.headers_mut().insert(name, count.into());
        }
    }
    Ok(response)
}

/// What was taken is on disk, whatever the answer says.
fn answer(sent: &Sent, admitted: &Admitted) -> Response {
    let mut all: BTreeMap<&str, (u64, String)> = BTreeMap::new();
    if sent.mislabelled > 0 {
        let example = sent.mislabelled_example.clone().unwrap_or_default();
        all.insert(WRONG_LABELS, (sent.mislabelled, example));
    }
    if sent.wrong_histograms > 0 {
        let example = sent.wrong_histogram_example.clone().unwrap_or_default();
        all.insert(WRONG_HISTOGRAM, (sent.wrong_histograms, example));
    }
    for (why, samples, example) in reasons(admitted) {
        all.insert(why, (samples, example));
    }
    if all.is_empty() {
        return StatusCode::NO_CONTENT.into_response();
    }
    let mut text = format!("{} samples were taken, others refused:", admitted.taken);
    for (why, (samples, example)) in &all {
        let _ = write!(text, " {samples} {why} ({example})");
    }
    tracing::debug!(text, "remote write");
    // Sent again, what is taken now is harmless, and what is never taken is refused once more.
    match admitted.refused.keys().any(|why| why.is_for_now()) {
        true => {
            let again = [(header::RETRY_AFTER, "1")];
            (StatusCode::TOO_MANY_REQUESTS, again, text).into_response()
        }
        false => refuse((StatusCode::BAD_REQUEST, text)),
    }
}

/// It has to say what it is: another version of the protocol would be read as something else.
fn version(headers: &HeaderMap) -> Result<Version, Refused> {
    let value = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let encoding = value(header::CONTENT_ENCODING).unwrap_or("snappy");
    if !encoding.eq_ignore_ascii_case("snappy") {
        let text = format!("content-encoding {encoding:?} is not taken; send snappy");
        return Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, text));
    }
    let kind = value(header::CONTENT_TYPE).unwrap_or("application/x-protobuf");
    let mut parts = kind.split(';').map(str::trim);
    let is_protobuf = parts.next() == Some("application/x-protobuf");
    let proto = parts.find_map(|part| part.strip_prefix("proto="));
    match proto.map_or(ONE, |proto| proto.trim_matches('"')) {
        ONE if is_protobuf => Ok(Version::One),
        TWO if is_protobuf => Ok(Version::Two),
        _ => {
            let text = format!(
                "content-type {kind:?} is not taken; send application/x-protobuf of remote write \
                 1.0 (proto={ONE}) or 2.0 (proto={TWO})"
            );
            Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, text))
        }
    }
}

fn refuse((status, text): Refused) -> Response {
    (status, format!("{text}\n")).into_response()
}
