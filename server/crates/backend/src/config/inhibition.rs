//! `alerts.inhibit_rules`: which alerts hold back which others, as Alertmanager's `inhibit_rules` say it.
//!
//! <https://prometheus.io/docs/alerting/latest/configuration/#inhibition-related-settings>

use std::collections::BTreeMap;

use notifier::{Inhibition, Matcher, Op, parse_matchers};
use serde::Deserialize;

use super::Mistakes;

/// Labels that say what an alert is about: a server of ours, a target that was scraped, or a check.
const ABOUT: [&str; 4] = ["alertname", "instance", "server", "check"];
/// The most rules.
const MOST: usize = 1_000;

/// A rule as it is written; the older names of the matchers too.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawInhibition {
    source_matchers: Vec<String>,
    target_matchers: Vec<String>,
    source_match: BTreeMap<String, String>,
    source_match_re: BTreeMap<String, String>,
    target_match: BTreeMap<String, String>,
    target_match_re: BTreeMap<String, String>,
    equal: Vec<String>,
}

/// Where nothing else is said: a critical alert holds back the warning of the same name about the same.
pub(super) fn default() -> Vec<Inhibition> {
    let severity = |value: &str| {
        Matcher::new("severity", Op::Equal, value)
            .into_iter()
            .collect()
    };
    vec![Inhibition {
        source: severity("critical"),
        target: severity("warning"),
        equal: ABOUT.map(str::to_owned).to_vec(),
    }]
}

/// Reads the rules; what is wrong with one is reported and the rule left out.
pub(super) fn read(raw: Vec<toml::Value>, mistakes: &mut Mistakes) -> Vec<Inhibition> {
    if raw.len() > MOST {
        mistakes.push(
            "alerts.inhibit_rules",
            format!("has more than {MOST} rules"),
        );
    }
    let mut rules = Vec::new();
    for (place, value) in raw.into_iter().take(MOST).enumerate() {
        let path = format!("alerts.inhibit_rules[{place}]");
        let raw = match value.try_into::<RawInhibition>() {
            Ok(raw) => raw,
            Err(error) => {
                mistakes.push(path, error.to_string().trim_end());
                continue;
            }
        };
        let source = side(
            &raw.source_matchers,
            &raw.source_match,
            &raw.source_match_re,
        );
        let target = side(
            &raw.target_matchers,
            &raw.target_match,
            &raw.target_match_re,
        );
        let mut all = |side: &str, read: Result<Vec<Matcher>, notifier::Wrong>| {
            let read =
                read.map_err(|error| mistakes.push(format!("{path}.{side}"), error.to_string()));
            read.ok()
        };
        let (source, target) = (
            all("source_matchers", source),
            all("target_matchers", target),
        );
        let (Some(source), Some(target)) = (source, target) else {
            continue;
        };
        if source.is_empty() && target.is_empty() {
            mistakes.push(path, "has neither source_matchers nor target_matchers");
            continue;
        }
        let equal = raw.equal;
        rules.push(Inhibition {
            source,
            target,
            equal,
        });
    }
    rules
}

fn side(
    matchers: &[String],
    equal: &BTreeMap<String, String>,
    matching: &BTreeMap<String, String>,
) -> Result<Vec<Matcher>, notifier::Wrong> {
    let mut side = Vec::new();
    for text in matchers {
        side.extend(parse_matchers(text)?);
    }
    for (op, pairs) in [(Op::Equal, equal), (Op::Matches, matching)] {
        for (name, value) in pairs {
            side.push(Matcher::new(name, op, value)?);
        }
    }
    Ok(side)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(text: &str) -> (Vec<Inhibition>, String) {
        let table: toml::Table = text.parse().unwrap();
        let raw = table["inhibit_rules"].as_array().unwrap().clone();
        let mut mistakes = Mistakes::default();
        let rules = read(raw, &mut mistakes);
        let said = mistakes.iter_errors().map(|mistake| format!("{mistake}\n"));
        (rules, said.collect())
    }

    #[test]
    fn both_ways_of_writing() {
        let (new, mistakes) = rules(
            r#"[[inhibit_rules]]
            source_matchers = ["severity=critical", "team=~\"a|b\""]
            target_matchers = ["severity=\"warning\""]
            equal = ["alertname"]"#,
        );
        assert_eq!(mistakes, "");
        let (old, mistakes) = rules(
            r#"[[inhibit_rules]]
            source_match = { severity = "critical" }
            source_match_re = { team = "a|b" }
            target_match = { severity = "warning" }
            equal = ["alertname"]"#,
        );
        assert_eq!((new, mistakes.as_str()), (old, ""));
        assert_eq!(default()[0].source.len(), 1);
        assert_eq!(default()[0].target.len(), 1);
    }

    #[test]
    fn mistakes_are_named_and_the_others_are_kept() {
        let (kept, mistakes) = rules(
            r#"inhibit_rules = [
                { source_matchers = ["a=~\"(\""], target_matchers = ["b=c"] },
                { source_matchers = ["a=b"], target_matchers = ["b"] },
                { sources = [] },
                { equal = ["a"] },
                { source_matchers = ["a=b"], target_matchers = ["b=c"] },
            ]"#,
        );
        assert_eq!(kept.len(), 1);
        for word in [
            "inhibit_rules[0].source_matchers",
            "no regular expression",
            "inhibit_rules[1].target_matchers",
            "follows the name",
            "inhibit_rules[2]",
            "unknown field",
            "inhibit_rules[3]",
            "neither",
        ] {
            assert!(mistakes.contains(word), "{word}: {mistakes}");
        }
    }
}
