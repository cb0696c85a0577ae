//! The section `rules`: files of rules, and what is the same for all rules.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ingest::scrape::config::RuleFiles;
use rules::{Group, NoData};
use serde::Deserialize;
use wire::ConfigFile;

use super::{Config, Mistakes, read_file};
use crate::condition::check_expression;
use crate::judging::PACKS;

/// As what such a file is shown.
const DIALECT: &str = "Prometheus rules";

/// Rules that are configured, beside those built in.
#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    /// Of all files, in their order.
    pub groups: Arc<Vec<Group>>,
    /// What becomes of alerts whose series are not reported, where a rule does not say.
    pub no_data: NoData,
    /// Where people reach the product, for texts of alerts.
    pub external_url: String,
    /// Names of built-in alerts that nobody wants.
    pub off: Vec<String>,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            groups: Arc::default(),
            no_data: NoData::Keep,
            external_url: String::new(),
            off: Vec::new(),
        }
    }
}

/// The section as written.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RawRules {
    pub(super) files: Vec<String>,
    no_data: Option<String>,
    external_url: Option<String>,
    off: Vec<String>,
}

pub(super) const KEYS: &[&str] = &["files", "no_data", "external_url", "off"];

impl RawRules {
    pub(super) fn into_rules(self, mistakes: &mut Mistakes) -> Rules {
        let mut rules = Rules::default();
        match self.no_data.as_deref().map(NoData::parse) {
            None => {}
            Some(Ok(no_data)) => rules.no_data = no_data,
            Some(Err(message)) => mistakes.push("rules.no_data", message),
        }
        if let Some(url) = self.external_url {
            let is_web = url.starts_with("http://") || url.starts_with("https://");
            if !url.is_empty() && !is_web {
                mistakes.push(
                    "rules.external_url",
                    format!("{url:?} is no address; it begins with http:// or https://"),
                );
            }
            url.trim_end_matches('/')
                .clone_into(&mut rules.external_url);
        }
        for name in &self.off {
            let line = format!("- alert: {name}");
            let has = |text: &str| text.lines().any(|it| it.trim() == line);
            if !PACKS.iter().any(|(_, text)| has(text)) {
                mistakes.push(
                    "rules.off",
                    format!("{name:?} is no built-in alert; /api/v1/rules lists them"),
                );
            }
        }
        rules.off = self.off;
        rules
    }
}

/// Reads the files that the section names, which stand relative to the folder of the file it is in.
pub(super) fn load(patterns: &[String], own: &Path, config: &mut Config, mistakes: &mut Mistakes) {
    let files = RuleFiles {
        patterns: patterns.to_vec(),
        ..RuleFiles::default()
    };
    let groups = read_rule_files(&files, own, config, mistakes);
    add(config, groups);
}

/// Reads the files that a `prometheus.yml` names.
pub(super) fn load_of_prometheus(own: &Path, config: &mut Config, mistakes: &mut Mistakes) {
    let files = config.scraping.rules.clone();
    let mut groups = read_rule_files(&files, own, config, mistakes);
    for group in &mut groups {
        group.interval = group.interval.or(Some(files.interval));
        let offset = Some(files.query_offset).filter(|offset| *offset > Duration::ZERO);
        group.query_offset = group.query_offset.or(offset);
    }
    add(config, groups);
}

fn add(config: &mut Config, groups: Vec<Group>) {
    let known = config.rules.groups.iter();
    let is_new = |group: &Group| {
        let mut known = known.clone();
        !known.any(|other| (&other.file, &other.name) == (&group.file, &group.name))
    };
    let more: Vec<_> = groups.into_iter().filter(is_new).collect();
    config.rules.groups = Arc::new(config.rules.groups.iter().cloned().chain(more).collect());
}

fn read_rule_files(
    files: &RuleFiles,
    own: &Path,
    config: &mut Config,
    mistakes: &mut Mistakes,
) -> Vec<Group> {
    let folder = own.parent().unwrap_or(Path::new("."));
    let mut groups = Vec::new();
    for pattern in &files.patterns {
        let (pattern, own) = (folder.join(pattern), own.display().to_string());
        for path in found(&pattern, &own, "rules.files", mistakes) {
            let read = read_rules(&path, mistakes);
            groups.extend(read);
            config.files.push(ConfigFile {
                source: path.display().to_string(),
                dialect: DIALECT.to_owned(),
                servers: Vec::new(),
                findings: Vec::new(),
            });
        }
    }
    groups
}

/// The files of a pattern, in the order of their names; the key it stands under is for mistakes.
pub(super) fn found(pattern: &Path, own: &str, key: &str, mistakes: &mut Mistakes) -> Vec<PathBuf> {
    let text = pattern.display().to_string();
    let found = match glob::glob(&text) {
        Ok(found) => found,
        Err(error) => {
            mistakes.push_in(own, key, format!("{text:?} is no path: {error}"));
            return Vec::new();
        }
    };
    let mut paths = Vec::new();
    for path in found {
        match path {
            Ok(path) => paths.push(path),
            Err(error) => mistakes.push_in(own, key, format!("cannot be looked for: {error}")),
        }
    }
    if paths.is_empty() {
        let mut others = Mistakes::default();
        // A folder may be empty; a name that is written out is meant.
        match text.contains(['*', '?', '[']) {
            true => others.warn(key, format!("{text:?} matches no file"), ""),
            false => others.push(key, format!("there is no file {text}")),
        }
        mistakes.extend_from(own, others);
    }
    paths
}

/// Reads a file of rules.
pub fn read_rules(path: &Path, mistakes: &mut Mistakes) -> Vec<Group> {
    let Some(text) = read_file(path, mistakes) else {
        return Vec::new();
    };
    let name = path.display().to_string();
    let (groups, found) = rules::read(&name, &text, &check_expression);
    let mut others = Mistakes::default();
    for mistake in found {
        let mut place = mistake.at.to_string();
        if !mistake.group.is_empty() {
            place.push_str(&format!(": group {:?}", mistake.group));
        }
        if !mistake.rule.is_empty() {
            place.push_str(&format!(": {}", mistake.rule));
        }
        match mistake.is_warning {
            true => others.warn(place, mistake.message, ""),
            false => others.push(place, mistake.message),
        }
    }
    mistakes.extend_from(&name, others);
    groups
}
