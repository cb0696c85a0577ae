//! JSON-RPC messages: what kind one is, and those that are made here.

use serde_json::json;
use serde_json::value::RawValue;

use crate::object::Object;

/// A message of a client, as it came.
#[derive(Clone, Debug)]
pub struct Message {
    pub(crate) object: Object,
    kind: Kind,
    method: String,
}

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It wants an answer.
    Request,
    /// It wants none.
    Notification,
    /// It is the answer to a request.
    Answer,
}

/// Why a text is no message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotOne {
    /// It is no JSON.
    #[error("the body is no JSON: {0}")]
    NotJson(String),
    /// It is a list of messages.
    #[error("the body is a batch; send one message at a time")]
    Batch,
    /// It is JSON, but no JSON-RPC message.
    #[error("the body is no JSON-RPC 2.0 message: {0}")]
    NotRpc(&'static str),
}

impl Message {
    /// Reads a message.
    ///
    /// # Errors
    /// When the text is none, why.
    pub fn read(text: &str) -> Result<Self, NotOne> {
        let value: &RawValue =
            serde_json::from_str(text).map_err(|error| NotOne::NotJson(error.to_string()))?;
        if value.get().starts_with('[') {
            return Err(NotOne::Batch);
        }
        let object = Object::of(value).ok_or(NotOne::NotRpc("it is no object"))?;
        if object.read::<String>("jsonrpc").as_deref() != Some("2.0") {
            return Err(NotOne::NotRpc("`jsonrpc` is not \"2.0\""));
        }
        let method = match object.get("method") {
            Some(_) => object.read::<String>("method"),
            None => Some(String::new()),
        };
        let method = method.ok_or(NotOne::NotRpc("`method` is no text"))?;
        let kind = match (object.get("method"), object.get("id")) {
            (Some(_), None) => Kind::Notification,
            (Some(_), Some(id)) if is_id(id) => Kind::Request,
            (Some(_), Some(_)) => return Err(NotOne::NotRpc("`id` is neither text nor number")),
            (None, Some(_)) if object.get("result").or(object.get("error")).is_some() => {
                Kind::Answer
            }
            (None, _) => return Err(NotOne::NotRpc("it has no `method`")),
        };
        Ok(Self {
            object,
            kind,
            method,
        })
    }

    /// What it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Its method; empty for an answer.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// A text among its parameters.
    pub fn param(&self, key: &str) -> Option<String> {
        self.params().read(key)
    }

    /// The revision of the protocol that it says it is of, as requests of the stateless era do.
    pub fn revision(&self) -> Option<String> {
        self.params().object("_meta").read(meta::VERSION)
    }

    pub(crate) fn params(&self) -> Object {
        self.object.object("params")
    }

    pub(crate) fn id(&self) -> Option<&RawValue> {
        self.object.get("id")
    }

    /// An error as the answer to this message.
    pub fn refused(&self, code: i32, message: &str) -> String {
        failure(self.id(), code, message)
    }
}

/// Names in `_meta` of the stateless era.
pub(crate) mod meta {
    /// The revision of the protocol.
    pub(crate) const VERSION: &str = "io.modelcontextprotocol/protocolVersion";
    /// What the client can do.
    pub(crate) const CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";
    /// Who the client is.
    pub(crate) const CLIENT: &str = "io.modelcontextprotocol/clientInfo";
    /// Who the server is.
    pub(crate) const SERVER: &str = "io.modelcontextprotocol/serverInfo";
    /// From which level on log messages are wanted.
    pub(crate) const LEVEL: &str = "io.modelcontextprotocol/logLevel";
    /// To which subscription a notification belongs: the id of the request that began it.
    pub(crate) const SUBSCRIPTION: &str = "io.modelcontextprotocol/subscriptionId";
}

fn is_id(id: &RawValue) -> bool {
    let first = id.get().bytes().next();
    first.is_some_and(|first| first == b'"' || first == b'-' || first.is_ascii_digit())
}

/// An error for an answer; without an id where nobody knows it.
pub fn failure(id: Option<&RawValue>, code: i32, message: &str) -> String {
    let mut object = Object::default();
    object.set("jsonrpc", &"2.0");
    match id {
        Some(id) => object.put("id", id.to_owned()),
        None => object.set("id", &()),
    }
    object.set("error", &json!({ "code": code, "message": message }));
    object.line()
}

/// A result for an answer.
pub(crate) fn success(id: &RawValue, result: &Object) -> String {
    let mut object = Object::default();
    object.set("jsonrpc", &"2.0");
    object.put("id", id.to_owned());
    object.set("result", result);
    object.line()
}

/// A message of our own.
pub(crate) fn notice(method: &str, params: &serde_json::Value) -> String {
    json!({ "jsonrpc": "2.0", "method": method, "params": params }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds() {
        for (text, expected) in [
            (r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#, Kind::Request),
            (r#"{"jsonrpc":"2.0","id":"a","method":"x"}"#, Kind::Request),
            (r#"{"jsonrpc":"2.0","method":"x"}"#, Kind::Notification),
            (r#"{"jsonrpc":"2.0","id":1,"result":{}}"#, Kind::Answer),
            (r#"{"jsonrpc":"2.0","id":1,"error":{}}"#, Kind::Answer),
        ] {
            assert_eq!(Message::read(text).unwrap().kind(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_message_is_named() {
        for (text, words) in [
            ("", "no JSON"),
            ("{", "no JSON"),
            (" [ ]", "batch"),
            ("7", "no object"),
            ("null", "no object"),
            ("{}", "`jsonrpc`"),
            (r#"{"jsonrpc":"1.0"}"#, "`jsonrpc`"),
            (r#"{"jsonrpc":"2.0"}"#, "no `method`"),
            (r#"{"jsonrpc":"2.0","id":1}"#, "no `method`"),
            (r#"{"jsonrpc":"2.0","method":1}"#, "no text"),
            (r#"{"jsonrpc":"2.0","method":"x","id":null}"#, "`id`"),
            (r#"{"jsonrpc":"2.0","method":"x","id":{}}"#, "`id`"),
        ] {
            let error = Message::read(text).unwrap_err().to_string();
            assert!(error.contains(words), "{text}: {error}");
        }
    }
}
