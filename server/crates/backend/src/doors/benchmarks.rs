//! Benchmarks for programs: files of tools go in, what changed comes out.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use serde::Deserialize;
use wire::{
    BenchmarkDetail, BenchmarkFile, BenchmarkPicture, BenchmarkTaken, Caller, Problem, Services,
};

use super::Context;
use super::answer::{Answer, Asked, asked};

/// Bytes of a file.
const LARGEST: usize = 16 << 20;

pub(super) fn router() -> Router<Context> {
    let take = post(take).layer(DefaultBodyLimit::max(LARGEST));
    Router::new()
        .route("/api/benchmarks", take)
        .route("/observability/benchmarks", get(all))
        .route("/observability/benchmarks/{id}", get(one))
}

/// What the sender says of a file; it goes before what the file says.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct About {
    suite: String,
    host: String,
    commit: String,
    branch: String,
    language: String,
    at_ms: Option<i64>,
}

async fn all(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
) -> Answer<BenchmarkPicture> {
    Ok(Json(services.benchmarks.benchmarks(&caller).await?))
}

async fn one(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<i64>,
) -> Answer<BenchmarkDetail> {
    Ok(Json(services.benchmarks.benchmark(&caller, id).await?))
}

async fn take(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    about: Asked<About>,
    sent: Result<Bytes, BytesRejection>,
) -> Answer<BenchmarkTaken> {
    let about = asked(about)?;
    let bytes = sent.map_err(|rejection| {
        let text = rejection.body_text();
        Problem::invalid(format!("{text}; a file may have 16 MiB"))
    })?;
    let file = BenchmarkFile {
        text: String::from_utf8_lossy(&bytes).into_owned(),
        suite: about.suite,
        host: about.host,
        commit: about.commit,
        branch: about.branch,
        language: about.language,
        at_ms: about.at_ms,
    };
    Ok(Json(services.benchmarks.take(&caller, file).await?))
}
