//! Any text as a query: an answer or an error, never a panic, never for long. `README.md` of the crate
//! says how to run it.

#![no_main]

use std::time::{Duration, Instant};

use libfuzzer_sys::fuzz_target;
use model::{Labels, METRIC_NAME};
use promql::{Limits, Query, evaluate_instant, evaluate_range};

#[path = "../../tests/it/memory.rs"]
mod memory;

use memory::Memory;

/// A few series with everything that a value can be.
fn few() -> Memory {
    let values = [1.0, -1.0, f64::NAN, f64::INFINITY, model::STALE, 1e308, 0.0];
    let mut few = Memory::default();
    for le in ["0.1", "1", "+Inf"] {
        let labels: Labels = [(METRIC_NAME, "m"), ("le", le)].into_iter().collect();
        let times = (0..60).map(|i| i * 20_000);
        few.put(labels, times.zip(values.iter().copied().cycle()).collect());
    }
    few
}

fuzz_target!(|text: &str| {
    let Ok(query) = Query::parse(text) else {
        return;
    };
    let limits = Limits {
        most_samples: 20_000,
        most_series: 100,
        deadline: Some(Instant::now() + Duration::from_secs(1)),
        ..Limits::default()
    };
    let _ = evaluate_instant(&query, &few(), 600_000, &limits);
    let _ = evaluate_range(&query, &few(), 300_000, 900_000, 30_000, &limits);
});
