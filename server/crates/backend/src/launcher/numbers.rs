//! What is counted of starts, as samples of the product's own store.

use std::sync::Arc;
use std::time::Duration;

use model::{Clock, Labels, Sample, TimestampMs};
use tokio_util::sync::CancellationToken;

use super::book::{Book, Record};
use super::relays::Relays;
use crate::configuration::ConfigurationService;
use crate::metrics::SampleLog;

/// How often starts are counted.
const INTERVAL: Duration = Duration::from_secs(5);

/// Takes samples until told to stop.
pub(crate) async fn run(
    book: Arc<Book>,
    relays: Arc<Relays>,
    configuration: ConfigurationService,
    samples: Arc<SampleLog>,
    clock: Arc<dyn Clock>,
    stop: CancellationToken,
) {
    let pause = || tokio::time::sleep(INTERVAL);
    while stop.run_until_cancelled(pause()).await.is_some() {
        let now = clock.now_ms();
        let records = book.all().into_iter();
        let counts = records.flat_map(|(name, record)| of(&name, &record, now));
        let mistakes = mistakes(configuration.errors(), now);
        let relays = relays.all().into_iter();
        let relayed = relays.flat_map(|(name, numbers)| relayed(&name, numbers, now));
        samples.push(counts.chain([mistakes]).chain(relayed).collect());
    }
}

#[expect(clippy::cast_precision_loss, reason = "mistakes of files")]
fn mistakes(count: usize, now: TimestampMs) -> Sample {
    Sample {
        name: "config_validation_errors".to_owned(),
        labels: Labels::new(),
        at_ms: now,
        value: count as f64,
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts and milliseconds fit")]
fn of(server: &str, record: &Record, now: TimestampMs) -> Vec<Sample> {
    let labels = Labels::new().with("server", server);
    let uptime = record.run.as_ref().filter(|run| run.ready_ms.is_some());
    let uptime = uptime.map(|run| (now - run.started_ms).max(0) as f64 / 1e3);
    let numbers = [
        // Who does not run has been up for no time.
        ("launcher_uptime_seconds", Some(uptime.unwrap_or_default())),
        ("servers_launched_total", Some(record.launched as f64)),
        ("servers_failed_total", Some(record.failed as f64)),
        ("launch_duration_seconds", record.launch_seconds),
        (
            "restart_attempts_total",
            Some(record.attempts.saturating_sub(1) as f64),
        ),
    ];
    let sample = |(name, value): (&str, Option<f64>)| {
        Some(Sample {
            name: name.to_owned(),
            labels: labels.clone(),
            at_ms: now,
            value: value?,
        })
    };
    match is_wanted(record) {
        true => numbers.into_iter().filter_map(sample).collect(),
        false => Vec::new(),
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts")]
fn relayed(server: &str, numbers: relay::Numbers, now: TimestampMs) -> [Sample; 3] {
    let numbers = [
        ("launcher_http_clients", numbers.sessions as f64),
        ("launcher_http_requests_total", numbers.requests as f64),
        ("launcher_http_requests_failed_total", numbers.failed as f64),
    ];
    numbers.map(|(name, value)| Sample {
        name: name.to_owned(),
        labels: Labels::new().with("server", server),
        at_ms: now,
        value,
    })
}

/// Whether it runs, or would if it could.
fn is_wanted(record: &Record) -> bool {
    record.run.is_some() || record.exits.front().is_none_or(|last| !last.was_asked)
}

#[cfg(test)]
mod tests {
    use model::SystemClock;

    use super::super::book::End;
    use super::*;

    #[test]
    fn all_are_described_and_a_stop_ends_them() {
        let book = Book::new(Arc::new(SystemClock));
        let end = |was_asked| End {
            how: String::new(),
            was_asked,
            stderr: Vec::new(),
        };
        for sample in relayed("fs", relay::Numbers::default(), 5_000) {
            let known = crate::catalogue::METRICS;
            assert!(known.iter().any(|it| it.name == sample.name), "{sample:?}");
        }
        let values = || {
            let samples = of("fs", &book.of("fs"), 5_000);
            for sample in &samples {
                let known = crate::catalogue::METRICS;
                assert!(known.iter().any(|it| it.name == sample.name), "{sample:?}");
                assert_eq!(sample.labels.get("server"), "fs");
            }
            let values = samples.into_iter().map(|it| (it.name, it.value));
            values.collect::<Vec<_>>()
        };
        let id = book.begins("fs");
        book.ends("fs", id, end(false));
        let id = book.begins("fs");
        book.runs("fs", id, 7, Arc::new(Vec::new));
        let expected = [
            ("launcher_uptime_seconds", 0.0),
            ("servers_launched_total", 1.0),
            ("servers_failed_total", 1.0),
            ("restart_attempts_total", 1.0),
        ];
        assert_eq!(
            values(),
            expected.map(|(name, value)| (name.to_owned(), value))
        );
        book.ends("fs", id, end(true));
        assert_eq!(values(), []);
    }
}
