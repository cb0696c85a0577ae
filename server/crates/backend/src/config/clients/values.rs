//! Values of servers: filled in as the client would, with a note where each came from.

use std::collections::BTreeMap;
use std::path::Path;

use wire::ValueOrigin;

use super::dialect::Dialect;
use super::variables::{Form, Part, Unset, Variables, constant, parts};
use crate::config::Mistakes;

/// Fills in the values of one server, and notes where they come from.
pub(in crate::config) struct Values<'a> {
    dialect: &'static Dialect,
    env: &'a dyn Fn(&str) -> Option<String>,
    /// The folder that is open in the client.
    workspace: &'a Path,
    /// Where the server stands in the file.
    path: &'a str,
    /// Values that are complete, by path, and where they come from.
    complete: BTreeMap<String, String>,
    origins: Vec<ValueOrigin>,
    /// Whether arguments go to a shell, which has variables of its own.
    has_shell: bool,
}

impl<'a> Values<'a> {
    pub(in crate::config) fn new(
        dialect: &'static Dialect,
        path: &'a str,
        workspace: &'a Path,
        env: &'a dyn Fn(&str) -> Option<String>,
    ) -> Self {
        Self {
            dialect,
            env,
            workspace,
            path,
            complete: BTreeMap::new(),
            origins: Vec::new(),
            has_shell: false,
        }
    }

    /// Says that a shell gets the arguments.
    pub(super) fn go_to_shell(&mut self) {
        self.has_shell = true;
    }

    /// Where the server stands in the file.
    pub(in crate::config) fn path(&self) -> &'a str {
        self.path
    }

    /// What to write in place of a secret.
    pub(in crate::config) fn instead_of_secret(&self, at: &str) -> String {
        let name = at
            .strip_prefix("env.")
            .map_or_else(|| "TOKEN".to_owned(), constant);
        if self.dialect.word == "codex" && !at.starts_with("env.") {
            return "write bearer_token_env_var or env_http_headers".to_owned();
        }
        match self.dialect.variables.written(&name) {
            Some(written) => format!("write {written} and set that variable"),
            None => "keep this file out of version control and readable only by you".to_owned(),
        }
    }

    /// Says that a value is complete, and where it comes from.
    pub(super) fn is_complete(&mut self, at: String, from: String) {
        self.complete.insert(at, from);
    }

    /// Whether a value stands in the file as it is used: nothing in it is filled in.
    pub(in crate::config) fn is_literal(&self, at: &str, text: &str) -> bool {
        let is_text = |part: &Part<'_>| matches!(part, Part::Text(_));
        !self.complete.contains_key(at) && parts(text).iter().all(is_text)
    }

    /// Where all values came from that have been filled in.
    pub(in crate::config) fn into_origins(self) -> Vec<ValueOrigin> {
        self.origins
    }

    /// Fills in the value that stands at a place below the server.
    pub(in crate::config) fn fill(
        &mut self,
        at: &str,
        text: &str,
        mistakes: &mut Mistakes,
    ) -> String {
        let mut from = Vec::new();
        let filled = match self.complete.get(at) {
            Some(known) => {
                from.push(known.clone());
                text.to_owned()
            }
            None => {
                let mut filled = String::with_capacity(text.len());
                for part in parts(text) {
                    match part {
                        Part::Text(text) => filled.push_str(text),
                        variable => filled.push_str(&self.value(at, variable, &mut from, mistakes)),
                    }
                }
                filled
            }
        };
        if from.is_empty() {
            from.push("written in the file".to_owned());
        }
        from.dedup();
        self.origins.push(ValueOrigin {
            path: at.to_owned(),
            from: from.join(", "),
        });
        filled
    }

    fn value(
        &self,
        at: &str,
        variable: Part<'_>,
        from: &mut Vec<String>,
        mistakes: &mut Mistakes,
    ) -> String {
        let Part::Variable {
            written,
            form,
            name,
            default,
        } = variable
        else {
            return String::new();
        };
        let path = format!("{}.{at}", self.path);
        if form == Form::Input && self.dialect.variables.known.contains(&form) {
            mistakes.refuse(
                path,
                format!("{written} is asked for by the client, and nobody can answer here"),
                format!("write ${{env:{}}} and set that variable", constant(name)),
            );
            return String::new();
        }
        if !self.dialect.variables.known.contains(&form) {
            if !(self.has_shell && at.starts_with("args")) {
                self.unknown(path, written, form, name, mistakes);
            }
            return written.to_owned();
        }
        if form == Form::Place {
            return self.place(path, name, from, mistakes);
        }
        match (self.env)(name) {
            Some(value) => {
                from.push(format!("environment variable {name}"));
                value
            }
            None => match default {
                Some(default) => {
                    from.push(format!("default, because {name} is not set"));
                    default.to_owned()
                }
                None => self.unset(path, written, name, from, mistakes),
            },
        }
    }

    fn unset(
        &self,
        path: String,
        written: &str,
        name: &str,
        from: &mut Vec<String>,
        mistakes: &mut Mistakes,
    ) -> String {
        let message = format!("{written} is not set in the environment");
        let Variables { known, unset } = self.dialect.variables;
        let or = match known.contains(&Form::Fallback) {
            true => format!("set it, or write ${{{name}:-default}}"),
            false => "set it where the product is started".to_owned(),
        };
        let title = self.dialect.title;
        match unset {
            Unset::Refused => {
                mistakes.refuse(path, message, or);
                String::new()
            }
            Unset::Literal => {
                let what =
                    format!("{message}: the server gets the text {written}, as from {title}");
                mistakes.warn(path, what, or);
                from.push(format!("written in the file, because {name} is not set"));
                written.to_owned()
            }
            Unset::Empty => {
                let what = format!("{message}: the server gets nothing, as from {title}");
                mistakes.warn(path, what, or);
                from.push(format!("empty, because {name} is not set"));
                String::new()
            }
        }
    }

    /// Says that the client does not know a variable of this form.
    fn unknown(
        &self,
        path: String,
        written: &str,
        form: Form,
        name: &str,
        mistakes: &mut Mistakes,
    ) {
        // Shells, prices and regular expressions have these too.
        let is_constant = name.len() > 1 && name == constant(name);
        if matches!(form, Form::Dollar | Form::Percent) && !is_constant {
            return;
        }
        let title = self.dialect.title;
        let message = format!("{title} does not fill in {written}: the server gets that text");
        let instead = match (form, self.dialect.variables.written(name)) {
            (Form::Place | Form::Other, _) => "write the value itself".to_owned(),
            (Form::Input, Some(_)) => {
                let variable = constant(name);
                let written = self.dialect.variables.written(&variable);
                format!("write {}", written.unwrap_or_default())
            }
            (_, Some(right)) => format!("write {right}"),
            (_, None) => format!(
                "set {name} in the environment of {title} instead, or write a program that sets it"
            ),
        };
        mistakes.warn(path, message, instead);
    }

    fn place(
        &self,
        path: String,
        name: &str,
        from: &mut Vec<String>,
        mistakes: &mut Mistakes,
    ) -> String {
        let (value, origin) = match name {
            "userHome" => {
                let home = (self.env)("HOME").or_else(|| (self.env)("USERPROFILE"));
                (home, "home folder")
            }
            "workspaceFolder" => (
                Some(self.workspace.display().to_string()),
                "workspace folder",
            ),
            "workspaceFolderBasename" => {
                let name = self.workspace.file_name();
                (
                    name.map(|it| it.to_string_lossy().into_owned()),
                    "workspace folder",
                )
            }
            _ => (
                Some(std::path::MAIN_SEPARATOR.to_string()),
                "path separator",
            ),
        };
        from.push(origin.to_owned());
        value.unwrap_or_else(|| {
            mistakes.refuse(path, format!("the {origin} is not known"), "write the path");
            String::new()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every dialect over the same texts: what comes out, and how many warnings and errors.
    #[test]
    fn each_dialect_has_variables_of_its_own() {
        let env = |name: &str| match name {
            "SET" => Some("v".to_owned()),
            "HOME" => Some("/home/ann".to_owned()),
            _ => None,
        };
        for (word, text, expected, warnings, errors) in [
            ("any", "${SET}/x", "v/x", 0, 0),
            ("any", "${env:SET}", "v", 0, 0),
            ("any", "${MISSING:-a}b", "ab", 0, 0),
            ("any", "$HOME", "$HOME", 1, 0),
            ("any", "$5 ${open", "$5 ${open", 0, 0),
            ("any", "${MISSING}", "", 0, 1),
            ("claude-code", "${SET}-${MISSING:-d}", "v-d", 0, 0),
            ("claude-code", "a${MISSING}", "a${MISSING}", 1, 0),
            ("claude-code", "$SET", "$SET", 1, 0),
            ("claude-code", "${env:SET}", "${env:SET}", 1, 0),
            (
                "claude-code",
                "${workspaceFolder}",
                "${workspaceFolder}",
                1,
                0,
            ),
            ("claude-desktop", "${SET}", "${SET}", 1, 0),
            ("cursor", "${env:SET}", "v", 0, 0),
            ("cursor", "${env:MISSING}", "", 1, 0),
            ("cursor", "${userHome}${/}x", "/home/ann/x", 0, 0),
            (
                "cursor",
                "${workspaceFolder}${pathSeparator}x",
                "/w/project/x",
                0,
                0,
            ),
            ("cursor", "${workspaceFolderBasename}", "project", 0, 0),
            ("cursor", "${SET}", "${SET}", 1, 0),
            ("vscode", "${input:key}", "", 0, 1),
            ("vscode", "${SET}", "${SET}", 1, 0),
            ("vscode", "${env:SET}", "v", 0, 0),
            ("copilot", "${SET}", "v", 0, 0),
            ("gemini", "$SET ${SET} %SET%", "v v v", 0, 0),
            ("gemini", "${MISSING:-x}|$MISSING|", "x||", 1, 0),
            ("codex", "${SET}", "${SET}", 1, 0),
            ("roo", "${workspaceFolder}", "${workspaceFolder}", 1, 0),
            ("1mcp", "${keyring:KEY}", "${keyring:KEY}", 1, 0),
            ("claude-code", "100%25AB%20", "100%25AB%20", 0, 0),
        ] {
            let argument = format!("{word}:none.json");
            let (dialect, _) = Dialect::of_argument(Path::new(&argument));
            let mut mistakes = Mistakes::default();
            let workspace = Path::new("/w/project");
            let mut values = Values::new(dialect.unwrap(), "s.a", workspace, &env);
            let got = values.fill("env.X", text, &mut mistakes);
            assert_eq!(got, expected, "{word}: {text}");
            let counts = (
                mistakes.iter().count() - mistakes.errors(),
                mistakes.errors(),
            );
            assert_eq!(counts, (warnings, errors), "{word}: {text} {mistakes}");
        }
    }

    #[test]
    fn origins_name_the_place_and_never_the_value() {
        let env = |name: &str| (name != "MISSING").then(|| "hunter2".to_owned());
        for (text, from) in [
            ("plain", "written in the file"),
            ("a${A}", "environment variable A"),
            ("${A}${B}", "environment variable A, environment variable B"),
            ("${MISSING:-x}", "default, because MISSING is not set"),
        ] {
            let (dialect, _) = Dialect::of_argument(Path::new("any:none.json"));
            let mut mistakes = Mistakes::default();
            let mut values = Values::new(dialect.unwrap(), "s.a", Path::new("/"), &env);
            values.fill("url", text, &mut mistakes);
            let origins = values.into_origins();
            assert_eq!(origins[0].from, from, "{text}");
            assert!(!format!("{origins:?}{mistakes}").contains("hunter2"));
        }
    }
}
