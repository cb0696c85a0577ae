//! Signs of attacks and secrets in real traffic.

use wire::{Caller, Cell, Problem, Table, TableQuery, TimeRange};

use super::ExportService;

/// Rows of a table.
const MOST: u32 = 1_000;

/// A row a sign, the newest first.
pub(super) async fn table(
    services: &ExportService,
    caller: &Caller,
    query: &TableQuery,
) -> Result<Table, Problem> {
    let (from_ms, to_ms) = services.range(query);
    let range = TimeRange::Between(from_ms, to_ms);
    let server = query.server.as_deref();
    let signs = services.traffic.signs(caller, server, range, MOST).await?;
    let text = |text: Option<String>| text.map_or(Cell::Empty, Cell::Text);
    let rows = signs.into_iter().map(|sign| {
        vec![
            Cell::Integer(sign.id),
            Cell::Integer(sign.at_ms),
            Cell::Text(sign.server),
            Cell::Text(sign.what.as_str().to_owned()),
            Cell::Text(sign.place),
            Cell::Text(sign.method),
            text(sign.target),
            text(sign.client),
            Cell::Text(sign.session),
            sign.call.map_or(Cell::Empty, Cell::Integer),
        ]
    });
    let columns = [
        "id", "at_ms", "server", "sign", "place", "method", "target", "client", "session", "call",
    ];
    Ok(super::table(&columns, rows.collect()))
}
