//! Windows that overlap, without going through the same samples again at each step.
//!
//! What samples come to is a state that two can be merged into one: a sum, an extreme, a mean with
//! its squares. The window is cut at a border:
//!
//! ```text
//!            first        border       after
//!   ─────────┼─────────────┼────────────┼──────▶ time
//!             ◀── suffix ── ─── later ──▶
//! ```
//!
//! `later` is the state of the samples since the border and grows with each new one. For each sample
//! before the border there is the state from it up to the border (`suffix`), so the window is one of
//! them merged with `later`. When the window has left the border behind, a new one is set at its end
//! and the suffixes are computed once, backwards. So each sample is merged twice, however many windows
//! see it; and as nothing is ever subtracted, no digits are lost, and not-a-number, an infinity or a
//! huge value does no harm to windows that do not see it.

use model::TimestampMs;

use crate::QueryError;
use crate::steps::Point;
use crate::window::{Span, Window, Windows};

/// What some samples in a row come to.
pub(crate) trait State: Copy {
    /// Of a single sample: its time in milliseconds since one that all have in common, and its value.
    fn of(at: f64, value: f64) -> Self;

    /// Of these samples and those that come after them.
    #[must_use]
    fn then(self, later: Self) -> Self;
}

/// The states of windows whose borders never go back.
pub(crate) struct Slider<S> {
    /// From `border - suffixes.len()` up to the border; the last one comes first.
    suffixes: Vec<S>,
    border: usize,
    later: Option<S>,
    after: usize,
}

/// A window is slid over if that is less work: as many merges as this are one sample looked at anew.
const MERGE: usize = 4;

impl<S: State> Slider<S> {
    pub fn new() -> Self {
        Self {
            suffixes: Vec::new(),
            border: 0,
            later: None,
            after: 0,
        }
    }

    /// The state of the samples from `first` up to before `after`, of which there is one at least.
    pub fn slide(&mut self, first: usize, after: usize, sample: impl Fn(usize) -> S) -> S {
        if first >= self.border {
            self.suffixes.clear();
            let mut suffix: Option<S> = None;
            for place in (first..after).rev() {
                let one = sample(place);
                let state = suffix.map_or(one, |suffix| one.then(suffix));
                self.suffixes.push(state);
                suffix = Some(state);
            }
            (self.border, self.after, self.later) = (after, after, None);
        }
        for place in self.after..after {
            let one = sample(place);
            self.later = Some(self.later.map_or(one, |later| later.then(one)));
        }
        self.after = after;
        let suffix = self.suffixes[self.border - first - 1];
        self.later.map_or(suffix, |later| suffix.then(later))
    }
}

impl Windows<'_> {
    /// Appends what each window comes to: from its state where windows overlap much, else directly.
    /// The values of the window are there for states that cannot say.
    pub fn fold<S: State>(
        &self,
        points: &mut Vec<Point>,
        direct: impl Fn(&[f64]) -> f64,
        of_state: impl Fn(S, &[f64]) -> f64,
    ) -> Result<(), QueryError> {
        if self.overlap() {
            self.fold_states(points, |state, window| Some(of_state(state, window.values)))
        } else {
            self.map(points, |window| Some(direct(window.values)))
        }
    }

    /// Appends what the state of each window comes to.
    pub fn fold_states<S: State>(
        &self,
        points: &mut Vec<Point>,
        of_state: impl Fn(S, &Window<'_>) -> Option<f64>,
    ) -> Result<(), QueryError> {
        let zero_ms = self.zero_ms();
        let sample = |place: usize| {
            let at = self.at_ms[place] - zero_ms;
            S::of(at as f64, self.values[place])
        };
        let mut slider = Slider::new();
        self.map_spans(points, |span| {
            let state = slider.slide(span.first, span.after, sample);
            of_state(state, &self.window(span))
        })
    }

    /// The time from which the times of states count.
    pub fn zero_ms(&self) -> TimestampMs {
        self.at_ms.first().copied().unwrap_or(0)
    }

    /// Whether the same samples are seen so often that sliding is worth it.
    pub fn overlap(&self) -> bool {
        let looks = |span: &Span| span.after - span.first;
        let looks: usize = self.spans.iter().map(looks).sum();
        looks > MERGE * (self.values.len() + self.spans.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which samples it is of; only neighbours can be merged.
    #[derive(Clone, Copy, Debug, PartialEq)]
    struct Places(usize, usize);

    impl State for Places {
        fn of(_: f64, value: f64) -> Self {
            Self(value as usize, value as usize + 1)
        }

        fn then(self, later: Self) -> Self {
            assert_eq!(self.1, later.0);
            Self(self.0, later.1)
        }
    }

    #[test]
    fn every_window_is_of_its_samples() {
        let mut random: usize = 1;
        let mut below = |limit: usize| {
            random = random.wrapping_mul(6_364_136_223_846_793_005) + 1;
            (random >> 33) % limit
        };
        for most in [2, 3, 10, 100] {
            let mut slider = Slider::new();
            let (mut first, mut after) = (0, 1);
            for _ in 0..1000 {
                let window = slider.slide(first, after, |place| Places::of(0.0, place as f64));
                assert_eq!(window, Places(first, after));
                // Often the same again, sometimes far away.
                after += below(most);
                first = (first + below(most)).min(after - 1);
            }
        }
    }
}
