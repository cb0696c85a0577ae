//! Routes, messages and turns as others see them.

use std::collections::BTreeMap;

use model::{Labels, TimestampMs};
use notifier::{Dispatch, Letter, Mistake, Outcome, Route, Routing, SentState, Why};
use wire::{RouteNode, RoutesMistake, SendReason, Sent, SentAlert, TestAnswer};

use crate::alerts::told_apart;

/// Alerts of a message that are named.
const MOST_NAMED: usize = 20;

pub(super) fn map(labels: &Labels) -> BTreeMap<String, String> {
    let pairs = labels.iter();
    pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

pub(super) fn mistake(mistake: &Mistake) -> RoutesMistake {
    RoutesMistake {
        line: u32::try_from(mistake.at.line).unwrap_or(u32::MAX),
        column: u32::try_from(mistake.at.column).unwrap_or(u32::MAX),
        text: mistake.text.clone(),
    }
}

pub(super) fn reason(why: Why) -> SendReason {
    match why {
        Why::FirstNotification => SendReason::First,
        Why::NewAlerts => SendReason::NewAlerts,
        Why::NewResolved => SendReason::NewResolved,
        Why::AllResolved => SendReason::AllResolved,
        Why::Repeat => SendReason::Repeat,
        Why::Escalation => SendReason::Escalation,
        Why::Digest => SendReason::Digest,
        Why::Heartbeat => SendReason::Heartbeat,
        Why::Test => SendReason::Test,
        Why::Report => SendReason::Report,
    }
}

/// A reason by the word that others use for it.
pub(super) fn why(reason: SendReason) -> Why {
    let found = Why::ALL
        .into_iter()
        .find(|why| self::reason(*why) == reason);
    found.unwrap_or(Why::Test)
}

fn state(state: SentState) -> wire::SentState {
    match state {
        SentState::Queued => wire::SentState::Queued,
        SentState::Sent => wire::SentState::Sent,
        SentState::Failed => wire::SentState::Failed,
        SentState::GivenUp => wire::SentState::GivenUp,
        SentState::HeldBack => wire::SentState::HeldBack,
    }
}

pub(super) fn sent(letter: &Letter) -> Sent {
    let message = &letter.message;
    let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let named = message.notices.iter().take(MOST_NAMED).map(|notice| {
        let name = notice.labels.get("alertname");
        let about = ["server", "check", "instance"].map(|label| notice.labels.get(label));
        let about = about.into_iter().find(|about| !about.is_empty());
        let about = about.map_or_else(
            || told_apart(&notice.labels, &message.group_labels),
            ToOwned::to_owned,
        );
        SentAlert {
            id: notice.id.to_string(),
            title: format!("{name} {about}").trim_end().to_owned(),
            is_firing: notice.is_firing,
        }
    });
    let delivery = &letter.delivery;
    Sent {
        id: letter.id,
        at_ms: letter.at_ms,
        receiver: letter.receiver.clone(),
        kind: letter.kind.clone(),
        target: letter.target.clone(),
        group_key: message.group_key.clone(),
        group_labels: map(&message.group_labels),
        reason: reason(message.reason),
        firing: count(message.firing().count()),
        resolved: count(message.resolved().count()),
        alerts: named.collect(),
        state: state(delivery.state),
        attempts: delivery.attempts,
        attempted_ms: delivery.attempted_ms,
        cause: delivery
            .cause
            .map_or("", notifier::Cause::as_str)
            .to_owned(),
        answer: delivery.answer.clone(),
        next_ms: delivery.next_ms,
        key: message.key.clone(),
    }
}

pub(super) fn node(
    route: &Route,
    routing: &Routing,
    dispatch: &Dispatch,
    now_ms: TimestampMs,
) -> RouteNode {
    let matchers: Vec<_> = route.matchers.iter().map(ToString::to_string).collect();
    let seconds = |ms: i64| ms as f64 / 1000.0;
    let children = route.children.iter();
    RouteNode {
        id: route.id.clone(),
        receiver: route.receiver.clone(),
        matchers: matchers.join(", "),
        goes_on: route.goes_on,
        group_by: match route.by_all {
            true => vec!["...".to_owned()],
            false => route.group_by.clone(),
        },
        wait_seconds: seconds(route.wait_ms),
        interval_seconds: seconds(route.interval_ms),
        repeat_seconds: seconds(route.repeat_ms),
        muted_at: route.muted_at.clone(),
        active_at: route.active_at.clone(),
        is_muted_now: routing.muted(route, now_ms).is_some(),
        escalation: route.escalation.clone(),
        groups: u64::try_from(dispatch.count(&route.id)).unwrap_or(u64::MAX),
        children: children
            .map(|child| node(child, routing, dispatch, now_ms))
            .collect(),
    }
}

pub(super) fn answer(kind: &str, target: String, outcome: &Outcome, took_ms: i64) -> TestAnswer {
    TestAnswer {
        kind: kind.to_owned(),
        target,
        is_ok: outcome.state == SentState::Sent,
        cause: outcome.cause.map_or("", notifier::Cause::as_str).to_owned(),
        answer: outcome.answer.clone(),
        seconds: took_ms as f64 / 1000.0,
    }
}
