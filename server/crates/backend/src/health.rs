//! The health of the product itself (the fleet's is another question).

mod store;

use std::sync::Arc;
use std::time::Instant;

use db::Db;
use model::{Clock, TimestampMs};
use serde::Serialize;
use wire::Level;

use crate::metrics::SampleLog;

/// Looks at what the product needs to work.
pub(crate) struct SelfHealth {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) started_ms: TimestampMs,
    pub(crate) state: Db,
    pub(crate) samples: Arc<SampleLog>,
}

/// The answer of `/health`.
#[derive(Debug, schemars::JsonSchema, Serialize)]
#[schemars(rename = "ProductHealth")]
pub(crate) struct Report {
    /// The worst of the checks.
    pub(crate) status: Level,
    pub(crate) version: &'static str,
    pub(crate) uptime_seconds: f64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) checks: Vec<Check>,
}

/// One thing the product needs.
#[derive(Debug, schemars::JsonSchema, Serialize)]
#[schemars(rename = "ProductCheck")]
pub(crate) struct Check {
    pub(crate) name: &'static str,
    pub(crate) status: Level,
    pub(crate) message: String,
    pub(crate) duration_ms: f64,
}

impl SelfHealth {
    /// Runs all checks.
    pub(crate) async fn look(&self) -> Report {
        let begun = Instant::now();
        let state = store::read(&self.state)
            .await
            .err()
            .map(|error| error.to_string());
        // Without its state nothing works; samples wait in memory while the disk takes none.
        let checks = vec![
            check("state database", state, Level::Unhealthy, begun),
            check(
                "sample database",
                self.samples.trouble(),
                Level::Degraded,
                Instant::now(),
            ),
        ];
        let is_there = |level: &Level| checks.iter().any(|check| check.status == *level);
        let worst = Level::WORST_FIRST.into_iter().find(is_there);
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of an uptime fit")]
        let uptime_seconds = (self.clock.now_ms() - self.started_ms) as f64 / 1000.0;
        Report {
            status: worst.unwrap_or_default(),
            version: env!("CARGO_PKG_VERSION"),
            uptime_seconds,
            checks,
        }
    }
}

fn check(name: &'static str, trouble: Option<String>, if_trouble: Level, begun: Instant) -> Check {
    Check {
        name,
        status: if trouble.is_some() {
            if_trouble
        } else {
            Level::Healthy
        },
        message: trouble.unwrap_or_else(|| "ok".to_owned()),
        duration_ms: begun.elapsed().as_secs_f64() * 1000.0,
    }
}
