//! Changes of definitions.

use wire::{Caller, Cell, ChangeQuery, Problem, Table, TableQuery};

use super::ExportService;

/// Rows of a table.
const MOST: u32 = 1_000;

/// A row a change, those that wait first.
pub(super) async fn changes(
    services: &ExportService,
    caller: &Caller,
    query: &TableQuery,
) -> Result<Table, Problem> {
    let wanted = ChangeQuery {
        server: query.server.clone(),
        limit: MOST,
        ..ChangeQuery::default()
    };
    let changes = services.definitions.changes(caller, wanted).await?;
    let rows = changes.into_iter().map(|change| {
        let classes: Vec<_> = change.classes.iter().map(|class| class.as_str()).collect();
        let suspicions = change.suspicions.iter();
        let suspicions: Vec<_> = suspicions
            .map(|it| format!("{}: {}", it.pattern, it.excerpt))
            .collect();
        let decided = change.decided.as_ref();
        let text =
            |text: Option<&str>| text.map_or(Cell::Empty, |text| Cell::Text(text.to_owned()));
        vec![
            Cell::Integer(change.id),
            Cell::Integer(change.at_ms),
            Cell::Text(change.server),
            Cell::Text(change.kind.as_str().to_owned()),
            Cell::Text(change.name),
            Cell::Text(classes.join(", ")),
            Cell::Text(change.breaking.join("; ")),
            Cell::Text(suspicions.join("; ")),
            Cell::Text(change.state.as_str().to_owned()),
            text(decided.map(|verdict| verdict.by.as_str())),
            decided.map_or(Cell::Empty, |verdict| Cell::Integer(verdict.at_ms)),
            text(decided.map(|verdict| verdict.comment.as_str())),
            Cell::Text(change.old_hash),
            Cell::Text(change.new_hash),
        ]
    });
    let columns = [
        "id",
        "at_ms",
        "server",
        "kind",
        "name",
        "change",
        "breaking",
        "suspicious",
        "state",
        "decided_by",
        "decided_ms",
        "comment",
        "old_hash",
        "new_hash",
    ];
    Ok(super::table(&columns, rows.collect()))
}
