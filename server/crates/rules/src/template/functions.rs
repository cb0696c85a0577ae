//! The functions that Prometheus adds to those of Go's templates.

mod hosts;
mod series;

use template::{
    Moment, Outcome, Value, as_number, call_common, humanized, humanized_binary,
    humanized_percentage, printed_number, query_escaped, texts,
};

use super::Scope;
use super::things::Series;

/// Their names, without those that Alertmanager has as well.
pub(super) const NAMES: &[&str] = &[
    "args",
    "externalURL",
    "first",
    "graphLink",
    "humanize",
    "humanize1024",
    "humanizePercentage",
    "humanizeTimestamp",
    "label",
    "now",
    "parseDuration",
    "pathPrefix",
    "query",
    "sortByLabel",
    "stripDomain",
    "stripPort",
    "strvalue",
    "tableLink",
    "toDuration",
    "toTime",
    "urlQueryEscape",
    "value",
];

/// Answers a function of [`NAMES`] or of those in common.
pub(super) fn call(name: &str, given: &[Value], scope: &Scope<'_>) -> Option<Outcome> {
    match NAMES.contains(&name) {
        true => Some(ours(name, given, scope)),
        false => call_common(name, given),
    }
}

fn ours(name: &str, given: &[Value], scope: &Scope<'_>) -> Outcome {
    match name {
        "query" => {
            let [expr] = texts(given)?;
            let found = (scope.base.ask)(expr)?;
            Ok(Value::list(found.into_iter().map(Series::value)))
        }
        "first" | "label" | "value" | "strvalue" | "sortByLabel" => series::call(name, given),
        "humanize" => Ok(Value::Text(humanized(as_number(given)?))),
        "humanize1024" => Ok(Value::Text(humanized_binary(as_number(given)?))),
        "humanizePercentage" => Ok(Value::Text(humanized_percentage(as_number(given)?))),
        "humanizeTimestamp" => match as_number(given)? {
            value if value.is_finite() => {
                Ok(Value::Text(Moment::utc(milliseconds(value)?).printed()))
            }
            value => Ok(Value::Text(printed_number(value, 'g', Some(4)))),
        },
        "toTime" => Ok(Value::Time(Moment::utc(milliseconds(as_number(given)?)?))),
        "toDuration" => Ok(Value::Text(
            printed_number(as_number(given)?, 'g', None) + "s",
        )),
        #[expect(clippy::cast_precision_loss)]
        "now" => Ok(Value::Number(scope.base.now_ms as f64 / 1000.0)),
        "parseDuration" => {
            let [text] = texts(given)?;
            Ok(Value::Number(model::parse_duration(text)?.as_secs_f64()))
        }
        "args" => {
            let named = given.iter().enumerate();
            Ok(Value::Values(
                named
                    .map(|(n, value)| (format!("arg{n}"), value.clone()))
                    .collect(),
            ))
        }
        "externalURL" => Ok(Value::Text(scope.base.external_url.to_owned())),
        "pathPrefix" => {
            let behind = scope
                .base
                .external_url
                .split_once("://")
                .map_or("", |(_, rest)| rest);
            Ok(Value::Text(
                behind.find('/').map_or("", |at| &behind[at..]).to_owned(),
            ))
        }
        _ => text(name, given),
    }
}

/// Functions from a text to a text.
fn text(name: &str, given: &[Value]) -> Outcome {
    let [text] = texts(given)?;
    Ok(Value::Text(match name {
        "stripPort" => hosts::without_port(text),
        "stripDomain" => hosts::without_domain(text),
        "graphLink" => format!("/graph?g0.expr={}&g0.tab=0", query_escaped(text)),
        "tableLink" => format!("/graph?g0.expr={}&g0.tab=1", query_escaped(text)),
        "urlQueryEscape" => query_escaped(text),
        _ => return Err("it is not known".to_owned()),
    }))
}

#[expect(clippy::cast_possible_truncation, reason = "its bounds are checked")]
fn milliseconds(seconds: f64) -> Result<i64, String> {
    let ms = (seconds * 1000.0).floor();
    match ms.abs() < 9.2e15 {
        true => Ok(ms as i64),
        false => Err(format!(
            "{seconds} cannot be represented as a nanoseconds timestamp since it overflows int64"
        )),
    }
}
