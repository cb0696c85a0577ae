//! What a sender is answered, in the notation that it has sent.
//!
//! <https://opentelemetry.io/docs/specs/otlp/#otlphttp-response>.

use prost::encoding::{WireType, encode_key, encode_varint};
use serde_json::json;

use super::signals::Signal;

/// Codes of `google.rpc.Status`, which are those of gRPC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The request is wrong.
    InvalidArgument = 3,
    /// It took too long to arrive.
    DeadlineExceeded = 4,
    /// The sender may not send.
    PermissionDenied = 7,
    /// There is too much, or too much at once.
    ResourceExhausted = 8,
    /// Nobody does this here.
    Unimplemented = 12,
    /// Not now: it is to be sent again.
    Unavailable = 14,
}

/// The answer when everything that can be taken was: an `Export…ServiceResponse`, with what was rejected, and
/// why or what else there is to say.
pub fn partial_success(signal: Signal, rejected: u64, message: &str, in_json: bool) -> Vec<u8> {
    let is_whole = rejected == 0 && message.is_empty();
    if in_json {
        let field = match signal {
            Signal::Metrics => "rejectedDataPoints",
            Signal::Logs => "rejectedLogRecords",
            Signal::Traces => "rejectedSpans",
        };
        // Whole numbers of 64 bits are texts in the JSON of protobuf.
        let answer = match is_whole {
            true => json!({}),
            false => json!({ "partialSuccess": {
                (field): rejected.to_string(), "errorMessage": message
            } }),
        };
        return answer.to_string().into_bytes();
    }
    if is_whole {
        return Vec::new();
    }
    let mut whole = Vec::new();
    put_bytes(1, &pair(rejected, message), &mut whole);
    whole
}

/// The answer to a request that cannot be taken: a `google.rpc.Status`.
pub fn status(code: Status, message: &str, in_json: bool) -> Vec<u8> {
    match in_json {
        true => json!({ "code": code as i32, "message": message })
            .to_string()
            .into_bytes(),
        false => pair(code as u64, message),
    }
}

/// A message of a number and a text.
fn pair(number: u64, text: &str) -> Vec<u8> {
    let mut message = Vec::new();
    if number != 0 {
        encode_key(1, WireType::Varint, &mut message);
        encode_varint(number, &mut message);
    }
    if !text.is_empty() {
        put_bytes(2, text.as_bytes(), &mut message);
    }
    message
}

/// A field of bytes, or of a message.
pub(super) fn put_bytes(tag: u32, bytes: &[u8], into: &mut Vec<u8>) {
    encode_key(tag, WireType::LengthDelimited, into);
    encode_varint(bytes.len() as u64, into);
    into.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;
    use prost::Message;

    #[derive(Clone, PartialEq, Message)]
    struct Answer {
        #[prost(message, tag = "1")]
        partial_success: Option<Pair>,
    }
    #[derive(Clone, PartialEq, Message)]
    struct Pair {
        #[prost(int64, tag = "1")]
        number: i64,
        #[prost(string, tag = "2")]
        text: String,
    }

    #[test]
    fn answers_in_both_notations() {
        let said = |rejected, text: &str| {
            let bytes = partial_success(Signal::Logs, rejected, text, false);
            Answer::decode(&*bytes).unwrap().partial_success
        };
        assert_eq!(said(0, ""), None);
        let pair = |number, text: &str| Pair {
            number,
            text: text.into(),
        };
        assert_eq!(said(300, "why"), Some(pair(300, "why")));
        assert_eq!(said(0, "by the way"), Some(pair(0, "by the way")));
        let json = partial_success(Signal::Metrics, 3, "why", true);
        let expected = r#"{"partialSuccess":{"errorMessage":"why","rejectedDataPoints":"3"}}"#;
        assert_eq!(String::from_utf8(json).unwrap(), expected);
        assert_eq!(partial_success(Signal::Traces, 0, "", true), b"{}");

        let bytes = status(Status::InvalidArgument, "no", false);
        assert_eq!(Pair::decode(&*bytes).unwrap(), pair(3, "no"));
        let json = status(Status::Unavailable, "no", true);
        assert_eq!(json, br#"{"code":14,"message":"no"}"#);
    }
}
