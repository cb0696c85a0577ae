//! What waits to be sent, for `/metrics`.

use std::fmt;
use std::sync::Arc;

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

impl Collector for NotifyNumbers {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), fmt::Error> {
        let groups = self.notifier.desk.with(|dispatch| dispatch.group_count());
        let groups = i64::try_from(groups).unwrap_or(i64::MAX);
        let gauge = ConstGauge::new(groups);
        let described = encoder.encode_descriptor(
            "observatory_notification_groups",
            "Groups of alerts of which somebody is told.",
            None,
            gauge.metric_type(),
        )?;
        gauge.encode(described)
    }
}
