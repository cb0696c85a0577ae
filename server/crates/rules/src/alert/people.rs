//! What people do with alerts, and what becomes of it when its time is over.

use model::TimestampMs;

use super::{Alert, Change, State, What};

/// The most steps of one alert; people can add none beyond it.
const MOST_STEPS: usize = 2000;

/// What somebody decides about an alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Takes it.
    Acknowledge {
        /// For whom; empty for oneself.
        owner: String,
        /// Until when; `None` until it ends.
        until_ms: Option<TimestampMs>,
    },
    /// Names who is to see to it, without taking it; empty for nobody.
    Assign {
        /// Who.
        owner: String,
    },
    /// Says something.
    Comment,
    /// Declares it over.
    Resolve,
    /// Takes a resolution back.
    Reopen,
}

/// Why a step cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A pending alert is nobody's yet.
    #[error("this alert is still pending: it can be acknowledged once it fires")]
    Pending,
    /// It is over.
    #[error("this alert is already resolved{}; reopen it first", by(.0))]
    Resolved(String),
    /// It is not over.
    #[error("this alert is not resolved, so there is nothing to reopen")]
    Open,
    /// The same condition has opened another alert since.
    #[error("the same condition has a newer open alert; work that one")]
    Superseded,
    /// Somebody else was first.
    #[error("{0} has already acknowledged this alert; assign it to take it over")]
    Taken(String),
    /// An acknowledgement would be over at once.
    #[error("until when has to lie in the future")]
    Past,
    /// Nothing is said.
    #[error("a comment needs words")]
    Empty,
    /// It has too many steps.
    #[error("this alert has {MOST_STEPS} steps, and takes no more: write on in the next one")]
    Full,
}

fn by(actor: &str) -> String {
    match actor {
        "" => String::new(),
        actor => format!(" by {actor}"),
    }
}

impl Alert {
    /// What becomes of it when somebody decides.
    ///
    /// # Errors
    /// Why that cannot be done with it as it stands.
    pub(crate) fn decided(
        &self,
        decision: &Decision,
        actor: &str,
        comment: &str,
        now: TimestampMs,
    ) -> Result<Self, Refusal> {
        match decision {
            Decision::Acknowledge { owner, until_ms } => {
                let owner = if owner.is_empty() { actor } else { owner };
                self.acknowledged((actor, owner), *until_ms, comment, now)
            }
            Decision::Assign { owner } => self.assigned(owner, actor, comment, now),
            Decision::Comment => self.commented(actor, comment, now),
            Decision::Resolve => self.resolved(actor, comment, now),
            Decision::Reopen => self.reopened(actor, comment, now),
        }
    }

    fn acknowledged(
        &self,
        (actor, owner): (&str, &str),
        until_ms: Option<TimestampMs>,
        comment: &str,
        now: TimestampMs,
    ) -> Result<Self, Refusal> {
        match self.state {
            State::Pending => return Err(Refusal::Pending),
            State::Resolved => return Err(self.is_over()),
            State::Firing | State::Acknowledged => {}
        }
        let taken = self.acknowledgement().map(|it| it.actor.as_str());
        let is_theirs = self.owner == actor || taken == Some(actor);
        if self.state == State::Acknowledged && !is_theirs {
            let first = match self.owner.as_str() {
                "" => taken.unwrap_or_default(),
                owner => owner,
            };
            return Err(Refusal::Taken(first.to_owned()));
        }
        if until_ms.is_some_and(|until_ms| until_ms <= now) {
            return Err(Refusal::Past);
        }
        let mut next = self.with_room()?;
        owner.clone_into(&mut next.owner);
        next.until_ms = until_ms;
        next.step(What::Acknowledged, State::Acknowledged, now, actor, comment);
        Ok(next)
    }

    fn assigned(
        &self,
        owner: &str,
        actor: &str,
        comment: &str,
        now: TimestampMs,
    ) -> Result<Self, Refusal> {
        if self.state == State::Resolved {
            return Err(self.is_over());
        }
        let mut next = self.with_room()?;
        owner.clone_into(&mut next.owner);
        next.step(What::Assigned, self.state, now, actor, comment);
        Ok(next)
    }

    fn commented(&self, actor: &str, comment: &str, now: TimestampMs) -> Result<Self, Refusal> {
        if comment.is_empty() {
            return Err(Refusal::Empty);
        }
        let mut next = self.with_room()?;
        next.step(What::Commented, self.state, now, actor, comment);
        Ok(next)
    }

    fn resolved(&self, actor: &str, comment: &str, now: TimestampMs) -> Result<Self, Refusal> {
        if self.state == State::Resolved {
            return Err(self.is_over());
        }
        let mut next = self.clone();
        next.by_hand = true;
        // What was raised has no condition that has to clear; what is sent goes on being sent for a while.
        next.holds &= !next.is_raised || next.sent.is_some();
        next.resolved_ms = Some(now);
        next.step(What::Resolved, State::Resolved, now, actor, comment);
        Ok(next)
    }

    fn reopened(&self, actor: &str, comment: &str, now: TimestampMs) -> Result<Self, Refusal> {
        if self.state != State::Resolved {
            return Err(Refusal::Open);
        }
        let mut next = self.with_room()?;
        next.by_hand = true;
        next.resolved_ms = None;
        // Whoever sends it says when it ends, if that is to come.
        next.ends_ms = next
            .ends_ms
            .filter(|ends_ms| next.sent.is_some() && *ends_ms > now);
        next.holds |= next.is_raised;
        next.firing_ms = next.firing_ms.or(Some(now));
        let state = match self.acknowledgement() {
            Some(_) => State::Acknowledged,
            None => State::Firing,
        };
        next.step(What::Reopened, state, now, actor, comment);
        Ok(next)
    }

    fn is_over(&self) -> Refusal {
        let end = self.changes.iter().rev();
        let end = end.clone().find(|change| change.what == What::Resolved);
        Refusal::Resolved(end.map_or_else(String::new, |change| change.actor.clone()))
    }

    fn with_room(&self) -> Result<Self, Refusal> {
        match self.changes.len() < MOST_STEPS {
            true => Ok(self.clone()),
            false => Err(Refusal::Full),
        }
    }

    /// Who took it last, if anybody did and that is not over.
    pub fn acknowledgement(&self) -> Option<&Change> {
        // A reopened alert comes back acknowledged; who reopened it did not thereby take it.
        let is_about = |change: &&Change| matches!(change.what, What::Acknowledged | What::Lapsed);
        let last = self.changes.iter().rev().find(is_about);
        last.filter(|change| change.what == What::Acknowledged)
    }

    /// When something becomes of it by the clock alone.
    pub(crate) fn due_ms(&self) -> Option<TimestampMs> {
        let lapses = self.until_ms.filter(|_| self.state == State::Acknowledged);
        let ends = self.ends_ms.filter(|_| self.is_tracked());
        lapses.into_iter().chain(ends).min()
    }

    /// What the clock has made of it: an acknowledgement whose time is over, and what was raised for a while.
    pub(crate) fn passed(&self, now: TimestampMs) -> Self {
        let mut next = self.clone();
        if next.ends_ms.is_some_and(|ends_ms| ends_ms <= now) {
            next.holds = false;
            if next.state != State::Resolved {
                next.resolved_ms = Some(now);
                let why = match next.sent {
                    Some(_) => "the end that its sender named has come, and it was not sent again",
                    None => "the time for which it was raised is over",
                };
                next.step(What::Resolved, State::Resolved, now, "", why);
            }
        }
        let is_over = next.until_ms.is_some_and(|until_ms| until_ms <= now);
        if is_over && next.state == State::Acknowledged {
            next.until_ms = None;
            let why = "the time for which it was acknowledged is over: it fires again";
            next.step(What::Lapsed, State::Firing, now, "", why);
        }
        next
    }
}
