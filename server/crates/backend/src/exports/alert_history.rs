//! The history of alerts.

use wire::{AlertStep, Caller, Cell, HistoryQuery, HistoryRow, Problem, Table, TableQuery};

use super::ExportService;
use super::cells::{PAGE, Paged, time};

const COLUMNS: &[&str] = &[
    "at_ms", "alert_id", "rule", "server", "severity", "what", "from", "to", "by", "owner",
    "until_ms", "comment", "summary",
];

/// A row a step, the newest first: all that are kept where no stretch of time is given.
pub(super) async fn table(
    services: &ExportService,
    caller: &Caller,
    query: &TableQuery,
) -> Result<Table, Problem> {
    let now_ms = services.clock.now_ms();
    let from_ms = query.last_ms.map(|last_ms| now_ms.saturating_sub(last_ms));
    let mut asked = HistoryQuery {
        server: query.server.clone().unwrap_or_default(),
        from_ms: query.from_ms.or(from_ms),
        to_ms: query.to_ms,
        limit: PAGE,
        ..HistoryQuery::default()
    };
    let mut paged = Paged::default();
    loop {
        let page = services.alerts.history(caller, asked.clone()).await?;
        if !paged.take(page.rows.into_iter().map(row), &page.next) {
            break;
        }
        asked.after = page.next;
    }
    Ok(super::table(COLUMNS, paged.rows()))
}

fn row(row: HistoryRow) -> Vec<Cell> {
    let AlertStep {
        at_ms,
        what,
        was,
        state,
        by,
        comment,
        owner,
        until_ms,
    } = row.step;
    vec![
        Cell::Integer(at_ms),
        Cell::Text(row.alert),
        Cell::Text(row.rule),
        Cell::Text(row.server),
        Cell::Text(row.severity),
        Cell::Text(what.as_str().to_owned()),
        Cell::Text(was.map_or("", |was| was.as_str()).to_owned()),
        Cell::Text(state.as_str().to_owned()),
        Cell::Text(by),
        Cell::Text(owner),
        time(until_ms),
        Cell::Text(comment),
        Cell::Text(row.summary),
    ]
}
