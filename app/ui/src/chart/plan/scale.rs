//! The value axis: where it begins and ends, its round ticks, and what they say.

use wire::Unit;

use crate::format;

/// Larger numbers are drawn as if they were this one.
const HUGE: f64 = 1e300;
const LETTERS: [&str; 7] = ["", " k", " M", " G", " T", " P", " E"];

/// A value axis.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scale {
    pub(crate) low: f64,
    pub(crate) high: f64,
    /// Round values with what is written at them, rising.
    pub(crate) ticks: Vec<(f64, String)>,
}

/// What an axis has to hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    /// The smallest and the largest value; `low > high` where there is none.
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) unit: Unit,
    /// Whether it has to begin at zero because areas stand on it.
    pub(crate) stands_on_zero: bool,
    /// The end of the scale, where it has one.
    pub(crate) max: Option<f64>,
    /// At most about so many ticks.
    pub(crate) ticks: usize,
}

impl Scale {
    /// An axis that holds what is wanted.
    pub(crate) fn of(wanted: Wanted) -> Self {
        let (mut low, mut high) = (
            wanted.low.clamp(-HUGE, HUGE),
            wanted.high.clamp(-HUGE, HUGE),
        );
        let has_values = low <= high;
        if !has_values {
            (low, high) = (0.0, 0.0);
        }
        // Zero belongs to the axis, unless all values are far from it and near each other.
        let is_narrow = high - low < 0.25 * high.abs().max(low.abs()) && low < high;
        if wanted.stands_on_zero || !is_narrow {
            low = low.min(0.0);
            high = high.max(0.0);
        }
        let max = wanted.max.filter(|max| max.is_finite() && *max > low);
        // What cannot be told apart is one value.
        if high - low <= high.abs().max(low.abs()) * 1e-12 {
            (low, high) = match high {
                0.0 => (0.0, max.unwrap_or_else(|| least(wanted.unit))),
                high if high > 0.0 => (0.0, high),
                high => (high, 0.0),
            };
        }
        let high_of_data = high;
        if let Some(max) = max {
            high = high.max(max);
        }
        let step = step(high - low, wanted.ticks.max(1) as f64, wanted.unit);
        let first = (low / step).floor();
        // A share of a step above a round value is rounding, not a value.
        let last = (high / step - 1e-9).ceil().max(first + 1.0);
        low = low.min(first * step);
        if max.is_none_or(|max| high_of_data > max) {
            high = last * step;
        }
        let mut ticks: Vec<f64> = Vec::new();
        for n in 0..=(last - first).min(100.0) as i32 {
            let value = (first + f64::from(n)) * step;
            if value <= high * (1.0 + 1e-9) + step * 1e-9
                && ticks.last().is_none_or(|last| *last < value)
            {
                ticks.push(value);
            }
        }
        let labels = labels(&ticks, step, wanted.unit);
        Self {
            low,
            high,
            ticks: ticks.into_iter().zip(labels).collect(),
        }
    }

    /// Where a value stands, 0 at the bottom and 1 at the top; what is far outside stays near.
    pub(crate) fn share(&self, value: f64) -> f64 {
        let span = self.high - self.low;
        ((value - self.low) / span).clamp(-2.0, 3.0)
    }
}

/// The end of an axis on which everything is zero.
fn least(unit: Unit) -> f64 {
    match unit {
        Unit::Seconds => 0.001,
        Unit::Bytes => 1000.0,
        _ => 1.0,
    }
}

/// A round distance of ticks, such that there are about `most` of them at most.
fn step(span: f64, most: f64, unit: Unit) -> f64 {
    const TIMES: [f64; 12] = [
        60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0, 10_800.0, 21_600.0, 43_200.0,
        86_400.0,
    ];
    let raw = (span / most).max(f64::MIN_POSITIVE * 1e20);
    if unit == Unit::Seconds && raw > 30.0 && raw <= 86_400.0 {
        let fits = TIMES.into_iter().find(|step| *step >= raw * 0.999);
        return fits.unwrap_or(86_400.0);
    }
    let whole = match unit {
        Unit::Seconds if raw > 86_400.0 => 86_400.0,
        _ => 1.0,
    };
    let raw = raw / whole;
    let magnitude = 10_f64.powf(raw.log10().floor());
    let factors = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter();
    let fits = factors
        .map(|factor| factor * magnitude)
        .find(|step| *step >= raw * 0.999);
    fits.unwrap_or(10.0 * magnitude) * whole
}

/// What is written at ticks: all in one unit, with as many digits as tell them apart.
fn labels(ticks: &[f64], step: f64, unit: Unit) -> Vec<String> {
    let largest = ticks
        .iter()
        .fold(0.0_f64, |most, tick| most.max(tick.abs()));
    let (divisor, word) = match unit {
        Unit::Percent => (1.0, " %".to_owned()),
        Unit::Ratio => (0.01, " %".to_owned()),
        Unit::Seconds => seconds(largest),
        Unit::Number => letter(largest, ""),
        Unit::PerSecond => letter(largest, "/s"),
        Unit::Bytes => letter(largest, "B"),
    };
    let step = step / divisor;
    let is_written = (1e-5..1e5).contains(&(largest / divisor)) || largest == 0.0;
    let said = |tick: &f64| {
        let value = tick / divisor;
        if *tick == 0.0 || value.abs() < step * 1e-6 {
            return "0".to_owned();
        }
        match is_written {
            true => {
                let digits = digits(step);
                format!("{}{word}", format::fixed(value, digits))
            }
            false => format!("{}{word}", scientific(value)),
        }
    };
    ticks.iter().map(said).collect()
}

fn letter(largest: f64, unit: &str) -> (f64, String) {
    let mut divisor = 1.0;
    let mut letter = 0;
    while largest / divisor >= 1000.0 && letter + 1 < LETTERS.len() {
        divisor *= 1000.0;
        letter += 1;
    }
    let word = match (LETTERS[letter], unit) {
        ("", "B") => " B".to_owned(),
        (letter, unit) => format!("{letter}{unit}"),
    };
    (divisor, word)
}

fn seconds(largest: f64) -> (f64, String) {
    let (divisor, word) = match largest {
        v if v < 1e-6 => (1e-9, " ns"),
        v if v < 1e-3 => (1e-6, " µs"),
        v if v < 1.0 => (1e-3, " ms"),
        v if v < 120.0 => (1.0, " s"),
        v if v < 7200.0 => (60.0, " min"),
        v if v < 172_800.0 => (3600.0, " h"),
        _ => (86_400.0, " d"),
    };
    (divisor, word.to_owned())
}

/// How many decimals a step needs.
fn digits(step: f64) -> usize {
    let mut shifted = step;
    for digits in 0..9 {
        if (shifted - shifted.round()).abs() < shifted.abs() * 1e-4 {
            return digits;
        }
        shifted *= 10.0;
    }
    9
}

fn scientific(value: f64) -> String {
    let text = format::exponential(value, 2);
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let mantissa = mantissa.trim_end_matches('0').trim_end_matches('.');
    format!("{mantissa}e{exponent}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale(low: f64, high: f64, unit: Unit) -> Scale {
        Scale::of(Wanted {
            low,
            high,
            unit,
            stands_on_zero: false,
            max: None,
            ticks: 5,
        })
    }

    #[test]
    fn ticks() {
        for (low, high, unit, expected) in [
            (0.0, 41.0, Unit::Percent, "0, 10 %, 20 %, 30 %, 40 %, 50 %"),
            (
                0.001,
                0.182,
                Unit::Seconds,
                "0, 50 ms, 100 ms, 150 ms, 200 ms",
            ),
            (0.2, 4.1, Unit::Seconds, "0, 1 s, 2 s, 3 s, 4 s, 5 s"),
            (0.0, 480.0, Unit::Seconds, "0, 2 min, 4 min, 6 min, 8 min"),
            (
                0.0,
                1e6,
                Unit::Seconds,
                "0, 2.5 d, 5.0 d, 7.5 d, 10.0 d, 12.5 d",
            ),
            (0.0, 38.2e6, Unit::Bytes, "0, 10 MB, 20 MB, 30 MB, 40 MB"),
            (0.0, 700.0, Unit::Bytes, "0, 200 B, 400 B, 600 B, 800 B"),
            (
                0.0,
                12_400.0,
                Unit::PerSecond,
                "0, 2.5 k/s, 5.0 k/s, 7.5 k/s, 10.0 k/s, 12.5 k/s",
            ),
            (-5.0, 5.0, Unit::Number, "-6, -4, -2, 0, 2, 4, 6"),
            (-0.5, -0.1, Unit::Number, "-0.5, -0.4, -0.3, -0.2, -0.1, 0"),
            (
                1000.0,
                1004.0,
                Unit::Number,
                "1.000 k, 1.001 k, 1.002 k, 1.003 k, 1.004 k",
            ),
            (
                0.9991,
                0.9999,
                Unit::Ratio,
                "99.90 %, 99.92 %, 99.94 %, 99.96 %, 99.98 %, 100.00 %",
            ),
            (7.0, 7.0, Unit::Number, "0, 2, 4, 6, 8"),
            (-7.0, -7.0, Unit::Number, "-8, -6, -4, -2, 0"),
            (0.0, 0.0, Unit::Number, "0, 0.2, 0.4, 0.6, 0.8, 1.0"),
            (
                1.0,
                -1.0,
                Unit::Seconds,
                "0, 0.2 ms, 0.4 ms, 0.6 ms, 0.8 ms, 1.0 ms",
            ),
            (
                0.0,
                1e18,
                Unit::Number,
                "0, 0.2 E, 0.4 E, 0.6 E, 0.8 E, 1.0 E",
            ),
            (
                1e-12,
                1e18,
                Unit::Bytes,
                "0, 0.2 EB, 0.4 EB, 0.6 EB, 0.8 EB, 1.0 EB",
            ),
            (0.0, 3e-12, Unit::Number, "0, 1e-12, 2e-12, 3e-12"),
            (0.0, 4e25, Unit::Number, "0, 1e7 E, 2e7 E, 3e7 E, 4e7 E"),
        ] {
            let scale = scale(low, high, unit);
            let words: Vec<_> = scale.ticks.iter().map(|(_, word)| word.as_str()).collect();
            assert_eq!(words.join(", "), expected, "{low}..{high}");
        }
    }

    #[test]
    fn every_range_is_held() {
        let values = [
            0.0,
            -0.0,
            1e-300,
            1e-12,
            0.1,
            1.0,
            99.9,
            1e18,
            1e18 + 128.0,
            f64::MAX,
            f64::INFINITY,
        ];
        for a in values {
            for b in values.into_iter().chain(values.map(|value| -value)) {
                for unit in Unit::ALL {
                    let scale = scale(a.min(b), a.max(b), *unit);
                    let what = format!("{a} {b} {unit:?} {scale:?}");
                    assert!(scale.low < scale.high, "{what}");
                    assert!(scale.low.is_finite() && scale.high.is_finite(), "{what}");
                    assert!((2..=14).contains(&scale.ticks.len()), "{what}");
                    assert!(
                        scale.ticks.iter().all(|(_, word)| word.len() < 16),
                        "{what}"
                    );
                    for value in [a, b] {
                        let share = scale.share(value);
                        assert!((-2.0..=3.0).contains(&share), "{what}");
                        let is_held = (-1e-6..=1.0 + 1e-6).contains(&share);
                        assert!(is_held || value.abs() > HUGE, "{value} {what}");
                    }
                }
            }
        }
        assert!(
            scale(f64::NAN, f64::NAN, Unit::Number)
                .share(f64::NAN)
                .is_nan()
        );
    }

    #[test]
    fn the_end_of_the_scale() {
        let with_max = |low, high, max| {
            let scale = Scale::of(Wanted {
                low,
                high,
                unit: Unit::Percent,
                stands_on_zero: false,
                max: Some(max),
                ticks: 4,
            });
            (scale.low, scale.high)
        };
        assert_eq!(with_max(3.0, 40.0, 100.0), (0.0, 100.0));
        assert_eq!(with_max(3.0, 100.0, 100.0), (0.0, 100.0));
        assert_eq!(with_max(0.0, 0.0, 100.0), (0.0, 100.0));
        // More than there can be is shown all the same.
        assert_eq!(with_max(3.0, 130.0, 100.0), (0.0, 150.0));
        assert_eq!(with_max(3.0, 40.0, f64::NAN).1, 40.0);
    }
}
