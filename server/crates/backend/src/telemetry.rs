//! What the product counts of itself: the answer of `/metrics`.
//!
//! Who does something counts it through a handle of [`Counts`]; what can be looked at is looked at when
//! somebody asks. The registry is a value of the composition root.

mod counts;
mod process;
mod stores;
mod text;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use wire::AlertState;

use crate::judging::RuleNumbers;
use crate::notify::NotifyNumbers;

pub(crate) use counts::{
    Counts, HttpCounts, LiveCounts, NotifyCounts, Present, QueryCounts, ReloadCounts, SampleCounts,
};
use process::ProcessNumbers;
pub(crate) use stores::StoreNumbers;

/// All numbers of the product.
pub(crate) struct Telemetry {
    registry: Registry,
    alerts: Family<[(&'static str, &'static str); 1], Gauge>,
}

impl Telemetry {
    /// Of these counts, these stores and these rules.
    pub(crate) fn new(
        counts: &Counts,
        stores: StoreNumbers,
        rules: RuleNumbers,
        notify: NotifyNumbers,
    ) -> Self {
        let mut registry = Registry::default();
        let build = Family::<[(&'static str, &'static str); 1], Gauge>::default();
        build
            .get_or_create(&[("version", env!("CARGO_PKG_VERSION"))])
            .set(1);
        registry.register(
            "observatory_build_info",
            "The version of the product that runs; always 1",
            build,
        );
        let alerts = Family::default();
        registry.register(
            "observatory_alerts",
            "Alerts that are not resolved, by state",
            alerts.clone(),
        );
        counts.register(&mut registry);
        registry.register_collector(Box::new(stores));
        registry.register_collector(Box::new(rules));
        registry.register_collector(Box::new(notify));
        registry.register_collector(Box::new(ProcessNumbers::default()));
        Self { registry, alerts }
    }

    /// How many alerts there are, told by whoever may read them.
    pub(crate) fn alerts(&self, open: &[wire::Alert]) {
        for state in [
            AlertState::Pending,
            AlertState::Firing,
            AlertState::Acknowledged,
        ] {
            let count = open.iter().filter(|alert| alert.state == state).count();
            let gauge = self.alerts.get_or_create(&[("state", state.as_str())]);
            gauge.set(i64::try_from(count).unwrap_or(i64::MAX));
        }
    }

    /// Everything as OpenMetrics.
    ///
    /// # Errors
    /// When a number cannot be written, which none of ours does.
    pub(crate) fn open_metrics(&self) -> Result<String, std::fmt::Error> {
        let mut written = String::new();
        encode(&mut written, &self.registry)?;
        Ok(written)
    }

    /// Everything in the older text format of Prometheus.
    ///
    /// # Errors
    /// When a number cannot be written, which none of ours does.
    pub(crate) fn text(&self) -> Result<String, std::fmt::Error> {
        Ok(text::from_open_metrics(&self.open_metrics()?))
    }
}
