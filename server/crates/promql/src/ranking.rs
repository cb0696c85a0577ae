//! `topk` and `bottomk`, `sort` and `sort_desc`: which values come first.

use std::cmp::Ordering;

use crate::QueryError;
use crate::aggregate::Group;
use crate::eval::Evaluation;
use crate::steps::{Column, Columns, Point, Scalars, Steps};

/// The order of values; not-a-number is last whichever way it goes.
fn rank(a: f64, b: f64, greatest_first: bool) -> Ordering {
    let by_number = a.partial_cmp(&b).map(|order| match greatest_first {
        true => order.reverse(),
        false => order,
    });
    by_number.unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
}

/// An instant vector in the order of its values. Over a range no order is the right one.
pub(crate) fn sorted(mut columns: Columns, greatest_first: bool, steps: Steps) -> Columns {
    let value = |column: &Column| column.points.first().map_or(f64::NAN, |point| point.value);
    if steps.count == 1 {
        columns.sort_by(|a, b| rank(value(a), value(b), greatest_first));
    }
    columns
}

impl Evaluation<'_> {
    /// The first so many series of each group at each step.
    pub fn ranked(
        &mut self,
        groups: Vec<Group>,
        count: &Scalars,
        greatest_first: bool,
        steps: Steps,
    ) -> Result<Columns, QueryError> {
        let mut ranked = Columns::new();
        if groups.is_empty() {
            return Ok(ranked);
        }
        let counts = steps.each().map(|step| whole(count.at(step)));
        let counts = counts.collect::<Result<Vec<_>, _>>()?;
        for mut group in groups {
            self.budget.check()?;
            // Of the same values those come first whose labels do, whatever they were made of.
            (group.members).sort_by(|a, b| a.labels.cmp(&b.labels));
            let mut cells: Vec<Vec<(usize, f64)>> = vec![Vec::new(); steps.count as usize];
            for (place, member) in group.members.iter().enumerate() {
                for point in &member.points {
                    cells[point.step as usize].push((place, point.value));
                }
            }
            let mut columns: Vec<Column> = (group.members.into_iter())
                .map(|member| Column {
                    labels: member.labels,
                    points: Vec::new(),
                })
                .collect();
            let mut order = Vec::new();
            for ((step, mut cell), count) in steps.each().zip(cells).zip(&counts) {
                cell.sort_by(|a, b| rank(a.1, b.1, greatest_first));
                cell.truncate(*count);
                for (place, value) in cell {
                    if columns[place].points.is_empty() {
                        order.push(place);
                    }
                    columns[place].points.push(Point { step, value });
                }
            }
            for place in order {
                let labels = columns[place].labels.clone();
                let points = std::mem::take(&mut columns[place].points);
                ranked.push(Column { labels, points });
            }
        }
        Ok(ranked)
    }
}

/// A number of series.
fn whole(count: f64) -> Result<usize, QueryError> {
    // 2^63: what a signed 64-bit number cannot hold any more.
    if count.is_nan() || count.abs() > 9_223_372_036_854_775_807.0 {
        let text = crate::steps::number_text(count);
        let why = format!("Scalar value {text} overflows int64");
        return Err(QueryError::execution(why));
    }
    Ok(if count < 1.0 { 0 } else { count as usize })
}
