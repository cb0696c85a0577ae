//! Vectors series by series: what takes one column after the other never holds all of them.
//!
//! Aggregations and subqueries take their series so. Selectors, functions over their windows and what
//! changes each value by itself hand them on one at a time; everything else is evaluated whole.
//!
//! The order is that of the store, which is the same for the same samples (the built-in store hands
//! over series by their ids). Nobody sorts series before they are added up: sums are compensated, so
//! another order changes the last bit at most.

use model::METRIC_NAME;
use promql_parser::label::MatchOp;
use promql_parser::parser::token::T_COUNT_VALUES;
use promql_parser::parser::{Expr, LabelModifier, VectorSelector};

use crate::QueryError;
use crate::change::changed_part;
use crate::eval::{Evaluation, without_parentheses};
use crate::fixed::is_fixed;
use crate::functions::over_windows;
use crate::select::Newest;
use crate::steps::{Column, Columns, Steps};

/// Takes a column, and may change or empty it: whoever hands it over fills it anew.
pub(crate) type EachColumn<'a> = &'a mut dyn FnMut(&mut Column) -> Result<(), QueryError>;

impl Evaluation<'_> {
    /// Hands over the columns of a vector that have any value, one at a time and in any order. No two
    /// have the same labels.
    pub fn each_column(
        &self,
        expression: &Expr,
        steps: Steps,
        each: EachColumn<'_>,
    ) -> Result<(), QueryError> {
        let expression = without_parentheses(expression);
        let is_repeated = steps.count > 1 && is_fixed(expression);
        match expression {
            _ if is_repeated => {}
            Expr::VectorSelector(selector) => {
                return self.newest(selector, steps, Newest::Value, each);
            }
            Expr::Call(call) => {
                let over = over_windows(call.func.name);
                if let (Some(over), Some(of)) = (over, call.args.args.first())
                    && has_one_name(of)
                {
                    return self.over(of, steps, over.manner, &over.function, each);
                }
            }
            _ => {}
        }
        match changed_part(expression) {
            Some(of) if !is_repeated && has_one_name(of) => {
                let change = self.change(expression, steps)?;
                self.each_column(of, steps, &mut |column| {
                    change.apply(column, &self.notes);
                    match column.is_empty() {
                        true => Ok(()),
                        false => each(column),
                    }
                })
            }
            _ => {
                let mut columns = self.vector(expression, steps)?;
                columns.iter_mut().try_for_each(each)
            }
        }
    }

    /// All columns that are handed over, sorted by their labels: here somebody may see the order.
    pub fn collected(
        &self,
        hand_over: impl FnOnce(EachColumn<'_>) -> Result<(), QueryError>,
    ) -> Result<Columns, QueryError> {
        let (mut columns, mut held) = (Columns::new(), 0);
        hand_over(&mut |column| {
            held += column.weight();
            // A copy is as small as it can be; the original has room for all steps.
            columns.push(column.clone());
            self.budget.hold(held)
        })?;
        columns.sort_by(|a, b| a.labels.cmp(&b.labels));
        Ok(columns)
    }
}

/// Whether all series have the same name or none, so that no two become one without it.
pub(crate) fn has_one_name(expression: &Expr) -> bool {
    match expression {
        Expr::Paren(inner) => has_one_name(&inner.expr),
        Expr::VectorSelector(selector) => selects_one_name(selector),
        Expr::MatrixSelector(selector) => selects_one_name(&selector.vs),
        Expr::Subquery(subquery) => has_one_name(&subquery.expr),
        Expr::Aggregate(aggregate) => match &aggregate.modifier {
            // It may write values where names were.
            _ if aggregate.op.id() == T_COUNT_VALUES => false,
            // `topk` and its like keep their series as they are.
            _ if aggregate.param.is_some() => has_one_name(&aggregate.expr),
            Some(LabelModifier::Include(list)) => !list.labels.iter().any(|one| one == METRIC_NAME),
            _ => true,
        },
        Expr::Call(call) => match over_windows(call.func.name) {
            Some(over) if over.manner.keeps_name => {
                call.args.args.iter().all(|of| has_one_name(of))
            }
            Some(_) => true,
            None => changed_part(expression).is_some(),
        },
        // A comparison keeps names, so whatever the operator is, its vector decides.
        _ => changed_part(expression).is_some_and(has_one_name),
    }
}

fn selects_one_name(selector: &VectorSelector) -> bool {
    let matchers = &selector.matchers.matchers;
    selector.name.is_some()
        || (matchers.iter())
            .any(|matcher| matcher.name == METRIC_NAME && matcher.op == MatchOp::Equal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Query;

    #[test]
    fn whether_names_tell_series_apart() {
        for (text, expected) in [
            ("m", true),
            ("{__name__=\"m\"}", true),
            ("{job=\"a\"}", false),
            ("-m > 1", true),
            ("{job=\"a\"} > 1", false),
            ("rate({job=\"a\"}[5m])", true),
            ("last_over_time({job=\"a\"}[5m])", false),
            ("last_over_time(rate({job=\"a\"}[5m])[5m:])", true),
            ("sum by (job) ({job=\"a\"})", true),
            ("sum by (__name__) ({job=\"a\"})", false),
            ("topk(1, {job=\"a\"})", false),
            ("count_values(\"__name__\", m)", false),
            ("abs({job=\"a\"})", true),
            ("m or n", false),
        ] {
            let query = Query::parse(text).unwrap();
            assert_eq!(has_one_name(&query.expression), expected, "{text}");
        }
    }
}
