//! A frame as JSON-RPC messages, read as leniently as can be.
//!
//! <https://www.jsonrpc.org/specification>

use memchr::memmem;
use serde_json::value::RawValue;

use crate::parts;

/// The most messages of a batch that are looked at.
const MOST_MESSAGES: usize = 10_000;

/// What names a request. A number and the text of that number are two.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Id {
    Number(String),
    Text(String),
}

impl Id {
    /// What is neither number nor text names nothing.
    pub(crate) fn of(value: Option<&RawValue>) -> Option<Self> {
        let written = value?.get();
        if written.starts_with('"') {
            return parts::text(value).map(Self::Text);
        }
        let is_number = written.starts_with(|c: char| c == '-' || c.is_ascii_digit());
        is_number.then(|| Self::Number(plain(written)))
    }

    /// Its size in memory, roughly.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Number(text) | Self::Text(text) => text.len(),
        }
    }
}

/// Some write whole numbers as fractions, and are answered without.
fn plain(written: &str) -> String {
    match written.split_once('.') {
        Some((whole, rest)) if !rest.is_empty() && rest.bytes().all(|digit| digit == b'0') => {
            whole.to_owned()
        }
        _ => written.to_owned(),
    }
}

/// A message.
pub(crate) enum Message<'a> {
    /// Somebody wants an answer.
    Request {
        id: Id,
        method: String,
        params: Option<&'a RawValue>,
        text: &'a str,
    },
    /// Somebody says something.
    Notification {
        method: String,
        params: Option<&'a RawValue>,
        text: &'a str,
    },
    /// An answer. Without an id it is an error about something that could not be read.
    Answer {
        id: Option<Id>,
        body: Result<&'a RawValue, Option<&'a RawValue>>,
        text: &'a str,
    },
}

/// The messages of a frame, with how many parts of it are none.
pub(crate) fn messages(frame: &str) -> (Vec<Message<'_>>, u64) {
    if frame.starts_with('[') {
        let Some((list, rest)) = parts::first_elements(frame, MOST_MESSAGES) else {
            return (Vec::new(), 1);
        };
        let parts = list.len();
        let read: Vec<_> = list
            .into_iter()
            .filter_map(|one| message(one.get()))
            .collect();
        // An empty batch is no message either.
        let odd = (parts - read.len() + rest).max(usize::from(parts == 0));
        return (read, odd as u64);
    }
    match message(frame) {
        Some(message) => (vec![message], 0),
        None => (Vec::new(), 1),
    }
}

/// Whether a frame is the request with which a session begins (`initialize`).
pub fn is_hello(frame: &[u8]) -> bool {
    // Most frames do not even hold the word.
    if memmem::find(frame, b"\"initialize\"").is_none() {
        return false;
    }
    let Ok(text) = std::str::from_utf8(frame) else {
        return false;
    };
    let is_hello = |message: Message<'_>| matches!(message, Message::Request { method, .. } if method == "initialize");
    message(text.trim()).is_some_and(is_hello)
}

fn message(text: &str) -> Option<Message<'_>> {
    let wanted = ["jsonrpc", "id", "method", "params", "result", "error"];
    let [version, id, method, params, result, error] = parts::members(text, wanted)?;
    // Some leave the version out; what has neither that nor a form of ours is something else.
    let is_ours = version.is_some_and(|version| version.get() == "\"2.0\"");
    if let Some(method) = parts::name(method) {
        return match Id::of(id) {
            Some(id) => Some(Message::Request {
                id,
                method,
                params,
                text,
            }),
            None if is_ours => Some(Message::Notification {
                method,
                params,
                text,
            }),
            None => None,
        };
    }
    let body = match (result, error) {
        (_, Some(error)) if error.get() != "null" => Err(Some(error)),
        (Some(result), _) => Ok(result),
        (None, Some(_)) => Err(None),
        (None, None) => return None,
    };
    let id = Id::of(id);
    (is_ours || id.is_some()).then_some(Message::Answer { id, body, text })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(frame: &str) -> String {
        let (messages, odd) = messages(frame);
        let letter = |message: &Message<'_>| match message {
            Message::Request { .. } => 'r',
            Message::Notification { .. } => 'n',
            Message::Answer { body: Ok(_), .. } => 'a',
            Message::Answer { body: Err(_), .. } => 'e',
        };
        let letters: String = messages.iter().map(letter).collect();
        format!("{letters}{odd}")
    }

    #[test]
    fn a_session_begins_with_its_request_only() {
        for (frame, is) in [
            (r#" {"jsonrpc":"2.0","id":1,"method":"initialize"} "#, true),
            (r#"{"jsonrpc":"2.0","method":"initialize"}"#, false),
            (r#"{"id":1,"method":"ping","params":"initialize"}"#, false),
            (r#"{"id":1,"method":"initialize""#, false),
        ] {
            assert_eq!(is_hello(frame.as_bytes()), is, "{frame}");
        }
    }

    #[test]
    fn kinds_of_messages() {
        for (frame, expected) in [
            (r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#, "r0"),
            (r#"{"id":"1","method":"ping"}"#, "r0"),
            (r#"{"jsonrpc":"2.0","method":"ping"}"#, "n0"),
            (r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, "n0"),
            (r#"{"jsonrpc":"2.0","id":1,"result":{}}"#, "a0"),
            (r#"{"jsonrpc":"2.0","id":1,"result":null}"#, "a0"),
            (r#"{"jsonrpc":"2.0","id":1,"error":{"code":1}}"#, "e0"),
            (r#"{"jsonrpc":"2.0","id":1,"result":{},"error":null}"#, "a0"),
            (r#"{"jsonrpc":"2.0","id":null,"error":{"code":1}}"#, "e0"),
            (
                r#"[{"jsonrpc":"2.0","id":1,"result":{}},7,{"id":2,"method":"x"}]"#,
                "ar1",
            ),
            ("[]", "1"),
            ("[1,2", "1"),
            (r#"{"level":"info","message":"started"}"#, "1"),
            (r#"{"method":"looks like a log"}"#, "1"),
            ("listening", "1"),
        ] {
            assert_eq!(kinds(frame), expected, "{frame}");
        }
    }

    #[test]
    fn ids() {
        let id = |text: &str| {
            let text = format!("{{\"id\":{text}}}");
            let [id] = parts::members(&text, ["id"]).unwrap();
            Id::of(id)
        };
        assert_eq!(id("1"), id("1.0"));
        assert_ne!(id("1"), id("\"1\""));
        assert_eq!(id("\"\\u00e4\""), id("\"ä\""));
        for none in ["null", "true", "[1]", "{}"] {
            assert_eq!(id(none), None, "{none}");
        }
    }
}
