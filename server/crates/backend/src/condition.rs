//! The conditions of rules: PromQL, and of which series it says that they are well.
//!
//! A query that filters tells for which series it holds, and nothing about others: they may be well, or
//! silent. An alert must not end because its series is silent, so the query is asked a second time without
//! its filters. What only then is there, is well.

use std::sync::Arc;
use std::time::{Duration, Instant};

use model::{Labels, METRIC_NAME, ReadSamples, Sample, TimestampMs};
use promql::{Limits, Query, QueryError, Value};
use promql_parser::parser::value::ValueType;
use promql_parser::parser::{self, BinModifier, BinaryExpr, Expr, FunctionArgs, ParenExpr};
use rules::{Answer, Known};

/// How long an evaluation may take.
const LONGEST: Duration = Duration::from_secs(30);

/// The condition of a rule.
#[derive(Debug)]
pub(crate) struct Condition {
    holds: Query,
    /// The same without filters; `None` where that a series is there, or is not, is the condition.
    known: Option<Query>,
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
        Ok(Self { holds, known })
    }

    /// What the samples say at a time.
    ///
    /// # Errors
    /// Why they say nothing.
    pub(crate) async fn evaluate(
        &self,
        samples: &Arc<dyn ReadSamples>,
        at_ms: TimestampMs,
    ) -> Result<Answer, String> {
        let samples = Arc::clone(samples);
        let (holds, known) = (self.holds.clone(), self.known.clone());
        let asked = tokio::task::spawn_blocking(move || {
            let limits = Limits {
                deadline: Some(Instant::now() + LONGEST),
                ..Limits::default()
            };
            let ask = |query: &Query| {
                let answer = promql::evaluate_instant(query, &*samples, at_ms, &limits)?;
                Ok::<_, QueryError>(as_samples(answer.value))
            };
            let known = match &known {
                None => Known::All,
                Some(query) => {
                    let series = ask(query)?.into_iter().map(|sample| sample.labels);
                    Known::These(series.collect())
                }
            };
            let holds = ask(&holds)?;
            Ok::<_, QueryError>(Answer { holds, known })
        });
        let answer = asked.await.map_err(|error| error.to_string())?;
        answer.map_err(|error| error.to_string())
    }
}

/// A number is a series without labels, as in Prometheus.
fn as_samples(value: Value) -> Vec<Sample> {
    let sample = |labels: &Labels, at_ms, value| Sample {
        name: labels.get(METRIC_NAME).to_owned(),
        labels: labels.keep(|name| name != METRIC_NAME),
        at_ms,
        value,
    };
    match value {
        Value::Scalar(at_ms, value) => vec![sample(&Labels::new(), at_ms, value)],
        Value::Vector(samples) => samples
            .iter()
            .map(|found| sample(&found.labels, found.at_ms, found.value))
            .collect(),
        // Refused when the rule is read.
        Value::String(..) | Value::Matrix(_) => Vec::new(),
    }
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
