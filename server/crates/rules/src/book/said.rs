//! What rules say, and what comes of it.

use std::collections::HashMap;

use model::Labels;

use crate::{Alert, NoData, Told};

/// What an expression says at one time.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// About the series for which the condition holds.
    pub holds: Vec<Told>,
    /// What is known of the others.
    pub known: Known,
}

/// Of which series an expression says something.
#[derive(Clone, Debug)]
pub enum Known {
    /// Of these, whether it holds or not. What becomes of an alert whose series is not among them says
    /// [`NoData`].
    These(Vec<Labels>),
    /// Of all: that a series is there, or is not, is what the rule is about.
    All,
}

impl Default for Known {
    fn default() -> Self {
        Self::These(Vec::new())
    }
}

/// How a rule is judged.
#[derive(Clone, Copy, Debug)]
pub struct Judgement {
    /// What becomes of alerts whose series are not reported, where the rule does not say.
    pub no_data: NoData,
    /// How many alerts a rule may have; 0 is any number.
    pub limit: usize,
    /// Whether the rule asks something else than before: what it says nothing of is over then, whatever is said of
    /// missing series.
    pub asks_anew: bool,
}

/// What came of answers that were taken together.
#[derive(Debug)]
pub struct Taken {
    /// The alerts that changed their state.
    pub changed: Vec<Alert>,
    /// Why an answer was not taken, by its place.
    pub refused: HashMap<usize, String>,
}
