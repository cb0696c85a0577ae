//! The process itself, under the names that all clients of Prometheus use.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use sysinfo::{ProcessRefreshKind, ProcessesToUpdate, System};

/// Looks at the process when asked.
#[derive(Default)]
pub(super) struct ProcessNumbers(Mutex<Option<System>>);

impl fmt::Debug for ProcessNumbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProcessNumbers")
    }
}

impl Collector for ProcessNumbers {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), fmt::Error> {
        let mut system = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if system.is_none() {
            *system = System::new().ok();
        }
        let (Some(system), Ok(own)) = (system.as_mut(), sysinfo::get_current_pid()) else {
            return Ok(());
        };
        let kind = ProcessRefreshKind::nothing().with_cpu().with_memory();
        system.refresh_processes_specifics(ProcessesToUpdate::Some(&[own]), true, kind);
        let Some(process) = system.process(own) else {
            return Ok(());
        };
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of a process fit")]
        let cpu = ConstCounter::new(process.accumulated_cpu_time() as f64 / 1000.0);
        let described = encoder.encode_descriptor(
            "process_cpu_seconds",
            "Time that processors have worked for the process.",
            None,
            cpu.metric_type(),
        )?;
        cpu.encode(described)?;
        let size = |size: Option<usize>| size.and_then(|size| i64::try_from(size).ok());
        let bytes = |bytes: u64| i64::try_from(bytes).ok();
        for (name, help, value) in [
            (
                "process_resident_memory_bytes",
                "Memory of the process that is in use.",
                bytes(process.memory()),
            ),
            (
                "process_virtual_memory_bytes",
                "Memory that the process has reserved.",
                bytes(process.virtual_memory()),
            ),
            (
                "process_start_time_seconds",
                "When the process was started, in seconds since 1970.",
                bytes(process.start_time()),
            ),
            (
                "process_open_fds",
                "Files and sockets that the process has open.",
                size(process.open_files()),
            ),
            (
                "process_max_fds",
                "How many files and sockets the process may have open.",
                size(process.open_files_limit()),
            ),
        ] {
            let Some(value) = value else { continue };
            let gauge = ConstGauge::new(value);
            let described = encoder.encode_descriptor(name, help, None, gauge.metric_type())?;
            gauge.encode(described)?;
        }
        Ok(())
    }
}
