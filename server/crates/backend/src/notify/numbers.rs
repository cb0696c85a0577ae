//! What waits to be sent, for `/metrics`.

use std::fmt;
use std::sync::{Arc, PoisonError};

use model::TimestampMs;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::gauge::ConstGauge;

use super::NotifyService;

/// Looks at what was seen waiting last.
pub(crate) struct NotifyNumbers {
    pub(crate) notifier: Arc<NotifyService>,
}

impl fmt::Debug for NotifyNumbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NotifyNumbers")
    }
}

impl NotifyService {
    /// Notes what waits.
    pub(super) fn saw(&self, waiting: &[(String, String, u64, TimestampMs)]) {
        let mut seen = self.waiting.write().unwrap_or_else(PoisonError::into_inner);
        *seen = waiting.to_vec();
    }

    /// How many messages waited when somebody looked last, and since when the oldest did.
    fn queue(&self) -> (u64, Option<TimestampMs>) {
        let seen = self.waiting.read().unwrap_or_else(PoisonError::into_inner);
        let count = seen.iter().map(|(_, _, count, _)| count).sum();
        (count, seen.iter().map(|(_, _, _, at_ms)| *at_ms).min())
    }
}

impl Collector for NotifyNumbers {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), fmt::Error> {
        let notifier = &self.notifier;
        let groups = notifier.desk.with(|dispatch| dispatch.group_count());
        let (queued, oldest_ms) = notifier.queue();
        let now_ms = notifier.clock.now_ms();
        let age = oldest_ms.map_or(0.0, |at_ms| (now_ms - at_ms).max(0) as f64 / 1000.0);
        for (name, help, value) in [
            (
                "observatory_notification_groups",
                "Groups of alerts of which somebody is told.",
                groups as f64,
            ),
            (
                "observatory_notifications_queued",
                "Messages that wait to be sent, for the first time or again.",
                queued as f64,
            ),
            (
                "observatory_notification_oldest_queued_seconds",
                "For how long the oldest of them has waited.",
                age,
            ),
        ] {
            let gauge = ConstGauge::new(value);
            let described = encoder.encode_descriptor(name, help, None, gauge.metric_type())?;
            gauge.encode(described)?;
        }
        Ok(())
    }
}
