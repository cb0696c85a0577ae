//! Outlines of queries.

use super::*;

#[test]
fn ranges_are_filled_in_and_comments_go() {
    for (text, expected) in [
        ("rate(a[{{.window}}])", "rate(a[5m])"),
        (
            "rate(a[{{ .window }}]) / rate(b[{{.window}}])",
            "rate(a[5m]) / rate(b[5m])",
        ),
        (" a{b=\"{{ .other }}\"} ", "a{b=\"{{ .other }}\"}"),
        ("a # {{.window}}\n+ b", "a \n+ b"),
        ("a{b=\"#\"} # c", "a{b=\"#\"}"),
        ("a{b='it\\'s # one'}", "a{b='it\\'s # one'}"),
        ("a{b=`\\`} # c", "a{b=`\\`}"),
        ("a{b=\"ü\"}[{{.window}}]", "a{b=\"ü\"}[5m]"),
        ("{{", "{{"),
        ("{{.window", "{{.window"),
    ] {
        assert_eq!(over(text, "5m"), expected, "{text}");
    }
    assert!(has_window("rate(a[{{.window}}])"));
    assert!(!has_window("rate(a[5m]) # {{.window}}"));
}

#[test]
fn selectors_are_told_from_other_texts() {
    for (text, expected) in [
        ("up", Some(("up", ""))),
        (" up ", Some(("up", ""))),
        ("a:b{c=\"d\"}", Some(("a:b", "c=\"d\""))),
        ("a {c=\"}\", }", Some(("a", "c=\"}\""))),
        ("a{}", Some(("a", ""))),
        ("", None),
        ("{c=\"d\"}", None),
        ("sum(a)", None),
        ("a + b", None),
        ("a{c=\"d\"} or b{}", None),
        ("a[5m]", None),
        ("1a", None),
    ] {
        assert_eq!(selector(text), expected, "{text}");
    }
}

#[test]
fn one_sum_around_all_is_opened() {
    let labels = ["a".to_owned(), "b".to_owned()];
    for (query, expected) in [
        ("sum(rate(x[5m]))", "sum by (a, b) (rate(x[5m]))"),
        ("sum (rate(x[5m]))", "sum by (a, b) (rate(x[5m]))"),
        ("rate(x[5m])", "sum by (a, b) (rate(x[5m]))"),
        ("sum(x) - sum(y)", "sum by (a, b) (sum(x) - sum(y))"),
        ("sum by (c) (x)", "sum by (a, b) (sum by (c) (x))"),
        ("sum(x{y=\")\"})", "sum by (a, b) (x{y=\")\"})"),
        (
            "sum_over_time(x[5m])",
            "sum by (a, b) (sum_over_time(x[5m]))",
        ),
    ] {
        assert_eq!(sum_by(query, &labels), expected);
    }
}

#[test]
fn operands_of_conditions() {
    for (condition, expected) in [
        ("a < 1", "count((a) >= -Inf)"),
        ("1 > a", "count((a) >= -Inf)"),
        ("a < b", "(count((a) >= -Inf) and count((b) >= -Inf))"),
        ("((a < 1))", "count((a) >= -Inf)"),
        (
            "a < 1 and b > 2",
            "(count((a) >= -Inf) and count((b) >= -Inf))",
        ),
        (
            "a < 1 or b > 2",
            "(count((a) >= -Inf) or count((b) >= -Inf))",
        ),
        (
            "a < 1 unless on(x) b > 2",
            "(count((a) >= -Inf) and count((b) >= -Inf))",
        ),
        ("a / b < 0.5", "count((a / b) >= -Inf)"),
        ("a < scalar(b)", "count((a) >= -Inf)"),
        ("time() - a <= 60 * 5", "count((time() - a) >= -Inf)"),
        (
            "a{b=\"x<y and z\"} == 1",
            "count((a{b=\"x<y and z\"}) >= -Inf)",
        ),
        (
            "a < on(x) group_left(y) b",
            "(count((a) >= -Inf) and count((b) >= -Inf))",
        ),
        ("0 < a < 5", "count((a) >= -Inf)"),
        ("a < (1 + 2)", "count((a) >= -Inf)"),
        ("a < Inf", "count((a) >= -Inf)"),
        (
            "(a < 1) and (b > 2 or c > 3)",
            "(count((a) >= -Inf) and (count((b) >= -Inf) or count((c) >= -Inf)))",
        ),
        ("up{x='y'}!=0", "count((up{x='y'}) >= -Inf)"),
    ] {
        assert_eq!(operands(condition), expected, "{condition}");
    }
}

#[test]
fn conditions_compare() {
    for condition in [
        "a < 1",
        "(a < 1)",
        "a < 1 and on(x) b > 2",
        "a{b=\"bool\"} == 1",
        "a > 1 or b > 1",
    ] {
        assert_eq!(check_condition(condition), Ok(()), "{condition}");
    }
    for (condition, words) in [
        ("a", "no comparison"),
        ("a and b > 1", "no comparison"),
        ("a < bool 1", "leave bool out"),
        ("sum(a > 1)", "no comparison"),
        ("a{b=\"<\"}", "no comparison"),
    ] {
        let why = check_condition(condition).unwrap_err();
        assert!(why.contains(words), "{condition}: {why}");
    }
}

#[test]
fn ranges_that_are_written_become_windows() {
    let of = |query: &str| match ranged(query) {
        Ranged::Window => "window".to_owned(),
        Ranged::One(range, text) => format!("{range}: {text}"),
        Ranged::Counter(text) => text,
        Ranged::Other => "other".to_owned(),
    };
    for (query, expected) in [
        ("sum(rate(a[{{.window}}]))", "window"),
        (
            "sum(rate(a[1h])) - sum(rate(b[1h]))",
            "1h: sum(rate(a[{{.window}}])) - sum(rate(b[{{.window}}]))",
        ),
        ("sum(rate(a[1h])) - sum(rate(b[5m]))", "other"),
        ("max_over_time(a[1h:1m])", "other"),
        ("a{b=\"[1h]\"}", "sum(rate(a{b=\"[1h]\"}[{{.window}}]))"),
        ("sum( a )", "sum(rate(a[{{.window}}]))"),
        ("sum(a) / 2", "other"),
    ] {
        assert_eq!(of(query), expected, "{query}");
    }
}

#[test]
fn rates_are_told_from_counts() {
    for (query, is) in [
        ("sum(rate(a[{{.window}}]))", true),
        ("sum(irate(a[5m])) or on() vector(0)", true),
        ("sum(increase(a[5m]))", false),
        ("sum_over_time((count(a < 1))[5m:])", false),
        ("count_over_time(a[5m]) - changes(a[5m])", false),
        ("sum_over_time(rate(a[1m])[5m:1m])", false),
        ("rate(a{b=\"increase\"}[5m]) # increase", true),
        ("increases_rate", true),
    ] {
        assert_eq!(is_rate(query), is, "{query}");
    }
}
