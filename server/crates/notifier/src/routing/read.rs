//! The whole file: each part is read, then whether names that are used are defined.

use std::collections::{BTreeMap, HashMap};

use yaml::{Node, Place};

use super::routes::Used;
use super::values::{Fields, Reading};
use super::{Interval, Mistake, ReadChannel, Receiver, Rota, Routing};
use crate::Inhibition;

const FIELDS: &[&str] = &[
    "global",
    "route",
    "inhibit_rules",
    "receivers",
    "templates",
    "mute_time_intervals",
    "time_intervals",
    "escalations",
    "rotas",
    "heartbeats",
    "tracing",
];
/// Alertmanager's, as of 0.34. What channels make of them is said where channels are read.
const GLOBAL: &[&str] = &[
    "resolve_timeout",
    "http_config",
    "smtp_from",
    "smtp_hello",
    "smtp_smarthost",
    "smtp_auth_username",
    "smtp_auth_password",
    "smtp_auth_password_file",
    "smtp_auth_secret",
    "smtp_auth_secret_file",
    "smtp_auth_identity",
    "smtp_require_tls",
    "smtp_tls_config",
    "smtp_force_implicit_tls",
    "slack_api_url",
    "slack_api_url_file",
    "slack_app_token",
    "slack_app_token_file",
    "slack_app_url",
    "pagerduty_url",
    "opsgenie_api_url",
    "opsgenie_api_key",
    "opsgenie_api_key_file",
    "wechat_api_url",
    "wechat_api_secret",
    "wechat_api_secret_file",
    "wechat_api_corp_id",
    "victorops_api_url",
    "victorops_api_key",
    "victorops_api_key_file",
    "telegram_api_url",
    "telegram_bot_token",
    "telegram_bot_token_file",
    "webex_api_url",
    "jira_api_url",
    "rocketchat_api_url",
    "rocketchat_token",
    "rocketchat_token_file",
    "rocketchat_token_id",
    "rocketchat_token_id_file",
    "mattermost_webhook_url",
    "mattermost_webhook_url_file",
];

/// Reads such a file.
///
/// # Errors
/// Everything that is wrong with it, in the order of places.
pub fn read(text: &str, channel: &ReadChannel) -> Result<Routing, Vec<Mistake>> {
    let mut reading = Reading::default();
    let routing = match yaml::documents(text) {
        Ok(documents) => match documents.as_slice() {
            [document] => reading.file(document, channel),
            [] => {
                reading.wrong(
                    Place::default(),
                    "nothing is written; a route and a receiver are needed",
                );
                None
            }
            [_, second, ..] => {
                reading.wrong(second.at, "a second document begins here; one is read");
                None
            }
        },
        Err(broken) => {
            reading.wrong(broken.at, format!("this is no YAML: {}", broken.message));
            None
        }
    };
    let Reading { mut mistakes, .. } = reading;
    mistakes.sort_by_key(|mistake| mistake.at);
    match routing {
        Some(routing) if mistakes.is_empty() => Ok(routing),
        _ => Err(mistakes),
    }
}

impl Reading {
    fn file(&mut self, document: &Node, channel: &ReadChannel) -> Option<Routing> {
        let fields = self.fields(document, "the file", FIELDS)?;
        let global = fields.get("global");
        let resolve_timeout_ms = self.global(global);
        if let Some(tracing) = fields.get("tracing") {
            self.ignore(tracing.at, "tracing has no effect here");
        }
        let (receivers, rotas_used) = self.receivers(&fields, global, channel);
        let mut used = Vec::new();
        let root = match fields.get("route") {
            Some(node) => self.root(node, &mut used),
            None => {
                self.wrong(document.at, "there is no route");
                None
            }
        };
        let intervals = self.intervals(&fields);
        let mut escalations = BTreeMap::new();
        for node in self.list(fields.get("escalations")) {
            let Some((name, escalation)) = self.escalation(node) else {
                continue;
            };
            for step in &escalation.steps {
                used.push(Used::Receiver(node.at, step.receiver.clone()));
            }
            if escalations.insert(name.clone(), escalation).is_some() {
                self.wrong(node.at, format!("there are two escalations {name:?}"));
            }
        }
        let mut rotas = BTreeMap::<String, Rota>::new();
        for node in self.list(fields.get("rotas")) {
            let Some(rota) = self.rota(node) else {
                continue;
            };
            for person in &rota.people {
                used.push(Used::Receiver(node.at, person.receiver.clone()));
            }
            let name = rota.name.clone();
            if rotas.insert(name.clone(), rota).is_some() {
                self.wrong(node.at, format!("there are two rotas {name:?}"));
            }
        }
        let mut heartbeats = Vec::new();
        for node in self.list(fields.get("heartbeats")) {
            if let Some(heartbeat) = self.heartbeat(node) {
                used.push(Used::Receiver(node.at, heartbeat.receiver.clone()));
                heartbeats.push(heartbeat);
            }
        }
        for (at, name) in rotas_used {
            if !rotas.contains_key(&name) {
                self.wrong(at, format!("there is no rota {name:?}"));
            }
        }
        for used in used {
            let (at, what, name, is_known) = match &used {
                Used::Receiver(at, name) => (at, "receiver", name, receivers.contains_key(name)),
                Used::Interval(at, name) => {
                    (at, "time interval", name, intervals.contains_key(name))
                }
                Used::Escalation(at, name) => {
                    (at, "escalation", name, escalations.contains_key(name))
                }
            };
            if !is_known {
                self.wrong(*at, format!("there is no {what} {name:?}"));
            }
        }
        let inhibitions = self.inhibitions(fields.get("inhibit_rules"));
        let templates = self.texts(fields.get("templates"));
        Some(Routing {
            root: root?,
            receivers,
            inhibitions,
            intervals,
            templates: templates.into_iter().map(|(_, name)| name).collect(),
            escalations,
            rotas,
            heartbeats,
            resolve_timeout_ms,
            ignored: std::mem::take(&mut self.ignored),
        })
    }

    fn global(&mut self, node: Option<&Node>) -> i64 {
        const RESOLVE_TIMEOUT_MS: i64 = 300_000;
        let Some(node) = node else {
            return RESOLVE_TIMEOUT_MS;
        };
        let Some(fields) = self.fields(node, "global", GLOBAL) else {
            return RESOLVE_TIMEOUT_MS;
        };
        for (one, other) in [
            ("slack_api_url", "slack_api_url_file"),
            ("smtp_auth_password", "smtp_auth_password_file"),
            ("smtp_auth_secret", "smtp_auth_secret_file"),
        ] {
            if let (Some(_), Some(second)) = (fields.get(one), fields.get(other)) {
                self.wrong(second.at, format!("write one of {one} and {other}"));
            }
        }
        let timeout = self.duration(fields.get("resolve_timeout"));
        timeout.unwrap_or(RESOLVE_TIMEOUT_MS)
    }

    fn receivers(
        &mut self,
        fields: &Fields,
        global: Option<&Node>,
        channel: &ReadChannel,
    ) -> (BTreeMap<String, Receiver>, Vec<(Place, String)>) {
        let (mut receivers, mut rotas) = (BTreeMap::new(), Vec::new());
        for node in self.list(fields.get("receivers")) {
            let Some((receiver, named)) = self.receiver(node, global, channel) else {
                continue;
            };
            rotas.extend(named);
            let name = receiver.name.clone();
            if receivers.insert(name.clone(), receiver).is_some() {
                self.wrong(node.at, format!("there are two receivers {name:?}"));
            }
        }
        (receivers, rotas)
    }

    fn intervals(&mut self, fields: &Fields) -> BTreeMap<String, Interval> {
        let mut intervals = BTreeMap::new();
        let mut places = HashMap::new();
        for part in ["mute_time_intervals", "time_intervals"] {
            for node in self.list(fields.get(part)) {
                let known = ["name", "time_intervals"];
                let Some(fields) = self.fields(node, "an entry of time_intervals", &known) else {
                    continue;
                };
                let name = self.needed(node.at, fields.get("name"), "the name of an interval");
                let interval = self.interval(fields.get("time_intervals"));
                let Some(name) = name else {
                    continue;
                };
                if let Some(first) = places.insert(name.to_owned(), node.at) {
                    let text = format!("there are two time intervals {name:?}, one at {first}");
                    self.wrong(node.at, text);
                }
                intervals.insert(name.to_owned(), interval);
            }
        }
        intervals
    }

    fn inhibitions(&mut self, node: Option<&Node>) -> Vec<Inhibition> {
        const KNOWN: &[&str] = &[
            "name",
            "source_match",
            "source_match_re",
            "source_matchers",
            "target_match",
            "target_match_re",
            "target_matchers",
            "equal",
        ];
        let mut rules = Vec::new();
        for node in self.list(node) {
            let Some(fields) = self.fields(node, "an inhibition rule", KNOWN) else {
                continue;
            };
            let (mut source, mut target) = (Vec::new(), Vec::new());
            self.all_matchers(
                fields.get("source_match"),
                fields.get("source_match_re"),
                &mut source,
            );
            self.matchers(fields.get("source_matchers"), &mut source);
            self.all_matchers(
                fields.get("target_match"),
                fields.get("target_match_re"),
                &mut target,
            );
            self.matchers(fields.get("target_matchers"), &mut target);
            let equal = self.texts(fields.get("equal"));
            rules.push(Inhibition {
                source,
                target,
                equal: equal.into_iter().map(|(_, name)| name).collect(),
            });
        }
        rules
    }
}
