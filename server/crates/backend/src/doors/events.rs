//! Marks for programs: what a deploy script or a pipeline tells of, and what there is.

use axum::extract::State;
use axum::routing::get;
use axum::{Extension, Json, Router};
use serde::Deserialize;
use wire::{Caller, Mark, MarkDraft, MarkQuery, Problem, Services};

use super::Context;
use super::answer::{Answer, Asked, Body, asked, body};

pub(super) fn router() -> Router<Context> {
    Router::new().route("/api/events", get(marks).post(tell))
}

/// A time as programs write it.
#[derive(schemars::JsonSchema, Deserialize)]
#[serde(untagged)]
enum Time {
    /// Milliseconds since 1970.
    Milliseconds(i64),
    /// RFC 3339.
    Written(String),
}

/// What somebody tells of. The body of Grafana's annotations is one of these: `{ "text", "tags", "time" }`.
#[derive(schemars::JsonSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Told {
    /// What happened, in one line; the first line of `text` where missing.
    #[serde(default)]
    title: String,
    /// deploy, edit, regression, note, restart or stop. Where missing: deploy with a title, else note.
    #[serde(default)]
    kind: String,
    /// When it happened, in milliseconds UTC; now where missing.
    at_ms: Option<i64>,
    /// The same in RFC 3339, or in milliseconds.
    time: Option<Time>,
    /// The server concerned.
    #[serde(default)]
    server: String,
    /// Where to read more: a path of this product, or an address.
    #[serde(default)]
    link: String,
    /// More about it.
    #[serde(default)]
    text: String,
    /// Words to find it by.
    #[serde(default)]
    tags: Vec<String>,
    /// The same key again is the same mark: it is answered, and nothing is added.
    #[serde(default)]
    key: String,
    /// Grafana's; of a stretch of time its begin is marked.
    #[serde(rename = "timeEnd")]
    _time_end: Option<i64>,
    /// Grafana's, without effect.
    #[serde(rename = "dashboardUID")]
    _dashboard_uid: Option<String>,
    /// Grafana's, without effect.
    #[serde(rename = "dashboardId")]
    _dashboard_id: Option<i64>,
    /// Grafana's, without effect.
    #[serde(rename = "panelId")]
    _panel_id: Option<i64>,
}

impl Told {
    fn draft(self) -> Result<MarkDraft, Problem> {
        let at_ms = match (self.at_ms, self.time) {
            (Some(_), Some(_)) => {
                return Err(Problem::invalid("time: write either at_ms or time"));
            }
            (at_ms, None) => at_ms,
            (None, Some(Time::Milliseconds(at_ms))) => Some(at_ms),
            (None, Some(Time::Written(text))) => Some(read(&text)?),
        };
        Ok(MarkDraft {
            at_ms,
            kind: self.kind,
            server: self.server,
            title: self.title,
            link: self.link,
            text: self.text,
            tags: self.tags,
            key: self.key,
        })
    }
}

fn read(text: &str) -> Result<i64, Problem> {
    let at: Result<jiff::Timestamp, _> = text.trim().parse();
    at.map(|at| at.as_millisecond()).map_err(|_| {
        Problem::invalid(format!(
            "time: {text:?} is no time of RFC 3339, such as 2026-10-07T14:00:00Z"
        ))
    })
}

async fn marks(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    query: Asked<MarkQuery>,
) -> Answer<Vec<Mark>> {
    Ok(Json(services.events.marks(&caller, asked(query)?).await?))
}

async fn tell(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    told: Body<Told>,
) -> Answer<Mark> {
    let draft = body(told)?.draft()?;
    Ok(Json(services.events.tell(&caller, draft).await?))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn draft(told: Value) -> Result<MarkDraft, Problem> {
        serde_json::from_value::<Told>(told).unwrap().draft()
    }

    #[test]
    fn times() {
        for (told, expected) in [
            (json!({ "title": "a" }), None),
            (json!({ "at_ms": 5 }), Some(5)),
            (json!({ "time": 6, "text": "x", "tags": [] }), Some(6)),
            (json!({ "time": "1970-01-01T00:00:01Z" }), Some(1000)),
            (json!({ "time": "1970-01-01T01:00:01.5+01:00" }), Some(1500)),
        ] {
            assert_eq!(draft(told.clone()).unwrap().at_ms, expected, "{told}");
        }
        for told in [
            json!({ "time": "yesterday" }),
            json!({ "time": 1, "at_ms": 1 }),
        ] {
            let problem = draft(told).unwrap_err();
            assert!(problem.message.starts_with("time: "), "{problem}");
        }
        assert!(serde_json::from_value::<Told>(json!({ "titel": "a" })).is_err());
    }
}
