//! A query's tree as JSON, in the form that clients of Prometheus draw it from.
//!
//! The parser can write its tree by itself, but differently: without the name among the matchers, and
//! without the labels that a `group_left` includes.

use model::METRIC_NAME;
use promql_parser::label::{MatchOp, Matcher};
use promql_parser::parser::value::ValueType;
use promql_parser::parser::{
    AggregateExpr, AtModifier, BinaryExpr, Call, Expr, LabelModifier, Offset,
    VectorMatchCardinality, VectorSelector,
};
use serde_json::{Value, json};

/// One node with all below it.
pub(super) fn json(expression: &Expr) -> Value {
    match expression {
        Expr::Aggregate(aggregate) => aggregation(aggregate),
        Expr::Unary(unary) => json!({
            "type": "unaryExpr",
            "op": "-",
            "expr": json(&unary.expr),
        }),
        Expr::Binary(binary) => binary_expression(binary),
        Expr::Paren(inner) => json!({
            "type": "parenExpr",
            "expr": json(&inner.expr),
        }),
        Expr::Subquery(subquery) => {
            let (timestamp, start_or_end) = at(subquery.at.as_ref());
            json!({
                "type": "subquery",
                "expr": json(&subquery.expr),
                "range": milliseconds(subquery.range),
                "offset": offset(subquery.offset.as_ref()),
                "step": subquery.step.map_or(0, milliseconds),
                "timestamp": timestamp,
                "startOrEnd": start_or_end,
            })
        }
        Expr::NumberLiteral(number) => json!({
            "type": "numberLiteral",
            "val": number_text(number.val),
        }),
        Expr::StringLiteral(text) => json!({
            "type": "stringLiteral",
            "val": text.val,
        }),
        Expr::VectorSelector(vector) => selector("vectorSelector", vector),
        Expr::MatrixSelector(matrix) => {
            let mut node = selector("matrixSelector", &matrix.vs);
            node["range"] = json!(milliseconds(matrix.range));
            node
        }
        Expr::Call(call) => function_call(call),
        // The parser makes none of these; they are for whoever extends it.
        Expr::Extension(_) => json!({ "type": "placeholder", "children": [] }),
    }
}

fn aggregation(aggregate: &AggregateExpr) -> Value {
    let (grouping, without) = match &aggregate.modifier {
        Some(LabelModifier::Include(labels)) => (labels.labels.as_slice(), false),
        Some(LabelModifier::Exclude(labels)) => (labels.labels.as_slice(), true),
        None => (&[][..], false),
    };
    json!({
        "type": "aggregation",
        "op": aggregate.op.to_string(),
        "expr": json(&aggregate.expr),
        "param": aggregate.param.as_deref().map(json),
        "grouping": grouping,
        "without": without,
    })
}

fn binary_expression(binary: &BinaryExpr) -> Value {
    let is_vector = |side: &Expr| side.value_type() == ValueType::Vector;
    let matches_vectors = is_vector(&binary.lhs) && is_vector(&binary.rhs);
    json!({
        "type": "binaryExpr",
        "op": binary.op.to_string(),
        "lhs": json(&binary.lhs),
        "rhs": json(&binary.rhs),
        "matching": matches_vectors.then(|| matching(binary)),
        "bool": binary.return_bool(),
    })
}

/// How the series of two vectors find each other.
fn matching(binary: &BinaryExpr) -> Value {
    let modifier = binary.modifier.as_ref();
    let (card, include) = match modifier.map(|modifier| &modifier.card) {
        Some(VectorMatchCardinality::ManyToOne(labels)) => ("many-to-one", &labels.labels[..]),
        Some(VectorMatchCardinality::OneToMany(labels)) => ("one-to-many", &labels.labels[..]),
        _ if binary.op.is_set_operator() => ("many-to-many", &[][..]),
        _ => ("one-to-one", &[][..]),
    };
    let (labels, on) = match modifier.and_then(|modifier| modifier.matching.as_ref()) {
        Some(LabelModifier::Include(labels)) => (&labels.labels[..], true),
        Some(LabelModifier::Exclude(labels)) => (&labels.labels[..], false),
        None => (&[][..], false),
    };
    json!({
        "card": card,
        "labels": labels,
        "on": on,
        "include": include,
        // Queries that fill are refused before they get here.
        "fillValues": { "lhs": null, "rhs": null },
    })
}

fn function_call(call: &Call) -> Value {
    let types = call.func.arg_types.iter();
    let arguments = call.args.args.iter();
    json!({
        "type": "call",
        "func": {
            "name": call.func.name,
            "argTypes": types.map(ToString::to_string).collect::<Vec<_>>(),
            "variadic": call.func.variadic,
            "returnType": call.func.return_type.to_string(),
        },
        "args": arguments.map(|argument| json(argument)).collect::<Vec<_>>(),
    })
}

fn selector(kind: &str, vector: &VectorSelector) -> Value {
    let one = |matcher: &Matcher| {
        let op = match &matcher.op {
            MatchOp::Equal => "=",
            MatchOp::NotEqual => "!=",
            MatchOp::Re(_) => "=~",
            MatchOp::NotRe(_) => "!~",
        };
        json!({ "name": matcher.name, "value": matcher.value, "type": op })
    };
    let name = vector.name.iter();
    let name = name.map(|name| json!({ "name": METRIC_NAME, "value": name, "type": "=" }));
    let matchers = vector.matchers.matchers.iter().map(one).chain(name);
    let (timestamp, start_or_end) = at(vector.at.as_ref());
    json!({
        "type": kind,
        "name": vector.name.as_deref().unwrap_or_default(),
        "offset": offset(vector.offset.as_ref()),
        "matchers": matchers.collect::<Vec<_>>(),
        "timestamp": timestamp,
        "startOrEnd": start_or_end,
    })
}

/// The time of an `@`, and the word where it is one.
fn at(modifier: Option<&AtModifier>) -> (Option<i64>, Option<&'static str>) {
    match modifier {
        None => (None, None),
        Some(AtModifier::Start) => (None, Some("start")),
        Some(AtModifier::End) => (None, Some("end")),
        Some(AtModifier::At(time)) => {
            let since = time.duration_since(std::time::SystemTime::UNIX_EPOCH);
            let at_ms = match since {
                Ok(after) => milliseconds(after),
                Err(before) => -milliseconds(before.duration()),
            };
            (Some(at_ms), None)
        }
    }
}

fn offset(offset: Option<&Offset>) -> i64 {
    match offset {
        None => 0,
        Some(Offset::Pos(back)) => milliseconds(*back),
        Some(Offset::Neg(ahead)) => -milliseconds(*ahead),
    }
}

fn milliseconds(duration: std::time::Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// As Go writes a number without an exponent.
fn number_text(value: f64) -> String {
    match value {
        value if value.is_nan() => "NaN".to_owned(),
        f64::INFINITY => "+Inf".to_owned(),
        f64::NEG_INFINITY => "-Inf".to_owned(),
        value => value.to_string(),
    }
}

#[cfg(test)]
mod tests;
