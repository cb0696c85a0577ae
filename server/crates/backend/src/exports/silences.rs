//! Silences.

use wire::{Caller, Cell, Problem, Table};

use super::ExportService;

/// A row a silence: active ones, those to come, then those that are over.
pub(super) async fn table(services: &ExportService, caller: &Caller) -> Result<Table, Problem> {
    let silences = services.silences.list(caller).await?;
    let rows = silences.into_iter().map(|silence| {
        vec![
            Cell::Text(silence.id),
            Cell::Text(silence.matchers),
            Cell::Text(silence.phase.as_str().to_owned()),
            Cell::Integer(silence.starts_ms),
            Cell::Integer(silence.ends_ms),
            Cell::Text(silence.by),
            Cell::Text(silence.comment),
            silence.ended_by.map_or(Cell::Empty, Cell::Text),
            Cell::Integer(i64::try_from(silence.alerts).unwrap_or(i64::MAX)),
        ]
    });
    let columns = [
        "id",
        "matchers",
        "phase",
        "starts_ms",
        "ends_ms",
        "by",
        "comment",
        "ended_by",
        "open_alerts",
    ];
    Ok(super::table(&columns, rows.collect()))
}
