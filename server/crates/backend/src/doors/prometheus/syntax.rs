//! What a query looks like: `format_query` and `parse_query`.

mod tree;

use axum::Router;
use axum::routing::get;
use promql::{Query, QueryError};
use promql_parser::parser::{self, Expr};
use serde_json::{Value, json};

use super::Reply;
use super::body::{Failure, success};
use super::params::Params;
use crate::doors::Context;

pub(super) fn router() -> Router<Context> {
    Router::new()
        .route("/api/v1/format_query", get(format).post(format))
        .route("/api/v1/parse_query", get(parse).post(parse))
}

/// The text of a query and its tree, once it is known to be one that can be answered.
fn understood(params: &Params) -> Result<(&str, Expr), Failure> {
    let text = params.needed("query")?;
    params.query()?;
    let tree = parser::parse(text).map_err(Failure::bad)?;
    Ok((text, tree))
}

async fn format(params: Params) -> Reply {
    let (text, tree) = understood(&params)?;
    Ok(success(
        json!(formatted(text, &tree)),
        Vec::new(),
        Vec::new(),
    ))
}

/// A text laid out.
///
/// # Errors
/// Why it is no query.
pub(crate) fn layout(text: &str) -> Result<String, QueryError> {
    Query::parse(text)?;
    let tree = parser::parse(text).map_err(QueryError::Bad)?;
    Ok(formatted(text, &tree))
}

/// The query laid out. The printer is wrong about a few rare forms, for instance times before 1970: such a
/// query stays as it came, because one that means something else is worse than a long line.
fn formatted(text: &str, tree: &Expr) -> String {
    let pretty = tree.prettify();
    let meaning = |tree: &Expr| {
        let mut meaning = tree::json(tree);
        sort_matchers(&mut meaning);
        meaning
    };
    match parser::parse(&pretty) {
        Ok(read) if meaning(&read) == meaning(tree) => pretty,
        _ => text.trim().to_owned(),
    }
}

/// The printer sorts the conditions of a selector, whose order means nothing.
fn sort_matchers(node: &mut Value) {
    match node {
        Value::Object(fields) => {
            if let Some(Value::Array(matchers)) = fields.get_mut("matchers") {
                matchers.sort_by_key(ToString::to_string);
            }
            fields.values_mut().for_each(sort_matchers);
        }
        Value::Array(nodes) => nodes.iter_mut().for_each(sort_matchers),
        _ => {}
    }
}

async fn parse(params: Params) -> Reply {
    let (_, tree) = understood(&params)?;
    Ok(success(tree::json(&tree), Vec::new(), Vec::new()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layout_means_the_same() {
        for (text, expected) in [
            ("sum(foo)  by(a)", "sum by (a) (foo)"),
            ("1e10 + 1e-7", "10000000000 + 0.0000001"),
            ("foo  >  -Inf", "foo > -Inf"),
            ("foo{b=\"1\",a=\"2\"}", "foo{a=\"2\",b=\"1\"}"),
            (" foo @ -1.5", "foo @ -1.5"),
            ("a * ignoring() group_left b", "a * ignoring() group_left b"),
            ("{\"a.b\", x=\"y\"}", "{__name__=\"a.b\",x=\"y\"}"),
        ] {
            let tree = parser::parse(text).unwrap_or_else(|why| panic!("{text}: {why}"));
            assert_eq!(formatted(text, &tree), expected, "{text}");
        }
    }
}
