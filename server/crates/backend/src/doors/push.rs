//! The Pushgateway's addresses, for jobs that are over before anybody could scrape them.
//!
//! <https://github.com/prometheus/pushgateway/blob/master/README.md#api>.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, put};
use axum::{Extension, Router};
use http::{HeaderMap, Method, StatusCode, header};
use ingest::exposition::{self, Encoding, Format, Histograms};
use ingest::push::{exemplars, families, grouping_key};
use model::Labels;
use wire::{Caller, Role};

use super::Context;
use super::intake::{Intake, Refused, broken, gunzipped};
use super::prometheus::Descriptions;
use crate::pushed::{Error, PushedGroups, SOURCE};

pub(super) fn router() -> Router<Context> {
    Router::new()
        .route("/metrics/job/{*grouping}", pushes())
        .route("/metrics/job@base64/{*grouping}", pushes())
}

fn pushes() -> MethodRouter<Context> {
    put(push).post(push).delete(delete)
}

async fn push(
    State(groups): State<Arc<PushedGroups>>,
    State(intake): State<Intake>,
    State(descriptions): State<Descriptions>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Response {
    let key = match admit(&caller, &request) {
        Ok(key) => key,
        Err(refused) => return answer(refused),
    };
    let replace = request.method() == Method::PUT;
    let taken = take(&groups, &intake, &descriptions, &key, replace, request).await;
    match taken {
        Ok(()) => StatusCode::OK.into_response(),
        Err((status, text)) => {
            if status.is_client_error() {
                let why = match status {
                    StatusCode::CONFLICT => "inconsistent_push",
                    _ => "unreadable_request",
                };
                intake.refused((SOURCE, key.get("job"), why), 1, &text);
            }
            let status = match status {
                StatusCode::CONFLICT => StatusCode::BAD_REQUEST,
                status => status,
            };
            answer((status, text))
        }
    }
}

async fn take(
    groups: &PushedGroups,
    intake: &Intake,
    descriptions: &Descriptions,
    key: &Labels,
    replace: bool,
    request: Request,
) -> Result<(), Refused> {
    let (encoding, is_gzip) = form(request.headers())?;
    let (body, _place) = intake.body(request.into_body()).await?;
    let of = key.clone();
    let read = move || -> Result<_, Refused> {
        let body = match is_gzip {
            true => gunzipped(&body)?,
            false => body,
        };
        // Nobody can say which of them are wanted.
        let pushed = exposition::read(&body, encoding, Histograms::Both);
        let pushed = pushed.map_err(|error| (StatusCode::BAD_REQUEST, error.to_string()))?;
        let families = families(&pushed, &of);
        Ok((families, pushed.metadata, exemplars(pushed.exemplars, &of)))
    };
    let read = tokio::task::spawn_blocking(read).await;
    let (families, metadata, exemplars) = read.map_err(|error| broken(&error))??;
    groups.push(key, families, replace).await.map_err(failed)?;
    descriptions.learn(metadata);
    intake.exemplars(exemplars, SOURCE);
    Ok(())
}

async fn delete(
    State(groups): State<Arc<PushedGroups>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Response {
    let key = match admit(&caller, &request) {
        Ok(key) => key,
        Err(refused) => return answer(refused),
    };
    match groups.delete(&key).await.map_err(failed) {
        Ok(()) => StatusCode::ACCEPTED.into_response(),
        Err(refused) => answer(refused),
    }
}

/// The group that the address names, for somebody who may change it.
fn admit(caller: &Caller, request: &Request) -> Result<Labels, Refused> {
    caller
        .require(Role::Operator)
        .map_err(|problem| (StatusCode::FORBIDDEN, problem.message))?;
    // As it was sent: a value may hold an escaped slash.
    let path = request.uri().path();
    let address = path.strip_prefix("/metrics/").unwrap_or_default();
    grouping_key(address).map_err(|why| (StatusCode::BAD_REQUEST, why))
}

/// How a body is written. Clients send all sorts of types with the text format, so what is not known is taken
/// for that; of protobuf only what cannot be read otherwise is refused.
fn form(headers: &HeaderMap) -> Result<(Encoding, bool), Refused> {
    let value = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let kind = value(header::CONTENT_TYPE).unwrap_or_default();
    let encoding = match Encoding::of_content_type(Some(kind)) {
        Ok(encoding) => encoding,
        Err(why) if kind.starts_with(exposition::protobuf::MEDIA) => {
            return Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, why));
        }
        Err(_) => Encoding::Text(Format::Text),
    };
    match value(header::CONTENT_ENCODING).unwrap_or("identity") {
        "" | "identity" => Ok((encoding, false)),
        "gzip" => Ok((encoding, true)),
        other => {
            let text = format!("content-encoding {other:?} is not taken; send gzip or none");
            Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, text))
        }
    }
}

fn failed(error: Error) -> Refused {
    match error {
        Error::Inconsistent(_) => (StatusCode::CONFLICT, error.to_string()),
        Error::Database(error) => broken(&error),
    }
}

fn answer((status, text): Refused) -> Response {
    (status, format!("{text}\n")).into_response()
}
