//! The record of a build: what a sender tells the product, while it runs and when it is over.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What became of a build.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum BuildState {
    /// It goes on.
    #[default]
    Running,
    /// It ended well.
    Success,
    /// It ended with errors.
    Failure,
    /// It was broken off, or nothing was heard of its end.
    Interrupted,
}

/// A build. Everything but `id` may be missing.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema, Serialize)]
#[schemars(rename = "BuildReport")]
#[serde(default)]
pub struct Report {
    /// What names it: 1 to 64 letters, digits and hyphens. What is told again under the same id is the same build.
    pub id: String,
    /// Which telling this is: of two, the one with the larger number holds.
    pub sequence: u64,
    /// What is built.
    pub project: String,
    /// The command, as it was written.
    pub command: String,
    /// The commit, in full.
    pub commit: String,
    /// The branch.
    pub branch: String,
    /// The profile: `dev`, `release`, …; `dev (check)` where it was only checked.
    pub profile: String,
    /// The target that was asked for; empty for that of the machine.
    pub target: String,
    /// The machine.
    pub host: String,
    /// Who or what built it: a person, a pipeline.
    pub builder: String,
    /// What became of it.
    pub state: BuildState,
    /// The exit code of the command.
    pub exit_code: Option<i32>,
    /// When it began, by the sender's clock; milliseconds UTC.
    pub began_ms: i64,
    /// When this was told, by the same clock.
    pub told_ms: i64,
    /// How long it has taken.
    pub duration_seconds: f64,
    /// Until cargo knew what to build: reading manifests, updating the index, resolving versions.
    pub resolution_seconds: Option<f64>,
    /// How long crates were fetched.
    pub download_seconds: Option<f64>,
    /// Pieces of work that are done, fresh ones included.
    pub done: u64,
    /// How many there are in all, where cargo said it.
    pub total: Option<u64>,
    /// What is being compiled.
    pub active: Vec<String>,
    /// Pieces of work, each of them.
    pub units: Vec<Unit>,
    /// Where the times of `units` are from: `cargo` (its own timings), or nothing where there are none.
    pub timing: String,
    /// Warnings of the compiler, as cargo counts them.
    pub warnings: u64,
    /// Errors.
    pub errors: u64,
    /// Errors by their kind.
    pub kinds: Vec<Counted>,
    /// Errors by the file they are in.
    pub files: Vec<Counted>,
    /// Packages that could not be compiled.
    pub failed: Vec<String>,
    /// Errors and warnings, the first of them.
    pub messages: Vec<Message>,
    /// What came out of it.
    pub binaries: Vec<Binary>,
    /// What was left out or not understood, in words.
    pub notes: Vec<String>,
}

/// A piece of work: a target of a crate, compiled or fresh, or the run of a build script.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema, Serialize)]
#[schemars(rename = "BuildUnit")]
#[serde(default)]
pub struct Unit {
    /// The package.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What of it: `lib`, `bin NAME`, `build script`, `build script run`, …
    pub part: String,
    /// Whether it belongs to the workspace, and does not come from a registry.
    pub is_own: bool,
    /// Whether it was there already; unknown where cargo did not say.
    pub is_fresh: Option<bool>,
    /// When it began, in seconds since the build did.
    pub began_seconds: Option<f64>,
    /// How long it took.
    pub duration_seconds: Option<f64>,
    /// How long until others could begin that need only what it declares.
    pub declared_seconds: Option<f64>,
    /// Which units could begin when it was done, by their places.
    pub unblocks: Vec<u32>,
    /// Which could begin when it had declared what it has.
    pub unblocks_early: Vec<u32>,
    /// Its features that are on.
    pub features: Vec<String>,
}

/// Something that was counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[schemars(rename = "BuildCount")]
pub struct Counted {
    /// What.
    pub name: String,
    /// How often.
    pub count: u64,
}

/// An error or a warning.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[schemars(rename = "BuildMessage")]
#[serde(default)]
pub struct Message {
    /// Whether it is an error; a warning otherwise.
    pub is_error: bool,
    /// Of an error: its kind, a word of [`crate::ErrorKind`].
    pub kind: String,
    /// The code of the compiler, or the name of a lint; may be empty.
    pub code: String,
    /// Its first line.
    pub text: String,
    /// All of it, as the compiler writes it, without colours.
    pub rendered: String,
    /// The package; empty where it is not known.
    pub package: String,
    /// The file; empty where there is none.
    pub file: String,
    /// The line in it, from one.
    pub line: u32,
    /// The column, from one.
    pub column: u32,
}

/// A file that came out of a build.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[schemars(rename = "BuildBinary")]
#[serde(default)]
pub struct Binary {
    /// The target of cargo.
    pub name: String,
    /// `bin`, `cdylib`, `staticlib`, …
    pub kind: String,
    /// Where it is.
    pub path: String,
    /// How large it is.
    pub bytes: u64,
}
