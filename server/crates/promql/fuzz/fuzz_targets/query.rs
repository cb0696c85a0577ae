//! Any text as a query: an answer or an error, never a panic, never for long. `README.md` of the crate
//! says how to run it.

#![no_main]

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use libfuzzer_sys::fuzz_target;
use model::{Labels, METRIC_NAME, ReadError, ReadSamples, Selection, SeriesSamples};
use promql::{Limits, Query, evaluate_instant, evaluate_range};

/// The same few series whatever is asked for.
struct Few;

impl ReadSamples for Few {
    fn select(
        &self,
        selection: &Selection,
        each: &mut dyn FnMut(SeriesSamples) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        for le in ["0.1", "1", "+Inf"] {
            let labels: Labels = [(METRIC_NAME, "m"), ("le", le)].into_iter().collect();
            if !(selection.matchers.iter()).all(|one| one.matches(&labels)) {
                continue;
            }
            let values = [1.0, -1.0, f64::NAN, f64::INFINITY, model::STALE, 1e308, 0.0];
            let range = selection.from_ms..=selection.to_ms;
            let times = (0..60)
                .map(|i| i * 20_000)
                .filter(|at_ms| range.contains(at_ms));
            let at_ms: Vec<i64> = times.collect();
            let values = values.iter().copied().cycle().take(at_ms.len()).collect();
            let series = SeriesSamples {
                labels,
                at_ms,
                values,
            };
            if !series.values.is_empty() && each(series).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn series(
        &self,
        selection: &Selection,
        each: &mut dyn FnMut(&Labels) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        self.select(selection, &mut |series| each(&series.labels))
    }
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
    let _ = evaluate_instant(&query, &Few, 600_000, &limits);
    let _ = evaluate_range(&query, &Few, 300_000, 900_000, 30_000, &limits);
});
