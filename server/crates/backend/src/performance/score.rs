//! The health score: what a server's status, errors and answer times come to, 0 to 100.
//!
//! `score = 100 · Σ weight · value / Σ weight`, over the factors that were observed:
//!
//! | factor | weight | value |
//! |---|---|---|
//! | status | 0.5 | healthy 1, degraded 0.5, unhealthy 0 |
//! | error rate | 0.3 | 1 without failures, in a straight line to 0 at 10 % and above |
//! | response time | 0.2 | 1 up to a p95 of 0.2 s, 0 from 2 s on, between them along its logarithm |
//!
//! What was not observed takes no part, and where nothing was, there is no score. The limits are those of the
//! objectives: 10 % is where failing tools make a server unhealthy, 0.2 s and 2 s are the aims for latency.

use wire::{HealthFactor, HealthScore, Level};

/// How much status, error rate and response time weigh.
const WEIGHTS: [f64; 3] = [0.5, 0.3, 0.2];
/// The share of failures from which on nothing is left of its factor.
const WORST_ERRORS: f64 = 0.1;
/// The p95 up to which all is well, and the one from which on nothing is left.
const GOOD_SECONDS: f64 = 0.2;
const BAD_SECONDS: f64 = 2.0;

const FORMULA: &str = "Status (50 %: healthy all, degraded half, unhealthy nothing), error rate (30 %: all without \
    failures, nothing from 10 % on) and p95 of the response time (20 %: all up to 200 ms, nothing from 2 s on). What \
    was not observed takes no part, and the others share its weight.";

/// What a score is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Observed {
    /// How the server is.
    pub(crate) level: Level,
    /// Probes.
    pub(crate) probes: u64,
    /// Those that failed.
    pub(crate) failed: u64,
    /// 95 of 100 answers were quicker.
    pub(crate) p95_seconds: Option<f64>,
}

/// The score and what it is made of.
pub(crate) fn score(observed: &Observed) -> HealthScore {
    let values = [
        (
            "status",
            status(observed.level),
            observed.level.as_str().to_owned(),
        ),
        ("error_rate", errors(observed), errors_seen(observed)),
        (
            "response_time",
            observed.p95_seconds.map(response),
            observed.p95_seconds.map_or_else(
                || "no answer was measured".to_owned(),
                |seconds| format!("p95 {}, from probes", super::words::seconds(seconds)),
            ),
        ),
    ];
    let seen = values
        .iter()
        .zip(WEIGHTS)
        .filter(|((_, value, _), _)| value.is_some());
    let whole: f64 = seen.map(|(_, weight)| weight).sum();
    let factors: Vec<_> = (values.into_iter().zip(WEIGHTS))
        .map(|((name, value, evidence), weight)| {
            let weight = if value.is_some() { weight / whole } else { 0.0 };
            HealthFactor {
                name: name.to_owned(),
                weight,
                value,
                points: 100.0 * weight * value.unwrap_or(0.0),
                evidence,
            }
        })
        .collect();
    HealthScore {
        score: (whole > 0.0).then(|| factors.iter().map(|factor| factor.points).sum()),
        factors,
        source: "probes".to_owned(),
        formula: FORMULA.to_owned(),
    }
}

fn status(level: Level) -> Option<f64> {
    match level {
        Level::Healthy => Some(1.0),
        Level::Degraded => Some(0.5),
        Level::Unhealthy => Some(0.0),
        Level::Unknown => None,
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of probes")]
fn share(observed: &Observed) -> Option<f64> {
    (observed.probes > 0).then(|| observed.failed as f64 / observed.probes as f64)
}

fn errors(observed: &Observed) -> Option<f64> {
    share(observed).map(|share| 1.0 - (share / WORST_ERRORS).min(1.0))
}

fn errors_seen(observed: &Observed) -> String {
    share(observed).map_or_else(
        || "no probe in this time".to_owned(),
        |share| {
            let (failed, probes) = (observed.failed, observed.probes);
            format!(
                "{failed} of {probes} probes failed ({:.1} %), from probes",
                share * 100.0
            )
        },
    )
}

fn response(seconds: f64) -> f64 {
    let value = (BAD_SECONDS / seconds).ln() / (BAD_SECONDS / GOOD_SECONDS).ln();
    value.clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores() {
        for (level, probes, failed, p95, expected) in [
            (Level::Unknown, 0, 0, None, None),
            (Level::Healthy, 100, 0, Some(0.01), Some(100.0)),
            (Level::Healthy, 100, 0, Some(0.0), Some(100.0)),
            (Level::Degraded, 100, 0, Some(0.2), Some(75.0)),
            (Level::Healthy, 100, 5, Some(0.01), Some(85.0)),
            (Level::Healthy, 100, 100, Some(9.0), Some(50.0)),
            // Half of the logarithm between 0.2 and 2.
            (Level::Healthy, 100, 0, Some(0.4_f64.sqrt()), Some(90.0)),
            (Level::Unhealthy, 100, 100, None, Some(0.0)),
            // What is not known is shared among the rest.
            (Level::Healthy, 100, 100, None, Some(62.5)),
            (Level::Healthy, 0, 0, None, Some(100.0)),
        ] {
            let observed = Observed {
                level,
                probes,
                failed,
                p95_seconds: p95,
            };
            let found = score(&observed);
            match (found.score, expected) {
                (Some(found), Some(expected)) => {
                    assert!((found - expected).abs() < 1e-9, "{observed:?}: {found}");
                }
                (found, expected) => assert_eq!(found, expected, "{observed:?}"),
            }
            let weights: f64 = found.factors.iter().map(|factor| factor.weight).sum();
            let whole = if expected.is_some() { 1.0 } else { 0.0 };
            assert!((weights - whole).abs() < 1e-9, "{observed:?}: {weights}");
        }
    }
}
