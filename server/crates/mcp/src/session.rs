//! A session with one server, once the handshake is through: what is asked over it, and what the
//! ways it can fail mean.

use std::sync::atomic::Ordering;
use std::time::Duration;

use rmcp::RoleClient;
use rmcp::model::{
    CallToolRequest, CallToolRequestParams, ClientRequest, DiscoverRequest, DiscoverRequestParams,
    ErrorCode, ErrorData, ListToolsRequest, PaginatedRequestParams, PingRequest, ProtocolVersion,
    ServerResult,
};
use rmcp::service::{ClientCacheConfig, PeerRequestOptions, RunningService, ServiceError};
use serde_json::{Map, Value};
use tokio::time::{Instant, timeout};

use crate::handshake::{Client, rpc_words};
use crate::inspect::Findings;
use crate::observation::{Era, Failure, Identity, Step, StepResult};
use crate::running::Running;
use crate::text::{self, Secrets};
use crate::tool::{Collector, MAX_TOOLS, Tool};
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
}

/// A list of tools that need not be asked for.
struct Kept {
    until: Instant,
    count: usize,
}

/// Longest time for which a list is kept.
const LONGEST_KEPT: Duration = Duration::from_secs(365 * 86_400);

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
            instructions: instructions
                .map(|text| text::cut(text, 16 << 10).unwrap_or_else(|| text.to_owned())),
        };
        Self {
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

    /// How many tools there are and for how much longer that holds, when the server lets its list
    /// be kept and has not said that it changed.
    pub(crate) fn kept_tools(&self) -> Option<(usize, Duration)> {
        let kept = self.kept.as_ref()?;
        let left = kept.until.checked_duration_since(Instant::now())?;
        let changed = self.service.service().tools_changed.load(Ordering::Relaxed);
        (!changed && !left.is_zero()).then_some((kept.count, left))
    }

    /// `tools/list`, all pages; each page may take `limit`, all of them `total`.
    pub(crate) async fn list_tools(
        &mut self,
        limit: Duration,
        total: Duration,
    ) -> Result<Vec<Tool>, Trouble> {
        let began = Instant::now();
        // What changes from now on may be missing in the list.
        let client = self.service.service();
        client.tools_changed.store(false, Ordering::Relaxed);
        self.kept = None;
        let mut collector = Collector::default();
        let mut may_be_kept = LONGEST_KEPT;
        let mut cursors = std::collections::HashSet::new();
        let mut cursor = None;
        loop {
            let left = total.saturating_sub(began.elapsed());
            let page = PaginatedRequestParams::default().with_cursor(cursor);
            let request = ClientRequest::ListToolsRequest(ListToolsRequest::with_param(page));
            let next = match self.ask(request, limit.min(left)).await {
                Ok(result) => read_page(result, &mut collector).map(|page| {
                    may_be_kept = may_be_kept.min(page.may_be_kept);
                    page.next_cursor
                }),
                Err(ServiceError::Timeout { .. }) if left < limit && !cursors.is_empty() => {
                    return Err(endless(&format!(
                        "went on for {:.0} s",
                        total.as_secs_f64()
                    )));
                }
                Err(error) => return Err(self.trouble(Step::ListTools, error, limit).await),
            };
            let Some(next) = next else {
                let error = ServiceError::UnexpectedResponse;
                return Err(self.trouble(Step::ListTools, error, limit).await);
            };
            if collector.len() > MAX_TOOLS {
                return Err(endless(&format!("has more than {MAX_TOOLS} tools")));
            }
            let Some(next) = next else {
                self.kept = Some(Kept {
                    until: began + may_be_kept,
                    count: collector.len(),
                });
                return Ok(collector.into_tools());
            };
            // Pages without a tool would otherwise go on until the time is up.
            if cursors.len() > MAX_TOOLS || !cursors.insert(next.clone()) {
                return Err(endless("comes back to a page that was already read"));
            }
            cursor = Some(next);
        }
    }

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

    /// What must not be said about the server.
    pub(crate) fn secrets(&self) -> Secrets {
        match &self.link {
            Link::Process(_) => Secrets::default(),
            Link::Http(witness) => witness.place().secrets.clone(),
        }
    }

    async fn ask(
        &self,
        request: ClientRequest,
        limit: Duration,
    ) -> Result<ServerResult, ServiceError> {
        let options = PeerRequestOptions::with_timeout(limit);
        let asked = async {
            let handle = self
                .service
                .peer()
                .send_cancellable_request(request, options)
                .await?;
            handle.await_response().await
        };
        // The library's own limit does not cover handing the request over.
        let late = Err(ServiceError::Timeout { timeout: limit });
        timeout(limit + Duration::from_secs(1), asked)
            .await
            .unwrap_or(late)
    }

    /// What a failed request means.
    pub(crate) async fn trouble(
        &self,
        step: Step,
        error: ServiceError,
        limit: Duration,
    ) -> Trouble {
        let title = step.title();
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
                Link::Http(witness) => witness.trouble(),
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

/// One page of a list.
struct Page {
    next_cursor: Option<String>,
    /// For how long the server lets it be kept (`ttlMs`).
    may_be_kept: Duration,
}

/// Takes the tools of one page; `None` if the answer is no page.
fn read_page(result: ServerResult, collector: &mut Collector) -> Option<Page> {
    let page = match result {
        ServerResult::ListToolsResult(page) => {
            for tool in &page.tools {
                collector.push(&serde_json::to_value(tool).ok()?)?;
            }
            return Some(Page {
                next_cursor: page.next_cursor,
                may_be_kept: Duration::from_millis(page.ttl_ms.unwrap_or(0)),
            });
        }
        // One odd definition makes the library refuse the whole page; the others are still good.
        ServerResult::CustomResult(result) => result.0,
        _ => return None,
    };
    for tool in page.get("tools")?.as_array()? {
        collector.push(tool)?;
    }
    let next_cursor = page.get("nextCursor").and_then(Value::as_str);
    let ttl_ms = page.get("ttlMs").and_then(Value::as_u64);
    Some(Page {
        next_cursor: next_cursor.map(str::to_owned),
        may_be_kept: Duration::from_millis(ttl_ms.unwrap_or(0)),
    })
}

fn endless(what: &str) -> Trouble {
    let message = format!("The list of tools {what}; it was not read to its end.");
    let action = "Report it to the server's maintainers: its paging is broken.";
    let failure = Failure::new(Level::Degraded, Reason::InvalidFrame, message, action);
    Trouble {
        failure,
        lost: false,
    }
}
