//! What a page needs that writes PromQL: mistakes and where they are, words to choose from, answers.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::record::record;
use crate::words::words;
use crate::{Caller, Outcome, Problem, Span, TimeRange};

/// Queries that are asked at once: each has a letter.
pub const MOST_QUERIES: usize = 10;

words! {
    /// What kind of word of PromQL.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum FunctionKind {
        /// Makes one series of many.
        Aggregation = "aggregation",
        /// Makes something else of each series.
        Function = "function",
    }
}

record! {
    /// What is wrong with a query, and where.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct Mistake {
        /// What is wrong, in a sentence.
        pub message: String,
        /// Where it begins, in bytes of the text.
        pub from: u32,
        /// Where it ends; what is missing has no length.
        pub to: u32,
    }

    /// A function of PromQL.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct FunctionInfo {
        /// Its name.
        pub name: String,
        /// Of which kind.
        pub kind: FunctionKind,
        /// How it is called: `rate(counter[range])`.
        pub signature: String,
        /// What it does, in a sentence.
        pub help: String,
    }

    /// A metric that has series.
    #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    pub struct MetricInfo {
        /// Its name.
        pub name: String,
        /// `gauge`, `counter` and so on; empty where nobody has said it.
        pub kind: String,
        /// What it says; empty where nobody has said it.
        pub help: String,
    }

    /// Some of the metrics that there are, the best fit first.
    #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    pub struct FoundMetrics {
        /// What was found.
        pub found: Vec<MetricInfo>,
        /// Whether there is more than was asked for.
        pub is_cut: bool,
    }

    /// Some of the names or values that there are, the best fit first.
    #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
    pub struct FoundNames {
        /// What was found.
        pub found: Vec<String>,
        /// Whether there is more than was asked for.
        pub is_cut: bool,
    }

    /// What queries came to.
    #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
    pub struct Evaluation {
        /// What was asked for.
        pub span: Span,
        /// What came, in the order of the queries.
        pub outcomes: Vec<Outcome>,
        /// What is said about the answers, each sentence once: of windows that took the place of samples, for example.
        pub notes: Vec<String>,
    }
}

/// PromQL, for people who write it.
///
/// Expressions may hold the variables of [`crate::PanelQuery`].
#[async_trait]
pub trait Explore: Send + Sync {
    /// The first mistake of a text, where it has one.
    async fn check(&self, caller: &Caller, expr: &str) -> Result<Option<Mistake>, Problem>;
    /// The text laid out.
    async fn format(&self, caller: &Caller, expr: &str) -> Result<String, Problem>;
    /// All functions that are understood, by name.
    async fn functions(&self, caller: &Caller) -> Result<Vec<FunctionInfo>, Problem>;
    /// Metrics whose names fit what was typed (see [`crate::rank`]), at most `most`.
    async fn metrics(
        &self,
        caller: &Caller,
        typed: &str,
        most: usize,
    ) -> Result<FoundMetrics, Problem>;
    /// Names of the labels of a metric; of all metrics where it is empty.
    async fn label_names(&self, caller: &Caller, metric: &str) -> Result<FoundNames, Problem>;
    /// Values of a label of a metric (of all metrics where it is empty) that fit what was typed.
    async fn label_values(
        &self,
        caller: &Caller,
        label: &str,
        metric: &str,
        typed: &str,
        most: usize,
    ) -> Result<FoundNames, Problem>;
    /// What queries yield over a range, with at most `points` points a series. One that fails leaves the
    /// others standing.
    async fn evaluate(
        &self,
        caller: &Caller,
        exprs: &[String],
        range: TimeRange,
        points: u32,
    ) -> Result<Evaluation, Problem>;
}
