//! Rules and alerts as Prometheus shows them: `rules`, `alerts`.

use std::collections::BTreeSet;
use std::sync::Arc;

use ::rules::{Alert, Entry};
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use model::{Labels, Matcher, TimestampMs};
use serde_json::{Value, json};

use super::Reply;
use super::body::{Failure, labels_json, success};
use super::params::{Params, parsed};
use super::written::number_text;
use crate::alerts::AlertService;
use crate::doors::Context;
use crate::judging::{Judged, JudgedGroup};

pub(super) fn router() -> Router<Context> {
    Router::new()
        .route("/api/v1/rules", get(rules))
        .route("/api/v1/alerts", get(alerts))
}

/// What of all rules is wanted.
struct Wanted {
    names: BTreeSet<String>,
    groups: BTreeSet<String>,
    files: BTreeSet<String>,
    any_of: Vec<Vec<Matcher>>,
    alerting: bool,
    recording: bool,
    with_alerts: bool,
}

impl Wanted {
    fn of(params: &Params) -> Result<Self, Failure> {
        let all = |name: &str| params.all(name).map(str::to_owned).collect();
        let kind = params.all("type").next().unwrap_or_default().to_lowercase();
        if !matches!(kind.as_str(), "" | "alert" | "record") {
            return Err(Failure::bad(format!(
                "invalid parameter \"type\": not supported value {kind:?}"
            )));
        }
        let exclude = params.all("exclude_alerts").next().unwrap_or_default();
        let exclude = match exclude {
            "" => false,
            "1" | "t" | "T" | "true" | "TRUE" | "True" => true,
            "0" | "f" | "F" | "false" | "FALSE" | "False" => false,
            other => {
                let message = format!(
                    "invalid parameter \"exclude_alerts\": {other:?} is neither true nor false"
                );
                return Err(Failure::bad(message));
            }
        };
        let selectors = params
            .all("match[]")
            .map(|text| Ok(parsed("match[]", text)?.selector()?));
        Ok(Self {
            names: all("rule_name[]"),
            groups: all("rule_group[]"),
            files: all("file[]"),
            any_of: selectors.collect::<Result<_, Failure>>()?,
            alerting: kind != "record",
            recording: kind != "alert",
            with_alerts: !exclude,
        })
    }

    fn is_group(&self, group: &JudgedGroup) -> bool {
        let among = |names: &BTreeSet<String>, name: &str| names.is_empty() || names.contains(name);
        among(&self.groups, &group.group.name) && among(&self.files, &group.group.file)
    }

    fn is_rule(&self, judged: &Judged) -> bool {
        let is_kind = match judged.entry {
            Entry::Alerting(_) => self.alerting,
            Entry::Recording(_) => self.recording,
        };
        let labels: Labels = judged.entry.labels().into_iter().collect();
        let fits =
            |matchers: &Vec<Matcher>| matchers.iter().all(|matcher| matcher.matches(&labels));
        is_kind
            && (self.names.is_empty() || self.names.contains(judged.entry.name()))
            && (self.any_of.is_empty() || self.any_of.iter().any(fits))
    }
}

async fn rules(State(service): State<Arc<AlertService>>, params: Params) -> Reply {
    let wanted = Wanted::of(&params)?;
    let judging = service.judged();
    let book = service.book.lock().await;
    let mut groups = Vec::new();
    for group in judging.groups.iter().filter(|group| wanted.is_group(group)) {
        let rules = group.rules.iter().filter(|judged| wanted.is_rule(judged));
        let rules: Vec<_> = rules
            .map(|judged| {
                let open = match &judged.entry {
                    Entry::Alerting(rule) => book.open_of(rule),
                    Entry::Recording(_) => Vec::new(),
                };
                shown(judged, &open, wanted.with_alerts)
            })
            .collect();
        if rules.is_empty() && !group.rules.is_empty() {
            continue;
        }
        let standing = group.standing();
        groups.push(json!({
            "name": group.group.name,
            "file": group.group.file,
            "interval": group.interval.as_secs_f64(),
            "limit": group.group.limit,
            "rules": rules,
            "evaluationTime": standing.seconds,
            "lastEvaluation": time(standing.evaluated_ms),
        }));
    }
    Ok(success(json!({ "groups": groups }), Vec::new(), Vec::new()))
}

async fn alerts(State(service): State<Arc<AlertService>>) -> Reply {
    let open = service.book.lock().await.open_alerts();
    let alerts: Vec<_> = open.iter().map(alert).collect();
    Ok(success(json!({ "alerts": alerts }), Vec::new(), Vec::new()))
}

fn shown(judged: &Judged, open: &[&Alert], with_alerts: bool) -> Value {
    let standing = judged.standing();
    let labels: Labels = judged.entry.labels().into_iter().collect();
    let mut rule = json!({
        "name": judged.entry.name(),
        "query": judged.entry.expr(),
        "labels": labels_json(&labels),
        "health": standing.health.as_str(),
        "evaluationTime": standing.seconds,
        "lastEvaluation": time(standing.evaluated_ms),
    });
    if !standing.last_error.is_empty() {
        rule["lastError"] = json!(standing.last_error);
    }
    let Entry::Alerting(alerting) = &judged.entry else {
        rule["type"] = json!("recording");
        return rule;
    };
    let texts = alerting.annotations.iter();
    let texts: serde_json::Map<_, _> = texts
        .map(|(name, text)| (name.clone(), json!(text.text())))
        .collect();
    let state = match open {
        [] => "inactive",
        open if open.iter().any(|alert| alert.firing_ms.is_some()) => "firing",
        _ => "pending",
    };
    rule["type"] = json!("alerting");
    rule["state"] = json!(state);
    rule["duration"] = json!(alerting.hold.as_secs_f64());
    rule["keepFiringFor"] = json!(alerting.keep_firing.as_secs_f64());
    rule["annotations"] = Value::Object(texts);
    let open = open.iter().filter(|_| with_alerts);
    rule["alerts"] = Value::Array(open.map(|open| alert(open)).collect());
    rule
}

fn alert(alert: &Alert) -> Value {
    let mut shown = json!({
        "labels": labels_json(&alert.labels),
        "annotations": alert.annotations,
        "state": if alert.firing_ms.is_some() { "firing" } else { "pending" },
        "activeAt": time(Some(alert.pending_ms)),
        "value": exponent(alert.value),
    });
    if let Some(since) = alert.kept_since_ms {
        shown["keepFiringSince"] = json!(time(Some(since)));
    }
    shown
}

/// As Prometheus writes values of alerts: always with an exponent.
fn exponent(value: f64) -> String {
    if !value.is_finite() {
        return number_text(value);
    }
    let text = format!("{value:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, exponent) = match exponent.strip_prefix('-') {
        Some(exponent) => ('-', exponent),
        None => ('+', exponent),
    };
    format!("{digits}e{sign}{exponent:0>2}")
}

fn time(at_ms: Option<TimestampMs>) -> String {
    let at = at_ms.and_then(|at_ms| jiff::Timestamp::from_millisecond(at_ms).ok());
    at.map_or_else(|| "0001-01-01T00:00:00Z".to_owned(), |at| at.to_string())
}
