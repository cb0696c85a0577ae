//! Runs a watch and collects what it observes.

use std::sync::Arc;
use std::time::Duration;

use mcp::{Check, Config, Endpoint, Line, Observation, Protocol, Starts, Target, Transport, Watch};
use model::{Launch, ManualClock};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub struct Watching {
    pub observations: mpsc::Receiver<Observation>,
    pub probe_now: Arc<Notify>,
    pub line: Line,
    pub stop: CancellationToken,
    pub task: JoinHandle<()>,
}

pub fn config() -> Config {
    Config {
        spread: false,
        ..Config::default()
    }
}

/// Short times, for tests over real sockets.
pub fn hurried() -> Config {
    Config {
        timeout: Duration::from_millis(500),
        interval: Duration::from_millis(300),
        backoff_min: Duration::from_millis(50),
        ..config()
    }
}

pub fn watch(endpoint: Endpoint, protocol: Protocol, config: Config) -> Watching {
    watch_with(endpoint, protocol, config, Vec::new())
}

/// The same, with checks.
pub fn watch_with(
    endpoint: Endpoint,
    protocol: Protocol,
    config: Config,
    checks: Vec<Check>,
) -> Watching {
    let (sender, observations) = mpsc::channel(4);
    let clock = Arc::new(ManualClock::at(1_000_000));
    let target = Target {
        name: "fake".to_owned(),
        endpoint,
        protocol,
        checks,
    };
    let watch = Watch::new(target, config, clock, Starts::at_once(1), sender);
    let probe_now = Arc::new(Notify::new());
    let (line, stop) = (Line::default(), CancellationToken::new());
    let task = tokio::spawn(watch.run(Arc::clone(&probe_now), line.clone(), stop.clone()));
    Watching {
        observations,
        probe_now,
        line,
        stop,
        task,
    }
}

pub fn stdio(stage: Arc<dyn Launch>) -> Watching {
    watch(Endpoint::Stdio(stage), Protocol::Auto, config())
}

pub fn http(url: &str, headers: &[(&str, &str)]) -> Watching {
    watch(http_endpoint(url, headers), Protocol::Auto, hurried())
}

pub fn http_endpoint(url: &str, headers: &[(&str, &str)]) -> Endpoint {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let headers = headers.iter().map(owned).collect();
    Endpoint::Http {
        url: url.to_owned(),
        headers,
        oauth: None,
        transport: Transport::Auto,
    }
}

impl Watching {
    pub async fn next(&mut self) -> Observation {
        let limit = Duration::from_secs(120);
        let next = tokio::time::timeout(limit, self.observations.recv());
        next.await
            .expect("an observation comes")
            .expect("the watch runs")
    }

    /// Stops the watch, which must not take long.
    pub async fn end(self) {
        self.stop.cancel();
        let limit = Duration::from_secs(20);
        tokio::time::timeout(limit, self.task)
            .await
            .expect("it ends")
            .unwrap();
    }
}
