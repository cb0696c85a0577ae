//! Relabelling: rules that change labels, or drop what has them.
//!
//! <https://prometheus.io/docs/prometheus/latest/configuration/configuration/#relabel_config>

use std::collections::BTreeMap;
use std::fmt;

use md5::{Digest as _, Md5};
use regex::Regex;

/// Labels that rules work on; none has an empty value.
pub type Set = BTreeMap<String, String>;

/// What a rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Writes a label.
    Replace,
    /// Drops what does not match.
    Keep,
    /// Drops what matches.
    Drop,
    /// Drops what differs from a label.
    KeepEqual,
    /// Drops what equals a label.
    DropEqual,
    /// Writes a share of a hash.
    HashMod,
    /// Copies labels to other names.
    LabelMap,
    /// Removes labels.
    LabelDrop,
    /// Removes other labels.
    LabelKeep,
    /// Writes small letters.
    Lowercase,
    /// Writes capital letters.
    Uppercase,
}

impl Action {
    /// All, by their names.
    pub const ALL: [(&'static str, Self); 11] = [
        ("replace", Self::Replace),
        ("keep", Self::Keep),
        ("drop", Self::Drop),
        ("keepequal", Self::KeepEqual),
        ("dropequal", Self::DropEqual),
        ("hashmod", Self::HashMod),
        ("labelmap", Self::LabelMap),
        ("labeldrop", Self::LabelDrop),
        ("labelkeep", Self::LabelKeep),
        ("lowercase", Self::Lowercase),
        ("uppercase", Self::Uppercase),
    ];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        let found = Self::ALL.iter().find(|(_, action)| *action == self);
        found.map_or("", |(name, _)| name)
    }
}

/// One rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// What it does.
    pub action: Action,
    /// Labels whose values it looks at.
    pub source_labels: Vec<String>,
    /// What stands between them.
    pub separator: String,
    /// The expression, as written.
    pub pattern: String,
    /// The same, for whole values.
    pub regex: Regex,
    /// The label that it writes.
    pub target_label: String,
    /// What it writes.
    pub replacement: String,
    /// Of `hashmod`.
    pub modulus: u64,
}

impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

/// As people read it: what stands in the file, in a line.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "action: {}", self.action.as_str())?;
        if !self.source_labels.is_empty() {
            write!(f, ", source_labels: [{}]", self.source_labels.join(", "))?;
        }
        if self.separator != ";" {
            write!(f, ", separator: {:?}", self.separator)?;
        }
        if self.pattern != "(.*)" {
            write!(f, ", regex: {}", self.pattern)?;
        }
        if self.modulus > 0 {
            write!(f, ", modulus: {}", self.modulus)?;
        }
        if !self.target_label.is_empty() {
            write!(f, ", target_label: {}", self.target_label)?;
        }
        if self.replacement != "$1" {
            write!(f, ", replacement: {:?}", self.replacement)?;
        }
        Ok(())
    }
}

/// Applies rules in their order; an error is the place of the rule that drops it.
///
/// # Errors
/// When a rule drops what has these labels.
pub fn apply(rules: &[Rule], labels: &mut Set) -> Result<(), usize> {
    for (place, rule) in rules.iter().enumerate() {
        if !rule.apply(labels) {
            return Err(place);
        }
    }
    Ok(())
}

impl Rule {
    /// Whether what has these labels stays.
    fn apply(&self, labels: &mut Set) -> bool {
        let value = |name: &String| labels.get(name).map_or("", String::as_str);
        let values: Vec<&str> = self.source_labels.iter().map(value).collect();
        let source = values.join(&self.separator);
        match self.action {
            Action::Keep => return self.regex.is_match(&source),
            Action::Drop => return !self.regex.is_match(&source),
            Action::KeepEqual => return value(&self.target_label) == source,
            Action::DropEqual => return value(&self.target_label) != source,
            Action::Replace => self.replace(&source, labels),
            Action::Lowercase => set(labels, &self.target_label, source.to_lowercase()),
            Action::Uppercase => set(labels, &self.target_label, source.to_uppercase()),
            Action::HashMod => {
                let hash: [u8; 16] = Md5::digest(source.as_bytes()).into();
                let share = hash[8..]
                    .iter()
                    .fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
                let share = share.checked_rem(self.modulus).unwrap_or_default();
                set(labels, &self.target_label, share.to_string());
            }
            Action::LabelMap => {
                let matching = labels.iter().filter(|(name, _)| self.regex.is_match(name));
                let copies: Vec<(String, String)> = matching
                    .map(|(name, value)| {
                        let name = self.regex.replace_all(name, self.replacement.as_str());
                        (name.into_owned(), value.clone())
                    })
                    .collect();
                for (name, value) in copies {
                    set(labels, &name, value);
                }
            }
            Action::LabelDrop => labels.retain(|name, _| !self.regex.is_match(name)),
            Action::LabelKeep => labels.retain(|name, _| self.regex.is_match(name)),
        }
        true
    }

    fn replace(&self, source: &str, labels: &mut Set) {
        let Some(found) = self.regex.captures(source) else {
            return;
        };
        let (mut name, mut value) = (String::new(), String::new());
        found.expand(&self.target_label, &mut name);
        found.expand(&self.replacement, &mut value);
        if !name.is_empty() {
            set(labels, &name, value);
        }
    }
}

/// Writes a label; an empty value removes it.
pub(super) fn set(labels: &mut Set, name: &str, value: String) {
    match value.is_empty() {
        true => labels.remove(name),
        false => labels.insert(name.to_owned(), value),
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scrape::config::rules_of;

    fn set_of(text: &str) -> Set {
        let pairs = text
            .split_whitespace()
            .filter_map(|pair| pair.split_once('='));
        pairs
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    /// Expectations are those of Prometheus's own `relabel_test.go`, where it has the case.
    #[test]
    fn all_actions() {
        for (rule, before, after) in [
            (
                "{source_labels: [a], regex: f(.*), target_label: d, replacement: 'ch${1}-ch${1}'}",
                "a=foo b=bar",
                Some("a=foo b=bar d=choo-choo"),
            ),
            (
                "{source_labels: [a, b], regex: f(.*);(.*)r, target_label: a, replacement: 'b${1}${2}m'}",
                "a=foo b=bar c=baz",
                Some("a=boobam b=bar c=baz"),
            ),
            (
                "{source_labels: [a], regex: o, target_label: a, replacement: x}",
                "a=foo",
                Some("a=foo"),
            ),
            ("{regex: f, target_label: a}", "a=foo", Some("a=foo")),
            ("{source_labels: [b], target_label: a}", "a=foo", Some("")),
            ("{target_label: a, replacement: x}", "", Some("a=x")),
            (
                "{source_labels: [a], regex: '([^-]+)-.*', target_label: '${1}', replacement: v}",
                "a=some-name",
                Some("a=some-name some=v"),
            ),
            (
                "{source_labels: [a], action: drop, regex: .*o.*}",
                "a=foo",
                None,
            ),
            (
                "{source_labels: [a], action: drop, regex: o}",
                "a=foo",
                Some("a=foo"),
            ),
            (
                "{source_labels: [a], action: keep, regex: f.*}",
                "a=foo",
                Some("a=foo"),
            ),
            (
                "{source_labels: [x], action: keep, regex: f.*}",
                "a=foo",
                None,
            ),
            (
                "{source_labels: [a], action: keepequal, target_label: b}",
                "a=x b=x",
                Some("a=x b=x"),
            ),
            (
                "{source_labels: [a], action: keepequal, target_label: b}",
                "a=x b=y",
                None,
            ),
            (
                "{source_labels: [a], action: dropequal, target_label: b}",
                "a=x b=x",
                None,
            ),
            (
                "{source_labels: [c], target_label: d, action: hashmod, modulus: 1000}",
                "a=foo b=bar c=baz",
                Some("a=foo b=bar c=baz d=976"),
            ),
            (
                "{action: labelmap, regex: '(b.*)', replacement: 'x_$1'}",
                "a=foo b1=bar b2=baz",
                Some("a=foo b1=bar b2=baz x_b1=bar x_b2=baz"),
            ),
            (
                "{action: labeldrop, regex: b.*}",
                "a=foo b1=bar",
                Some("a=foo"),
            ),
            (
                "{action: labelkeep, regex: b.*}",
                "a=foo b1=bar",
                Some("b1=bar"),
            ),
            (
                "{source_labels: [a], action: uppercase, target_label: u}",
                "a=foO",
                Some("a=foO u=FOO"),
            ),
            (
                "{source_labels: [a], action: lowercase, target_label: u}",
                "a=foO",
                Some("a=foO u=foo"),
            ),
        ] {
            let rules = rules_of(&format!("[{rule}]")).unwrap();
            let mut labels = set_of(before);
            let kept = apply(&rules, &mut labels).is_ok();
            assert_eq!(kept.then_some(labels), after.map(set_of), "{rule}");
        }
    }
}
