//! Aggregations: series in groups, and one value a group and step. Each series is taken in when it
//! comes and is then forgotten; only the groups are held.

use std::collections::{BTreeMap, HashMap};

use model::METRIC_NAME;
use promql_parser::parser::AggregateExpr;
use promql_parser::parser::token::{
    T_AVG, T_BOTTOMK, T_COUNT, T_COUNT_VALUES, T_GROUP, T_MAX, T_MIN, T_QUANTILE, T_STDDEV,
    T_STDVAR, T_SUM, T_TOPK,
};

use crate::QueryError;
use crate::eval::{Evaluation, unexpected};
use crate::folds::{Cells, Count, Deviation, Fold, Folded, Maximum, Minimum, Presence, Values};
use crate::groups::Groups;
use crate::native::{Found, Gathered, histogram_text, places};
use crate::steps::{Column, Columns, HistogramPoint, Point, Scalars, Steps, number_text};
use crate::sums::{Mean, Spread, Sum};

impl Evaluation<'_> {
    pub fn aggregate(&self, of: &AggregateExpr, steps: Steps) -> Result<Columns, QueryError> {
        let nothing = Scalars::Same(f64::NAN);
        match of.op.id() {
            T_SUM => self.folded::<Sum>(of, &nothing, steps),
            T_AVG => self.folded::<Mean>(of, &nothing, steps),
            T_MIN => self.folded::<Minimum>(of, &nothing, steps),
            T_MAX => self.folded::<Maximum>(of, &nothing, steps),
            T_COUNT => self.folded::<Count>(of, &nothing, steps),
            T_GROUP => self.folded::<Presence>(of, &nothing, steps),
            T_STDVAR => self.folded::<Spread>(of, &nothing, steps),
            T_STDDEV => self.folded::<Deviation>(of, &nothing, steps),
            T_QUANTILE => {
                let quantiles = self.parameter(of, steps)?;
                let columns = self.folded::<Values>(of, &quantiles, steps)?;
                if !columns.is_empty() {
                    self.notes.quantiles(&quantiles, steps);
                }
                Ok(columns)
            }
            T_TOPK => self.ranked(of, &self.parameter(of, steps)?, true, steps),
            T_BOTTOMK => self.ranked(of, &self.parameter(of, steps)?, false, steps),
            T_COUNT_VALUES => self.count_values(of, steps),
            _ => Err(unexpected("an unknown aggregation")),
        }
    }

    fn parameter(&self, of: &AggregateExpr, steps: Steps) -> Result<Scalars, QueryError> {
        match &of.param {
            Some(given) => self.scalar(given, steps),
            None => Err(unexpected("an aggregation without its parameter")),
        }
    }

    fn folded<F: Fold>(
        &self,
        of: &AggregateExpr,
        parameter: &Scalars,
        steps: Steps,
    ) -> Result<Columns, QueryError> {
        let mut groups = Groups::new(of.modifier.as_ref());
        let (mut table, mut held) = (Table::<F>::default(), 0);
        let mut histograms = Table::<Gathered>::default();
        self.each_column(&of.expr, steps, &mut |column| {
            let group = groups.number(&column.labels);
            held += F::HELD * column.points.len();
            table.take(group, &column.points, |fold, point| fold.add(point.value));
            if !column.histograms.is_empty() {
                let points = places(&column.histograms);
                match F::HISTOGRAMS {
                    Folded::Ignored => self.notes.ignored_in_aggregation(&of.op.to_string()),
                    Folded::Counted => table.take(group, &points, |fold, _| fold.add(0.0)),
                    Folded::Summed | Folded::Averaged => {
                        let name = column.labels.get(METRIC_NAME);
                        let all = &column.histograms;
                        histograms.take(group, &points, |sum, point| {
                            held += sum.add(&all[point.value as usize].value, name, &self.notes);
                        });
                    }
                }
            }
            self.budget.hold(held + table.held)
        })?;
        let finish = |step, fold: F| fold.finish(parameter.at(step));
        if histograms.held == 0 {
            return Ok(table.finish(groups, finish));
        }
        let is_mean = F::HISTOGRAMS == Folded::Averaged;
        let finish = |step, (fold, sum): (Option<F>, Option<Gathered>)| match (fold, sum) {
            (Some(_), Some(_)) => {
                self.notes.mixed_in_aggregation();
                None
            }
            (Some(fold), None) => Some(Found::Number(finish(step, fold))),
            (None, sum) => sum.and_then(|sum| sum.finish(is_mean, &self.notes)),
        };
        Ok(table.finish_with(histograms, groups, finish))
    }

    fn count_values(&self, of: &AggregateExpr, steps: Steps) -> Result<Columns, QueryError> {
        let label = match &of.param {
            Some(label) => self.text(label)?,
            None => return Err(unexpected("count_values without a label")),
        };
        if label.is_empty() {
            return Err(QueryError::execution(format!(
                "invalid label name {label:?}"
            )));
        }
        let mut groups = Groups::with(of.modifier.as_ref(), &label);
        let mut table = Table::<Count>::default();
        self.each_column(&of.expr, steps, &mut |column| {
            // The series counts in one group for each of its values.
            let mut known: HashMap<u64, usize> = HashMap::new();
            for point in &column.points {
                let group = *known.entry(point.value.to_bits()).or_insert_with(|| {
                    let labels = column.labels.clone();
                    groups.number(&labels.with(&label, number_text(point.value)))
                });
                table.take(group, &[*point], |count, _| count.add(1.0));
            }
            for point in &column.histograms {
                let labels = column.labels.clone();
                let group = groups.number(&labels.with(&label, histogram_text(&point.value)));
                let step = point.step;
                table.take(group, &[Point { step, value: 0.0 }], |count, _| {
                    count.add(1.0)
                });
            }
            self.budget.hold(table.held)
        })?;
        Ok(table.finish(groups, |_, count| count.finish(f64::NAN)))
    }
}

/// What each group holds.
struct Table<F> {
    groups: Vec<Cells<F>>,
    /// How many cells there are in all.
    held: usize,
}

impl<F> Default for Table<F> {
    fn default() -> Self {
        Self {
            groups: Vec::new(),
            held: 0,
        }
    }
}

impl<F: Clone + Default> Table<F> {
    fn take(&mut self, group: usize, points: &[Point], add: impl FnMut(&mut F, &Point)) {
        if group >= self.groups.len() {
            self.groups.resize_with(group + 1, Cells::new);
        }
        let cells = &mut self.groups[group];
        let before = cells.len();
        cells.take(points, add);
        self.held += cells.len() - before;
    }

    fn finish(self, groups: Groups<'_>, mut value: impl FnMut(u32, F) -> f64) -> Columns {
        let columns = groups.labels.into_iter().zip(self.groups);
        let columns = columns.map(|(labels, cells)| {
            let points = cells.into_steps().map(|(step, cell)| Point {
                step,
                value: value(step, cell),
            });
            Column::floats(labels, points.collect())
        });
        let mut columns: Columns = columns.collect();
        // In an order that does not depend on the store's.
        columns.sort_by(|a, b| a.labels.cmp(&b.labels));
        columns
    }

    /// The same together with another table of the same groups.
    fn finish_with<G: Clone + Default>(
        self,
        other: Table<G>,
        groups: Groups<'_>,
        mut value: impl FnMut(u32, (Option<F>, Option<G>)) -> Option<Found>,
    ) -> Columns {
        let mut ours = self.groups.into_iter();
        let mut others = other.groups.into_iter();
        let mut columns = Columns::new();
        for labels in groups.labels {
            let ours = ours.next().into_iter().flat_map(Cells::into_steps);
            let others = others.next().into_iter().flat_map(Cells::into_steps);
            let mut cells: BTreeMap<u32, (Option<F>, Option<G>)> = BTreeMap::new();
            for (step, cell) in ours {
                cells.entry(step).or_default().0 = Some(cell);
            }
            for (step, cell) in others {
                cells.entry(step).or_default().1 = Some(cell);
            }
            let mut column = Column::floats(labels, Vec::new());
            for (step, cell) in cells {
                match value(step, cell) {
                    Some(Found::Number(value)) => column.points.push(Point { step, value }),
                    Some(Found::Histogram(value)) => {
                        column.histograms.push(HistogramPoint { step, value });
                    }
                    None => {}
                }
            }
            columns.push(column);
        }
        columns.retain(|column| !column.is_empty());
        columns.sort_by(|a, b| a.labels.cmp(&b.labels));
        columns
    }
}
