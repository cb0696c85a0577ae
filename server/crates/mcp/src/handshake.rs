//! The handshake as the protocol library does it: how this client introduces itself, and what the
//! ways it can fail mean.

use std::sync::atomic::{AtomicBool, Ordering};

use rmcp::model::{
    ClientCapabilities, ClientConfig, ErrorCode, ErrorData, Implementation, ProtocolVersion,
};
use rmcp::service::{ClientInitializeError, ClientLifecycleMode, NotificationContext};
use rmcp::{ClientHandler, RoleClient};

use crate::Reason;
use crate::observation::{Era, Failure};
use crate::text::Secrets;

/// How this client introduces itself.
pub(crate) fn client_info() -> ClientConfig {
    let name = Implementation::new("mcp-observatory", env!("CARGO_PKG_VERSION"));
    ClientConfig::new(ClientCapabilities::default(), name)
        .with_protocol_version(ProtocolVersion::LATEST_WITH_INITIALIZE)
}

/// What answers a server's own requests, with the library's plain answers: an empty result to
/// `ping`, no roots, no sampling, elicitation declined.
pub(crate) struct Client {
    info: ClientConfig,
    /// Whether the server has said that its list of tools is another one now.
    pub(crate) tools_changed: AtomicBool,
    /// The same of its prompts or resources.
    pub(crate) others_changed: AtomicBool,
}

impl Client {
    pub(crate) fn new() -> Self {
        Self {
            info: client_info(),
            tools_changed: AtomicBool::new(false),
            others_changed: AtomicBool::new(false),
        }
    }
}

impl ClientHandler for Client {
    fn get_info(&self) -> ClientConfig {
        self.info.clone()
    }

    async fn on_tool_list_changed(&self, _: NotificationContext<RoleClient>) {
        self.tools_changed.store(true, Ordering::Relaxed);
    }

    async fn on_prompt_list_changed(&self, _: NotificationContext<RoleClient>) {
        self.others_changed.store(true, Ordering::Relaxed);
    }

    async fn on_resource_list_changed(&self, _: NotificationContext<RoleClient>) {
        self.others_changed.store(true, Ordering::Relaxed);
    }
}

/// The library's name for an era; `None` asks the server.
pub(crate) fn lifecycle(era: Option<Era>) -> ClientLifecycleMode {
    let preferred_versions = vec![ProtocolVersion::LATEST];
    match era {
        Some(Era::Legacy) => ClientLifecycleMode::Initialize,
        Some(Era::Modern) => ClientLifecycleMode::Discover { preferred_versions },
        None => ClientLifecycleMode::Auto {
            preferred_versions,
            legacy_version: None,
        },
    }
}

/// A JSON-RPC error in words.
pub(crate) fn rpc_words(error: &ErrorData, secrets: &Secrets) -> String {
    format!(
        "error {}, “{}”",
        error.code.0,
        secrets.quote(&error.message)
    )
}

/// What a failed handshake means, as far as the protocol library can tell. `asked` is the era that
/// was spoken; `None` if the server was asked for it.
pub(crate) fn failure(
    error: &ClientInitializeError,
    asked: Option<Era>,
    secrets: &Secrets,
) -> Failure {
    let other_era = match asked {
        Some(Era::Modern) => "Set the protocol to auto or legacy.",
        _ => "Set the protocol to auto or modern.",
    };
    match error {
        ClientInitializeError::LegacyFallbackFailed { fallback, .. } => {
            failure(fallback, asked, secrets)
        }
        ClientInitializeError::JsonRpcError(error)
            if asked == Some(Era::Modern)
                || error.code == ErrorCode::UNSUPPORTED_PROTOCOL_VERSION =>
        {
            Failure::unhealthy(
                Reason::EraMismatch,
                format!(
                    "The server does not speak this era of the protocol: {}.",
                    rpc_words(error, secrets)
                ),
                other_era,
            )
        }
        ClientInitializeError::NoCompatibleProtocolVersion {
            server_supported, ..
        } => {
            let versions: Vec<_> = server_supported
                .iter()
                .map(ProtocolVersion::as_str)
                .collect();
            Failure::unhealthy(
                Reason::EraMismatch,
                format!(
                    "The server speaks only other revisions of the protocol ({}).",
                    secrets.quote(&versions.join(", "))
                ),
                other_era,
            )
        }
        ClientInitializeError::JsonRpcError(error) => Failure::unhealthy(
            Reason::JsonrpcError,
            format!(
                "The handshake got an error for an answer: {}.",
                rpc_words(error, secrets)
            ),
            "Look into the server's log for what went wrong inside it.",
        ),
        ClientInitializeError::ConnectionClosed(_) => Failure::unhealthy(
            Reason::InvalidFrame,
            "The server ended the exchange before it had answered the handshake.",
            "Look into the server's log for what went wrong inside it.",
        ),
        _ => Failure::unhealthy(
            Reason::InvalidFrame,
            "The handshake got an answer that does not fit the question.",
            "Check that this is an MCP server, and update it.",
        ),
    }
}
