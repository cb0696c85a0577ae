//! OTLP over gRPC, which is HTTP/2 with a frame around each message and a status behind the answer.
//!
//! Only what OTLP has of it: one message there, one back. The frame is read here because the usual library
//! unpacks gzip without a bound. <https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>.

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, post};
use axum::{Extension, Router};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use http_body_util::{BodyExt, Full};
use ingest::otlp::{Signal, partial_success};
use wire::Caller;

use super::super::Context;
use super::{Coded, Failure, Otlp};

const GRPC: HeaderValue = HeaderValue::from_static("application/grpc");
const STATUS: HeaderName = HeaderName::from_static("grpc-status");
const MESSAGE: HeaderName = HeaderName::from_static("grpc-message");
const ENCODING: HeaderName = HeaderName::from_static("grpc-encoding");
const ACCEPTED: HeaderName = HeaderName::from_static("grpc-accept-encoding");

/// Bytes before a message: whether it is compressed, and its length.
const FRAME: usize = 5;

pub(super) fn router() -> Router<Context> {
    Router::new()
        .route(
            "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
            export(Signal::Metrics),
        )
        .route(
            "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
            export(Signal::Logs),
        )
        .route(
            "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
            export(Signal::Traces),
        )
}

fn export(signal: Signal) -> MethodRouter<Context> {
    post(
        async move |State(otlp): State<Otlp>,
                    Extension(caller): Extension<Caller>,
                    request: Request| {
            match answer(&otlp, &caller, signal, request).await {
                Ok(message) => success(&message),
                Err(failure) => failed(&failure),
            }
        },
    )
}

async fn answer(
    otlp: &Otlp,
    caller: &Caller,
    signal: Signal,
    request: Request,
) -> Result<Vec<u8>, Failure> {
    Otlp::admit(caller)?;
    let is_gzip = is_gzip(request.headers());
    let arrived = otlp.intake.body(request.into_body()).await;
    let (mut body, _place) = arrived.map_err(|refused| otlp.failed(caller, refused.into()))?;
    let is_gzip = unframed(&mut body, is_gzip).map_err(|failure| otlp.failed(caller, failure))?;
    let coded = Coded {
        body,
        is_gzip,
        is_json: false,
    };
    let taken = otlp.take(caller, signal, coded).await?;
    Ok(partial_success(
        signal,
        taken.rejected,
        &taken.message,
        false,
    ))
}

/// Whether compressed messages are of gzip; something else is a failure where it is used.
fn is_gzip(headers: &HeaderMap) -> bool {
    let encoding = headers.get(ENCODING).and_then(|value| value.to_str().ok());
    encoding.is_some_and(|encoding| encoding.eq_ignore_ascii_case("gzip"))
}

/// Leaves the message of a frame; says whether it is compressed.
fn unframed(body: &mut Vec<u8>, is_gzip: bool) -> Result<bool, Failure> {
    let wrong = |text: &str| Failure::from((StatusCode::BAD_REQUEST, text.to_owned()));
    let Some([flag, length @ ..]) = body.first_chunk::<FRAME>() else {
        return Err(wrong("there is no message"));
    };
    let (flag, length) = (*flag, u32::from_be_bytes(*length) as usize);
    if body.len() - FRAME != length {
        return Err(wrong("there is not exactly one message"));
    }
    body.drain(..FRAME);
    match flag {
        0 => Ok(false),
        1 if is_gzip => Ok(true),
        _ => {
            let text = "messages are taken plain or compressed with gzip".to_owned();
            Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, text).into())
        }
    }
}

fn success(message: &[u8]) -> Response {
    let mut frame = Vec::with_capacity(FRAME + message.len());
    frame.push(0);
    frame.extend((message.len() as u32).to_be_bytes());
    frame.extend_from_slice(message);
    let trailers = HeaderMap::from_iter([(STATUS, HeaderValue::from_static("0"))]);
    let body = Full::new(Bytes::from(frame)).with_trailers(std::future::ready(Some(Ok(trailers))));
    ([(header::CONTENT_TYPE, GRPC)], Body::new(body)).into_response()
}

/// A failure is an answer without a message, whose status stands in front. HTTP knows nothing of it.
fn failed(failure: &Failure) -> Response {
    let mut response = [(header::CONTENT_TYPE, GRPC)].into_response();
    let headers = response.headers_mut();
    headers.insert(STATUS, HeaderValue::from(failure.grpc as i32));
    headers.insert(ACCEPTED, HeaderValue::from_static("identity,gzip"));
    if let Ok(message) = HeaderValue::from_str(&escaped(&failure.text)) {
        headers.insert(MESSAGE, message);
    }
    response
}

/// Everything but printable ASCII is written as percent and two digits.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b' '..=b'~' if byte != b'%' => escaped.push(char::from(byte)),
            _ => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames() {
        for (body, is_gzip, expected) in [
            (&[0, 0, 0, 0, 2, 7, 8][..], true, Ok((false, &[7, 8][..]))),
            (&[1, 0, 0, 0, 1, 7], true, Ok((true, &[7]))),
            (&[0, 0, 0, 0, 0], false, Ok((false, &[]))),
            (
                &[1, 0, 0, 0, 1, 7],
                false,
                Err(StatusCode::UNSUPPORTED_MEDIA_TYPE),
            ),
            (
                &[2, 0, 0, 0, 1, 7],
                true,
                Err(StatusCode::UNSUPPORTED_MEDIA_TYPE),
            ),
            (&[0, 0, 0, 0, 2, 7], true, Err(StatusCode::BAD_REQUEST)),
            (&[0, 0, 0, 0, 1, 7, 8], true, Err(StatusCode::BAD_REQUEST)),
            (
                &[0, 0xff, 0xff, 0xff, 0xff, 7],
                true,
                Err(StatusCode::BAD_REQUEST),
            ),
            (&[0, 0], true, Err(StatusCode::BAD_REQUEST)),
            (&[], true, Err(StatusCode::BAD_REQUEST)),
        ] {
            let mut left = body.to_vec();
            let read = unframed(&mut left, is_gzip).map_err(|failure| failure.http);
            let read = read.map(|is_compressed| (is_compressed, left.as_slice()));
            assert_eq!(read, expected, "{body:?}");
        }
    }

    #[test]
    fn messages_are_ascii() {
        assert_eq!(escaped("50 % of \"ü\"\n"), "50 %25 of \"%C3%BC\"%0A");
    }
}
