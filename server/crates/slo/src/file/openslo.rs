//! OpenSLO's files: documents of `openslo/v1` and `openslo/v1alpha`, and what many write of both.
//!
//! An SLO of several objectives becomes several objectives, numbered from 1 in the order of the file.

mod metric;

use std::collections::BTreeMap;

use yaml::{Kind, Node, Place};

use super::sloth::owner;
use super::values::{Fields, Unknown, part_of_percent};
use super::{Draft, Reader};
use crate::query::is_label;
use crate::{Gaps, Objective, Window};
use metric::{Goal, Metric};

const SPEC: &[&str] = &[
    "description",
    "service",
    "indicator",
    "indicatorRef",
    "timeWindow",
    "timeWindows",
    "budgetingMethod",
    "objectives",
    "alertPolicies",
];
const OBJECTIVE: &[&str] = &[
    "displayName",
    "op",
    "value",
    "target",
    "targetPercent",
    "timeSliceTarget",
    "timeSliceWindow",
    "ratioMetric",
    "ratioMetrics",
    "indicator",
    "indicatorRef",
];

impl Reader<'_> {
    /// A document among all of OpenSLO in the same file.
    pub(super) fn openslo(&mut self, document: &Node, all: &[&Node]) {
        let version = document.text_of("apiVersion").unwrap_or_default();
        if !matches!(version, "openslo/v1" | "openslo.com/v1" | "openslo/v1alpha") {
            self.wrong(
                document.at,
                format!("apiVersion {version:?} is not known; write openslo/v1 or openslo/v1alpha"),
            );
            return;
        }
        let kind = document.text_of("kind").unwrap_or_default();
        match kind {
            "SLO" => self.openslo_slo(document, all),
            // Read where they are referred to.
            "SLI" | "DataSource" => {
                let (name, by) = match kind {
                    "SLI" => (metadata_name(document), "indicatorRef"),
                    _ => (metadata_name(document), "metricSourceRef"),
                };
                if !all.iter().any(|one| refers(one, by, name)) {
                    self.ignore(document.at, format!("{kind} {name} has no effect: no {by} names it"));
                }
            }
            "Service" | "AlertPolicy" | "AlertCondition" | "AlertNotificationTarget" => {
                let name = metadata_name(document);
                let why = match kind {
                    "Service" => "an objective names its service, and no more is needed",
                    "AlertNotificationTarget" => "receivers are in the file of routes",
                    _ => "alerts are made of the objective",
                };
                self.ignore(document.at, format!("{kind} {name} has no effect here: {why}"));
            }
            other => self.wrong(
                document.at,
                format!("kind {other:?} is none of OpenSLO's: SLO, SLI, DataSource, Service, AlertPolicy, …"),
            ),
        }
    }

    fn openslo_slo(&mut self, document: &Node, all: &[&Node]) {
        const DOCUMENT: &[&str] = &["apiVersion", "kind", "metadata", "spec"];
        let before = self.reading.mistakes.len();
        let Some(fields) = self.fields(document, "the SLO", DOCUMENT, Unknown::Ignored) else {
            return;
        };
        let about = self.metadata(&fields);
        let Some(spec) = fields.get("spec") else {
            self.wrong(document.at, "the SLO has no spec");
            return;
        };
        let Some(spec) = self.fields(spec, "spec", SPEC, Unknown::Ignored) else {
            return;
        };
        let (window, zone) = self.time_window(&spec);
        for policy in self.list(spec.get("alertPolicies")) {
            let name = policy.text_of("alertPolicyRef").map(str::to_owned);
            let name = name.unwrap_or_else(|| metadata_name(policy).to_owned());
            self.ignore(
                policy.at,
                format!(
                    "the alert policy {name} has no effect here: alerts are made of the objective"
                ),
            );
        }
        let mut description = self.text(spec.get("description"));
        if description.is_empty() {
            description.clone_from(&about.display_name);
        }
        let method = self.text(spec.get("budgetingMethod"));
        let objectives = self.list(spec.get("objectives"));
        if objectives.is_empty() {
            self.wrong(spec.at, "objectives is missing: a list with a target");
        }
        let of_spec = self.indicator(&spec, all);
        if of_spec.is_none() && self.reading.mistakes.len() > before {
            return;
        }
        // What is wrong with the whole is wrong with each.
        let is_sound = self.reading.mistakes.len() == before;
        for (number, node) in (1..).zip(objectives) {
            let before = if is_sound {
                self.reading.mistakes.len()
            } else {
                before
            };
            let Some(fields) = self.fields(node, "an objective", OBJECTIVE, Unknown::Ignored)
            else {
                continue;
            };
            let target = self.openslo_target(&fields);
            let metric = self.indicator(&fields, all).or_else(|| of_spec.clone());
            let Some(metric) = metric else {
                if self.reading.mistakes.len() == before {
                    self.wrong(
                        node.at,
                        "nothing says what is measured: indicator, indicatorRef or ratioMetrics",
                    );
                }
                continue;
            };
            let goal = Goal {
                method: &method,
                method_at: spec.place("budgetingMethod"),
                fields: &fields,
            };
            let indicator = self.of_metric(&metric, &goal);
            let (Some(indicator), Some((target, target_name))) = (indicator, target) else {
                continue;
            };
            let display_name = self.text(fields.get("displayName"));
            let objective = Objective {
                service: self.text(spec.get("service")),
                name: match objectives.len() {
                    1 => about.name.clone(),
                    _ => format!("{}-{number}", about.name),
                },
                description: match (objectives.len(), display_name.as_str()) {
                    (1, _) | (_, "") => description.clone(),
                    (_, name) if description.is_empty() => name.to_owned(),
                    (_, name) => format!("{description} ({name})"),
                },
                owner: owner(&about.labels),
                consequence: String::new(),
                labels: about.labels.clone(),
                indicator,
                target,
                window,
                zone: zone.clone(),
                gaps: Gaps::Ignored,
                excludes_maintenance: false,
                parts: Vec::new(),
                alert_name: String::new(),
                page: Some(BTreeMap::new()),
                ticket: Some(BTreeMap::new()),
                annotations: about.annotations.clone(),
                enabled: true,
            };
            let mut places = metric.places.clone();
            places.extend([
                ("service", (spec.place("service"), "service".to_owned())),
                ("name", (about.name_at, "name".to_owned())),
                (
                    "target_percent",
                    (fields.place(target_name), target_name.to_owned()),
                ),
                ("days", (spec.place("timeWindow"), "timeWindow".to_owned())),
                ("zone", (spec.place("timeWindow"), "timeWindow".to_owned())),
            ]);
            let at = match objectives.len() {
                1 => document.at,
                _ => node.at,
            };
            self.take(
                Draft {
                    objective,
                    at,
                    places,
                },
                before,
            );
        }
    }

    fn openslo_target(&mut self, fields: &Fields<'_>) -> Option<(f64, &'static str)> {
        let Some((name, node)) = fields.any(&["target", "targetPercent"]) else {
            self.wrong(
                fields.at,
                "target is missing: the part that has to be good, for instance 0.999",
            );
            return None;
        };
        let part = match name {
            "target" => self.number(node, name)?,
            _ => {
                let text = self.text(Some(node));
                let part = part_of_percent(text.trim());
                if part.is_none() {
                    self.wrong(node.at, format!("{name}: {text:?} is no number"));
                }
                part?
            }
        };
        if name == "target" && part > 1.0 {
            self.wrong(
                node.at,
                format!("target: {part} is more than all; it is a part, write 0.999 for 99.9 %, or targetPercent"),
            );
            return None;
        }
        Some((part, name))
    }

    /// The window, and the zone of calendar windows.
    fn time_window(&mut self, spec: &Fields<'_>) -> (Window, String) {
        const WINDOW: &[&str] = &["duration", "isRolling", "calendar", "count", "unit"];
        let usual = (Window::Rolling(30), "UTC".to_owned());
        let Some((name, node)) = spec.any(&["timeWindow", "timeWindows"]) else {
            return usual;
        };
        let node = match &node.is {
            Kind::List(items) => match items.as_slice() {
                [] => return usual,
                [one] => one,
                [_, second, ..] => {
                    self.wrong(
                        second.at,
                        format!("{name} has one window, and here begins a second"),
                    );
                    return usual;
                }
            },
            _ => node,
        };
        let Some(fields) = self.fields(node, name, WINDOW, Unknown::Ignored) else {
            return usual;
        };
        let text = self.text(fields.get("duration"));
        let (count, unit) = match fields.get("unit") {
            // Of v1alpha: a count and `Day`.
            Some(unit) => {
                let unit = self.text(Some(unit));
                let count = self.text(fields.get("count"));
                let short = match unit.as_str() {
                    "Month" => "M",
                    "Minute" => "m",
                    "Quarter" => "Q",
                    "Year" => "Y",
                    "Week" => "w",
                    "Day" => "d",
                    "Hour" => "h",
                    other => other,
                };
                (
                    if count.is_empty() {
                        "1".to_owned()
                    } else {
                        count
                    },
                    short.to_owned(),
                )
            }
            None => {
                let at = text
                    .trim()
                    .find(|c: char| !c.is_ascii_digit())
                    .unwrap_or(text.trim().len());
                let (count, unit) = text.trim().split_at(at);
                (count.to_owned(), unit.to_owned())
            }
        };
        let calendar = fields.get("calendar");
        let is_rolling = self.flag(fields.get("isRolling"), "isRolling", calendar.is_none());
        let zone = calendar.map_or_else(|| "UTC".to_owned(), |node| self.calendar(node));
        let Ok(count) = count.trim().parse::<u32>() else {
            self.wrong(
                node.at,
                format!("{name}: {text:?} is no window; write for instance duration: 30d and isRolling: true"),
            );
            return usual;
        };
        let days = match unit.as_str() {
            "d" => Some(1),
            "w" => Some(7),
            "M" => Some(30),
            "Q" => Some(90),
            "Y" => Some(365),
            _ => None,
        };
        let days = days.and_then(|days| count.checked_mul(days));
        let window = match (is_rolling, unit.as_str(), count, days) {
            (true, "M" | "Q" | "Y", _, Some(days)) => {
                self.ignore(
                    node.at,
                    format!("{name}: a rolling window of {count}{unit} is counted as {days} days"),
                );
                Window::Rolling(days)
            }
            (true, _, _, Some(days)) => Window::Rolling(days),
            (false, "M", 1, _) => Window::Month,
            (false, "Q", 1, _) | (false, "M", 3, _) => Window::Quarter,
            (false, ..) => {
                self.wrong(
                    node.at,
                    format!(
                        "{name}: a calendar window of {count}{unit} is not supported; write 1M, 1Q, or isRolling: true"
                    ),
                );
                return usual;
            }
            (true, _, _, None) => {
                self.wrong(
                    node.at,
                    format!("{name}: {count}{unit} is not supported; write days, for instance 30d"),
                );
                return usual;
            }
        };
        (window, zone)
    }

    /// The zone of a calendar. It begins with the month, whatever day it names.
    fn calendar(&mut self, node: &Node) -> String {
        let Some(fields) = self.fields(
            node,
            "calendar",
            &["startTime", "timeZone"],
            Unknown::Ignored,
        ) else {
            return "UTC".to_owned();
        };
        let start = self.text(fields.get("startTime"));
        let is_midnight = |time: &str| time.chars().all(|c| matches!(c, '0' | ':' | 'Z'));
        let is_first = start.get(8..10) == Some("01") && start.get(11..).is_none_or(is_midnight);
        if !(start.is_empty() || is_first) {
            self.ignore(
                fields.place("startTime"),
                format!("startTime {start}: calendar windows begin with the month or quarter, at midnight"),
            );
        }
        let zone = self.text(fields.get("timeZone"));
        if zone.is_empty() {
            "UTC".to_owned()
        } else {
            zone
        }
    }

    fn metadata(&mut self, fields: &Fields<'_>) -> About {
        const METADATA: &[&str] = &["name", "displayName", "labels", "annotations"];
        let empty = About {
            name_at: fields.at,
            ..About::default()
        };
        let Some(node) = fields.get("metadata") else {
            return empty;
        };
        let Some(metadata) = self.fields(node, "metadata", METADATA, Unknown::Ignored) else {
            return empty;
        };
        let mut kept = |name: &str| {
            let all = self.pairs(metadata.get(name), name);
            let (fit, others): (BTreeMap<_, _>, BTreeMap<_, _>) =
                all.into_iter().partition(|(name, _)| is_label(name));
            for other in others.into_keys() {
                self.ignore(
                    metadata.place(name),
                    format!(
                        "{other} of {name} has no effect here: Prometheus has no label of this name"
                    ),
                );
            }
            fit
        };
        let (labels, annotations) = (kept("labels"), kept("annotations"));
        About {
            name: self.text(metadata.get("name")),
            name_at: metadata.place("name"),
            display_name: self.text(metadata.get("displayName")),
            labels,
            annotations,
        }
    }

    /// What is measured, as a spec or an objective says it.
    fn indicator(&mut self, fields: &Fields<'_>, all: &[&Node]) -> Option<Metric> {
        if let Some((name, node)) = fields.any(&["ratioMetric", "ratioMetrics"]) {
            return self.ratio_metric(node, name, all);
        }
        if let Some(node) = fields.get("indicator") {
            return self.sli_spec(node, all);
        }
        let node = fields.get("indicatorRef")?;
        let name = self.text(Some(node));
        let found = all.iter().find(|document| {
            document.text_of("kind") == Some("SLI") && metadata_name(document) == name
        });
        match found {
            Some(document) => self.sli_spec(document, all),
            None => {
                self.wrong(
                    node.at,
                    format!(
                        "indicatorRef: there is no SLI {name:?} in this file; write it beside it"
                    ),
                );
                None
            }
        }
    }
}

/// What metadata say.
#[derive(Default)]
struct About {
    name: String,
    name_at: Place,
    display_name: String,
    labels: BTreeMap<String, String>,
    annotations: BTreeMap<String, String>,
}

/// Whether a value named `by` is a text, anywhere within.
fn refers(node: &Node, by: &str, text: &str) -> bool {
    match &node.is {
        Kind::Map(pairs) => pairs.iter().any(|(key, value)| {
            let is_it = key.name == by && matches!(&value.is, Kind::Text(is) if is == text);
            is_it || refers(value, by, text)
        }),
        Kind::List(items) => items.iter().any(|item| refers(item, by, text)),
        Kind::Text(_) | Kind::Nothing => false,
    }
}

/// The name in a document's metadata.
fn metadata_name(document: &Node) -> &str {
    let Kind::Map(pairs) = &document.is else {
        return "";
    };
    let metadata = pairs.iter().find(|(key, _)| key.name == "metadata");
    metadata
        .and_then(|(_, node)| node.text_of("name"))
        .unwrap_or_default()
}
