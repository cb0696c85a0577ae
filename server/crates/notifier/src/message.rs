//! What receivers are told: one message of one group of alerts.

use std::collections::BTreeMap;
use std::fmt;

use model::{Labels, TimestampMs};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One alert in a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    /// The alert's own id.
    pub id: Uuid,
    /// 16 hexadecimal digits, as Alertmanager's.
    pub fingerprint: String,
    /// Whether it holds; otherwise it is over.
    pub is_firing: bool,
    /// All labels, `alertname` included.
    #[serde(with = "pairs")]
    pub labels: Labels,
    /// Texts for people.
    pub annotations: BTreeMap<String, String>,
    /// Since when it holds.
    pub starts_ms: TimestampMs,
    /// When it was over, or when it will be if nobody says it again.
    pub ends_ms: Option<TimestampMs>,
    /// Where one sees what made it.
    pub generator_url: String,
}

/// What one integration of one receiver is told, once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// The receiver's name.
    pub receiver: String,
    /// The group, as Alertmanager writes it: `{}/{severity="critical"}:{alertname="X"}`.
    pub group_key: String,
    /// What all alerts of the group have in common because they are grouped by it.
    #[serde(with = "pairs")]
    pub group_labels: Labels,
    /// The alerts; those that hold come first.
    pub notices: Vec<Notice>,
    /// What it is about.
    pub reason: Why,
    /// Where people reach the product, without a slash at its end.
    pub external_url: String,
    /// Tells this message from all others, and is the same at every attempt to deliver it.
    pub key: String,
    /// What comes with it, where the channel takes files: mails do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<File>,
}

/// A file that comes with a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Its name, such as `report.csv`.
    pub name: String,
    /// What it is, as in `Content-Type`.
    pub media_type: String,
    /// What it says.
    pub text: String,
}

/// Why a message is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The group is new to the receiver.
    FirstNotification,
    /// Alerts have joined the group.
    NewAlerts,
    /// Some alerts are over.
    NewResolved,
    /// All alerts are over.
    AllResolved,
    /// Nothing has changed, and the repeat interval has passed.
    Repeat,
    /// Nobody has acknowledged it in time.
    Escalation,
    /// It stands for many messages that were held back by a flood limit.
    Digest,
    /// A dead man's switch: it says that messages arrive.
    Heartbeat,
    /// Somebody tries the receiver.
    Test,
    /// A report about service levels that was planned.
    Report,
}

impl Why {
    /// All reasons.
    pub const ALL: [Self; 10] = [
        Self::FirstNotification,
        Self::NewAlerts,
        Self::NewResolved,
        Self::AllResolved,
        Self::Repeat,
        Self::Escalation,
        Self::Digest,
        Self::Heartbeat,
        Self::Test,
        Self::Report,
    ];

    /// As it is stored and shown by machines.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FirstNotification => "first_notification",
            Self::NewAlerts => "new_alerts",
            Self::NewResolved => "new_resolved",
            Self::AllResolved => "all_resolved",
            Self::Repeat => "repeat",
            Self::Escalation => "escalation",
            Self::Digest => "digest",
            Self::Heartbeat => "heartbeat",
            Self::Test => "test",
            Self::Report => "report",
        }
    }

    /// The reason that is written so.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|why| why.as_str() == text)
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Message {
    /// `firing` while one of the alerts holds, `resolved` otherwise; as Alertmanager says it.
    pub fn status(&self) -> &'static str {
        match self.notices.iter().any(|notice| notice.is_firing) {
            true => "firing",
            false => "resolved",
        }
    }

    /// The alerts that hold.
    pub fn firing(&self) -> impl Iterator<Item = &Notice> {
        self.notices.iter().filter(|notice| notice.is_firing)
    }

    /// The alerts that are over.
    pub fn resolved(&self) -> impl Iterator<Item = &Notice> {
        self.notices.iter().filter(|notice| !notice.is_firing)
    }

    /// The labels that all alerts have with the same value.
    pub fn common_labels(&self) -> Labels {
        let Some((first, others)) = self.notices.split_first() else {
            return Labels::new();
        };
        let is_common =
            |name: &str, value: &str| others.iter().all(|other| other.labels.get(name) == value);
        let labels = first.labels.iter();
        labels
            .filter(|(name, value)| is_common(name, value))
            .collect()
    }

    /// The annotations that all alerts have with the same text.
    pub fn common_annotations(&self) -> BTreeMap<String, String> {
        let Some((first, others)) = self.notices.split_first() else {
            return BTreeMap::new();
        };
        let is_common = |name: &str, text: &str| {
            let mut others = others.iter();
            others.all(|other| other.annotations.get(name).map(String::as_str) == Some(text))
        };
        let texts = first.annotations.iter();
        let common = texts.filter(|(name, text)| is_common(name, text));
        common
            .map(|(name, text)| (name.clone(), text.clone()))
            .collect()
    }

    /// This message without the alerts that are over, for receivers that do not want to hear of them; `None` if
    /// nothing is left.
    pub fn without_resolved(&self) -> Option<Self> {
        let mut message = self.clone();
        message.notices.retain(|notice| notice.is_firing);
        (!message.notices.is_empty()).then_some(message)
    }
}

/// Labels as a map.
mod pairs {
    use std::collections::BTreeMap;

    use model::Labels;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(labels: &Labels, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(labels.iter())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Labels, D::Error> {
        let pairs = BTreeMap::<String, String>::deserialize(from)?;
        Ok(pairs.into_iter().collect())
    }
}

/// A message for tests: alerts of one name, a status and an instance each.
#[cfg(test)]
pub(crate) fn sample(alerts: &[(&str, bool)]) -> Message {
    let notices = alerts
        .iter()
        .enumerate()
        .map(|(number, (instance, is_firing))| {
            let labels = Labels::new()
                .with("alertname", "Down")
                .with("instance", *instance)
                .with("severity", "critical");
            let summary = ("summary".to_owned(), format!("{instance} is down"));
            let runbook = ("runbook".to_owned(), "https://wiki/down".to_owned());
            Notice {
                id: Uuid::from_u128(number as u128),
                fingerprint: format!("{:016x}", labels.fingerprint()),
                is_firing: *is_firing,
                labels,
                annotations: BTreeMap::from([summary, runbook]),
                starts_ms: 1_445_412_480_500,
                ends_ms: (!is_firing).then_some(1_445_412_540_000),
                generator_url: "https://host/alerts/1".to_owned(),
            }
        });
    Message {
        receiver: "team".to_owned(),
        group_key: "{}:{alertname=\"Down\"}".to_owned(),
        group_labels: Labels::new().with("alertname", "Down"),
        notices: notices.collect(),
        reason: Why::FirstNotification,
        external_url: "https://host".to_owned(),
        key: "key-1".to_owned(),
        files: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_alerts_have_in_common() {
        let message = sample(&[("a", true), ("b", false)]);
        assert_eq!(
            message.common_labels().to_string(),
            r#"{alertname="Down", severity="critical"}"#
        );
        let common = message.common_annotations();
        assert_eq!(common.keys().collect::<Vec<_>>(), ["runbook"]);
        assert_eq!(message.status(), "firing");
        assert_eq!(sample(&[("a", false)]).status(), "resolved");
        assert_eq!(sample(&[]).common_labels(), Labels::new());
        assert_eq!(
            (message.firing().count(), message.resolved().count()),
            (1, 1)
        );
        let firing = message.without_resolved().unwrap();
        assert_eq!(firing.notices, message.notices[..1]);
        assert_eq!(sample(&[("a", false)]).without_resolved(), None);
    }

    #[test]
    fn it_is_the_same_when_it_was_stored() {
        let message = sample(&[("a", true), ("b", false)]);
        let stored = serde_json::to_string(&message).unwrap();
        assert_eq!(serde_json::from_str::<Message>(&stored).unwrap(), message);
        for why in Why::ALL {
            assert_eq!(Why::parse(why.as_str()), Some(why));
            let stored = serde_json::to_value(why).unwrap();
            assert_eq!(stored, why.as_str());
        }
        assert_eq!(Why::parse("boredom"), None);
    }
}
