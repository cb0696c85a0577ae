//! The ways to tell somebody: one file each, which reads its settings and sends.
//!
//! Settings are those of Alertmanager (<https://prometheus.io/docs/alerting/latest/configuration/>), where it has the
//! kind. Every attempt is bounded in time, nothing is sent to link-local addresses, and what a receiver answers is cut
//! and without secrets.

mod alertmanager;
mod discord;
mod email;
mod entry;
mod http;
mod log;
mod mcp;
mod msteams;
mod ntfy;
mod pagerduty;
mod sender;
mod slack;
mod telegram;
mod webhook;

use std::fmt;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use model::Clock;
use serde_json::Value as Json;
use yaml::Node;

use crate::channel::{Channel, Failure};
use crate::routing::Mistake;
use crate::texts::Texts;

use entry::Entry;

/// What is called of an MCP server.
#[derive(Clone, Debug, PartialEq)]
pub struct McpAsked {
    /// The server's name.
    pub server: String,
    /// The tool's name.
    pub tool: String,
    /// What the tool is given.
    pub arguments: Json,
}

/// What a call that is under way comes to: what the tool said.
pub type McpAnswer = Pin<Box<dyn Future<Output = Result<String, Failure>> + Send>>;

/// Calls a tool.
pub type McpCall = Arc<dyn Fn(McpAsked) -> McpAnswer + Send + Sync>;

/// What channels need from outside.
#[derive(Clone)]
pub struct Setting {
    /// The templates that texts use by name.
    pub texts: Arc<Texts>,
    /// Where files are looked for whose path is relative.
    pub folder: PathBuf,
    /// The time, for templates.
    pub clock: Arc<dyn Clock>,
    /// Calls tools of MCP servers.
    pub mcp: McpCall,
}

impl fmt::Debug for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Setting")
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}

type Read = fn(&mut Entry<'_>) -> Option<Arc<dyn Channel>>;

/// All kinds that are understood.
const KINDS: &[(&str, Read)] = &[
    ("alertmanager_configs", alertmanager::read),
    ("discord_configs", discord::read),
    ("email_configs", email::read),
    ("log_configs", log::read),
    ("mcp_configs", mcp::read),
    ("msteams_configs", msteams::read),
    ("msteamsv2_configs", msteams::read_v2),
    ("ntfy_configs", ntfy::read),
    ("pagerduty_configs", pagerduty::read),
    ("slack_configs", slack::read),
    ("telegram_configs", telegram::read),
    ("webhook_configs", webhook::read),
];

/// The kinds that [`read_channel`] understands.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    KINDS.iter().map(|(kind, _)| *kind)
}

/// Reads one entry of `webhook_configs` and its like. `global` is the map of that name in the file.
///
/// # Errors
/// Everything that is wrong with it, with its place.
pub fn read_channel(
    kind: &str,
    node: &Node,
    global: Option<&Node>,
    setting: &Setting,
) -> Result<Arc<dyn Channel>, Vec<Mistake>> {
    let mut entry = Entry::new(kind, node, global, setting);
    let channel = match KINDS.iter().find(|(known, _)| *known == kind) {
        Some((_, read)) => read(&mut entry),
        None => {
            let known: Vec<_> = kinds().collect();
            entry.wrong(
                node.at,
                format!("{kind} is not known; there are {}", known.join(", ")),
            );
            None
        }
    };
    match (channel, entry.into_mistakes()) {
        (Some(channel), mistakes) if mistakes.is_empty() => Ok(channel),
        (_, mistakes) => Err(mistakes),
    }
}

#[cfg(test)]
mod tests;
