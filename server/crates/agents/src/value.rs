//! Values as reports have them: numbers with units or without, times in several forms.

use crate::figure::{Figure, Scale};
use crate::json::Json;

/// A value on the scale of its figure, and what had to be assumed for it.
#[derive(Debug, PartialEq)]
pub(crate) struct Taken {
    pub(crate) value: f64,
    pub(crate) assumed: Option<String>,
}

/// A unit behind a number or in a name: what it means, and by what values are multiplied for it.
const UNITS: &[(&str, Unit, f64)] = &[
    ("%", Unit::Percent, 1.0),
    ("percent", Unit::Percent, 1.0),
    ("b", Unit::Bytes, 1.0),
    ("bytes", Unit::Bytes, 1.0),
    ("kb", Unit::Bytes, 1e3),
    ("mb", Unit::Bytes, 1e6),
    ("gb", Unit::Bytes, 1e9),
    ("kib", Unit::Bytes, 1024.0),
    ("mib", Unit::Bytes, 1_048_576.0),
    ("gib", Unit::Bytes, 1_073_741_824.0),
    ("/s", Unit::Other, 1.0),
    ("qps", Unit::Other, 1.0),
    ("s", Unit::Other, 1.0),
    ("ms", Unit::Other, 1e-3),
    ("usd", Unit::Other, 1.0),
    ("$", Unit::Other, 1.0),
];

#[derive(Clone, Copy, PartialEq)]
enum Unit {
    None,
    Percent,
    Bytes,
    Other,
}

/// A number, with its unit where it has one.
fn number(value: &Json) -> Result<(f64, Unit), String> {
    let wrong = || format!("{} is no number", short(&value.written()));
    match value {
        Json::Number(number) => Ok((*number, Unit::None)),
        Json::Text(text) | Json::Large(text) => {
            let text = text.trim();
            let end = text.find(|c: char| !(c.is_ascii_digit() || ".-+".contains(c)));
            let (number, unit) = text.split_at(end.unwrap_or(text.len()));
            let number: f64 = number.parse().map_err(|_| wrong())?;
            let unit = unit.trim().to_lowercase();
            if unit.is_empty() {
                return Ok((number, Unit::None));
            }
            let found = UNITS.iter().find(|(name, _, _)| *name == unit);
            let (_, unit, factor) = found.ok_or_else(wrong)?;
            Ok((number * factor, *unit))
        }
        _ => Err(wrong()),
    }
    .and_then(|(number, unit): (f64, Unit)| match number.is_finite() {
        true => Ok((number, unit)),
        false => Err(wrong()),
    })
}

/// The value of a figure that came under a squashed name.
pub(crate) fn figure(figure: Figure, name: &str, value: &Json) -> Result<Taken, String> {
    let (number, unit) = number(value)?;
    let taken = |value: f64| {
        Ok(Taken {
            value,
            assumed: None,
        })
    };
    let assumed = |value: f64, how: String| {
        Ok(Taken {
            value,
            assumed: Some(how),
        })
    };
    let scale = figure.scale();
    if number < 0.0 && scale != Scale::Gain {
        return Err(format!("{number} is below 0"));
    }
    match scale {
        Scale::Amount => taken(number),
        Scale::Bytes if unit == Unit::None => {
            let units = UNITS.iter().rev();
            let mut named = units.filter(|(unit, it, _)| {
                *it == Unit::Bytes && unit.len() > 1 && name.ends_with(unit)
            });
            taken(number * named.next().map_or(1.0, |(_, _, factor)| *factor))
        }
        Scale::Bytes if unit == Unit::Bytes => taken(number),
        Scale::Bytes => Err(format!("{} is no number of bytes", short(&value.written()))),
        Scale::Percent => match unit {
            Unit::Percent | Unit::None => taken(number),
            _ => Err(format!("{} is not per cent", short(&value.written()))),
        },
        Scale::Gain if unit == Unit::None && name.ends_with("rate") && number.abs() <= 1.0 => {
            assumed(
                number * 100.0,
                format!(
                    "{number} was read as a part of one, {} %",
                    tidy(number * 100.0)
                ),
            )
        }
        Scale::Gain => taken(number),
        Scale::Ratio if number > 100.0 => Err(format!("{number} is more than 100 %")),
        Scale::Ratio if unit == Unit::Percent => taken(number / 100.0),
        Scale::Ratio if number > 1.0 => {
            assumed(number / 100.0, format!("{number} was read as per cent"))
        }
        Scale::Ratio => taken(number),
        Scale::Score if number > 100.0 => Err(format!("{number} is more than 100")),
        Scale::Score if unit == Unit::None && number > 0.0 && number <= 1.0 => assumed(
            number * 100.0,
            format!(
                "{number} was read as a part of one, {} of 100",
                tidy(number * 100.0)
            ),
        ),
        Scale::Score => taken(number),
    }
}

/// With at most two digits behind the point.
fn tidy(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

/// A time in milliseconds UTC: seconds or milliseconds since 1970, or a text of RFC 3339; one without a zone, as Python's
/// `datetime` writes it, is UTC.
pub(crate) fn time(value: &Json) -> Option<i64> {
    match value {
        Json::Number(number) => of_number(*number),
        Json::Text(text) | Json::Large(text) => {
            let text = text.trim();
            if let Ok(number) = text.parse::<f64>() {
                return of_number(number);
            }
            if let Ok(at) = text.parse::<jiff::Timestamp>() {
                return Some(at.as_millisecond());
            }
            let there: jiff::civil::DateTime = text.parse().ok()?;
            let zoned = there.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
            Some(zoned.timestamp().as_millisecond())
        }
        _ => None,
    }
}

/// What is larger than a year 5000 in seconds is in milliseconds, and what is larger than that in milliseconds is in
/// nanoseconds.
fn of_number(number: f64) -> Option<i64> {
    const SECONDS: f64 = 95_617_584_000.0;
    match number {
        it if !it.is_finite() || it <= 0.0 => None,
        it if it < SECONDS => Some((it * 1000.0) as i64),
        it if it < SECONDS * 1000.0 => Some(it as i64),
        it if it < SECONDS * 1e9 => Some((it / 1e6) as i64),
        _ => None,
    }
}

/// A text that is not too long to be quoted.
pub(crate) fn short(text: &str) -> String {
    const LONGEST: usize = 200;
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales() {
        let text = |text: &str| Json::Text(text.to_owned());
        for (of, name, value, expected) in [
            (
                Figure::Score,
                "healthscore",
                Json::Number(87.0),
                Ok((87.0, false)),
            ),
            (
                Figure::Score,
                "healthscore",
                Json::Number(0.87),
                Ok((87.0, true)),
            ),
            (
                Figure::Score,
                "healthscore",
                Json::Number(1.0),
                Ok((100.0, true)),
            ),
            (
                Figure::Score,
                "healthscore",
                text("0.5 %"),
                Ok((0.5, false)),
            ),
            (
                Figure::Score,
                "healthscore",
                Json::Number(0.0),
                Ok((0.0, false)),
            ),
            (
                Figure::Score,
                "healthscore",
                Json::Number(-5.0),
                Err("-5 is below 0"),
            ),
            (
                Figure::Score,
                "healthscore",
                Json::Number(101.0),
                Err("101 is more than 100"),
            ),
            (
                Figure::Score,
                "healthscore",
                text("high"),
                Err("\"high\" is no number"),
            ),
            (
                Figure::Score,
                "healthscore",
                Json::Nothing,
                Err("null is no number"),
            ),
            (
                Figure::PredictionAccuracy,
                "accuracy",
                Json::Number(0.87),
                Ok((0.87, false)),
            ),
            (
                Figure::PredictionAccuracy,
                "accuracy",
                Json::Number(87.0),
                Ok((0.87, true)),
            ),
            (
                Figure::PredictionAccuracy,
                "accuracy",
                text("87%"),
                Ok((0.87, false)),
            ),
            (
                Figure::PredictionAccuracy,
                "accuracy",
                text("0.5%"),
                Ok((0.005, false)),
            ),
            (
                Figure::PredictionAccuracy,
                "accuracy",
                Json::Number(187.0),
                Err("187 is more than 100 %"),
            ),
            (
                Figure::CpuPercent,
                "cpu",
                Json::Number(250.0),
                Ok((250.0, false)),
            ),
            (Figure::CpuPercent, "cpu", text("40 %"), Ok((40.0, false))),
            (
                Figure::CpuPercent,
                "cpu",
                text("40 MB"),
                Err("\"40 MB\" is not per cent"),
            ),
            (
                Figure::MemoryBytes,
                "memorymb",
                Json::Number(2.0),
                Ok((2e6, false)),
            ),
            (
                Figure::MemoryBytes,
                "memorybytes",
                Json::Number(2.0),
                Ok((2.0, false)),
            ),
            (
                Figure::MemoryBytes,
                "rss",
                text("1.5 KiB"),
                Ok((1536.0, false)),
            ),
            (
                Figure::MemoryBytes,
                "rss",
                text("5 %"),
                Err("\"5 %\" is no number of bytes"),
            ),
            (
                Figure::OptimizationPercent,
                "optimizationgainpercent",
                Json::Number(-3.0),
                Ok((-3.0, false)),
            ),
            (
                Figure::OptimizationPercent,
                "optimizationrate",
                Json::Number(0.12),
                Ok((12.0, true)),
            ),
            (Figure::QueueDepth, "queue", text("12"), Ok((12.0, false))),
            (
                Figure::QueueDepth,
                "queue",
                text("12 apples"),
                Err("is no number"),
            ),
        ] {
            match (figure(of, name, &value), expected) {
                (Ok(taken), Ok((number, assumed))) => {
                    assert!(
                        (taken.value - number).abs() < 1e-9,
                        "{name} {value:?}: {taken:?}"
                    );
                    assert_eq!(taken.assumed.is_some(), assumed, "{name} {value:?}");
                }
                (Err(why), Err(expected)) => assert!(why.contains(expected), "{why}"),
                (got, expected) => panic!("{name} {value:?}: {got:?}, not {expected:?}"),
            }
        }
    }

    #[test]
    fn times() {
        let text = |text: &str| Json::Text(text.to_owned());
        let at = Some(1_700_000_000_000);
        for (value, expected) in [
            (Json::Number(1_700_000_000.0), at),
            (Json::Number(1_700_000_000_000.0), at),
            (Json::Number(1_700_000_000_000_000_000.0), at),
            (text("2023-11-14T22:13:20Z"), at),
            (text("2023-11-14T23:13:20+01:00"), at),
            (text("2023-11-14T22:13:20"), at),
            (text("1700000000"), at),
            (text("yesterday"), None),
            (Json::Number(-1.0), None),
            (Json::Bool(true), None),
        ] {
            assert_eq!(time(&value), expected, "{value:?}");
        }
    }
}
