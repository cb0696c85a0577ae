//! What a user configures: a TOML file of ours, and `mcpServers` files of MCP clients.
//!
//! Everything that is wrong with a file is found in one reading and reported together, each
//! mistake with its path and what to write instead.

mod agents;
mod checks;
mod clients;
mod dependencies;
mod file;
mod inhibition;
mod launcher;
mod mistake;
mod notify;
mod objectives;
mod otlp;
mod retention;
mod rule_files;
mod samples;
mod scrape;
mod secret;
mod secrets;
mod servers;
mod sign_in;
mod tool_checks;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

pub use agents::{AGENTS_FILE, AgentSettings};
pub use checks::CheckConfig;
pub use clients::DISCOVERED_FILE;
pub use launcher::Launching;
pub use mistake::{Mistake, Mistakes, Unusable};
pub use notify::NotifyFile;
pub use objectives::{FoundObjective, Objectives};
pub use retention::{KeptFor, Retention, parse_kept};
pub use rule_files::{Rules, read_rules};
pub use samples::parse_size;
pub use scrape::read_prometheus;
pub use secret::Secret;
pub(crate) use secrets::{is_name as names_secret, shown as shown_words, tokens as secret_shapes};
pub use servers::{CommandLine, Endpoint, ServerConfig};
pub use sign_in::ClientCredentials;

use wire::ConfigFile;

use clients::{ClientFile, Dialect};
use file::File;
use servers::Trust;

/// The name of the configuration file that is read when none is given.
pub const DEFAULT_FILE: &str = "observatory.toml";

/// The annotated example; a test holds it against the defaults.
pub const EXAMPLE: &str = include_str!("config/example.toml");

/// Everything that can be configured, checked and complete.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Config {
    /// Cadence and limits of probes.
    pub probe: mcp::Config,
    /// Patience with servers that are started.
    pub launcher: Launching,
    /// Alerts.
    pub alerts: Alerts,
    /// How long things are kept.
    pub retention: Retention,
    /// What the store of samples takes in.
    pub samples: tsdb::Config,
    /// How OpenTelemetry's metrics become ours.
    pub otlp: ingest::otlp::Settings,
    /// Rules beside those built in.
    pub rules: Rules,
    /// Objectives of files, beside those built in and made here.
    pub objectives: Objectives,
    /// Where agents report.
    pub agents: AgentSettings,
    /// What is scraped: the `prometheus.yml` that `scrape.config` names.
    pub scraping: Arc<ingest::scrape::Scraping>,
    /// Who may come in.
    pub auth: Auth,
    /// What is accepted at the doors.
    pub http: Http,
    /// What is watched, by name.
    pub servers: Vec<ServerConfig>,
    /// The files that it was read from, for people to look at.
    pub files: Vec<ConfigFile>,
    /// What is checked beside, by name.
    pub checks: Vec<CheckConfig>,
    /// What servers depend on, by their names: other servers, and checks.
    pub depends_on: dependencies::DependsOn,
}

/// Settings of alerts.
#[derive(Clone, Debug, PartialEq)]
pub struct Alerts {
    /// How long a server has to be down before the alert fires; the rule's own time where missing.
    pub server_down_for: Option<Duration>,
    /// How often rules are evaluated.
    pub interval: Duration,
    /// Which alerts hold back which others.
    pub inhibition: Vec<notifier::Inhibition>,
    /// Who is told: the `alertmanager.yml` that `alerts.notify` names.
    pub notify: Option<NotifyFile>,
}

impl Default for Alerts {
    fn default() -> Self {
        Self {
            server_down_for: None,
            interval: Duration::from_secs(15),
            inhibition: inhibition::default(),
            notify: None,
        }
    }
}

impl Config {
    /// The settings of the store of samples, its retention included.
    pub(crate) fn store(&self) -> tsdb::Config {
        tsdb::Config {
            retention: self.retention.history,
            retention_bytes: self.retention.size,
            rollups: self.retention.rollups,
            ..self.samples.clone()
        }
    }

    /// What is wrong with the files all the same, or could be.
    pub fn mistakes(&self) -> Mistakes {
        let mut mistakes = Mistakes::default();
        for file in &self.files {
            mistakes.extend_with(&file.source, &file.findings);
        }
        mistakes
    }
}

/// Who may come in. Empty means: everybody on this machine, and nobody else.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Auth {
    /// Argon2 hash of the password for browsers.
    pub password_hash: Option<Secret>,
    /// Keys for tools.
    pub keys: Vec<ApiKey>,
}

impl Auth {
    /// Whether anybody has to say who they are.
    pub fn is_required(&self) -> bool {
        self.password_hash.is_some() || !self.keys.is_empty()
    }
}

/// A key that a tool sends as `Authorization: Bearer …`.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiKey {
    /// Its name, which stands for the tool in histories.
    pub name: String,
    /// The key itself.
    pub key: Secret,
    /// What it may do.
    pub role: wire::Role,
}

/// What is accepted at the doors.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Http {
    /// Host names, beside the address listened on and `localhost`, under which the product may be asked for.
    pub allowed_hosts: Vec<String>,
}

/// Which files to read.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// Our own file; `observatory.toml` of the working directory, if it is there, where missing.
    pub config: Option<PathBuf>,
    /// `mcpServers` files that were asked for.
    pub mcp_configs: Vec<PathBuf>,
    /// The folder in which `.mcp.json` and `observatory.toml` are looked for.
    pub folder: PathBuf,
    /// Whether what `.mcp.json` of that folder lists may be started without asking.
    pub yes: bool,
}

/// Reads and checks all files. Warnings stand in [`Config::files`], and so do the errors of a file that
/// was found and not asked for.
///
/// # Errors
/// Every mistake of every file, when a file that was asked for has errors.
pub fn load(sources: &Sources, env: &dyn Fn(&str) -> Option<String>) -> Result<Config, Mistakes> {
    let mut mistakes = Mistakes::default();
    let mut config = Config::default();
    let mut file = String::new();
    if let Some((path, text)) = own_file(sources, &mut mistakes) {
        let name = path.display().to_string();
        file.clone_from(&name);
        let mut found = Mistakes::default();
        let read = File::read(&text, &mut found);
        let scraped = read.scrape.config.clone();
        let rule_files = read.rules.files.clone();
        let objectives = read.objectives.files.clone();
        let notify = read.alerts.notify.clone().unwrap_or_default();
        config = read.into_config(&name, env, &mut found);
        mistakes.extend_from(&name, found);
        if let Some(prometheus) = scraped {
            let prometheus = scrape::load(&prometheus, &path, &mut config, &mut mistakes);
            rule_files::load_of_prometheus(&prometheus, &mut config, &mut mistakes);
        }
        rule_files::load(&rule_files, &path, &mut config, &mut mistakes);
        objectives::load(&objectives, &path, &mut config, &mut mistakes);
        if !notify.is_empty() {
            notify::load(&notify, &path, &mut config, &mut mistakes);
        }
    }
    let asked = sources.mcp_configs.iter();
    let asked: Vec<_> = asked
        .map(|argument| Dialect::of_argument(argument))
        .collect();
    config.agents.expected = sources.folder.join(AGENTS_FILE);
    for (dialect, path) in &asked {
        let trust = Trust::Asked;
        read_clients(path, *dialect, trust, env, &mut config, &mut mistakes);
    }
    let discovered = sources.folder.join(DISCOVERED_FILE);
    let is_asked = sources.yes || asked.iter().any(|(_, path)| *path == discovered);
    let mut found = None;
    if discovered.is_file() && !asked.iter().any(|(_, path)| *path == discovered) {
        let trust = if is_asked { Trust::Asked } else { Trust::Found };
        read_clients(&discovered, None, trust, env, &mut config, &mut mistakes);
        found = (!is_asked).then(|| discovered.display().to_string());
    }
    servers::give_way(&mut config.servers, found.as_deref(), &mut mistakes);
    servers::check_names(&mut config.servers, &mut mistakes);
    let served = &config.launcher.serve_http;
    servers::serve(&mut config.servers, served, &file, &mut mistakes);
    dependencies::verify(&config, &file, &mut mistakes);
    for file in &mut config.files {
        file.findings = mistakes.of(&file.source);
        // What cannot be watched is not declared as watched.
        let servers = &config.servers;
        let is_used = |name: &String| {
            let mut ours = servers.iter().filter(|server| server.source == file.source);
            ours.any(|server| server.name == *name)
        };
        file.servers.retain(|server| is_used(&server.name));
    }
    let is_fatal = |mistake: &Mistake| Some(&mistake.file) != found.as_ref();
    if mistakes.iter_errors().any(is_fatal) {
        return Err(mistakes);
    }
    Ok(config)
}

fn own_file(sources: &Sources, mistakes: &mut Mistakes) -> Option<(PathBuf, String)> {
    let path = match &sources.config {
        Some(path) => path.clone(),
        None => Some(sources.folder.join(DEFAULT_FILE)).filter(|path| path.is_file())?,
    };
    read_file(&path, mistakes).map(|text| (path, text))
}

fn read_clients(
    path: &Path,
    dialect: Option<&'static Dialect>,
    trust: Trust,
    env: &dyn Fn(&str) -> Option<String>,
    config: &mut Config,
    mistakes: &mut Mistakes,
) {
    let Some(text) = read_file(path, mistakes) else {
        return;
    };
    let source = path.display().to_string();
    let mut found = Mistakes::default();
    let file = ClientFile {
        source: &source,
        text: &text,
        dialect,
        trust,
        env,
    };
    let reading = clients::read(&file, &mut found);
    mistakes.extend_from(&source, found);
    config.servers.extend(reading.servers);
    config.files.push(ConfigFile {
        source,
        dialect: reading.dialect.to_owned(),
        servers: reading.configured,
        findings: Vec::new(),
    });
}

fn read_file(path: &Path, mistakes: &mut Mistakes) -> Option<String> {
    match std::fs::read_to_string(path) {
        Ok(text) => Some(text),
        Err(error) => {
            let file = path.display().to_string();
            mistakes.push_in(&file, "", format!("cannot be read: {error}"));
            None
        }
    }
}

#[cfg(test)]
mod tests;
