//! A definition as a server lists it, cut to what defines it and to sane sizes, and its hash.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// Longest name that is kept, in bytes.
const NAME_BYTES: usize = 1 << 10;
/// Largest definition that is kept as it is, in bytes; of a larger one the hash is.
const BODY_BYTES: usize = 256 << 10;

/// What a definition is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A tool.
    Tool,
    /// A prompt.
    Prompt,
    /// A resource.
    Resource,
    /// A template of resources.
    Template,
    /// What the server tells models about itself at the handshake.
    Instructions,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 5] = [
        Self::Tool,
        Self::Prompt,
        Self::Resource,
        Self::Template,
        Self::Instructions,
    ];

    /// The name used in labels and tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tool => "tool",
            Self::Prompt => "prompt",
            Self::Resource => "resource",
            Self::Template => "template",
            Self::Instructions => "instructions",
        }
    }

    /// The kind that a name means.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// The fields that define it; others (sizes, dates, icons, `_meta`) change without a change of what it does.
    const fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Tool => &[
                "name",
                "title",
                "description",
                "inputSchema",
                "outputSchema",
                "annotations",
                "whole",
            ],
            Self::Prompt => &["name", "title", "description", "arguments", "whole"],
            Self::Resource => &[
                "uri",
                "name",
                "title",
                "description",
                "mimeType",
                "annotations",
                "whole",
            ],
            Self::Template => &[
                "uriTemplate",
                "name",
                "title",
                "description",
                "mimeType",
                "annotations",
                "whole",
            ],
            Self::Instructions => &["instructions", "whole"],
        }
    }

    /// The field that names it.
    const fn key(self) -> &'static str {
        match self {
            Self::Tool | Self::Prompt => "name",
            Self::Resource => "uri",
            Self::Template => "uriTemplate",
            Self::Instructions => "instructions",
        }
    }
}

/// A definition. All texts are the server's own: untrusted, to be escaped where they are shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    /// What it is of.
    pub kind: Kind,
    /// What names it in its server: a name, of resources the address; at most 1 KiB.
    pub name: String,
    /// What defines it; where that is larger than 256 KiB, its name and its hash (`whole`).
    pub body: Value,
}

impl Definition {
    /// Takes one as it is listed; `None` if nothing names it.
    pub fn listed(kind: Kind, listed: &Value) -> Option<Self> {
        let name = listed.get(kind.key())?.as_str()?;
        let mut body = Map::new();
        for field in kind.fields() {
            if let Some(value) = listed.get(*field).filter(|value| !value.is_null()) {
                body.insert((*field).to_owned(), value.clone());
            }
        }
        // When a resource was changed last is about its content.
        if let Some(Value::Object(annotations)) = body.get_mut("annotations") {
            annotations.remove("lastModified");
        }
        let mut body = Value::Object(body);
        let text = canonical(&body);
        let name = match kind {
            Kind::Instructions => kind.as_str(),
            _ => &name[..name.floor_char_boundary(NAME_BYTES)],
        };
        if text.len() > BODY_BYTES {
            body = json!({ (kind.key()): name, "whole": hex(&Sha256::digest(text)) });
        }
        Some(Self {
            kind,
            name: name.to_owned(),
            body,
        })
    }
}

/// What stands for a definition that is too large to be kept or told: its name, and the hash of all of it (`whole`).
pub fn whole(definition: &Definition) -> Value {
    let hash = match definition.body.get("whole") {
        // It stands for one already.
        Some(hash) => hash.clone(),
        None => Value::from(fingerprint(&definition.body)),
    };
    json!({ (definition.kind.key()): definition.name, "whole": hash })
}

/// The text of a value in the JSON Canonicalization Scheme (RFC 8785): sorted keys, no white space, one way to write
/// a number.
pub fn canonical(value: &Value) -> String {
    // A value whose keys are texts has a form; a number that is none has been refused by the parser.
    serde_json_canonicalizer::to_string(value).unwrap_or_else(|_| value.to_string())
}

/// SHA-256 of the canonical text, in hexadecimal digits: the same definition has the same, in whatever order a server
/// sends its keys.
pub fn fingerprint(value: &Value) -> String {
    hex(&Sha256::digest(canonical(value)))
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |place: u8| char::from(DIGITS[usize::from(place)]);
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_texts() {
        for (json, expected) in [
            (r#"{"b":1,"a":[3,1,2]}"#, r#"{"a":[3,1,2],"b":1}"#),
            // One way to write a number.
            (r#"[1.0,1e2,0.10,-0.0,1e21]"#, "[1,100,0.1,0,1e+21]"),
            // Keys by their UTF-16 code units, as RFC 8785 sorts them.
            (
                "{\"\u{fb33}\":1,\"\u{1F600}\":2}",
                "{\"\u{1F600}\":2,\"\u{fb33}\":1}",
            ),
            (r#""\u00e9\u000a\u0007/""#, "\"é\\n\\u0007/\""),
        ] {
            let value: Value = serde_json::from_str(json).unwrap();
            assert_eq!(canonical(&value), expected, "{json}");
        }
    }

    #[test]
    fn hashes_are_those_of_everybody_else() {
        // `printf '{"a":1}' | sha256sum`; baselines are stored, so it stays.
        assert_eq!(
            fingerprint(&json!({ "a": 1 })),
            "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"
        );
    }

    #[test]
    fn what_does_not_define_it_does_not_count() {
        let one = json!({ "uri": "file:///a", "name": "a", "size": 1, "_meta": { "x": 1 },
            "annotations": { "priority": 1, "lastModified": "2026-01-01T00:00:00Z" } });
        let other = json!({ "annotations": { "priority": 1 }, "name": "a", "uri": "file:///a", "title": null });
        let listed = |value| Definition::listed(Kind::Resource, value).unwrap();
        assert_eq!(listed(&one), listed(&other));
        assert_eq!(listed(&one).name, "file:///a");
        assert_eq!(Definition::listed(Kind::Tool, &one).unwrap().name, "a");
        assert_eq!(Definition::listed(Kind::Tool, &json!({ "name": 7 })), None);
    }

    #[test]
    fn what_is_too_large_is_kept_as_its_hash() {
        let large = |last: &str| {
            let text = format!("{}{last}", "ä".repeat(BODY_BYTES));
            Definition::listed(Kind::Tool, &json!({ "name": "t", "description": text })).unwrap()
        };
        let (one, other) = (large("a"), large("b"));
        assert!(canonical(&one.body).len() < 200);
        assert_ne!(fingerprint(&one.body), fingerprint(&other.body));
    }
}
