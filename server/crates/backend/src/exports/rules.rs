//! Rules.

use wire::{Caller, Cell, Problem, RuleInfo, Table};

use super::ExportService;

/// A row a rule, in the order of their evaluation.
pub(super) async fn table(services: &ExportService, caller: &Caller) -> Result<Table, Problem> {
    let list = services.rules.list(caller).await?;
    let columns = [
        "id",
        "group",
        "kind",
        "name",
        "origin",
        "file",
        "state",
        "off",
        "health",
        "error",
        "open_alerts",
        "severity",
        "for",
        "expr",
    ];
    let rows = list.rules.into_iter().map(row).collect();
    Ok(super::table(&columns, rows))
}

fn row(rule: RuleInfo) -> Vec<Cell> {
    let severity = rule.draft.labels.get("severity");
    let severity = severity.cloned().unwrap_or_default();
    vec![
        Cell::Text(rule.id),
        Cell::Text(rule.draft.group),
        Cell::Text(rule.draft.kind.as_str().to_owned()),
        Cell::Text(rule.draft.name),
        Cell::Text(rule.origin.as_str().to_owned()),
        Cell::Text(rule.file),
        Cell::Text(rule.state.as_str().to_owned()),
        Cell::Text(rule.off),
        Cell::Text(rule.health),
        Cell::Text(rule.error),
        Cell::Integer(i64::try_from(rule.alerts).unwrap_or(i64::MAX)),
        Cell::Text(severity),
        Cell::Text(rule.draft.hold),
        Cell::Text(rule.draft.expr),
    ]
}
