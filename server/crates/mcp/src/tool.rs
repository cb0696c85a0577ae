//! A tool as a server lists it, cut to sane sizes.
//!
//! The texts belong to the server and may be hostile, so they are bounded and otherwise left as
//! they are: whoever shows them escapes them.

use serde_json::Value;

use crate::{hash, text};

/// Most tools kept of one server; a longer list is reported as broken.
pub const MAX_TOOLS: usize = 20_000;

const NAME_BYTES: usize = 1 << 10;
const DESCRIPTION_BYTES: usize = 16 << 10;
const SCHEMA_BYTES: usize = 256 << 10;
/// Of all definitions of one server together; beyond it, schemas are left out.
const TOTAL_BYTES: usize = 64 << 20;

/// A tool as the server lists it. All texts are the server's own: untrusted, to be escaped where
/// they are shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Tool {
    /// Name, unique in the server; at most 1 KiB.
    pub name: String,
    /// Name for display; at most 1 KiB.
    pub title: Option<String>,
    /// What the tool does; at most 16 KiB.
    pub description: Option<String>,
    /// JSON Schema of the arguments; null when larger than 256 KiB.
    pub input_schema: Value,
    /// JSON Schema of the result, if declared; null when larger than 256 KiB.
    pub output_schema: Option<Value>,
    /// Hints such as `readOnlyHint`, if declared; null when larger than 16 KiB.
    pub annotations: Option<Value>,
    /// When something above was cut: the fingerprint of the whole definition, so that a change in
    /// the part that was cut off is noticed too.
    pub cut: Option<String>,
}

/// Collects the tools of one listing within the limits.
#[derive(Default)]
pub(crate) struct Collector {
    tools: Vec<Tool>,
    bytes: usize,
}

impl Collector {
    /// Takes one definition as it came; `None` if it is no tool at all (it has no name).
    pub(crate) fn push(&mut self, definition: &Value) -> Option<()> {
        let text = |key: &str| {
            definition
                .get(key)
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        let value = |key: &str| {
            definition
                .get(key)
                .filter(|value| !value.is_null())
                .cloned()
        };
        let mut tool = Tool {
            name: text("name")?,
            title: text("title"),
            description: text("description"),
            input_schema: value("inputSchema").unwrap_or_default(),
            output_schema: value("outputSchema"),
            annotations: value("annotations"),
            cut: None,
        };
        let whole = hash::definition_hash(&tool);
        let over = self.bytes > TOTAL_BYTES;
        let (schema_bytes, annotation_bytes) = if over {
            (0, 0)
        } else {
            (SCHEMA_BYTES, DESCRIPTION_BYTES)
        };

        let mut shortened = cut_text(&mut tool.name, NAME_BYTES);
        for (text, limit) in [
            (&mut tool.title, NAME_BYTES),
            (&mut tool.description, DESCRIPTION_BYTES),
        ] {
            shortened |= text.as_mut().is_some_and(|text| cut_text(text, limit));
        }
        let values = [
            (Some(&mut tool.input_schema), schema_bytes),
            (tool.output_schema.as_mut(), schema_bytes),
            (tool.annotations.as_mut(), annotation_bytes),
        ];
        for (value, limit) in values {
            let Some(value) = value.filter(|value| !value.is_null()) else {
                continue;
            };
            let size = value.to_string().len();
            if size > limit {
                *value = Value::Null;
                shortened = true;
            } else {
                self.bytes += size;
            }
        }
        self.bytes += tool.name.len() + tool.description.as_ref().map_or(0, String::len);
        tool.cut = shortened.then_some(whole);
        self.tools.push(tool);
        Some(())
    }

    /// How many there are so far.
    pub(crate) fn len(&self) -> usize {
        self.tools.len()
    }

    /// All of them, in the server's order.
    pub(crate) fn into_tools(self) -> Vec<Tool> {
        self.tools
    }
}

fn cut_text(text: &mut String, max_bytes: usize) -> bool {
    text::cut(text, max_bytes)
        .map(|short| *text = short)
        .is_some()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn one(definition: &Value) -> Option<Tool> {
        let mut collector = Collector::default();
        collector.push(definition)?;
        collector.into_tools().pop()
    }

    #[test]
    fn hostile_text_is_kept_as_it_is() {
        let description = "<script>alert(1)</script>\u{1b}[2J\u{0}\n\u{202e}";
        let tool = one(&json!({ "name": "<b>", "description": description })).unwrap();
        assert_eq!(tool.name, "<b>");
        assert_eq!(tool.description.as_deref(), Some(description));
        assert_eq!((tool.input_schema, tool.cut), (Value::Null, None));
    }

    #[test]
    fn a_tool_without_a_name_is_none() {
        for broken in [json!({}), json!({ "name": 5 }), json!("tool"), Value::Null] {
            assert_eq!(one(&broken), None, "{broken}");
        }
    }

    #[test]
    fn what_is_too_large_is_cut_and_its_change_still_shows() {
        let large = |last: &str| {
            json!({
                "name": "t",
                "description": format!("{}{last}", "ä".repeat(10_000)),
                "inputSchema": { "x": format!("{}{last}", "y".repeat(300_000)) },
            })
        };
        let (a, b) = (one(&large("a")).unwrap(), one(&large("b")).unwrap());
        assert_eq!(
            a.description.as_ref().map(String::len),
            Some(DESCRIPTION_BYTES)
        );
        assert_eq!(a.input_schema, Value::Null);
        assert_eq!(
            (&a.description, &a.input_schema),
            (&b.description, &b.input_schema)
        );
        assert!(a.cut.is_some());
        assert_ne!(hash::definition_hash(&a), hash::definition_hash(&b));
    }

    #[test]
    fn all_together_are_bounded() {
        let mut collector = Collector {
            bytes: TOTAL_BYTES - 100,
            ..Collector::default()
        };
        let schema = json!({ "x": "y".repeat(200) });
        for name in ["a", "b"] {
            let definition = json!({ "name": name, "inputSchema": schema });
            collector.push(&definition).unwrap();
        }
        let tools = collector.into_tools();
        assert_eq!((&tools[0].input_schema, &tools[0].cut), (&schema, &None));
        assert_eq!(tools[1].input_schema, Value::Null);
        assert!(tools[1].cut.is_some());
    }
}
