//! One server's levels over the last day: what timeline and availability are computed from.

use model::TimestampMs;
use wire::{Level, StateSpan};

/// Changes of the level, oldest first. Before the first change the level is unknown.
#[derive(Clone, Debug, Default)]
pub(super) struct History(Vec<(TimestampMs, Level)>);

impl History {
    /// Adds what is known from a time on; the same level again changes nothing.
    pub(super) fn push(&mut self, at_ms: TimestampMs, level: Level) {
        if self.0.last().is_none_or(|(_, last)| *last != level) {
            self.0.push((at_ms, level));
        }
    }

    /// Forgets changes that no question after `before_ms` needs.
    pub(super) fn prune(&mut self, before_ms: TimestampMs) {
        let current = self.0.partition_point(|(at, _)| *at <= before_ms);
        self.0.drain(..current.saturating_sub(1));
    }

    /// How often what was observed changed after a time.
    pub(super) fn changes_since(&self, from_ms: TimestampMs) -> usize {
        // What nobody observed is no change of it.
        let observed = self.0.iter().filter(|(_, level)| *level != Level::Unknown);
        let observed: Vec<_> = observed.collect();
        let differs = |pair: &&[&(TimestampMs, Level)]| pair[0].1 != pair[1].1;
        let pairs = observed.windows(2).filter(differs);
        pairs.filter(|pair| pair[1].0 > from_ms).count()
    }

    /// The range as stretches of one level each, without gaps.
    pub(super) fn spans(&self, from_ms: TimestampMs, to_ms: TimestampMs) -> Vec<StateSpan> {
        let mut spans: Vec<StateSpan> = Vec::new();
        let mut begin = from_ms;
        let mut level = Level::Unknown;
        let end = std::iter::once((to_ms, Level::Unknown));
        for (at, next) in self
            .0
            .iter()
            .copied()
            .filter(|(at, _)| *at < to_ms)
            .chain(end)
        {
            if at > begin {
                spans.push(StateSpan {
                    from_ms: begin,
                    to_ms: at,
                    level,
                });
                begin = at;
            }
            level = next;
        }
        spans
    }

    /// Share of the observed time that was not unhealthy; `None` when nothing was observed.
    pub(super) fn availability(&self, from_ms: TimestampMs, to_ms: TimestampMs) -> Option<f64> {
        let (mut observed_ms, mut up_ms) = (0, 0);
        for span in self.spans(from_ms, to_ms) {
            let length_ms = span.to_ms - span.from_ms;
            if span.level != Level::Unknown {
                observed_ms += length_ms;
            }
            if matches!(span.level, Level::Healthy | Level::Degraded) {
                up_ms += length_ms;
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "days in milliseconds fit")]
        (observed_ms > 0).then(|| up_ms as f64 / observed_ms as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Level::{Degraded, Healthy, Unhealthy, Unknown};

    fn history(changes: &[(i64, Level)]) -> History {
        let mut history = History::default();
        for (at, level) in changes {
            history.push(*at, *level);
        }
        history
    }

    #[test]
    fn spans_cover_the_range() {
        let check = |changes: &[(i64, Level)], expected: &[(i64, i64, Level)]| {
            let spans = history(changes).spans(100, 200);
            let got: Vec<_> = spans
                .iter()
                .map(|s| (s.from_ms, s.to_ms, s.level))
                .collect();
            assert_eq!(got, expected, "{changes:?}");
        };
        check(&[], &[(100, 200, Unknown)]);
        check(&[(0, Healthy)], &[(100, 200, Healthy)]);
        check(
            &[(150, Healthy)],
            &[(100, 150, Unknown), (150, 200, Healthy)],
        );
        check(&[(100, Healthy), (150, Healthy)], &[(100, 200, Healthy)]);
        check(
            &[
                (0, Healthy),
                (120, Unhealthy),
                (130, Degraded),
                (300, Healthy),
            ],
            &[
                (100, 120, Healthy),
                (120, 130, Unhealthy),
                (130, 200, Degraded),
            ],
        );
        check(&[(300, Healthy)], &[(100, 200, Unknown)]);
    }

    #[test]
    fn availability_counts_observed_time_only() {
        for (changes, expected) in [
            (vec![], None),
            (vec![(0, Healthy)], Some(1.0)),
            (vec![(0, Unhealthy)], Some(0.0)),
            (vec![(0, Healthy), (175, Unhealthy)], Some(0.75)),
            (vec![(0, Degraded), (150, Unknown)], Some(1.0)),
            (vec![(150, Unhealthy), (175, Healthy)], Some(0.5)),
        ] {
            assert_eq!(
                history(&changes).availability(100, 200),
                expected,
                "{changes:?}"
            );
        }
    }

    #[test]
    fn changes_are_counted_between_what_was_observed() {
        for (changes, expected) in [
            (vec![], 0),
            (vec![(150, Healthy)], 0),
            (vec![(0, Healthy), (50, Unhealthy), (150, Healthy)], 1),
            (vec![(0, Healthy), (150, Unknown), (160, Healthy)], 0),
            (vec![(0, Healthy), (150, Unknown), (160, Unhealthy)], 1),
            (
                vec![
                    (0, Healthy),
                    (110, Degraded),
                    (120, Unhealthy),
                    (130, Healthy),
                ],
                3,
            ),
        ] {
            assert_eq!(
                history(&changes).changes_since(100),
                expected,
                "{changes:?}"
            );
        }
    }

    #[test]
    fn pruning_keeps_what_is_needed() {
        let mut history = history(&[(0, Healthy), (50, Unhealthy), (120, Healthy)]);
        let before = history.spans(100, 200);
        history.prune(100);
        assert_eq!(history.spans(100, 200), before);
        assert_eq!(history.0.len(), 2);
    }
}
