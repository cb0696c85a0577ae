//! Binary operators, and what they make of numbers; vectors have their files: `change.rs` with numbers,
//! `matching.rs` and `sets.rs` with each other.

use promql_parser::parser::BinaryExpr;
use promql_parser::parser::token::{
    T_ADD, T_ATAN2, T_DIV, T_EQLC, T_GTE, T_GTR, T_LAND, T_LOR, T_LSS, T_LTE, T_LUNLESS, T_MOD,
    T_MUL, T_NEQ, T_POW, T_SUB, TokenId,
};

use crate::QueryError;
use crate::eval::{Evaluation, Outcome, unexpected};
use crate::matching::Matching;
use crate::sets::SetOperator;
use crate::steps::{Scalars, Steps};

/// An operator on two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Power,
    Atan2,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Operator {
    pub fn of(token: TokenId) -> Option<Self> {
        Some(match token {
            T_ADD => Self::Add,
            T_SUB => Self::Subtract,
            T_MUL => Self::Multiply,
            T_DIV => Self::Divide,
            T_MOD => Self::Remainder,
            T_POW => Self::Power,
            T_ATAN2 => Self::Atan2,
            T_EQLC => Self::Equal,
            T_NEQ => Self::NotEqual,
            T_LSS => Self::Less,
            T_LTE => Self::LessOrEqual,
            T_GTR => Self::Greater,
            T_GTE => Self::GreaterOrEqual,
            _ => return None,
        })
    }

    /// How it is written.
    pub fn text(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
            Self::Power => "^",
            Self::Atan2 => "atan2",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }

    /// Whether it says yes or no.
    pub fn is_comparison(self) -> bool {
        matches!(
            self,
            Self::Equal
                | Self::NotEqual
                | Self::Less
                | Self::LessOrEqual
                | Self::Greater
                | Self::GreaterOrEqual
        )
    }

    /// The result of arithmetic, 1 or 0 of a comparison.
    pub fn number(self, left: f64, right: f64) -> f64 {
        match self {
            Self::Add => left + right,
            Self::Subtract => left - right,
            Self::Multiply => left * right,
            Self::Divide => left / right,
            Self::Remainder => left % right,
            Self::Power => left.powf(right),
            Self::Atan2 => left.atan2(right),
            _ => f64::from(u8::from(self.holds(left, right))),
        }
    }

    /// Whether a comparison holds.
    fn holds(self, left: f64, right: f64) -> bool {
        match self {
            Self::Equal => left == right,
            Self::NotEqual => left != right,
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
            _ => false,
        }
    }

    /// The value of a pair, `kept` if a comparison is a filter and lets it pass.
    pub fn apply(self, (left, right): (f64, f64), kept: f64, is_bool: bool) -> Option<f64> {
        if self.is_comparison() && !is_bool {
            return self.holds(left, right).then_some(kept);
        }
        Some(self.number(left, right))
    }
}

impl Evaluation<'_> {
    pub fn binary(&self, binary: &BinaryExpr, steps: Steps) -> Result<Outcome, QueryError> {
        let left = self.evaluate(&binary.lhs, steps)?;
        let right = self.evaluate(&binary.rhs, steps)?;
        let set_operator = match binary.op.id() {
            T_LAND => Some(SetOperator::And),
            T_LOR => Some(SetOperator::Or),
            T_LUNLESS => Some(SetOperator::Unless),
            _ => None,
        };
        let operator = Operator::of(binary.op.id());
        match (left, right, operator, set_operator) {
            (Outcome::Vector(left), Outcome::Vector(right), _, Some(operator)) => {
                let matching = Matching::of(binary.modifier.as_ref());
                self.set_operation(operator, &matching, left, right, steps)
                    .map(Outcome::Vector)
            }
            (Outcome::Vector(left), Outcome::Vector(right), Some(operator), _) => {
                let matching = Matching::of(binary.modifier.as_ref());
                self.matched(operator, &matching, (left, right), steps)
                    .map(Outcome::Vector)
            }
            (Outcome::Scalar(left), Outcome::Scalar(right), Some(operator), _) => {
                let scalars = match (left, right) {
                    (Scalars::Same(left), Scalars::Same(right)) => {
                        Scalars::Same(operator.number(left, right))
                    }
                    (left, right) => {
                        Scalars::each(steps, |step| operator.number(left.at(step), right.at(step)))
                    }
                };
                Ok(Outcome::Scalar(scalars))
            }
            _ => Err(unexpected("an operator on something else than numbers")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_operators() {
        assert_eq!(Operator::Remainder.number(-5.0, 3.0), -2.0);
        assert!(Operator::Remainder.number(5.0, 0.0).is_nan());
        assert_eq!(Operator::Power.number(f64::NAN, 0.0), 1.0);
        assert_eq!(Operator::Divide.number(1.0, 0.0), f64::INFINITY);
        assert_eq!(Operator::Equal.number(f64::NAN, f64::NAN), 0.0);
        assert_eq!(Operator::NotEqual.number(f64::NAN, f64::NAN), 1.0);
    }

    #[test]
    fn a_filter_keeps_the_value_of_the_series() {
        let greater = Operator::Greater;
        assert_eq!(greater.apply((3.0, 2.0), 3.0, false), Some(3.0));
        assert_eq!(greater.apply((1.0, 2.0), 1.0, false), None);
        assert_eq!(greater.apply((1.0, 2.0), 1.0, true), Some(0.0));
    }
}
