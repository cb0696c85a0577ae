//! Records as the browser reads them: JSON becomes a tree, and records take their fields from it.
//!
//! What serde derives reads faster, but is code of its own for each record and each of its fields, and
//! every browser loads it. This is one reader, and a call a field.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub enum Tree {
    /// Nothing.
    Null,
    /// True or false.
    Bool(bool),
    /// A number. Whole ones are exact up to 2⁵³: times in milliseconds are.
    Number(f64),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Tree>),
    /// Named values.
    Fields(Vec<(String, Tree)>),
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Grow)
    }
}

struct Grow;

impl<'de> Visitor<'de> for Grow {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Tree, E> {
        Ok(Tree::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Tree, E> {
        Ok(Tree::Number(value as f64))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Tree, E> {
        Ok(Tree::Number(value as f64))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Tree, E> {
        Ok(Tree::Number(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Tree, E> {
        Ok(Tree::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Tree, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Tree::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Tree, A::Error> {
        let mut fields = Vec::new();
        while let Some(name) = entries.next_key()? {
            fields.push((name, entries.next_value()?));
        }
        Ok(Tree::Fields(fields))
    }
}

/// A value that is not what was expected: the page and the product are not of one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misread(pub String);

impl fmt::Display for Misread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What can be read from a tree.
pub trait Read: Sized {
    /// Reads it.
    ///
    /// # Errors
    /// When the tree is of another shape.
    fn read(tree: Tree) -> Result<Self, Misread>;

    /// What it is where its field is not there.
    fn missing() -> Option<Self> {
        None
    }
}

/// A tree of another shape than the one that was expected.
pub(crate) fn misread<T>(expected: &str) -> Result<T, Misread> {
    Err(Misread(format!("no {expected}")))
}

/// The fields of a record that is being read.
pub(crate) struct Fields(Vec<(String, Tree)>);

impl Fields {
    pub(crate) fn of(tree: Tree) -> Result<Self, Misread> {
        match tree {
            Tree::Fields(fields) => Ok(Self(fields)),
            _ => misread("record"),
        }
    }

    fn find(&mut self, name: &str) -> Option<Tree> {
        let at = self.0.iter().position(|(known, _)| known == name)?;
        Some(self.0.swap_remove(at).1)
    }

    /// Takes a field out.
    pub(crate) fn take<T: Read>(&mut self, name: &str) -> Result<T, Misread> {
        match self.find(name) {
            Some(tree) => T::read(tree).map_err(|Misread(why)| in_field(name, &why)),
            None => T::missing().ok_or_else(|| in_field(name, "missing")),
        }
    }

    /// The only field there is: which case of an enumeration, and what it holds.
    pub(crate) fn only(mut self) -> Result<(String, Tree), Misread> {
        match self.0.pop() {
            Some(only) if self.0.is_empty() => Ok(only),
            _ => misread("case"),
        }
    }
}

fn in_field(name: &str, why: &str) -> Misread {
    Misread(format!("{name}: {why}"))
}

impl Read for () {
    fn read(_: Tree) -> Result<Self, Misread> {
        Ok(())
    }
}

impl Read for bool {
    fn read(tree: Tree) -> Result<Self, Misread> {
        match tree {
            Tree::Bool(value) => Ok(value),
            _ => misread("truth value"),
        }
    }

    fn missing() -> Option<Self> {
        Some(false)
    }
}

impl Read for f64 {
    fn read(tree: Tree) -> Result<Self, Misread> {
        match tree {
            Tree::Number(value) => Ok(value),
            // JSON has no word for what is no number.
            Tree::Null => Ok(Self::NAN),
            _ => misread("number"),
        }
    }
}

macro_rules! whole_numbers {
    ($($type:ty),+) => {
        $(impl Read for $type {
            fn read(tree: Tree) -> Result<Self, Misread> {
                Ok(f64::read(tree)? as Self)
            }
        })+
    };
}

whole_numbers!(i64, u64, u32, u8);

impl Read for String {
    fn read(tree: Tree) -> Result<Self, Misread> {
        match tree {
            Tree::Text(text) => Ok(text),
            _ => misread("text"),
        }
    }

    fn missing() -> Option<Self> {
        Some(Self::new())
    }
}

impl<T: Read> Read for Option<T> {
    fn read(tree: Tree) -> Result<Self, Misread> {
        match tree {
            Tree::Null => Ok(None),
            tree => T::read(tree).map(Some),
        }
    }

    fn missing() -> Option<Self> {
        Some(None)
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(tree: Tree) -> Result<Self, Misread> {
        match tree {
            Tree::List(list) => list.into_iter().map(T::read).collect(),
            _ => misread("list"),
        }
    }

    fn missing() -> Option<Self> {
        Some(Self::new())
    }
}

impl Read for (String, String) {
    fn read(tree: Tree) -> Result<Self, Misread> {
        let mut pair = Vec::<String>::read(tree)?;
        match (pair.pop(), pair.pop()) {
            (Some(second), Some(first)) => Ok((first, second)),
            _ => misread("pair"),
        }
    }
}

impl Read for BTreeMap<String, String> {
    fn read(tree: Tree) -> Result<Self, Misread> {
        let fields = Fields::of(tree)?.0.into_iter();
        let read = |(name, tree)| Ok((name, String::read(tree)?));
        fields.map(read).collect()
    }
}

/// Defines records that serde writes and reads, and the browser reads with less code.
macro_rules! record {
    ($(
        $(#[$meta:meta])*
        pub struct $name:ident {
            $($(#[$about:meta])* pub $field:ident: $type:ty,)+
        }
    )+) => {
        $(
            $(#[$meta])*
            pub struct $name {
                $($(#[$about])* pub $field: $type,)+
            }

            impl crate::record::Read for $name {
                fn read(tree: crate::record::Tree) -> Result<Self, crate::record::Misread> {
                    let mut fields = crate::record::Fields::of(tree)?;
                    Ok(Self {
                        $($field: fields.take(stringify!($field))?,)+
                    })
                }
            }
        )+
    };
}

pub(crate) use record;

#[cfg(test)]
mod tests {
    use serde::Serialize;
    use serde::de::value::{Error, StrDeserializer};

    use super::*;
    use crate::{AlertState, Event, EventKind, Matrix, Row, TimeRange, Verdict};

    /// What is written is read again.
    fn check<T: Read + Serialize + PartialEq + fmt::Debug>(value: &T) {
        let text = serde_json::to_string(value).unwrap();
        let tree: Tree = serde_json::from_str(&text).unwrap();
        assert_eq!(T::read(tree).as_ref(), Ok(value), "{text}");
    }

    #[test]
    fn what_is_written_is_read() {
        check(&Event {
            id: 7,
            at_ms: 1_795_233_906_789,
            kind: EventKind::Restart,
            server: "a \"b\" \u{1F980} \n".to_owned(),
            title: String::new(),
            link: "/".to_owned(),
        });
        check(&Verdict {
            last_success_ms: Some(-1),
            ..Verdict::default()
        });
        check(&Matrix {
            from_ms: 0,
            step_ms: 15_000,
            rows: vec![Row {
                labels: vec![("le".to_owned(), "+Inf".to_owned())],
                values: vec![Some(0.1), None, Some(-0.0), Some(f64::MAX), Some(1e-12)],
            }],
        });
    }

    #[test]
    fn another_shape_is_named() {
        for (text, expected) in [
            ("[]", "no record"),
            ("{}", "id: missing"),
            (r#"{"id":"x"}"#, "id: no number"),
            (
                r#"{"id":1,"at_ms":1,"kind":"party"}"#,
                "kind: no \"party\" among restart, definition, alert, health, start, reload",
            ),
        ] {
            let tree: Tree = serde_json::from_str(text).unwrap();
            assert_eq!(Event::read(tree).unwrap_err().0, expected, "{text}");
        }
        assert_eq!(
            AlertState::read(Tree::Text("firing".into())),
            Ok(AlertState::Firing)
        );
        let _: TimeRange = TimeRange::default();
        let _: Option<StrDeserializer<'_, Error>> = None;
    }
}
