//! The own short form: a list `objectives`.
//!
//! ```yaml
//! objectives:
//!   - service: mcp              # together with the name its id: mcp-availability
//!     name: availability
//!     description: Servers answer.
//!     owner: platform
//!     consequence: Page the on-call engineer.
//!     availability: mcp_server_up
//!     target: 99.9 %
//!     window: 30d               # or 4w, month, quarter; 30d where nothing is written
//!     zone: Europe/Berlin       # of months and quarters; UTC where nothing is written
//!     gaps: leave out           # or good, bad
//!     exclude_maintenance: true
//!     parts: [server]           # labels by which what was spent is told apart
//!     labels: { tier: "1" }     # of its series and alerts
//!     page: { severity: error } # or true, false; labels of the alert when it burns fast
//!     ticket: false
//! ```
//!
//! What is measured is one of: `good` (or `bad`) and `total`, rates with `{{.window}}` as their range; `error_ratio`, likewise;
//! `latency`, a histogram, and `threshold`; `good_minutes`, a condition; `availability`, series that are 1 or 0; `freshness`,
//! series, and `max_age`; `measured: true` for what people report.

use std::collections::BTreeMap;

use yaml::{Kind, Node};

use super::values::{Fields, Unknown};
use super::{Draft, Reader};
use crate::{Counted, Gaps, Indicator, Objective};

const FIELDS: &[&str] = &[
    "service",
    "name",
    "description",
    "owner",
    "consequence",
    "labels",
    "annotations",
    "alert_name",
    "good",
    "bad",
    "total",
    "error_ratio",
    "latency",
    "threshold",
    "good_minutes",
    "availability",
    "freshness",
    "max_age",
    "measured",
    "target",
    "window",
    "zone",
    "gaps",
    "exclude_maintenance",
    "parts",
    "page",
    "ticket",
    "enabled",
];
/// What says how something is measured; of `total`, `threshold` and `max_age` each belongs to another.
const INDICATORS: &[&str] = &[
    "good",
    "bad",
    "error_ratio",
    "latency",
    "good_minutes",
    "availability",
    "freshness",
    "measured",
];

impl Reader<'_> {
    pub(super) fn own(&mut self, document: &Node) {
        let Some(fields) = self.fields(document, "the file", &["objectives"], Unknown::Wrong)
        else {
            return;
        };
        for node in self.list(fields.get("objectives")) {
            let before = self.reading.mistakes.len();
            if let Some(draft) = self.own_objective(node) {
                self.take(draft, before);
            }
        }
    }

    fn own_objective(&mut self, node: &Node) -> Option<Draft> {
        let fields = self.fields(node, "an objective", FIELDS, Unknown::Wrong)?;
        let target = self.per_cent(fields.get("target"), "target", node.at);
        if let Some(target) = target
            && let Some(written) = node.text_of("target")
            && target < 0.01
            && target > 0.0
            && !written.contains('%')
        {
            self.wrong(
                fields.place("target"),
                format!("target: {written} is less than one per cent; targets are in per cent: write 99.9 for 0.999, or {written} % if it is meant"),
            );
        }
        let indicator = self.own_indicator(&fields);
        let gaps = match self.text(fields.get("gaps")).as_str() {
            "" | "leave out" | "ignore" => Gaps::Ignored,
            "good" | "count as good" => Gaps::Good,
            "bad" | "count as bad" => Gaps::Bad,
            other => {
                self.wrong(
                    fields.place("gaps"),
                    format!(
                        "gaps: minutes without data are good, bad, or leave out, not {other:?}"
                    ),
                );
                Gaps::Ignored
            }
        };
        let parts = self.list(fields.get("parts")).iter();
        let parts = parts.map(|part| self.text(Some(part))).collect();
        let zone = self.text(fields.get("zone"));
        let objective = Objective {
            service: self.text(fields.get("service")),
            name: self.text(fields.get("name")),
            description: self.text(fields.get("description")),
            owner: self.text(fields.get("owner")),
            consequence: self.text(fields.get("consequence")),
            labels: self.pairs(fields.get("labels"), "labels"),
            indicator: indicator?,
            target: target?,
            window: self.window(fields.get("window"), "window"),
            zone: if zone.is_empty() {
                "UTC".to_owned()
            } else {
                zone
            },
            gaps,
            excludes_maintenance: self.flag(
                fields.get("exclude_maintenance"),
                "exclude_maintenance",
                false,
            ),
            parts,
            alert_name: self.text(fields.get("alert_name")),
            page: self.own_alert(fields.get("page"), "page"),
            ticket: self.own_alert(fields.get("ticket"), "ticket"),
            annotations: self.pairs(fields.get("annotations"), "annotations"),
            enabled: self.flag(fields.get("enabled"), "enabled", true),
        };
        let good = match objective.indicator {
            Indicator::Slices { .. } => "good_minutes",
            _ => "good",
        };
        let bad = match objective.indicator {
            Indicator::Raw { .. } => "error_ratio",
            _ => "bad",
        };
        let (metric, threshold) = match objective.indicator {
            Indicator::Availability { .. } => ("availability", "threshold"),
            Indicator::Freshness { .. } => ("freshness", "max_age"),
            _ => ("latency", "threshold"),
        };
        let names = [
            ("service", "service"),
            ("name", "name"),
            ("target_percent", "target"),
            ("days", "window"),
            ("zone", "zone"),
            ("parts", "parts"),
            ("labels", "labels"),
            ("annotations", "annotations"),
            ("pages", "page"),
            ("tickets", "ticket"),
            ("good", good),
            ("bad", bad),
            ("total", "total"),
            ("metric", metric),
            ("threshold_seconds", threshold),
        ];
        let places = names.map(|(field, name)| (field, (fields.place(name), name.to_owned())));
        Some(Draft {
            objective,
            at: node.at,
            places: places.into(),
        })
    }

    fn own_indicator(&mut self, fields: &Fields<'_>) -> Option<Indicator> {
        let given: Vec<_> = INDICATORS
            .iter()
            .copied()
            .filter(|name| fields.get(name).is_some())
            .collect();
        let name = match given.as_slice() {
            [one] => *one,
            [] => {
                self.wrong(
                    fields.at,
                    "nothing says what is measured: write good and total, bad and total, error_ratio, latency and \
                     threshold, good_minutes, availability, freshness and max_age, or measured",
                );
                return None;
            }
            [one, other, ..] => {
                self.wrong(
                    fields.place(other),
                    format!("an objective measures one thing, and this has {one} and {other}; make two of it"),
                );
                return None;
            }
        };
        for (more, of) in [
            ("total", &["good", "bad"][..]),
            ("threshold", &["latency"]),
            ("max_age", &["freshness"]),
        ] {
            match (of.contains(&name), fields.get(more).is_some()) {
                (true, false) => {
                    self.wrong(fields.place(name), format!("{name} needs {more} beside it"));
                    return None;
                }
                (false, true) => {
                    self.wrong(
                        fields.place(more),
                        format!("{more} is of {}; {name} has none", of.join(" or ")),
                    );
                }
                _ => {}
            }
        }
        let text = |reader: &mut Self, name: &str| reader.text(fields.get(name));
        Some(match name {
            "good" | "bad" => Indicator::Events {
                counted: if name == "good" {
                    Counted::Good
                } else {
                    Counted::Bad
                },
                query: text(self, name),
                total: text(self, "total"),
            },
            "error_ratio" => Indicator::Raw {
                error_ratio: text(self, name),
            },
            "latency" => Indicator::Latency {
                histogram: text(self, name),
                threshold: self.seconds(fields.get("threshold"), "threshold")?,
            },
            "good_minutes" => Indicator::Slices {
                condition: text(self, name),
            },
            "availability" => Indicator::Availability {
                metric: text(self, name),
            },
            "freshness" => Indicator::Freshness {
                metric: text(self, name),
                max_age: self.seconds(fields.get("max_age"), "max_age")?,
            },
            _ => {
                if !self.flag(fields.get(name), name, true) {
                    self.wrong(fields.place(name), "measured is true, or is not written");
                }
                Indicator::Measured
            }
        })
    }

    /// Whether there is an alert, and its labels: `true`, `false` or a map.
    fn own_alert(&mut self, node: Option<&Node>, name: &str) -> Option<BTreeMap<String, String>> {
        match node {
            Some(
                node @ Node {
                    is: Kind::Map(_), ..
                },
            ) => Some(self.pairs(Some(node), "labels")),
            node => self.flag(node, name, true).then(BTreeMap::new),
        }
    }
}
