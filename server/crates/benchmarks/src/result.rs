//! What was measured, whoever measured it.

use crate::statistics::{deviation, mean, quantile, spread, student_quantile};

/// Values that are kept of one result; of more, every so many in order of size.
const MOST_SAMPLES: usize = 200;

/// What a file says of the whole run; empty where it says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// What the benchmarks belong to.
    pub suite: String,
    /// The machine.
    pub host: String,
    /// The version that was measured.
    pub commit: String,
    /// Its branch.
    pub branch: String,
    /// When, in milliseconds UTC.
    pub at_ms: Option<i64>,
}

/// The values below which so many of a hundred lie.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Percentiles {
    /// 50.
    pub p50: f64,
    /// 95.
    pub p95: f64,
    /// 99; the largest value where a tool does not say it.
    pub p99: f64,
}

/// One benchmark of one run.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// What is done: `json/parse`.
    pub name: String,
    /// With what, by name.
    pub parameters: Vec<(String, String)>,
    /// The language it is written in (`rust`, `python`); empty where nobody says.
    pub language: String,
    /// How it is done (`synthex`, `traditional`); empty where nobody says.
    pub approach: String,
    /// `seconds`, `bytes`, `percent`, `ratio`, `1/s`, or a word of its own; empty where nobody says.
    pub unit: String,
    /// Whether more is better, as of throughput.
    pub more_is_better: bool,
    /// Single values where they are known, by size, at most 200.
    pub samples: Vec<f64>,
    /// How many values there were.
    pub n: u64,
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation.
    pub deviation: Option<f64>,
    /// Their median.
    pub median: Option<f64>,
    /// The 95 % interval of the mean.
    pub interval: Option<(f64, f64)>,
    /// Percentiles.
    pub percentiles: Option<Percentiles>,
}

impl Measured {
    /// One value of which no more is known.
    pub fn value(name: &str, unit: &str, value: f64) -> Self {
        Self {
            name: name.to_owned(),
            parameters: Vec::new(),
            language: String::new(),
            approach: String::new(),
            unit: unit.to_owned(),
            more_is_better: false,
            samples: Vec::new(),
            n: 1,
            mean: value,
            deviation: None,
            median: None,
            interval: None,
            percentiles: None,
        }
    }

    /// Single values, of which there has to be one. The interval is that of Student's t.
    pub fn of_samples(name: &str, unit: &str, mut samples: Vec<f64>) -> Option<Self> {
        samples.retain(|value| value.is_finite());
        samples.sort_by(f64::total_cmp);
        let n = samples.len();
        if n == 0 {
            return None;
        }
        let mut measured = Self::value(name, unit, mean(&samples));
        measured.n = n as u64;
        measured.median = Some(quantile(&samples, 0.5));
        if n > 1 {
            let deviation = deviation(&samples);
            let half = student_quantile(n - 1) * deviation / (n as f64).sqrt();
            measured.deviation = Some(deviation);
            measured.interval = Some((measured.mean - half, measured.mean + half));
            measured.percentiles = Some(Percentiles {
                p50: quantile(&samples, 0.5),
                p95: quantile(&samples, 0.95),
                p99: quantile(&samples, 0.99),
            });
        }
        measured.samples = thinned(samples);
        Some(measured)
    }

    /// What one run is told by: the median, or the mean where there is none.
    pub fn centre(&self) -> f64 {
        self.median.unwrap_or(self.mean)
    }

    /// The standard error of the centre as a part of it, where it is known. Of single values: that of a median of
    /// normal values, `1.2533 σ / √n`, with σ from the median absolute deviation, which single outliers do not move.
    pub fn relative_error(&self) -> Option<f64> {
        let n = self.n as f64;
        let error = match (self.samples.len(), self.deviation, self.interval) {
            (5.., _, _) => 1.2533 * spread(&self.samples) / n.sqrt(),
            (_, Some(deviation), _) if self.n > 1 => deviation / n.sqrt(),
            (_, _, Some((low, high))) => (high - low) / (2.0 * 1.96),
            _ => return None,
        };
        let centre = self.centre().abs();
        (centre > 0.0).then_some(error / centre)
    }

    /// The 95 % interval of the centre, where its error is known: symmetric as logarithms, as that of a speed-up is.
    pub fn centre_interval(&self) -> Option<(f64, f64)> {
        let half = 1.96 * self.relative_error()?;
        let (a, b) = (self.centre() * (-half).exp(), self.centre() * half.exp());
        let ends = (a.min(b), a.max(b));
        ends.1.is_finite().then_some(ends)
    }

    /// What is done with which values, whoever does it and how: `json/parse/1000`.
    pub fn operation(&self) -> String {
        let values = self.parameters.iter().map(|(_, value)| value.as_str());
        let parts: Vec<_> = std::iter::once(self.name.as_str()).chain(values).collect();
        parts.join("/")
    }

    /// What makes it the same benchmark in another run: `json/parse{rows=1000}@rust`.
    pub fn key(&self) -> String {
        let mut key = self.name.clone();
        if !self.parameters.is_empty() {
            let each = self.parameters.iter();
            let each: Vec<_> = each
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            key.push_str(&format!("{{{}}}", each.join(",")));
        }
        for (sign, word) in [('@', &self.language), ('+', &self.approach)] {
            if !word.is_empty() {
                key.push(sign);
                key.push_str(word);
            }
        }
        key
    }
}

fn thinned(samples: Vec<f64>) -> Vec<f64> {
    let n = samples.len();
    match n {
        0..=MOST_SAMPLES => samples,
        // The middle of each of as many equal parts: quantiles stay where they are.
        _ => (0..MOST_SAMPLES)
            .map(|part| samples[(2 * part + 1) * n / (2 * MOST_SAMPLES)])
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_of_the_centre_is_around_what_is_shown() {
        // One value far outside moves the mean, not the median, and hardly the median's interval.
        let steady = (0..20).map(|n| 10.0 + f64::from(n) / 100.0);
        let it = Measured::of_samples("a", "ms", steady.chain([50.0]).collect()).unwrap();
        let (low, high) = it.centre_interval().unwrap();
        assert!(
            low < it.centre() && it.centre() < high && high < it.mean,
            "{low} {high} {it:?}"
        );
        // By hand: 10 % deviation of 100 values is an error of 1 %, so 1.96 % to each side.
        let told = Measured {
            mean: 10.0,
            deviation: Some(1.0),
            n: 100,
            median: None,
            samples: Vec::new(),
            interval: None,
            ..it.clone()
        };
        let (low, high) = told.centre_interval().unwrap();
        assert!(
            (low - 9.805_9).abs() < 1e-3 && (high - 10.197_9).abs() < 1e-3,
            "{low} {high}"
        );
        let unknown = Measured {
            deviation: None,
            ..told
        };
        assert_eq!(unknown.centre_interval(), None);
    }

    #[test]
    fn of_samples() {
        let it = Measured::of_samples("a", "seconds", vec![3.0, 1.0, 2.0, f64::NAN]).unwrap();
        assert_eq!((it.n, it.mean, it.centre()), (3, 2.0, 2.0));
        assert_eq!(it.deviation, Some(1.0));
        // t(0.975; 2) = 4.3027, over √3.
        let (low, high) = it.interval.unwrap();
        assert!(
            (low + 0.4841).abs() < 1e-3 && (high - 4.4841).abs() < 1e-3,
            "{low} {high}"
        );
        assert_eq!(it.percentiles.unwrap().p99, 2.98);
        assert!(Measured::of_samples("a", "", vec![]).is_none());
        let one = Measured::of_samples("a", "", vec![5.0]).unwrap();
        assert_eq!(
            (one.deviation, one.interval, one.relative_error()),
            (None, None, None)
        );
    }

    #[test]
    fn many_samples_are_thinned_evenly() {
        let many = (0..10_000).map(f64::from).collect();
        let it = Measured::of_samples("a", "", many).unwrap();
        assert_eq!((it.n, it.samples.len()), (10_000, 200));
        assert_eq!((it.samples[0], it.samples[199]), (25.0, 9975.0));
    }

    #[test]
    fn keys_and_operations() {
        let mut it = Measured::value("json/parse", "seconds", 1.0);
        assert_eq!(
            (it.key(), it.operation()),
            ("json/parse".to_owned(), "json/parse".to_owned())
        );
        it.parameters = vec![("rows".to_owned(), "10".to_owned())];
        it.language = "rust".to_owned();
        it.approach = "synthex".to_owned();
        assert_eq!(it.key(), "json/parse{rows=10}@rust+synthex");
        assert_eq!(it.operation(), "json/parse/10");
    }
}
