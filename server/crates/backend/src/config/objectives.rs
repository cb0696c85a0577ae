//! The section `objectives`: files of service level objectives.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use slo::Objective;
use wire::ConfigFile;

use super::rule_files::found;
use super::{Config, Mistakes, read_file};
use crate::condition::check_expression;

/// As what such a file is shown.
const DIALECT: &str = "objectives";

/// Objectives of files.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Objectives {
    /// Of all files, in their order.
    pub found: Vec<FoundObjective>,
    /// What files say that is not supported, with its place.
    pub ignored: Vec<String>,
}

/// An objective of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundObjective {
    /// It.
    pub objective: Objective,
    /// The file.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
}

/// The section as written.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RawObjectives {
    pub(super) files: Vec<String>,
}

pub(super) const KEYS: &[&str] = &["files"];

/// Reads the files that the section names, which stand relative to the folder of the file it is in.
pub(super) fn load(patterns: &[String], own: &Path, config: &mut Config, mistakes: &mut Mistakes) {
    let folder = own.parent().unwrap_or(Path::new("."));
    let mut paths: Vec<PathBuf> = Vec::new();
    for pattern in patterns {
        let name = own.display().to_string();
        let more = found(&folder.join(pattern), &name, "objectives.files", mistakes);
        // A file that two patterns name is read once.
        paths.extend(
            more.into_iter()
                .filter(|path| !paths.contains(path))
                .collect::<Vec<_>>(),
        );
    }
    for path in paths {
        read(&path, config, mistakes);
        config.files.push(ConfigFile {
            source: path.display().to_string(),
            dialect: DIALECT.to_owned(),
            servers: Vec::new(),
            findings: Vec::new(),
        });
    }
}

fn read(path: &Path, config: &mut Config, mistakes: &mut Mistakes) {
    let Some(text) = read_file(path, mistakes) else {
        return;
    };
    let name = path.display().to_string();
    let reading = slo::read(&text, &check_expression);
    let mut others = Mistakes::default();
    for mistake in reading.mistakes {
        others.push(format!("{}:{}", mistake.line, mistake.column), mistake.text);
    }
    let objectives = &mut config.objectives;
    for ignored in reading.ignored {
        let place = format!("{}:{}", ignored.line, ignored.column);
        objectives
            .ignored
            .push(format!("{name}:{place}: {}", ignored.text));
        others.warn(place, ignored.text, "");
    }
    for (objective, line) in reading.objectives {
        objectives.found.push(FoundObjective {
            objective,
            path: name.clone(),
            line,
        });
    }
    mistakes.extend_from(&name, others);
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "\
objectives:
  - service: web
    name: up
    availability: up
    target: 99.9 %
    window: 30d
";

    fn load_files(files: &[(&str, &str)], patterns: &[&str]) -> (Config, Mistakes) {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let own = folder.path().join("observatory.toml");
        let patterns: Vec<_> = patterns.iter().map(|it| (*it).to_owned()).collect();
        let (mut config, mut mistakes) = (Config::default(), Mistakes::default());
        load(&patterns, &own, &mut config, &mut mistakes);
        (config, mistakes)
    }

    #[test]
    fn files_are_read_once_each_with_their_places() {
        let files = [
            ("a.yml", GOOD),
            ("b.yml", &GOOD.replace("name: up", "name: on")),
        ];
        let (config, mistakes) = load_files(&files, &["*.yml", "a.yml"]);
        assert_eq!(mistakes.iter_errors().count(), 0);
        let found = config.objectives.found.iter();
        let found: Vec<_> = found.map(|it| (it.objective.id(), it.line)).collect();
        assert_eq!(found, [("web-up".to_owned(), 2), ("web-on".to_owned(), 2)]);
        assert_eq!(config.files.len(), 2);
    }

    #[test]
    fn what_is_wrong_has_its_place() {
        let bad = GOOD.replace("99.9 %", "100 %");
        let (config, mistakes) = load_files(&[("a.yml", &bad)], &["a.yml"]);
        let said: Vec<_> = mistakes.iter_errors().map(|it| &it.finding).collect();
        assert_eq!(said.len(), 1);
        assert_eq!(said[0].path, "5:5");
        assert!(said[0].message.contains("100 %"), "{}", said[0].message);
        assert!(config.objectives.found.is_empty());
        let (_, mistakes) = load_files(&[], &["none.yml"]);
        let said: Vec<_> = mistakes.iter_errors().map(|it| &it.finding).collect();
        assert_eq!(said[0].path, "objectives.files");
    }
}
