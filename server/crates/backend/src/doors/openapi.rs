//! The HTTP API as one OpenAPI 3.1 document, at `/openapi.json`.
//!
//! `operations.rs`, `alerts.rs`, `alertmanager.rs` and `received.rs` say what there is; tests hold it against the routes of the doors, both ways.
//! `shapes.rs` says what is sent and answered.

mod agents;
mod alertmanager;
mod alerts;
mod benchmarks;
mod builds;
mod events;
mod examples;
mod launcher;
mod notify;
mod operations;
mod quiet;
mod received;
mod rules;
mod shapes;
mod slo;

use axum::routing::get;
use axum::{Json, Router};
use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};
use wire::{Frame, Problem, Subscribe};

use super::Context;
use agents::AGENTS;
use alertmanager::ALERTMANAGER;
use alerts::ALERTS;
use benchmarks::BENCHMARKS;
use builds::BUILDS;
use events::EVENTS;
use launcher::LAUNCHER;
use notify::NOTIFY;
use operations::{FORM, JSON, OPERATIONS, Operation, Param};
use received::RECEIVED;
use rules::RULES;
use slo::SLO;

pub(super) fn router() -> Router<Context> {
    Router::new().route("/openapi.json", get(|| async { Json(document()) }))
}

/// Every operation.
fn all() -> impl Iterator<Item = &'static Operation> {
    let alerts = ALERTS.iter().chain(ALERTMANAGER).chain(NOTIFY).chain(SLO);
    let alerts = alerts.chain(EVENTS).chain(BENCHMARKS);
    let rest = RULES.iter().chain(RECEIVED).chain(BUILDS).chain(AGENTS);
    let rest = rest.chain(LAUNCHER);
    OPERATIONS.iter().chain(alerts).chain(rest)
}

/// The definitions of types that schemas refer to: what is sent and what is read may differ in what can be missing.
struct Definitions {
    sent: SchemaGenerator,
    read: SchemaGenerator,
}

fn document() -> Value {
    let place = |settings: &mut SchemaSettings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    };
    let settings = || SchemaSettings::draft2020_12().with(place);
    let mut definitions = Definitions {
        sent: settings().for_serialize().into_generator(),
        read: settings().for_deserialize().into_generator(),
    };
    let problem = definitions.sent.subschema_for::<Problem>();
    // What travels over the sockets.
    let (says, hears) = (
        definitions.sent.subschema_for::<Frame>(),
        definitions.read.subschema_for::<Subscribe>(),
    );
    let mut paths: Map<String, Value> = Map::new();
    for operation in all() {
        let path = paths
            .entry(operation.path.replace("{*", "{"))
            .or_insert_with(|| json!({}));
        let mut one = described(operation, &problem, &mut definitions);
        if operation.status == "101" {
            one["x-messages"] = json!({ "server": says, "client": hears });
        }
        path[operation.method] = one;
    }
    let mut schemas = definitions.sent.take_definitions(true);
    schemas.extend(definitions.read.take_definitions(true));
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
            "schemas": schemas,
        },
    })
}

fn described(operation: &Operation, problem: &Schema, definitions: &mut Definitions) -> Value {
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
    let mut answer = json!({ "description": operation.answer });
    // Some answers have no body.
    if !matches!(operation.status, "101" | "202" | "204") {
        answer["content"] = content(operation, definitions);
    }
    // Who may not come in is told so before it is known what is asked.
    let problem = match operation.path {
        path if path.starts_with("/api/v1/") => json!({ "anyOf": [shapes::refusal(), problem] }),
        path if alertmanager::is_at(path) => {
            json!({ "anyOf": [alertmanager::refusal(), problem] })
        }
        _ => json!(problem),
    };
    let problem = json!({
        "description": "Why not.",
        "content": { (JSON): { "schema": problem } },
    });
    let mut described = json!({
        "operationId": operation_id(operation),
        "summary": operation.about,
        "parameters": parameters,
        "responses": { (operation.status): answer, "default": problem },
    });
    if operation.path.starts_with("/health") {
        described["responses"]["503"] = described["responses"]["200"].clone();
    }
    if let Some(media) = operation.body {
        described["requestBody"] =
            json!({ "content": { (media): body(operation, media, definitions) } });
    }
    described
}

/// What is answered, by media type.
fn content(operation: &Operation, definitions: &mut Definitions) -> Value {
    let text = json!({ "schema": { "type": "string" } });
    if operation.media != JSON {
        return json!({ (operation.media): text });
    }
    let shape = shapes::answer(operation.method, operation.path);
    let schema = shape.map(|shape| shape(&mut definitions.sent));
    let mut content = json!({ (JSON): { "schema": schema } });
    if operation.path == "/observability/export/{format}" {
        content["text/csv"] = text.clone();
        content["text/plain"] = text;
    } else if operation.params.iter().any(|(name, ..)| *name == "format") {
        content["text/csv"] = text.clone();
        content["text/html"] = text;
    }
    content
}

/// What is sent.
fn body(operation: &Operation, media: &str, definitions: &mut Definitions) -> Value {
    if media == FORM {
        // The same that can stand in the address.
        let same = |one: &&Operation| one.path == operation.path && one.method == "get";
        let params = OPERATIONS
            .iter()
            .find(same)
            .map_or(&[][..], |one| one.params);
        let fields = params.iter().map(|(name, kind, about)| {
            let mut schema = kind_of(kind);
            schema["description"] = json!(about);
            ((*name).to_owned(), schema)
        });
        let fields: Map<String, Value> = fields.collect();
        return json!({ "schema": { "type": "object", "properties": fields } });
    }
    let Some(shape) = shapes::body(operation.path) else {
        return json!({ "schema": { "type": "string", "format": "binary" } });
    };
    let mut body = json!({ "schema": shape(&mut definitions.read) });
    if let Some(example) = examples::example(operation.path) {
        body["example"] = example;
    }
    body
}

fn in_query(param: &Param) -> Value {
    let (name, kind, about) = *param;
    json!({ "name": name, "in": "query", "description": about, "schema": kind_of(kind) })
}

/// What may come more than once is a list.
fn kind_of(kind: &str) -> Value {
    match kind {
        "list" => json!({ "type": "array", "items": { "type": "string" } }),
        kind => json!({ "type": kind }),
    }
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
        // Pages with their forms and what is not there are no API.
        for other in [
            "/sign-in",
            "/sign-out",
            "/api/v1/{*rest}",
            "/api/v2/{*rest}",
            "/observability/windows/form",
        ] {
            assert!(found.remove(other), "{other}");
        }
        let described: BTreeSet<_> = all().map(|one| one.path.to_owned()).collect();
        assert_eq!(described, found);
    }

    #[test]
    fn whatever_is_json_has_a_shape() {
        let document = document();
        for operation in all() {
            let one = &document["paths"][operation.path][operation.method];
            let contents = [
                &one["responses"][operation.status]["content"],
                &one["requestBody"]["content"],
            ];
            for content in contents.into_iter().filter_map(Value::as_object) {
                for (media, said) in content {
                    let has_schema = said["schema"].as_object().is_some_and(|it| !it.is_empty());
                    assert!(has_schema, "{} {media}: {said}", operation.path);
                }
            }
        }
    }

    #[test]
    fn each_operation_once() {
        let ids: BTreeSet<_> = all().map(operation_id).collect();
        assert_eq!(ids.len(), all().count());
    }
}
