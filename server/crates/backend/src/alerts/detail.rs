//! Everything that is known of one alert: why it is quiet or not, what is related, what happened before it fired.

use std::collections::BTreeSet;

use model::{Labels, TimestampMs};
use rules::{Entry, State};
use wire::{
    AlertDetail, Caller, Event, EventKind, Events as _, Level, Problem, QuietReason, RelatedAlert,
    Role, Threshold,
};

use super::life::step;
use super::{AlertService, severity, wire_state};
use crate::condition::watched;
use crate::error::{alert_problem, database_problem};
use crate::made::limit;
use crate::metrics::wire_labels;

/// How long before an alert fired something may have to do with it.
const BEFORE_MS: i64 = 30 * 60_000;
/// The stretch of time in which it is counted how often an alert fired.
const COUNTED_MS: i64 = 30 * 86_400_000;
/// Marks that are looked through, and marks that are shown.
const LOOKED_AT: u32 = 2000;
const SHOWN_MARKS: usize = 50;
/// Related alerts that are shown.
const RELATED: u32 = 30;

impl AlertService {
    pub(super) async fn do_detail(
        &self,
        caller: &Caller,
        id: &str,
    ) -> Result<AlertDetail, Problem> {
        caller.require(Role::Viewer)?;
        let now = self.clock.now_ms();
        let (found, past) = {
            let book = self.book.lock().await;
            (book.find(id).await, book.past())
        };
        let alert = found.map_err(|error| alert_problem(&error))?;
        let near = self.near(&alert);
        let times = (alert.pending_ms, alert.resolved_ms.unwrap_or(now));
        let servers = near.all();
        let wrong = |error: db::Error| database_problem("reading alerts", &error);
        let around = past.around(&servers, &alert.rule, times, RELATED + 1);
        let around = around.await.map_err(wrong)?;
        let fired = past.fired(&alert.labels, now - COUNTED_MS);
        let fired_30d = fired.await.map_err(wrong)?;
        let before = self.before(caller, &alert, &near).await?;
        let (is_quiet, quiet) = self.why_quiet(&alert);
        let others = around.iter().filter(|other| other.id != alert.id);
        let was = alert.changes.iter().map(|change| Some(change.state));
        let was = std::iter::once(None).chain(was);
        let expr = self.expression(&alert);
        Ok(AlertDetail {
            watched: watched(&expr),
            limit: limit(&expr).map(|(value, below)| Threshold {
                value,
                level: Level::Unhealthy,
                label: String::new(),
                below,
            }),
            series: alert.series.as_ref().map(wire_labels).unwrap_or_default(),
            expr,
            value: alert.value,
            annotations: alert.annotations.clone(),
            until_ms: alert.until_ms,
            is_raised: alert.is_raised,
            ends_ms: alert.ends_ms,
            generator_url: alert
                .sent
                .as_ref()
                .map_or_else(String::new, |sent| sent.generator_url.clone()),
            starts_ms: alert.sent.as_ref().map(|sent| sent.starts_ms),
            steps: was
                .zip(&alert.changes)
                .map(|(was, it)| step(was, it))
                .collect(),
            is_quiet,
            quiet,
            related: others
                .take(RELATED as usize)
                .map(|it| related(it, &alert, &near))
                .collect(),
            before,
            fired_30d,
            alert: self.shown(&alert),
        })
    }

    /// The expression of its rule, if that is there.
    fn expression(&self, alert: &rules::Alert) -> String {
        let judging = self.judged();
        let mut rules = judging.groups.iter().flat_map(|group| &group.rules);
        let expr = rules.find_map(|judged| match &judged.entry {
            Entry::Alerting(rule) if !alert.is_raised && rule.could_be(alert) => {
                Some(rule.expr.to_string())
            }
            _ => None,
        });
        expr.unwrap_or_default()
    }

    fn near(&self, alert: &rules::Alert) -> Near {
        let server = alert.labels.get("server").to_owned();
        let (above, below) = match server.as_str() {
            "" => Default::default(),
            server => self.dependencies.around(server),
        };
        Near {
            server,
            above,
            below,
        }
    }

    /// Whether nobody is called, and why, or why somebody is.
    fn why_quiet(&self, alert: &rules::Alert) -> (bool, Vec<QuietReason>) {
        let mut reasons = Vec::new();
        let mut because = |text: String, link: &str| {
            let link = link.to_owned();
            reasons.push(QuietReason { text, link });
        };
        match alert.state {
            State::Pending => because(
                "It is still pending: it fires once its condition has held for long enough"
                    .to_owned(),
                "",
            ),
            State::Acknowledged => {
                let who = match alert.owner.as_str() {
                    "" => "Somebody",
                    owner => owner,
                };
                let until = match alert.until_ms {
                    Some(until_ms) => format!("until {}, then it fires again", utc(until_ms)),
                    None => "until it ends".to_owned(),
                };
                because(format!("{who} has it {until}"), "");
            }
            State::Resolved => because("It is over".to_owned(), ""),
            State::Firing => {}
        }
        if alert.state != State::Resolved {
            let depends = self.dependencies.held(&alert.labels);
            if !depends.is_empty() {
                because(format!("It is held: {depends}"), "/dependencies");
            }
            let quiet = self.quiet.held(&alert.labels, self.clock.now_ms());
            if !quiet.why.is_empty() {
                because(format!("It is held: {}", quiet.why), &quiet.link);
            }
        }
        let is_quiet = !reasons.is_empty();
        if !is_quiet {
            let text = "It fires, nobody has acknowledged it, no silence, window or other alert holds it, and nothing that it depends on fails";
            let (text, link) = (text.to_owned(), String::new());
            reasons.push(QuietReason { text, link });
        }
        (is_quiet, reasons)
    }

    /// What happened in the half hour before it fired that may have to do with it.
    async fn before(
        &self,
        caller: &Caller,
        alert: &rules::Alert,
        near: &Near,
    ) -> Result<Vec<Event>, Problem> {
        let to_ms = alert.firing_ms.unwrap_or(alert.pending_ms);
        let from_ms = to_ms.min(alert.pending_ms).saturating_sub(BEFORE_MS);
        let marks = self.events.list(caller, None, from_ms, to_ms, LOOKED_AT);
        let mut marks = marks.await?;
        marks.retain(|mark| near.may_be_why(mark));
        marks.truncate(SHOWN_MARKS);
        Ok(marks)
    }
}

/// The server that an alert is about, and those around it.
struct Near {
    /// Empty where it is about none.
    server: String,
    /// What it depends on.
    above: BTreeSet<String>,
    /// What depends on it.
    below: BTreeSet<String>,
}

impl Near {
    fn all(&self) -> Vec<String> {
        let around = self.above.iter().chain(&self.below).cloned();
        let own = Some(self.server.clone()).filter(|server| !server.is_empty());
        own.into_iter().chain(around).collect()
    }

    /// Whether a mark may say why an alert fires: something has changed about its server, about what that depends
    /// on, or about everything.
    fn may_be_why(&self, mark: &Event) -> bool {
        let is_change = match mark.kind {
            EventKind::Restart
            | EventKind::Definition
            | EventKind::Start
            | EventKind::Reload
            | EventKind::Stop
            | EventKind::Deploy
            | EventKind::Edit
            | EventKind::Regression
            | EventKind::Note => true,
            EventKind::Health => self.above.contains(&mark.server),
            EventKind::Alert | EventKind::Build => false,
        };
        let is_near = mark.server.is_empty()
            || self.server.is_empty()
            || mark.server == self.server
            || self.above.contains(&mark.server);
        is_change && is_near
    }
}

fn related(other: &rules::Alert, alert: &rules::Alert, near: &Near) -> RelatedAlert {
    let server = other.labels.get("server");
    let why = match server {
        "" => "of the same rule".to_owned(),
        server if server == near.server && other.rule == alert.rule => {
            "of the same rule and server".to_owned()
        }
        server if server == near.server => "about the same server".to_owned(),
        server if near.above.contains(server) => format!("{} depends on {server}", near.server),
        server if near.below.contains(server) => format!("{server} depends on {}", near.server),
        _ => "of the same rule".to_owned(),
    };
    RelatedAlert {
        id: other.id.to_string(),
        summary: match other.annotations.get("summary") {
            Some(summary) if !summary.is_empty() => summary.clone(),
            _ => format!(
                "{} {}",
                other.rule,
                told_apart(&other.labels, &alert.labels)
            ),
        },
        rule: other.rule.clone(),
        server: server.to_owned(),
        severity: severity(other),
        state: wire_state(other.state),
        firing_ms: other.firing_ms.unwrap_or(other.pending_ms),
        why,
    }
}

/// What labels of an alert are different from some others: the first two, as `name=value`.
pub(crate) fn told_apart(labels: &Labels, others: &Labels) -> String {
    let own = labels.iter().filter(|(name, value)| {
        !["alertname", "severity"].contains(name) && others.get(name) != *value
    });
    let own: Vec<_> = own
        .take(2)
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    own.join(", ")
}

/// A time as people read it.
fn utc(at_ms: TimestampMs) -> String {
    let at = jiff::Timestamp::from_millisecond(at_ms).unwrap_or_default();
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}
