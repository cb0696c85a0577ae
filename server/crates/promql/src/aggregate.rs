//! Aggregations: series in groups, and one value a group and step.

use std::collections::HashMap;

use model::{Labels, METRIC_NAME};
use promql_parser::parser::token::{
    T_AVG, T_BOTTOMK, T_COUNT, T_COUNT_VALUES, T_GROUP, T_MAX, T_MIN, T_QUANTILE, T_STDDEV,
    T_STDVAR, T_SUM, T_TOPK, TokenId,
};
use promql_parser::parser::{AggregateExpr, LabelModifier};

use crate::QueryError;
use crate::eval::{Evaluation, unexpected};
use crate::steps::{Column, Columns, Point, Scalars, Steps, joined, number_text};
use crate::sums::{Mean, Spread, Sum, quantile};

/// A group of series, in the order of the first one.
pub(crate) struct Group {
    pub labels: Labels,
    pub members: Vec<Column>,
}

/// What a group has come to at one step.
enum Accumulator {
    Sum(Sum),
    Mean(Mean),
    Least(f64),
    Most(f64),
    Count(f64),
    Presence,
    Variance(Spread),
    Deviation(Spread),
    Values(Vec<f64>),
}

impl Evaluation<'_> {
    pub fn aggregate(
        &mut self,
        aggregate: &AggregateExpr,
        steps: Steps,
    ) -> Result<Columns, QueryError> {
        let operation = aggregate.op.id();
        let by = aggregate.modifier.as_ref();
        let mut parameter = Scalars::Same(f64::NAN);
        if let (T_TOPK | T_BOTTOMK | T_QUANTILE, Some(given)) = (operation, &aggregate.param) {
            parameter = self.scalar(given, steps)?;
        }
        let columns = self.vector(&aggregate.expr, steps)?;
        match operation {
            T_COUNT_VALUES => {
                let Some(label) = &aggregate.param else {
                    return Err(unexpected("count_values without a label"));
                };
                let label = self.text(label)?;
                self.count_values(columns, &label, by, steps)
            }
            T_TOPK | T_BOTTOMK => {
                let groups = grouped(columns, |labels| group_labels(labels, by));
                self.ranked(groups, &parameter, operation == T_TOPK, steps)
            }
            _ => {
                if operation == T_QUANTILE && !columns.is_empty() {
                    steps
                        .each()
                        .for_each(|step| self.notes.quantile(parameter.at(step)));
                }
                let groups = grouped(columns, |labels| group_labels(labels, by));
                self.folded(groups, operation, &parameter, steps)
            }
        }
    }

    fn folded(
        &mut self,
        groups: Vec<Group>,
        operation: TokenId,
        parameter: &Scalars,
        steps: Steps,
    ) -> Result<Columns, QueryError> {
        let mut folded = Columns::with_capacity(groups.len());
        for group in groups {
            self.budget.check()?;
            let mut cells: Vec<Option<Accumulator>> = Vec::new();
            cells.resize_with(steps.count as usize, || None);
            for point in group.members.iter().flat_map(|member| &member.points) {
                let cell = &mut cells[point.step as usize];
                match cell {
                    Some(known) => known.add(point.value),
                    None => *cell = Some(Accumulator::begin(operation, point.value)?),
                }
            }
            let points = steps.each().zip(cells).filter_map(|(step, cell)| {
                let value = cell?.finish(parameter.at(step));
                Some(Point { step, value })
            });
            folded.push(Column {
                points: points.collect(),
                labels: group.labels,
            });
        }
        joined(folded)
    }

    fn count_values(
        &mut self,
        columns: Columns,
        label: &str,
        by: Option<&LabelModifier>,
        steps: Steps,
    ) -> Result<Columns, QueryError> {
        if label.is_empty() {
            return Err(QueryError::execution(format!(
                "invalid label name {label:?}"
            )));
        }
        // A series becomes one for each of its values; those are then counted.
        let mut values: HashMap<(usize, u64), Column> = HashMap::new();
        let mut order = Vec::new();
        for (place, column) in columns.iter().enumerate() {
            self.budget.hold(order.len())?;
            for point in &column.points {
                let key = (place, point.value.to_bits());
                let one = values.entry(key).or_insert_with(|| {
                    order.push(key);
                    let labels = column.labels.clone();
                    Column {
                        labels: labels.with(label, number_text(point.value)),
                        points: Vec::new(),
                    }
                });
                one.points.push(*point);
            }
        }
        let columns = order.iter().filter_map(|key| values.remove(key)).collect();
        let groups = grouped(columns, |labels| match by {
            Some(LabelModifier::Exclude(_)) => group_labels(labels, by),
            None => labels.keep(|name| name == label),
            Some(LabelModifier::Include(wanted)) => {
                labels.keep(|name| name == label || wanted.labels.iter().any(|one| one == name))
            }
        });
        self.folded(groups, T_COUNT, &Scalars::Same(f64::NAN), steps)
    }
}

/// The labels that a series has in common with its group.
fn group_labels(labels: &Labels, by: Option<&LabelModifier>) -> Labels {
    let is_listed = |list: &[String], name: &str| list.iter().any(|listed| listed == name);
    match by {
        None => Labels::new(),
        Some(LabelModifier::Include(list)) => labels.keep(|name| is_listed(&list.labels, name)),
        Some(LabelModifier::Exclude(list)) => {
            labels.keep(|name| name != METRIC_NAME && !is_listed(&list.labels, name))
        }
    }
}

fn grouped(columns: Columns, group_labels: impl Fn(&Labels) -> Labels) -> Vec<Group> {
    let mut places: HashMap<Labels, usize> = HashMap::new();
    let mut groups: Vec<Group> = Vec::new();
    for column in columns {
        let labels = group_labels(&column.labels);
        let place = *places.entry(labels).or_insert_with_key(|labels| {
            groups.push(Group {
                labels: labels.clone(),
                members: Vec::new(),
            });
            groups.len() - 1
        });
        groups[place].members.push(column);
    }
    groups
}

impl Accumulator {
    fn begin(operation: TokenId, first: f64) -> Result<Self, QueryError> {
        let mut begun = match operation {
            T_SUM => Self::Sum(Sum::default()),
            T_AVG => Self::Mean(Mean::default()),
            T_MIN => Self::Least(f64::NAN),
            T_MAX => Self::Most(f64::NAN),
            T_COUNT => Self::Count(0.0),
            T_GROUP => Self::Presence,
            T_STDVAR => Self::Variance(Spread::default()),
            T_STDDEV => Self::Deviation(Spread::default()),
            T_QUANTILE => Self::Values(Vec::new()),
            _ => return Err(unexpected("an unknown aggregation")),
        };
        begun.add(first);
        Ok(begun)
    }

    fn add(&mut self, value: f64) {
        match self {
            Self::Sum(sum) => *sum = sum.plus(value),
            Self::Mean(mean) => mean.add(value),
            Self::Least(least) => *least = lesser(*least, value),
            Self::Most(most) => *most = greater(*most, value),
            Self::Count(count) => *count += 1.0,
            Self::Presence => {}
            Self::Variance(spread) | Self::Deviation(spread) => spread.add(value),
            Self::Values(values) => values.push(value),
        }
    }

    fn finish(self, parameter: f64) -> f64 {
        match self {
            Self::Sum(sum) => sum.total(),
            Self::Mean(mean) => mean.value(),
            Self::Least(value) | Self::Most(value) | Self::Count(value) => value,
            Self::Presence => 1.0,
            Self::Variance(spread) => spread.variance(),
            Self::Deviation(spread) => spread.variance().sqrt(),
            Self::Values(mut values) => quantile(parameter, &mut values),
        }
    }
}

/// The lesser of two; any number rather than not-a-number.
pub(crate) fn lesser(known: f64, value: f64) -> f64 {
    if value < known || known.is_nan() {
        value
    } else {
        known
    }
}

/// The greater of two; any number rather than not-a-number.
pub(crate) fn greater(known: f64, value: f64) -> f64 {
    if value > known || known.is_nan() {
        value
    } else {
        known
    }
}
