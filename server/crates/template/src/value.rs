//! Values of templates.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::print::plain;
use super::time::{Moment, span_text};

/// What a function comes to; the error is a sentence.
pub type Outcome = Result<Value, String>;

/// A value.
#[derive(Clone, Debug)]
pub enum Value {
    /// What is not there.
    Nothing,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Whole(i64),
    /// Another number.
    Number(f64),
    /// A text.
    Text(String),
    /// A text that is HTML already.
    Html(String),
    /// Names and texts, such as labels.
    Texts(BTreeMap<String, String>),
    /// Names and values.
    Values(BTreeMap<String, Value>),
    /// Values one after the other.
    List(Arc<Vec<Value>>),
    /// A time in a zone.
    Time(Moment),
    /// How long something takes, in nanoseconds.
    Span(i64),
    /// Data of whoever runs the template.
    Thing(Arc<dyn Thing>),
}

/// Data with fields and methods.
pub trait Thing: fmt::Debug + Send + Sync {
    /// What it is, for errors.
    fn kind(&self) -> &'static str;

    /// A field or a method: what it says of what it is given. `None` if it has none of this name.
    fn get(&self, name: &str, given: &[Value]) -> Option<Outcome>;

    /// The list or the map that it is, if it is one.
    fn plain(&self) -> Option<Value> {
        None
    }

    /// As Go prints it.
    fn printed(&self) -> String {
        self.plain()
            .map_or_else(|| self.kind().to_owned(), |it| plain(&it))
    }

    /// As Go writes it as JSON.
    fn json(&self) -> serde_json::Value {
        self.plain().map_or(serde_json::Value::Null, |it| it.json())
    }

    /// Itself, for whoever knows its type.
    fn as_any(&self) -> &dyn Any;
}

impl Value {
    /// A list.
    pub fn list(items: impl IntoIterator<Item = Self>) -> Self {
        Self::List(Arc::new(items.into_iter().collect()))
    }

    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A whole number; what is too large is the largest.
    pub fn whole(count: usize) -> Self {
        Self::Whole(i64::try_from(count).unwrap_or(i64::MAX))
    }

    /// Data.
    pub fn thing(thing: impl Thing + 'static) -> Self {
        Self::Thing(Arc::new(thing))
    }

    /// The list or the map that a thing is; everything else is itself.
    pub fn opened(&self) -> Self {
        match self {
            Self::Thing(thing) => thing.plain().unwrap_or_else(|| self.clone()),
            other => other.clone(),
        }
    }

    /// How much text it holds, in bytes, about.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Text(text) | Self::Html(text) => text.len(),
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
            | Self::Time(_)
            | Self::Span(_)
            | Self::Thing(_) => 0,
        }
    }

    /// What it is, in Go's words, for errors.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Nothing => "<nil>",
            Self::Bool(_) => "bool",
            Self::Whole(_) => "int",
            Self::Number(_) => "float64",
            Self::Text(_) => "string",
            Self::Html(_) => "template.HTML",
            Self::Texts(_) => "map[string]string",
            Self::Values(_) => "map[string]interface {}",
            Self::List(_) => "list",
            Self::Time(_) => "time",
            Self::Span(_) => "time.Duration",
            Self::Thing(thing) => thing.kind(),
        }
    }

    /// Whether `if` takes it.
    pub(super) fn is_true(&self) -> bool {
        match self {
            Self::Nothing => false,
            Self::Bool(is_true) => *is_true,
            Self::Whole(whole) => *whole != 0,
            Self::Number(number) => *number != 0.0,
            Self::Text(text) | Self::Html(text) => !text.is_empty(),
            Self::Texts(texts) => !texts.is_empty(),
            Self::Values(values) => !values.is_empty(),
            Self::List(items) => !items.is_empty(),
            Self::Time(_) => true,
            Self::Span(nanos) => *nanos != 0,
            Self::Thing(thing) => thing.plain().is_none_or(|it| it.is_true()),
        }
    }

    /// As Go's `encoding/json` writes it.
    pub fn json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match self {
            Self::Nothing => Json::Null,
            Self::Bool(is_true) => Json::Bool(*is_true),
            Self::Whole(whole) => Json::from(*whole),
            Self::Number(number) => Json::from(*number),
            Self::Text(text) | Self::Html(text) => Json::from(text.as_str()),
            Self::Texts(texts) => texts
                .iter()
                .map(|(name, text)| (name.clone(), Json::from(text.as_str())))
                .collect(),
            Self::Values(values) => values
                .iter()
                .map(|(name, value)| (name.clone(), value.json()))
                .collect(),
            Self::List(items) => items.iter().map(Self::json).collect(),
            Self::Time(moment) => Json::from(moment.rfc3339()),
            Self::Span(nanos) => Json::from(*nanos),
            Self::Thing(thing) => thing.json(),
        }
    }

    /// A field or a method.
    pub(super) fn get(&self, name: &str, given: &[Self]) -> Outcome {
        let unknown = || {
            Err(format!(
                "can't evaluate field {name} in type {}",
                self.kind()
            ))
        };
        let no_method = |found: Self| match given.is_empty() {
            true => Ok(found),
            false => Err(format!(
                "{name} has arguments but cannot be invoked as function"
            )),
        };
        match self {
            Self::Texts(texts) => {
                no_method(Self::Text(texts.get(name).cloned().unwrap_or_default()))
            }
            Self::Values(values) => no_method(values.get(name).cloned().unwrap_or(Self::Nothing)),
            Self::Thing(thing) => thing.get(name, given).unwrap_or_else(unknown),
            Self::Time(moment) => moment.get(name, given).unwrap_or_else(unknown),
            Self::Span(nanos) => span_field(*nanos, name).map_or_else(unknown, no_method),
            Self::Nothing => Err(format!("nil data; no entry for key {name:?}")),
            _ => unknown(),
        }
    }
}

/// What Go's `time.Duration` says of itself.
#[expect(clippy::cast_precision_loss, reason = "as in Go")]
fn span_field(nanos: i64, name: &str) -> Option<Value> {
    let number = |unit: f64| Some(Value::Number(nanos as f64 / unit));
    match name {
        "Hours" => number(3.6e12),
        "Minutes" => number(6e10),
        "Seconds" => number(1e9),
        "Milliseconds" => Some(Value::Whole(nanos / 1_000_000)),
        "Nanoseconds" => Some(Value::Whole(nanos)),
        "String" => Some(Value::Text(span_text(nanos))),
        _ => None,
    }
}
