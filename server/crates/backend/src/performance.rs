//! How servers do: what probes measured over a stretch of time, analysed; and the health score as a metric.
//!
//! Reading is here; every judgement is a pure function in the files below.

mod pattern;
mod score;
mod steps;
mod tools;
mod trend;
mod words;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use model::{Clock, Labels, Sample, SeriesSamples, TimestampMs};
use tokio_util::sync::CancellationToken;
use wire::{
    Caller, Level, Metrics as _, Performance, Problem, RangeQuery, Role, Server, Servers,
    TimeRange, Via,
};
pub(crate) use words::count;

use crate::fleet;
use crate::metrics::SampleLog;
use crate::reload::Current;
use score::{Observed, score};
use steps::Probes;

/// The metric of the score.
const SCORE: &str = "mcp_server_health_score";
/// How often scores are computed, and from how much of the past.
const INTERVAL: Duration = Duration::from_secs(30);
const WINDOW_MS: i64 = 3_600_000;

/// Analyses what the product's own store has.
pub(crate) struct PerformanceService {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) servers: Arc<dyn Servers>,
    pub(crate) samples: Arc<SampleLog>,
    /// Which tools are called on a schedule.
    pub(crate) config: Current,
}

#[async_trait]
impl wire::Performances for PerformanceService {
    async fn performance(
        &self,
        caller: &Caller,
        server: &str,
        range: TimeRange,
    ) -> Result<Performance, Problem> {
        caller.require(Role::Viewer)?;
        // Whether there is such a server, and how it is.
        let row = self.servers.detail(caller, server).await?.server;
        let (from_ms, to_ms) = range.ends(self.clock.now_ms());
        let of_server = BTreeMap::from([("server".to_owned(), server.to_owned())]);
        let read = |metric| self.samples.select(metric, &of_server, from_ms, to_ms);
        let mut probes = Probes::default();
        probes.outcomes(&read("mcp_probe_success").await?);
        probes.durations(&read("mcp_probe_duration_seconds").await?);
        let up = steps::mean(&read("mcp_server_up").await?);
        let level = match range.slides() {
            true => row.verdict.level,
            // How it was then is told by whether it was up.
            false => up.map_or(Level::Unknown, level_of),
        };
        let requests = self.requests(caller, server, from_ms, to_ms).await?;
        let calls = read("mcp_check_duration_seconds").await?;
        let slowest = tools::slowest(&calls, &self.tools_of(server), requests.is_some());
        let mut found = probes.analyse(server, (from_ms, to_ms), level, up, requests);
        if let Some(tool) = &slowest.tool {
            let said = format!(" The slowest tool is {tool} ({}).", slowest.evidence);
            found.recommendation.push_str(&said);
        }
        found.slowest_tool = slowest.tool;
        found.tool_evidence = slowest.evidence;
        Ok(found)
    }
}

/// The level of a stretch of time: most of it up, some of it, none.
fn level_of(up: f64) -> Level {
    match up {
        up if up >= 0.99 => Level::Healthy,
        up if up > 0.0 => Level::Degraded,
        _ => Level::Unhealthy,
    }
}

impl PerformanceService {
    /// Which tool each check of a server calls.
    fn tools_of(&self, server: &str) -> BTreeMap<String, String> {
        let config = self.config.borrow();
        let servers = config.servers.iter().filter(|it| it.name == server);
        let checks = servers.flat_map(|it| &it.checks);
        checks
            .map(|check| (check.name.clone(), fleet::shown(&check.tool)))
            .collect()
    }

    /// Requests of real clients in a stretch of time; nothing where none was ever seen in it.
    async fn requests(
        &self,
        caller: &Caller,
        server: &str,
        from_ms: TimestampMs,
        to_ms: TimestampMs,
    ) -> Result<Option<f64>, Problem> {
        let (server, length_ms) = (wire::quoted(server), to_ms - from_ms);
        let expr = format!("sum(increase(mcp_requests_total{{server={server}}}[{length_ms}ms]))");
        let query = RangeQuery {
            expr,
            from_ms: to_ms,
            to_ms,
            step_ms: 1000,
        };
        let found = self.samples.range(caller, query).await?;
        let point = found.first().and_then(|series| series.points.first());
        Ok(point.map(|point| point.value))
    }
}

/// Writes the score of each server until told to stop.
pub(crate) async fn run(
    samples: Arc<SampleLog>,
    servers: Arc<dyn Servers>,
    clock: Arc<dyn Clock>,
    stop: CancellationToken,
) {
    while stop
        .run_until_cancelled(tokio::time::sleep(INTERVAL))
        .await
        .is_some()
    {
        match scores(&samples, &*servers, clock.now_ms()).await {
            Ok(scores) => samples.push(scores),
            Err(problem) => tracing::warn!(%problem, "health scores could not be computed"),
        }
    }
}

async fn scores(
    samples: &SampleLog,
    servers: &dyn Servers,
    now_ms: TimestampMs,
) -> Result<Vec<Sample>, Problem> {
    let servers = servers.list(&Caller::local(Via::Internal)).await?;
    let (all, from_ms) = (BTreeMap::new(), now_ms - WINDOW_MS);
    let read = |metric| samples.select(metric, &all, from_ms, now_ms);
    let mut outcomes = by_server(read("mcp_probe_success").await?);
    let mut durations = by_server(read("mcp_probe_duration_seconds").await?);
    let of = |server: &Server| {
        let mut probes = Probes::default();
        probes.outcomes(&outcomes.remove(&server.name).unwrap_or_default());
        probes.durations(&durations.remove(&server.name).unwrap_or_default());
        let value = score(&probes.observed(server.verdict.level)).score?;
        Some(Sample {
            name: SCORE.to_owned(),
            labels: Labels::new().with("server", &server.name),
            at_ms: now_ms,
            value,
        })
    };
    Ok(servers.iter().filter_map(of).collect())
}

fn by_server(series: Vec<SeriesSamples>) -> BTreeMap<String, Vec<SeriesSamples>> {
    let mut grouped: BTreeMap<String, Vec<SeriesSamples>> = BTreeMap::new();
    for one in series {
        let server = one.labels.get("server").to_owned();
        grouped.entry(server).or_default().push(one);
    }
    grouped
}
