//! The query API of Prometheus, for Grafana, promtool and everything else that speaks it.
//!
//! Same addresses, parameters, JSON, statuses and error types:
//! <https://prometheus.io/docs/prometheus/latest/querying/api/>.

mod body;
mod params;
mod write;

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use axum::extract::{Path, Request, State};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Router};
use model::{Clock, Labels, ReadSamples, Selection};
use promql::{Answer, Limits, Query};
use serde_json::{Map, Value, json};
use tokio::sync::Semaphore;
use wire::{Caller, Role};

use super::Context;
use body::{Failure, labels_json, success};
use params::Params;
pub(crate) use write::Intake;

/// Queries that are evaluated at the same time; others wait.
const AT_ONCE: usize = 20;
/// The longest that a query may take.
const LONGEST: Duration = Duration::from_secs(120);
/// Most points of one series in one answer, as in Prometheus.
const MOST_POINTS: i64 = 11_000;
/// The version of Prometheus whose API this is: clients choose by it what they ask for.
const SPOKEN: &str = "3.0.0";

/// What can be asked.
#[derive(Clone)]
pub(crate) struct Queries {
    samples: Arc<dyn ReadSamples>,
    clock: Arc<dyn Clock>,
    places: Arc<Semaphore>,
}

impl Queries {
    pub(crate) fn new(samples: Arc<dyn ReadSamples>, clock: Arc<dyn Clock>) -> Self {
        Self {
            samples,
            clock,
            places: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }

    /// Does something with the samples where blocking is allowed. It is told to stop when whoever asked
    /// has left.
    async fn ask<T: Send + 'static>(
        &self,
        timeout: Option<Duration>,
        question: impl FnOnce(&dyn ReadSamples, &Limits) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        struct Leaving(Arc<AtomicBool>);
        impl Drop for Leaving {
            fn drop(&mut self) {
                self.0.store(true, Ordering::Relaxed);
            }
        }
        let leaving = Leaving(Arc::default());
        let limits = Limits {
            deadline: Some(Instant::now() + timeout.unwrap_or(LONGEST).min(LONGEST)),
            stop: Arc::clone(&leaving.0),
            ..Limits::default()
        };
        let _place = self.places.acquire().await.map_err(Failure::internal)?;
        let samples = Arc::clone(&self.samples);
        let asked = tokio::task::spawn_blocking(move || question(&*samples, &limits));
        asked.await.map_err(Failure::internal)?
    }
}

pub(super) fn router() -> Router<Context> {
    Router::new()
        .route("/api/v1/query", get(query).post(query))
        .route("/api/v1/query_range", get(query_range).post(query_range))
        .route("/api/v1/labels", get(labels).post(labels))
        .route("/api/v1/label/{name}/values", get(label_values))
        .route("/api/v1/series", get(series).post(series))
        .route("/api/v1/metadata", get(metadata))
        .route("/api/v1/status/buildinfo", get(build_info))
        .route_layer(from_fn(for_viewers))
        .merge(write::router())
}

/// All of it reads, so one check stands before all of it.
async fn for_viewers(
    Extension(caller): Extension<Caller>,
    request: Request,
    next: Next,
) -> Result<Response, Failure> {
    caller.require(Role::Viewer)?;
    Ok(next.run(request).await)
}

type Reply = Result<Response, Failure>;

async fn query(State(queries): State<Queries>, params: Params) -> Reply {
    let query = Query::parse(params.needed("query")?)?;
    let at_ms = params.time("time")?.unwrap_or(queries.clock.now_ms());
    let timeout = params.duration("timeout")?;
    let answer = queries.ask(timeout, move |samples, limits| {
        Ok(promql::evaluate_instant(&query, samples, at_ms, limits)?)
    });
    Ok(answered(answer.await?, params.limit()?))
}

async fn query_range(State(queries): State<Queries>, params: Params) -> Reply {
    let query = Query::parse(params.needed("query")?)?;
    params.needed("start")?;
    params.needed("end")?;
    params.needed("step")?;
    let from_ms = params.time("start")?.unwrap_or_default();
    let to_ms = params.time("end")?.unwrap_or_default();
    let step = params.duration("step")?.unwrap_or_default();
    let step_ms = i64::try_from(step.as_millis()).unwrap_or(i64::MAX);
    if to_ms < from_ms {
        return Err(Failure::bad("end timestamp must not be before start time"));
    }
    if step_ms == 0 {
        return Err(Failure::bad(
            "zero or negative query resolution step widths are not accepted. Try a positive integer",
        ));
    }
    if to_ms.saturating_sub(from_ms) / step_ms > MOST_POINTS {
        return Err(Failure::bad(
            "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)",
        ));
    }
    let timeout = params.duration("timeout")?;
    let answer = queries.ask(timeout, move |samples, limits| {
        let range = promql::evaluate_range(&query, samples, from_ms, to_ms, step_ms, limits);
        Ok(range?)
    });
    Ok(answered(answer.await?, params.limit()?))
}

fn answered(answer: Answer, limit: usize) -> Response {
    let (data, is_cut) = body::value(answer.value, limit);
    let mut warnings = answer.warnings;
    if is_cut {
        warnings.push("results truncated due to limit".to_owned());
    }
    success(data, warnings, answer.infos)
}

async fn labels(State(queries): State<Queries>, params: Params) -> Reply {
    let names = |labels: &Labels| labels.iter().map(|(name, _)| name.to_owned()).collect();
    listed(&queries, &params, names).await
}

async fn label_values(
    State(queries): State<Queries>,
    Path(name): Path<String>,
    params: Params,
) -> Reply {
    let value = move |labels: &Labels| {
        let value = labels.get(&name);
        Vec::from_iter((!value.is_empty()).then(|| value.to_owned()))
    };
    listed(&queries, &params, value).await
}

/// What stands in the labels of the series asked for, sorted, each once.
async fn listed(
    queries: &Queries,
    params: &Params,
    of: impl Fn(&Labels) -> Vec<String> + Send + 'static,
) -> Reply {
    let selections = selections(params)?;
    let limit = params.limit()?;
    let found = queries.ask(None, move |samples, _| {
        let mut found = BTreeSet::new();
        each_series(samples, &selections, &mut |labels| {
            found.extend(of(labels));
        })?;
        Ok(found)
    });
    let found = found.await?;
    let is_cut = found.len() > limit;
    let shown: Vec<String> = found.into_iter().take(limit).collect();
    Ok(success(json!(shown), cut(is_cut), Vec::new()))
}

async fn series(State(queries): State<Queries>, params: Params) -> Reply {
    if params.all("match[]").next().is_none() {
        return Err(Failure::bad("no match[] parameter provided"));
    }
    let selections = selections(&params)?;
    let limit = params.limit()?;
    let found = queries.ask(None, move |samples, _| {
        let mut found = BTreeSet::new();
        each_series(samples, &selections, &mut |labels| {
            found.insert(labels.clone());
        })?;
        Ok(found)
    });
    let found = found.await?;
    let is_cut = found.len() > limit;
    let shown: Vec<Value> = found.iter().take(limit).map(labels_json).collect();
    Ok(success(json!(shown), cut(is_cut), Vec::new()))
}

fn cut(is_cut: bool) -> Vec<String> {
    let warning = is_cut.then(|| "results truncated due to limit".to_owned());
    warning.into_iter().collect()
}

/// One selection for each `match[]`; all series where there is none.
fn selections(params: &Params) -> Result<Vec<Selection>, Failure> {
    let from_ms = params.time("start")?.unwrap_or(i64::MIN);
    let to_ms = params.time("end")?.unwrap_or(i64::MAX);
    let with = |matchers| Selection {
        matchers,
        from_ms,
        to_ms,
    };
    let matching = params
        .all("match[]")
        .map(|text| Ok(with(Query::parse(text)?.selector()?)));
    let selections: Vec<Selection> = matching.collect::<Result<_, Failure>>()?;
    Ok(match selections.is_empty() {
        true => vec![with(Vec::new())],
        false => selections,
    })
}

fn each_series(
    samples: &dyn ReadSamples,
    selections: &[Selection],
    each: &mut dyn FnMut(&Labels),
) -> Result<(), Failure> {
    for selection in selections {
        let each = &mut |labels: &Labels| {
            each(labels);
            ControlFlow::Continue(())
        };
        samples.series(selection, each).map_err(Failure::internal)?;
    }
    Ok(())
}

/// What is known of metrics: nothing tells their types yet.
async fn metadata() -> Response {
    success(Value::Object(Map::new()), Vec::new(), Vec::new())
}

async fn build_info() -> Response {
    let info = json!({
        "application": "MCP Observatory",
        "applicationVersion": env!("CARGO_PKG_VERSION"),
        "version": SPOKEN,
    });
    success(info, Vec::new(), Vec::new())
}
