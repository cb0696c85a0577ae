//! What the product itself and the servers that it started use: each with everything that it started in turn,
//! because a server that is begun through `npx` is a child of a child.

use std::collections::BTreeSet;

use model::{Labels, Sample};
use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

use crate::SELF_NAME;

/// Samples of the product and of servers, by name and process.
pub(super) fn look(system: &mut System, started: Vec<(String, u32)>, at_ms: i64) -> Vec<Sample> {
    let (names, roots): (Vec<_>, Vec<_>) = started.into_iter().unzip();
    // What descends from the product are the servers, which stand for themselves.
    let own = (SELF_NAME.to_owned(), vec![std::process::id()]);
    let families = names.into_iter().zip(supervisor::families(&roots));
    let families: Vec<(String, Vec<Pid>)> = std::iter::once(own)
        .chain(families)
        .map(|(name, pids)| (name, pids.into_iter().map(Pid::from_u32).collect()))
        .collect();
    // Also those that were there before, so that it is noticed when they are gone; each once, because the
    // second time a process would be taken for gone.
    let known = system.processes().keys();
    let all = known.chain(families.iter().flat_map(|(_, pids)| pids));
    let all: BTreeSet<Pid> = all.copied().collect();
    let all: Vec<Pid> = all.into_iter().collect();
    let kind = ProcessRefreshKind::nothing()
        .without_tasks()
        .with_cpu()
        .with_memory();
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&all), true, kind);
    let samples = families
        .iter()
        .flat_map(|(name, pids)| of_family(system, name, pids, at_ms));
    samples.collect()
}

#[expect(clippy::cast_precision_loss, reason = "bytes of a machine fit")]
fn of_family(system: &System, name: &str, pids: &[Pid], at_ms: i64) -> Vec<Sample> {
    let living: Vec<_> = pids.iter().filter_map(|pid| system.process(*pid)).collect();
    if living.is_empty() {
        return Vec::new();
    }
    let labels = Labels::new().with("server", name);
    let cpu = living.iter().map(|process| f64::from(process.cpu_usage()));
    let memory = living.iter().map(|process| process.memory() as f64 / 1e6);
    let files = living.iter().filter_map(|process| process.open_files());
    let threads = living.iter().filter_map(|process| threads(process.pid()));
    let numbers = [
        ("mcp_process_cpu_percent", Some(cpu.sum())),
        ("mcp_process_memory_mb", Some(memory.sum())),
        ("mcp_process_open_files", sum(files)),
        ("mcp_process_threads", sum(threads)),
    ];
    let sample = |(metric, value): (&str, Option<f64>)| {
        Some(Sample {
            name: metric.to_owned(),
            labels: labels.clone(),
            at_ms,
            value: value?,
        })
    };
    numbers.into_iter().filter_map(sample).collect()
}

/// A sum; nothing where nothing is known.
#[expect(clippy::cast_precision_loss, reason = "counts of a machine fit")]
fn sum(counts: impl Iterator<Item = usize>) -> Option<f64> {
    let all = counts.reduce(|all, one| all + one);
    all.map(|all| all as f64)
}

/// How many threads a process has, where the system has a list of them (Linux).
fn threads(pid: Pid) -> Option<usize> {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).ok()?;
    Some(tasks.count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_and_one_that_is_gone() {
        let mut system = System::new().unwrap();
        let mut child = std::process::Command::new("sleep")
            .arg("1000")
            .spawn()
            .unwrap();
        let started = vec![
            ("slow".to_owned(), child.id()),
            ("gone".to_owned(), u32::MAX),
        ];
        let samples = look(&mut system, started, 7);
        child.kill().unwrap();
        child.wait().unwrap();
        look(&mut system, Vec::new(), 8);
        assert_eq!(system.processes().len(), 1, "only this one");
        let of = |server: &str| {
            let ours = samples
                .iter()
                .filter(|sample| sample.labels.get("server") == server);
            ours.map(|sample| sample.name.as_str()).collect::<Vec<_>>()
        };
        let all = [
            "mcp_process_cpu_percent",
            "mcp_process_memory_mb",
            "mcp_process_open_files",
            "mcp_process_threads",
        ];
        assert!(of("gone").is_empty());
        for server in [SELF_NAME, "slow"] {
            // Elsewhere threads are not known.
            assert!(of(server).len() >= 2, "{samples:?}");
            #[cfg(target_os = "linux")]
            assert_eq!(of(server), all);
        }
        let own = &samples[1];
        assert!(own.value > 1.0 && own.value < 1e5, "megabytes: {own:?}");
        let known = crate::catalogue::METRICS;
        for metric in all {
            assert!(known.iter().any(|one| one.name == metric), "{metric}");
        }
    }
}
