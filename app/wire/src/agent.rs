//! Fleets of agents (SYNTHEX and others): how each does, and how they work together.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::record::record;
use crate::words::words;
use crate::{Caller, Problem, TimeRange};

words! {
    /// How an agent stands, by what it says and by how long ago it said it.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub enum AgentState {
        /// It works.
        Active = "active",
        /// It waits for work.
        Idle = "idle",
        /// It says that it comes back from a failure.
        Recovering = "recovering",
        /// It says that it has failed, or that it does badly.
        Failed = "failed",
        /// It has said nothing for longer than it usually takes; it may still live.
        Stale = "stale",
        /// It has said nothing for so long, or its source so clearly no longer has it, that it is gone.
        Dead = "dead",
        /// It said that it ends.
        Stopped = "stopped",
        /// It has said nothing of how it stands.
        #[default]
        Unknown = "unknown",
    }
}

words! {
    /// How reports of agents come.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub enum AgentSourceKind {
        /// A file that is watched.
        File = "file",
        /// `POST /api/synthex/agents`.
        Http = "HTTP",
        /// Metrics with the names of the catalogue, of OTLP, remote write, a push or a scrape.
        Metrics = "metrics",
        /// The telemetry of Claude Code.
        ClaudeCode = "Claude Code",
    }
}

record! {
    /// One of the things that the health score is made of.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct AgentFactor {
        /// What: `tasks done`, `recoveries`, …
        pub name: String,
        /// How good it is, 0 to 100; nothing where it is not known, and then it takes no part.
        pub value: Option<f64>,
        /// Its weight among all factors, of 1.
        pub weight: f64,
        /// What it is computed of, in words: `18 of 20 tasks done`.
        pub said: String,
    }
}

record! {
    /// Something that an agent says and that has no place of its own.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct AgentFact {
        /// Its path in the report: `health_metrics.region`.
        pub name: String,
        /// Its value as JSON, shortened where it is long.
        pub value: String,
    }
}

record! {
    /// What an agent measures of itself. Whatever it has not said is missing.
    #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
    pub struct AgentFigures {
        /// Queries a second.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub queries_per_second: Option<f64>,
        /// Processor, in per cent of one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub cpu_percent: Option<f64>,
        /// Memory, in bytes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub memory_bytes: Option<f64>,
        /// Memory, in per cent of what it may have.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub memory_percent: Option<f64>,
        /// Graphics processor, in per cent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub gpu_percent: Option<f64>,
        /// Tasks that wait.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub queue_depth: Option<f64>,
        /// Tasks it works on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub tasks_running: Option<f64>,
        /// Tasks that were done.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub tasks_completed: Option<f64>,
        /// Tasks that failed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub tasks_failed: Option<f64>,
        /// The part of tasks that were done, 0 to 1.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub completion_ratio: Option<f64>,
        /// Recoveries that succeeded.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub recoveries: Option<f64>,
        /// Recoveries that did not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub recoveries_failed: Option<f64>,
        /// The part of recoveries that succeeded, 0 to 1.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub recovery_ratio: Option<f64>,
        /// The part of parallel work that was useful, 0 to 1.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub parallel_efficiency: Option<f64>,
        /// How well memory is used, 0 to 100.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub memory_efficiency: Option<f64>,
        /// The part of predictions that were right, 0 to 1.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub prediction_accuracy: Option<f64>,
        /// The part of patterns that were recognised, 0 to 1.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub pattern_accuracy: Option<f64>,
        /// What it gains by learning, in per cent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub optimization_percent: Option<f64>,
        /// Tokens of models since it began.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub tokens: Option<f64>,
        /// What models cost since it began, in US dollars, as it estimates it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub cost_usd: Option<f64>,
    }
}

record! {
    /// An agent.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct Agent {
        /// What names it.
        pub id: String,
        /// Its type; empty where nobody said.
        pub kind: String,
        /// How it stands.
        pub state: AgentState,
        /// The word it has for that itself; empty where it has none.
        pub said_state: String,
        /// Why it stands so, in a sentence.
        pub why: String,
        /// How its reports come.
        pub source: AgentSourceKind,
        /// From whom: a path, a caller's name, an instance.
        pub source_name: String,
        /// The machine; empty where nobody said.
        pub host: String,
        /// Its version; empty where nobody said.
        pub version: String,
        /// When it was heard of first, by the product's clock.
        pub first_ms: i64,
        /// When it was heard of last.
        pub last_ms: i64,
        /// How far its clock is ahead of the product's, where that is more than a few seconds.
        pub ahead_ms: i64,
        /// How long it usually is between two reports.
        pub interval_ms: Option<i64>,
        /// The health score, 0 to 100: the one it reports, or the one computed of what it measures.
        pub score: Option<f64>,
        /// Whether it reports the score itself.
        pub is_own_score: bool,
        /// What the score is computed of.
        pub factors: Vec<AgentFactor>,
        /// What it measures.
        pub figures: AgentFigures,
        /// Scores of the last hour, the oldest first, at most 60.
        pub past: Vec<f64>,
    }
}

record! {
    /// A stretch of time in which an agent stood in the same way.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct AgentSpan {
        /// How.
        pub state: AgentState,
        /// From when.
        pub from_ms: i64,
        /// Until when; now for the last one.
        pub to_ms: i64,
        /// Why, in a sentence.
        pub why: String,
    }
}

record! {
    /// Something that an agent did, or that became of it.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct AgentEvent {
        /// When.
        pub at_ms: i64,
        /// Its name as told: `tool_result`, `api_error`, …
        pub name: String,
        /// What it was about: a tool, a model; empty where there is none.
        pub subject: String,
        /// Whether it went well; nothing where that has no meaning.
        pub is_good: Option<bool>,
        /// How long it took.
        pub duration_ms: Option<i64>,
        /// What is said of it besides.
        pub text: String,
    }
}

record! {
    /// What an agent did with one tool or model, since it was heard of first.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct AgentUse {
        /// `tool` or `model`.
        pub kind: String,
        /// Its name.
        pub name: String,
        /// How often.
        pub count: u64,
        /// How often it went wrong.
        pub failed: u64,
        /// How long it took on average.
        pub mean_ms: Option<f64>,
        /// What it cost, in US dollars.
        pub cost_usd: Option<f64>,
    }
}

record! {
    /// Where reports come from, and how that goes.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct AgentSource {
        /// How.
        pub kind: AgentSourceKind,
        /// From whom.
        pub name: String,
        /// When something was taken of it last; nothing where that never was.
        pub last_ms: Option<i64>,
        /// How many agents it told of last.
        pub agents: u32,
        /// What is wrong with it now, each with its place; empty where nothing is.
        pub mistakes: Vec<String>,
    }
}

record! {
    /// How the agents of one type do.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct AgentKind {
        /// The type; empty where nobody said.
        pub name: String,
        /// How many there are that are neither dead nor stopped.
        pub agents: u32,
        /// How many of them are active.
        pub active: u32,
        /// The mean of their scores.
        pub score: Option<f64>,
        /// Queries a second of all together.
        pub queries_per_second: Option<f64>,
        /// Tasks that were done by all together.
        pub tasks_completed: Option<f64>,
        /// Tasks that wait.
        pub queue_depth: Option<f64>,
    }
}

record! {
    /// All agents in one picture.
    #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
    pub struct AgentPicture {
        /// Every agent: those in trouble first, then by score, then by name.
        pub agents: Vec<Agent>,
        /// By type, the most agents first; also types of which none is left.
        pub kinds: Vec<AgentKind>,
        /// How many are active.
        pub active: u32,
        /// How many are idle.
        pub idle: u32,
        /// How many have failed or recover.
        pub troubled: u32,
        /// How many are stale.
        pub stale: u32,
        /// How many are dead.
        pub dead: u32,
        /// The mean of the scores of those that are neither dead nor stopped.
        pub score: Option<f64>,
        /// Queries a second of all together.
        pub queries_per_second: Option<f64>,
        /// Mean parallel efficiency, 0 to 1.
        pub parallel_efficiency: Option<f64>,
        /// Tasks that wait, of all together.
        pub queue_depth: Option<f64>,
        /// The part of tasks that were done, of all together, 0 to 1.
        pub completion_ratio: Option<f64>,
        /// The part of recoveries that succeeded, of all together, 0 to 1.
        pub recovery_ratio: Option<f64>,
        /// How evenly work is spread, 0 to 1: Jain's index over what each agent has to do.
        pub balance: Option<f64>,
        /// What that means, in a sentence.
        pub balance_said: String,
        /// Where reports come from.
        pub sources: Vec<AgentSource>,
        /// How the score is computed, in words.
        pub method: String,
    }
}

record! {
    /// One agent in detail.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct AgentDetail {
        /// What is known of it.
        pub agent: Agent,
        /// How it stood over time, the oldest first.
        pub spans: Vec<AgentSpan>,
        /// What it did, the newest first.
        pub events: Vec<AgentEvent>,
        /// With what it did it, the most used first.
        pub uses: Vec<AgentUse>,
        /// What it says besides.
        pub facts: Vec<AgentFact>,
        /// What was not taken of its last report, and why.
        pub notes: Vec<String>,
        /// How the score is computed, in words.
        pub method: String,
    }
}

record! {
    /// What became of a report.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct AgentsTaken {
        /// How many agents it told of.
        pub agents: u32,
        /// What of it was not taken, each with its place, and why.
        pub notes: Vec<String>,
    }
}

/// Fleets of agents.
#[async_trait]
pub trait Agents: Send + Sync {
    /// All of them, as they stand now.
    async fn agents(&self, caller: &Caller) -> Result<AgentPicture, Problem>;

    /// One, with its timeline over some time; the last 24 hours where none is given.
    async fn agent(
        &self,
        caller: &Caller,
        id: &str,
        range: Option<TimeRange>,
    ) -> Result<AgentDetail, Problem>;

    /// Forgets one that is dead or stopped.
    async fn forget(&self, caller: &Caller, id: &str) -> Result<(), Problem>;
}
