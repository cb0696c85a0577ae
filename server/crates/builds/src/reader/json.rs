//! Cargo's messages in JSON (`--message-format=json`), one a line; their form is described in the Cargo Book,
//! chapter "External tools". What a later cargo adds is left alone, and a kind that is not known is counted.

use serde_json::Value;

use super::Reader;
use crate::line::plain;
use crate::{Binary, ErrorKind, Message, Unit};

/// Kinds of messages that are counted by name; further ones are counted as one.
const MOST_UNKNOWN: usize = 10;
/// Kinds of files whose size is of interest.
const BINARIES: [&str; 4] = ["bin", "cdylib", "dylib", "staticlib"];

/// What became of a line.
pub(super) enum Taken {
    Yes,
    /// It is JSON, but no message of cargo.
    Other,
    /// It is no JSON.
    Broken,
}

impl Reader {
    pub(super) fn json(&mut self, line: &str, at: f64) -> Taken {
        let Ok(value) = serde_json::from_str::<Value>(line) else {
            return Taken::Broken;
        };
        let Some(reason) = value["reason"].as_str() else {
            return Taken::Other;
        };
        self.end_message();
        match reason {
            "compiler-artifact" => {
                self.works(at);
                self.artifact(&value);
            }
            "compiler-message" => {
                self.works(at);
                self.diagnostic(&value);
            }
            "build-script-executed" => {
                self.works(at);
                let unit = Unit {
                    part: "build script run".to_owned(),
                    ..package(text(&value["package_id"]))
                };
                self.units.done_one(unit);
            }
            "build-finished" => {
                self.resolved(at);
                self.success = Some(value["success"] == true);
                self.ended_seconds = at;
            }
            unknown => {
                let unknown: String = unknown.chars().take(64).collect();
                let counts = &mut self.left_out.unknown;
                let name = match counts.len() < MOST_UNKNOWN || counts.contains_key(&unknown) {
                    true => unknown,
                    false => "…".to_owned(),
                };
                *counts.entry(name).or_default() += 1;
            }
        }
        Taken::Yes
    }

    fn artifact(&mut self, value: &Value) {
        let target = &value["target"];
        let mut unit = package(text(&value["package_id"]));
        unit.part = part(target, value["profile"]["test"] == true);
        unit.is_fresh = value["fresh"].as_bool();
        let features = value["features"].as_array().into_iter().flatten();
        unit.features = features
            .filter_map(|it| Some(it.as_str()?.to_owned()))
            .collect();
        self.units.done_one(unit);
        let kind = text(&target["kind"][0]);
        let files = value["filenames"].as_array().into_iter().flatten();
        let files = files.filter_map(Value::as_str);
        if !BINARIES.contains(&kind) || value["profile"]["test"] == true {
            return;
        }
        // The first file is the thing itself; what comes with it (symbols, import libraries) follows.
        if let Some(path) = files
            .take(1)
            // What is only checked has no more than what it declares.
            .find(|path| !path.ends_with(".rmeta"))
        {
            self.report.binaries.push(Binary {
                name: text(&target["name"]).to_owned(),
                kind: kind.to_owned(),
                path: path.to_owned(),
                bytes: 0,
            });
        }
    }

    fn diagnostic(&mut self, value: &Value) {
        let message = &value["message"];
        let (level, said) = (text(&message["level"]), text(&message["message"]));
        let is_error = level.starts_with("error");
        if !(is_error || level == "warning") || super::text::is_summary(said) {
            return;
        }
        let code = text(&message["code"]["code"]);
        let rendered = plain(text(&message["rendered"]));
        let spans = message["spans"].as_array().map_or(&[][..], Vec::as_slice);
        let primary = spans.iter().find(|span| span["is_primary"] == true);
        let span = primary.or(spans.first());
        let number = |name: &str| {
            let number = span.and_then(|span| span[name].as_u64());
            number.and_then(|it| u32::try_from(it).ok()).unwrap_or(0)
        };
        let kind = match level.contains("internal compiler error") {
            true => ErrorKind::Compiler,
            false => ErrorKind::of(code, said, &rendered),
        };
        self.take(Message {
            is_error,
            kind: if is_error {
                kind.to_string()
            } else {
                String::new()
            },
            code: code.to_owned(),
            text: said.lines().next().unwrap_or_default().to_owned(),
            rendered: rendered.trim_end().to_owned(),
            package: package(text(&value["package_id"])).name,
            file: span.map_or("", |span| text(&span["file_name"])).to_owned(),
            line: number("line_start"),
            column: number("column_start"),
        });
    }
}

/// Whether a line says that something is being built.
pub(super) fn begins_work(line: &str) -> bool {
    [
        "compiler-artifact",
        "compiler-message",
        "build-script-executed",
    ]
    .iter()
    .any(|reason| line.starts_with(&format!("{{\"reason\":\"{reason}\"")))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// What of a package a target is.
fn part(target: &Value, is_test: bool) -> String {
    let (kind, name) = (text(&target["kind"][0]), text(&target["name"]));
    let part = match kind {
        "custom-build" => return "build script".to_owned(),
        "lib" | "rlib" | "dylib" | "cdylib" | "staticlib" | "proc-macro" => "lib".to_owned(),
        kind => format!("{kind} {name}"),
    };
    if is_test { part + " (test)" } else { part }
}

/// Name and version in the id of a package: `path+file:///a/b#name@1.0.0`, `registry+https://…#name@1.0.0`,
/// `path+file:///a/name#1.0.0`, and as cargo wrote it before 1.77: `name 1.0.0 (path+file:///a)`.
fn package(id: &str) -> Unit {
    let is_own = id.starts_with("path+") || id.contains("(path+");
    let (name, version) = match id.split_once('#') {
        Some((place, rest)) => match rest.rsplit_once('@') {
            Some((name, version)) => (name, version),
            None => {
                let place = place.split('?').next().unwrap_or_default();
                (place.rsplit('/').next().unwrap_or_default(), rest)
            }
        },
        None => {
            let mut words = id.split(' ');
            (
                words.next().unwrap_or_default(),
                words.next().unwrap_or_default(),
            )
        }
    };
    Unit {
        name: name.to_owned(),
        version: version.to_owned(),
        is_own,
        ..Unit::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_named_in_three_ways() {
        for (id, name, version, is_own) in [
            (
                "path+file:///w/core#tiny-core@0.1.0",
                "tiny-core",
                "0.1.0",
                true,
            ),
            ("path+file:///w/core#0.1.0", "core", "0.1.0", true),
            (
                "registry+https://registry.example/index#serde@1.0.2",
                "serde",
                "1.0.2",
                false,
            ),
            ("git+https://x/y?rev=1#0.3.0", "y", "0.3.0", false),
            ("old 1.0.0 (path+file:///w/old)", "old", "1.0.0", true),
            ("", "", "", false),
        ] {
            let unit = package(id);
            assert_eq!(
                (&*unit.name, &*unit.version, unit.is_own),
                (name, version, is_own),
                "{id}"
            );
        }
    }
}
