//! Where servers stand in a file, and whether the client looks there at all.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::dialect::{Dialect, Notation};
use super::notation::Read;
use crate::config::Mistakes;

/// Where any client keeps its servers.
const LISTS: &[&[&str]] = &[
    &["mcpServers"],
    &["servers"],
    &["mcp_servers"],
    &["mcp", "servers"],
    &["mcp", "mcpServers"],
];

/// Files that people put servers into, and where no client looks: end of the path, and what to do.
const WRONG_FILES: &[(&str, &str)] = &[
    (".claude/settings.json", CLAUDE),
    (".claude/settings.local.json", CLAUDE),
    (".claude/mcp.json", CLAUDE),
    (".claude/.mcp.json", CLAUDE),
    (".vscode/settings.json", "move it to .vscode/mcp.json"),
    (".cursor/settings.json", "move it to .cursor/mcp.json"),
    (".gemini/mcp.json", "move it to .gemini/settings.json"),
    (
        ".codex/mcp.json",
        "move it to ~/.codex/config.toml as [mcp_servers.NAME]",
    ),
];

const CLAUDE: &str =
    "move it to .mcp.json in the project, or add it with `claude mcp add --scope user`";

/// Mistakes of a file as a whole.
pub(super) fn look(file: &str, read: &Read, dialect: &Dialect, mistakes: &mut Mistakes) {
    let title = dialect.title;
    let is_taken = match (dialect.notation, read.notation) {
        (Notation::Jsonc, Notation::Json | Notation::Comments) => true,
        (Notation::Comments, Notation::Json) => true,
        (theirs, ours) => theirs == ours,
    };
    match read.notation {
        Notation::Comments if !is_taken => {
            mistakes.warn(
                "",
                format!("{title} takes no comments in JSON"),
                "leave them out",
            );
        }
        Notation::Jsonc if !is_taken => {
            let message = format!("{title} takes no commas before a closing bracket in JSON");
            mistakes.warn("", message, "leave them out, and comments too");
        }
        Notation::Toml if !is_taken => {
            mistakes.warn("", format!("{title} reads JSON, not TOML"), "write JSON");
        }
        _ => {}
    }
    for path in &read.twice {
        let message = "stands twice in the file, and only the last one counts";
        mistakes.warn(path, message, "rename one of them");
    }
    let path = file.replace('\\', "/");
    let wrong = WRONG_FILES.iter().find(|(end, _)| path.ends_with(end));
    if let Some((_, instead)) = wrong {
        mistakes.warn("", "no client looks for servers in this file", *instead);
    }
}

/// The servers of a file and the key they stand under; `None`, with a mistake, when there are none.
pub(super) fn servers<'a>(
    root: &'a Map<String, Value>,
    dialect: &Dialect,
    mistakes: &mut Mistakes,
) -> Option<(String, &'a Map<String, Value>)> {
    let right = dialect.list;
    let theirs: &[&str] = &[right];
    let found = [theirs].iter().chain(LISTS).find_map(|keys| {
        let (first, more) = keys.split_first()?;
        let list = more
            .iter()
            .try_fold(root.get(*first)?, |value, key| value.get(key))?;
        Some((keys.join("."), list))
    });
    let Some((key, list)) = found else {
        missing(root, right, mistakes);
        return None;
    };
    if key != right && dialect.word != "any" {
        let title = dialect.title;
        let message = format!("{title} looks for `{right}`, and silently ignores `{key}`");
        mistakes.warn(&key, message, format!("write `{right}`"));
    }
    let Some(list) = list.as_object() else {
        mistakes.push(key, "must be an object: a name for each server");
        return None;
    };
    Some((key, list))
}

fn missing(root: &Map<String, Value>, right: &str, mistakes: &mut Mistakes) {
    if root.contains_key("packages") || root.contains_key("remotes") {
        mistakes.refuse(
            "",
            "describes a server for the MCP registry, and configures none",
            format!("write {{ \"{right}\": {{ \"name\": {{ \"command\": … }} }} }}"),
        );
        return;
    }
    let likeness = |key: &str| strsim::jaro_winkler(&key.to_lowercase(), "mcpservers");
    let near = root.keys().find(|key| likeness(key) > 0.85);
    if let Some(near) = near {
        let message = format!("`{near}` is no key of any client");
        mistakes.refuse(near, message, format!("write `{right}`"));
        return;
    }
    let is_entry = |value: &Value| value.get("command").is_some() || value.get("url").is_some();
    let instead = match !root.is_empty() && root.values().all(is_entry) {
        true => format!("put what is there into {{ \"{right}\": … }}"),
        false => format!("write {{ \"{right}\": {{ \"name\": {{ \"command\": … }} }} }}"),
    };
    mistakes.refuse("", format!("has no `{right}`"), instead);
}

/// The folder that a file lies in.
pub(super) fn folder(file: &str) -> PathBuf {
    let path = std::path::absolute(file).unwrap_or_else(|_| file.into());
    path.parent().map(Path::to_owned).unwrap_or(path)
}

/// The folder that is open in the client: the one around `.vscode`, `.cursor` and the like.
pub(super) fn workspace(folder: &Path) -> PathBuf {
    let name = folder.file_name().map(|name| name.to_string_lossy());
    let is_hidden = name.is_some_and(|name| name.starts_with('.'));
    match folder.parent() {
        Some(around) if is_hidden => around.to_owned(),
        _ => folder.to_owned(),
    }
}
