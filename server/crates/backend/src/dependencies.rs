//! What hangs on what, and what a failure reaches: servers that are affected, and alerts that are held.

mod callers;
mod graph;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use model::{Clock, Labels, TimestampMs};
use wire::{
    Caller, Level, MapNode, Metrics, NodeKind, Problem, RangeQuery, Role, Series, Servers as _,
};

use crate::checks::{CheckService, Standing};
use crate::fleet::Fleet;
use crate::reload::Current;

pub(crate) use graph::Graph;

/// Why something is affected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Affected {
    /// What fails of that on which it depends, at the root of it; never empty.
    pub(crate) by: Vec<String>,
    /// Since when the first of them fails.
    pub(crate) since_ms: TimestampMs,
}

impl Affected {
    /// Why nobody is called now.
    fn reason(&self) -> String {
        match self.by.as_slice() {
            [one] => format!("its dependency {one} is down"),
            several => format!("its dependencies {} are down", several.join(", ")),
        }
    }
}

/// Dependencies as configured, and what they come to now.
pub(crate) struct DependencyService {
    config: Current,
    fleet: Arc<Fleet>,
    checks: Arc<CheckService>,
    metrics: Arc<dyn Metrics>,
    clock: Arc<dyn Clock>,
    affected: RwLock<BTreeMap<String, Affected>>,
}

impl DependencyService {
    pub(crate) fn new(
        config: Current,
        fleet: Arc<Fleet>,
        checks: Arc<CheckService>,
        (metrics, clock): (Arc<dyn Metrics>, Arc<dyn Clock>),
    ) -> Self {
        Self {
            config,
            fleet,
            checks,
            metrics,
            clock,
            affected: RwLock::default(),
        }
    }

    /// Finds out anew what is affected, and tells the rows of servers; those for which something has changed.
    pub(crate) fn refresh(&self) -> Vec<String> {
        let graph = Graph::of(&self.config.borrow());
        let next = match graph.is_empty() {
            true => BTreeMap::new(),
            false => self.find(&graph),
        };
        let changed = {
            let mut affected = self
                .affected
                .write()
                .unwrap_or_else(PoisonError::into_inner);
            let names = affected.keys().chain(next.keys());
            let mut changed: Vec<String> = names
                .filter(|name| affected.get(*name) != next.get(*name))
                .cloned()
                .collect();
            changed.sort();
            changed.dedup();
            affected.clone_from(&next);
            changed
        };
        // Rows that were replaced meanwhile know nothing of it.
        self.fleet.affect(&next);
        changed
    }

    /// Calls of clients, all and those that failed.
    async fn calls(&self, caller: &Caller) -> Result<(Vec<Series>, Vec<Series>), Problem> {
        let [all, failed] = callers::QUERIES;
        let all = self.newest(caller, all).await?;
        Ok((all, self.newest(caller, failed).await?))
    }

    /// What an expression yields now.
    async fn newest(&self, caller: &Caller, expr: &str) -> Result<Vec<Series>, Problem> {
        let now_ms = self.clock.now_ms();
        let query = RangeQuery {
            expr: expr.to_owned(),
            from_ms: now_ms,
            to_ms: now_ms,
            step_ms: 1_000,
        };
        self.metrics.range(caller, query).await
    }

    fn find(&self, graph: &Graph) -> BTreeMap<String, Affected> {
        let mut standings = self.checks.standings();
        standings.extend(self.fleet.standings());
        let failed = |name: &str| {
            let standing = standings.get(name)?;
            (standing.level == Level::Unhealthy).then_some(standing.since_ms)
        };
        let affected = graph.affected(|name| failed(name).is_some());
        let with_times = affected.into_iter().map(|(name, roots)| {
            let since_ms = roots
                .iter()
                .filter_map(|root| failed(root))
                .min()
                .unwrap_or_default();
            let by = roots.into_iter().collect();
            (name, Affected { by, since_ms })
        });
        with_times.collect()
    }

    /// The server that an alert with these labels is about. What a check says of itself is about no server: it is
    /// the reason why others are held.
    pub(crate) fn about<'a>(&self, labels: &'a Labels) -> Option<&'a str> {
        match self.checks.knows(labels.get("check")) {
            true => None,
            false => Some(labels.get("server")),
        }
    }

    /// What a server depends on, and what depends on it, near and far.
    pub(crate) fn around(&self, server: &str) -> (BTreeSet<String>, BTreeSet<String>) {
        let graph = Graph::of(&self.config.borrow());
        let reached = |next: &dyn Fn(&str) -> Vec<String>| {
            let (mut found, mut left) = (BTreeSet::new(), next(server));
            while let Some(name) = left.pop() {
                if name != server && found.insert(name.clone()) {
                    left.extend(next(&name));
                }
            }
            found
        };
        let above = reached(&|name| graph.depends_on(name).cloned().collect());
        let below = reached(&|name| graph.dependents(name).cloned().collect());
        (above, below)
    }

    /// Why an alert with these labels is held; empty where it is not.
    pub(crate) fn held(&self, labels: &Labels) -> String {
        let affected = self.affected.read().unwrap_or_else(PoisonError::into_inner);
        let why = self.about(labels).and_then(|server| affected.get(server));
        why.map(Affected::reason).unwrap_or_default()
    }
}

#[async_trait]
impl wire::Dependencies for DependencyService {
    async fn map(&self, caller: &Caller) -> Result<Vec<MapNode>, Problem> {
        caller.require(Role::Viewer)?;
        let graph = Graph::of(&self.config.borrow());
        let depends_on = |name: &str| graph.depends_on(name).cloned().collect();
        let servers = self
            .fleet
            .list(caller)
            .await?
            .into_iter()
            .map(|server| MapNode {
                depends_on: depends_on(&server.name),
                name: server.name,
                kind: NodeKind::Server,
                what: server.transport.as_str().to_owned(),
                level: server.verdict.level,
                summary: server.verdict.summary,
                since_ms: server.verdict.since_ms,
                affected_by: server.affected_by,
                calls: Vec::new(),
                find: String::new(),
            });
        let standings: BTreeMap<String, Standing> = self.checks.standings();
        let checks = self.checks.rows().into_iter().map(|row| MapNode {
            level: standings
                .get(&row.name)
                .map(|standing| standing.level)
                .unwrap_or_default(),
            depends_on: Vec::new(),
            name: row.name,
            kind: NodeKind::Check,
            what: row.kind,
            summary: row.summary,
            since_ms: row.since_ms,
            affected_by: Vec::new(),
            calls: Vec::new(),
            find: String::new(),
        });
        let mut nodes: Vec<_> = servers.chain(checks).collect();
        nodes.sort_by(|a, b| a.name.cmp(&b.name));
        let watched = nodes.iter().filter(|node| node.kind == NodeKind::Server);
        let watched: BTreeSet<&str> = watched.map(|node| node.name.as_str()).collect();
        let clients = match self.calls(caller).await {
            Ok((all, failed)) => callers::callers(&all, &failed, &watched),
            Err(problem) => {
                tracing::warn!(%problem, "the map is without clients: their calls could not be asked for");
                Vec::new()
            }
        };
        nodes.extend(clients);
        Ok(nodes)
    }
}
