//! What agents measure, as series of the metric store.
//!
//! Of agents that are told by metrics only what they have no series of themselves.

use std::collections::{BTreeMap, HashSet};

use agents::{Figure, State};
use model::{Labels, STALE, Sample, TimestampMs};
use wire::{AgentSourceKind, AgentState};

use super::fleet::{Fleet, Known, is_over, wire_state};

/// Series of one agent each, of a figure each. Counts of tasks and recoveries have one label more.
const GAUGES: &[(&str, Figure)] = &[
    (
        "synthex_queries_processed_per_second",
        Figure::QueriesPerSecond,
    ),
    (
        "synthex_parallel_efficiency_ratio",
        Figure::ParallelEfficiency,
    ),
    ("synthex_ml_prediction_accuracy", Figure::PredictionAccuracy),
    ("synthex_ml_pattern_accuracy", Figure::PatternAccuracy),
    (
        "synthex_ml_optimization_gain_percent",
        Figure::OptimizationPercent,
    ),
    ("synthex_memory_efficiency_score", Figure::MemoryEfficiency),
    ("synthex_agent_cpu_percent", Figure::CpuPercent),
    ("synthex_agent_memory_bytes", Figure::MemoryBytes),
    ("synthex_agent_memory_percent", Figure::MemoryPercent),
    ("synthex_agent_gpu_percent", Figure::GpuPercent),
    ("synthex_agent_queue_depth", Figure::QueueDepth),
    ("synthex_agent_tasks_running", Figure::TasksRunning),
    ("synthex_agent_tokens_total", Figure::Tokens),
    ("synthex_agent_cost_usd_total", Figure::CostUsd),
];
const COUNTS: &[(&str, &str, &str, Figure)] = &[
    (
        "synthex_agent_tasks_total",
        "status",
        "completed",
        Figure::TasksCompleted,
    ),
    (
        "synthex_agent_tasks_total",
        "status",
        "failed",
        Figure::TasksFailed,
    ),
    (
        "synthex_agent_recoveries_total",
        "outcome",
        "success",
        Figure::Recoveries,
    ),
    (
        "synthex_agent_recoveries_total",
        "outcome",
        "failure",
        Figure::RecoveriesFailed,
    ),
];
/// How long it is said that an agent is dead or stopped.
const SAID_MS: i64 = 86_400_000;

/// What was sampled last, so that what is no more can be ended.
#[derive(Default)]
pub(super) struct Sampled(HashSet<(String, Labels)>);

impl Sampled {
    /// The series that are written now, each with its name.
    pub(super) fn keys(&self) -> impl Iterator<Item = &(String, Labels)> {
        self.0.iter()
    }

    /// All samples of now, and the ends of series that are no more.
    pub(super) fn next(&mut self, fleet: &Fleet, now_ms: TimestampMs) -> Vec<Sample> {
        let mut samples = fleet.samples(now_ms);
        let keys: HashSet<_> = samples
            .iter()
            .map(|it| (it.name.clone(), it.labels.clone()))
            .collect();
        for (name, labels) in self.0.difference(&keys) {
            samples.push(Sample {
                name: name.clone(),
                labels: labels.clone(),
                at_ms: now_ms,
                value: STALE,
            });
        }
        self.0 = keys;
        samples
    }
}

impl Fleet {
    fn samples(&self, now_ms: TimestampMs) -> Vec<Sample> {
        let mut samples = Vec::new();
        let mut push = |name: &str, labels: Labels, value: f64| {
            samples.push(Sample {
                name: name.to_owned(),
                labels,
                at_ms: now_ms,
                value,
            });
        };
        for known in self.agents.values() {
            known.each(now_ms, &mut push);
        }
        if self.agents.is_empty() {
            return samples;
        }
        let mut active: BTreeMap<&str, u32> = BTreeMap::new();
        let mut states: BTreeMap<&str, u32> =
            AgentState::ALL.iter().map(|it| (it.as_str(), 0)).collect();
        for it in self.agents.values() {
            *active.entry(&it.told.kind).or_default() +=
                u32::from(it.standing.state == State::Active);
            *states
                .entry(wire_state(it.standing.state).as_str())
                .or_default() += 1;
        }
        for (kind, count) in active {
            push(
                "synthex_agents_active_count",
                Labels::new().with("type", kind),
                count.into(),
            );
        }
        for (state, count) in states {
            push(
                "synthex_agents",
                Labels::new().with("state", state),
                count.into(),
            );
        }
        if let Some(balance) = self.balance().0 {
            push("synthex_load_balance_ratio", Labels::new(), balance);
        }
        samples
    }
}

impl Known {
    fn each(&self, now_ms: TimestampMs, push: &mut impl FnMut(&str, Labels, f64)) {
        let labels = Labels::new()
            .with("agent", &self.told.id)
            .with("type", &self.told.kind);
        let lacks =
            |name: &str| self.source != AgentSourceKind::Metrics || !self.foreign.contains(name);
        let state = self.standing.state;
        let is_over = is_over(state);
        if !is_over || now_ms - self.span.from_ms < SAID_MS {
            let labels = labels.clone().with("state", wire_state(state).as_str());
            push("synthex_agent_state", labels, 1.0);
        }
        if is_over || state == State::Stale {
            return;
        }
        let figures = &self.told.figures;
        let ratios = [
            ("synthex_agent_health_score", self.score.value),
            ("synthex_task_completion_rate", figures.completion()),
            ("synthex_error_recovery_success_rate", figures.recovery()),
        ];
        let gauges = GAUGES
            .iter()
            .map(|(name, figure)| (*name, figures.get(*figure)));
        for (name, value) in gauges.chain(ratios) {
            if let Some(value) = value.filter(|_| lacks(name)) {
                push(name, labels.clone(), value);
            }
        }
        for (name, label, word, figure) in COUNTS {
            if let Some(value) = figures.get(*figure).filter(|_| lacks(name)) {
                push(name, labels.clone().with(label, *word), value);
            }
        }
    }
}
