//! Alerts and silences as the API shows them.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use model::{Labels, TimestampMs};
use notifier::{Op, Phase, Silence};
use serde::Serialize;

use super::times;
use crate::alerts::Standing;

/// A name alone.
#[derive(Serialize)]
pub(super) struct Receiver {
    pub(super) name: String,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    inhibited_by: Vec<String>,
    muted_by: Vec<String>,
    silenced_by: Vec<String>,
    state: &'static str,
}

/// An alert that fires.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GettableAlert {
    annotations: BTreeMap<String, String>,
    ends_at: String,
    pub(super) fingerprint: String,
    receivers: Vec<Receiver>,
    starts_at: String,
    status: Status,
    updated_at: String,
    #[serde(rename = "generatorURL", skip_serializing_if = "String::is_empty")]
    generator_url: String,
    labels: BTreeMap<String, String>,
}

pub(super) fn label_set(labels: &Labels) -> BTreeMap<String, String> {
    let pairs = labels.iter();
    pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn fingerprint(labels: &Labels) -> String {
    format!("{:016x}", labels.fingerprint())
}

/// An alert as it stands, in a group that a time interval may mute. One that has no end, as those of rules, ends later than
/// anybody asks again.
pub(super) fn alert(
    standing: &Standing,
    muted_by: Option<&str>,
    (now_ms, timeout_ms): (TimestampMs, i64),
    page: &str,
) -> GettableAlert {
    let alert = &standing.alert;
    let sent = alert.sent.as_ref();
    let since_ms = alert.firing_ms.unwrap_or(alert.pending_ms);
    let last_ms = alert.changes.last().map_or(since_ms, |last| last.at_ms);
    let ends_ms = alert.ends_ms.unwrap_or(now_ms.saturating_add(timeout_ms));
    let inhibited = standing.inhibited_by.iter();
    let receivers = standing.routed.iter().map(|routed| Receiver {
        name: routed.receiver.clone(),
    });
    GettableAlert {
        annotations: alert.annotations.clone(),
        ends_at: times::written(ends_ms),
        fingerprint: fingerprint(&alert.labels),
        receivers: receivers.collect(),
        starts_at: times::written(sent.map_or(since_ms, |sent| sent.starts_ms)),
        status: Status {
            inhibited_by: inhibited.map(fingerprint).collect(),
            muted_by: (standing.muted_by.iter().cloned())
                .chain(muted_by.map(str::to_owned))
                .collect(),
            silenced_by: standing.silenced_by.clone(),
            state: match standing.is_suppressed() || muted_by.is_some() {
                true => "suppressed",
                false => "active",
            },
        },
        updated_at: times::written(sent.map_or(last_ms, |sent| sent.updated_ms)),
        generator_url: match sent {
            Some(sent) => sent.generator_url.clone(),
            None => format!("{page}/alerts/{}", alert.id),
        },
        labels: label_set(&alert.labels),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GettableMatcher {
    is_equal: bool,
    is_regex: bool,
    name: String,
    value: String,
}

#[derive(Serialize)]
struct SilenceStatus {
    state: &'static str,
}

/// A silence, over or not.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GettableSilence {
    id: String,
    status: SilenceStatus,
    updated_at: String,
    comment: String,
    created_by: String,
    ends_at: String,
    matchers: Vec<GettableMatcher>,
    starts_at: String,
}

pub(super) fn silence(silence: &Silence, now_ms: TimestampMs) -> GettableSilence {
    let matchers = silence.matchers.iter().map(|matcher| GettableMatcher {
        is_equal: matches!(matcher.op, Op::Equal | Op::Matches),
        is_regex: matches!(matcher.op, Op::Matches | Op::MatchesNot),
        name: matcher.name.clone(),
        value: matcher.value.clone(),
    });
    GettableSilence {
        id: silence.id.to_string(),
        status: SilenceStatus {
            state: match silence.phase(now_ms) {
                Phase::Pending => "pending",
                Phase::Active => "active",
                Phase::Expired => "expired",
            },
        },
        updated_at: times::written(silence.updated_ms.unwrap_or(silence.created_ms)),
        comment: silence.comment.clone(),
        created_by: silence.by.clone(),
        ends_at: times::written(silence.ends_ms),
        matchers: matchers.collect(),
        starts_at: times::written(silence.starts_ms),
    }
}

/// Labels in the order in which Alertmanager has groups, and alerts within them: fewer first, then name by name, those
/// that have a label behind those that do not (`LabelSet.Before` of `github.com/prometheus/common/model`).
pub(super) type Rank<'a> = (usize, Vec<(Reverse<&'a str>, &'a str)>);

pub(super) fn rank(labels: &Labels) -> Rank<'_> {
    let pairs = labels.iter().map(|(name, value)| (Reverse(name), value));
    let pairs: Vec<_> = pairs.collect();
    (pairs.len(), pairs)
}

/// The same with what is looked at before that in alerts: their job and instance, those that have none last.
pub(super) fn rank_in_group(labels: &Labels) -> ([(bool, &str); 2], Rank<'_>) {
    let first = ["job", "instance"].map(|name| (labels.get(name).is_empty(), labels.get(name)));
    (first, rank(labels))
}
