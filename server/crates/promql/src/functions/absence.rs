//! `absent` and `absent_over_time`: a series where there is none.

use std::collections::BTreeSet;

use model::{Labels, METRIC_NAME, Wanted};
use promql_parser::label::MatchOp;
use promql_parser::parser::Expr;

use crate::QueryError;
use crate::eval::Evaluation;
use crate::steps::{Column, Columns, Point, Steps};

impl Evaluation<'_> {
    pub(super) fn absent(&self, of: &Expr, steps: Steps) -> Result<Columns, QueryError> {
        let mut is_there = vec![false; steps.count as usize];
        self.each_column(of, steps, &mut |column| {
            for step in column.steps() {
                is_there[step as usize] = true;
            }
            Ok(())
        })?;
        Ok(gaps(&is_there, of))
    }

    pub(super) fn absent_over_time(&self, of: &Expr, steps: Steps) -> Result<Columns, QueryError> {
        let mut is_there = vec![false; steps.count as usize];
        self.windows(of, steps, Wanted::Edges, &mut |_, windows| {
            for span in windows.spans.iter().chain(windows.histograms.spans) {
                is_there[span.step as usize] = true;
            }
            Ok(())
        })?;
        Ok(gaps(&is_there, of))
    }
}

fn gaps(is_there: &[bool], of: &Expr) -> Columns {
    let points = (0..).zip(is_there).filter(|(_, is_there)| !**is_there);
    let points: Vec<_> = points.map(|(step, _)| Point { step, value: 1.0 }).collect();
    if points.is_empty() {
        return Columns::new();
    }
    let labels = labels_of(of);
    vec![Column::floats(labels, points)]
}

/// The labels that the missing series would certainly have.
fn labels_of(expression: &Expr) -> Labels {
    let selector = match expression {
        Expr::VectorSelector(selector) => selector,
        Expr::MatrixSelector(selector) => &selector.vs,
        _ => return Labels::new(),
    };
    let mut labels = Labels::new();
    let mut seen = BTreeSet::new();
    for matcher in &selector.matchers.matchers {
        if matcher.name == METRIC_NAME {
            continue;
        }
        let is_certain = matches!(matcher.op, MatchOp::Equal) && seen.insert(&matcher.name);
        let value = if is_certain { &*matcher.value } else { "" };
        labels = labels.with(&matcher.name, value);
    }
    labels
}
