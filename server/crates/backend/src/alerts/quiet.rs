//! What holds alerts back, over the book of alerts: silences, maintenance windows and other alerts; and what comes back
//! when that is over.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use db::Db;
use model::{Clock, Labels, TimestampMs};
use notifier::{Inhibition, Inhibitor, Silences, Source, Windows, holding, next_change};
use rules::State;
use tokio::sync::{Notify, watch};
use uuid::Uuid;
use wire::EventKind;

use super::AlertService;
use super::agenda::Agenda;
use crate::config::Config;

/// The longest time in which nobody looks whether something that holds back has begun or ended.
const LONGEST_WAIT: Duration = Duration::from_secs(15);

/// Why an alert is held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Held {
    /// In words; empty where it is not.
    pub(super) why: String,
    /// Where more of it is seen; empty where nothing is.
    pub(super) link: String,
}

impl Held {
    pub(super) fn by(why: String, link: &str) -> Self {
        let link = link.to_owned();
        Self { why, link }
    }
}

/// What holds alerts back, and what was last said of those that are held.
pub(crate) struct Quiet {
    pub(super) silences: tokio::sync::Mutex<Silences>,
    /// The same for who only reads.
    seen: RwLock<Arc<[notifier::Silence]>>,
    pub(super) windows: tokio::sync::Mutex<Windows>,
    /// The same for who only reads, with their next times.
    agenda: RwLock<Arc<Agenda>>,
    /// Alerts that hold others back.
    inhibitor: RwLock<Inhibitor>,
    /// Why each alert that is held is so, as it was told last.
    told: Mutex<HashMap<Uuid, String>>,
    /// When somebody looked last at who is held.
    looked_ms: AtomicI64,
    /// That somebody has to look again, whatever the time.
    is_stale: AtomicBool,
    /// That there is something else that holds back, or something less.
    pub(super) changed: Notify,
}

impl Quiet {
    /// As it is on disk, with the rules of which alerts hold back which that are configured.
    pub(crate) async fn open(
        db: &Db,
        config: watch::Receiver<Arc<Config>>,
    ) -> Result<Self, db::Error> {
        let silences = Silences::open(db.clone()).await?;
        let windows = Windows::open(db.clone()).await?;
        let quiet = Self::new(silences, windows, &config.borrow().alerts.inhibition);
        Ok(quiet)
    }

    fn new(silences: Silences, windows: Windows, rules: &[Inhibition]) -> Self {
        let seen = RwLock::new(silences.all().into());
        let mut inhibitor = Inhibitor::default();
        inhibitor.judge_by(rules);
        Self {
            seen,
            agenda: RwLock::new(Arc::new(Agenda::of(windows.all(), TimestampMs::MIN))),
            silences: tokio::sync::Mutex::new(silences),
            windows: tokio::sync::Mutex::new(windows),
            inhibitor: RwLock::new(inhibitor),
            told: Mutex::default(),
            looked_ms: AtomicI64::new(TimestampMs::MIN),
            is_stale: AtomicBool::new(true),
            changed: Notify::new(),
        }
    }

    pub(super) fn seen(&self) -> Arc<[notifier::Silence]> {
        let seen = self.seen.read().unwrap_or_else(PoisonError::into_inner);
        seen.clone()
    }

    pub(super) fn see(&self, silences: &Silences) {
        let mut seen = self.seen.write().unwrap_or_else(PoisonError::into_inner);
        *seen = silences.all().into();
    }

    /// The windows with what comes next of them, as of now.
    pub(super) fn agenda(&self, now_ms: TimestampMs) -> Arc<Agenda> {
        let agenda = self.agenda.read().unwrap_or_else(PoisonError::into_inner);
        if agenda.is_good_at(now_ms) {
            return Arc::clone(&agenda);
        }
        drop(agenda);
        let mut agenda = self.agenda.write().unwrap_or_else(PoisonError::into_inner);
        if !agenda.is_good_at(now_ms) {
            *agenda = Arc::new(agenda.at(now_ms));
        }
        Arc::clone(&agenda)
    }

    pub(super) fn see_windows(&self, windows: &Windows, now_ms: TimestampMs) {
        let next = Arc::new(Agenda::of(windows.all(), now_ms));
        let mut agenda = self.agenda.write().unwrap_or_else(PoisonError::into_inner);
        *agenda = next;
    }

    /// Why an alert with these labels is held.
    pub(super) fn held(&self, labels: &Labels, now_ms: TimestampMs) -> Held {
        let seen = self.seen();
        if let Some(silence) = holding(&seen, labels, now_ms) {
            let (by, until) = (&silence.by, until(silence.ends_ms));
            let why = because(&silence.comment);
            return Held::by(
                format!("{by} silenced it until {until}{why}"),
                "/alerts#silences",
            );
        }
        if let Some((window, span)) = self.agenda(now_ms).holding(labels, now_ms) {
            let (name, until) = (&window.name, until(span.to_ms));
            let why = because(&window.comment);
            let link = format!("/alerts/windows#window-{}", window.id);
            return Held::by(
                format!("maintenance window {name:?} until {until}{why}"),
                &link,
            );
        }
        let inhibitor = self
            .inhibitor
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        let Some((id, source)) = inhibitor.holding(labels) else {
            return Held::default();
        };
        let about = [
            source.get("server"),
            source.get("instance"),
            source.get("check"),
        ];
        let about = match about.into_iter().find(|about| !about.is_empty()) {
            Some(about) => format!(" of {about}"),
            None => String::new(),
        };
        let (name, severity) = (source.get("alertname"), source.get("severity"));
        let why = format!("{name}{about} ({severity}) stands for it");
        Held::by(why, &format!("/alerts/{id}"))
    }

    /// The names of the maintenance windows that hold an alert with these labels.
    pub(super) fn windows_over(&self, labels: &Labels, now_ms: TimestampMs) -> Vec<String> {
        let agenda = self.agenda(now_ms);
        let runs = agenda.runs(now_ms);
        let about = runs.filter(|(window, _)| window.is_about(labels));
        about.map(|(window, _)| window.name.clone()).collect()
    }

    /// Which alerts hold back which others.
    pub(crate) fn inhibitions(&self) -> Vec<Inhibition> {
        let inhibitor = self.inhibitor.read();
        let inhibitor = inhibitor.unwrap_or_else(PoisonError::into_inner);
        inhibitor.rules().to_vec()
    }

    /// The labels of an alert that stands for one with these.
    pub(super) fn inhibited_by(&self, labels: &Labels) -> Option<Labels> {
        let inhibitor = self.inhibitor.read();
        let inhibitor = inhibitor.unwrap_or_else(PoisonError::into_inner);
        inhibitor.holding(labels).map(|(_, source)| source.clone())
    }

    /// Notes where an alert stands, for those that it holds back.
    pub(super) fn heed(&self, alerts: &[rules::Alert]) {
        let mut is_news = false;
        {
            let mut inhibitor = self
                .inhibitor
                .write()
                .unwrap_or_else(PoisonError::into_inner);
            for alert in alerts {
                is_news |= inhibitor.note(&Source {
                    id: alert.id,
                    step: alert.changes.len(),
                    labels: alert.labels.clone(),
                    fires: matches!(alert.state, State::Firing | State::Acknowledged),
                });
            }
        }
        if is_news {
            self.look_again();
        }
    }

    /// Other rules of which alerts hold back which.
    pub(super) fn inhibit_by(&self, rules: &[Inhibition]) {
        let mut inhibitor = self
            .inhibitor
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let is_news = inhibitor.judge_by(rules);
        drop(inhibitor);
        if is_news {
            self.look_again();
        }
    }

    fn look_again(&self) {
        self.is_stale.store(true, Ordering::Relaxed);
        self.changed.notify_one();
    }

    /// Waits until something that holds back has begun or ended since somebody looked last.
    pub(crate) async fn turn(&self, clock: &dyn Clock) {
        loop {
            if self.is_stale.load(Ordering::Relaxed) {
                return;
            }
            let looked_ms = self.looked_ms.load(Ordering::Relaxed);
            let agenda = self.agenda(clock.now_ms());
            let next = [
                next_change(&self.seen(), looked_ms),
                agenda.next_change(looked_ms),
            ];
            let next = next.into_iter().flatten().min();
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

    /// Why each alert that is held is so, as it was told last.
    pub(super) fn told(&self) -> MutexGuard<'_, HashMap<Uuid, String>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what is told of an alert; whether that is news.
    pub(super) fn note(&self, id: Uuid, held: &str) -> bool {
        let mut told = self.told();
        let before = match held {
            "" => told.remove(&id),
            held => told.insert(id, held.to_owned()),
        };
        before.unwrap_or_default() != held
    }

    /// Deletes silences and windows that were over before a time; how many.
    pub(super) async fn forget(&self, before_ms: TimestampMs) -> Result<u64, notifier::Error> {
        let mut silences = self.silences.lock().await;
        let deleted = silences.forget(before_ms).await?;
        self.see(&silences);
        let mut windows = self.windows.lock().await;
        let windows_deleted = windows.forget(before_ms).await?;
        // Found anew when somebody asks.
        self.see_windows(&windows, TimestampMs::MIN);
        Ok(deleted + windows_deleted)
    }
}

impl AlertService {
    /// Tells of open alerts that are held now and were not, or the other way round.
    pub(crate) async fn requiet(&self) {
        // Before alerts are asked: what begins or ends meanwhile is looked at once more.
        let now_ms = self.clock.now_ms();
        self.quiet.looked_ms.store(now_ms, Ordering::Relaxed);
        self.quiet.is_stale.store(false, Ordering::Relaxed);
        let alerts = self.book.lock().await.open_alerts();
        let mut rows = Vec::new();
        let mut marks = Vec::new();
        let mut free = Vec::new();
        for alert in &alerts {
            let held = self.held(&alert.labels);
            if !self.quiet.note(alert.id, &held.why) {
                continue;
            }
            if held.why.is_empty() {
                free.push(alert);
            }
            let row = self.shown(alert);
            if alert.firing_ms.is_some() {
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
        self.desk.release(&free, now_ms);
        self.publish(rows).await;
        for (server, title, link) in marks {
            self.events
                .record(EventKind::Alert, &server, title, link)
                .await;
        }
    }
}

fn until(at_ms: TimestampMs) -> String {
    let until = jiff::Timestamp::from_millisecond(at_ms).unwrap_or_default();
    until.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

fn because(comment: &str) -> String {
    match comment {
        "" => String::new(),
        comment => format!(" ({comment})"),
    }
}
