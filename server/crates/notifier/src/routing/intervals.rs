//! Time intervals: when routes tell nobody.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use model::TimestampMs;
use yaml::Node;

use super::values::Reading;
use crate::calendar::{Calendar, DAY_MINUTES, Times};
use crate::written::Written;

const FIELDS: &[&str] = &[
    "times",
    "weekdays",
    "days_of_month",
    "months",
    "years",
    "location",
];

/// An entry of `time_intervals`: it holds while one of its calendars does.
#[derive(Clone, Debug, PartialEq)]
pub struct Interval(Vec<(Calendar, TimeZone)>);

impl Interval {
    /// Whether it holds at a time.
    pub fn holds(&self, at_ms: TimestampMs) -> bool {
        let at = Timestamp::from_millisecond(at_ms).unwrap_or_default();
        self.0.iter().any(|(calendar, zone)| {
            let there = at.to_zoned(zone.clone());
            let minute = i64::from(there.hour()) * 60 + i64::from(there.minute());
            let is_within = |times: &Times| match *times {
                Times::Between(from, to) => i64::from(from) <= minute && minute < i64::from(to),
                Times::For(..) => false,
            };
            calendar.is_on(there.date())
                && (calendar.times.is_empty() || calendar.times.iter().any(is_within))
        })
    }
}

impl Reading {
    /// The list of an entry.
    pub(super) fn interval(&mut self, node: Option<&Node>) -> Interval {
        let items = self.list(node).iter();
        Interval(items.filter_map(|item| self.calendar(item)).collect())
    }

    fn calendar(&mut self, node: &Node) -> Option<(Calendar, TimeZone)> {
        let fields = self.fields(node, "a time interval", FIELDS)?;
        let before = self.mistakes.len();
        let mut joined = |name: &str, change: fn(&str) -> String| {
            let texts = self.texts(fields.get(name));
            let texts: Vec<_> = texts.iter().map(|(_, text)| change(text)).collect();
            texts.join(", ")
        };
        let written = Written {
            weekdays: joined("weekdays", weekdays),
            days_of_month: joined("days_of_month", str::to_owned),
            months: joined("months", str::to_owned),
            years: joined("years", str::to_owned),
            zone: self.text(fields.get("location")).unwrap_or("").to_owned(),
            times: self.times(fields.get("times")),
            ..Written::default()
        };
        if self.mistakes.len() > before {
            return None;
        }
        let read = written.read().map_err(|error| error.to_string());
        let read = read.and_then(|calendar| match calendar.time_zone() {
            Ok(zone) => Ok((calendar, zone)),
            Err(error) => Err(error.to_string()),
        });
        match read {
            Ok(read) => Some(read),
            Err(message) => {
                self.wrong(node.at, message);
                None
            }
        }
    }

    fn times(&mut self, node: Option<&Node>) -> String {
        let mut ranges = Vec::new();
        for item in self.list(node) {
            let Some(fields) = self.fields(item, "a time range", &["start_time", "end_time"])
            else {
                continue;
            };
            let begin = self.needed(item.at, fields.get("start_time"), "start_time");
            let end = self.needed(item.at, fields.get("end_time"), "end_time");
            let (Some(begin), Some(end)) = (begin, end) else {
                continue;
            };
            match (minute(begin), minute(end)) {
                (Some(from), Some(to)) if from < to => ranges.push(format!("{begin}-{end}")),
                (Some(_), Some(_)) => self.wrong(
                    item.at,
                    format!(
                        "{begin} is not before {end}; a range over midnight is written in two: {begin} to 24:00 and 00:00 to {end}"
                    ),
                ),
                _ => self.wrong(
                    item.at,
                    format!("{begin} to {end}: times are written 09:00, at most 24:00"),
                ),
            }
        }
        ranges.join(", ")
    }
}

/// Minutes of a day.
fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let is_number = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
    if !is_number(hour) || !is_number(minute) {
        return None;
    }
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    let all = hour * 60 + minute;
    (minute < 60 && all <= DAY_MINUTES).then_some(all)
}

/// A week begins with Sunday here, as in Alertmanager: `sunday:tuesday` is Sunday and the two days after it.
fn weekdays(text: &str) -> String {
    let lower = text.trim().to_lowercase();
    match lower.split_once(':') {
        Some(("sunday", "sunday")) => "sunday".to_owned(),
        Some(("sunday", to)) => format!("sunday, monday:{to}"),
        _ => lower,
    }
}
