//! What is to be checked, as data: one case a kind.

use std::fmt;
use std::sync::Arc;

use model::{Clock, Launch, REDACTED, Secrets};
use regex::Regex;

use crate::command::{Command, CommandSpec};
use crate::discreet::{Discreet, of_address};
use crate::disk::{Disk, DiskSpec};
use crate::docker::{Docker, DockerSpec};
use crate::http::{Http, HttpSpec};
use crate::memory::{Memory, MemorySpec};
use crate::postgres::{Postgres, PostgresSpec};
use crate::process::{ProcessSpec, Processes};
use crate::redis::{Redis, RedisSpec};
use crate::tcp::{Tcp, TcpSpec};
use crate::tls::{Tls, TlsSpec};
use crate::{Check, Fault};

/// What is to be checked.
#[derive(Clone, Debug, PartialEq)]
pub enum Spec {
    /// An answer over HTTP.
    Http(HttpSpec),
    /// A port.
    Tcp(TcpSpec),
    /// How long a certificate is valid.
    Tls(TlsSpec),
    /// A Postgres database.
    Postgres(PostgresSpec),
    /// A Redis server.
    Redis(RedisSpec),
    /// A Docker container.
    Docker(DockerSpec),
    /// Processes of this machine.
    Process(ProcessSpec),
    /// The room on a disk of this machine.
    Disk(DiskSpec),
    /// The memory of this machine.
    Memory(MemorySpec),
    /// What a command says.
    Command(CommandSpec),
}

/// What checks need of whoever runs them.
pub struct Host<'a> {
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Makes something that starts a command.
    pub launcher: &'a dyn Fn(&CommandSpec) -> Arc<dyn Launch>,
}

impl Spec {
    /// The word for its kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Http(_) => "http",
            Self::Tcp(_) => "tcp",
            Self::Tls(_) => "tls",
            Self::Postgres(_) => "postgres",
            Self::Redis(_) => "redis",
            Self::Docker(_) => "docker",
            Self::Process(_) => "process",
            Self::Disk(_) => "disk",
            Self::Memory(_) => "memory",
            Self::Command(_) => "command",
        }
    }

    /// The check that looks.
    ///
    /// # Errors
    /// When this machine lacks something it needs, or the data makes no sense.
    pub fn check(&self, host: &Host<'_>) -> Result<Box<dyn Check>, Fault> {
        let mut secrets = self.secrets();
        let inner: Box<dyn Check> = match self.clone() {
            Self::Http(spec) => Box::new(Http::new(spec)?),
            Self::Tcp(spec) => Box::new(Tcp(spec)),
            Self::Tls(spec) => Box::new(Tls::new(spec, host.clock.clone())?),
            Self::Postgres(spec) => Box::new(Postgres::new(&spec)?),
            Self::Redis(spec) => Box::new(Redis(spec)),
            Self::Docker(spec) => Box::new(Docker::new(spec)?),
            Self::Process(spec) => Box::new(Processes(spec)),
            Self::Disk(spec) => Box::new(Disk::new(spec)),
            Self::Memory(spec) => Box::new(Memory(spec)),
            Self::Command(spec) => {
                let launch = (host.launcher)(&spec);
                secrets.extend(launch.secrets());
                Box::new(Command::new(spec, launch))
            }
        };
        let secrets = Secrets::of(secrets.iter().map(String::as_str));
        Ok(Box::new(Discreet { inner, secrets }))
    }

    /// What it was given of secrets. Those of a command knows who starts it.
    fn secrets(&self) -> Vec<String> {
        match self {
            Self::Http(spec) => {
                let values = spec.headers.iter().map(|(_, value)| value.expose());
                let tokens = values.flat_map(|value| {
                    let token = value.split_once(' ').map(|(_, token)| token);
                    std::iter::once(value).chain(token)
                });
                let tokens = tokens.map(str::to_owned);
                tokens.chain(of_address(&spec.url)).collect()
            }
            Self::Postgres(spec) => of_address(spec.url.expose()),
            Self::Redis(spec) => {
                let password = spec.password.iter();
                password.map(|it| it.expose().to_owned()).collect()
            }
            Self::Tcp(_) | Self::Tls(_) | Self::Docker(_) | Self::Process(_) => Vec::new(),
            Self::Disk(_) | Self::Memory(_) | Self::Command(_) => Vec::new(),
        }
    }
}

/// A text that is never printed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Hidden(String);

impl Hidden {
    /// Hides a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for whoever has to send it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

/// A regular expression; two are the same when they are written the same.
#[derive(Clone, Debug)]
pub struct Pattern(Regex);

impl Pattern {
    /// Reads one.
    ///
    /// # Errors
    /// A text that says where it is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        match Regex::new(text) {
            Ok(regex) => Ok(Self(regex)),
            Err(error) => Err(format!("{text:?} is no regular expression: {error}")),
        }
    }

    pub(crate) fn is_in(&self, text: &str) -> bool {
        self.0.is_match(text)
    }

    /// The number in the group called `value`, where there is one.
    pub(crate) fn value_in(&self, text: &str) -> Option<f64> {
        let found = self.0.captures(text)?;
        found.name("value")?.as_str().trim().parse().ok()
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_texts() {
        let pattern = Pattern::parse(r"backlog: (?<value>-?[0-9.]+)").unwrap();
        for (text, value) in [
            ("backlog: 12.5 messages", Some(12.5)),
            ("backlog: -3", Some(-3.0)),
            ("backlog: 1.2.3", None),
            ("nothing", None),
        ] {
            assert_eq!(pattern.value_in(text), value, "{text}");
        }
        assert!(Pattern::parse("(").unwrap_err().contains("\"(\" is no"));
        assert_eq!(format!("{:?}", Hidden::new("hunter2")), REDACTED);
    }
}
