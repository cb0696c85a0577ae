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
        evaluated.map_err(|error| problem(&error))
    }
}

/// The newest point is at the end of the range: what is between it and the one before belongs to it.
fn evaluate(
    expression: &Query,
    samples: &Arc<dyn ReadSamples>,
    query: &RangeQuery,
) -> Result<Vec<Series>, QueryError> {
    let limits = Limits {
        deadline: Some(Instant::now() + LONGEST),
        ..Limits::default()
    };
    let (to_ms, step_ms) = (query.to_ms, query.step_ms);
    let from_ms = to_ms - to_ms.saturating_sub(query.from_ms) / step_ms * step_ms;
    let answer = promql::evaluate_range(expression, &**samples, from_ms, to_ms, step_ms, &limits)?;
    Ok(match answer.value {
        Value::Matrix(series) => series.iter().map(shown).collect(),
        // A range yields nothing else.
        Value::Scalar(..) | Value::String(..) | Value::Vector(_) => Vec::new(),
    })
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
