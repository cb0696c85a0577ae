//! The closed list of what can be the matter with a server.

/// What happened, as a closed list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Nothing is wrong.
    Ok,
    /// The first probe is not through yet.
    Starting,
    /// The program does not exist.
    SpawnEnoent,
    /// The program may not be executed.
    SpawnEacces,
    /// The process could not be started for another reason.
    SpawnFailed,
    /// The process ended before the handshake was through.
    ExitEarly,
    /// The server was reached, but the handshake got no answer in time.
    HandshakeTimeout,
    /// A later step got no answer in time.
    Timeout,
    /// The answer is not valid MCP.
    InvalidFrame,
    /// Something other than MCP messages comes out of standard output.
    StdoutNoise,
    /// The server does not speak the era of the protocol that was asked for.
    EraMismatch,
    /// The server asks for sign-in.
    AuthRequired,
    /// The credentials sent are no longer (or not) accepted.
    AuthExpired,
    /// TLS could not be set up.
    Tls,
    /// The host name does not resolve.
    Dns,
    /// Nothing listens there.
    Refused,
    /// No connection, or one that broke, for another reason.
    Unreachable,
    /// The URL or a header of the configuration is not valid.
    BadConfig,
    /// An HTTP answer with a 4xx status.
    Http4xx,
    /// An HTTP answer with a 5xx status.
    Http5xx,
    /// Something answers over HTTP, but it is no MCP endpoint.
    NotMcp,
    /// There was a session, and it is gone.
    SessionLost,
    /// The server says it has tools and lists none.
    ToolsEmpty,
    /// It works, slowly.
    Slow,
    /// The server answered with a JSON-RPC error.
    JsonrpcError,
    /// A tool did not do what is expected of it.
    ToolError,
}

impl Reason {
    /// Every reason, for pages and tests that list them.
    pub const ALL: [Self; 26] = [
        Self::Ok,
        Self::Starting,
        Self::SpawnEnoent,
        Self::SpawnEacces,
        Self::SpawnFailed,
        Self::ExitEarly,
        Self::HandshakeTimeout,
        Self::Timeout,
        Self::InvalidFrame,
        Self::StdoutNoise,
        Self::EraMismatch,
        Self::AuthRequired,
        Self::AuthExpired,
        Self::Tls,
        Self::Dns,
        Self::Refused,
        Self::Unreachable,
        Self::BadConfig,
        Self::Http4xx,
        Self::Http5xx,
        Self::NotMcp,
        Self::SessionLost,
        Self::ToolsEmpty,
        Self::Slow,
        Self::JsonrpcError,
        Self::ToolError,
    ];

    /// The name used in labels, in snake case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Starting => "starting",
            Self::SpawnEnoent => "spawn_enoent",
            Self::SpawnEacces => "spawn_eacces",
            Self::SpawnFailed => "spawn_failed",
            Self::ExitEarly => "exit_early",
            Self::HandshakeTimeout => "handshake_timeout",
            Self::Timeout => "timeout",
            Self::InvalidFrame => "invalid_frame",
            Self::StdoutNoise => "stdout_noise",
            Self::EraMismatch => "era_mismatch",
            Self::AuthRequired => "auth_required",
            Self::AuthExpired => "auth_expired",
            Self::Tls => "tls",
            Self::Dns => "dns",
            Self::Refused => "refused",
            Self::Unreachable => "unreachable",
            Self::BadConfig => "bad_config",
            Self::Http4xx => "http_4xx",
            Self::Http5xx => "http_5xx",
            Self::NotMcp => "not_mcp",
            Self::SessionLost => "session_lost",
            Self::ToolsEmpty => "tools_empty",
            Self::Slow => "slow",
            Self::JsonrpcError => "jsonrpc_error",
            Self::ToolError => "tool_error",
        }
    }

    /// Whether trying again soon may help. What a person has to mend is tried again only at the
    /// usual interval: asking faster would spam logs and trip locks against guessing.
    pub(crate) fn may_pass(self) -> bool {
        matches!(
            self,
            Self::ExitEarly
                | Self::HandshakeTimeout
                | Self::Refused
                | Self::Unreachable
                | Self::SessionLost
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_distinct_and_in_snake_case() {
        let mut names: Vec<_> = Reason::ALL.map(Reason::as_str).to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Reason::ALL.len());
        let snake = |name: &&str| {
            name.chars()
                .all(|c| c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit())
        };
        assert!(names.iter().all(snake), "{names:?}");
    }
}
