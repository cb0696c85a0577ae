//! Tables as comma-separated values.

use wire::{Cell, Problem, Table};

/// RFC 4180, CRLF included. Text that a spreadsheet would take for a formula is made harmless with
/// an apostrophe (OWASP "CSV injection"); numbers stay numbers.
pub(crate) fn csv(table: &Table) -> Result<String, Problem> {
    let mut writer = ::csv::WriterBuilder::new()
        .terminator(::csv::Terminator::CRLF)
        .from_writer(Vec::new());
    let failed = |error: ::csv::Error| Problem::new(wire::Code::Internal, error.to_string());
    writer
        .write_record(table.columns.iter().map(|column| &column.name))
        .map_err(failed)?;
    for row in &table.rows {
        writer
            .write_record(row.iter().map(cell_text))
            .map_err(failed)?;
    }
    let bytes = writer
        .into_inner()
        .map_err(|error| Problem::new(wire::Code::Internal, error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| Problem::new(wire::Code::Internal, error.to_string()))
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

#[cfg(test)]
mod tests {
    use super::*;

    use crate::exports::one_row as table;

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
            let text = csv(&table(vec![cell.clone()])).unwrap();
            assert_eq!(text, format!("c\r\n{expected}\r\n"), "{cell:?}");
        }
    }
}
