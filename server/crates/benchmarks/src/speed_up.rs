//! Two ways to do the same against each other: Rust and Python, SYNTHEX and the traditional way.

use crate::result::Measured;

/// Who is held against whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rivalry {
    /// A result in Rust against one in Python.
    RustAndPython,
    /// What is done in parallel by SYNTHEX against what is done one after the other.
    Synthex,
}

/// How many times faster one is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SpeedUp {
    /// The other's time over its time.
    pub factor: f64,
    /// The 95 % interval, where both sides say how certain they are.
    pub interval: Option<(f64, f64)>,
}

/// In which rivalry a result takes part, and whether it is the one that is to be faster.
pub fn rivals(it: &Measured) -> Option<(Rivalry, bool)> {
    match (it.language.as_str(), it.approach.as_str()) {
        (_, "synthex" | "parallel") => Some((Rivalry::Synthex, true)),
        (_, "traditional" | "sequential" | "baseline") => Some((Rivalry::Synthex, false)),
        ("rust", "") => Some((Rivalry::RustAndPython, true)),
        ("python", "") => Some((Rivalry::RustAndPython, false)),
        _ => None,
    }
}

/// How many times faster `fast` is than `slow`; nothing unless both are times (or other figures of one unit) above 0.
/// The interval is that of a ratio of medians as logarithms.
pub fn speed_up(fast: &Measured, slow: &Measured) -> Option<SpeedUp> {
    let (a, b) = (fast.centre(), slow.centre());
    if fast.unit != slow.unit || a <= 0.0 || b <= 0.0 || !(a / b).is_finite() {
        return None;
    }
    // Of throughput, more is faster.
    let factor = if fast.more_is_better { a / b } else { b / a };
    let errors = fast.relative_error().zip(slow.relative_error());
    let interval = errors.map(|(a, b)| {
        let half = 1.96 * (a * a + b * b).sqrt();
        (factor * (-half).exp(), factor * half.exp())
    });
    Some(SpeedUp { factor, interval })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors() {
        let of = |mean: f64, language: &str| Measured {
            deviation: Some(mean / 10.0),
            n: 100,
            language: language.to_owned(),
            ..Measured::value("sort", "seconds", mean)
        };
        let (rust, python) = (of(0.001, "rust"), of(0.01, "python"));
        assert_eq!(rivals(&rust), Some((Rivalry::RustAndPython, true)));
        assert_eq!(rivals(&python), Some((Rivalry::RustAndPython, false)));
        let found = speed_up(&rust, &python).unwrap();
        assert!((found.factor - 10.0).abs() < 1e-9);
        // Errors of 1 % each.
        let (low, high) = found.interval.unwrap();
        assert!(
            (low - 9.7266).abs() < 1e-3 && (high - 10.2811).abs() < 1e-3,
            "{low} {high}"
        );
        let bytes = Measured {
            unit: "bytes".to_owned(),
            ..python.clone()
        };
        assert_eq!(speed_up(&rust, &bytes), None);
        let rate = |it: Measured| Measured {
            more_is_better: true,
            ..it
        };
        let found = speed_up(&rate(python), &rate(rust)).unwrap();
        assert!(
            (found.factor - 10.0).abs() < 1e-9,
            "more of it a second is faster"
        );
    }

    #[test]
    fn who_takes_part() {
        let of = |approach: &str| {
            let approach = approach.to_owned();
            rivals(&Measured {
                approach,
                ..Measured::value("a", "seconds", 1.0)
            })
        };
        assert_eq!(of("synthex"), Some((Rivalry::Synthex, true)));
        assert_eq!(of("traditional"), Some((Rivalry::Synthex, false)));
        assert_eq!(of(""), None);
        assert_eq!(of("otherwise"), None);
    }
}
