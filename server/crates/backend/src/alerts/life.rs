//! What people and programs do with alerts, what the clock makes of it, and the history of all.

use std::collections::BTreeMap;

use model::{Labels, METRIC_NAME, TimestampMs};
use rules::{Decision, Raised, Search};
use wire::{
    Alert, AlertAction, AlertDraft, AlertEvent, AlertNote, AlertState, AlertStep, Caller,
    HistoryPage, HistoryQuery, HistoryRow, Note, Problem, Role, Severity,
};

use super::{AlertService, LONGEST_COMMENT, actor, done_by, wire_state};
use crate::asked;
use crate::error::{alert_problem, database_problem};

/// Longest name of a person, an alert or a server, in characters.
const LONGEST_NAME: usize = 200;
/// Longest summary and longest value of a label, in characters.
const LONGEST_LINE: usize = 500;
/// The most labels beside name, severity and server.
const MOST_LABELS: usize = 30;
/// The most rows of a page of the history.
const MOST_ROWS: u32 = 1000;

impl AlertService {
    /// What the clock has made of alerts since somebody looked last.
    pub(crate) async fn let_pass(&self) {
        let now = self.clock.now_ms();
        let passed = self.book.lock().await.pass(now).await;
        match passed {
            Ok(changed) => self.tell(&changed).await,
            Err(error) => {
                tracing::error!(%error, "acknowledgements that are over could not be ended")
            }
        }
    }

    pub(super) async fn do_act(
        &self,
        caller: &Caller,
        id: &str,
        action: AlertAction,
        note: AlertNote,
    ) -> Result<Alert, Problem> {
        caller.require(Role::Operator)?;
        let said = Note {
            by: note.by.clone(),
            comment: note.comment.clone(),
        };
        let (actor, now) = (actor(caller, &said)?, self.clock.now_ms());
        let decision = decision(action, &note, now)?;
        let mut book = self.book.lock().await;
        let comment = note.comment.trim();
        let outcome = book.decide(id, &decision, &actor, comment, now).await;
        drop(book);
        let alert = outcome.map_err(|error| alert_problem(&error))?;
        self.tell(std::slice::from_ref(&alert)).await;
        Ok(self.shown(&alert))
    }

    pub(super) async fn do_raise(
        &self,
        caller: &Caller,
        draft: AlertDraft,
    ) -> Result<Alert, Problem> {
        caller.require(Role::Operator)?;
        let note = Note {
            by: draft.by.clone(),
            comment: String::new(),
        };
        let (actor, now) = (actor(caller, &note)?, self.clock.now_ms());
        let raised = raised(&draft, now)?;
        let mut book = self.book.lock().await;
        let outcome = book.raise(&raised, &actor, "", now).await;
        drop(book);
        let (alert, is_new) = outcome.map_err(|error| alert_problem(&error))?;
        match is_new {
            true => self.tell(std::slice::from_ref(&alert)).await,
            // It says other words perhaps, and has taken no step.
            false => self.show(std::slice::from_ref(&alert)).await,
        }
        Ok(self.shown(&alert))
    }

    pub(super) async fn do_history(
        &self,
        caller: &Caller,
        query: HistoryQuery,
    ) -> Result<HistoryPage, Problem> {
        caller.require(Role::Viewer)?;
        let search = search(query)?;
        let past = self.book.lock().await.past();
        let found = past.search(&search).await;
        let found =
            found.map_err(|error| database_problem("reading the history of alerts", &error))?;
        Ok(HistoryPage {
            rows: found.steps.into_iter().map(row).collect(),
            next: (found.next).map_or_else(String::new, |(at_ms, seq)| format!("{at_ms}.{seq}")),
        })
    }
}

fn long(what: &str, most: usize) -> Problem {
    Problem::invalid(format!("{what} has at most {most} characters"))
}

/// When something ends that is said to last, or to end at some time.
fn end_of(
    ends: (&str, Option<i64>),
    lasts_ms: Option<i64>,
    now: TimestampMs,
) -> Result<Option<TimestampMs>, Problem> {
    let end = match (ends.1, lasts_ms) {
        (Some(_), Some(_)) => {
            return Err(Problem::invalid(format!(
                "write either {} (milliseconds UTC) or lasts_ms (how long), not both",
                ends.0
            )));
        }
        (ends_ms, None) => ends_ms,
        (None, Some(lasts_ms)) => Some(now.saturating_add(lasts_ms)),
    };
    match end.is_some_and(|end| end <= now) {
        true => Err(Problem::invalid(format!(
            "{} has to lie in the future, and lasts_ms has to be more than 0",
            ends.0
        ))),
        false => Ok(end),
    }
}

pub(super) fn decision(
    action: AlertAction,
    note: &AlertNote,
    now: TimestampMs,
) -> Result<Decision, Problem> {
    let owner = note.owner.trim().to_owned();
    if owner.chars().count() > LONGEST_NAME {
        return Err(long("owner", LONGEST_NAME));
    }
    let until_ms = end_of(("until_ms", note.until_ms), note.lasts_ms, now)?;
    if until_ms.is_some() && action != AlertAction::Acknowledge {
        let what = "until_ms and lasts_ms belong to an acknowledgement alone";
        return Err(Problem::invalid(what));
    }
    let takes_owner = matches!(action, AlertAction::Acknowledge | AlertAction::Assign);
    if !owner.is_empty() && !takes_owner {
        let what = "an owner is named when an alert is acknowledged or assigned";
        return Err(Problem::invalid(what));
    }
    Ok(match action {
        AlertAction::Acknowledge => Decision::Acknowledge { owner, until_ms },
        AlertAction::Assign => Decision::Assign { owner },
        AlertAction::Comment => Decision::Comment,
        AlertAction::Resolve => Decision::Resolve,
        AlertAction::Reopen => Decision::Reopen,
    })
}

fn raised(draft: &AlertDraft, now: TimestampMs) -> Result<Raised, Problem> {
    let (name, server) = (draft.name.trim(), draft.server.trim());
    if name.is_empty() {
        return Err(Problem::invalid(
            "an alert has a name, such as BackupFailed",
        ));
    }
    for (what, text, most) in [
        ("name", name, LONGEST_NAME),
        ("server", server, LONGEST_NAME),
        ("summary", draft.summary.trim(), LONGEST_LINE),
        ("description", draft.description.trim(), LONGEST_COMMENT),
    ] {
        if text.chars().count() > most {
            return Err(long(what, most));
        }
    }
    let severity = match draft.severity.trim() {
        "" => Severity::Warning,
        word => Severity::parse(word).ok_or_else(|| {
            let known: Vec<_> = Severity::ALL.iter().map(|it| it.as_str()).collect();
            let known = known.join(", ");
            Problem::invalid(format!("{word:?} is no severity; it is one of {known}"))
        })?,
    };
    let mut labels = further(&draft.labels)?;
    labels = labels.with("alertname", name);
    labels = labels.with("severity", severity.as_str());
    if !server.is_empty() {
        labels = labels.with("server", server);
    }
    let summary = match draft.summary.trim() {
        "" => name,
        summary => summary,
    };
    let texts = [
        ("summary", summary),
        ("description", draft.description.trim()),
    ];
    let texts = texts.map(|(name, text)| (name.to_owned(), text.to_owned()));
    Ok(Raised {
        name: name.to_owned(),
        labels,
        annotations: BTreeMap::from(texts),
        ends_ms: end_of(("ends_ms", draft.ends_ms), draft.lasts_ms, now)?,
    })
}

/// Labels beside those that fields of their own say.
fn further(given: &BTreeMap<String, String>) -> Result<Labels, Problem> {
    if given.len() > MOST_LABELS {
        return Err(Problem::invalid(format!(
            "an alert has at most {MOST_LABELS} labels of its own"
        )));
    }
    let mut labels = Labels::new();
    for (name, value) in given {
        let is_letter = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
        let is_name = name.bytes().next().is_some_and(is_letter)
            && name
                .bytes()
                .all(|byte| is_letter(byte) || byte.is_ascii_digit());
        let is_ours = ["alertname", "severity", "server", METRIC_NAME].contains(&name.as_str());
        if !is_name || is_ours || name.starts_with("__") || name.len() > LONGEST_NAME {
            return Err(Problem::invalid(format!(
                "{name:?} is no label of one's own: letters, digits and _; name, severity and server have fields of \
                 their own"
            )));
        }
        if value.chars().count() > LONGEST_LINE {
            return Err(long(
                &format!("the value of the label {name}"),
                LONGEST_LINE,
            ));
        }
        labels = labels.with(name, value);
    }
    Ok(labels)
}

fn search(query: HistoryQuery) -> Result<Search, Problem> {
    let severities = Severity::ALL.iter().map(|it| it.as_str());
    asked::one_of("severity", &query.severity, severities)?;
    let events = AlertEvent::ALL.iter().map(|it| it.as_str());
    asked::one_of("event of an alert", &query.what, events)?;
    let states = AlertState::ALL.iter().map(|it| it.as_str());
    asked::one_of("state", &query.state, states)?;
    let before = match query.after.as_str() {
        "" => None,
        place => {
            let parts = place.split_once('.');
            let parts = parts.and_then(|(at, seq)| Some((at.parse().ok()?, seq.parse().ok()?)));
            let wrong = || {
                Problem::invalid(format!(
                    "{place:?} is no place of the history: take `next` of a page"
                ))
            };
            Some(parts.ok_or_else(wrong)?)
        }
    };
    asked::bounded(&[
        ("text", &query.text),
        ("server", &query.server),
        ("person", &query.person),
        ("alert", &query.alert),
    ])?;
    Ok(Search {
        severity: query.severity,
        what: query.what,
        state: query.state,
        text: query.text,
        server: query.server,
        person: query.person.trim().to_owned(),
        alert: query.alert,
        from_ms: query.from_ms.unwrap_or(TimestampMs::MIN),
        to_ms: query.to_ms.unwrap_or(TimestampMs::MAX),
        before,
        limit: query.limit.clamp(1, MOST_ROWS),
    })
}

/// A step as others see it.
pub(super) fn step(was: Option<rules::State>, change: &rules::Change) -> AlertStep {
    AlertStep {
        at_ms: change.at_ms,
        what: AlertEvent::parse(change.what.as_str()).unwrap_or(AlertEvent::Commented),
        was: was.map(wire_state),
        state: wire_state(change.state),
        by: done_by(change),
        comment: change.comment.clone(),
        owner: change.owner.clone(),
        until_ms: change.until_ms,
    }
}

fn row(found: rules::Step) -> HistoryRow {
    HistoryRow {
        seq: found.seq,
        step: step(found.was, &found.change),
        alert: found.alert,
        rule: found.rule,
        server: found.server,
        severity: found.severity,
        summary: found.summary,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_has_a_word() {
        use rules::What::*;
        for what in [
            Begun,
            Fired,
            Raised,
            Acknowledged,
            Lapsed,
            Assigned,
            Commented,
            Resolved,
            Reopened,
        ] {
            assert!(AlertEvent::parse(what.as_str()).is_some(), "{what:?}");
        }
    }

    fn draft(json: &str) -> AlertDraft {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn what_is_raised() {
        let json = r#"{"name":" Backup ","server":"files","labels":{"disk":"b"},"lasts_ms":5000}"#;
        let raised = raised(&draft(json), 1000).unwrap();
        let labels = r#"{alertname="Backup", disk="b", server="files", severity="warning"}"#;
        assert_eq!(raised.labels.to_string(), labels);
        assert_eq!(
            (raised.ends_ms, &*raised.annotations["summary"]),
            (Some(6000), "Backup")
        );
    }

    #[test]
    fn what_cannot_be_raised() {
        for (json, part) in [
            ("{}", "has a name"),
            (
                r#"{"name":"x","severity":"fatal"}"#,
                "info, warning, error, critical, emergency",
            ),
            (r#"{"name":"x","ends_ms":999}"#, "in the future"),
            (r#"{"name":"x","lasts_ms":0}"#, "more than 0"),
            (r#"{"name":"x","lasts_ms":1,"ends_ms":9999}"#, "not both"),
            (
                r#"{"name":"x","labels":{"severity":"info"}}"#,
                "fields of their own",
            ),
            (r#"{"name":"x","labels":{"a-b":"c"}}"#, "letters, digits"),
            (
                r#"{"name":"x","labels":{"__raised__":"c"}}"#,
                "letters, digits",
            ),
        ] {
            let refused = raised(&draft(json), 1000).unwrap_err();
            assert!(refused.message.contains(part), "{json}: {refused}");
        }
        let long = AlertDraft {
            name: "x".to_owned(),
            summary: "y".repeat(501),
            ..AlertDraft::default()
        };
        assert!(raised(&long, 0).unwrap_err().message.contains("500"));
    }

    #[test]
    fn what_cannot_be_decided() {
        let note = |until_ms, owner: &str| AlertNote {
            until_ms,
            owner: owner.to_owned(),
            ..AlertNote::default()
        };
        use AlertAction::{Acknowledge, Comment, Resolve};
        for (action, note, part) in [
            (Acknowledge, note(Some(1000), ""), "in the future"),
            (Resolve, note(Some(5000), ""), "acknowledgement alone"),
            (Comment, note(None, "ann"), "owner is named"),
            (Acknowledge, note(None, &"x".repeat(201)), "200"),
        ] {
            let refused = decision(action, &note, 1000).unwrap_err();
            assert!(refused.message.contains(part), "{refused}");
        }
    }

    #[test]
    fn places_in_the_history() {
        let after = |after: &str| HistoryQuery {
            after: after.to_owned(),
            ..HistoryQuery::default()
        };
        assert_eq!(search(after("17.3")).unwrap().before, Some((17, 3)));
        for wrong in ["17", "x.3", "17.3.1"] {
            assert!(search(after(wrong)).is_err(), "{wrong}");
        }
        let fatal = HistoryQuery {
            severity: "fatal".to_owned(),
            ..HistoryQuery::default()
        };
        assert!(search(fatal).unwrap_err().message.contains("emergency"));
    }
}
