//! A look at one or all servers now, and a report of what was seen.
//!
//! The look is that of the server's own watch, over the session that it has: a second session would see
//! something else than the page shows.

use std::time::{Duration, Instant};

use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::routing::post;
use axum::{Extension, Json, Router};
use futures::future::try_join_all;
use serde::{Deserialize, Serialize};
use wire::{Admin, Caller, Problem, Server, Services, StepTiming, Verdict};

use super::Context;
use super::answer::Refusal;

/// How long a look is waited for: every step of a probe may take its whole time.
const LONGEST: Duration = Duration::from_secs(60);
/// How often it is asked whether it is there.
const PAUSE: Duration = Duration::from_millis(50);

pub(super) fn router() -> Router<Context> {
    Router::new().route("/observability/diagnostics/run", post(run))
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// One server; all where missing.
    server: Option<String>,
}

#[derive(Serialize)]
struct Report {
    servers: Vec<Diagnosis>,
}

#[derive(Serialize)]
struct Diagnosis {
    name: String,
    /// Whether this is of a look that ended after it was asked for.
    observed: bool,
    /// Why it is not; empty where it is.
    note: String,
    /// How long the look was waited for.
    waited_seconds: f64,
    /// Level, reason, and what to do.
    verdict: Verdict,
    /// Result and latency of each step.
    steps: Vec<StepTiming>,
    tools: Option<u32>,
}

type Body = Result<Option<Json<Wanted>>, JsonRejection>;

async fn run(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    body: Body,
) -> Result<Json<Report>, Refusal> {
    let wanted = body.map_err(|rejection| {
        Problem::invalid(format!(
            "{}; send {{\"server\": \"NAME\"}} as application/json, or no body for all servers",
            rejection.body_text()
        ))
    })?;
    let wanted = wanted.map(|Json(wanted)| wanted).unwrap_or_default();
    let servers = match wanted.server {
        Some(name) => vec![services.servers.detail(&caller, &name).await?.server],
        None => services.servers.list(&caller).await?,
    };
    let looks = servers
        .into_iter()
        .map(|server| look(&services, &caller, server));
    let servers = try_join_all(looks).await?;
    Ok(Json(Report { servers }))
}

async fn look(services: &Services, caller: &Caller, before: Server) -> Result<Diagnosis, Problem> {
    let rests = match before.admin {
        Admin::AwaitingApproval => Some("It has not been started: agree to that first."),
        Admin::Stopped => Some("It has been stopped by a person: start it first."),
        Admin::Enabled => None,
    };
    if let Some(note) = rests {
        return Ok(diagnosis(before, note.to_owned(), 0.0));
    }
    let (begun, seen_ms) = (Instant::now(), before.updated_ms);
    services.servers.probe_now(caller, &before.name).await?;
    let mut now = before;
    while now.updated_ms == seen_ms {
        if begun.elapsed() >= LONGEST {
            let note = format!(
                "No look ended within {} s; this is what was known before.",
                LONGEST.as_secs()
            );
            return Ok(diagnosis(now, note, begun.elapsed().as_secs_f64()));
        }
        tokio::time::sleep(PAUSE).await;
        let servers = services.servers.list(caller).await?;
        let found = servers.into_iter().find(|server| server.name == now.name);
        match found {
            Some(found) => now = found,
            None => {
                let note = "It is configured no more.".to_owned();
                return Ok(diagnosis(now, note, begun.elapsed().as_secs_f64()));
            }
        }
    }
    Ok(diagnosis(now, String::new(), begun.elapsed().as_secs_f64()))
}

fn diagnosis(server: Server, note: String, waited_seconds: f64) -> Diagnosis {
    Diagnosis {
        name: server.name,
        observed: note.is_empty(),
        note,
        waited_seconds,
        verdict: server.verdict,
        steps: server.steps,
        tools: server.tools,
    }
}
