//! Servers that change their level again and again: that is one thing that happens, not many.

use model::TimestampMs;
use wire::{Level, Verdict};

use super::history::History;

/// So many changes of the level within [`WINDOW_MS`] are flapping.
const CHANGES: usize = 4;
const WINDOW_MS: i64 = 10 * 60_000;

/// Whether a server flaps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Flapping {
    #[default]
    No,
    Begins,
    Goes,
    Ends,
}

impl Flapping {
    /// What it is now, by the levels up to now, and how often they changed.
    pub(super) fn next(self, history: &History, now: TimestampMs) -> (Self, usize) {
        let changes = history.changes_since(now - WINDOW_MS);
        let flapped = matches!(self, Self::Begins | Self::Goes);
        let next = match (flapped, changes >= CHANGES) {
            (false, false) => Self::No,
            (false, true) => Self::Begins,
            (true, true) => Self::Goes,
            (true, false) => Self::Ends,
        };
        (next, changes)
    }

    /// The sentence about a verdict, with what is to be said of flapping.
    pub(super) fn summary(self, summary: String, changes: usize) -> String {
        match self {
            Self::Begins | Self::Goes => format!(
                "{summary} It flaps: {changes} changes of its level in {} minutes.",
                WINDOW_MS / 60_000
            ),
            Self::No | Self::Ends => summary,
        }
    }

    /// The mark of a change from a level to a verdict, if it is worth one.
    pub(super) fn mark(self, server: &str, from: Level, to: &Verdict) -> Option<String> {
        let said = format!("{}: {}", to.level.as_str(), to.summary);
        match self {
            Self::Begins => Some(format!("{server} flaps between levels, now {said}")),
            Self::Ends => Some(format!("{server} is steady again, {said}")),
            Self::Goes => None,
            // The first look at a server is no change of it.
            Self::No if from == to.level || from == Level::Unknown => None,
            Self::No => Some(format!("{server} is {said}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Level::{Degraded, Healthy, Unhealthy, Unknown};

    #[test]
    fn a_server_that_flaps_is_marked_twice() {
        let minute = 60_000;
        let mut history = History::default();
        let (mut flapping, mut level) = (Flapping::default(), Unknown);
        let mut marks = Vec::new();
        for (minutes, next) in [
            (0, Healthy),
            (1, Unhealthy),
            (2, Healthy),
            (3, Degraded),
            (4, Healthy),
            (5, Unhealthy),
            (6, Healthy),
            (9, Healthy),
            (20, Healthy),
            (21, Unhealthy),
        ] {
            let now = minutes * minute;
            history.push(now, next);
            let (now_flapping, changes) = flapping.next(&history, now);
            let verdict = Verdict {
                level: next,
                summary: now_flapping.summary("So it is.".to_owned(), changes),
                ..Verdict::default()
            };
            if let Some(mark) = now_flapping.mark("s", level, &verdict) {
                marks.push((minutes, mark));
            }
            (flapping, level) = (now_flapping, next);
        }
        let marks: Vec<_> = marks
            .iter()
            .map(|(at, mark)| (*at, mark.as_str()))
            .collect();
        assert_eq!(
            marks,
            [
                (1, "s is unhealthy: So it is."),
                (2, "s is healthy: So it is."),
                (3, "s is degraded: So it is."),
                (
                    4,
                    "s flaps between levels, now healthy: So it is. It flaps: 4 changes of its level in 10 minutes."
                ),
                (20, "s is steady again, healthy: So it is."),
                (21, "s is unhealthy: So it is."),
            ]
        );
    }
}
