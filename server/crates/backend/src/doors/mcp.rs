//! The product's own MCP server at `/mcp`: read-only tools for agents, over Streamable HTTP.

use rmcp::handler::server::tool::Extension;
use rmcp::handler::server::wrapper::Parameters;
use rmcp::model::{CallToolResult, Implementation, ServerCapabilities, ServerConfig};
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use rmcp::{ErrorData, ServerHandler, schemars, tool, tool_handler, tool_router};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use wire::{Caller, Code, Problem, Services};

/// Alerts that one answer holds.
const MOST_ALERTS: usize = 50;

#[derive(Clone)]
pub(super) struct Tools {
    services: Services,
}

/// The service to mount; ends its sessions when told to stop.
pub(super) fn service(
    services: Services,
    stop: &CancellationToken,
) -> StreamableHttpService<Tools, LocalSessionManager> {
    // Host and Origin are checked at the gate, for this door as for all others.
    let config = StreamableHttpServerConfig::default()
        .disable_allowed_hosts()
        .with_cancellation_token(stop.child_token());
    let tools = Tools { services };
    StreamableHttpService::new(
        move || Ok(tools.clone()),
        LocalSessionManager::default().into(),
        config,
    )
}

#[derive(Deserialize, schemars::JsonSchema)]
struct ServerName {
    /// Name of the server, as list_servers gives it.
    name: String,
}

#[derive(Deserialize, schemars::JsonSchema)]
struct AlertFilter {
    /// Also alerts that are over, newest first.
    #[serde(default)]
    include_resolved: bool,
}

#[derive(Deserialize, schemars::JsonSchema)]
struct ObjectiveFilter {
    /// Only this objective, by its id; all of them where empty.
    #[serde(default)]
    id: String,
}

#[tool_router]
impl Tools {
    /// All watched MCP servers with their health level, the reason and since when.
    #[tool(annotations(title = "List servers", read_only_hint = true, open_world_hint = false))]
    async fn list_servers(
        &self,
        Extension(parts): Extension<http::request::Parts>,
    ) -> Result<CallToolResult, ErrorData> {
        answer(async { self.servers(&caller(&parts)?).await }.await)
    }

    /// Health of one MCP server: level, reason, what happened, what to do, how long each step took, tool checks.
    #[tool(annotations(
        title = "Server health",
        read_only_hint = true,
        open_world_hint = false
    ))]
    async fn server_health(
        &self,
        Parameters(ServerName { name }): Parameters<ServerName>,
        Extension(parts): Extension<http::request::Parts>,
    ) -> Result<CallToolResult, ErrorData> {
        answer(async { self.health(&caller(&parts)?, &name).await }.await)
    }

    /// Alerts that need somebody: rule, server, severity, state, who has it, since when.
    #[tool(annotations(title = "List alerts", read_only_hint = true, open_world_hint = false))]
    async fn list_alerts(
        &self,
        Parameters(filter): Parameters<AlertFilter>,
        Extension(parts): Extension<http::request::Parts>,
    ) -> Result<CallToolResult, ErrorData> {
        answer(async { self.alerts(&caller(&parts)?, filter.include_resolved).await }.await)
    }

    /// Service levels: each objective with its target, what was kept, what is left of its error budget and how fast it burns.
    #[tool(annotations(
        title = "Service levels",
        read_only_hint = true,
        open_world_hint = false
    ))]
    async fn slo_status(
        &self,
        Parameters(filter): Parameters<ObjectiveFilter>,
        Extension(parts): Extension<http::request::Parts>,
    ) -> Result<CallToolResult, ErrorData> {
        answer(async { self.levels(&caller(&parts)?, &filter.id).await }.await)
    }
}

impl Tools {
    async fn servers(&self, caller: &Caller) -> Result<Value, Problem> {
        let servers = self.services.servers.list(caller).await?;
        let rows = servers.iter().map(|server| {
            json!({
                "name": server.name,
                "level": server.verdict.level,
                "reason": server.verdict.reason,
                "since": server.verdict.since_ms,
            })
        });
        Ok(json!({ "servers": rows.collect::<Vec<_>>() }))
    }

    async fn health(&self, caller: &Caller, name: &str) -> Result<Value, Problem> {
        let detail = self.services.servers.detail(caller, name).await?;
        let server = detail.server;
        Ok(json!({
            "name": server.name,
            "transport": server.transport,
            "level": server.verdict.level,
            "reason": server.verdict.reason,
            "summary": server.verdict.summary,
            "action": server.verdict.action,
            "since": server.verdict.since_ms,
            "last_success": server.verdict.last_success_ms,
            "availability_24h": server.availability,
            "tools": server.tools,
            "steps": server.steps,
            "checks": detail.checks,
            "affected_by": server.affected_by,
        }))
    }

    async fn levels(&self, caller: &Caller, id: &str) -> Result<Value, Problem> {
        let found = self.services.levels.objectives(caller).await?;
        let rows = found
            .rows
            .iter()
            .filter(|row| id.is_empty() || row.id == id);
        let rows: Vec<_> = rows
            .map(|row| {
                json!({
                    "id": row.id,
                    "description": row.draft.description,
                    "owner": row.draft.owner,
                    "consequence": row.draft.consequence,
                    "target_percent": row.draft.target_percent,
                    "state": row.state,
                    "sentence": row.sentence,
                    "caution": row.caution,
                    "budget": row.budget,
                    "burn": row.burn,
                    "spent_at": row.spent_at_ms,
                    "open_alerts": row.alerts,
                })
            })
            .collect();
        match rows.is_empty() && !id.is_empty() {
            true => Err(Problem::not_found(format!(
                "there is no objective {id:?}; without an id all are listed"
            ))),
            false => Ok(json!({ "objectives": rows })),
        }
    }

    async fn alerts(&self, caller: &Caller, include_resolved: bool) -> Result<Value, Problem> {
        let alerts = self.services.alerts.list(caller, !include_resolved).await?;
        let total = alerts.len();
        let rows = alerts.iter().take(MOST_ALERTS).map(|alert| {
            json!({
                "id": alert.id,
                "rule": alert.rule,
                "server": alert.server,
                "severity": alert.severity,
                "state": alert.state,
                "summary": alert.summary,
                "since": alert.firing_ms.unwrap_or(alert.pending_ms),
                "held": (!alert.held.is_empty()).then_some(&alert.held),
                "acknowledged_by": alert.acknowledged.as_ref().map(|taken| &taken.by),
            })
        });
        Ok(json!({ "alerts": rows.collect::<Vec<_>>(), "total": total }))
    }
}

#[tool_handler]
impl ServerHandler for Tools {
    fn get_info(&self) -> ServerConfig {
        let mut info = ServerConfig::default();
        info.capabilities = ServerCapabilities::builder().enable_tools().build();
        info.server_info = Implementation::new("mcp-observatory", env!("CARGO_PKG_VERSION"));
        info.instructions = Some(
            "Health of MCP servers as MCP Observatory sees it. Times are milliseconds since 1970-01-01 UTC.".to_owned(),
        );
        info
    }
}

/// Who asks, as the gate found out.
fn caller(parts: &http::request::Parts) -> Result<Caller, Problem> {
    let caller = parts.extensions.get::<Caller>().cloned();
    caller.ok_or_else(|| Problem::new(Code::Unauthorized, "nobody is signed in"))
}

/// A problem with the input is an answer that the model can read and act on; a fault is an error.
fn answer(outcome: Result<Value, Problem>) -> Result<CallToolResult, ErrorData> {
    match outcome {
        Ok(value) => Ok(CallToolResult::structured(value)),
        Err(problem) if problem.code == Code::Internal => {
            Err(ErrorData::internal_error(problem.message, None))
        }
        Err(problem) => Ok(CallToolResult::structured_error(json!({
            "code": problem.code,
            "message": problem.message,
        }))),
    }
}
