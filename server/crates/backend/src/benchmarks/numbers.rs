//! The newest values as gauges of the metric store.
//!
//! `benchmark_value` and `benchmark_regressed` of every benchmark; speed-ups under their names; and what carries the
//! name of a metric of Circle of Experts, SYNTHEX or Rust's comparison, under that name in the unit that the name says.

use model::{Labels, Sample};
use wire::{BenchmarkVerdict, Rival, RivalKind};

use super::store::ResultRow;

/// How long a value stands after it was measured.
const STANDS_MS: i64 = 30 * super::DAY_MS;
/// Series that are written.
const MOST: usize = 5000;
/// Percentiles of Circle of Experts' response times are made of this one's values.
const EXPERTS: &str = "circle_experts_response_time";

/// Metrics whose name a benchmark may have, and by what values are multiplied for the unit in the name. Response times of
/// Circle of Experts are in milliseconds, like its consensus time.
const NAMED: [(&str, f64); 12] = [
    ("circle_experts_response_time_p50", 1000.0),
    ("circle_experts_response_time_p95", 1000.0),
    ("circle_experts_response_time_p99", 1000.0),
    ("circle_experts_consensus_time_ms", 1000.0),
    ("circle_experts_accuracy_score", 1.0),
    ("synthex_parallel_speedup_factor", 1.0),
    ("synthex_memory_efficiency_ratio", 1.0),
    ("synthex_ml_optimization_gain_percent", 1.0),
    ("synthex_gpu_utilization_percent", 1.0),
    ("rust_memory_usage_mb", 1e-6),
    ("rust_concurrent_capacity", 1.0),
    ("rust_gc_pressure_reduction_percent", 1.0),
];

/// A gauge and its value.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Standing {
    name: &'static str,
    labels: Labels,
    value: f64,
}

impl Standing {
    /// As it stands at a time.
    pub(super) fn sample(&self, at_ms: i64) -> Sample {
        Sample {
            name: self.name.to_owned(),
            labels: self.labels.clone(),
            at_ms,
            value: self.value,
        }
    }
}

/// All gauges, of what was measured lately.
pub(super) fn standing(newest: &[ResultRow], rivals: &[Rival], now_ms: i64) -> Vec<Standing> {
    let mut all = Vec::new();
    let mut push = |name, labels: &Labels, value: f64| {
        if all.len() < MOST && value.is_finite() {
            let labels = labels.clone();
            all.push(Standing {
                name,
                labels,
                value,
            });
        }
    };
    let is_new = |at_ms: i64| at_ms >= now_ms - STANDS_MS;
    for row in newest
        .iter()
        .filter(|row| is_new(row.benchmark.newest.at_ms))
    {
        let (it, point) = (&row.benchmark, &row.benchmark.newest);
        let suite = Labels::new().with("suite", &it.suite);
        let labels = suite.clone().with("benchmark", &it.key);
        let regressed = point.verdict == BenchmarkVerdict::Worse;
        push(
            "benchmark_regressed",
            &labels,
            f64::from(u8::from(regressed)),
        );
        push(
            "benchmark_value",
            &labels.with("unit", &it.unit),
            point.value,
        );
        if let Some((name, scale)) = NAMED.iter().find(|(name, _)| *name == it.name) {
            // What came without a unit is in that of the name.
            let scale = if it.unit.is_empty() { 1.0 } else { *scale };
            push(name, &suite, point.value * scale);
        }
        if it.name == EXPERTS && it.unit == "seconds" {
            let values = [point.p50, point.p95, point.p99];
            for ((name, scale), value) in NAMED.iter().zip(values) {
                push(name, &suite, value.map_or(f64::NAN, |value| value * scale));
            }
        }
    }
    for it in rivals.iter().filter(|it| is_new(it.at_ms)) {
        let name = match it.kind {
            RivalKind::RustPython => "rust_vs_python_speedup",
            RivalKind::Synthex => "synthex_parallel_speedup_factor",
        };
        push(
            name,
            &Labels::new().with("operation", &it.operation),
            it.factor,
        );
    }
    all
}
