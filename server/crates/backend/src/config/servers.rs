//! One server to watch, whichever file it comes from.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use serde::Deserialize;

use super::{Mistakes, Secret};

/// A server to watch.
#[derive(Clone, Debug, PartialEq)]
pub struct ServerConfig {
    /// Its name, which is its id.
    pub name: String,
    /// How it is reached.
    pub endpoint: Endpoint,
    /// The era of the protocol to speak.
    pub protocol: mcp::Protocol,
    /// The file it comes from.
    pub source: String,
    /// Whether starting it needs somebody's consent: it was found, not asked for.
    pub needs_approval: bool,
}

/// How a server is reached.
#[derive(Clone, Debug, PartialEq)]
pub enum Endpoint {
    /// A command, spoken to over its standard input and output.
    Stdio {
        /// Program, arguments, folder; values of the environment are secrets.
        command: CommandLine,
    },
    /// Streamable HTTP.
    Http {
        /// Address.
        url: String,
        /// Headers sent with every request.
        headers: Vec<(String, Secret)>,
    },
}

/// A command to run.
#[derive(Clone, Debug, PartialEq)]
pub struct CommandLine {
    /// Program.
    pub program: String,
    /// Arguments.
    pub args: Vec<String>,
    /// Added to the environment.
    pub env: BTreeMap<String, Secret>,
    /// Working directory.
    pub cwd: Option<PathBuf>,
}

/// Where a list of servers comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trust {
    /// The user named the file, or said yes.
    Asked,
    /// It lay in the folder.
    Found,
}

/// A server as written in a file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RawServer {
    pub(super) command: Option<String>,
    pub(super) args: Vec<String>,
    pub(super) env: BTreeMap<String, Secret>,
    pub(super) cwd: Option<PathBuf>,
    pub(super) url: Option<String>,
    pub(super) headers: BTreeMap<String, Secret>,
    pub(super) bearer_token: Option<Secret>,
    pub(super) protocol: Option<String>,
}

/// The keys of [`RawServer`].
pub(super) const KEYS: &[&str] = &[
    "command",
    "args",
    "env",
    "cwd",
    "url",
    "headers",
    "bearer_token",
    "protocol",
];

impl RawServer {
    /// Checks it; `None` when it cannot be used.
    pub(super) fn into_server(
        self,
        name: &str,
        path: &str,
        source: &str,
        trust: Trust,
        env: &dyn Fn(&str) -> Option<String>,
        mistakes: &mut Mistakes,
    ) -> Option<ServerConfig> {
        let mut fill = |at: String, text: &str| match expand(text, env) {
            Ok(text) => text,
            Err(variable) => {
                mistakes.push(
                    at,
                    format!("${{{variable}}} is not set in the environment; set it, or write ${{{variable}:-default}}"),
                );
                String::new()
            }
        };
        let mut secrets = |at: &str, map: BTreeMap<String, Secret>| -> BTreeMap<String, Secret> {
            let pairs = map.into_iter().map(|(key, value)| {
                let filled = fill(format!("{path}.{at}.{key}"), value.expose());
                (key, Secret::new(filled))
            });
            pairs.collect()
        };
        let environment = secrets("env", self.env);
        let mut headers: Vec<_> = secrets("headers", self.headers).into_iter().collect();
        if let Some(token) = self.bearer_token {
            let token = fill(format!("{path}.bearer_token"), token.expose());
            headers.push((
                "authorization".to_owned(),
                Secret::new(format!("Bearer {token}")),
            ));
        }
        let command = self.command.map(|c| fill(format!("{path}.command"), &c));
        let args: Vec<_> = (0..)
            .zip(&self.args)
            .map(|(i, arg): (usize, _)| fill(format!("{path}.args[{i}]"), arg))
            .collect();
        let url = self.url.map(|url| fill(format!("{path}.url"), &url));
        let protocol = match self.protocol.as_deref() {
            None | Some("auto") => mcp::Protocol::Auto,
            Some("legacy") => mcp::Protocol::Legacy,
            Some("modern") => mcp::Protocol::Modern,
            Some(other) => {
                mistakes.push(
                    format!("{path}.protocol"),
                    format!("{other:?} is no protocol; write auto, legacy or modern"),
                );
                mcp::Protocol::Auto
            }
        };
        let endpoint = match (command, url) {
            (Some(command), None) => {
                if !headers.is_empty() {
                    mistakes.push(
                        path,
                        "headers and bearer_token go with `url`, not with `command`",
                    );
                }
                stdio(command, args, environment, self.cwd, path, mistakes)?
            }
            (None, Some(url)) => {
                if !args.is_empty() || !environment.is_empty() || self.cwd.is_some() {
                    mistakes.push(path, "args, env and cwd go with `command`, not with `url`");
                }
                http(url, headers, path, mistakes)?
            }
            (Some(_), Some(_)) => {
                mistakes.push(
                    path,
                    "has both `command` and `url`; keep the one that is meant",
                );
                return None;
            }
            (None, None) => {
                mistakes.push(
                    path,
                    "needs `command` (a program to start) or `url` (Streamable HTTP)",
                );
                return None;
            }
        };
        Some(ServerConfig {
            name: name.to_owned(),
            needs_approval: trust == Trust::Found && matches!(endpoint, Endpoint::Stdio { .. }),
            endpoint,
            protocol,
            source: source.to_owned(),
        })
    }
}

fn stdio(
    program: String,
    args: Vec<String>,
    env: BTreeMap<String, Secret>,
    cwd: Option<PathBuf>,
    path: &str,
    mistakes: &mut Mistakes,
) -> Option<Endpoint> {
    if program.trim().is_empty() {
        mistakes.push(
            format!("{path}.command"),
            "is empty; name the program to start",
        );
        return None;
    }
    if program.contains(' ') && args.is_empty() && !std::path::Path::new(&program).exists() {
        let mut words = program.split_whitespace();
        let first = words.next().unwrap_or_default();
        let rest: Vec<_> = words.map(|word| format!("{word:?}")).collect();
        mistakes.push(
            format!("{path}.command"),
            format!(
                "holds arguments too; write command = {first:?} and args = [{}]",
                rest.join(", ")
            ),
        );
        return None;
    }
    let command = CommandLine {
        program,
        args,
        env,
        cwd,
    };
    Some(Endpoint::Stdio { command })
}

fn http(
    url: String,
    headers: Vec<(String, Secret)>,
    path: &str,
    mistakes: &mut Mistakes,
) -> Option<Endpoint> {
    let parsed: Result<http::Uri, _> = url.parse();
    let usable = parsed.is_ok_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some()
    });
    if !usable {
        mistakes.push(
            format!("{path}.url"),
            format!("{url:?} is no address; write for instance http://127.0.0.1:3001/mcp"),
        );
        return None;
    }
    for (name, value) in &headers {
        if http::HeaderName::try_from(name).is_err()
            || http::HeaderValue::try_from(value.expose()).is_err()
        {
            mistakes.push(
                format!("{path}.headers.{name}"),
                "is no valid HTTP header (a line break in the value, perhaps)",
            );
            return None;
        }
    }
    Some(Endpoint::Http { url, headers })
}

/// Fills in `${NAME}` and `${NAME:-default}`; `$NAME` stays as it is, as in Claude Code.
///
/// # Errors
/// The name of a variable that is not set and has no default.
fn expand(text: &str, env: &dyn Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        let Some((expression, following)) = after.split_once('}') else {
            out.push_str("${");
            rest = after;
            continue;
        };
        let (name, default) = match expression.split_once(":-") {
            Some((name, default)) => (name, Some(default)),
            None => (expression, None),
        };
        // Cursor and VS Code write ${env:NAME}.
        let name = name.strip_prefix("env:").unwrap_or(name);
        let value = env(name).or_else(|| default.map(str::to_owned));
        out.push_str(&value.ok_or_else(|| name.to_owned())?);
        rest = following;
    }
    out.push_str(rest);
    Ok(out)
}

/// Refuses a name twice: a server's name is its id.
pub(super) fn check_names(servers: &mut [ServerConfig], mistakes: &mut Mistakes) {
    let mut first: HashMap<String, String> = HashMap::new();
    servers.sort_by(|a, b| a.name.cmp(&b.name));
    for server in servers.iter() {
        let path = format!("servers.{}", server.name);
        if server.name == crate::SELF_NAME {
            mistakes.push_in(
                &server.source,
                path,
                "is the name under which the product watches itself; choose another",
            );
        } else if server.name.trim().is_empty()
            || server.name.contains(['/', '\\'])
            || server.name.chars().any(char::is_control)
        {
            mistakes.push_in(
                &server.source,
                path,
                "a name must not be empty or contain slashes or control characters",
            );
        } else if let Some(other) = first.insert(server.name.clone(), server.source.clone()) {
            let place = if other == server.source {
                "twice".to_owned()
            } else {
                format!("also in {other}")
            };
            mistakes.push_in(
                &server.source,
                path,
                format!("this name is used {place}; rename one of them"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables() {
        let env = |name: &str| (name == "HOME").then(|| "/home/ann".to_owned());
        for (text, expected) in [
            ("plain", Ok("plain")),
            ("${HOME}/x", Ok("/home/ann/x")),
            ("${env:HOME}", Ok("/home/ann")),
            ("${MISSING:-a}b", Ok("ab")),
            ("$HOME", Ok("$HOME")),
            ("${open", Ok("${open")),
            ("${MISSING}", Err("MISSING")),
        ] {
            let got = expand(text, &env);
            assert_eq!(
                got.as_deref(),
                expected.map_err(str::to_owned).as_deref(),
                "{text}"
            );
        }
    }
}
