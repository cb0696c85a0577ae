//! What Prometheus says about itself, said of this product: `status/*`.

mod config;
mod series;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use model::{Clock, TimestampMs};
use promql_parser::util::display_duration;
use serde_json::{Value, json};
use tsdb::Storage;

use super::Reply;
use super::body::{Failure, success};
use super::params::Params;
use super::queries::{Queries, Wishes};
use crate::doors::Context;
use crate::reload::Current;
use crate::telemetry::ReloadCounts;

/// The version of Prometheus whose API this is: clients choose by it what they ask for.
const SPOKEN: &str = "3.0.0";
/// Entries of each list about series where no number is given, as in Prometheus.
const ENTRIES: usize = 10;
/// Most of them.
const MOST_ENTRIES: usize = 10_000;

/// What there is to say about the product.
pub(crate) struct About {
    clock: Arc<dyn Clock>,
    store: Arc<Storage>,
    started_ms: TimestampMs,
    flags: BTreeMap<String, String>,
    config: Current,
    reloads: ReloadCounts,
}

impl About {
    /// A product that starts now.
    pub(crate) fn new(
        config: Current,
        reloads: ReloadCounts,
        flags: BTreeMap<String, String>,
        clock: Arc<dyn Clock>,
        store: Arc<Storage>,
    ) -> Self {
        Self {
            started_ms: clock.now_ms(),
            clock,
            store,
            flags,
            config,
            reloads,
        }
    }

    /// When the product has started.
    pub(in crate::doors) fn started_ms(&self) -> TimestampMs {
        self.started_ms
    }
}

pub(super) fn router() -> Router<Context> {
    Router::new()
        .route("/api/v1/status/buildinfo", get(build_info))
        .route("/api/v1/status/runtimeinfo", get(runtime_info))
        .route("/api/v1/status/flags", get(flags))
        .route("/api/v1/status/config", get(config_in_use))
        .route("/api/v1/status/tsdb", get(tsdb))
        .route("/api/v1/status/walreplay", get(wal_replay))
}

fn plain(data: Value) -> Response {
    success(data, Vec::new(), Vec::new())
}

async fn build_info() -> Response {
    plain(json!({
        "application": "MCP Observatory",
        "applicationVersion": env!("CARGO_PKG_VERSION"),
        "version": SPOKEN,
        "revision": "",
        "branch": "",
        "buildUser": "",
        "buildDate": "",
        "goVersion": "",
    }))
}

async fn runtime_info(State(about): State<Arc<About>>) -> Response {
    let time = |at_ms| jiff::Timestamp::from_millisecond(at_ms).map(|time| time.to_string());
    let started = time(about.started_ms).unwrap_or_default();
    let folder = std::env::current_dir().map(|folder| folder.display().to_string());
    let retention = about.config.borrow().retention.history;
    let retention = match retention.is_zero() {
        true => String::new(),
        false => display_duration(&retention),
    };
    plain(json!({
        "startTime": started,
        "serverTime": time(about.clock.now_ms()).unwrap_or_default(),
        "CWD": folder.unwrap_or_default(),
        "hostname": sysinfo::System::host_name().unwrap_or_default(),
        "reloadConfigSuccess": about.reloads.is_successful(),
        "lastConfigTime": time(about.reloads.at_ms()).unwrap_or_default(),
        "corruptionCount": 0,
        // What comes nearest to a goroutine.
        "goroutineCount": tokio::runtime::Handle::current().metrics().num_alive_tasks(),
        "GOMAXPROCS": std::thread::available_parallelism().map_or(1, usize::from),
        "GOMEMLIMIT": i64::MAX,
        "GOGC": "",
        "GODEBUG": "",
        "storageRetention": retention,
    }))
}

async fn flags(State(about): State<Arc<About>>) -> Response {
    plain(json!(about.flags))
}

async fn config_in_use(State(about): State<Arc<About>>) -> Response {
    plain(json!({ "yaml": config::yaml(&about.config.borrow()) }))
}

/// The journal has been read before anybody gets here.
async fn wal_replay() -> Response {
    plain(json!({ "min": 0, "max": 0, "current": 0, "state": "done" }))
}

async fn tsdb(
    State(queries): State<Queries>,
    State(about): State<Arc<About>>,
    params: Params,
) -> Reply {
    let limit = match params.count("limit")? {
        None => ENTRIES,
        Some(0) => return Err(Failure::bad("limit must be a positive number")),
        Some(limit) => limit.min(MOST_ENTRIES),
    };
    let extent = about.store.extent().await.map_err(Failure::internal)?;
    let kept = about.store.kept().await.map_err(Failure::internal)?;
    let counted = queries.ask(Wishes::default(), move |samples, _| {
        series::counted(samples, extent, &kept, limit)
    });
    let (counted, _) = counted.await?;
    Ok(plain(counted))
}
