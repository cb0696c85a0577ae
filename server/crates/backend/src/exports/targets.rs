//! Targets that are scraped, and what was not taken of what others send or expose.

use wire::{Cell, Table, TargetPicture};

/// A row a target.
pub(super) fn active(picture: &TargetPicture) -> Table {
    let rows = picture.active.iter().map(|target| {
        vec![
            Cell::Text(target.job.clone()),
            Cell::Text(target.instance.clone()),
            Cell::Text(target.url.clone()),
            Cell::Text(target.health.as_str().to_owned()),
            Cell::Text(target.last_error.clone()),
            target.last_scrape_ms.map_or(Cell::Empty, Cell::Integer),
            Cell::Number(target.duration_seconds),
            Cell::Number(target.interval_seconds),
            Cell::Integer(target.samples.into()),
            Cell::Integer(target.kept.into()),
            Cell::Text(target.labels.clone()),
        ]
    });
    let columns = [
        "job",
        "instance",
        "url",
        "health",
        "last_error",
        "last_scrape_ms",
        "duration_seconds",
        "interval_seconds",
        "samples",
        "kept",
        "labels",
    ];
    super::table(&columns, rows.collect())
}

/// A row a sender and reason.
pub(super) fn refused(picture: &TargetPicture) -> Table {
    let rows = picture.refusals.iter().map(|refusal| {
        vec![
            Cell::Text(refusal.source.clone()),
            Cell::Text(refusal.sender.clone()),
            Cell::Text(refusal.reason.clone()),
            Cell::Integer(i64::try_from(refusal.count).unwrap_or(i64::MAX)),
            Cell::Integer(refusal.since_ms),
            Cell::Integer(refusal.at_ms),
            Cell::Text(refusal.example.clone()),
        ]
    });
    let columns = [
        "source", "sender", "reason", "count", "since_ms", "at_ms", "example",
    ];
    super::table(&columns, rows.collect())
}
