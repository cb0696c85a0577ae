//! How the evaluation of rules goes, under the names that Prometheus gives these numbers.

use std::fmt;
use std::sync::Arc;

use model::TimestampMs;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;

use super::{GroupStanding, JudgedGroup};
use crate::alerts::AlertService;

/// Looks at the groups when asked.
pub(crate) struct RuleNumbers {
    pub(crate) alerts: Arc<AlertService>,
}

impl fmt::Debug for RuleNumbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RuleNumbers")
    }
}

type Read = fn(&JudgedGroup, &GroupStanding) -> f64;

#[expect(clippy::cast_precision_loss, reason = "seconds since 1970 fit")]
fn seconds(at_ms: Option<TimestampMs>) -> f64 {
    at_ms.map_or(0.0, |at_ms| at_ms as f64 / 1000.0)
}

#[expect(clippy::cast_precision_loss, reason = "nobody counts so far")]
fn count(count: u64) -> f64 {
    count as f64
}

const GAUGES: [(&str, &str, Read); 5] = [
    (
        "prometheus_rule_group_interval_seconds",
        "The interval of a rule group.",
        |group, _| group.interval.as_secs_f64(),
    ),
    (
        "prometheus_rule_group_last_duration_seconds",
        "The duration of the last rule group evaluation.",
        |_, at| at.seconds,
    ),
    (
        "prometheus_rule_group_last_evaluation_timestamp_seconds",
        "The timestamp of the last rule group evaluation in seconds.",
        |_, at| seconds(at.evaluated_ms),
    ),
    (
        "prometheus_rule_group_last_evaluation_samples",
        "The number of samples returned during the last rule group evaluation.",
        |_, at| count(at.samples as u64),
    ),
    (
        "prometheus_rule_group_rules",
        "The number of rules.",
        |group, _| count(group.rules.len() as u64),
    ),
];

const COUNTERS: [(&str, &str, Read); 4] = [
    (
        "prometheus_rule_group_iterations",
        "The total number of scheduled rule group evaluations, whether executed or missed.",
        |_, at| count(at.iterations),
    ),
    (
        "prometheus_rule_group_iterations_missed",
        "The total number of rule group evaluations missed due to slow rule group evaluation.",
        |_, at| count(at.missed),
    ),
    (
        "prometheus_rule_evaluations",
        "The total number of rule evaluations.",
        |_, at| count(at.evaluations),
    ),
    (
        "prometheus_rule_evaluation_failures",
        "The total number of rule evaluation failures.",
        |_, at| count(at.failures),
    ),
];

/// A number for each group.
struct Each<'a> {
    groups: &'a [(String, f64)],
    kind: MetricType,
}

impl EncodeMetric for Each<'_> {
    fn encode(&self, mut encoder: MetricEncoder) -> Result<(), fmt::Error> {
        for (group, value) in self.groups {
            let labels = [("rule_group", group.as_str())];
            let mut of_group = encoder.encode_family(&labels)?;
            match self.kind {
                MetricType::Counter => {
                    of_group.encode_counter::<NoLabelSet, _, f64>(value, None)?
                }
                _ => of_group.encode_gauge(value)?,
            }
        }
        Ok(())
    }

    fn metric_type(&self) -> MetricType {
        self.kind
    }
}

impl Collector for RuleNumbers {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), fmt::Error> {
        let judging = self.alerts.judged();
        let standings: Vec<_> = judging
            .groups
            .iter()
            .map(|group| (group, group.standing()))
            .collect();
        let gauges = GAUGES.iter().map(|entry| (entry, MetricType::Gauge));
        let counters = COUNTERS.iter().map(|entry| (entry, MetricType::Counter));
        for ((name, help, read), kind) in gauges.chain(counters) {
            let groups = standings
                .iter()
                .map(|(group, standing)| (group.key(), read(group, standing)));
            let groups: Vec<_> = groups.collect();
            let each = Each {
                groups: &groups,
                kind,
            };
            let described = encoder.encode_descriptor(name, help, None, kind)?;
            each.encode(described)?;
        }
        Ok(())
    }
}
