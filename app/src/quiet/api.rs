//! The server functions of the page, like those of `crate::api`.

use leptos::prelude::*;
use wire::{MaintenanceWindow, QuietPicture, WindowDraft, WindowEnd, WindowPreview};

use crate::answer::{Answer, AsJson, Failure};
#[cfg(feature = "ssr")]
use crate::api::services;

/// Windows, and what holds alerts back in two weeks from a day on (`2026-12-01`; today where empty), with a margin for zones;
/// and what a window that is being written would do.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn load_quiet(
    day: String,
    draft: WindowDraft,
) -> Result<Answer<QuietPicture>, Failure> {
    let (services, caller) = services()?;
    let day_ms = 86_400_000;
    let from_ms = ui::format::parse_date(&day).map(|day| day - day_ms);
    let mut picture = services.windows.picture(&caller, from_ms, None).await?;
    if draft != WindowDraft::default() {
        match services.windows.preview(&caller, draft).await {
            Ok(preview) => picture.preview = Some(preview),
            Err(problem) => picture.problem = Some(problem.to_string()),
        }
    }
    Answer::of(&picture)
}

/// What a window would do.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn preview_window(draft: WindowDraft) -> Result<Answer<WindowPreview>, Failure> {
    let (services, caller) = services()?;
    Answer::of(&services.windows.preview(&caller, draft).await?)
}

/// A new window, or a changed one where `id` says which.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn save_window(
    id: String,
    draft: WindowDraft,
) -> Result<Answer<MaintenanceWindow>, Failure> {
    let (services, caller) = services()?;
    let saved = match id.as_str() {
        "" => services.windows.add(&caller, draft).await,
        id => services.windows.change(&caller, id, draft).await,
    };
    Answer::of(&saved?)
}

/// Ends a window before its time, this once or for good.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn end_window(
    id: String,
    how: WindowEnd,
) -> Result<Answer<MaintenanceWindow>, Failure> {
    let (services, caller) = services()?;
    Answer::of(&services.windows.end(&caller, &id, how).await?)
}

/// Deletes a window.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn delete_window(
    id: String,
    by: String,
) -> Result<Answer<MaintenanceWindow>, Failure> {
    let (services, caller) = services()?;
    Answer::of(&services.windows.delete(&caller, &id, &by).await?)
}
