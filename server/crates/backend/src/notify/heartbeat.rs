//! Dead man's switches: messages that come regularly as long as all of this works.

use std::collections::{BTreeMap, HashMap};

use model::{Labels, TimestampMs};
use notifier::{Decided, Heartbeat, Message, Notice, Why};
use uuid::Uuid;

use super::NotifyService;

/// When each receiver is told next.
#[derive(Default)]
pub(super) struct Beats(HashMap<String, TimestampMs>);

impl Beats {
    /// Those whose time has come, and when the next one is due.
    fn due(
        &mut self,
        heartbeats: &[Heartbeat],
        now_ms: TimestampMs,
    ) -> (Vec<String>, Option<TimestampMs>) {
        let mut due = Vec::new();
        self.0
            .retain(|known, _| heartbeats.iter().any(|it| it.receiver == *known));
        for heartbeat in heartbeats {
            let next_ms = self.0.entry(heartbeat.receiver.clone()).or_insert(now_ms);
            // A clock that was set back does not keep it waiting.
            if *next_ms <= now_ms || *next_ms > now_ms + heartbeat.every_ms {
                *next_ms = now_ms + heartbeat.every_ms;
                due.push(heartbeat.receiver.clone());
            }
        }
        (due, self.0.values().min().copied())
    }
}

impl NotifyService {
    /// Writes the heartbeats whose time has come; whether there are some, and when the next one is due.
    pub(super) async fn beat(&self, beats: &mut Beats) -> (bool, Option<TimestampMs>) {
        let (routing, now_ms) = (self.in_use().routing.clone(), self.clock.now_ms());
        let (due, next_ms) = beats.due(&routing.heartbeats, now_ms);
        let decided: Vec<_> = self.desk.with(|it| {
            let on_call = |rota: &notifier::Rota| it.on_call(rota, now_ms).map(|(_, to)| to);
            let channels = |receiver: &String| {
                let channels = routing.channels(receiver, &on_call).into_iter();
                let receiver = receiver.clone();
                channels.map(move |channel| (receiver.clone(), channel))
            };
            due.iter().flat_map(channels).collect()
        });
        let decided = decided
            .into_iter()
            .map(|(receiver, (name, channel))| Decided {
                message: self.heartbeat(&receiver, now_ms),
                receiver,
                channel: name,
                kind: channel.kind().to_owned(),
                target: channel.target(),
            });
        let decided: Vec<_> = decided.collect();
        if let Err(error) = self.outbox.queue(&decided, now_ms).await {
            tracing::error!(%error, "a heartbeat could not be written");
            self.counts.not_written();
        }
        (!decided.is_empty(), next_ms)
    }

    fn heartbeat(&self, receiver: &str, now_ms: TimestampMs) -> Message {
        let labels = Labels::new()
            .with("alertname", "Watchdog")
            .with("severity", "none");
        let summary = "MCP Observatory runs and its messages arrive; when this stops, look why";
        Message {
            receiver: receiver.to_owned(),
            group_key: "{}:{alertname=\"Watchdog\"}".to_owned(),
            group_labels: Labels::new().with("alertname", "Watchdog"),
            notices: vec![Notice {
                id: Uuid::nil(),
                fingerprint: format!("{:016x}", labels.fingerprint()),
                is_firing: true,
                labels,
                annotations: BTreeMap::from([("summary".to_owned(), summary.to_owned())]),
                starts_ms: now_ms,
                ends_ms: None,
                generator_url: self.desk.external_url(),
            }],
            reason: Why::Heartbeat,
            external_url: self.desk.external_url(),
            key: Uuid::now_v7().to_string(),
            files: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_come_at_once_and_then_regularly() {
        let heartbeats = [("a", 1000), ("b", 3000)].map(|(receiver, every_ms)| Heartbeat {
            receiver: receiver.to_owned(),
            every_ms,
        });
        let mut beats = Beats::default();
        for (now_ms, due, next_ms) in [
            (0, vec!["a", "b"], 1000),
            (999, vec![], 1000),
            (1000, vec!["a"], 2000),
            (5000, vec!["a", "b"], 6000),
            // The clock was set back.
            (100, vec!["a", "b"], 1100),
        ] {
            let found = beats.due(&heartbeats, now_ms);
            assert_eq!(found.0, due, "{now_ms}");
            assert_eq!(found.1, Some(next_ms), "{now_ms}");
        }
        assert_eq!(beats.due(&heartbeats[..1], 200), (vec![], Some(1100)));
        assert_eq!(beats.due(&[], 200), (vec![], None));
    }
}
