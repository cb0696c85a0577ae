//! All live queries of one client.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use futures::StreamExt;
use futures::stream::SelectAll;
use wire::{Caller, LiveQuery, Outcome, Points, Problem, Role};

use super::feed::Feed;
use super::grid;
use super::queries::LiveQueries;

/// Queries of one client.
const MOST_QUERIES: usize = 200;

/// What a client looks at.
pub(super) struct Feeds {
    queries: Arc<LiveQueries>,
    open: SelectAll<Feed>,
    /// What is said about queries that it may not look at.
    refused: VecDeque<Points>,
}

impl Feeds {
    pub(super) fn new(queries: Arc<LiveQueries>) -> Self {
        Self {
            queries,
            open: SelectAll::new(),
            refused: VecDeque::new(),
        }
    }

    /// Looks at these from now on. What it looks at already goes on, what it looks at no more ends.
    pub(super) fn want(&mut self, caller: &Caller, wanted: Vec<LiveQuery>) {
        let open = std::mem::take(&mut self.open).into_iter();
        let mut known: HashMap<u32, Feed> = open.map(|feed| (feed.id(), feed)).collect();
        let (mut open, mut ids) = (Vec::new(), HashSet::new());
        self.refused.clear();
        for query in wanted {
            if let Err(problem) = check(caller, &query, open.len(), ids.insert(query.id)) {
                self.refused.push_back(Points {
                    id: query.id,
                    outcome: Outcome::Failed(problem),
                    tip: None,
                });
                continue;
            }
            let known = known.remove(&query.id);
            let known = known.filter(|feed| feed.answers(&query));
            open.push(known.unwrap_or_else(|| Feed::open(&self.queries, query)));
        }
        self.open = open.into_iter().collect();
    }

    /// What is new. Nothing is lost when it is not waited for to the end.
    pub(super) async fn next(&mut self) -> Points {
        if let Some(refused) = self.refused.pop_front() {
            return refused;
        }
        match self.open.next().await {
            Some(points) => points,
            None => std::future::pending().await,
        }
    }
}

fn check(caller: &Caller, query: &LiveQuery, before: usize, is_first: bool) -> Result<(), Problem> {
    caller.require(Role::Viewer)?;
    let why = match () {
        () if !is_first => format!("the number {} is given to several queries", query.id),
        () if before >= MOST_QUERIES => {
            format!("a page looks at {MOST_QUERIES} queries at the most, and this one is beyond")
        }
        () if !grid::is_step(query.step_ms) => format!(
            "points cannot be {} ms apart: a live query has a step of a second to thirty years",
            query.step_ms
        ),
        () => return Ok(()),
    };
    Err(Problem::invalid(why))
}

#[cfg(test)]
mod tests;
