//! What is checked beside servers: the tables `checks.NAME`.

mod kinds;
mod thresholds;

use std::time::Duration;

use checks::{Bounds, Spec};

use super::Mistakes;
use super::file::{duration, read_value};

/// Something to check.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckConfig {
    /// Its name; servers and checks share one list of names.
    pub name: String,
    /// What is checked.
    pub spec: Spec,
    /// How long it may take, in seconds, where that is judged.
    pub slow: Bounds,
    /// From one look to the next.
    pub every: Duration,
    /// The longest time for one look.
    pub timeout: Duration,
    /// The servers that depend on it.
    pub servers: Vec<String>,
    /// The file it comes from.
    pub source: String,
}

/// What is the same for all kinds, as written.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
struct Common {
    every: Option<String>,
    timeout: Option<String>,
    servers: Vec<String>,
}

const COMMON: &[&str] = &["every", "timeout", "servers"];
const EVERY: Duration = Duration::from_secs(30);
const TIMEOUT: Duration = Duration::from_secs(5);
const SHORTEST: Duration = Duration::from_secs(1);

/// The environment, and where mistakes go; what reading a check needs.
pub(super) struct Reading<'a> {
    pub(super) env: &'a dyn Fn(&str) -> Option<String>,
    pub(super) mistakes: &'a mut Mistakes,
}

/// Reads a check; `None` when it cannot be used.
pub(super) fn read(
    name: &str,
    value: toml::Value,
    source: &str,
    reading: &mut Reading<'_>,
) -> Option<CheckConfig> {
    let path = format!("checks.{name}");
    let toml::Value::Table(mut table) = value else {
        reading
            .mistakes
            .push(path, "must be a table: [checks.my-check]");
        return None;
    };
    let kind = table.remove("kind");
    let common: toml::Table = COMMON
        .iter()
        .filter_map(|key| Some(((*key).to_owned(), table.remove(*key)?)))
        .collect();
    let common: Common = read_value(common, &path, COMMON, reading.mistakes);
    let mut time = |key: &str, text: Option<&String>, default: Duration, least: Duration| {
        let path = format!("{path}.{key}");
        let given = duration(&path, text, reading.mistakes).unwrap_or(default);
        if given < least {
            reading
                .mistakes
                .push(path, format!("must be at least {}", words(least)));
        }
        given
    };
    let every = time("every", common.every.as_ref(), EVERY, SHORTEST);
    let timeout = time(
        "timeout",
        common.timeout.as_ref(),
        TIMEOUT,
        Duration::from_millis(1),
    );
    let (spec, slow) = match kind {
        Some(toml::Value::String(kind)) => kinds::read(&kind, table, &path, reading)?,
        _ => {
            let known = kinds::KINDS.join(", ");
            let message = format!("is needed; write one of {known}");
            reading.mistakes.push(format!("{path}.kind"), message);
            return None;
        }
    };
    Some(CheckConfig {
        name: name.to_owned(),
        spec,
        slow,
        every,
        timeout,
        servers: common.servers,
        source: source.to_owned(),
    })
}

fn words(duration: Duration) -> String {
    match duration.subsec_millis() {
        0 => format!("{}s", duration.as_secs()),
        ms => format!("{ms}ms"),
    }
}
