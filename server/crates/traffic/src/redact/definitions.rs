//! Secrets within definitions: a schema says what a parameter is called and looks like, not what it is.

use serde_json::{Map, Value, json};

use super::{REDACTED, Redaction};

/// Fields of a schema that hold values of what it describes.
const VALUES: [&str; 5] = ["default", "const", "enum", "example", "examples"];

impl Redaction {
    /// What a server lists in a field of its answer, without what may be secret; `None` where it is no JSON. Names of
    /// parameters stay, also where they are those of secrets, and so do their schemas but for values in them.
    pub(crate) fn listed(&self, field: &str, listed: &str) -> Option<Value> {
        let listed: Value = serde_json::from_str(listed).ok()?;
        let mut message = json!({ "jsonrpc": "2.0", "result": { field: listed } });
        for place in self.places(&message) {
            if let Some(value) = message.pointer_mut(&place) {
                *value = Value::from(REDACTED);
            }
        }
        Some(self.definition(message["result"][field].take()))
    }

    fn definition(&self, value: Value) -> Value {
        match value {
            Value::Object(fields) => {
                let one = |(name, value): (String, Value)| {
                    let value = match self.hides(&name) {
                        true => self.secret(value),
                        false => self.definition(value),
                    };
                    (self.plain(&name), value)
                };
                Value::Object(fields.into_iter().map(one).collect())
            }
            Value::Array(list) => {
                let list = list.into_iter().map(|one| self.definition(one));
                Value::Array(list.collect())
            }
            Value::String(text) => Value::String(self.text(text, 0)),
            Value::Number(number) if self.hides_number(&number) => Value::from(REDACTED),
            other => other,
        }
    }

    /// What stands under the name of a secret: itself, or the schema of it.
    fn secret(&self, value: Value) -> Value {
        match value {
            Value::String(_) | Value::Number(_) => Value::from(REDACTED),
            Value::Object(schema) => {
                let one = |(name, value): (String, Value)| {
                    let is_value = VALUES.contains(&name.as_str()) && !value.is_null();
                    let value = match is_value {
                        true => Value::from(REDACTED),
                        false => value,
                    };
                    (name, value)
                };
                let schema: Map<_, _> = schema.into_iter().map(one).collect();
                self.definition(Value::Object(schema))
            }
            other => self.definition(other),
        }
    }
}
