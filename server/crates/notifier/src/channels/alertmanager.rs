//! Another Alertmanager: alerts are handed to its API, `POST /api/v2/alerts`.
//!
//! <https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml>.

use std::sync::Arc;

use async_trait::async_trait;
use model::Secrets;
use serde_json::{Value as Json, json};
use template::Moment;

use super::entry::Entry;
use super::sender::{SENDER, Sender, check_url};
use super::webhook::map;
use crate::channel::{Answer, Channel, Failure};
use crate::message::{Message, Notice};

/// How long an alert holds there if it is told no more: longer than the usual repeat interval of four hours.
const HOLDS_MS: i64 = 6 * 60 * 60 * 1000;

struct Alertmanager {
    sender: Sender,
    /// With the path of the API.
    url: String,
    holds_ms: i64,
}

pub(super) fn read(entry: &mut Entry<'_>) -> Option<Arc<dyn Channel>> {
    let mut known = vec!["holds", "url"];
    known.extend(SENDER);
    entry.known(&known);
    let url = entry.needed("url")?.trim_end_matches('/').to_owned();
    check_url(entry, "url", &url);
    let holds = entry
        .duration("holds")
        .map(|holds| i64::try_from(holds.as_millis()));
    Some(Arc::new(Alertmanager {
        sender: Sender::read(entry, true)?,
        url: format!("{url}/api/v2/alerts"),
        holds_ms: holds.map_or(HOLDS_MS, |holds| holds.unwrap_or(i64::MAX)),
    }))
}

impl Alertmanager {
    fn alert(&self, notice: &Notice, now_ms: i64) -> Json {
        let ends_ms = match (notice.is_firing, notice.ends_ms) {
            (false, Some(ends_ms)) => ends_ms,
            (false, None) => now_ms,
            (true, _) => now_ms.saturating_add(self.holds_ms),
        };
        json!({
            "labels": map(&notice.labels),
            "annotations": notice.annotations,
            "startsAt": Moment::utc(notice.starts_ms).rfc3339(),
            "endsAt": Moment::utc(ends_ms).rfc3339(),
            "generatorURL": notice.generator_url,
        })
    }
}

#[async_trait]
impl Channel for Alertmanager {
    async fn send(&self, message: &Message) -> Result<Answer, Failure> {
        let now_ms = self.sender.now_ms();
        let alerts = message.notices.iter();
        let alerts: Vec<_> = alerts.map(|notice| self.alert(notice, now_ms)).collect();
        self.sender
            .post(message, &self.url, &Json::from(alerts), Secrets::default())
            .await
    }

    fn kind(&self) -> &'static str {
        "alertmanager"
    }

    fn sends_resolved(&self) -> bool {
        self.sender.sends_resolved
    }

    fn target(&self) -> String {
        super::http::shown(self.url.trim_end_matches("/api/v2/alerts"))
    }
}
