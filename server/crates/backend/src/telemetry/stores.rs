//! What is stored: series, samples in memory, files.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};

use crate::metrics::SampleLog;

/// Looks at the stores when asked.
pub(crate) struct StoreNumbers {
    pub(crate) samples: Arc<SampleLog>,
    /// Databases by name.
    pub(crate) databases: [(&'static str, PathBuf); 2],
}

impl fmt::Debug for StoreNumbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoreNumbers")
    }
}

impl Collector for StoreNumbers {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), fmt::Error> {
        let (series, in_memory) = self.samples.sizes();
        for (name, help, value) in [
            ("observatory_series", "Series that are known.", series),
            (
                "observatory_samples_in_memory",
                "Samples that are in the journal and in memory, and in no chunk yet.",
                in_memory,
            ),
            (
                "observatory_series_of_rollups",
                "Series of which there are only rollups.",
                self.samples.dormant_count(),
            ),
            (
                "observatory_exemplars_in_memory",
                "Exemplars that are kept: the newest of all series.",
                self.samples.exemplar_count(),
            ),
        ] {
            let gauge = ConstGauge::new(i64::try_from(value).unwrap_or(i64::MAX));
            let described = encoder.encode_descriptor(name, help, None, gauge.metric_type())?;
            gauge.encode(described)?;
        }
        let rollups = Family::<[(&'static str, &'static str); 1], Gauge>::default();
        for kept in self.samples.rollups() {
            let gauge = rollups.get_or_create(&[("resolution", kept.level.as_str())]);
            gauge.set(i64::try_from(kept.bytes).unwrap_or(i64::MAX));
        }
        let described = encoder.encode_descriptor(
            "observatory_rollups_size_bytes",
            "How much is taken by what samples came to in windows of each length.",
            None,
            rollups.metric_type(),
        )?;
        rollups.encode(described)?;
        let sizes = Family::<[(&'static str, &'static str); 1], Gauge>::default();
        for (name, path) in &self.databases {
            let gauge = sizes.get_or_create(&[("database", name)]);
            gauge.set(size(path));
        }
        let described = encoder.encode_descriptor(
            "observatory_database_size_bytes",
            "How much a database takes on disk, with what is not merged into it yet.",
            None,
            sizes.metric_type(),
        )?;
        sizes.encode(described)
    }
}

/// A database and its write-ahead log.
fn size(path: &Path) -> i64 {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let of = |path: &Path| path.metadata().map_or(0, |file| file.len());
    i64::try_from(of(path) + of(Path::new(&log))).unwrap_or(i64::MAX)
}
