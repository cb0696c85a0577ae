//! A task for each configured check: begun, left and replaced as the configuration says.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use checks::{Check, CommandSpec, Fault, Host, Outcome};
use model::{Clock, Labels, Launch, LaunchError, Process};
use rand::Rng;
use tokio::sync::Notify;
use tokio::task::{Id, JoinSet};
use tokio_util::sync::CancellationToken;

use super::{CheckService, store};
use crate::alerts::AlertService;
use crate::config::{CheckConfig, Config};
use crate::dependencies::Graph;
use crate::hidden;
use crate::metrics::SampleLog;
use crate::reload::Current;
use supervisor::Supervisor;

/// Before what could not be begun is tried again.
const PAUSE: Duration = Duration::from_secs(10);
/// By which share of its interval a check comes earlier or later than its turn, so that not all come at once.
const JITTER: f64 = 0.1;

/// What running checks needs.
pub(crate) struct Runs {
    pub(crate) checks: Arc<CheckService>,
    pub(crate) alerts: Arc<AlertService>,
    pub(crate) samples: Arc<SampleLog>,
    pub(crate) supervisor: Arc<Supervisor>,
    pub(crate) clock: Arc<dyn Clock>,
}

/// A check that is being run.
struct Running {
    config: CheckConfig,
    server: Option<String>,
    stop: CancellationToken,
    task: Id,
}

impl Runs {
    /// Keeps to the configuration until told to stop.
    pub(crate) async fn run(self, mut config: Current, stop: CancellationToken) {
        let mut running: Vec<Running> = Vec::new();
        let mut tasks = JoinSet::new();
        while !stop.is_cancelled() {
            let wanted = config.borrow_and_update().clone();
            let graph = Graph::of(&wanted);
            let is_wanted = |one: &Running| {
                wanted.checks.contains(&one.config)
                    && belongs_to(&graph, &one.config.name) == one.server
            };
            let (staying, leaving): (Vec<_>, Vec<_>) =
                running.iter().partition(|one| is_wanted(one));
            let left: Vec<String> = leaving.iter().map(|one| one.config.name.clone()).collect();
            leaving.iter().for_each(|one| one.stop.cancel());
            let staying = staying.len();
            while running.len() > staying && joined(&mut tasks, &mut running).await {}
            self.end(&wanted, left).await;
            let mut is_whole = true;
            for check in &wanted.checks {
                if running.iter().any(|one| one.config.name == check.name) {
                    continue;
                }
                let server = belongs_to(&graph, &check.name);
                let run_now = match self.checks.put(check, server.clone()).await {
                    Ok(run_now) => run_now,
                    Err(error) => {
                        tracing::error!(%error, check = check.name, "it cannot be run yet");
                        is_whole = false;
                        continue;
                    }
                };
                let own_stop = stop.child_token();
                let task = self.task(check.clone(), run_now, own_stop.clone());
                running.push(Running {
                    config: check.clone(),
                    server,
                    stop: own_stop,
                    task: tasks.spawn(task).id(),
                });
            }
            let next = async {
                tokio::select! {
                    Ok(()) = config.changed() => {}
                    true = joined(&mut tasks, &mut running) => {}
                    () = tokio::time::sleep(PAUSE), if !is_whole => {}
                    else => std::future::pending().await,
                }
            };
            stop.run_until_cancelled(next).await;
        }
        while joined(&mut tasks, &mut running).await {}
    }

    /// Ends the series and alerts of checks that have been left: some are configured otherwise from now on, and
    /// some no more, also since the product last ran.
    async fn end(&self, wanted: &Config, left: Vec<String>) {
        let is_wanted = |name: &String| wanted.checks.iter().any(|check| check.name == *name);
        let known = store::names(&self.checks.db).await.unwrap_or_else(|error| {
            tracing::error!(error = %error, "checks of earlier runs are not known");
            Vec::new()
        });
        let mut over: BTreeSet<String> =
            known.into_iter().filter(|name| !is_wanted(name)).collect();
        over.extend(left);
        if over.is_empty() {
            return;
        }
        for name in over.iter().filter(|name| !is_wanted(name)) {
            self.checks.remove(name).await;
        }
        // Those with a server are tool checks, which are another's.
        let is_over =
            |labels: &Labels| labels.get("server").is_empty() && over.contains(labels.get("check"));
        if let Err(problem) = self.samples.end(is_over).await {
            tracing::warn!(%problem, "what was seen of former checks may be taken for news");
        }
        let why = "this check is no longer configured so";
        self.alerts.retire(is_over, why).await;
    }

    /// Runs a check at once, then at each of its turns and whenever it is asked for.
    fn task(
        &self,
        config: CheckConfig,
        run_now: Arc<Notify>,
        stop: CancellationToken,
    ) -> impl Future<Output = ()> + use<> {
        let launcher = |spec: &CommandSpec| self.launcher(spec);
        let host = Host {
            clock: self.clock.clone(),
            launcher: &launcher,
        };
        let check = config.spec.check(&host);
        let (checks, clock) = (self.checks.clone(), self.clock.clone());
        async move {
            loop {
                let looked = look(&check, &config);
                let Some(outcome) = stop.run_until_cancelled(looked).await else {
                    return;
                };
                let pause = config
                    .every
                    .mul_f64(1.0 + rand::rng().random_range(-JITTER..=JITTER));
                let next_ms = clock.now_ms() + i64::try_from(pause.as_millis()).unwrap_or_default();
                checks.observe(&config.name, &outcome, next_ms).await;
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = run_now.notified() => {}
                    () = tokio::time::sleep(pause) => {}
                }
            }
        }
    }

    fn launcher(&self, spec: &CommandSpec) -> Arc<dyn Launch> {
        let env = spec.env.iter();
        let inner = self.supervisor.launcher(supervisor::CommandSpec {
            program: spec.program.clone(),
            args: spec.args.clone(),
            env: env
                .map(|(name, value)| (name.clone(), value.expose().to_owned()))
                .collect(),
            cwd: spec.cwd.clone(),
        });
        let env = spec.env.iter();
        let secrets = hidden::given(
            spec.args.iter().map(String::as_str),
            env.map(|(name, value)| (name.as_str(), value.expose())),
        );
        Arc::new(Discreet { inner, secrets })
    }
}

/// Starts a command, and knows which secrets it is given.
struct Discreet {
    inner: Arc<dyn Launch>,
    secrets: Vec<String>,
}

#[async_trait]
impl Launch for Discreet {
    async fn launch(&self) -> Result<Box<dyn Process>, LaunchError> {
        self.inner.launch().await
    }

    fn secrets(&self) -> Vec<String> {
        self.secrets.clone()
    }
}

/// Looks once; a check that cannot be made says why, at each of its turns.
async fn look(check: &Result<Box<dyn Check>, Fault>, config: &CheckConfig) -> Outcome {
    match check {
        Ok(check) => checks::run(check.as_ref(), config.slow, config.timeout).await,
        Err(fault) => Outcome {
            level: checks::Level::Unhealthy,
            summary: format!("{fault}."),
            action: fault.action().to_owned(),
            seconds: 0.0,
            value: None,
            error: None,
        },
    }
}

/// The only server that depends on a check; none where there are several or none.
fn belongs_to(graph: &Graph, check: &str) -> Option<String> {
    let mut dependents = graph.dependents(check);
    let first = dependents.next()?;
    dependents.next().is_none().then(|| first.clone())
}

/// Waits for the end of a check's task; whether there was one. One that has panicked takes this task with it, so
/// that the product notices.
async fn joined(tasks: &mut JoinSet<()>, running: &mut Vec<Running>) -> bool {
    let Some(ended) = tasks.join_next_with_id().await else {
        return false;
    };
    let id = match ended {
        Ok((id, ())) => id,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(aborted) => aborted.id(),
    };
    running.retain(|one| one.task != id);
    true
}
