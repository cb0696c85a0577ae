//! A watch for each configured server: begun, left and replaced as the configuration says.

use std::collections::BTreeSet;
use std::sync::Arc;

use mcp::{Observation, Target, Watch};
use model::Clock;
use supervisor::{CommandSpec, Supervisor};
use tokio::sync::mpsc;
use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::alerts::AlertService;
use crate::config::{Config, Endpoint, ServerConfig};
use crate::fleet::Fleet;
use crate::metrics::SampleLog;
use crate::reload::Current;

/// What watches need.
pub(crate) struct Watches {
    /// The product itself, which is always watched.
    pub(crate) own: ServerConfig,
    /// Cancelled when the doors close: the product is not down only because nobody may come in any more.
    pub(crate) closing: CancellationToken,
    pub(crate) supervisor: Arc<Supervisor>,
    pub(crate) fleet: Arc<Fleet>,
    pub(crate) samples: Arc<SampleLog>,
    pub(crate) alerts: Arc<AlertService>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) observations: mpsc::Sender<Observation>,
}

/// A server that is being watched.
struct Running {
    server: ServerConfig,
    probe: mcp::Config,
    stop: CancellationToken,
    task: Id,
}

impl Watches {
    /// Keeps to the configuration until told to stop; over when the last child is.
    pub(crate) async fn run(self, mut config: Current, stop: CancellationToken) {
        let mut running = Vec::new();
        let mut tasks = JoinSet::new();
        while !stop.is_cancelled() {
            let wanted = config.borrow_and_update().clone();
            self.leave(&wanted, &mut running, &mut tasks).await;
            self.begin(&wanted, &mut running, &mut tasks, &stop).await;
            let changed = async {
                loop {
                    tokio::select! {
                        Ok(()) = config.changed() => return,
                        Some(ended) = tasks.join_next_with_id() => {
                            let ended = id(ended);
                            running.retain(|one: &Running| one.task != ended);
                        }
                        else => return std::future::pending().await,
                    }
                }
            };
            stop.run_until_cancelled(changed).await;
        }
        while let Some(ended) = tasks.join_next_with_id().await {
            id(ended);
        }
        self.supervisor.drained().await;
    }

    /// Ends the watches of servers that are configured no more or otherwise.
    async fn leave(&self, wanted: &Config, running: &mut Vec<Running>, tasks: &mut JoinSet<()>) {
        let is_wanted = |one: &mut Running| {
            let is_listed = one.server == self.own || wanted.servers.contains(&one.server);
            is_listed && one.probe == wanted.probe
        };
        let leaving: Vec<Running> = running.extract_if(.., |one| !is_wanted(one)).collect();
        if leaving.is_empty() {
            return;
        }
        leaving.iter().for_each(|one| one.stop.cancel());
        let mut awaited: BTreeSet<Id> = leaving.iter().map(|one| one.task).collect();
        while !awaited.is_empty()
            && let Some(ended) = tasks.join_next_with_id().await
        {
            awaited.remove(&id(ended));
        }
        let names = leaving.iter().map(|one| one.server.name.as_str());
        let is_gone = |name: &str| wanted.servers.iter().all(|server| server.name != name);
        let gone: BTreeSet<&str> = names
            .filter(|name| *name != self.own.name && is_gone(name))
            .collect();
        gone.iter().for_each(|name| self.fleet.remove(name));
        let is_over = |labels: &model::Labels| gone.contains(labels.get("server"));
        if !gone.is_empty()
            && let Err(problem) = self.samples.end(is_over).await
        {
            tracing::warn!(%problem, "what was seen of former servers may be taken for news");
        }
        self.alerts.retire(|name| self.fleet.knows(name)).await;
        self.fleet.tell_all();
    }

    /// Begins to watch what is not watched yet.
    async fn begin(
        &self,
        wanted: &Config,
        running: &mut Vec<Running>,
        tasks: &mut JoinSet<()>,
        stop: &CancellationToken,
    ) {
        let mut has_begun = false;
        for server in wanted.servers.iter().chain([&self.own]) {
            if running.iter().any(|one| one.server.name == server.name) {
                continue;
            }
            if let Err(error) = self.fleet.put(server).await {
                tracing::error!(%error, server = server.name, "a server cannot be watched");
                continue;
            }
            let stop = match server.name == self.own.name {
                true => self.closing.child_token(),
                false => stop.child_token(),
            };
            let task = tasks.spawn(self.watch(server, &wanted.probe, stop.clone()));
            running.push(Running {
                server: server.clone(),
                probe: wanted.probe.clone(),
                stop,
                task: task.id(),
            });
            has_begun = true;
        }
        if has_begun {
            self.fleet.tell_all();
        }
    }

    /// Watches a server, once there is consent to start it.
    fn watch(
        &self,
        server: &ServerConfig,
        probe: &mcp::Config,
        stop: CancellationToken,
    ) -> impl Future<Output = ()> + use<> {
        let target = Target {
            name: server.name.clone(),
            endpoint: endpoint(&server.endpoint, &self.supervisor),
            protocol: server.protocol,
        };
        let signals = self.fleet.signals(&server.name);
        let observations = self.observations.clone();
        let watch = Watch::new(target, probe.clone(), self.clock.clone(), observations);
        async move {
            let Some((signals, waits)) = signals else {
                return;
            };
            let consent = signals.approved.notified();
            if waits && stop.run_until_cancelled(consent).await.is_none() {
                return;
            }
            watch.run(signals.probe_now, stop).await;
        }
    }
}

/// Which task has ended; one that has panicked takes this one with it, so that the product notices.
fn id(ended: Result<(Id, ()), JoinError>) -> Id {
    match ended.map_err(JoinError::try_into_panic) {
        Ok((id, ())) => id,
        Err(Ok(panic)) => std::panic::resume_unwind(panic),
        Err(Err(aborted)) => aborted.id(),
    }
}

fn endpoint(endpoint: &Endpoint, supervisor: &Arc<Supervisor>) -> mcp::Endpoint {
    match endpoint {
        Endpoint::Stdio { command } => {
            let env = command
                .env
                .iter()
                .map(|(name, value)| (name.clone(), value.expose().to_owned()));
            mcp::Endpoint::Stdio(supervisor.launcher(CommandSpec {
                program: command.program.clone(),
                args: command.args.clone(),
                env: env.collect(),
                cwd: command.cwd.clone(),
            }))
        }
        Endpoint::Http { url, headers } => mcp::Endpoint::Http {
            url: url.clone(),
            headers: headers
                .iter()
                .map(|(name, value)| (name.clone(), value.expose().to_owned()))
                .collect(),
        },
    }
}
