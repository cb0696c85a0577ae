//! The files of MCP clients: Claude, Cursor, VS Code, Gemini, Codex, Windsurf and others, read as they are.
//!
//! Each dialect is an entry of a table (`dialect.rs`); mistakes that can be seen in what is written are
//! rules of a list (`lint.rs`); values are filled in as the client would (`values.rs`).

mod dialect;
mod entry;
mod lint;
mod notation;
mod places;
mod values;
mod variables;

use wire::ConfiguredServer;

use super::Mistakes;
use super::servers::{ServerConfig, Trust};
use lint::Seen;

pub(super) use dialect::{Dialect, OURS};
pub(super) use values::Values;

/// The file that clients keep in a project's folder.
pub const DISCOVERED_FILE: &str = ".mcp.json";

/// A file to read.
pub(super) struct ClientFile<'a> {
    /// Its path, as it is shown.
    pub(super) source: &'a str,
    /// What stands in it.
    pub(super) text: &'a str,
    /// Whose it is; recognised where nobody says.
    pub(super) dialect: Option<&'static Dialect>,
    /// Whether it was asked for.
    pub(super) trust: Trust,
    /// The environment.
    pub(super) env: &'a dyn Fn(&str) -> Option<String>,
}

/// What a file comes to.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// Whose format it was read as; empty where it could not be.
    pub(super) dialect: &'static str,
    /// What can be used.
    pub(super) servers: Vec<ServerConfig>,
    /// The same servers: where their values come from.
    pub(super) configured: Vec<ConfiguredServer>,
}

/// Reads a file; what cannot be used is reported, the rest is returned.
pub(super) fn read(file: &ClientFile<'_>, mistakes: &mut Mistakes) -> Reading {
    let mut reading = Reading::default();
    let Some(read) = notation::read(file.source, file.text, mistakes) else {
        return reading;
    };
    let told = file.dialect.or_else(|| Dialect::of_file(file.source));
    let dialect = told.unwrap_or_else(|| Dialect::of_shape(&read.root));
    reading.dialect = dialect.title;
    places::look(file.source, &read, dialect, mistakes);
    let Some((key, list)) = places::servers(&read.root, dialect, mistakes) else {
        return reading;
    };
    let folder = places::folder(file.source);
    let workspace = places::workspace(&folder);
    for (name, value) in list {
        let path = format!("{key}.{name}");
        let errors = mistakes.errors();
        let Some(written) = value.as_object() else {
            mistakes.refuse(
                path,
                "is no object",
                "write { \"command\": \"…\", \"args\": […] }",
            );
            continue;
        };
        let entry = entry::flattened(written);
        if !entry::is_shaped(&entry, &path, mistakes) || entry::is_off(&entry) {
            continue;
        }
        let seen = Seen {
            dialect,
            path: &path,
            entry: &entry,
            env: file.env,
            is_windows: cfg!(windows),
        };
        lint::look(&seen, mistakes);
        let mut values = Values::new(dialect, &path, &workspace, file.env);
        if lint::is_shell(&seen) {
            values.go_to_shell();
        }
        let Some(raw) = entry::raw(&seen, &mut values, &workspace, mistakes) else {
            continue;
        };
        let server = raw.into_server(name, file.source, file.trust, &mut values, mistakes);
        if let Some(server) = server
            && mistakes.errors() == errors
        {
            reading.servers.push(server);
            reading.configured.push(ConfiguredServer {
                name: name.clone(),
                origins: values.into_origins(),
            });
        }
    }
    reading
}

#[cfg(test)]
mod tests;
