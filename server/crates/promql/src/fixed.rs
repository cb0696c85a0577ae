//! What has the same value at every step, because `@` fixes all times that it looks at: it is evaluated
//! once and repeated.

use promql_parser::parser::Expr;

use crate::QueryError;
use crate::eval::{Evaluation, Outcome};
use crate::steps::{HistogramPoint, Point, Scalars, Steps};

/// Functions that look at the time of the step, whatever they are given.
const OF_THE_STEP: &[&str] = &["predict_linear", "time", "timestamp"];

/// Whether an expression has the same value at every step.
pub(crate) fn is_fixed(expression: &Expr) -> bool {
    match expression {
        Expr::Paren(inner) => is_fixed(&inner.expr),
        Expr::NumberLiteral(_) | Expr::StringLiteral(_) => true,
        Expr::VectorSelector(selector) => selector.at.is_some(),
        Expr::MatrixSelector(selector) => selector.vs.at.is_some(),
        // Its own steps do not depend on those around it.
        Expr::Subquery(subquery) => subquery.at.is_some(),
        Expr::Unary(unary) => is_fixed(&unary.expr),
        Expr::Binary(binary) => is_fixed(&binary.lhs) && is_fixed(&binary.rhs),
        Expr::Aggregate(aggregate) => {
            (aggregate.param.iter()).all(|parameter| is_fixed(parameter))
                && is_fixed(&aggregate.expr)
        }
        Expr::Call(call) => {
            let (name, arguments) = (call.func.name, &call.args.args);
            // Without arguments they tell the calendar of the step.
            let is_timeless = !arguments.is_empty() || name == "pi";
            let looks_at_step = !is_timeless || OF_THE_STEP.contains(&name);
            !looks_at_step && arguments.iter().all(|argument| is_fixed(argument))
        }
        Expr::Extension(_) => false,
    }
}

impl Evaluation<'_> {
    /// The value of a fixed expression, evaluated at the first step only.
    pub fn repeated(&self, expression: &Expr, steps: Steps) -> Result<Outcome, QueryError> {
        let mut outcome = self.evaluate(expression, Steps::instant(steps.from_ms))?;
        match &mut outcome {
            Outcome::Text(_) => {}
            Outcome::Scalar(scalars) => *scalars = Scalars::Same(scalars.at(0)),
            Outcome::Vector(columns) => {
                columns.retain(|column| !column.is_empty());
                self.budget.hold(columns.len() * steps.count as usize)?;
                for column in columns {
                    if let Some(Point { value, .. }) = column.points.first().copied() {
                        let points = steps.each().map(|step| Point { step, value });
                        column.points = points.collect();
                    }
                    if let Some(HistogramPoint { value, .. }) = column.histograms.pop() {
                        let points = steps.each().map(|step| HistogramPoint {
                            step,
                            value: value.clone(),
                        });
                        column.histograms = points.collect();
                    }
                }
            }
        }
        Ok(outcome)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Query;

    #[test]
    fn what_is_the_same_at_every_step() {
        for (text, expected) in [
            ("1 + pi()", true),
            ("m @ 5", true),
            ("m", false),
            ("sum(rate(m[5m] @ end())) / 2", true),
            ("sum(rate(m[5m] @ end())) / m", false),
            ("max_over_time(m[5m:1m] @ start())", true),
            ("max_over_time((m @ 5)[5m:1m])", false),
            ("vector(time())", false),
            ("hour()", false),
            ("hour(m @ 5)", true),
            ("timestamp(m @ 5)", false),
            ("predict_linear(m[5m] @ 5, 60)", false),
            ("topk(scalar(m), m @ 5)", false),
            ("count_values(\"v\", m @ 5)", true),
        ] {
            let query = Query::parse(text).unwrap();
            assert_eq!(is_fixed(&query.expression), expected, "{text}");
        }
    }
}
