//! Maintenance windows: what people ask of them.

use async_trait::async_trait;
use jiff::civil::DateTime;
use model::TimestampMs;
use notifier::{AHEAD_MS, Ending, Plan, Span, When, Window, Written};
use wire::{
    Caller, EventKind, LeftOut, MaintenanceWindow, Note, Problem, QuietKind, QuietPicture,
    QuietSpan, QuietTime, Role, WindowDraft, WindowEnd, WindowPhase, WindowPreview,
};

use super::silences::matchers_of;
use super::{AlertService, actor};
use crate::error::window_problem;

/// Occurrences of a window that are named.
const NEXT: usize = 5;
/// The most days of a picture.
const MOST_DAYS: i64 = 100;
/// Days of a picture where nobody says.
const DAYS: i64 = 16;
/// The most stretches of a window in it.
const MOST_TIMES: usize = 1_000;
/// The end of 9998.
const LAST_MS: i64 = 253_370_764_800_000;
const DAY_MS: i64 = 86_400_000;
/// How far ahead somebody looks where nothing is within two years: the 29th of February on a Monday.
const FAR_MS: i64 = 41 * 366 * DAY_MS;

/// What runs, and what comes next.
fn next(spans: impl Fn(i64, i64, usize) -> Vec<Span>, now_ms: TimestampMs) -> Vec<QuietSpan> {
    let mut next = spans(now_ms, now_ms + AHEAD_MS, NEXT);
    if next.is_empty() {
        next = spans(now_ms, now_ms + FAR_MS, 1);
    }
    let told = next.iter().map(|span| QuietSpan {
        from_ms: span.from_ms,
        to_ms: span.to_ms,
    });
    told.collect()
}

impl AlertService {
    /// All windows that are kept, the oldest first.
    pub(crate) async fn kept_windows(&self) -> Vec<Window> {
        self.quiet.windows.lock().await.all().to_vec()
    }
}

fn in_words(when: &When) -> String {
    match when {
        When::Once(_) => "once".to_owned(),
        When::Calendar(calendar) => calendar.in_words(),
    }
}

fn shown(window: &Window, open: &[rules::Alert], now_ms: TimestampMs) -> MaintenanceWindow {
    let matchers: Vec<_> = window.matchers.iter().map(ToString::to_string).collect();
    let about = open.iter().filter(|alert| window.is_about(&alert.labels));
    let next = next(|from, to, most| window.spans(from, to, most), now_ms);
    let phase = match next.first() {
        Some(first) if first.from_ms <= now_ms => WindowPhase::Running,
        Some(_) => WindowPhase::Waiting,
        None => WindowPhase::Over,
    };
    let (written, once) = match &window.when {
        When::Calendar(calendar) => (calendar.written(), None),
        When::Once(span) => (Written::default(), Some(*span)),
    };
    let left_out = window.holes.iter().map(|hole| LeftOut {
        from_ms: hole.span.from_ms,
        to_ms: hole.span.to_ms,
        by: hole.by.clone(),
    });
    let (changed, ended) = (window.changed.clone(), window.ended.clone());
    MaintenanceWindow {
        id: window.id.to_string(),
        name: window.name.clone(),
        matchers: matchers.join(", "),
        rule: in_words(&window.when),
        phase,
        next,
        left_out: left_out.collect(),
        alerts: about.count() as u64,
        comment: window.comment.clone(),
        by: window.made.by.clone(),
        created_ms: window.made.at_ms,
        changed_ms: changed.as_ref().map(|deed| deed.at_ms),
        changed_by: changed.map(|deed| deed.by),
        ended_ms: ended.as_ref().map(|deed| deed.at_ms),
        ended_by: ended.map(|deed| deed.by),
        starts_ms: once.map(|span| span.from_ms),
        ends_ms: once.map(|span| span.to_ms),
        times: written.times,
        weekdays: written.weekdays,
        days_of_month: written.days_of_month,
        months: written.months,
        years: written.years,
        first: written.first,
        last: written.last,
        zone: written.zone,
    }
}

/// A time as it is written: with its offset, or as clocks of a zone show it.
fn time(field: &str, text: &str, calendar: &Written) -> Result<Option<TimestampMs>, Problem> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    if let Ok(at) = text.parse::<jiff::Timestamp>() {
        return Ok(Some(at.as_millisecond()));
    }
    let wrong = || {
        Problem::invalid(format!(
            "{field}: {text:?} is no time; write 2026-12-01T22:00, or 2026-12-01T22:00:00Z"
        ))
    };
    let local: DateTime = text.parse().map_err(|_| wrong())?;
    let zone =
        notifier::zone(&calendar.zone).map_err(|error| Problem::invalid(error.to_string()))?;
    let at = zone.to_timestamp(local).map_err(|_| wrong())?;
    Ok(Some(at.as_millisecond()))
}

/// When a draft is.
fn when(draft: &WindowDraft, now_ms: TimestampMs) -> Result<When, Problem> {
    let written = Written {
        times: draft.times.clone(),
        weekdays: draft.weekdays.clone(),
        days_of_month: draft.days_of_month.clone(),
        months: draft.months.clone(),
        years: draft.years.clone(),
        first: draft.first.clone(),
        last: draft.last.clone(),
        zone: draft.zone.clone(),
    };
    let from_ms = draft.starts_ms.or(time("starts", &draft.starts, &written)?);
    let to_ms = draft.ends_ms.or(time("ends", &draft.ends, &written)?);
    let zone = Written {
        zone: written.zone.clone(),
        ..Written::default()
    };
    match (from_ms, to_ms) {
        (None, None) if written == zone => Err(Problem::invalid(
            "say when: starts and ends for once, or times, weekdays, days_of_month, months for a calendar",
        )),
        (None, None) => {
            let calendar = written.read();
            let calendar = calendar.map_err(|error| Problem::invalid(error.to_string()))?;
            Ok(When::Calendar(Box::new(calendar)))
        }
        _ if written != zone => Err(Problem::invalid(
            "a window is either once, with starts and ends, or by a calendar; empty one of them",
        )),
        (_, None) => Err(Problem::invalid("ends: a window that is once has an end")),
        (from_ms, Some(to_ms)) => Ok(When::Once(Span {
            from_ms: from_ms.unwrap_or(now_ms),
            to_ms,
        })),
    }
}

fn plan(draft: WindowDraft, by: String, now_ms: TimestampMs) -> Result<Plan, Problem> {
    Ok(Plan {
        matchers: matchers_of(&draft.matchers)?,
        when: when(&draft, now_ms)?,
        name: draft.name,
        comment: draft.comment,
        by,
    })
}

fn note(by: &str, comment: &str) -> Note {
    Note {
        by: by.to_owned(),
        comment: comment.to_owned(),
    }
}

fn rank(phase: WindowPhase) -> u8 {
    match phase {
        WindowPhase::Running => 0,
        WindowPhase::Waiting => 1,
        WindowPhase::Over => 2,
    }
}

impl AlertService {
    /// Looks at who is held, tells what has become of a window, and shows it.
    async fn window_turned(&self, what: &str, window: &Window, by: &str) -> MaintenanceWindow {
        self.requiet().await;
        self.quiet.changed.notify_one();
        let title = format!("Maintenance window {:?} {what} by {by}", window.name);
        let link = "/alerts/windows".to_owned();
        self.events.record(EventKind::Edit, "", title, link).await;
        let open = self.book.lock().await.open_alerts();
        shown(window, &open, self.clock.now_ms())
    }

    /// What windows and silences hold back in a stretch of time, by begin.
    fn quiet_times(&self, from_ms: TimestampMs, to_ms: TimestampMs) -> Vec<QuietTime> {
        let agenda = self.quiet.agenda(self.clock.now_ms());
        let mut times = Vec::new();
        for window in agenda.windows() {
            let spans = window.spans(from_ms, to_ms, MOST_TIMES);
            times.extend(spans.into_iter().map(|span| QuietTime {
                kind: QuietKind::Window,
                id: window.id.to_string(),
                name: window.name.clone(),
                from_ms: span.from_ms,
                to_ms: span.to_ms,
            }));
        }
        for silence in &*self.quiet.seen() {
            let is_near = silence.ends_ms > from_ms && silence.starts_ms < to_ms;
            // One that was ended before it began held nothing.
            if !is_near || silence.ends_ms <= silence.starts_ms {
                continue;
            }
            let matchers: Vec<_> = silence.matchers.iter().map(ToString::to_string).collect();
            times.push(QuietTime {
                kind: QuietKind::Silence,
                id: silence.id.to_string(),
                name: matchers.join(", "),
                from_ms: silence.starts_ms,
                to_ms: silence.ends_ms,
            });
        }
        times.sort_by_key(|it| (it.from_ms, it.to_ms));
        times
    }
}

#[async_trait]
impl wire::Windows for AlertService {
    async fn picture(
        &self,
        caller: &Caller,
        from_ms: Option<i64>,
        to_ms: Option<i64>,
    ) -> Result<QuietPicture, Problem> {
        caller.require(Role::Viewer)?;
        let now_ms = self.clock.now_ms();
        let from_ms = from_ms.unwrap_or(now_ms - now_ms.rem_euclid(DAY_MS) - DAY_MS);
        let to_ms = to_ms.unwrap_or(from_ms.saturating_add(DAYS * DAY_MS));
        if from_ms < 0 || to_ms > LAST_MS {
            return Err(Problem::invalid(
                "quiet times are shown from 1970 to the end of 9998, in milliseconds since 1970",
            ));
        }
        if to_ms < from_ms || to_ms.saturating_sub(from_ms) > MOST_DAYS * DAY_MS {
            return Err(Problem::invalid(format!(
                "a picture of quiet times ends after it begins and has at most {MOST_DAYS} days"
            )));
        }
        let open = self.book.lock().await.open_alerts();
        let agenda = self.quiet.agenda(now_ms);
        let newest = agenda.windows().rev();
        let mut windows: Vec<_> = newest.map(|it| shown(it, &open, now_ms)).collect();
        windows.sort_by_key(|it| rank(it.phase));
        Ok(QuietPicture {
            windows,
            times: self.quiet_times(from_ms, to_ms),
            from_ms,
            to_ms,
            preview: None,
            problem: None,
        })
    }

    async fn preview(&self, caller: &Caller, draft: WindowDraft) -> Result<WindowPreview, Problem> {
        caller.require(Role::Viewer)?;
        let now_ms = self.clock.now_ms();
        let (matchers, when) = (matchers_of(&draft.matchers)?, when(&draft, now_ms)?);
        when.check(now_ms)
            .map_err(|error| Problem::invalid(error.to_string()))?;
        let open = self.book.lock().await.open_alerts();
        let is_about = |alert: &&rules::Alert| matchers.iter().all(|it| it.matches(&alert.labels));
        let about = open.iter().filter(is_about);
        Ok(WindowPreview {
            rule: in_words(&when),
            next: next(|from, to, most| when.spans(from, to, most), now_ms),
            alerts: about.map(|alert| self.shown(alert)).collect(),
        })
    }

    async fn add(&self, caller: &Caller, draft: WindowDraft) -> Result<MaintenanceWindow, Problem> {
        caller.require(Role::Operator)?;
        let by = actor(caller, &note(&draft.by, &draft.comment))?;
        let now_ms = self.clock.now_ms();
        let plan = plan(draft, by.clone(), now_ms)?;
        let added = {
            let mut windows = self.quiet.windows.lock().await;
            let added = windows.add(plan, now_ms).await;
            self.quiet.see_windows(&windows, now_ms);
            added.map_err(|error| window_problem(&error))?
        };
        Ok(self.window_turned("made", &added, &by).await)
    }

    async fn change(
        &self,
        caller: &Caller,
        id: &str,
        draft: WindowDraft,
    ) -> Result<MaintenanceWindow, Problem> {
        caller.require(Role::Operator)?;
        let by = actor(caller, &note(&draft.by, &draft.comment))?;
        let now_ms = self.clock.now_ms();
        let plan = plan(draft, by.clone(), now_ms)?;
        let changed = {
            let mut windows = self.quiet.windows.lock().await;
            let changed = windows.change(id, plan, now_ms).await;
            self.quiet.see_windows(&windows, now_ms);
            changed.map_err(|error| window_problem(&error))?
        };
        Ok(self.window_turned("changed", &changed, &by).await)
    }

    async fn end(
        &self,
        caller: &Caller,
        id: &str,
        how: WindowEnd,
    ) -> Result<MaintenanceWindow, Problem> {
        caller.require(Role::Operator)?;
        let by = actor(caller, &note(&how.by, ""))?;
        let now_ms = self.clock.now_ms();
        let (ending, what) = match how.occurrence {
            true => (Ending::Occurrence, "ended for this time"),
            false => (Ending::Whole, "ended"),
        };
        let ended = {
            let mut windows = self.quiet.windows.lock().await;
            let ended = windows.end(id, ending, &by, now_ms).await;
            self.quiet.see_windows(&windows, now_ms);
            ended.map_err(|error| window_problem(&error))?
        };
        Ok(self.window_turned(what, &ended, &by).await)
    }

    async fn delete(
        &self,
        caller: &Caller,
        id: &str,
        by: &str,
    ) -> Result<MaintenanceWindow, Problem> {
        caller.require(Role::Operator)?;
        let by = actor(caller, &note(by, ""))?;
        let deleted = {
            let mut windows = self.quiet.windows.lock().await;
            let deleted = windows.delete(id).await;
            self.quiet.see_windows(&windows, self.clock.now_ms());
            deleted.map_err(|error| window_problem(&error))?
        };
        Ok(self.window_turned("deleted", &deleted, &by).await)
    }
}
