//! Texts of alerts: Go's template language with the functions of Prometheus.
//!
//! <https://prometheus.io/docs/prometheus/latest/configuration/template_reference/>.

mod functions;
mod things;

use std::collections::BTreeMap;

use model::{Labels, TimestampMs};
use template::{COMMON, Language, Text};

/// What rules may use in their texts.
const LANGUAGE: Language = Language {
    functions: &[COMMON, functions::NAMES],
    variables: &["$labels", "$value", "$externalLabels", "$externalURL"],
};

/// A text with templates that has been understood.
#[derive(Clone, Debug)]
pub struct Template {
    text: String,
    parsed: Text,
}

impl PartialEq for Template {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
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
        Ok(Self {
            text: text.to_owned(),
            parsed: Text::parse(text, &LANGUAGE)?,
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
            false => {
                let call =
                    |name: &str, given: &[template::Value]| functions::call(name, given, scope);
                self.parsed.run(&things::seen(scope, &call))
            }
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
