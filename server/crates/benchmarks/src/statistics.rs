//! The few figures of statistics that are needed, over values sorted by size where they say so.

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// The arithmetic mean; of nothing NaN.
pub(crate) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The standard deviation of a sample (`n - 1`); 0 of fewer than two.
pub(crate) fn deviation(values: &[f64]) -> f64 {
    if values.len() < 2 {
        return 0.0;
    }
    let mean = mean(values);
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (squares / (values.len() - 1) as f64).sqrt()
}

/// A quantile of sorted values, between two of them in proportion (type 7 of Hyndman and Fan, 1996).
pub(crate) fn quantile(sorted: &[f64], part: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else {
        return f64::NAN;
    };
    let place = part * last as f64;
    let (below, above) = (place.floor() as usize, place.ceil() as usize);
    sorted[below] + (sorted[above] - sorted[below]) * (place - place.floor())
}

/// The standard deviation by the median absolute deviation of sorted values: 1.4826 of it, were they normal.
pub(crate) fn spread(sorted: &[f64]) -> f64 {
    let median = quantile(sorted, 0.5);
    let mut far: Vec<f64> = sorted.iter().map(|value| (value - median).abs()).collect();
    far.sort_by(f64::total_cmp);
    1.4826 * quantile(&far, 0.5)
}

/// How likely it is that Student's t is at least as far from 0.
pub(crate) fn student_p(t: f64, freedom: f64) -> f64 {
    match StudentsT::new(0.0, 1.0, freedom) {
        Ok(student) if t.is_finite() => 2.0 * student.sf(t.abs()),
        _ => f64::NAN,
    }
}

/// The 97.5 % quantile of Student's t.
pub(crate) fn student_quantile(freedom: usize) -> f64 {
    student_quantile_of(freedom as f64)
}

/// The same for degrees of freedom that are no whole number.
pub(crate) fn student_quantile_of(freedom: f64) -> f64 {
    StudentsT::new(0.0, 1.0, freedom).map_or(f64::NAN, |student| student.inverse_cdf(0.975))
}

/// How likely it is that a normal value is at least as far from 0.
pub(crate) fn normal_p(z: f64) -> f64 {
    Normal::standard().sf(z.abs()) * 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_from_tables() {
        for (freedom, expected) in [(1, 12.7062), (2, 4.3027), (9, 2.2622), (100, 1.9840)] {
            assert!(
                (student_quantile(freedom) - expected).abs() < 1e-3,
                "{freedom}"
            );
        }
        assert!((student_p(2.2622, 9.0) - 0.05).abs() < 1e-4);
        assert!((normal_p(-1.96) - 0.05).abs() < 1e-4);
        assert!(student_p(f64::INFINITY, 3.0).is_nan());
    }

    #[test]
    fn quantiles() {
        let sorted = [1.0, 2.0, 3.0, 10.0];
        assert_eq!(
            (quantile(&sorted, 0.5), quantile(&sorted, 1.0)),
            (2.5, 10.0)
        );
        assert_eq!(spread(&sorted), 1.4826);
        assert_eq!(deviation(&[1.0]), 0.0);
    }
}
