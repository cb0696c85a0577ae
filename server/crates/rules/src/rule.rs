//! Rules as data: the format of Prometheus rule files.

use std::collections::BTreeMap;
use std::time::Duration;

use model::{Labels, parse_duration};
use serde::Deserialize;

/// One alerting rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Its name, which becomes the label `alertname`.
    pub name: String,
    /// The condition: each series it returns is an alert.
    pub expr: String,
    /// How long the condition has to hold before the alert fires.
    pub hold: Duration,
    /// Labels added to those of the series.
    pub labels: BTreeMap<String, String>,
    /// Texts with templates: `summary`, `description`, …
    pub annotations: BTreeMap<String, String>,
}

impl Rule {
    /// The labels of the alert that a series makes.
    pub fn alert_labels(&self, series: &Labels) -> Labels {
        let own = self
            .labels
            .iter()
            .fold(series.clone(), |labels, (n, v)| labels.with(n, v));
        own.with("alertname", &self.name)
    }
}

/// What is wrong with a rule file.
#[derive(Debug, thiserror::Error)]
pub enum RuleError {
    /// It is no YAML, or not of this form.
    #[error("rule file {file}: {message}")]
    Form {
        /// Its name.
        file: String,
        /// Where and what.
        message: String,
    },
    /// A rule of it cannot be used.
    #[error("rule file {file}: rule {rule}: {message}")]
    Rule {
        /// Its name.
        file: String,
        /// The rule's name.
        rule: String,
        /// What is wrong.
        message: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    groups: Vec<Group>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    #[serde(rename = "name")]
    _name: String,
    rules: Vec<RawRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    alert: String,
    expr: String,
    #[serde(rename = "for", default)]
    hold: Option<String>,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
}

/// Reads a rule file; its name is for messages.
///
/// # Errors
/// The first thing that is wrong with it, with its place.
pub fn parse_rules(file: &str, text: &str) -> Result<Vec<Rule>, RuleError> {
    let parsed: File = serde_saphyr::from_str(text).map_err(|error| RuleError::Form {
        file: file.to_owned(),
        message: error.to_string(),
    })?;
    let rules = parsed.groups.into_iter().flat_map(|group| group.rules);
    rules
        .map(|raw| {
            let hold = raw
                .hold
                .as_deref()
                .map_or(Ok(Duration::ZERO), parse_duration);
            let hold = hold.map_err(|message| RuleError::Rule {
                file: file.to_owned(),
                rule: raw.alert.clone(),
                message: format!("for: {message}"),
            })?;
            Ok(Rule {
                name: raw.alert,
                expr: raw.expr,
                hold,
                labels: raw.labels,
                annotations: raw.annotations,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"
groups:
  - name: mcp
    rules:
      - alert: MCPServerDown
        expr: mcp_server_up == 0
        for: 2m
        labels: { severity: critical }
        annotations:
          summary: "{{ $labels.server }} is down"
"#;

    #[test]
    fn reads_a_rule_file() {
        let rules = parse_rules("mcp.yml", FILE).unwrap();
        assert_eq!(rules.len(), 1);
        assert_eq!(rules[0].name, "MCPServerDown");
        assert_eq!(rules[0].hold, Duration::from_secs(120));
        let labels = rules[0].alert_labels(&Labels::new().with("server", "fs"));
        assert_eq!(
            labels.to_string(),
            r#"{alertname="MCPServerDown", server="fs", severity="critical"}"#
        );
    }

    #[test]
    fn names_what_is_wrong() {
        for (from, to, expected) in [
            ("for: 2m", "for: soon", "MCPServerDown: for: \"soon\""),
            ("for: 2m", "four: 2m", "four"),
            ("groups:", "group:", "group"),
            ("expr: mcp_server_up == 0", "expression: x", "expression"),
        ] {
            let error = parse_rules("mcp.yml", &FILE.replace(from, to)).unwrap_err();
            let message = error.to_string();
            assert!(message.contains("mcp.yml"), "{message}");
            assert!(message.contains(expected), "{expected}: {message}");
        }
    }
}
