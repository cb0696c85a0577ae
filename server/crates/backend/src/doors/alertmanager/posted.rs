//! What is posted, as it is read: the body, alerts, silences.

use std::collections::BTreeMap;

use axum::extract::Request;
use http::{StatusCode, header};
use model::{Labels, TimestampMs};
use notifier::{Draft, Matcher, Op};
use rules::Posted;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::answer::{Failure, code};
use super::{times, uri};
use crate::alerts::SilenceChange;
use crate::doors::intake::Intake;

/// Texts by their names; `null` is an empty text, as there.
type Texts = BTreeMap<String, Option<String>>;

/// What was posted in the body that is called `name` there; nothing, where that is `null`.
pub(super) async fn body<T: DeserializeOwned>(
    intake: &Intake,
    name: &str,
    request: Request,
) -> Result<Option<T>, Failure> {
    let media = request.headers().get(header::CONTENT_TYPE).cloned();
    let media = media.as_ref().and_then(|media| media.to_str().ok());
    let media = media.unwrap_or("application/octet-stream").to_owned();
    let (body, _place) = intake
        .body(request.into_body())
        .await
        .map_err(|(status, text)| Failure::said(status, text))?;
    if body.is_empty() {
        return Err(Failure::required(name));
    }
    let kind = media.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/json") {
        let message =
            format!("unsupported media type {kind:?}, only [application/json] are allowed");
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        return Err(Failure::coded(status, 415, message));
    }
    serde_json::from_slice(&body).map_err(|why| unreadable(name, &why))
}

fn unreadable(name: &str, why: &dyn std::fmt::Display) -> Failure {
    let message = format!("parsing {name} body from \"\" failed, because {why}");
    Failure::coded(StatusCode::BAD_REQUEST, 400, message)
}

/// Reads a time of a body; one that is missing is none.
fn time(name: &str, text: Option<&str>) -> Result<Option<TimestampMs>, Failure> {
    let Some(text) = text else {
        return Ok(None);
    };
    times::read(text).ok_or_else(|| unreadable(name, &format_args!("{text:?} is no time")))
}

fn texts(texts: Option<Texts>) -> BTreeMap<String, String> {
    let texts = texts.unwrap_or_default().into_iter();
    texts
        .map(|(name, text)| (name, text.unwrap_or_default()))
        .collect()
}

/// An alert as it is posted.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PostableAlert {
    labels: Option<Texts>,
    annotations: Option<Texts>,
    starts_at: Option<String>,
    ends_at: Option<String>,
    #[serde(rename = "generatorURL")]
    generator_url: Option<String>,
}

/// Alerts as the book takes them: what is not said is filled in.
pub(super) fn alerts(
    posted: Vec<Option<PostableAlert>>,
    sender: &str,
    now_ms: TimestampMs,
    timeout_ms: i64,
) -> Result<Vec<Posted>, Failure> {
    // Times are read with the rest of the body, before anything is looked at.
    let mut read = Vec::with_capacity(posted.len());
    for alert in posted {
        let place = read.len();
        let alert = alert.ok_or_else(|| Failure::required(&place.to_string()))?;
        let starts_ms = time("alerts", alert.starts_at.as_deref())?;
        let ends_ms = time("alerts", alert.ends_at.as_deref())?;
        read.push((alert, starts_ms, ends_ms));
    }
    let mut alerts = Vec::with_capacity(read.len());
    for (place, (alert, starts_ms, ends_ms)) in read.into_iter().enumerate() {
        let generator_url = alert.generator_url.unwrap_or_default();
        if !generator_url.is_empty() && !uri::is_uri(&generator_url) {
            let message =
                format!("{place}.generatorURL in body must be of type uri: {generator_url:?}");
            return Err(Failure::invalid(code::WRONG_TYPE, message));
        }
        let labels = alert.labels;
        let labels = labels.ok_or_else(|| Failure::required(&format!("{place}.labels")))?;
        alerts.push(Posted {
            labels: texts(Some(labels)).into_iter().collect::<Labels>(),
            annotations: texts(alert.annotations),
            starts_ms: starts_ms.or(ends_ms).unwrap_or(now_ms),
            ends_ms: ends_ms.unwrap_or(now_ms.saturating_add(timeout_ms)),
            is_timeout: ends_ms.is_none(),
            generator_url,
            sender: sender.to_owned(),
        });
    }
    Ok(alerts)
}

/// A matcher as it is posted.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PostableMatcher {
    name: Option<String>,
    value: Option<String>,
    is_regex: Option<bool>,
    is_equal: Option<bool>,
}

/// A silence as it is posted.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PostableSilence {
    id: Option<String>,
    matchers: Option<Vec<Option<PostableMatcher>>>,
    starts_at: Option<String>,
    ends_at: Option<String>,
    created_by: Option<String>,
    comment: Option<String>,
}

/// A silence as it is wanted.
pub(super) fn silence(
    posted: PostableSilence,
    now_ms: TimestampMs,
) -> Result<SilenceChange, Failure> {
    let starts_ms = time("silence", posted.starts_at.as_deref())?;
    let ends_ms = time("silence", posted.ends_at.as_deref())?;
    let missing = |name: &str| Failure::required(name);
    let comment = posted.comment.ok_or_else(|| missing("comment"))?;
    let by = posted.created_by.ok_or_else(|| missing("createdBy"))?;
    posted.ends_at.ok_or_else(|| missing("endsAt"))?;
    let written = posted.matchers.ok_or_else(|| missing("matchers"))?;
    if written.is_empty() {
        let message = "matchers in body should have at least 1 items".to_owned();
        return Err(Failure::invalid(code::TOO_FEW, message));
    }
    let written = (written.into_iter().enumerate()).map(|(place, matcher)| {
        let missing = |name| Failure::required(&format!("matchers.{place}.{name}"));
        let whole = Failure::required(&format!("matchers.{place}"));
        let matcher = matcher.ok_or(whole)?;
        let is_regex = matcher.is_regex.ok_or_else(|| missing("isRegex"))?;
        let name = matcher.name.ok_or_else(|| missing("name"))?;
        let value = matcher.value.ok_or_else(|| missing("value"))?;
        let op = match (matcher.is_equal.unwrap_or(true), is_regex) {
            (true, false) => Op::Equal,
            (false, false) => Op::NotEqual,
            (true, true) => Op::Matches,
            (false, true) => Op::MatchesNot,
        };
        Ok((name, op, value))
    });
    let written: Vec<_> = written.collect::<Result<_, Failure>>()?;
    posted.starts_at.ok_or_else(|| missing("startsAt"))?;
    let starts_ms = starts_ms.unwrap_or(now_ms);
    // No end at all lies before every begin.
    let ends_ms = ends_ms.unwrap_or(TimestampMs::MIN);
    if ends_ms <= starts_ms {
        let message = "Failed to create silence: start time must be before end time";
        return Err(Failure::bad(message));
    }
    if ends_ms < now_ms {
        let message = "Failed to create silence: end time can't be in the past";
        return Err(Failure::bad(message));
    }
    let matchers = (written.iter().enumerate()).map(|(place, (name, op, value))| {
        let wrong = |why: &dyn std::fmt::Display| {
            Failure::bad(format!(
                "silence invalid: invalid label matcher {place}: {why}"
            ))
        };
        if name.is_empty() {
            return Err(wrong(&"invalid label name \"\""));
        }
        Matcher::new(name, *op, value).map_err(|why| wrong(&why))
    });
    Ok(SilenceChange {
        id: posted.id.filter(|id| !id.is_empty()),
        draft: Draft {
            matchers: matchers.collect::<Result<_, Failure>>()?,
            starts_ms,
            ends_ms,
            by,
            comment,
        },
    })
}
