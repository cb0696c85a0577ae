//! Who calls a service method, and through which door.

use serde::{Deserialize, Serialize};

use crate::words::words;

words! {
    /// What a caller may do; a later role may do all that an earlier one may.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
    pub enum Role {
        /// Reads.
        Viewer = "viewer",
        /// Works alerts, starts and stops what files declare.
        Operator = "operator",
        /// Changes what is watched.
        Admin = "admin",
    }
}

words! {
    /// The door a call came through.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Via {
        /// A page, its server functions or its socket.
        Browser = "browser",
        /// The HTTP API.
        Api = "api",
        /// The product's own MCP server.
        Mcp = "mcp",
        /// The product itself.
        Internal = "internal",
    }
}

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caller {
    /// `local` on a loopback address without a password, else who signed in or the key's name.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// How it came in.
    pub via: Via,
}

impl Caller {
    /// The caller on a loopback address without a password.
    pub fn local(via: Via) -> Self {
        Self {
            name: "local".to_owned(),
            role: Role::Admin,
            via,
        }
    }

    /// Refuses callers whose role is too low.
    ///
    /// # Errors
    /// [`crate::Code::Forbidden`] naming the role that is needed.
    pub fn require(&self, role: Role) -> Result<(), crate::Problem> {
        if self.role >= role {
            return Ok(());
        }
        Err(crate::Problem::new(
            crate::Code::Forbidden,
            format!(
                "{} has the role {:?}; this needs {role:?}",
                self.name, self.role
            ),
        ))
    }
}
