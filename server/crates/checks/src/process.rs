//! Whether processes of this machine run, how many, and how much memory they use.

use async_trait::async_trait;
use sysinfo::{Process, ProcessRefreshKind, ProcessesToUpdate, System, UpdateKind};

use crate::{Bounds, Check, Fault, Level, Pattern, Seen};

/// Which processes.
#[derive(Clone, Debug, PartialEq)]
pub enum Find {
    /// Those of a program of this name.
    Name(String),
    /// Those whose command line matches.
    CommandLine(Pattern),
}

/// Processes that should run.
#[derive(Clone, Debug, PartialEq)]
pub struct ProcessSpec {
    /// Which.
    pub find: Find,
    /// At least so many.
    pub min: u64,
    /// At most so many.
    pub max: Option<u64>,
    /// The memory of all together, in bytes.
    pub memory: Bounds,
}

pub(crate) struct Processes(pub(crate) ProcessSpec);

#[async_trait]
impl Check for Processes {
    async fn look(&self) -> Result<Seen, Fault> {
        let find = self.0.find.clone();
        let counted = tokio::task::spawn_blocking(move || count(&find)).await;
        let (count, bytes) = counted.map_err(|error| Fault::Machine(error.to_string()))??;
        judge(&self.0, count, bytes)
    }
}

/// How many there are, and the memory of all.
fn count(find: &Find) -> Result<(u64, u64), Fault> {
    let mut system = System::new().map_err(|error| Fault::Machine(error.to_string()))?;
    let kind = ProcessRefreshKind::nothing()
        .without_tasks()
        .with_memory()
        .with_cmd(UpdateKind::Always);
    system.refresh_processes_specifics(ProcessesToUpdate::All, true, kind);
    let found = system
        .processes()
        .values()
        .filter(|process| is_it(process, find));
    Ok(found.fold((0, 0), |(count, bytes), process| {
        (count + 1, bytes + process.memory())
    }))
}

fn is_it(process: &Process, find: &Find) -> bool {
    let words = process.cmd();
    match find {
        Find::Name(name) => {
            // The system knows the first 15 characters of a name; the command line has the whole of it.
            let program = words
                .first()
                .map(std::path::Path::new)
                .and_then(|path| path.file_name());
            process.name() == name.as_str()
                || program.is_some_and(|program| program == name.as_str())
        }
        Find::CommandLine(pattern) => {
            let words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
            !words.is_empty() && pattern.is_in(&words.join(" "))
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "bytes and processes of a machine fit"
)]
fn judge(spec: &ProcessSpec, count: u64, bytes: u64) -> Result<Seen, Fault> {
    let what = match &spec.find {
        Find::Name(name) => name.clone(),
        Find::CommandLine(pattern) => format!("like {pattern}"),
    };
    let plural = if count == 1 { "" } else { "es" };
    let runs = if count == 1 { "runs" } else { "run" };
    if count < spec.min {
        let message = match count {
            0 => format!("No process {what} runs"),
            _ => format!(
                "Only {count} process{plural} {what} {runs}; {} should",
                spec.min
            ),
        };
        return Err(Fault::Missing(message));
    }
    if let Some(max) = spec.max.filter(|max| count > *max) {
        let message = format!("{count} process{plural} {what} {runs}; at most {max} should");
        return Err(Fault::Answer(message));
    }
    let level = spec.memory.above(bytes as f64);
    let megabytes = bytes as f64 / 1e6;
    let message = format!("{count} process{plural} {what} {runs} with {megabytes:.0} MB");
    Ok(Seen {
        level,
        message: match level {
            Level::Healthy => message,
            _ => format!("{message}, which is a lot"),
        },
        value: Some(count as f64),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_memory() {
        let spec = |min, max, unhealthy| ProcessSpec {
            find: Find::Name("nginx".to_owned()),
            min,
            max,
            memory: Bounds {
                degraded: None,
                unhealthy,
            },
        };
        for (spec, count, expected) in [
            (spec(1, None, None), 0, Err("No process nginx runs")),
            (
                spec(3, None, None),
                1,
                Err("Only 1 process nginx runs; 3 should"),
            ),
            (
                spec(1, Some(2), None),
                3,
                Err("3 processes nginx run; at most 2 should"),
            ),
            (spec(0, None, None), 0, Ok(Level::Healthy)),
            (spec(1, None, Some(6e6)), 1, Ok(Level::Healthy)),
            (spec(1, None, Some(4e6)), 1, Ok(Level::Unhealthy)),
        ] {
            let judged = judge(&spec, count, 5_000_000);
            let level = judged.as_ref().map(|seen| seen.level);
            assert_eq!(
                level.map_err(ToString::to_string),
                expected.map_err(str::to_owned)
            );
        }
    }
}
