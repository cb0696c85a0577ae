//! The one door that pages go through: server functions, and what they need of the request.

use leptos::prelude::*;
use ui::{LiveState, PageTime};
use wire::{
    Alert, BoardData, BoardLink, ConfigFile, Decision, DependencyPicture, Note, Performance,
    Problem, ServerDetail, Silence, SilenceDraft, Snapshot,
};

use crate::answer::{Answer, AsJson, Failure, read};
use crate::loaded::{Loaded, Outcome};

/// The services and who asks.
#[cfg(feature = "ssr")]
pub(crate) fn services() -> Result<(wire::Services, wire::Caller), Failure> {
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

/// A draft that travels as JSON: names in it may be any text.
#[cfg(feature = "ssr")]
pub(crate) fn given<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Failure> {
    let read = serde_json::from_str(text);
    read.map_err(|error| Failure::from(Problem::invalid(error.to_string())))
}

/// The theme that the visitor chose, if they did.
#[cfg(feature = "ssr")]
pub fn theme(headers: &http::HeaderMap) -> Option<&'static str> {
    let cookies = headers.get(http::header::COOKIE)?.to_str().ok()?;
    let chosen = cookies
        .split(';')
        .find_map(|pair| pair.trim().strip_prefix("theme="))?;
    ["dark", "light"].into_iter().find(|theme| *theme == chosen)
}

/// The whole picture, for the first paint.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn load_snapshot() -> Result<Answer<Snapshot>, Failure> {
    let (services, caller) = services()?;
    Answer::of(&services.live.snapshot(&caller).await?)
}

/// One server with its tools and history.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn load_server(name: String) -> Result<Answer<ServerDetail>, Failure> {
    let (services, caller) = services()?;
    Answer::of(&services.servers.detail(&caller, &name).await?)
}

/// How a server has done in the stretch that is `range_ms` long and ends at `until_ms`, or now.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn load_performance(
    name: String,
    range_ms: i64,
    until_ms: Option<i64>,
) -> Result<Answer<Performance>, Failure> {
    let (services, caller) = services()?;
    let (service, range) = (
        services.performances,
        wire::TimeRange::of(range_ms, until_ms),
    );
    Answer::of(&service.performance(&caller, &name, range).await?)
}

/// A board with its data, of one server where one is named: the stretch that is `range_ms` long and
/// ends at `until_ms`, or now.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn load_board(
    name: String,
    server: Option<String>,
    range_ms: i64,
    until_ms: Option<i64>,
    points: u32,
) -> Result<Answer<BoardData>, Failure> {
    let (services, caller) = services()?;
    let range = wire::TimeRange::of(range_ms, until_ms);
    let server = server.as_deref();
    let data = services
        .boards
        .board(&caller, &name, server, range, points)
        .await;
    Answer::of(&data?)
}

/// All boards.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn load_boards() -> Result<Answer<Vec<BoardLink>>, Failure> {
    let (services, caller) = services()?;
    Answer::of(&services.boards.list(&caller).await?)
}

/// The files that servers come from, as they were read last.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn load_configuration() -> Result<Answer<Vec<ConfigFile>>, Failure> {
    let (services, caller) = services()?;
    Answer::of(&services.configuration.files(&caller).await?)
}

/// The last alerts that had fired and are over, newest end first.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn load_resolved_alerts() -> Result<Answer<Vec<Alert>>, Failure> {
    let (services, caller) = services()?;
    Answer::of(&services.alerts.resolved(&caller).await?)
}

/// Somebody decides about an alert.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn decide_alert(
    id: String,
    decision: Decision,
    note: Note,
) -> Result<Answer<Alert>, Failure> {
    let (services, caller) = services()?;
    let decided = services.alerts.decide(&caller, &id, decision, note).await;
    Answer::of(&decided?)
}

/// All silences.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn load_silences() -> Result<Answer<Vec<Silence>>, Failure> {
    let (services, caller) = services()?;
    Answer::of(&services.silences.list(&caller).await?)
}

/// The open alerts that matchers are about.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn preview_silence(matchers: String) -> Result<Answer<Vec<Alert>>, Failure> {
    let (services, caller) = services()?;
    Answer::of(&services.silences.preview(&caller, &matchers).await?)
}

/// Silences alerts for a while.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn add_silence(draft: SilenceDraft) -> Result<Answer<Silence>, Failure> {
    let (services, caller) = services()?;
    Answer::of(&services.silences.add(&caller, draft).await?)
}

/// Ends a silence before its time.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn end_silence(id: String) -> Result<Answer<Silence>, Failure> {
    let (services, caller) = services()?;
    Answer::of(&services.silences.end(&caller, &id, "").await?)
}

/// Looks at a server now.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn probe_server(name: String) -> Result<Answer<()>, Failure> {
    let (services, caller) = services()?;
    services.servers.probe_now(&caller, &name).await?;
    Answer::of(&())
}

/// Agrees to start a server that was found.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn approve_server(name: String) -> Result<Answer<()>, Failure> {
    let (services, caller) = services()?;
    services.servers.approve(&caller, &name).await?;
    Answer::of(&())
}

/// What hangs on what, and the checks.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn load_dependencies() -> Result<Answer<DependencyPicture>, Failure> {
    let (services, caller) = services()?;
    Answer::of(&DependencyPicture {
        nodes: services.dependencies.map(&caller).await?,
        checks: services.checks.list(&caller).await?,
    })
}

/// Runs a check now.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn run_check(name: String) -> Result<Answer<()>, Failure> {
    let (services, caller) = services()?;
    services.checks.run_now(&caller, &name).await?;
    Answer::of(&())
}

/// One server's details, loaded once for all panels of its page.
#[derive(Clone, Copy)]
pub(crate) struct Detail(pub(crate) Loaded<ServerDetail>);

/// Loads a server's details; once, in its page.
pub(crate) fn provide_detail(name: String) {
    provide_context(Detail(Loaded::once(move || load_server(name.clone()))));
}

/// How a server has done in the page's time, loaded once for all panels of its page.
#[derive(Clone, Copy)]
pub(crate) struct Analysis(pub(crate) Loaded<Performance>);

/// Loads how a server has done, and again when the page looks at another time or the server has been looked at; once,
/// in its page.
pub(crate) fn provide_performance(name: String, row: ArcRwSignal<wire::Server>) {
    let range = expect_context::<PageTime>().range;
    let version = move || {
        let (range_ms, until_ms) = range.get().parts();
        // What is over does not change any more.
        let newest_ms = match until_ms {
            Some(until_ms) => until_ms,
            None => row.with(|row| row.updated_ms).unwrap_or(0),
        };
        // Any number will do that differs for another time.
        range_ms.wrapping_mul(31).wrapping_add(newest_ms) as u32
    };
    let load = move || {
        let (range_ms, until_ms) = range.get_untracked().parts();
        load_performance(name.clone(), range_ms, until_ms)
    };
    provide_context(Analysis(Loaded::while_at(version, load)));
}

/// The first picture of a page.
#[derive(Clone, Copy)]
pub(crate) struct First(Loaded<Snapshot>);

/// Loads the first picture; once, in the frame.
pub(crate) fn provide_snapshot() {
    provide_context(First(Loaded::once(load_snapshot)));
}

impl First {
    /// Puts the picture into the live state, once it is there.
    ///
    /// # Errors
    /// What keeps the product from giving it.
    #[cfg(feature = "ssr")]
    pub(crate) async fn seed(self, live: LiveState) -> Result<(), Problem> {
        take(live, self.0.text().wait().await)
    }

    /// Puts the picture into the live state, if it is there.
    #[cfg(not(feature = "ssr"))]
    pub(crate) fn seed(self, live: LiveState) -> Option<Result<(), Problem>> {
        Some(take(live, self.0.text().get()?))
    }
}

fn take(live: LiveState, picture: Outcome) -> Result<(), Problem> {
    let picture = picture?;
    if !live.is_seeded() {
        live.seed(read(&picture)?);
    }
    Ok(())
}
