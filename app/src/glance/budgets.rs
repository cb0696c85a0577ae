//! Error budgets at a glance: the objectives to look at first of those of which something is known, the worst first.

use wire::{Caller, Glance, Objective, Objectives, Problem, Services};

use crate::slo::line;

/// More are on their own page.
const MOST: usize = 5;

pub(super) async fn glance(services: &Services, caller: &Caller) -> Result<Glance, Problem> {
    Ok(said(&services.levels.objectives(caller).await?))
}

fn said(all: &Objectives) -> Glance {
    let is_known = |it: &&Objective| it.budget.left.is_some();
    let known = all.rows.iter().filter(is_known);
    let lines: Vec<_> = known.take(MOST).map(line).collect();
    let words = match lines.is_empty() {
        true => {
            "Nothing has been measured yet. An objective says what is promised, and its budget what may fail."
        }
        false => "",
    };
    Glance {
        words: words.to_owned(),
        lines,
    }
}
