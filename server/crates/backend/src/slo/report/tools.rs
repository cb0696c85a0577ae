//! The tools that failed most or were slowest, by what taps and proxies told.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use model::ReadSamples;
use promql::{Limits, Query, Value, evaluate_instant};
use wire::ReportTool;

use crate::slo::SloService;
use crate::slo::store::Stretch;

/// Tools of a report.
const MOST: usize = 10;
/// How long it may be looked for.
const LONGEST: Duration = Duration::from_secs(5);

/// A number by server and tool.
type ByTool = BTreeMap<(String, String), f64>;

fn ask(
    samples: &dyn ReadSamples,
    expr: &str,
    at_ms: i64,
    limits: &Limits,
) -> Result<ByTool, String> {
    let query = Query::parse(expr).map_err(|error| error.to_string())?;
    let answer = evaluate_instant(&query, samples, at_ms, limits);
    let answer = answer.map_err(|error| error.to_string())?;
    let Value::Vector(found) = answer.value else {
        return Ok(ByTool::new());
    };
    let found = found.into_iter().filter(|sample| sample.value.is_finite());
    let found = found.map(|sample| {
        let label = |name: &str| sample.labels.get(name).to_owned();
        ((label("server"), label("tool")), sample.value)
    });
    Ok(found.collect())
}

fn worst(
    samples: &dyn ReadSamples,
    (from_ms, to_ms): Stretch,
    server: Option<&str>,
) -> Result<Vec<ReportTool>, String> {
    let limits = Limits {
        deadline: Some(Instant::now() + LONGEST),
        ..Limits::default()
    };
    let range = (to_ms - from_ms) / 1000;
    let of = "method=\"tools/call\"";
    let calls = format!("sum by (server, tool) (increase(mcp_requests_total{{{of}}}[{range}s]))");
    let failed = format!(
        "sum by (server, tool) (increase(mcp_requests_total{{{of}, status=\"error\"}}[{range}s]))"
    );
    let p95 = format!(
        "histogram_quantile(0.95, sum by (server, tool, le) \
         (increase(mcp_request_duration_seconds_bucket{{{of}}}[{range}s])))"
    );
    let calls = ask(samples, &calls, to_ms, &limits)?;
    let failed = ask(samples, &failed, to_ms, &limits)?;
    let p95 = ask(samples, &p95, to_ms, &limits)?;
    let keys = calls.keys().chain(failed.keys());
    let mut tools: BTreeMap<_, _> = BTreeMap::new();
    for key in keys.filter(|(of, _)| server.is_none_or(|server| server == of)) {
        let failed = failed.get(key).copied().unwrap_or(0.0).round();
        let tool = ReportTool {
            server: key.0.clone(),
            tool: key.1.clone(),
            calls: calls.get(key).copied().unwrap_or(0.0).round().max(failed),
            failed,
            p95_seconds: p95.get(key).copied(),
        };
        if tool.calls > 0.0 {
            tools.insert(key.clone(), tool);
        }
    }
    let mut tools: Vec<_> = tools.into_values().collect();
    tools.sort_by(|one, other| {
        let by_failed = other.failed.total_cmp(&one.failed);
        let slow = |tool: &ReportTool| tool.p95_seconds.unwrap_or(0.0);
        by_failed.then_with(|| slow(other).total_cmp(&slow(one)))
    });
    tools.truncate(MOST);
    Ok(tools)
}

impl SloService {
    /// Them, and what to say where they could not be found.
    pub(super) async fn worst_tools(
        &self,
        server: Option<&str>,
        (from_ms, to_ms): Stretch,
        now_ms: i64,
    ) -> (Vec<ReportTool>, Option<String>) {
        let samples = self.samples.fresh().await;
        let server = server.map(str::to_owned);
        let stretch = (from_ms, to_ms.min(now_ms));
        let looked =
            tokio::task::spawn_blocking(move || worst(&*samples, stretch, server.as_deref()));
        let why = match looked.await {
            Ok(Ok(tools)) => return (tools, None),
            Ok(Err(why)) => why,
            Err(error) => error.to_string(),
        };
        tracing::warn!(why, "the worst tools of a report could not be found");
        let said = format!("How tools did could not be read: {why}.");
        (Vec::new(), Some(said))
    }
}
