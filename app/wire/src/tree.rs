//! JSON as a tree, read with what the side has: the browser's own parser there, serde elsewhere.
//!
//! A parser of our own in WebAssembly brings tables for fractions with it that do not compress.

use std::fmt;

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub enum Tree {
    /// What is not there: a field that a record lacks.
    Missing,
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

/// A value that is not what was expected: the page and the product are not of one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misread(pub String);

impl fmt::Display for Misread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Tree {
    /// Parses JSON.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(text: &str) -> Result<Self, Misread> {
        parser::parse(text)
    }
}

/// A text as it stands in JSON.
pub fn quoted(text: &str) -> String {
    parser::quoted(text)
}

#[cfg(target_arch = "wasm32")]
mod parser {
    use js_sys::{Array, JSON, Object};
    use wasm_bindgen::{JsCast, JsValue};

    use super::{Misread, Tree};

    pub(super) fn parse(text: &str) -> Result<Tree, Misread> {
        match JSON::parse(text) {
            Ok(value) => Ok(grow(&value)),
            Err(_) => Err(Misread("no JSON".to_owned())),
        }
    }

    pub(super) fn quoted(text: &str) -> String {
        // It only fails for what refers to itself.
        JSON::stringify(&JsValue::from_str(text)).map_or_else(|_| String::new(), String::from)
    }

    fn grow(value: &JsValue) -> Tree {
        if let Some(number) = value.as_f64() {
            Tree::Number(number)
        } else if value.is_null() {
            Tree::Null
        } else if let Some(text) = value.as_string() {
            Tree::Text(text)
        } else if let Some(truth) = value.as_bool() {
            Tree::Bool(truth)
        } else if Array::is_array(value) {
            let items: &Array = value.unchecked_ref();
            Tree::List(items.iter().map(|item| grow(&item)).collect())
        } else {
            let entries = Object::entries(value.unchecked_ref());
            Tree::Fields(
                entries
                    .iter()
                    .map(|entry| field(entry.unchecked_ref()))
                    .collect(),
            )
        }
    }

    fn field(entry: &Array) -> (String, Tree) {
        let name = entry.get(0).as_string().unwrap_or_default();
        (name, grow(&entry.get(1)))
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod parser {
    use std::fmt;

    use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

    use super::{Misread, Tree};

    pub(super) fn parse(text: &str) -> Result<Tree, Misread> {
        serde_json::from_str(text).map_err(|error| Misread(error.to_string()))
    }

    pub(super) fn quoted(text: &str) -> String {
        serde_json::Value::from(text).to_string()
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
}
