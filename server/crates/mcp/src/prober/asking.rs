//! What each probe asks over the session: whether the server is there, and which tools it has.

use tokio::time::Instant;

use super::{MUTE_LIMIT, Prober};
use crate::observation::{Failure, Step, StepResult};
use crate::{Reason, Tool};

/// The tools of a server.
pub(super) enum Tools {
    Listed(Vec<Tool>),
    /// Not asked for: the last list still holds, with so many.
    Kept(usize),
}

impl Tools {
    pub(super) fn count(&self) -> usize {
        match self {
            Self::Listed(tools) => tools.len(),
            Self::Kept(count) => *count,
        }
    }

    pub(super) fn into_listed(self) -> Option<Vec<Tool>> {
        match self {
            Self::Listed(tools) => Some(tools),
            Self::Kept(_) => None,
        }
    }
}

impl Prober {
    /// Asks over the session, if there is one; the tools if they could be listed.
    pub(super) async fn ask(&mut self, steps: &mut Vec<StepResult>, anew: bool) -> Option<Tools> {
        let session = self.session.as_mut()?;
        let limit = self.config.timeout;
        let mut tools = None;

        let began = Instant::now();
        let mut trouble = session.greet(limit).await.err();
        let failure = trouble.as_ref().map(|trouble| trouble.failure.clone());
        steps.push(asked(session.greeting(), failure, began));
        // An error for an answer is an answer; after silence there is no point in going on.
        let go_on = trouble
            .as_ref()
            .is_none_or(|trouble| !trouble.lost && trouble.failure.reason != Reason::Timeout);
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

        if go_on && trouble.is_none() {
            self.listed = session.list_others(limit, anew).await;
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
}

fn asked(step: Step, failure: Option<Failure>, began: Instant) -> StepResult {
    StepResult {
        step,
        outcome: failure.map_or(Ok(()), Err),
        duration_seconds: began.elapsed().as_secs_f64(),
        kept: None,
    }
}
