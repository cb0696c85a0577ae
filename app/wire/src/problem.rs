//! The one error that leaves the product.

use serde::{Deserialize, Serialize};

use crate::record::record;
use crate::words::words;

words! {
    /// What kind of failure, for programs.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Code {
        /// The input is wrong; the message says how.
        Invalid = "invalid",
        /// Nobody is signed in.
        Unauthorized = "unauthorized",
        /// The caller's role is too low, or the request came from a foreign page.
        Forbidden = "forbidden",
        /// There is no such thing.
        NotFound = "not_found",
        /// The thing is not in a state in which this can be done.
        Conflict = "conflict",
        /// It cannot be done now; trying again later may help.
        Unavailable = "unavailable",
        /// A fault of the product; the log has more under the request id.
        Internal = "internal",
    }
}

impl Code {
    /// The status that an HTTP answer with this problem has.
    pub fn http_status(self) -> u16 {
        match self {
            Self::Invalid => 400,
            Self::Unauthorized => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Conflict => 409,
            Self::Unavailable => 503,
            Self::Internal => 500,
        }
    }
}

record! {
    /// What failed, for which input, and what to do.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
    #[error("{message}")]
    pub struct Problem {
        /// What kind of failure.
        pub code: Code,
        /// For people.
        pub message: String,
        /// Finds the request in the log; empty where there is none.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        pub request_id: String,
    }
}

impl Problem {
    /// A problem that no request is known for yet.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            request_id: String::new(),
        }
    }

    /// A problem with the input.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(Code::Invalid, message)
    }

    /// There is no such thing.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(Code::NotFound, message)
    }
}
