//! Texts of alerts: Go's template language with the functions of Prometheus.
//!
//! <https://pkg.go.dev/text/template>,
//! <https://prometheus.io/docs/prometheus/latest/configuration/template_reference/>. The crates that speak
//! this language are not looked after any more, and have other numbers and other errors than Go.

mod compare;
mod functions;
mod humane;
mod lex;
mod parse;
mod print;
mod run;
mod value;

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{Labels, TimestampMs};

use parse::Piece;

/// A text with templates that has been understood.
#[derive(Clone, Debug)]
pub struct Template {
    text: String,
    parsed: Arc<Parsed>,
}

impl PartialEq for Template {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

#[derive(Debug, Default)]
struct Parsed {
    pieces: Vec<Piece>,
    /// What `define` names.
    defined: BTreeMap<String, Vec<Piece>>,
}

/// A series that a template asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Its labels, the name of the metric included.
    pub labels: Labels,
    /// Its value.
    pub value: f64,
}

/// Answers the expressions that templates ask; the error is a sentence.
pub type Ask<'a> = &'a dyn Fn(&str) -> Result<Vec<Found>, String>;

/// What all templates of an evaluation know.
#[derive(Clone, Copy)]
pub struct Base<'a> {
    /// What is the same in all alerts of this installation.
    pub external_labels: &'a BTreeMap<String, String>,
    /// Where people reach the product.
    pub external_url: &'a str,
    /// The time of the evaluation.
    pub now_ms: TimestampMs,
    /// Answers `query`.
    pub ask: Ask<'a>,
}

impl<'a> Base<'a> {
    /// What a template knows about a series.
    pub fn scope(&self, found: &'a Found) -> Scope<'a> {
        Scope {
            labels: &found.labels,
            value: found.value,
            base: *self,
        }
    }
}

/// What a template knows.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    /// The labels of the series, the name of the metric included.
    pub labels: &'a Labels,
    /// The value of the expression.
    pub value: f64,
    /// The rest.
    pub base: Base<'a>,
}

impl Template {
    /// Understands a text.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let parsed = match text.contains("{{") {
            true => parse::parse(text)?,
            false => Parsed {
                pieces: vec![Piece::Text(text.to_owned())],
                ..Parsed::default()
            },
        };
        Ok(Self {
            text: text.to_owned(),
            parsed: Arc::new(parsed),
        })
    }

    /// As it is written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it says the same of every series.
    pub fn is_plain(&self) -> bool {
        !self.text.contains("{{")
    }

    /// What it comes to.
    ///
    /// # Errors
    /// Why it comes to nothing.
    pub fn expand(&self, scope: &Scope<'_>) -> Result<String, String> {
        match self.is_plain() {
            true => Ok(self.text.clone()),
            false => run::run(&self.parsed, scope),
        }
    }

    /// What it comes to; an error stands in its place, as in Prometheus, and is added to those known.
    pub fn shown(&self, scope: &Scope<'_>, errors: &mut Vec<String>) -> String {
        self.expand(scope).unwrap_or_else(|error| {
            let shown = format!("<error expanding template: {error}>");
            errors.push(error);
            shown
        })
    }
}

#[cfg(test)]
mod tests;
