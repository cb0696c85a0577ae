//! The section `agents`: files in which agents report, and how long they may be silent.

use std::path::{Path, PathBuf};
use std::time::Duration;

use agents::Patience;
use serde::Deserialize;

use super::{Mistakes, file};

/// A file with reports that is looked for in the working directory.
pub const AGENTS_FILE: &str = "synthex_agent_health_status.json";

/// Where agents report, and how long they may be silent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AgentSettings {
    /// Files, and patterns of such.
    pub files: Vec<PathBuf>,
    /// A file that is looked at as soon as it is there; empty where there is none.
    pub expected: PathBuf,
    /// After what silence an agent is stale, and after what it is dead.
    pub patience: Patience,
}

/// The section as written.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RawAgents {
    files: Vec<String>,
    stale_after: Option<String>,
    dead_after: Option<String>,
}

pub(super) const KEYS: &[&str] = &["files", "stale_after", "dead_after"];

impl RawAgents {
    /// Files stand relative to the folder of the file that names them.
    pub(super) fn into_settings(self, own: &Path, mistakes: &mut Mistakes) -> AgentSettings {
        let folder = own.parent().unwrap_or(Path::new("."));
        for pattern in &self.files {
            if let Err(error) = glob::Pattern::new(pattern) {
                mistakes.push(
                    "agents.files",
                    format!("{pattern:?} is no pattern: {error}"),
                );
            }
        }
        let mut limit = |path: &str, text: Option<&String>| -> Option<Duration> {
            let limit = file::duration(path, text, mistakes)?;
            if limit.is_zero() {
                mistakes.push(path, "must be longer than 0");
            }
            Some(limit)
        };
        let stale = limit("agents.stale_after", self.stale_after.as_ref());
        let dead = limit("agents.dead_after", self.dead_after.as_ref());
        if let (Some(stale), Some(dead)) = (stale, dead)
            && dead < stale
        {
            mistakes.push("agents.dead_after", "must not be shorter than stale_after");
        }
        let ms = |limit: Duration| i64::try_from(limit.as_millis()).unwrap_or(i64::MAX);
        AgentSettings {
            files: self.files.iter().map(|file| folder.join(file)).collect(),
            expected: PathBuf::new(),
            patience: Patience {
                stale_ms: stale.map(ms),
                dead_ms: dead.map(ms),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn read() {
        for (toml, expected, mistake) in [
            ("", (0, None, None), None),
            (
                "files = [\"a.json\", \"/x/*.json\"]\nstale_after = \"5s\"\ndead_after = \"1m\"",
                (2, Some(5_000), Some(60_000)),
                None,
            ),
            ("files = [\"[\"]", (1, None, None), Some("is no pattern")),
            (
                "stale_after = \"0s\"",
                (0, Some(0), None),
                Some("longer than 0"),
            ),
            (
                "stale_after = \"5s\"\ndead_after = \"1s\"",
                (0, Some(5_000), Some(1_000)),
                Some("must not be shorter"),
            ),
            ("dead_after = \"soon\"", (0, None, None), Some("soon")),
        ] {
            let raw: RawAgents = toml::from_str(toml).unwrap();
            let mut mistakes = Mistakes::default();
            let read = raw.into_settings(Path::new("/etc/observatory.toml"), &mut mistakes);
            let found = (
                read.files.len(),
                read.patience.stale_ms,
                read.patience.dead_ms,
            );
            assert_eq!(found, expected, "{toml}");
            let said: Vec<_> = mistakes.iter_errors().map(ToString::to_string).collect();
            assert_eq!(
                said.len(),
                usize::from(mistake.is_some()),
                "{toml}: {said:?}"
            );
            let said = said.concat();
            assert!(said.contains(mistake.unwrap_or_default()), "{toml}: {said}");
        }
        let raw: RawAgents = toml::from_str("files = [\"a.json\", \"/x/b.json\"]").unwrap();
        let read = raw.into_settings(Path::new("/etc/observatory.toml"), &mut Mistakes::default());
        assert_eq!(
            read.files,
            [PathBuf::from("/etc/a.json"), PathBuf::from("/x/b.json")]
        );
    }
}
