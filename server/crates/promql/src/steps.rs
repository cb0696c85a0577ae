//! How values lie in memory while a query is evaluated: a column a series, with its values at the
//! numbered steps of the query. An instant query has one step.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use model::{Histogram, Labels, METRIC_NAME, TimestampMs};

use crate::QueryError;

/// The times at which an expression is evaluated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Steps {
    pub from_ms: TimestampMs,
    pub step_ms: i64,
    pub count: u32,
}

impl Steps {
    pub fn instant(at_ms: TimestampMs) -> Self {
        Self {
            from_ms: at_ms,
            step_ms: 1,
            count: 1,
        }
    }

    /// From a time to another, both inclusive; none if the end is before the begin.
    pub fn range(from_ms: TimestampMs, to_ms: TimestampMs, step_ms: i64) -> Option<Self> {
        let count = if to_ms < from_ms {
            0
        } else {
            to_ms.checked_sub(from_ms)? / step_ms + 1
        };
        Some(Self {
            from_ms,
            step_ms,
            count: u32::try_from(count).ok()?,
        })
    }

    pub fn at(self, step: u32) -> TimestampMs {
        self.from_ms
            .saturating_add(self.step_ms.saturating_mul(i64::from(step)))
    }

    pub fn last_ms(self) -> TimestampMs {
        self.at(self.count.saturating_sub(1))
    }

    pub fn each(self) -> Range<u32> {
        0..self.count
    }

    /// The steps with their times.
    pub fn times(self) -> impl Iterator<Item = (u32, TimestampMs)> {
        let mut next_ms = self.from_ms;
        self.each().map(move |step| {
            let now_ms = next_ms;
            next_ms = next_ms.saturating_add(self.step_ms);
            (step, now_ms)
        })
    }
}

/// A value at a step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Point {
    pub step: u32,
    pub value: f64,
}

/// A histogram at a step.
#[derive(Clone, Debug)]
pub(crate) struct HistogramPoint {
    pub step: u32,
    pub value: Arc<Histogram>,
}

/// The values of a series, in the order of steps, each step once at most: with a number or with a
/// histogram.
#[derive(Clone, Debug, Default)]
pub(crate) struct Column {
    pub labels: Labels,
    pub points: Vec<Point>,
    pub histograms: Vec<HistogramPoint>,
}

impl Column {
    pub fn floats(labels: Labels, points: Vec<Point>) -> Self {
        Self {
            labels,
            points,
            histograms: Vec::new(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.points.is_empty() && self.histograms.is_empty()
    }

    /// The steps at which there is a value, first those of numbers.
    pub fn steps(&self) -> impl Iterator<Item = u32> {
        let histograms = self.histograms.iter().map(|point| point.step);
        self.points.iter().map(|point| point.step).chain(histograms)
    }

    /// How much is held: as many numbers as would take the place.
    pub fn weight(&self) -> usize {
        let histograms = self.histograms.iter().map(|point| point.value.weight());
        self.points.len() + histograms.sum::<usize>()
    }
}

pub(crate) type Columns = Vec<Column>;

/// A number a step.
#[derive(Clone, Debug)]
pub(crate) enum Scalars {
    /// The same at all of them.
    Same(f64),
    /// One for each.
    Each(Vec<f64>),
}

impl Scalars {
    pub fn at(&self, step: u32) -> f64 {
        match self {
            Self::Same(value) => *value,
            Self::Each(values) => values.get(step as usize).copied().unwrap_or(f64::NAN),
        }
    }

    /// The value of a function of the steps.
    pub fn each(steps: Steps, value: impl FnMut(u32) -> f64) -> Self {
        Self::Each(steps.each().map(value).collect())
    }

    pub fn map(self, change: impl Fn(f64) -> f64) -> Self {
        match self {
            Self::Same(value) => Self::Same(change(value)),
            Self::Each(values) => Self::Each(values.into_iter().map(change).collect()),
        }
    }

    /// As the only column of a vector, without labels.
    pub fn into_column(self, steps: Steps) -> Column {
        let points = steps.each().map(|step| Point {
            step,
            value: self.at(step),
        });
        Column::floats(Labels::new(), points.collect())
    }
}

/// Labels without the name of the metric.
pub(crate) fn nameless(labels: &Labels) -> Labels {
    labels.keep(|name| name != METRIC_NAME)
}

/// A number as Prometheus writes it into labels and texts.
pub(crate) fn number_text(value: f64) -> String {
    if value == f64::INFINITY {
        "+Inf".into()
    } else if value == f64::NEG_INFINITY {
        "-Inf".into()
    } else {
        value.to_string()
    }
}

/// Joins columns of the same labels, which must not have values at the same step. Columns without any
/// value disappear.
pub(crate) fn joined(columns: Columns) -> Result<Columns, QueryError> {
    let mut places: HashMap<Labels, usize> = HashMap::with_capacity(columns.len());
    let mut joined: Columns = Vec::with_capacity(columns.len());
    for column in columns {
        if column.is_empty() {
            continue;
        }
        match places.get(&column.labels) {
            Some(&place) => {
                let both = &mut joined[place];
                both.points.extend(column.points);
                both.points.sort_by_key(|point| point.step);
                both.histograms.extend(column.histograms);
                both.histograms.sort_by_key(|point| point.step);
                let mut steps: Vec<u32> = both.steps().collect();
                if !both.histograms.is_empty() {
                    steps.sort_unstable();
                }
                if steps.windows(2).any(|pair| pair[0] == pair[1]) {
                    return Err(QueryError::same_labels());
                }
            }
            None => {
                places.insert(column.labels.clone(), joined.len());
                joined.push(column);
            }
        }
    }
    Ok(joined)
}

/// Makes sure that no two columns have the same labels. Columns without any value disappear.
pub(crate) fn distinct(mut columns: Columns) -> Result<Columns, QueryError> {
    columns.retain(|column| !column.is_empty());
    let mut known = std::collections::HashSet::with_capacity(columns.len());
    if columns.iter().all(|column| known.insert(&column.labels)) {
        return Ok(columns);
    }
    Err(QueryError::same_labels())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_include_both_ends() {
        let count = |to| Steps::range(0, to, 10).map(|steps| steps.count);
        assert_eq!((count(0), count(9), count(10)), (Some(1), Some(1), Some(2)));
        assert_eq!(count(-1), Some(0));
        assert!(Steps::range(i64::MIN, i64::MAX, 1).is_none());
    }

    #[test]
    fn numbers_have_no_exponent() {
        let texts = [1e21, 0.1, -0.0, f64::NAN, f64::INFINITY].map(number_text);
        let expected = ["1000000000000000000000", "0.1", "-0", "NaN", "+Inf"];
        assert_eq!(texts, expected);
    }
}
