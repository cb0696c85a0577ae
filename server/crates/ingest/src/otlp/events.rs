//! Log records that are events of a kind, handed over; all others are only counted.
//!
//! <https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/logs/v1/logs.proto>. A record is an
//! event by its `event_name`, by the attribute `event.name`, or, as events were told before there were such, by its body.

use super::attributes::{as_text, attribute};
use crate::protobuf::{Malformed, next};

/// Events that are handed over of one request.
const MOST: usize = 10_000;
/// Attributes of an event, and letters of one.
const MOST_ATTRIBUTES: usize = 100;
const LONGEST: usize = 1000;

/// An event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// When it happened, in milliseconds UTC; 0 where nobody said.
    pub at_ms: i64,
    /// Its name.
    pub name: String,
    /// Attributes of what made it, then its own.
    pub attributes: Vec<(String, String)>,
}

/// How many log records a request in protobuf holds, and those of them whose name is wanted.
///
/// # Errors
/// When it is no such request.
pub fn events(
    mut message: &[u8],
    is_wanted: impl Fn(&str) -> bool,
) -> Result<(u64, Vec<Event>), Malformed> {
    let (mut records, mut found) = (0, Vec::new());
    while let Some((tag, value)) = next(&mut message)? {
        if tag == 1 {
            of_resource(value.bytes(tag)?, &is_wanted, &mut records, &mut found)?;
        }
    }
    Ok((records, found))
}

fn of_resource(
    message: &[u8],
    is_wanted: &impl Fn(&str) -> bool,
    records: &mut u64,
    found: &mut Vec<Event>,
) -> Result<(), Malformed> {
    let mut resource = Vec::new();
    // Fields come in any order.
    let mut rest = message;
    while let Some((tag, value)) = next(&mut rest)? {
        if tag == 1 {
            let mut inner = value.bytes(tag)?;
            while let Some((tag, value)) = next(&mut inner)? {
                if tag == 1 {
                    push(&mut resource, value.bytes(tag)?)?;
                }
            }
        }
    }
    let mut rest = message;
    while let Some((tag, value)) = next(&mut rest)? {
        if tag != 2 {
            continue;
        }
        let mut scope = value.bytes(tag)?;
        while let Some((tag, value)) = next(&mut scope)? {
            if tag != 2 {
                continue;
            }
            *records += 1;
            let event = record(value.bytes(tag)?, &resource)?;
            if found.len() < MOST && is_wanted(&event.name) {
                found.push(event);
            }
        }
    }
    Ok(())
}

fn record(mut message: &[u8], resource: &[(String, String)]) -> Result<Event, Malformed> {
    let mut event = Event {
        attributes: resource.to_vec(),
        ..Event::default()
    };
    let (mut name, mut body, mut observed_ms) = (String::new(), String::new(), 0);
    while let Some((tag, value)) = next(&mut message)? {
        match tag {
            1 => event.at_ms = milliseconds(value.fixed(tag)?),
            5 => body = shortened(&as_text(value.bytes(tag)?)?),
            6 => push(&mut event.attributes, value.bytes(tag)?)?,
            11 => observed_ms = milliseconds(value.fixed(tag)?),
            12 => name = shortened(value.text(tag)?),
            _ => {}
        }
    }
    if event.at_ms == 0 {
        event.at_ms = observed_ms;
    }
    let attribute = event.attributes.iter().rev();
    let attribute = attribute.filter(|(name, _)| name == "event.name");
    let attribute = attribute
        .map(|(_, value)| value.clone())
        .next()
        .unwrap_or_default();
    // A body that ends with the name of the event says it in full.
    let is_longer = !attribute.is_empty() && body.ends_with(&attribute);
    event.name = match (name.is_empty(), is_longer || attribute.is_empty()) {
        (false, _) => name,
        (true, true) => body,
        (true, false) => attribute,
    };
    Ok(event)
}

fn milliseconds(nanoseconds: u64) -> i64 {
    i64::try_from(nanoseconds / 1_000_000).unwrap_or(i64::MAX)
}

fn push(attributes: &mut Vec<(String, String)>, message: &[u8]) -> Result<(), Malformed> {
    let (name, value) = attribute(message)?;
    if attributes.len() < MOST_ATTRIBUTES {
        attributes.push((shortened(name), shortened(&value)));
    }
    Ok(())
}

fn shortened(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Signal, to_protobuf};
    use super::*;

    #[test]
    fn by_any_of_its_names() {
        let text = |value: &str| serde_json::json!({ "stringValue": value });
        let named =
            |value: &str| serde_json::json!([{ "key": "event.name", "value": text(value) }]);
        let request = serde_json::json!({ "resourceLogs": [{
            "resource": { "attributes": [{ "key": "service.name", "value": text("claude-code") }] },
            "scopeLogs": [{ "logRecords": [
                { "timeUnixNano": "1700000000000000000", "body": text("claude_code.api_request"),
                  "attributes": named("api_request") },
                { "observedTimeUnixNano": "1700000001000000000", "body": text("words"),
                  "attributes": named("claude_code.tool_result") },
                { "body": text("a line of a log") },
                { "body": text("words"), "eventName": "claude_code.user_prompt" },
            ]}],
        }]});
        let message = to_protobuf(request.to_string().as_bytes(), Signal::Logs).unwrap();
        let (records, found) = events(&message, |name| name.starts_with("claude_code.")).unwrap();
        assert_eq!(records, 4);
        let names: Vec<_> = found
            .iter()
            .map(|it| (it.name.as_str(), it.at_ms))
            .collect();
        assert_eq!(
            names,
            [
                ("claude_code.api_request", 1_700_000_000_000),
                ("claude_code.tool_result", 1_700_000_001_000),
                ("claude_code.user_prompt", 0),
            ]
        );
        let first = ("service.name".to_owned(), "claude-code".to_owned());
        assert_eq!(found[0].attributes[0], first);
        assert!(events(&message[..message.len() - 3], |_| true).is_err());
    }
}
