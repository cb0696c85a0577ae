//! Servers that the product starts: how it stands with them, and what people have done with them.
//!
//! The watch over a server is what starts it; here is noted what becomes of each start, and orders are given
//! that the watches carry out. Only what configuration files declare is started: no order brings a command.

mod book;
mod chronicle;
mod noted;
mod numbers;
mod orders;
mod relays;
mod state;
mod store;
mod taps;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use db::Db;
use model::Clock;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;
use wire::{
    Admin, Caller, Code, EventKind, LaunchCourse, LaunchCourses, LaunchOrder, Launched, Problem,
    Role, Server, TimeRange,
};

use crate::error::database_problem;
use crate::events::EventLog;
use crate::fleet::Fleet;
use crate::metrics::SampleLog;
use crate::reload::Current;

pub(crate) use book::Book;
use chronicle::Chronicle;
pub(crate) use noted::NotedLaunch;
pub(crate) use numbers::run;
pub(crate) use orders::Orders;
pub(crate) use relays::Relays;
#[cfg(test)]
pub(crate) use store::stop as note_stop;
pub(crate) use store::{start as forget_stop, stop_of};
pub(crate) use taps::{PATH as WATCHED_PATH, Taps};

/// For how long what a process uses is news.
const NEWS_MS: i64 = 20_000;

/// The launcher, for people.
pub(crate) struct LaunchService {
    pub(crate) db: Db,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) config: Current,
    pub(crate) fleet: Arc<Fleet>,
    pub(crate) book: Arc<Book>,
    pub(crate) orders: Arc<Orders>,
    pub(crate) relays: Arc<Relays>,
    pub(crate) samples: Arc<SampleLog>,
    pub(crate) events: Arc<EventLog>,
    /// One order at a time: what is ordered twice is refused once.
    pub(crate) turn: Mutex<()>,
}

impl LaunchService {
    /// Keeps how servers stand on disk until told to stop.
    pub(crate) fn keep_courses(
        &self,
        stop: CancellationToken,
    ) -> impl Future<Output = ()> + Send + 'static {
        let chronicle = Chronicle {
            db: self.db.clone(),
            clock: self.clock.clone(),
            config: self.config.clone(),
            fleet: self.fleet.clone(),
            book: self.book.clone(),
        };
        chronicle.run(stop)
    }

    fn line(&self, row: &Server) -> Launched {
        let limits = self.config.borrow().launcher.clone();
        let line = state::launched(row, self.book.of(&row.name), &limits, self.clock.now_ms());
        Launched {
            served: self.relays.served(&row.name),
            ..line
        }
    }

    /// The newest value of a metric, by server.
    async fn newest(&self, metric: &str) -> Result<BTreeMap<String, f64>, Problem> {
        let since_ms = self.clock.now_ms() - NEWS_MS;
        self.samples.newest_by_server(metric, since_ms).await
    }

    async fn stop(&self, caller: &Caller, name: &str) -> Result<(), Problem> {
        let now = self.clock.now_ms();
        store::stop(&self.db, name, &caller.name, now)
            .await
            .map_err(|error| database_problem("noting a stop", &error))?;
        self.fleet.stop(name, &caller.name).await;
        self.orders.end(name);
        self.mark(EventKind::Stop, name, "stopped", caller).await;
        Ok(())
    }

    async fn start(&self, caller: &Caller, name: &str) -> Result<(), Problem> {
        store::start(&self.db, name)
            .await
            .map_err(|error| database_problem("noting a start", &error))?;
        self.book.forgive(name);
        self.fleet.start(name);
        self.orders.begin();
        self.mark(EventKind::Restart, name, "started", caller).await;
        Ok(())
    }

    async fn restart(&self, caller: &Caller, name: &str) {
        self.book.forgive(name);
        self.orders.end(name);
        self.mark(EventKind::Restart, name, "restarted", caller)
            .await;
    }

    async fn mark(&self, kind: EventKind, name: &str, what: &str, caller: &Caller) {
        let title = format!("{name} was {what} by {}", caller.name);
        self.events
            .record(kind, name, title, "/launcher".to_owned())
            .await;
    }
}

#[async_trait]
impl wire::Launcher for LaunchService {
    async fn list(&self, caller: &Caller) -> Result<Vec<Launched>, Problem> {
        caller.require(Role::Viewer)?;
        let cpu = self.newest("mcp_process_cpu_percent").await?;
        let memory = self.newest("mcp_process_memory_mb").await?;
        let lines = self.fleet.launched().into_iter().map(|row| {
            let line = self.line(&row);
            let is_up = line.pid.is_some();
            let of = |all: &BTreeMap<String, f64>| all.get(&row.name).copied().filter(|_| is_up);
            Launched {
                cpu_percent: of(&cpu),
                memory_bytes: of(&memory).map(|mb| mb * 1e6),
                ..line
            }
        });
        Ok(lines.collect())
    }

    async fn courses(&self, caller: &Caller, range: TimeRange) -> Result<LaunchCourses, Problem> {
        caller.require(Role::Viewer)?;
        let now = self.clock.now_ms();
        let (from_ms, to_ms) = range.ends(now);
        let known = store::courses(&self.db, (from_ms, to_ms), now).await;
        let mut known =
            known.map_err(|error| database_problem("reading how servers stood", &error))?;
        let rows = self.fleet.launched().into_iter().map(|row| {
            let course = known.remove(&row.name);
            course.unwrap_or_else(|| LaunchCourse::of(row.name))
        });
        Ok(LaunchCourses {
            from_ms,
            to_ms,
            rows: rows.collect(),
        })
    }

    async fn order(
        &self,
        caller: &Caller,
        name: &str,
        order: LaunchOrder,
    ) -> Result<Launched, Problem> {
        caller.require(Role::Operator)?;
        let _alone = self.turn.lock().await;
        let row = self.fleet.launched_row(name)?;
        match (order, row.admin) {
            (_, Admin::AwaitingApproval) => {
                let what = "has not been agreed to; read its command and start it on its own page";
                return Err(refused(name, what));
            }
            (LaunchOrder::Start, Admin::Enabled) => {
                return Err(refused(name, "is started already; restart it instead"));
            }
            (LaunchOrder::Stop, Admin::Stopped) => {
                return Err(refused(name, "is stopped already"));
            }
            (LaunchOrder::Restart, Admin::Stopped) => {
                return Err(refused(name, "is stopped; start it instead"));
            }
            (LaunchOrder::Start, Admin::Stopped) => self.start(caller, name).await?,
            (LaunchOrder::Stop, Admin::Enabled) => self.stop(caller, name).await?,
            (LaunchOrder::Restart, Admin::Enabled) => self.restart(caller, name).await,
        }
        Ok(self.line(&self.fleet.launched_row(name)?))
    }
}

fn refused(name: &str, what: &str) -> Problem {
    Problem::new(Code::Conflict, format!("{name} {what}"))
}
