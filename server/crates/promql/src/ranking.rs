//! `topk` and `bottomk`, `sort` and `sort_desc`: which values come first.

use std::cmp::Ordering;
use std::collections::HashMap;

use model::Labels;
use promql_parser::parser::AggregateExpr;

use crate::QueryError;
use crate::eval::Evaluation;
use crate::folds::Cells;
use crate::groups::Groups;
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

/// The value of the series of this number.
#[derive(Clone, Copy)]
struct Entry {
    value: f64,
    series: usize,
}

/// Which entry comes first. Of the same values those come first whose labels do, whatever they were
/// made of.
struct Order {
    greatest_first: bool,
    labels: Vec<Labels>,
}

/// Candidates for the first places of a group at a step.
#[derive(Clone, Default)]
struct Top {
    entries: Vec<Entry>,
    /// As many as there are places are sorted, the others worse or unseen.
    is_cut: bool,
}

impl Evaluation<'_> {
    /// The first so many series of each group at each step; some more than those are held on the way.
    pub fn ranked(
        &self,
        of: &AggregateExpr,
        count: &Scalars,
        greatest_first: bool,
        steps: Steps,
    ) -> Result<Columns, QueryError> {
        let mut groups = Groups::new(of.modifier.as_ref());
        let mut tables: Vec<Cells<Top>> = Vec::new();
        let mut order = Order {
            greatest_first,
            labels: Vec::new(),
        };
        let (mut counts, mut held) = (Vec::new(), 0);
        self.each_column(&of.expr, steps, &mut |column| {
            if counts.is_empty() {
                let given = steps.each().map(|step| whole(count.at(step)));
                counts = given.collect::<Result<_, _>>()?;
            }
            if !column.histograms.is_empty() {
                let name = if greatest_first { "topk" } else { "bottomk" };
                self.notes.ignored_in_aggregation(name);
            }
            let group = groups.number(&column.labels);
            if group >= tables.len() {
                tables.resize_with(group + 1, Cells::new);
            }
            let series = order.labels.len();
            order.labels.push(column.labels.clone());
            let before = tables[group].len();
            tables[group].take(&column.points, |top, point| {
                let value = point.value;
                let known = top.entries.len();
                top.add(Entry { value, series }, counts[point.step as usize], &order);
                held = held + top.entries.len() - known;
            });
            held += tables[group].len() - before;
            self.budget.hold(held)
        })?;
        let mut ranked = Columns::new();
        let mut tables: Vec<_> = groups.labels.into_iter().zip(tables).collect();
        tables.sort_by(|a, b| a.0.cmp(&b.0));
        for (_, cells) in tables {
            self.budget.check()?;
            // Columns in the order in which their series first come in.
            let mut places: HashMap<usize, usize> = HashMap::new();
            for (step, mut top) in cells.into_steps() {
                top.cut(counts[step as usize], &order);
                for Entry { value, series } in top.entries {
                    let place = *places.entry(series).or_insert_with(|| {
                        let labels = order.labels[series].clone();
                        ranked.push(Column::floats(labels, Vec::new()));
                        ranked.len() - 1
                    });
                    ranked[place].points.push(Point { step, value });
                }
            }
        }
        Ok(ranked)
    }
}

impl Order {
    fn of(&self, a: &Entry, b: &Entry) -> Ordering {
        rank(a.value, b.value, self.greatest_first)
            .then_with(|| self.labels[a.series].cmp(&self.labels[b.series]))
    }
}

impl Top {
    fn add(&mut self, entry: Entry, count: usize, order: &Order) {
        let worst = count.checked_sub(1).filter(|_| self.is_cut);
        let worst = worst.and_then(|place| self.entries.get(place));
        if count == 0 || worst.is_some_and(|worst| order.of(&entry, worst).is_gt()) {
            return;
        }
        self.entries.push(entry);
        if self.entries.len() >= count.saturating_mul(2).saturating_add(8) {
            self.cut(count, order);
        }
    }

    /// Sorts, and forgets those without a place.
    fn cut(&mut self, count: usize, order: &Order) {
        self.entries.sort_unstable_by(|a, b| order.of(a, b));
        self.entries.truncate(count);
        self.is_cut = true;
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
