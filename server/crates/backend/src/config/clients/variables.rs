//! Variables in texts: how each client writes them.

/// A way to write a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::config) enum Form {
    /// `${NAME}`
    Braces,
    /// `${NAME:-default}`
    Fallback,
    /// `${env:NAME}`
    Env,
    /// `${userHome}`, `${workspaceFolder}` and so on.
    Place,
    /// `${input:id}`, which the client asks somebody for.
    Input,
    /// `$NAME`
    Dollar,
    /// `%NAME%`
    Percent,
    /// `${…}` of another kind.
    Other,
}

/// What a client makes of a variable that is not set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::config) enum Unset {
    /// Nothing is started.
    Refused,
    /// What is written stays.
    Literal,
    /// Nothing takes its place.
    Empty,
}

/// How a client writes variables.
#[derive(Clone, Copy, Debug)]
pub(in crate::config) struct Variables {
    /// The forms that it fills in.
    pub(super) known: &'static [Form],
    /// What becomes of one that is not set.
    pub(super) unset: Unset,
}

impl Variables {
    /// How a variable of the environment is written; `None` where it cannot be.
    pub(super) fn written(self, name: &str) -> Option<String> {
        if self.known.contains(&Form::Braces) {
            Some(format!("${{{name}}}"))
        } else if self.known.contains(&Form::Env) {
            Some(format!("${{env:{name}}}"))
        } else {
            None
        }
    }
}

const PLACES: &[&str] = &[
    "userHome",
    "workspaceFolder",
    "workspaceFolderBasename",
    "pathSeparator",
    "/",
];

/// A stretch of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part<'a> {
    Text(&'a str),
    Variable {
        written: &'a str,
        form: Form,
        name: &'a str,
        default: Option<&'a str>,
    },
}

/// Takes a value apart.
pub(super) fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let (mut from, mut at) = (0, 0);
    while let Some(step) = text[at..].find(['$', '%']) {
        at += step;
        match variable(&text[at..]) {
            Some((part, length)) => {
                if from < at {
                    parts.push(Part::Text(&text[from..at]));
                }
                parts.push(part);
                at += length;
                from = at;
            }
            None => at += 1,
        }
    }
    if from < text.len() {
        parts.push(Part::Text(&text[from..]));
    }
    parts
}

fn variable(text: &str) -> Option<(Part<'_>, usize)> {
    let (form, name, default, length) = if let Some(rest) = text.strip_prefix("${") {
        let (expression, _) = rest.split_once('}')?;
        let (form, name, default) = braced(expression);
        (form, name, default, expression.len() + 3)
    } else if let Some(rest) = text.strip_prefix('$') {
        let name = identifier(rest)?;
        (Form::Dollar, name, None, name.len() + 1)
    } else {
        let name = identifier(text.strip_prefix('%')?)?;
        text[name.len() + 1..].strip_prefix('%')?;
        (Form::Percent, name, None, name.len() + 2)
    };
    let part = Part::Variable {
        written: &text[..length],
        form,
        name,
        default,
    };
    Some((part, length))
}

fn braced(expression: &str) -> (Form, &str, Option<&str>) {
    let (name, default) = match expression.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (expression, None),
    };
    if PLACES.contains(&expression) {
        return (Form::Place, expression, None);
    }
    if let Some(name) = name.strip_prefix("env:") {
        return (Form::Env, name, default);
    }
    if let Some(id) = expression.strip_prefix("input:") {
        return (Form::Input, id, None);
    }
    match identifier(name) {
        Some(whole) if whole == name && default.is_some() => (Form::Fallback, name, default),
        Some(whole) if whole == name => (Form::Braces, name, None),
        _ => (Form::Other, expression, None),
    }
}

fn identifier(text: &str) -> Option<&str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let end = text.find(|c| !is_part(c)).unwrap_or(text.len());
    let is_name = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    is_name.then(|| &text[..end])
}

/// A name as variables of the environment are written.
pub(super) fn constant(name: &str) -> String {
    let upper = |c: char| match c.is_ascii_alphanumeric() {
        true => c.to_ascii_uppercase(),
        false => '_',
    };
    name.chars().map(upper).collect()
}
