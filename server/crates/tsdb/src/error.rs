//! What can go wrong in the store.

use std::sync::Arc;

/// Why the store could not do it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database refused; nothing has changed.
    #[error(transparent)]
    Db(Arc<db::Error>),
    /// What is stored cannot be understood.
    #[error("{what} is damaged: {why}")]
    Damaged {
        /// Which row.
        what: String,
        /// What is wrong with it.
        why: String,
    },
}

impl Error {
    pub(crate) fn damaged(what: impl Into<String>, why: impl std::fmt::Display) -> Self {
        Self::Damaged {
            what: what.into(),
            why: why.to_string(),
        }
    }
}

impl From<db::Error> for Error {
    fn from(error: db::Error) -> Self {
        Self::Db(Arc::new(error))
    }
}
