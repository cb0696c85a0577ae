//! Native histograms: what becomes of them where others are numbers.
//!
//! A column has them beside its numbers, and nearly all columns have none; whoever does not ask for them
//! does not see them. What they mean is said by
//! <https://prometheus.io/docs/specs/native_histograms/#promql>.

mod gathered;
mod operators;
mod quantile;
mod rates;
mod text;
mod windows;

use std::sync::Arc;

use model::Histogram;

use crate::steps::{Column, HistogramPoint, Point};

pub(crate) use gathered::Gathered;
pub(crate) use operators::{OfHistogram, operate};
pub(crate) use quantile::{mean, variance};
pub(crate) use text::histogram_text;
pub(crate) use windows::OverHistograms;

/// A value of either kind.
#[derive(Clone, Copy)]
pub(crate) enum Sample<'a> {
    Number(f64),
    Histogram(&'a Arc<Histogram>),
}

/// What comes of values of either kind.
pub(crate) enum Found {
    Number(f64),
    Histogram(Arc<Histogram>),
}

/// The values of a column with their steps, numbers first.
pub(crate) fn samples(column: &Column) -> impl Iterator<Item = (u32, Sample<'_>)> {
    let numbers = column.points.iter();
    let histograms = column.histograms.iter();
    numbers
        .map(|point| (point.step, Sample::Number(point.value)))
        .chain(histograms.map(|point| (point.step, Sample::Histogram(&point.value))))
}

/// The steps of histograms, with their places as values.
pub(crate) fn places(histograms: &[HistogramPoint]) -> Vec<Point> {
    let numbered = histograms.iter().enumerate();
    let point = |(place, point): (usize, &HistogramPoint)| Point {
        step: point.step,
        value: place as f64,
    };
    numbered.map(point).collect()
}
