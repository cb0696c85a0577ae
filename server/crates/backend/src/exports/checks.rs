//! Checks, with what depends on them.

use wire::{Caller, Cell, Level, NodeKind, Problem, Table};

use super::ExportService;
use super::cells::time;

/// A row a check.
pub(super) async fn table(services: &ExportService, caller: &Caller) -> Result<Table, Problem> {
    let checks = services.checks.list(caller).await?;
    let map = services.dependencies.map(caller).await?;
    let number = |value: Option<f64>| value.map_or(Cell::Empty, Cell::Number);
    let rows = checks.into_iter().map(|check| {
        let is_it = |kind: NodeKind, name: &str| kind == NodeKind::Check && name == check.name;
        let node = map.iter().find(|node| is_it(node.kind, &node.name));
        // What is not on the map says only whether it passes.
        let level = node.map_or(
            match check.ok {
                Some(true) => Level::Healthy,
                Some(false) => Level::Unhealthy,
                None => Level::Unknown,
            },
            |node| node.level,
        );
        let dependents = map
            .iter()
            .filter(|node| node.depends_on.contains(&check.name));
        let dependents: Vec<_> = dependents.map(|node| node.name.as_str()).collect();
        vec![
            Cell::Text(check.name.clone()),
            Cell::Text(check.kind),
            Cell::Text(level.as_str().to_owned()),
            Cell::Text(check.summary),
            Cell::Text(check.action),
            Cell::Integer(check.since_ms),
            number(check.seconds),
            number(check.value),
            Cell::Text(dependents.join(" ")),
            time(check.updated_ms),
            time(check.next_ms),
        ]
    });
    let columns = [
        "name",
        "kind",
        "level",
        "summary",
        "action",
        "since_ms",
        "seconds",
        "value",
        "dependents",
        "updated_ms",
        "next_ms",
    ];
    Ok(super::table(&columns, rows.collect()))
}
