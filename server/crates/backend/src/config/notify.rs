//! `alerts.notify`: who is told of alerts, in a file like Alertmanager's.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use model::{Clock, SystemClock};
use wire::ConfigFile;

use super::{Config, Mistakes, read_file};
use crate::notify;

/// As what such a file is shown.
const DIALECT: &str = "Alertmanager routes";

/// The file, as it was when the configuration was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotifyFile {
    /// Where it is.
    pub path: PathBuf,
    /// What it says.
    pub text: String,
}

impl NotifyFile {
    /// The folder where files that it names are looked for.
    pub(crate) fn folder(&self) -> PathBuf {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        folder.to_owned()
    }
}

/// Reads the file, which stands relative to the folder of the one that names it.
pub(super) fn load(name: &str, own: &Path, config: &mut Config, mistakes: &mut Mistakes) {
    let path = own.parent().unwrap_or(Path::new(".")).join(name);
    let Some(text) = read_file(&path, mistakes) else {
        return;
    };
    let file = NotifyFile { path, text };
    let source = file.path.display().to_string();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let mut found = Mistakes::default();
    match notify::check(&file.text, &file.folder(), &clock) {
        Ok(ignored) => {
            for it in ignored {
                found.warn(it.at.to_string(), it.text, "");
            }
        }
        Err(wrong) => {
            for it in wrong {
                found.push(it.at.to_string(), it.text);
            }
        }
    }
    mistakes.extend_from(&source, found);
    config.files.push(ConfigFile {
        source,
        dialect: DIALECT.to_owned(),
        servers: Vec::new(),
        findings: Vec::new(),
    });
    config.alerts.notify = Some(file);
}

#[cfg(test)]
mod tests {
    use super::super::{Sources, load};

    #[test]
    fn a_file_with_a_mistake_says_where() {
        let folder = tempfile::tempdir().unwrap();
        let write =
            |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("observatory.toml", "[alerts]\nnotify = \"routes/am.yml\"\n");
        let sources = Sources {
            folder: folder.path().to_owned(),
            ..Sources::default()
        };
        let missing = load(&sources, &|_| None).unwrap_err();
        assert!(
            missing
                .iter_errors()
                .any(|it| it.file.ends_with("routes/am.yml"))
        );
        std::fs::create_dir(folder.path().join("routes")).unwrap();
        write(
            "routes/am.yml",
            "route: {receiver: b}\nreceivers: [{name: a}]\n",
        );
        let wrong = load(&sources, &|_| None).unwrap_err();
        let said: Vec<_> = wrong.iter_errors().map(ToString::to_string).collect();
        assert_eq!(said.len(), 1);
        assert!(
            said[0].ends_with("routes/am.yml: 1:19: there is no receiver \"b\""),
            "{said:?}"
        );
        write(
            "routes/am.yml",
            "route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{url: 'http://127.0.0.1:1/'}]}]\n",
        );
        let config = load(&sources, &|_| None).unwrap();
        assert!(config.alerts.notify.unwrap().text.contains("webhook"));
    }
}
