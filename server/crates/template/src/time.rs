//! Times and durations as Go writes them: <https://pkg.go.dev/time#Layout>, <https://pkg.go.dev/time#Duration.String>.

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use super::value::{Outcome, Value};

/// The zone that times have at first.
pub const UTC: TimeZone = TimeZone::UTC;

/// As Go prints a time.
const PRINTED: &str = "2006-01-02 15:04:05.999999999 -0700 MST";
/// `time.RFC3339Nano`.
const RFC3339: &str = "2006-01-02T15:04:05.999999999Z07:00";

/// What can stand in a layout: a longer one is tried before a shorter one that it begins with.
const PARTS: &[&str] = &[
    "January",
    "Jan",
    "Monday",
    "Mon",
    "MST",
    "2006",
    "Z070000",
    "Z07:00:00",
    "Z0700",
    "Z07:00",
    "Z07",
    "-070000",
    "-07:00:00",
    "-0700",
    "-07:00",
    "-07",
    "002",
    "01",
    "02",
    "03",
    "04",
    "05",
    "06",
    "15",
    "PM",
    "pm",
    "__2",
    "_2",
    "1",
    "2",
    "3",
    "4",
    "5",
];

/// A time in a zone.
#[derive(Clone, Debug, PartialEq)]
pub struct Moment {
    /// Milliseconds UTC.
    pub at_ms: i64,
    /// The zone in which it is shown.
    pub zone: TimeZone,
}

impl Moment {
    /// Go's time that nobody has set: the first second of the year 1.
    pub const ZERO_MS: i64 = -62_135_596_800_000;

    /// A time in UTC.
    pub fn utc(at_ms: i64) -> Self {
        Self { at_ms, zone: UTC }
    }

    /// As Go prints it: `2015-10-21 07:28:00.5 +0000 UTC`.
    pub fn printed(&self) -> String {
        self.format(PRINTED)
    }

    /// As Go writes it as JSON: `2015-10-21T07:28:00.5Z`.
    pub fn rfc3339(&self) -> String {
        self.format(RFC3339)
    }

    /// By a layout of Go.
    pub fn format(&self, layout: &str) -> String {
        let Some(zoned) = self.zoned() else {
            return format!("{} ms", self.at_ms);
        };
        let (mut text, mut rest) = (String::new(), layout);
        while let Some(first) = rest.chars().next() {
            if let Some(length) = fraction(rest) {
                text.push_str(&fraction_text(&zoned, &rest[..length]));
                rest = &rest[length..];
            } else if let Some(part) = part(rest) {
                text.push_str(&part_text(&zoned, part));
                rest = &rest[part.len()..];
            } else {
                text.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
        text
    }

    fn zoned(&self) -> Option<Zoned> {
        let at = Timestamp::from_millisecond(self.at_ms).ok()?;
        Some(at.to_zoned(self.zone.clone()))
    }

    fn since_ms(&self, other: &Self) -> Value {
        Value::Span(
            self.at_ms
                .saturating_sub(other.at_ms)
                .saturating_mul(1_000_000),
        )
    }

    /// The methods of Go's `time.Time`.
    pub(super) fn get(&self, name: &str, given: &[Value]) -> Option<Outcome> {
        let at = |at_ms| {
            Value::Time(Self {
                at_ms,
                zone: self.zone.clone(),
            })
        };
        let field = |part: &str| self.format(part).parse().map(Value::Whole);
        let value = match (name, given) {
            ("Format", [Value::Text(layout)]) => Value::Text(self.format(layout)),
            ("String", []) => Value::Text(self.printed()),
            ("Unix", []) => Value::Whole(self.at_ms.div_euclid(1000)),
            ("UnixMilli", []) => Value::Whole(self.at_ms),
            ("UnixNano", []) => Value::Whole(self.at_ms.saturating_mul(1_000_000)),
            ("IsZero", []) => Value::Bool(self.at_ms == Self::ZERO_MS),
            // The product's own zone is UTC.
            ("UTC" | "Local", []) => Value::Time(Self::utc(self.at_ms)),
            ("Add", [Value::Span(nanos)]) => at(self.at_ms.saturating_add(nanos / 1_000_000)),
            ("Sub", [Value::Time(other)]) => self.since_ms(other),
            ("Before", [Value::Time(other)]) => Value::Bool(self.at_ms < other.at_ms),
            ("After", [Value::Time(other)]) => Value::Bool(self.at_ms > other.at_ms),
            ("Equal", [Value::Time(other)]) => Value::Bool(self.at_ms == other.at_ms),
            ("Month", []) => Value::Text(self.format("January")),
            ("Weekday", []) => Value::Text(self.format("Monday")),
            ("Year", []) => field("2006").ok()?,
            ("Day", []) => field("2").ok()?,
            ("YearDay", []) => field("002").ok()?,
            ("Hour", []) => field("15").ok()?,
            ("Minute", []) => field("4").ok()?,
            ("Second", []) => field("5").ok()?,
            (
                "Format" | "String" | "Unix" | "UnixMilli" | "UnixNano" | "IsZero" | "UTC"
                | "Local" | "Add" | "Sub" | "Before" | "After" | "Equal",
                _,
            ) => return Some(Err(format!("wrong number or kind of args for {name}"))),
            _ => return None,
        };
        Some(Ok(value))
    }
}

/// The part of a layout that a text begins with.
fn part(text: &str) -> Option<&'static str> {
    let found = PARTS.iter().find(|part| text.starts_with(**part))?;
    // `Month` is no month, but a word.
    let is_word = matches!(*found, "Jan" | "Mon")
        && text[found.len()..].starts_with(|next: char| next.is_ascii_lowercase());
    (!is_word).then_some(found)
}

/// How long a fraction of seconds is, if the text begins with one: `.000`, `,999`.
fn fraction(text: &str) -> Option<usize> {
    let digits = text.strip_prefix(['.', ','])?;
    let digit = digits.chars().next().filter(|it| matches!(it, '0' | '9'))?;
    let count = digits.chars().take_while(|it| *it == digit).count();
    let is_end = !digits[count..].starts_with(|next: char| next.is_ascii_digit());
    is_end.then_some(count + 1)
}

fn fraction_text(zoned: &Zoned, part: &str) -> String {
    let nanos = format!("{:09}", zoned.subsec_nanosecond());
    let digits = &nanos[..(part.len() - 1).min(9)];
    let digits = match part.ends_with('9') {
        true => digits.trim_end_matches('0'),
        false => digits,
    };
    match digits {
        "" => String::new(),
        digits => format!("{}{digits}", &part[..1]),
    }
}

fn part_text(zoned: &Zoned, part: &str) -> String {
    let twelve = match zoned.hour() % 12 {
        0 => 12,
        hour => hour,
    };
    match part {
        "January" => zoned.strftime("%B").to_string(),
        "Jan" => zoned.strftime("%b").to_string(),
        "Monday" => zoned.strftime("%A").to_string(),
        "Mon" => zoned.strftime("%a").to_string(),
        "MST" => zoned.strftime("%Z").to_string(),
        "2006" => format!("{:04}", zoned.year()),
        "06" => format!("{:02}", zoned.year().rem_euclid(100)),
        "01" => format!("{:02}", zoned.month()),
        "1" => zoned.month().to_string(),
        "02" => format!("{:02}", zoned.day()),
        "_2" => format!("{:2}", zoned.day()),
        "2" => zoned.day().to_string(),
        "002" => format!("{:03}", zoned.day_of_year()),
        "__2" => format!("{:3}", zoned.day_of_year()),
        "15" => format!("{:02}", zoned.hour()),
        "03" => format!("{twelve:02}"),
        "3" => twelve.to_string(),
        "04" => format!("{:02}", zoned.minute()),
        "4" => zoned.minute().to_string(),
        "05" => format!("{:02}", zoned.second()),
        "5" => zoned.second().to_string(),
        "PM" => if zoned.hour() < 12 { "AM" } else { "PM" }.to_owned(),
        "pm" => if zoned.hour() < 12 { "am" } else { "pm" }.to_owned(),
        offset => offset_text(zoned.offset().seconds(), offset),
    }
}

/// The distance from UTC, as a part of a layout writes it.
fn offset_text(seconds: i32, part: &str) -> String {
    if part.starts_with('Z') && seconds == 0 {
        return "Z".to_owned();
    }
    let sign = if seconds < 0 { '-' } else { '+' };
    let seconds = seconds.abs();
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match &part[1..] {
        "07" => format!("{sign}{hours:02}"),
        "0700" => format!("{sign}{hours:02}{minutes:02}"),
        "07:00" => format!("{sign}{hours:02}:{minutes:02}"),
        "070000" => format!("{sign}{hours:02}{minutes:02}{rest:02}"),
        _ => format!("{sign}{hours:02}:{minutes:02}:{rest:02}"),
    }
}

/// A duration as Go prints it: `1h2m3.5s`, `250ms`, `0s`.
pub(super) fn span_text(nanos: i64) -> String {
    let sign = if nanos < 0 { "-" } else { "" };
    let nanos = nanos.unsigned_abs();
    let decimal = |unit: u64, name: &str| {
        let digits = format!("{:0width$}", nanos % unit, width = unit.ilog10() as usize);
        match digits.trim_end_matches('0') {
            "" => format!("{sign}{}{name}", nanos / unit),
            digits => format!("{sign}{}.{digits}{name}", nanos / unit),
        }
    };
    match nanos {
        0 => return "0s".to_owned(),
        1..1_000 => return format!("{sign}{nanos}ns"),
        1_000..1_000_000 => return decimal(1_000, "µs"),
        1_000_000..1_000_000_000 => return decimal(1_000_000, "ms"),
        _ => {}
    }
    let (hours, minutes) = (nanos / 3_600_000_000_000, nanos / 60_000_000_000 % 60);
    let rest = nanos % 60_000_000_000;
    let digits = format!("{:09}", rest % 1_000_000_000);
    let seconds = match digits.trim_end_matches('0') {
        "" => format!("{}s", rest / 1_000_000_000),
        digits => format!("{}.{digits}s", rest / 1_000_000_000),
    };
    match (hours, minutes) {
        (0, 0) => format!("{sign}{seconds}"),
        (0, _) => format!("{sign}{minutes}m{seconds}"),
        _ => format!("{sign}{hours}h{minutes}m{seconds}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layouts() {
        let zone = TimeZone::get("Europe/Paris").unwrap();
        for (at_ms, zone, layout, expected) in [
            (
                1_445_412_480_500,
                UTC,
                PRINTED,
                "2015-10-21 07:28:00.5 +0000 UTC",
            ),
            (1_445_412_480_000, UTC, RFC3339, "2015-10-21T07:28:00Z"),
            (
                1_445_412_480_020,
                zone.clone(),
                RFC3339,
                "2015-10-21T09:28:00.02+02:00",
            ),
            (
                1_445_412_480_500,
                zone.clone(),
                "15:04:05.000 MST",
                "09:28:00.500 CEST",
            ),
            (
                1_445_456_280_000,
                UTC,
                "Mon Jan _2 3:04PM 2006",
                "Wed Oct 21 7:38PM 2015",
            ),
            (
                1_441_356_480_000,
                UTC,
                "Mon Jan _2 03:04pm 06",
                "Fri Sep  4 08:48am 15",
            ),
            (
                1_445_412_480_000,
                UTC,
                "Monday, 2 January, 1/2",
                "Wednesday, 21 October, 10/21",
            ),
            (1_445_412_480_000, UTC, "Month 002 Z07", "Month 294 Z"),
            (Moment::ZERO_MS, UTC, RFC3339, "0001-01-01T00:00:00Z"),
            (i64::MAX, UTC, RFC3339, "9223372036854775807 ms"),
        ] {
            assert_eq!(Moment { at_ms, zone }.format(layout), expected, "{layout}");
        }
    }

    #[test]
    fn durations() {
        for (nanos, expected) in [
            (0, "0s"),
            (15, "15ns"),
            (1_500, "1.5µs"),
            (-250_000_000, "-250ms"),
            (2_002_000_000, "2.002s"),
            (61_000_000_000, "1m1s"),
            (3_600_000_000_000, "1h0m0s"),
            (-90_061_500_000_000, "-25h1m1.5s"),
            (i64::MIN, "-2562047h47m16.854775808s"),
        ] {
            assert_eq!(span_text(nanos), expected);
        }
    }
}
