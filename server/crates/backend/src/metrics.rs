//! Samples: taken in memory, handed to the store in batches, read back by range.
//!
//! Whoever asks knows only `wire::Metrics`.

mod ended;
mod evaluator;
mod fresh;
mod known;
mod range;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use model::{
    Clock, Labels, METRIC_NAME, MatchValue, Matcher, ReadSamples, Sample, Selection, SeriesSamples,
    TimestampMs, is_stale,
};
use tokio::sync::Mutex as AsyncMutex;
use tokio_util::sync::CancellationToken;
use tsdb::Storage;
use wire::{Percentiles, Problem};

use crate::error::fault;
use crate::telemetry::SampleCounts;
pub(crate) use evaluator::{Evaluator, MOST_POINTS, MOST_VALUES};
use fresh::Fresh;

/// Written in batches this far apart: what a killed process can lose of what it measured itself.
const FLUSH_INTERVAL: Duration = Duration::from_secs(1);
/// What waits in memory while the disk takes nothing; older samples are dropped and counted.
const MOST_WAITING: usize = 200_000;

/// The samples of everything that is watched.
pub(crate) struct SampleLog {
    store: Arc<Storage>,
    clock: Arc<dyn Clock>,
    waiting: Mutex<Vec<Sample>>,
    /// Whoever holds it brings what waits to the store.
    flushing: AsyncMutex<()>,
    trouble: RwLock<Option<String>>,
    counts: SampleCounts,
}

impl SampleLog {
    /// Over the store of samples.
    pub(crate) fn new(store: Arc<Storage>, clock: Arc<dyn Clock>) -> Self {
        Self {
            store,
            clock,
            waiting: Mutex::default(),
            flushing: AsyncMutex::default(),
            trouble: RwLock::default(),
            counts: SampleCounts::default(),
        }
    }

    /// Counts what is written with these.
    pub(crate) fn counted(self, counts: SampleCounts) -> Self {
        Self { counts, ..self }
    }

    /// Series that are known, and samples that only memory and the journal have.
    pub(crate) fn sizes(&self) -> (usize, usize) {
        (self.store.series_count(), self.store.samples_in_memory())
    }

    /// Series of which there are only windows.
    pub(crate) fn dormant_count(&self) -> usize {
        self.store.dormant_count()
    }

    /// Exemplars that are kept.
    pub(crate) fn exemplar_count(&self) -> usize {
        self.store.exemplar_count()
    }

    /// What rollups took when old samples were last deleted.
    pub(crate) fn rollups(&self) -> Vec<tsdb::Kept> {
        self.store.kept_lately()
    }

    /// Takes samples in: whoever looks next sees them, the disk has them within a second.
    pub(crate) fn push(&self, samples: Vec<Sample>) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.extend(samples);
        let surplus = waiting.len().saturating_sub(MOST_WAITING);
        if surplus > 0 {
            waiting.drain(..surplus);
            self.counts.refused("not_written", surplus as u64);
            tracing::warn!(
                surplus,
                "samples dropped: the disk has taken nothing for too long"
            );
        }
    }

    /// What keeps samples from the disk, if anything does.
    pub(crate) fn trouble(&self) -> Option<String> {
        let trouble = self.trouble.read().unwrap_or_else(PoisonError::into_inner);
        trouble.clone()
    }

    /// Writes what waits, until told to stop, and then once more.
    pub(crate) async fn run(self: Arc<Self>, stop: CancellationToken) {
        while stop
            .run_until_cancelled(tokio::time::sleep(FLUSH_INTERVAL))
            .await
            .is_some()
        {
            self.flush().await;
        }
        self.flush().await;
    }

    /// All samples there are, also those that the disk does not take: for rules, which must miss nothing.
    pub(crate) async fn fresh(&self) -> Arc<dyn ReadSamples> {
        self.flush().await;
        self.seen()
    }

    /// The samples but for those that are being written at this moment: for everybody who cannot wait.
    fn seen(&self) -> Arc<dyn ReadSamples> {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let store = Arc::<Storage>::clone(&self.store);
        match waiting.is_empty() {
            true => store,
            false => Arc::new(Fresh {
                store,
                waiting: by_series(&waiting),
            }),
        }
    }

    /// Samples on top of those that have been looked at, as if they were stored.
    pub(crate) fn seen_with(
        &self,
        store: &Arc<dyn ReadSamples>,
        samples: &[Sample],
    ) -> Arc<dyn ReadSamples> {
        Arc::new(Fresh {
            store: Arc::clone(store),
            waiting: by_series(samples),
        })
    }

    async fn flush(&self) {
        let _one = self.flushing.lock().await;
        let batch =
            std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        if batch.is_empty() {
            return;
        }
        let outcome = self
            .store
            .append(by_series(&batch), self.clock.now_ms())
            .await;
        let mut trouble = self.trouble.write().unwrap_or_else(PoisonError::into_inner);
        match outcome {
            Ok(admitted) => {
                *trouble = None;
                self.counts.admitted(&admitted);
                for (why, example) in admitted.examples {
                    tracing::warn!(why = why.as_str(), %example, "samples were refused");
                }
            }
            Err(error) => {
                if trouble.is_none() {
                    tracing::error!(error = %error, "samples cannot be written; they wait in memory");
                }
                *trouble = Some(error.to_string());
                let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
                let newer = std::mem::replace(&mut *waiting, batch);
                waiting.extend(newer);
            }
        }
    }

    /// The series of a metric with these labels, with what they have in a range, by labels.
    pub(crate) async fn select(
        &self,
        metric: &str,
        labels: &BTreeMap<String, String>,
        from_ms: TimestampMs,
        to_ms: TimestampMs,
    ) -> Result<Vec<SeriesSamples>, Problem> {
        let equal = |name: &str, value: &str| Matcher {
            name: name.to_owned(),
            is: MatchValue::Equal(value.to_owned()),
        };
        let wanted = labels.iter().map(|(name, value)| equal(name, value));
        let selection = Selection {
            matchers: wanted.chain([equal(METRIC_NAME, metric)]).collect(),
            from_ms,
            to_ms,
        };
        let store = Arc::clone(&self.store);
        let read = move || {
            let mut found = Vec::new();
            let each = &mut |series| {
                found.push(series);
                ControlFlow::Continue(())
            };
            store.select(&selection, each).map(|()| found)
        };
        let read = tokio::task::spawn_blocking(read).await;
        let read = read.map_err(|error| fault("reading samples", &error))?;
        let mut found = read.map_err(|error| fault("reading samples", &error))?;
        found.sort_by(|a, b| a.labels.cmp(&b.labels));
        Ok(found)
    }

    /// The newest value of a metric since a time, by server.
    pub(crate) async fn newest_by_server(
        &self,
        metric: &str,
        since_ms: TimestampMs,
    ) -> Result<BTreeMap<String, f64>, Problem> {
        let now = self.clock.now_ms();
        let all = BTreeMap::new();
        let series = self.select(metric, &all, since_ms, now).await?;
        let newest = series.into_iter().filter_map(|series| {
            let last = series.values.last().filter(|last| !is_stale(**last))?;
            Some((series.labels.get("server").to_owned(), *last))
        });
        Ok(newest.collect())
    }

    /// The distribution of a metric's raw samples, one entry for each value of the label `step`.
    pub(crate) async fn percentiles(
        &self,
        metric: &str,
        labels: &BTreeMap<String, String>,
        from_ms: TimestampMs,
        to_ms: TimestampMs,
    ) -> Result<Vec<Percentiles>, Problem> {
        let mut by_step: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        for series in self.select(metric, labels, from_ms, to_ms).await? {
            let step = series.labels.get("step").to_owned();
            let values = series.values.into_iter().filter(|value| !is_stale(*value));
            by_step.entry(step).or_default().extend(values);
        }
        Ok(by_step
            .into_iter()
            .filter_map(|(step, values)| percentiles(step, values))
            .collect())
    }
}

/// Samples as the store takes them: by series, in the order of time.
fn by_series(samples: &[Sample]) -> Vec<SeriesSamples> {
    let mut series: BTreeMap<(&str, &Labels), BTreeMap<TimestampMs, f64>> = BTreeMap::new();
    for sample in samples {
        let one = series.entry((&sample.name, &sample.labels)).or_default();
        one.insert(sample.at_ms, sample.value);
    }
    let named = |((name, labels), samples): ((&str, &Labels), BTreeMap<TimestampMs, f64>)| {
        let (at_ms, values) = samples.into_iter().unzip();
        SeriesSamples::floats(labels.clone().with(METRIC_NAME, name), at_ms, values)
    };
    series.into_iter().map(named).collect()
}

pub(crate) fn wire_labels(labels: &Labels) -> BTreeMap<String, String> {
    let pairs = labels.iter();
    pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// Nearest rank: the smallest value that at least `q` of all values do not exceed.
fn percentiles(step: String, mut values: Vec<f64>) -> Option<Percentiles> {
    values.sort_by(f64::total_cmp);
    let max = *values.last()?;
    let count = values.len();
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss
    )]
    let rank = |q: f64| values[((q * count as f64).ceil() as usize).clamp(1, count) - 1];
    #[expect(clippy::cast_precision_loss)]
    let mean = values.iter().sum::<f64>() / count as f64;
    Some(Percentiles {
        step,
        count: count as u64,
        mean_seconds: mean,
        p50_seconds: rank(0.50),
        p95_seconds: rank(0.95),
        p99_seconds: rank(0.99),
        max_seconds: max,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use db::Db;
    use model::ManualClock;
    use wire::{Aggregate, Caller, Metrics as _, RangeQuery};

    async fn log() -> (Arc<SampleLog>, Arc<ManualClock>) {
        let db = Db::memory(&db::schema::METRICS).await.unwrap();
        let clock = Arc::new(ManualClock::at(1_000_000));
        let config = tsdb::Config {
            retention: Duration::ZERO,
            ..tsdb::Config::default()
        };
        let store = Arc::new(Storage::open(db, config).await.unwrap());
        let log = SampleLog::new(store, clock.clone());
        (Arc::new(log), clock)
    }

    fn sample(server: &str, at_ms: i64, value: f64) -> Sample {
        Sample {
            name: "m".into(),
            labels: Labels::new().with("server", server).with("step", "ping"),
            at_ms,
            value,
        }
    }

    fn query(from_ms: i64, to_ms: i64, step_ms: i64, aggregate: Aggregate) -> RangeQuery {
        RangeQuery::of_metric("m", None, aggregate, from_ms, to_ms, step_ms)
    }

    #[tokio::test]
    async fn ranges() {
        let (log, _) = log().await;
        let caller = Caller::local(wire::Via::Internal);
        log.push(vec![
            sample("a", 0, 1.0),
            sample("a", 400, 5.0),
            sample("a", 900, 3.0),
            sample("a", 2500, 7.0),
            sample("b", 100, 9.0),
        ]);
        log.flush().await;
        for (aggregate, expected) in [
            (Aggregate::Mean, vec![1.0, 4.0, 7.0]),
            (Aggregate::Max, vec![1.0, 5.0, 7.0]),
            (Aggregate::Last, vec![1.0, 3.0, 7.0]),
        ] {
            let series = log
                .range(&caller, query(0, 3000, 1000, aggregate))
                .await
                .unwrap();
            assert_eq!(series.len(), 2);
            assert_eq!(series[0].label("server"), "a");
            let values: Vec<_> = series[0].points.iter().map(|p| p.value).collect();
            assert_eq!(values, expected, "{aggregate:?}");
            let times: Vec<_> = series[0].points.iter().map(|p| p.at_ms).collect();
            assert_eq!(
                times,
                [0, 1000, 3000],
                "the step without a sample has no point"
            );
            assert_eq!(series[0].metric, "m");
        }
        let of_b = RangeQuery::of_metric("m", Some("b"), Aggregate::Mean, 0, 3000, 1000);
        assert_eq!(log.range(&caller, of_b).await.unwrap().len(), 1);
        let (odd, server) = ("odd \"name\" \\ $1", "x\n{}\"y\"");
        log.push(vec![Sample {
            name: odd.into(),
            ..sample(server, 2900, 1.0)
        }]);
        let of_odd = RangeQuery::of_metric(odd, Some(server), Aggregate::Last, 0, 3000, 1000);
        let of_odd = log.range(&caller, of_odd).await.unwrap();
        assert_eq!(
            (&*of_odd[0].metric, of_odd[0].label("server")),
            (odd, server)
        );
        // The newest point is at the end, wherever the range begins.
        let sum = RangeQuery {
            expr: "sum(m)".into(),
            ..query(100, 2600, 1000, Aggregate::Mean)
        };
        let sum = log.range(&caller, sum).await.unwrap();
        let points: Vec<_> = sum[0].points.iter().map(|p| (p.at_ms, p.value)).collect();
        assert_eq!(points, [(600, 14.0), (1600, 12.0), (2600, 16.0)]);
        for wrong in [
            query(1, 0, 1, Aggregate::Mean),
            query(0, 1, 0, Aggregate::Mean),
            query(0, i64::MAX / 2, 1, Aggregate::Mean),
            query(i64::MIN, i64::MAX, 1 << 62, Aggregate::Mean),
            RangeQuery {
                expr: "sum(".into(),
                ..query(0, 1, 1, Aggregate::Mean)
            },
        ] {
            assert!(log.range(&caller, wrong).await.is_err());
        }
    }

    #[tokio::test]
    async fn what_cannot_be_written_waits() {
        let (log, _) = log().await;
        log.store.close().await;
        log.push(vec![sample("a", 0, 1.0)]);
        log.flush().await;
        assert!(log.trouble().is_some());
        log.push(vec![sample("a", 1, 2.0)]);
        let waiting: Vec<_> = log
            .waiting
            .lock()
            .unwrap()
            .iter()
            .map(|s| s.value)
            .collect();
        assert_eq!(waiting, [1.0, 2.0], "in order, nothing lost");
        let all = Selection {
            matchers: Vec::new(),
            from_ms: 0,
            to_ms: 10,
        };
        let mut seen = 0;
        let each = &mut |_: &Labels| {
            seen += 1;
            ControlFlow::Continue(())
        };
        log.fresh().await.series(&all, each).unwrap();
        assert_eq!(seen, 1, "rules see it all the same");
    }

    #[test]
    fn nearest_rank() {
        let values = (1..=100).map(f64::from).collect();
        let p = percentiles("ping".into(), values).unwrap();
        assert_eq!(
            (p.p50_seconds, p.p95_seconds, p.p99_seconds, p.max_seconds),
            (50.0, 95.0, 99.0, 100.0)
        );
        let p = percentiles("ping".into(), vec![3.0]).unwrap();
        assert_eq!(
            (p.p50_seconds, p.p99_seconds, p.mean_seconds),
            (3.0, 3.0, 3.0)
        );
        assert!(percentiles("ping".into(), vec![]).is_none());
    }
}
