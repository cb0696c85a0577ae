//! Reports for receivers: by e-mail and webhooks alone, because others are made for short messages.

use std::collections::BTreeMap;

use model::Labels;
use notifier::{Decided, File, Message, Notice, Why};
use uuid::Uuid;

use super::NotifyService;

/// The kinds of channels that get reports.
const KINDS: [&str; 2] = ["email", "webhook"];
/// The name under which a report goes out.
const NAME: &str = "ServiceLevelReport";

/// A report that is sent.
pub(crate) struct Reported {
    /// What it is about.
    pub(crate) title: String,
    /// What it says, in short.
    pub(crate) text: String,
    /// Its page: a path.
    pub(crate) link: String,
    /// The report itself.
    pub(crate) files: Vec<File>,
}

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

    /// Hands a report to a receiver: it is sent until it has arrived, like any other message. What became of it, in
    /// words.
    ///
    /// # Errors
    /// Why nobody gets it.
    pub(crate) async fn send_report(
        &self,
        receiver: &str,
        report: Reported,
    ) -> Result<String, String> {
        let routing = self.in_use().routing.clone();
        let Some(found) = routing.receivers.get(receiver) else {
            return Err(format!("there is no receiver {receiver:?} any more"));
        };
        let external_url = self.desk.external_url();
        let now_ms = self.clock.now_ms();
        let labels = Labels::new()
            .with("alertname", NAME)
            .with("severity", "info");
        let notice = Notice {
            id: Uuid::now_v7(),
            fingerprint: format!("{:016x}", labels.fingerprint()),
            is_firing: true,
            generator_url: format!("{external_url}{}", report.link),
            annotations: BTreeMap::from([
                ("summary".to_owned(), report.title),
                ("description".to_owned(), report.text),
                ("link".to_owned(), report.link),
            ]),
            starts_ms: now_ms,
            ends_ms: None,
            labels,
        };
        let channels = found.channels.iter();
        let channels = channels.filter(|(_, channel)| KINDS.contains(&channel.kind()));
        let decided = channels.map(|(name, channel)| Decided {
            receiver: receiver.to_owned(),
            channel: name.clone(),
            kind: channel.kind().to_owned(),
            target: channel.target(),
            message: Message {
                receiver: receiver.to_owned(),
                group_key: format!("{{}}:{{alertname=\"{NAME}\"}}"),
                group_labels: Labels::new().with("alertname", NAME),
                notices: vec![notice.clone()],
                reason: Why::Report,
                external_url: external_url.clone(),
                key: Uuid::now_v7().to_string(),
                files: match channel.kind() {
                    "email" => report.files.clone(),
                    _ => Vec::new(),
                },
            },
        });
        let decided: Vec<_> = decided.collect();
        if decided.is_empty() {
            return Err(format!("{receiver} has neither e-mail nor a webhook"));
        }
        let written = self.outbox.add(&decided, now_ms).await;
        written.map_err(|error| format!("writing it failed: {error}"))?;
        self.woken.notify_one();
        Ok(match decided.len() {
            1 => format!("it is on its way to {receiver}"),
            several => format!("it is on its way to {receiver} through {several} channels"),
        })
    }
}
