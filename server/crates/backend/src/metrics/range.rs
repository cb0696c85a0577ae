//! Samples over a range, as charts and exports ask for them: in PromQL.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use model::{METRIC_NAME, ReadSamples};
use promql::{Limits, Query, QueryError, RangeSeries, Value};
use wire::{Caller, Code, Point, Problem, RangeQuery, Role, Series};

use super::{SampleLog, wire_labels};
use crate::error::fault;

/// Most points that one answer holds.
const MOST_STEPS: i64 = 11_000;
/// How long an evaluation may take.
pub(super) const LONGEST: Duration = Duration::from_secs(30);

#[async_trait]
impl wire::Metrics for SampleLog {
    async fn range(&self, caller: &Caller, query: RangeQuery) -> Result<Vec<Series>, Problem> {
        caller.require(Role::Viewer)?;
        let RangeQuery {
            from_ms,
            to_ms,
            step_ms,
            ..
        } = query;
        if from_ms > to_ms {
            return Err(Problem::invalid(format!(
                "the range begins ({from_ms}) after it ends ({to_ms})"
            )));
        }
        if step_ms <= 0 || to_ms.saturating_sub(from_ms) / step_ms > MOST_STEPS {
            return Err(Problem::invalid(format!(
                "a step of {step_ms} ms gives no or more than {MOST_STEPS} points; choose a longer one"
            )));
        }
        let expression = Query::parse(&query.expr)
            .map_err(|error| Problem::invalid(format!("{:?}: {error}", query.expr)))?;
        let samples = self.seen();
        let evaluated =
            tokio::task::spawn_blocking(move || evaluate(&expression, &samples, &query)).await;
        let evaluated = evaluated.map_err(|error| fault("a query", &error))?;
        let series = evaluated.map_err(|error| problem(&error))?;
        check_for_numbers(&series)?;
        Ok(series.iter().map(shown).collect())
    }
}

/// The newest point is at the end of the range: what is between it and the one before belongs to it.
fn evaluate(
    expression: &Query,
    samples: &Arc<dyn ReadSamples>,
    query: &RangeQuery,
) -> Result<Vec<RangeSeries>, QueryError> {
    let limits = Limits {
        deadline: Some(Instant::now() + LONGEST),
        ..Limits::default()
    };
    let (to_ms, step_ms) = (query.to_ms, query.step_ms);
    let from_ms = to_ms - to_ms.saturating_sub(query.from_ms) / step_ms * step_ms;
    let answer = promql::evaluate_range(expression, &**samples, from_ms, to_ms, step_ms, &limits)?;
    Ok(match answer.value {
        Value::Matrix(series) => series,
        // A range yields nothing else.
        Value::Scalar(..) | Value::String(..) | Value::Vector(_) => Vec::new(),
    })
}

/// Whether there is anything that charts and tables can show: native histograms have no place there, and
/// whoever asks for nothing else is told what to write.
///
/// # Errors
/// When all series have histograms only.
pub(super) fn check_for_numbers(series: &[RangeSeries]) -> Result<(), Problem> {
    let has_none = |one: &RangeSeries| one.points.is_empty() && !one.histograms.is_empty();
    if series.is_empty() || !series.iter().all(has_none) {
        return Ok(());
    }
    Err(Problem::invalid(
        "the query yields native histograms, which are no single numbers: write histogram_quantile(0.95, …), \
         histogram_avg(…), histogram_count(…) or histogram_sum(…) around it; the HTTP API of Prometheus \
         (/api/v1/query) has their buckets",
    ))
}

fn shown(series: &RangeSeries) -> Series {
    let points = series.points.iter();
    Series {
        metric: series.labels.get(METRIC_NAME).to_owned(),
        labels: wire_labels(&series.labels.keep(|name| name != METRIC_NAME)),
        points: points
            .map(|(at_ms, value)| Point {
                at_ms: *at_ms,
                value: *value,
            })
            .collect(),
    }
}

pub(super) fn problem(error: &QueryError) -> Problem {
    match error {
        QueryError::Bad(_) | QueryError::Execution(_) | QueryError::Limit { .. } => {
            Problem::invalid(error.to_string())
        }
        QueryError::Timeout | QueryError::Cancelled => {
            Problem::new(Code::Unavailable, error.to_string())
        }
        QueryError::Read(source) => fault("a query", source),
    }
}
