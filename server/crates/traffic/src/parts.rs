//! Looking into JSON without building it: the wanted members of an object, as they are written.
//!
//! What others send may have members twice, of another kind than the specification says, or nested without an end.
//! So nothing is expected: a member that is not what it should be counts as missing.

use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// Longest name that is kept, in letters.
const LONGEST_NAME: usize = 128;

/// The members with these names; of several with a name, the last.
pub(crate) fn members<'a, const N: usize>(
    text: &'a str,
    wanted: [&str; N],
) -> Option<[Option<&'a RawValue>; N]> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let found = reader.deserialize_map(Members { wanted }).ok()?;
    reader.end().ok()?;
    Some(found)
}

/// The same of a value.
pub(crate) fn of<'a, const N: usize>(
    value: Option<&'a RawValue>,
    wanted: [&str; N],
) -> [Option<&'a RawValue>; N] {
    let found = value.and_then(|value| members(value.get(), wanted));
    found.unwrap_or([None; N])
}

/// The elements of a list.
pub(crate) fn elements(value: &RawValue) -> Option<Vec<&RawValue>> {
    serde_json::from_str(value.get()).ok()
}

/// The first elements of a list, and whether there are more. An empty slice says nothing about a type.
pub(crate) fn first_elements(text: &str, most: usize) -> Option<(Vec<&RawValue>, usize)> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let found = reader.deserialize_seq(First { most }).ok()?;
    reader.end().ok()?;
    Some(found)
}

/// A text, whole.
pub(crate) fn text(value: Option<&RawValue>) -> Option<String> {
    serde_json::from_str(value?.get()).ok()
}

/// A name, of bearable length and without control characters.
pub(crate) fn name(value: Option<&RawValue>) -> Option<String> {
    let text = text(value)?;
    let letters = text.chars().filter(|letter| !letter.is_control());
    Some(letters.take(LONGEST_NAME).collect())
}

/// What says where a list goes on, if it does: a text, or whatever somebody takes for one.
pub(crate) fn cursor(value: Option<&RawValue>) -> Option<String> {
    let given = value.filter(|value| value.get() != "null")?;
    text(value).or_else(|| Some(given.get().to_owned()))
}

/// A whole number.
pub(crate) fn number(value: Option<&RawValue>) -> Option<i64> {
    serde_json::from_str(value?.get()).ok()
}

/// Whether it is `true`.
pub(crate) fn is_true(value: Option<&RawValue>) -> bool {
    value.is_some_and(|value| value.get() == "true")
}

/// Whether it is there and not `null`.
pub(crate) fn is_given(value: Option<&RawValue>) -> bool {
    value.is_some_and(|value| value.get() != "null")
}

struct Members<'w, const N: usize> {
    wanted: [&'w str; N],
}

impl<'de, const N: usize> Visitor<'de> for Members<'_, N> {
    type Value = [Option<&'de RawValue>; N];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = [None; N];
        while let Some(place) = map.next_key_seed(Key(&self.wanted))? {
            let value: &'de RawValue = map.next_value()?;
            if let Some(place) = place {
                found[place] = Some(value);
            }
        }
        Ok(found)
    }
}

/// Where a key is among those that are wanted.
struct Key<'w>(&'w [&'w str]);

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(self.0.iter().position(|wanted| *wanted == key))
    }
}

struct First {
    most: usize,
}

impl<'de> Visitor<'de> for First {
    type Value = (Vec<&'de RawValue>, usize);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let (mut first, mut rest) = (Vec::new(), 0);
        while let Some(value) = list.next_element::<&RawValue>()? {
            match first.len() < self.most {
                true => first.push(value),
                false => rest += 1,
            }
        }
        Ok((first, rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_a_name_counts_and_nothing_is_expected() {
        let text = r#" {"a":1,"b":{"a":2},"\u0061":"x","c":[1]} "#;
        let [a, c, none] = members(text, ["a", "c", "d"]).unwrap();
        assert_eq!((a.unwrap().get(), c.unwrap().get()), ("\"x\"", "[1]"));
        assert!(none.is_none() && number(a).is_none() && name(c).is_none());
        for wrong in ["", "[]", "{", "{\"a\":1}x", "1"] {
            assert!(members(wrong, ["a"]).is_none(), "{wrong}");
        }
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(members(&deep, ["a"]).unwrap()[0].is_some());
    }

    #[test]
    fn names_are_short() {
        let long = format!("{{\"a\":\"é\\u0000{}\"}}", "x".repeat(1_000));
        let [a] = members(&long, ["a"]).unwrap();
        let name = name(a).unwrap();
        assert_eq!(name.chars().count(), LONGEST_NAME);
        assert!(name.starts_with("éx"));
    }
}
