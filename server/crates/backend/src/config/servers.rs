//! One server to watch, whichever file it comes from.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::PathBuf;

use serde::Deserialize;

use super::clients::Values;
use super::sign_in::{self, ClientCredentials, is_address};
use super::{Mistakes, Secret, secrets, tool_checks};

/// A server to watch.
#[derive(Clone, Debug, PartialEq)]
pub struct ServerConfig {
    /// Its name, which is its id.
    pub name: String,
    /// How it is reached.
    pub endpoint: Endpoint,
    /// The era of the protocol to speak.
    pub protocol: mcp::Protocol,
    /// The tools that are called on a schedule.
    pub checks: Vec<mcp::Check>,
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
        /// Whether clients reach it over Streamable HTTP, at an address of the product.
        serve_http: bool,
    },
    /// Streamable HTTP, or the older HTTP+SSE.
    Http {
        /// Address.
        url: String,
        /// Headers sent with every request.
        headers: Vec<(String, Secret)>,
        /// How to get tokens, where they are not among the headers.
        oauth: Option<ClientCredentials>,
        /// Which of the two transports to speak.
        transport: mcp::Transport,
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

impl CommandLine {
    /// The command for people to read: what can be a secret is left out.
    pub fn shown(&self) -> String {
        let words = std::iter::once(&self.program).chain(&self.args);
        secrets::shown(words.map(String::as_str)).join(" ")
    }
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
    pub(super) oauth: Option<Part>,
    pub(super) protocol: Option<String>,
    pub(super) transport: Option<String>,
    pub(super) checks: BTreeMap<String, Part>,
    /// Names of servers and checks; they are kept beside the server, which they do not change.
    pub(super) depends_on: Vec<String>,
    pub(super) serve_http: bool,
}

/// A part of a server with keys of its own, which is read later. It may hold secrets.
#[derive(Clone, Default, Deserialize)]
#[serde(transparent)]
pub(super) struct Part(pub(super) serde_json::Value);

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(model::REDACTED)
    }
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
    "oauth",
    "protocol",
    "transport",
    "checks",
    "depends_on",
    "serve_http",
];

impl RawServer {
    /// Checks it and fills in its values; `None` when it cannot be used.
    pub(super) fn into_server(
        self,
        name: &str,
        source: &str,
        trust: Trust,
        values: &mut Values<'_>,
        mistakes: &mut Mistakes,
    ) -> Option<ServerConfig> {
        self.warn_of_secrets(values, mistakes);
        let path = values.path();
        let checks = self.checks.into_iter();
        let checks = checks
            .filter_map(|(check, part)| tool_checks::read(&check, part.0, values, mistakes))
            .collect();
        let oauth = self
            .oauth
            .and_then(|part| sign_in::read(part.0, values, mistakes));
        let mut fill = |at: &str, text: &str| values.fill(at, text, mistakes);
        let mut secrets = |at: &str, map: BTreeMap<String, Secret>| -> BTreeMap<String, Secret> {
            let pairs = map.into_iter().map(|(key, value)| {
                let filled = fill(&format!("{at}.{key}"), value.expose());
                (key, Secret::new(filled))
            });
            pairs.collect()
        };
        let environment = secrets("env", self.env);
        let mut headers: Vec<_> = secrets("headers", self.headers).into_iter().collect();
        if let Some(token) = self.bearer_token {
            let token = fill("bearer_token", token.expose());
            headers.push((
                "authorization".to_owned(),
                Secret::new(format!("Bearer {token}")),
            ));
        }
        let command = self.command.map(|command| fill("command", &command));
        let args: Vec<_> = (0..)
            .zip(&self.args)
            .map(|(i, arg): (usize, _)| fill(&format!("args[{i}]"), arg))
            .collect();
        let url = self.url.map(|url| fill("url", &url));
        let cwd = self
            .cwd
            .map(|cwd| PathBuf::from(fill("cwd", &cwd.to_string_lossy())));
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
        let transport = match self.transport.as_deref() {
            None | Some("auto") => mcp::Transport::Auto,
            Some("sse") => mcp::Transport::Sse,
            Some(other) => {
                mistakes.push(
                    format!("{path}.transport"),
                    format!("{other:?} is no transport; write auto or sse (a command is always spoken to over stdio)"),
                );
                mcp::Transport::Auto
            }
        };
        let is_signed = |name: &str| name.eq_ignore_ascii_case("authorization");
        if oauth.is_some() && headers.iter().any(|(name, _)| is_signed(name)) {
            mistakes.push(
                path,
                "has both `oauth` and a token of its own (bearer_token, or the header Authorization); keep one",
            );
        }
        let endpoint = match (command, url) {
            (Some(command), None) => {
                if !headers.is_empty() || oauth.is_some() || transport != mcp::Transport::Auto {
                    mistakes.push(
                        path,
                        "headers, bearer_token, oauth and transport go with `url`, not with `command`",
                    );
                }
                stdio(command, args, environment, cwd, path, mistakes)?.served(self.serve_http)
            }
            (None, Some(url)) => {
                if !args.is_empty() || !environment.is_empty() || cwd.is_some() {
                    mistakes.push(path, "args, env and cwd go with `command`, not with `url`");
                }
                if self.serve_http {
                    mistakes.push(
                        format!("{path}.serve_http"),
                        "goes with `command`: a server with a `url` is reached over HTTP already",
                    );
                }
                http(url, headers, oauth, transport, path, mistakes)?
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
            checks,
            source: source.to_owned(),
        })
    }

    /// Warns of secrets that stand in the file as they are.
    fn warn_of_secrets(&self, values: &Values<'_>, mistakes: &mut Mistakes) {
        let env = self.env.iter().map(|(name, value)| ("env", name, value));
        let headers = self.headers.iter();
        let headers = headers.map(|(name, value)| ("headers", name, value));
        let named = env.chain(headers).filter(|(_, name, value)| {
            let value = value.expose();
            secrets::is_token(value) || (secrets::is_name(name) && secrets::is_value(value))
        });
        let mut found: Vec<_> = named
            .map(|(key, name, value)| (format!("{key}.{name}"), value.expose()))
            .collect();
        let tokens = self.bearer_token.iter().map(Secret::expose);
        let tokens = tokens.filter(|token| secrets::is_value(token));
        found.extend(tokens.map(|token| ("bearer_token".to_owned(), token)));
        let url = self.url.iter().filter(|url| secrets::is_token(url));
        found.extend(url.map(|url| ("url".to_owned(), url.as_str())));
        let shown = secrets::shown(self.args.iter().map(String::as_str));
        let hidden = (0..).zip(self.args.iter().zip(&shown));
        let hidden = hidden.filter(|(_, (arg, shown))| arg != shown);
        found.extend(hidden.map(|(i, (arg, _)): (usize, _)| (format!("args[{i}]"), arg.as_str())));
        for (at, value) in found {
            if values.is_literal(&at, value) {
                mistakes.warn(
                    format!("{}.{at}", values.path()),
                    "a secret stands in clear text in this file",
                    values.instead_of_secret(&at),
                );
            }
        }
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
        let rest = secrets::shown(words);
        let rest: Vec<_> = rest.iter().map(|word| format!("{word:?}")).collect();
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
    Some(Endpoint::Stdio {
        command,
        serve_http: false,
    })
}

impl Endpoint {
    /// Whether it is started, and clients reach it over HTTP at an address of the product.
    pub fn is_served(&self) -> bool {
        matches!(
            self,
            Self::Stdio {
                serve_http: true,
                ..
            }
        )
    }

    /// The same; what is started is served over HTTP besides, or not.
    fn served(mut self, is_served: bool) -> Self {
        if let Self::Stdio { serve_http, .. } = &mut self {
            *serve_http = is_served;
        }
        self
    }
}

/// Lets clients reach servers over HTTP that the section `launcher` names, from whichever file they are.
pub(super) fn serve(
    servers: &mut [ServerConfig],
    names: &[String],
    file: &str,
    mistakes: &mut Mistakes,
) {
    for name in names {
        let found = servers.iter_mut().find(|server| server.name == *name);
        let message = match found.map(|server| &mut server.endpoint) {
            Some(Endpoint::Stdio { serve_http, .. }) => {
                *serve_http = true;
                continue;
            }
            Some(Endpoint::Http { .. }) => format!("{name:?} is reached over HTTP already"),
            None => format!("there is no server {name:?}; name one that is started"),
        };
        mistakes.push_in(file, "launcher.serve_http", message);
    }
}

fn http(
    url: String,
    headers: Vec<(String, Secret)>,
    oauth: Option<ClientCredentials>,
    transport: mcp::Transport,
    path: &str,
    mistakes: &mut Mistakes,
) -> Option<Endpoint> {
    if !is_address(&url) {
        mistakes.push(
            format!("{path}.url"),
            "is no address; write for instance http://127.0.0.1:3001/mcp",
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
    Some(Endpoint::Http {
        url,
        headers,
        oauth,
        transport,
    })
}

/// Lets a server of a file that was only found give way to one of the same name that was asked for.
pub(super) fn give_way(
    servers: &mut Vec<ServerConfig>,
    found: Option<&str>,
    mistakes: &mut Mistakes,
) {
    let Some(found) = found else { return };
    let asked: HashMap<String, String> = servers
        .iter()
        .filter(|server| server.source != found)
        .map(|server| (server.name.clone(), server.source.clone()))
        .collect();
    servers.retain(|server| {
        let other = asked.get(&server.name).filter(|_| server.source == found);
        if let Some(other) = other {
            let mut ours = Mistakes::default();
            ours.warn(
                format!("servers.{}", server.name),
                format!("{other} has this name too, and comes first: it was asked for"),
                "rename one of them",
            );
            mistakes.extend_from(found, ours);
        }
        other.is_none()
    });
}

/// What is wrong with a name, which stands in addresses; `None` when it is right.
pub(super) fn wrong_name(name: &str) -> Option<&'static str> {
    let is_wrong =
        name.trim().is_empty() || name.contains(['/', '\\']) || name.chars().any(char::is_control);
    is_wrong.then_some("a name must not be empty or contain slashes or control characters")
}

/// Refuses a name twice: a server's name is its id.
pub(super) fn check_names(servers: &mut Vec<ServerConfig>, mistakes: &mut Mistakes) {
    let mut first: HashMap<String, String> = HashMap::new();
    servers.sort_by(|a, b| a.name.cmp(&b.name));
    servers.retain(|server| {
        let name = &server.name;
        let message = if name == crate::SELF_NAME {
            "is the name under which the product watches itself; choose another".to_owned()
        } else if let Some(message) = wrong_name(name) {
            message.to_owned()
        } else if let Some(other) = first.insert(name.clone(), server.source.clone()) {
            let place = if other == server.source {
                "twice".to_owned()
            } else {
                format!("also in {other}")
            };
            format!("this name is used {place}; rename one of them")
        } else {
            return true;
        };
        mistakes.push_in(&server.source, format!("servers.{name}"), message);
        false
    });
}
