//! What templates of messages see: the data of Alertmanager.
//!
//! <https://prometheus.io/docs/alerting/latest/notifications/#data-structures>.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;

use model::Labels;
use serde_json::json;
use template::{Moment, Outcome, Thing, Value};

use crate::message::{Message, Notice};

/// What `.` is.
pub(super) fn seen(message: &Message) -> Value {
    let alerts: Vec<Value> = message.notices.iter().map(alert).collect();
    let those = |is_firing: bool| {
        let both = message.notices.iter().zip(&alerts);
        let those = both.filter(|(notice, _)| notice.is_firing == is_firing);
        Value::list(those.map(|(_, alert)| alert.clone()))
    };
    let alerts = Alerts {
        firing: those(true),
        resolved: those(false),
        all: Value::list(alerts),
    };
    Value::thing(Record {
        kind: "*template.Data",
        fields: vec![
            (
                "Receiver",
                "receiver",
                Value::Text(quoted(&message.receiver)),
            ),
            ("Status", "status", Value::text(message.status())),
            ("Alerts", "alerts", Value::thing(alerts)),
            ("GroupLabels", "groupLabels", labels(&message.group_labels)),
            (
                "CommonLabels",
                "commonLabels",
                labels(&message.common_labels()),
            ),
            (
                "CommonAnnotations",
                "commonAnnotations",
                Value::thing(Kv(message.common_annotations())),
            ),
            (
                "ExternalURL",
                "externalURL",
                Value::text(&*message.external_url),
            ),
            (
                "NotificationReason",
                "notificationReason",
                Value::text(message.reason.as_str()),
            ),
        ],
    })
}

/// The name of a receiver as Alertmanager gives it to templates and webhooks: with what means something in a regular
/// expression escaped (`regexp.QuoteMeta`).
pub(crate) fn quoted(name: &str) -> String {
    let mut quoted = String::with_capacity(name.len());
    for letter in name.chars() {
        if r"\.+*?()|[]{}^$".contains(letter) {
            quoted.push('\\');
        }
        quoted.push(letter);
    }
    quoted
}

fn alert(notice: &Notice) -> Value {
    let status = if notice.is_firing {
        "firing"
    } else {
        "resolved"
    };
    Value::thing(Record {
        kind: "template.Alert",
        fields: vec![
            ("Status", "status", Value::text(status)),
            ("Labels", "labels", labels(&notice.labels)),
            (
                "Annotations",
                "annotations",
                Value::thing(Kv(notice.annotations.clone())),
            ),
            (
                "StartsAt",
                "startsAt",
                Value::Time(Moment::utc(notice.starts_ms)),
            ),
            ("EndsAt", "endsAt", Value::Time(ended(notice))),
            (
                "GeneratorURL",
                "generatorURL",
                Value::text(&*notice.generator_url),
            ),
            (
                "Fingerprint",
                "fingerprint",
                Value::text(&*notice.fingerprint),
            ),
        ],
    })
}

/// When an alert was over; of one that holds Go's time that nobody has set, as Alertmanager says it.
pub(crate) fn ended(notice: &Notice) -> Moment {
    let ends_ms = notice.ends_ms.filter(|_| !notice.is_firing);
    Moment::utc(ends_ms.unwrap_or(Moment::ZERO_MS))
}

fn labels(labels: &Labels) -> Value {
    let pairs = labels.iter();
    Value::thing(Kv(pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()))
}

/// Fields with values, and the names that JSON has for them.
struct Record {
    kind: &'static str,
    fields: Vec<(&'static str, &'static str, Value)>,
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind)
    }
}

impl Thing for Record {
    fn kind(&self) -> &'static str {
        self.kind
    }

    fn get(&self, name: &str, _: &[Value]) -> Option<Outcome> {
        let (.., value) = self.fields.iter().find(|(known, ..)| *known == name)?;
        Some(Ok(value.clone()))
    }

    fn printed(&self) -> String {
        let values: Vec<_> = self
            .fields
            .iter()
            .map(|(.., value)| template::printed(value))
            .collect();
        format!("{{{}}}", values.join(" "))
    }

    fn json(&self) -> serde_json::Value {
        let fields = self.fields.iter();
        fields
            .map(|(_, name, value)| ((*name).to_owned(), value.json()))
            .collect()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Alerts, and which of them hold.
struct Alerts {
    all: Value,
    firing: Value,
    resolved: Value,
}

impl fmt::Debug for Alerts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Alerts")
    }
}

impl Thing for Alerts {
    fn kind(&self) -> &'static str {
        "template.Alerts"
    }

    fn get(&self, name: &str, _: &[Value]) -> Option<Outcome> {
        match name {
            "Firing" => Some(Ok(self.firing.clone())),
            "Resolved" => Some(Ok(self.resolved.clone())),
            _ => None,
        }
    }

    fn plain(&self) -> Option<Value> {
        Some(self.all.clone())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Names and texts.
#[derive(Debug)]
struct Kv(BTreeMap<String, String>);

impl Kv {
    /// `alertname` first, the others by name.
    fn sorted(&self) -> Vec<(String, String)> {
        let (first, others): (Vec<_>, Vec<_>) =
            self.0.iter().partition(|(name, _)| *name == "alertname");
        let all = first.into_iter().chain(others);
        all.map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }

    fn without(&self, given: &[Value]) -> Outcome {
        let [names] = given else {
            return Err(format!(
                "wrong number of args for Remove: want 1 got {}",
                given.len()
            ));
        };
        let Value::List(names) = names.opened() else {
            return Err(format!(
                "Remove needs a list of names, and this is {}",
                names.kind()
            ));
        };
        let mut kept = self.0.clone();
        for name in names.iter() {
            kept.remove(&template::printed(name));
        }
        Ok(Value::thing(Self(kept)))
    }
}

impl Thing for Kv {
    fn kind(&self) -> &'static str {
        "template.KV"
    }

    fn get(&self, name: &str, given: &[Value]) -> Option<Outcome> {
        Some(match name {
            "SortedPairs" => Ok(Value::thing(Pairs(self.sorted()))),
            "Names" => Pairs(self.sorted()).names(),
            "Values" => Pairs(self.sorted()).values(),
            "Remove" => self.without(given),
            name => Ok(Value::Text(self.0.get(name).cloned().unwrap_or_default())),
        })
    }

    fn plain(&self) -> Option<Value> {
        Some(Value::Texts(self.0.clone()))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Names and texts in an order.
#[derive(Debug)]
struct Pairs(Vec<(String, String)>);

impl Pairs {
    fn names(&self) -> Outcome {
        Ok(Value::list(
            self.0.iter().map(|(name, _)| Value::text(&**name)),
        ))
    }

    fn values(&self) -> Outcome {
        Ok(Value::list(
            self.0.iter().map(|(_, value)| Value::text(&**value)),
        ))
    }
}

impl Thing for Pairs {
    fn kind(&self) -> &'static str {
        "template.Pairs"
    }

    fn get(&self, name: &str, _: &[Value]) -> Option<Outcome> {
        match name {
            "Names" => Some(self.names()),
            "Values" => Some(self.values()),
            _ => None,
        }
    }

    fn plain(&self) -> Option<Value> {
        let pairs = self.0.iter().cloned();
        Some(Value::list(
            pairs.map(|(name, value)| Value::thing(Pair { name, value })),
        ))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// A name and its text.
#[derive(Debug)]
struct Pair {
    name: String,
    value: String,
}

impl Thing for Pair {
    fn kind(&self) -> &'static str {
        "template.Pair"
    }

    fn get(&self, name: &str, _: &[Value]) -> Option<Outcome> {
        match name {
            "Name" => Some(Ok(Value::text(&*self.name))),
            "Value" => Some(Ok(Value::text(&*self.value))),
            _ => None,
        }
    }

    fn printed(&self) -> String {
        format!("{{{} {}}}", self.name, self.value)
    }

    fn json(&self) -> serde_json::Value {
        json!({ "Name": self.name, "Value": self.value })
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
