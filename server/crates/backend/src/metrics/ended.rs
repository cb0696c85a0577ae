//! Series are marked as ended: what was seen last is no news.
//!
//! Of an earlier run: nobody looked in between, a server may be watched no more, and a probe that met the
//! product's own end says nothing about the server. Of a server that is configured no more: nobody looks.
//! Queries and rules know nothing of a server until it is looked at again.

use std::collections::BTreeMap;

use model::{Labels, METRIC_NAME, STALE, Sample, is_stale};
use wire::Problem;

use super::SampleLog;
use crate::catalogue::metrics;

/// For how long a value counts as news, as in Prometheus.
const NEWS_MS: i64 = 5 * 60_000;

impl SampleLog {
    /// Ends those of the product's own series that still count as news, where their labels say so.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn end(&self, is_over: impl Fn(&Labels) -> bool) -> Result<(), Problem> {
        // What still waits counts as well.
        self.flush().await;
        let now = self.clock.now_ms();
        let mut ends = Vec::new();
        let all = BTreeMap::new();
        for metric in metrics() {
            let series = self.select(metric.name, &all, now - NEWS_MS, now);
            for series in series.await? {
                let is_news = series.values.last().is_some_and(|last| !is_stale(*last));
                if is_news && is_over(&series.labels) {
                    ends.push(Sample {
                        name: metric.name.to_owned(),
                        labels: series.labels.keep(|name| name != METRIC_NAME),
                        at_ms: now,
                        value: STALE,
                    });
                }
            }
        }
        self.push(ends);
        self.flush().await;
        Ok(())
    }
}
