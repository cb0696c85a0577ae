//! A session with one server, once the handshake is through: what is asked over it, and what the
//! ways it can fail mean.

mod listing;
mod others;

use std::time::Duration;

use rmcp::RoleClient;
use rmcp::model::{
    CallToolRequest, CallToolRequestParams, ClientRequest, DiscoverRequest, DiscoverRequestParams,
    ErrorCode, ErrorData, PingRequest, ProtocolVersion, ServerResult,
};
use rmcp::service::{ClientCacheConfig, Peer, PeerRequestOptions, RunningService, ServiceError};
use serde_json::{Map, Value};
use tokio::time::{Instant, timeout};

use self::listing::Kept;
use self::others::Others;
use crate::handshake::{Client, rpc_words};
use crate::inspect::Findings;
use crate::observation::{Era, Failure, Identity, Step, StepResult};
use crate::running::Running;
use crate::text::{self, Secrets};
use crate::witness::Witness;
use crate::{Level, Reason, advice};

/// The protocol library at work.
pub(crate) type Service = RunningService<RoleClient, Client>;

/// Longest time for closing a session, in which an HTTP server is told that it ends.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(3);

/// What the session runs over.
pub(crate) enum Link {
    Process(Running),
    Http(Witness),
}

/// A session, and what is known of its server.
pub(crate) struct Session {
    service: Service,
    pub(crate) link: Link,
    pub(crate) identity: Identity,
    pub(crate) offers_tools: bool,
    pub(crate) since: Instant,
    /// Probes in a row that got no answer.
    pub(crate) mute: u32,
    /// The last list of tools, as long as the server lets it be kept.
    kept: Option<Kept>,
    others: Others,
}

/// Asks over a session, for as long as that lasts.
#[derive(Clone)]
pub(crate) struct Asks(Peer<RoleClient>);

impl Asks {
    /// `tools/call`: the result as it came.
    pub(crate) async fn call_tool(
        &self,
        tool: &str,
        arguments: Map<String, Value>,
        limit: Duration,
    ) -> Result<Value, ServiceError> {
        let call = CallToolRequestParams::new(tool.to_owned()).with_arguments(arguments);
        let request = ClientRequest::CallToolRequest(CallToolRequest::new(call));
        let result = self.ask(request, limit).await?;
        serde_json::to_value(&result).map_err(|_| ServiceError::UnexpectedResponse)
    }

    async fn ask(
        &self,
        request: ClientRequest,
        limit: Duration,
    ) -> Result<ServerResult, ServiceError> {
        let options = PeerRequestOptions::with_timeout(limit);
        let asked = async {
            let handle = self.0.send_cancellable_request(request, options).await?;
            handle.await_response().await
        };
        // The library's own limit does not cover handing the request over.
        let late = Err(ServiceError::Timeout { timeout: limit });
        timeout(limit + Duration::from_secs(1), asked)
            .await
            .unwrap_or(late)
    }
}

/// How an attempt to set up a session went.
pub(crate) struct Attempt {
    /// The steps taken; the last one failed if there is no session.
    pub(crate) steps: Vec<StepResult>,
    pub(crate) session: Option<Session>,
    /// Whether the server left the question for its era without an answer.
    pub(crate) era_unanswered: bool,
}

/// A failed request, and whether the session went with it.
pub(crate) struct Trouble {
    pub(crate) failure: Failure,
    pub(crate) lost: bool,
}

/// Longest instructions that are kept, in bytes.
const INSTRUCTIONS_BYTES: usize = 16 << 10;

impl Session {
    pub(crate) async fn new(service: Service, link: Link) -> Self {
        // The library would answer from memory for as long as the server allows it.
        service
            .peer()
            .set_response_cache_config(ClientCacheConfig::disabled())
            .await;
        let info = service.peer().peer_info();
        let bounded = |text: &str| text::cut(text, 1 << 10).unwrap_or_else(|| text.to_owned());
        let info = info.as_deref();
        let server = info.and_then(|info| info.server_info.as_ref());
        let version = info.map(|info| &info.protocol_version);
        let legacy = version.is_none_or(ProtocolVersion::has_initialize);
        let instructions = info.and_then(|info| info.instructions.as_deref());
        let cut = instructions.and_then(|text| text::cut(text, INSTRUCTIONS_BYTES));
        let identity = Identity {
            name: server
                .map(|server| bounded(&server.name))
                .unwrap_or_default(),
            version: server
                .map(|server| bounded(&server.version))
                .unwrap_or_default(),
            title: server
                .and_then(|server| server.title.as_deref())
                .map(bounded),
            protocol_version: version
                .map(|version| bounded(version.as_str()))
                .unwrap_or_default(),
            era: if legacy { Era::Legacy } else { Era::Modern },
            instructions_cut: instructions
                .filter(|_| cut.is_some())
                .map(|text| drift::fingerprint(&text.into())),
            instructions: cut.or_else(|| instructions.map(str::to_owned)),
        };
        Self {
            others: Others::offered(info),
            offers_tools: info.is_some_and(|info| info.capabilities.tools.is_some()),
            service,
            link,
            identity,
            since: Instant::now(),
            mute: 0,
            kept: None,
        }
    }

    /// The step that asks whether the server is there.
    pub(crate) fn greeting(&self) -> Step {
        match self.identity.era {
            Era::Legacy => Step::Ping,
            Era::Modern => Step::Discover,
        }
    }

    /// `ping`, or what stands in for it.
    pub(crate) async fn greet(&self, limit: Duration) -> Result<(), Trouble> {
        let step = self.greeting();
        let request = match step {
            Step::Ping => ClientRequest::PingRequest(PingRequest::default()),
            _ => ClientRequest::DiscoverRequest(DiscoverRequest::new(DiscoverRequestParams {})),
        };
        match (step, self.ask(request, limit).await) {
            // Some servers put more than they should into the answer to a ping; it is an answer.
            (Step::Ping, Ok(_)) | (_, Ok(ServerResult::DiscoverResult(_))) => Ok(()),
            (_, Ok(_)) => Err(self
                .trouble(step, ServiceError::UnexpectedResponse, limit)
                .await),
            (_, Err(error)) => Err(self.trouble(step, error, limit).await),
        }
    }

    /// `tools/call`: the result as it came.
    pub(crate) async fn call_tool(
        &self,
        tool: &str,
        arguments: Map<String, Value>,
        limit: Duration,
    ) -> Result<Value, ServiceError> {
        self.asks().call_tool(tool, arguments, limit).await
    }

    /// What asks over this session, for as long as it lasts.
    pub(crate) fn asks(&self) -> Asks {
        Asks(self.service.peer().clone())
    }

    /// What must not be said about the server.
    pub(crate) fn secrets(&self) -> Secrets {
        match &self.link {
            Link::Process(process) => process.secrets().clone(),
            Link::Http(witness) => witness.place().secrets.clone(),
        }
    }

    async fn ask(
        &self,
        request: ClientRequest,
        limit: Duration,
    ) -> Result<ServerResult, ServiceError> {
        self.asks().ask(request, limit).await
    }

    /// What a failed request means.
    pub(crate) async fn trouble(
        &self,
        step: Step,
        error: ServiceError,
        limit: Duration,
    ) -> Trouble {
        let title = step.title();
        let is_closed = matches!(error, ServiceError::TransportClosed);
        match error {
            ServiceError::Timeout { .. } => Trouble {
                failure: Failure::unhealthy(
                    Reason::Timeout,
                    format!("{title} got no answer within {:.1} s.", limit.as_secs_f64()),
                    "Look at the load and the log of the server.",
                ),
                lost: false,
            },
            ServiceError::McpError(error) => self.rpc_error(step, &error),
            ServiceError::TransportSend(_) | ServiceError::TransportClosed => match &self.link {
                Link::Process(process) => Trouble {
                    failure: process.loss().await,
                    lost: true,
                },
                Link::Http(witness) => {
                    let mut trouble = witness.trouble();
                    // What has ended does not begin again by itself.
                    trouble.lost |= is_closed;
                    trouble
                }
            },
            other => Trouble {
                failure: Failure::new(
                    Level::Degraded,
                    Reason::InvalidFrame,
                    format!("{title} got an answer that does not fit the question ({other})."),
                    "Update the server, or report it to its maintainers.",
                ),
                lost: false,
            },
        }
    }

    fn rpc_error(&self, step: Step, error: &ErrorData) -> Trouble {
        let words = rpc_words(error, &self.secrets());
        // Every server of the legacy era answers `ping`, so an error says that this one does not
        // know us: after a restart some servers answer 400 with a JSON-RPC error, not 404.
        let forgotten = step == Step::Ping && error.code != ErrorCode::METHOD_NOT_FOUND;
        if let (true, Link::Http(witness)) = (forgotten, &self.link) {
            let mut failure = advice::session_gone(&witness.place().shown);
            failure.message = format!("{} It says: {words}.", failure.message);
            return Trouble {
                failure,
                lost: true,
            };
        }
        Trouble {
            failure: Failure::new(
                Level::Degraded,
                Reason::JsonrpcError,
                format!("{} got an error for an answer: {words}.", step.title()),
                "Look into the server's log for what went wrong inside it.",
            ),
            lost: false,
        }
    }

    /// What came out of standard output besides messages.
    pub(crate) fn findings(&self) -> Findings {
        match &self.link {
            Link::Process(process) => process.findings(),
            Link::Http(_) => Findings::default(),
        }
    }

    /// Ends the session: tells the HTTP server, or closes standard input and ends the process.
    pub(crate) async fn end(mut self) {
        if let Err(error) = self.service.close_with_timeout(CLOSE_TIMEOUT).await {
            tracing::warn!(%error, "the task of an MCP session failed");
        }
        // Its streams go with it, so a process sees the end of its standard input.
        drop(self.service);
        if let Link::Process(process) = self.link {
            process.stop().await;
        }
    }
}
