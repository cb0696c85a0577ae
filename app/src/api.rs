//! The one door that pages go through: server functions, and what they need of the request.

use leptos::prelude::*;
use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};
use ui::LiveState;
#[cfg(feature = "ssr")]
use wire::Acknowledge;
use wire::{Alert, Problem, Series, ServerDetail, Snapshot};

/// A problem as server functions carry it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Failure(pub(crate) Problem);

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        #[cfg(feature = "ssr")]
        set_status(problem.code);
        Self(problem)
    }
}

/// The answer's status says what the problem is: a page about a server that does not exist is a 404.
#[cfg(feature = "ssr")]
fn set_status(code: wire::Code) {
    use http::StatusCode;
    let status = match code {
        wire::Code::Invalid => StatusCode::BAD_REQUEST,
        wire::Code::Unauthorized => StatusCode::UNAUTHORIZED,
        wire::Code::Forbidden => StatusCode::FORBIDDEN,
        wire::Code::NotFound => StatusCode::NOT_FOUND,
        wire::Code::Conflict => StatusCode::CONFLICT,
        wire::Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        wire::Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    };
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(status);
    }
}

impl FromServerFnError for Failure {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        let (code, message) = match error {
            ServerFnErrorErr::Request(_) => (
                wire::Code::Unavailable,
                "the product cannot be reached".to_owned(),
            ),
            other => (wire::Code::Internal, other.to_string()),
        };
        Self(Problem::new(code, message))
    }
}

/// The services and who asks.
#[cfg(feature = "ssr")]
fn services() -> Result<(wire::Services, wire::Caller), Failure> {
    let services = use_context::<wire::Services>();
    let parts = use_context::<http::request::Parts>();
    let caller = parts.and_then(|parts| parts.extensions.get::<wire::Caller>().cloned());
    match (services, caller) {
        (Some(services), Some(caller)) => Ok((services, caller)),
        _ => Err(Failure(Problem::new(
            wire::Code::Unauthorized,
            "nobody is signed in",
        ))),
    }
}

/// The theme that the visitor chose, if they did.
#[cfg(feature = "ssr")]
pub(crate) fn theme() -> Option<&'static str> {
    let parts = use_context::<http::request::Parts>()?;
    let cookies = parts.headers.get(http::header::COOKIE)?.to_str().ok()?;
    let chosen = cookies
        .split(';')
        .find_map(|pair| pair.trim().strip_prefix("theme="))?;
    ["dark", "light"].into_iter().find(|theme| *theme == chosen)
}

/// The whole picture, for the first paint.
#[server(prefix = "/fn")]
pub(crate) async fn load_snapshot() -> Result<Snapshot, Failure> {
    let (services, caller) = services()?;
    Ok(services.live.snapshot(&caller).await?)
}

/// One server with its tools and history.
#[server(prefix = "/fn")]
pub(crate) async fn load_server(name: String) -> Result<ServerDetail, Failure> {
    let (services, caller) = services()?;
    Ok(services.servers.detail(&caller, &name).await?)
}

/// Samples of a metric over the last `range_ms`, of one server where one is named.
#[server(prefix = "/fn")]
pub(crate) async fn load_series(
    metrics: Vec<String>,
    server: Option<String>,
    range_ms: i64,
) -> Result<Vec<Series>, Failure> {
    let (services, caller) = services()?;
    let now_ms = services.live.snapshot(&caller).await?.now_ms;
    let labels = server.map(|server| ("server".to_owned(), server));
    let mut series = Vec::new();
    for metric in metrics {
        let query = wire::RangeQuery {
            metric,
            labels: labels.clone().into_iter().collect(),
            from_ms: now_ms - range_ms,
            to_ms: now_ms,
            // A chart is seldom wider than 720 columns; it reduces the rest itself.
            step_ms: (range_ms / 720).max(1000),
            aggregate: wire::Aggregate::Max,
        };
        series.extend(services.metrics.range(&caller, query).await?);
    }
    Ok(series)
}

/// Alerts that are over, newest first.
#[server(prefix = "/fn")]
pub(crate) async fn load_resolved_alerts() -> Result<Vec<Alert>, Failure> {
    let (services, caller) = services()?;
    let mut alerts = services.alerts.list(&caller, false).await?;
    alerts.retain(|alert| !alert.is_open());
    Ok(alerts)
}

/// Somebody takes an alert.
#[server(prefix = "/fn")]
pub(crate) async fn acknowledge_alert(
    id: String,
    by: String,
    comment: String,
) -> Result<Alert, Failure> {
    let (services, caller) = services()?;
    Ok(services
        .alerts
        .acknowledge(&caller, &id, Acknowledge { by, comment })
        .await?)
}

/// Somebody declares an alert over.
#[server(prefix = "/fn")]
pub(crate) async fn resolve_alert(
    id: String,
    by: String,
    comment: String,
) -> Result<Alert, Failure> {
    let (services, caller) = services()?;
    Ok(services
        .alerts
        .resolve(&caller, &id, Acknowledge { by, comment })
        .await?)
}

/// Takes a resolution back.
#[server(prefix = "/fn")]
pub(crate) async fn reopen_alert(
    id: String,
    by: String,
    comment: String,
) -> Result<Alert, Failure> {
    let (services, caller) = services()?;
    Ok(services
        .alerts
        .reopen(&caller, &id, Acknowledge { by, comment })
        .await?)
}

/// Looks at a server now.
#[server(prefix = "/fn")]
pub(crate) async fn probe_server(name: String) -> Result<(), Failure> {
    let (services, caller) = services()?;
    Ok(services.servers.probe_now(&caller, &name).await?)
}

/// Agrees to start a server that was found.
#[server(prefix = "/fn")]
pub(crate) async fn approve_server(name: String) -> Result<(), Failure> {
    let (services, caller) = services()?;
    Ok(services.servers.approve(&caller, &name).await?)
}

/// One server's details, loaded once for all panels of its page.
#[derive(Clone, Copy)]
pub(crate) struct Detail(pub(crate) Resource<Result<ServerDetail, Failure>>);

/// Loads a server's details; once, in its page.
pub(crate) fn provide_detail(name: String) {
    provide_context(Detail(Resource::new_blocking(
        || (),
        move |()| load_server(name.clone()),
    )));
}

/// The first picture of a page.
#[derive(Clone, Copy)]
pub(crate) struct First(Resource<Result<Snapshot, Failure>>);

/// Loads the first picture; once, in the frame: the sign-in page has no caller yet, and nothing to show.
pub(crate) fn provide_snapshot() {
    provide_context(First(Resource::new_blocking(|| (), |()| load_snapshot())));
}

impl First {
    /// Puts the picture into the live state, once it is there.
    ///
    /// # Errors
    /// What keeps the product from giving it.
    pub(crate) async fn seed(self, live: LiveState) -> Result<(), Problem> {
        let snapshot = self.0.await.map_err(|failure| failure.0)?;
        live.seed(&snapshot);
        Ok(())
    }
}
