//! Functions over windows of a series that has histograms, and perhaps numbers too.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use model::{Histogram, TimestampMs};

use super::{Found, Gathered, rates};
use crate::QueryError;
use crate::eval::Evaluation;
use crate::functions::differ;
use crate::rate::{Change, seconds};
use crate::steps::{Column, HistogramPoint, Point};
use crate::window::{Manner, OverWindows, Span, Windows};

/// What a function over windows makes of histograms.
#[derive(Clone, Copy)]
pub(crate) enum OverHistograms {
    /// It takes numbers only.
    Ignored,
    First,
    Last,
    Count,
    Present,
    Changes,
    Resets,
    Sum,
    Mean,
    /// The change over the window.
    Extrapolated(Change),
    /// The change between the last two samples.
    Instant(Change),
}

/// What a step sees of both kinds.
#[derive(Clone, Default)]
struct Both {
    numbers: Range<usize>,
    histograms: Range<usize>,
}

/// A sample of either kind.
#[derive(Clone, Copy)]
enum Seen<'a> {
    Number(TimestampMs, f64),
    Histogram(&'a (TimestampMs, Arc<Histogram>)),
}

impl Seen<'_> {
    fn at_ms(&self) -> TimestampMs {
        match self {
            Seen::Number(at_ms, _) => *at_ms,
            Seen::Histogram((at_ms, _)) => *at_ms,
        }
    }
}

impl Evaluation<'_> {
    /// What a function makes of the windows of a series that has histograms.
    pub fn over_histograms(
        &self,
        manner: Manner,
        function: &OverWindows<'_>,
        name: &str,
        windows: &Windows<'_>,
        column: &mut Column,
    ) -> Result<(), QueryError> {
        let steps = steps(windows);
        let is_mixed = |both: &Both| !both.numbers.is_empty() && !both.histograms.is_empty();
        match manner.histograms {
            OverHistograms::Ignored => {
                if steps.values().any(is_mixed) {
                    self.notes.ignored_in_range(name);
                }
                return function(windows, &mut column.points);
            }
            OverHistograms::Sum | OverHistograms::Mean | OverHistograms::Extrapolated(_) => {
                if steps.values().any(is_mixed) {
                    self.notes.mixed(name);
                }
                let is_plain = |span: &&Span| {
                    let both = steps.get(&span.step);
                    both.is_none_or(|both| both.histograms.is_empty())
                };
                let plain: Vec<Span> = windows.spans.iter().filter(is_plain).copied().collect();
                function(&windows.with_spans(&plain), &mut column.points)?;
            }
            _ => {}
        }
        let resets = match manner.histograms {
            OverHistograms::Extrapolated(change) if change.is_counter => resets(windows),
            _ => vec![false; windows.histograms.all.len()],
        };
        for (step, both) in &steps {
            self.budget.check()?;
            let found = match manner.histograms {
                OverHistograms::Sum | OverHistograms::Mean => {
                    let is_mean = matches!(manner.histograms, OverHistograms::Mean);
                    let only = both.numbers.is_empty();
                    only.then(|| self.gathered_window(windows, both, is_mean, name))
                        .flatten()
                }
                OverHistograms::Extrapolated(change) if both.numbers.is_empty() => {
                    let window = &windows.histograms.all[both.histograms.clone()];
                    let resets = &resets[both.histograms.clone()];
                    let reach = windows.reach(*step);
                    let notes = &self.notes;
                    let found = rates::extrapolated(window, resets, reach, change, name, notes);
                    found.map(|found| Found::Histogram(Arc::new(found)))
                }
                OverHistograms::Extrapolated(_) | OverHistograms::Ignored => None,
                OverHistograms::Instant(change) => self.instant(windows, both, change, name),
                other => of_both(other, windows, both),
            };
            let step = *step;
            match found {
                Some(Found::Number(value)) => column.points.push(Point { step, value }),
                Some(Found::Histogram(value)) => {
                    column.histograms.push(HistogramPoint { step, value });
                }
                None => {}
            }
        }
        Ok(())
    }

    fn gathered_window(
        &self,
        windows: &Windows<'_>,
        both: &Both,
        is_mean: bool,
        name: &str,
    ) -> Option<Found> {
        let mut gathered = Gathered::default();
        for (_, histogram) in &windows.histograms.all[both.histograms.clone()] {
            gathered.add(histogram, name, &self.notes);
        }
        gathered.finish(is_mean, &self.notes)
    }

    fn instant(
        &self,
        windows: &Windows<'_>,
        both: &Both,
        change: Change,
        name: &str,
    ) -> Option<Found> {
        let seen = seen(windows, both);
        let [.., before, after] = seen.as_slice() else {
            return None;
        };
        match (before, after) {
            (Seen::Number(before_ms, before), Seen::Number(after_ms, after)) => {
                let is_reset = change.is_counter && after < before;
                let grown = if is_reset { *after } else { after - before };
                let apart = seconds(after_ms - before_ms);
                let grown = if change.is_rate { grown / apart } else { grown };
                Some(Found::Number(grown))
            }
            (Seen::Histogram(before), Seen::Histogram(after)) => {
                let found = rates::instant(before, after, change, name, &self.notes)?;
                Some(Found::Histogram(Arc::new(found)))
            }
            _ => {
                self.notes.mixed(name);
                None
            }
        }
    }
}

/// Functions that take both kinds together.
fn of_both(function: OverHistograms, windows: &Windows<'_>, both: &Both) -> Option<Found> {
    let count = both.numbers.len() + both.histograms.len();
    let found = match function {
        OverHistograms::Count => return Some(Found::Number(count as f64)),
        OverHistograms::Present => return Some(Found::Number(1.0)),
        OverHistograms::First => *seen(windows, both).first()?,
        OverHistograms::Last => *seen(windows, both).last()?,
        OverHistograms::Changes => {
            let count = count_pairs(&seen(windows, both), |before, after| {
                match (before, after) {
                    (Seen::Number(_, before), Seen::Number(_, after)) => differ(*before, *after),
                    (Seen::Histogram(before), Seen::Histogram(after)) => {
                        !after.1.is_same(&before.1)
                    }
                    _ => true,
                }
            });
            return Some(Found::Number(count));
        }
        OverHistograms::Resets => {
            let count = count_pairs(&seen(windows, both), |before, after| {
                match (before, after) {
                    (Seen::Number(_, before), Seen::Number(_, after)) => after < before,
                    (Seen::Histogram(before), Seen::Histogram(after)) => {
                        after.1.is_reset_since(&before.1)
                    }
                    _ => true,
                }
            });
            return Some(Found::Number(count));
        }
        _ => return None,
    };
    Some(match found {
        Seen::Number(_, value) => Found::Number(value),
        Seen::Histogram((_, histogram)) => Found::Histogram(Arc::clone(histogram)),
    })
}

fn count_pairs(seen: &[Seen<'_>], counts: impl Fn(&Seen<'_>, &Seen<'_>) -> bool) -> f64 {
    let pairs = seen.windows(2);
    pairs.filter(|pair| counts(&pair[0], &pair[1])).count() as f64
}

/// What each step sees that sees anything.
fn steps(windows: &Windows<'_>) -> BTreeMap<u32, Both> {
    let mut steps: BTreeMap<u32, Both> = BTreeMap::new();
    for span in windows.spans {
        steps.entry(span.step).or_default().numbers = span.places();
    }
    for span in windows.histograms.spans {
        steps.entry(span.step).or_default().histograms = span.places();
    }
    steps
}

/// All that a step sees, in the order of time.
fn seen<'a>(windows: &Windows<'a>, both: &Both) -> Vec<Seen<'a>> {
    let numbers = both.numbers.clone();
    let numbers = numbers.map(|place| Seen::Number(windows.at_ms[place], windows.values[place]));
    let histograms = windows.histograms.all[both.histograms.clone()].iter();
    let mut seen: Vec<_> = numbers.chain(histograms.map(Seen::Histogram)).collect();
    if !both.numbers.is_empty() {
        seen.sort_by_key(Seen::at_ms);
    }
    seen
}

/// Before which histograms the counter was reset.
fn resets(windows: &Windows<'_>) -> Vec<bool> {
    let pairs = windows.histograms.all.windows(2);
    let resets = pairs.map(|pair| pair[1].1.is_reset_since(&pair[0].1));
    std::iter::once(false).chain(resets).collect()
}
