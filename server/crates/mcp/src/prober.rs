//! One probe after the other over one session: sets it up when there is none, asks, and turns what
//! happened into an observation.

mod checks;

use std::sync::Arc;
use std::time::Duration;

use model::{Clock, TimestampMs};
use tokio::time::Instant;

use crate::backoff::Backoff;
use crate::config::Endpoint;
use crate::inspect::Findings;
use crate::observation::{Era, Observation, Step, StepResult};
use crate::running::Running;
use crate::schedule::Schedule;
use crate::session::{Attempt, Link, Session};
use crate::verdict::{Facts, judge};
use crate::{
    CheckResult, Config, Failure, Level, Protocol, Reason, Target, Tool, Verdict, http, stdio,
};

/// After so many probes in a row without an answer the session is given up, and with it a process
/// that hangs.
const MUTE_LIMIT: u32 = 3;

/// Shortest time from the end of one probe to the start of the next.
const BREATH: Duration = Duration::from_millis(100);

pub(crate) struct Prober {
    target: Target,
    config: Config,
    clock: Arc<dyn Clock>,
    session: Option<Session>,
    /// A session that is over, still to be ended in an orderly way.
    leaving: Option<Session>,
    /// The HTTP client: made once, for it holds the certificates this machine trusts.
    endpoint: Option<http::Endpoint>,
    /// The era to speak next; `None` asks the server.
    era: Option<Era>,
    /// Processes started, or HTTP sessions set up.
    setups: u32,
    backoff: Backoff,
    checks: Schedule,
    last: Last,
}

/// What the last probe came to: the verdict after a check is made of it, too.
#[derive(Default)]
struct Last {
    steps: Vec<StepResult>,
    tools: Option<usize>,
}

impl Prober {
    pub(crate) fn new(mut target: Target, config: Config, clock: Arc<dyn Clock>) -> Self {
        Self {
            checks: Schedule::new(std::mem::take(&mut target.checks)),
            last: Last::default(),
            target,
            config,
            clock,
            session: None,
            leaving: None,
            endpoint: None,
            era: None,
            setups: 0,
            backoff: Backoff::default(),
        }
    }

    /// One probe; also says how long to wait before the next. `anew` lists the tools even if the
    /// server lets the last list be kept.
    pub(crate) async fn probe(&mut self, anew: bool) -> (Observation, Duration) {
        let at_ms = self.clock.now_ms();
        let began = Instant::now();
        let mut steps = match self.session {
            Some(_) => Vec::new(),
            None => self.connect().await,
        };
        let tools = self.ask(&mut steps, anew).await;
        self.observe(at_ms, began.elapsed(), steps, tools)
    }

    /// Returns when the process of the session has ended; never if there is none.
    pub(crate) async fn exited(&self) {
        match self.process() {
            Some(process) => {
                process.exited().await;
            }
            None => std::future::pending().await,
        }
    }

    /// The observation for a process that has ended between two probes.
    pub(crate) async fn loss(&mut self) -> (Observation, Duration) {
        let at_ms = self.clock.now_ms();
        let mut steps = Vec::new();
        if let Some(process) = self.process() {
            let outcome = Err(process.loss().await);
            steps.push(StepResult {
                step: Step::Process,
                outcome,
                duration_seconds: 0.0,
                kept: None,
            });
        }
        self.give_up();
        self.observe(at_ms, Duration::ZERO, steps, None)
    }

    /// Ends a session that is over; takes bounded time.
    pub(crate) async fn tidy(&mut self) {
        if let Some(session) = self.leaving.take() {
            session.end().await;
        }
    }

    /// Ends everything; takes bounded time.
    pub(crate) async fn end(mut self) {
        self.tidy().await;
        if let Some(session) = self.session.take() {
            session.end().await;
        }
    }

    fn process(&self) -> Option<&Running> {
        match &self.session.as_ref()?.link {
            Link::Process(process) => Some(process),
            Link::Http(_) => None,
        }
    }

    fn give_up(&mut self) {
        self.leaving = self.session.take();
        if let Some(session) = &self.leaving {
            self.backoff.up_for(session.since.elapsed(), &self.config);
        }
    }

    async fn connect(&mut self) -> Vec<StepResult> {
        let asked = match self.target.protocol {
            Protocol::Auto => self.era,
            Protocol::Legacy => Some(Era::Legacy),
            Protocol::Modern => Some(Era::Modern),
        };
        let attempt = match &self.target.endpoint {
            Endpoint::Stdio(launch) => {
                stdio::connect(launch.as_ref(), &self.config, self.clock.as_ref(), asked).await
            }
            Endpoint::Http {
                url,
                headers,
                oauth,
                transport,
            } => {
                if self.endpoint.is_none() {
                    let (oauth, transport) = (oauth.as_ref(), *transport);
                    match http::Endpoint::new(url, headers, oauth, transport, &self.config) {
                        Ok(endpoint) => self.endpoint = Some(endpoint),
                        Err(failure) => {
                            return vec![StepResult {
                                step: Step::Transport,
                                outcome: Err(failure),
                                duration_seconds: 0.0,
                                kept: None,
                            }];
                        }
                    }
                }
                match &self.endpoint {
                    Some(endpoint) => endpoint.connect(&self.config, asked).await,
                    None => return Vec::new(),
                }
            }
        };
        self.take_note(attempt, asked)
    }

    fn take_note(&mut self, attempt: Attempt, asked: Option<Era>) -> Vec<StepResult> {
        let Attempt {
            steps,
            session,
            era_unanswered,
        } = attempt;
        let started = steps
            .iter()
            .any(|step| step.step == Step::Process && step.outcome.is_ok());
        let over_http = matches!(self.target.endpoint, Endpoint::Http { .. });
        if started || (over_http && session.is_some()) {
            self.setups = self.setups.saturating_add(1);
        }
        self.era = match &session {
            Some(session) => Some(session.identity.era),
            // A server that takes no question before `initialize` may be an old one. If that was
            // wrong as well, the question is asked again.
            None => (asked.is_none() && era_unanswered).then_some(Era::Legacy),
        };
        if session.is_some() {
            self.checks.wake();
        }
        self.session = session;
        steps
    }

    /// Asks over the session, if there is one; the tools if they could be listed.
    async fn ask(&mut self, steps: &mut Vec<StepResult>, anew: bool) -> Option<Tools> {
        let session = self.session.as_mut()?;
        let limit = self.config.timeout;
        let mut trouble = None;
        let mut tools = None;

        let began = Instant::now();
        let greeted = session.greet(limit).await.err();
        let failure = greeted.as_ref().map(|trouble| trouble.failure.clone());
        steps.push(asked(session.greeting(), failure, began));
        // An error for an answer is an answer; after silence there is no point in going on.
        let go_on = greeted
            .as_ref()
            .is_none_or(|trouble| !trouble.lost && trouble.failure.reason != Reason::Timeout);
        trouble = greeted.or(trouble);
        let kept = session.kept_tools().filter(|_| !anew);
        if go_on && session.offers_tools {
            let began = Instant::now();
            if let Some((count, left)) = kept {
                steps.push(StepResult {
                    step: Step::ListTools,
                    outcome: Ok(()),
                    duration_seconds: 0.0,
                    kept: Some(left),
                });
                tools = Some(Tools::Kept(count));
            } else {
                let total = self.config.interval.max(limit);
                match session.list_tools(limit, total).await {
                    Ok(listed) => {
                        steps.push(asked(Step::ListTools, None, began));
                        tools = Some(Tools::Listed(listed));
                    }
                    Err(error) => {
                        let failure = error.failure.clone();
                        steps.push(asked(Step::ListTools, Some(failure), began));
                        trouble = Some(error);
                    }
                }
            }
        } else if go_on {
            tools = Some(Tools::Listed(Vec::new()));
        }

        let mute = trouble
            .as_ref()
            .is_some_and(|it| it.failure.reason == Reason::Timeout);
        session.mute = if mute { session.mute + 1 } else { 0 };
        if session.mute >= MUTE_LIMIT || trouble.is_some_and(|trouble| trouble.lost) {
            self.give_up();
        }
        tools
    }

    fn observe(
        &mut self,
        at_ms: TimestampMs,
        took: Duration,
        steps: Vec<StepResult>,
        tools: Option<Tools>,
    ) -> (Observation, Duration) {
        let wait = self.wait(took, &steps);
        self.last = Last {
            steps: steps.clone(),
            tools: tools.as_ref().map(Tools::count),
        };
        let tools = tools.and_then(Tools::into_listed);
        (
            self.observation(at_ms, wait, steps, tools, Vec::new()),
            wait,
        )
    }

    fn observation(
        &self,
        at_ms: TimestampMs,
        wait: Duration,
        steps: Vec<StepResult>,
        tools: Option<Vec<Tool>>,
        checks: Vec<CheckResult>,
    ) -> Observation {
        let session = self.session.as_ref();
        let facts = Facts {
            steps: &self.last.steps,
            canaries: self.checks.failures().collect(),
            tools: self.last.tools,
            offers_tools: session.is_some_and(|session| session.offers_tools),
            findings: &session.map_or_else(Findings::default, Session::findings),
            slow: self.config.slow,
        };
        Observation {
            server: self.target.name.clone(),
            at_ms,
            verdict: self.grace(judge(&facts)),
            identity: session.map(|session| session.identity.clone()),
            tools,
            process: self.process().map(Running::info),
            restarts: self.setups.saturating_sub(1),
            next_probe_at_ms: self.after(wait),
            steps,
            checks,
        }
    }

    /// A process that was started a moment ago may not be ready yet: what it leaves unanswered does
    /// not make it down before the time is over that it may take to start.
    fn grace(&self, verdict: Verdict) -> Verdict {
        let may_come = matches!(verdict.reason, Reason::Timeout | Reason::ToolError);
        let age = self.process().map(Running::age);
        match age.filter(|age| *age < self.config.start_timeout) {
            Some(age) if may_come && verdict.level == Level::Unhealthy => Verdict {
                level: Level::Unknown,
                reason: Reason::Starting,
                summary: format!(
                    "Started {} s ago, it may not be ready yet. {}",
                    age.as_secs(),
                    verdict.summary
                ),
                action: verdict.action,
            },
            _ => verdict,
        }
    }

    fn wait(&mut self, took: Duration, steps: &[StepResult]) -> Duration {
        let usual = self.config.interval.saturating_sub(took).max(BREATH);
        if let Some(session) = &self.session {
            self.backoff.up_for(session.since.elapsed(), &self.config);
            return usual;
        }
        let reason = steps
            .last()
            .and_then(|step| step.outcome.as_ref().err())
            .map(|it| it.reason);
        let asked_wrong =
            reason == Some(Reason::EraMismatch) && self.target.protocol == Protocol::Auto;
        let given_up = self.leaving.is_some();
        if asked_wrong || given_up || reason.is_some_and(Reason::may_pass) {
            self.backoff.fail(&self.config)
        } else {
            usual
        }
    }
}

/// The tools of a server.
enum Tools {
    Listed(Vec<Tool>),
    /// Not asked for: the last list still holds, with so many.
    Kept(usize),
}

impl Tools {
    fn count(&self) -> usize {
        match self {
            Self::Listed(tools) => tools.len(),
            Self::Kept(count) => *count,
        }
    }

    fn into_listed(self) -> Option<Vec<Tool>> {
        match self {
            Self::Listed(tools) => Some(tools),
            Self::Kept(_) => None,
        }
    }
}

fn asked(step: Step, failure: Option<Failure>, began: Instant) -> StepResult {
    StepResult {
        step,
        outcome: failure.map_or(Ok(()), Err),
        duration_seconds: began.elapsed().as_secs_f64(),
        kept: None,
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
