//! The fields of each kind of check.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use checks::{
    Address, Bounds, CommandSpec, DiskSpec, DockerSpec, Find, Hidden, HttpSpec, MemorySpec,
    Pattern, PostgresSpec, ProcessSpec, Redirects, RedisSpec, Spec, TcpSpec, TlsSpec,
};
use serde::Deserialize;

use super::super::Secret;
use super::super::clients::{OURS, Values};
use super::super::file::read_value;
use super::Reading;
use super::thresholds::{Scale, read as read_bounds};

/// The words for kinds.
pub(super) const KINDS: &[&str] = &[
    "http", "tcp", "tls", "postgres", "redis", "docker", "process", "disk", "memory", "command",
];

/// Every field of every kind; which of them a kind has says [`fields`].
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Raw {
    url: Option<Secret>,
    method: Option<String>,
    status: Vec<u16>,
    body: Option<String>,
    headers: BTreeMap<String, Secret>,
    bearer_token: Option<Secret>,
    redirects: Option<String>,
    address: Option<String>,
    server_name: Option<String>,
    username: Option<String>,
    password: Option<Secret>,
    container: Option<String>,
    socket: Option<PathBuf>,
    name: Option<String>,
    command_line: Option<String>,
    min: Option<u64>,
    max: Option<u64>,
    mount: Option<PathBuf>,
    command: Option<String>,
    args: Vec<String>,
    env: BTreeMap<String, Secret>,
    cwd: Option<PathBuf>,
    exit: i32,
    output: Option<String>,
}

/// The fields of a kind beside `kind`, `every`, `timeout`, `servers`.
fn fields(kind: &str) -> Option<&'static [&'static str]> {
    Some(match kind {
        "http" => &[
            "url",
            "method",
            "status",
            "body",
            "headers",
            "bearer_token",
            "redirects",
            "degraded",
            "unhealthy",
        ],
        "tcp" => &["address", "degraded", "unhealthy"],
        "tls" => &["address", "server_name", "degraded", "unhealthy"],
        "postgres" => &["url", "degraded", "unhealthy"],
        "redis" => &["address", "username", "password", "degraded", "unhealthy"],
        "docker" => &["container", "socket"],
        "process" => &[
            "name",
            "command_line",
            "min",
            "max",
            "degraded",
            "unhealthy",
        ],
        "disk" => &["mount", "degraded", "unhealthy"],
        "memory" => &["degraded", "unhealthy"],
        "command" => &[
            "command",
            "args",
            "env",
            "cwd",
            "exit",
            "output",
            "degraded",
            "unhealthy",
        ],
        _ => return None,
    })
}

/// Reads the fields of a kind; `None` when they cannot be used.
pub(super) fn read(
    kind: &str,
    mut table: toml::Table,
    path: &str,
    reading: &mut Reading<'_>,
) -> Option<(Spec, Bounds)> {
    let Some(known) = fields(kind) else {
        let message = format!(
            "{kind:?} is no kind of check; write one of {}",
            KINDS.join(", ")
        );
        reading.mistakes.push(format!("{path}.kind"), message);
        return None;
    };
    let (degraded, unhealthy) = (table.remove("degraded"), table.remove("unhealthy"));
    let mut of_kind = toml::Table::new();
    for (key, value) in table {
        match known.contains(&key.as_str()) {
            true => drop(of_kind.insert(key, value)),
            false => {
                let message = format!(
                    "unknown key for the kind {kind}; known here: {}",
                    known.join(", ")
                );
                reading.mistakes.push(format!("{path}.{key}"), message);
            }
        }
    }
    let before = reading.mistakes.errors();
    let raw: Raw = read_value(of_kind, path, known, reading.mistakes);
    if reading.mistakes.errors() > before {
        return None;
    }
    let mut fields = Fields { path, reading };
    let scale = Scale::of(kind);
    let bounds = match scale {
        Some(scale) => read_bounds(path, scale, degraded, unhealthy, fields.reading.mistakes),
        None => {
            for (key, value) in [("degraded", degraded), ("unhealthy", unhealthy)] {
                if value.is_some() {
                    fields.wrong(
                        key,
                        format!("a check of the kind {kind} has no thresholds; remove it"),
                    );
                }
            }
            Bounds::default()
        }
    };
    let slow = match scale {
        Some(Scale::Seconds) => bounds,
        _ => Bounds::default(),
    };
    let spec = fields.spec(kind, raw, bounds)?;
    Some((spec, slow))
}

/// The fields of one check, being read.
struct Fields<'a, 'b> {
    path: &'a str,
    reading: &'a mut Reading<'b>,
}

impl Fields<'_, '_> {
    fn wrong(&mut self, key: &str, message: impl Into<String>) {
        self.reading
            .mistakes
            .push(format!("{}.{key}", self.path), message);
    }

    /// A text in which variables are filled in.
    fn fill(&mut self, key: &str, text: &str) -> String {
        let mut values = Values::new(&OURS, self.path, Path::new("."), self.reading.env);
        values.fill(key, text, self.reading.mistakes)
    }

    fn hidden(&mut self, key: &str, text: &Secret) -> Hidden {
        Hidden::new(self.fill(key, text.expose()))
    }

    /// What cannot be missing.
    fn needed<T>(&mut self, key: &str, value: Option<T>, example: &str) -> Option<T> {
        if value.is_none() {
            self.wrong(
                key,
                format!("is needed; write for instance {key} = {example}"),
            );
        }
        value
    }

    fn pattern(&mut self, key: &str, text: Option<String>) -> Option<Pattern> {
        match Pattern::parse(&text?) {
            Ok(pattern) => Some(pattern),
            Err(message) => {
                self.wrong(key, message);
                None
            }
        }
    }

    fn address(&mut self, text: Option<String>, example: &str) -> Option<Address> {
        let text = self.needed("address", text, example)?;
        let text = self.fill("address", &text);
        match Address::parse(&text) {
            Ok(address) => Some(address),
            Err(message) => {
                self.wrong("address", message);
                None
            }
        }
    }

    fn secrets(&mut self, key: &str, map: BTreeMap<String, Secret>) -> Vec<(String, Hidden)> {
        let pairs = map.into_iter().map(|(name, value)| {
            let value = self.hidden(&format!("{key}.{name}"), &value);
            (name, value)
        });
        pairs.collect()
    }

    fn spec(&mut self, kind: &str, raw: Raw, bounds: Bounds) -> Option<Spec> {
        Some(match kind {
            "http" => Spec::Http(self.http(raw)?),
            "tcp" => Spec::Tcp(TcpSpec {
                address: self.address(raw.address, "\"db.example:5432\"")?,
            }),
            "tls" => Spec::Tls(TlsSpec {
                address: self.address(raw.address, "\"shop.example:443\"")?,
                server_name: raw.server_name,
                days: bounds,
            }),
            "postgres" => {
                let url = self.needed(
                    "url",
                    raw.url,
                    "\"postgres://user:${PASSWORD}@host:5432/base\"",
                )?;
                let spec = PostgresSpec {
                    url: self.hidden("url", &url),
                };
                match spec.verify() {
                    Ok(()) => Spec::Postgres(spec),
                    Err(message) => {
                        self.wrong("url", message);
                        return None;
                    }
                }
            }
            "redis" => Spec::Redis(RedisSpec {
                address: self.address(raw.address, "\"127.0.0.1:6379\"")?,
                username: raw.username,
                password: raw.password.map(|text| self.hidden("password", &text)),
            }),
            "docker" => {
                let container = self.needed("container", raw.container, "\"postgres-1\"")?;
                if !DockerSpec::is_name(&container) {
                    let message = format!(
                        "{container:?} is no name of a container; write letters, digits, _ . -"
                    );
                    self.wrong("container", message);
                }
                let socket = raw.socket.unwrap_or_else(|| "/var/run/docker.sock".into());
                Spec::Docker(DockerSpec { container, socket })
            }
            "process" => self.process(raw, bounds)?,
            "disk" => Spec::Disk(DiskSpec {
                mount: self.needed("mount", raw.mount, "\"/data\"")?,
                free: bounds,
            }),
            "memory" => Spec::Memory(MemorySpec { used: bounds }),
            _ => Spec::Command(self.command(raw)?),
        })
    }

    fn http(&mut self, raw: Raw) -> Option<HttpSpec> {
        let url = self.needed("url", raw.url, "\"https://shop.example/health\"")?;
        let url = self.fill("url", url.expose());
        let parsed: Result<http::Uri, _> = url.parse();
        let is_usable = parsed.is_ok_and(|uri| {
            matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some()
        });
        if !is_usable {
            self.wrong(
                "url",
                "is no address; write for instance https://shop.example/health",
            );
        }
        let method = raw.method.unwrap_or_else(|| "GET".to_owned());
        if method.parse::<http::Method>().is_err() {
            self.wrong(
                "method",
                format!("{method:?} is no method; write GET, HEAD or POST"),
            );
        }
        if raw.status.iter().any(|status| !(100..600).contains(status)) {
            self.wrong(
                "status",
                "holds what is no status; write for instance [200, 204]",
            );
        }
        let mut headers = self.secrets("headers", raw.headers);
        if let Some(token) = raw.bearer_token {
            let token = self.fill("bearer_token", token.expose());
            headers.push((
                "authorization".to_owned(),
                Hidden::new(format!("Bearer {token}")),
            ));
        }
        for (name, value) in &headers {
            let is_valid = http::HeaderName::try_from(name).is_ok()
                && http::HeaderValue::try_from(value.expose()).is_ok();
            if !is_valid {
                let message = "is no valid HTTP header (a line break in the value, perhaps)";
                self.wrong(&format!("headers.{name}"), message);
            }
        }
        let redirects = match raw.redirects.as_deref() {
            None | Some("none") => Redirects::None,
            Some("same_origin") => Redirects::SameOrigin,
            Some("any") => Redirects::Any,
            Some(other) => {
                self.wrong(
                    "redirects",
                    format!("{other:?} is no such word; write none, same_origin or any"),
                );
                Redirects::None
            }
        };
        if redirects == Redirects::Any && !headers.is_empty() {
            self.wrong(
                "redirects",
                "any would send the headers to whoever is redirected to; write same_origin",
            );
        }
        Some(HttpSpec {
            url,
            method,
            status: raw.status,
            body: self.pattern("body", raw.body),
            headers,
            redirects,
        })
    }

    fn process(&mut self, raw: Raw, memory: Bounds) -> Option<Spec> {
        let find = match (raw.name, raw.command_line) {
            (Some(name), None) => Find::Name(name),
            (None, Some(text)) => Find::CommandLine(self.pattern("command_line", Some(text))?),
            _ => {
                let message =
                    "needs either name = \"nginx\" or command_line = \"a regular expression\"";
                self.reading.mistakes.push(self.path, message);
                return None;
            }
        };
        let (min, max) = (raw.min.unwrap_or(1), raw.max);
        if max.is_some_and(|max| max < min) {
            self.wrong("max", "must not be below `min` (1 where it is not given)");
        }
        Some(Spec::Process(ProcessSpec {
            find,
            min,
            max,
            memory,
        }))
    }

    fn command(&mut self, raw: Raw) -> Option<CommandSpec> {
        let program = self.needed("command", raw.command, "\"/usr/local/bin/check-backlog\"")?;
        let program = self.fill("command", &program);
        if program.trim().is_empty() {
            self.wrong("command", "is empty; name the program to start");
        } else if program.contains(' ')
            && raw.args.is_empty()
            && !std::path::Path::new(&program).exists()
        {
            let message =
                "holds arguments too, and no shell takes them apart; write them as args = [\"…\"]";
            self.wrong("command", message);
        }
        let args = (0..).zip(&raw.args);
        let args = args
            .map(|(n, arg): (usize, _)| self.fill(&format!("args[{n}]"), arg))
            .collect();
        Some(CommandSpec {
            program,
            args,
            env: self.secrets("env", raw.env),
            cwd: raw.cwd,
            exit: raw.exit,
            output: self.pattern("output", raw.output),
        })
    }
}
