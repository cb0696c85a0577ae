//! When a calendar rule holds: its days and times of day become stretches of time.
//!
//! A zone is cut into pieces in which its clocks are set alike. A time of day is a stretch of what clocks show; within a
//! piece that is one stretch of time. So nothing has to be known of daylight saving: an hour that does not come is in no
//! piece, and one that comes twice is in two.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use model::TimestampMs;

use crate::Unfit;
use crate::calendar::{Calendar, DAY_MINUTES, Times};

const DAY_MS: i64 = 86_400_000;
const MINUTE_MS: i64 = 60_000;
/// The longest difference of a zone's clocks from UTC, and one day more.
const MARGIN_MS: i64 = 2 * DAY_MS;
/// How far before a time that counts somebody looks: what runs then may have begun long ago.
const BEFORE_MS: i64 = 400 * DAY_MS;
/// Days in which a rule has to happen that happens at all: the 29th of February is a Monday every 28 years, and over
/// 2100, where that day is missing, every 40.
const EVER_DAYS: i64 = 41 * 366;

/// A stretch of time: from, and before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// From then on.
    pub from_ms: TimestampMs,
    /// Until then.
    pub to_ms: TimestampMs,
}

impl Span {
    /// Whether a time is in it.
    pub fn holds(&self, at_ms: TimestampMs) -> bool {
        self.from_ms <= at_ms && at_ms < self.to_ms
    }

    /// What is left of it without another: none, one or two pieces.
    pub(crate) fn without(self, hole: Self) -> impl Iterator<Item = Self> {
        let before = Self {
            to_ms: self.to_ms.min(hole.from_ms),
            ..self
        };
        let after = Self {
            from_ms: self.from_ms.max(hole.to_ms),
            ..self
        };
        [before, after]
            .into_iter()
            .filter(|it| it.from_ms < it.to_ms)
    }
}

/// A time in which a zone's clocks are set alike.
struct Piece {
    span: Span,
    /// What clocks are ahead of UTC.
    offset_ms: i64,
}

fn pieces(zone: &TimeZone, from_ms: i64, to_ms: i64) -> Vec<Piece> {
    let begin = Timestamp::from_millisecond(from_ms).unwrap_or(Timestamp::MIN);
    let offset = |at: Timestamp| i64::from(zone.to_offset(at).seconds()) * 1000;
    let mut pieces = Vec::new();
    let (mut since_ms, mut offset_ms) = (i64::MIN, offset(begin));
    for next in zone.following(begin) {
        let at_ms = next.timestamp().as_millisecond();
        if at_ms > to_ms {
            break;
        }
        let ahead_ms = i64::from(next.offset().seconds()) * 1000;
        // Not every change of a zone moves its clocks.
        if ahead_ms == offset_ms {
            continue;
        }
        let span = Span {
            from_ms: since_ms,
            to_ms: at_ms,
        };
        pieces.push(Piece { span, offset_ms });
        (since_ms, offset_ms) = (at_ms, ahead_ms);
    }
    let span = Span {
        from_ms: since_ms,
        to_ms: i64::MAX,
    };
    pieces.push(Piece { span, offset_ms });
    pieces
}

/// What a clock that is set to UTC shows, in milliseconds: a time of day as a number.
fn shown_ms(day: Date, minute: u32) -> i64 {
    let midnight = DateTime::from_parts(day, jiff::civil::Time::midnight());
    let midnight = TimeZone::UTC.to_timestamp(midnight);
    midnight.map_or(0, |it| it.as_millisecond()) + i64::from(minute) * MINUTE_MS
}

/// The pieces in which clocks may show something.
fn around(pieces: &[Piece], from_ms: i64, to_ms: i64) -> &[Piece] {
    let first = pieces.partition_point(|it| it.span.to_ms <= from_ms - MARGIN_MS);
    let after = pieces.partition_point(|it| it.span.from_ms < to_ms + MARGIN_MS);
    &pieces[first..after]
}

impl Times {
    /// The stretches of a day on which it begins.
    fn on(self, day: Date, pieces: &[Piece], found: &mut Vec<Span>) {
        match self {
            Self::Between(from, to) => {
                let to = match to <= from {
                    true => to + DAY_MINUTES,
                    false => to,
                };
                let (from, to) = (shown_ms(day, from.into()), shown_ms(day, to.into()));
                for piece in around(pieces, from, to) {
                    let from_ms = piece.span.from_ms.max(from - piece.offset_ms);
                    let to_ms = piece.span.to_ms.min(to - piece.offset_ms);
                    if from_ms < to_ms {
                        found.push(Span { from_ms, to_ms });
                    }
                }
            }
            Self::For(from, minutes) => {
                let from = shown_ms(day, from.into());
                let mut near = around(pieces, from, from).iter();
                if let Some(piece) = near.find(|it| from - it.offset_ms < it.span.to_ms) {
                    let from_ms = piece.span.from_ms.max(from - piece.offset_ms);
                    let to_ms = from_ms + i64::from(minutes) * MINUTE_MS;
                    found.push(Span { from_ms, to_ms });
                }
            }
        }
    }
}

impl Calendar {
    /// When it holds, from a time on: what runs then comes first, as long as it is, and at most `most` stretches that begin before
    /// `to_ms`. What overlaps or touches is one; what has no end until then ends with `to_ms`.
    ///
    /// # Errors
    /// When there is no such zone.
    pub fn spans(&self, from_ms: i64, to_ms: i64, most: usize) -> Result<Vec<Span>, Unfit> {
        let zone = self.time_zone()?;
        let begin_ms = from_ms.saturating_sub(BEFORE_MS + MARGIN_MS);
        let end_ms = to_ms.saturating_add(MARGIN_MS);
        let pieces = pieces(&zone, begin_ms, end_ms);
        let whole_day = [Times::Between(0, DAY_MINUTES)];
        let times = match self.times.as_slice() {
            [] => &whole_day,
            times => times,
        };
        let mut spans: Vec<Span> = Vec::new();
        let mut found = Vec::new();
        for day in days(begin_ms, end_ms, self) {
            // One more than is wanted: only then is the last one whole.
            if spans.iter().filter(|it| it.to_ms > from_ms).count() > most {
                break;
            }
            if !self.is_on(day) {
                continue;
            }
            times.iter().for_each(|it| it.on(day, &pieces, &mut found));
            found.sort_unstable_by_key(|it| it.from_ms);
            for span in found.drain(..) {
                merge(&mut spans, span);
            }
            let since_ms = from_ms.min(shown_ms(day, 0) - MARGIN_MS);
            spans.retain(|it| it.to_ms > since_ms);
        }
        spans.retain(|it| it.to_ms > from_ms && it.from_ms < to_ms);
        spans.truncate(most);
        for span in &mut spans {
            span.to_ms = span.to_ms.min(to_ms.max(from_ms));
        }
        Ok(spans)
    }

    /// Whether it will ever happen after a time, and end.
    ///
    /// # Errors
    /// Why it will not.
    pub fn happens(&self, after_ms: i64) -> Result<(), Unfit> {
        self.check()?;
        let utc = Timestamp::from_millisecond(after_ms).unwrap_or_default();
        let today = utc.to_zoned(self.time_zone()?).date();
        if self.last.is_some_and(|last| last < today) && !self.runs(after_ms)? {
            return Err(Unfit::Never("its last day is over"));
        }
        let year = |it: &crate::Range<i16>| it.to < today.year();
        if !self.years.is_empty() && self.years.iter().all(year) && !self.runs(after_ms)? {
            return Err(Unfit::Never("its years are over"));
        }
        let from = self.first.unwrap_or(today).max(today);
        let from_ms = shown_ms(from, 0).max(after_ms);
        let to_ms = from_ms + EVER_DAYS * DAY_MS;
        // A day first: that is quick, also where there is none.
        let mut ever = days(from_ms - MARGIN_MS, to_ms, self);
        if !ever.any(|day| self.is_on(day)) {
            let why = match self.days_of_month.is_empty() {
                true => "no day is in all that it asks for",
                false => "no month of those has such a day, on such a day of the week",
            };
            return Err(Unfit::Never(why));
        }
        match self.spans(from_ms, to_ms, 1)?.first() {
            None => Err(Unfit::Never("clocks there never show such a time")),
            Some(span) if span.to_ms >= to_ms => Err(Unfit::Endless),
            Some(_) => Ok(()),
        }
    }

    fn runs(&self, at_ms: i64) -> Result<bool, Unfit> {
        Ok(!self.spans(at_ms, at_ms + 1, 1)?.is_empty())
    }
}

fn merge(spans: &mut Vec<Span>, span: Span) {
    // What lasts for days may begin before the newest of those that are known.
    let first = spans.partition_point(|it| it.to_ms < span.from_ms);
    let after = spans.partition_point(|it| it.from_ms <= span.to_ms);
    let mut whole = span;
    for old in spans.drain(first..after.max(first)) {
        whole.from_ms = whole.from_ms.min(old.from_ms);
        whole.to_ms = whole.to_ms.max(old.to_ms);
    }
    spans.insert(first, whole);
}

/// The days of a stretch, but for those before the calendar's first and after its last.
fn days(from_ms: i64, to_ms: i64, calendar: &Calendar) -> impl Iterator<Item = Date> + use<> {
    let day = |ms: i64, otherwise: Date| {
        let at = Timestamp::from_millisecond(ms);
        at.map_or(otherwise, |at| at.to_zoned(TimeZone::UTC).date())
    };
    let (from, to) = (day(from_ms, Date::MIN), day(to_ms, Date::MAX));
    let from = calendar.first.map_or(from, |first| from.max(first));
    let to = calendar.last.map_or(to, |last| to.min(last));
    let mut next = Some(from);
    std::iter::from_fn(move || {
        let day = next.filter(|day| *day <= to)?;
        next = day.tomorrow().ok();
        Some(day)
    })
}

#[cfg(test)]
#[path = "spans_tests.rs"]
mod tests;
