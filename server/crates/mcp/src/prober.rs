//! One probe after the other over one session: sets it up when there is none, asks, and turns what
//! happened into an observation.

mod asking;
mod checks;
mod setup;

use std::sync::Arc;
use std::time::Duration;

use model::{Clock, TimestampMs};
use tokio::time::Instant;

use self::asking::Tools;
use crate::backoff::Backoff;
use crate::inspect::Findings;
use crate::observation::{Era, Listing, Observation, Step, StepResult};
use crate::running::Running;
use crate::schedule::Schedule;
use crate::session::{Link, Session};
use crate::starts::Starts;
use crate::verdict::{Facts, judge};
use crate::{CheckResult, Config, Endpoint, Level, Protocol, Reason, Target, Tool, Verdict, http};

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
    /// Where starts of processes wait for their turn.
    starts: Starts,
    /// Processes started, or HTTP sessions set up.
    setups: u32,
    backoff: Backoff,
    checks: Schedule,
    last: Last,
    /// What was listed besides tools, on its way into the observation.
    listed: Vec<Listing>,
}

/// What the last probe came to: the verdict after a check is made of it, too.
#[derive(Default)]
struct Last {
    steps: Vec<StepResult>,
    tools: Option<usize>,
}

impl Prober {
    pub(crate) fn new(
        mut target: Target,
        config: Config,
        clock: Arc<dyn Clock>,
        starts: Starts,
    ) -> Self {
        Self {
            checks: Schedule::new(std::mem::take(&mut target.checks)),
            last: Last::default(),
            listed: Vec::new(),
            backoff: Backoff::new(&target.name),
            target,
            config,
            clock,
            session: None,
            leaving: None,
            endpoint: None,
            era: None,
            starts,
            setups: 0,
        }
    }

    /// One probe; also says how long to wait before the next. `anew` lists the tools even if the
    /// server lets the last list be kept.
    pub(crate) async fn probe(&mut self, anew: bool) -> (Observation, Duration) {
        let place = match (&self.session, &self.target.endpoint) {
            (None, Endpoint::Stdio(_)) => Some(self.starts.place().await),
            _ => None,
        };
        let at_ms = self.clock.now_ms();
        let began = Instant::now();
        let mut steps = match self.session {
            Some(_) => Vec::new(),
            None => self.connect(place).await,
        };
        let tools = self.ask(&mut steps, anew).await;
        self.observe(at_ms, began.elapsed(), steps, tools)
    }

    /// The session, while there is one.
    pub(crate) fn session(&self) -> Option<&Session> {
        self.session.as_ref()
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
        let listed = std::mem::take(&mut self.listed);
        let seen = self.observation(at_ms, wait, steps, tools, Vec::new());
        (Observation { listed, ..seen }, wait)
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
            listed: Vec::new(),
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

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
