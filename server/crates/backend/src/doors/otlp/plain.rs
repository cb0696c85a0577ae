//! OTLP over HTTP: protobuf and JSON, plain and with gzip.

use axum::extract::{Request, State};
use axum::response::IntoResponse;
use axum::routing::{MethodRouter, post};
use axum::{Extension, Router};
use http::{HeaderMap, StatusCode, header};
use ingest::otlp::{Signal, partial_success, status};
use wire::Caller;

use super::super::Context;
use super::{Coded, Failure, Otlp};

const JSON: &str = "application/json";
const PROTOBUF: &str = "application/x-protobuf";

pub(super) fn router() -> Router<Context> {
    let [metrics, logs, traces] = [Signal::Metrics, Signal::Logs, Signal::Traces].map(export);
    Router::new()
        .route("/v1/metrics", metrics.clone())
        .route("/v1/logs", logs.clone())
        .route("/v1/traces", traces.clone())
        // Where Prometheus takes them.
        .route("/api/v1/otlp/v1/metrics", metrics)
        .route("/api/v1/otlp/v1/logs", logs)
        .route("/api/v1/otlp/v1/traces", traces)
}

fn export(signal: Signal) -> MethodRouter<Context> {
    post(
        async move |State(otlp): State<Otlp>,
                    Extension(caller): Extension<Caller>,
                    request: Request| {
            let form = Form::of(request.headers());
            let is_json = form.as_ref().map_or(true, |form| form.is_json);
            let answered = answer(&otlp, &caller, signal, form, request).await;
            let media = if is_json { JSON } else { PROTOBUF };
            let kind = [(header::CONTENT_TYPE, media)];
            match answered {
                Ok(body) => (kind, body).into_response(),
                Err(failure) => {
                    let body = status(failure.grpc, &failure.text, is_json);
                    let mut response = (failure.http, kind, body).into_response();
                    if failure.http == StatusCode::TOO_MANY_REQUESTS {
                        let headers = response.headers_mut();
                        headers.insert(header::RETRY_AFTER, 1.into());
                    }
                    response
                }
            }
        },
    )
}

async fn answer(
    otlp: &Otlp,
    caller: &Caller,
    signal: Signal,
    form: Result<Form, Failure>,
    request: Request,
) -> Result<Vec<u8>, Failure> {
    Otlp::admit(caller)?;
    let Form { is_json, is_gzip } = form.map_err(|failure| otlp.failed(caller, failure))?;
    let arrived = otlp.intake.body(request.into_body()).await;
    let (body, _place): (Vec<u8>, _) =
        arrived.map_err(|refused| otlp.failed(caller, refused.into()))?;
    let coded = Coded {
        body,
        is_gzip,
        is_json,
    };
    let taken = otlp.take(caller, signal, coded).await?;
    Ok(partial_success(
        signal,
        taken.rejected,
        &taken.message,
        is_json,
    ))
}

/// How a request is written.
struct Form {
    is_json: bool,
    is_gzip: bool,
}

impl Form {
    fn of(headers: &HeaderMap) -> Result<Self, Failure> {
        let value = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let unsupported = |text| Failure::from((StatusCode::UNSUPPORTED_MEDIA_TYPE, text));
        let kind = value(header::CONTENT_TYPE).unwrap_or_default();
        let media = kind.split(';').next().unwrap_or_default().trim();
        let is_json = media.eq_ignore_ascii_case(JSON);
        if !is_json && !media.eq_ignore_ascii_case(PROTOBUF) {
            let text = format!("content-type {kind:?} is not taken; send {PROTOBUF} or {JSON}");
            return Err(unsupported(text));
        }
        match value(header::CONTENT_ENCODING).unwrap_or("identity").trim() {
            "" | "identity" => Ok(Self {
                is_json,
                is_gzip: false,
            }),
            encoding if encoding.eq_ignore_ascii_case("gzip") => Ok(Self {
                is_json,
                is_gzip: true,
            }),
            encoding => {
                let text = format!("content-encoding {encoding:?} is not taken; send gzip or none");
                Err(unsupported(text))
            }
        }
    }
}
