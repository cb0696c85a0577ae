//! `bench import`: gives a running product the results of benchmarks.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::UNIX_EPOCH;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::running::Running;
use super::{BAD_CONFIGURATION, complain};

/// Folders that are looked through below one that is named.
const DEEPEST: usize = 12;

/// What to do with benchmarks.
#[derive(Clone, Debug, Subcommand)]
pub(super) enum What {
    /// Give a running product what tools have written.
    Import(Options),
}

/// Which files, and whom to give them.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Takes what these tools write: Criterion (the folder target/criterion), hyperfine --export-json,
pytest --benchmark-json, k6 run --summary-export, locust --json or its _stats.csv, and plain JSON
({\"suite\": \"…\", \"results\": [{\"name\": \"…\", \"unit\": \"ms\", \"value\": 1.5}]}).

Examples:
  cargo bench && mcp-observatory bench import target/criterion --suite my-crate
  hyperfine --export-json h.json ./a ./b && mcp-observatory bench import h.json

Exit codes: 0 when all was taken and nothing became worse, 2 when something became worse and
--fail-on-worse is given, 64 when a file cannot be read, 1 when there is no answer.")]
pub(super) struct Options {
    /// Files, and folders of Criterion.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// What the benchmarks belong to [default: as the file says, else the tool].
    #[arg(long, value_name = "NAME", default_value = "")]
    suite: String,
    /// The machine [default: as the file says, else this one's name].
    #[arg(long, value_name = "NAME", default_value = "")]
    host: String,
    /// The version that was measured [default: as the file says, else that of git here].
    #[arg(long, value_name = "ID", default_value = "")]
    commit: String,
    /// Its branch [default: as the file says, else that of git here].
    #[arg(long, value_name = "NAME", default_value = "")]
    branch: String,
    /// The language of results that do not say theirs.
    #[arg(long, value_name = "NAME", default_value = "")]
    language: String,
    /// End with code 2 when something became worse.
    #[arg(long)]
    fail_on_worse: bool,
    #[command(flatten)]
    running: Running,
}

pub(super) fn run(what: &What) -> ExitCode {
    let What::Import(options) = what;
    let mut worse = 0;
    for path in &options.paths {
        match import(options, path) {
            Ok(taken) => worse += told(path, &taken),
            Err((why, code)) => {
                complain(&format!("{}: {why}", path.display()));
                return ExitCode::from(code);
            }
        }
    }
    match options.fail_on_worse && worse > 0 {
        true => ExitCode::from(2),
        false => ExitCode::SUCCESS,
    }
}

/// Says what became of a file; how much became worse.
fn told(path: &Path, taken: &Value) -> usize {
    let list = |name: &str| taken[name].as_array().cloned().unwrap_or_default();
    let tool = taken["tool"].as_str().unwrap_or_default();
    let results = taken["results"].as_u64().unwrap_or_default();
    let word = if results == 1 { "result" } else { "results" };
    println!("{}: {results} {word} of {tool}", path.display());
    for (name, word) in [("worse", "worse"), ("better", "better"), ("notes", "note")] {
        for said in list(name) {
            println!("  {word}: {}", said.as_str().unwrap_or_default());
        }
    }
    list("worse").len()
}

fn import(options: &Options, path: &Path) -> Result<Value, (String, u8)> {
    let wrong = |why: String| (why, BAD_CONFIGURATION);
    let text = match path.is_dir() {
        true => criterion(path).map_err(wrong)?,
        false => {
            let bytes = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
            String::from_utf8_lossy(&bytes).into_owned()
        }
    };
    // What cannot be read is told here, without asking anybody.
    let about = benchmarks::read(&text).map_err(|why| wrong(why.0))?.about;
    let or = |given: &str, said: &str, here: &dyn Fn() -> String| match (given, said) {
        ("", "") => here(),
        ("", _) => String::new(),
        (given, _) => given.to_owned(),
    };
    let at_ms = match about.at_ms {
        Some(_) => String::new(),
        None => changed_ms(path).map_or_else(String::new, |at_ms| at_ms.to_string()),
    };
    let query = [
        ("suite", options.suite.clone()),
        ("host", or(&options.host, &about.host, &host)),
        (
            "commit",
            or(&options.commit, &about.commit, &|| {
                git(&["rev-parse", "HEAD"])
            }),
        ),
        (
            "branch",
            or(&options.branch, &about.branch, &|| {
                git(&["branch", "--show-current"])
            }),
        ),
        ("language", options.language.clone()),
        ("at_ms", at_ms),
    ];
    let said = query.iter().filter(|(_, value)| !value.is_empty());
    let said: Vec<_> = said
        .map(|(name, value)| format!("{name}={}", wire::path_segment(value)))
        .collect();
    let address = format!("/api/benchmarks?{}", said.join("&"));
    options
        .running
        .send(&address, "application/json", text.into_bytes())
}

/// When a file was written.
fn changed_ms(path: &Path) -> Option<i64> {
    let changed = std::fs::metadata(path).ok()?.modified().ok()?;
    let since = changed.duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since.as_millis()).ok()
}

/// The name of this machine.
fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    name.trim().to_owned()
}

/// What git says here; nothing where it says nothing.
fn git(words: &[&str]) -> String {
    let output = Command::new("git").args(words).output();
    let said = output.ok().filter(|output| output.status.success());
    let said = said.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    said.unwrap_or_default()
}

/// The benchmarks of a folder of Criterion, put together.
fn criterion(folder: &Path) -> Result<String, String> {
    let (mut all, mut notes, mut newest) = (Vec::new(), Vec::new(), None);
    let mut waiting = vec![(folder.to_owned(), 0)];
    while let Some((folder, depth)) = waiting.pop() {
        let entries = std::fs::read_dir(&folder).map_err(|error| error.to_string())?;
        let mut folders: Vec<PathBuf> = entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.is_dir())
            .collect();
        folders.sort();
        for path in folders.into_iter().rev() {
            if path.ends_with("new") && path.join("benchmark.json").exists() {
                match one(&path) {
                    Ok(benchmark) => all.push(benchmark),
                    Err(why) => notes.push(why),
                }
                newest = newest.max(changed_ms(&path.join("estimates.json")));
            } else if depth < DEEPEST {
                waiting.push((path, depth + 1));
            }
        }
    }
    if all.is_empty() {
        let mut why =
            "there is no result of Criterion in this folder (**/new/benchmark.json)".to_owned();
        notes
            .iter()
            .for_each(|note| why.push_str(&format!("; {note}")));
        return Err(why);
    }
    Ok(json!({ "criterion": all, "notes": notes, "at_ms": newest }).to_string())
}

/// A benchmark of Criterion's; its single values may be missing.
fn one(folder: &Path) -> Result<Value, String> {
    let read = |name: &str| {
        let path = folder.join(name);
        let text = std::fs::read_to_string(&path);
        let text = text.map_err(|error| format!("{}: {error}", path.display()))?;
        let value: Result<Value, _> = serde_json::from_str(&text);
        value.map_err(|error| format!("{} is left out: {error}", path.display()))
    };
    Ok(json!({
        "benchmark": read("benchmark.json")?,
        "estimates": read("estimates.json")?,
        "sample": read("sample.json").unwrap_or_default(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(folder: &Path, name: &str, text: &str) {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    #[test]
    fn a_folder_of_criterion_is_put_together() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let estimates = r#"{"mean":{"point_estimate":5.0},"median":{"point_estimate":4.0}}"#;
        for name in ["json/parse/10", "sort"] {
            let benchmark = format!(r#"{{"group_id":"{name}"}}"#);
            write(folder, &format!("{name}/new/benchmark.json"), &benchmark);
            write(folder, &format!("{name}/new/estimates.json"), estimates);
            write(folder, &format!("{name}/base/benchmark.json"), "old");
        }
        write(folder, "half/new/benchmark.json", r#"{"group_id":"half"}"#);
        write(folder, "half/new/estimates.json", r#"{"mean":"#);
        write(folder, "report/index.html", "");
        let reading = benchmarks::read(&criterion(folder).unwrap()).unwrap();
        let names: Vec<_> = reading.results.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["json/parse/10", "sort"]);
        assert!(
            reading.notes[0].contains("half/new/estimates.json is left out"),
            "{:?}",
            reading.notes
        );
        assert!(reading.about.at_ms.is_some());

        let nothing = criterion(&folder.join("report")).unwrap_err();
        assert!(nothing.contains("no result of Criterion"), "{nothing}");
    }
}
