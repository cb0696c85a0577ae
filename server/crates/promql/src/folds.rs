//! What the values of a group come to at one step.

use crate::states::{greater, lesser};
use crate::steps::Point;
use crate::sums::{Mean, Spread, Sum, quantile};

/// What an aggregation makes of histograms.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Folded {
    /// Nothing; it says so.
    Ignored,
    /// They count like numbers.
    Counted,
    /// Their sum.
    Summed,
    /// Their mean.
    Averaged,
}

/// What values come to, one after the other.
pub(crate) trait Fold: Clone + Default {
    /// How much more is held for each value.
    const HELD: usize = 0;

    /// What becomes of histograms.
    const HISTOGRAMS: Folded = Folded::Ignored;

    /// One value more.
    fn add(&mut self, value: f64);

    /// What they come to; some ask for a parameter.
    fn finish(self, parameter: f64) -> f64;
}

impl Fold for Sum {
    const HISTOGRAMS: Folded = Folded::Summed;

    fn add(&mut self, value: f64) {
        *self = self.plus(value);
    }

    fn finish(self, _: f64) -> f64 {
        self.total()
    }
}

impl Fold for Mean {
    const HISTOGRAMS: Folded = Folded::Averaged;

    fn add(&mut self, value: f64) {
        Self::add(self, value);
    }

    fn finish(self, _: f64) -> f64 {
        self.value()
    }
}

/// The least value.
#[derive(Clone)]
pub(crate) struct Minimum(f64);

impl Default for Minimum {
    fn default() -> Self {
        Self(f64::NAN)
    }
}

impl Fold for Minimum {
    fn add(&mut self, value: f64) {
        self.0 = lesser(self.0, value);
    }

    fn finish(self, _: f64) -> f64 {
        self.0
    }
}

/// The greatest value.
#[derive(Clone)]
pub(crate) struct Maximum(f64);

impl Default for Maximum {
    fn default() -> Self {
        Self(f64::NAN)
    }
}

impl Fold for Maximum {
    fn add(&mut self, value: f64) {
        self.0 = greater(self.0, value);
    }

    fn finish(self, _: f64) -> f64 {
        self.0
    }
}

/// How many values there are.
#[derive(Clone, Default)]
pub(crate) struct Count(f64);

impl Fold for Count {
    const HISTOGRAMS: Folded = Folded::Counted;

    fn add(&mut self, _: f64) {
        self.0 += 1.0;
    }

    fn finish(self, _: f64) -> f64 {
        self.0
    }
}

/// That there is a value.
#[derive(Clone, Default)]
pub(crate) struct Presence;

impl Fold for Presence {
    const HISTOGRAMS: Folded = Folded::Counted;

    fn add(&mut self, _: f64) {}

    fn finish(self, _: f64) -> f64 {
        1.0
    }
}

impl Fold for Spread {
    fn add(&mut self, value: f64) {
        Self::add(self, value);
    }

    fn finish(self, _: f64) -> f64 {
        self.variance()
    }
}

/// The root of the variance.
#[derive(Clone, Default)]
pub(crate) struct Deviation(Spread);

impl Fold for Deviation {
    fn add(&mut self, value: f64) {
        self.0.add(value);
    }

    fn finish(self, _: f64) -> f64 {
        self.0.variance().sqrt()
    }
}

/// All values, for a quantile of them.
#[derive(Clone, Default)]
pub(crate) struct Values(Vec<f64>);

impl Fold for Values {
    const HELD: usize = 1;

    fn add(&mut self, value: f64) {
        self.0.push(value);
    }

    fn finish(mut self, parameter: f64) -> f64 {
        quantile(parameter, &mut self.0)
    }
}

/// What a group holds at each step from its first to its last one.
pub(crate) struct Cells<F> {
    from: u32,
    cells: Vec<Option<F>>,
}

impl<F: Clone + Default> Cells<F> {
    pub fn new() -> Self {
        Self {
            from: 0,
            cells: Vec::new(),
        }
    }

    /// How many steps it spans.
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Takes the values of a series in.
    pub fn take(&mut self, points: &[Point], mut add: impl FnMut(&mut F, &Point)) {
        let (Some(first), Some(last)) = (points.first(), points.last()) else {
            return;
        };
        if self.cells.is_empty() {
            self.from = first.step;
        } else if first.step < self.from {
            let more = (self.from - first.step) as usize;
            self.cells.splice(0..0, std::iter::repeat_n(None, more));
            self.from = first.step;
        }
        let after = (last.step - self.from) as usize + 1;
        if after > self.cells.len() {
            self.cells.resize(after, None);
        }
        for point in points {
            let cell = &mut self.cells[(point.step - self.from) as usize];
            add(cell.get_or_insert_default(), point);
        }
    }

    /// The steps at which there is anything, in order.
    pub fn into_steps(self) -> impl Iterator<Item = (u32, F)> {
        let cells = (self.from..).zip(self.cells);
        cells.filter_map(|(step, cell)| Some((step, cell?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_grow_both_ways() {
        let point = |step, value| Point { step, value };
        let mut cells: Cells<Sum> = Cells::new();
        for points in [
            vec![point(5, 1.0), point(7, 2.0)],
            vec![],
            vec![point(2, 4.0)],
            vec![point(7, 8.0), point(9, 16.0)],
        ] {
            cells.take(&points, |sum, point| Fold::add(sum, point.value));
        }
        assert_eq!(cells.len(), 8);
        let steps = cells.into_steps().map(|(step, sum)| (step, sum.total()));
        let expected = [(2, 4.0), (5, 1.0), (7, 10.0), (9, 16.0)];
        assert_eq!(steps.collect::<Vec<_>>(), expected);
    }
}
