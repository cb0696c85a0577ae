//! The section `scrape`: the `prometheus.yml` whose targets are scraped.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ingest::scrape::Scraping;
use ingest::scrape::config::read;
use serde::Deserialize;
use wire::ConfigFile;

use super::{Config, Mistakes, read_file};

/// As what such a file is shown.
const DIALECT: &str = "Prometheus";

/// The section as written.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RawScrape {
    pub(super) config: Option<PathBuf>,
}

pub(super) const KEYS: &[&str] = &["config"];

/// Reads a `prometheus.yml`. Relative paths in it begin at its folder.
pub fn read_prometheus(path: &Path, mistakes: &mut Mistakes) -> Option<Scraping> {
    let text = read_file(path, mistakes)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let (scraping, findings) = read(&text, folder);
    let mut found = Mistakes::default();
    for finding in findings {
        match finding.is_error {
            true => found.push(finding.path, finding.message),
            false => found.warn(finding.path, finding.message, ""),
        }
    }
    mistakes.extend_from(&path.display().to_string(), found);
    Some(scraping)
}

/// Reads the file that the section names, which stands relative to the folder of the file it is named in;
/// returns where it is.
pub(super) fn load(
    path: &Path,
    own: &Path,
    config: &mut Config,
    mistakes: &mut Mistakes,
) -> PathBuf {
    let folder = own.parent().unwrap_or(Path::new("."));
    let path = folder.join(path);
    let scraping = read_prometheus(&path, mistakes).unwrap_or_default();
    config.scraping = Arc::new(scraping);
    config.files.push(ConfigFile {
        source: path.display().to_string(),
        dialect: DIALECT.to_owned(),
        servers: Vec::new(),
        findings: Vec::new(),
    });
    path
}
