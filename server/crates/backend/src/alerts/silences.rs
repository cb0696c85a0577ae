//! Silences: what people ask of them.

use async_trait::async_trait;
use model::TimestampMs;
use notifier::{Draft, Matcher, Phase, parse_about};
use wire::{Alert, Caller, EventKind, Note, Problem, Role, Silence, SilenceDraft, SilencePhase};

use super::{AlertService, actor};
use crate::error::silence_problem;

/// A silence as a program wants it that knows Alertmanager's: new, or another instead of one that is there.
pub(crate) struct SilenceChange {
    /// The one that is changed.
    pub(crate) id: Option<String>,
    /// As it is to be.
    pub(crate) draft: Draft,
}

impl AlertService {
    /// All silences, the oldest first.
    pub(crate) fn silences(&self) -> std::sync::Arc<[notifier::Silence]> {
        self.quiet.seen()
    }

    /// Begins a silence, or changes one as Alertmanager does; the id from then on.
    ///
    /// # Errors
    /// When the caller may not, or the silence cannot be.
    pub(crate) async fn put_silence(
        &self,
        caller: &Caller,
        change: SilenceChange,
    ) -> Result<Result<String, notifier::Error>, Problem> {
        caller.require(Role::Operator)?;
        let SilenceChange { id, mut draft } = change;
        let note = Note {
            by: draft.by,
            comment: draft.comment.clone(),
        };
        draft.by = actor(caller, &note)?;
        let by = draft.by.clone();
        let put = {
            let mut silences = self.quiet.silences.lock().await;
            let put = silences.put(id.as_deref(), draft, self.clock.now_ms());
            let put = put.await;
            self.quiet.see(&silences);
            put
        };
        let (now, ended) = match put {
            Ok(put) => put,
            Err(error) => return Ok(Err(error)),
        };
        self.requiet().await;
        if let Some(ended) = ended {
            let shown = self.silence(&ended).await;
            self.mark_silence("ended", &shown, &by).await;
        }
        let what = match id {
            Some(id) if id == now.id.to_string() => "changed",
            _ => "begun",
        };
        let shown = self.silence(&now).await;
        self.mark_silence(what, &shown, &by).await;
        self.quiet.changed.notify_one();
        Ok(Ok(shown.id))
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

pub(super) fn matchers_of(text: &str) -> Result<Vec<Matcher>, Problem> {
    parse_about(text).map_err(|error| Problem::invalid(format!("matchers: {error}")))
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
