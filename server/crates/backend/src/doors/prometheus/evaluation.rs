//! Queries at a time and over a range: `query`, `query_range`, `query_exemplars`.

use std::ops::ControlFlow;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header;
use model::{Exemplar, SeriesExemplars};
use serde_json::{Value, json};

use super::Reply;
use super::body::{Failure, labels_json, success};
use super::params::Params;
use super::queries::{Queries, Timings, Wishes};
use super::written::{Written, number_text};
use crate::doors::Context;

/// Most points of one series in one answer, as in Prometheus.
const MOST_POINTS: i64 = 11_000;

pub(super) fn router() -> Router<Context> {
    Router::new()
        .route("/api/v1/query", get(query).post(query))
        .route("/api/v1/query_range", get(query_range).post(query_range))
        .route("/api/v1/query_exemplars", get(exemplars).post(exemplars))
}

async fn query(State(queries): State<Queries>, params: Params) -> Reply {
    let query = params.query()?;
    let at_ms = params.time("time")?.unwrap_or(queries.clock.now_ms());
    let shown = Shown::of(&params)?;
    let answer = queries.ask(wishes(&params)?, move |samples, limits| {
        let answer = promql::evaluate_instant(&query, samples, at_ms, limits)?;
        Ok(Written::of(answer, shown.limit))
    });
    Ok(shown.answer(answer.await?))
}

async fn query_range(State(queries): State<Queries>, params: Params) -> Reply {
    let query = params.query()?;
    params.needed("start")?;
    params.needed("end")?;
    params.needed("step")?;
    let from_ms = params.time("start")?.unwrap_or_default();
    let to_ms = params.time("end")?.unwrap_or_default();
    if to_ms < from_ms {
        return Err(Failure::bad(
            "invalid parameter \"end\": end timestamp must not be before start time",
        ));
    }
    let step = params.step()?;
    let step_ms = i64::try_from(step.as_millis()).unwrap_or(i64::MAX);
    if step_ms == 0 {
        return Err(Failure::bad(
            "invalid parameter \"step\": zero or negative query resolution step widths are not accepted. Try a positive integer",
        ));
    }
    if to_ms.saturating_sub(from_ms) / step_ms > MOST_POINTS {
        return Err(Failure::bad(
            "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)",
        ));
    }
    let shown = Shown::of(&params)?;
    let answer = queries.ask(wishes(&params)?, move |samples, limits| {
        let answer = promql::evaluate_range(&query, samples, from_ms, to_ms, step_ms, limits)?;
        Ok(Written::of(answer, shown.limit))
    });
    Ok(shown.answer(answer.await?))
}

async fn exemplars(State(queries): State<Queries>, params: Params) -> Reply {
    let selectors = params.query()?.selectors()?;
    let from_ms = params.time("start")?.unwrap_or(i64::MIN);
    let to_ms = params.time("end")?.unwrap_or(i64::MAX);
    if to_ms < from_ms {
        return Err(Failure::bad(
            "end timestamp must not be before start timestamp",
        ));
    }
    let found = queries.ask(wishes(&params)?, move |samples, limits| {
        let mut go_on = || match limits.check() {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        };
        let found = samples.exemplars(&selectors, from_ms, to_ms, &mut go_on);
        // What was broken off is no answer.
        limits.check()?;
        Ok(found)
    });
    let found = found.await?.0;
    let found = found.iter().map(of_series).collect();
    Ok(success(Value::Array(found), Vec::new(), Vec::new()))
}

/// The exemplars of a series.
fn of_series(found: &SeriesExemplars) -> Value {
    let one = |exemplar: &Exemplar| {
        #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 fit")]
        let timestamp = match exemplar.at_ms % 1_000 {
            0 => json!(exemplar.at_ms / 1_000),
            _ => json!(exemplar.at_ms as f64 / 1_000.0),
        };
        json!({
            "labels": labels_json(&exemplar.labels),
            "value": number_text(exemplar.value),
            "timestamp": timestamp,
        })
    };
    json!({
        "seriesLabels": labels_json(&found.labels),
        "exemplars": found.exemplars.iter().map(one).collect::<Vec<_>>(),
    })
}

fn wishes(params: &Params) -> Result<Wishes, Failure> {
    Ok(Wishes {
        timeout: params.duration("timeout")?,
        // Zero is no wish, as in Prometheus.
        lookback: params
            .duration("lookback_delta")?
            .filter(|delta| !delta.is_zero()),
    })
}

/// What of an answer is shown.
#[derive(Clone, Copy)]
struct Shown {
    limit: usize,
    with_stats: bool,
}

impl Shown {
    fn of(params: &Params) -> Result<Self, Failure> {
        Ok(Self {
            limit: params.limit()?,
            with_stats: params.all("stats").any(|stats| !stats.is_empty()),
        })
    }

    fn answer(self, (written, timings): (Written, Timings)) -> Response {
        let stats = self
            .with_stats
            .then(|| stats(&timings, written.samples_read));
        let json = [(header::CONTENT_TYPE, "application/json")];
        (json, written.body(stats.as_ref())).into_response()
    }
}

/// What a query cost, under the names of Prometheus. How many samples were held at a time the engine does
/// not tell: never more than it read.
fn stats(timings: &Timings, samples_read: usize) -> Value {
    let (waited, evaluated) = (timings.waited, timings.evaluated);
    json!({
        "timings": {
            "evalTotalTime": evaluated.as_secs_f64(),
            "resultSortTime": 0.0,
            "queryPreparationTime": 0.0,
            "innerEvalTime": evaluated.as_secs_f64(),
            "execQueueTime": waited.as_secs_f64(),
            "execTotalTime": (waited + evaluated).as_secs_f64(),
        },
        "samples": {
            "totalQueryableSamples": samples_read,
            "peakSamples": samples_read,
        },
    })
}
