//! The command of a build: what cargo is asked for besides, and what of its answers is not printed.

use std::ffi::{OsStr, OsString};
use std::io::{self, IsTerminal as _};
use std::path::Path;

use serde_json::Value;

/// The longest line of cargo, in bytes; what is longer is handed on in pieces.
pub(super) const LONGEST_LINE: usize = 4 << 20;

/// Subcommands that compile and print nothing of their own on standard output.
const BUILDING: [&str; 8] = ["build", "b", "check", "c", "clippy", "rustc", "doc", "d"];
/// Those that run what they have built, if they are not told otherwise.
const TESTING: [&str; 3] = ["test", "t", "bench"];
/// Options of cargo itself that have a value behind them.
const WITH_VALUE: [&str; 5] = ["--color", "--config", "-Z", "-C", "--explain"];
/// With these nothing is built.
const ASKING: [&str; 7] = [
    "-h",
    "--help",
    "-V",
    "--version",
    "--list",
    "--unit-graph",
    "--build-plan",
];
/// How wide a bar is where nobody knows.
const WIDTH: u16 = 80;

/// The screen that errors are shown on.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Screen {
    /// Its width, if it is one.
    width: Option<u16>,
    has_colours: bool,
    has_bar: bool,
}

impl Screen {
    /// The one of this process.
    pub(super) fn here() -> Self {
        let is_set = |name: &str| std::env::var_os(name).is_some_and(|it| !it.is_empty());
        if !io::stderr().is_terminal() {
            return Self::default();
        }
        let size = rustix::termios::tcgetwinsize(io::stderr());
        let width = size.ok().map(|size| size.ws_col).filter(|width| *width > 0);
        let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self {
            width: Some(width.unwrap_or(WIDTH)),
            has_colours: !is_set("NO_COLOR") && !is_set("CARGO_TERM_COLOR") && !is_dumb,
            has_bar: !is_set("CI") && !is_set("CARGO_TERM_PROGRESS_WHEN") && !is_dumb,
        }
    }
}

/// How a command is run.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) command: Vec<OsString>,
    /// Whether its streams pass through here.
    pub(super) reads_stdout: bool,
    pub(super) reads_stderr: bool,
    /// Whether JSON on standard output was not asked for, and so is not printed.
    pub(super) hides_json: bool,
    /// The same of where timings are.
    pub(super) hides_timings: bool,
}

impl Plan {
    pub(super) fn of(command: &[OsString], wants_timings: bool, screen: Screen) -> Self {
        let untouched = Self {
            command: command.to_vec(),
            reads_stdout: false,
            reads_stderr: false,
            hides_json: false,
            hides_timings: false,
        };
        let Some(at) = subcommand(command) else {
            return untouched;
        };
        let name = text(&command[at]);
        let own = command.iter().position(|word| word == "--");
        let (own, _) = command.split_at(own.unwrap_or(command.len()));
        let args: Vec<&str> = own.iter().skip(1).map(|word| text(word)).collect();
        let has = |wanted: &str| {
            args.iter().any(|arg| {
                let rest = arg.strip_prefix(wanted);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
            })
        };
        if ASKING.iter().any(|asking| has(asking)) {
            return untouched;
        }
        let builds = BUILDING.contains(&name) || (TESTING.contains(&name) && has("--no-run"));
        if !builds {
            // What a program prints is its own; a screen stays one for it.
            return Self {
                reads_stderr: screen.width.is_none(),
                ..untouched
            };
        }
        let is_quiet = has("-q") || has("--quiet");
        let has_format = has("--message-format");
        let mut added: Vec<String> = Vec::new();
        if !has_format {
            added.push("--message-format=json-render-diagnostics".to_owned());
        }
        // Where they are is not said to who wants quiet.
        let hides_timings = wants_timings && !is_quiet && !has("--timings");
        if hides_timings {
            added.push("--timings".to_owned());
        }
        if let Some(width) = screen.width {
            if screen.has_colours && !has("--color") {
                added.push("--color=always".to_owned());
            }
            if screen.has_bar && !is_quiet {
                for setting in [
                    "term.progress.when=\"always\"".to_owned(),
                    format!("term.progress.width={width}"),
                ] {
                    added.extend(["--config".to_owned(), setting]);
                }
            }
        }
        let mut all = command.to_vec();
        all.splice(at + 1..at + 1, added.into_iter().map(OsString::from));
        Self {
            command: all,
            reads_stdout: true,
            reads_stderr: true,
            hides_json: !has_format,
            hides_timings,
        }
    }
}

fn text(word: &OsStr) -> &str {
    word.to_str().unwrap_or_default()
}

/// The place of cargo's subcommand, if it is cargo.
pub(super) fn subcommand(command: &[OsString]) -> Option<usize> {
    let program = Path::new(command.first()?);
    if program.file_stem().is_none_or(|stem| stem != "cargo") {
        return None;
    }
    let mut at = 1;
    loop {
        let word = text(command.get(at)?);
        if WITH_VALUE.contains(&word) {
            at += 2;
        } else if word.starts_with(['-', '+']) {
            at += 1;
        } else {
            return Some(at);
        }
    }
}

/// The value of an option, as `--profile x` or `--profile=x`, before what is for the program itself.
pub(super) fn value<'a>(command: &'a [OsString], option: &str) -> Option<&'a str> {
    let mut words = command.iter().take_while(|word| *word != "--");
    while let Some(word) = words.next() {
        match text(word).strip_prefix(option) {
            Some("") => return words.next().map(|word| text(word)),
            Some(rest) if rest.starts_with('=') => return Some(&rest[1..]),
            _ => {}
        }
    }
    None
}

/// What a person sees of a message in JSON: what the compiler wrote.
pub(super) fn rendered(line: &str) -> String {
    let value: Value = serde_json::from_str(line).unwrap_or_default();
    let rendered = value["message"]["rendered"].as_str();
    rendered.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split_whitespace().map(OsString::from).collect()
    }

    #[test]
    fn cargo_is_asked_for_what_it_was_not_asked_for() {
        let screen = Screen {
            width: Some(100),
            has_colours: true,
            has_bar: true,
        };
        let bar = "--config term.progress.when=\"always\" --config term.progress.width=100";
        for (command, screen, expected, hides) in [
            (
                "cargo build --release",
                Screen::default(),
                "cargo build --message-format=json-render-diagnostics --timings --release",
                (true, true),
            ),
            (
                "/x/cargo +stable --color never -Z y check -- --x",
                Screen::default(),
                "/x/cargo +stable --color never -Z y check --message-format=json-render-diagnostics --timings -- --x",
                (true, true),
            ),
            (
                "cargo build --message-format json --timings",
                Screen::default(),
                "cargo build --message-format json --timings",
                (false, false),
            ),
            (
                "cargo b -q",
                screen,
                "cargo b --message-format=json-render-diagnostics --color=always -q",
                (true, false),
            ),
            (
                "cargo test --no-run",
                Screen::default(),
                "cargo test --message-format=json-render-diagnostics --timings --no-run",
                (true, true),
            ),
            (
                "cargo run --release",
                screen,
                "cargo run --release",
                (false, false),
            ),
            (
                "cargo build --help",
                screen,
                "cargo build --help",
                (false, false),
            ),
            ("cargo --version", screen, "cargo --version", (false, false)),
            ("make build", screen, "make build", (false, false)),
        ] {
            let plan = Plan::of(&words(command), true, screen);
            assert_eq!(plan.command, words(expected), "{command}");
            assert_eq!((plan.hides_json, plan.hides_timings), hides, "{command}");
        }
        let plan = Plan::of(&words("cargo c"), false, screen);
        let expected =
            format!("cargo c --message-format=json-render-diagnostics --color=always {bar}");
        assert_eq!(plan.command, words(&expected));
        // A program that is run keeps its screen.
        assert!(!Plan::of(&words("cargo run"), true, screen).reads_stderr);
        assert!(Plan::of(&words("cargo run"), true, Screen::default()).reads_stderr);
    }

    #[test]
    fn values_of_options() {
        for (command, expected) in [
            ("cargo build --profile fast", Some("fast")),
            ("cargo build --profile=fast", Some("fast")),
            ("cargo build --profiles x", None),
            ("cargo run -- --profile x", None),
            ("cargo build --profile", None),
        ] {
            assert_eq!(value(&words(command), "--profile"), expected, "{command}");
        }
    }

    #[test]
    fn people_see_what_the_compiler_wrote() {
        let line = r#"{"reason":"compiler-message","message":{"rendered":"warning: x\n"}}"#;
        assert_eq!(rendered(line), "warning: x\n");
        assert_eq!(rendered(r#"{"reason":"compiler-artifact"}"#), "");
    }
}
