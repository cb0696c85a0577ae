//! A look at one or all servers now, and a report of what was seen.
//!
//! The look is that of the server's own watch, over the session that it has: a second session would see
//! something else than the page shows. What comes of it is told by the hub, as to everybody who looks.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::routing::post;
use axum::{Extension, Json, Router};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, timeout_at};
use wire::{
    Admin, Caller, Frame, Problem, Role, Server, Servers, Services, StepTiming, Subscribe,
    Subscription, Topic, Update, Verdict,
};

use super::Context;
use super::answer::Refusal;

/// How long a look is waited for: every step of a probe may take its whole time.
const LONGEST: Duration = Duration::from_secs(60);
/// How many are looked at at once: each look is a handshake, or a start of a process.
const MOST_AT_ONCE: usize = 16;

pub(super) fn router() -> Router<Context> {
    Router::new().route("/observability/diagnostics/run", post(run))
}

#[derive(Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "DiagnosisWanted")]
pub(super) struct Wanted {
    /// One server; all where missing.
    server: Option<String>,
}

#[derive(schemars::JsonSchema, Serialize)]
#[schemars(rename = "DiagnosisReport")]
pub(super) struct Report {
    servers: Vec<Diagnosis>,
}

#[derive(schemars::JsonSchema, Serialize)]
pub(super) struct Diagnosis {
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
    caller.require(Role::Operator)?;
    // What changes from here on is not missed.
    let mut changes = services.live.subscribe(&caller);
    changes.want(Subscribe {
        subscribe: vec![Topic::Servers],
        queries: Vec::new(),
    });
    let servers = match wanted.server {
        Some(name) => vec![services.servers.detail(&caller, &name).await?.server],
        None => services.servers.list(&caller).await?,
    };
    let mut looks = Looks::new(services.servers.as_ref(), &caller, servers);
    looks.run(changes.as_mut()).await;
    let servers = looks.seen.into_values().collect();
    Ok(Json(Report { servers }))
}

/// A look that is waited for.
struct Asked {
    /// How it was known before.
    row: Server,
    begun: Instant,
}

/// Looks at servers, some at a time.
struct Looks<'a> {
    servers: &'a dyn Servers,
    caller: &'a Caller,
    /// Those whose turn comes.
    left: VecDeque<Server>,
    asked: BTreeMap<String, Asked>,
    /// What came of it, by name.
    seen: BTreeMap<String, Diagnosis>,
}

impl<'a> Looks<'a> {
    fn new(servers: &'a dyn Servers, caller: &'a Caller, left: Vec<Server>) -> Self {
        Self {
            servers,
            caller,
            left: left.into(),
            asked: BTreeMap::new(),
            seen: BTreeMap::new(),
        }
    }

    /// Until each has been looked at, or it is clear why not.
    async fn run(&mut self, changes: &mut dyn Subscription) {
        loop {
            while self.asked.len() < MOST_AT_ONCE
                && let Some(row) = self.left.pop_front()
            {
                self.ask(row).await;
            }
            let Some(oldest) = self.asked.values().map(|it| it.begun).min() else {
                return;
            };
            match timeout_at(oldest + LONGEST, changes.next()).await {
                Ok(Some(Frame::Servers(Update::Changed(rows)))) => self.take(rows),
                Ok(Some(Frame::Servers(Update::Snapshot(rows)))) => {
                    let is_gone = |name: &&String| rows.iter().all(|row| row.name != **name);
                    let gone: Vec<_> = self.asked.keys().filter(is_gone).cloned().collect();
                    for name in gone {
                        self.give_up(&name, "It is configured no more.");
                    }
                    self.take(rows);
                }
                Ok(Some(_)) => {}
                Ok(None) => return self.give_up_all("The product is stopping.", Duration::ZERO),
                Err(_) => {
                    let seconds = LONGEST.as_secs();
                    let note =
                        format!("No look ended within {seconds} s; this is what was known before.");
                    self.give_up_all(&note, LONGEST);
                }
            }
        }
    }

    /// Asks for a look; why none comes is a line of the report.
    async fn ask(&mut self, row: Server) {
        let begun = Instant::now();
        let note = match resting(row.admin) {
            Some(note) => note.to_owned(),
            None => match self.servers.probe_now(self.caller, &row.name).await {
                Ok(()) => {
                    self.asked.insert(row.name.clone(), Asked { row, begun });
                    return;
                }
                Err(problem) => format!("It cannot be looked at: {problem}."),
            },
        };
        self.tell(row, note, begun);
    }

    /// Takes rows that are newer than what was known before.
    fn take(&mut self, rows: Vec<Server>) {
        for row in rows {
            let known = self.asked.get(&row.name);
            if known.is_none_or(|it| it.row.updated_ms >= row.updated_ms) {
                continue;
            }
            if let Some(asked) = self.asked.remove(&row.name) {
                let note = resting(row.admin).unwrap_or_default().to_owned();
                self.tell(row, note, asked.begun);
            }
        }
    }

    fn give_up(&mut self, name: &str, note: &str) {
        if let Some(asked) = self.asked.remove(name) {
            self.tell(asked.row, note.to_owned(), asked.begun);
        }
    }

    /// Waits no more for those that have been waited for so long.
    fn give_up_all(&mut self, note: &str, longer_than: Duration) {
        let is_late = |it: &&String| self.asked[*it].begun.elapsed() >= longer_than;
        let late: Vec<_> = self.asked.keys().filter(is_late).cloned().collect();
        for name in late {
            self.give_up(&name, note);
        }
    }

    fn tell(&mut self, row: Server, note: String, begun: Instant) {
        let one = diagnosis(row, note, begun.elapsed().as_secs_f64());
        self.seen.insert(one.name.clone(), one);
    }
}

/// Why nobody looks at a server.
fn resting(admin: Admin) -> Option<&'static str> {
    match admin {
        Admin::AwaitingApproval => Some("It has not been started: agree to that first."),
        Admin::Stopped => Some("It has been stopped by a person: start it first."),
        Admin::Enabled => None,
    }
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

#[cfg(test)]
#[path = "diagnostics_tests.rs"]
mod tests;
