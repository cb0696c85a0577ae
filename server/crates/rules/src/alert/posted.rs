//! Alerts that other systems send and send again, as Prometheus does every minute.
//!
//! What becomes of one that is sent again is as in Alertmanager (`Alert.Merge` in `types/types.go` and `Alerts.Put` in
//! `provider/mem/mem.go` of <https://github.com/prometheus/alertmanager>).

use std::collections::BTreeMap;

use model::{Labels, TimestampMs};

use super::{Alert, Raised, State, What};

/// How much later an alert may end than its end on disk says: most of what is sent again says nothing but a later end,
/// every minute, and is not worth a write each time.
pub(crate) const ROUGH_MS: i64 = 5 * 60_000;

/// What a sender says of an alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posted {
    /// The same labels are the same alert.
    pub labels: Labels,
    /// Its texts.
    pub annotations: BTreeMap<String, String>,
    /// Since when it fires.
    pub starts_ms: TimestampMs,
    /// Until when, if it is not sent again; in the past, it is over.
    pub ends_ms: TimestampMs,
    /// Whether the sender has named no end, so that it is one that was set for it.
    pub is_timeout: bool,
    /// Where it comes from; empty where nobody says.
    pub generator_url: String,
    /// Who sends it.
    pub sender: String,
}

/// What is known of an alert from who sends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Who sends it.
    pub sender: String,
    /// Where it comes from, as the sender says; empty where nobody does.
    pub generator_url: String,
    /// Since when it fires, as the sender says.
    pub starts_ms: TimestampMs,
    /// Whether the sender has named no end.
    pub is_timeout: bool,
    /// When it was sent last.
    pub updated_ms: TimestampMs,
    /// The end that is on disk.
    pub(crate) noted_ends_ms: Option<TimestampMs>,
}

impl Posted {
    /// Whether it says that the alert is over.
    pub(crate) fn is_over(&self, now: TimestampMs) -> bool {
        self.ends_ms <= now
    }

    fn sent(&self, starts_ms: TimestampMs, noted_ends_ms: TimestampMs, now: TimestampMs) -> Sent {
        Sent {
            sender: self.sender.clone(),
            generator_url: self.generator_url.clone(),
            starts_ms,
            is_timeout: self.is_timeout,
            updated_ms: now,
            noted_ends_ms: Some(noted_ends_ms),
        }
    }
}

impl Alert {
    /// Somebody sends it for the first time.
    pub(crate) fn begin_posted(posted: &Posted, now: TimestampMs) -> Self {
        let name = match posted.labels.get("alertname") {
            "" => "unnamed",
            name => name,
        };
        let raised = Raised {
            name: name.to_owned(),
            labels: posted.labels.clone(),
            annotations: posted.annotations.clone(),
            ends_ms: Some(posted.ends_ms),
        };
        Self {
            sent: Some(posted.sent(posted.starts_ms, posted.ends_ms, now)),
            ..Self::raise(&raised, &posted.sender, "", now)
        }
    }

    /// It is sent once more.
    pub(crate) fn posted(&self, posted: &Posted, now: TimestampMs) -> Self {
        let mut next = self.clone();
        let (starts_ms, ends_ms) = self.merged(posted, now);
        let noted = self.sent.as_ref().and_then(|sent| sent.noted_ends_ms);
        // An earlier end has to be known after a restart, and one that is much later.
        let is_near = |noted: &TimestampMs| (0..=ROUGH_MS).contains(&(ends_ms - noted));
        let noted_ms = noted.filter(is_near).unwrap_or(ends_ms);
        next.sent = Some(posted.sent(starts_ms, noted_ms, now));
        next.annotations.clone_from(&posted.annotations);
        next.ends_ms = Some(ends_ms);
        if ends_ms <= now {
            next.holds = false;
            if next.state != State::Resolved {
                next.resolved_ms = Some(now);
                let (who, why) = (&posted.sender, "its sender says that it is over");
                next.step(What::Resolved, State::Resolved, now, who, why);
            }
        }
        next
    }

    /// From when to when it fires, by what was said before and what is said now.
    fn merged(&self, posted: &Posted, now: TimestampMs) -> (TimestampMs, TimestampMs) {
        let (starts_ms, ends_ms) = (posted.starts_ms, posted.ends_ms);
        let (Some(sent), Some(old_ends_ms)) = (&self.sent, self.ends_ms) else {
            return (starts_ms, ends_ms);
        };
        let is_within = |at: TimestampMs| sent.starts_ms < at && at < old_ends_ms;
        if !is_within(starts_ms) && !is_within(ends_ms) {
            return (starts_ms, ends_ms);
        }
        let is_kept = !posted.is_over(now) && old_ends_ms > ends_ms && !sent.is_timeout;
        let ends_ms = if is_kept { old_ends_ms } else { ends_ms };
        (starts_ms.min(sent.starts_ms), ends_ms)
    }

    /// Whoever sends it could not do so for a while.
    pub(crate) fn awaited(&self, until_ms: TimestampMs) -> Self {
        Self {
            ends_ms: self.ends_ms.map(|ends_ms| ends_ms.max(until_ms)),
            ..self.clone()
        }
    }

    /// It is over, and whether it is sent does not matter any more.
    pub(crate) fn forgotten(&self) -> Self {
        Self {
            holds: false,
            ..self.clone()
        }
    }
}
