//! Samples: taken in memory, written in batches, read back by range.
//!
//! A plain table stands behind it. Whoever asks knows only `wire::Metrics`.

mod store;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use db::Db;
use model::{Clock, Labels, Sample, TimestampMs};
use tokio_util::sync::CancellationToken;
use wire::{Caller, Frame, Percentiles, Point, Problem, RangeQuery, Role, Series, Update};

use crate::error::database_problem;
use crate::live::Hub;

/// Written in batches this far apart: what a killed process can lose.
const FLUSH_INTERVAL: Duration = Duration::from_secs(1);
/// What waits in memory while the disk takes nothing; older samples are dropped and counted.
const MOST_WAITING: usize = 200_000;
/// A value older than this says nothing about now (the look-back of Prometheus).
const LOOKBACK_MS: i64 = 5 * 60_000;
/// Most points that one answer holds.
const MOST_STEPS: i64 = 11_000;

type SeriesKey = (String, Labels);

/// The samples of everything that is watched.
pub(crate) struct SampleLog {
    db: Db,
    clock: Arc<dyn Clock>,
    hub: Hub,
    waiting: Mutex<Vec<Sample>>,
    latest: RwLock<HashMap<SeriesKey, Point>>,
    trouble: RwLock<Option<String>>,
}

impl SampleLog {
    pub(crate) fn new(db: Db, clock: Arc<dyn Clock>, hub: Hub) -> Self {
        Self {
            db,
            clock,
            hub,
            waiting: Mutex::default(),
            latest: RwLock::default(),
            trouble: RwLock::default(),
        }
    }

    /// Takes samples in: open pages and rules see them at once, the disk within a second.
    pub(crate) fn push(&self, samples: Vec<Sample>) {
        let mut latest = self.latest.write().unwrap_or_else(PoisonError::into_inner);
        for sample in &samples {
            let key = (sample.name.clone(), sample.labels.clone());
            latest.insert(key, point(sample));
        }
        drop(latest);
        self.hub.publish(Frame::Samples(Update::Changed(
            samples.iter().map(live_series).collect(),
        )));
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.extend(samples);
        let surplus = waiting.len().saturating_sub(MOST_WAITING);
        if surplus > 0 {
            waiting.drain(..surplus);
            tracing::warn!(
                surplus,
                "samples dropped: the disk has taken nothing for too long"
            );
        }
    }

    /// The newest value of each series of a metric, none older than five minutes.
    pub(crate) fn latest(&self, metric: &str) -> Vec<Sample> {
        let oldest = self.clock.now_ms() - LOOKBACK_MS;
        let latest = self.latest.read().unwrap_or_else(PoisonError::into_inner);
        let fresh = latest
            .iter()
            .filter(|((name, _), point)| name == metric && point.at_ms >= oldest);
        fresh
            .map(|((name, labels), point)| Sample {
                name: name.clone(),
                labels: labels.clone(),
                at_ms: point.at_ms,
                value: point.value,
            })
            .collect()
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

    async fn flush(&self) {
        let batch =
            std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        if batch.is_empty() {
            return;
        }
        let outcome = store::write(&self.db, &batch).await;
        let mut trouble = self.trouble.write().unwrap_or_else(PoisonError::into_inner);
        match outcome {
            Ok(()) => *trouble = None,
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

    /// Deletes samples older than a time and gives the space back; how many.
    pub(crate) async fn forget(&self, before_ms: TimestampMs) -> Result<u64, db::Error> {
        store::forget(&self.db, before_ms).await
    }

    /// The distribution of a metric's raw samples, one entry for each value of the label `step`.
    pub(crate) async fn percentiles(
        &self,
        metric: &str,
        labels: &BTreeMap<String, String>,
        from_ms: TimestampMs,
        to_ms: TimestampMs,
    ) -> Result<Vec<Percentiles>, Problem> {
        let raw = store::raw(&self.db, metric, labels, from_ms, to_ms).await;
        let raw = raw.map_err(|error| database_problem("reading samples", &error))?;
        let mut by_step: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        for (labels, value) in raw {
            by_step
                .entry(labels.get("step").to_owned())
                .or_default()
                .push(value);
        }
        Ok(by_step
            .into_iter()
            .filter_map(|(step, values)| percentiles(step, values))
            .collect())
    }
}

fn point(sample: &Sample) -> Point {
    Point {
        at_ms: sample.at_ms,
        value: sample.value,
    }
}

fn live_series(sample: &Sample) -> Series {
    Series {
        metric: sample.name.clone(),
        labels: wire_labels(&sample.labels),
        points: vec![point(sample)],
    }
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

#[async_trait]
impl wire::Metrics for SampleLog {
    async fn range(&self, caller: &Caller, query: RangeQuery) -> Result<Vec<Series>, Problem> {
        caller.require(Role::Viewer)?;
        let RangeQuery {
            from_ms,
            to_ms,
            step_ms,
            ..
        } = query;
        if from_ms > to_ms {
            return Err(Problem::invalid(format!(
                "the range begins ({from_ms}) after it ends ({to_ms})"
            )));
        }
        if step_ms <= 0 || (to_ms - from_ms) / step_ms > MOST_STEPS {
            return Err(Problem::invalid(format!(
                "a step of {step_ms} ms gives no or more than {MOST_STEPS} points; choose a longer one"
            )));
        }
        let read = store::range(&self.db, &query).await;
        read.map_err(|error| database_problem("reading samples", &error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::ManualClock;
    use wire::{Aggregate, Metrics as _};

    async fn log() -> (Arc<SampleLog>, Arc<ManualClock>) {
        let db = Db::memory(&db::schema::METRICS).await.unwrap();
        let clock = Arc::new(ManualClock::at(1_000_000));
        (
            Arc::new(SampleLog::new(db, clock.clone(), Hub::new())),
            clock,
        )
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
        RangeQuery {
            metric: "m".into(),
            labels: BTreeMap::new(),
            from_ms,
            to_ms,
            step_ms,
            aggregate,
        }
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
            (Aggregate::Mean, vec![3.0, 7.0]),
            (Aggregate::Max, vec![5.0, 7.0]),
            (Aggregate::Last, vec![3.0, 7.0]),
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
            assert_eq!(times, [0, 2000], "the step without a sample has no point");
        }
        let mut of_b = query(0, 3000, 1000, Aggregate::Mean);
        of_b.labels.insert("server".into(), "b".into());
        assert_eq!(log.range(&caller, of_b).await.unwrap().len(), 1);
        for wrong in [
            query(1, 0, 1, Aggregate::Mean),
            query(0, 1, 0, Aggregate::Mean),
            query(0, i64::MAX / 2, 1, Aggregate::Mean),
        ] {
            assert!(log.range(&caller, wrong).await.is_err());
        }
    }

    #[tokio::test]
    async fn the_newest_value_grows_old() {
        let (log, clock) = log().await;
        log.push(vec![
            sample("a", 1_000_000, 1.0),
            sample("a", 1_000_500, 2.0),
        ]);
        assert_eq!(log.latest("m")[0].value, 2.0);
        assert!(log.latest("other").is_empty());
        clock.advance_ms(LOOKBACK_MS + 1000);
        assert!(log.latest("m").is_empty());
    }

    #[tokio::test]
    async fn what_cannot_be_written_waits() {
        let (log, _) = log().await;
        log.db.close().await;
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
    }

    #[tokio::test]
    async fn retention_deletes() {
        let (log, _) = log().await;
        log.push(vec![
            sample("a", 0, 1.0),
            sample("a", 10, 1.0),
            sample("b", 0, 1.0),
        ]);
        log.flush().await;
        assert_eq!(log.forget(10).await.unwrap(), 2);
        let caller = Caller::local(wire::Via::Internal);
        let left = log
            .range(&caller, query(0, 100, 10, Aggregate::Mean))
            .await
            .unwrap();
        assert_eq!(left.len(), 1);
        assert_eq!(left[0].points.len(), 1);
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
