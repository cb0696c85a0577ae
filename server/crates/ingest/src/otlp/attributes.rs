//! Attributes: names with values of any type, as texts.

use std::borrow::Cow;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Number, Value as Json};

use crate::protobuf::{Malformed, Value, next};

/// How deep a value may be nested.
const DEEPEST: usize = 32;

/// A name with its value.
pub(super) type Attribute<'a> = (&'a str, Cow<'a, str>);

/// A `KeyValue`: its key, and its value as OpenTelemetry writes values where only text fits.
///
/// <https://opentelemetry.io/docs/specs/otel/common/#anyvalue>: lists and maps become JSON, bytes base64.
pub(super) fn attribute(mut message: &[u8]) -> Result<Attribute<'_>, Malformed> {
    let (mut name, mut text) = ("", Cow::Borrowed(""));
    while let Some((tag, value)) = next(&mut message)? {
        match tag {
            1 => name = value.text(tag)?,
            2 => text = as_text(value.bytes(tag)?)?,
            _ => {}
        }
    }
    Ok((name, text))
}

pub(super) fn as_text(mut message: &[u8]) -> Result<Cow<'_, str>, Malformed> {
    let mut found = Cow::Borrowed("");
    while let Some((tag, value)) = next(&mut message)? {
        found = match tag {
            1 => Cow::Borrowed(value.text(tag)?),
            2..=7 => match in_json(tag, value, 0)? {
                Json::String(text) => Cow::Owned(text),
                // A number that JSON cannot say.
                Json::Null => Cow::Owned(value.double(tag).unwrap_or_default().to_string()),
                json => Cow::Owned(json.to_string()),
            },
            _ => found,
        };
    }
    Ok(found)
}

fn any(mut message: &[u8], depth: usize) -> Result<Json, Malformed> {
    if depth > DEEPEST {
        return Err(Malformed::Deep);
    }
    let mut found = Json::Null;
    while let Some((tag, value)) = next(&mut message)? {
        if let 1..=7 = tag {
            found = in_json(tag, value, depth)?;
        }
    }
    Ok(found)
}

/// A case of `AnyValue`.
fn in_json(tag: u32, value: Value<'_>, depth: usize) -> Result<Json, Malformed> {
    Ok(match tag {
        1 => value.text(tag)?.into(),
        2 => (value.number(tag)? != 0).into(),
        3 => value.number(tag)?.cast_signed().into(),
        4 => double(value.double(tag)?),
        5 => {
            let mut message = value.bytes(tag)?;
            let mut list = Vec::new();
            while let Some((tag, value)) = next(&mut message)? {
                if tag == 1 {
                    list.push(any(value.bytes(tag)?, depth + 1)?);
                }
            }
            Json::Array(list)
        }
        6 => {
            let mut message = value.bytes(tag)?;
            let mut map = Map::new();
            while let Some((tag, value)) = next(&mut message)? {
                if tag == 1 {
                    let (name, value) = pair(value.bytes(tag)?, depth + 1)?;
                    map.insert(name, value);
                }
            }
            Json::Object(map)
        }
        _ => BASE64_STANDARD.encode(value.bytes(tag)?).into(),
    })
}

fn pair(mut message: &[u8], depth: usize) -> Result<(String, Json), Malformed> {
    let (mut name, mut found) = (String::new(), Json::Null);
    while let Some((tag, value)) = next(&mut message)? {
        match tag {
            1 => name = value.text(tag)?.to_owned(),
            2 => found = any(value.bytes(tag)?, depth)?,
            _ => {}
        }
    }
    Ok((name, found))
}

/// A whole number has no fraction, as in JavaScript.
fn double(value: f64) -> Json {
    const WHOLE: f64 = 9_007_199_254_740_992.0;
    #[expect(clippy::cast_possible_truncation, reason = "it is whole and small")]
    match value.fract() == 0.0 && value.abs() < WHOLE {
        true => (value as i64).into(),
        false => Number::from_f64(value).map_or(Json::Null, Json::Number),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::messages::{AnyValue, KeyValue, Kind, List};
    use super::*;
    use prost::Message;

    fn text(kind: Kind) -> String {
        let message = KeyValue {
            key: "k".into(),
            value: Some(AnyValue { kind: Some(kind) }),
        };
        let message = message.encode_to_vec();
        let (name, value) = attribute(&message).unwrap();
        assert_eq!(name, "k");
        value.into_owned()
    }

    #[test]
    fn values_of_every_type() {
        let any = |kind| AnyValue { kind: Some(kind) };
        let list = Kind::Array(List {
            values: vec![
                any(Kind::Int(1)),
                any(Kind::Text("ü".into())),
                AnyValue { kind: None },
            ],
        });
        let map = Kind::Map(super::super::tests::messages::Pairs {
            values: vec![
                KeyValue {
                    key: "z".into(),
                    value: Some(any(list.clone())),
                },
                KeyValue {
                    key: "a".into(),
                    value: None,
                },
            ],
        });
        for (kind, expected) in [
            (Kind::Text("plain".into()), "plain"),
            (Kind::Text(String::new()), ""),
            (Kind::Bool(true), "true"),
            (Kind::Bool(false), "false"),
            (Kind::Int(i64::MIN), "-9223372036854775808"),
            (Kind::Double(0.25), "0.25"),
            (Kind::Double(3.0), "3"),
            (Kind::Double(f64::NAN), "NaN"),
            (Kind::Double(f64::INFINITY), "inf"),
            (Kind::Bytes(vec![0xff, 0]), "/wA="),
            (list, r#"[1,"ü",null]"#),
            (map, r#"{"a":null,"z":[1,"ü",null]}"#),
        ] {
            assert_eq!(text(kind.clone()), expected, "{kind:?}");
        }
    }

    #[test]
    fn what_is_nested_without_end_is_refused() {
        let mut kind = Kind::Int(1);
        for _ in 0..DEEPEST {
            kind = Kind::Array(List {
                values: vec![AnyValue { kind: Some(kind) }],
            });
        }
        text(kind.clone());
        kind = Kind::Array(List {
            values: vec![AnyValue { kind: Some(kind) }],
        });
        let message = KeyValue {
            key: "k".into(),
            value: Some(AnyValue { kind: Some(kind) }),
        };
        let message = message.encode_to_vec();
        assert_eq!(attribute(&message), Err(Malformed::Deep));
    }
}
