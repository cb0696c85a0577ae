//! What probes of one server saw, put together: which failed, how long each step took.

use std::collections::BTreeMap;

use model::{SeriesSamples, TimestampMs, is_stale};
use wire::{Level, Performance, StepPerformance};

use super::trend::trend;
use super::{Observed, pattern, score, words};

/// The steps that tell how quickly a server answers, in this order: what one protocol era lacks the other has.
const ANSWERS: [&str; 3] = ["ping", "discover", "list_tools"];

/// Probes over a stretch of time.
#[derive(Debug, Default)]
pub(super) struct Probes {
    /// Whether every step got through; the samples of one probe have one time.
    answered: BTreeMap<TimestampMs, bool>,
    /// Durations of what got through, by step.
    steps: BTreeMap<String, Vec<(TimestampMs, f64)>>,
}

impl Probes {
    /// Takes in `mcp_probe_success`.
    pub(super) fn outcomes(&mut self, series: &[SeriesSamples]) {
        // A canary is called between two probes.
        let probes = series
            .iter()
            .filter(|one| one.labels.get("step") != "canary");
        for (at_ms, value) in probes.flat_map(numbers) {
            *self.answered.entry(at_ms).or_insert(true) &= value > 0.0;
        }
    }

    /// Takes in `mcp_probe_duration_seconds`.
    pub(super) fn durations(&mut self, series: &[SeriesSamples]) {
        for one in series {
            let step = self.steps.entry(one.labels.get("step").to_owned());
            step.or_default().extend(numbers(one));
        }
    }

    fn counts(&self) -> (u64, u64) {
        let failed = self
            .answered
            .values()
            .filter(|answered| !**answered)
            .count();
        (self.answered.len() as u64, failed as u64)
    }

    /// Durations of the step that tells how quickly it answers.
    fn answers(&self) -> &[(TimestampMs, f64)] {
        let known = ANSWERS.iter().find_map(|step| self.steps.get(*step));
        known.map_or(&[], Vec::as_slice)
    }

    /// What a score is made of.
    pub(super) fn observed(&self, level: Level) -> Observed {
        let (probes, failed) = self.counts();
        Observed {
            level,
            probes,
            failed,
            p95_seconds: ranks(self.answers()).map(|rank| rank(0.95)),
        }
    }

    /// Everything that can be said of them.
    #[expect(clippy::cast_precision_loss, reason = "counts and times of a range")]
    pub(super) fn analyse(
        &self,
        server: &str,
        (from_ms, to_ms): (TimestampMs, TimestampMs),
        level: Level,
        availability: Option<f64>,
        requests: Option<f64>,
    ) -> Performance {
        let (probes, probes_failed) = self.counts();
        let minutes = (to_ms - from_ms).max(1) as f64 / 60_000.0;
        let (probes_per_minute, requests_per_minute) = (
            (probes - probes_failed) as f64 / minutes,
            requests.map(|requests| requests / minutes),
        );
        let traffic = requests_per_minute.map_or_else(
            || "no traffic seen".to_owned(),
            |rate| format!("{rate:.1} requests a minute of real clients"),
        );
        let answered: Vec<_> = self.answered.iter().map(|(at, up)| (*at, *up)).collect();
        let (pattern, pattern_evidence) =
            pattern::pattern(&answered, self.answers(), &trend(self.answers()));
        let mut steps: Vec<_> = self.steps.iter().filter_map(step).collect();
        steps.sort_by(|a, b| b.p95_seconds.total_cmp(&a.p95_seconds));
        let mut found = Performance {
            server: server.to_owned(),
            from_ms,
            to_ms,
            recommendation: String::new(),
            health: score(&self.observed(level)),
            availability,
            probes,
            probes_failed,
            probes_per_minute,
            requests_per_minute,
            throughput: format!("{probes_per_minute:.1} probes answered a minute; {traffic}"),
            pattern,
            pattern_evidence,
            slowest_tool: None,
            tool_evidence: String::new(),
            slowest_step: steps.first().map(|step| step.step.clone()),
            steps,
        };
        found.recommendation = words::recommendation(&found);
        found
    }
}

/// Samples that are numbers, and not the end of a series.
pub(super) fn numbers(series: &SeriesSamples) -> impl Iterator<Item = (TimestampMs, f64)> {
    let samples = series
        .at_ms
        .iter()
        .copied()
        .zip(series.values.iter().copied());
    samples.filter(|(_, value)| !is_stale(*value) && value.is_finite())
}

/// The mean of all samples.
#[expect(clippy::cast_precision_loss, reason = "a count of samples")]
pub(super) fn mean(series: &[SeriesSamples]) -> Option<f64> {
    let values: Vec<_> = series
        .iter()
        .flat_map(numbers)
        .map(|(_, value)| value)
        .collect();
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Nearest rank (Hyndman and Fan's first definition): the smallest value that at least `q` of all do not exceed.
pub(super) fn ranks(samples: &[(TimestampMs, f64)]) -> Option<impl Fn(f64) -> f64 + use<>> {
    let mut values: Vec<_> = samples.iter().map(|(_, value)| *value).collect();
    values.sort_by(f64::total_cmp);
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss
    )]
    (!values.is_empty()).then_some(move |q: f64| {
        let count = values.len();
        values[((q * count as f64).ceil() as usize).clamp(1, count) - 1]
    })
}

fn step((step, samples): (&String, &Vec<(TimestampMs, f64)>)) -> Option<StepPerformance> {
    let rank = ranks(samples)?;
    Some(StepPerformance {
        step: step.clone(),
        count: samples.len() as u64,
        p50_seconds: rank(0.5),
        p90_seconds: rank(0.9),
        p95_seconds: rank(0.95),
        p99_seconds: rank(0.99),
        max_seconds: rank(1.0),
        trend: trend(samples),
    })
}

#[cfg(test)]
mod tests {
    use model::Labels;
    use wire::Pattern;

    use super::*;

    fn series(step: &str, values: impl IntoIterator<Item = (i64, f64)>) -> SeriesSamples {
        let (at_ms, values) = values.into_iter().unzip();
        SeriesSamples::floats(Labels::new().with("step", step), at_ms, values)
    }

    #[test]
    fn nothing_seen_is_said() {
        let found = Probes::default().analyse("a", (0, 60_000), Level::Unknown, None, None);
        assert_eq!((found.health.score, found.availability), (None, None));
        assert_eq!(
            (found.pattern, found.slowest_step),
            (Pattern::Unknown, None)
        );
        assert!(found.recommendation.contains("Nothing was observed"));
        assert!(found.throughput.contains("no traffic seen"));
    }

    #[test]
    fn what_is_recommended() {
        let check = |ok: &dyn Fn(i64) -> bool, seconds: &dyn Fn(i64) -> f64, words: &[&str]| {
            let times = 0..100_i64;
            let flag = |n| if ok(n) { 1.0 } else { 0.0 };
            let mut probes = Probes::default();
            probes.outcomes(&[
                series("handshake", [(0, 1.0)]),
                series("ping", times.clone().map(|n| (n * 30_000, flag(n)))),
            ]);
            let got = times.filter(|n| ok(*n)).map(|n| (n * 30_000, seconds(n)));
            probes.durations(&[series("ping", got), series("handshake", [(0, 0.01)])]);
            let range = (0, 100 * 30_000);
            let found = probes.analyse("a", range, Level::Healthy, Some(1.0), Some(100.0));
            for word in words {
                assert!(
                    found.recommendation.contains(word),
                    "{word}: {}",
                    found.recommendation
                );
            }
            assert_eq!(found.requests_per_minute, Some(2.0));
            assert_eq!(found.probes, 100, "steps of one probe are one probe");
        };
        let up = |_: i64| true;
        check(
            &up,
            &|_| 0.1,
            &["Nothing to do", "ping", "100 ms", "100 samples"],
        );
        check(
            &up,
            &|n| 0.1 + n as f64 / 100.0,
            &["ping becomes slower", "%", "scatter"],
        );
        check(
            &|n| n < 80,
            &|_| 0.1,
            &["failures first", "20 of 100 probes failed"],
        );
        check(&|n| n % 4 > 0, &|_| 0.1, &["comes and goes", "changes"]);
        check(
            &|n| n != 7,
            &|_| 0.1,
            &["Nothing to do at once", "1 of 100"],
        );
        check(
            &up,
            &|n| if n == 50 { 3.0 } else { 0.1 },
            &["Compare the slow moments", "1 of 100"],
        );
    }

    #[test]
    fn figures_by_nearest_rank() {
        let mut probes = Probes::default();
        let values = (1..=100_i32).map(|n| (i64::from(n), f64::from(n)));
        probes.durations(&[series("ping", values), series("handshake", [(1, 0.5)])]);
        probes.durations(&[series("ping", [(200, f64::NAN)])]);
        let found = probes.analyse("a", (0, 1), Level::Healthy, None, None);
        let ping = &found.steps[0];
        assert_eq!(
            (&*ping.step, ping.count),
            ("ping", 100),
            "the slowest is first"
        );
        let figures = [
            ping.p50_seconds,
            ping.p90_seconds,
            ping.p95_seconds,
            ping.p99_seconds,
        ];
        assert_eq!(
            (figures, ping.max_seconds),
            ([50.0, 90.0, 95.0, 99.0], 100.0)
        );
    }
}
