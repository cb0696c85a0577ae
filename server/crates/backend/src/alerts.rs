//! Alerts: people work what comes of rules. How rules are evaluated stands in `judging`.

mod agenda;
mod detail;
mod life;
mod open;
mod quiet;
mod routes;
mod sent;
mod silences;
mod standing;
mod windows;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use model::{Clock, Labels, TimestampMs};
use rules::{Book, State, What};
use tokio::sync::{Mutex, watch};
use wire::{
    Acknowledgement, Alert, AlertAction, AlertChange, AlertDetail, AlertDraft, AlertGroups,
    AlertNote, AlertState, Caller, Decision, EventKind, HistoryPage, HistoryQuery, Note, OpenPage,
    OpenQuery, Problem, Resolution, Role, Severity, WorkedAlerts, WorstAlerts,
};

use crate::dependencies::DependencyService;
use crate::error::database_problem;
use crate::events::EventLog;
use crate::judging::Judging;
use crate::live::Hub;
use crate::made::Made;
use crate::metrics::{SampleLog, wire_labels};
use crate::notify::Desk;

use quiet::Held;

pub(crate) use detail::told_apart;
pub(crate) use quiet::Quiet;
pub(crate) use routes::Routed;
pub(crate) use silences::SilenceChange;
pub(crate) use standing::Standing;

/// Resolved alerts that one answer holds.
const MOST_RESOLVED: u32 = 500;
/// Of those that fired, how many the page of alerts has; the history has all.
const MOST_PAST: u32 = 100;
/// Longest comment that is kept, in characters.
const LONGEST_COMMENT: usize = 4000;

/// The rules and the book of alerts.
pub(crate) struct AlertService {
    pub(crate) book: Mutex<Book>,
    pub(crate) judging: watch::Sender<Arc<Judging>>,
    pub(crate) clock: Arc<dyn Clock>,
    hub: Hub,
    pub(crate) samples: Arc<SampleLog>,
    pub(crate) events: Arc<EventLog>,
    pub(crate) dependencies: Arc<DependencyService>,
    /// How often alerts were ended that rules have not ended.
    endings: AtomicU64,
    pub(crate) quiet: Quiet,
    lookers: open::Lookers,
    pub(crate) made: Made,
    desk: Arc<Desk>,
}

impl AlertService {
    pub(crate) fn new(
        (book, quiet, made, desk): (Book, Quiet, Made, Arc<Desk>),
        judging: Judging,
        clock: Arc<dyn Clock>,
        hub: Hub,
        samples: Arc<SampleLog>,
        events: Arc<EventLog>,
        dependencies: Arc<DependencyService>,
    ) -> Self {
        Self {
            book: Mutex::new(book),
            judging: watch::Sender::new(Arc::new(judging)),
            clock,
            hub,
            samples,
            events,
            dependencies,
            endings: AtomicU64::new(0),
            quiet,
            lookers: open::Lookers::default(),
            made,
            desk,
        }
    }

    /// The rules in use.
    pub(crate) fn judged(&self) -> Arc<Judging> {
        self.judging.borrow().clone()
    }

    /// Where people reach the product, as configured; empty where that is not said.
    pub(crate) fn external_url(&self) -> String {
        self.judged().external_url().to_owned()
    }

    /// How often alerts were ended that rules have not ended.
    pub(crate) fn ended(&self) -> u64 {
        self.endings.load(Ordering::Relaxed)
    }

    /// Ends alerts about what is no longer watched, as `is_gone` says of their labels.
    pub(crate) async fn retire(&self, is_gone: impl Fn(&Labels) -> bool, why: &str) {
        self.retire_alerts(|alert| is_gone(&alert.labels), why)
            .await;
    }

    /// Ends alerts that no rule ends.
    pub(crate) async fn retire_alerts(&self, is_gone: impl Fn(&rules::Alert) -> bool, why: &str) {
        let now = self.clock.now_ms();
        let mut book = self.book.lock().await;
        self.endings.fetch_add(1, Ordering::Relaxed);
        let retired = book.retire(is_gone, why, now).await;
        drop(book);
        match retired {
            Ok(changed) => self.tell(&changed).await,
            Err(error) => {
                tracing::error!(error = %error, "alerts of what is no more could not be ended");
            }
        }
    }

    /// An alert as others see it.
    pub(crate) fn shown(&self, alert: &rules::Alert) -> Alert {
        let held = match alert.state {
            State::Resolved => Held::default(),
            _ => self.held(&alert.labels),
        };
        Alert {
            held: held.why,
            held_link: held.link,
            ..wire_alert(alert)
        }
    }

    /// Why nobody is called for an alert with these labels; empty where somebody is.
    fn held(&self, labels: &Labels) -> Held {
        match self.dependencies.held(labels) {
            reason if reason.is_empty() => self.quiet.held(labels, self.clock.now_ms()),
            reason => Held::by(reason, "/dependencies"),
        }
    }

    /// Why nobody is called for an alert with these labels, and where more of that is seen; empty where somebody is.
    pub(crate) fn held_back(&self, labels: &Labels) -> (String, String) {
        let held = self.held(labels);
        (held.why, held.link)
    }

    /// Which alerts hold back which others, from now on.
    pub(crate) fn inhibit_by(&self, rules: &[notifier::Inhibition]) {
        self.quiet.inhibit_by(rules);
    }

    /// Finds the open alerts that hold others back, and who is held, of which somebody was told in an earlier run; once,
    /// before anybody is told of alerts.
    pub(crate) async fn begin_quiet(&self) {
        let open = self.book.lock().await.open_alerts();
        self.quiet.heed(&open);
        for alert in &open {
            self.quiet.note(alert.id, &self.held(&alert.labels).why);
        }
    }

    /// Deletes alerts that ended before a time, silences and windows; how many alerts.
    pub(crate) async fn forget(&self, before_ms: TimestampMs) -> Result<u64, rules::Error> {
        if let Err(error) = self.quiet.forget(before_ms).await {
            tracing::error!(%error, "old silences and windows could not be deleted");
        }
        self.book.lock().await.forget(before_ms).await
    }

    pub(crate) async fn tell(&self, changed: &[rules::Alert]) {
        if changed.is_empty() {
            return;
        }
        // First of all, so that what one of them holds back is told as held.
        self.quiet.heed(changed);
        self.desk.note(changed, self.clock.now_ms());
        self.show(changed).await;
        let marks = changed.iter().filter_map(|alert| self.mark(alert));
        self.events
            .record_all(EventKind::Alert, marks.collect())
            .await;
    }

    /// Shows alerts as they are now to whoever looks. What is said of one that was over already brings it back to no
    /// list; its own page asks for it.
    async fn show(&self, changed: &[rules::Alert]) {
        let is_talk = |alert: &&rules::Alert| {
            let last = alert.changes.last().map(|change| change.what);
            alert.state == State::Resolved && last == Some(What::Commented)
        };
        let mut rows = Vec::new();
        for alert in changed.iter().filter(|alert| !is_talk(alert)) {
            let row = self.shown(alert);
            if self.quiet.note(alert.id, &row.held) && row.held.is_empty() {
                self.desk.release(&[alert], self.clock.now_ms());
            }
            rows.push(row);
        }
        self.publish(rows).await;
    }

    /// The mark of what happened: server, title and link. A pending alert that went away again is no news.
    fn mark(&self, alert: &rules::Alert) -> Option<(String, String, String)> {
        let last = alert.changes.last()?;
        // What is said of it, and who is to see to it, stands in its own history.
        let is_talk = matches!(last.what, What::Commented | What::Assigned);
        if alert.firing_ms.is_none() || is_talk {
            return None;
        }
        let state = match last.what {
            What::Lapsed => "fires again: its acknowledgement is over",
            _ => last.state.as_str(),
        };
        let server = alert.labels.get("server");
        let by = if last.actor.is_empty() {
            String::new()
        } else {
            format!(" by {}", last.actor)
        };
        // What a check says is about the check first.
        let about = match alert.labels.get("check") {
            "" => server,
            check => check,
        };
        let held = match self.shown(alert).held.as_str() {
            "" => String::new(),
            reason => format!(" (held: {reason})"),
        };
        let title = format!("{} {about} {state}{by}{held}", alert.rule);
        let link = format!("/alerts/{}", alert.id);
        Some((server.to_owned(), title, link))
    }
}

/// Who acts: the name typed where nobody signs in, else the name typed beside who signed in.
pub(crate) fn actor(caller: &Caller, note: &Note) -> Result<String, Problem> {
    let claimed = note.by.trim();
    if claimed.chars().count() > 200 || note.comment.chars().count() > LONGEST_COMMENT {
        return Err(Problem::invalid(format!(
            "a name has at most 200 characters, a comment {LONGEST_COMMENT}"
        )));
    }
    Ok(match claimed {
        "" => caller.name.clone(),
        name if caller.name == "local" || name == caller.name => name.to_owned(),
        name => format!("{name} (signed in as {})", caller.name),
    })
}

#[async_trait]
impl wire::Alerts for AlertService {
    async fn list(&self, caller: &Caller, open_only: bool) -> Result<Vec<Alert>, Problem> {
        caller.require(Role::Viewer)?;
        let (mut alerts, past) = {
            let book = self.book.lock().await;
            (book.open_alerts(), book.past())
        };
        if !open_only {
            let resolved = past.resolved(MOST_RESOLVED).await;
            alerts.extend(resolved.map_err(|error| database_problem("reading alerts", &error))?);
        }
        Ok(alerts.iter().map(|alert| self.shown(alert)).collect())
    }

    async fn resolved(&self, caller: &Caller) -> Result<Vec<Alert>, Problem> {
        caller.require(Role::Viewer)?;
        let past = self.book.lock().await.past();
        let resolved = past.fired_and_over(MOST_PAST).await;
        let resolved = resolved.map_err(|error| database_problem("reading alerts", &error))?;
        Ok(resolved.iter().map(|alert| self.shown(alert)).collect())
    }

    async fn worst(&self, caller: &Caller) -> Result<WorstAlerts, Problem> {
        self.do_worst(caller).await
    }

    async fn open(&self, caller: &Caller, query: OpenQuery) -> Result<OpenPage, Problem> {
        self.do_open(caller, query).await
    }

    async fn open_ids(&self, caller: &Caller, query: OpenQuery) -> Result<Vec<String>, Problem> {
        self.do_open_ids(caller, query).await
    }

    async fn groups(&self, caller: &Caller, query: OpenQuery) -> Result<AlertGroups, Problem> {
        self.do_groups(caller, query).await
    }

    async fn act_on_many(
        &self,
        caller: &Caller,
        ids: Vec<String>,
        action: AlertAction,
        note: AlertNote,
    ) -> Result<WorkedAlerts, Problem> {
        self.do_act_on_many(caller, ids, action, note).await
    }

    async fn decide(
        &self,
        caller: &Caller,
        id: &str,
        decision: Decision,
        note: Note,
    ) -> Result<Alert, Problem> {
        let action = match decision {
            Decision::Acknowledge => AlertAction::Acknowledge,
            Decision::Resolve => AlertAction::Resolve,
            Decision::Reopen => AlertAction::Reopen,
        };
        let Note { by, comment } = note;
        let note = AlertNote {
            by,
            comment,
            ..AlertNote::default()
        };
        self.do_act(caller, id, action, note).await
    }

    async fn detail(&self, caller: &Caller, id: &str) -> Result<AlertDetail, Problem> {
        self.do_detail(caller, id).await
    }

    async fn act(
        &self,
        caller: &Caller,
        id: &str,
        action: AlertAction,
        note: AlertNote,
    ) -> Result<Alert, Problem> {
        self.do_act(caller, id, action, note).await
    }

    async fn raise(&self, caller: &Caller, draft: AlertDraft) -> Result<Alert, Problem> {
        self.do_raise(caller, draft).await
    }

    async fn history(&self, caller: &Caller, query: HistoryQuery) -> Result<HistoryPage, Problem> {
        self.do_history(caller, query).await
    }
}

fn wire_state(state: State) -> AlertState {
    match state {
        State::Pending => AlertState::Pending,
        State::Firing => AlertState::Firing,
        State::Acknowledged => AlertState::Acknowledged,
        State::Resolved => AlertState::Resolved,
    }
}

fn wire_alert(alert: &rules::Alert) -> Alert {
    let text = |name: &str| alert.annotations.get(name).cloned().unwrap_or_default();
    let last = alert.changes.last();
    Alert {
        id: alert.id.to_string(),
        fingerprint: format!("{:016x}", alert.labels.fingerprint()),
        rule: alert.rule.clone(),
        server: alert.labels.get("server").to_owned(),
        severity: severity(alert),
        state: wire_state(alert.state),
        summary: match text("summary") {
            // What others send often says nothing but its name.
            empty if empty.is_empty() => alert.rule.clone(),
            summary => summary,
        },
        source: source(alert),
        description: text("description"),
        labels: wire_labels(&alert.labels),
        pending_ms: alert.pending_ms,
        firing_ms: alert.firing_ms,
        acknowledged: alert.acknowledgement().map(|taken| Acknowledgement {
            // Who has it now, wherever it was handed on.
            by: match alert.owner.as_str() {
                "" => taken.actor.clone(),
                owner => owner.to_owned(),
            },
            at_ms: taken.at_ms,
            comment: taken.comment.clone(),
        }),
        resolved: last
            .filter(|_| alert.state == State::Resolved)
            .map(|end| Resolution {
                by: Some(end.actor.clone()).filter(|actor| !actor.is_empty()),
                at_ms: end.at_ms,
                comment: end.comment.clone(),
            }),
        changes: alert
            .changes
            .iter()
            .map(|change| AlertChange {
                at_ms: change.at_ms,
                state: wire_state(change.state),
                by: done_by(change),
                comment: change.comment.clone(),
            })
            .collect(),
        held: String::new(),
        held_link: String::new(),
        link: link(alert),
        owner: alert.owner.clone(),
    }
}

/// The page that its rule names: a path of the product, and nothing that a browser takes for another host.
fn link(alert: &rules::Alert) -> String {
    let named = alert.annotations.get("link").map_or("", String::as_str);
    match is_own(named) && source(alert).is_empty() {
        true => named.to_owned(),
        false => String::new(),
    }
}

fn is_own(path: &str) -> bool {
    let is_odd = |letter: char| letter == '\\' || letter.is_control();
    path.starts_with('/') && !path.starts_with("//") && !path.contains(is_odd)
}

/// Who sends it or has raised it; empty where a rule says it.
fn source(alert: &rules::Alert) -> String {
    match (&alert.sent, alert.changes.first()) {
        (Some(sent), _) => sent.sender.clone(),
        (None, Some(first)) if alert.is_raised => first.actor.clone(),
        _ => String::new(),
    }
}

fn severity(alert: &rules::Alert) -> Severity {
    Severity::parse(alert.labels.get("severity")).unwrap_or(Severity::Warning)
}

/// Who took a step, also where nobody did.
fn done_by(change: &rules::Change) -> String {
    match (change.actor.as_str(), change.what) {
        ("", What::Lapsed) => "clock".to_owned(),
        ("", _) => "rule".to_owned(),
        (actor, _) => actor.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_the_product() {
        for (path, expected) in [
            ("/builds?project=a b", true),
            ("", false),
            ("https://evil.example/", false),
            ("//evil.example", false),
            ("/\\evil.example", false),
            ("/\tx", false),
        ] {
            assert_eq!(is_own(path), expected, "{path:?}");
        }
    }

    #[test]
    fn who_acts() {
        let note = |by: &str| Note {
            by: by.to_owned(),
            comment: String::new(),
        };
        let caller = |name: &str| Caller {
            name: name.to_owned(),
            ..Caller::local(wire::Via::Api)
        };
        for (name, by, expected) in [
            ("local", "", "local"),
            ("local", " ann ", "ann"),
            ("grafana", "", "grafana"),
            ("grafana", "ann", "ann (signed in as grafana)"),
        ] {
            assert_eq!(actor(&caller(name), &note(by)).unwrap(), expected);
        }
        assert!(actor(&caller("local"), &note(&"x".repeat(201))).is_err());
    }
}
