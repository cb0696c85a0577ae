//! The service behind every door that shows calls.

use std::sync::Arc;

use async_trait::async_trait;
use wire::{
    CallDetail, CallPage, CallQuery, Caller, MOST_OF_A_FILE, Problem, Role, SeenSign, TimeRange,
    Traffic, TrafficSession, TrafficSummary,
};

use super::store::read::{self, Which};
use super::store::signs;
use super::{TrafficService, filter, summary};
use crate::error::database_problem;

/// The most calls of an answer.
const MOST: u32 = 1_000;
/// The most sessions of an answer.
const MOST_SESSIONS: u32 = 1_000;

fn problem(error: &db::Error) -> Problem {
    database_problem("reading calls", error)
}

impl TrafficService {
    fn which(&self, query: &CallQuery) -> Result<Which, Problem> {
        let now_ms = self.clock.now_ms();
        Ok(Which {
            tokens: filter::read(&query.filter)?,
            range: query.range.map(|range| match range {
                // What a tap's clock is ahead is there as well.
                TimeRange::Last(_) => (range.ends(now_ms).0, i64::MAX),
                TimeRange::Between(..) => range.ends(now_ms),
            }),
            after: query.after,
            before: query.before,
        })
    }
}

#[async_trait]
impl Traffic for TrafficService {
    async fn calls(&self, caller: &Caller, query: CallQuery) -> Result<CallPage, Problem> {
        caller.require(Role::Viewer)?;
        let which = self.which(&query)?;
        let limit = query.limit.clamp(1, MOST);
        let read = async {
            // First, so that nothing is missed that comes meanwhile: it is asked for again.
            let newest = read::newest(&self.db).await?;
            let calls = read::calls(&self.db, &which, limit).await?;
            let more = match calls.len() < limit as usize {
                true => 0,
                false => {
                    let all = read::count(&self.db, &which).await?;
                    all.saturating_sub(calls.len() as u64)
                }
            };
            let newest = calls.first().map_or(newest, |call| call.id.max(newest));
            Ok(CallPage {
                calls,
                newest,
                more,
            })
        };
        read.await.map_err(|error| problem(&error))
    }

    async fn call(&self, caller: &Caller, id: i64) -> Result<CallDetail, Problem> {
        caller.require(Role::Viewer)?;
        let which = Which {
            after: Some(id.saturating_sub(1)),
            before: Some(id.saturating_add(1)),
            ..Which::default()
        };
        let kept = read::kept(&self.db, &which, 1).await;
        let kept = kept.map_err(|error| problem(&error))?.pop();
        let kept = kept.ok_or_else(|| {
            Problem::not_found(format!(
                "there is no call {id}: it was never seen, or is older than what is kept ([retention] calls, most_calls)"
            ))
        })?;
        Ok(kept.detail(caller.role >= Role::Operator))
    }

    async fn details(&self, caller: &Caller, query: CallQuery) -> Result<Vec<CallDetail>, Problem> {
        caller.require(Role::Viewer)?;
        let which = self.which(&query)?;
        let kept = read::kept(&self.db, &which, query.limit.clamp(1, MOST_OF_A_FILE)).await;
        let kept = kept.map_err(|error| problem(&error))?.into_iter().rev();
        let may_see = caller.role >= Role::Operator;
        Ok(kept.map(|kept| kept.detail(may_see)).collect())
    }

    async fn sessions(
        &self,
        caller: &Caller,
        server: Option<&str>,
        limit: u32,
    ) -> Result<Vec<TrafficSession>, Problem> {
        caller.require(Role::Viewer)?;
        let found = read::sessions(&self.db, server, limit.clamp(1, MOST_SESSIONS)).await;
        let mut found = found.map_err(|error| problem(&error))?;
        // A tap that was killed could not tell of the end.
        let now_ms = self.clock.now_ms();
        for session in &mut found {
            session.is_open &= now_ms.saturating_sub(session.last_ms) < super::SILENT_MS;
        }
        Ok(found)
    }

    async fn signs(
        &self,
        caller: &Caller,
        server: Option<&str>,
        range: TimeRange,
        limit: u32,
    ) -> Result<Vec<SeenSign>, Problem> {
        caller.require(Role::Viewer)?;
        let ends = range.ends(self.clock.now_ms());
        let found = signs::newest(&self.db, server, ends, limit.clamp(1, MOST)).await;
        found.map_err(|error| problem(&error))
    }

    async fn summary(
        &self,
        caller: &Caller,
        server: Option<&str>,
        range: TimeRange,
    ) -> Result<TrafficSummary, Problem> {
        caller.require(Role::Viewer)?;
        let now_ms = self.clock.now_ms();
        // One at a time: who asks the same meanwhile is given the same.
        let mut recent = self.summaries.lock().await;
        if let Some(found) = recent.get(server, range, now_ms) {
            return Ok(TrafficSummary::clone(&found));
        }
        let mut which = self.which(&CallQuery {
            range: Some(range),
            ..CallQuery::default()
        })?;
        which.tokens.extend(server.map(filter::exactly));
        let read = async {
            let calls = read::calls(&self.db, &which, summary::MOST_CALLS).await?;
            let definitions = read::definitions(&self.db).await?;
            let kept = read::count(&self.db, &Which::default()).await?;
            Ok((calls, definitions, kept))
        };
        let read: Result<_, db::Error> = read.await;
        let (calls, definitions, kept) = read.map_err(|error| problem(&error))?;
        let told = TrafficSummary {
            servers: summary::servers(&calls, &definitions),
            calls: calls.len() as u64,
            is_cut: calls.len() == summary::MOST_CALLS as usize,
            kept,
        };
        recent.put(server, range, now_ms, Arc::new(told.clone()));
        Ok(told)
    }
}
