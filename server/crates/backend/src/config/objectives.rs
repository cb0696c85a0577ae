//! The section `objectives`: files of service level objectives.

use slo::Objective;

/// Objectives of files.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Objectives {
    /// Of all files, in their order.
    pub found: Vec<FoundObjective>,
    /// What files say that is not supported, with its place.
    pub ignored: Vec<String>,
}

/// An objective of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundObjective {
    /// It.
    pub objective: Objective,
    /// The file.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
}
