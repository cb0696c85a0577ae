//! The machine the product runs on: CPU, memory and the disk that holds the data; and what of it the product
//! and the servers that it started use.

mod processes;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use model::{Clock, Labels, Sample};
use sysinfo::{Disks, System};
use tokio_util::sync::CancellationToken;

use crate::SELF_NAME;
use crate::launcher::Book;
use crate::metrics::SampleLog;

/// How often the machine is looked at.
const INTERVAL: Duration = Duration::from_secs(5);

/// Takes samples of the machine until told to stop.
pub(crate) async fn run(
    samples: Arc<SampleLog>,
    launches: Arc<Book>,
    clock: Arc<dyn Clock>,
    data: PathBuf,
    stop: CancellationToken,
) {
    let data = std::fs::canonicalize(&data).unwrap_or(data);
    let mut system = match System::new() {
        Ok(system) => system,
        Err(error) => {
            tracing::warn!(%error, "this machine cannot be looked at: its CPU, memory and disk stay unknown");
            return;
        }
    };
    // CPU use is a difference between two looks; the first one only begins the first interval.
    system.refresh_cpu_usage();
    while stop
        .run_until_cancelled(tokio::time::sleep(INTERVAL))
        .await
        .is_some()
    {
        let started = launches.processes();
        let (folder, at_ms) = (data.clone(), clock.now_ms());
        let looked = tokio::task::spawn_blocking(move || {
            system.refresh_cpu_usage();
            system.refresh_memory();
            let mut seen = look(&system, &folder, at_ms);
            seen.extend(processes::look(&mut system, started, at_ms));
            (system, seen)
        });
        let Ok((again, seen)) = looked.await else {
            tracing::error!("looking at this machine failed; it is looked at no more");
            return;
        };
        system = again;
        samples.push(seen);
    }
}

fn look(system: &System, data: &Path, at_ms: i64) -> Vec<Sample> {
    let server = Labels::new().with("server", SELF_NAME);
    let sample = |name: &str, labels: &Labels, value: f64| Sample {
        name: name.to_owned(),
        labels: labels.clone(),
        at_ms,
        value,
    };
    let mut samples = vec![sample(
        "mcp_system_cpu_usage_percent",
        &server,
        f64::from(system.global_cpu_usage()),
    )];
    if let Some(used) = percent(system.used_memory(), system.total_memory()) {
        samples.push(sample("mcp_system_memory_usage_percent", &server, used));
    }
    if let Some((mount, used)) = disk(data) {
        let labels = server.with("mount", mount);
        samples.push(sample("mcp_system_disk_usage_percent", &labels, used));
    }
    samples
}

/// The mount that holds a folder, and how full it is.
fn disk(folder: &Path) -> Option<(String, f64)> {
    let disks = Disks::new_with_refreshed_list().ok()?;
    let holders = disks
        .iter()
        .filter(|disk| folder.starts_with(disk.mount_point()));
    let holder = holders.max_by_key(|disk| disk.mount_point().as_os_str().len())?;
    let total = holder.total_space();
    let used = percent(total.saturating_sub(holder.available_space()), total)?;
    Some((holder.mount_point().display().to_string(), used))
}

#[expect(clippy::cast_precision_loss, reason = "bytes of a machine fit")]
fn percent(used: u64, total: u64) -> Option<f64> {
    (total > 0).then(|| used as f64 / total as f64 * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_can_be_looked_at() {
        let mut system = System::new().unwrap();
        system.refresh_memory();
        system.refresh_cpu_usage();
        let samples = look(&system, &std::env::temp_dir(), 7);
        let names: Vec<_> = samples.iter().map(|s| s.name.as_str()).collect();
        assert!(
            names.contains(&"mcp_system_memory_usage_percent"),
            "{names:?}"
        );
        for sample in &samples {
            assert!((0.0..=100.0).contains(&sample.value), "{sample:?}");
        }
    }
}
