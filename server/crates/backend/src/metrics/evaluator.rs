//! Queries over a grid of times, as panels and live queries ask them: a number of them at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use model::Labels;
use promql::{Limits, Query, RangeSeries, Value};
use tokio::sync::Semaphore;
use wire::{Matrix, Outcome, Problem, Row, Span};

use super::SampleLog;
use super::known::Known;
use super::range::{LONGEST, check_for_numbers, problem};
use crate::error::fault;

/// Queries of one evaluator that are evaluated at the same time; others wait.
const AT_ONCE: usize = 4;
/// Most points of a series.
pub(crate) const MOST_POINTS: i64 = 11_000;
/// Most series of an answer: more cannot be told apart in a picture.
const MOST_ROWS: usize = 1_000;
/// Most values of an answer: what a page can still draw and a socket carry.
pub(crate) const MOST_VALUES: usize = 1_000_000;

/// Answers queries over what is stored and what still waits for it.
#[derive(Clone)]
pub(crate) struct Evaluator {
    samples: Arc<SampleLog>,
    places: Arc<Semaphore>,
    known: Known,
}

/// Says to an evaluation that nobody waits for it any more.
struct Leaving(Arc<AtomicBool>);

impl Drop for Leaving {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Evaluator {
    pub(crate) fn new(samples: Arc<SampleLog>) -> Self {
        let places = Arc::new(Semaphore::new(AT_ONCE));
        Self {
            samples,
            places,
            known: Known::default(),
        }
    }

    /// Understands a text, where it may take its time.
    ///
    /// # Errors
    /// Why it is no query.
    pub(crate) async fn read(&self, expr: &str) -> Result<Arc<Query>, Problem> {
        if let Some(known) = self.known.get(expr) {
            return Ok(known);
        }
        let text = expr.to_owned();
        let read = tokio::task::spawn_blocking(move || Query::parse(&text)).await;
        let read = read.map_err(|error| fault("reading a query", &error))?;
        let query = read.map(Arc::new).map_err(|error| problem(&error))?;
        self.known.put(expr.to_owned(), query.clone());
        Ok(query)
    }

    /// What a text comes to: one that fails leaves others standing.
    pub(crate) async fn outcome(&self, expr: String, span: Span) -> Outcome {
        let matrix = async {
            let query = self.read(&expr).await?;
            self.matrix(&query, span).await
        };
        match matrix.await {
            Ok(matrix) => Outcome::Ok(matrix),
            Err(problem) => Outcome::Failed(problem),
        }
    }

    /// What a query yields at the points of a span. It ends early when nobody waits for it any more.
    ///
    /// # Errors
    /// Why it yields nothing, or more than anybody can look at.
    pub(crate) async fn matrix(&self, query: &Arc<Query>, span: Span) -> Result<Matrix, Problem> {
        let points = span.points();
        if span.step_ms <= 0 || points == 0 || points > MOST_POINTS as usize {
            return Err(Problem::invalid(format!(
                "a step of {} ms gives no or more than {MOST_POINTS} points; choose another one",
                span.step_ms
            )));
        }
        let leaving = Leaving(Arc::default());
        let stop = Arc::clone(&leaving.0);
        let place = Arc::clone(&self.places).acquire_owned().await;
        let place = place.map_err(|error| fault("a query", &error))?;
        // Looked at only now: it may have waited.
        let (samples, query) = (self.samples.seen(), Arc::clone(query));
        let evaluated = tokio::task::spawn_blocking(move || {
            // The place is taken until the work is over, also when nobody waits for it any more.
            let _place = place;
            let limits = Limits {
                deadline: Some(Instant::now() + LONGEST),
                stop,
                ..Limits::default()
            };
            let (from_ms, to_ms) = (span.from_ms, span.to_ms);
            promql::evaluate_range(&query, &*samples, from_ms, to_ms, span.step_ms, &limits)
                .map_err(|error| problem(&error))
                .and_then(|answer| matrix(answer.value, span))
        });
        evaluated.await.map_err(|error| fault("a query", &error))?
    }
}

fn matrix(value: Value, span: Span) -> Result<Matrix, Problem> {
    let series = match value {
        Value::Matrix(series) => series,
        // A range yields nothing else.
        Value::Scalar(..) | Value::String(..) | Value::Vector(_) => Vec::new(),
    };
    check_for_numbers(&series)?;
    let points = span.points();
    if series.len() > MOST_ROWS {
        return Err(Problem::invalid(format!(
            "the query yields {} series, and at most {MOST_ROWS} are shown: put them together, for instance with \
             sum by (server) (…), or keep the largest with topk(20, …)",
            series.len()
        )));
    }
    if series.len() * points > MOST_VALUES {
        return Err(Problem::invalid(format!(
            "the query yields {} series of {points} points, and at most {MOST_VALUES} values are shown: choose a \
             shorter range or a longer step, or put series together with sum by (…)",
            series.len()
        )));
    }
    Ok(Matrix {
        from_ms: span.from_ms,
        step_ms: span.step_ms,
        rows: series
            .iter()
            .filter_map(|one| row(one, span, points))
            .collect(),
    })
}

/// A series over the grid; `None` where it has no number at all.
fn row(series: &RangeSeries, span: Span, points: usize) -> Option<Row> {
    let mut values = vec![None; points];
    for (at_ms, value) in &series.points {
        let place = usize::try_from((at_ms - span.from_ms) / span.step_ms);
        if let Some(into) = place.ok().and_then(|place| values.get_mut(place)) {
            *into = shown(*value);
        }
    }
    values.iter().any(Option::is_some).then(|| Row {
        labels: pairs(&series.labels),
        values,
    })
}

/// A value that JSON has.
fn shown(value: f64) -> Option<f64> {
    (!value.is_nan()).then(|| value.clamp(f64::MIN, f64::MAX))
}

fn pairs(labels: &Labels) -> Vec<(String, String)> {
    let pairs = labels.iter();
    pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPAN: Span = Span::new(1000, 5000, 1000);

    fn series(name: &str, points: &[(i64, f64)]) -> RangeSeries {
        RangeSeries {
            labels: Labels::new().with(model::METRIC_NAME, name).with("a", "b"),
            points: points.to_vec(),
            histograms: Vec::new(),
        }
    }

    #[test]
    fn values_lie_on_the_grid() {
        for (points, expected) in [
            (
                &[(1000, 1.0), (3000, 3.0)][..],
                [Some(1.0), None, Some(3.0), None, None],
            ),
            (
                &[(4000, f64::NAN), (5000, -0.5)],
                [None, None, None, None, Some(-0.5)],
            ),
            (
                &[(1000, f64::INFINITY), (2000, f64::NEG_INFINITY)],
                [Some(f64::MAX), Some(f64::MIN), None, None, None],
            ),
        ] {
            let found = matrix(Value::Matrix(vec![series("m", points)]), SPAN).unwrap();
            assert_eq!((found.from_ms, found.step_ms), (1000, 1000));
            assert_eq!(found.rows[0].values, expected);
            let labels = [("__name__", "m"), ("a", "b")];
            let labels = labels.map(|(name, value)| (name.to_owned(), value.to_owned()));
            assert_eq!(found.rows[0].labels, labels);
            let sent = serde_json::to_string(&found).unwrap();
            assert_eq!(serde_json::from_str::<Matrix>(&sent).unwrap(), found);
        }
    }

    #[test]
    fn too_much_is_refused() {
        let none = [(1000, f64::NAN), (2000, f64::NAN)];
        let found = matrix(Value::Matrix(vec![series("m", &none)]), SPAN).unwrap();
        assert!(found.rows.is_empty(), "it has no number");
        let many = |count| Value::Matrix(vec![series("m", &[]); count]);
        assert!(matrix(many(1000), SPAN).is_ok());
        let long = Span {
            to_ms: 1_001_000,
            ..SPAN
        };
        for (count, span, words) in [
            (1001, SPAN, ["1001 series", "1000", "sum by", "topk"]),
            (
                1000,
                long,
                ["1001 points", "1000000", "longer step", "sum by"],
            ),
        ] {
            let message = matrix(many(count), span).unwrap_err().message;
            for word in words {
                assert!(message.contains(word), "{word}: {message}");
            }
        }
    }
}
