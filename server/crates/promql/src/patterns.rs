//! The regular expressions of a query: compiled when it is read, and not again each time it is asked.

use std::collections::HashMap;

use model::{MatchValue, Matcher, whole_match};
use promql_parser::label::MatchOp;
use promql_parser::parser::VectorSelector;
use regex::Regex;

use crate::QueryError;

/// Each regular expression of a query by how the parser writes it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Patterns(HashMap<String, Regex>);

impl Patterns {
    /// The conditions of a selector as stores take them; what it matches with is known from then on.
    ///
    /// # Errors
    /// [`QueryError::Bad`] where it has conditions that PromQL does not have.
    pub(crate) fn learn(&mut self, selector: &VectorSelector) -> Result<Vec<Matcher>, QueryError> {
        if !selector.matchers.or_matchers.is_empty() {
            return Err(QueryError::Bad(
                "matchers joined by \"or\" are not part of PromQL".into(),
            ));
        }
        for matcher in &selector.matchers.matchers {
            if let MatchOp::Re(regex) | MatchOp::NotRe(regex) = &matcher.op
                && !self.0.contains_key(regex.as_str())
            {
                self.0.insert(regex.as_str().to_owned(), compiled(regex)?);
            }
        }
        self.matchers(selector)
    }

    /// The conditions of a selector of the query that these are of.
    ///
    /// # Errors
    /// [`QueryError::Bad`] where a regular expression cannot be compiled.
    pub(crate) fn matchers(&self, selector: &VectorSelector) -> Result<Vec<Matcher>, QueryError> {
        let known = |regex: &Regex| match self.0.get(regex.as_str()) {
            Some(known) => Ok(known.clone()),
            None => compiled(regex),
        };
        let name = selector.name.iter().map(|name| {
            Ok(Matcher {
                name: model::METRIC_NAME.into(),
                is: MatchValue::Equal(name.clone()),
            })
        });
        let labels = selector.matchers.matchers.iter().map(|matcher| {
            let value = matcher.value.clone();
            let is = match &matcher.op {
                MatchOp::Equal => MatchValue::Equal(value),
                MatchOp::NotEqual => MatchValue::NotEqual(value),
                MatchOp::Re(regex) => MatchValue::Matches(known(regex)?),
                MatchOp::NotRe(regex) => MatchValue::NotMatches(known(regex)?),
            };
            Ok(Matcher {
                name: matcher.name.clone(),
                is,
            })
        });
        name.chain(labels).collect()
    }
}

/// As PromQL matches: whole values, of several lines too. The parser has escaped in its pattern what Go
/// takes literally.
fn compiled(regex: &Regex) -> Result<Regex, QueryError> {
    let whole = regex.as_str();
    let inner = whole.strip_prefix("^(?:").unwrap_or(whole);
    let inner = inner.strip_suffix(")$").unwrap_or(inner);
    whole_match(inner).map_err(|why| QueryError::Bad(format!("invalid regular expression: {why}")))
}
