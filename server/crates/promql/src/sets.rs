//! The set operators `and`, `or` and `unless`, at each step.

use std::collections::HashMap;

use model::Labels;

use crate::QueryError;
use crate::eval::Evaluation;
use crate::matching::Matching;
use crate::steps::{Column, Columns, Steps, joined};

/// An operator on sets of series.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum SetOperator {
    And,
    Or,
    Unless,
}

/// At which steps a signature occurs on one side.
type Presence = HashMap<Labels, Vec<bool>>;

impl Evaluation<'_> {
    pub fn set_operation(
        &self,
        operator: SetOperator,
        matching: &Matching,
        mut left: Columns,
        mut right: Columns,
        steps: Steps,
    ) -> Result<Columns, QueryError> {
        self.budget.check()?;
        if operator == SetOperator::Or {
            let present = presence(&left, matching, steps);
            retain(&mut right, &present, matching, false);
            left.append(&mut right);
        } else {
            let present = presence(&right, matching, steps);
            retain(&mut left, &present, matching, operator == SetOperator::And);
        }
        joined(left)
    }
}

fn presence(columns: &[Column], matching: &Matching, steps: Steps) -> Presence {
    let mut present = Presence::new();
    for column in columns {
        let at = (present.entry(matching.signature(&column.labels)))
            .or_insert_with(|| vec![false; steps.count as usize]);
        for step in column.steps() {
            at[step as usize] = true;
        }
    }
    present
}

/// Keeps what occurs on the other side, or what does not.
fn retain(columns: &mut Columns, present: &Presence, matching: &Matching, wanted: bool) {
    for column in columns {
        let at = present.get(&matching.signature(&column.labels));
        let is_wanted = |step: u32| at.is_some_and(|at| at[step as usize]) == wanted;
        column.points.retain(|point| is_wanted(point.step));
        column.histograms.retain(|point| is_wanted(point.step));
    }
}
