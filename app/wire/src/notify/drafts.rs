//! What people ask of the notifier, and tell it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A new text of the routes.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RoutesDraft {
    /// The whole text, in the format of `alertmanager.yml`; `<secret>` stands for what stood there before.
    pub text: String,
    /// The version that was edited ([`Routes::version`](crate::Routes::version)): if somebody else has saved another meanwhile, it is refused.
    pub version: u32,
    /// Who; the caller's name where empty.
    pub by: String,
    /// Why.
    pub comment: String,
}

/// A message that tries whether a receiver works.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TestSend {
    /// The receiver.
    pub receiver: String,
    /// Labels of the alert that is made up for it; some where empty.
    pub labels: BTreeMap<String, String>,
    /// Its texts.
    pub annotations: BTreeMap<String, String>,
}

/// A template to be tried.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TemplateDraft {
    /// The text.
    pub text: String,
    /// An alert, by its id, that it is tried on; one that is made up where empty.
    pub alert: String,
}

/// What is looked for among what was sent; an empty text asks for nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SentQuery {
    /// Words that receiver, target, labels or answer have, in any order and case.
    pub text: String,
    /// A receiver, by its name.
    pub receiver: String,
    /// What became of it: a word of [`SentState`](crate::SentState).
    pub state: String,
    /// Why it was sent: a word of [`SendReason`](crate::SendReason).
    pub reason: String,
    /// One alert, by its id.
    pub alert: String,
    /// Not before.
    pub from_ms: Option<i64>,
    /// Not after.
    pub to_ms: Option<i64>,
    /// Where the page begins, as the page before says it in `next`.
    pub after: String,
    /// The most rows; 100 where missing.
    pub limit: u32,
}

impl Default for SentQuery {
    fn default() -> Self {
        let text = String::new;
        Self {
            text: text(),
            receiver: text(),
            state: text(),
            reason: text(),
            alert: text(),
            from_ms: None,
            to_ms: None,
            after: text(),
            limit: 100,
        }
    }
}

/// Somebody else is on call for a while.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RotaOverride {
    /// The rota.
    pub rota: String,
    /// Who, one of its people.
    pub person: String,
    /// From then on; now where missing.
    pub from_ms: Option<i64>,
    /// Until then.
    pub to_ms: i64,
    /// Who says so; the caller's name where empty.
    pub by: String,
}
