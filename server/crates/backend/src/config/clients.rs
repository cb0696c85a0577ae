//! The `mcpServers` files of MCP clients: Claude, Cursor, VS Code, Windsurf and others, read as they are.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::file::read_value;
use super::servers::{RawServer, ServerConfig, Trust};
use super::{Mistakes, Secret};

/// The file that clients keep in a project's folder.
pub const DISCOVERED_FILE: &str = ".mcp.json";

/// An entry in any of the dialects.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Entry {
    #[serde(rename = "type", alias = "transport")]
    kind: Option<String>,
    command: Option<String>,
    args: Vec<String>,
    env: BTreeMap<String, Secret>,
    cwd: Option<std::path::PathBuf>,
    #[serde(alias = "serverUrl", alias = "httpUrl")]
    url: Option<String>,
    headers: BTreeMap<String, Secret>,
    disabled: bool,
}

const KEYS: &[&str] = &[
    "type", "command", "args", "env", "cwd", "url", "headers", "disabled",
];

/// Reads a file; what cannot be used is reported, the rest is returned.
pub(super) fn read(
    source: &str,
    text: &str,
    trust: Trust,
    env: &dyn Fn(&str) -> Option<String>,
    mistakes: &mut Mistakes,
) -> Vec<ServerConfig> {
    let root: Value = match serde_json::from_str(text) {
        Ok(root) => root,
        Err(error) => {
            let hint = if text.contains("//") || text.contains("/*") {
                " (comments are not allowed in JSON)"
            } else {
                ""
            };
            mistakes.push("", format!("is no JSON: {error}{hint}"));
            return Vec::new();
        }
    };
    // `servers` is what VS Code calls it.
    let (key, list) = match (root.get("mcpServers"), root.get("servers")) {
        (Some(list), _) => ("mcpServers", list),
        (None, Some(list)) => ("servers", list),
        (None, None) => {
            mistakes.push(
                "",
                "has no `mcpServers`; write { \"mcpServers\": { \"name\": { \"command\": … } } }",
            );
            return Vec::new();
        }
    };
    let Some(list) = list.as_object() else {
        mistakes.push(key, "must be an object: a name for each server");
        return Vec::new();
    };
    let mut servers = Vec::new();
    for (name, value) in list {
        let path = format!("{key}.{name}");
        let mut lenient = Mistakes::default();
        let entry: Entry = read_value(value.clone(), &path, KEYS, &mut lenient);
        // Clients have keys of their own (`alwaysAllow`, `trust`, …) that do not concern us.
        let fatal = lenient
            .iter()
            .filter(|m| !m.message.starts_with("unknown key"));
        let mut broken = false;
        for mistake in fatal {
            mistakes.push(mistake.path.clone(), mistake.message.clone());
            broken = true;
        }
        if broken || entry.disabled {
            continue;
        }
        if entry.kind.as_deref() == Some("sse") {
            mistakes.push(
                format!("{path}.type"),
                "the HTTP+SSE transport is not supported yet; most servers also answer Streamable HTTP, commonly at /mcp",
            );
            continue;
        }
        let raw = RawServer {
            command: entry.command,
            args: entry.args,
            env: entry.env,
            cwd: entry.cwd,
            url: entry.url,
            headers: entry.headers,
            ..RawServer::default()
        };
        servers.extend(raw.into_server(name, &path, source, trust, env, mistakes));
    }
    servers
}
