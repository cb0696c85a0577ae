//! Binary operators between vectors: which series belong together, and what comes of each pair.

use std::collections::HashMap;

use model::{Labels, METRIC_NAME};
use promql_parser::parser::{BinModifier, LabelModifier, VectorMatchCardinality};

use crate::QueryError;
use crate::binary::Operator;
use crate::eval::Evaluation;
use crate::native::{Found, Sample, operate, samples};
use crate::steps::{Column, Columns, HistogramPoint, Point, Steps, joined, nameless};

/// How series of two vectors find each other.
#[derive(Default)]
pub(crate) struct Matching {
    listed: Vec<String>,
    /// Only the listed labels count, rather than all others.
    is_on: bool,
    /// On which side several series may belong to one of the other side.
    many: Option<Many>,
    /// Which labels a result takes over from the side of the one.
    included: Vec<String>,
    is_bool: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Many {
    Left,
    Right,
}

impl Matching {
    pub fn of(modifier: Option<&BinModifier>) -> Self {
        let Some(modifier) = modifier else {
            return Self::default();
        };
        let (many, included) = match &modifier.card {
            VectorMatchCardinality::ManyToOne(labels) => (Some(Many::Left), &*labels.labels),
            VectorMatchCardinality::OneToMany(labels) => (Some(Many::Right), &*labels.labels),
            VectorMatchCardinality::OneToOne | VectorMatchCardinality::ManyToMany => {
                (None, &[][..])
            }
        };
        let matching = modifier.matching.as_ref();
        Self {
            listed: matching.map_or_else(Vec::new, |labels| labels.labels().labels.clone()),
            is_on: matches!(matching, Some(LabelModifier::Include(_))),
            many,
            included: included.to_vec(),
            is_bool: modifier.return_bool,
        }
    }

    /// The labels that two series have to have in common.
    pub fn signature(&self, labels: &Labels) -> Labels {
        let is_listed = |name: &str| self.listed.iter().any(|listed| listed == name);
        match self.is_on {
            true => labels.keep(is_listed),
            false => labels.keep(|name| name != METRIC_NAME && !is_listed(name)),
        }
    }

    /// The labels of what comes of a pair.
    fn result(&self, many: &Labels, one: &Labels, operator: Operator) -> Labels {
        let drops_name = !operator.is_comparison() || self.is_bool;
        let mut result = match drops_name {
            true => nameless(many),
            false => many.clone(),
        };
        if self.many.is_none() {
            let is_listed = |name: &str| self.listed.iter().any(|listed| listed == name);
            result = result.keep(|name| is_listed(name) == self.is_on);
        }
        for name in &self.included {
            result = result.with(name, one.get(name));
        }
        result
    }
}

/// The series of both sides that have the same signature.
#[derive(Default)]
struct Match {
    many: Vec<Column>,
    one: Vec<Column>,
}

impl Evaluation<'_> {
    pub fn matched(
        &self,
        operator: Operator,
        matching: &Matching,
        (left, right): (Columns, Columns),
        steps: Steps,
    ) -> Result<Columns, QueryError> {
        let is_swapped = matching.many == Some(Many::Right);
        let (many, one) = match is_swapped {
            true => (right, left),
            false => (left, right),
        };
        // Duplicates do not matter at steps at which the other side has nothing at all.
        let occupied = occupied(&many, steps);
        let mut places: HashMap<Labels, usize> = HashMap::new();
        let mut matches: Vec<(Labels, Match)> = Vec::new();
        for (column, is_many) in many
            .into_iter()
            .map(|column| (column, true))
            .chain(one.into_iter().map(|column| (column, false)))
        {
            let signature = matching.signature(&column.labels);
            let place = *places.entry(signature).or_insert_with_key(|signature| {
                matches.push((signature.clone(), Match::default()));
                matches.len() - 1
            });
            let side = &mut matches[place].1;
            match is_many {
                true => side.many.push(column),
                false => side.one.push(column),
            }
        }
        let mut results = Columns::new();
        for (signature, found) in matches {
            self.budget.check()?;
            let ones = by_step(&found.one, &occupied, &signature, is_swapped)?;
            let first = results.len();
            for many in &found.many {
                let labels = |many: &Labels, one: &Labels| matching.result(many, one, operator);
                let apply = |many: Sample<'_>, one: Sample<'_>| {
                    let (left, right) = match is_swapped {
                        true => (one, many),
                        false => (many, one),
                    };
                    operate(operator, (left, right), matching.is_bool, &self.notes)
                };
                pair(many, (&found.one, &ones), &mut results, labels, apply);
            }
            check_pairs(&results[first..], matching.many.is_some(), steps)?;
        }
        joined(results)
    }
}

/// At which steps there is anything.
fn occupied(columns: &[Column], steps: Steps) -> Vec<bool> {
    let mut occupied = vec![false; steps.count as usize];
    for step in columns.iter().flat_map(Column::steps) {
        occupied[step as usize] = true;
    }
    occupied
}

/// Which of the series of the side of the one has a value at a step: its number and the value.
type Cell<'a> = Option<(usize, Sample<'a>)>;

fn by_step<'a>(
    ones: &'a [Column],
    occupied: &[bool],
    signature: &Labels,
    is_swapped: bool,
) -> Result<Vec<Cell<'a>>, QueryError> {
    let mut found: Vec<Cell<'a>> = Vec::new();
    if ones.is_empty() {
        return Ok(found);
    }
    found.resize(occupied.len(), None);
    for (number, column) in ones.iter().enumerate() {
        for (step, sample) in samples(column) {
            let cell = &mut found[step as usize];
            match cell {
                Some((other, _)) if occupied[step as usize] => {
                    let side = if is_swapped { "left" } else { "right" };
                    return Err(QueryError::execution(format!(
                        "found duplicate series for the match group {signature} on the {side} \
                         hand-side of the operation: [{}, {}];many-to-many matching not allowed: \
                         matching labels must be unique on one side",
                        column.labels, ones[*other].labels
                    )));
                }
                _ => *cell = Some((number, sample)),
            }
        }
    }
    Ok(found)
}

/// The results of one series with those it finds on the other side: a column for each of them.
fn pair(
    many: &Column,
    (ones, by_step): (&[Column], &[Cell<'_>]),
    results: &mut Columns,
    labels: impl Fn(&Labels, &Labels) -> Labels,
    apply: impl Fn(Sample<'_>, Sample<'_>) -> Option<Found>,
) {
    let mut columns: Vec<Option<Column>> = Vec::new();
    columns.resize_with(ones.len(), || None);
    for (step, sample) in samples(many) {
        let Some(Some((number, other))) = by_step.get(step as usize) else {
            continue;
        };
        let Some(found) = apply(sample, *other) else {
            continue;
        };
        let column = columns[*number].get_or_insert_with(|| {
            let labels = labels(&many.labels, &ones[*number].labels);
            Column::floats(labels, Vec::new())
        });
        match found {
            Found::Number(value) => column.points.push(Point { step, value }),
            Found::Histogram(value) => column.histograms.push(HistogramPoint { step, value }),
        }
    }
    for column in columns.iter_mut().flatten() {
        // Where there are histograms, what became a number of them came last.
        if !many.histograms.is_empty() {
            column.points.sort_by_key(|point| point.step);
        }
    }
    results.extend(columns.into_iter().flatten());
}

/// Of the results of one signature, one a step may be there, or with grouping one of the same labels.
fn check_pairs(results: &[Column], is_grouped: bool, steps: Steps) -> Result<(), QueryError> {
    if is_grouped {
        let mut known: HashMap<(&Labels, u32), ()> = HashMap::new();
        let is_unique = unique_labels(results)
            || (results.iter())
                .flat_map(|column| column.steps().map(|step| (&column.labels, step)))
                .all(|key| known.insert(key, ()).is_none());
        if !is_unique {
            return Err(QueryError::execution(
                "multiple matches for labels: grouping labels must ensure unique matches",
            ));
        }
    } else if results.len() > 1 {
        let mut is_taken = vec![false; steps.count as usize];
        for step in results.iter().flat_map(Column::steps) {
            if std::mem::replace(&mut is_taken[step as usize], true) {
                return Err(QueryError::execution(
                    "multiple matches for labels: many-to-one matching must be explicit \
                     (group_left/group_right)",
                ));
            }
        }
    }
    Ok(())
}

fn unique_labels(columns: &[Column]) -> bool {
    let mut known = std::collections::HashSet::with_capacity(columns.len());
    columns.iter().all(|column| known.insert(&column.labels))
}
