//! The fingerprint of a tool definition, by which a change is noticed.

use std::fmt::Write as _;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::Tool;

/// SHA-256 in hex over the canonical JSON (sorted keys, no white space) of name, title,
/// description, schemas and annotations.
///
/// The same definition gives the same hash whatever order the server sends its keys in.
pub fn definition_hash(tool: &Tool) -> String {
    let mut json = String::new();
    let text = |text: &Option<String>| text.clone().map_or(Value::Null, Value::from);
    let mut fields = vec![
        ("annotations", tool.annotations.clone().unwrap_or_default()),
        ("description", text(&tool.description)),
        ("inputSchema", tool.input_schema.clone()),
        ("name", Value::from(tool.name.clone())),
        (
            "outputSchema",
            tool.output_schema.clone().unwrap_or_default(),
        ),
        ("title", text(&tool.title)),
    ];
    if tool.cut.is_some() {
        fields.push(("whole", text(&tool.cut)));
    }
    write_object(fields.iter().map(|(key, value)| (*key, value)), &mut json);
    Sha256::digest(json)
        .iter()
        .fold(String::with_capacity(64), |mut hex, byte| {
            // Writing to a string cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}

/// Appends canonical JSON. Nesting is bounded by the parser that made the value (128 levels).
fn write_value(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map
                .iter()
                .map(|(key, value)| (key.as_str(), value))
                .collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            write_object(entries.into_iter(), out);
        }
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_value(item, out);
            }
            out.push(']');
        }
        scalar => {
            let _ = write!(out, "{scalar}");
        }
    }
}

fn write_object<'a>(entries: impl Iterator<Item = (&'a str, &'a Value)>, out: &mut String) {
    out.push('{');
    for (i, (key, value)) in entries.enumerate() {
        if i > 0 {
            out.push(',');
        }
        let _ = write!(out, "{}:", Value::from(key));
        write_value(value, out);
    }
    out.push('}');
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn tool(schema: &str) -> Tool {
        Tool {
            name: "add".to_owned(),
            title: None,
            description: Some("Adds \"two\" numbers".to_owned()),
            input_schema: serde_json::from_str(schema).unwrap(),
            output_schema: None,
            annotations: Some(json!({ "readOnlyHint": true })),
            cut: None,
        }
    }

    #[test]
    fn the_order_of_keys_does_not_matter() {
        let a =
            tool(r#"{"type":"object","properties":{"b":{"type":"number"},"a":[1,{"y":1,"x":2}]}}"#);
        let b =
            tool(r#"{"properties":{"a":[1,{"x":2,"y":1}],"b":{"type":"number"}},"type":"object"}"#);
        assert_eq!(definition_hash(&a), definition_hash(&b));
        // Baselines are stored: the hash stays the same in every version.
        assert_eq!(
            definition_hash(&tool("{}")),
            "65d5a27213bdda2ed06f189696586b2a109c27115519a9ae343eb02636517785"
        );
    }

    #[test]
    fn every_field_and_the_order_of_items_matter() {
        let base = tool(r#"{"required":["a","b"]}"#);
        let changed = [
            tool(r#"{"required":["b","a"]}"#),
            Tool {
                name: "sub".to_owned(),
                ..base.clone()
            },
            Tool {
                title: Some(String::new()),
                ..base.clone()
            },
            Tool {
                description: None,
                ..base.clone()
            },
            Tool {
                output_schema: Some(json!({})),
                ..base.clone()
            },
            Tool {
                annotations: Some(json!({ "readOnlyHint": false })),
                ..base.clone()
            },
            Tool {
                cut: Some("0".to_owned()),
                ..base.clone()
            },
        ];
        for other in changed {
            assert_ne!(definition_hash(&base), definition_hash(&other), "{other:?}");
        }
    }
}
