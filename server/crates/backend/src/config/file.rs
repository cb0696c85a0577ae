//! Our own file: TOML, section by section.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use wire::{ConfigFile, ConfiguredServer};

use super::agents::{self, RawAgents};
use super::checks::{self, Reading};
use super::clients::{OURS, Values};
use super::inhibition;
use super::launcher::{self, RawLauncher};
use super::objectives::{self, RawObjectives};
use super::otlp::{self, RawOtlp};
use super::retention::{self, RawRetention};
use super::rule_files::{self, RawRules};
use super::samples::{self, RawSamples};
use super::scrape::{self, RawScrape};
use super::servers::{self, RawServer, Trust};
use super::{ApiKey, Auth, Config, Http, Mistakes, Secret};

/// The file as written: every value optional, nothing checked yet.
#[derive(Debug, Default)]
pub(super) struct File {
    probe: RawProbe,
    launcher: RawLauncher,
    pub(super) alerts: RawAlerts,
    pub(super) rules: RawRules,
    pub(super) objectives: RawObjectives,
    agents: RawAgents,
    retention: RawRetention,
    samples: RawSamples,
    otlp: RawOtlp,
    pub(super) scrape: RawScrape,
    auth: RawAuth,
    http: RawHttp,
    servers: BTreeMap<String, RawServer>,
    checks: BTreeMap<String, toml::Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawProbe {
    interval: Option<String>,
    timeout: Option<String>,
    start_timeout: Option<String>,
    slow: Option<String>,
}
const PROBE: &[&str] = &["interval", "timeout", "start_timeout", "slow"];

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RawAlerts {
    server_down_for: Option<String>,
    interval: Option<String>,
    inhibit_rules: Option<Vec<toml::Value>>,
    pub(super) notify: Option<String>,
}
const ALERTS: &[&str] = &["server_down_for", "interval", "inhibit_rules", "notify"];

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawAuth {
    password_hash: Option<Secret>,
    keys: BTreeMap<String, RawKey>,
}
const AUTH: &[&str] = &["password_hash", "keys"];

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawKey {
    key: Option<Secret>,
    role: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawHttp {
    allowed_hosts: Vec<String>,
}
const HTTP: &[&str] = &["allowed_hosts"];

const SECTIONS: &[&str] = &[
    "probe",
    "alerts",
    "rules",
    "objectives",
    "agents",
    "retention",
    "samples",
    "otlp",
    "scrape",
    "auth",
    "http",
    "launcher",
    "servers",
    "checks",
];

const SHORTEST_KEY: usize = 20;

impl File {
    /// Reads the text; what cannot be read is left at its default and reported.
    pub(super) fn read(text: &str, mistakes: &mut Mistakes) -> Self {
        let mut table: toml::Table = match toml::from_str(text) {
            Ok(table) => table,
            Err(error) => {
                mistakes.push("", format!("is no TOML: {}", error.to_string().trim_end()));
                return Self::default();
            }
        };
        let mut file = Self {
            probe: section(&mut table, "probe", PROBE, mistakes),
            launcher: section(&mut table, "launcher", launcher::KEYS, mistakes),
            alerts: section(&mut table, "alerts", ALERTS, mistakes),
            rules: section(&mut table, "rules", rule_files::KEYS, mistakes),
            objectives: section(&mut table, "objectives", objectives::KEYS, mistakes),
            agents: section(&mut table, "agents", agents::KEYS, mistakes),
            retention: section(&mut table, "retention", retention::KEYS, mistakes),
            samples: section(&mut table, "samples", samples::KEYS, mistakes),
            otlp: section(&mut table, "otlp", otlp::KEYS, mistakes),
            scrape: section(&mut table, "scrape", scrape::KEYS, mistakes),
            auth: section(&mut table, "auth", AUTH, mistakes),
            http: section(&mut table, "http", HTTP, mistakes),
            servers: BTreeMap::new(),
            checks: BTreeMap::new(),
        };
        match table.remove("servers") {
            None => {}
            Some(toml::Value::Table(servers)) => {
                for (name, value) in servers {
                    let path = format!("servers.{name}");
                    let server = read_value(value, &path, servers::KEYS, mistakes);
                    file.servers.insert(name, server);
                }
            }
            Some(_) => mistakes.push(
                "servers",
                "must be tables, one for each server: [servers.my-server]",
            ),
        }
        match table.remove("checks") {
            None => {}
            Some(toml::Value::Table(checks)) => file.checks.extend(checks),
            Some(_) => mistakes.push(
                "checks",
                "must be tables, one for each check: [checks.my-check]",
            ),
        }
        for key in table.keys() {
            if key == "mcp_servers" {
                let instead = "read that file with --mcp-config";
                mistakes.refuse(key, "is how Codex lists servers", instead);
                continue;
            }
            mistakes.push(key.as_str(), unknown_key(key, SECTIONS));
        }
        file
    }

    /// Checks everything and fills in the defaults.
    pub(super) fn into_config(
        self,
        source: &str,
        env: &dyn Fn(&str) -> Option<String>,
        mistakes: &mut Mistakes,
    ) -> Config {
        let mut config = Config::default();
        let mut at_least_a_millisecond =
            |path: &str, text: Option<&String>, value: &mut Duration| {
                let Some(parsed) = duration(path, text, mistakes) else {
                    return;
                };
                if parsed.is_zero() {
                    mistakes.push(path, "must be longer than 0");
                }
                *value = parsed;
            };
        let RawProbe {
            interval,
            timeout,
            start_timeout,
            slow,
        } = &self.probe;
        let probe = &mut config.probe;
        at_least_a_millisecond("probe.interval", interval.as_ref(), &mut probe.interval);
        at_least_a_millisecond("probe.timeout", timeout.as_ref(), &mut probe.timeout);
        at_least_a_millisecond(
            "probe.start_timeout",
            start_timeout.as_ref(),
            &mut probe.start_timeout,
        );
        at_least_a_millisecond("probe.slow", slow.as_ref(), &mut probe.slow);
        at_least_a_millisecond(
            "alerts.interval",
            self.alerts.interval.as_ref(),
            &mut config.alerts.interval,
        );
        config.alerts.server_down_for = duration(
            "alerts.server_down_for",
            self.alerts.server_down_for.as_ref(),
            mistakes,
        );
        if let Some(rules) = self.alerts.inhibit_rules {
            config.alerts.inhibition = inhibition::read(rules, mistakes);
        }
        config.rules = self.rules.into_rules(mistakes);
        config.agents = self.agents.into_settings(Path::new(source), mistakes);
        config.retention = self.retention.into_config(mistakes);
        config.launcher = self.launcher.into_config(&mut config.probe, mistakes);
        config.samples = self.samples.into_config(mistakes);
        config.otlp = self.otlp.into_settings(mistakes);
        config.auth = self.auth.into_auth(mistakes);
        config.http = Http {
            allowed_hosts: self.http.allowed_hosts,
        };
        let mut file = ConfigFile {
            source: source.to_owned(),
            dialect: OURS.title.to_owned(),
            servers: Vec::new(),
            findings: Vec::new(),
        };
        for (name, mut raw) in self.servers {
            let path = format!("servers.{name}");
            let depends_on = std::mem::take(&mut raw.depends_on);
            if !depends_on.is_empty() {
                config.depends_on.insert(name.clone(), depends_on);
            }
            let mut values = Values::new(&OURS, &path, Path::new("."), env);
            let server = raw.into_server(&name, source, Trust::Asked, &mut values, mistakes);
            let Some(server) = server else { continue };
            config.servers.push(server);
            file.servers.push(ConfiguredServer {
                name,
                origins: values.into_origins(),
            });
        }
        config.files.push(file);
        let mut reading = Reading { env, mistakes };
        for (name, value) in self.checks {
            config
                .checks
                .extend(checks::read(&name, value, source, &mut reading));
        }
        config
    }
}

impl RawAuth {
    fn into_auth(self, mistakes: &mut Mistakes) -> Auth {
        if let Some(hash) = &self.password_hash
            && argon2::PasswordHash::new(hash.expose()).is_err()
        {
            mistakes.push(
                "auth.password_hash",
                "is no Argon2 hash; make one with `mcp-observatory hash-password`",
            );
        }
        let mut keys = Vec::new();
        for (name, raw) in self.keys {
            let path = format!("auth.keys.{name}");
            let role = match raw.role.as_deref() {
                None | Some("viewer") => wire::Role::Viewer,
                Some("operator") => wire::Role::Operator,
                Some("admin") => wire::Role::Admin,
                Some(other) => {
                    mistakes.push(
                        format!("{path}.role"),
                        format!("{other:?} is no role; write viewer, operator or admin"),
                    );
                    wire::Role::Viewer
                }
            };
            let key = raw.key.unwrap_or_default();
            if key.expose().len() < SHORTEST_KEY {
                mistakes.push(
                    format!("{path}.key"),
                    format!("needs at least {SHORTEST_KEY} characters; make one with `openssl rand -hex 20`"),
                );
            }
            keys.push(ApiKey { name, key, role });
        }
        Auth {
            password_hash: self.password_hash,
            keys,
        }
    }
}

pub(super) fn duration(
    path: &str,
    text: Option<&String>,
    mistakes: &mut Mistakes,
) -> Option<Duration> {
    match model::parse_duration(text?) {
        Ok(duration) => Some(duration),
        Err(message) => {
            mistakes.push(path, message);
            None
        }
    }
}

fn section<T: DeserializeOwned + Default>(
    table: &mut toml::Table,
    name: &str,
    keys: &[&str],
    mistakes: &mut Mistakes,
) -> T {
    match table.remove(name) {
        Some(value) => read_value(value, name, keys, mistakes),
        None => T::default(),
    }
}

/// Reads one section: all unknown keys are reported, and the first value of a wrong type.
pub(super) fn read_value<'de, T, D>(
    value: D,
    path: &str,
    keys: &[&str],
    mistakes: &mut Mistakes,
) -> T
where
    T: DeserializeOwned + Default,
    D: serde::Deserializer<'de>,
    D::Error: std::fmt::Display,
{
    let mut unknown = Vec::new();
    let mut track = serde_path_to_error::Track::new();
    let tracked = serde_path_to_error::Deserializer::new(value, &mut track);
    let read = serde_ignored::deserialize(tracked, |at| unknown.push(at.to_string()));
    for at in unknown {
        let key = at.rsplit('.').next().unwrap_or(&at);
        mistakes.push(format!("{path}.{at}"), unknown_key(key, keys));
    }
    match read {
        Ok(value) => value,
        Err(error) => {
            let at: String = error_path(&track.path().to_string());
            let message = error.to_string();
            mistakes.push(format!("{path}{at}"), message.trim_end());
            T::default()
        }
    }
}

fn error_path(at: &str) -> String {
    match at {
        "." => String::new(),
        at => format!(".{at}"),
    }
}

/// Says what to write instead of a key that does not exist.
fn unknown_key(key: &str, known: &[&str]) -> String {
    let nearest = known
        .iter()
        .map(|candidate| (strsim::jaro_winkler(key, candidate), candidate))
        .max_by(|a, b| a.0.total_cmp(&b.0));
    match nearest {
        Some((likeness, candidate)) if likeness > 0.8 => {
            format!("unknown key; did you mean `{candidate}`?")
        }
        _ => format!("unknown key; known here: {}", known.join(", ")),
    }
}
