//! What is watched and how often: the arguments of a [`crate::Watch`].

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use model::Launch;

use crate::check::Check;

/// One MCP server to watch.
#[derive(Clone, Debug)]
pub struct Target {
    /// Unique name, as configured; comes back in every observation.
    pub name: String,
    /// How the server is reached.
    pub endpoint: Endpoint,
    /// Which era of the protocol to speak.
    pub protocol: Protocol,
    /// The tools to call on a schedule.
    pub checks: Vec<Check>,
}

/// How a server is reached.
#[derive(Clone)]
pub enum Endpoint {
    /// A child process that speaks over its standard input and output.
    Stdio(Arc<dyn Launch>),
    /// Streamable HTTP, or the older HTTP+SSE.
    Http {
        /// Address of the MCP endpoint, commonly ending in `/mcp` (or `/sse`).
        url: String,
        /// Headers sent with every request; the values are secrets and are never printed.
        headers: Vec<(String, String)>,
        /// How to get tokens; without it, what is sent is in `headers`.
        oauth: Option<OAuth>,
        /// Which of the two transports to speak.
        transport: Transport,
    },
}

/// OAuth client credentials.
#[derive(Clone, PartialEq, Eq)]
pub struct OAuth {
    /// Who this client is.
    pub client_id: String,
    /// Its secret, which is never printed.
    pub client_secret: String,
    /// What the token has to allow.
    pub scope: Option<String>,
    /// Where tokens are got; found out from the server's metadata where missing.
    pub token_url: Option<String>,
}

impl fmt::Debug for OAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OAuth")
            .field("client_id", &self.client_id)
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

/// How an HTTP server is spoken to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transport {
    /// Streamable HTTP, unless the server turns out to speak only the older HTTP+SSE.
    #[default]
    Auto,
    /// HTTP+SSE.
    Sse,
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdio(_) => f.write_str("Stdio"),
            Self::Http { url, headers, .. } => {
                let hidden: Vec<_> = headers
                    .iter()
                    .map(|(name, _)| (name, model::REDACTED))
                    .collect();
                f.debug_struct("Http")
                    .field("url", &crate::text::public_url(url))
                    .field("headers", &hidden)
                    .finish()
            }
        }
    }
}

/// Which era of the protocol to speak.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Protocol {
    /// Ask the server, and remember the era that worked.
    #[default]
    Auto,
    /// `initialize` and `ping` (revisions up to 2025-11-25).
    Legacy,
    /// `server/discover`, without a session (revision 2026-07-28).
    Modern,
}

/// Cadence and limits of the probes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// From the start of one probe to the start of the next.
    pub interval: Duration,
    /// Longest time for one step of a probe.
    pub timeout: Duration,
    /// Longest time for the first handshake of a freshly started process; `npx` and `uvx` may
    /// have to fetch the server first.
    pub start_timeout: Duration,
    /// A step that takes longer makes the server degraded.
    pub slow: Duration,
    /// First wait before a lost server is tried again; doubles with each failure.
    pub backoff_min: Duration,
    /// Longest wait before a lost server is tried again, itself never above `interval`.
    pub backoff_max: Duration,
    /// Uptime after which earlier failures are forgotten.
    pub stable_after: Duration,
    /// Whether the first probe waits a moment (below one second, fixed per name), and each wait before
    /// another try is half to one and a half times what it would be, so that hundreds of servers do
    /// not start in the same instant.
    pub spread: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(30),
            timeout: Duration::from_secs(5),
            start_timeout: Duration::from_secs(30),
            slow: Duration::from_secs(2),
            backoff_min: Duration::from_secs(1),
            backoff_max: Duration::from_secs(16),
            stable_after: Duration::from_secs(300),
            spread: true,
        }
    }
}
