//! Whether a run differs from those before it, by how much, and how sure that is.
//!
//! Times are compared as logarithms, so that a change is a part of what was before, whatever the unit. Which method is
//! taken depends on what is known:
//!
//! - **Runs**, with three earlier runs or more: the new run against a sample of runs, as Crawford and Howell (1998) have
//!   it for a single case: `t = (x - m) / (s √(1 + 1/k))` with `k - 1` degrees of freedom. Runs of the same program
//!   differ by more than the values within one of them (Kalibera and Jones, 2013), and only several runs know by how much.
//! - **Samples**, with fewer runs but single values: the test of Mann and Whitney (1947) with ties corrected, and the
//!   interval of Hodges and Lehmann (1963) that belongs to it.
//! - **Means**, where only mean, deviation and count are known: Welch's t (1947), deviations by the delta method.
//!
//! Where few runs are known, nobody knows how much runs differ: then a change is told only if its whole interval is
//! beyond 5 %. Many benchmarks are tested at once, so that some would seem to have changed by chance: p-values are
//! corrected as Benjamini and Hochberg (1995) have it, and a change is told at a false discovery rate of 5 %.

use crate::result::Measured;
use crate::statistics::{deviation, mean, normal_p, quantile, student_p, student_quantile_of};

/// Earlier runs that one is held against.
pub const MOST_PAST: usize = 10;
/// A change is told where of all that are told at most this part is chance.
pub const FALSE_DISCOVERIES: f64 = 0.05;
/// The smallest change that is told, as a part.
pub const SMALLEST: f64 = 0.01;
/// How much runs may differ for no reason where too few are known to say.
pub const UNKNOWN_NOISE: f64 = 0.05;
/// Earlier runs from which on their scatter is known.
const ENOUGH_RUNS: usize = 3;
/// Single values from which on ranks are worth comparing.
const ENOUGH_SAMPLES: usize = 5;
/// Single values that are compared of each side: the interval looks at all pairs.
const MOST_COMPARED: usize = 100;
/// Runs scatter by at least this much; equal values are no certainty.
const LEAST_SCATTER: f64 = 0.001;

/// How it was compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// The new run against earlier runs (Crawford and Howell).
    Runs,
    /// Single values against single values (Mann and Whitney).
    Samples,
    /// Means with deviations (Welch).
    Means,
}

/// One run against earlier ones.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// How it was compared.
    pub method: Method,
    /// With how many earlier runs.
    pub runs: usize,
    /// The change as a part: 0.1 is 10 % more.
    pub change: f64,
    /// Its 95 % interval.
    pub interval: (f64, f64),
    /// How likely a difference like this is by chance.
    pub p: f64,
}

/// What a comparison says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It became worse.
    Worse,
    /// It became better.
    Better,
    /// Nothing that chance does not explain.
    Same,
    /// Too little is known.
    Unknown,
}

/// A run against earlier runs of the same benchmark, the newest first; of more than [`MOST_PAST`] the newest. Nothing
/// where too little is known, and of what is not above 0.
pub fn compare(now: &Measured, past: &[Measured]) -> Option<Comparison> {
    let past = &past[..past.len().min(MOST_PAST)];
    let is_positive = |it: &Measured| it.centre() > 0.0 && it.centre().is_finite();
    if past.is_empty() || !is_positive(now) || !past.iter().all(is_positive) {
        return None;
    }
    let older: Vec<f64> = past.iter().flat_map(|it| &it.samples).copied().collect();
    let enough = |samples: &[f64]| {
        samples.len() >= ENOUGH_SAMPLES && samples.iter().all(|value| *value > 0.0)
    };
    let (compared, count) = if past.len() >= ENOUGH_RUNS {
        (runs(now, past), past.len())
    } else if enough(&now.samples) && enough(&older) {
        (samples(&now.samples, &older), past.len())
    } else {
        (means(now, &past[0])?, 1)
    };
    Some(Comparison {
        runs: count,
        ..compared
    })
}

fn of_logs(method: Method, shift: f64, ends: (f64, f64), p: f64) -> Comparison {
    Comparison {
        method,
        runs: 1,
        change: shift.exp_m1(),
        interval: (ends.0.exp_m1(), ends.1.exp_m1()),
        p,
    }
}

fn runs(now: &Measured, past: &[Measured]) -> Comparison {
    let logs: Vec<f64> = past.iter().map(|it| it.centre().ln()).collect();
    let (k, shift) = (logs.len() as f64, now.centre().ln() - mean(&logs));
    // A run that is itself uncertain is no surer than that.
    let within = now.relative_error().unwrap_or(0.0);
    let scatter = deviation(&logs).max(within).max(LEAST_SCATTER);
    let error = scatter * (1.0 + 1.0 / k).sqrt();
    let half = student_quantile_of(k - 1.0) * error;
    let p = student_p(shift / error, k - 1.0);
    of_logs(Method::Runs, shift, (shift - half, shift + half), p)
}

fn samples(now: &[f64], older: &[f64]) -> Comparison {
    let logs = |values: &[f64]| {
        let mut logs: Vec<f64> = values.iter().map(|value| value.ln()).collect();
        logs.sort_by(f64::total_cmp);
        let n = logs.len();
        match n {
            0..=MOST_COMPARED => logs,
            _ => (0..MOST_COMPARED)
                .map(|part| logs[(2 * part + 1) * n / (2 * MOST_COMPARED)])
                .collect(),
        }
    };
    let (now, older) = (logs(now), logs(older));
    let (n, m) = (now.len() as f64, older.len() as f64);
    // U counts the pairs in which the new value is the larger one; equal ones count half.
    let mut shifts = Vec::with_capacity(now.len() * older.len());
    let mut u = 0.0;
    for a in &now {
        for b in &older {
            u += match a.total_cmp(b) {
                std::cmp::Ordering::Greater => 1.0,
                std::cmp::Ordering::Equal => 0.5,
                std::cmp::Ordering::Less => 0.0,
            };
            shifts.push(a - b);
        }
    }
    shifts.sort_by(f64::total_cmp);
    let sigma = (n * m / 12.0 * (n + m + 1.0 - ties(&now, &older))).sqrt();
    let p = match sigma > 0.0 {
        // With the correction for continuity.
        true => normal_p(((u - n * m / 2.0).abs() - 0.5).max(0.0) / sigma),
        false => 1.0,
    };
    let cut = (n * m / 2.0 - 1.96 * (n * m * (n + m + 1.0) / 12.0).sqrt()).floor();
    let cut = (cut.max(0.0) as usize).min(shifts.len() - 1);
    let ends = (shifts[cut], shifts[shifts.len() - 1 - cut]);
    of_logs(Method::Samples, quantile(&shifts, 0.5), ends, p)
}

/// What equal values take from the variance of U: `Σ (t³ - t) / (N (N - 1))`.
fn ties(now: &[f64], older: &[f64]) -> f64 {
    let mut all: Vec<f64> = now.iter().chain(older).copied().collect();
    all.sort_by(f64::total_cmp);
    let (count, mut sum) = (all.len() as f64, 0.0);
    for same in all.chunk_by(|a, b| a == b) {
        let t = same.len() as f64;
        sum += t * t * t - t;
    }
    sum / (count * (count - 1.0))
}

fn means(now: &Measured, older: &Measured) -> Option<Comparison> {
    let (a, b) = (
        now.relative_error()?.powi(2),
        older.relative_error()?.powi(2),
    );
    let free = |it: &Measured| (it.n as f64 - 1.0).max(1.0);
    if a + b <= 0.0 {
        return None;
    }
    // Welch and Satterthwaite.
    let freedom = (a + b).powi(2) / (a * a / free(now) + b * b / free(older));
    let (shift, error) = (now.centre().ln() - older.centre().ln(), (a + b).sqrt());
    let half = student_quantile_of(freedom) * error;
    let p = student_p(shift / error, freedom);
    Some(of_logs(
        Method::Means,
        shift,
        (shift - half, shift + half),
        p,
    ))
}

/// p-values of one import, each corrected for all of them (Benjamini and Hochberg's adjusted p).
pub fn corrected(all: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by(|a, b| all[*b].total_cmp(&all[*a]));
    let count = all.len() as f64;
    let (mut adjusted, mut least) = (vec![1.0; all.len()], 1.0_f64);
    for (place, which) in order.into_iter().enumerate() {
        let rank = count - place as f64;
        if all[which].is_finite() {
            least = least.min(all[which] * count / rank);
            adjusted[which] = least;
        }
    }
    adjusted
}

/// What a comparison says, with its corrected p-value.
pub fn verdict(compared: &Comparison, corrected: f64, more_is_better: bool) -> Verdict {
    let (low, high) = compared.interval;
    let beyond = match compared.method {
        Method::Runs => compared.change.abs() >= SMALLEST,
        Method::Samples | Method::Means => low > UNKNOWN_NOISE || high < -UNKNOWN_NOISE,
    };
    match (
        corrected < FALSE_DISCOVERIES && beyond,
        compared.change > 0.0,
    ) {
        (false, _) => Verdict::Same,
        (true, is_more) if is_more == more_is_better => Verdict::Better,
        (true, _) => Verdict::Worse,
    }
}

#[cfg(test)]
#[path = "compare_tests.rs"]
mod tests;
