//! Records as the browser reads them: JSON becomes a tree, and records take their fields from it.
//!
//! What serde derives reads faster, but is code of its own for each record and each of its fields, and
//! every browser loads it. This is one reader, and a call a field. What is of another shape is noted
//! and something takes its place, because a way out at each field is code at each field.

use std::collections::BTreeMap;

use crate::tree::{Misread, Tree};

/// Reads a value from JSON.
///
/// # Errors
/// When it is none, or of another shape.
pub fn read<T: Read>(text: &str) -> Result<T, Misread> {
    let tree = Tree::parse(text)?;
    let mut faults = Faults::default();
    let value = T::read(tree, &mut faults);
    match faults.first {
        None => Ok(value),
        Some(why) => Err(Misread(why)),
    }
}

/// What can be read from a tree.
pub trait Read: Sized {
    /// Reads it. Where the tree is of another shape, that is noted and the value means nothing.
    fn read(tree: Tree, faults: &mut Faults) -> Self;
}

/// What was of another shape than expected: the first of it, and where it stands.
#[derive(Default)]
pub struct Faults {
    path: Vec<&'static str>,
    first: Option<String>,
}

impl Faults {
    /// Notes a tree that is not what was expected.
    pub(crate) fn expected(&mut self, tree: &Tree, what: &str) {
        let why = match tree {
            Tree::Missing => "missing".to_owned(),
            _ => format!("no {what}"),
        };
        self.note(why);
    }

    /// Notes what is wrong here.
    pub(crate) fn note(&mut self, why: String) {
        if self.first.is_none() {
            let mut text = self.path.join(": ");
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&why);
            self.first = Some(text);
        }
    }
}

/// The fields of a record that is being read.
pub(crate) struct Fields<'a> {
    left: Vec<(String, Tree)>,
    faults: &'a mut Faults,
}

impl<'a> Fields<'a> {
    pub(crate) fn of(tree: Tree, faults: &'a mut Faults) -> Self {
        let left = match tree {
            Tree::Fields(fields) => fields,
            other => {
                faults.expected(&other, "record");
                Vec::new()
            }
        };
        Self { left, faults }
    }

    fn find(&mut self, name: &'static str) -> Tree {
        self.faults.path.push(name);
        match self.left.iter().position(|(known, _)| known == name) {
            Some(at) => self.left.swap_remove(at).1,
            None => Tree::Missing,
        }
    }

    /// Takes a field out.
    pub(crate) fn take<T: Read>(&mut self, name: &'static str) -> T {
        let tree = self.find(name);
        let value = T::read(tree, self.faults);
        self.faults.path.pop();
        value
    }
}

/// Which case of an enumeration, and what it holds: the only field there is.
pub(crate) fn case(tree: Tree, faults: &mut Faults) -> (String, Tree) {
    let mut fields = Fields::of(tree, faults).left;
    match fields.pop() {
        Some(only) if fields.is_empty() => only,
        _ => (String::new(), Tree::Missing),
    }
}

impl Read for () {
    fn read(_: Tree, _: &mut Faults) -> Self {}
}

impl Read for bool {
    fn read(tree: Tree, faults: &mut Faults) -> Self {
        match tree {
            Tree::Bool(value) => return value,
            Tree::Missing => {}
            other => faults.expected(&other, "truth value"),
        }
        false
    }
}

impl Read for f64 {
    fn read(tree: Tree, faults: &mut Faults) -> Self {
        match tree {
            Tree::Number(value) => return value,
            // JSON has no word for what is no number.
            Tree::Null => {}
            other => faults.expected(&other, "number"),
        }
        Self::NAN
    }
}

macro_rules! whole_numbers {
    ($($type:ty),+) => {
        $(impl Read for $type {
            fn read(tree: Tree, faults: &mut Faults) -> Self {
                f64::read(tree, faults) as Self
            }
        })+
    };
}

whole_numbers!(i64, u64, u32, u8);

impl Read for String {
    fn read(tree: Tree, faults: &mut Faults) -> Self {
        match tree {
            Tree::Text(text) => return text,
            Tree::Missing => {}
            other => faults.expected(&other, "text"),
        }
        Self::new()
    }
}

impl<T: Read> Read for Option<T> {
    fn read(tree: Tree, faults: &mut Faults) -> Self {
        match tree {
            Tree::Null | Tree::Missing => None,
            tree => Some(T::read(tree, faults)),
        }
    }
}

/// The items of a list, which may be missing where it is empty.
fn items(tree: Tree, faults: &mut Faults) -> Vec<Tree> {
    match tree {
        Tree::List(list) => return list,
        Tree::Missing => {}
        other => faults.expected(&other, "list"),
    }
    Vec::new()
}

impl<T: Read> Read for Vec<T> {
    fn read(tree: Tree, faults: &mut Faults) -> Self {
        let items = items(tree, faults).into_iter();
        items.map(|item| T::read(item, faults)).collect()
    }
}

impl Read for (String, String) {
    fn read(tree: Tree, faults: &mut Faults) -> Self {
        let mut pair = items(tree, faults).into_iter();
        let mut part = || String::read(pair.next().unwrap_or(Tree::Null), faults);
        (part(), part())
    }
}

impl Read for BTreeMap<String, String> {
    fn read(tree: Tree, faults: &mut Faults) -> Self {
        // One by one: collecting them brings a sort, which is code that every browser loads.
        let mut all = Self::new();
        for (name, tree) in Fields::of(tree, faults).left {
            all.insert(name, String::read(tree, faults));
        }
        all
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
            #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
            $(#[$meta])*
            pub struct $name {
                $($(#[$about])* pub $field: $type,)+
            }

            impl crate::record::Read for $name {
                fn read(tree: crate::tree::Tree, faults: &mut crate::record::Faults) -> Self {
                    let mut fields = crate::record::Fields::of(tree, faults);
                    Self {
                        $($field: fields.take(stringify!($field)),)+
                    }
                }
            }
        )+
    };
}

pub(crate) use record;

#[cfg(test)]
mod tests {
    use std::fmt;

    use serde::Serialize;

    use super::*;
    use crate::{AlertState, Event, EventKind, Frame, Matrix, Row, Verdict};

    /// What is written is read again.
    fn check<T: Read + Serialize + PartialEq + fmt::Debug>(value: &T) {
        let text = serde_json::to_string(value).unwrap();
        assert_eq!(read::<T>(&text).as_ref(), Ok(value), "{text}");
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
                "kind: no \"party\" among restart, definition, alert, health, start, reload, stop, deploy, edit, regression, note, build",
            ),
        ] {
            assert_eq!(read::<Event>(text).unwrap_err().0, expected, "{text}");
        }
        for (text, expected) in [
            (r#"{"servers":{}}"#, "no update"),
            (r#"{"party":{}}"#, "no frame"),
            (r#"{"beat":1,"points":{}}"#, "no frame"),
            (
                r#"{"points":{"id":1,"outcome":{"ok":{"rows":{}}}}}"#,
                "outcome: from_ms: missing",
            ),
        ] {
            assert_eq!(read::<Frame>(text).unwrap_err().0, expected, "{text}");
        }
        assert!(read::<f64>("1,").unwrap_err().0.contains("line 1"));
        assert_eq!(read("\"firing\""), Ok(AlertState::Firing));
    }
}
