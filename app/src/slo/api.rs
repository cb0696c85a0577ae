//! The server functions of these pages, like those of `crate::api`. Drafts travel as JSON: names in them may be any text.

#[cfg(feature = "ssr")]
use std::sync::Arc;

use leptos::prelude::*;
#[cfg(feature = "ssr")]
use wire::{Caller, ServiceLevels, TimeRange};
use wire::{
    Measurement, Objective, ObjectiveDetail, ObjectivePreview, Objectives, Report, Reports,
};

use crate::answer::{Answer, AsJson, Failure};
#[cfg(feature = "ssr")]
use crate::api::{given, services};

/// Objectives and who asks.
#[cfg(feature = "ssr")]
fn levels() -> Result<(Arc<dyn ServiceLevels>, Caller), Failure> {
    let (services, caller) = services()?;
    Ok((services.levels, caller))
}

/// Begin and end of a stretch, by the product's clock.
#[cfg(feature = "ssr")]
async fn ends(
    caller: &Caller,
    range_ms: i64,
    until_ms: Option<i64>,
) -> Result<(i64, i64), Failure> {
    let (services, _) = services()?;
    let now_ms = services.live.snapshot(caller).await?.now_ms;
    Ok(TimeRange::of(range_ms, until_ms).ends(now_ms))
}

/// All objectives.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn load_objectives() -> Result<Answer<Objectives>, Failure> {
    let (levels, caller) = levels()?;
    Answer::of(&levels.objectives(&caller).await?)
}

/// One objective over the stretch that is `range_ms` long and ends at `until_ms`, or now. Where `range_ms` is 0: over its own
/// window, or the part of it in which something is known.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn load_objective(
    id: String,
    range_ms: i64,
    until_ms: Option<i64>,
) -> Result<Answer<ObjectiveDetail>, Failure> {
    let (levels, caller) = levels()?;
    if range_ms != 0 {
        let (from_ms, to_ms) = ends(&caller, range_ms, until_ms).await?;
        return Answer::of(&levels.objective(&caller, &id, from_ms, to_ms).await?);
    }
    let whole = levels.objective(&caller, &id, 0, 0).await?;
    match super::words::known_part(&whole.objective) {
        Some((from_ms, to_ms)) => {
            Answer::of(&levels.objective(&caller, &id, from_ms, to_ms).await?)
        }
        None => Answer::of(&whole),
    }
}

/// What an objective would have been over stored data.
#[server(prefix = "/fn", output = AsJson)]
pub(super) async fn preview_objective(draft: String) -> Result<Answer<ObjectivePreview>, Failure> {
    let (levels, caller) = levels()?;
    Answer::of(&levels.preview(&caller, given(&draft)?).await?)
}

/// Makes one where `id` is empty, changes one otherwise.
#[server(prefix = "/fn", output = AsJson)]
pub(super) async fn save_objective(
    id: String,
    draft: String,
) -> Result<Answer<Objective>, Failure> {
    let (levels, caller) = levels()?;
    Answer::of(&levels.save(&caller, &id, given(&draft)?).await?)
}

/// Removes one; a built-in one is as it was built in again.
#[server(prefix = "/fn", output = AsJson)]
pub(super) async fn remove_objective(id: String, by: String) -> Result<Answer<()>, Failure> {
    let (levels, caller) = levels()?;
    Answer::of(&levels.remove(&caller, &id, &by).await?)
}

/// Makes the objectives of a file; what is not supported of it comes back.
#[server(prefix = "/fn", output = AsJson)]
pub(super) async fn import_objectives(
    text: String,
    by: String,
) -> Result<Answer<Vec<String>>, Failure> {
    let (levels, caller) = levels()?;
    Answer::of(&levels.import(&caller, &text, &by).await?)
}

/// Notes what was measured elsewhere.
#[server(prefix = "/fn", output = AsJson)]
pub(super) async fn note_measurement(measurement: String) -> Result<Answer<Measurement>, Failure> {
    let (levels, caller) = levels()?;
    Answer::of(&levels.measure(&caller, given(&measurement)?).await?)
}

/// What is kept and what is planned.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn load_reports() -> Result<Answer<Reports>, Failure> {
    let (levels, caller) = levels()?;
    Answer::of(&levels.reports(&caller).await?)
}

/// A report that is kept.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn load_report(id: i64) -> Result<Answer<Report>, Failure> {
    let (levels, caller) = levels()?;
    Answer::of(&levels.kept_report(&caller, id).await?)
}

/// Makes a report; of the stretch that is `range_ms` long and ends at `until_ms`, or now, where the query names no month.
#[server(prefix = "/fn", output = AsJson)]
pub(super) async fn make_report(
    query: String,
    range_ms: i64,
    until_ms: Option<i64>,
) -> Result<Answer<Report>, Failure> {
    let (levels, caller) = levels()?;
    let mut query: wire::ReportQuery = given(&query)?;
    if query.month.is_empty() {
        (query.from_ms, query.to_ms) = ends(&caller, range_ms, until_ms).await?;
    }
    Answer::of(&levels.report(&caller, query).await?)
}

/// Makes or changes a schedule.
#[server(prefix = "/fn", output = AsJson)]
pub(super) async fn save_schedule(schedule: String) -> Result<Answer<()>, Failure> {
    let (levels, caller) = levels()?;
    Answer::of(&levels.schedule(&caller, given(&schedule)?).await?)
}

/// Ends a schedule.
#[server(prefix = "/fn", output = AsJson)]
pub(super) async fn end_schedule(name: String) -> Result<Answer<()>, Failure> {
    let (levels, caller) = levels()?;
    Answer::of(&levels.unschedule(&caller, &name).await?)
}
