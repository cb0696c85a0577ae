//! Objectives, their budgets, and reports.

use wire::{Caller, Cell, Problem, Report, Table};

use super::ExportService;
use super::cells::time;

fn count(number: u64) -> Cell {
    Cell::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

fn number(value: Option<f64>) -> Cell {
    value.map_or(Cell::Empty, Cell::Number)
}

/// A row an objective, the worst first: what it promises and how it does.
pub(super) async fn objectives(
    services: &ExportService,
    caller: &Caller,
) -> Result<Table, Problem> {
    let found = services.levels.objectives(caller).await?;
    let rows = found.rows.into_iter().map(|row| {
        vec![
            Cell::Text(row.id),
            Cell::Text(row.state.as_str().to_owned()),
            Cell::Number(row.draft.target_percent),
            number(row.budget.compliance.map(|part| part * 100.0)),
            number(row.budget.left.map(|part| part * 100.0)),
            Cell::Number(row.budget.left_minutes),
            time(row.spent_at_ms),
            Cell::Text(row.draft.owner),
            Cell::Text(row.origin.as_str().to_owned()),
            Cell::Text(row.draft.description),
            Cell::Text(row.sentence),
            Cell::Text(row.caution),
            count(row.alerts),
            time(row.known_from_ms),
        ]
    });
    let columns = [
        "id",
        "state",
        "target_percent",
        "compliance_percent",
        "budget_left_percent",
        "budget_left_minutes",
        "budget_spent_at_ms",
        "owner",
        "origin",
        "description",
        "sentence",
        "caution",
        "open_alerts",
        "known_from_ms",
    ];
    Ok(super::table(&columns, rows.collect()))
}

/// A row an objective: the numbers of its budget, and burn rates.
pub(super) async fn budgets(services: &ExportService, caller: &Caller) -> Result<Table, Problem> {
    let found = services.levels.objectives(caller).await?;
    let mut columns = vec![
        "id",
        "from_ms",
        "to_ms",
        "good",
        "total",
        "allowed",
        "spent",
        "left_percent",
        "left_minutes",
        "minutes",
        "gap_minutes",
        "excluded_minutes",
        "bad_minutes",
    ];
    let burns: Vec<String> = found
        .rows
        .first()
        .into_iter()
        .flat_map(|row| &row.burn)
        .map(|burn| format!("burn_rate_{}", burn.window))
        .collect();
    columns.extend(burns.iter().map(String::as_str));
    let rows = found.rows.iter().map(|row| {
        let budget = &row.budget;
        let mut cells = vec![
            Cell::Text(row.id.clone()),
            Cell::Integer(budget.from_ms),
            Cell::Integer(budget.to_ms),
            Cell::Number(budget.good),
            Cell::Number(budget.total),
            Cell::Number(budget.allowed),
            Cell::Number(budget.spent),
            number(budget.left.map(|part| part * 100.0)),
            Cell::Number(budget.left_minutes),
            count(budget.minutes),
            count(budget.gap_minutes),
            count(budget.excluded_minutes),
            count(budget.bad_minutes),
        ];
        cells.extend(row.burn.iter().map(|burn| number(burn.rate)));
        cells
    });
    Ok(super::table(&columns, rows.collect()))
}

/// A row an objective of a report.
pub(crate) fn report_table(report: &Report) -> Table {
    let rows = report.rows.iter().map(|row| {
        let budget = &row.budget;
        let worst = row.incidents.first();
        vec![
            Cell::Text(row.id.clone()),
            Cell::Text(row.state.as_str().to_owned()),
            Cell::Integer(report.from_ms),
            Cell::Integer(report.to_ms),
            Cell::Number(row.draft.target_percent),
            number(budget.compliance.map(|part| part * 100.0)),
            number(budget.left.map(|part| part * 100.0)),
            Cell::Number(budget.good),
            Cell::Number(budget.total),
            Cell::Number(budget.allowed),
            Cell::Number(budget.spent),
            count(budget.minutes),
            count(budget.gap_minutes),
            count(budget.excluded_minutes),
            count(budget.bad_minutes),
            Cell::Integer(i64::try_from(row.incidents.len()).unwrap_or(i64::MAX)),
            time(worst.map(|it| it.from_ms)),
            Cell::Text(row.draft.owner.clone()),
            Cell::Text(row.sentence.clone()),
            Cell::Text(row.caution.clone()),
        ]
    });
    let columns = [
        "id",
        "state",
        "from_ms",
        "to_ms",
        "target_percent",
        "compliance_percent",
        "budget_left_percent",
        "good",
        "total",
        "allowed",
        "spent",
        "minutes",
        "gap_minutes",
        "excluded_minutes",
        "bad_minutes",
        "incidents",
        "worst_incident_ms",
        "owner",
        "sentence",
        "caution",
    ];
    super::table(&columns, rows.collect())
}
