//! ntfy: <https://docs.ntfy.sh/publish/#publish-as-json>.

use std::sync::Arc;

use async_trait::async_trait;
use model::Secrets;
use serde_json::{Value as Json, json};

use super::entry::{Entry, truncated, within_bytes};
use super::sender::{SENDER, Sender, check_url};
use crate::channel::{Answer, Cause, Channel, Failure};
use crate::message::Message;
use crate::texts::Written;

const API: &str = "https://ntfy.sh";
/// ntfy makes an attachment of a longer message, in bytes.
const LONGEST: usize = 4096;
const LONGEST_TITLE: usize = 250;

struct Ntfy {
    sender: Sender,
    url: String,
    topic: Written,
    title: Written,
    message: Written,
    /// 1 to 5.
    priority: Written,
    /// Between commas.
    tags: Written,
    click: Written,
}

pub(super) fn read(entry: &mut Entry<'_>) -> Option<Arc<dyn Channel>> {
    let mut known = vec![
        "click", "message", "priority", "tags", "title", "topic", "url",
    ];
    known.extend(SENDER);
    entry.known(&known);
    let url = entry.text("url").unwrap_or(API).to_owned();
    check_url(entry, "url", &url);
    entry.needed("topic")?;
    Some(Arc::new(Ntfy {
        sender: Sender::read(entry, true)?,
        topic: entry.template("topic", ""),
        title: entry.template("title", r#"{{ template "ntfy.default.title" . }}"#),
        message: entry.template("message", r#"{{ template "ntfy.default.message" . }}"#),
        priority: entry.template(
            "priority",
            r#"{{ if eq .Status "firing" }}4{{ else }}3{{ end }}"#,
        ),
        tags: entry.template(
            "tags",
            r#"{{ if eq .Status "firing" }}rotating_light{{ else }}white_check_mark{{ end }}"#,
        ),
        click: entry.template("click", r#"{{ template "__alertmanagerURL" . }}"#),
        url,
    }))
}

impl Ntfy {
    fn body(&self, message: &Message) -> Result<Json, Failure> {
        let mut filling = self.sender.filling(message);
        let topic = filling.needed(&self.topic);
        let topic =
            topic.map_err(|error| Failure::new(Cause::Template, format!("topic: {error}")))?;
        let title = truncated(filling.text(&self.title), LONGEST_TITLE);
        let mut body = json!({ "topic": topic, "title": title });
        let priority = filling.bare(&self.priority);
        if let Some(priority) = priority
            .trim()
            .parse::<u8>()
            .ok()
            .filter(|it| (1..=5).contains(it))
        {
            body["priority"] = Json::from(priority);
        }
        let tags = filling.bare(&self.tags);
        let tags: Vec<_> = tags
            .split(',')
            .map(str::trim)
            .filter(|tag| !tag.is_empty())
            .collect();
        if !tags.is_empty() {
            body["tags"] = json!(tags);
        }
        let click = filling.bare(&self.click);
        if !click.is_empty() {
            body["click"] = Json::from(click);
        }
        let text = filling.text(&self.message);
        let text = match filling.unsaid() {
            Some(failed) => format!("{failed}\n{text}"),
            None => text,
        };
        body["message"] = Json::from(within_bytes(text, LONGEST));
        Ok(body)
    }
}

#[async_trait]
impl Channel for Ntfy {
    async fn send(&self, message: &Message) -> Result<Answer, Failure> {
        let body = self.body(message)?;
        self.sender
            .post(message, &self.url, &body, Secrets::default())
            .await
    }

    fn kind(&self) -> &'static str {
        "ntfy"
    }

    fn sends_resolved(&self) -> bool {
        self.sender.sends_resolved
    }

    fn target(&self) -> String {
        format!(
            "{} at {}",
            self.topic.as_str(),
            super::http::shown(&self.url)
        )
    }
}
