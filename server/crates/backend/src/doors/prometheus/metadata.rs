//! What is known of metrics: `metadata`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::State;
use axum::response::Response;
use ingest::remote_write::Metadata;
use serde_json::{Map, Value, json};

use super::body::{Failure, success};
use super::params::Params;
use crate::catalogue::metrics;

/// Most metrics of which is remembered what senders say.
const MOST: usize = 20_000;

/// What senders have said about their metrics since the start: Prometheus says it every minute.
#[derive(Clone, Default)]
pub(crate) struct Descriptions(Arc<Mutex<BTreeMap<String, Metadata>>>);

impl Descriptions {
    /// Remembers the latest of each metric.
    pub(crate) fn learn(&self, said: Vec<Metadata>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for one in said {
            if known.len() < MOST || known.contains_key(&one.name) {
                known.insert(one.name.clone(), one);
            }
        }
    }

    /// Type and help of a metric; empty where nobody has said it.
    pub(crate) fn of(&self, name: &str) -> (String, String) {
        if let Some(metric) = metrics().find(|metric| metric.name == name) {
            return (metric.kind.as_str().to_owned(), metric.help.to_owned());
        }
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kind = |one: &Metadata| match one.kind {
            "unknown" => String::new(),
            kind => kind.to_owned(),
        };
        let said = known.get(name);
        said.map(|one| (kind(one), one.help.clone()))
            .unwrap_or_default()
    }

    /// Everything that is known, by metric: what the product says of its own comes first.
    fn all(&self) -> BTreeMap<String, Value> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let said = known.values().map(|one| {
            let one_json = json!({ "type": one.kind, "unit": one.unit, "help": one.help });
            (one.name.clone(), one_json)
        });
        let mut all: BTreeMap<String, Value> = said.collect();
        all.extend(metrics().map(|metric| {
            let kind = metric.kind.as_str();
            let one_json = json!({ "type": kind, "unit": metric.unit, "help": metric.help });
            (metric.name.to_owned(), one_json)
        }));
        all
    }
}

/// Type, unit and help of metrics: those that the product writes, and those that senders describe.
pub(super) async fn metadata(
    State(descriptions): State<Descriptions>,
    params: Params,
) -> Result<Response, Failure> {
    let limit = params.limit()?;
    // One metric has one description here, so whatever is allowed for each is enough.
    params.count("limit_per_metric")?;
    let wanted = params.all("metric").find(|name| !name.is_empty());
    let all = descriptions.all().into_iter();
    let all = all.filter(|(name, _)| wanted.is_none_or(|wanted| wanted == name));
    let shown: Map<String, Value> = all
        .take(limit)
        .map(|(name, one)| (name, json!([one])))
        .collect();
    Ok(success(Value::Object(shown), Vec::new(), Vec::new()))
}
