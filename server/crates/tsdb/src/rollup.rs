//! Rollups: what the samples of each series came to in windows of five minutes and of an hour, kept for
//! longer than the samples themselves.
//!
//! ```text
//! compaction ──▶ chunks ──▶ rollup_due (stretches of four hours that have changed)
//!                               │ roll: a few groups at a time
//!                               ▼
//!                            rollups (compressed; a row a group, a level and a day or eight)
//! ```
//!
//! Whatever writes chunks notes in the same transaction which stretches of time have changed. Rolling
//! takes such a stretch, computes all of its windows anew from all of its samples, and writes them and
//! deletes the note in one transaction: so it can be broken off anywhere, done twice, and repeated when late
//! samples come. Samples are deleted only after their stretch has been rolled up.
//!
//! Reading takes samples wherever there are any; windows of five minutes before, and of an hour before
//! those. Only where the samples of an answer would be too many are windows taken in their place, if they
//! are no longer than the asker's steps and ranges.

mod forget;
mod pack;
mod points;
mod read;
mod roll;
mod seams;
pub(crate) mod store;
mod window;

use std::time::Duration;

use model::TimestampMs;

pub use forget::Kept;
pub(crate) use roll::changed;
pub(crate) use seams::Seams;
pub(crate) use store::{Due, dormant, set_dormant, wake};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// Times beyond have no windows; nobody asks for them either.
const FARTHEST_MS: i64 = 1 << 60;

/// How long windows are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Five minutes.
    FiveMinutes,
    /// An hour.
    Hour,
}

impl Level {
    /// All of them, the finest first.
    pub const ALL: [Self; 2] = [Self::FiveMinutes, Self::Hour];

    /// How long its windows are, in milliseconds.
    pub fn length_ms(self) -> i64 {
        match self {
            Self::FiveMinutes => 300_000,
            Self::Hour => HOUR_MS,
        }
    }

    /// Its name, as people write durations.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FiveMinutes => "5m",
            Self::Hour => "1h",
        }
    }

    /// How long the stretch of time of a row is.
    fn span_ms(self) -> i64 {
        match self {
            Self::FiveMinutes => DAY_MS,
            Self::Hour => 8 * DAY_MS,
        }
    }

    /// The end of the window that a time lies in.
    fn end_of(self, at_ms: TimestampMs) -> TimestampMs {
        up_to_multiple(at_ms, self.length_ms())
    }

    /// The end of the row that the window with this end is in.
    fn row_of(self, end_ms: TimestampMs) -> TimestampMs {
        up_to_multiple(end_ms, self.span_ms())
    }
}

/// How long windows are kept; what is `None` is not kept at all, and zero is for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rollups {
    /// Windows of five minutes.
    pub five_minutes: Option<Duration>,
    /// Windows of an hour.
    pub hours: Option<Duration>,
}

impl Default for Rollups {
    fn default() -> Self {
        Self {
            five_minutes: Some(Duration::from_secs(90 * 86_400)),
            hours: Some(Duration::from_secs(400 * 86_400)),
        }
    }
}

impl Rollups {
    /// None at all.
    pub const OFF: Self = Self {
        five_minutes: None,
        hours: None,
    };

    /// How long windows of a level are kept.
    pub fn of(&self, level: Level) -> Option<Duration> {
        match level {
            Level::FiveMinutes => self.five_minutes,
            Level::Hour => self.hours,
        }
    }

    /// The levels that are kept.
    fn levels(&self) -> impl Iterator<Item = Level> {
        let this = *self;
        let all = Level::ALL.into_iter();
        all.filter(move |level| this.of(*level).is_some())
    }

    fn is_off(&self) -> bool {
        self.levels().next().is_none()
    }
}

/// The least multiple that is not less.
fn up_to_multiple(at_ms: TimestampMs, of_ms: i64) -> TimestampMs {
    let at_ms = at_ms.clamp(-FARTHEST_MS, FARTHEST_MS);
    let over = at_ms.rem_euclid(of_ms);
    match over {
        0 => at_ms,
        over => at_ms + (of_ms - over),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_end_at_multiples_and_include_their_end() {
        let five = Level::FiveMinutes;
        for (at, end) in [
            (0, 0),
            (1, 300_000),
            (300_000, 300_000),
            (300_001, 600_000),
            (-1, 0),
            (-300_000, -300_000),
        ] {
            assert_eq!(five.end_of(at), end, "{at}");
        }
        assert_eq!(five.row_of(300_000), DAY_MS);
        assert_eq!(five.row_of(DAY_MS), DAY_MS);
        assert_eq!(five.row_of(DAY_MS + 300_000), 2 * DAY_MS);
        assert!(Level::Hour.end_of(i64::MAX) >= FARTHEST_MS);
        assert!(Level::Hour.end_of(i64::MIN) <= -FARTHEST_MS + HOUR_MS);
    }

    #[test]
    fn levels_are_kept_as_configured() {
        assert!(Rollups::OFF.is_off());
        assert_eq!(Rollups::default().levels().count(), 2);
        let hours = Rollups {
            five_minutes: None,
            ..Rollups::default()
        };
        assert_eq!(hours.levels().collect::<Vec<_>>(), [Level::Hour]);
    }
}
