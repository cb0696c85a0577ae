//! The product's own log: for trying routes, and where a log is what people watch.

use std::sync::Arc;

use async_trait::async_trait;
use model::Clock;

use super::entry::Entry;
use crate::channel::{Answer, Channel, Failure};
use crate::message::Message;
use crate::texts::{Filling, Texts, Written};

struct Log {
    message: Written,
    sends_resolved: bool,
    texts: Arc<Texts>,
    clock: Arc<dyn Clock>,
}

pub(super) fn read(entry: &mut Entry<'_>) -> Option<Arc<dyn Channel>> {
    entry.known(&["message", "send_resolved"]);
    Some(Arc::new(Log {
        message: entry.template("message", r#"{{ template "__subject" . }}"#),
        sends_resolved: entry.flag("send_resolved", true),
        texts: Arc::clone(&entry.setting.texts),
        clock: Arc::clone(&entry.setting.clock),
    }))
}

#[async_trait]
impl Channel for Log {
    async fn send(&self, message: &Message) -> Result<Answer, Failure> {
        let text = Filling::new(&self.texts, message, self.clock.now_ms()).text(&self.message);
        let (receiver, group) = (&message.receiver, &message.group_key);
        match message.status() {
            "firing" => tracing::warn!(receiver, group, "{text}"),
            _ => tracing::info!(receiver, group, "{text}"),
        }
        Ok(Answer {
            status: None,
            text: super::http::kept(&text, &model::Secrets::default()),
        })
    }

    fn kind(&self) -> &'static str {
        "log"
    }

    fn sends_resolved(&self) -> bool {
        self.sends_resolved
    }

    fn target(&self) -> String {
        "the log".to_owned()
    }
}
