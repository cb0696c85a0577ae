//! Every kind of node, as the documentation of `parse_query` and the types of Prometheus's pages have it.

use promql_parser::parser;
use serde_json::{Value, json};

fn tree(text: &str) -> Value {
    super::json(&parser::parse(text).unwrap())
}

/// A plain selector of a metric.
fn plain(name: &str) -> Value {
    json!({
        "type": "vectorSelector",
        "name": name,
        "offset": 0,
        "matchers": [{ "name": "__name__", "value": name, "type": "=" }],
        "timestamp": null,
        "startOrEnd": null,
    })
}

fn number(val: &str) -> Value {
    json!({ "type": "numberLiteral", "val": val })
}

#[test]
fn literals() {
    for (text, expected) in [
        ("1.50", number("1.5")),
        ("1e30", number("1000000000000000000000000000000")),
        ("0x1f", number("31")),
        ("Inf", number("+Inf")),
        ("NaN", number("NaN")),
        ("-2", number("-2")),
        (
            "\"a\\nb\"",
            json!({ "type": "stringLiteral", "val": "a\nb" }),
        ),
    ] {
        assert_eq!(tree(text), expected, "{text}");
    }
}

#[test]
fn selectors() {
    assert_eq!(tree("foo"), plain("foo"));
    let expected = json!({
        "type": "matrixSelector",
        "name": "foo",
        "range": 300_000,
        "offset": -90_000,
        "matchers": [
            { "name": "a", "value": "x", "type": "=" },
            { "name": "b", "value": "y", "type": "!=" },
            { "name": "c", "value": "z.*", "type": "=~" },
            { "name": "d", "value": "{w}", "type": "!~" },
            { "name": "__name__", "value": "foo", "type": "=" },
        ],
        "timestamp": 1_500,
        "startOrEnd": null,
    });
    let text = "foo{a=\"x\",b!=\"y\",c=~\"z.*\",d!~\"{w}\"}[5m] @ 1.5 offset -1m30s";
    assert_eq!(tree(text), expected);
    let nameless = tree("{__name__=\"foo\"} @ start()");
    assert_eq!(nameless["name"], "");
    assert_eq!(nameless["startOrEnd"], "start");
    assert_eq!(nameless["matchers"], plain("foo")["matchers"]);
    assert_eq!(tree("foo @ -1.5")["timestamp"], -1_500);
    assert_eq!(tree("{\"a.b\"}")["matchers"], plain("a.b")["matchers"]);
}

#[test]
fn what_holds_others() {
    let expected = json!({
        "type": "subquery",
        "expr": { "type": "parenExpr", "expr": { "type": "unaryExpr", "op": "-", "expr": plain("foo") } },
        "range": 3_600_000,
        "offset": 300_000,
        "step": 0,
        "timestamp": null,
        "startOrEnd": "end",
    });
    assert_eq!(tree("(-foo)[1h:] @ end() offset 5m"), expected);
    assert_eq!(tree("foo[1h:1m]")["step"], 60_000);
    let expected = json!({
        "type": "call",
        "func": {
            "name": "round",
            "argTypes": ["vector", "scalar"],
            "variadic": 1,
            "returnType": "vector",
        },
        "args": [plain("foo"), number("5")],
    });
    assert_eq!(tree("round(foo, 5)"), expected);
    assert_eq!(tree("time()")["args"], json!([]));
    assert_eq!(tree("label_join(a, \"b\", \"-\")")["func"]["variadic"], -1);
    let expected = json!({
        "type": "aggregation",
        "op": "topk",
        "expr": plain("foo"),
        "param": number("3"),
        "grouping": ["a", "b"],
        "without": false,
    });
    assert_eq!(tree("topk by (a, b) (3, foo)"), expected);
    let sum = tree("sum without (a) (foo)");
    assert_eq!(
        (&sum["param"], &sum["without"]),
        (&json!(null), &json!(true))
    );
    assert_eq!(tree("sum(foo)")["grouping"], json!([]));
}

#[test]
fn operations() {
    let matching = |card: &str, labels: &[&str], on: bool, include: &[&str]| {
        json!({
            "card": card,
            "labels": labels,
            "on": on,
            "include": include,
            "fillValues": { "lhs": null, "rhs": null },
        })
    };
    let expected = json!({
        "type": "binaryExpr",
        "op": "+",
        "lhs": plain("a"),
        "rhs": plain("b"),
        "matching": matching("one-to-one", &[], false, &[]),
        "bool": false,
    });
    assert_eq!(tree("a + b"), expected);
    for (text, op, expected) in [
        ("a + 1", "+", Value::Null),
        ("1 ^ 2", "^", Value::Null),
        (
            "a atan2 b",
            "atan2",
            matching("one-to-one", &[], false, &[]),
        ),
        ("a and b", "and", matching("many-to-many", &[], false, &[])),
        (
            "a unless on (x) b",
            "unless",
            matching("many-to-many", &["x"], true, &[]),
        ),
        (
            "a / ignoring (x) group_left (y, z) b",
            "/",
            matching("many-to-one", &["x"], false, &["y", "z"]),
        ),
        (
            "a >= bool on (x) group_right b",
            ">=",
            matching("one-to-many", &["x"], true, &[]),
        ),
    ] {
        let found = tree(text);
        assert_eq!(found["op"], op, "{text}");
        assert_eq!(found["matching"], expected, "{text}");
        assert_eq!(found["bool"], text.contains("bool"), "{text}");
    }
}
