//! Cargo's own measurement: the page that `cargo build --timings` writes.
//!
//! On stable cargo the numbers stand in it as `const UNIT_DATA = [ … ];`, JSON of a unit each: `i` (its place), `name`,
//! `version`, `target`, `features`, `start` and `duration` (seconds since cargo started, hundredths), `rmeta_time` or a
//! section `frontend` (until it had declared what it has), `unblocked_units`, `unblocked_rmeta_units`. Only work that
//! was done is in it, nothing fresh.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::Unit;

/// The largest page that is looked at, in bytes: ten thousand units are five million.
pub const LARGEST: usize = 64 << 20;

/// What a page says.
#[derive(Debug, PartialEq)]
pub struct Timings {
    /// The work that was done. Places in `unblocks` are those in this list.
    pub units: Vec<Unit>,
}

#[derive(Deserialize)]
struct Measured {
    i: u32,
    name: String,
    #[serde(default)]
    version: String,
    #[serde(default)]
    target: String,
    #[serde(default)]
    features: Vec<String>,
    start: f64,
    duration: f64,
    #[serde(default)]
    rmeta_time: Option<f64>,
    #[serde(default)]
    unblocked_units: Vec<u32>,
    #[serde(default)]
    unblocked_rmeta_units: Vec<u32>,
    #[serde(default)]
    sections: Value,
}

/// Reads a page.
///
/// # Errors
/// When there is nothing of the kind in it, in words.
pub fn timings(page: &str) -> Result<Timings, String> {
    const BEGIN: &str = "const UNIT_DATA = ";
    if page.len() > LARGEST {
        return Err(format!("cargo's timings have more than {LARGEST} bytes"));
    }
    let begin = page
        .find(BEGIN)
        .ok_or("cargo's timings say nothing in a form that is known")?;
    let text = &page[begin + BEGIN.len()..];
    // The list is followed by other text: only its own value is read.
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Vec<Measured>>();
    let measured = match values.next() {
        Some(Ok(measured)) => measured,
        Some(Err(error)) => return Err(format!("cargo's timings cannot be read: {error}")),
        None => return Err("cargo's timings are empty".to_owned()),
    };
    let places: BTreeMap<u32, u32> = measured.iter().map(|unit| unit.i).zip(0..).collect();
    let placed = |list: &[u32]| list.iter().filter_map(|i| places.get(i).copied()).collect();
    let units = measured.iter().map(|unit| Unit {
        name: unit.name.clone(),
        version: unit.version.clone(),
        part: part(&unit.target),
        is_own: false,
        is_fresh: Some(false),
        began_seconds: Some(unit.start),
        duration_seconds: Some(unit.duration),
        declared_seconds: unit.rmeta_time.or_else(|| frontend(&unit.sections)),
        unblocks: placed(&unit.unblocked_units),
        unblocks_early: placed(&unit.unblocked_rmeta_units),
        features: unit.features.clone(),
    });
    Ok(Timings {
        units: units.collect(),
    })
}

/// When the frontend was done: `[["frontend", {"start": 0.0, "end": 1.2}], …]`.
fn frontend(sections: &Value) -> Option<f64> {
    let sections = sections.as_array()?;
    let section = sections.iter().find(|it| it[0] == "frontend")?;
    section[1]["end"].as_f64()
}

/// What of a package, as messages name it: `""` is its library, ` x "bin"` a binary, ` build-script (run)` the run of a
/// build script; ` (check)` stands behind what is only checked, ` (test)` and ` (check-test)` behind tests.
fn part(target: &str) -> String {
    let target = target.trim();
    let (base, mode) = match target.strip_suffix(')').and_then(|it| it.rsplit_once('(')) {
        Some((base, mode)) => (base.trim(), mode),
        None => (target, ""),
    };
    let base = match (base, base.split_once(" \"")) {
        ("", _) => "lib".to_owned(),
        ("build-script", _) => "build script".to_owned(),
        (_, Some((_, "lib\""))) => "lib".to_owned(),
        (_, Some((name, kind))) => format!("{} {name}", kind.trim_end_matches('"')),
        (other, None) => other.to_owned(),
    };
    match mode {
        "" | "check" => base,
        "run" => base + " run",
        "test" | "check-test" => base + " (test)",
        mode => format!("{base} ({mode})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_named_as_messages_name_them() {
        for (target, expected) in [
            ("", "lib"),
            (" tiny-app \"bin\"", "bin tiny-app"),
            (" build-script", "build script"),
            (" build-script (run)", "build script run"),
            (" (check)", "lib"),
            (" (check-test)", "lib (test)"),
            (" tiny \"lib\" (test)", "lib (test)"),
            (" tiny-app \"bin\" (check)", "bin tiny-app"),
            (" it \"test\" (test)", "test it (test)"),
            (" tiny \"lib\" (doc test)", "lib (doc test)"),
        ] {
            assert_eq!(part(target), expected);
        }
    }

    #[test]
    fn a_page_without_numbers_is_an_error() {
        for (page, expected) in [
            ("", "in a form that is known"),
            ("const UNIT_DATA = [{\"i\": 0}];", "missing field"),
            ("const UNIT_DATA = ", "empty"),
        ] {
            let error = timings(page).unwrap_err();
            assert!(error.contains(expected), "{page}: {error}");
        }
        let page = r#"x const UNIT_DATA = [{"i":4,"name":"a","start":1.5,"duration":2,"unblocked_units":[7,9],
            "sections":[["frontend",{"start":0.0,"end":0.7}],["codegen",{"start":0.7,"end":2.0}]]},
            {"i":7,"name":"b","start":3.5,"duration":0.1,"sections":null}];
            const CONCURRENCY_DATA = [];"#;
        let units = timings(page).unwrap().units;
        assert_eq!(units[0].unblocks, [1]);
        assert_eq!(
            (units[0].declared_seconds, units[1].declared_seconds),
            (Some(0.7), None)
        );
    }
}
