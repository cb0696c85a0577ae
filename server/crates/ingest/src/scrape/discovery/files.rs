//! Files that list targets, in JSON or YAML.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use model::Labels;
use serde::Deserialize;

use super::Group;
use crate::scrape::config::Files;

/// Largest file, in bytes.
const LARGEST: u64 = 64 << 20;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    targets: Vec<String>,
    #[serde(default)]
    labels: BTreeMap<String, String>,
}

/// Groups of each file. A file that cannot be read keeps what it had before, and is named.
pub(super) fn read(
    configured: &[Files],
    mut before: BTreeMap<PathBuf, Vec<Group>>,
) -> (BTreeMap<PathBuf, Vec<Group>>, Vec<String>) {
    let (mut found, mut troubles) = (BTreeMap::new(), Vec::new());
    for pattern in configured.iter().flat_map(|files| &files.paths) {
        let paths = match matching(pattern) {
            Ok(paths) => paths,
            Err(error) => {
                troubles.push(format!("{}: {error}", pattern.display()));
                continue;
            }
        };
        for path in paths {
            match groups(&path) {
                Ok(groups) => {
                    found.insert(path, groups);
                }
                Err(why) => {
                    troubles.push(format!("{}: {why}", path.display()));
                    // What was deleted has no targets any more.
                    let kept = before.remove(&path).filter(|_| path.exists());
                    found.extend(kept.map(|groups| (path, groups)));
                }
            }
        }
    }
    (found, troubles)
}

fn matching(pattern: &Path) -> std::io::Result<Vec<PathBuf>> {
    let name = pattern
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    let Some((start, end)) = name.split_once('*') else {
        return Ok(vec![pattern.to_owned()]);
    };
    let folder = pattern.parent().unwrap_or(Path::new("."));
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let is_one = entry.file_name().to_str().is_some_and(|name| {
            let rest = name.strip_prefix(start);
            rest.is_some_and(|rest| rest.ends_with(end))
        });
        if is_one {
            paths.push(entry.path());
        }
    }
    paths.sort();
    Ok(paths)
}

fn groups(path: &Path) -> Result<Vec<Group>, String> {
    let size = std::fs::metadata(path)
        .map_err(|error| error.to_string())?
        .len();
    if size > LARGEST {
        return Err(format!("it has {size} bytes; at most {LARGEST} are read"));
    }
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    let is_json = path.extension().is_some_and(|end| end == "json");
    let listed: Vec<Listed> = match is_json {
        true => serde_json::from_str(&text).map_err(|error| error.to_string())?,
        false => {
            serde_saphyr::from_str(&text).map_err(|error| error.without_snippet().to_string())?
        }
    };
    let from = path.display().to_string();
    let group = |(place, one): (usize, Listed)| Group {
        source: format!("{from}:{place}"),
        targets: one
            .targets
            .iter()
            .map(|it| Labels::new().with("__address__", it))
            .collect(),
        labels: one
            .labels
            .into_iter()
            .chain([("__meta_filepath".to_owned(), from.clone())])
            .collect(),
    };
    Ok(listed.into_iter().enumerate().map(group).collect())
}
