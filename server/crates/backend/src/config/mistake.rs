//! Mistakes of a configuration, collected so that one start shows them all.

use std::fmt;

use wire::{ConfigFile, Finding, Severity};

/// One mistake, and the file that it is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The file.
    pub file: String,
    /// What is wrong.
    pub finding: Finding,
}

impl Mistake {
    fn is_error(&self) -> bool {
        self.finding.severity != Severity::Warning
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Finding {
            path,
            message,
            instead,
            ..
        } = &self.finding;
        write!(f, "{}: ", self.file)?;
        if !self.is_error() {
            f.write_str("warning: ")?;
        }
        if !path.is_empty() {
            write!(f, "{path}: ")?;
        }
        f.write_str(message)?;
        if !instead.is_empty() {
            write!(f, "; {instead}")?;
        }
        Ok(())
    }
}

/// All mistakes found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mistakes(Vec<Mistake>);

impl Mistakes {
    /// Adds an error; the file is named later, by whoever knows it.
    pub(crate) fn push(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.refuse(path, message, "");
    }

    pub(crate) fn push_in(
        &mut self,
        file: &str,
        path: impl Into<String>,
        message: impl Into<String>,
    ) {
        let mut others = Self::default();
        others.push(path, message);
        self.extend_from(file, others);
    }

    /// Adds what cannot be used, with what to write instead.
    pub(crate) fn refuse(
        &mut self,
        path: impl Into<String>,
        message: impl Into<String>,
        instead: impl Into<String>,
    ) {
        self.add(Severity::Error, path.into(), message.into(), instead.into());
    }

    /// Adds what works, but not everywhere or not well.
    pub(crate) fn warn(
        &mut self,
        path: impl Into<String>,
        message: impl Into<String>,
        instead: impl Into<String>,
    ) {
        self.add(
            Severity::Warning,
            path.into(),
            message.into(),
            instead.into(),
        );
    }

    fn add(&mut self, severity: Severity, path: String, message: String, instead: String) {
        self.0.push(Mistake {
            file: String::new(),
            finding: Finding {
                severity,
                path,
                message,
                instead,
            },
        });
    }

    /// Adds those of one file.
    pub(crate) fn extend_from(&mut self, file: &str, others: Self) {
        self.0.extend(others.0.into_iter().map(|mistake| Mistake {
            file: file.to_owned(),
            ..mistake
        }));
    }

    /// Adds findings of one file.
    pub(crate) fn extend_with(&mut self, file: &str, findings: &[Finding]) {
        self.0.extend(findings.iter().map(|finding| Mistake {
            file: file.to_owned(),
            finding: finding.clone(),
        }));
    }

    /// The files that have some, in their order.
    pub(crate) fn files(&self) -> Vec<ConfigFile> {
        let mut files: Vec<ConfigFile> = Vec::new();
        for Mistake { file, .. } in &self.0 {
            if files.iter().all(|known| known.source != *file) {
                files.push(ConfigFile {
                    source: file.clone(),
                    dialect: String::new(),
                    servers: Vec::new(),
                    findings: self.of(file),
                });
            }
        }
        files
    }

    /// Those of one file.
    pub(crate) fn of(&self, file: &str) -> Vec<Finding> {
        let ours = self.0.iter().filter(|mistake| mistake.file == file);
        ours.map(|mistake| mistake.finding.clone()).collect()
    }

    /// The value, if nothing is wrong; warnings are no obstacle.
    #[cfg(test)]
    pub(crate) fn into_result<T>(self, value: T) -> Result<T, Self> {
        if self.errors() == 0 {
            Ok(value)
        } else {
            Err(self)
        }
    }

    /// One by one, in the order of the files.
    pub fn iter(&self) -> impl Iterator<Item = &Mistake> {
        self.0.iter()
    }

    /// Those that keep something from being used.
    pub fn iter_errors(&self) -> impl Iterator<Item = &Mistake> {
        self.iter().filter(|mistake| mistake.is_error())
    }

    /// How many keep something from being used.
    pub fn errors(&self) -> usize {
        self.iter_errors().count()
    }
}

impl std::error::Error for Mistakes {}

/// Why a configuration cannot be used.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Unusable {
    /// Its files are wrong.
    #[error(transparent)]
    Files(#[from] Mistakes),
    /// The files are right, but not with the flags, or they could not be read at all.
    #[error("{0}")]
    Otherwise(String),
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let errors = self.errors();
        let plural = if errors == 1 { "" } else { "s" };
        write!(f, "{errors} mistake{plural} in the configuration:")?;
        for mistake in &self.0 {
            write!(f, "\n  {mistake}")?;
        }
        Ok(())
    }
}
