//! The series that rules make: what recording rules are for, and `ALERTS` of alerting ones.
//!
//! Names and values as in Prometheus: `rules/alerting.go` in <https://github.com/prometheus/prometheus>.

use std::collections::HashSet;

use model::{Labels, METRIC_NAME, STALE, Sample, TimestampMs};
use rules::{Alert, Found, Recording, State};

/// The series that say how alerts stand.
pub(crate) const ALERTS: &str = "ALERTS";
/// The series that say since when.
pub(crate) const ALERTS_FOR_STATE: &str = "ALERTS_FOR_STATE";

/// What the open alerts of a rule are as samples.
pub(super) fn of_alerts(open: &[&Alert], at_ms: TimestampMs) -> Vec<Sample> {
    let mut samples = Vec::with_capacity(2 * open.len());
    for alert in open {
        let state = match alert.state {
            State::Pending => "pending",
            State::Firing | State::Acknowledged => "firing",
            State::Resolved => continue,
        };
        samples.push(Sample {
            name: ALERTS.to_owned(),
            labels: alert.labels.clone().with("alertstate", state),
            at_ms,
            value: 1.0,
        });
        #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 fit")]
        samples.push(Sample {
            name: ALERTS_FOR_STATE.to_owned(),
            labels: alert.labels.clone(),
            at_ms,
            value: alert.pending_ms.div_euclid(1000) as f64,
        });
    }
    samples
}

/// What a recording rule makes of what it found.
///
/// # Errors
/// When two series would be one, or there are more than are allowed.
pub(super) fn recorded(
    rule: &Recording,
    limit: usize,
    found: &[Found],
    at_ms: TimestampMs,
) -> Result<Vec<Sample>, String> {
    if limit > 0 && found.len() > limit {
        return Err(format!(
            "exceeded limit of {limit} with {} series",
            found.len()
        ));
    }
    let (mut samples, mut known) = (Vec::with_capacity(found.len()), HashSet::new());
    for one in found {
        let labels = rule
            .series_labels(&one.labels)
            .keep(|name| name != METRIC_NAME);
        if !known.insert(labels.clone()) {
            return Err(format!(
                "several series become {}{labels}: keep a label that tells them apart (in Prometheus's words: \
                 vector contains metrics with the same labelset after applying rule labels)",
                rule.name
            ));
        }
        samples.push(Sample {
            name: rule.name.clone(),
            labels,
            at_ms,
            value: one.value,
        });
    }
    Ok(samples)
}

/// Ends of the series that were made before and are not any more; what is made now is known from then on.
pub(super) fn ended(
    before: &mut HashSet<Labels>,
    samples: &[Sample],
    at_ms: TimestampMs,
) -> Vec<Sample> {
    let named = |sample: &Sample| sample.labels.clone().with(METRIC_NAME, &sample.name);
    let now: HashSet<Labels> = samples.iter().map(named).collect();
    let gone = before.difference(&now);
    let ends = gone.map(|series| end(series, at_ms)).collect();
    *before = now;
    ends
}

/// The end of a series.
pub(super) fn end(series: &Labels, at_ms: TimestampMs) -> Sample {
    Sample {
        name: series.get(METRIC_NAME).to_owned(),
        labels: series.keep(|name| name != METRIC_NAME),
        at_ms,
        value: STALE,
    }
}
