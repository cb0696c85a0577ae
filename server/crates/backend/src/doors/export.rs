//! Tables as files: CSV (RFC 4180) and JSON.

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Json, Router};
use http::header;
use serde_json::{Map, Value, json};
use wire::{Caller, Cell, Problem, Services, Table, TableQuery};

use super::Context;
use super::answer::Refusal;

pub(super) fn router() -> Router<Context> {
    Router::new().route("/observability/export/{format}", get(export))
}

async fn export(
    State(services): State<Services>,
    Extension(caller): Extension<Caller>,
    Path(format): Path<String>,
    query: Result<Query<TableQuery>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, Refusal> {
    let Query(query) = query.map_err(|rejection| {
        let known: Vec<_> = wire::TableName::ALL
            .iter()
            .map(|table| table.as_str())
            .collect();
        let text = rejection.body_text();
        Problem::invalid(format!("{text}; write ?table= one of {}", known.join(", ")))
    })?;
    let name = match &query.server {
        Some(server) => format!("{}-{}", query.table.as_str(), file_name(server)),
        None => query.table.as_str().to_owned(),
    };
    let disposition = |extension: &str| format!("attachment; filename=\"{name}.{extension}\"");
    match format.as_str() {
        "csv" => {
            let table = services.exports.table(&caller, query).await?;
            let headers = [
                (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
                (header::CONTENT_DISPOSITION, disposition("csv")),
            ];
            Ok((headers, csv_text(&table)?).into_response())
        }
        "json" => {
            let table = services.exports.table(&caller, query).await?;
            let headers = [(header::CONTENT_DISPOSITION, disposition("json"))];
            Ok((headers, Json(json_rows(&table))).into_response())
        }
        other => Err(Problem::not_found(format!(
            "{other:?} is no export format; write /observability/export/csv or /observability/export/json"
        ))
        .into()),
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

/// RFC 4180, CRLF included. Text that a spreadsheet would take for a formula is made harmless with
/// an apostrophe (OWASP "CSV injection"); numbers stay numbers.
fn csv_text(table: &Table) -> Result<Vec<u8>, Problem> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    let failed = |error: csv::Error| Problem::new(wire::Code::Internal, error.to_string());
    writer
        .write_record(table.columns.iter().map(|column| &column.name))
        .map_err(failed)?;
    for row in &table.rows {
        writer
            .write_record(row.iter().map(cell_text))
            .map_err(failed)?;
    }
    writer
        .into_inner()
        .map_err(|error| Problem::new(wire::Code::Internal, error.to_string()))
}

fn cell_text(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Integer(n) => n.to_string(),
        Cell::Number(n) => n.to_string(),
        Cell::Text(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r']) => {
            format!("'{text}")
        }
        Cell::Text(text) => text.clone(),
    }
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

    fn table(cells: Vec<Cell>) -> Table {
        Table {
            columns: cells
                .iter()
                .map(|_| wire::Column { name: "c".into() })
                .collect(),
            rows: vec![cells],
        }
    }

    #[test]
    fn csv_cells() {
        for (cell, expected) in [
            (Cell::Empty, "\"\""),
            (Cell::Integer(-5), "-5"),
            (Cell::Number(-0.25), "-0.25"),
            (Cell::Text("plain".into()), "plain"),
            (Cell::Text("a,b".into()), "\"a,b\""),
            (
                Cell::Text("say \"hi\"\nthere".into()),
                "\"say \"\"hi\"\"\nthere\"",
            ),
            (Cell::Text("=1+1".into()), "'=1+1"),
            (Cell::Text("+1".into()), "'+1"),
            (Cell::Text("-1".into()), "'-1"),
            (Cell::Text("@x".into()), "'@x"),
            (Cell::Text("ünï".into()), "ünï"),
        ] {
            let text = String::from_utf8(csv_text(&table(vec![cell.clone()])).unwrap()).unwrap();
            assert_eq!(text, format!("c\r\n{expected}\r\n"), "{cell:?}");
        }
    }

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
