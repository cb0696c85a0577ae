//! What the JSON of each operation looks like: derived from the types that are sent, and written by hand where
//! Prometheus says what is sent.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};
use wire::{
    Alert, AlertDetail, AlertDraft, AlertNote, BoardData, BoardLink, CheckState, ConfigFile,
    Definition, DefinitionChange, EndedProcess, Event, HostProcesses, LaunchCourses, Launched,
    MapNode, Performance, Series, Server, ServerDetail, SeveralDecided,
};

use super::{agents, alertmanager, benchmarks, builds, events, notify, quiet, rules, slo};
use crate::doors::{dashboard, definitions, diagnostics, launcher, rest, traffic};
use crate::health;

/// Makes a schema; the types in it go among the generator's definitions.
pub(super) type Shape = fn(&mut SchemaGenerator) -> Schema;

pub(super) fn of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// What is answered at an address.
pub(super) fn answer(method: &str, path: &str) -> Option<Shape> {
    Some(match path {
        "/health" | "/health/detailed" => of::<health::Report>,
        "/observability/health" => of::<rest::FleetHealth>,
        "/observability/dashboard" => of::<dashboard::Dashboard>,
        "/observability/servers" => of::<Vec<Server>>,
        "/observability/servers/{name}" => of::<ServerDetail>,
        "/observability/servers/{name}/performance" => of::<Performance>,
        "/observability/launcher" => of::<Vec<Launched>>,
        "/observability/launcher/courses" => of::<LaunchCourses>,
        "/observability/launcher/{name}/start"
        | "/observability/launcher/{name}/stop"
        | "/observability/launcher/{name}/restart" => of::<Launched>,
        "/observability/processes" => of::<HostProcesses>,
        "/observability/processes/{pid}/end" => of::<EndedProcess>,
        "/observability/diagnostics/run" => of::<diagnostics::Report>,
        "/observability/checks" => of::<Vec<CheckState>>,
        "/observability/dependencies" => of::<Vec<MapNode>>,
        "/observability/definitions" => of::<Vec<Definition>>,
        "/observability/definitions/changes" => of::<Vec<DefinitionChange>>,
        "/observability/definitions/changes/{id}" => of::<DefinitionChange>,
        "/observability/definitions/decisions" => of::<SeveralDecided>,
        "/observability/events" => of::<Vec<Event>>,
        "/observability/metrics" => of::<Vec<Series>>,
        "/observability/configuration" => of::<Vec<ConfigFile>>,
        "/observability/boards" => of::<Vec<BoardLink>>,
        "/observability/boards/{name}" => of::<BoardData>,
        "/observability/alerts" => of::<Vec<Alert>>,
        "/observability/alerts/history" => of::<wire::HistoryPage>,
        "/observability/alerts/{id}" => of::<AlertDetail>,
        "/alerts" => of::<Alert>,
        path if is_act(path) => of::<Alert>,
        "/observability/export/{format}" => |_| {
            json_schema!({
                "type": "array",
                "items": {
                    "type": "object",
                    "description": "A row: the columns by their names.",
                    "additionalProperties": { "type": ["string", "number", "boolean", "null"] },
                },
            })
        },
        "/observability/refusals" => of::<Vec<wire::Refusal>>,
        "/observability/traffic" => of::<traffic::Taken>,
        "/observability/traffic/calls" => of::<wire::CallPage>,
        "/observability/traffic/calls/{id}" => of::<wire::CallDetail>,
        "/observability/traffic/sessions" => of::<Vec<wire::TrafficSession>>,
        "/observability/traffic/signs" => of::<Vec<wire::SeenSign>>,
        "/observability/traffic/summary" => of::<wire::TrafficSummary>,
        "/observability/traffic/export/{format}" => |_| {
            json_schema!({
                "type": ["array", "object"],
                "description": "json: a list of calls with their frames; har: { log }; otlp: { resourceSpans }.",
            })
        },
        // A message of MCP, which its own specification describes.
        "/servers/{name}/mcp" => |_| {
            json_schema!({
                "type": "object",
                "required": ["jsonrpc"],
                "properties": { "jsonrpc": { "const": "2.0" } },
            })
        },
        "/openapi.json" => |_| json_schema!({ "type": "object", "required": ["openapi", "paths"] }),
        _ => {
            let of_areas = rules::answer(method, path)
                .or_else(|| quiet::answer(method, path))
                .or_else(|| alertmanager::answer(method, path))
                .or_else(|| notify::answer(method, path))
                .or_else(|| slo::answer(method, path))
                .or_else(|| events::answer(method, path))
                .or_else(|| benchmarks::answer(path))
                .or_else(|| builds::answer(path))
                .or_else(|| agents::answer(path));
            return of_areas.or_else(|| prometheus(path));
        }
    })
}

/// What is sent to an address.
pub(super) fn body(path: &str) -> Option<Shape> {
    Some(match path {
        "/observability/processes/{pid}/end" => of::<launcher::Meant>,
        "/observability/diagnostics/run" => of::<diagnostics::Wanted>,
        "/observability/definitions/changes/{id}" => of::<definitions::Decided>,
        "/observability/definitions/decisions" => of::<definitions::SeveralDecided>,
        "/observability/traffic" => of::<::traffic::Batch>,
        "/alerts" => of::<AlertDraft>,
        path if is_act(path) => of::<AlertNote>,
        _ => {
            return rules::body(path)
                .or_else(|| quiet::body(path))
                .or_else(|| alertmanager::body(path))
                .or_else(|| notify::body(path))
                .or_else(|| slo::body(path))
                .or_else(|| events::body(path))
                .or_else(|| benchmarks::body(path))
                .or_else(|| builds::body(path))
                .or_else(|| agents::body(path));
        }
    })
}

/// Whether somebody does something with an alert there.
pub(super) fn is_act(path: &str) -> bool {
    path.starts_with("/alerts/{id}/")
}

/// How an address of Prometheus's API says that something is wrong.
pub(super) fn refusal() -> Value {
    json!({
        "type": "object",
        "required": ["status", "errorType", "error"],
        "properties": {
            "status": { "const": "error" },
            "errorType": { "type": "string", "examples": ["bad_data", "execution", "timeout"] },
            "error": { "type": "string" },
        },
    })
}

/// A native histogram in an answer to a query.
fn histogram() -> Value {
    json!({
        "type": "array",
        "description": "Seconds since 1970, and a native histogram.",
        "prefixItems": [
            { "type": "number" },
            {
                "type": "object",
                "required": ["count", "sum"],
                "properties": {
                    "count": { "type": "string" },
                    "sum": { "type": "string" },
                    "buckets": {
                        "type": "array",
                        "description": "Those that are not empty: which bounds belong to it (0 the upper, 1 the lower, 2 none, 3 both), lower bound, upper bound, count.",
                        "items": {
                            "type": "array",
                            "prefixItems": [
                                { "enum": [0, 1, 2, 3] },
                                { "type": "string" },
                                { "type": "string" },
                                { "type": "string" },
                            ],
                            "minItems": 4,
                            "maxItems": 4,
                        },
                    },
                },
            },
        ],
        "minItems": 2,
        "maxItems": 2,
    })
}

fn prometheus(path: &str) -> Option<Shape> {
    Some(match path {
        "/api/v1/query" | "/api/v1/query_range" => |_| {
            let sample = json!({
                "type": "array",
                "description": "Seconds since 1970, and the value as text.",
                "prefixItems": [{ "type": "number" }, { "type": "string" }],
                "minItems": 2,
                "maxItems": 2,
                "examples": [[1_795_233_906.789, "0.25"]],
            });
            let histogram = histogram();
            let one = json!({
                "type": "object",
                "required": ["metric"],
                "properties": {
                    "metric": { "type": "object", "additionalProperties": { "type": "string" } },
                    "value": sample,
                    "values": { "type": "array", "items": sample },
                    "histogram": histogram,
                    "histograms": { "type": "array", "items": histogram },
                },
            });
            success(json!({
                "type": "object",
                "required": ["resultType", "result"],
                "properties": {
                    "resultType": { "enum": ["vector", "matrix", "scalar", "string"] },
                    "result": {
                        "description": "Series; of a scalar or a string the sample itself.",
                        "anyOf": [{ "type": "array", "items": one }, sample],
                    },
                    "stats": { "type": "object", "description": "Where stats= asks for it." },
                },
            }))
        },
        "/api/v1/query_exemplars" => |_| {
            let labels = json!({ "type": "object", "additionalProperties": { "type": "string" } });
            let exemplar = json!({
                "type": "object",
                "required": ["labels", "value", "timestamp"],
                "properties": {
                    "labels": labels,
                    "value": { "type": "string", "description": "The number as a text." },
                    "timestamp": { "type": "number", "description": "Seconds since 1970." },
                },
            });
            success(json!({ "type": "array", "items": {
                    "type": "object",
                    "required": ["seriesLabels", "exemplars"],
                    "properties": {
                        "seriesLabels": labels,
                        "exemplars": { "type": "array", "items": exemplar },
                    },
                } }))
        },
        "/api/v1/labels" | "/api/v1/label/{name}/values" => {
            |_| success(json!({ "type": "array", "items": { "type": "string" } }))
        }
        "/api/v1/series" => |_| {
            let labels = json!({ "type": "object", "additionalProperties": { "type": "string" } });
            success(json!({ "type": "array", "items": labels }))
        },
        "/api/v1/format_query" => |_| success(json!({ "type": "string" })),
        "/api/v1/parse_query" => |_| {
            success(json!({
                "type": "object",
                "description": "A node of the tree; its parts depend on its type.",
                "required": ["type"],
                "properties": { "type": { "type": "string" } },
                "additionalProperties": true,
            }))
        },
        "/api/v1/metadata" => |_| {
            let text = json!({ "type": "string" });
            let one = json!({
                "type": "object",
                "required": ["type", "unit", "help"],
                "properties": { "type": text, "unit": text, "help": text },
            });
            let all = json!({ "type": "array", "items": one });
            success(json!({ "type": "object", "additionalProperties": all }))
        },
        "/api/v1/targets" => |_| {
            let labels = json!({ "type": "object", "additionalProperties": { "type": "string" } });
            let text = json!({ "type": "string" });
            let active = json!({
                "type": "object",
                "required": ["labels", "scrapePool", "scrapeUrl", "lastError", "health"],
                "properties": {
                    "discoveredLabels": labels, "labels": labels,
                    "scrapePool": text, "scrapeUrl": text, "globalUrl": text, "lastError": text,
                    "lastScrape": { "type": "string", "format": "date-time" },
                    "lastScrapeDuration": { "type": "number", "description": "In seconds." },
                    "health": { "enum": ["up", "down", "unknown"] },
                    "scrapeInterval": text, "scrapeTimeout": text,
                },
            });
            let dropped = json!({
                "type": "object",
                "required": ["discoveredLabels", "scrapePool", "reason"],
                "properties": { "discoveredLabels": labels, "scrapePool": text, "reason": text },
            });
            let counts = json!({ "type": "object", "additionalProperties": { "type": "integer" } });
            success(json!({
                "type": "object",
                "required": ["activeTargets", "droppedTargets", "droppedTargetCounts"],
                "properties": {
                    "activeTargets": { "type": "array", "items": active },
                    "droppedTargets": { "type": "array", "items": dropped },
                    "droppedTargetCounts": counts,
                },
            }))
        },
        "/api/v1/targets/metadata" => |_| {
            let labels = json!({ "type": "object", "additionalProperties": { "type": "string" } });
            let text = json!({ "type": "string" });
            let one = json!({
                "type": "object",
                "required": ["target", "type", "help", "unit"],
                "properties": {
                    "target": labels, "metric": text, "type": text, "help": text, "unit": text,
                },
            });
            success(json!({ "type": "array", "items": one }))
        },
        "/api/v1/rules" => |_| {
            let texts = json!({ "type": "object", "additionalProperties": { "type": "string" } });
            let (text, number) = (json!({ "type": "string" }), json!({ "type": "number" }));
            let rule = json!({
                "type": "object",
                "required": ["name", "query", "labels", "health", "type", "evaluationTime", "lastEvaluation"],
                "properties": {
                    "name": text, "query": text, "labels": texts, "lastError": text,
                    "health": { "enum": ["ok", "err", "unknown"] },
                    "type": { "enum": ["alerting", "recording"] },
                    "state": { "enum": ["inactive", "pending", "firing"] },
                    "duration": number, "keepFiringFor": number, "evaluationTime": number,
                    "lastEvaluation": text, "annotations": texts,
                    "alerts": { "type": "array", "items": prometheus_alert() },
                },
            });
            let group = json!({
                "type": "object",
                "required": ["name", "file", "interval", "limit", "rules"],
                "properties": {
                    "name": text, "file": text, "interval": number, "limit": { "type": "integer" },
                    "rules": { "type": "array", "items": rule },
                    "evaluationTime": number, "lastEvaluation": text,
                },
            });
            success(json!({
                "type": "object",
                "required": ["groups"],
                "properties": { "groups": { "type": "array", "items": group } },
            }))
        },
        "/api/v1/alerts" => |_| {
            success(json!({
                "type": "object",
                "required": ["alerts"],
                "properties": { "alerts": { "type": "array", "items": prometheus_alert() } },
            }))
        },
        "/api/v1/scrape_pools" => |_| {
            success(json!({
                "type": "object",
                "required": ["scrapePools"],
                "properties": { "scrapePools": { "type": "array", "items": { "type": "string" } } },
            }))
        },
        "/api/v1/status/buildinfo" | "/api/v1/status/flags" => {
            |_| success(json!({ "type": "object", "additionalProperties": { "type": "string" } }))
        }
        "/api/v1/status/runtimeinfo" => |_| {
            let value = json!({ "type": ["string", "integer", "boolean"] });
            success(json!({
                "type": "object",
                "required": ["startTime", "reloadConfigSuccess", "storageRetention"],
                "additionalProperties": value,
            }))
        },
        "/api/v1/status/config" => |_| {
            success(json!({
                "type": "object",
                "required": ["yaml"],
                "properties": { "yaml": { "type": "string" } },
            }))
        },
        "/api/v1/status/tsdb" => |_| {
            let counted = json!({
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["name", "value"],
                    "properties": { "name": { "type": "string" }, "value": { "type": "integer" } },
                },
            });
            let number = json!({ "type": ["integer", "null"] });
            success(json!({
                "type": "object",
                "required": ["headStats", "rollups"],
                "properties": {
                    "headStats": { "type": "object", "additionalProperties": number },
                    "rollups": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["resolution", "rowCount", "sizeInBytes", "minTime"],
                            "properties": {
                                "resolution": { "type": "string" },
                                "rowCount": { "type": "integer" },
                                "sizeInBytes": { "type": "integer" },
                                "minTime": number,
                            },
                        },
                    },
                    "seriesCountByMetricName": counted,
                    "labelValueCountByLabelName": counted,
                    "memoryInBytesByLabelName": counted,
                    "seriesCountByLabelValuePair": counted,
                },
            }))
        },
        "/api/v1/status/walreplay" => |_| {
            let number = json!({ "type": "integer" });
            success(json!({
                "type": "object",
                "required": ["min", "max", "current", "state"],
                "properties": {
                    "min": number, "max": number, "current": number,
                    "state": { "type": "string" },
                },
            }))
        },
        _ => return None,
    })
}

/// What Prometheus wraps all data in.
fn success(data: Value) -> Schema {
    let texts = json!({ "type": "array", "items": { "type": "string" } });
    json_schema!({
        "type": "object",
        "required": ["status", "data"],
        "properties": {
            "status": { "const": "success" },
            "data": data,
            "warnings": texts,
            "infos": texts,
        },
    })
}

/// An alert as Prometheus shows it.
fn prometheus_alert() -> Value {
    let texts = json!({ "type": "object", "additionalProperties": { "type": "string" } });
    json!({
        "type": "object",
        "required": ["labels", "annotations", "state", "activeAt", "value"],
        "properties": {
            "labels": texts, "annotations": texts,
            "state": { "enum": ["pending", "firing"] },
            "activeAt": { "type": "string", "format": "date-time" },
            "keepFiringSince": { "type": "string", "format": "date-time" },
            "value": { "type": "string" },
        },
    })
}
