//! Changes of schemas, and what is said of them.

use serde_json::json;

use super::*;

#[test]
fn what_breaks_callers_and_what_does_not() {
    let p = |schema: Value| json!({ "type": "object", "properties": { "a": schema } });
    let text = || json!({ "type": "string" });
    for (old, new, sent, read) in [
        (p(text()), p(text()), &[][..], &[][..]),
        (
            p(text()),
            json!({ "type": "object", "properties": {} }),
            &["the argument a is gone"],
            &["the result's field a is gone"],
        ),
        (
            p(text()),
            p(json!({ "type": "number" })),
            &["the argument a was string and is number"],
            &["the result's field a was string and is number"],
        ),
        (
            p(text()),
            p(json!({ "type": ["string", "null"] })),
            &[],
            &["the result's field a was string and is string or null"],
        ),
        (
            p(json!({ "type": "number" })),
            p(json!({ "type": "integer" })),
            &["the argument a was number and is integer"],
            &[],
        ),
        (
            p(json!({ "enum": ["x", "y"] })),
            p(json!({ "enum": ["x", "z"] })),
            &["the argument a takes \"y\" no more"],
            &["the result's field a can now be \"z\""],
        ),
        (
            p(text()),
            json!({ "type": "object", "properties": { "a": text() }, "required": ["a"] }),
            &["the argument a is now required"],
            &[],
        ),
        (
            json!({ "type": "object", "properties": { "a": text() }, "required": ["a"] }),
            p(text()),
            &[],
            &["the result's field a may now be missing"],
        ),
        (
            p(json!({ "type": "array", "items": { "type": "string" } })),
            p(json!({ "type": "array", "items": { "type": "object" } })),
            &["the argument a[] was string and is object"],
            &["the result's field a[] was string and is object"],
        ),
        (
            p(json!({ "type": "string", "maxLength": 10 })),
            p(json!({ "type": "string", "maxLength": 5 })),
            &["a has a narrower bound: maxLength 5"],
            &[],
        ),
        (
            json!({ "properties": { "a": { "$ref": "#/$defs/x" } }, "$defs": { "x": text() } }),
            json!({ "properties": { "a": { "$ref": "#/$defs/x" } }, "$defs": { "x": { "type": "null" } } }),
            &["the argument a was string and is null"],
            &["the result's field a was string and is null"],
        ),
    ] {
        for (field, expected) in [("inputSchema", sent), ("outputSchema", read)] {
            let found = reasons(&json!({ field: old }), &json!({ field: new }));
            assert_eq!(found, expected, "{field}: {old} → {new}");
        }
    }
}

#[test]
fn arguments_of_prompts() {
    let old = json!({ "arguments": [{ "name": "a" }, { "name": "b", "required": true }] });
    let new = json!({ "arguments": [{ "name": "a", "required": true }, { "name": "c" }] });
    assert_eq!(
        reasons(&old, &new),
        ["the argument b is gone", "the argument a is now required"]
    );
    assert_eq!(reasons(&new, &new), [""; 0]);
}

#[test]
fn a_schema_that_refers_to_itself_ends() {
    let schema = |about: &str| {
        let own = json!({ "$ref": "#" });
        json!({ "inputSchema": { "properties": { "a": own, "b": own, "c": own }, "description": about } })
    };
    assert_eq!(reasons(&schema("one"), &schema("two")), [""; 0]);
}

#[test]
fn work_is_bounded_by_what_is_compared() {
    // Each level refers to the whole and has very much to look at.
    let wide = |about: &str| {
        let names: Vec<_> = (0..5_000).map(|at| format!("n{at}")).collect();
        let own = json!({ "$ref": "#" });
        json!({ "properties": { "a": own, "b": own }, "required": names, "enum": names, "description": about })
    };
    let (was, is) = (wide("one"), wide("two"));
    let mut pair = Pair::new((&was, &is), Way::Sent);
    pair.compare((&was, &is), "", 0, &mut Vec::new());
    assert_eq!((pair.left, pair.is_cut), (0, false), "it is compared once");
    // The first is looked at whole, whatever it takes.
    let none = json!({ "enum": [] });
    let found = reasons(
        &json!({ "inputSchema": was }),
        &json!({ "inputSchema": none }),
    );
    assert_eq!(found.len(), MOST);
}

/// Whatever is left out is said, and what refers to itself leaves nothing out.
#[test]
fn what_is_too_large_to_compare_is_said() {
    let too_large = "the arguments: too large to compare in full";
    let of = |was: Value, is: Value| {
        reasons(
            &json!({ "inputSchema": was }),
            &json!({ "inputSchema": is }),
        )
    };
    let wide = |last: &str, count: usize| {
        let one = |at: usize| {
            let kind = if at + 1 == count { last } else { "string" };
            (format!("n{at:05}"), json!({ "type": kind }))
        };
        let all: Map<String, Value> = (0..count).map(one).collect();
        json!({ "properties": all })
    };
    let gone = |at: &str| format!("the argument {at} was string and is null");
    assert_eq!(
        of(wide("string", 2_000), wide("null", 2_000)),
        [gone("n01999")]
    );
    assert_eq!(of(wide("string", 9_000), wide("null", 9_000)), [too_large]);
    let deep = |last: &str| {
        let inner = json!({ "type": last });
        (0..DEEPEST + 2).fold(inner, |inner, _| json!({ "properties": { "a": inner } }))
    };
    assert_eq!(of(deep("string"), deep("null")), [too_large]);
    let many = |last: &str| json!({ "properties": { "deep": deep("string"), "enum": { "enum": (0..30).map(|at| format!("{last}{at}")).collect::<Vec<_>>() } } });
    let found = of(many("a"), many("b"));
    assert_eq!(
        (found.len(), found.last().unwrap().as_str()),
        (MOST, too_large)
    );
    // A tree whose branches are trees, in many ways, with a change at its end.
    let tree = |last: &str| {
        let own = json!({ "$ref": "#/$defs/tree" });
        let branches: Map<String, Value> =
            (0..30).map(|at| (format!("b{at}"), own.clone())).collect();
        let mut branches = json!({ "properties": branches });
        branches["properties"]["leaf"] = json!({ "$ref": "#/$defs/leaf" });
        json!({ "$ref": "#/$defs/tree", "$defs": { "tree": branches, "leaf": { "type": last } } })
    };
    assert_eq!(of(tree("string"), tree("string")), [""; 0]);
    assert_eq!(of(tree("string"), tree("null")), [gone("leaf")]);
    // What is used twice is said twice.
    let twice = |kind: &str| {
        let own = json!({ "$ref": "#/$defs/x" });
        json!({ "properties": { "a": own, "b": own }, "$defs": { "x": { "type": kind } } })
    };
    assert_eq!(of(twice("string"), twice("null")), [gone("a"), gone("b")]);
}

#[test]
fn reasons_are_short_and_few() {
    let arguments = |by: usize| {
        let named = (0..3_000).map(
            |at| json!({ "name": format!("{}{}", "x".repeat(90), at + by), "required": true }),
        );
        json!({ "arguments": named.collect::<Vec<_>>() })
    };
    assert_eq!(reasons(&arguments(0), &arguments(1_000_000)).len(), MOST);
    let schema = |kind: &str| {
        let name = "n".repeat(10_000);
        json!({ "inputSchema": { "properties": { name: { "type": kind, "enum": [kind.repeat(10_000)] } } } })
    };
    let found = reasons(&schema("string"), &schema("null"));
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(|reason| reason.len() < 400), "{found:?}");
}
