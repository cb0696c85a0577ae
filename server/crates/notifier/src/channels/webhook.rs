//! A webhook: Alertmanager's payload, version 4.
//!
//! <https://prometheus.io/docs/alerting/latest/configuration/#webhook_config>.

use std::sync::Arc;

use async_trait::async_trait;
use model::{Labels, Secrets};
use serde_json::{Value as Json, json};
use template::Moment;

use super::entry::{Entry, Secret};
use super::http::shown;
use super::sender::{Sender, check_url, word};
use crate::channel::{Answer, Cause, Channel, Failure};
use crate::message::{Message, Notice};
use crate::texts::{Written, ended, quoted};

struct Webhook {
    sender: Sender,
    url: Url,
    /// How many alerts are told at most; 0 is all.
    most: usize,
}

/// Where to: as it is written, perhaps with templates, or in a file.
enum Url {
    Written(Written),
    File(Secret),
}

pub(super) fn read(entry: &mut Entry<'_>) -> Option<Arc<dyn Channel>> {
    entry.known(&[
        "http_config",
        "max_alerts",
        "send_resolved",
        "timeout",
        "url",
        "url_file",
    ]);
    let at = entry.place("url");
    let url = match entry.secret("url") {
        None => {
            entry.missing("url");
            None
        }
        Some(Secret::Here(text)) => {
            let written = entry.parsed(at, &text);
            if !text.contains("{{") {
                check_url(entry, "url", &text);
            }
            Some(Url::Written(written))
        }
        Some(file) => Some(Url::File(file)),
    };
    let most = entry.whole("max_alerts").unwrap_or(0);
    if most < 0 {
        entry.wrong(
            entry.place("max_alerts"),
            "max_alerts is 0, which is all, or more",
        );
    }
    Some(Arc::new(Webhook {
        sender: Sender::read(entry, true)?,
        most: usize::try_from(most).unwrap_or(0),
        url: url?,
    }))
}

/// Labels as JSON.
pub(super) fn map(labels: &Labels) -> Json {
    let pairs = labels.iter();
    pairs
        .map(|(name, value)| (name.to_owned(), Json::from(value)))
        .collect()
}

fn alert(notice: &Notice) -> Json {
    json!({
        "status": if notice.is_firing { "firing" } else { "resolved" },
        "labels": map(&notice.labels),
        "annotations": notice.annotations,
        "startsAt": Moment::utc(notice.starts_ms).rfc3339(),
        "endsAt": ended(notice).rfc3339(),
        "generatorURL": notice.generator_url,
        "fingerprint": notice.fingerprint,
    })
}

/// The payload, with at most so many alerts.
fn payload(message: &Message, most: usize) -> Json {
    let all = message.notices.len();
    let told = if most == 0 { all } else { all.min(most) };
    let cut;
    let message = match told < all {
        true => {
            let mut shorter = message.clone();
            shorter.notices.truncate(told);
            cut = shorter;
            &cut
        }
        false => message,
    };
    json!({
        "version": "4",
        "groupKey": message.group_key,
        "truncatedAlerts": all - told,
        "status": message.status(),
        "receiver": quoted(&message.receiver),
        "groupLabels": map(&message.group_labels),
        "commonLabels": map(&message.common_labels()),
        "commonAnnotations": message.common_annotations(),
        "externalURL": message.external_url,
        "alerts": message.notices.iter().map(alert).collect::<Vec<_>>(),
    })
}

#[async_trait]
impl Channel for Webhook {
    async fn send(&self, message: &Message) -> Result<Answer, Failure> {
        let template = |error| Failure::new(Cause::Template, format!("url: {error}"));
        let url = match &self.url {
            Url::Written(written) => self
                .sender
                .filling(message)
                .needed(written)
                .map_err(template)?,
            Url::File(file) => word(file).await?,
        };
        let body = payload(message, self.most);
        self.sender
            .post(message, &url, &body, Secrets::default())
            .await
    }

    fn kind(&self) -> &'static str {
        "webhook"
    }

    fn sends_resolved(&self) -> bool {
        self.sender.sends_resolved
    }

    fn target(&self) -> String {
        match &self.url {
            Url::Written(written) => shown(written.as_str()),
            Url::File(_) => "an address from a file".to_owned(),
        }
    }
}
