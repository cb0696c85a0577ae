//! Values of templates.

use std::collections::BTreeMap;

use super::Found;

#[derive(Clone, Debug)]
pub(super) enum Value {
    /// What is not there.
    Nothing,
    Bool(bool),
    Whole(i64),
    Number(f64),
    Text(String),
    /// Labels.
    Texts(BTreeMap<String, String>),
    /// What `args` makes.
    Values(BTreeMap<String, Value>),
    List(Vec<Value>),
    Series(Found),
    /// Milliseconds UTC.
    Time(i64),
    /// What a template is given at first.
    Root,
}

impl Value {
    /// How much text it holds, in bytes, about.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Texts(texts) => texts
                .iter()
                .map(|(name, text)| name.len() + text.len())
                .sum(),
            Self::Values(values) => values
                .iter()
                .map(|(name, it)| name.len() + it.bytes())
                .sum(),
            Self::List(list) => list.iter().map(|it| 1 + it.bytes()).sum(),
            Self::Nothing
            | Self::Bool(_)
            | Self::Whole(_)
            | Self::Number(_)
            | Self::Series(_)
            | Self::Time(_)
            | Self::Root => 0,
        }
    }

    /// What it is, in Go's words, for errors.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Nothing => "<nil>",
            Self::Bool(_) => "bool",
            Self::Whole(_) => "int",
            Self::Number(_) => "float64",
            Self::Text(_) => "string",
            Self::Texts(_) => "map[string]string",
            Self::Values(_) => "map[string]interface {}",
            Self::List(_) => "list",
            Self::Series(_) => "sample",
            Self::Time(_) => "time",
            Self::Root => "alert",
        }
    }

    /// Whether `if` takes it.
    pub(super) fn is_true(&self) -> bool {
        match self {
            Self::Nothing => false,
            Self::Bool(is_true) => *is_true,
            Self::Whole(whole) => *whole != 0,
            Self::Number(number) => *number != 0.0,
            Self::Text(text) => !text.is_empty(),
            Self::Texts(texts) => !texts.is_empty(),
            Self::Values(values) => !values.is_empty(),
            Self::List(items) => !items.is_empty(),
            Self::Series(_) | Self::Time(_) | Self::Root => true,
        }
    }
}
