//! Rules as data: the format of Prometheus rule files.
//!
//! <https://prometheus.io/docs/prometheus/latest/configuration/recording_rules/>,
//! <https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/>.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use model::{Labels, METRIC_NAME};
use yaml::Place;

use crate::Alert;
use crate::alert::Told;
use crate::template::{Base, Found, Scope, Template};

/// The annotation that says what an alert does while its series is not reported.
pub const NO_DATA: &str = "mcp_observatory_no_data";

/// Rules that are evaluated together, one after the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// The file it is from.
    pub file: String,
    /// Its name, once in its file.
    pub name: String,
    /// How often; as configured where missing.
    pub interval: Option<Duration>,
    /// How many series or alerts each rule may make; 0 is any number.
    pub limit: usize,
    /// How long before the time of an evaluation its rules look.
    pub query_offset: Option<Duration>,
    /// In order.
    pub rules: Vec<Entry>,
}

/// A rule of a group.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// Makes alerts.
    Alerting(Arc<Rule>),
    /// Makes series.
    Recording(Arc<Recording>),
}

impl Entry {
    /// The name of the alert, or of the metric.
    pub fn name(&self) -> &str {
        match self {
            Self::Alerting(rule) => &rule.name,
            Self::Recording(rule) => &rule.name,
        }
    }

    /// Whether both say the same, wherever in a file they stand.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Alerting(a), Self::Alerting(b)) => {
                let here = Rule {
                    at: b.at,
                    ..(**a).clone()
                };
                here == **b
            }
            (Self::Recording(a), Self::Recording(b)) => {
                let here = Recording {
                    at: b.at,
                    ..(**a).clone()
                };
                here == **b
            }
            _ => false,
        }
    }

    /// What is asked.
    pub fn expr(&self) -> &str {
        match self {
            Self::Alerting(rule) => &rule.expr,
            Self::Recording(rule) => &rule.expr,
        }
    }

    /// Labels that are added, templates as they are written.
    pub fn labels(&self) -> Vec<(&str, &str)> {
        match self {
            Self::Alerting(rule) => {
                let labels = rule.labels.iter();
                labels
                    .map(|(name, text)| (name.as_str(), text.text()))
                    .collect()
            }
            Self::Recording(rule) => rule
                .labels
                .iter()
                .map(|(n, v)| (n.as_str(), v.as_str()))
                .collect(),
        }
    }
}

/// One recording rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// The metric that it makes.
    pub name: String,
    /// What is asked.
    pub expr: String,
    /// Labels that are added to those of each series.
    pub labels: BTreeMap<String, String>,
    /// Where it stands.
    pub at: Place,
}

impl Recording {
    /// The labels of the series that it makes of another, its name included.
    pub fn series_labels(&self, series: &Labels) -> Labels {
        let others = series.iter().filter(|(name, _)| *name != METRIC_NAME);
        let own = self
            .labels
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        others
            .chain(own)
            .chain([(METRIC_NAME, self.name.as_str())])
            .collect()
    }
}

/// One alerting rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Its name, which becomes the label `alertname`.
    pub name: String,
    /// The condition: each series it returns is an alert.
    pub expr: String,
    /// How long the condition has to hold before the alert fires.
    pub hold: Duration,
    /// How long an alert fires on after the condition has ended.
    pub keep_firing: Duration,
    /// Labels added to those of the series.
    pub labels: BTreeMap<String, Template>,
    /// Texts: `summary`, `description`, …
    pub annotations: BTreeMap<String, Template>,
    /// What becomes of its alerts while their series are not reported; as configured where missing.
    pub no_data: Option<NoData>,
    /// Where it stands.
    pub at: Place,
}

/// What becomes of an alert while nothing is known of its series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoData {
    /// It ends at once, as in Prometheus.
    Ok,
    /// It stays: no data is no proof.
    Keep,
    /// That the series is gone is an alert, too.
    Alert,
    /// It stays for so long, and then ends.
    ResolveAfter(Duration),
}

impl NoData {
    /// Reads `ok`, `keep`, `alert` or `resolve after 15m`.
    ///
    /// # Errors
    /// A sentence that says what can be written.
    pub fn parse(text: &str) -> Result<Self, String> {
        let words: Vec<_> = text.split_whitespace().collect();
        match words.as_slice() {
            ["ok"] => Ok(Self::Ok),
            ["keep"] => Ok(Self::Keep),
            ["alert"] => Ok(Self::Alert),
            ["resolve", "after", time] => model::parse_duration(time).map(Self::ResolveAfter),
            _ => Err(format!(
                "{text:?} is not known; write ok, keep, alert or \"resolve after 15m\""
            )),
        }
    }
}

impl Rule {
    /// What it says about the series for which its condition holds; errors of templates are added to those known.
    ///
    /// # Errors
    /// When two series make the same alert: then it is open which of them it is about.
    pub fn tell(
        &self,
        found: &[Found],
        base: &Base<'_>,
        errors: &mut Vec<String>,
    ) -> Result<Vec<Told>, String> {
        let (mut told, mut known) = (Vec::with_capacity(found.len()), HashSet::new());
        for one in found {
            let scope = base.scope(one);
            let labels = self.alert_labels(&one.labels, &scope, errors);
            if !known.insert(labels.clone()) {
                return Err(format!(
                    "several series make the same alert {labels}: give the rule a label that tells them apart, or \
                     put them together in its expression (in Prometheus's words: vector contains metrics with the \
                     same labelset after applying alert labels)"
                ));
            }
            told.push(Told {
                series: one.labels.keep(|name| name != METRIC_NAME),
                labels,
                annotations: self.texts(&scope, errors),
                value: one.value,
            });
        }
        Ok(told)
    }

    /// The labels of the alert that a series makes, and the errors of their templates.
    pub fn alert_labels(
        &self,
        series: &Labels,
        scope: &Scope<'_>,
        errors: &mut Vec<String>,
    ) -> Labels {
        let mut pairs: BTreeMap<&str, String> = series
            .iter()
            .filter(|(name, _)| *name != METRIC_NAME)
            .map(|(name, value)| (name, value.to_owned()))
            .collect();
        for (name, template) in &self.labels {
            pairs.insert(name, template.shown(scope, errors));
        }
        pairs.insert("alertname", self.name.clone());
        pairs.into_iter().collect()
    }

    /// The texts of the alert that a series makes, and the errors of their templates.
    pub fn texts(&self, scope: &Scope<'_>, errors: &mut Vec<String>) -> BTreeMap<String, String> {
        let texts = self.annotations.iter();
        texts
            .map(|(name, template)| (name.clone(), template.shown(scope, errors)))
            .collect()
    }

    /// Whether an alert can be of this rule: the rule's labels, where they are no templates, are among its own, and
    /// what the alert has besides is of its series. So rules of one name do not end each other's alerts.
    pub fn could_be(&self, alert: &Alert) -> bool {
        let mut plain = self.labels.iter().filter(|(_, it)| it.is_plain());
        let has =
            |(name, template): (&String, &Template)| alert.labels.get(name) == template.text();
        let is_known = |(name, _): (&str, &str)| {
            let series = alert.series.as_ref();
            let is_of_series = series.is_none_or(|series| !series.get(name).is_empty());
            name == "alertname" || self.labels.contains_key(name) || is_of_series
        };
        alert.rule == self.name && plain.all(has) && alert.labels.iter().all(is_known)
    }
}

/// A rule for tests, as a file has it.
#[cfg(test)]
pub(crate) fn one_rule(text: &str) -> Rule {
    let file = format!("groups: [{{ name: g, rules: [{text}] }}]");
    let (mut groups, mistakes) = crate::read("test", &file, &|_| Ok(()));
    assert_eq!(mistakes, []);
    match groups.remove(0).rules.remove(0) {
        Entry::Alerting(rule) => (*rule).clone(),
        Entry::Recording(rule) => panic!("{rule:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(rule: &Rule, found: &[Found], errors: &mut Vec<String>) -> Result<Vec<Told>, String> {
        let nothing = BTreeMap::new();
        let base = Base {
            external_labels: &nothing,
            external_url: "",
            now_ms: 0,
            ask: &|_| Ok(Vec::new()),
        };
        rule.tell(found, &base, errors)
    }

    fn found(server: &str, value: f64) -> Found {
        let labels = Labels::new()
            .with(METRIC_NAME, "up")
            .with("server", server)
            .with("job", "j");
        Found { labels, value }
    }

    #[test]
    fn what_a_rule_says() {
        let rule = one_rule(
            "{ alert: Down, expr: up == 0, labels: { level: '{{ if gt $value 0.5 }}high{{ end }}', job: '' }, \
               annotations: { summary: '{{ $labels.server }} of {{ $labels.job }}: {{ $labels.__name__ }}' } }",
        );
        let mut errors = Vec::new();
        let told = told(&rule, &[found("a", 1.0), found("b", 0.0)], &mut errors).unwrap();
        let labels: Vec<_> = told.iter().map(|told| told.labels.to_string()).collect();
        assert_eq!(
            labels,
            [
                r#"{alertname="Down", level="high", server="a"}"#,
                r#"{alertname="Down", server="b"}"#
            ]
        );
        assert_eq!(told[0].annotations["summary"], "a of j: up");
        assert_eq!(told[0].series.to_string(), r#"{job="j", server="a"}"#);
        assert_eq!(errors, Vec::<String>::new());
        let alert = |told: &Told| Alert::begin(&rule, told, 0);
        assert!(told.iter().all(|told| rule.could_be(&alert(told))));
        for other in [
            "{ alert: Up, expr: up }",
            // It would have another label, or one less.
            "{ alert: Down, expr: up, labels: { team: x } }",
            "{ alert: Down, expr: up, labels: { job: '' } }",
        ] {
            assert!(!one_rule(other).could_be(&alert(&told[0])), "{other}");
        }
    }

    #[test]
    fn what_it_cannot_say() {
        let rule = one_rule(
            "{ alert: Down, expr: up, labels: { server: x, text: '{{ first (query \"x\") }}' } }",
        );
        let mut errors = Vec::new();
        let refused = told(&rule, &[found("a", 1.0), found("b", 0.0)], &mut errors).unwrap_err();
        assert!(
            refused.contains("same labelset") && refused.contains("server=\"x\""),
            "{refused}"
        );
        assert_eq!(errors.len(), 2);
    }

    #[test]
    fn treatments_of_missing_data() {
        let minute = Duration::from_secs(60);
        for (text, expected) in [
            ("ok", Some(NoData::Ok)),
            (" keep ", Some(NoData::Keep)),
            ("alert", Some(NoData::Alert)),
            ("resolve  after 1m", Some(NoData::ResolveAfter(minute))),
            ("resolve after soon", None),
            ("", None),
        ] {
            assert_eq!(NoData::parse(text).ok(), expected, "{text}");
        }
    }
}
