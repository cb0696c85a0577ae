//! Series whose source is gone: they are marked as ended, so that nobody takes their last values for news.

use std::collections::BTreeMap;

use model::{Labels, METRIC_NAME, STALE, Sample, is_stale};
use wire::Problem;

use super::SampleLog;
use crate::catalogue::METRICS;

/// For how long a value counts as news, as in Prometheus.
const NEWS_MS: i64 = 5 * 60_000;

impl SampleLog {
    /// Ends those of the product's own series that still count as news and whose source is gone.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn end(&self, is_gone: impl Fn(&Labels) -> bool) -> Result<(), Problem> {
        let now = self.clock.now_ms();
        let mut ends = Vec::new();
        let all = BTreeMap::new();
        for metric in METRICS {
            let series = self.select(metric.name, &all, now - NEWS_MS, now);
            for series in series.await? {
                let has_ended = series.values.last().is_none_or(|last| is_stale(*last));
                if !has_ended && is_gone(&series.labels) {
                    ends.push(Sample {
                        name: metric.name.to_owned(),
                        labels: series.labels.keep(|name| name != METRIC_NAME),
                        at_ms: now,
                        value: STALE,
                    });
                }
            }
        }
        // Pages that show them live would not know what to make of it.
        self.wait(ends);
        self.flush().await;
        Ok(())
    }
}
