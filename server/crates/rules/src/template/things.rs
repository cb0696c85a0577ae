//! What the templates of rules are given.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;

use template::{Bounds, Call, Outcome, Thing, Value, printed_number};

use super::{Found, Scope};

/// What a template sees of a scope.
pub(super) fn seen<'a>(scope: &Scope<'_>, call: Call<'a>) -> template::Scope<'a> {
    let base = scope.base;
    let labels = Value::Texts(owned(scope.labels.iter()));
    let external_labels = Value::Texts(base.external_labels.clone());
    let external_url = Value::text(base.external_url);
    let value = Value::Number(scope.value);
    let fields = [
        ("Labels", labels.clone()),
        ("Value", value.clone()),
        ("ExternalURL", external_url.clone()),
        ("ExternalLabels", external_labels.clone()),
    ];
    template::Scope {
        dot: Value::thing(Root(fields)),
        variables: vec![
            ("$labels", labels),
            ("$externalLabels", external_labels),
            ("$externalURL", external_url),
            ("$value", value),
        ],
        call,
        library: None,
        is_html: false,
        bounds: Bounds::default(),
    }
}

fn owned<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> BTreeMap<String, String> {
    pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// What a template is given at first.
#[derive(Debug)]
struct Root([(&'static str, Value); 4]);

impl Thing for Root {
    fn kind(&self) -> &'static str {
        "alert"
    }

    fn get(&self, name: &str, _: &[Value]) -> Option<Outcome> {
        let (_, value) = self.0.iter().find(|(known, _)| *known == name)?;
        Some(Ok(value.clone()))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// A series that `query` found.
#[derive(Debug)]
pub(super) struct Series(Found);

impl Series {
    pub(super) fn value(found: Found) -> Value {
        Value::thing(Self(found))
    }

    pub(super) fn of(thing: &Arc<dyn Thing>) -> Result<&Found, String> {
        let series = thing.as_any().downcast_ref::<Self>();
        let series = series.ok_or_else(|| format!("it cannot be given {}", thing.kind()))?;
        Ok(&series.0)
    }
}

impl Thing for Series {
    fn kind(&self) -> &'static str {
        "sample"
    }

    fn get(&self, name: &str, _: &[Value]) -> Option<Outcome> {
        match name {
            "Labels" => Some(Ok(Value::Texts(owned(self.0.labels.iter())))),
            "Value" => Some(Ok(Value::Number(self.0.value))),
            _ => None,
        }
    }

    fn printed(&self) -> String {
        let pairs = self.0.labels.iter();
        let pairs: Vec<_> = pairs
            .map(|(name, value)| format!("{name}:{value}"))
            .collect();
        let value = printed_number(self.0.value, 'g', None);
        format!("{{map[{}] {value}}}", pairs.join(" "))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
