//! Benchmarks: what tools measured, run by run, and what changed.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::record::record;
use crate::words::words;
use crate::{Caller, Problem};

words! {
    /// How a run of a benchmark stands against those before it.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum BenchmarkVerdict {
        /// It became worse, by more than chance explains.
        Worse = "worse",
        /// It became better, by more than chance explains.
        Better = "better",
        /// Nothing that chance does not explain.
        Same = "no change",
        /// Too little is known to say.
        #[default]
        Unknown = "too little known",
    }
}

words! {
    /// Who is held against whom.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum RivalKind {
        /// A result in Rust against one in Python.
        RustPython = "Rust against Python",
        /// What SYNTHEX does in parallel against the traditional way.
        Synthex = "SYNTHEX against traditional",
    }
}

record! {
    /// A benchmark in one run. Values are in the unit of the benchmark.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct BenchmarkPoint {
        /// The number of the run.
        pub run: i64,
        /// When it was measured.
        pub at_ms: i64,
        /// The version that was measured; empty where nobody said.
        pub commit: String,
        /// Its branch.
        pub branch: String,
        /// On which machine.
        pub host: String,
        /// How many values there were.
        pub n: u64,
        /// Their median, or their mean where there is no median.
        pub value: f64,
        /// Their mean.
        pub mean: f64,
        /// The 95 % interval of the mean: its lower end.
        pub low: Option<f64>,
        /// Its upper end.
        pub high: Option<f64>,
        /// 50 of 100 values are smaller.
        pub p50: Option<f64>,
        /// 95 of 100 values are smaller.
        pub p95: Option<f64>,
        /// 99 of 100 values are smaller.
        pub p99: Option<f64>,
        /// How it stands against earlier runs of the same machine and branch.
        pub verdict: BenchmarkVerdict,
        /// The change against them as a part: 0.1 is 10 % more.
        pub change: Option<f64>,
        /// The 95 % interval of the change: its lower end.
        pub change_low: Option<f64>,
        /// Its upper end.
        pub change_high: Option<f64>,
        /// How likely such a change is by chance, corrected for all benchmarks of the run.
        pub p: Option<f64>,
        /// What was compared with what, and what came of it, in words.
        pub sentence: String,
    }

    /// A benchmark and its newest run.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct Benchmark {
        /// Its number.
        pub id: i64,
        /// What it belongs to.
        pub suite: String,
        /// Name, parameters, language and approach in one: `json/parse{rows=10}@rust`.
        pub key: String,
        /// What is done.
        pub name: String,
        /// With what: `rows=10`.
        pub parameters: String,
        /// The language; empty where nobody said.
        pub language: String,
        /// How it is done; empty where nobody said.
        pub approach: String,
        /// The unit of its values; empty where there is none.
        pub unit: String,
        /// Whether more is better.
        pub more_is_better: bool,
        /// The tool that measured it last.
        pub tool: String,
        /// In how many runs it is.
        pub runs: u32,
        /// The newest.
        pub newest: BenchmarkPoint,
        /// The values of the last runs, the oldest first.
        pub past: Vec<f64>,
    }

    /// Two ways to do the same, as they were measured last.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct Rival {
        /// Who against whom.
        pub kind: RivalKind,
        /// What is done.
        pub operation: String,
        /// When the later of the two was measured.
        pub at_ms: i64,
        /// The number of the benchmark that is to be faster.
        pub fast: i64,
        /// The number of the other one.
        pub slow: i64,
        /// The value of the first: its median, or its mean where there is no median.
        pub fast_value: f64,
        /// The value of the other.
        pub slow_value: f64,
        /// The ends of the 95 % intervals of these values where they are known: of the first, then of the other.
        pub ends: Vec<f64>,
        /// Their unit.
        pub unit: String,
        /// How many times faster the first is.
        pub factor: f64,
        /// The 95 % interval of the factor: its lower end.
        pub low: Option<f64>,
        /// Its upper end.
        pub high: Option<f64>,
    }

    /// The speed-ups of one day (UTC).
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct SpeedUpDay {
        /// Its begin.
        pub at_ms: i64,
        /// Who against whom.
        pub kind: RivalKind,
        /// The mean of the factors (the geometric one, as of ratios).
        pub average: f64,
        /// The largest factor.
        pub peak: f64,
        /// What it was measured of.
        pub peak_of: String,
        /// How many there were.
        pub count: u32,
    }

    /// What Rust and Python took for the same, on average over seven days.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct ModuleCompared {
        /// What is done.
        pub operation: String,
        /// Rust, in milliseconds.
        pub rust_ms: f64,
        /// Python, in milliseconds.
        pub python_ms: f64,
        /// How many times faster Rust is.
        pub factor: f64,
        /// How many comparisons there were.
        pub count: u32,
    }

    /// A file that was imported.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct BenchmarkRun {
        /// Its number.
        pub id: i64,
        /// When it was measured.
        pub at_ms: i64,
        /// When it was imported.
        pub taken_ms: i64,
        /// What the benchmarks belong to.
        pub suite: String,
        /// The tool that wrote it.
        pub tool: String,
        /// On which machine.
        pub host: String,
        /// The version that was measured.
        pub commit: String,
        /// Its branch.
        pub branch: String,
        /// Who imported it.
        pub by: String,
        /// How many results it has.
        pub results: u32,
        /// How many of them are worse than before.
        pub worse: u32,
        /// How many are better.
        pub better: u32,
        /// What of it was not taken, and why.
        pub notes: Vec<String>,
    }

    /// All that the page shows.
    #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
    pub struct BenchmarkPicture {
        /// Every benchmark with its newest run: what became worse first, then what became better, then by name.
        pub rows: Vec<Benchmark>,
        /// Two ways to do the same, by operation.
        pub rivals: Vec<Rival>,
        /// Speed-ups by day, the newest day first; of the last 90 days.
        pub days: Vec<SpeedUpDay>,
        /// Rust beside Python over the last seven days, the slowest in Rust first.
        pub modules: Vec<ModuleCompared>,
        /// The last files, the newest first.
        pub runs: Vec<BenchmarkRun>,
        /// What is said of the method.
        pub method: String,
    }

    /// How benchmarks stand with their newest runs.
    #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
    pub struct BenchmarkStanding {
        /// How many there are.
        pub all: u64,
        /// How many became worse.
        pub worse: u64,
        /// How many became better.
        pub better: u64,
        /// When the newest was measured.
        pub newest_ms: Option<i64>,
        /// Some that changed: what became worse first, the largest change first.
        pub changed: Vec<Benchmark>,
    }

    /// One benchmark through all its runs.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct BenchmarkDetail {
        /// Itself.
        pub benchmark: Benchmark,
        /// Its last runs, the oldest first.
        pub points: Vec<BenchmarkPoint>,
        /// What does the same otherwise.
        pub rivals: Vec<Benchmark>,
        /// What is said of the method.
        pub method: String,
    }

    /// What became of a file.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct BenchmarkTaken {
        /// The number of its run.
        pub run: i64,
        /// Whether it is new; the same file again changes nothing.
        pub is_new: bool,
        /// The tool that wrote it.
        pub tool: String,
        /// How many results were taken.
        pub results: u32,
        /// What became worse, in sentences.
        pub worse: Vec<String>,
        /// What became better, in sentences.
        pub better: Vec<String>,
        /// What was not taken, and why.
        pub notes: Vec<String>,
    }
}

/// A file that somebody sends, and what they say of it; that goes before what the file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BenchmarkFile {
    /// Its text.
    pub text: String,
    /// What the benchmarks belong to.
    pub suite: String,
    /// The machine.
    pub host: String,
    /// The version that was measured.
    pub commit: String,
    /// Its branch.
    pub branch: String,
    /// The language of all results that do not say theirs.
    pub language: String,
    /// When it was measured.
    pub at_ms: Option<i64>,
}

/// Benchmarks.
#[async_trait]
pub trait Benchmarks: Send + Sync {
    /// All of them.
    async fn benchmarks(&self, caller: &Caller) -> Result<BenchmarkPicture, Problem>;

    /// What changed with the newest runs.
    async fn standing(&self, caller: &Caller) -> Result<BenchmarkStanding, Problem>;

    /// One through all its runs.
    async fn benchmark(&self, caller: &Caller, id: i64) -> Result<BenchmarkDetail, Problem>;

    /// Takes a file.
    async fn take(&self, caller: &Caller, file: BenchmarkFile) -> Result<BenchmarkTaken, Problem>;
}
