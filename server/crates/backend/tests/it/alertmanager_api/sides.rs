//! Our product and the real Alertmanager, side by side, and how far they have to agree.

use std::collections::BTreeMap;
use std::time::Duration;

use backend::config::NotifyFile;
use jiff::Timestamp;
use serde_json::Value;

use crate::app::{quick, start};
use crate::debian::alertmanager;

const CONFIG: &str = "
route:
  receiver: default
  group_by: [alertname, cluster, service]
  group_wait: 1h
  routes:
  - { receiver: critical, matchers: [severity=\"critical\"], continue: true }
  - receiver: team
    matchers: [n=~\"1|2\"]
    group_by: [instance, n]
    routes:
    - { receiver: default, matchers: [instance=\"x\"], group_by: ['...'] }
  - { receiver: team, matchers: [service!=\"\", alertname=\"\"], continue: true }
receivers: [{ name: critical }, { name: default }, { name: team }]
inhibit_rules:
- source_matchers: [severity=\"critical\"]
  target_matchers: [severity=\"warning\"]
  equal: [instance]
";
/// Both are asked at about the same time, and fill in what is not said.
const NEAR_MS: i64 = 5_000;

/// A time so many seconds from now.
pub(super) fn at(seconds: i64) -> String {
    let now = Timestamp::now().as_millisecond();
    let at = Timestamp::from_millisecond(now + 1000 * seconds).unwrap();
    at.to_string()
}

/// One of the two.
pub(super) struct Side {
    pub(super) name: &'static str,
    url: String,
    http: reqwest::Client,
    /// Silences by what they are called here.
    pub(super) silences: BTreeMap<String, String>,
}

/// A status and what is said.
pub(super) type Said = (u16, Value);

impl Side {
    fn new(name: &'static str, url: &str) -> Self {
        Self {
            name,
            url: format!("{url}/api/v2"),
            http: reqwest::Client::new(),
            silences: BTreeMap::new(),
        }
    }

    async fn said(request: reqwest::RequestBuilder) -> Said {
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    pub(super) async fn get(&self, path: &str) -> Said {
        Self::said(self.http.get(format!("{}{path}", self.url))).await
    }

    pub(super) async fn send(
        &self,
        method: http::Method,
        path: &str,
        media: &str,
        body: &str,
    ) -> Said {
        let request = self.http.request(method, format!("{}{path}", self.url));
        let request = request.header("content-type", media);
        Self::said(request.body(body.to_owned())).await
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> Said {
        let json = "application/json";
        let method = http::Method::POST;
        self.send(method, path, json, &body.to_string()).await
    }

    /// What it calls a silence that has a name here.
    pub(super) fn called(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (name, id) in &self.silences {
            text = text.replace(&format!("<{name}>"), id);
        }
        text
    }

    /// The other way round.
    fn named(&self, value: &Value) -> Value {
        let mut text = value.to_string();
        for (name, id) in &self.silences {
            text = text.replace(id.as_str(), &format!("<{name}>"));
        }
        serde_json::from_str(&text).unwrap()
    }
}

/// What both have to agree on of a mistake: that it is one, and of which kind. Words are everybody's own.
pub(super) fn kind(said: &Said) -> (u16, String) {
    let what = match &said.1 {
        Value::String(_) => "words".to_owned(),
        Value::Object(fields) => format!("code {:?}", fields.get("code")),
        other => other.to_string(),
    };
    (said.0, what)
}

/// How two values differ; times may a little, and what the older of the two does not know of is no matter.
fn differences(place: &str, ours: &Value, theirs: &Value, found: &mut Vec<String>) {
    match (ours, theirs) {
        (Value::Object(ours), Value::Object(theirs)) => {
            for name in ours.keys().chain(theirs.keys()) {
                if name == "mutedBy" {
                    continue;
                }
                let none = Value::Null;
                let (a, b) = (ours.get(name), theirs.get(name));
                let place = format!("{place}.{name}");
                differences(&place, a.unwrap_or(&none), b.unwrap_or(&none), found);
            }
        }
        // In the order of ids, which everybody gives their own.
        (Value::Array(ours), Value::Array(theirs)) if place.ends_with("By") => {
            let sorted = |all: &[Value]| {
                let mut all: Vec<_> = all.iter().map(Value::to_string).collect();
                all.sort();
                all
            };
            let (ours, theirs) = (sorted(ours), sorted(theirs));
            if ours != theirs {
                found.push(format!("{place}: {ours:?} instead of {theirs:?}"));
            }
        }
        (Value::Array(ours), Value::Array(theirs)) if ours.len() == theirs.len() => {
            for (n, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
                differences(&format!("{place}.{n}"), ours, theirs, found);
            }
        }
        (Value::String(a), Value::String(b)) if place.ends_with("At") => {
            let time = |text: &str| text.parse::<Timestamp>().unwrap().as_millisecond();
            if (time(a) - time(b)).abs() > NEAR_MS {
                found.push(format!("{place}: {a} instead of {b}"));
            }
        }
        (ours, theirs) if ours != theirs => {
            found.push(format!("{place}: {ours} instead of {theirs}"));
        }
        _ => {}
    }
}

/// Both sides with the same routes.
pub(super) async fn both(
    folder: &std::path::Path,
) -> (crate::app::TestApp, crate::debian::Alertmanager, [Side; 2]) {
    let mut config = quick();
    config.alerts.inhibition = Vec::new();
    config.alerts.notify = Some(NotifyFile {
        path: folder.join("alertmanager.yml"),
        text: CONFIG.to_owned(),
    });
    let app = start(&folder.join("ours"), config).await.unwrap();
    std::fs::create_dir(folder.join("theirs")).unwrap();
    let theirs = alertmanager(&folder.join("theirs"), CONFIG).await;
    let sides = [
        Side::new("ours", &app.url),
        Side::new("theirs", &theirs.url),
    ];
    (app, theirs, sides)
}

/// Asks both until they agree: the real one hands alerts from one of its parts to the next.
pub(super) async fn agree(sides: &[Side; 2], path: &str) -> Value {
    let mut found = Vec::new();
    let [ours, theirs] = sides;
    for _ in 0..50 {
        let (us, them) = (
            ours.get(&ours.called(path)).await,
            theirs.get(&theirs.called(path)).await,
        );
        found.clear();
        if us.0 != them.0 {
            found.push(format!("{} instead of {}", us.0, them.0));
        }
        if us.0 == 200 {
            differences("", &ours.named(&us.1), &theirs.named(&them.1), &mut found);
        } else if kind(&us) != kind(&them) {
            found.push(format!("{us:?} instead of {them:?}"));
        }
        if found.is_empty() {
            return ours.named(&us.1);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{path}: {found:#?}");
}
