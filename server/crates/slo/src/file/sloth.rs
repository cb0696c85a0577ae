//! Sloth's files: `version: prometheus/v1`, and the resource `PrometheusServiceLevel` of Kubernetes, which has the same
//! in other spelling.

use std::collections::BTreeMap;

use yaml::{Node, Place};

use super::values::{Fields, Unknown};
use super::{Draft, Reader};
use crate::{Counted, Gaps, Indicator, Objective, Window};

const SLO: &[&str] = &[
    "name",
    "description",
    "objective",
    "labels",
    "sli",
    "alerting",
    "plugins",
];
const ALERTING: &[&str] = &[
    "name",
    "labels",
    "annotations",
    "page_alert",
    "pageAlert",
    "ticket_alert",
    "ticketAlert",
];
const EVENTS: &[&str] = &["error_query", "errorQuery", "total_query", "totalQuery"];
const RAW: &[&str] = &["error_ratio_query", "errorRatioQuery"];

impl Reader<'_> {
    pub(super) fn sloth(&mut self, document: &Node) {
        const FIELDS: &[&str] = &[
            "version",
            "service",
            "labels",
            "slos",
            "slo_plugins",
            "sloPlugins",
        ];
        let version = document.text_of("version").unwrap_or_default();
        if version != "prometheus/v1" {
            self.wrong(
                document.at,
                format!("version: {version:?} is not known; Sloth's files have prometheus/v1"),
            );
            return;
        }
        if let Some(fields) = self.fields(document, "a file of Sloth", FIELDS, Unknown::Ignored) {
            self.spec(&fields);
        }
    }

    /// A resource of Kubernetes.
    pub(super) fn resource(&mut self, document: &Node) {
        let version = document.text_of("apiVersion").unwrap_or_default();
        let kind = document.text_of("kind").unwrap_or_default();
        match (version, kind) {
            ("sloth.slok.dev/v1", "PrometheusServiceLevel") => {
                let known = ["apiVersion", "kind", "metadata", "spec"];
                let Some(fields) = self.fields(document, "the resource", &known, Unknown::Ignored) else {
                    return;
                };
                const SPEC: &[&str] = &["service", "labels", "slos", "sloPlugins"];
                match fields.get("spec") {
                    Some(spec) => {
                        if let Some(fields) = self.fields(spec, "spec", SPEC, Unknown::Ignored) {
                            self.spec(&fields);
                        }
                    }
                    None => self.wrong(document.at, "the resource has no spec, in which its slos are"),
                }
            }
            ("sloth.slok.dev/v1", "AlertWindows") => self.ignore(
                document.at,
                "AlertWindows has no effect here: windows of alerts are those of the SRE workbook, scaled with the window",
            ),
            _ => self.wrong(
                document.at,
                format!(
                    "apiVersion {version:?} with kind {kind:?} is not known; objectives are PrometheusServiceLevel of \
                     sloth.slok.dev/v1 and SLO of openslo/v1"
                ),
            ),
        }
    }

    fn spec(&mut self, fields: &Fields<'_>) {
        for name in ["slo_plugins", "sloPlugins"] {
            if fields.get(name).is_some() {
                self.ignore(
                    fields.place(name),
                    format!("{name} has no effect here: plugins are not run"),
                );
            }
        }
        let service = self.text(fields.get("service"));
        let labels = self.pairs(fields.get("labels"), "labels");
        let of_service = (fields.place("service"), "service".to_owned());
        for node in self.list(fields.get("slos")) {
            let before = self.reading.mistakes.len();
            if let Some(draft) = self.slo(node, &service, &labels, &of_service) {
                self.take(draft, before);
            }
        }
    }

    fn slo(
        &mut self,
        node: &Node,
        service: &str,
        of_service: &BTreeMap<String, String>,
        service_at: &(Place, String),
    ) -> Option<Draft> {
        let fields = self.fields(node, "an SLO", SLO, Unknown::Ignored)?;
        if fields.get("plugins").is_some() {
            self.ignore(
                fields.place("plugins"),
                "plugins has no effect here: plugins are not run",
            );
        }
        let name = self.text(fields.get("name"));
        let target = self.per_cent(fields.get("objective"), "objective", node.at);
        let mut places = BTreeMap::from([
            ("service", service_at.clone()),
            ("name", (fields.place("name"), "name".to_owned())),
            (
                "target_percent",
                (fields.place("objective"), "objective".to_owned()),
            ),
            ("labels", (fields.place("labels"), "labels".to_owned())),
            (
                "annotations",
                (fields.place("alerting"), "alerting".to_owned()),
            ),
            ("pages", (fields.place("alerting"), "alerting".to_owned())),
            ("tickets", (fields.place("alerting"), "alerting".to_owned())),
        ]);
        let indicator = match fields.get("sli") {
            Some(sli) => self.sli(sli, &mut places),
            None => {
                self.wrong(
                    node.at,
                    "sli is missing: what is measured, as events or raw",
                );
                None
            }
        };
        let mut labels = of_service.clone();
        labels.extend(self.pairs(fields.get("labels"), "labels"));
        let Alerting {
            name: alert_name,
            page,
            ticket,
            annotations,
        } = self.alerting(fields.get("alerting"));
        let objective = Objective {
            service: service.to_owned(),
            name,
            description: self.text(fields.get("description")),
            owner: owner(&labels),
            consequence: String::new(),
            labels,
            indicator: indicator?,
            target: target?,
            window: Window::Rolling(30),
            zone: "UTC".to_owned(),
            gaps: Gaps::Ignored,
            excludes_maintenance: false,
            parts: Vec::new(),
            alert_name,
            page,
            ticket,
            annotations,
            enabled: true,
        };
        Some(Draft {
            objective,
            at: node.at,
            places,
        })
    }

    fn sli(
        &mut self,
        node: &Node,
        places: &mut BTreeMap<&'static str, (Place, String)>,
    ) -> Option<Indicator> {
        let fields = self.fields(node, "sli", &["events", "raw", "plugin"], Unknown::Ignored)?;
        if let Some(events) = fields.get("events") {
            let events = self.fields(events, "events", EVENTS, Unknown::Ignored)?;
            let mut query = |reader: &mut Self, names: &[&'static str], field: &'static str| {
                let Some((name, node)) = events.any(names) else {
                    reader.wrong(events.at, format!("{} is missing", names[0]));
                    return None;
                };
                places.insert(field, (node.at, name.to_owned()));
                Some(reader.text(Some(node)))
            };
            let bad = query(self, &["error_query", "errorQuery"], "bad");
            let total = query(self, &["total_query", "totalQuery"], "total");
            return Some(Indicator::Events {
                counted: Counted::Bad,
                query: bad?,
                total: total?,
            });
        }
        if let Some(raw) = fields.get("raw") {
            let raw = self.fields(raw, "raw", RAW, Unknown::Ignored)?;
            let Some((name, node)) = raw.any(&["error_ratio_query", "errorRatioQuery"]) else {
                self.wrong(raw.at, "error_ratio_query is missing");
                return None;
            };
            places.insert("bad", (node.at, name.to_owned()));
            let error_ratio = self.text(Some(node));
            return Some(Indicator::Raw { error_ratio });
        }
        let at = fields.place("plugin");
        self.wrong(
            at,
            match fields.get("plugin") {
                Some(_) => "plugin is not supported: plugins are programs; write what it asks as events or raw",
                None => "sli has events or raw, and this has neither",
            },
        );
        None
    }

    fn alerting(&mut self, node: Option<&Node>) -> Alerting {
        let usual = || Alerting {
            name: String::new(),
            page: Some(BTreeMap::new()),
            ticket: Some(BTreeMap::new()),
            annotations: BTreeMap::new(),
        };
        let Some(node) = node else {
            return usual();
        };
        let Some(fields) = self.fields(node, "alerting", ALERTING, Unknown::Ignored) else {
            return usual();
        };
        let labels = self.pairs(fields.get("labels"), "labels");
        let annotations = self.pairs(fields.get("annotations"), "annotations");
        let mut one = |names: &[&'static str]| {
            const ALERT: &[&str] = &["disable", "labels", "annotations"];
            let mut all = labels.clone();
            let Some((name, node)) = fields.any(names) else {
                return Some(all);
            };
            let Some(alert) = self.fields(node, name, ALERT, Unknown::Ignored) else {
                return Some(all);
            };
            if alert.get("annotations").is_some() {
                let text = format!(
                    "annotations of {name} have no effect here; those of alerting are of both alerts"
                );
                self.ignore(alert.place("annotations"), text);
            }
            if self.flag(alert.get("disable"), "disable", false) {
                return None;
            }
            all.extend(self.pairs(alert.get("labels"), "labels"));
            Some(all)
        };
        let page = one(&["page_alert", "pageAlert"]);
        let ticket = one(&["ticket_alert", "ticketAlert"]);
        Alerting {
            name: self.text(fields.get("name")),
            page,
            ticket,
            annotations,
        }
    }
}

/// What a file says of the alerts of an objective.
struct Alerting {
    name: String,
    page: Option<BTreeMap<String, String>>,
    ticket: Option<BTreeMap<String, String>>,
    annotations: BTreeMap<String, String>,
}

/// Who answers for it, as labels usually say it.
pub(super) fn owner(labels: &BTreeMap<String, String>) -> String {
    let found = labels.get("owner").or(labels.get("team"));
    found.cloned().unwrap_or_default()
}
