//! The dialects of client files, as data: names of files, keys, words, and how variables are written.

use std::path::Path;

use serde_json::{Map, Value};

use super::variables::Form::{Braces, Dollar, Env, Fallback, Input, Percent, Place};
use super::variables::{Unset, Variables};

/// How a client's file is written.
#[derive(Debug)]
pub(in crate::config) struct Dialect {
    /// The word that names it before a file: `cursor:FILE`.
    pub(super) word: &'static str,
    /// The client.
    pub(in crate::config) title: &'static str,
    /// Ends of paths that only this client has.
    files: &'static [&'static str],
    /// The key that holds the servers.
    pub(super) list: &'static str,
    /// What the client's parser takes.
    pub(super) notation: Notation,
    /// The key of an address.
    pub(super) address: &'static str,
    /// The `type` of Streamable HTTP; `None` where the client starts programs only.
    pub(super) http: Option<&'static str>,
    /// Whether an address without a `type` is taken for something else.
    pub(super) needs_type: bool,
    /// The keys of an entry that only some clients have.
    pub(super) keys: &'static [&'static str],
    /// How variables are written.
    pub(in crate::config) variables: Variables,
    /// How long the client waits for a server's first answer, where it is less than a download takes.
    pub(super) start_seconds: Option<f64>,
}

/// What a parser takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Notation {
    /// JSON, to the letter.
    Json,
    /// JSON with comments.
    Comments,
    /// JSON with comments and commas before a closing bracket.
    Jsonc,
    /// TOML.
    Toml,
}

/// Everything that most dialects have in common.
const PLAIN: Dialect = Dialect {
    word: "",
    title: "",
    files: &[],
    list: "mcpServers",
    notation: Notation::Json,
    address: "url",
    http: Some("http"),
    needs_type: false,
    keys: &[],
    variables: Variables {
        known: &[],
        unset: Unset::Literal,
    },
    start_seconds: None,
};

/// Our own file.
pub(in crate::config) const OURS: Dialect = Dialect {
    word: "observatory",
    title: "MCP Observatory",
    list: "servers",
    variables: Variables {
        known: &[Braces, Fallback, Env],
        unset: Unset::Refused,
    },
    ..PLAIN
};

/// A file that no client can be told from.
const ANY: Dialect = Dialect {
    word: "any",
    title: "mcpServers file",
    keys: &[
        "alwaysAllow",
        "autoApprove",
        "disabled",
        "envFile",
        "httpUrl",
        "serverUrl",
        "timeout",
        "tools",
        "trust",
    ],
    variables: OURS.variables,
    ..PLAIN
};

/// The dialects that are known.
const ALL: &[Dialect] = &[
    Dialect {
        word: "claude-desktop",
        title: "Claude Desktop",
        files: &["claude_desktop_config.json"],
        http: None,
        ..PLAIN
    },
    Dialect {
        word: "claude-code",
        title: "Claude Code",
        files: &[".mcp.json", ".claude.json"],
        needs_type: true,
        keys: &["headersHelper", "oauth", "timeout"],
        variables: Variables {
            known: &[Braces, Fallback],
            unset: Unset::Literal,
        },
        ..PLAIN
    },
    Dialect {
        word: "cursor",
        title: "Cursor",
        files: &[".cursor/mcp.json"],
        keys: &["auth", "envFile"],
        variables: Variables {
            known: &[Env, Place],
            unset: Unset::Empty,
        },
        ..PLAIN
    },
    Dialect {
        word: "vscode",
        title: "VS Code",
        files: &[".vscode/mcp.json", "Code/User/mcp.json"],
        list: "servers",
        notation: Notation::Jsonc,
        needs_type: true,
        keys: &[
            "dev",
            "envFile",
            "gallery",
            "sandbox",
            "sandboxEnabled",
            "version",
        ],
        variables: Variables {
            known: &[Env, Input, Place],
            unset: Unset::Empty,
        },
        ..PLAIN
    },
    Dialect {
        word: "copilot",
        title: "Copilot CLI",
        files: &[".github/mcp.json", ".copilot/mcp-config.json"],
        needs_type: true,
        keys: &["tools", "timeout"],
        variables: Variables {
            known: &[Braces],
            unset: Unset::Literal,
        },
        ..PLAIN
    },
    Dialect {
        word: "gemini",
        title: "Gemini CLI",
        files: &[".gemini/settings.json"],
        notation: Notation::Comments,
        address: "httpUrl",
        keys: &[
            "authProviderType",
            "description",
            "excludeTools",
            "httpUrl",
            "includeTools",
            "oauth",
            "timeout",
            "trust",
        ],
        variables: Variables {
            known: &[Braces, Fallback, Dollar, Percent],
            unset: Unset::Empty,
        },
        ..PLAIN
    },
    Dialect {
        word: "codex",
        title: "Codex",
        files: &[".codex/config.toml"],
        list: "mcp_servers",
        notation: Notation::Toml,
        keys: &[
            "bearer_token_env_var",
            "disabled_tools",
            "enabled",
            "enabled_tools",
            "env_http_headers",
            "env_vars",
            "http_headers",
            "startup_timeout_ms",
            "startup_timeout_sec",
            "tool_timeout_sec",
        ],
        start_seconds: Some(10.0),
        ..PLAIN
    },
    Dialect {
        word: "windsurf",
        title: "Windsurf",
        files: &[
            "windsurf/mcp_config.json",
            ".windsurf/mcp.json",
            "mcp_config.json",
        ],
        address: "serverUrl",
        keys: &["alwaysAllow", "disabled", "disabledTools", "serverUrl"],
        variables: Variables {
            known: &[Env],
            unset: Unset::Empty,
        },
        ..PLAIN
    },
    Dialect {
        word: "cline",
        title: "Cline",
        files: &["cline_mcp_settings.json"],
        http: Some("streamableHttp"),
        needs_type: true,
        keys: &["alwaysAllow", "autoApprove", "disabled", "timeout"],
        ..PLAIN
    },
    Dialect {
        word: "roo",
        title: "Roo Code",
        files: &[".roo/mcp.json", "mcp_settings.json"],
        http: Some("streamable-http"),
        needs_type: true,
        keys: &[
            "alwaysAllow",
            "disabled",
            "disabledTools",
            "timeout",
            "watchPaths",
        ],
        variables: Variables {
            known: &[Env],
            unset: Unset::Literal,
        },
        ..PLAIN
    },
    Dialect {
        word: "inspector",
        title: "MCP Inspector",
        files: &[],
        http: Some("streamable-http"),
        needs_type: true,
        keys: &["protocolEra"],
        ..PLAIN
    },
    Dialect {
        word: "1mcp",
        title: "1MCP",
        files: &["1mcp/mcp.json"],
        http: Some("streamableHttp"),
        keys: &[
            "disabled",
            "inheritParentEnv",
            "maxRestarts",
            "restartDelay",
            "restartOnExit",
            "tags",
            "timeout",
        ],
        variables: Variables {
            known: &[Braces],
            unset: Unset::Literal,
        },
        ..PLAIN
    },
];

/// Keys that give a client away, where the name of the file does not.
const SIGNS: &[(&str, &str)] = &[
    ("httpUrl", "gemini"),
    ("serverUrl", "windsurf"),
    ("protocolEra", "inspector"),
    ("restartOnExit", "1mcp"),
    ("bearer_token_env_var", "codex"),
    ("sandboxEnabled", "vscode"),
    ("headersHelper", "claude-code"),
];

impl Dialect {
    /// The dialect that a word names.
    fn named(word: &str) -> Option<&'static Self> {
        ALL.iter().chain([&ANY]).find(|known| known.word == word)
    }

    /// Takes the dialect off a file that is written as `cursor:FILE`. A file of that very name comes first.
    pub(in crate::config) fn of_argument(argument: &Path) -> (Option<&'static Self>, &Path) {
        let named = || {
            let (word, file) = argument.to_str()?.split_once(':')?;
            Some((Self::named(word)?, Path::new(file)))
        };
        match named() {
            Some((dialect, file)) if !argument.exists() => (Some(dialect), file),
            _ => (None, argument),
        }
    }

    /// The dialect that only the name of a file tells.
    pub(super) fn of_file(file: &str) -> Option<&'static Self> {
        let file = file.replace('\\', "/");
        let is_end = |end: &&str| {
            let before = file.strip_suffix(*end);
            before.is_some_and(|before| before.is_empty() || before.ends_with('/'))
        };
        // The longest end says most: `.windsurf/mcp.json` before `mcp.json`.
        let ends = ALL.iter().flat_map(|known| {
            let longest = known.files.iter().filter(|end| is_end(end));
            longest.map(move |end| (end.len(), known))
        });
        ends.max_by_key(|(length, _)| *length)
            .map(|(_, known)| known)
    }

    /// The dialect that the content tells.
    pub(super) fn of_shape(root: &Map<String, Value>) -> &'static Self {
        let named = |word: &str| Self::named(word).unwrap_or(&ANY);
        if root.contains_key("mcp_servers") {
            return named("codex");
        }
        let is_ours = root.contains_key("mcpServers");
        if root.contains_key("inputs") || (root.contains_key("servers") && !is_ours) {
            return named("vscode");
        }
        let entries = root.get("mcpServers").and_then(Value::as_object);
        let has = |key: &str| {
            let mut each = entries.iter().flat_map(|entries| entries.values());
            each.any(|entry| entry.get(key).is_some())
        };
        let sign = SIGNS.iter().find(|(key, _)| has(key));
        sign.map_or(&ANY, |(_, word)| named(word))
    }

    /// Who else has a key that this one does not.
    pub(super) fn owner(&self, key: &str) -> Option<&'static Self> {
        let is_known = self.keys.contains(&key) || self.address == key;
        let has = |other: &&Self| other.keys.contains(&key);
        if is_known { None } else { ALL.iter().find(has) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_shapes_tell_the_dialect() {
        for (file, text, title) in [
            ("/home/a/claude_desktop_config.json", "{}", "Claude Desktop"),
            (".mcp.json", "{}", "Claude Code"),
            ("x/.cursor/mcp.json", "{}", "Cursor"),
            ("x/.vscode/mcp.json", "{}", "VS Code"),
            ("C:\\x\\.vscode\\mcp.json", "{}", "VS Code"),
            (".github/mcp.json", "{}", "Copilot CLI"),
            (".gemini/settings.json", "{}", "Gemini CLI"),
            ("/home/a/.codex/config.toml", "{}", "Codex"),
            (".codeium/windsurf/mcp_config.json", "{}", "Windsurf"),
            ("a/cline_mcp_settings.json", "{}", "Cline"),
            (".roo/mcp.json", "{}", "Roo Code"),
            ("f", r#"{"servers":{}}"#, "VS Code"),
            ("f", r#"{"mcp_servers":{}}"#, "Codex"),
            (
                "f",
                r#"{"mcpServers":{"a":{"protocolEra":"modern"}}}"#,
                "MCP Inspector",
            ),
            (
                "f",
                r#"{"mcpServers":{"a":{"restartOnExit":true}}}"#,
                "1MCP",
            ),
            (
                "f",
                r#"{"mcpServers":{"a":{"httpUrl":"http://a"}}}"#,
                "Gemini CLI",
            ),
            ("not.mcp.json", r#"{"mcpServers":{}}"#, "mcpServers file"),
        ] {
            let root: Map<String, Value> = serde_json::from_str(text).unwrap();
            let found = Dialect::of_file(file).unwrap_or_else(|| Dialect::of_shape(&root));
            assert_eq!(found.title, title, "{file} {text}");
        }
    }

    #[test]
    fn a_dialect_can_be_named() {
        for (argument, word, file) in [
            ("cursor:a.json", Some("cursor"), "a.json"),
            ("vscode:/x:y.json", Some("vscode"), "/x:y.json"),
            ("nobody:a.json", None, "nobody:a.json"),
            ("a.json", None, "a.json"),
        ] {
            let (dialect, path) = Dialect::of_argument(Path::new(argument));
            assert_eq!(dialect.map(|it| it.word), word, "{argument}");
            assert_eq!(path, Path::new(file), "{argument}");
        }
    }
}
