//! Marks: what happened, kept with its time.

mod store;

use std::sync::Arc;

use async_trait::async_trait;
use db::Db;
use model::{Clock, TimestampMs};
use wire::{Caller, Event, EventKind, Frame, Problem, Role, Update};

use crate::error::database_problem;
use crate::live::Hub;

/// Most marks that one answer holds.
const MOST: u32 = 5000;

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
}
