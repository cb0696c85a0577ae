//! How fast native histograms change.

use std::sync::Arc;

use model::{CounterReset, Histogram, TimestampMs};

use crate::notes::Notes;
use crate::rate::{Change, Reach, seconds};

/// A histogram and its time.
type At = (TimestampMs, Arc<Histogram>);

/// The change over a window, extrapolated to its borders as far as the series seems to reach there.
/// `resets` says before which histograms of the window the counter was reset.
pub(super) fn extrapolated(
    window: &[At],
    resets: &[bool],
    reach: (TimestampMs, TimestampMs),
    change: Change,
    name: &str,
    notes: &Notes,
) -> Option<Histogram> {
    let [(first_ms, first), .., (last_ms, last)] = window else {
        return None;
    };
    let is_gauge = |(_, one): &At| one.reset == CounterReset::Gauge;
    if change.is_counter {
        if window.iter().any(is_gauge) {
            notes.not_a_counter(name);
        }
    } else if !is_gauge(&window[0]) || !is_gauge(&window[window.len() - 1]) {
        notes.not_a_gauge(name);
    }
    // What was before a reset behind the first one does not count, so it need not fit.
    let is_fresh = change.is_counter && resets[1];
    let counted = if is_fresh { &window[1..] } else { window };
    if counted
        .iter()
        .any(|(_, one)| one.is_custom() != last.is_custom())
        && (change.is_counter || first.is_custom() != last.is_custom())
    {
        notes.mixed_schemas(name);
        return None;
    }
    let schemas = counted.iter().map(|(_, one)| one.schema);
    let schema = match change.is_counter {
        true => schemas.min(),
        false => Some(first.schema.min(last.schema)),
    };
    let mut grown = last.reduced_to(schema.unwrap_or(last.schema));
    if !is_fresh {
        notes.fitted(bounds_only(grown.subtract(first)), "subtraction");
    }
    if change.is_counter {
        for (place, pair) in window.windows(2).enumerate() {
            let skipped = is_fresh && place == 0;
            if resets[place + 1] && !skipped {
                notes.fitted(bounds_only(grown.add(&pair[0].1)), "addition");
            }
        }
    }
    let reach = Reach {
        window: reach,
        samples: (*first_ms, *last_ms),
        gaps: window.len() - 1,
    };
    // The count of the first one says when the counter was at zero, whatever it is subtracted from.
    let from_zero = (grown.count > 0.0 && first.count >= 0.0).then(|| first.count / grown.count);
    grown.scale(reach.factor(change, from_zero));
    grown.reset = CounterReset::Gauge;
    grown.compact();
    Some(grown)
}

/// Resets are looked at one by one here, so contradictions between what histograms say do not matter.
fn bounds_only(fitted: Result<model::Fitted, model::Incompatible>) -> model::Fitted {
    // Whether schemas fit has been looked at before.
    let fitted = fitted.unwrap_or_default();
    model::Fitted {
        resets_collide: false,
        ..fitted
    }
}

/// The change between two histograms that follow each other.
pub(super) fn instant(
    before: &At,
    after: &At,
    change: Change,
    name: &str,
    notes: &Notes,
) -> Option<Histogram> {
    let gauges = [before, after].map(|(_, one)| one.reset == CounterReset::Gauge);
    match change.is_counter {
        true if gauges.contains(&true) => notes.not_a_counter(name),
        false if gauges.contains(&false) => notes.not_a_gauge(name),
        _ => {}
    }
    let mut grown = Histogram::clone(&after.1);
    if !change.is_counter || !after.1.is_reset_since(&before.1) {
        match grown.subtract(&before.1) {
            Ok(fitted) => notes.fitted(bounds_only(Ok(fitted)), "subtraction"),
            Err(_) => {
                notes.mixed_schemas(name);
                return None;
            }
        }
    }
    if change.is_rate {
        grown.divide(seconds(after.0 - before.0));
    }
    grown.reset = CounterReset::Gauge;
    grown.compact();
    Some(grown)
}
