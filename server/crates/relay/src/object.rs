//! A JSON object whose values stay as they were written, byte for byte and in their order.
//!
//! What a server and its clients say to each other is theirs: only the few members that have to be
//! another thing on the other side are read and replaced.

use std::fmt;

use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

/// The object.
#[derive(Clone, Debug, Default)]
pub(crate) struct Object(Vec<(String, Box<RawValue>)>);

impl Object {
    /// The object that a value is, if it is one.
    pub(crate) fn of(value: &RawValue) -> Option<Self> {
        serde_json::from_str(value.get()).ok()
    }

    /// A member as it was written.
    pub(crate) fn get(&self, key: &str) -> Option<&RawValue> {
        let found = self.0.iter().find(|(known, _)| known == key);
        found.map(|(_, value)| &**value)
    }

    /// A member that is of this kind.
    pub(crate) fn read<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        serde_json::from_str(self.get(key)?.get()).ok()
    }

    /// A member that is an object; empty where it is none.
    pub(crate) fn object(&self, key: &str) -> Self {
        self.get(key).and_then(Self::of).unwrap_or_default()
    }

    /// Puts a member where it was, or at the end.
    pub(crate) fn put(&mut self, key: &str, value: Box<RawValue>) {
        match self.0.iter_mut().find(|(known, _)| known == key) {
            Some((_, old)) => *old = value,
            None => self.0.push((key.to_owned(), value)),
        }
    }

    /// The same with a value that is not written yet.
    pub(crate) fn set(&mut self, key: &str, value: &impl Serialize) {
        // What is set here are texts, numbers and objects of such.
        if let Ok(value) = to_raw_value(value) {
            self.put(key, value);
        }
    }

    /// Takes a member away.
    pub(crate) fn remove(&mut self, key: &str) {
        self.0.retain(|(known, _)| known != key);
    }

    /// The text on one line. Where JSON is right, a line break in it stands between two of its parts.
    pub(crate) fn line(&self) -> String {
        let text = serde_json::to_string(self).unwrap_or_default();
        match text.contains(['\n', '\r']) {
            true => text.replace(['\n', '\r'], " "),
            false => text,
        }
    }
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Object(members))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_touched_stays_as_it_was() {
        let text = r#"{"z":1.50,"a":{"y":[ 1e400,"ä\u0000"],"b":12345678901234567890123},"id":7}"#;
        let mut object: Object = serde_json::from_str(text).unwrap();
        assert_eq!(object.line(), text);
        object.set("id", &"x");
        object.set("new", &true);
        object.remove("z");
        let expected =
            r#"{"a":{"y":[ 1e400,"ä\u0000"],"b":12345678901234567890123},"id":"x","new":true}"#;
        assert_eq!(object.line(), expected);
    }

    #[test]
    fn a_message_is_one_line() {
        let object: Object = serde_json::from_str("{\r\n \"a\": [\n1,\r2]\n}").unwrap();
        assert_eq!(object.line(), r#"{"a":[ 1, 2]}"#);
    }
}
