//! Real traffic: single calls of agents, their sessions, and what they come to for each server.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::record::record;
use crate::words::words;
use crate::{Caller, Problem, TimeRange};

/// The most calls of a file.
pub const MOST_OF_A_FILE: u32 = 10_000;

words! {
    /// What came of a call.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum CallOutcome {
        /// A result.
        Ok = "ok",
        /// A result that says of itself that the tool failed.
        ToolError = "tool_error",
        /// A JSON-RPC error.
        JsonrpcError = "jsonrpc_error",
        /// The connection ended, or HTTP refused it.
        Transport = "transport",
        /// Who asked waited no longer, because it took too long.
        Timeout = "timeout",
        /// Who asked wanted it no longer.
        Cancelled = "cancelled",
        /// It cannot be told, which is no failure.
        Unknown = "unknown",
    }
}

impl CallOutcome {
    /// Whether it is known to have failed.
    pub fn is_failure(self) -> bool {
        !matches!(self, Self::Ok | Self::Unknown)
    }
}

words! {
    /// What something that was said looks like.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum SignKind {
        /// SQL that leaves the text it is in.
        SqlInjection = "sql_injection",
        /// A script for a browser.
        CrossSiteScripting = "cross_site_scripting",
        /// A path that leaves its folder, or leads to what nobody has to read.
        PathTraversal = "path_traversal",
        /// A command or a program behind something else.
        CodeExecution = "code_execution",
        /// A key, a token or a password in what was asked.
        SecretInArguments = "secret_in_arguments",
        /// The same in what was answered.
        SecretInResult = "secret_in_result",
    }
}

words! {
    /// What a frame of a call is.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum FrameKind {
        /// What was asked.
        Request = "request",
        /// How far it is.
        Progress = "progress",
        /// Something else that was said meanwhile.
        Notification = "notification",
        /// The server asks its client meanwhile.
        Question = "question",
        /// What was answered.
        Answer = "answer",
        /// It ended without an answer.
        End = "end",
    }
}

record! {
    /// A call of an agent, as a row of a list.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct SeenCall {
        /// Its number: they go up in the order in which calls arrive, and never come again.
        pub id: i64,
        /// When the request passed by.
        pub at_ms: i64,
        /// The server, as the tap calls it.
        pub server: String,
        /// `stdio` or `http`.
        pub transport: String,
        /// Names the session.
        pub session: String,
        /// Whether the server asked its client.
        pub is_from_server: bool,
        /// The client program, as it says itself.
        pub client: Option<String>,
        /// The revision of the protocol.
        pub protocol: Option<String>,
        /// The method, such as `tools/call`.
        pub method: String,
        /// The tool, the prompt or the resource.
        pub target: Option<String>,
        /// From request to end.
        pub duration_seconds: f64,
        /// What came of it.
        pub outcome: CallOutcome,
        /// The code of a JSON-RPC error, or the status of HTTP.
        pub code: Option<i64>,
        /// Whether it succeeded with nothing: a silent failure.
        pub is_empty: bool,
        /// Whether the tool is not in the list that the server gave.
        pub is_unadvertised: bool,
        /// Whether something in it looks like an attack or a secret.
        pub is_suspicious: bool,
        /// The size of the request.
        pub request_bytes: u64,
        /// The size of the answer; 0 where there was none.
        pub response_bytes: u64,
        /// How many tokens the result would be for a model, estimated.
        pub result_tokens: u64,
    }

    /// A frame of a call.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct CallFrame {
        /// What it is.
        pub kind: FrameKind,
        /// Whether the server said it.
        pub is_from_server: bool,
        /// How long after the request.
        pub after_seconds: f64,
        /// Its method; of an answer, that of the request.
        pub method: String,
        /// Its size; nothing where nothing was said.
        pub bytes: Option<u64>,
        /// What was said, without what may be secret, and cut; where it was told and is still kept.
        pub text: Option<String>,
    }

    /// A call with its frames.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct CallDetail {
        /// The call.
        pub call: SeenCall,
        /// Its frames in the order of time.
        pub frames: Vec<CallFrame>,
        /// How many more passed by between request and end than are kept.
        pub frames_left_out: u64,
        /// What in it looks like an attack or a secret.
        pub signs: Vec<SeenSign>,
        /// Whether texts are kept that who asks may not see.
        pub has_hidden_texts: bool,
    }

    /// A sign of an attack or a secret, and where it was found; never what was found.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct SeenSign {
        /// Its number.
        pub id: i64,
        /// The call it was found in; nothing where that is no longer kept.
        pub call: Option<i64>,
        /// When the request passed by.
        pub at_ms: i64,
        /// The server, as the tap calls it.
        pub server: String,
        /// Names the session.
        pub session: String,
        /// The client program, as it says itself.
        pub client: Option<String>,
        /// The method of the request.
        pub method: String,
        /// The tool, the prompt or the resource.
        pub target: Option<String>,
        /// What it looks like.
        pub what: SignKind,
        /// The field it is in, such as `arguments.path`.
        pub place: String,
    }

    /// Calls, newest first.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct CallPage {
        /// The calls.
        pub calls: Vec<SeenCall>,
        /// The number of the newest call there is, whether it is among these or not: what comes later is after it.
        pub newest: i64,
        /// How many more match than these.
        pub more: u64,
    }

    /// A session of a client with a server.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct TrafficSession {
        /// The server.
        pub server: String,
        /// Its name.
        pub session: String,
        /// `stdio` or `http`.
        pub transport: String,
        /// The client program.
        pub client: Option<String>,
        /// The revision of the protocol.
        pub protocol: Option<String>,
        /// When it began.
        pub began_ms: i64,
        /// When it was heard of last.
        pub last_ms: i64,
        /// Whether it goes on.
        pub is_open: bool,
        /// How many calls it had.
        pub calls: u64,
        /// How many of them failed.
        pub failed: u64,
    }

    /// How a tool is used, or what a client does.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct Usage {
        /// The tool, the prompt, the resource, the method where it has none of these; or the client.
        pub name: String,
        /// The token of a filter that finds its calls.
        pub find: String,
        /// How many calls.
        pub calls: u64,
        /// How many failed.
        pub failed: u64,
        /// How many succeeded with nothing.
        pub silent: u64,
        /// Half of them took no longer.
        pub p50_seconds: f64,
        /// 95 % of them took no longer.
        pub p95_seconds: f64,
        /// The longest.
        pub max_seconds: f64,
        /// All together.
        pub total_seconds: f64,
        /// Tokens of all results, estimated.
        pub result_tokens: u64,
    }

    /// What agents do with a server.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct ServerTraffic {
        /// All of its calls; the name is the server's.
        pub all: Usage,
        /// When the newest call was.
        pub last_ms: i64,
        /// Tools and what else was asked for, most used first.
        pub tools: Vec<Usage>,
        /// By client, most active first.
        pub clients: Vec<Usage>,
        /// How many tools it defined when it listed them last.
        pub definitions: u64,
        /// What their definitions are for a model's context in tokens, estimated.
        pub definition_tokens: u64,
        /// The same in bytes.
        pub definition_bytes: u64,
    }

    /// What agents do.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct TrafficSummary {
        /// By server, most used first.
        pub servers: Vec<ServerTraffic>,
        /// How many calls were looked at.
        pub calls: u64,
        /// Whether there were more: only the newest were looked at.
        pub is_cut: bool,
        /// How many calls are kept in all; none: nobody has ever told of one.
        pub kept: u64,
    }
}

/// A token of a filter, such as `client:"my agent"`; of an empty value, what has none.
#[must_use]
pub fn filter_token(kind: &str, value: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./@".contains(c);
    if !value.is_empty() && value.chars().all(is_plain) {
        return format!("{kind}:{value}");
    }
    let value = value.replace('\\', "\\\\").replace('"', "\\\"");
    format!("{kind}:\"{value}\"")
}

/// Which calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallQuery {
    /// Tokens such as `server:files -status:ok`; all where empty.
    pub filter: String,
    /// Over which time; all where missing.
    pub range: Option<TimeRange>,
    /// Only calls with a higher number.
    pub after: Option<i64>,
    /// Only calls with a lower number.
    pub before: Option<i64>,
    /// At most so many.
    pub limit: u32,
}

/// Real traffic.
#[async_trait]
pub trait Traffic: Send + Sync {
    /// Calls, newest first. A mistake in the filter is named.
    async fn calls(&self, caller: &Caller, query: CallQuery) -> Result<CallPage, Problem>;
    /// One call with its frames.
    async fn call(&self, caller: &Caller, id: i64) -> Result<CallDetail, Problem>;
    /// Calls with their frames, oldest first, for a file.
    async fn details(&self, caller: &Caller, query: CallQuery) -> Result<Vec<CallDetail>, Problem>;
    /// Sessions, of one server where one is named; the newest first.
    async fn sessions(
        &self,
        caller: &Caller,
        server: Option<&str>,
        limit: u32,
    ) -> Result<Vec<TrafficSession>, Problem>;
    /// Signs of attacks and secrets, of one server where one is named; the newest first.
    async fn signs(
        &self,
        caller: &Caller,
        server: Option<&str>,
        range: TimeRange,
        limit: u32,
    ) -> Result<Vec<SeenSign>, Problem>;
    /// What calls come to, of one server where one is named.
    async fn summary(
        &self,
        caller: &Caller,
        server: Option<&str>,
        range: TimeRange,
    ) -> Result<TrafficSummary, Problem>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_of_filters() {
        for (value, expected) in [
            ("read_file", "tool:read_file"),
            ("a b", "tool:\"a b\""),
            ("file:///x", "tool:\"file:///x\""),
            ("say \"x\"", r#"tool:"say \"x\"""#),
            ("", "tool:\"\""),
        ] {
            assert_eq!(filter_token("tool", value), expected);
        }
    }
}
