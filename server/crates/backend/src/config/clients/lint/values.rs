//! Values that are there and say nothing.

use super::Seen;
use crate::config::{Mistakes, secrets};

/// What a shell leaves of a variable that is not set.
pub(super) fn empty(seen: &Seen<'_>, mistakes: &mut Mistakes) {
    for key in ["env", "headers"] {
        for (name, value) in seen.pairs(key) {
            let rest = value.trim().trim_end_matches([':', '=']);
            let is_scheme = matches!(rest.to_ascii_lowercase().as_str(), "bearer" | "basic");
            let is_bare = rest.is_empty() && secrets::is_name(name);
            if !(is_bare || is_scheme) {
                continue;
            }
            let variable = if key == "env" { name } else { "TOKEN" };
            let instead = match seen.dialect.variables.written(variable) {
                Some(written) => format!(
                    "write \"{}\"",
                    format!("{value}{}{written}", gap(value)).trim()
                ),
                None => "write the value".to_owned(),
            };
            mistakes.warn(
                seen.at(&format!("{key}.{name}")),
                "is empty: perhaps a shell put an unset variable there when the file was written",
                instead,
            );
        }
    }
}

fn gap(value: &str) -> &'static str {
    if value.is_empty() || value.ends_with(' ') {
        ""
    } else {
        " "
    }
}

/// What an example has where a value belongs.
pub(super) fn placeholder(seen: &Seen<'_>, mistakes: &mut Mistakes) {
    for key in ["env", "headers"] {
        for (name, value) in seen.pairs(key) {
            if secrets::is_name(name) && secrets::is_placeholder(value) {
                let instead = match seen.dialect.variables.written(name) {
                    Some(written) if key == "env" => format!("write the value, or \"{written}\""),
                    _ => "write the value".to_owned(),
                };
                let message = "is still the placeholder of an example";
                mistakes.warn(seen.at(&format!("{key}.{name}")), message, instead);
            }
        }
    }
}
