//! The server functions of these pages, like those of `crate::api`.

use leptos::prelude::*;
use wire::{CallDetail, CallPage, SeenSign, TrafficSession, TrafficSummary};

use crate::answer::{Answer, AsJson, Failure};
#[cfg(feature = "ssr")]
use crate::api::services;

/// The most sessions that are shown.
#[cfg(feature = "ssr")]
const SESSIONS: u32 = 60;
/// The most signs that are shown.
#[cfg(feature = "ssr")]
const SIGNS: u32 = 200;

/// Calls of the stretch that is `range_ms` long and ends at `until_ms`, or now; newest first.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn load_calls(
    filter: String,
    range_ms: i64,
    until_ms: Option<i64>,
    after: Option<i64>,
    limit: u32,
) -> Result<Answer<CallPage>, Failure> {
    let (services, caller) = services()?;
    let query = wire::CallQuery {
        filter,
        range: Some(wire::TimeRange::of(range_ms, until_ms)),
        after,
        before: None,
        limit,
    };
    Answer::of(&services.traffic.calls(&caller, query).await?)
}

/// One call with its frames.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn load_call(id: i64) -> Result<Answer<CallDetail>, Failure> {
    let (services, caller) = services()?;
    Answer::of(&services.traffic.call(&caller, id).await?)
}

/// Two calls, by their numbers with a comma between.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn load_compared(ids: String) -> Result<Answer<Vec<CallDetail>>, Failure> {
    let (services, caller) = services()?;
    let mut found = Vec::new();
    for id in ids.split(',').take(2) {
        let id = id.trim().parse().map_err(|_| {
            wire::Problem::invalid("compare: write the numbers of two calls, as in compare=3,7")
        })?;
        found.push(services.traffic.call(&caller, id).await?);
    }
    Answer::of(&found)
}

/// Sessions, the newest first.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn load_sessions() -> Result<Answer<Vec<TrafficSession>>, Failure> {
    let (services, caller) = services()?;
    Answer::of(&services.traffic.sessions(&caller, None, SESSIONS).await?)
}

/// Signs of attacks and secrets, the newest first.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn load_signs(
    range_ms: i64,
    until_ms: Option<i64>,
) -> Result<Answer<Vec<SeenSign>>, Failure> {
    let (services, caller) = services()?;
    let range = wire::TimeRange::of(range_ms, until_ms);
    Answer::of(&services.traffic.signs(&caller, None, range, SIGNS).await?)
}

/// What calls come to, of one server where one is named.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn load_traffic(
    server: Option<String>,
    range_ms: i64,
    until_ms: Option<i64>,
) -> Result<Answer<TrafficSummary>, Failure> {
    let (services, caller) = services()?;
    let range = wire::TimeRange::of(range_ms, until_ms);
    let summary = services
        .traffic
        .summary(&caller, server.as_deref(), range)
        .await?;
    Answer::of(&summary)
}
