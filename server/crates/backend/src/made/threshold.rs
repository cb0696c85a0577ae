//! The number that an expression ends with, and another one in its place.
//!
//! What the number is says the parser; where it stands too: at the place where any other number makes the same
//! expression but for that number.

use promql_parser::parser::{self, BinaryExpr, Expr, token};

/// A comparison with a number at its end.
struct Ends {
    left: Expr,
    operator: token::TokenId,
    number: f64,
}

fn ends(expr: &str) -> Option<Ends> {
    let Ok(Expr::Binary(BinaryExpr {
        lhs,
        rhs,
        op,
        modifier,
    })) = parser::parse(expr)
    else {
        return None;
    };
    let is_order = matches!(
        op.id(),
        token::T_GTR | token::T_GTE | token::T_LSS | token::T_LTE
    );
    // With bool it is no filter: all series would be alerts.
    if !is_order || modifier.is_some_and(|modifier| modifier.return_bool) {
        return None;
    }
    Some(Ends {
        left: *lhs,
        operator: op.id(),
        number: number(&rhs)?,
    })
}

fn number(expr: &Expr) -> Option<f64> {
    match expr {
        Expr::NumberLiteral(literal) => Some(literal.val),
        Expr::Unary(minus) => number(&minus.expr).map(|value| -value),
        _ => None,
    }
}

/// The number that an expression ends with, after `<`, `<=`, `>` or `>=`.
pub(crate) fn threshold(expr: &str) -> Option<f64> {
    let ends = ends(expr)?;
    place(expr, &ends).map(|_| ends.number)
}

/// The number that the first of the conditions of an expression compares with, and whether lower values are the bad
/// ones.
pub(crate) fn limit(expr: &str) -> Option<(f64, bool)> {
    limit_of(&parser::parse(expr).ok()?)
}

fn limit_of(expr: &Expr) -> Option<(f64, bool)> {
    let binary = match expr {
        Expr::Paren(inner) => return limit_of(&inner.expr),
        Expr::Binary(binary) => binary,
        _ => return None,
    };
    match binary.op.id() {
        token::T_LAND | token::T_LUNLESS | token::T_LOR => limit_of(&binary.lhs),
        token::T_GTR | token::T_GTE => Some((number(&binary.rhs)?, false)),
        token::T_LSS | token::T_LTE | token::T_EQLC => Some((number(&binary.rhs)?, true)),
        _ => None,
    }
}

/// The expression with another number at its end; `None` where it ends with none.
pub(super) fn with_threshold(expr: &str, threshold: f64) -> Option<String> {
    let ends = ends(expr)?;
    let before = place(expr, &ends)?;
    let new = format!("{before}{threshold}");
    let is_same = |it: &Ends| it.left == ends.left && it.operator == ends.operator;
    self::ends(&new)
        .filter(|it| is_same(it) && it.number == threshold)
        .map(|_| new)
}

/// What stands before the number.
fn place<'a>(expr: &'a str, ends: &Ends) -> Option<&'a str> {
    let text = expr.trim_end();
    if text
        .rsplit('\n')
        .next()
        .is_some_and(|line| line.contains('#'))
    {
        // A comment may hold numbers as well.
        return None;
    }
    let starts = text.char_indices().map(|(at, _)| at);
    // The first of them from the left: a number is taken whole.
    let mut starts = starts.filter(|at| {
        let (before, after) = text.split_at(*at);
        let may_be = after
            .chars()
            .all(|c| is_of_number(c) || c == '-' || c == '+');
        may_be
            && !before.ends_with(is_of_number)
            && parser::parse(after).ok().as_ref().and_then(number) == Some(ends.number)
    });
    starts.find_map(|at| {
        let before = &text[..at];
        let probe = self::ends(&format!("{before}12345"))?;
        let is_same = probe.left == ends.left && probe.operator == ends.operator;
        (is_same && probe.number == 12345.0).then_some(before)
    })
}

fn is_of_number(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '.' || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_at_the_end() {
        for (expr, number, with_new) in [
            ("up > 5", Some(5.0), Some("up > 0.25")),
            ("up>5 ", Some(5.0), Some("up>0.25")),
            (
                "sum by (a) (rate(x{b=\"> 3\"}[5m]))\n  >= 1e3",
                Some(1000.0),
                Some("sum by (a) (rate(x{b=\"> 3\"}[5m]))\n  >= 0.25"),
            ),
            ("a < -5", Some(-5.0), Some("a < 0.25")),
            ("a - 5 < 0x10", Some(16.0), Some("a - 5 < 0.25")),
            ("a == 0", None, None),
            ("a > bool 5", None, None),
            ("a > 5 and b > 3", None, None),
            ("5 < a", None, None),
            ("(a > 5)", None, None),
            ("a > 5 # or 6", None, None),
            ("a > 2 * 3", None, None),
            ("a", None, None),
            ("nonsense >", None, None),
        ] {
            assert_eq!(threshold(expr), number, "{expr}");
            assert_eq!(with_threshold(expr, 0.25).as_deref(), with_new, "{expr}");
        }
        assert_eq!(with_threshold("a > 5", -1.5).as_deref(), Some("a > -1.5"));
        assert_eq!(with_threshold("a > 5", f64::NAN), None);
    }

    #[test]
    fn what_is_compared_with() {
        for (expr, expected) in [
            ("up == 0", Some((0.0, true))),
            ("(a >= 5) and on () b < 3", Some((5.0, false))),
            ("a < -2 unless b > 1", Some((-2.0, true))),
            ("5 < a", None),
            ("a > b", None),
            ("absent(a)", None),
        ] {
            assert_eq!(limit(expr), expected, "{expr}");
        }
    }

    #[test]
    fn those_of_the_packs() {
        let mut count = 0;
        for (file, text) in crate::judging::PACKS {
            let (groups, _) = rules::read(file, text, &|_| Ok(()));
            for entry in groups.iter().flat_map(|group| &group.rules) {
                if let Some(number) = threshold(entry.expr()) {
                    count += 1;
                    let same = with_threshold(entry.expr(), number).unwrap();
                    assert_eq!(threshold(&same), Some(number));
                }
            }
        }
        assert!(count > 20, "{count}");
    }
}
