//! The schema steps of both databases, embedded from `migrations/` when this is built.

use sqlx::migrate::Migrator;

/// `state.db`: what people decide, and what happened.
pub static STATE: Migrator = sqlx::migrate!("../../../migrations/state");

/// `metrics.db`: samples.
pub static METRICS: Migrator = sqlx::migrate!("../../../migrations/metrics");
