//! The conditions of rules: PromQL, and of which series it says that they are well.
//!
//! A query that filters tells for which series it holds, and nothing about others: they may be well, or
//! silent. An alert must not end because its series is silent, so the query is asked a second time without
//! its filters. What only then is there, is well.

use std::collections::BTreeSet;
use std::time::Duration;

use model::{Labels, METRIC_NAME, MatchValue, ReadSamples, TimestampMs};
use promql::{Limits, Query, QueryError, Value};
use promql_parser::parser::value::ValueType;
use promql_parser::parser::{self, BinModifier, BinaryExpr, Expr, FunctionArgs, ParenExpr};
use rules::{Found, Known};

/// How long an evaluation may take.
pub(crate) const LONGEST: Duration = Duration::from_secs(30);

/// What a rule asks.
#[derive(Debug)]
pub(crate) struct Condition {
    holds: Query,
    /// The same without filters; `None` where that a series is there, or is not, is the condition.
    known: Option<Query>,
    /// The metrics that it reads; `None` where it may read any.
    metrics: Option<BTreeSet<String>>,
}

/// Whether a rule can ask this.
///
/// # Errors
/// What is wrong with it, and where.
pub(crate) fn check_expression(expr: &str) -> Result<(), String> {
    let Err(message) = Condition::parse(expr) else {
        return Ok(());
    };
    match promql::check(expr) {
        Ok(()) => Err(message),
        Err(mistake) => {
            let before = expr.get(..mistake.from).unwrap_or_default();
            let column = before.chars().count() + 1;
            Err(format!(
                "{} (at character {column} of {expr:?})",
                mistake.message
            ))
        }
    }
}

impl Condition {
    /// Reads an expression.
    ///
    /// # Errors
    /// A sentence that quotes the expression.
    pub(crate) fn parse(expr: &str) -> Result<Self, String> {
        let holds = Query::parse(expr).map_err(|error| format!("{expr:?}: {error}"))?;
        let tree = parser::parse(expr).map_err(|error| format!("{expr:?}: {error}"))?;
        if !matches!(tree.value_type(), ValueType::Vector | ValueType::Scalar) {
            return Err(format!("{expr:?}: a rule needs a vector or a number"));
        }
        let known = unfiltered(&tree).filter(|without| *without != tree);
        let known = known.and_then(|without| Query::parse(&without.to_string()).ok());
        let metrics = metrics_of(&holds);
        Ok(Self {
            holds,
            known,
            metrics,
        })
    }

    /// Whether it may read this metric.
    pub(crate) fn reads(&self, metric: &str) -> bool {
        self.metrics
            .as_ref()
            .is_none_or(|metrics| metrics.contains(metric))
    }

    /// The series for which it holds at a time.
    ///
    /// # Errors
    /// Why there is no answer.
    pub(crate) fn found(
        &self,
        samples: &dyn ReadSamples,
        at_ms: TimestampMs,
        limits: &Limits,
    ) -> Result<Vec<Found>, QueryError> {
        found(&self.holds, samples, at_ms, limits)
    }

    /// Of which series it says something at a time.
    ///
    /// # Errors
    /// Why there is no answer.
    pub(crate) fn known(
        &self,
        samples: &dyn ReadSamples,
        at_ms: TimestampMs,
        limits: &Limits,
    ) -> Result<Known, QueryError> {
        let Some(query) = &self.known else {
            return Ok(Known::All);
        };
        let series = found(query, samples, at_ms, limits)?.into_iter();
        let series = series.map(|found| found.labels.keep(|name| name != METRIC_NAME));
        Ok(Known::These(series.collect()))
    }
}

/// What a query finds at a time. A number is a series without labels, as in Prometheus.
///
/// # Errors
/// Why there is no answer; histograms are none that a rule could compare or keep.
pub(crate) fn found(
    query: &Query,
    samples: &dyn ReadSamples,
    at_ms: TimestampMs,
    limits: &Limits,
) -> Result<Vec<Found>, QueryError> {
    let answer = promql::evaluate_instant(query, samples, at_ms, limits)?;
    if !answer.histograms.is_empty() {
        return Err(QueryError::Execution(
            "the answer holds native histograms; take a number from them, for instance with histogram_quantile(…) \
             or histogram_count(…)"
                .into(),
        ));
    }
    Ok(match answer.value {
        Value::Scalar(_, value) => vec![Found {
            labels: Labels::new(),
            value,
        }],
        Value::Vector(samples) => samples
            .into_iter()
            .map(|sample| Found {
                labels: sample.labels,
                value: sample.value,
            })
            .collect(),
        // Refused when the rule is read; in a template a text has no series.
        Value::String(..) | Value::Matrix(_) => Vec::new(),
    })
}

/// What an expression asks without its filters; as it is where it has none. Empty where it is no expression.
pub(crate) fn watched(expr: &str) -> String {
    let Ok(tree) = parser::parse(expr) else {
        return String::new();
    };
    let without = unfiltered(&tree).filter(|without| *without != tree);
    without.map_or_else(|| expr.to_owned(), |without| without.to_string())
}

/// The metrics that a query reads, where each of its selectors names one.
fn metrics_of(query: &Query) -> Option<BTreeSet<String>> {
    let mut metrics = BTreeSet::new();
    for matchers in query.selectors().ok()? {
        let name = matchers.into_iter().find_map(|matcher| match matcher.is {
            MatchValue::Equal(name) if matcher.name == METRIC_NAME => Some(name),
            _ => None,
        });
        metrics.insert(name?);
    }
    Some(metrics)
}

/// The same query without its filters; `None` where absence is asked for.
fn unfiltered(tree: &Expr) -> Option<Expr> {
    let below = |inner: &Expr| unfiltered(inner).map(Box::new);
    Some(match tree {
        Expr::Binary(binary) => return without_filter(binary),
        Expr::Call(call) if matches!(call.func.name, "absent" | "absent_over_time") => return None,
        Expr::Call(call) => {
            let mut call = call.clone();
            let args: Option<Vec<_>> = call.args.args.iter().map(|each| below(each)).collect();
            call.args = FunctionArgs { args: args? };
            Expr::Call(call)
        }
        Expr::Aggregate(aggregate) => {
            let mut aggregate = aggregate.clone();
            aggregate.expr = below(&aggregate.expr)?;
            Expr::Aggregate(aggregate)
        }
        Expr::Paren(inner) => Expr::Paren(ParenExpr {
            expr: below(&inner.expr)?,
        }),
        Expr::Unary(unary) => {
            let mut unary = unary.clone();
            unary.expr = below(&unary.expr)?;
            Expr::Unary(unary)
        }
        Expr::Subquery(subquery) => {
            let mut subquery = subquery.clone();
            subquery.expr = below(&subquery.expr)?;
            Expr::Subquery(subquery)
        }
        leaf => leaf.clone(),
    })
}

fn without_filter(binary: &BinaryExpr) -> Option<Expr> {
    let alone = |side: &Expr| {
        let expr = Box::new(unfiltered(side)?);
        Some(Expr::Paren(ParenExpr { expr }))
    };
    if binary.op.to_string() == "unless" {
        return alone(&binary.lhs);
    }
    let mut without = binary.clone();
    without.lhs = Box::new(unfiltered(&binary.lhs)?);
    without.rhs = Box::new(unfiltered(&binary.rhs)?);
    if binary.op.is_comparison_operator() && !binary.return_bool() {
        let is_vector = |side: &Expr| side.value_type() == ValueType::Vector;
        match (is_vector(&binary.lhs), is_vector(&binary.rhs)) {
            (true, false) => return alone(&binary.lhs),
            (false, true) => return alone(&binary.rhs),
            // Which of the pairs there are; what is made of them does not matter.
            _ => {
                let modifier = without.modifier.get_or_insert_with(BinModifier::default);
                modifier.return_bool = true;
            }
        }
    }
    Some(Expr::Binary(without))
}

#[cfg(test)]
mod tests;
