//! The labels of a point: its attributes, and what its resource and scope add.

use std::borrow::Cow;
use std::collections::BTreeMap;

use model::{Labels, METRIC_NAME};

use super::Settings;
use super::attributes::{Attribute, attribute};
use super::known::{Key, Keys};
use crate::protobuf::{Malformed, next};

/// Longest labels of one point, in bytes: a histogram has them once for each bucket.
const LONGEST: usize = 64 << 10;

/// What becomes the label `job`, in part.
const NAMESPACE: &str = "service.namespace";
/// What becomes the label `job`.
const NAME: &str = "service.name";
/// What becomes the label `instance`.
const INSTANCE: &str = "service.instance.id";

/// Who sent metrics: a resource.
pub(super) struct Resource<'a> {
    attributes: Vec<Attribute<'a>>,
    /// What stands for it.
    pub(super) key: Key,
}

impl<'a> Resource<'a> {
    pub(super) fn read(message: &'a [u8], keys: &Keys, settings: Key) -> Result<Self, Malformed> {
        let key = keys.of(settings, std::iter::once(message));
        let attributes = all(message, 1)?;
        Ok(Self { attributes, key })
    }

    fn get(&self, name: &str) -> Option<&str> {
        let mut found = self.attributes.iter().filter(|(known, _)| *known == name);
        found.next().map(|(_, value)| &**value)
    }

    /// The labels `job` and `instance`, where it says what they are.
    fn identity(&self) -> impl Iterator<Item = (&'static str, String)> {
        let job = self.get(NAME).map(|name| match self.get(NAMESPACE) {
            Some(namespace) => format!("{namespace}/{name}"),
            None => name.to_owned(),
        });
        let instance = self.get(INSTANCE).map(str::to_owned);
        let job = job.map(|job| ("job", job));
        let instance = instance.map(|instance| ("instance", instance));
        job.into_iter().chain(instance)
    }

    /// The labels of `target_info`, which has everything else that a resource says of itself; `None` where
    /// it says nothing else, or not who it is.
    pub(super) fn target_info(&self, settings: &Settings) -> Option<Labels> {
        let identity: Vec<_> = self.identity().collect();
        let is_identity = |name: &str| matches!(name, NAMESPACE | NAME | INSTANCE);
        let others = self.attributes.iter();
        let others = others.filter(|(name, _)| {
            settings.keep_identifying_resource_attributes || !is_identity(name)
        });
        let mut labels = merged(others, settings);
        if identity.is_empty() || labels.is_empty() || size(&labels) > LONGEST {
            return None;
        }
        for (name, value) in identity {
            labels.insert(Cow::Borrowed(name), value);
        }
        labels.insert(Cow::Borrowed(METRIC_NAME), "target_info".to_owned());
        Some(labels.into_iter().collect())
    }
}

/// What made metrics: an instrumentation scope.
pub(super) struct Scope<'a> {
    name: &'a str,
    version: &'a str,
    schema_url: &'a str,
    attributes: Vec<Attribute<'a>>,
}

impl<'a> Scope<'a> {
    pub(super) fn read(message: &'a [u8], schema_url: &'a str) -> Result<Self, Malformed> {
        let mut scope = Self {
            name: "",
            version: "",
            schema_url,
            attributes: all(message, 3)?,
        };
        let mut fields = message;
        while let Some((tag, value)) = next(&mut fields)? {
            match tag {
                1 => scope.name = value.text(tag)?,
                2 => scope.version = value.text(tag)?,
                _ => {}
            }
        }
        Ok(scope)
    }
}

/// The labels that all series of a point have.
pub(super) struct Base<'a>(BTreeMap<Cow<'a, str>, String>);

impl<'a> Base<'a> {
    /// The labels of a point with these attributes; an error says why it has none.
    pub(super) fn new(
        attributes: &[&'a [u8]],
        resource: &'a Resource<'a>,
        scope: &'a Scope<'a>,
        settings: &Settings,
    ) -> Result<Result<Self, &'static str>, Malformed> {
        if attributes.iter().map(|one| one.len()).sum::<usize>() > LONGEST {
            return Ok(Err("labels_too_long"));
        }
        let mut read = Vec::with_capacity(attributes.len());
        for message in attributes {
            read.push(attribute(message)?);
        }
        let mut labels = merged(read.iter(), settings);
        let promoted = resource.attributes.iter();
        let promoted = promoted.filter(|(name, _)| settings.promotes(name));
        for (name, value) in merged(promoted, settings) {
            labels.entry(name).or_insert(value);
        }
        if settings.promote_scope_metadata && !scope.name.is_empty() {
            for (name, value) in [
                ("otel_scope_name", scope.name),
                ("otel_scope_version", scope.version),
                ("otel_scope_schema_url", scope.schema_url),
            ] {
                labels.insert(Cow::Borrowed(name), value.to_owned());
            }
            for (name, value) in &scope.attributes {
                let name = format!("otel_scope_{name}");
                if let Some(name) = settings.translation_strategy.label(&name) {
                    labels.insert(Cow::Owned(name.into_owned()), value.to_string());
                }
            }
        }
        for (name, value) in resource.identity() {
            labels.insert(Cow::Borrowed(name), value);
        }
        match size(&labels) > LONGEST {
            true => Ok(Err("labels_too_long")),
            false => Ok(Ok(Self(labels))),
        }
    }

    /// The labels of one of its series.
    pub(super) fn with(&self, name: &str, suffix: &str, more: Option<(&str, f64)>) -> Labels {
        let full = format!("{name}{suffix}");
        let more = more.map(|(name, number)| (name, in_words(number)));
        let own = [(METRIC_NAME, full.as_str())];
        let own = own
            .into_iter()
            .chain(more.iter().map(|(name, number)| (*name, number.as_str())));
        let base = self.0.iter().map(|(name, value)| (&**name, value.as_str()));
        base.chain(own).collect()
    }

    /// About how many bytes the labels of one series are.
    pub(super) fn size(&self) -> usize {
        size(&self.0)
    }
}

fn size(labels: &BTreeMap<Cow<'_, str>, String>) -> usize {
    let pairs = labels.iter();
    pairs
        .map(|(name, value)| name.len() + value.len() + 4)
        .sum()
}

/// Attributes as labels; where two get the same name, both values stand there.
fn merged<'r, 'a: 'r>(
    attributes: impl Iterator<Item = &'r Attribute<'a>>,
    settings: &Settings,
) -> BTreeMap<Cow<'a, str>, String> {
    let mut sorted: Vec<_> = attributes.collect();
    sorted.sort_by_key(|(name, _)| *name);
    let mut labels: BTreeMap<Cow<'a, str>, String> = BTreeMap::new();
    for (name, value) in sorted {
        let Some(name) = settings.translation_strategy.label(name) else {
            continue;
        };
        match labels.get_mut(&name) {
            Some(before) => {
                before.push(';');
                before.push_str(value);
            }
            None => {
                labels.insert(name, value.to_string());
            }
        }
    }
    labels
}

/// All attributes of a message, which are its field of this number.
fn all(mut message: &[u8], field: u32) -> Result<Vec<Attribute<'_>>, Malformed> {
    let mut found = Vec::new();
    let mut size = 0;
    while let Some((tag, value)) = next(&mut message)? {
        if tag == field {
            let bytes = value.bytes(tag)?;
            size += bytes.len();
            if size <= LONGEST {
                found.push(attribute(bytes)?);
            }
        }
    }
    Ok(found)
}

/// A bound or a quantile as Prometheus writes it.
fn in_words(number: f64) -> String {
    match number == f64::INFINITY {
        true => "+Inf".to_owned(),
        false => number.to_string(),
    }
}
