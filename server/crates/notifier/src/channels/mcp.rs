//! A tool of an MCP server: whatever it does with what it is given, such as writing to a chat.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use model::{Clock, Secrets};

use serde_json::Value as Json;

use super::entry::{Entry, Tree};
use super::{McpAsked, McpCall};
use crate::channel::{Answer, Cause, Channel, Failure};
use crate::message::Message;
use crate::texts::{Filling, Texts, Written};

/// How long a tool may take, and how long a setting may give it.
const LIMIT: Duration = Duration::from_secs(30);
const LONGEST: Duration = Duration::from_secs(300);

/// What the tool is given.
enum Arguments {
    /// Texts by name.
    Texts(Tree),
    /// What a template writes as JSON: for tools that want numbers.
    Json(Written),
}

impl Arguments {
    fn filled(&self, filling: &Filling<'_>) -> Result<Json, Failure> {
        let written = match self {
            Self::Texts(tree) => return Ok(tree.filled(&mut |written| filling.text(written))),
            Self::Json(written) => written,
        };
        let wrong =
            |error: String| Failure::new(Cause::Template, format!("arguments_json: {error}"));
        let text = filling.needed(written).map_err(wrong)?;
        match serde_json::from_str(&text) {
            Ok(arguments @ Json::Object(_)) => Ok(arguments),
            Ok(_) => Err(wrong("what the template writes is no object".to_owned())),
            Err(error) => Err(wrong(format!(
                "what the template writes is no JSON: {error}"
            ))),
        }
    }
}

struct Mcp {
    server: String,
    tool: String,
    arguments: Arguments,
    sends_resolved: bool,
    limit: Duration,
    texts: Arc<Texts>,
    clock: Arc<dyn Clock>,
    call: McpCall,
}

pub(super) fn read(entry: &mut Entry<'_>) -> Option<Arc<dyn Channel>> {
    entry.known(&[
        "arguments",
        "arguments_json",
        "send_resolved",
        "server",
        "timeout",
        "tool",
    ]);
    if let (Some(_), Some(node)) = (entry.get("arguments"), entry.get("arguments_json")) {
        entry.wrong(node.at, "arguments and arguments_json exclude each other");
    }
    let (server, tool) = (entry.needed("server"), entry.needed("tool"));
    let arguments = match (entry.get("arguments"), entry.get("arguments_json")) {
        (_, Some(node)) => Arguments::Json(entry.template_in(node)),
        (None, None) => Arguments::Texts(Tree::Map(Vec::new())),
        (Some(node), None) => {
            let tree = entry.tree(node);
            if !matches!(tree, Tree::Map(_)) {
                entry.wrong(node.at, "arguments is a map");
            }
            Arguments::Texts(tree)
        }
    };
    let limit = entry.duration("timeout").filter(|limit| !limit.is_zero());
    Some(Arc::new(Mcp {
        arguments,
        sends_resolved: entry.flag("send_resolved", true),
        limit: limit.unwrap_or(LIMIT).min(LONGEST),
        texts: Arc::clone(&entry.setting.texts),
        clock: Arc::clone(&entry.setting.clock),
        call: Arc::clone(&entry.setting.mcp),
        server: server?.to_owned(),
        tool: tool?.to_owned(),
    }))
}

#[async_trait]
impl Channel for Mcp {
    async fn send(&self, message: &Message) -> Result<Answer, Failure> {
        let arguments = {
            let filling = Filling::new(&self.texts, message, self.clock.now_ms());
            self.arguments.filled(&filling)?
        };
        let asked = McpAsked {
            server: self.server.clone(),
            tool: self.tool.clone(),
            arguments,
        };
        match tokio::time::timeout(self.limit, (self.call)(asked)).await {
            Ok(said) => Ok(Answer {
                status: None,
                text: super::http::kept(&said?, &Secrets::default()),
            }),
            Err(_) => {
                let seconds = self.limit.as_secs_f64();
                Err(Failure::new(
                    Cause::Timeout,
                    format!("the tool did not answer within {seconds} s"),
                ))
            }
        }
    }

    fn kind(&self) -> &'static str {
        "mcp"
    }

    fn sends_resolved(&self) -> bool {
        self.sends_resolved
    }

    fn target(&self) -> String {
        format!("{} of {}", self.tool, self.server)
    }
}
