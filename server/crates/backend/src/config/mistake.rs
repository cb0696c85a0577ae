//! Mistakes of a configuration, collected so that one start shows them all.

use std::fmt;

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The file.
    pub file: String,
    /// Where in the file, for instance `servers.fs.command`; empty for the file as a whole.
    pub path: String,
    /// What is wrong and what to write instead.
    pub message: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            write!(f, "{}: {}", self.file, self.message)
        } else {
            write!(f, "{}: {}: {}", self.file, self.path, self.message)
        }
    }
}

/// All mistakes found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mistakes(Vec<Mistake>);

impl Mistakes {
    /// Adds one; the file is named later, by whoever knows it.
    pub(crate) fn push(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.push_in("", path, message);
    }

    pub(crate) fn push_in(
        &mut self,
        file: &str,
        path: impl Into<String>,
        message: impl Into<String>,
    ) {
        self.0.push(Mistake {
            file: file.to_owned(),
            path: path.into(),
            message: message.into(),
        });
    }

    /// Adds those of one file.
    pub(crate) fn extend_from(&mut self, file: &str, others: Self) {
        self.0.extend(others.0.into_iter().map(|mistake| Mistake {
            file: file.to_owned(),
            ..mistake
        }));
    }

    /// The value, if nothing is wrong.
    pub(crate) fn into_result<T>(self, value: T) -> Result<T, Self> {
        if self.0.is_empty() {
            Ok(value)
        } else {
            Err(self)
        }
    }

    /// One by one, in the order of the files.
    pub fn iter(&self) -> impl Iterator<Item = &Mistake> {
        self.0.iter()
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl std::error::Error for Mistakes {}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.len() == 1 { "" } else { "s" };
        write!(f, "{} mistake{plural} in the configuration:", self.len())?;
        for mistake in &self.0 {
            write!(f, "\n  {mistake}")?;
        }
        Ok(())
    }
}
