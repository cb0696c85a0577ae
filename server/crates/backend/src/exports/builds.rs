//! Builds of Rust programs, and their crates.

use wire::{BuildQuery, Caller, Cell, MOST_BUILDS, Problem, Table, TableQuery, TimeRange};

use super::ExportService;
use super::cells::{text, time, whole};

fn asked(services: &ExportService, query: &TableQuery) -> BuildQuery {
    let (from_ms, to_ms) = services.range(query);
    BuildQuery {
        project: query.text.clone().unwrap_or_default(),
        range: Some(TimeRange::Between(from_ms, to_ms)),
        limit: MOST_BUILDS,
    }
}

fn number(number: Option<f64>) -> Cell {
    number.map_or(Cell::Empty, Cell::Number)
}

/// A row a build, the newest first; of the project that `text` names.
pub(super) async fn builds(
    services: &ExportService,
    caller: &Caller,
    query: &TableQuery,
) -> Result<Table, Problem> {
    let builds = services.builds.list(caller, asked(services, query)).await?;
    let rows = builds.into_iter().map(|build| {
        let kinds = build.kinds.iter();
        let kinds: Vec<_> = kinds
            .map(|kind| format!("{} {}", kind.name, kind.count))
            .collect();
        vec![
            text(build.id),
            Cell::Integer(build.began_ms),
            time(build.ended_ms),
            text(build.project),
            text(build.state.as_str()),
            Cell::Number(build.duration_seconds),
            number(build.resolution_seconds),
            number(build.download_seconds),
            whole(build.compiled),
            whole(build.fresh),
            whole(build.errors),
            text(kinds.join(", ")),
            whole(build.warnings),
            whole(build.binary_bytes),
            text(build.profile),
            text(build.target),
            text(build.branch),
            text(build.commit),
            text(build.host),
            text(build.command),
        ]
    });
    let columns = [
        "id",
        "began_ms",
        "ended_ms",
        "project",
        "state",
        "duration_seconds",
        "resolution_seconds",
        "download_seconds",
        "compiled",
        "fresh",
        "errors",
        "error_kinds",
        "warnings",
        "binary_bytes",
        "profile",
        "target",
        "branch",
        "commit",
        "host",
        "command",
    ];
    Ok(super::table(&columns, rows.collect()))
}

/// A row a crate, the slowest first.
pub(super) async fn crates(
    services: &ExportService,
    caller: &Caller,
    query: &TableQuery,
) -> Result<Table, Problem> {
    let picture = services
        .builds
        .picture(caller, asked(services, query))
        .await?;
    let rows = picture.crates.into_iter().map(|one| {
        vec![
            text(one.project),
            text(one.name),
            number(one.mean_seconds),
            number(one.last_seconds),
            whole(one.compiled),
            whole(one.failed),
        ]
    });
    let columns = [
        "project",
        "crate",
        "mean_seconds",
        "last_seconds",
        "compiled",
        "failed",
    ];
    Ok(super::table(&columns, rows.collect()))
}
