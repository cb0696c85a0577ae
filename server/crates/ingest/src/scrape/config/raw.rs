//! The file as written: every value optional, nothing checked yet.

mod http;
mod rules;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::Deserialize;

use super::{
    Files, Finding, Hidden, Job, Kubernetes, Limits, MOST_BODY, Reading, Role, RuleFiles, Scraping,
    unknown,
};
use crate::exposition::Histograms;
use crate::scrape::protocols::{Protocol, usual};
use http::{RawAuthorization, RawBasic, RawHeader, RawHttp, RawTls};
use rules::RawRule;

/// Prometheus's default of `refresh_interval`.
const REFRESH: Duration = Duration::from_secs(300);

/// Roles of Kubernetes that are known.
const ROLES: &str = "pod, node, service, endpoints or endpointslice";

/// Reads rules alone.
#[cfg(test)]
pub(in crate::scrape) fn rules_of(text: &str) -> Result<Vec<crate::scrape::relabel::Rule>, String> {
    let raw: Vec<RawRule> = serde_saphyr::from_str(text).map_err(|error| error.to_string())?;
    raw.into_iter()
        .map(RawRule::into_rule)
        .collect::<Result<_, _>>()
        .map_err(|(key, message)| format!("{key}: {message}"))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RawFile {
    global: RawGlobal,
    rule_files: Vec<String>,
    scrape_configs: Vec<RawJob>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawGlobal {
    evaluation_interval: Option<String>,
    rule_query_offset: Option<String>,
    scrape_interval: Option<String>,
    scrape_timeout: Option<String>,
    scrape_protocols: Vec<String>,
    scrape_native_histograms: Option<bool>,
    always_scrape_classic_histograms: Option<bool>,
    native_histogram_bucket_limit: Option<usize>,
    external_labels: BTreeMap<String, String>,
    sample_limit: Option<usize>,
    body_size_limit: Option<String>,
    label_limit: Option<usize>,
    label_name_length_limit: Option<usize>,
    label_value_length_limit: Option<usize>,
    target_limit: Option<usize>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawJob {
    job_name: Option<String>,
    scrape_interval: Option<String>,
    scrape_timeout: Option<String>,
    metrics_path: Option<String>,
    scheme: Option<String>,
    params: BTreeMap<String, Vec<String>>,
    honor_labels: bool,
    honor_timestamps: Option<bool>,
    enable_compression: Option<bool>,
    scrape_protocols: Vec<String>,
    scrape_native_histograms: Option<bool>,
    // Its name before Prometheus 3.
    #[serde(alias = "scrape_classic_histograms")]
    always_scrape_classic_histograms: Option<bool>,
    native_histogram_bucket_limit: Option<usize>,
    fallback_scrape_protocol: Option<String>,
    static_configs: Vec<RawStatic>,
    file_sd_configs: Vec<RawFiles>,
    kubernetes_sd_configs: Vec<RawKubernetes>,
    relabel_configs: Vec<RawRule>,
    metric_relabel_configs: Vec<RawRule>,
    sample_limit: Option<usize>,
    body_size_limit: Option<String>,
    label_limit: Option<usize>,
    label_name_length_limit: Option<usize>,
    label_value_length_limit: Option<usize>,
    target_limit: Option<usize>,
    basic_auth: Option<RawBasic>,
    authorization: Option<RawAuthorization>,
    bearer_token: Option<Hidden>,
    bearer_token_file: Option<String>,
    tls_config: RawTls,
    follow_redirects: Option<bool>,
    http_headers: BTreeMap<String, RawHeader>,
}

/// A group of targets, also in files that list them.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawStatic {
    targets: Vec<String>,
    labels: BTreeMap<String, String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawFiles {
    files: Vec<String>,
    refresh_interval: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawKubernetes {
    role: Option<String>,
    api_server: Option<String>,
    namespaces: RawNamespaces,
    selectors: Vec<RawSelector>,
    basic_auth: Option<RawBasic>,
    authorization: Option<RawAuthorization>,
    bearer_token: Option<Hidden>,
    bearer_token_file: Option<String>,
    tls_config: RawTls,
    follow_redirects: Option<bool>,
    http_headers: BTreeMap<String, RawHeader>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawNamespaces {
    own_namespace: bool,
    names: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawSelector {
    role: String,
    label: String,
    field: String,
}

/// Reads the text; nothing where it is none.
pub(super) fn file(text: &str, findings: &mut Vec<Finding>) -> Option<RawFile> {
    let mut track = serde_path_to_error::Track::new();
    let mut ignored = Vec::new();
    let read = serde_saphyr::with_deserializer_from_str(text, |yaml| {
        let tracked = serde_path_to_error::Deserializer::new(yaml, &mut track);
        serde_ignored::deserialize(tracked, |at| ignored.push(at.to_string()))
    });
    findings.extend(ignored.into_iter().filter_map(unknown::finding));
    match read {
        Ok(file) => Some(file),
        Err(error) => {
            let path = track.path().to_string();
            findings.push(Finding {
                is_error: true,
                path: if path == "." { String::new() } else { path },
                message: shown(&error),
            });
            None
        }
    }
}

/// What is wrong, without the lines of the file, in which there may be a secret.
fn shown(error: &serde_saphyr::Error) -> String {
    let text = error.without_snippet().to_string();
    text.lines().next().unwrap_or_default().to_owned()
}

impl RawFile {
    pub(super) fn into_scraping(self, reading: &mut Reading<'_>) -> Scraping {
        "global".clone_into(&mut reading.path);
        let mut global = self.global;
        let interval = reading.duration("scrape_interval", global.scrape_interval.as_ref());
        let interval = interval.unwrap_or(Duration::from_secs(60));
        let timeout = reading.duration("scrape_timeout", global.scrape_timeout.as_ref());
        let protocols = match global.scrape_protocols.as_slice() {
            [] => None,
            names => Some(protocols_of(names, reading)),
        };
        let every = reading.duration("evaluation_interval", global.evaluation_interval.as_ref());
        let every = every.unwrap_or(Duration::from_secs(60));
        if every.is_zero() {
            reading.wrong("evaluation_interval", "must be longer than 0");
        }
        let offset = reading.duration("rule_query_offset", global.rule_query_offset.as_ref());
        let mut scraping = Scraping {
            external_labels: std::mem::take(&mut global.external_labels),
            jobs: Vec::new(),
            rules: RuleFiles {
                patterns: self.rule_files,
                interval: every,
                query_offset: offset.unwrap_or_default(),
            },
        };
        if !scraping.external_labels.is_empty() {
            let message =
                "are kept out of what is stored, as in Prometheus; nothing is sent on from here";
            reading.note(false, "external_labels", message);
        }
        let mut names = BTreeSet::new();
        for (place, job) in self.scrape_configs.into_iter().enumerate() {
            reading.path = format!("scrape_configs[{place}]");
            let Some(name) = job.job_name.clone().filter(|name| !name.is_empty()) else {
                reading.wrong("job_name", "is missing");
                continue;
            };
            if !names.insert(name.clone()) {
                reading.wrong("job_name", format!("{name:?} is there twice"));
                continue;
            }
            let job = job.into_job(
                name,
                (interval, timeout),
                protocols.as_deref(),
                &global,
                reading,
            );
            scraping.jobs.push(job);
        }
        scraping
    }
}

impl RawJob {
    fn into_job(
        self,
        name: String,
        (interval, timeout): (Duration, Option<Duration>),
        protocols: Option<&[Protocol]>,
        global: &RawGlobal,
        reading: &mut Reading<'_>,
    ) -> Job {
        let own = reading.duration("scrape_interval", self.scrape_interval.as_ref());
        let interval = own.unwrap_or(interval);
        if interval.is_zero() {
            reading.wrong("scrape_interval", "must be longer than 0");
        }
        let own = reading.duration("scrape_timeout", self.scrape_timeout.as_ref());
        if own.is_some_and(|own| own > interval) {
            reading.wrong("scrape_timeout", "is longer than the interval");
        }
        // What the file says of all is cut to the interval, as in Prometheus.
        let timeout = own
            .or(timeout)
            .unwrap_or(Duration::from_secs(10))
            .min(interval);
        let scheme = self.scheme.unwrap_or_else(|| "http".to_owned());
        if !["http", "https"].contains(&scheme.as_str()) {
            reading.wrong("scheme", format!("{scheme:?} is neither http nor https"));
        }
        let fallback = self.fallback_scrape_protocol.as_deref();
        let fallback = fallback
            .filter(|name| !name.is_empty())
            .map(Protocol::named);
        let fallback = fallback.and_then(|it| reading.took("fallback_scrape_protocol", it));
        let is_native = self
            .scrape_native_histograms
            .or(global.scrape_native_histograms);
        let is_native = is_native.unwrap_or(false);
        let with_classic = self.always_scrape_classic_histograms;
        let with_classic = with_classic.or(global.always_scrape_classic_histograms);
        let histograms = match (is_native, with_classic.unwrap_or(false)) {
            (false, _) => Histograms::Classic,
            (true, false) => Histograms::Native,
            (true, true) => Histograms::Both,
        };
        let protocols = match (self.scrape_protocols.as_slice(), protocols) {
            ([], Some(protocols)) => protocols.to_vec(),
            ([], None) => usual(is_native),
            (names, _) => protocols_of(names, reading),
        };
        let body = reading.size("body_size_limit", self.body_size_limit.as_ref());
        let body =
            body.or_else(|| reading.size("body_size_limit", global.body_size_limit.as_ref()));
        let or = |own: Option<usize>, global: Option<usize>| own.or(global).unwrap_or_default();
        let limits = Limits {
            samples: or(self.sample_limit, global.sample_limit),
            body: body.filter(|body| *body > 0).unwrap_or(MOST_BODY),
            labels: or(self.label_limit, global.label_limit),
            label_name: or(self.label_name_length_limit, global.label_name_length_limit),
            label_value: or(
                self.label_value_length_limit,
                global.label_value_length_limit,
            ),
            targets: or(self.target_limit, global.target_limit),
            buckets: or(
                self.native_histogram_bucket_limit,
                global.native_histogram_bucket_limit,
            ),
        };
        let outer = reading.path.clone();
        let mut statics = Vec::new();
        for (place, group) in self.static_configs.into_iter().enumerate() {
            reading.path = format!("{outer}.static_configs[{place}]");
            statics.push(reading.group(&group.targets, &group.labels, &place.to_string()));
        }
        let mut files = Vec::new();
        for (place, raw) in self.file_sd_configs.into_iter().enumerate() {
            reading.path = format!("{outer}.file_sd_configs[{place}]");
            files.extend(raw.into_files(reading));
        }
        let mut kubernetes = Vec::new();
        for (place, raw) in self.kubernetes_sd_configs.into_iter().enumerate() {
            reading.path = format!("{outer}.kubernetes_sd_configs[{place}]");
            kubernetes.extend(raw.into_kubernetes(reading));
        }
        reading.path.clone_from(&outer);
        let http = RawHttp {
            basic_auth: self.basic_auth,
            authorization: self.authorization,
            bearer_token: self.bearer_token,
            bearer_token_file: self.bearer_token_file,
            tls_config: self.tls_config,
            follow_redirects: self.follow_redirects,
            http_headers: self.http_headers,
        };
        let http = http.into_http(reading);
        let relabel = rules::read(self.relabel_configs, "relabel_configs", reading);
        let metric_relabel = rules::read(
            self.metric_relabel_configs,
            "metric_relabel_configs",
            reading,
        );
        Job {
            name,
            interval,
            timeout,
            path: self.metrics_path.unwrap_or_else(|| "/metrics".to_owned()),
            scheme,
            params: self.params,
            honor_labels: self.honor_labels,
            honor_timestamps: self.honor_timestamps.unwrap_or(true),
            http,
            compression: self.enable_compression.unwrap_or(true),
            protocols,
            histograms,
            fallback,
            limits,
            relabel,
            metric_relabel,
            statics,
            files,
            kubernetes,
        }
    }
}

/// In which forms targets are asked.
fn protocols_of(names: &[String], reading: &mut Reading<'_>) -> Vec<Protocol> {
    let mut protocols = Vec::new();
    for name in names {
        let Some(protocol) = reading.took("scrape_protocols", Protocol::named(name)) else {
            continue;
        };
        match protocols.contains(&protocol) {
            true => reading.wrong("scrape_protocols", format!("{name:?} is there twice")),
            false => protocols.push(protocol),
        }
    }
    protocols
}

impl RawFiles {
    fn into_files(self, reading: &mut Reading<'_>) -> Option<Files> {
        if self.files.is_empty() {
            reading.wrong("files", "is missing: paths such as targets/*.json");
            return None;
        }
        for path in &self.files {
            let name = path.rsplit('/').next().unwrap_or(path);
            let is_known = [".json", ".yml", ".yaml"]
                .iter()
                .any(|end| name.ends_with(end));
            if !is_known || path.matches('*').count() > name.matches('*').count() {
                let message = format!(
                    "{path:?} must end with .json, .yml or .yaml, and have its * in the last part"
                );
                reading.wrong("files", message);
            }
        }
        let refresh = reading.duration("refresh_interval", self.refresh_interval.as_ref());
        Some(Files {
            paths: self.files.iter().map(|path| reading.file(path)).collect(),
            refresh: refresh.unwrap_or(REFRESH).max(Duration::from_secs(1)),
        })
    }
}

impl RawKubernetes {
    fn into_kubernetes(self, reading: &mut Reading<'_>) -> Option<Kubernetes> {
        let role = match self.role.as_deref() {
            Some("pod") => Role::Pod,
            Some("node") => Role::Node,
            Some("endpoints") => Role::Endpoints,
            Some("endpointslice") => Role::EndpointSlice,
            Some("service") => Role::Service,
            Some(other @ "ingress") => {
                let message = format!(
                    "{other} is not supported: it finds no targets here (pod, node, service, endpoints and endpointslice do)"
                );
                reading.note(false, "role", message);
                return None;
            }
            Some(other) => {
                reading.wrong("role", format!("{other:?} is no role; write {ROLES}"));
                return None;
            }
            None => {
                reading.wrong("role", format!("is missing; write {ROLES}"));
                return None;
            }
        };
        if let Some(server) = &self.api_server
            && !(server.starts_with("https://") || server.starts_with("http://"))
        {
            reading.wrong("api_server", format!("{server:?} is no address"));
        }
        let mut selectors = Vec::new();
        for selector in &self.selectors {
            if Some(selector.role.as_str()) != self.role.as_deref() {
                let message = format!(
                    "a selector of {:?} has no effect on this role",
                    selector.role
                );
                reading.note(false, "selectors", message);
                continue;
            }
            for (name, text) in [
                ("labelSelector", &selector.label),
                ("fieldSelector", &selector.field),
            ] {
                if !text.is_empty() {
                    selectors.push((name.to_owned(), text.clone()));
                }
            }
        }
        let http = RawHttp {
            basic_auth: self.basic_auth,
            authorization: self.authorization,
            bearer_token: self.bearer_token,
            bearer_token_file: self.bearer_token_file,
            tls_config: self.tls_config,
            follow_redirects: self.follow_redirects,
            http_headers: self.http_headers,
        };
        Some(Kubernetes {
            role,
            api_server: self
                .api_server
                .map(|it| it.trim_end_matches('/').to_owned()),
            http: http.into_http(reading),
            namespaces: self.namespaces.names,
            own_namespace: self.namespaces.own_namespace,
            selectors,
        })
    }
}
