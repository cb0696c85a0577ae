//! A calendar rule: on which days, at which times of day, in which time zone.
//!
//! What it can say is what Alertmanager's `time_interval` can
//! (<https://prometheus.io/docs/alerting/latest/configuration/#time_interval>), with the same meaning of its ranges, and more:
//! times that pass midnight, times that last for so long, a first and a last day.

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;

/// The most ranges of one kind.
const MOST: usize = 100;
/// Minutes of a day.
pub const DAY_MINUTES: u16 = 24 * 60;
/// The longest that a time of day lasts, in minutes: 31 days.
const LONGEST_MINUTES: u32 = 31 * 24 * 60;

/// From one to the other, both with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range<T> {
    /// The first.
    pub from: T,
    /// The last.
    pub to: T,
}

/// A time of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Times {
    /// Whenever clocks there show a time from the first to before the second, in minutes of the day, at most 1440. Where
    /// the second is not after the first, it is one of the next day.
    Between(u16, u16),
    /// Begins when clocks there show (or leap over) a minute of the day, the first time, and lasts for so many minutes.
    For(u16, u32),
}

/// A calendar rule. What is empty is every one.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Calendar {
    /// Times of day; the whole day where empty.
    pub times: Vec<Times>,
    /// Days of the week, Monday is 1; a range may pass the week's end only in two pieces.
    pub weekdays: Vec<Range<i8>>,
    /// Days of the month, 1 to 31; negative ones count from its end, the last is -1. A range that goes beyond the month's
    /// end ends there.
    pub days_of_month: Vec<Range<i8>>,
    /// Months, 1 to 12.
    pub months: Vec<Range<i8>>,
    /// Years.
    pub years: Vec<Range<i16>>,
    /// The first day on which it begins.
    pub first: Option<Date>,
    /// The last one.
    pub last: Option<Date>,
    /// The time zone, as the IANA calls it; UTC where empty.
    pub zone: String,
}

/// What is wrong with a calendar rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// There is no such zone.
    #[error("there is no time zone {name:?}{}", suggested(.near))]
    Zone {
        /// As it was written.
        name: String,
        /// What may be meant.
        near: Vec<String>,
    },
    /// A number out of its bounds.
    #[error("{what} are {bounds}, and {written} is not")]
    Bounds {
        /// Of what.
        what: &'static str,
        /// Which they are.
        bounds: &'static str,
        /// What was written.
        written: i64,
    },
    /// A range that ends before it begins.
    #[error("{what}: {from} to {to} ends before it begins{hint}")]
    Backwards {
        /// Of what.
        what: &'static str,
        /// Its begin.
        from: String,
        /// Its end.
        to: String,
        /// What to write instead.
        hint: &'static str,
    },
    /// A day of the month that mixes both ways of counting, so that it may be empty.
    #[error(
        "days of the month: {0} to {1} begins at the month's end and ends at its begin; write two ranges"
    )]
    Mixed(i8, i8),
    /// Too much.
    #[error("a calendar has at most {MOST} ranges of a kind")]
    TooMuch,
    /// It lasts for nothing, or too long.
    #[error("a time lasts between a minute and 31 days")]
    Lasting,
    /// There is no day on which it is.
    #[error("this calendar never happens: {0}")]
    Never(&'static str),
    /// It is always.
    #[error(
        "this calendar has no end: it holds at every time; give it times of day, days or a last day"
    )]
    Endless,
}

fn suggested(near: &[String]) -> String {
    match near {
        [] => "; zones are called as in Europe/Berlin".to_owned(),
        near => format!("; did you mean {}?", near.join(" or ")),
    }
}

impl Calendar {
    /// Whether all of it is within bounds; whether it ever happens is another question.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self) -> Result<(), Unfit> {
        let many = [
            self.times.len(),
            self.weekdays.len(),
            self.days_of_month.len(),
            self.months.len(),
            self.years.len(),
        ];
        if many.iter().any(|count| *count > MOST) {
            return Err(Unfit::TooMuch);
        }
        crate::zone::find(&self.zone)?;
        let weekday = "; a range over the week's end is written in two";
        each(
            &self.weekdays,
            "weekdays",
            (1, 7, "1 (Monday) to 7 (Sunday)"),
            weekday,
        )?;
        let month = "; a range over the year's end is written in two";
        each(&self.months, "months", (1, 12, "1 to 12"), month)?;
        each(&self.years, "years", (1970, 9000, "1970 to 9000"), "")?;
        self.days_of_month.iter().try_for_each(days)?;
        self.times.iter().try_for_each(time)?;
        match (self.first, self.last) {
            (Some(from), Some(to)) if to < from => Err(Unfit::Backwards {
                what: "first and last day",
                from: from.to_string(),
                to: to.to_string(),
                hint: "",
            }),
            _ => Ok(()),
        }
    }

    /// The zone.
    ///
    /// # Errors
    /// When there is none of this name.
    pub fn time_zone(&self) -> Result<TimeZone, Unfit> {
        crate::zone::find(&self.zone)
    }

    /// Whether it begins on a day.
    pub fn is_on(&self, day: Date) -> bool {
        self.first.is_none_or(|first| day >= first)
            && self.last.is_none_or(|last| day <= last)
            && within(&self.years, day.year())
            && within(&self.months, day.month())
            && within(&self.weekdays, number(day.weekday()))
            && (self.days_of_month.is_empty()
                || self.days_of_month.iter().any(|range| holds(range, day)))
    }
}

/// Monday is 1.
fn number(day: Weekday) -> i8 {
    day.to_monday_one_offset()
}

fn within<T: PartialOrd + Copy>(ranges: &[Range<T>], value: T) -> bool {
    ranges.is_empty() || ranges.iter().any(|it| it.from <= value && value <= it.to)
}

/// As Alertmanager has it: what begins after the month's end is not in it, what ends after it ends with it.
fn holds(range: &Range<i8>, day: Date) -> bool {
    let length = day.days_in_month();
    let from_begin = |n: i8| if n < 0 { length + n + 1 } else { n };
    let (from, to) = (from_begin(range.from), from_begin(range.to));
    from <= length && from <= day.day() && day.day() <= to.min(length)
}

fn each<T>(
    ranges: &[Range<T>],
    what: &'static str,
    (least, most, bounds): (T, T, &'static str),
    hint: &'static str,
) -> Result<(), Unfit>
where
    T: PartialOrd + Copy + Into<i64> + std::fmt::Display,
{
    for range in ranges {
        let wrong = [range.from, range.to]
            .into_iter()
            .find(|it| *it < least || *it > most);
        if let Some(written) = wrong {
            let written = written.into();
            return Err(Unfit::Bounds {
                what,
                bounds,
                written,
            });
        }
        if range.to < range.from {
            let (from, to) = (range.from.to_string(), range.to.to_string());
            return Err(Unfit::Backwards {
                what,
                from,
                to,
                hint,
            });
        }
    }
    Ok(())
}

fn days(range: &Range<i8>) -> Result<(), Unfit> {
    let wrong = [range.from, range.to]
        .into_iter()
        .find(|it| *it == 0 || it.abs() > 31);
    if let Some(written) = wrong {
        return Err(Unfit::Bounds {
            what: "days of the month",
            bounds: "1 to 31, or -31 to -1 from its end",
            written: written.into(),
        });
    }
    match (range.from < 0, range.to < 0) {
        (true, false) => Err(Unfit::Mixed(range.from, range.to)),
        (from, to) if from == to && range.to < range.from => Err(Unfit::Backwards {
            what: "days of the month",
            from: range.from.to_string(),
            to: range.to.to_string(),
            hint: "; a range over the month's end is written in two",
        }),
        _ => Ok(()),
    }
}

fn time(times: &Times) -> Result<(), Unfit> {
    let (begin, end) = match *times {
        Times::Between(from, to) => (from, to),
        Times::For(from, lasts) if lasts == 0 || lasts > LONGEST_MINUTES => {
            let _ = from;
            return Err(Unfit::Lasting);
        }
        Times::For(from, _) => (from, 0),
    };
    if begin >= DAY_MINUTES || end > DAY_MINUTES {
        return Err(Unfit::Bounds {
            what: "times of day",
            bounds: "00:00 to 24:00",
            written: begin.max(end).into(),
        });
    }
    if begin == end && matches!(times, Times::Between(..)) {
        return Err(Unfit::Lasting);
    }
    Ok(())
}

#[cfg(test)]
#[path = "calendar_tests.rs"]
mod tests;
