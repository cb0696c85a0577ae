//! Programs that are not there, that wait for an answer, or whose output is no MCP.

use std::path::Path;

use serde_json::Value;

use super::Seen;
use crate::config::{Mistakes, secrets};

const SHELLS: &[&str] = &[
    "sh",
    "bash",
    "zsh",
    "fish",
    "dash",
    "cmd",
    "powershell",
    "pwsh",
];

/// What downloads a package before it runs it.
const RUNNERS: &[&str] = &["npx", "uvx", "pipx", "bunx", "pnpx"];

/// What is a script on Windows, and not found there by its bare name.
const SCRIPTS: &[&str] = &["npx", "npm", "pnpm", "yarn", "bunx", "pnpx"];

/// How long a first download may take.
const DOWNLOAD_SECONDS: f64 = 30.0;

/// Whether a shell gets the arguments, and does with them what only shells do.
pub(in crate::config::clients) fn is_shell(seen: &Seen<'_>) -> bool {
    seen.program()
        .is_some_and(|program| SHELLS.contains(&program))
}

/// `~`, which only a shell knows.
pub(super) fn tilde(seen: &Seen<'_>, mistakes: &mut Mistakes) {
    let command = seen.text("command").map(|it| ("command".to_owned(), it));
    let folder = seen.text("cwd").map(|it| ("cwd".to_owned(), it));
    let args = seen.args().into_iter().enumerate();
    let args = args.filter(|_| !is_shell(seen));
    let args = args.map(|(i, arg)| (format!("args[{i}]"), arg));
    let env = seen.pairs("env").into_iter();
    let env = env.map(|(name, value)| (format!("env.{name}"), value));
    for (at, text) in command.into_iter().chain(folder).chain(args).chain(env) {
        if text == "~" || text.starts_with("~/") {
            let instead = match seen.dialect.variables.written("HOME") {
                Some(home) => format!("write {home}/… or the whole path"),
                None => "write the whole path".to_owned(),
            };
            mistakes.warn(seen.at(&at), "`~` is not expanded without a shell", instead);
        }
    }
}

/// A program that does not exist.
pub(super) fn not_there(seen: &Seen<'_>, mistakes: &mut Mistakes) {
    let Some(command) = seen.text("command") else {
        return;
    };
    let is_plain = !command.contains(['$', '%', '~', ' ']) && !command.is_empty();
    if !is_plain || seen.is_windows {
        return;
    }
    let at = seen.at("command");
    if command.starts_with('/') {
        if !Path::new(command).exists() {
            let message = format!("there is no {command} on this machine");
            mistakes.warn(
                at,
                message,
                format!("write what `which {}` prints", name(command)),
            );
        }
        return;
    }
    let own = seen
        .pairs("env")
        .into_iter()
        .find(|(name, _)| *name == "PATH");
    let own = own.map(|(_, value)| value.to_owned());
    let Some(path) = own.or_else(|| (seen.env)("PATH")) else {
        return;
    };
    let mut folders = std::env::split_paths(&path);
    if !command.contains('/') && !folders.any(|folder| folder.join(command).is_file()) {
        mistakes.warn(
            at,
            format!("{command} is not on the PATH of this process (spawn {command} ENOENT)"),
            format!(
                "write its whole path, as `which {command}` prints it: what is started from a desktop has a short PATH"
            ),
        );
    }
}

fn name(command: &str) -> &str {
    command.rsplit('/').next().unwrap_or(command)
}

/// A path that depends on where the client was started.
pub(super) fn relative(seen: &Seen<'_>, mistakes: &mut Mistakes) {
    let is_relative = |text: &str| {
        let is_rooted = text.starts_with(['/', '\\', '~', '$', '%']);
        !is_rooted && text.chars().nth(1) != Some(':')
    };
    let folder = seen.text("cwd");
    let (message, instead) = (
        "is relative to wherever the client was started",
        "write the whole path",
    );
    if folder.is_some_and(is_relative) {
        mistakes.warn(seen.at("cwd"), message, instead);
    }
    let command = seen.text("command").unwrap_or_default();
    let has_folder = command.contains('/') && !command.contains("://");
    if folder.is_none() && has_folder && is_relative(command) {
        mistakes.warn(seen.at("command"), message, instead);
    }
    // A script that an interpreter is given, in the same way.
    if folder.is_none()
        && let Some(first) = seen.args().first()
        && (first.starts_with("./") || first.starts_with("../"))
    {
        mistakes.warn(seen.at("args[0]"), message, instead);
    }
}

/// What Windows needs, and what is of no use elsewhere.
pub(super) fn windows(seen: &Seen<'_>, mistakes: &mut Mistakes) {
    let Some(program) = seen.program() else {
        return;
    };
    if seen.is_windows && SCRIPTS.contains(&program) {
        mistakes.warn(
            seen.at("command"),
            format!("{program} is a script on Windows and cannot be started by itself"),
            format!("write command \"cmd\" and args [\"/c\", \"{program}\", …]"),
        );
    }
    if !seen.is_windows && program == "cmd" {
        let args = seen.args();
        let inner = args.get(1).copied().unwrap_or("npx");
        mistakes.warn(
            seen.at("command"),
            "`cmd /c` is for Windows; there is none on this machine",
            format!("write command {inner:?} and the other arguments"),
        );
    }
}

/// npx asks before it installs, and nobody is there to answer.
pub(super) fn asks_before_installing(seen: &Seen<'_>, mistakes: &mut Mistakes) {
    let args = seen.args();
    let words: &[&str] = match seen.program() {
        Some("npx") => &args,
        Some("cmd") if args.get(1) == Some(&"npx") => args.get(2..).unwrap_or_default(),
        _ => return,
    };
    // What comes after the package belongs to the server.
    let options: Vec<_> = words
        .iter()
        .take_while(|word| word.starts_with('-'))
        .collect();
    let says_yes = |word: &&&str| matches!(**word, "-y" | "--yes" | "-q" | "--no-install");
    if !options.iter().any(says_yes) {
        mistakes.warn(
            seen.at("args"),
            "npx asks before it installs a package, and waits for an answer for ever",
            "write \"-y\" as the first of args",
        );
    }
}

/// Options of `docker run` that take the next word.
const WITH_VALUE: &[&str] = &[
    "-e",
    "--env",
    "--env-file",
    "-v",
    "--volume",
    "--mount",
    "--tmpfs",
    "-p",
    "--publish",
    "--name",
    "--network",
    "--net",
    "-u",
    "--user",
    "-w",
    "--workdir",
    "--entrypoint",
    "-l",
    "--label",
    "-h",
    "--hostname",
    "--add-host",
    "--platform",
    "--pull",
    "-m",
    "--memory",
    "--cpus",
    "--gpus",
    "--ipc",
    "--cap-add",
    "--cap-drop",
    "--security-opt",
    "--restart",
    "--device",
    "--dns",
    "--shm-size",
];

/// The options of `docker run` before the image, as far as they can be told.
fn run_options<'a>(args: &[&'a str]) -> Option<Vec<&'a str>> {
    let run = args.iter().position(|word| *word == "run")?;
    let mut words = args.get(run + 1..)?.iter().copied();
    let mut options = Vec::new();
    while let Some(word) = words.next().filter(|word| word.starts_with('-')) {
        options.push(word);
        if WITH_VALUE.contains(&word) {
            words.next();
        }
    }
    Some(options)
}

/// Whether words have an option, alone or among other letters: `-i`, `-it`, `--interactive`.
fn has_option(words: &[&str], letter: char, long: &str) -> bool {
    words.iter().any(|word| {
        let letters = word.strip_prefix('-').filter(|rest| rest.len() < 4);
        let is_short = letters.is_some_and(|rest| rest.contains(letter) && !rest.starts_with('-'));
        is_short || word.trim_end_matches("=true") == long
    })
}

/// A container whose input nobody holds.
pub(super) fn docker(seen: &Seen<'_>, mistakes: &mut Mistakes) {
    let args = seen.args();
    let (Some(program), Some(options)) = (seen.program(), run_options(&args)) else {
        return;
    };
    if !matches!(program, "docker" | "podman" | "nerdctl") {
        return;
    }
    let at = seen.at("args");
    if has_option(&options, 'd', "--detach") {
        mistakes.refuse(
            at,
            format!("with -d {program} leaves the server in the background, where nobody can speak to it"),
            "leave -d out and write \"-i\" after \"run\"",
        );
    } else if !has_option(&args, 'i', "--interactive") {
        mistakes.refuse(
            at,
            format!("without -i {program} closes the server's input, and it ends at once"),
            "write \"-i\" after \"run\"",
        );
    } else if has_option(&options, 't', "--tty") {
        mistakes.warn(
            at,
            "a terminal (-t) changes what the server writes, and its answers become unreadable",
            "leave -t out",
        );
    }
}

/// Several arguments in one text.
pub(super) fn arguments_in_one(seen: &Seen<'_>, mistakes: &mut Mistakes) {
    if is_shell(seen) {
        return;
    }
    let args = seen.entry.get("args").and_then(Value::as_array);
    for (i, arg) in args.into_iter().flatten().enumerate() {
        let Some(arg) = arg.as_str() else { continue };
        let is_several = arg.starts_with('-')
            && arg.split_once(' ').is_some_and(|(first, rest)| {
                // `--header X: y` is several words, `--header=X: y` is one.
                !first.contains(['=', ':']) && !rest.trim().is_empty()
            });
        if is_several {
            let words = list(arg);
            mistakes.warn(
                seen.at(&format!("args[{i}]")),
                "holds several arguments, and the program gets them as one",
                format!("write {words}"),
            );
        }
    }
}

/// Words as a list in JSON, without secrets.
pub(in crate::config::clients) fn list(text: &str) -> String {
    let words = secrets::shown(text.split_whitespace());
    let words: Vec<_> = words.iter().map(|word| format!("{word:?}")).collect();
    format!("[{}]", words.join(", "))
}

/// What writes lines of its own where only MCP may be.
pub(super) fn prints(seen: &Seen<'_>, mistakes: &mut Mistakes) {
    let args = seen.args();
    let is_silent = |word: &&str| matches!(*word, "-s" | "--silent" | "-q" | "--quiet");
    let (Some(program), false) = (seen.program(), args.iter().any(is_silent)) else {
        return;
    };
    let runs_script = matches!(args.first(), Some(&("run" | "start" | "run-script")));
    let is_noisy = match program {
        "npm" | "pnpm" | "yarn" => runs_script,
        "nodemon" => true,
        _ => false,
    };
    if is_noisy {
        let instead = match program {
            "nodemon" => "write command \"node\"".to_owned(),
            _ => "write \"--silent\" as the first of args, or start the script itself".to_owned(),
        };
        let message =
            format!("{program} prints lines of its own on standard output, where only MCP may be");
        mistakes.warn(seen.at("command"), message, instead);
    }
}

/// A client that gives up before a first download is over.
pub(super) fn slow_start(seen: &Seen<'_>, mistakes: &mut Mistakes) {
    let is_download = |program| RUNNERS.contains(&program) || program == "docker";
    if !seen.program().is_some_and(is_download) {
        return;
    }
    let number = |key: &str| seen.entry.get(key).and_then(Value::as_f64);
    let (key, seconds) = match (number("startup_timeout_sec"), number("startup_timeout_ms")) {
        (Some(seconds), _) => ("startup_timeout_sec", Some(seconds)),
        (None, Some(ms)) => ("startup_timeout_ms", Some(ms / 1000.0)),
        (None, None) => ("command", seen.dialect.start_seconds),
    };
    if let Some(seconds) = seconds.filter(|seconds| *seconds < DOWNLOAD_SECONDS) {
        let title = seen.dialect.title;
        mistakes.warn(
            seen.at(key),
            format!("{title} gives up after {seconds} s, and a first download takes longer"),
            "write startup_timeout_sec = 60, or run the command once before",
        );
    }
}
