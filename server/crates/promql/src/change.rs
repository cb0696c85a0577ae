//! What changes each value of a vector by itself: signs, operators with a number, functions of a
//! number. It needs one column at a time.

use promql_parser::parser::value::ValueType;
use promql_parser::parser::{BinaryExpr, Call, Expr};

use crate::QueryError;
use crate::binary::Operator;
use crate::eval::{Evaluation, unexpected, without_parentheses};
use crate::functions::{Arguments, bounded, of_number};
use crate::native::OfHistogram;
use crate::notes::Notes;
use crate::steps::{Column, Columns, Steps, distinct, joined, nameless};
use crate::stream::has_one_name;

/// What becomes of a value at a step; nothing where it is filtered out.
pub(crate) type OfValue = Box<dyn Fn(u32, f64) -> Option<f64>>;

/// What is done to each column of a vector.
pub(crate) struct Change {
    pub of_value: OfValue,
    pub of_histogram: OfHistogram,
    pub keeps_name: bool,
}

/// The vector that an expression changes value by value, if it is such an expression.
pub(crate) fn changed_part(expression: &Expr) -> Option<&Expr> {
    let is_vector = |expression: &Expr| expression.value_type() == ValueType::Vector;
    match expression {
        Expr::Paren(inner) => changed_part(&inner.expr),
        Expr::Unary(unary) => is_vector(&unary.expr).then_some(&*unary.expr),
        Expr::Binary(binary) => match (is_vector(&binary.lhs), is_vector(&binary.rhs)) {
            (true, false) => Some(&binary.lhs),
            (false, true) => Some(&binary.rhs),
            _ => None,
        },
        Expr::Call(call) => {
            let name = call.func.name;
            let is_one = of_number(name).is_some()
                || matches!(name, "round" | "clamp" | "clamp_min" | "clamp_max");
            call.args.args.first().filter(|_| is_one).map(|of| &**of)
        }
        _ => None,
    }
}

impl Evaluation<'_> {
    /// What an expression that has a changed part does to it.
    pub fn change(&self, expression: &Expr, steps: Steps) -> Result<Change, QueryError> {
        match without_parentheses(expression) {
            Expr::Unary(_) => Ok(Change {
                of_value: Box::new(|_, value| Some(-value)),
                of_histogram: OfHistogram::Negated,
                keeps_name: false,
            }),
            Expr::Binary(binary) => self.operation(binary, steps),
            Expr::Call(call) => Ok(Change {
                of_value: self.function(call, steps)?,
                of_histogram: OfHistogram::Dropped,
                keeps_name: false,
            }),
            _ => Err(unexpected("nothing that changes values")),
        }
    }

    /// The changed vector as a whole.
    pub fn changed(&self, expression: &Expr, steps: Steps) -> Result<Columns, QueryError> {
        let of = changed_part(expression).ok_or_else(|| unexpected("no vector"))?;
        let mut columns = self.vector(of, steps)?;
        let change = self.change(expression, steps)?;
        for column in &mut columns {
            change.apply(column, &self.notes);
        }
        if change.keeps_name || has_one_name(of) {
            columns.retain(|column| !column.is_empty());
            return Ok(columns);
        }
        match expression {
            Expr::Unary(_) => distinct(columns),
            _ => joined(columns),
        }
    }

    fn operation(&self, binary: &BinaryExpr, steps: Steps) -> Result<Change, QueryError> {
        let operator = Operator::of(binary.op.id());
        let operator = operator.ok_or_else(|| unexpected("an operator on sets"))?;
        let is_bool = binary.return_bool();
        let is_left = binary.lhs.value_type() == ValueType::Vector;
        let other = if is_left { &binary.rhs } else { &binary.lhs };
        let scalars = self.scalar(other, steps)?;
        Ok(Change {
            keeps_name: operator.is_comparison() && !is_bool,
            of_histogram: OfHistogram::Operated {
                operator,
                scalars: scalars.clone(),
                is_left,
            },
            of_value: Box::new(move |step, value| {
                let pair = match is_left {
                    true => (value, scalars.at(step)),
                    false => (scalars.at(step), value),
                };
                operator.apply(pair, value, is_bool)
            }),
        })
    }

    fn function(&self, call: &Call, steps: Steps) -> Result<OfValue, QueryError> {
        if let Some(function) = of_number(call.func.name) {
            return Ok(Box::new(move |_, value| Some(function(value))));
        }
        let arguments = Arguments::of(call);
        let mut bounds = Vec::new();
        for bound in arguments.from(1) {
            bounds.push(self.scalar(bound, steps)?);
        }
        bounded(call.func.name, bounds)
    }
}

impl Change {
    /// Changes one column, which may be without any value then.
    pub fn apply(&self, column: &mut Column, notes: &Notes) {
        if !self.keeps_name {
            column.labels = nameless(&column.labels);
        }
        column.points.retain_mut(|point| {
            let value = (self.of_value)(point.step, point.value);
            point.value = value.unwrap_or(f64::NAN);
            value.is_some()
        });
        if !column.histograms.is_empty() {
            self.of_histogram.apply(&mut column.histograms, notes);
        }
    }
}
