//! Who started a process: the clients of MCP, the shells and the parents of orphans, by their names.

use supervisor::Seen;

use super::matching::{is_shell, last_part};

/// What a client's program is called, and what people call it. The first that fits counts.
const CLIENTS: [(&str, &str); 17] = [
    ("claude-desktop", "Claude Desktop"),
    ("Claude", "Claude Desktop"),
    ("claude", "Claude Code"),
    ("cursor", "Cursor"),
    ("code", "VS Code"),
    ("code-insiders", "VS Code"),
    ("code-server", "VS Code"),
    ("codium", "VSCodium"),
    ("codex", "Codex"),
    ("gemini", "Gemini CLI"),
    ("windsurf", "Windsurf"),
    ("zed", "Zed"),
    ("zed-editor", "Zed"),
    ("goose", "Goose"),
    ("goosed", "Goose"),
    ("copilot", "Copilot CLI"),
    ("opencode", "OpenCode"),
];

/// Programs that adopt whom others left behind.
const ADOPTERS: [&str; 8] = [
    "init",
    "systemd",
    "launchd",
    "tini",
    "dumb-init",
    "docker-init",
    "catatonit",
    "s6-svscan",
];

/// The client that a process is, if it is one.
pub(super) fn client(seen: &Seen) -> Option<&'static str> {
    let names = names(seen);
    let exact = |name: &&str| CLIENTS.iter().find(|(program, _)| program == name);
    let lower = names.iter().map(|name| name.to_lowercase());
    let found = names.iter().find_map(exact).map(|(_, client)| *client);
    found.or_else(|| {
        let mut lower = lower;
        let known = |name: String| CLIENTS.iter().find(|(program, _)| *program == name);
        lower.find_map(known).map(|(_, client)| *client)
    })
}

/// The shell in which somebody works; one that was only told a command is none.
pub(super) fn shell(seen: &Seen) -> Option<&str> {
    let name = last_part(seen.command.first()?).trim_start_matches('-');
    let is_told = seen.command.iter().skip(1).any(|word| {
        // `-c`, `-lc`; or a script.
        word.starts_with('-') && !word.starts_with("--") && word.ends_with('c')
            || !word.starts_with('-')
    });
    (is_shell(name) && !is_told).then_some(name)
}

/// Whether a process adopts whom others left behind.
pub(super) fn adopts(seen: &Seen) -> bool {
    seen.pid == 1 || ADOPTERS.contains(&seen.name.as_str())
}

/// What a process may be called: its name, its program, the script that it runs.
fn names(seen: &Seen) -> Vec<&str> {
    let words = seen.command.iter().take(2).map(String::as_str);
    let words = words.filter(|word| !word.starts_with('-')).map(last_part);
    let words = words.map(|word| word.trim_end_matches(".js"));
    std::iter::once(seen.name.as_str()).chain(words).collect()
}
