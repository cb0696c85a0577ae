//! A watch for each configured server: begun, left and replaced as the configuration says.

use std::sync::Arc;
use std::time::Duration;

use mcp::{Observation, Target, Watch};
use model::{Clock, Labels};
use supervisor::{CommandSpec, Supervisor};
use tokio::sync::mpsc;
use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::alerts::AlertService;
use crate::config::{Config, Endpoint, Secret, ServerConfig};
use crate::fleet::Fleet;
use crate::hidden;
use crate::launcher::{Book, NotedLaunch, Orders, Relays};
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
    /// What becomes of each start.
    pub(crate) launches: Arc<Book>,
    /// What stands between a server and clients over HTTP.
    pub(crate) relays: Arc<Relays>,
    /// What people ordered.
    pub(crate) orders: Arc<Orders>,
    pub(crate) samples: Arc<SampleLog>,
    pub(crate) alerts: Arc<AlertService>,
    pub(crate) clock: Arc<dyn Clock>,
    /// Where starts wait for their turn.
    pub(crate) starts: mcp::Starts,
    pub(crate) observations: mpsc::Sender<Observation>,
}

/// Before what could not be begun is tried again.
const PAUSE: Duration = Duration::from_secs(10);

/// A server that is being watched.
struct Running {
    server: ServerConfig,
    probe: mcp::Config,
    stop: CancellationToken,
    task: Id,
}

/// What is watched now.
#[derive(Default)]
struct All {
    running: Vec<Running>,
    tasks: JoinSet<()>,
}

impl Watches {
    /// Keeps to the configuration until told to stop; over when the last child is.
    pub(crate) async fn run(self, mut config: Current, stop: CancellationToken) {
        let mut all = All::default();
        while !stop.is_cancelled() {
            let wanted = config.borrow_and_update().clone();
            self.leave(&wanted, &mut all).await;
            self.relays.keep_to(&wanted.servers);
            let is_whole = self.begin(&wanted, &mut all, &stop).await;
            let next = async {
                tokio::select! {
                    Ok(()) = config.changed() => {}
                    () = self.orders.given() => {}
                    () = all.ended() => {}
                    () = tokio::time::sleep(PAUSE), if !is_whole => {}
                    else => std::future::pending().await,
                }
            };
            stop.run_until_cancelled(next).await;
        }
        while all.joined().await {}
        self.supervisor.drained().await;
    }

    /// Ends the watches of servers that are configured no more or otherwise, that somebody stopped, or that are
    /// to begin again.
    async fn leave(&self, wanted: &Config, all: &mut All) {
        let ended = self.orders.take();
        let is_stopped = |name: &str| self.fleet.is_stopped(name);
        let is_wanted = |one: &Running| {
            let is_listed = one.server == self.own || wanted.servers.contains(&one.server);
            let name = &one.server.name;
            is_listed && one.probe == wanted.probe && !ended.contains(name) && !is_stopped(name)
        };
        let leaves = |one: &&Running| is_stopped(&one.server.name);
        let stopped = all.running.iter().filter(leaves);
        let stopped: Vec<String> = stopped.map(|one| one.server.name.clone()).collect();
        let leaving = all.running.iter().filter(|one| !is_wanted(one));
        let leaving: Vec<Id> = leaving
            .inspect(|one| one.stop.cancel())
            .map(|one| one.task)
            .collect();
        while all.running.iter().any(|one| leaving.contains(&one.task)) && all.joined().await {}
        let again = ended.iter().filter(|name| !is_stopped(name));
        again.for_each(|name| self.fleet.begins_anew(name));
        self.rest(&stopped).await;

        let is_gone = |name: &String| {
            *name != self.own.name && wanted.servers.iter().all(|server| server.name != *name)
        };
        let gone: Vec<String> = self.fleet.names().into_iter().filter(is_gone).collect();
        gone.iter().for_each(|name| self.fleet.remove(name));
        if gone.is_empty() && leaving.is_empty() {
            return;
        }
        self.launches.keep(|name| !gone.iter().any(|it| it == name));
        // Of a server that stays, a check may have gone.
        self.end_samples(|labels| {
            gone.iter().any(|name| name == labels.get("server")) || !has_check(wanted, labels)
        })
        .await;
        retire(&self.alerts, &self.fleet, wanted).await;
        self.fleet.tell_all();
    }

    /// Nobody is called for a server that somebody stopped, and what was seen of it is no news.
    async fn rest(&self, stopped: &[String]) {
        if !stopped.is_empty() {
            let is_one = |labels: &Labels| stopped.iter().any(|name| name == labels.get("server"));
            self.end_samples(is_one).await;
            self.alerts.retire(is_one, "this server was stopped").await;
        }
    }

    async fn end_samples(&self, is_over: impl Fn(&Labels) -> bool) {
        if let Err(problem) = self.samples.end(is_over).await {
            tracing::warn!(%problem, "what was seen of former servers may be taken for news");
        }
    }

    /// Begins to watch what is not watched yet; whether nothing is missing then.
    async fn begin(&self, wanted: &Config, all: &mut All, stop: &CancellationToken) -> bool {
        let (mut has_begun, mut is_whole) = (false, true);
        for server in wanted.servers.iter().chain([&self.own]) {
            if (all.running.iter()).any(|one| one.server.name == server.name) {
                continue;
            }
            if let Err(error) = self.fleet.put(server).await {
                tracing::error!(%error, server = server.name, "it cannot be watched yet");
                is_whole = false;
                continue;
            }
            if self.fleet.is_stopped(&server.name) {
                continue;
            }
            let stop = match server.name == self.own.name {
                true => self.closing.child_token(),
                false => stop.child_token(),
            };
            let task = self.watch(server, &wanted.probe, stop.clone());
            all.running.push(Running {
                server: server.clone(),
                probe: wanted.probe.clone(),
                stop,
                task: all.tasks.spawn(task).id(),
            });
            has_begun = true;
        }
        if has_begun {
            self.fleet.tell_all();
        }
        is_whole
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
            endpoint: self.endpoint(server, &stop),
            protocol: server.protocol,
            checks: server.checks.clone(),
        };
        let signals = self.fleet.signals(&server.name);
        let observations = self.observations.clone();
        let (clock, starts) = (self.clock.clone(), self.starts.clone());
        let watch = Watch::new(target, probe.clone(), clock, starts, observations);
        async move {
            let Some((signals, waits)) = signals else {
                return;
            };
            let consent = signals.approved.notified();
            if waits && stop.run_until_cancelled(consent).await.is_none() {
                return;
            }
            watch.run(signals.probe_now, signals.line, stop).await;
        }
    }

    fn endpoint(&self, server: &ServerConfig, stop: &CancellationToken) -> mcp::Endpoint {
        let shown = |(name, value): (&String, &Secret)| (name.clone(), value.expose().to_owned());
        match &server.endpoint {
            Endpoint::Stdio {
                command,
                serve_http,
            } => {
                let env = command.env.iter();
                let secrets = hidden::given(
                    command.args.iter().map(String::as_str),
                    env.map(|(name, value)| (name.as_str(), value.expose())),
                );
                let spec = CommandSpec {
                    program: command.program.clone(),
                    args: command.args.clone(),
                    env: command.env.iter().map(shown).collect(),
                    cwd: command.cwd.clone(),
                };
                let noted = Arc::new(NotedLaunch {
                    server: server.name.clone(),
                    book: self.launches.clone(),
                    inner: self.supervisor.launcher(spec),
                    secrets: secrets.into(),
                    stop: stop.clone(),
                });
                let relay = self.relays.of(&server.name).filter(|_| *serve_http);
                mcp::Endpoint::Stdio(match relay {
                    Some(relay) => relay.between(noted),
                    None => noted,
                })
            }
            Endpoint::Http {
                url,
                headers,
                oauth,
                transport,
            } => mcp::Endpoint::Http {
                url: url.clone(),
                transport: *transport,
                oauth: oauth.as_ref().map(|oauth| mcp::OAuth {
                    client_id: oauth.client_id.clone(),
                    client_secret: oauth.client_secret.expose().to_owned(),
                    scope: oauth.scope.clone(),
                    token_url: oauth.token_url.clone(),
                }),
                headers: headers
                    .iter()
                    .map(|(name, value)| (name.clone(), value.expose().to_owned()))
                    .collect(),
            },
        }
    }
}

impl All {
    /// Waits for the end of a watch; whether there was one. One that has panicked takes this task with it,
    /// so that the product notices.
    async fn joined(&mut self) -> bool {
        let Some(ended) = self.tasks.join_next_with_id().await else {
            return false;
        };
        let id = match ended.map_err(JoinError::try_into_panic) {
            Ok((id, ())) => id,
            Err(Ok(panic)) => std::panic::resume_unwind(panic),
            Err(Err(aborted)) => aborted.id(),
        };
        self.running.retain(|one| one.task != id);
        true
    }

    /// The same, but never over where there is none.
    async fn ended(&mut self) {
        if !self.joined().await {
            std::future::pending().await
        }
    }
}

/// Ends alerts about servers and checks that are configured no more.
pub(crate) async fn retire(alerts: &AlertService, fleet: &Fleet, config: &Config) {
    let is_gone = |labels: &Labels| {
        let server = labels.get("server");
        !server.is_empty() && !fleet.knows(server)
    };
    let why = "this server is no longer configured";
    alerts.retire(is_gone, why).await;
    let why = "this check is no longer configured";
    alerts
        .retire(|labels| !has_check(config, labels), why)
        .await;
}

/// Whether the tool check that labels name is configured; where they name none, nothing is missing.
fn has_check(config: &Config, labels: &Labels) -> bool {
    let (server, check) = (labels.get("server"), labels.get("check"));
    let known = || config.servers.iter().find(|known| known.name == server);
    let is_it = |known: &mcp::Check| known.name == check;
    // A check without a server is none of a tool.
    check.is_empty() || server.is_empty() || known().is_some_and(|it| it.checks.iter().any(is_it))
}
