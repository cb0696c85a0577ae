//! From text to a tree: JSON to the letter, with comments, or TOML.

use jsonc_parser::ast::Value as Node;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};
use serde_json::{Map, Value};

use super::dialect::Notation;
use crate::config::Mistakes;

/// What more than JSON is understood, whoever the file belongs to.
const LENIENT: ParseOptions = ParseOptions {
    allow_comments: true,
    allow_trailing_commas: true,
    ..STRICT
};

const STRICT: ParseOptions = ParseOptions {
    allow_comments: false,
    allow_loose_object_property_names: false,
    allow_trailing_commas: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// A text, read.
pub(super) struct Read {
    /// Its root.
    pub(super) root: Map<String, Value>,
    /// What was needed to read it.
    pub(super) notation: Notation,
    /// Keys that stand twice in one object: JSON keeps the last and says nothing.
    pub(super) twice: Vec<String>,
}

/// Reads a text; `None`, with a mistake, when it cannot be read.
pub(super) fn read(file: &str, text: &str, mistakes: &mut Mistakes) -> Option<Read> {
    if file.ends_with(".toml") {
        return read_toml(text, mistakes);
    }
    // Windows' editors write a mark before the text.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let parse = |options: &ParseOptions| parse_to_ast(text, &CollectOptions::default(), options);
    let comments = ParseOptions {
        allow_trailing_commas: false,
        ..LENIENT
    };
    let attempts = [
        (Notation::Json, STRICT),
        (Notation::Comments, comments),
        (Notation::Jsonc, LENIENT),
    ];
    let mut why = String::new();
    for (notation, options) in attempts {
        match parse(&options) {
            Ok(parsed) => return tree(parsed.value, notation, mistakes),
            Err(error) => why = error.to_string(),
        }
    }
    mistakes.push("", format!("is no JSON: {why}"));
    None
}

fn tree(root: Option<Node<'_>>, notation: Notation, mistakes: &mut Mistakes) -> Option<Read> {
    let mut twice = Vec::new();
    if let Some(root) = &root {
        repeated(root, "", &mut twice);
    }
    match root.map(Value::from) {
        Some(Value::Object(root)) => Some(Read {
            root,
            notation,
            twice,
        }),
        None => {
            mistakes.push("", "is empty; write { \"mcpServers\": {} }");
            None
        }
        Some(_) => {
            mistakes.push("", "must be an object; write { \"mcpServers\": {} }");
            None
        }
    }
}

fn repeated(node: &Node<'_>, path: &str, twice: &mut Vec<String>) {
    let Some(object) = node.as_object() else {
        return;
    };
    let mut seen = Vec::new();
    for property in &object.properties {
        let name = property.name.as_str();
        let path = match path {
            "" => name.to_owned(),
            path => format!("{path}.{name}"),
        };
        if seen.contains(&name) {
            twice.push(path.clone());
        }
        repeated(&property.value, &path, twice);
        seen.push(name);
    }
}

fn read_toml(text: &str, mistakes: &mut Mistakes) -> Option<Read> {
    let table: toml::Table = match toml::from_str(text) {
        Ok(table) => table,
        Err(error) => {
            // The parser's whole answer repeats the line, in which a secret may stand.
            let line = error.span().map(|span| {
                let before = text.get(..span.start).unwrap_or_default();
                format!(" (line {})", before.matches('\n').count() + 1)
            });
            let place = line.unwrap_or_default();
            mistakes.push("", format!("is no TOML{place}: {}", error.message()));
            return None;
        }
    };
    match serde_json::to_value(table) {
        Ok(Value::Object(root)) => Some(Read {
            root,
            notation: Notation::Toml,
            twice: Vec::new(),
        }),
        _ => {
            mistakes.push("", "holds something that is no text, number, list or table");
            None
        }
    }
}
