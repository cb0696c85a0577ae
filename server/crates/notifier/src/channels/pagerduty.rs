//! PagerDuty, by its Events API v2: <https://developer.pagerduty.com/docs/send-alert-event>.
//!
//! Settings: <https://prometheus.io/docs/alerting/latest/configuration/#pagerduty_config>.

use std::sync::Arc;

use async_trait::async_trait;
use model::Secrets;
use serde_json::{Map, Value as Json, json};
use sha2::{Digest as _, Sha256};

use super::entry::{Entry, Secret, Tree, truncated};
use super::sender::{SENDER, Sender, check_url, word};
use crate::channel::{Answer, Cause, Channel, Failure};
use crate::message::Message;
use crate::texts::{Filling, Written};

const API: &str = "https://events.pagerduty.com/v2/enqueue";
/// PagerDuty takes no longer summary, in letters.
const LONGEST_SUMMARY: usize = 1024;
/// PagerDuty takes no more of one event, in bytes: 512 kB.
const LARGEST: usize = 512_000;

struct PagerDuty {
    sender: Sender,
    url: String,
    routing_key: Secret,
    /// The summary, and the other values of `payload`.
    description: Written,
    payload: Vec<(&'static str, Written)>,
    outer: Vec<(&'static str, Written)>,
    details: Vec<(String, Tree)>,
    images: Vec<Vec<(&'static str, Written)>>,
    links: Vec<Vec<(&'static str, Written)>>,
}

pub(super) fn read(entry: &mut Entry<'_>) -> Option<Arc<dyn Channel>> {
    for name in ["service_key", "service_key_file"] {
        if let Some(node) = entry.get(name) {
            entry.wrong(node.at, format!("{name} is of PagerDuty's first API, which is not supported; use routing_key of Events API v2"));
        }
    }
    let mut known = vec![
        "routing_key",
        "routing_key_file",
        "service_key",
        "service_key_file",
        "url",
        "client",
        "client_url",
        "description",
        "severity",
        "source",
        "details",
        "images",
        "links",
        "component",
        "group",
        "class",
    ];
    known.extend(SENDER);
    entry.known(&known);
    let routing_key = entry.secret("routing_key");
    if routing_key.is_none()
        && entry.get("service_key").is_none()
        && entry.get("service_key_file").is_none()
    {
        entry.missing("routing_key");
    }
    let url = entry
        .text_or_global("url", "pagerduty_url")
        .unwrap_or(API)
        .to_owned();
    check_url(entry, "url", &url);
    let payload = [
        ("severity", "error"),
        ("class", ""),
        ("component", ""),
        ("group", ""),
    ]
    .map(|(name, otherwise)| (name, entry.template(name, otherwise)));
    let client = entry.template("client", r#"{{ template "pagerduty.default.client" . }}"#);
    let client_url = entry.template(
        "client_url",
        r#"{{ template "pagerduty.default.clientURL" . }}"#,
    );
    let source = match entry.get("source") {
        Some(node) => entry.template_in(node),
        None => client.clone(),
    };
    let details = details(entry);
    let images = several(entry, "images", ["src", "alt", "href"]);
    let links = several(entry, "links", ["href", "text", ""]);
    Some(Arc::new(PagerDuty {
        sender: Sender::read(entry, true)?,
        url,
        routing_key: routing_key?,
        description: entry.template(
            "description",
            r#"{{ template "pagerduty.default.description" . }}"#,
        ),
        payload: payload.into_iter().chain([("source", source)]).collect(),
        outer: vec![("client", client), ("client_url", client_url)],
        details,
        images,
        links,
    }))
}

/// What is told besides: Alertmanager's four, and those of the entry.
fn details(entry: &mut Entry<'_>) -> Vec<(String, Tree)> {
    let mut details = Vec::new();
    for (name, text) in [
        (
            "firing",
            r#"{{ template "pagerduty.default.instances" .Alerts.Firing }}"#,
        ),
        (
            "resolved",
            r#"{{ template "pagerduty.default.instances" .Alerts.Resolved }}"#,
        ),
        ("num_firing", "{{ .Alerts.Firing | len }}"),
        ("num_resolved", "{{ .Alerts.Resolved | len }}"),
    ] {
        details.push((name.to_owned(), Tree::Text(entry.parsed(entry.at, text))));
    }
    if let Some(node) = entry.get("details") {
        match entry.tree(node) {
            Tree::Map(pairs) => {
                details.retain(|(name, _)| pairs.iter().all(|(own, _)| own != name));
                details.extend(pairs);
            }
            _ => entry.wrong(node.at, "details is a map"),
        }
    }
    details
}

fn several(
    entry: &mut Entry<'_>,
    list: &str,
    names: [&'static str; 3],
) -> Vec<Vec<(&'static str, Written)>> {
    let names: Vec<_> = names.into_iter().filter(|name| !name.is_empty()).collect();
    let mut all = Vec::new();
    for node in entry.list(list) {
        all.push(entry.within(list, node, |entry| {
            entry.known(&names);
            names
                .iter()
                .map(|name| (*name, entry.template(name, "")))
                .collect()
        }));
    }
    all
}

/// What says something, of entries whose first value does.
fn filled(all: &[Vec<(&'static str, Written)>], filling: &mut Filling<'_>) -> Vec<Json> {
    let mut shown = Vec::new();
    for values in all {
        let mut map = Map::new();
        for (name, written) in values {
            let text = filling.bare(written);
            if !text.is_empty() {
                map.insert((*name).to_owned(), Json::from(text));
            }
        }
        if values
            .first()
            .is_some_and(|(first, _)| map.contains_key(*first))
        {
            shown.push(Json::Object(map));
        }
    }
    shown
}

/// Names the group to PagerDuty, the same while it lives: as Alertmanager does it.
fn dedup_key(message: &Message) -> String {
    let hash = Sha256::digest(message.group_key.as_bytes());
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl PagerDuty {
    fn event(&self, message: &Message, routing_key: &str) -> Json {
        let mut filling = self.sender.filling(message);
        let mut details = Map::new();
        for (name, tree) in &self.details {
            details.insert(
                name.clone(),
                tree.filled(&mut |written| filling.text(written)),
            );
        }
        let images = filled(&self.images, &mut filling);
        let links = filled(&self.links, &mut filling);
        let mut payload = Map::new();
        for (name, written) in &self.payload {
            let text = filling.bare(written);
            if !text.is_empty() {
                payload.insert((*name).to_owned(), Json::from(text));
            }
        }
        // PagerDuty takes no event without these.
        payload
            .entry("severity")
            .or_insert_with(|| Json::from("error"));
        payload
            .entry("source")
            .or_insert_with(|| Json::from("Alertmanager"));
        let mut event = json!({
            "routing_key": routing_key,
            "event_action": if message.status() == "firing" { "trigger" } else { "resolve" },
            "dedup_key": dedup_key(message),
        });
        for (name, written) in &self.outer {
            event[*name] = Json::from(filling.bare(written));
        }
        if let Some(failed) = filling.unsaid() {
            details.insert("template_error".to_owned(), Json::from(failed));
        }
        payload.insert(
            "summary".to_owned(),
            Json::from(truncated(filling.text(&self.description), LONGEST_SUMMARY)),
        );
        payload.insert("custom_details".to_owned(), Json::Object(details));
        event["payload"] = Json::Object(payload);
        for (name, list) in [("images", images), ("links", links)] {
            if !list.is_empty() {
                event[name] = Json::from(list);
            }
        }
        if event.to_string().len() > LARGEST {
            event["payload"]["custom_details"] = json!({
                "error": "the details are left out, because with them the event is larger than PagerDuty takes (512 kB)",
            });
        }
        event
    }
}

#[async_trait]
impl Channel for PagerDuty {
    async fn send(&self, message: &Message) -> Result<Answer, Failure> {
        let key = word(&self.routing_key).await?;
        // One receiver can tell many services: the key may be a template.
        let key = Written::parse(&key)
            .and_then(|written| self.sender.filling(message).needed(&written))
            .map_err(|error| Failure::new(Cause::Template, format!("routing_key: {error}")))?;
        let event = self.event(message, &key);
        self.sender
            .post(message, &self.url, &event, Secrets::of([&*key]))
            .await
    }

    fn kind(&self) -> &'static str {
        "pagerduty"
    }

    fn sends_resolved(&self) -> bool {
        self.sender.sends_resolved
    }

    fn target(&self) -> String {
        super::http::shown(&self.url)
    }
}
