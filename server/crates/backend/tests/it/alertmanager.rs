//! Inhibition and matchers held against the real Alertmanager, from Debian's package `prometheus-alertmanager`.

use std::fmt::Write as _;
use std::time::Duration;

use model::Labels;
use notifier::{Inhibition, Inhibitor, Matcher, Source, parse_matchers};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::debian::alertmanager;

/// Source, target, and what is equal beside the round.
const RULES: [(&[&str], &[&str], &[&str]); 6] = [
    (
        &["severity=\"critical\""],
        &["severity=\"warning\""],
        &["instance"],
    ),
    (&["team=~\"a|b\"", "severity!=info"], &["tool!=\"\""], &[]),
    (
        &["severity=~\"crit.*\""],
        &["team=a"],
        &["tool", "instance"],
    ),
    (
        &["instance!~\"x.*\"", "tool=1"],
        &["severity=~\"warn|warning|info\""],
        &["team"],
    ),
    // Whatever is on both sides is held back by what is not.
    (&["team=b"], &["team=~\"a|b\"", "severity=info"], &[]),
    (&["tool=\"2\""], &["instance=~\"x|y\""], &["severity"]),
];
const ROUNDS: usize = 120;
const ALERTS: usize = 4;
const LABELS: [(&str, &[&str]); 4] = [
    ("severity", &["", "critical", "warning", "info"]),
    ("team", &["", "a", "b"]),
    ("tool", &["", "1", "2"]),
    ("instance", &["", "x", "y", "xy"]),
];

/// The numbers of a linear congruential generator (Knuth's MMIX): the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }
}

fn alerts() -> Vec<Labels> {
    let mut numbers = Numbers(7);
    let mut alerts = Vec::new();
    for round in 0..ROUNDS {
        for _ in 0..ALERTS {
            let mut labels = Labels::new().with("round", round.to_string());
            for (name, values) in LABELS {
                let value = values[numbers.below(values.len())];
                if !value.is_empty() {
                    labels = labels.with(name, value);
                }
            }
            if !alerts.contains(&labels) {
                alerts.push(labels);
            }
        }
    }
    alerts
}

fn config(rule: usize) -> String {
    let (source, target, equal) = RULES[rule];
    let equal: Vec<_> = equal.iter().chain(&["round"]).collect();
    let mut text =
        "route: { receiver: nobody }\nreceivers: [{ name: nobody }]\ninhibit_rules:\n".to_owned();
    writeln!(
        text,
        "- source_matchers: {}\n  target_matchers: {}\n  equal: {}",
        json!(source),
        json!(target),
        json!(equal)
    )
    .unwrap();
    text
}

fn ours(rule: usize) -> Inhibition {
    let matchers = |side: &[&str]| -> Vec<Matcher> {
        side.iter()
            .flat_map(|text| parse_matchers(text).unwrap())
            .collect()
    };
    let (source, target, equal) = RULES[rule];
    Inhibition {
        source: matchers(source),
        target: matchers(target),
        equal: equal
            .iter()
            .chain(&["round"])
            .map(|name| (*name).to_owned())
            .collect(),
    }
}

fn labels_of(alert: &Value) -> Labels {
    let labels = alert["labels"].as_object().unwrap().iter();
    labels.fold(Labels::new(), |labels, (name, value)| {
        labels.with(name, value.as_str().unwrap())
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn it_holds_back_what_alertmanager_holds_back() {
    let alerts = alerts();
    let mut held = 0;
    for rule in 0..RULES.len() {
        let folder = tempfile::tempdir().unwrap();
        let theirs = alertmanager(folder.path(), &config(rule)).await;
        let sent: Vec<_> = alerts
            .iter()
            .map(|labels| {
                let labels: serde_json::Map<String, Value> = labels
                    .iter()
                    .map(|(name, value)| (name.to_owned(), json!(value)))
                    .collect();
                json!({ "labels": labels })
            })
            .collect();
        let http = reqwest::Client::new();
        let url = format!("{}/api/v2/alerts", theirs.url);
        let answer = http
            .post(&url)
            .header("content-type", "application/json")
            .body(json!(sent).to_string());
        assert_eq!(answer.send().await.unwrap().status(), 200);

        let mut inhibitor = Inhibitor::default();
        inhibitor.judge_by(&[ours(rule)]);
        for labels in &alerts {
            inhibitor.note(&Source {
                id: Uuid::now_v7(),
                step: 1,
                labels: labels.clone(),
                fires: true,
            });
        }
        // It takes alerts in and hands them to its parts one after the other.
        let mut wrong = vec!["nothing was asked yet".to_owned()];
        for _ in 0..50 {
            let answer = reqwest::get(&url).await.unwrap().text().await.unwrap();
            let theirs: Value = serde_json::from_str(&answer).unwrap();
            let theirs = theirs.as_array().unwrap();
            let differs = |alert: &&Value| {
                let is_held = !alert["status"]["inhibitedBy"]
                    .as_array()
                    .unwrap()
                    .is_empty();
                inhibitor.holding(&labels_of(alert)).is_some() != is_held
            };
            wrong = theirs
                .iter()
                .filter(differs)
                .map(Value::to_string)
                .collect();
            if wrong.is_empty() && theirs.len() == alerts.len() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert!(wrong.is_empty(), "rule {rule}: {wrong:#?}");
        let is_held = |labels: &&Labels| inhibitor.holding(labels).is_some();
        let count = alerts.iter().filter(is_held).count();
        assert!(count > 0 && count < alerts.len(), "rule {rule}: {count}");
        held += count;
    }
    assert!(held > 100, "{held}");
}
