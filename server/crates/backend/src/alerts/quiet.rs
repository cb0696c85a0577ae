//! Silences over the book of alerts: what they hold back, and what comes back when they end.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use model::{Clock, Labels, TimestampMs};
use notifier::{Draft, Matcher, Phase, Silences, holding, next_change, parse_matchers};
use tokio::sync::Notify;
use uuid::Uuid;
use wire::{
    Alert, Caller, EventKind, Frame, Note, Problem, Role, Silence, SilenceDraft, SilencePhase,
    Update,
};

use super::{AlertService, actor};
use crate::error::silence_problem;

/// The longest time in which nobody looks whether a silence has begun or ended.
const LONGEST_WAIT: Duration = Duration::from_secs(15);

/// The silences, and what was last said of alerts that are held.
pub(crate) struct Quiet {
    silences: tokio::sync::Mutex<Silences>,
    /// The same for who only reads.
    seen: RwLock<Arc<[notifier::Silence]>>,
    /// Why each alert that is held is so, as it was told last.
    told: Mutex<HashMap<Uuid, String>>,
    /// When somebody looked last at who is held.
    looked_ms: AtomicI64,
    /// That there is another silence.
    changed: Notify,
}

impl Quiet {
    pub(crate) fn new(silences: Silences) -> Self {
        let seen = RwLock::new(silences.all().into());
        Self {
            silences: tokio::sync::Mutex::new(silences),
            seen,
            told: Mutex::default(),
            looked_ms: AtomicI64::new(TimestampMs::MIN),
            changed: Notify::new(),
        }
    }

    fn seen(&self) -> Arc<[notifier::Silence]> {
        let seen = self.seen.read().unwrap_or_else(PoisonError::into_inner);
        seen.clone()
    }

    fn see(&self, silences: &Silences) {
        let mut seen = self.seen.write().unwrap_or_else(PoisonError::into_inner);
        *seen = silences.all().into();
    }

    /// Why an alert with these labels is silent; empty where it is not.
    pub(super) fn held(&self, labels: &Labels, now_ms: TimestampMs) -> String {
        let seen = self.seen();
        let Some(silence) = holding(&seen, labels, now_ms) else {
            return String::new();
        };
        let until = jiff::Timestamp::from_millisecond(silence.ends_ms).unwrap_or_default();
        let until = until.strftime("%Y-%m-%d %H:%M UTC");
        let why = match silence.comment.as_str() {
            "" => String::new(),
            comment => format!(" ({comment})"),
        };
        format!("{} silenced it until {until}{why}", silence.by)
    }

    /// Waits until a silence has begun or ended since somebody looked last.
    pub(crate) async fn turn(&self, clock: &dyn Clock) {
        loop {
            let next = next_change(&self.seen(), self.looked_ms.load(Ordering::Relaxed));
            let wait = match next.map(|at| at.saturating_sub(clock.now_ms())) {
                Some(left) if left <= 0 => return,
                Some(left) => Duration::from_millis(left.unsigned_abs()),
                None => LONGEST_WAIT,
            };
            // A clock that is set does not move what sleeps.
            let pause = tokio::time::sleep(wait.min(LONGEST_WAIT));
            tokio::select! {
                () = pause => {}
                () = self.changed.notified() => {}
            }
        }
    }

    /// Notes what is told of an alert; whether that is news.
    pub(super) fn note(&self, id: Uuid, held: &str) -> bool {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let before = match held {
            "" => told.remove(&id),
            held => told.insert(id, held.to_owned()),
        };
        before.unwrap_or_default() != held
    }

    /// Deletes silences that were over before a time; how many.
    pub(super) async fn forget(&self, before_ms: TimestampMs) -> Result<u64, notifier::Error> {
        let mut silences = self.silences.lock().await;
        let deleted = silences.forget(before_ms).await?;
        self.see(&silences);
        Ok(deleted)
    }
}

impl AlertService {
    /// Tells of open alerts that are held now and were not, or the other way round.
    pub(crate) async fn requiet(&self) {
        // Before alerts are asked: what begins or ends meanwhile is looked at once more.
        let now_ms = self.clock.now_ms();
        let looked_ms = self.quiet.looked_ms.swap(now_ms, Ordering::Relaxed);
        // What was held before a restart and still is, is no news.
        let is_first = looked_ms == TimestampMs::MIN;
        let alerts = self.book.lock().await.open_alerts();
        let mut rows = Vec::new();
        let mut marks = Vec::new();
        for alert in &alerts {
            let row = self.shown(alert);
            if !self.quiet.note(alert.id, &row.held) {
                continue;
            }
            if alert.firing_ms.is_some() && !is_first {
                let server = alert.labels.get("server").to_owned();
                let what = match row.held.as_str() {
                    "" => format!("no longer held, and still {}", alert.state.as_str()),
                    reason => format!("held: {reason}"),
                };
                let title = format!("{} {server} {what}", alert.rule);
                marks.push((server, title, format!("/alerts/{}", alert.id)));
            }
            rows.push(row);
        }
        if !rows.is_empty() {
            self.hub.publish(Frame::Alerts(Update::Changed(rows)));
        }
        for (server, title, link) in marks {
            self.events
                .record(EventKind::Alert, &server, title, link)
                .await;
        }
    }

    async fn silence(&self, silence: &notifier::Silence) -> Silence {
        let open = self.book.lock().await.open_alerts();
        shown(silence, &open, self.clock.now_ms())
    }

    async fn mark_silence(&self, what: &str, silence: &Silence, by: &str) {
        let title = format!("Silence {what} by {by}: {}", silence.matchers);
        self.events
            .record(EventKind::Alert, "", title, "/alerts#silences".to_owned())
            .await;
    }
}

fn shown(silence: &notifier::Silence, open: &[rules::Alert], now_ms: TimestampMs) -> Silence {
    let matchers: Vec<_> = silence.matchers.iter().map(ToString::to_string).collect();
    let about = open.iter().filter(|alert| silence.is_about(&alert.labels));
    Silence {
        id: silence.id.to_string(),
        matchers: matchers.join(", "),
        starts_ms: silence.starts_ms,
        ends_ms: silence.ends_ms,
        by: silence.by.clone(),
        comment: silence.comment.clone(),
        created_ms: silence.created_ms,
        ended_by: silence.ended_by.clone(),
        phase: match silence.phase(now_ms) {
            Phase::Pending => SilencePhase::Pending,
            Phase::Active => SilencePhase::Active,
            Phase::Expired => SilencePhase::Expired,
        },
        alerts: about.count() as u64,
    }
}

fn rank(phase: SilencePhase) -> u8 {
    match phase {
        SilencePhase::Active => 0,
        SilencePhase::Pending => 1,
        SilencePhase::Expired => 2,
    }
}

fn matchers_of(text: &str) -> Result<Vec<Matcher>, Problem> {
    parse_matchers(text).map_err(|error| Problem::invalid(format!("matchers: {error}")))
}

/// What was asked for, as the engine wants it.
fn draft(draft: SilenceDraft, by: String, now_ms: TimestampMs) -> Result<Draft, Problem> {
    let matchers = matchers_of(&draft.matchers)?;
    let starts_ms = draft.starts_ms.unwrap_or(now_ms);
    let ends_ms = match (draft.ends_ms, draft.lasts_ms) {
        (Some(ends_ms), None) => ends_ms,
        (None, Some(lasts_ms)) => starts_ms.saturating_add(lasts_ms),
        _ => {
            return Err(Problem::invalid(
                "write either ends_ms (milliseconds UTC) or lasts_ms (how long)",
            ));
        }
    };
    Ok(Draft {
        matchers,
        starts_ms,
        ends_ms,
        by,
        comment: draft.comment,
    })
}

#[async_trait]
impl wire::Silences for AlertService {
    async fn list(&self, caller: &Caller) -> Result<Vec<Silence>, Problem> {
        caller.require(Role::Viewer)?;
        let (open, now_ms) = (self.book.lock().await.open_alerts(), self.clock.now_ms());
        let seen = self.quiet.seen();
        let newest = seen.iter().rev();
        let mut all: Vec<_> = newest.map(|it| shown(it, &open, now_ms)).collect();
        all.sort_by_key(|it| rank(it.phase));
        Ok(all)
    }

    async fn preview(&self, caller: &Caller, matchers: &str) -> Result<Vec<Alert>, Problem> {
        caller.require(Role::Viewer)?;
        let matchers = matchers_of(matchers)?;
        let open = self.book.lock().await.open_alerts();
        let is_about = |alert: &&rules::Alert| matchers.iter().all(|it| it.matches(&alert.labels));
        let about = open.iter().filter(is_about);
        Ok(about.map(|alert| self.shown(alert)).collect())
    }

    async fn add(&self, caller: &Caller, wanted: SilenceDraft) -> Result<Silence, Problem> {
        caller.require(Role::Operator)?;
        let note = Note {
            by: wanted.by.clone(),
            comment: wanted.comment.clone(),
        };
        let (by, now_ms) = (actor(caller, &note)?, self.clock.now_ms());
        let draft = draft(wanted, by.clone(), now_ms)?;
        let added = {
            let mut silences = self.quiet.silences.lock().await;
            let added = silences.add(draft, now_ms).await;
            self.quiet.see(&silences);
            added.map_err(|error| silence_problem(&error))?
        };
        self.requiet().await;
        let shown = self.silence(&added).await;
        self.mark_silence("begun", &shown, &by).await;
        self.quiet.changed.notify_one();
        Ok(shown)
    }

    async fn end(&self, caller: &Caller, id: &str, by: &str) -> Result<Silence, Problem> {
        caller.require(Role::Operator)?;
        let note = Note {
            by: by.to_owned(),
            comment: String::new(),
        };
        let by = actor(caller, &note)?;
        let ended = {
            let mut silences = self.quiet.silences.lock().await;
            let ended = silences.end(id, &by, self.clock.now_ms()).await;
            self.quiet.see(&silences);
            ended.map_err(|error| silence_problem(&error))?
        };
        self.requiet().await;
        let shown = self.silence(&ended).await;
        self.mark_silence("ended", &shown, &by).await;
        Ok(shown)
    }
}
