//! What agents measure of themselves: the names it comes under, and on what scale it is.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Something that an agent measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "FIGURES says what each is")]
pub enum Figure {
    Score,
    QueriesPerSecond,
    CpuPercent,
    MemoryBytes,
    MemoryPercent,
    GpuPercent,
    QueueDepth,
    TasksRunning,
    TasksCompleted,
    TasksFailed,
    CompletionRatio,
    Recoveries,
    RecoveriesFailed,
    RecoveryRatio,
    ParallelEfficiency,
    MemoryEfficiency,
    PredictionAccuracy,
    PatternAccuracy,
    OptimizationPercent,
    Tokens,
    CostUsd,
    IntervalSeconds,
}

/// What values of a figure can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Anything from 0 on.
    Amount,
    /// Bytes.
    Bytes,
    /// Per cent from 0 on; more than 100 where several of something are used.
    Percent,
    /// 0 to 100; what is at most 1 is a part of one.
    Score,
    /// 0 to 1; what is more, to 100, is per cent.
    Ratio,
    /// Per cent of any sign.
    Gain,
}

/// Figures with their scale and the names they come under, without marks between words and without `synthex`.
const FIGURES: &[(Figure, Scale, &[&str])] = &[
    (
        Figure::Score,
        Scale::Score,
        &[
            "healthscore",
            "agenthealthscore",
            "score",
            "overallhealth",
            "health",
        ],
    ),
    (
        Figure::QueriesPerSecond,
        Scale::Amount,
        &[
            "queriespersecond",
            "queriesprocessedpersecond",
            "queryrate",
            "qps",
            "throughput",
            "requestspersecond",
        ],
    ),
    (
        Figure::CpuPercent,
        Scale::Percent,
        &[
            "cpupercent",
            "agentcpupercent",
            "cpuusage",
            "cpuusagepercent",
            "cpuutilization",
            "cpu",
            "cpupct",
        ],
    ),
    (
        Figure::MemoryBytes,
        Scale::Bytes,
        &[
            "memorybytes",
            "agentmemorybytes",
            "memoryusagebytes",
            "memoryusedbytes",
            "rssbytes",
            "rss",
            "memorymb",
            "memoryusagemb",
            "memoryusedmb",
            "memorymib",
            "memorygb",
            "memorykb",
        ],
    ),
    (
        Figure::MemoryPercent,
        Scale::Percent,
        &[
            "memorypercent",
            "agentmemorypercent",
            "memoryusagepercent",
            "memoryutilization",
            "memorypct",
        ],
    ),
    (
        Figure::GpuPercent,
        Scale::Percent,
        &[
            "gpupercent",
            "agentgpupercent",
            "gpuusage",
            "gpuusagepercent",
            "gpuutilization",
            "gpuutilizationpercent",
            "gpu",
        ],
    ),
    (
        Figure::QueueDepth,
        Scale::Amount,
        &[
            "queuedepth",
            "agentqueuedepth",
            "queuelength",
            "queuesize",
            "queue",
            "pendingtasks",
            "taskspending",
            "tasksqueued",
        ],
    ),
    (
        Figure::TasksRunning,
        Scale::Amount,
        &[
            "tasksrunning",
            "agenttasksrunning",
            "runningtasks",
            "activetasks",
            "currenttasks",
            "tasksactive",
        ],
    ),
    (
        Figure::TasksCompleted,
        Scale::Amount,
        &[
            "taskscompleted",
            "completedtasks",
            "tasksdone",
            "taskssucceeded",
            "tasksprocessed",
        ],
    ),
    (
        Figure::TasksFailed,
        Scale::Amount,
        &["tasksfailed", "failedtasks", "taskerrors"],
    ),
    (
        Figure::CompletionRatio,
        Scale::Ratio,
        &[
            "taskcompletionrate",
            "completionratio",
            "completionrate",
            "tasksuccessrate",
            "successrate",
        ],
    ),
    (
        Figure::Recoveries,
        Scale::Amount,
        &[
            "recoveries",
            "recoveriessucceeded",
            "successfulrecoveries",
            "errorrecoveries",
            "recoveriessuccess",
        ],
    ),
    (
        Figure::RecoveriesFailed,
        Scale::Amount,
        &["recoveriesfailed", "failedrecoveries", "recoveriesfailure"],
    ),
    (
        Figure::RecoveryRatio,
        Scale::Ratio,
        &[
            "errorrecoverysuccessrate",
            "recoverysuccessrate",
            "recoveryratio",
            "recoveryrate",
            "errorrecoveryrate",
        ],
    ),
    (
        Figure::ParallelEfficiency,
        Scale::Ratio,
        &["parallelefficiency", "parallelefficiencyratio"],
    ),
    (
        Figure::MemoryEfficiency,
        Scale::Score,
        &["memoryefficiency", "memoryefficiencyscore"],
    ),
    (
        Figure::PredictionAccuracy,
        Scale::Ratio,
        &["predictionaccuracy", "mlpredictionaccuracy", "accuracy"],
    ),
    (
        Figure::PatternAccuracy,
        Scale::Ratio,
        &[
            "patternaccuracy",
            "mlpatternaccuracy",
            "patternrecognitionaccuracy",
        ],
    ),
    (
        Figure::OptimizationPercent,
        Scale::Gain,
        &[
            "optimizationpercent",
            "mloptimizationgainpercent",
            "optimizationgainpercent",
            "optimizationgain",
            "optimizationrate",
            "mloptimizationrate",
        ],
    ),
    (
        Figure::Tokens,
        Scale::Amount,
        &[
            "tokens",
            "agenttokenstotal",
            "tokenstotal",
            "totaltokens",
            "tokensused",
        ],
    ),
    (
        Figure::CostUsd,
        Scale::Amount,
        &[
            "costusd",
            "agentcostusdtotal",
            "costusdtotal",
            "totalcostusd",
        ],
    ),
    (
        Figure::IntervalSeconds,
        Scale::Amount,
        &[
            "reportintervalseconds",
            "intervalseconds",
            "heartbeatseconds",
            "heartbeatintervalseconds",
        ],
    ),
];

impl Figure {
    /// The figure that comes under a squashed name.
    pub(crate) fn of(squashed: &str) -> Option<Self> {
        let name = squashed.strip_prefix("synthex").unwrap_or(squashed);
        let found = FIGURES.iter().find(|(_, _, names)| names.contains(&name));
        found.map(|(figure, _, _)| *figure)
    }

    /// What its values can be.
    pub fn scale(self) -> Scale {
        let found = FIGURES.iter().find(|(figure, _, _)| *figure == self);
        found.map_or(Scale::Amount, |(_, scale, _)| *scale)
    }
}

/// What an agent measures, each figure on its own scale.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures(BTreeMap<Figure, f64>);

impl Figures {
    /// A figure.
    pub fn get(&self, figure: Figure) -> Option<f64> {
        self.0.get(&figure).copied()
    }

    /// Sets a figure.
    pub fn set(&mut self, figure: Figure, value: f64) {
        self.0.insert(figure, value);
    }

    /// Takes a figure out.
    pub fn remove(&mut self, figure: Figure) -> Option<f64> {
        self.0.remove(&figure)
    }

    /// Adds to a figure.
    pub fn add(&mut self, figure: Figure, more: f64) {
        *self.0.entry(figure).or_default() += more;
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (Figure, f64)> {
        self.0.iter().map(|(figure, value)| (*figure, *value))
    }

    /// The part of tasks that were done, 0 to 1: of the counts where they are told, else as it is told.
    pub fn completion(&self) -> Option<f64> {
        let counts = (Figure::TasksCompleted, Figure::TasksFailed);
        self.part(counts).or(self.get(Figure::CompletionRatio))
    }

    /// The part of recoveries that succeeded, 0 to 1.
    pub fn recovery(&self) -> Option<f64> {
        let counts = (Figure::Recoveries, Figure::RecoveriesFailed);
        self.part(counts).or(self.get(Figure::RecoveryRatio))
    }

    fn part(&self, (good, bad): (Figure, Figure)) -> Option<f64> {
        let (good, bad) = (self.get(good)?, self.get(bad)?);
        (good + bad > 0.0).then(|| good / (good + bad))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_means_two_things() {
        let mut seen = std::collections::HashSet::new();
        for (figure, _, names) in FIGURES {
            for name in *names {
                assert!(seen.insert(name), "{name}");
                assert_eq!(Figure::of(name), Some(*figure));
                assert!(name.chars().all(|c| c.is_ascii_lowercase()), "{name}");
            }
        }
    }

    #[test]
    fn counts_go_before_what_is_told() {
        let mut figures = Figures::default();
        figures.set(Figure::CompletionRatio, 0.2);
        assert_eq!(figures.completion(), Some(0.2));
        figures.set(Figure::TasksCompleted, 3.0);
        figures.set(Figure::TasksFailed, 1.0);
        assert_eq!(figures.completion(), Some(0.75));
        assert_eq!(figures.recovery(), None);
    }
}
