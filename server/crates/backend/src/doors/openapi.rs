//! The HTTP API as one OpenAPI 3.1 document, at `/openapi.json`.
//!
//! `operations.rs` and `received.rs` say what there is; tests hold it against the routes of the doors, both ways.

mod operations;
mod received;

use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Map, Value, json};

use super::Context;
use operations::{OPERATIONS, Operation, Param};
use received::RECEIVED;

pub(super) fn router() -> Router<Context> {
    Router::new().route("/openapi.json", get(|| async { Json(document()) }))
}

/// Every operation.
fn all() -> impl Iterator<Item = &'static Operation> {
    OPERATIONS.iter().chain(RECEIVED)
}

fn document() -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for operation in all() {
        let path = paths
            .entry(operation.path.replace("{*", "{"))
            .or_insert_with(|| json!({}));
        path[operation.method] = described(operation);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "MCP Observatory",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Times are milliseconds UTC (_ms), durations seconds (_seconds), sizes bytes.",
        },
        "security": [{}, { "key": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": { "key": { "type": "http", "scheme": "bearer" } },
            "schemas": {
                "Problem": {
                    "type": "object",
                    "required": ["code", "message"],
                    "properties": {
                        "code": { "type": "string" },
                        "message": {
                            "type": "string",
                            "description": "What is wrong, with which input, and what to do.",
                        },
                    },
                },
            },
        },
    })
}

fn described(operation: &Operation) -> Value {
    let in_path = operation.path.split('/').filter_map(|part| {
        let name = part.strip_prefix('{')?.strip_suffix('}')?;
        // What takes in all the rest of the path has a star before it, which only the router knows.
        let name = name.trim_start_matches('*');
        Some(json!({
            "name": name,
            "in": "path",
            "required": true,
            "schema": { "type": "string" },
        }))
    });
    let in_query = operation.params.iter().map(in_query);
    let parameters: Vec<_> = in_path.chain(in_query).collect();
    let answer = json!({
        "description": operation.answer,
        "content": { (operation.media): {} },
    });
    let problem = json!({
        "description": "Why not.",
        "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
    });
    let mut described = json!({
        "operationId": operation_id(operation),
        "summary": operation.about,
        "parameters": parameters,
        "responses": { (operation.status): answer, "default": problem },
    });
    if let Some(body) = operation.body {
        described["requestBody"] = json!({ "content": { (body): {} } });
    }
    described
}

fn in_query(param: &Param) -> Value {
    let (name, kind, about) = *param;
    // What may come more than once is a list.
    let schema = match kind {
        "list" => json!({ "type": "array", "items": { "type": "string" } }),
        kind => json!({ "type": kind }),
    };
    json!({ "name": name, "in": "query", "description": about, "schema": schema })
}

/// The method and the words of the path: unique, because both together are.
fn operation_id(operation: &Operation) -> String {
    let words = operation
        .path
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    format!("{}_{}", operation.method, words.join("_"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    /// Routes as they stand in the doors' code.
    fn routes(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                routes(&path, found);
            } else {
                let text = std::fs::read_to_string(&path).unwrap();
                let code = text.split("#[cfg(test)]").next().unwrap();
                let after = code.split(".route(").skip(1);
                let quoted = after.filter_map(|after| after.trim_start().strip_prefix('"'));
                found.extend(quoted.map(|text| text.split('"').next().unwrap().to_owned()));
            }
        }
    }

    #[test]
    fn every_route_is_described() {
        let mut found = BTreeSet::new();
        let doors = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/doors");
        routes(&doors, &mut found);
        assert!(found.len() > 30, "{found:?}");
        // Pages and what is not there are no API.
        for other in ["/sign-in", "/sign-out", "/api/v1/{*rest}"] {
            assert!(found.remove(other), "{other}");
        }
        let described: BTreeSet<_> = all().map(|one| one.path.to_owned()).collect();
        assert_eq!(described, found);
    }

    #[test]
    fn each_operation_once() {
        let ids: BTreeSet<_> = all().map(operation_id).collect();
        assert_eq!(ids.len(), all().count());
    }
}
