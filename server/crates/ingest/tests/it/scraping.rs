//! What scrapes, into a list.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use ingest::Exemplars;
use ingest::remote_write::Metadata;
use ingest::scrape::{Board, Health, Refused, Scraper, Scraping, Sink, TargetStatus, config};
use model::{Admitted, Labels, SeriesSamples, SystemClock, TimestampMs, WriteError, is_stale};
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

/// Everything that came, in its order.
#[derive(Default)]
struct Store(Mutex<Vec<SeriesSamples>>);

#[async_trait]
impl Sink for Store {
    async fn store(
        &self,
        mut series: Vec<SeriesSamples>,
        _: TimestampMs,
    ) -> Result<Admitted, WriteError> {
        self.0.lock().unwrap().append(&mut series);
        Ok(Admitted::default())
    }

    fn exemplars(&self, _: Exemplars, _: TimestampMs) {}

    fn describe(&self, _: Vec<Metadata>) {}

    fn scraped(&self, _: &str, _: Option<&'static str>) {}

    fn refused(&self, _: Refused<'_>) {}
}

/// What scrapes until it is dropped.
pub(crate) struct Running {
    board: Arc<Board>,
    store: Arc<Store>,
    configured: watch::Sender<Arc<Scraping>>,
    _stop: DropGuard,
}

/// The configuration of a text; every 100 ms, where it says nothing else.
fn read(folder: &Path, jobs: &str) -> Arc<Scraping> {
    let text = format!(
        "global: {{scrape_interval: 100ms, scrape_timeout: 100ms}}\nscrape_configs:\n{jobs}"
    );
    let (scraping, findings) = config::read(&text, folder);
    assert!(findings.is_empty(), "{findings:?}");
    Arc::new(scraping)
}

impl Running {
    pub(crate) fn start(folder: &Path, jobs: &str) -> Self {
        let (board, store) = (Arc::<Board>::default(), Arc::<Store>::default());
        let (configured, receiver) = watch::channel(read(folder, jobs));
        let scraper = Scraper {
            sink: store.clone(),
            board: board.clone(),
            clock: Arc::new(SystemClock),
            seed: 6,
        };
        let stop = CancellationToken::new();
        tokio::spawn(scraper.run(receiver, stop.clone()));
        Self {
            board,
            store,
            configured,
            _stop: stop.drop_guard(),
        }
    }

    /// Another configuration, while it runs.
    pub(crate) fn configure(&self, folder: &Path, jobs: &str) {
        self.configured.send_replace(read(folder, jobs));
    }

    /// The target of a job that has one.
    pub(crate) fn target(&self, job: &str) -> Option<TargetStatus> {
        let active = self.board.active();
        active.into_iter().find(|target| target.job == job)
    }

    /// Waits until the only target of a job has been asked and does so; why it fails, if it does.
    pub(crate) async fn until(&self, job: &str, health: Health) -> String {
        let what = format!("{job} is {health:?}");
        let is_so = || self.target(job).is_some_and(|it| it.health == health);
        until(&what, || is_so().then_some(())).await;
        self.target(job).unwrap().last_error
    }

    /// The last value of each series that was stored: nothing where it has ended.
    pub(crate) fn last(&self) -> BTreeMap<String, Option<f64>> {
        let mut last = BTreeMap::new();
        for one in self.store.0.lock().unwrap().iter() {
            let value = Some(one.values[0]).filter(|value| !is_stale(*value));
            last.insert(one.labels.to_string(), value);
        }
        last
    }

    /// How often a series has ended.
    pub(crate) fn ends(&self, labels: &Labels) -> usize {
        let stored = self.store.0.lock().unwrap();
        let of_it = stored.iter().filter(|one| one.labels == *labels);
        of_it.filter(|one| is_stale(one.values[0])).count()
    }
}

/// Waits for something.
pub(crate) async fn until<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "never: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
