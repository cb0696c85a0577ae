//! How long it usually is between two reports.

use serde::{Deserialize, Serialize};

/// Gaps that are remembered.
const GAPS: usize = 8;

/// The newest gaps between reports.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    gaps: Vec<i64>,
}

impl Interval {
    /// Takes in how long it was between two reports, in milliseconds.
    pub fn take(&mut self, gap_ms: i64) {
        if gap_ms > 0 {
            if self.gaps.len() == GAPS {
                self.gaps.remove(0);
            }
            self.gaps.push(gap_ms);
        }
    }

    /// The median of the newest gaps, in milliseconds: one long pause does not change it. Nothing before there are two.
    pub fn usual_ms(&self) -> Option<i64> {
        let mut gaps = self.gaps.clone();
        gaps.sort_unstable();
        (gaps.len() > 1).then(|| gaps[gaps.len() / 2])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_pause_changes_nothing() {
        let mut interval = Interval::default();
        assert_eq!(interval.usual_ms(), None);
        for gap in [1000, 1010, 0, -5, 60_000, 990] {
            interval.take(gap);
        }
        assert_eq!(interval.usual_ms(), Some(1010));
        for _ in 0..GAPS {
            interval.take(5000);
        }
        assert_eq!(interval.usual_ms(), Some(5000));
    }
}
