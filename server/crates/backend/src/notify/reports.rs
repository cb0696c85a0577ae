//! Reports for receivers: by e-mail and webhooks alone, because others are made for short messages.

use std::collections::BTreeMap;

use model::Labels;
use notifier::{Decided, Message, Notice, Why};
use uuid::Uuid;

use super::NotifyService;

/// The kinds of channels that get reports.
const KINDS: [&str; 2] = ["email", "webhook"];
/// The name under which a report goes out.
const NAME: &str = "ServiceLevelReport";

impl NotifyService {
    /// Receivers that can get reports, by name.
    pub(crate) fn report_receivers(&self) -> Vec<String> {
        let routing = self.in_use().routing.clone();
        let receivers = routing.receivers.values().filter(|receiver| {
            let mut channels = receiver.channels.iter();
            channels.any(|(_, channel)| KINDS.contains(&channel.kind()))
        });
        receivers.map(|receiver| receiver.name.clone()).collect()
    }

    /// Sends a report to a receiver; to how many channels, in words.
    ///
    /// # Errors
    /// Why none of them, or not all of them, have got it.
    pub(crate) async fn send_report(
        &self,
        receiver: &str,
        title: String,
        text: String,
        link: &str,
    ) -> Result<String, String> {
        let routing = self.in_use().routing.clone();
        let Some(found) = routing.receivers.get(receiver) else {
            return Err(format!("there is no receiver {receiver:?} any more"));
        };
        let external_url = self.desk.external_url();
        let labels = Labels::new()
            .with("alertname", NAME)
            .with("severity", "info");
        let notice = Notice {
            id: Uuid::now_v7(),
            fingerprint: format!("{:016x}", labels.fingerprint()),
            is_firing: true,
            annotations: BTreeMap::from([
                ("summary".to_owned(), title),
                ("description".to_owned(), text),
                ("link".to_owned(), link.to_owned()),
            ]),
            starts_ms: self.clock.now_ms(),
            ends_ms: None,
            generator_url: format!("{external_url}{link}"),
            labels: labels.clone(),
        };
        let now = || self.clock.now_ms();
        let (mut sent, mut failed) = (0, Vec::new());
        for (name, channel) in &found.channels {
            if !KINDS.contains(&channel.kind()) {
                continue;
            }
            let decided = Decided {
                receiver: receiver.to_owned(),
                channel: name.clone(),
                kind: channel.kind().to_owned(),
                target: channel.target(),
                message: Message {
                    receiver: receiver.to_owned(),
                    group_key: format!("{{}}:{{alertname=\"{NAME}\"}}"),
                    group_labels: Labels::new().with("alertname", NAME),
                    notices: vec![notice.clone()],
                    reason: Why::FirstNotification,
                    external_url: external_url.clone(),
                    key: Uuid::now_v7().to_string(),
                },
            };
            let outcome = self.outbox.send_now(&decided, &**channel, &now).await;
            let outcome = outcome.map_err(|error| format!("writing it failed: {error}"))?;
            let cause = outcome.cause.map(notifier::Cause::as_str);
            self.counts.tried(receiver, channel.kind(), cause);
            match cause {
                None => sent += 1,
                Some(cause) => failed.push(format!("{} ({cause})", channel.target())),
            }
        }
        match (sent, failed.is_empty()) {
            (0, true) => Err(format!("{receiver} has neither e-mail nor a webhook")),
            (1, true) => Ok(format!("{receiver} has got it")),
            (sent, true) => Ok(format!("{receiver} has got it through {sent} channels")),
            (_, false) => Err(failed.join(", ")),
        }
    }
}
