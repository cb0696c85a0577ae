//! One entry of a client's file: its shape, and the form that all dialects come to.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value};

use super::lint::{Seen, list};
use super::values::Values;
use crate::config::servers::RawServer;
use crate::config::{Mistakes, Secret, secrets};

/// The keys that all clients have.
pub(super) const SHARED: &[&str] = &[
    "type",
    "transport",
    "command",
    "args",
    "env",
    "cwd",
    "url",
    "headers",
    "name",
    "description",
];

/// What a value has to be.
#[derive(Clone, Copy)]
enum Shape {
    Text,
    Texts,
    Pairs,
    Truth,
}

const SHAPES: &[(&str, Shape)] = &[
    ("type", Shape::Text),
    ("command", Shape::Text),
    ("args", Shape::Texts),
    ("env", Shape::Pairs),
    ("cwd", Shape::Text),
    ("url", Shape::Text),
    ("httpUrl", Shape::Text),
    ("serverUrl", Shape::Text),
    ("headers", Shape::Pairs),
    ("http_headers", Shape::Pairs),
    ("env_http_headers", Shape::Pairs),
    ("bearer_token_env_var", Shape::Text),
    ("envFile", Shape::Text),
    ("disabled", Shape::Truth),
    ("enabled", Shape::Truth),
];

/// Puts what stands in `transport` where clients look for it.
pub(super) fn flattened(entry: &Map<String, Value>) -> Map<String, Value> {
    let mut flat = entry.clone();
    // Nothing at all is the same as no key.
    flat.retain(|_, value| !value.is_null());
    match flat.get("transport").cloned() {
        Some(Value::Object(nested)) => {
            for (key, value) in nested {
                flat.entry(key).or_insert(value);
            }
        }
        Some(word @ Value::String(_)) => {
            flat.remove("transport");
            flat.entry("type").or_insert(word);
        }
        _ => {}
    }
    flat
}

/// Whether all values are of the right kind. What is wrong is said without the value.
pub(super) fn is_shaped(entry: &Map<String, Value>, path: &str, mistakes: &mut Mistakes) -> bool {
    let before = mistakes.errors();
    for (key, shape) in SHAPES {
        let Some(value) = entry.get(*key) else {
            continue;
        };
        let at = format!("{path}.{key}");
        match (shape, value) {
            (Shape::Text, Value::String(_)) | (Shape::Truth, Value::Bool(_)) => {}
            (Shape::Texts, Value::Array(items)) => {
                let wrong = items
                    .iter()
                    .enumerate()
                    .filter(|(_, item)| !item.is_string());
                for (i, _) in wrong {
                    mistakes.refuse(format!("{at}[{i}]"), "is no text", "put it in quotes");
                }
            }
            (Shape::Pairs, Value::Object(pairs)) => {
                for (name, _) in pairs.iter().filter(|(_, value)| !value.is_string()) {
                    mistakes.refuse(format!("{at}.{name}"), "is no text", "put it in quotes");
                }
            }
            (Shape::Texts, Value::String(text)) => mistakes.refuse(
                at,
                "is one text, and has to be a list of arguments",
                format!("write {}", list(text)),
            ),
            (Shape::Text, Value::Array(_)) if *key == "command" => mistakes.refuse(
                at,
                "is a list, and has to be the program alone",
                "write the first word as command and the others as args",
            ),
            (Shape::Text, _) => mistakes.refuse(at, "is no text", "put it in quotes"),
            (Shape::Truth, _) => {
                mistakes.refuse(at, "is neither true nor false", "write true or false");
            }
            (Shape::Texts, _) => mistakes.refuse(at, "is no list", "write [\"…\", \"…\"]"),
            (Shape::Pairs, _) => {
                mistakes.refuse(at, "is no object", "write { \"NAME\": \"value\" }");
            }
        }
    }
    mistakes.errors() == before
}

/// Whether the client leaves it alone.
pub(super) fn is_off(entry: &Map<String, Value>) -> bool {
    let is = |key: &str, value: bool| entry.get(key) == Some(&Value::Bool(value));
    is("disabled", true) || is("enabled", false)
}

/// The form that all dialects come to; `None`, with a mistake, when nothing can speak to it.
pub(super) fn raw(
    seen: &Seen<'_>,
    values: &mut Values<'_>,
    folder: &Path,
    mistakes: &mut Mistakes,
) -> Option<RawServer> {
    let owned = |key: &str| seen.text(key).map(str::to_owned);
    let mut env = pairs(seen, "env");
    if let Some(file) = seen.text("envFile") {
        let file = values.fill("envFile", file, mistakes);
        read_env_file(seen, &folder.join(file), &mut env, values, mistakes);
    }
    let mut headers = pairs(seen, "headers");
    headers.extend(pairs(seen, "http_headers"));
    for (header, variable) in seen.pairs("env_http_headers") {
        let at = format!("headers.{header}");
        if let Some(value) = looked_up(seen, "env_http_headers", variable, mistakes) {
            headers.insert(header.to_owned(), Secret::new(value));
            values.is_complete(at, format!("environment variable {variable}"));
        }
    }
    let mut bearer_token = None;
    if let Some(variable) = seen.text("bearer_token_env_var") {
        bearer_token = looked_up(seen, "bearer_token_env_var", variable, mistakes).map(Secret::new);
        values.is_complete(
            "bearer_token".to_owned(),
            format!("environment variable {variable}"),
        );
    }
    Some(RawServer {
        command: owned("command"),
        args: seen.args().into_iter().map(str::to_owned).collect(),
        env,
        cwd: seen.text("cwd").map(Into::into),
        url: seen.address().map(|(_, address)| address.to_owned()),
        headers,
        bearer_token,
        transport: is_sse(seen).then(|| "sse".to_owned()),
        ..RawServer::default()
    })
}

/// Whether it speaks HTTP+SSE: it says so, or Gemini's key for that says so.
fn is_sse(seen: &Seen<'_>) -> bool {
    match seen.text("type") {
        Some(word) => word == "sse",
        None => {
            let is_gemini = seen.dialect.address == "httpUrl";
            let is_named = |(key, address): (&str, &str)| {
                key == "url" && address.trim_end_matches('/').ends_with("/sse")
            };
            is_gemini && seen.address().is_some_and(is_named)
        }
    }
}

fn pairs(seen: &Seen<'_>, key: &str) -> BTreeMap<String, Secret> {
    let pairs = seen.pairs(key).into_iter();
    pairs
        .map(|(name, value)| (name.to_owned(), Secret::new(value)))
        .collect()
}

/// The value of a variable that a key names.
fn looked_up(
    seen: &Seen<'_>,
    key: &str,
    variable: &str,
    mistakes: &mut Mistakes,
) -> Option<String> {
    let value = (seen.env)(variable);
    if value.is_some() {
        return value;
    }
    let at = seen.at(key);
    if secrets::is_token(variable) || variable.contains(' ') {
        let instead = "write the name, and set the variable to the secret";
        mistakes.refuse(
            at,
            "has to be the name of a variable, not the secret",
            instead,
        );
    } else {
        let message = format!("{variable} is not set in the environment");
        mistakes.refuse(at, message, "set it where the product is started");
    }
    None
}

/// Adds what a file of variables says; what stands in `env` itself comes first.
fn read_env_file(
    seen: &Seen<'_>,
    file: &Path,
    env: &mut BTreeMap<String, Secret>,
    values: &mut Values<'_>,
    mistakes: &mut Mistakes,
) {
    let at = seen.at("envFile");
    let shown = file.display().to_string();
    let pairs = match dotenvy::from_path_iter(file) {
        Ok(pairs) => pairs,
        Err(error) => {
            let message = format!("{shown} cannot be read: {error}");
            mistakes.refuse(
                at,
                message,
                "write a path that exists, or leave envFile out",
            );
            return;
        }
    };
    for pair in pairs {
        match pair {
            Ok((name, value)) if !env.contains_key(&name) => {
                values.is_complete(format!("env.{name}"), format!("envFile {shown}"));
                env.insert(name, Secret::new(value));
            }
            Ok(_) => {}
            // What is wrong would be said with the whole line.
            Err(_) => {
                let message = format!("{shown} has a line that is not NAME=value");
                mistakes.refuse(at, message, "put values with blanks in quotes");
                return;
            }
        }
    }
}
