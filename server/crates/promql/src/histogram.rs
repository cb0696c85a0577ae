//! Classic histograms: series that differ in `le` only are the buckets of one histogram.

use std::collections::HashMap;

use model::{Labels, METRIC_NAME};

use crate::QueryError;
use crate::eval::Evaluation;
use crate::steps::{Column, Columns, Point, Scalars, Steps, joined, nameless};

/// The label that holds the upper bound of a bucket.
const BOUND: &str = "le";

/// Differences between the counts of neighbours that are rounding rather than observations.
const ROUNDING: f64 = 1e-12;

/// What is asked of histograms.
pub(crate) enum Demand {
    /// The value below which this share of the observations is.
    Quantile(Scalars),
    /// The share of the observations between two values.
    Fraction(Scalars, Scalars),
}

/// How many observations were not above a bound.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Bucket {
    bound: f64,
    count: f64,
}

struct Histogram {
    labels: Labels,
    name: String,
    members: Vec<(f64, Column)>,
}

impl Evaluation<'_> {
    pub fn histograms(
        &self,
        columns: Columns,
        demand: &Demand,
        steps: Steps,
    ) -> Result<Columns, QueryError> {
        if let (Demand::Quantile(quantiles), false) = (demand, columns.is_empty()) {
            self.notes.quantiles(quantiles, steps);
        }
        let (native, columns) = self.native_histograms(columns, demand);
        let (mut answers, mut buckets) = (Columns::new(), Vec::new());
        for histogram in self.gathered(columns) {
            self.budget.check()?;
            let mut points = Vec::new();
            let mut members: Vec<_> = (histogram.members.iter())
                .map(|(bound, column)| (*bound, &*column.points))
                .collect();
            members.sort_by(|a, b| a.0.total_cmp(&b.0));
            for step in steps.each() {
                buckets.clear();
                for (bound, rest) in &mut members {
                    if let Some((next, after)) = rest.split_first().filter(|it| it.0.step == step) {
                        *rest = after;
                        buckets.push(Bucket {
                            bound: *bound,
                            count: next.value,
                        });
                    }
                }
                if buckets.is_empty() {
                    continue;
                }
                let value = match demand {
                    Demand::Quantile(quantiles) => {
                        let (value, is_forced) = quantile(quantiles.at(step), &mut buckets);
                        if is_forced {
                            self.notes.forced_monotonicity(&histogram.name);
                        }
                        value
                    }
                    Demand::Fraction(lower, upper) => {
                        fraction(lower.at(step), upper.at(step), &mut buckets)
                    }
                };
                points.push(Point { step, value });
            }
            answers.push(Column::floats(histogram.labels, points));
        }
        match native.is_empty() {
            true => joined(answers),
            false => self.beside_classic(native, answers),
        }
    }

    fn gathered(&self, columns: Columns) -> Vec<Histogram> {
        let mut places: HashMap<Labels, usize> = HashMap::new();
        let mut histograms: Vec<Histogram> = Vec::new();
        for column in columns {
            let name = column.labels.get(METRIC_NAME);
            let Some(bound) = parse_bound(column.labels.get(BOUND)) else {
                let given = column.labels.get(BOUND);
                self.notes.bucket_label(given, name);
                continue;
            };
            let labels = column.labels.keep(|name| name != BOUND);
            let place = *places.entry(labels).or_insert_with_key(|labels| {
                histograms.push(Histogram {
                    labels: nameless(labels),
                    name: name.to_owned(),
                    members: Vec::new(),
                });
                histograms.len() - 1
            });
            histograms[place].members.push((bound, column));
        }
        histograms
    }
}

/// A bound as exporters write it: `0.5`, `1e3`, `+Inf`.
fn parse_bound(text: &str) -> Option<f64> {
    text.parse().ok()
}

/// Makes one of neighbours of the same bound; whether all are a histogram, whose last bound is infinite.
fn is_whole(buckets: &mut Vec<Bucket>) -> bool {
    buckets.dedup_by(|next, kept| {
        let is_same = next.bound == kept.bound;
        if is_same {
            kept.count += next.count;
        }
        is_same
    });
    (buckets.last()).is_some_and(|last| last.bound == f64::INFINITY)
}

/// Makes counts grow with bounds; says whether more than rounding had to be mended.
fn force_growth(buckets: &mut [Bucket]) -> bool {
    let mut is_forced = false;
    let mut before = buckets.first().map_or(0.0, |first| first.count);
    for bucket in buckets.iter_mut().skip(1) {
        if is_rounding(before, bucket.count) {
            bucket.count = before;
        } else if bucket.count < before {
            bucket.count = before;
            is_forced = true;
        }
        before = bucket.count;
    }
    is_forced
}

fn is_rounding(a: f64, b: f64) -> bool {
    a == b || (a != 0.0 && b != 0.0 && (a - b).abs() / (a.abs() + b.abs()) < ROUNDING)
}

/// The quantile, interpolated within its bucket, and whether counts had to be mended.
fn quantile(quantile: f64, buckets: &mut Vec<Bucket>) -> (f64, bool) {
    if quantile.is_nan() {
        return (f64::NAN, false);
    }
    if quantile < 0.0 {
        return (f64::NEG_INFINITY, false);
    }
    if quantile > 1.0 {
        return (f64::INFINITY, false);
    }
    if !is_whole(buckets) {
        return (f64::NAN, false);
    }
    let is_forced = force_growth(buckets);
    let last = buckets.len() - 1;
    let observations = buckets[last].count;
    if last == 0 || observations == 0.0 || observations.is_nan() {
        return (f64::NAN, is_forced);
    }
    let rank = quantile * observations;
    let place = buckets[..last].partition_point(|bucket| bucket.count < rank);
    if place == last {
        return (buckets[last - 1].bound, is_forced);
    }
    let bucket = buckets[place];
    let below = match place.checked_sub(1) {
        Some(before) => buckets[before],
        None if bucket.bound <= 0.0 => return (bucket.bound, is_forced),
        None => Bucket {
            bound: 0.0,
            count: 0.0,
        },
    };
    let share = (rank - below.count) / (bucket.count - below.count);
    (
        below.bound + (bucket.bound - below.bound) * share,
        is_forced,
    )
}

/// The share of observations between two values, interpolated within their buckets.
fn fraction(lower: f64, upper: f64, buckets: &mut Vec<Bucket>) -> f64 {
    if !is_whole(buckets) {
        return f64::NAN;
    }
    let observations = buckets.last().map_or(0.0, |last| last.count);
    if observations == 0.0 || observations.is_nan() || lower.is_nan() || upper.is_nan() {
        return f64::NAN;
    }
    if lower >= upper {
        return 0.0;
    }
    (rank(upper, buckets) - rank(lower, buckets)) / observations
}

/// How many observations are below a value.
fn rank(value: f64, buckets: &[Bucket]) -> f64 {
    let mut below = Bucket {
        bound: f64::NEG_INFINITY,
        count: 0.0,
    };
    if buckets.first().is_some_and(|first| first.bound > 0.0) {
        below.bound = 0.0;
    }
    for bucket in buckets {
        if value <= below.bound {
            return below.count;
        }
        if value < bucket.bound {
            let is_open = below.bound.is_infinite() || bucket.bound.is_infinite();
            let share = match is_open {
                // Nobody knows where in it; as little as can be.
                true => 0.0,
                false => (value - below.bound) / (bucket.bound - below.bound),
            };
            return below.count + (bucket.count - below.count) * share;
        }
        below = *bucket;
    }
    below.count
}
