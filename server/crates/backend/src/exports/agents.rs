//! Agents, and agents by type.

use wire::{Caller, Cell, Problem, Table};

use super::ExportService;
use super::cells::text;

fn number(number: Option<f64>) -> Cell {
    number.map_or(Cell::Empty, Cell::Number)
}

/// A row an agent, those in trouble first.
pub(super) async fn agents(services: &ExportService, caller: &Caller) -> Result<Table, Problem> {
    let picture = services.agents.agents(caller).await?;
    let rows = picture.agents.into_iter().map(|it| {
        let figures = it.figures;
        vec![
            text(it.id),
            text(it.kind),
            text(it.state.as_str()),
            text(it.why),
            number(it.score),
            number(figures.queries_per_second),
            number(figures.cpu_percent),
            number(figures.memory_bytes),
            number(figures.memory_percent),
            number(figures.gpu_percent),
            number(figures.queue_depth),
            number(figures.tasks_running),
            number(figures.tasks_completed),
            number(figures.tasks_failed),
            number(figures.completion_ratio),
            number(figures.recovery_ratio),
            number(figures.parallel_efficiency),
            number(figures.memory_efficiency),
            number(figures.prediction_accuracy),
            number(figures.pattern_accuracy),
            number(figures.optimization_percent),
            number(figures.tokens),
            number(figures.cost_usd),
            text(it.host),
            text(it.version),
            text(it.source.as_str()),
            text(it.source_name),
            Cell::Integer(it.first_ms),
            Cell::Integer(it.last_ms),
        ]
    });
    let columns = [
        "id",
        "type",
        "state",
        "why",
        "score",
        "queries_per_second",
        "cpu_percent",
        "memory_bytes",
        "memory_percent",
        "gpu_percent",
        "queue_depth",
        "tasks_running",
        "tasks_completed",
        "tasks_failed",
        "completion_ratio",
        "recovery_ratio",
        "parallel_efficiency",
        "memory_efficiency",
        "prediction_accuracy",
        "pattern_accuracy",
        "optimization_percent",
        "tokens",
        "cost_usd",
        "host",
        "version",
        "source",
        "source_name",
        "first_ms",
        "last_ms",
    ];
    Ok(super::table(&columns, rows.collect()))
}

/// A row a type, the most agents first.
pub(super) async fn kinds(services: &ExportService, caller: &Caller) -> Result<Table, Problem> {
    let picture = services.agents.agents(caller).await?;
    let rows = picture.kinds.into_iter().map(|it| {
        vec![
            text(it.name),
            Cell::Integer(it.agents.into()),
            Cell::Integer(it.active.into()),
            number(it.score),
            number(it.queries_per_second),
            number(it.tasks_completed),
            number(it.queue_depth),
        ]
    });
    let columns = [
        "type",
        "agents",
        "active",
        "score",
        "queries_per_second",
        "tasks_completed",
        "queue_depth",
    ];
    Ok(super::table(&columns, rows.collect()))
}
