//! Rolled-up samples: what samples came to in windows of time, for questions about long ago.
//!
//! A window holds the samples after its begin and up to its end, so windows that follow one another are
//! the windows of PromQL's range selectors. A store hands each of them over as a point or two that the
//! asker's functions understand, together with what lies between the points.

use std::ops::ControlFlow;

use crate::{ReadError, ReadSamples, Selection, SeriesSamples, TimestampMs};

/// What of each window matters to whoever asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The newest sample, at its own time, and markers where the series ends.
    Newest,
    /// The first and the newest sample, at their own times.
    Edges,
    /// The least value, at the end of the window; not-a-number only where there is no number.
    Least,
    /// The greatest value, at the end of the window; not-a-number only where there is no number.
    Most,
    /// The sum of all values, at the end of the window.
    Total,
}

/// How rolled-up samples are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coarse {
    /// What of each window matters.
    pub wanted: Wanted,
    /// The longest windows, in milliseconds, that do as well as samples where there are too many of
    /// these; zero where nothing does.
    pub enough_ms: i64,
}

/// One series: what is known of it in windows, and its samples after them.
#[derive(Clone, Debug, PartialEq)]
pub struct RolledSeries {
    /// Points of windows first, then samples.
    pub series: SeriesSamples,
    /// What the points of windows mean, where there are any.
    pub rolled: Option<Rolled>,
}

/// What the first points of a series mean.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rolled {
    /// What lies between each point of a window and the point before it. There are as many as points;
    /// all after them are samples.
    pub behind: Vec<Behind>,
    /// How long windows are, in milliseconds, up to each of these times, in their order. After the last
    /// there are only samples.
    pub until: Vec<(TimestampMs, i64)>,
}

/// What lies between a point and the one before it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Behind {
    /// How many samples there are, the point's own included.
    pub samples: f64,
    /// What a counter has lost by resets on the way.
    pub lost: f64,
    /// How often it was reset.
    pub resets: f64,
    /// Whether both points are of one window.
    pub within: bool,
}

impl Rolled {
    /// How many points are of windows.
    pub fn points(&self) -> usize {
        self.behind.len()
    }

    /// How long the windows are that a time lies in, in milliseconds; `None` where there are samples.
    pub fn resolution_at(&self, at_ms: TimestampMs) -> Option<i64> {
        let level = self.until.iter().find(|(until, _)| at_ms <= *until);
        level.map(|(_, length_ms)| *length_ms)
    }
}

impl From<SeriesSamples> for RolledSeries {
    fn from(series: SeriesSamples) -> Self {
        Self {
            series,
            rolled: None,
        }
    }
}

/// Hands over what a store without rollups has: its samples.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn only_samples<S: ReadSamples + ?Sized>(
    store: &S,
    selection: &Selection,
    each: &mut dyn FnMut(RolledSeries) -> ControlFlow<()>,
) -> Result<(), ReadError> {
    store.select(selection, &mut |series| each(series.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_as_long_as_their_level() {
        let rolled = Rolled {
            behind: vec![Behind::default(); 3],
            until: vec![(100, 60), (200, 5)],
        };
        for (at, expected) in [
            (i64::MIN, Some(60)),
            (100, Some(60)),
            (101, Some(5)),
            (200, Some(5)),
            (201, None),
        ] {
            assert_eq!(rolled.resolution_at(at), expected, "{at}");
        }
        assert_eq!(rolled.points(), 3);
    }
}
