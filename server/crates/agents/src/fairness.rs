//! How evenly something is spread over several.

/// Jain's index: the square of the sum over n times the sum of the squares. 1 where all have the same, 1/n where one has
/// everything. Nothing where there are fewer than two, or where there is nothing to spread. R. Jain, D. Chiu and W. Hawe,
/// "A Quantitative Measure of Fairness and Discrimination for Resource Allocation in Shared Computer Systems", DEC-TR-301,
/// 1984.
pub fn fairness(shares: &[f64]) -> Option<f64> {
    let sum: f64 = shares.iter().sum();
    let squares: f64 = shares.iter().map(|share| share * share).sum();
    let index = sum * sum / (shares.len() as f64 * squares);
    (shares.len() > 1 && squares > 0.0 && index.is_finite()).then_some(index)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        for (shares, expected) in [
            (&[][..], None),
            (&[3.0][..], None),
            (&[0.0, 0.0][..], None),
            (&[2.0, 2.0, 2.0][..], Some(1.0)),
            (&[4.0, 0.0, 0.0, 0.0][..], Some(0.25)),
            // (1 + 2 + 3)² / (3 × 14)
            (&[1.0, 2.0, 3.0][..], Some(36.0 / 42.0)),
        ] {
            assert_eq!(fairness(shares), expected, "{shares:?}");
        }
    }
}
