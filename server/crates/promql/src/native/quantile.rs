//! What the observations of a native histogram are like: quantiles, shares, mean and variance.
//!
//! Within a bucket of an exponential schema the logarithms are taken to be spread evenly, within the zero
//! bucket and custom ones the observations themselves. `histogramQuantile` in
//! <https://github.com/prometheus/prometheus/blob/main/promql/quantile.go>.

use model::{Bucket, Histogram, Labels, METRIC_NAME};
use promql_parser::parser::Expr;

use crate::QueryError;
use crate::eval::Evaluation;
use crate::histogram::Demand;
use crate::steps::{Column, Columns, Point, Steps, joined, nameless};
use crate::sums::Sum;

/// The mean of what was observed.
pub(crate) fn mean(histogram: &Histogram) -> f64 {
    histogram.sum / histogram.count
}

/// The variance of what was observed, as if all of a bucket were in its middle.
pub(crate) fn variance(histogram: &Histogram) -> f64 {
    let mean = mean(histogram);
    let squares = histogram.buckets().fold(Sum::default(), |sum, bucket| {
        let middle = match (bucket.lower, bucket.upper) {
            (lower, upper) if histogram.is_custom() => (lower + upper) / 2.0,
            (lower, upper) if lower <= 0.0 && upper >= 0.0 => 0.0,
            (lower, upper) => (lower * upper).sqrt().copysign(upper),
        };
        sum.plus(bucket.count * (middle - mean).powi(2))
    });
    squares.total() / histogram.count
}

/// The value below which a share of the observations is, and whether some were no numbers.
fn quantile(share: f64, histogram: &Histogram) -> f64 {
    if share < 0.0 {
        return f64::NEG_INFINITY;
    }
    if share > 1.0 {
        return f64::INFINITY;
    }
    if histogram.count == 0.0 || share.is_nan() {
        return f64::NAN;
    }
    // From the nearer end, unless observations that are no numbers are missing at the upper one.
    let is_forward = histogram.sum.is_nan() || share < 0.5;
    let mut buckets: Vec<Bucket> = histogram.buckets().collect();
    let mut rank = share * histogram.count;
    if !is_forward {
        buckets.reverse();
        rank = (1.0 - share) * histogram.count;
    }
    let (mut count, mut found) = (0.0, None);
    for bucket in buckets {
        count += bucket.count;
        found = Some(bucket);
        if count >= rank {
            break;
        }
    }
    let Some(bucket) = found.map(|bucket| one_sided(histogram, bucket)) else {
        return f64::NAN;
    };
    if histogram.is_custom() {
        // Nobody knows how far the first and the last one reach.
        if bucket.lower == f64::NEG_INFINITY {
            return bucket.upper;
        }
        if bucket.upper == f64::INFINITY {
            return bucket.lower;
        }
    }
    let count = count.min(histogram.count);
    if count < rank {
        // It lies among those that are no numbers.
        return match histogram.sum.is_nan() {
            true => f64::NAN,
            false => bucket.upper,
        };
    }
    let within = match is_forward {
        true => rank - (count - bucket.count),
        false => count - rank,
    };
    let part = within / bucket.count;
    if is_even(histogram, &bucket) {
        return bucket.lower + (bucket.upper - bucket.lower) * part;
    }
    let (lower, upper) = (bucket.lower.abs().log2(), bucket.upper.abs().log2());
    match bucket.lower > 0.0 {
        true => (lower + (upper - lower) * part).exp2(),
        false => -(upper + (lower - upper) * (1.0 - part)).exp2(),
    }
}

/// The share of observations between two values.
fn fraction(lower: f64, upper: f64, histogram: &Histogram) -> f64 {
    if histogram.count == 0.0 || lower.is_nan() || upper.is_nan() {
        return f64::NAN;
    }
    if lower >= upper {
        return 0.0;
    }
    (below(upper, histogram) - below(lower, histogram)) / histogram.count
}

/// How many observations are below a value.
fn below(value: f64, histogram: &Histogram) -> f64 {
    let most = match histogram.sum.is_nan() {
        true => histogram.buckets().map(|bucket| bucket.count).sum(),
        false => histogram.count,
    };
    let mut rank: f64 = 0.0;
    for bucket in histogram.buckets() {
        let bucket = one_sided(histogram, bucket);
        if bucket.lower >= value {
            return rank.min(most);
        }
        if bucket.upper > value {
            return (rank + bucket.count * part(histogram, &bucket, value)).min(most);
        }
        rank += bucket.count;
    }
    most
}

/// How much of a bucket is below a value in it.
fn part(histogram: &Histogram, bucket: &Bucket, value: f64) -> f64 {
    if bucket.lower.is_infinite() || bucket.upper.is_infinite() {
        // Nobody knows where in it; as little as can be.
        return 0.0;
    }
    if is_even(histogram, bucket) {
        return (value - bucket.lower) / (bucket.upper - bucket.lower);
    }
    let [lower, upper, value] = [bucket.lower, bucket.upper, value].map(|n| n.abs().log2());
    match bucket.lower > 0.0 {
        true => (value - lower) / (upper - lower),
        false => 1.0 - (value - upper) / (lower - upper),
    }
}

/// Whether observations are taken to be spread evenly in a bucket.
fn is_even(histogram: &Histogram, bucket: &Bucket) -> bool {
    histogram.is_custom() || (bucket.lower <= 0.0 && bucket.upper >= 0.0)
}

/// A bucket around zero of a histogram that is on one side of it otherwise.
fn one_sided(histogram: &Histogram, mut bucket: Bucket) -> Bucket {
    if histogram.is_custom() {
        if bucket.lower == f64::NEG_INFINITY && bucket.upper > 0.0 {
            bucket.lower = 0.0;
        }
    } else if bucket.lower < 0.0 && bucket.upper > 0.0 {
        match (histogram.negative.is_empty(), histogram.positive.is_empty()) {
            (true, false) => bucket.lower = 0.0,
            (false, true) => bucket.upper = 0.0,
            _ => {}
        }
    }
    bucket
}

impl Evaluation<'_> {
    /// A number of each histogram of a vector; numbers themselves disappear.
    pub fn of_histograms(
        &self,
        of: &Expr,
        number: fn(&Histogram) -> f64,
        steps: Steps,
    ) -> Result<Columns, QueryError> {
        let columns = self.vector(of, steps)?.into_iter();
        let columns = columns.map(|column| {
            let points = column.histograms.iter().map(|point| Point {
                step: point.step,
                value: number(&point.value),
            });
            Column::floats(nameless(&column.labels), points.collect())
        });
        joined(columns.collect())
    }

    /// What is asked of the native histograms of a vector, with the labels that they had, and what the
    /// vector has beside them.
    pub fn native_histograms(
        &self,
        columns: Columns,
        demand: &Demand,
    ) -> (Vec<(Labels, Vec<Point>)>, Columns) {
        let (mut answers, mut others) = (Vec::new(), Columns::new());
        for mut column in columns {
            let histograms = std::mem::take(&mut column.histograms);
            if !histograms.is_empty() {
                let name = column.labels.get(METRIC_NAME);
                let points = histograms.iter().map(|point| Point {
                    step: point.step,
                    value: self.demanded(demand, point.step, &point.value, name),
                });
                answers.push((column.labels.clone(), points.collect()));
            }
            if !column.points.is_empty() {
                others.push(column);
            }
        }
        (answers, others)
    }

    fn demanded(&self, demand: &Demand, step: u32, histogram: &Histogram, name: &str) -> f64 {
        match demand {
            Demand::Quantile(shares) => {
                let share = shares.at(step);
                let value = quantile(share, histogram);
                if histogram.sum.is_nan() && (0.0..=1.0).contains(&share) && histogram.count != 0.0
                {
                    let counted: f64 = histogram.buckets().map(|bucket| bucket.count).sum();
                    if counted < histogram.count {
                        self.notes.quantile_of_nan(value.is_nan(), name);
                    }
                }
                value
            }
            Demand::Fraction(lower, upper) => {
                if histogram.sum.is_nan() {
                    self.notes.fraction_of_nan(name);
                }
                fraction(lower.at(step), upper.at(step), histogram)
            }
        }
    }

    /// Answers of native histograms together with those of classic ones. Where both are of the same
    /// labels, nobody knows which is meant.
    pub fn beside_classic(
        &self,
        native: Vec<(Labels, Vec<Point>)>,
        classic: Columns,
    ) -> Result<Columns, QueryError> {
        let mut classic = joined(classic)?;
        let mut answers = Columns::new();
        for (labels, mut points) in native {
            let (name, labels) = (labels.get(METRIC_NAME).to_owned(), nameless(&labels));
            let same = classic.iter_mut().find(|column| column.labels == labels);
            if let Some(same) = same {
                let both: Vec<u32> = points.iter().map(|point| point.step).collect();
                let both: Vec<u32> = (same.points.iter().map(|point| point.step))
                    .filter(|step| both.contains(step))
                    .collect();
                if !both.is_empty() {
                    self.notes.mixed_classic(&name);
                    same.points.retain(|point| !both.contains(&point.step));
                    points.retain(|point| !both.contains(&point.step));
                }
            }
            answers.push(Column::floats(labels, points));
        }
        answers.extend(classic);
        joined(answers)
    }
}
