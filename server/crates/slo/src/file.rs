//! Reading files of objectives.

use crate::Objective;

/// Something at a place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// What is wrong and what to write instead; or what is not supported.
    pub text: String,
}

/// What a file says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// Its objectives, with the line in which each begins.
    pub objectives: Vec<(Objective, usize)>,
    /// What is wrong with it. An objective in which something is wrong is not among them.
    pub mistakes: Vec<Mistake>,
    /// What has no effect here, one by one.
    pub ignored: Vec<Mistake>,
}

/// Reads a file of objectives: the own short form, Sloth's and OpenSLO's; its content tells which it is. Whether a
/// text is a query is told by a function, of which the error is a sentence.
pub fn read(text: &str, is_query: &dyn Fn(&str) -> Result<(), String>) -> Reading {
    let _ = (text, is_query);
    Reading::default()
}
