//! What leaves: records of what was seen, without what was said.

use drift::Kind;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Records that are sent together.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema, Serialize)]
#[schemars(rename = "TrafficBatch")]
pub struct Batch {
    /// Names this batch: one that comes again is counted once. A UUID, or up to 64 letters, digits and hyphens.
    pub id: String,
    /// The server that the records are about.
    pub server: String,
    /// How client and server are connected.
    pub transport: Transport,
    /// What was seen since the batch before and is in none.
    #[serde(default)]
    pub lost: Lost,
    /// What was seen, in the order of time.
    pub records: Vec<Record>,
}

/// What the sender had to leave out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[schemars(rename = "TrafficLost")]
pub struct Lost {
    /// Bytes that passed by faster than they could be looked at.
    #[serde(default)]
    pub bytes: u64,
    /// Records that could be kept nowhere until they were sent.
    #[serde(default)]
    pub records: u64,
}

impl Lost {
    /// Whether nothing was left out.
    pub fn is_none(self) -> bool {
        self == Self::default()
    }
}

impl std::ops::AddAssign for Lost {
    fn add_assign(&mut self, more: Self) {
        self.bytes += more.bytes;
        self.records += more.records;
    }
}

/// How client and server are connected.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema, Serialize,
)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "TrafficTransport")]
pub enum Transport {
    /// Pipes.
    Stdio,
    /// Streamable HTTP, or HTTP with server-sent events as it was before.
    Http,
}

impl Transport {
    /// The word for labels.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stdio => "stdio",
            Self::Http => "http",
        }
    }
}

/// Who says something.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema, Serialize,
)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "TrafficSide")]
pub enum Side {
    /// The client.
    Client,
    /// The server.
    Server,
}

impl Side {
    /// Who listens.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }

    /// The word for labels.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Server => "server",
        }
    }
}

/// One thing that was seen.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[schemars(rename = "TrafficRecord")]
#[expect(clippy::large_enum_variant, reason = "most records are calls")]
pub enum Record {
    /// A request and what came of it.
    Call(Call),
    /// The tools that a server listed.
    Tools(ToolList),
    /// Definitions that a server listed, whole.
    Definitions(DefinitionList),
    /// What is no request, counted.
    Count(Count),
    /// How a session stands.
    Pulse(Pulse),
}

impl Record {
    /// How much it tells of what was said, in bytes.
    pub fn said_bytes(&self) -> usize {
        let call = match self {
            Self::Call(call) => call,
            Self::Definitions(list) => {
                let sizes = list.definitions.iter().map(|one| one.to_string().len());
                return sizes.sum();
            }
            _ => return 0,
        };
        let passed = call.between.iter().map(|it| &it.text);
        let texts = [&call.request_text, &call.response_text].into_iter();
        texts.chain(passed).flatten().map(String::len).sum()
    }
}

/// A request and what came of it.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema, Serialize)]
#[schemars(rename = "TrafficCall")]
pub struct Call {
    /// When the request passed by, in milliseconds UTC.
    pub at_ms: i64,
    /// Names the session; made up by the sender.
    pub session: String,
    /// Names the request within the session: a keyed hash of its id, which is not said.
    #[serde(default)]
    pub id: String,
    /// Who asked.
    pub from: Side,
    /// The method, such as `tools/call`.
    pub method: String,
    /// The tool that was called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// The name of the client program, as it says itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// The revision of the protocol, such as `2026-07-28`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// From request to end in seconds.
    pub duration_seconds: f64,
    /// The size of the request in bytes.
    #[serde(default)]
    pub request_bytes: u64,
    /// The size of the answer in bytes; 0 where there was none.
    #[serde(default)]
    pub response_bytes: u64,
    /// How many tokens the result would be for a model, estimated.
    #[serde(default)]
    pub result_tokens: u64,
    /// What came of it.
    pub outcome: Outcome,
    /// The code of the JSON-RPC error, or the status of HTTP where that kept it from being answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<i64>,
    /// Whether it succeeded with nothing: no content, or only blank text.
    #[serde(default)]
    pub is_empty: bool,
    /// Whether the tool is missing in the list that the server gave last.
    #[serde(default)]
    pub is_unadvertised: bool,
    /// Signs of attacks in what was asked, and of secrets in what was asked and answered; at most sixteen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signs: Vec<Found>,
    /// The prompt that was asked for, or the address of the resource, without its query.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// What passed by between request and end and belongs to this call, in the order of time; of many the first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub between: Vec<Passed>,
    /// How many more of it there were.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub between_more: u64,
    /// The request as it was said, without what may be secret, and cut; only where the sender was told to keep it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_text: Option<String>,
    /// The answer, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_text: Option<String>,
}

/// A sign of an attack, or of a secret, and where it was found; never what was found.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[schemars(rename = "TrafficSign")]
pub struct Found {
    /// What it looks like.
    pub what: Sign,
    /// The field it is in, such as `arguments.path` or `result.content[0].text`.
    pub place: String,
}

/// What a text looks like.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema, Serialize,
)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "TrafficSignKind")]
pub enum Sign {
    /// SQL that leaves the text it is in.
    SqlInjection,
    /// A script for a browser.
    CrossSiteScripting,
    /// A path that leaves its folder, or leads to what nobody has to read.
    PathTraversal,
    /// A command or a program behind something else.
    CodeExecution,
    /// A key, a token or a password in what was asked.
    SecretInArguments,
    /// The same in what was answered.
    SecretInResult,
}

impl Sign {
    /// The word for labels.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SqlInjection => "sql_injection",
            Self::CrossSiteScripting => "cross_site_scripting",
            Self::PathTraversal => "path_traversal",
            Self::CodeExecution => "code_execution",
            Self::SecretInArguments => "secret_in_arguments",
            Self::SecretInResult => "secret_in_result",
        }
    }
}

/// Something that passed by while a call was open, and belongs to it.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema, Serialize)]
#[schemars(rename = "TrafficPassed")]
pub struct Passed {
    /// How long after the request, in seconds.
    pub after_seconds: f64,
    /// Who said it.
    pub from: Side,
    /// Its method, such as `notifications/progress`.
    pub method: String,
    /// Whether it wants an answer: a server asks its client.
    #[serde(default)]
    pub is_request: bool,
    /// Its size in bytes.
    #[serde(default)]
    pub bytes: u64,
    /// It as it was said, like the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// What came of a request.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema, Serialize,
)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "TrafficOutcome")]
pub enum Outcome {
    /// A result.
    Ok,
    /// A result that says of itself that the tool failed (`isError`).
    ToolError,
    /// A JSON-RPC error.
    JsonrpcError,
    /// The connection ended, or HTTP refused it.
    Transport,
    /// Who asked waited no longer, because it took too long.
    Timeout,
    /// Who asked wanted it no longer.
    Cancelled,
    /// It cannot be told: the answer may have passed by unread (packed in a way that is not read, too large, too much at
    /// a time), the same id was used again, or too many requests were open. That is no failure.
    Unknown,
}

impl Outcome {
    /// Whether it is known to have failed.
    pub fn is_failure(self) -> bool {
        !matches!(self, Self::Ok | Self::Unknown)
    }
}

/// The tools that a server listed.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema, Serialize)]
#[schemars(rename = "TrafficToolList")]
pub struct ToolList {
    /// When, in milliseconds UTC.
    pub at_ms: i64,
    /// Names the session.
    pub session: String,
    /// The tools of this page of the list, at most a thousand.
    pub tools: Vec<Tool>,
}

/// The definition of a tool.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema, Serialize)]
#[schemars(rename = "TrafficTool")]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// The size of its definition in bytes.
    pub bytes: u64,
    /// How many tokens that would be for a model, estimated.
    pub tokens: u64,
}

/// One list of what a server has, from its first page to its last: it is compared with what the server listed before,
/// unless the product probes that server itself. Without what may be secret.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema, Serialize)]
#[schemars(rename = "TrafficDefinitions")]
pub struct DefinitionList {
    /// When its last page passed by, in milliseconds UTC.
    pub at_ms: i64,
    /// Names the session.
    pub session: String,
    /// What is listed.
    pub of: Listed,
    /// All of it, at most ten thousand: each as the protocol writes it (`name`, `description`, `inputSchema` …; of a
    /// resource `uri`, of a template `uriTemplate`; the server's `instructions`). Of what is too large to be told stand
    /// the field that names it and `whole`, a hash of all of it.
    pub definitions: Vec<serde_json::Value>,
}

/// What a list is of.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema, Serialize,
)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "TrafficListed")]
pub enum Listed {
    /// Tools (`tools/list`).
    Tool,
    /// Prompts (`prompts/list`).
    Prompt,
    /// Resources (`resources/list`).
    Resource,
    /// Templates of resources (`resources/templates/list`).
    Template,
    /// What the server tells models about itself at the handshake: one, or none.
    Instructions,
}

impl Listed {
    /// The same, as definitions are compared.
    pub fn kind(self) -> Kind {
        match self {
            Self::Tool => Kind::Tool,
            Self::Prompt => Kind::Prompt,
            Self::Resource => Kind::Resource,
            Self::Template => Kind::Template,
            Self::Instructions => Kind::Instructions,
        }
    }
}

/// Something that was seen so often.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema, Serialize)]
#[schemars(rename = "TrafficCount")]
pub struct Count {
    /// Until when, in milliseconds UTC.
    pub at_ms: i64,
    /// Names the session.
    pub session: String,
    /// Who said it.
    pub from: Side,
    /// What.
    pub what: What,
    /// The method of a notification.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// How often since it was counted last.
    pub count: u64,
}

/// What is seen besides requests.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema, Serialize,
)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "TrafficWhat")]
pub enum What {
    /// A notification.
    Notification,
    /// Something where only messages may be that is no JSON-RPC: a line on standard output.
    Stray,
    /// An answer to a request that is not open.
    UnmatchedAnswer,
    /// A request whose id is in use.
    DuplicateId,
    /// A frame that is larger than what is looked at.
    Oversized,
    /// Something compressed in a way that is not read.
    Unreadable,
}

impl What {
    /// The word for labels.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Notification => "notification",
            Self::Stray => "stray",
            Self::UnmatchedAnswer => "unmatched_answer",
            Self::DuplicateId => "duplicate_id",
            Self::Oversized => "oversized",
            Self::Unreadable => "unreadable",
        }
    }
}

/// How a session stands.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema, Serialize)]
#[schemars(rename = "TrafficPulse")]
pub struct Pulse {
    /// When, in milliseconds UTC.
    pub at_ms: i64,
    /// Names the session.
    pub session: String,
    /// When it began, in milliseconds UTC.
    pub began_ms: i64,
    /// Whether it goes on.
    pub is_open: bool,
    /// Requests of the client that are not answered.
    pub in_flight: u64,
    /// Those of them that have waited for longer than a minute.
    pub hung: u64,
}
