//! The files that tools write, told by their content.
//!
//! - Criterion: the `benchmark.json`, `estimates.json` and `sample.json` below `target/criterion/**/new`, put together
//!   as `{ "criterion": [{ "benchmark", "estimates", "sample" }] }` (the command does it), and the lines that
//!   `cargo criterion --message-format=json` writes;
//! - hyperfine: `--export-json`;
//! - pytest-benchmark: `--benchmark-json`;
//! - k6: `--summary-export`, and what `handleSummary` is given;
//! - Locust: `--json`, and the `_stats.csv` of `--csv`;
//! - anything else: `{ "suite", "results": [{ "name", "unit", "value" | "samples" | "mean" … }] }`.

mod criterion;
mod fields;
mod hyperfine;
mod k6;
mod locust;
mod plain;
mod pytest;

use serde_json::Value;

use crate::mend;
use crate::result::{About, Measured};

/// Results that are taken of one file.
pub const MOST_RESULTS: usize = 2000;
/// Characters of a name; longer ones are cut.
const LONGEST_NAME: usize = 200;

/// What a file has.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The tool that wrote it.
    pub tool: &'static str,
    /// What it says of the whole run.
    pub about: About,
    /// Its results.
    pub results: Vec<Measured>,
    /// What of it was not taken, and why, in sentences.
    pub notes: Vec<String>,
}

/// Why nothing of a file can be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nothing(pub String);

/// What readers fill.
#[derive(Default)]
struct Taken {
    about: About,
    results: Vec<Measured>,
    notes: Vec<String>,
}

impl Taken {
    /// Takes a result, or says why not.
    fn push(&mut self, name: &str, measured: Option<Measured>) {
        match measured {
            Some(it) if it.mean.is_finite() => self.results.push(it),
            Some(_) => self
                .notes
                .push(format!("{name} is left out: its value is no number")),
            None => self
                .notes
                .push(format!("{name} is left out: it has no values")),
        }
    }
}

/// Reads a file.
///
/// # Errors
/// When it is of no known form, or has no result at all.
pub fn read(text: &str) -> Result<Reading, Nothing> {
    let text = text.trim_start_matches('\u{feff}').trim();
    let (tool, mut taken) = told(text)?;
    if taken.results.is_empty() {
        let what = match tool {
            "plain" => "this is a plain post".to_owned(),
            tool => format!("this looks like a file of {tool}"),
        };
        let mut why = format!("{what} and has no result");
        for note in &taken.notes {
            why.push_str(&format!("; {note}"));
        }
        return Err(Nothing(why));
    }
    tidy(&mut taken);
    Ok(Reading {
        tool,
        about: taken.about,
        results: taken.results,
        notes: taken.notes,
    })
}

fn told(text: &str) -> Result<(&'static str, Taken), Nothing> {
    if text.starts_with("Type,Name,Request Count") {
        return Ok(("locust", locust::table(text)));
    }
    if let Some(lines) = criterion::lines(text) {
        return Ok(("criterion", lines));
    }
    let (value, breaks_off) = mend::parse(text).map_err(Nothing)?;
    let (tool, mut taken) = of_value(&value)?;
    if let Some(line) = breaks_off {
        let note = format!(
            "the file breaks off; what is whole until line {line} was taken, and what comes after is missing"
        );
        taken.notes.insert(0, note);
    }
    Ok((tool, taken))
}

fn of_value(value: &Value) -> Result<(&'static str, Taken), Nothing> {
    let has = |name: &str| value.get(name).is_some();
    let first = &value["results"][0];
    if let Some(all) = value["criterion"].as_array() {
        return Ok(("criterion", criterion::read(value, all)));
    }
    if has("benchmark") && has("estimates") {
        return Ok((
            "criterion",
            criterion::read(value, std::slice::from_ref(value)),
        ));
    }
    if let Some(all) = value["benchmarks"].as_array() {
        return Ok(("pytest-benchmark", pytest::read(value, all)));
    }
    if value["metrics"].get("iterations").is_some() || value["metrics"].get("http_reqs").is_some() {
        return Ok(("k6", k6::read(value)));
    }
    match (value["results"].as_array(), value.as_array()) {
        (Some(all), _) if first.get("command").is_some() => Ok(("hyperfine", hyperfine::read(all))),
        (Some(all), _) => Ok(("plain", plain::read(value, all))),
        (None, Some(all)) if all.iter().any(|it| it.get("num_requests").is_some()) => {
            Ok(("locust", locust::read(all)))
        }
        _ if has("median") && has("std_dev") => Err(Nothing(
            "this is an estimates.json of Criterion, which does not say of what; import the folder target/criterion"
                .to_owned(),
        )),
        _ => Err(Nothing(
            "this is no file of Criterion, hyperfine, pytest-benchmark, k6 or Locust, and has no \"results\" as a plain \
             post has: {\"suite\": \"…\", \"results\": [{\"name\": \"…\", \"unit\": \"ms\", \"value\": 1.5}]}"
                .to_owned(),
        )),
    }
}

/// Names are of bounded length, each benchmark is there once, and there are not too many.
fn tidy(taken: &mut Taken) {
    for it in &mut taken.results {
        it.name = cut(&it.name);
        for (name, value) in &mut it.parameters {
            (*name, *value) = (cut(name), cut(value));
        }
    }
    let mut seen = std::collections::HashSet::new();
    let (results, notes) = (&mut taken.results, &mut taken.notes);
    results.retain(|it| {
        let is_new = seen.insert(it.key());
        if !is_new {
            notes.push(format!(
                "{} is there twice; the first one was taken",
                it.key()
            ));
        }
        is_new
    });
    if results.len() > MOST_RESULTS {
        let more = results.len() - MOST_RESULTS;
        results.truncate(MOST_RESULTS);
        notes.push(format!(
            "{more} results are left out: a file may have {MOST_RESULTS}"
        ));
    }
}

fn cut(text: &str) -> String {
    let shown = text.chars().filter(|c| !c.is_control());
    shown.take(LONGEST_NAME).collect()
}
