//! Enumerations whose values are words: shown, stored, exported and sent alike.
//!
//! One piece of code reads all of them; what serde derives is code of its own for each, and every
//! browser loads it.

use std::fmt;

use serde::de::{Deserializer, Error, Visitor};

use crate::record::Faults;
use crate::tree::Tree;

/// Defines an enumeration of words.
macro_rules! words {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $($(#[$about:meta])* $variant:ident = $word:literal,)+
        }
    ) => {
        $(#[$meta])*
        pub enum $name {
            $($(#[$about])* $variant,)+
        }

        impl $name {
            /// All values, in the order of their definition.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            const WORDS: &'static [&'static str] = &[$($word),+];

            /// The word that is shown, stored, exported and sent.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            /// The value that a word means.
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str() == word)
            }
        }

        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "enum": Self::WORDS })
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.as_str())
            }
        }

        impl crate::record::Read for $name {
            fn read(tree: crate::tree::Tree, faults: &mut crate::record::Faults) -> Self {
                Self::ALL[crate::words::place_of(tree, Self::WORDS, faults)]
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                Ok(Self::ALL[crate::words::place(from, Self::WORDS)?])
            }
        }
    };
}

pub(crate) use words;

/// The place of a word among those that are known.
pub(crate) fn place<'de, D: Deserializer<'de>>(
    from: D,
    words: &'static [&'static str],
) -> Result<usize, D::Error> {
    from.deserialize_str(Among(words))
}

/// The place of a word that a tree holds among those that are known; the first where it is none.
pub(crate) fn place_of(tree: Tree, words: &'static [&'static str], faults: &mut Faults) -> usize {
    let Tree::Text(word) = tree else {
        faults.expected(&tree, "text");
        return 0;
    };
    let place = words.iter().position(|known| *known == word);
    place.unwrap_or_else(|| {
        faults.note(format!("no \"{word}\" among {}", words.join(", ")));
        0
    })
}

struct Among(&'static [&'static str]);

impl Visitor<'_> for Among {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "one of {}", self.0.join(", "))
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<usize, E> {
        let place = self.0.iter().position(|known| *known == word);
        place.ok_or_else(|| E::unknown_variant(word, self.0))
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde::de::IntoDeserializer;
    use serde::de::value::{Error, StrDeserializer};

    use crate::{AlertState, Level};

    #[test]
    fn words_are_what_is_sent() {
        for level in Level::ALL {
            let from: StrDeserializer<Error> = level.as_str().into_deserializer();
            assert_eq!(Level::deserialize(from).unwrap(), *level);
            assert_eq!(Level::parse(level.as_str()), Some(*level));
        }
        let from: StrDeserializer<Error> = "snoozed".into_deserializer();
        let error = AlertState::deserialize(from).unwrap_err().to_string();
        assert!(
            error.contains("snoozed") && error.contains("acknowledged"),
            "{error}"
        );
    }
}
