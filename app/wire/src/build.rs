//! Builds of Rust programs, as cargo told of them.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::record::record;
use crate::words::words;
use crate::{Caller, Problem, TimeRange};

/// Builds of an answer at most.
pub const MOST_BUILDS: u32 = 500;

words! {
    /// What became of a build.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub enum BuildState {
        /// It goes on.
        Running = "running",
        /// It ended well.
        Success = "success",
        /// It ended with errors.
        Failure = "failure",
        /// It was broken off, or nothing was heard of its end.
        Interrupted = "interrupted",
    }
}

record! {
    /// Something that was counted.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct BuildCount {
        /// What.
        pub name: String,
        /// How often.
        pub count: u64,
    }
}

record! {
    /// A build.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct Build {
        /// What names it.
        pub id: String,
        /// Rising number, in the order in which builds were first heard of.
        pub number: i64,
        /// What is built.
        pub project: String,
        /// The command.
        pub command: String,
        /// The commit; empty where it is not known.
        pub commit: String,
        /// The branch.
        pub branch: String,
        /// The profile.
        pub profile: String,
        /// The target that was asked for; empty for that of the machine.
        pub target: String,
        /// The machine.
        pub host: String,
        /// Who or what built it.
        pub builder: String,
        /// What became of it.
        pub state: BuildState,
        /// The exit code of the command.
        pub exit_code: Option<i64>,
        /// When it began, by the product's clock.
        pub began_ms: i64,
        /// When it ended.
        pub ended_ms: Option<i64>,
        /// How long it took, or has taken.
        pub duration_seconds: f64,
        /// Until cargo knew what to build.
        pub resolution_seconds: Option<f64>,
        /// How long crates were fetched.
        pub download_seconds: Option<f64>,
        /// Pieces of work that are done.
        pub done: u64,
        /// How many there are in all, where cargo said it.
        pub total: Option<u64>,
        /// What is being compiled, while it runs.
        pub active: Vec<String>,
        /// Pieces of work that were done.
        pub compiled: u64,
        /// Those that were there already.
        pub fresh: u64,
        /// Warnings of the compiler.
        pub warnings: u64,
        /// Errors.
        pub errors: u64,
        /// Errors by their kind, the most frequent first.
        pub kinds: Vec<BuildCount>,
        /// The size of what came out of it.
        pub binary_bytes: u64,
    }
}

record! {
    /// How the builds of a project do.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct BuildProject {
        /// The newest.
        pub newest: Build,
        /// How many ended well in the time that was asked for.
        pub succeeded: u64,
        /// How many ended with errors.
        pub failed: u64,
        /// How many were broken off.
        pub interrupted: u64,
    }
}

record! {
    /// A crate over several builds.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct BuildCrate {
        /// Its project.
        pub project: String,
        /// Its name.
        pub name: String,
        /// Whether it belongs to the project itself.
        pub is_own: bool,
        /// How long compiling it took on average, all its parts together.
        pub mean_seconds: Option<f64>,
        /// How long it took last.
        pub last_seconds: Option<f64>,
        /// How often it was compiled.
        pub compiled: u64,
        /// In how many builds it had errors.
        pub failed: u64,
    }
}

record! {
    /// A crate that has become slower.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct BuildSlower {
        /// Its project.
        pub project: String,
        /// The profile in which it did.
        pub profile: String,
        /// Its name.
        pub name: String,
        /// How long it took before: the median.
        pub before_seconds: f64,
        /// How long it takes since: the median.
        pub after_seconds: f64,
        /// The first build in which it did.
        pub since: String,
        /// When that was.
        pub since_ms: i64,
        /// Its commit.
        pub commit: String,
    }
}

record! {
    /// How large a program is, build for build.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct BuildSize {
        /// Its project.
        pub project: String,
        /// The profile.
        pub profile: String,
        /// Its name.
        pub name: String,
        /// Sizes, the newest last.
        pub bytes: Vec<u64>,
        /// When that was.
        pub at_ms: Vec<i64>,
    }
}

record! {
    /// The builds of some time in one picture.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct BuildPicture {
        /// The newest, newest first.
        pub builds: Vec<Build>,
        /// How many there are that are not among them.
        pub more: u64,
        /// Projects there are, whatever is asked for.
        pub projects: Vec<String>,
        /// How many ended well.
        pub succeeded: u64,
        /// How many ended with errors.
        pub failed: u64,
        /// How many were broken off.
        pub interrupted: u64,
        /// Pieces of work that were done.
        pub compiled: u64,
        /// Those that were there already.
        pub fresh: u64,
        /// How long builds that ended well took: the median.
        pub median_seconds: Option<f64>,
        /// Until cargo knew what to build, on average.
        pub resolution_seconds: Option<f64>,
        /// Warnings of the newest build of each project that has ended.
        pub warnings: u64,
        /// Crates, the slowest first; of the newest builds.
        pub crates: Vec<BuildCrate>,
        /// How many builds that is of.
        pub looked_at: u64,
        /// Crates that have become slower, the worst first.
        pub slower: Vec<BuildSlower>,
        /// Errors by their kind.
        pub kinds: Vec<BuildCount>,
        /// Errors by the file they are in.
        pub files: Vec<BuildCount>,
        /// Features that are on, with the number of crates, in the newest builds of each project.
        pub features: Vec<BuildCount>,
        /// Programs, and how large they have been.
        pub sizes: Vec<BuildSize>,
    }
}

record! {
    /// A piece of work of a build.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct BuildUnit {
        /// The package.
        pub name: String,
        /// Its version.
        pub version: String,
        /// What of it: `lib`, `bin NAME`, `build script`, …
        pub part: String,
        /// Whether it belongs to the project itself.
        pub is_own: bool,
        /// Whether it was there already; unknown where cargo did not say.
        pub is_fresh: Option<bool>,
        /// When it began, in seconds since the build did.
        pub began_seconds: Option<f64>,
        /// How long it took.
        pub duration_seconds: Option<f64>,
        /// How long until others could begin that need only what it declares.
        pub declared_seconds: Option<f64>,
        /// Its features that are on.
        pub features: Vec<String>,
    }
}

record! {
    /// An error or a warning.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct BuildMessage {
        /// Whether it is an error; a warning otherwise.
        pub is_error: bool,
        /// Of an error: its kind.
        pub kind: String,
        /// The code of the compiler, or the name of a lint.
        pub code: String,
        /// Its first line.
        pub text: String,
        /// All of it, as the compiler wrote it.
        pub rendered: String,
        /// The package; empty where it is not known.
        pub package: String,
        /// The file; empty where there is none.
        pub file: String,
        /// The line in it.
        pub line: u32,
        /// The column.
        pub column: u32,
    }
}

record! {
    /// A file that came out of a build.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct BuildBinary {
        /// Its name.
        pub name: String,
        /// `bin`, `cdylib`, …
        pub kind: String,
        /// Where it was written.
        pub path: String,
        /// How large it is.
        pub bytes: u64,
    }
}

record! {
    /// A build in detail.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct BuildDetail {
        /// What is known of it.
        pub build: Build,
        /// Its pieces of work.
        pub units: Vec<BuildUnit>,
        /// Where their times are from: `cargo`, or nothing where there are none.
        pub timing: String,
        /// The places of the units that its end waited for, in the order of time.
        pub critical: Vec<u32>,
        /// Errors and warnings.
        pub messages: Vec<BuildMessage>,
        /// Errors by the file they are in.
        pub files: Vec<BuildCount>,
        /// What came out of it.
        pub binaries: Vec<BuildBinary>,
        /// What was left out, corrected or not understood.
        pub notes: Vec<String>,
        /// The build before it of the same project, profile and target; empty where there is none.
        pub previous: String,
    }
}

record! {
    /// A build, and another to compare it with.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct BuildPair {
        /// The one.
        pub build: BuildDetail,
        /// The other.
        pub other: Option<BuildDetail>,
    }
}

/// Which builds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BuildQuery {
    /// Of one project; of all where empty.
    pub project: String,
    /// Over which time; all that is kept where missing.
    pub range: Option<TimeRange>,
    /// How many at most.
    pub limit: u32,
}

/// The builds.
#[async_trait]
pub trait Builds: Send + Sync {
    /// The newest of some time, newest first.
    async fn list(&self, caller: &Caller, query: BuildQuery) -> Result<Vec<Build>, Problem>;
    /// All of some time in one picture.
    async fn picture(&self, caller: &Caller, query: BuildQuery) -> Result<BuildPicture, Problem>;
    /// Projects that were built in some time, the one that was built last first; of many, those.
    async fn projects(
        &self,
        caller: &Caller,
        range: TimeRange,
    ) -> Result<Vec<BuildProject>, Problem>;
    /// One in detail.
    async fn detail(&self, caller: &Caller, id: &str) -> Result<BuildDetail, Problem>;
}
