//! A query text that has been understood, and what is refused of what the parser takes.

use std::panic::catch_unwind;
use std::time::{Duration, SystemTime};

use model::{Matcher, TimestampMs};
use promql_parser::parser::token::{T_LIMIT_RATIO, T_LIMITK};
use promql_parser::parser::value::ValueType;
use promql_parser::parser::{AtModifier, Expr, Offset};

use crate::QueryError;
use crate::functions::is_known;
use crate::patterns::Patterns;

/// How much text a query may have outside of quotes: the parser's work grows with its square.
const LONGEST: usize = 10_000;

/// The longest duration that may be given as a number: some three thousand years.
const MOST_SECONDS: f64 = 1e11;

/// How deeply expressions may be nested: each level takes space on the stack.
const DEEPEST: usize = 200;

/// A query text that has been understood.
#[derive(Clone, Debug)]
pub struct Query {
    pub(crate) expression: Expr,
    pub(crate) patterns: Patterns,
}

impl Query {
    /// Understands a text.
    ///
    /// # Errors
    /// [`QueryError::Bad`] when it is no query, or one of those that this engine does not answer.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        let code = outside_quotes(text);
        if code.len() > LONGEST {
            return Err(QueryError::Bad("the query is too long".into()));
        }
        if has_endless_duration(&code) {
            return Err(QueryError::Bad("a duration is out of bounds".into()));
        }
        // A text must not end anything but itself, whatever the parser overlooks.
        let parsed = catch_unwind(|| promql_parser::parser::parse(text));
        let expression = parsed
            .unwrap_or_else(|_| Err("it cannot be understood".into()))
            .map_err(|why| QueryError::Bad(format!("invalid query: {why}")))?;
        let mut patterns = Patterns::default();
        check(&expression, &mut patterns, 0)?;
        Ok(Self {
            expression,
            patterns,
        })
    }

    /// The conditions of a query that is a selector and nothing else, as `match[]` takes them.
    ///
    /// # Errors
    /// [`QueryError::Bad`] when it is something else, or shifts time.
    pub fn selector(&self) -> Result<Vec<Matcher>, QueryError> {
        match &self.expression {
            Expr::VectorSelector(selector)
                if selector.at.is_none() && selector.offset.is_none() =>
            {
                self.patterns.matchers(selector)
            }
            _ => Err(QueryError::Bad("it has to be a plain selector".into())),
        }
    }

    /// Whether it yields numbers over time when asked over a range.
    pub(crate) fn check_for_range(&self) -> Result<(), QueryError> {
        let found = match self.expression.value_type() {
            ValueType::Scalar | ValueType::Vector => return Ok(()),
            ValueType::Matrix => "range vector",
            ValueType::String => "string",
        };
        Err(QueryError::Bad(format!(
            "invalid expression type \"{found}\" for range query, must be Scalar or instant Vector"
        )))
    }
}

/// What of a text does not stand in quotes.
fn outside_quotes(text: &str) -> String {
    let (mut outside, mut quote, mut is_escaped) = (String::new(), None, false);
    for letter in text.chars() {
        match quote {
            Some(_) if is_escaped => is_escaped = false,
            Some(open) => {
                is_escaped = letter == '\\' && open != '`';
                if letter == open {
                    quote = None;
                }
            }
            None => {
                outside.push(letter);
                if matches!(letter, '"' | '\'' | '`') {
                    quote = Some(letter);
                }
            }
        }
    }
    outside
}

/// Whether a duration is given as a number that no duration can be: the parser panics over it.
fn has_endless_duration(code: &str) -> bool {
    let code = code.to_ascii_lowercase();
    let brackets = code.match_indices(['[', ':']);
    let mut starts = brackets.chain(code.match_indices("offset"));
    starts.any(|(at, found)| {
        let rest = code[at + found.len()..].trim_start_matches(|letter: char| {
            letter.is_whitespace() || matches!(letter, '+' | '-')
        });
        let mut before = ' ';
        let end = rest.find(|letter: char| {
            let is_sign = matches!(letter, '+' | '-') && before == 'e';
            before = letter;
            !(is_sign || letter.is_ascii_alphanumeric() || letter == '.')
        });
        let number: Option<f64> = rest[..end.unwrap_or(rest.len())].parse().ok();
        number.is_some_and(|seconds| !(0.0..=MOST_SECONDS).contains(&seconds))
    })
}

fn check(expression: &Expr, patterns: &mut Patterns, depth: usize) -> Result<(), QueryError> {
    let refuse = |why: String| Err(QueryError::Bad(why));
    if depth > DEEPEST {
        return refuse("the query is nested too deeply".into());
    }
    let mut below = |expression: &Expr| check(expression, patterns, depth + 1);
    match expression {
        Expr::Aggregate(aggregate) => {
            if matches!(aggregate.op.id(), T_LIMITK | T_LIMIT_RATIO) {
                return refuse(format!("{} is experimental and not enabled", aggregate.op));
            }
            if let Some(parameter) = &aggregate.param {
                below(parameter)?;
            }
            below(&aggregate.expr)
        }
        Expr::Unary(unary) => below(&unary.expr),
        Expr::Binary(binary) => {
            if let Some(modifier) = &binary.modifier {
                let fill = &modifier.fill_values;
                if fill.lhs.is_some() || fill.rhs.is_some() {
                    return refuse("fill modifiers are experimental and not enabled".into());
                }
            }
            below(&binary.lhs)?;
            below(&binary.rhs)
        }
        Expr::Paren(inner) => below(&inner.expr),
        Expr::Subquery(subquery) => {
            if subquery.range.is_zero() || subquery.step.is_some_and(|step| step.is_zero()) {
                return refuse("duration must be greater than 0".into());
            }
            below(&subquery.expr)
        }
        Expr::NumberLiteral(_) | Expr::StringLiteral(_) => Ok(()),
        Expr::VectorSelector(selector) => patterns.learn(selector).map(drop),
        Expr::MatrixSelector(selector) => {
            if selector.range.is_zero() {
                return refuse("duration must be greater than 0".into());
            }
            patterns.learn(&selector.vs).map(drop)
        }
        Expr::Call(call) => {
            if !is_known(call.func.name) {
                return refuse(format!(
                    "function \"{}\" is experimental and not enabled",
                    call.func.name
                ));
            }
            call.args.args.iter().try_for_each(|each| below(each))
        }
        Expr::Extension(_) => refuse("unknown kind of expression".into()),
    }
}

/// A duration in milliseconds.
pub(crate) fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis())
        .unwrap_or(i64::MAX / 4)
        .min(i64::MAX / 4)
}

/// How far a selector looks back; negative into the future.
pub(crate) fn offset_ms(offset: Option<&Offset>) -> i64 {
    match offset {
        None => 0,
        Some(Offset::Pos(duration)) => milliseconds(*duration),
        Some(Offset::Neg(duration)) => -milliseconds(*duration),
    }
}

/// The time of an `@`, where a query goes from a time to another.
pub(crate) fn at_ms(at: &AtModifier, (from_ms, to_ms): (TimestampMs, TimestampMs)) -> TimestampMs {
    match at {
        AtModifier::Start => from_ms,
        AtModifier::End => to_ms,
        AtModifier::At(time) => match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => milliseconds(after),
            Err(before) => -milliseconds(before.duration()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_refused() {
        for text in [
            "",
            "sum(",
            "foo{",
            "rate(foo)",
            "foo[0s]",
            "{a=~\".*\"}",
            "{a=~\"(\"}",
            "limitk(1, foo)",
            "mad_over_time(foo[5m])",
            "nonsense(foo)",
            "{a=\"b\" or c=\"d\"}",
            "1 > 2",
            "foo + on(a) fill(0) bar",
            "\"a\" + 1",
            &"(".repeat(5000),
            &format!("{}foo", "-".repeat(9000)),
            &format!("1{}", "+1".repeat(4000)),
            &format!("{}1{}", "(".repeat(300), ")".repeat(300)),
            &"a".repeat(20_000),
        ] {
            let refused = Query::parse(text);
            let shown = &text[..text.len().min(40)];
            assert!(matches!(refused, Err(QueryError::Bad(_))), "{shown}");
        }
    }

    #[test]
    fn durations_have_bounds() {
        for text in [
            "foo[1e30]",
            "foo[5m:1e30]",
            "foo[5m: 1e+30]",
            "foo OFFSET 1e30",
            "foo offset - 1e30",
            "foo offset NaN",
            "foo offset Inf",
            "foo offset # really\n 1e30",
        ] {
            assert!(Query::parse(text).is_err(), "{text}");
        }
        for text in [
            "foo[1e3]",
            "foo offset 1e+5",
            "a:b:1e9x[5m:0x10]",
            "foo{a=\"[1e30]\"}",
        ] {
            assert!(Query::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn selectors() {
        let conditions = |text| Query::parse(text).and_then(|query| query.selector());
        assert!(conditions("m{a=\"b\"}").is_ok_and(|found| found.len() == 2));
        assert!(conditions("m offset 1m").is_err() && conditions("sum(m)").is_err());
    }

    #[test]
    fn what_is_taken() {
        let long = format!("{{a=~\"{}y\"}}", "x|".repeat(10_000));
        for text in [
            "1",
            "foo",
            "{\"a.b\"}",
            "foo[5m:]",
            "sum by (a) (foo)",
            &long,
        ] {
            assert!(
                Query::parse(text).is_ok(),
                "{}",
                &text[..text.len().min(40)]
            );
        }
        for text in ["foo[5m]", "'text'", "foo[5m:1m]"] {
            assert!(Query::parse(text).is_ok_and(|query| query.check_for_range().is_err()));
        }
    }
}
