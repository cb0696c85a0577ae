//! What can go wrong with a database, in words that name the file and what to do.

use std::path::PathBuf;

/// Why a database or its folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The data folder cannot be made or entered.
    #[error(
        "data folder {path}: {source}; choose another with --data or make it writable for this user"
    )]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// Another process uses the data folder.
    #[error(
        "data folder {path} is in use by another process; stop that one, or give this one its own with --data"
    )]
    Locked {
        /// The folder.
        path: PathBuf,
    },
    /// The file was written by a later version of the product.
    #[error(
        "{path} was written by a newer version (schema step {step} is not known here); start that version, or restore a backup made before the upgrade. Nothing was changed"
    )]
    Newer {
        /// The database file.
        path: PathBuf,
        /// The first unknown schema step.
        step: i64,
    },
    /// The file is damaged or no database at all.
    #[error(
        "{path} is damaged ({details}); move it away to start empty, or restore a backup. Nothing was changed"
    )]
    Damaged {
        /// The database file.
        path: PathBuf,
        /// What SQLite found.
        details: String,
    },
    /// There is no space left to write to.
    #[error("{path}: the disk is full; free some space, writing goes on by itself")]
    Full {
        /// The database file.
        path: PathBuf,
    },
    /// Anything else that SQLite reports.
    #[error("{path}: {source}")]
    Sqlite {
        /// The database file.
        path: PathBuf,
        /// What SQLite said.
        source: sqlx::Error,
    },
}

impl Error {
    /// Sorts what sqlx reports of a file.
    pub(crate) fn from_sqlx(path: &std::path::Path, source: sqlx::Error) -> Self {
        let path = path.to_owned();
        let code = source.as_database_error().and_then(|e| e.code());
        // Primary result codes: https://sqlite.org/rescode.html
        match code.as_deref().and_then(|c| c.parse::<i32>().ok()) {
            Some(code) if matches!(code & 0xff, 11 | 26) => Self::Damaged {
                path,
                details: source.to_string(),
            },
            Some(code) if code & 0xff == 13 => Self::Full { path },
            _ => Self::Sqlite { path, source },
        }
    }
}
