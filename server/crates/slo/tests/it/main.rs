//! Objectives as files, as rules that Prometheus takes, and asked of samples.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod asked;
mod golden;
mod memory;
mod properties;
mod worked;
mod year;

/// Whether a text is a query, with the house's engine.
fn is_query(text: &str) -> Result<(), String> {
    promql::check(text).map_err(|mistake| mistake.message)
}
