//! Microsoft Teams: cards of connectors (`msteams_configs`, which Microsoft ends) and adaptive cards of workflows
//! (`msteamsv2_configs`).
//!
//! <https://learn.microsoft.com/en-us/connectors/teams/#microsoft-teams-webhook>,
//! <https://learn.microsoft.com/en-us/outlook/actionable-messages/message-card-reference>,
//! <https://adaptivecards.io/explorer/>. Settings: <https://prometheus.io/docs/alerting/latest/configuration/#msteamsv2_config>.

use std::sync::Arc;

use async_trait::async_trait;
use model::Secrets;
use serde_json::{Value as Json, json};

use super::entry::{Entry, Secret, within_bytes};
use super::sender::{SENDER, Sender, shown, url, word};
use crate::channel::{Answer, Channel, Failure};
use crate::message::Message;
use crate::texts::{Filling, Written};

/// Teams takes no card larger than 28 kB: a text in it, and a title, in bytes. What JSON escapes comes on top.
const LONGEST: usize = 20_000;
const LONGEST_TITLE: usize = 1_000;

struct Teams {
    sender: Sender,
    url: Secret,
    title: Written,
    text: Written,
    /// Only connectors have one.
    summary: Option<Written>,
}

pub(super) fn read(entry: &mut Entry<'_>) -> Option<Arc<dyn Channel>> {
    let summary = entry.template("summary", r#"{{ template "msteams.default.summary" . }}"#);
    of(entry, "msteams", Some(summary))
}

pub(super) fn read_v2(entry: &mut Entry<'_>) -> Option<Arc<dyn Channel>> {
    of(entry, "msteamsv2", None)
}

fn of(entry: &mut Entry<'_>, kind: &str, summary: Option<Written>) -> Option<Arc<dyn Channel>> {
    let mut known = vec!["text", "title", "webhook_url", "webhook_url_file"];
    known.extend(SENDER);
    known.extend(summary.is_some().then_some("summary"));
    entry.known(&known);
    let url = url(entry, "webhook_url", "");
    Some(Arc::new(Teams {
        sender: Sender::read(entry, true)?,
        title: entry.template(
            "title",
            &format!(r#"{{{{ template "{kind}.default.title" . }}}}"#),
        ),
        text: entry.template(
            "text",
            &format!(r#"{{{{ template "{kind}.default.text" . }}}}"#),
        ),
        url: url?,
        summary,
    }))
}

impl Teams {
    fn card(&self, message: &Message, filling: &Filling<'_>) -> Json {
        let is_firing = message.status() == "firing";
        let title = within_bytes(filling.text(&self.title), LONGEST_TITLE);
        let text = within_bytes(filling.text(&self.text), LONGEST);
        match &self.summary {
            Some(summary) => json!({
                "@context": "http://schema.org/extensions",
                "@type": "MessageCard",
                "title": title,
                "summary": within_bytes(filling.text(summary), LONGEST_TITLE),
                "text": text,
                "themeColor": if is_firing { "8C1A1A" } else { "2DC72D" },
            }),
            None => json!({
                "type": "message",
                "attachments": [{
                    "contentType": "application/vnd.microsoft.card.adaptive",
                    "contentUrl": null,
                    "content": {
                        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                        "type": "AdaptiveCard",
                        "version": "1.4",
                        "msteams": { "width": "full" },
                        "body": [
                            {
                                "type": "TextBlock",
                                "text": title,
                                "weight": "Bolder",
                                "size": "Medium",
                                "wrap": true,
                                "style": "heading",
                                "color": if is_firing { "Attention" } else { "Good" },
                            },
                            { "type": "TextBlock", "text": text, "wrap": true },
                        ],
                    },
                }],
            }),
        }
    }
}

#[async_trait]
impl Channel for Teams {
    async fn send(&self, message: &Message) -> Result<Answer, Failure> {
        let url = word(&self.url).await?;
        let card = self.card(message, &self.sender.filling(message));
        self.sender
            .post(message, &url, &card, Secrets::default())
            .await
    }

    fn kind(&self) -> &'static str {
        match self.summary {
            Some(_) => "msteams",
            None => "msteamsv2",
        }
    }

    fn sends_resolved(&self) -> bool {
        self.sender.sends_resolved
    }

    fn target(&self) -> String {
        shown(&self.url)
    }
}
