//! Marks: what happened, kept with its time.

mod store;
mod told;

use std::sync::Arc;

use async_trait::async_trait;
use db::Db;
use model::{Clock, TimestampMs};
use wire::{Caller, Event, EventKind, Frame, Mark, MarkDraft, MarkQuery, Problem, Role, Update};

use crate::error::database_problem;
use crate::live::{FIRST_EVENTS, Hub};

/// Most marks that one answer holds.
const MOST: u32 = 5000;
/// Marks that an open page holds.
const MOST_LIVE: u32 = 200;
/// Most marks that charts get besides those of the live picture, and alerts among them.
const MOST_CHARTED: u32 = 200;
const MOST_CHARTED_ALERTS: u32 = 100;
/// Marks of an answer where nobody says how many.
const A_PAGE: u32 = 500;

/// The table of marks.
pub(crate) struct EventLog {
    db: Db,
    clock: Arc<dyn Clock>,
    hub: Hub,
}

impl EventLog {
    pub(crate) fn new(db: Db, clock: Arc<dyn Clock>, hub: Hub) -> Self {
        Self { db, clock, hub }
    }

    /// Writes a mark down. One that cannot be written is in the log and on open pages all the same.
    pub(crate) async fn record(&self, kind: EventKind, server: &str, title: String, link: String) {
        let mark = (server.to_owned(), title, link);
        self.record_all(kind, vec![mark]).await;
    }

    /// Writes a mark of an earlier time down.
    pub(crate) async fn record_at(
        &self,
        at_ms: TimestampMs,
        kind: EventKind,
        title: String,
        link: String,
    ) {
        let mut mark = vec![Event {
            id: 0,
            at_ms,
            kind,
            server: String::new(),
            title,
            link,
        }];
        tracing::info!(kind = kind.as_str(), "{}", mark[0].title);
        if let Err(error) = store::insert(&self.db, &mut mark).await {
            tracing::error!(error = %error, "marks could not be written");
        }
        if let Err(problem) = self.show_newest().await {
            tracing::error!(%problem, "open pages do not get a mark");
        }
    }

    /// Gives open pages the newest marks in their order: one may belong between others.
    async fn show_newest(&self) -> Result<(), Problem> {
        let now_ms = self.clock.now_ms();
        let newest = store::list(&self.db, None, 0, now_ms, MOST_LIVE).await;
        let newest = newest.map_err(|error| database_problem("reading marks", &error))?;
        self.hub.publish(Frame::Events(Update::Snapshot(newest)));
        Ok(())
    }

    /// The same for several marks of one moment, each with server, title and link, which costs one write.
    pub(crate) async fn record_all(&self, kind: EventKind, marks: Vec<(String, String, String)>) {
        let at_ms = self.clock.now_ms();
        let marks = marks.into_iter().map(|(server, title, link)| Event {
            id: 0,
            at_ms,
            kind,
            server,
            title,
            link,
        });
        let mut marks: Vec<_> = marks.collect();
        for mark in &marks {
            let server = mark.server.as_str();
            tracing::info!(kind = kind.as_str(), server, "{}", mark.title);
        }
        if let Err(error) = store::insert(&self.db, &mut marks).await {
            tracing::error!(error = %error, "marks could not be written");
        }
        if !marks.is_empty() {
            self.hub.publish(Frame::Events(Update::Changed(marks)));
        }
    }

    /// Marks for charts, the newest first, without those that every open page has already.
    pub(crate) async fn charted(&self, from_ms: i64, to_ms: i64) -> Result<Vec<Event>, Problem> {
        let reading = |error| database_problem("reading marks", &error);
        let now_ms = self.clock.now_ms();
        let live = store::list(&self.db, None, 0, now_ms, FIRST_EVENTS).await;
        let live = live.map_err(reading)?;
        let full = live.len() >= FIRST_EVENTS as usize;
        let Some(oldest) = live.last().filter(|oldest| full && oldest.at_ms >= from_ms) else {
            return Ok(Vec::new());
        };
        let query = MarkQuery {
            from_ms,
            ..MarkQuery::default()
        };
        // Alerts are many: they are not to take the place of what is rare.
        let kinds = EventKind::ALL.iter().filter(|kind| kind.is_on_charts());
        let (alerts, others): (Vec<_>, Vec<_>) = kinds
            .map(|kind| kind.as_str())
            .partition(|kind| *kind == EventKind::Alert.as_str());
        let to_ms = to_ms.min(oldest.at_ms);
        let mut marks = Vec::new();
        for (kinds, most) in [(others, MOST_CHARTED), (alerts, MOST_CHARTED_ALERTS)] {
            let found = store::marks(&self.db, &query, &kinds, to_ms, most).await;
            marks.extend(found.map_err(reading)?);
        }
        marks.retain(|mark| live.iter().all(|known| known.id != mark.id));
        marks.sort_by_key(|mark| std::cmp::Reverse((mark.at_ms, mark.id)));
        let events = marks.into_iter().map(|mark| Event {
            id: mark.id,
            at_ms: mark.at_ms,
            kind: mark.kind,
            server: mark.server,
            title: mark.title,
            link: mark.link,
        });
        Ok(events.collect())
    }

    /// Deletes older marks; how many.
    pub(crate) async fn forget(&self, before_ms: TimestampMs) -> Result<u64, db::Error> {
        store::forget(&self.db, before_ms).await
    }
}

/// The page of a server.
pub(crate) fn server_link(name: &str) -> String {
    format!("/servers/{}", wire::path_segment(name))
}

#[async_trait]
impl wire::Events for EventLog {
    async fn list(
        &self,
        caller: &Caller,
        server: Option<&str>,
        from_ms: i64,
        to_ms: i64,
        limit: u32,
    ) -> Result<Vec<Event>, Problem> {
        caller.require(Role::Viewer)?;
        let read = store::list(&self.db, server, from_ms, to_ms, limit.min(MOST)).await;
        read.map_err(|error| database_problem("reading marks", &error))
    }

    async fn marks(&self, caller: &Caller, query: MarkQuery) -> Result<Vec<Mark>, Problem> {
        caller.require(Role::Viewer)?;
        let kinds = told::kinds(&query.kinds)?;
        let to_ms = match query.to_ms {
            0 => i64::MAX,
            to_ms => to_ms,
        };
        let limit = match query.limit {
            0 => A_PAGE,
            limit => limit.min(MOST),
        };
        let read = store::marks(&self.db, &query, &kinds, to_ms, limit).await;
        read.map_err(|error| database_problem("reading marks", &error))
    }

    async fn tell(&self, caller: &Caller, draft: MarkDraft) -> Result<Mark, Problem> {
        caller.require(Role::Operator)?;
        let now_ms = self.clock.now_ms();
        let key = draft.key.trim().to_owned();
        let mark = told::checked(draft, &caller.name, now_ms)?;
        let written = store::tell(&self.db, &mark, &key).await;
        let (mark, is_new) = written.map_err(|error| database_problem("writing a mark", &error))?;
        if is_new {
            let (kind, server) = (mark.kind.as_str(), mark.server.as_str());
            tracing::info!(kind, server, by = mark.by, "{}", mark.title);
            self.show_newest().await?;
        }
        Ok(mark)
    }
}

#[cfg(test)]
mod tests;
