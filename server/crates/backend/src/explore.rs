//! PromQL for people who write it: mistakes, words to choose from, and answers.

mod known;

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use futures::{StreamExt, stream};
use model::{Clock, Labels, METRIC_NAME, MatchValue, Matcher, Selection};
use wire::{
    Caller, Evaluation, FoundMetrics, FoundNames, FunctionInfo, FunctionKind, MOST_QUERIES,
    MetricInfo, MetricPanel, Mistake, Outcome, PanelQuery, Problem, Role, Span, TimeRange,
};

use crate::doors::{Descriptions, Queries, in_labels, layout};
use crate::error::fault;
use crate::metrics::Evaluator;
use known::{Known, best};

/// Queries of one page that are evaluated at the same time.
const AT_ONCE: usize = 4;
/// Names and values that one answer has.
const MOST_FOUND: usize = 1_000;
/// Variables that stand for lengths of time, and lengths that take as much room.
const VARIABLES: [(&str, &str); 3] = [
    ("$step", "0001m"),
    ("$window", "000001m"),
    ("$range", "00001m"),
];

/// Over the samples that there are and what is said about them.
pub(crate) struct ExploreService {
    clock: Arc<dyn Clock>,
    evaluator: Evaluator,
    queries: Queries,
    descriptions: Descriptions,
    metrics: Known,
}

impl ExploreService {
    pub(crate) fn new(
        clock: Arc<dyn Clock>,
        evaluator: Evaluator,
        queries: Queries,
        descriptions: Descriptions,
    ) -> Self {
        Self {
            clock,
            evaluator,
            queries,
            descriptions,
            metrics: Known::default(),
        }
    }

    /// What stands in the labels of a metric's series; of all where it is empty.
    async fn in_labels(
        &self,
        metric: &str,
        of: impl Fn(&Labels, &mut dyn FnMut(&str)) + Send + 'static,
    ) -> Result<BTreeSet<String>, Problem> {
        let name = (!metric.is_empty()).then(|| Matcher {
            name: METRIC_NAME.to_owned(),
            is: MatchValue::Equal(metric.to_owned()),
        });
        let all = Selection {
            matchers: name.into_iter().collect(),
            from_ms: i64::MIN,
            to_ms: i64::MAX,
        };
        let found = in_labels(&self.queries, vec![all], of).await;
        found.map_err(Problem::from)
    }

    /// What a query comes to; why a text is none, is said as [`mistake`] says it.
    async fn outcome(&self, expr: String, span: Span) -> (Outcome, Vec<String>) {
        let failed = |problem| (Outcome::Failed(problem), Vec::new());
        match mistake(&expr).await {
            Err(problem) => failed(problem),
            Ok(Some(mistake)) => failed(Problem::invalid(mistake.message)),
            Ok(None) => {
                let query = PanelQuery {
                    expr,
                    legend: String::new(),
                };
                let expr = MetricPanel::expression(&query, None, span);
                self.evaluator.noted_outcome(expr, span).await
            }
        }
    }

    /// The names of all metrics, which are looked up now and then.
    async fn metric_names(&self) -> Result<Arc<BTreeSet<String>>, Problem> {
        let now_ms = self.clock.now_ms();
        if let Some(names) = self.metrics.at(now_ms) {
            return Ok(names);
        }
        let name = |labels: &Labels, found: &mut dyn FnMut(&str)| match labels.get(METRIC_NAME) {
            "" => {}
            name => found(name),
        };
        let names = Arc::new(self.in_labels("", name).await?);
        self.metrics.keep(now_ms, names.clone());
        Ok(names)
    }
}

/// The first mistake of a text, where it has one.
async fn mistake(expr: &str) -> Result<Option<Mistake>, Problem> {
    // What stands for the variables takes as much room, so that places stay what they are.
    let replaced = VARIABLES.iter();
    let text = replaced.fold(expr.to_owned(), |text, (name, length)| {
        text.replace(name, length)
    });
    let checked = tokio::task::spawn_blocking(move || promql::check(&text)).await;
    let checked = checked.map_err(|error| fault("reading a query", &error))?;
    Ok(checked.err().map(|mistake| Mistake {
        message: mistake.message,
        from: u32::try_from(mistake.from).unwrap_or(u32::MAX),
        to: u32::try_from(mistake.to).unwrap_or(u32::MAX),
    }))
}

#[async_trait]
impl wire::Explore for ExploreService {
    async fn check(&self, caller: &Caller, expr: &str) -> Result<Option<Mistake>, Problem> {
        caller.require(Role::Viewer)?;
        mistake(expr).await
    }

    async fn format(&self, caller: &Caller, expr: &str) -> Result<String, Problem> {
        caller.require(Role::Viewer)?;
        let text = expr.to_owned();
        let laid_out = tokio::task::spawn_blocking(move || layout(&text)).await;
        let laid_out = laid_out.map_err(|error| fault("laying out a query", &error))?;
        laid_out.map_err(|why| Problem::invalid(why.to_string()))
    }

    async fn functions(&self, caller: &Caller) -> Result<Vec<FunctionInfo>, Problem> {
        caller.require(Role::Viewer)?;
        let told = |kind| {
            move |one: &promql::Described| FunctionInfo {
                name: one.name.to_owned(),
                kind,
                signature: format!("{}({})", one.name, one.takes),
                help: one.help.to_owned(),
            }
        };
        let aggregations = promql::AGGREGATIONS.iter();
        let aggregations = aggregations.map(told(FunctionKind::Aggregation));
        let functions = promql::FUNCTIONS.iter();
        let functions = functions.map(told(FunctionKind::Function));
        Ok(aggregations.chain(functions).collect())
    }

    async fn metrics(
        &self,
        caller: &Caller,
        typed: &str,
        most: usize,
    ) -> Result<FoundMetrics, Problem> {
        caller.require(Role::Viewer)?;
        let names = self.metric_names().await?;
        let (names, is_cut) = best(names.iter(), typed, most.min(MOST_FOUND));
        let found = names.into_iter().map(|name| {
            let (kind, help) = self.descriptions.of(name);
            MetricInfo {
                name: name.clone(),
                kind,
                help,
            }
        });
        Ok(FoundMetrics {
            found: found.collect(),
            is_cut,
        })
    }

    async fn label_names(&self, caller: &Caller, metric: &str) -> Result<FoundNames, Problem> {
        caller.require(Role::Viewer)?;
        let names = |labels: &Labels, found: &mut dyn FnMut(&str)| {
            labels.iter().for_each(|(name, _)| found(name));
        };
        let names = self.in_labels(metric, names).await?;
        Ok(FoundNames {
            is_cut: names.len() > MOST_FOUND,
            found: names.into_iter().take(MOST_FOUND).collect(),
        })
    }

    async fn label_values(
        &self,
        caller: &Caller,
        label: &str,
        metric: &str,
        typed: &str,
        most: usize,
    ) -> Result<FoundNames, Problem> {
        caller.require(Role::Viewer)?;
        let label = label.to_owned();
        let value = move |labels: &Labels, found: &mut dyn FnMut(&str)| match labels.get(&label) {
            "" => {}
            value => found(value),
        };
        let values = self.in_labels(metric, value).await?;
        let (found, is_cut) = best(values.iter(), typed, most.min(MOST_FOUND));
        Ok(FoundNames {
            found: found.into_iter().cloned().collect(),
            is_cut,
        })
    }

    async fn evaluate(
        &self,
        caller: &Caller,
        exprs: &[String],
        range: TimeRange,
        points: u32,
    ) -> Result<Evaluation, Problem> {
        caller.require(Role::Viewer)?;
        if exprs.len() > MOST_QUERIES {
            return Err(Problem::invalid(format!(
                "{} queries at once are too many; ask at most {MOST_QUERIES}",
                exprs.len()
            )));
        }
        let span = range.span(self.clock.now_ms(), points);
        let exprs = exprs.to_vec();
        let outcomes = stream::iter(exprs).map(|expr| self.outcome(expr, span));
        let outcomes: Vec<_> = outcomes.buffered(AT_ONCE).collect().await;
        let (outcomes, notes): (Vec<_>, Vec<_>) = outcomes.into_iter().unzip();
        let notes: BTreeSet<String> = notes.into_iter().flatten().collect();
        Ok(Evaluation {
            span,
            outcomes,
            notes: notes.into_iter().collect(),
        })
    }
}

#[cfg(test)]
mod tests;
