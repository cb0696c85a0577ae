//! Remote write: samples that Prometheus or an agent sends.
//!
//! <https://prometheus.io/docs/specs/prw/remote_write_spec/>: a status of 2xx says that everything is
//! on disk, 4xx that sending it again would not help, 5xx that it would.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Extension, Router};
use futures::StreamExt;
use http::{HeaderMap, StatusCode, header};
use ingest::remote_write::{self, Sent};
use model::{Admitted, AppendSamples, Clock};
use tokio::sync::Semaphore;
use wire::{Caller, Role};

use super::super::Context;
use super::metadata::Descriptions;
use crate::telemetry::SampleCounts;

/// Requests that are taken in at the same time; others wait unread.
const AT_ONCE: usize = 8;
/// How long one may take to arrive: it has a place meanwhile.
const PATIENCE: Duration = Duration::from_secs(30);
/// Largest body, compressed and not; senders send less than one megabyte.
const LARGEST: usize = 10 << 20;
const LARGEST_UNPACKED: usize = 32 << 20;
/// What is larger than `LARGEST` is read up to here and dropped: a sender that is answered before it
/// has sent everything meets a closed connection instead of the reason.
const DROPPED: usize = 4 * LARGEST;
/// Longest text about one refused series, in letters.
const LONGEST_EXAMPLE: usize = 250;
/// What is larger is unpacked where blocking is allowed.
const LARGE: usize = 256 << 10;

/// Reasons for refusals that are found while reading.
const WRONG_LABELS: &str = "wrong_labels";
const HISTOGRAMS: &str = "native_histograms";

/// Where samples go in.
#[derive(Clone)]
pub(crate) struct Intake {
    store: Arc<dyn AppendSamples>,
    clock: Arc<dyn Clock>,
    counts: SampleCounts,
    reader: Arc<remote_write::Reader>,
    places: Arc<Semaphore>,
}

impl Intake {
    pub(crate) fn new(
        store: Arc<dyn AppendSamples>,
        clock: Arc<dyn Clock>,
        counts: SampleCounts,
    ) -> Self {
        Self {
            store,
            clock,
            counts,
            reader: Arc::default(),
            places: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }
}

pub(super) fn router() -> Router<Context> {
    Router::new().route("/api/v1/write", post(write))
}

type Refused = (StatusCode, String);

async fn write(
    State(intake): State<Intake>,
    State(descriptions): State<Descriptions>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response, Response> {
    caller.require(Role::Operator).map_err(|problem| {
        let status = StatusCode::from_u16(problem.code.http_status());
        refuse((status.unwrap_or(StatusCode::FORBIDDEN), problem.message))
    })?;
    check_form(request.headers()).map_err(refuse)?;
    let place = intake.places.acquire().await;
    let _place = place.map_err(|error| refuse(broken(&error)))?;
    let body = tokio::time::timeout(PATIENCE, arrived(request.into_body())).await;
    let body = body.map_err(|_| {
        let text = format!("the body did not arrive within {PATIENCE:?}");
        refuse((StatusCode::REQUEST_TIMEOUT, text))
    })?;
    let body = body.map_err(refuse)?;
    let sent = match body.len() > LARGE {
        false => intake.reader.read(&body, LARGEST_UNPACKED),
        true => {
            let reader = intake.reader.clone();
            let read = move || reader.read(&body, LARGEST_UNPACKED);
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
        refuse((status, error.to_string()))
    })?;
    descriptions.learn(std::mem::take(&mut sent.metadata));
    let series = std::mem::take(&mut sent.series);
    let appended = intake.store.clone().append(series, intake.clock.now_ms());
    let admitted = appended.await.map_err(|error| refuse(broken(&error)))?;
    intake.counts.admitted(&admitted);
    for (why, samples) in [
        (WRONG_LABELS, sent.mislabelled),
        (HISTOGRAMS, sent.histograms),
    ] {
        if samples > 0 {
            intake.counts.refused(why, samples);
        }
    }
    Ok(answer(&sent, &admitted))
}

/// What was taken is on disk, whatever the answer says.
fn answer(sent: &Sent, admitted: &Admitted) -> Response {
    let mut reasons: BTreeMap<&str, (u64, String)> = BTreeMap::new();
    if sent.mislabelled > 0 {
        let example = sent.mislabelled_example.clone().unwrap_or_default();
        reasons.insert(WRONG_LABELS, (sent.mislabelled, example));
    }
    if sent.histograms > 0 {
        let help = "classic histograms are taken".to_owned();
        reasons.insert(HISTOGRAMS, (sent.histograms, help));
    }
    for (why, samples) in &admitted.refused {
        let example = admitted.examples.get(why).map(ToString::to_string);
        let example = example.unwrap_or_default();
        let example = match example.char_indices().nth(LONGEST_EXAMPLE) {
            Some((end, _)) => format!("{}…", &example[..end]),
            None => example,
        };
        reasons.insert(why.as_str(), (*samples, example));
    }
    if reasons.is_empty() {
        return StatusCode::NO_CONTENT.into_response();
    }
    let mut text = format!("{} samples were taken, others refused:", admitted.taken);
    for (why, (samples, example)) in &reasons {
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

/// The whole body.
async fn arrived(body: Body) -> Result<Vec<u8>, Refused> {
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    let mut whole = Vec::with_capacity(announced.min(LARGEST));
    let mut length = 0;
    let mut parts = body.into_data_stream();
    while let Some(part) = parts.next().await {
        let part = part.map_err(|error| {
            let text = format!("the body cannot be read: {error}");
            (StatusCode::BAD_REQUEST, text)
        })?;
        length += part.len();
        if length > DROPPED {
            break;
        }
        match length > LARGEST {
            true => whole = Vec::new(),
            false => whole.extend_from_slice(&part),
        }
    }
    match length > LARGEST {
        true => {
            let text = format!("the body is larger than {LARGEST} bytes");
            Err((StatusCode::PAYLOAD_TOO_LARGE, text))
        }
        false => Ok(whole),
    }
}

/// It has to say what it is: another version of the protocol would be read as something else.
fn check_form(headers: &HeaderMap) -> Result<(), Refused> {
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
    if !is_protobuf || proto.is_some_and(|proto| proto != "prometheus.WriteRequest") {
        let text = format!(
            "content-type {kind:?} is not taken; send application/x-protobuf of remote write 1.0 \
             (proto=prometheus.WriteRequest)"
        );
        return Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, text));
    }
    Ok(())
}

fn broken(error: &dyn std::fmt::Display) -> Refused {
    tracing::error!(%error, "samples that were sent could not be written");
    let text = "the samples could not be written; the product's log says why".to_owned();
    (StatusCode::INTERNAL_SERVER_ERROR, text)
}

fn refuse((status, text): Refused) -> Response {
    (status, format!("{text}\n")).into_response()
}
