//! OTLP in JSON becomes OTLP in protobuf, so that there is one reading of it.
//!
//! The notation: <https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding>. What is not known is left
//! out, names may be written with `_` too, numbers may be texts and enumerations words.

mod schema;

use std::borrow::Cow;
use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use prost::encoding::{WireType, encode_key, encode_varint};
use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use super::Error;
use super::answer::put_bytes;
use super::signals::Signal;
use schema::{Field, Kind, Message};

/// The protobuf of a request in JSON.
///
/// # Errors
/// When it is no such JSON; the message says where.
pub fn to_protobuf(body: &[u8], signal: Signal) -> Result<Vec<u8>, Error> {
    let mut message = Vec::with_capacity(body.len() / 2);
    let mut json = serde_json::Deserializer::from_slice(body);
    let into = Fields {
        of: schema::request(signal),
        into: &mut message,
    };
    let read = into.deserialize(&mut json).and_then(|()| json.end());
    read.map_err(|error| Error::Json(error.to_string()))?;
    Ok(message)
}

/// Writes the fields of a message.
struct Fields<'b> {
    of: &'static Message,
    into: &'b mut Vec<u8>,
}

impl<'de> DeserializeSeed<'de> for Fields<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Fields<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<Cow<'de, str>>()? {
            let name = camel(&name);
            let fields = self.of.0.iter();
            match { fields }.find(|field| field.name == name) {
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
                Some(field) => map.next_value_seed(One {
                    field,
                    may_be_many: field.is_many,
                    into: self.into,
                })?,
            }
        }
        Ok(())
    }
}

/// `start_time_unix_nano` as `startTimeUnixNano`.
fn camel(name: &str) -> Cow<'_, str> {
    if !name.contains('_') {
        return Cow::Borrowed(name);
    }
    let mut parts = name.split('_');
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut letters = part.chars();
        whole.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        whole.push_str(letters.as_str());
    }
    Cow::Owned(whole)
}

/// What a hexadecimal text stands for.
fn bytes(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let byte = |[high, low]: &[u8; 2]| u8::try_from(digit(*high)? * 16 + digit(*low)?).ok();
    match rest {
        [] => pairs.iter().map(byte).collect(),
        _ => None,
    }
}

/// Writes the value of a field.
struct One<'b> {
    field: &'static Field,
    may_be_many: bool,
    into: &'b mut Vec<u8>,
}

impl One<'_> {
    fn varint(self, number: u64) {
        encode_key(self.field.tag, WireType::Varint, self.into);
        encode_varint(number, self.into);
    }

    fn eight(self, bytes: [u8; 8]) {
        encode_key(self.field.tag, WireType::SixtyFourBit, self.into);
        self.into.extend(bytes);
    }

    fn whole<E: serde::de::Error>(self, number: i128) -> Result<(), E> {
        let name = self.field.name;
        let wrong = || E::custom(format!("{name}: {number} is too large or too small"));
        let signed = || i64::try_from(number).map_err(|_| wrong());
        let unsigned = || u64::try_from(number).map_err(|_| wrong());
        match self.field.kind {
            Kind::Unsigned | Kind::Enumeration(_) => self.varint(unsigned()?),
            Kind::Signed => self.varint(signed()?.cast_unsigned()),
            Kind::Zigzag => {
                let number = signed()?;
                self.varint(((number << 1) ^ (number >> 63)).cast_unsigned());
            }
            Kind::Fixed => self.eight(unsigned()?.to_le_bytes()),
            Kind::SignedFixed => self.eight(signed()?.to_le_bytes()),
            #[expect(clippy::cast_precision_loss, reason = "a double was meant")]
            Kind::Double => self.eight((number as f64).to_le_bytes()),
            _ => return Err(E::custom(format!("{name} is no number"))),
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for One<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for One<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match (self.may_be_many, self.field.kind) {
            (true, _) => "a list",
            (_, Kind::Message(_)) => "an object",
            (_, Kind::Text | Kind::Base64 | Kind::Hex) => "a text",
            (_, Kind::Bool) => "true or false",
            _ => "a number",
        };
        write!(f, "{what} as {}", self.field.name)
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: serde::de::Error>(self, is_true: bool) -> Result<(), E> {
        match self.field.kind {
            Kind::Bool if !self.may_be_many => {
                self.varint(is_true.into());
                Ok(())
            }
            _ => Err(E::invalid_type(serde::de::Unexpected::Bool(is_true), &self)),
        }
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<(), E> {
        self.whole(number.into())
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<(), E> {
        self.whole(number.into())
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<(), E> {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "it is whole, and too large is said"
        )]
        match self.field.kind {
            Kind::Double => {
                self.eight(number.to_le_bytes());
                Ok(())
            }
            _ if number.fract() == 0.0 => self.whole(number as i128),
            _ => Err(E::custom(format!(
                "{}: {number} is not whole",
                self.field.name
            ))),
        }
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        let name = self.field.name;
        let wrong = |what| E::custom(format!("{name}: {text:?} is no {what}"));
        match self.field.kind {
            Kind::Text => put_bytes(self.field.tag, text.as_bytes(), self.into),
            Kind::Base64 => {
                let bytes = BASE64_STANDARD.decode(text).map_err(|_| wrong("base64"))?;
                put_bytes(self.field.tag, &bytes, self.into);
            }
            Kind::Hex => {
                let bytes = bytes(text).ok_or_else(|| wrong("hexadecimal text"))?;
                put_bytes(self.field.tag, &bytes, self.into);
            }
            Kind::Double => {
                let number: f64 = match text {
                    "Infinity" => f64::INFINITY,
                    "-Infinity" => f64::NEG_INFINITY,
                    text => text.parse().map_err(|_| wrong("number"))?,
                };
                self.eight(number.to_le_bytes());
            }
            Kind::Enumeration(words) => {
                let number = words.iter().position(|word| *word == text);
                self.varint(number.ok_or_else(|| wrong("known word"))? as u64);
            }
            Kind::Message(_) | Kind::Bool => return Err(wrong("such thing")),
            _ => {
                let number = text.parse().map_err(|_| wrong("number"))?;
                self.whole(number)?;
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        let Kind::Message(of) = self.field.kind else {
            return Err(A::Error::custom(format!(
                "{} is an object",
                self.field.name
            )));
        };
        if self.may_be_many {
            return Err(A::Error::custom(format!(
                "{} is an object",
                self.field.name
            )));
        }
        let mut message = Vec::new();
        let into = &mut message;
        Fields { of, into }.visit_map(map)?;
        put_bytes(self.field.tag, &message, self.into);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        if !self.may_be_many {
            return Err(A::Error::custom(format!("{} is a list", self.field.name)));
        }
        loop {
            let one = One {
                field: self.field,
                may_be_many: false,
                into: self.into,
            };
            if list.next_element_seed(one)?.is_none() {
                return Ok(());
            }
        }
    }
}
