//! A calendar as people write it: `mon:fri`, `1:7, -1`, `jan, jun:aug`, `22:00-06:00`, `02:30 for 1h30m`.
//!
//! Names and ranges are Alertmanager's
//! (<https://prometheus.io/docs/alerting/latest/configuration/#time_interval>).

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::calendar::{Calendar, Range, Times, Unfit};

const WEEKDAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
/// Letters by which a name is known.
const SHORT: usize = 3;

/// A calendar in words; each a list with commas between, what is empty is every one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Written {
    /// `22:00-06:00, 12:00 for 30m`.
    pub times: String,
    /// `mon:fri, sun`.
    pub weekdays: String,
    /// `1:7, -1`.
    pub days_of_month: String,
    /// `jan:mar, 12`.
    pub months: String,
    /// `2026:2027`.
    pub years: String,
    /// `2026-12-31`.
    pub first: String,
    /// The same.
    pub last: String,
    /// `Europe/Berlin`.
    pub zone: String,
}

/// What cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Not of the form.
    #[error("{field}: {written:?} is not of the form {form}")]
    Form {
        /// Where.
        field: &'static str,
        /// What.
        written: String,
        /// What it should be like.
        form: &'static str,
    },
    /// It can be read, and cannot be.
    #[error(transparent)]
    Unfit(#[from] Unfit),
}

impl Written {
    /// The calendar.
    ///
    /// # Errors
    /// What cannot be read, or is out of bounds.
    pub fn read(&self) -> Result<Calendar, Unreadable> {
        let weekday = |word: &str| named(word, &WEEKDAYS);
        let month = |word: &str| named(word, &MONTHS).or_else(|| word.parse().ok());
        let week_form = "mon:fri, sun (days by their names)";
        let calendar = Calendar {
            times: list("times", &self.times, "22:00-06:00, 02:30 for 1h30m", time)?,
            weekdays: list("weekdays", &self.weekdays, week_form, |it| {
                range(it, weekday)
            })?,
            days_of_month: list("days_of_month", &self.days_of_month, "1:7, -1", |it| {
                range(it, |word| word.parse().ok())
            })?,
            months: list("months", &self.months, "jan:mar, 12", |it| range(it, month))?,
            years: list("years", &self.years, "2026:2027", |it| {
                range(it, |word| word.parse().ok())
            })?,
            first: day("first", &self.first)?,
            last: day("last", &self.last)?,
            zone: self.zone.trim().to_owned(),
        };
        calendar.check()?;
        Ok(calendar)
    }
}

impl Calendar {
    /// As it is written; reading that gives the same.
    pub fn written(&self) -> Written {
        let weekday = |day: i8| name(&WEEKDAYS, day);
        let month = |month: i8| name(&MONTHS, month);
        let day = |day: Option<jiff::civil::Date>| day.map(|it| it.to_string());
        Written {
            times: joined(&self.times, |it| said(*it)),
            weekdays: joined(&self.weekdays, |it| ranged(it, weekday)),
            days_of_month: joined(&self.days_of_month, |it| ranged(it, |n| n.to_string())),
            months: joined(&self.months, |it| ranged(it, month)),
            years: joined(&self.years, |it| ranged(it, |n| n.to_string())),
            first: day(self.first).unwrap_or_default(),
            last: day(self.last).unwrap_or_default(),
            zone: self.zone.clone(),
        }
    }

    /// In one line, for people: `mon:fri 22:00-06:00 Europe/Berlin`.
    pub fn in_words(&self) -> String {
        let written = self.written();
        let days = |what: &str, text: &str| match text {
            "" => String::new(),
            text => format!("{what}{text}"),
        };
        let all = [
            written.weekdays,
            days("days ", &written.days_of_month),
            days("in ", &written.months),
            days("of ", &written.years),
            match written.times.as_str() {
                "" => "all day".to_owned(),
                times => times.to_owned(),
            },
            match written.zone.as_str() {
                "" => "UTC".to_owned(),
                zone => zone.to_owned(),
            },
            days("from ", &written.first),
            days("until ", &written.last),
        ];
        let said: Vec<_> = all.into_iter().filter(|it| !it.is_empty()).collect();
        let is_daily = self.weekdays.is_empty() && self.days_of_month.is_empty();
        match is_daily {
            true => format!("every day {}", said.join(" ")),
            false => said.join(" "),
        }
    }
}

fn name(names: &[&str], number: i8) -> String {
    let place = usize::try_from(number - 1).unwrap_or(0);
    let name = names.get(place).copied().unwrap_or_default();
    name.chars().take(SHORT).collect()
}

fn named(word: &str, names: &[&str]) -> Option<i8> {
    let word = word.to_lowercase();
    let is_it = |name: &&str| word.len() >= SHORT && name.starts_with(&word);
    let place = names.iter().position(is_it)?;
    i8::try_from(place + 1).ok()
}

fn joined<T>(all: &[T], said: impl Fn(&T) -> String) -> String {
    all.iter().map(said).collect::<Vec<_>>().join(", ")
}

fn ranged<T: Copy + PartialEq>(range: &Range<T>, said: impl Fn(T) -> String) -> String {
    match range.from == range.to {
        true => said(range.from),
        false => format!("{}:{}", said(range.from), said(range.to)),
    }
}

fn said(times: Times) -> String {
    let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    match times {
        Times::Between(from, to) => format!("{}-{}", clock(from), clock(to)),
        Times::For(from, minutes) => {
            let mut text = format!("{} for ", clock(from));
            let parts = [
                (minutes / 1440, 'd'),
                (minutes / 60 % 24, 'h'),
                (minutes % 60, 'm'),
            ];
            for (count, unit) in parts.into_iter().filter(|(count, _)| *count > 0) {
                // A string takes all that is written to it.
                let _ = write!(text, "{count}{unit}");
            }
            text
        }
    }
}

fn list<T>(
    field: &'static str,
    text: &str,
    form: &'static str,
    one: impl Fn(&str) -> Option<T>,
) -> Result<Vec<T>, Unreadable> {
    let words = text
        .split(',')
        .map(str::trim)
        .filter(|word| !word.is_empty());
    words
        .map(|word| {
            one(word).ok_or_else(|| Unreadable::Form {
                field,
                written: word.chars().take(100).collect(),
                form,
            })
        })
        .collect()
}

/// `a:b`, `a..b`, `a to b`, or `a` alone; between names a dash will do.
fn range<T: Copy>(text: &str, one: impl Fn(&str) -> Option<T>) -> Option<Range<T>> {
    let is_name = text.starts_with(|letter: char| letter.is_alphabetic());
    let parts = text
        .split_once(':')
        .or_else(|| text.split_once(".."))
        .or_else(|| text.split_once(" to "))
        .or_else(|| text.split_once('-').filter(|_| is_name));
    let (from, to) = parts.unwrap_or((text, text));
    Some(Range {
        from: one(from.trim())?,
        to: one(to.trim())?,
    })
}

fn time(text: &str) -> Option<Times> {
    let long = text.split_once("for").or_else(|| text.split_once('+'));
    if let Some((from, lasts)) = long {
        return Some(Times::For(clock(from)?, minutes(lasts)?));
    }
    let (from, to) = text.split_once('-').or_else(|| text.split_once(" to "))?;
    Some(Times::Between(clock(from)?, clock(to)?))
}

fn clock(text: &str) -> Option<u16> {
    let (hours, minutes) = text.trim().split_once(':')?;
    let is_short = |part: &str| (1..=2).contains(&part.len());
    if !is_short(hours) || minutes.len() != 2 {
        return None;
    }
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    let minute = hours * 60 + minutes;
    (minutes < 60 && minute <= crate::calendar::DAY_MINUTES).then_some(minute)
}

/// `1d2h30m`; a number alone is minutes.
fn minutes(text: &str) -> Option<u32> {
    let text = text.trim();
    if let Ok(minutes) = text.parse() {
        return Some(minutes);
    }
    let mut rest = text;
    let mut sum: u32 = 0;
    while !rest.is_empty() {
        let end = rest.find(|letter: char| !letter.is_ascii_digit())?;
        let count: u32 = rest[..end].parse().ok()?;
        let unit = match rest.as_bytes().get(end)? {
            b'd' => 1440,
            b'h' => 60,
            b'm' => 1,
            _ => return None,
        };
        sum = sum.checked_add(count.checked_mul(unit)?)?;
        rest = rest[end + 1..].trim_start();
    }
    (!text.is_empty()).then_some(sum)
}

fn day(field: &'static str, text: &str) -> Result<Option<jiff::civil::Date>, Unreadable> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let day = text.parse().map_err(|_| Unreadable::Form {
        field,
        written: text.chars().take(100).collect(),
        form: "2026-12-31 (a day that there is)",
    })?;
    Ok(Some(day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_and_written() {
        let written = |times: &str, weekdays: &str, days: &str, months: &str| Written {
            times: times.to_owned(),
            weekdays: weekdays.to_owned(),
            days_of_month: days.to_owned(),
            months: months.to_owned(),
            ..Written::default()
        };
        for (from, to) in [
            (written("", "", "", ""), written("", "", "", "")),
            (
                written(
                    "2:30-4:00,22:00 - 06:00",
                    "Monday:FRI, sunday",
                    "1:7, -1",
                    "jan:mar,12",
                ),
                written(
                    "02:30-04:00, 22:00-06:00",
                    "mon:fri, sun",
                    "1:7, -1",
                    "jan:mar, dec",
                ),
            ),
            (
                written(
                    "02:30 for 1h30m, 03:00+90, 0:00 for 36h",
                    "mon-wed",
                    "-3:-1, 5..6",
                    "6 to 8",
                ),
                written(
                    "02:30 for 1h30m, 03:00 for 1h30m, 00:00 for 1d12h",
                    "mon:wed",
                    "-3:-1, 5:6",
                    "jun:aug",
                ),
            ),
            (
                written("00:00-24:00", "", "", ""),
                written("00:00-24:00", "", "", ""),
            ),
        ] {
            let calendar = from.read().unwrap();
            assert_eq!(calendar.written(), to);
            assert_eq!(to.read().unwrap(), calendar);
        }
        let whole = Written {
            years: "2026:2027".to_owned(),
            first: "2026-02-28".to_owned(),
            last: "2027-01-01".to_owned(),
            zone: "Europe/Berlin".to_owned(),
            ..written("02:00-03:00", "sat", "", "")
        };
        let calendar = whole.read().unwrap();
        assert_eq!(calendar.written(), whole);
        assert_eq!(
            calendar.in_words(),
            "sat of 2026:2027 02:00-03:00 Europe/Berlin from 2026-02-28 until 2027-01-01"
        );
        assert_eq!(Calendar::default().in_words(), "every day all day UTC");
    }

    #[test]
    fn mistakes_name_their_field() {
        let one = |change: fn(&mut Written)| {
            let mut written = Written::default();
            change(&mut written);
            written.read().unwrap_err().to_string()
        };
        for (error, word) in [
            (
                one(|it| it.times = "25:00-26:00".to_owned()),
                "times: \"25:00-26:00\" is not of the form",
            ),
            (one(|it| it.times = "2-3".to_owned()), "times"),
            (one(|it| it.times = "02:00".to_owned()), "times"),
            (one(|it| it.times = "02:00 for ever".to_owned()), "times"),
            (one(|it| it.times = "02:60-03:00".to_owned()), "times"),
            (one(|it| it.weekdays = "mon:xyz".to_owned()), "weekdays"),
            (one(|it| it.weekdays = "m".to_owned()), "by their names"),
            (
                one(|it| it.days_of_month = "1:x".to_owned()),
                "days_of_month",
            ),
            (one(|it| it.months = "13".to_owned()), "months are 1 to 12"),
            (
                one(|it| it.first = "2026-02-30".to_owned()),
                "a day that there is",
            ),
            (
                one(|it| it.zone = "Europe/Berln".to_owned()),
                "Europe/Berlin",
            ),
        ] {
            assert!(error.contains(word), "{error}");
        }
    }
}
