//! Benchmarks as tables.

use wire::{Caller, Cell, Problem, Table};

use super::ExportService;
use super::cells::{text, whole};

fn number(value: Option<f64>) -> Cell {
    value.map_or(Cell::Empty, Cell::Number)
}

fn percent(part: Option<f64>) -> Cell {
    number(part.map(|part| part * 100.0))
}

/// A row a benchmark: its newest run.
pub(super) async fn newest(services: &ExportService, caller: &Caller) -> Result<Table, Problem> {
    let picture = services.benchmarks.benchmarks(caller).await?;
    let rows = picture.rows.into_iter().map(|row| {
        let it = row.newest;
        vec![
            text(row.suite),
            text(row.name),
            text(row.parameters),
            text(row.language),
            text(row.approach),
            text(row.tool),
            text(row.unit),
            Cell::Number(it.value),
            number(it.low),
            number(it.high),
            number(it.p95),
            number(it.p99),
            whole(it.n),
            Cell::Integer(it.at_ms),
            text(it.commit),
            text(it.branch),
            text(it.host),
            text(it.verdict.as_str()),
            percent(it.change),
            percent(it.change_low),
            percent(it.change_high),
            number(it.p),
            text(it.sentence),
            whole(u64::from(row.runs)),
        ]
    });
    let columns = [
        "suite",
        "name",
        "parameters",
        "language",
        "approach",
        "tool",
        "unit",
        "value",
        "mean_low",
        "mean_high",
        "p95",
        "p99",
        "n",
        "at_ms",
        "commit",
        "branch",
        "host",
        "verdict",
        "change_percent",
        "change_low_percent",
        "change_high_percent",
        "p",
        "sentence",
        "runs",
    ];
    Ok(super::table(&columns, rows.collect()))
}

/// A row an operation: the newest comparison of two ways to do it.
pub(super) async fn speed_ups(services: &ExportService, caller: &Caller) -> Result<Table, Problem> {
    let picture = services.benchmarks.benchmarks(caller).await?;
    let rows = picture.rivals.into_iter().map(|it| {
        vec![
            text(it.kind.as_str()),
            text(it.operation),
            Cell::Integer(it.at_ms),
            text(it.unit),
            Cell::Number(it.fast_value),
            Cell::Number(it.slow_value),
            Cell::Number(it.factor),
            number(it.low),
            number(it.high),
        ]
    });
    let columns = [
        "kind",
        "operation",
        "at_ms",
        "unit",
        "fast",
        "slow",
        "factor",
        "factor_low",
        "factor_high",
    ];
    Ok(super::table(&columns, rows.collect()))
}

/// A row a day and kind of comparison.
pub(super) async fn days(services: &ExportService, caller: &Caller) -> Result<Table, Problem> {
    let picture = services.benchmarks.benchmarks(caller).await?;
    let rows = picture.days.into_iter().map(|it| {
        vec![
            Cell::Integer(it.at_ms),
            text(it.kind.as_str()),
            Cell::Number(it.average),
            Cell::Number(it.peak),
            text(it.peak_of),
            whole(u64::from(it.count)),
        ]
    });
    let columns = ["at_ms", "kind", "average", "peak", "peak_of", "comparisons"];
    Ok(super::table(&columns, rows.collect()))
}

/// A row an operation: Rust beside Python over seven days.
pub(super) async fn modules(services: &ExportService, caller: &Caller) -> Result<Table, Problem> {
    let picture = services.benchmarks.benchmarks(caller).await?;
    let rows = picture.modules.into_iter().map(|it| {
        vec![
            text(it.operation),
            Cell::Number(it.rust_ms),
            Cell::Number(it.python_ms),
            Cell::Number(it.factor),
            whole(u64::from(it.count)),
        ]
    });
    let columns = ["operation", "rust_ms", "python_ms", "factor", "comparisons"];
    Ok(super::table(&columns, rows.collect()))
}

/// A row a file.
pub(super) async fn runs(services: &ExportService, caller: &Caller) -> Result<Table, Problem> {
    let picture = services.benchmarks.benchmarks(caller).await?;
    let rows = picture.runs.into_iter().map(|it| {
        vec![
            Cell::Integer(it.id),
            Cell::Integer(it.at_ms),
            Cell::Integer(it.taken_ms),
            text(it.suite),
            text(it.tool),
            text(it.host),
            text(it.commit),
            text(it.branch),
            text(it.by),
            whole(u64::from(it.results)),
            whole(u64::from(it.worse)),
            whole(u64::from(it.better)),
            text(it.notes.join("\n")),
        ]
    });
    let columns = [
        "id", "at_ms", "taken_ms", "suite", "tool", "host", "commit", "branch", "by", "results",
        "worse", "better", "notes",
    ];
    Ok(super::table(&columns, rows.collect()))
}
