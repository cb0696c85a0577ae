//! Discord, by a webhook of a channel: <https://discord.com/developers/docs/resources/webhook#execute-webhook>.
//!
//! Settings: <https://prometheus.io/docs/alerting/latest/configuration/#discord_config>.

use std::sync::Arc;

use async_trait::async_trait;
use model::Secrets;
use serde_json::{Value as Json, json};

use super::entry::{Entry, Secret, truncated};
use super::sender::{SENDER, Sender, shown, url, word};
use crate::channel::{Answer, Channel, Failure};
use crate::message::Message;
use crate::texts::Written;

// What Discord takes, in letters.
const LONGEST_TITLE: usize = 256;
const LONGEST_MESSAGE: usize = 4096;
const LONGEST_CONTENT: usize = 2000;

/// Red while an alert holds, green afterwards; Alertmanager's.
const FIRING: u32 = 10_038_562;
const RESOLVED: u32 = 3_066_993;

struct Discord {
    sender: Sender,
    url: Secret,
    title: Written,
    message: Written,
    content: Written,
    username: Written,
    avatar_url: Written,
}

pub(super) fn read(entry: &mut Entry<'_>) -> Option<Arc<dyn Channel>> {
    let mut known = vec![
        "avatar_url",
        "content",
        "message",
        "title",
        "username",
        "webhook_url",
        "webhook_url_file",
    ];
    known.extend(SENDER);
    entry.known(&known);
    let url = url(entry, "webhook_url", "");
    Some(Arc::new(Discord {
        sender: Sender::read(entry, true)?,
        title: entry.template("title", r#"{{ template "discord.default.title" . }}"#),
        message: entry.template("message", r#"{{ template "discord.default.message" . }}"#),
        content: entry.template("content", r#"{{ template "discord.default.content" . }}"#),
        username: entry.template("username", ""),
        avatar_url: entry.template("avatar_url", ""),
        url: url?,
    }))
}

#[async_trait]
impl Channel for Discord {
    async fn send(&self, message: &Message) -> Result<Answer, Failure> {
        let url = word(&self.url).await?;
        let body = {
            let mut filling = self.sender.filling(message);
            let mut body =
                json!({ "content": truncated(filling.text(&self.content), LONGEST_CONTENT) });
            for (name, written) in [
                ("username", &self.username),
                ("avatar_url", &self.avatar_url),
            ] {
                let text = filling.bare(written);
                if !text.is_empty() {
                    body[name] = Json::from(text);
                }
            }
            let mut text = filling.text(&self.message);
            if let Some(failed) = filling.unsaid() {
                text = format!("{failed}\n{text}");
            }
            body["embeds"] = json!([{
                "title": truncated(filling.text(&self.title), LONGEST_TITLE),
                "description": truncated(text, LONGEST_MESSAGE),
                "color": if message.status() == "firing" { FIRING } else { RESOLVED },
            }]);
            body
        };
        self.sender
            .post(message, &url, &body, Secrets::default())
            .await
    }

    fn kind(&self) -> &'static str {
        "discord"
    }

    fn sends_resolved(&self) -> bool {
        self.sender.sends_resolved
    }

    fn target(&self) -> String {
        shown(&self.url)
    }
}
