//! Why a query has no answer, as narrow as a caller has to tell it apart.

use model::ReadError;

/// Why a query has no answer.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// The text is no query, or not one that can be asked this way: `bad_data`, status 400.
    #[error("{0}")]
    Bad(String),
    /// The query cannot be evaluated over the samples that there are: `execution`, status 422.
    #[error("{0}")]
    Execution(String),
    /// It would take more than is allowed: `execution`, status 422.
    #[error("the query needs more than {most} {what}; ask for less at once")]
    Limit {
        /// Of what.
        what: &'static str,
        /// How much is allowed.
        most: usize,
    },
    /// It took too long: `timeout`, status 503.
    #[error("the query took too long")]
    Timeout,
    /// Whoever asked does not want to know any more: `canceled`, status 503.
    #[error("the query was cancelled")]
    Cancelled,
    /// The samples could not be read: `internal`, status 500.
    #[error(transparent)]
    Read(#[from] ReadError),
}

impl QueryError {
    pub(crate) fn execution(text: impl Into<String>) -> Self {
        Self::Execution(text.into())
    }

    /// Two series of one vector have the same labels, usually because only their names differed.
    pub(crate) fn same_labels() -> Self {
        Self::execution("vector cannot contain metrics with the same labelset")
    }
}
