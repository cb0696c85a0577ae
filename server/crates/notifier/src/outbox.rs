//! Messages on their way: at least once to each channel.
//!
//! A message is written in the transaction that notes that its channel has been told. An attempt is made, then what became of
//! it is written: killed in between, it is made once more, with the same key. Messages of one group reach a channel in their
//! order; a channel that fails is tried again after 1 s, then twice as long each time up to 5 min, or when it asks for it, for a
//! day. What is refused for good is not tried again; it stays, and says why.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use db::{Db, Error};
use model::{Labels, TimestampMs};
use uuid::Uuid;

use crate::channel::{Answer, Cause, Channel, Failure};
use crate::dispatch::{Decided, Entry, LogKey, Turn};
use crate::message::{Message, Notice, Why};
use crate::routing::Flood;
use crate::store::outbox as store;

const FIRST_PAUSE_MS: i64 = 1000;
const LONGEST_PAUSE_MS: i64 = 300_000;
/// The longest that a receiver can ask to be left alone.
const LONGEST_ASKED_MS: i64 = 3_600_000;
/// For how long a message is tried.
const LONGEST_MS: i64 = 24 * 3_600_000;
/// The longest that an attempt may take, whatever its channel says.
const ATTEMPT: Duration = Duration::from_secs(60);
/// When whoever sends at once has been killed, it is somebody else's turn.
const LATER_MS: i64 = 120_000;
/// Messages that one digest stands for at most.
const MOST_OF_DIGEST: u32 = 1000;
/// Alerts of a message that are kept once it has arrived; how many there were stays known, and which.
const MOST_KEPT: usize = 20;
/// Alerts that one digest names at most.
const MOST_NAMED: usize = 200;

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is tried, for the first time or again.
    Queued,
    /// It was taken.
    Sent,
    /// It was refused for good.
    Failed,
    /// It was tried for too long.
    GivenUp,
    /// It is part of a digest.
    HeldBack,
}

impl State {
    const ALL: [Self; 5] = [
        Self::Queued,
        Self::Sent,
        Self::Failed,
        Self::GivenUp,
        Self::HeldBack,
    ];

    /// As it is stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::GivenUp => "given up",
            Self::HeldBack => "held back",
        }
    }

    /// The state that is written so.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// What is known of the delivery of a message.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// What became of it.
    pub state: State,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was tried last.
    pub attempted_ms: Option<TimestampMs>,
    /// When it is tried next.
    pub next_ms: Option<TimestampMs>,
    /// Why the last attempt failed.
    pub cause: Option<Cause>,
    /// What the receiver said, or why nothing arrived.
    pub answer: String,
}

/// What an attempt comes to.
pub type Outcome = Delivery;

/// A message to a channel.
#[derive(Clone, Debug)]
pub struct Letter {
    /// Its number.
    pub id: i64,
    /// When it was decided.
    pub at_ms: TimestampMs,
    /// The receiver.
    pub receiver: String,
    /// The channel's name there.
    pub channel: String,
    /// The channel's kind.
    pub kind: String,
    /// Where it sends, for people.
    pub target: String,
    /// What is sent.
    pub message: Message,
    /// What became of it.
    pub delivery: Delivery,
}

/// How a channel does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// When it was tried last.
    pub attempted_ms: Option<TimestampMs>,
    /// Whether that message has arrived.
    pub is_ok: bool,
    /// Why not.
    pub cause: String,
    /// What was answered.
    pub answer: String,
    /// When something has arrived last.
    pub succeeded_ms: Option<TimestampMs>,
}

/// What is looked for; an empty text asks for nothing.
#[derive(Clone, Debug)]
pub struct Query {
    /// Words in any order.
    pub text: String,
    /// A receiver.
    pub receiver: String,
    /// A state.
    pub state: String,
    /// A reason.
    pub reason: String,
    /// An alert's id.
    pub alert: String,
    /// Not before.
    pub from_ms: TimestampMs,
    /// Not after.
    pub to_ms: TimestampMs,
    /// Messages with a lesser number.
    pub before: Option<i64>,
    /// The most.
    pub limit: u32,
}

/// The messages on disk.
#[derive(Clone)]
pub struct Outbox {
    db: Db,
}

/// What a step of a channel came to.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// There is nothing to be sent.
    Idle,
    /// The next attempt is at that time.
    Wait(TimestampMs),
    /// An attempt was made.
    Tried(Outcome),
}

impl Outbox {
    /// The messages of a database.
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    /// What channels have been told.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn log(&self) -> Result<BTreeMap<LogKey, Entry>, Error> {
        store::log(&self.db).await
    }

    /// Writes what comes of looks at groups, all of it or nothing.
    ///
    /// # Errors
    /// When nothing could be written.
    pub async fn write(
        &self,
        turns: &[Turn],
        flood: &(dyn Fn(&str) -> Option<Flood> + Sync),
        now_ms: TimestampMs,
    ) -> Result<(), Error> {
        store::write(&self.db, turns, flood, now_ms).await
    }

    /// Channels with messages that wait: receiver, channel, how many, and since when the oldest does.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn waiting(&self) -> Result<Vec<(String, String, u64, TimestampMs)>, Error> {
        store::waiting(&self.db).await
    }

    /// Sends the next message of a channel, if it is time.
    ///
    /// # Errors
    /// When it cannot be read, or what became of it cannot be written: then it is sent once more.
    pub async fn step(
        &self,
        receiver: &str,
        name: &str,
        channel: &dyn Channel,
        now_ms: &(dyn Fn() -> TimestampMs + Sync),
    ) -> Result<Step, Error> {
        let Some(letter) = store::next(&self.db, receiver, name).await? else {
            return Ok(Step::Idle);
        };
        if let Some(at_ms) = letter.delivery.next_ms.filter(|at_ms| *at_ms > now_ms()) {
            return Ok(Step::Wait(at_ms));
        }
        let result = attempt(channel, &letter.message).await;
        let outcome = outcome(&letter, result, now_ms());
        store::settle(&self.db, letter.id, &outcome).await?;
        // All that it said is needed for as long as it may have to be sent.
        let mut message = letter.message;
        if outcome.state == State::Sent && message.notices.len() > MOST_KEPT {
            message.notices.truncate(MOST_KEPT);
            store::shorten(&self.db, letter.id, &message).await?;
        }
        Ok(Step::Tried(outcome))
    }

    /// Gives up what waits for a channel that is no more; how many messages.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn orphan(&self, receiver: &str, channel: &str) -> Result<u64, Error> {
        store::orphan(&self.db, receiver, channel).await
    }

    /// Sends a message that was refused or given up once more; `None` where there is none, or it is on its way.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn again(&self, id: i64, now_ms: TimestampMs) -> Result<Option<Letter>, Error> {
        let Some(letter) = store::one(&self.db, id).await? else {
            return Ok(None);
        };
        if !matches!(letter.delivery.state, State::Failed | State::GivenUp) {
            return Ok(None);
        }
        let outcome = Outcome {
            state: State::Queued,
            next_ms: Some(now_ms),
            ..letter.delivery
        };
        store::settle(&self.db, id, &outcome).await?;
        store::one(&self.db, id).await
    }

    /// Sends a message that no group asks for, and waits for what the channel says; it stands in the history.
    ///
    /// # Errors
    /// When it could not be written.
    pub async fn send_now(
        &self,
        decided: &Decided,
        channel: &dyn Channel,
        now_ms: &(dyn Fn() -> TimestampMs + Sync),
    ) -> Result<Outcome, Error> {
        let id = store::add(&self.db, decided, now_ms(), LATER_MS).await?;
        let result = attempt(channel, &decided.message).await;
        let state = match &result {
            Ok(_) => State::Sent,
            Err(_) => State::Failed,
        };
        let outcome = Outcome {
            state,
            ..said(result, now_ms())
        };
        store::settle(&self.db, id, &outcome).await?;
        Ok(outcome)
    }

    /// Writes messages that no group asks for, for who sends what waits; but not to a channel for which one with the same
    /// reason waits already.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn queue(&self, decided: &[Decided], now_ms: TimestampMs) -> Result<(), Error> {
        for decided in decided {
            if !store::waits(&self.db, decided).await? {
                store::add(&self.db, decided, now_ms, 0).await?;
            }
        }
        Ok(())
    }

    /// Writes messages that no group asks for, each of them, for who sends what waits.
    ///
    /// # Errors
    /// When the database refuses: some may have been written.
    pub async fn add(&self, decided: &[Decided], now_ms: TimestampMs) -> Result<(), Error> {
        for decided in decided {
            store::add(&self.db, decided, now_ms, 0).await?;
        }
        Ok(())
    }

    /// What was sent, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn search(&self, query: &Query) -> Result<Vec<Letter>, Error> {
        store::search(&self.db, query).await
    }

    /// How a channel does.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn health(&self, receiver: &str, channel: &str) -> Result<Health, Error> {
        store::health(&self.db, receiver, channel).await
    }

    /// Writes digests for channels that were told less than there was, a quarter of the limit's time after the first message
    /// that was held back or the last digest; how many, and when the next one is due.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn digest(
        &self,
        flood: &(dyn Fn(&str) -> Option<Flood> + Sync),
        now_ms: TimestampMs,
    ) -> Result<(usize, Option<TimestampMs>), Error> {
        let (mut written, mut next_ms) = (0, None::<TimestampMs>);
        for (receiver, channel, since_ms, last_ms) in store::held(&self.db).await? {
            // Where the limit has been taken away, nothing has to wait.
            let pause_ms = flood(&receiver).map_or(0, |flood| flood.per_ms / 4);
            let due_ms = since_ms.max(last_ms.unwrap_or(since_ms)) + pause_ms;
            if due_ms > now_ms {
                next_ms = Some(next_ms.map_or(due_ms, |next_ms| next_ms.min(due_ms)));
                continue;
            }
            let held = store::held_of(&self.db, &receiver, &channel, MOST_OF_DIGEST).await?;
            let ids: Vec<_> = held.iter().map(|letter| letter.id).collect();
            let since = ids.first().copied().unwrap_or_default();
            let later = store::told_since(&self.db, &receiver, &channel, since).await?;
            match (summed_up(&held, &later), later.values().max()) {
                (Some(decided), _) => {
                    store::digest(&self.db, &decided, &ids, now_ms).await?;
                    written += 1;
                }
                (None, Some(told)) => store::stand_for(&self.db, *told, &ids).await?,
                (None, None) => {}
            }
        }
        Ok((written, next_ms))
    }

    /// Deletes what is done and older than a time; how many messages.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn forget(&self, before_ms: TimestampMs) -> Result<u64, Error> {
        store::forget(&self.db, before_ms).await
    }
}

/// One message in the place of several: of each alert the last that was said of it, unless a message has said something
/// later (`later`: its number, by the alert's id). Nothing where that is so of all.
fn summed_up(held: &[Letter], later: &HashMap<String, i64>) -> Option<Decided> {
    let first = held.first()?;
    let mut last = BTreeMap::<&str, &Notice>::new();
    for letter in held {
        let is_latest = |notice: &&Notice| {
            let told = later.get(&notice.id.to_string());
            told.is_none_or(|told| *told < letter.id)
        };
        let notices = letter.message.notices.iter().filter(is_latest);
        last.extend(notices.map(|notice| (notice.fingerprint.as_str(), notice)));
    }
    if last.is_empty() {
        return None;
    }
    let mut notices: Vec<_> = last.into_values().cloned().collect();
    notices.sort_by_key(|notice| (!notice.is_firing, notice.starts_ms));
    notices.truncate(MOST_NAMED);
    Some(Decided {
        receiver: first.receiver.clone(),
        channel: first.channel.clone(),
        kind: first.kind.clone(),
        target: first.target.clone(),
        message: Message {
            receiver: first.receiver.clone(),
            group_key: format!("digest:{}:{}", first.receiver, first.channel),
            group_labels: Labels::new(),
            notices,
            reason: Why::Digest,
            external_url: first.message.external_url.clone(),
            key: Uuid::now_v7().to_string(),
            files: Vec::new(),
        },
    })
}

async fn attempt(channel: &dyn Channel, message: &Message) -> Result<Answer, Failure> {
    let sent = tokio::time::timeout(ATTEMPT, channel.send(message)).await;
    sent.unwrap_or_else(|_| {
        let text = format!("no answer within {} s", ATTEMPT.as_secs());
        Err(Failure::new(Cause::Timeout, text))
    })
}

/// What an attempt says, as if it were the only one.
fn said(result: Result<Answer, Failure>, now_ms: TimestampMs) -> Outcome {
    let (state, cause, answer) = match result {
        Ok(answer) => {
            let status = answer.status.map(|status| status.to_string());
            let parts = [status.unwrap_or_default(), answer.text];
            let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            (State::Sent, None, parts.join(" "))
        }
        Err(failure) => {
            let said = failure.answer.map(|answer| answer.text).unwrap_or_default();
            let answer = match said.is_empty() || failure.text.contains(&said) {
                true => failure.text,
                false => format!("{}: {said}", failure.text),
            };
            (State::Queued, Some(failure.cause), answer)
        }
    };
    Outcome {
        state,
        attempts: 1,
        attempted_ms: Some(now_ms),
        next_ms: None,
        cause,
        answer,
    }
}

fn outcome(letter: &Letter, result: Result<Answer, Failure>, now_ms: TimestampMs) -> Outcome {
    let attempts = letter.delivery.attempts.saturating_add(1);
    let again = match &result {
        Ok(_) => None,
        Err(failure) if !failure.is_passing => Some(Err(State::Failed)),
        Err(failure) => {
            let asked = failure.after.unwrap_or_default().as_millis();
            let asked_ms = i64::try_from(asked)
                .unwrap_or(i64::MAX)
                .min(LONGEST_ASKED_MS);
            let next_ms = now_ms + pause_ms(&letter.message.key, attempts).max(asked_ms);
            Some(match next_ms - letter.at_ms > LONGEST_MS {
                true => Err(State::GivenUp),
                false => Ok(next_ms),
            })
        }
    };
    let said = said(result, now_ms);
    let (state, next_ms) = match again {
        None => (State::Sent, None),
        Some(Ok(next_ms)) => (State::Queued, Some(next_ms)),
        Some(Err(state)) => (state, None),
    };
    Outcome {
        state,
        attempts,
        next_ms,
        ..said
    }
}

/// How long to wait after so many attempts: twice as long each time, and up to a quarter less, so that not all come at once.
fn pause_ms(key: &str, attempts: u32) -> i64 {
    let doubled = FIRST_PAUSE_MS << attempts.saturating_sub(1).min(20);
    let pause_ms = doubled.min(LONGEST_PAUSE_MS);
    let hash = Labels::new()
        .with("key", format!("{key}{attempts}"))
        .fingerprint();
    let less = i64::try_from(hash % 1000).unwrap_or(0);
    pause_ms - pause_ms / 4 * less / 1000
}

#[cfg(test)]
mod tests;
