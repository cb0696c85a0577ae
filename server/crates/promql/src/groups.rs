//! Which group each series of an aggregation belongs to.

use std::collections::HashMap;

use model::{Labels, METRIC_NAME};
use promql_parser::parser::LabelModifier;

/// Groups, numbered in the order of their first series.
pub(crate) struct Groups<'a> {
    by: Option<&'a LabelModifier>,
    /// A label that counts as if `by` listed it too.
    also: Option<&'a str>,
    numbers: HashMap<Vec<u8>, usize>,
    /// What names each of them.
    pub labels: Vec<Labels>,
    /// The names and values that count of one series; kept to use its space again.
    key: Vec<u8>,
}

impl<'a> Groups<'a> {
    pub fn new(by: Option<&'a LabelModifier>) -> Self {
        Self {
            by,
            also: None,
            numbers: HashMap::new(),
            labels: Vec::new(),
            key: Vec::new(),
        }
    }

    /// Groups that have this label as well.
    pub fn with(by: Option<&'a LabelModifier>, label: &'a str) -> Self {
        Self {
            also: Some(label),
            ..Self::new(by)
        }
    }

    /// The number of the group of a series.
    pub fn number(&mut self, labels: &Labels) -> usize {
        // The labels of a group are made once only; whether it is known is looked up without them.
        let mut key = std::mem::take(&mut self.key);
        key.clear();
        for (name, value) in labels.iter().filter(|(name, _)| self.is_kept(name)) {
            // Lengths, because a value may contain anything.
            for text in [name, value] {
                let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
                key.extend_from_slice(&length.to_le_bytes());
                key.extend_from_slice(text.as_bytes());
            }
        }
        let number = match self.numbers.get(&key) {
            Some(number) => *number,
            None => {
                let number = self.labels.len();
                self.labels.push(labels.keep(|name| self.is_kept(name)));
                self.numbers.insert(key.clone(), number);
                number
            }
        };
        self.key = key;
        number
    }

    fn is_kept(&self, name: &str) -> bool {
        let is_listed = |list: &[String]| list.iter().any(|listed| listed == name);
        match self.by {
            Some(LabelModifier::Exclude(list)) => name != METRIC_NAME && !is_listed(&list.labels),
            _ if self.also == Some(name) => true,
            Some(LabelModifier::Include(list)) => is_listed(&list.labels),
            None => false,
        }
    }
}
