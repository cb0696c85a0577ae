//! Tables as files: CSV (RFC 4180) and JSON.

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Json, Router};
use http::{Uri, header};
use serde_json::{Map, Value, json};
use wire::{Caller, Cell, Problem, SeriesQuery, Services, Table, TableQuery};

use super::answer::Refusal;
use super::{Context, Queries, exposition};
use crate::exports::{csv, range};

pub(super) fn router() -> Router<Context> {
    Router::new().route("/observability/export/{format}", get(export))
}

/// What can be said in the address of an export of queries.
const SERIES: &[&str] = &[
    "query", "range", "from", "to", "from_ms", "to_ms", "step_ms",
];

async fn export(
    State(services): State<Services>,
    State(queries): State<Queries>,
    Extension(caller): Extension<Caller>,
    Path(format): Path<String>,
    uri: Uri,
) -> Result<Response, Refusal> {
    let pairs = Query::<Vec<(String, String)>>::try_from_uri(&uri);
    let Query(pairs) = pairs.map_err(|rejection| Problem::invalid(rejection.body_text()))?;
    if format == "prometheus" {
        let selectors = selectors(pairs)?;
        let now_ms = queries.clock.now_ms();
        let text = exposition::newest(&services, &caller, &selectors, now_ms).await?;
        let kind = (header::CONTENT_TYPE, "text/plain; version=0.0.4");
        return Ok(([kind], text).into_response());
    }
    let format = Format::of(&format)?;
    if pairs.iter().any(|(name, _)| name == "query") {
        let query = series_query(pairs, queries.clock.now_ms())?;
        let table = services.exports.series(&caller, query).await?;
        return format.file("series", &table);
    }
    let query = Query::<TableQuery>::try_from_uri(&uri);
    let Query(query) = query.map_err(|rejection| {
        let known: Vec<_> = wire::TableName::ALL
            .iter()
            .map(|table| table.as_str())
            .collect();
        Problem::invalid(format!(
            "{}; write ?table= one of {}, or ?query= with PromQL",
            rejection.body_text(),
            known.join(", ")
        ))
    })?;
    let name = match &query.server {
        Some(server) => format!("{}-{}", query.table.as_str(), file_name(server)),
        None => query.table.as_str().to_owned(),
    };
    format.file(&name, &services.exports.table(&caller, query).await?)
}

/// What is to be written in the format of Prometheus.
fn selectors(pairs: Vec<(String, String)>) -> Result<Vec<String>, Problem> {
    let one = |(name, value): (String, String)| match name.as_str() {
        "match[]" => Ok(value),
        _ => Err(Problem::invalid(format!(
            "{name} is not known: the newest values are chosen with match[]= (once or more), or all are written"
        ))),
    };
    pairs.into_iter().map(one).collect()
}

fn series_query(pairs: Vec<(String, String)>, now_ms: i64) -> Result<SeriesQuery, Problem> {
    if let Some((name, _)) = pairs.iter().find(|(name, _)| !SERIES.contains(&&**name)) {
        return Err(Problem::invalid(format!(
            "{name} is not known: an export of queries is asked with query= (once or more), range=6h or from= and to=, \
             and step_ms=. It has a row a value: its time, its series, the value, and each label in a column of its own"
        )));
    }
    let get = |names: [&str; 2]| {
        let mut values = pairs.iter().filter(|(name, _)| names.contains(&&**name));
        values.next().map(|(_, value)| value.as_str())
    };
    let step_ms = get(["step_ms"; 2]).map(|text| {
        let wrong = || Problem::invalid(format!("step_ms: {text:?} is no number of milliseconds"));
        text.parse().map_err(|_| wrong())
    });
    let (from, to) = (get(["from", "from_ms"]), get(["to", "to_ms"]));
    Ok(SeriesQuery {
        range: range(get(["range"; 2]), from, to, now_ms)?,
        step_ms: step_ms.transpose()?,
        queries: (pairs.into_iter())
            .filter_map(|(name, value)| (name == "query").then_some(value))
            .collect(),
    })
}

/// What a file is written in.
#[derive(Clone, Copy)]
enum Format {
    Csv,
    Json,
}

impl Format {
    fn of(name: &str) -> Result<Self, Problem> {
        match name {
            "csv" => Ok(Self::Csv),
            "json" => Ok(Self::Json),
            other => Err(Problem::not_found(format!(
                "{other:?} is no export format; write /observability/export/csv, /observability/export/json or \
                 /observability/export/prometheus"
            ))),
        }
    }

    fn file(self, name: &str, table: &Table) -> Result<Response, Refusal> {
        let disposition = |extension: &str| {
            let value = format!("attachment; filename=\"{name}.{extension}\"");
            (header::CONTENT_DISPOSITION, value)
        };
        Ok(match self {
            Self::Csv => {
                let kind = (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned());
                ([kind, disposition("csv")], csv(table)?).into_response()
            }
            Self::Json => ([disposition("json")], Json(json_rows(table))).into_response(),
        })
    }
}

fn file_name(text: &str) -> String {
    let safe = |c: char| {
        if c.is_ascii_alphanumeric() || "-_.".contains(c) {
            c
        } else {
            '_'
        }
    };
    text.chars().map(safe).collect()
}

fn json_rows(table: &Table) -> Value {
    let rows = table.rows.iter().map(|row| {
        let pairs = table.columns.iter().zip(row);
        let object: Map<_, _> = pairs
            .map(|(column, cell)| (column.name.clone(), json_cell(cell)))
            .collect();
        Value::Object(object)
    });
    rows.collect()
}

fn json_cell(cell: &Cell) -> Value {
    match cell {
        Cell::Empty => Value::Null,
        Cell::Integer(n) => json!(n),
        Cell::Number(n) => json!(n),
        Cell::Text(text) => json!(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::exports::one_row as table;

    #[test]
    fn json_keeps_kinds() {
        let rows = json_rows(&table(vec![Cell::Text("=1".into())]));
        assert_eq!(rows, json!([{ "c": "=1" }]));
        assert_eq!(
            json_rows(&table(vec![Cell::Number(1.5)])),
            json!([{ "c": 1.5 }])
        );
        assert_eq!(json_rows(&table(vec![Cell::Empty])), json!([{ "c": null }]));
    }

    #[test]
    fn file_names_are_harmless() {
        assert_eq!(file_name("a b/../\"c\r\n"), "a_b_..__c__");
    }
}
