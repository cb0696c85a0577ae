//! Maintenance windows.

use wire::{Caller, Cell, Problem, Table};

use super::ExportService;

/// A row a window: those that run, those to come, then those that are over.
pub(super) async fn table(services: &ExportService, caller: &Caller) -> Result<Table, Problem> {
    let picture = services.windows.picture(caller, None, None).await?;
    let rows = picture.windows.into_iter().map(|window| {
        let next = window.next.first();
        let next_end = next.map_or(Cell::Empty, |next| Cell::Integer(next.to_ms));
        vec![
            Cell::Text(window.id),
            Cell::Text(window.name),
            Cell::Text(window.matchers),
            Cell::Text(window.phase.as_str().to_owned()),
            Cell::Text(window.rule),
            next.map_or(Cell::Empty, |next| Cell::Integer(next.from_ms)),
            next_end,
            Cell::Text(window.by),
            Cell::Text(window.comment),
            window.changed_by.map_or(Cell::Empty, Cell::Text),
            window.ended_by.map_or(Cell::Empty, Cell::Text),
            Cell::Integer(i64::try_from(window.alerts).unwrap_or(i64::MAX)),
        ]
    });
    let columns = [
        "id",
        "name",
        "matchers",
        "phase",
        "rule",
        "next_starts_ms",
        "next_ends_ms",
        "by",
        "comment",
        "changed_by",
        "ended_by",
        "open_alerts",
    ];
    Ok(super::table(&columns, rows.collect()))
}
