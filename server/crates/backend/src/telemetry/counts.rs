//! What is counted as it happens: handles that are cheap to clone.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use model::{Admitted, ExemplarsTaken, TimestampMs};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// Bounds of durations, in seconds.
const SECONDS: [f64; 13] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

type One = [(&'static str, &'static str); 1];
type Two = [(&'static str, &'static str); 2];

/// How samples of the product itself come.
const OWN: &str = "observatory";

/// Everything that is counted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) http: HttpCounts,
    pub(crate) queries: QueryCounts,
    pub(crate) samples: SampleCounts,
    pub(crate) reloads: ReloadCounts,
    pub(crate) live: LiveCounts,
    pub(crate) scrapes: ScrapeCounts,
    pub(crate) notify: NotifyCounts,
    /// Live sockets that are open.
    pub(crate) sockets: Gauge,
    probes: Family<One, Counter>,
}

impl Counts {
    /// A probe of a server is over.
    pub(crate) fn probed(&self, got_through: bool) {
        let outcome = if got_through { "success" } else { "failure" };
        self.probes.get_or_create(&[("outcome", outcome)]).inc();
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        let all = registry;
        let http = &self.http;
        all.register(
            "observatory_http_requests",
            "Requests that were answered, by door, method and status",
            http.requests.clone(),
        );
        all.register(
            "observatory_http_request_duration_seconds",
            "Time from a request to the beginning of its answer, by door",
            http.durations.clone(),
        );
        self.notify.register(all);
        let queries = &self.queries;
        all.register(
            "observatory_queries_waiting",
            "Queries that wait for a place",
            queries.waiting.clone(),
        );
        all.register(
            "observatory_queries_running",
            "Queries that are evaluated",
            queries.running.clone(),
        );
        all.register(
            "observatory_queries",
            "Queries that are over, by outcome: success, or the type of the error",
            queries.finished.clone(),
        );
        all.register(
            "observatory_query_duration_seconds",
            "Time that queries were evaluated",
            queries.duration.clone(),
        );
        let samples = &self.samples;
        all.register(
            "observatory_samples_appended",
            "Samples that were written",
            samples.appended.clone(),
        );
        all.register(
            "observatory_samples_refused",
            "What was sent and not taken, by how it came and why: samples, points, or requests",
            samples.refused.clone(),
        );
        all.register(
            "observatory_exemplars",
            "Exemplars that came with samples, by how these came and what became of them: kept, or why not",
            samples.exemplars.clone(),
        );
        all.register(
            "observatory_received_not_stored",
            "What was received and is kept nowhere yet, by how it came and what it is",
            samples.not_stored.clone(),
        );
        let reloads = &self.reloads;
        all.register(
            "observatory_config_last_reload_successful",
            "Whether the last attempt to read the configuration was successful",
            reloads.is_successful.clone(),
        );
        all.register(
            "observatory_config_last_reload_success_timestamp_seconds",
            "When the configuration in use was read",
            reloads.at_seconds.clone(),
        );
        all.register(
            "observatory_sockets_open",
            "Live sockets that are open",
            self.sockets.clone(),
        );
        all.register(
            "observatory_live_queries",
            "Live queries that somebody looks at, each counted once",
            self.live.queries.clone(),
        );
        all.register(
            "observatory_live_evaluations",
            "Evaluations of live queries, by reason: new points, the tip between two points, or to catch up",
            self.live.evaluations.clone(),
        );
        all.register(
            "observatory_scrapes",
            "Scrapes of targets that are over, by job and outcome: success, or why there is nothing",
            self.scrapes.scrapes.clone(),
        );
        all.register(
            "observatory_scrape_samples_refused",
            "Samples of targets that were not taken, by job and reason",
            self.scrapes.refused.clone(),
        );
        all.register(
            "observatory_probes",
            "Probes of servers that are over, by outcome",
            self.probes.clone(),
        );
    }
}

/// Attempts to tell receivers of alerts.
#[derive(Clone, Debug, Default)]
pub(crate) struct NotifyCounts {
    tried: Family<[(&'static str, String); 2], Counter>,
    failed: Family<[(&'static str, String); 3], Counter>,
    not_written: Counter,
}

impl NotifyCounts {
    /// A message was sent to a receiver; why it did not arrive, if it did not.
    pub(crate) fn tried(&self, receiver: &str, kind: &str, cause: Option<&str>) {
        let (receiver, kind) = (
            ("receiver", receiver.to_owned()),
            ("integration", kind.to_owned()),
        );
        self.tried
            .get_or_create(&[receiver.clone(), kind.clone()])
            .inc();
        if let Some(cause) = cause {
            let labels = [receiver, kind, ("reason", cause.to_owned())];
            self.failed.get_or_create(&labels).inc();
        }
    }

    /// Messages could not be written, so nobody was told yet.
    pub(crate) fn not_written(&self) {
        self.not_written.inc();
    }

    fn register(&self, all: &mut Registry) {
        all.register(
            "observatory_notifications",
            "Attempts to tell a receiver of alerts",
            self.tried.clone(),
        );
        all.register(
            "observatory_notifications_failed",
            "Those that did not arrive, by reason",
            self.failed.clone(),
        );
        all.register(
            "observatory_notifications_not_written",
            "How often messages could not be written to the database and were tried again",
            self.not_written.clone(),
        );
    }
}

/// Scrapes of targets.
#[derive(Clone, Debug, Default)]
pub(crate) struct ScrapeCounts {
    scrapes: Family<[(&'static str, String); 2], Counter>,
    refused: Family<[(&'static str, String); 2], Counter>,
}

impl ScrapeCounts {
    /// One of a job is over; jobs are those of the configuration.
    pub(crate) fn scraped(&self, job: &str, failed: Option<&'static str>) {
        let outcome = failed.unwrap_or("success").to_owned();
        let labels = [("job", job.to_owned()), ("outcome", outcome)];
        self.scrapes.get_or_create(&labels).inc();
    }

    /// Samples of a job were not taken.
    pub(crate) fn refused(&self, job: &str, why: &str, samples: u64) {
        let labels = [("job", job.to_owned()), ("reason", why.to_owned())];
        self.refused.get_or_create(&labels).inc_by(samples);
    }
}

/// Requests over HTTP.
#[derive(Clone, Debug)]
pub(crate) struct HttpCounts {
    requests: Family<[(&'static str, String); 3], Counter>,
    durations: Family<One, Histogram, fn() -> Histogram>,
}

impl Default for HttpCounts {
    fn default() -> Self {
        Self {
            requests: Family::default(),
            durations: Family::new_with_constructor(seconds),
        }
    }
}

impl HttpCounts {
    /// A request has been answered. Doors and methods are from closed lists: clients choose their words.
    pub(crate) fn answered(
        &self,
        door: &'static str,
        method: &'static str,
        status: u16,
        took: Duration,
    ) {
        let labels = [
            ("door", door.to_owned()),
            ("method", method.to_owned()),
            ("status", status.to_string()),
        ];
        self.requests.get_or_create(&labels).inc();
        let durations = self.durations.get_or_create(&[("door", door)]);
        durations.observe(took.as_secs_f64());
    }
}

fn seconds() -> Histogram {
    Histogram::new(SECONDS)
}

/// Queries.
#[derive(Clone, Debug)]
pub(crate) struct QueryCounts {
    waiting: Gauge,
    running: Gauge,
    finished: Family<One, Counter>,
    duration: Histogram,
}

impl Default for QueryCounts {
    fn default() -> Self {
        Self {
            waiting: Gauge::default(),
            running: Gauge::default(),
            finished: Family::default(),
            duration: seconds(),
        }
    }
}

impl QueryCounts {
    /// One waits from now on, until what is returned is dropped.
    pub(crate) fn wait(&self) -> Present {
        Present::of(&self.waiting)
    }

    /// One is evaluated from now on, until what is returned is dropped.
    pub(crate) fn run(&self) -> Present {
        Present::of(&self.running)
    }

    /// One is over.
    pub(crate) fn finished(&self, outcome: &'static str, took: Duration) {
        self.finished.get_or_create(&[("outcome", outcome)]).inc();
        self.duration.observe(took.as_secs_f64());
    }
}

/// Live queries.
#[derive(Clone, Debug, Default)]
pub(crate) struct LiveCounts {
    /// Those that somebody looks at.
    pub(crate) queries: Gauge,
    evaluations: Family<One, Counter>,
}

impl LiveCounts {
    /// One is evaluated.
    pub(crate) fn evaluated(&self, why: &'static str) {
        self.evaluations.get_or_create(&[("reason", why)]).inc();
    }

    /// How often one was evaluated for a reason.
    #[cfg(test)]
    pub(crate) fn evaluations(&self, why: &'static str) -> u64 {
        self.evaluations.get_or_create(&[("reason", why)]).get()
    }
}

/// Something that is there as long as this is.
pub(crate) struct Present(Gauge);

impl Present {
    /// One more in a gauge.
    pub(crate) fn of(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Present {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// Samples on their way to the disk.
#[derive(Clone, Debug, Default)]
pub(crate) struct SampleCounts {
    appended: Counter,
    refused: Family<Two, Counter>,
    not_stored: Family<Two, Counter>,
    exemplars: Family<Two, Counter>,
}

/// Readings of the configuration.
#[derive(Clone, Debug, Default)]
pub(crate) struct ReloadCounts {
    is_successful: Gauge,
    at_seconds: Gauge<f64, AtomicU64>,
}

impl ReloadCounts {
    /// The configuration was read, or could not be.
    pub(crate) fn reloaded(&self, is_successful: bool, now: TimestampMs) {
        self.is_successful.set(is_successful.into());
        if is_successful {
            #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 fit")]
            self.at_seconds.set(now as f64 / 1000.0);
        }
    }

    /// Whether the last attempt was successful.
    pub(crate) fn is_successful(&self) -> bool {
        self.is_successful.get() == 1
    }

    /// When the configuration in use was read.
    pub(crate) fn at_ms(&self) -> TimestampMs {
        (self.at_seconds.get() * 1000.0).round() as TimestampMs
    }
}

impl SampleCounts {
    /// Exemplars have been kept or not.
    pub(crate) fn exemplars(&self, source: &'static str, taken: &ExemplarsTaken) {
        let dropped = taken.dropped.iter();
        let dropped = dropped.map(|(why, count)| (why.as_str(), *count));
        for (outcome, count) in dropped.chain([("kept", taken.taken)]) {
            if count > 0 {
                let labels = [("source", source), ("outcome", outcome)];
                self.exemplars.get_or_create(&labels).inc_by(count);
            }
        }
    }

    /// What became of an append of the product's own samples.
    pub(crate) fn admitted(&self, admitted: &Admitted) {
        self.appended(admitted.taken);
        for (why, samples) in &admitted.refused {
            self.refused(why.as_str(), *samples);
        }
    }

    /// Samples of the product itself that were not written.
    pub(crate) fn refused(&self, why: &'static str, samples: u64) {
        self.refused_of(OWN, why, samples);
    }

    /// Samples that were written.
    pub(crate) fn appended(&self, samples: u64) {
        self.appended.inc_by(samples);
    }

    /// What was sent and not taken.
    pub(crate) fn refused_of(&self, source: &'static str, why: &'static str, count: u64) {
        let labels = [("source", source), ("reason", why)];
        self.refused.get_or_create(&labels).inc_by(count);
    }

    /// What was received and is kept nowhere.
    pub(crate) fn not_stored(&self, source: &'static str, what: &'static str, count: u64) {
        if count > 0 {
            let labels = [("source", source), ("kind", what)];
            self.not_stored.get_or_create(&labels).inc_by(count);
        }
    }
}
