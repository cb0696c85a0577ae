//! Slack, and what understands its incoming webhooks: <https://docs.slack.dev/legacy/legacy-messaging/legacy-secondary-message-attachments>.
//!
//! Settings: <https://prometheus.io/docs/alerting/latest/configuration/#slack_config>.

use std::sync::Arc;

use async_trait::async_trait;
use model::Secrets;
use serde_json::{Map, Value as Json, json};

use super::entry::{Entry, Secret, truncated};
use super::sender::{Sender, shown, url, word};
use crate::channel::{Answer, Cause, Channel, Failure};
use crate::message::Message;
use crate::texts::{Filling, Written};

/// Slack shows no more of a title, in letters.
const LONGEST_TITLE: usize = 1024;

const KNOWN: &[&str] = &[
    "actions",
    "api_url",
    "api_url_file",
    "callback_id",
    "channel",
    "color",
    "fallback",
    "fields",
    "footer",
    "http_config",
    "icon_emoji",
    "icon_url",
    "image_url",
    "link_names",
    "message_text",
    "mrkdwn_in",
    "pretext",
    "send_resolved",
    "short_fields",
    "text",
    "thumb_url",
    "timeout",
    "title",
    "title_link",
    "username",
];

struct Slack {
    sender: Sender,
    url: Secret,
    links_names: bool,
    /// Values of the message itself.
    outer: Vec<(&'static str, Written)>,
    /// Values of its attachment, and whether an empty one is told.
    inner: Vec<(&'static str, Written, bool)>,
    fields: Vec<Field>,
    actions: Vec<Action>,
    markdown_in: Vec<String>,
}

struct Field {
    title: Written,
    value: Written,
    is_short: bool,
}

struct Action {
    values: Vec<(&'static str, Written)>,
    confirm: Vec<(&'static str, Written)>,
}

pub(super) fn read(entry: &mut Entry<'_>) -> Option<Arc<dyn Channel>> {
    entry.known(KNOWN);
    let url = url(entry, "api_url", "slack_api_url");
    let mut outer = Vec::new();
    for (name, otherwise) in [
        ("channel", ""),
        ("username", r#"{{ template "slack.default.username" . }}"#),
        (
            "icon_emoji",
            r#"{{ template "slack.default.iconemoji" . }}"#,
        ),
        ("icon_url", r#"{{ template "slack.default.iconurl" . }}"#),
        ("message_text", ""),
    ] {
        let told = if name == "message_text" { "text" } else { name };
        outer.push((told, entry.template(name, otherwise)));
    }
    let mut inner = Vec::new();
    for (name, otherwise, is_always) in [
        ("title", r#"{{ template "slack.default.title" . }}"#, false),
        (
            "title_link",
            r#"{{ template "slack.default.titlelink" . }}"#,
            false,
        ),
        (
            "pretext",
            r#"{{ template "slack.default.pretext" . }}"#,
            false,
        ),
        ("text", r#"{{ template "slack.default.text" . }}"#, true),
        (
            "fallback",
            r#"{{ template "slack.default.fallback" . }}"#,
            true,
        ),
        (
            "callback_id",
            r#"{{ template "slack.default.callbackid" . }}"#,
            true,
        ),
        ("image_url", "", false),
        ("thumb_url", "", false),
        ("footer", r#"{{ template "slack.default.footer" . }}"#, true),
        (
            "color",
            r#"{{ if eq .Status "firing" }}danger{{ else }}good{{ end }}"#,
            false,
        ),
    ] {
        inner.push((name, entry.template(name, otherwise), is_always));
    }
    let short = entry.flag("short_fields", false);
    let mut fields = Vec::new();
    for node in entry.list("fields") {
        fields.push(entry.within("fields", node, |entry| field(entry, short)));
    }
    let mut actions = Vec::new();
    for node in entry.list("actions") {
        actions.push(entry.within("actions", node, action));
    }
    let mut markdown_in = Vec::new();
    for node in entry.list("mrkdwn_in") {
        markdown_in.push(entry.template_in(node).as_str().to_owned());
    }
    if entry.get("mrkdwn_in").is_none() {
        markdown_in = ["fallback", "pretext", "text"].map(str::to_owned).to_vec();
    }
    Some(Arc::new(Slack {
        links_names: entry.flag("link_names", false),
        sender: Sender::read(entry, false)?,
        url: url?,
        outer,
        inner,
        fields,
        actions,
        markdown_in,
    }))
}

fn field(entry: &mut Entry<'_>, short: bool) -> Field {
    entry.known(&["title", "value", "short"]);
    for name in ["title", "value"] {
        if entry.get(name).is_none() {
            entry.missing(name);
        }
    }
    Field {
        title: entry.template("title", ""),
        value: entry.template("value", ""),
        is_short: entry.flag("short", short),
    }
}

fn action(entry: &mut Entry<'_>) -> Action {
    const NAMES: [&str; 6] = ["type", "text", "url", "style", "name", "value"];
    let known: Vec<_> = NAMES.into_iter().chain(["confirm"]).collect();
    entry.known(&known);
    for name in ["type", "text"] {
        if entry.get(name).is_none() {
            entry.missing(name);
        }
    }
    if entry.get("url").is_none() && entry.get("name").is_none() {
        entry.missing("url or name");
    }
    let values = NAMES
        .map(|name| (name, entry.template(name, "")))
        .into_iter()
        .collect();
    let confirm = match entry.get("confirm") {
        Some(node) => entry.within("confirm", node, confirm),
        None => Vec::new(),
    };
    Action { values, confirm }
}

fn confirm(entry: &mut Entry<'_>) -> Vec<(&'static str, Written)> {
    const NAMES: [&str; 4] = ["text", "title", "ok_text", "dismiss_text"];
    entry.known(&NAMES);
    if entry.get("text").is_none() {
        entry.missing("text");
    }
    NAMES
        .map(|name| (name, entry.template(name, "")))
        .into_iter()
        .collect()
}

/// What says something.
fn filled(values: &[(&'static str, Written)], filling: &mut Filling<'_>) -> Map<String, Json> {
    let mut map = Map::new();
    for (name, written) in values {
        let text = filling.text(written);
        if !text.is_empty() {
            map.insert((*name).to_owned(), Json::from(text));
        }
    }
    map
}

impl Slack {
    fn payload(&self, message: &Message) -> Json {
        let mut filling = self.sender.filling(message);
        let mut payload = Map::new();
        for (name, written) in &self.outer {
            // What fails here says who sends and where: the receiver's own default is better than an error.
            let text = match *name {
                "text" => filling.text(written),
                _ => filling.bare(written),
            };
            if !text.is_empty() {
                payload.insert((*name).to_owned(), Json::from(text));
            }
        }
        if self.links_names {
            payload.insert("link_names".to_owned(), Json::from(true));
        }
        let mut attachment = Map::new();
        for (name, written, is_always) in &self.inner {
            let text = match *name {
                "title" => truncated(filling.text(written), LONGEST_TITLE),
                "color" | "image_url" | "thumb_url" | "title_link" => filling.bare(written),
                _ => filling.text(written),
            };
            if *is_always || !text.is_empty() {
                attachment.insert((*name).to_owned(), Json::from(text));
            }
        }
        if let Some(failed) = filling.unsaid() {
            let text = attachment
                .get("text")
                .and_then(Json::as_str)
                .unwrap_or_default();
            let text = format!("{text}\n{failed}");
            attachment.insert("text".to_owned(), Json::from(text));
        }
        attachment.insert("mrkdwn_in".to_owned(), json!(self.markdown_in));
        let fields: Vec<_> = self
            .fields
            .iter()
            .map(|field| {
                json!({
                    "title": filling.text(&field.title),
                    "value": filling.text(&field.value),
                    "short": field.is_short,
                })
            })
            .collect();
        if !fields.is_empty() {
            attachment.insert("fields".to_owned(), Json::from(fields));
        }
        let actions: Vec<_> = self
            .actions
            .iter()
            .map(|action| {
                let mut values = filled(&action.values, &mut filling);
                if !action.confirm.is_empty() {
                    values.insert(
                        "confirm".to_owned(),
                        Json::Object(filled(&action.confirm, &mut filling)),
                    );
                }
                Json::Object(values)
            })
            .collect();
        if !actions.is_empty() {
            attachment.insert("actions".to_owned(), Json::from(actions));
        }
        payload.insert(
            "attachments".to_owned(),
            Json::from(vec![Json::Object(attachment)]),
        );
        Json::Object(payload)
    }
}

/// Slack's own API answers with a status of success when it does not take a message.
fn judged(answer: Answer) -> Result<Answer, Failure> {
    let Ok(said) = serde_json::from_str::<Json>(&answer.text) else {
        return Ok(answer);
    };
    let Some(false) = said.get("ok").and_then(Json::as_bool) else {
        return Ok(answer);
    };
    let error = said
        .get("error")
        .and_then(Json::as_str)
        .unwrap_or("no reason")
        .to_owned();
    let cause = match error.as_str() {
        "invalid_auth" | "not_authed" | "token_revoked" | "token_expired" | "account_inactive" => {
            Cause::Authentication
        }
        "ratelimited" | "rate_limited" => Cause::RateLimited,
        "internal_error" | "fatal_error" | "service_unavailable" => Cause::Server,
        _ => Cause::Client,
    };
    let mut failure = Failure::new(cause, format!("Slack does not take it: {error}"));
    failure.answer = Some(answer);
    Err(failure)
}

#[async_trait]
impl Channel for Slack {
    async fn send(&self, message: &Message) -> Result<Answer, Failure> {
        let url = word(&self.url).await?;
        let body = self.payload(message);
        let answered = self
            .sender
            .post(message, &url, &body, Secrets::default())
            .await;
        answered.and_then(judged)
    }

    fn kind(&self) -> &'static str {
        "slack"
    }

    fn sends_resolved(&self) -> bool {
        self.sender.sends_resolved
    }

    fn target(&self) -> String {
        let host = shown(&self.url);
        match self.outer.iter().find(|(name, _)| *name == "channel") {
            Some((_, channel)) if !channel.as_str().is_empty() => {
                format!("{} at {host}", channel.as_str())
            }
            _ => host,
        }
    }
}
