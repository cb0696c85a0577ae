//! Relabelling rules as written.

use regex::Regex;
use serde::Deserialize;

use super::super::Reading;
use crate::scrape::relabel::{Action, Rule};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RawRule {
    source_labels: Vec<String>,
    separator: Option<String>,
    target_label: Option<String>,
    regex: Option<String>,
    modulus: Option<u64>,
    replacement: Option<String>,
    action: Option<String>,
}

pub(super) fn read(raw: Vec<RawRule>, key: &str, reading: &mut Reading<'_>) -> Vec<Rule> {
    let mut rules = Vec::new();
    for (place, rule) in raw.into_iter().enumerate() {
        match rule.into_rule() {
            Ok(rule) => rules.push(rule),
            Err((inner, message)) => reading.wrong(&format!("{key}[{place}].{inner}"), message),
        }
    }
    rules
}

impl RawRule {
    /// The rule; an error has the key that is wrong, and why.
    pub(super) fn into_rule(self) -> Result<Rule, (&'static str, String)> {
        let named = self.action.as_deref().unwrap_or("replace").to_lowercase();
        let known = Action::ALL.iter().find(|(name, _)| *name == named);
        let Some((_, action)) = known else {
            let names: Vec<_> = Action::ALL.iter().map(|(name, _)| *name).collect();
            return Err((
                "action",
                format!("{named:?} is none; known are {}", names.join(", ")),
            ));
        };
        let action = *action;
        let pattern = self.regex.unwrap_or_else(|| "(.*)".to_owned());
        let regex = Regex::new(&format!("^(?s:{pattern})$"));
        let regex = regex.map_err(|error| ("regex", error.to_string()))?;
        let target_label = self.target_label.unwrap_or_default();
        use Action::{DropEqual, HashMod, KeepEqual, Lowercase, Replace, Uppercase};
        let needs_target = [Replace, HashMod, Lowercase, Uppercase, KeepEqual, DropEqual];
        if needs_target.contains(&action) && target_label.is_empty() {
            return Err(("target_label", format!("is missing; {named} needs one")));
        }
        let modulus = self.modulus.unwrap_or_default();
        if action == HashMod && modulus == 0 {
            return Err((
                "modulus",
                "is missing; hashmod needs one of 1 or more".to_owned(),
            ));
        }
        Ok(Rule {
            action,
            source_labels: self.source_labels,
            separator: self.separator.unwrap_or_else(|| ";".to_owned()),
            pattern,
            regex,
            target_label,
            replacement: self.replacement.unwrap_or_else(|| "$1".to_owned()),
            modulus,
        })
    }
}
