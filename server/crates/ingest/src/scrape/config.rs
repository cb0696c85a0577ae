//! The scraping part of a `prometheus.yml`, read as it is.

mod raw;
mod unknown;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use model::Labels;
use serde::Deserialize;

use super::discovery::Group;
use super::duration::size;
use super::protocols::Protocol;
use super::relabel::Rule;
use crate::exposition::Histograms;
#[cfg(test)]
pub(super) use raw::rules_of;

/// Longest interval and timeout are bounded by nothing but sense; bodies are, where no limit is given.
const MOST_BODY: u64 = 64 << 20;

/// Something that is secret, and never shown.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Hidden(String);

impl Hidden {
    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<hidden>")
    }
}

/// Something about a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Whether the file cannot be used so.
    pub is_error: bool,
    /// Where, for instance `scrape_configs[0].relabel_configs[1].regex`; empty for the whole.
    pub path: String,
    /// What.
    pub message: String,
}

/// Everything about scraping.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scraping {
    /// Labels that others see on what this product passes on. Stored series do not have them, as in
    /// Prometheus.
    pub external_labels: BTreeMap<String, String>,
    /// What is scraped.
    pub jobs: Vec<Job>,
    /// The files of rules beside it.
    pub rules: RuleFiles,
}

/// What a `prometheus.yml` says of rules; their files are read by whoever knows rules.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RuleFiles {
    /// Paths, which may have wildcards, from the folder of the file.
    pub patterns: Vec<String>,
    /// How often groups are evaluated that do not say.
    pub interval: Duration,
    /// How long before the time of an evaluation rules look, in groups that do not say.
    pub query_offset: Duration,
}

/// A `scrape_config`.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// The label `job`, unless rules change it.
    pub name: String,
    /// How often.
    pub interval: Duration,
    /// How long an answer may take.
    pub timeout: Duration,
    /// The path.
    pub path: String,
    /// `http` or `https`.
    pub scheme: String,
    /// Of the address.
    pub params: BTreeMap<String, Vec<String>>,
    /// Whether labels of the target win over those of the product.
    pub honor_labels: bool,
    /// Whether times that the target writes count.
    pub honor_timestamps: bool,
    /// How requests are made.
    pub http: Http,
    /// Whether answers may be compressed.
    pub compression: bool,
    /// In which forms targets are asked, the preferred one first.
    pub protocols: Vec<Protocol>,
    /// How an answer is read that does not say what it is.
    pub fallback: Option<Protocol>,
    /// Which buckets of histograms are kept, where a target has classic and native ones.
    pub histograms: Histograms,
    /// Bounds.
    pub limits: Limits,
    /// Rules for targets.
    pub relabel: Vec<Rule>,
    /// Rules for series.
    pub metric_relabel: Vec<Rule>,
    /// Targets that stand in the file.
    pub statics: Vec<Group>,
    /// Files that list targets.
    pub files: Vec<Files>,
    /// Clusters that are asked for targets.
    pub kubernetes: Vec<Kubernetes>,
}

/// How requests are made.
#[derive(Clone, Debug, PartialEq)]
pub struct Http {
    /// Who asks.
    pub auth: Auth,
    /// Of `tls_config`.
    pub tls: Tls,
    /// Whether redirects are followed; never to link-local addresses.
    pub follow_redirects: bool,
    /// Headers beside.
    pub headers: Vec<(String, Vec<Hidden>)>,
}

/// Who asks.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Auth {
    /// Anybody.
    #[default]
    None,
    /// Name and password.
    Basic {
        /// The name.
        username: Word,
        /// The password.
        password: Word,
    },
    /// `Authorization: <kind> <credentials>`.
    Header {
        /// `Bearer` as a rule.
        kind: String,
        /// What follows.
        credentials: Word,
    },
}

/// A secret that stands in the file, or in a file of its own that is read at each use.
#[derive(Clone, Debug, PartialEq)]
pub enum Word {
    /// Itself.
    Here(Hidden),
    /// Where it is.
    File(PathBuf),
}

/// Of `tls_config`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tls {
    /// Who may have issued the certificate, beside those that the machine trusts.
    pub ca: Option<Word>,
    /// Certificate and key of the product.
    pub identity: Option<(Word, Word)>,
    /// Whether any certificate is good.
    pub insecure: bool,
}

/// Bounds of a scrape; zero is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Most samples after relabelling; with more the scrape fails.
    pub samples: usize,
    /// Most bytes of a body, uncompressed; never zero.
    pub body: u64,
    /// Most labels.
    pub labels: usize,
    /// Longest name of a label.
    pub label_name: usize,
    /// Longest value of a label.
    pub label_value: usize,
    /// Most targets after relabelling; with more none is scraped.
    pub targets: usize,
    /// Most buckets of a native histogram; with more it becomes coarser.
    pub buckets: usize,
}

/// Of `file_sd_configs`.
#[derive(Clone, Debug, PartialEq)]
pub struct Files {
    /// Paths; the last part may have a `*`.
    pub paths: Vec<PathBuf>,
    /// How often they are read anew.
    pub refresh: Duration,
}

/// Of `kubernetes_sd_configs`.
#[derive(Clone, Debug, PartialEq)]
pub struct Kubernetes {
    /// What is looked for.
    pub role: Role,
    /// The API server; that of the cluster that the product runs in where missing.
    pub api_server: Option<String>,
    /// How it is asked.
    pub http: Http,
    /// Namespaces; all where empty.
    pub namespaces: Vec<String>,
    /// Whether the namespace that the product runs in is one of them.
    pub own_namespace: bool,
    /// Label and field selectors of the API.
    pub selectors: Vec<(String, String)>,
}

/// What is looked for in a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Pods, a target a port.
    Pod,
    /// Nodes, at the kubelet's port.
    Node,
    /// Endpoints of services.
    Endpoints,
    /// Endpoints of services, in the slices that newer clusters keep them in.
    EndpointSlice,
    /// Services, a target a port.
    Service,
}

/// Reads a file. What cannot be used is missing in what is returned.
pub fn read(text: &str, folder: &Path) -> (Scraping, Vec<Finding>) {
    let mut findings = Vec::new();
    let Some(file) = raw::file(text, &mut findings) else {
        return (Scraping::default(), findings);
    };
    let mut reading = Reading {
        folder,
        path: String::new(),
        findings,
    };
    let scraping = file.into_scraping(&mut reading);
    (scraping, reading.findings)
}

/// What is noted while a file is read.
struct Reading<'a> {
    folder: &'a Path,
    /// Where.
    path: String,
    findings: Vec<Finding>,
}

impl Reading<'_> {
    fn note(&mut self, is_error: bool, key: &str, message: impl Into<String>) {
        let path = match (self.path.as_str(), key) {
            ("", key) => key.to_owned(),
            (path, "") => path.to_owned(),
            (path, key) => format!("{path}.{key}"),
        };
        let message = message.into();
        self.findings.push(Finding {
            is_error,
            path,
            message,
        });
    }

    fn wrong(&mut self, key: &str, message: impl Into<String>) {
        self.note(true, key, message);
    }

    fn duration(&mut self, key: &str, text: Option<&String>) -> Option<Duration> {
        let read = model::parse_duration(text?);
        self.took(key, read)
    }

    fn size(&mut self, key: &str, text: Option<&String>) -> Option<u64> {
        let read = size(text?);
        self.took(key, read)
    }

    fn took<T>(&mut self, key: &str, read: Result<T, String>) -> Option<T> {
        read.map_err(|message| self.wrong(key, message)).ok()
    }

    fn file(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }

    /// A group of targets with its labels.
    fn group(
        &mut self,
        targets: &[String],
        labels: &BTreeMap<String, String>,
        source: &str,
    ) -> Group {
        for target in targets {
            if target.contains('/') {
                let message = format!(
                    "{target:?} is no target; write host:port, and the rest as scheme and metrics_path"
                );
                self.wrong("targets", message);
            }
        }
        Group {
            source: source.to_owned(),
            targets: targets
                .iter()
                .map(|it| Labels::new().with("__address__", it))
                .collect(),
            labels: labels.iter().collect(),
        }
    }
}

#[cfg(test)]
mod tests;
