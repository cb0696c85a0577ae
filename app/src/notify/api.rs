//! The server functions of these pages, like those of `crate::api`.

#[cfg(feature = "ssr")]
use std::sync::Arc;

use leptos::prelude::*;
use wire::{
    AlertWhy, Receiver, Rota, RotaOverride, RouteTest, Routes, RoutesDraft, RoutesMistake,
    RoutesVersion, Sent, SentPage, SentQuery, TemplateDraft, TemplatePreview, TestAnswer,
};
#[cfg(feature = "ssr")]
use wire::{Caller, Notifier, Problem, TestSend};

use crate::answer::{Answer, AsJson, Failure};
#[cfg(feature = "ssr")]
use crate::api::services;

/// Milliseconds of a day.
#[cfg(feature = "ssr")]
const DAY_MS: i64 = 86_400_000;

/// Who tells people, and who asks.
#[cfg(feature = "ssr")]
fn notifier() -> Result<(Arc<dyn Notifier>, Caller), Failure> {
    let (services, caller) = services()?;
    Ok((services.notifier, caller))
}

/// The routes in use.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn load_routes() -> Result<Answer<Routes>, Failure> {
    let (notifier, caller) = notifier()?;
    Answer::of(&notifier.routes(&caller).await?)
}

/// What is wrong with a text of routes.
#[server(prefix = "/fn", output = AsJson)]
pub(super) async fn check_routes(text: String) -> Result<Answer<Vec<RoutesMistake>>, Failure> {
    let (notifier, caller) = notifier()?;
    Answer::of(&notifier.check(&caller, &text).await?)
}

/// Replaces the routes.
#[server(prefix = "/fn", output = AsJson)]
pub(super) async fn save_routes(draft: RoutesDraft) -> Result<Answer<Routes>, Failure> {
    let (notifier, caller) = notifier()?;
    Answer::of(&notifier.save(&caller, draft).await?)
}

/// Goes back to the file, or to what is built in.
#[server(prefix = "/fn", output = AsJson)]
pub(super) async fn back_to_file(by: String) -> Result<Answer<Routes>, Failure> {
    let (notifier, caller) = notifier()?;
    Answer::of(&notifier.back_to_file(&caller, &by).await?)
}

/// What was edited here.
#[server(prefix = "/fn", output = AsJson)]
pub(super) async fn load_versions() -> Result<Answer<Vec<RoutesVersion>>, Failure> {
    let (notifier, caller) = notifier()?;
    Answer::of(&notifier.versions(&caller).await?)
}

/// Where alerts with labels would go that are written as `severity=critical, team=web`.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn try_route(labels: String) -> Result<Answer<RouteTest>, Failure> {
    let (notifier, caller) = notifier()?;
    let labels = super::words::labels_of(&labels).map_err(Problem::invalid)?;
    Answer::of(&notifier.try_route(&caller, labels).await?)
}

/// Who can be told.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn load_receivers() -> Result<Answer<Vec<Receiver>>, Failure> {
    let (notifier, caller) = notifier()?;
    Answer::of(&notifier.receivers(&caller).await?)
}

/// Tries whether a receiver works.
#[server(prefix = "/fn", output = AsJson)]
pub(super) async fn test_receiver(receiver: String) -> Result<Answer<Vec<TestAnswer>>, Failure> {
    let (notifier, caller) = notifier()?;
    let test = TestSend {
        receiver,
        ..TestSend::default()
    };
    Answer::of(&notifier.test(&caller, test).await?)
}

/// What a template makes of an alert.
#[server(prefix = "/fn", output = AsJson)]
pub(super) async fn preview_template(
    draft: TemplateDraft,
) -> Result<Answer<TemplatePreview>, Failure> {
    let (notifier, caller) = notifier()?;
    Answer::of(&notifier.preview(&caller, draft).await?)
}

/// What was sent, the newest first; of the last days where their number is given.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn load_sent(
    query: SentQuery,
    days: Option<i64>,
) -> Result<Answer<SentPage>, Failure> {
    let (notifier, caller) = notifier()?;
    let (services, _) = services()?;
    let now_ms = services.live.snapshot(&caller).await?.now_ms;
    let days_ms = days.map(|days| days.saturating_mul(DAY_MS));
    let query = SentQuery {
        from_ms: days_ms.map(|days_ms| now_ms.saturating_sub(days_ms)),
        ..query
    };
    Answer::of(&notifier.sent(&caller, query).await?)
}

/// Sends a message once more.
#[server(prefix = "/fn", output = AsJson)]
pub(super) async fn send_again(id: i64) -> Result<Answer<Sent>, Failure> {
    let (notifier, caller) = notifier()?;
    Answer::of(&notifier.send_again(&caller, id).await?)
}

/// Why somebody was told of an alert, or nobody.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn load_why(alert: String) -> Result<Answer<AlertWhy>, Failure> {
    let (notifier, caller) = notifier()?;
    Answer::of(&notifier.why(&caller, &alert).await?)
}

/// Who is on call in two weeks from a day on (`2026-12-01`; today where empty), with a margin for zones.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn load_rotas(day: String) -> Result<Answer<Vec<Rota>>, Failure> {
    let (notifier, caller) = notifier()?;
    let from_ms = match ui::format::parse_date(&day) {
        Some(day_ms) => day_ms,
        None => {
            let (services, _) = services()?;
            services.live.snapshot(&caller).await?.now_ms
        }
    };
    let (from_ms, to_ms) = (from_ms - 2 * DAY_MS, from_ms + 16 * DAY_MS);
    Answer::of(&notifier.rotas(&caller, from_ms, to_ms).await?)
}

/// Puts somebody else on call for a while.
#[server(prefix = "/fn", output = AsJson)]
pub(super) async fn override_rota(draft: RotaOverride) -> Result<Answer<Rota>, Failure> {
    let (notifier, caller) = notifier()?;
    Answer::of(&notifier.override_rota(&caller, draft).await?)
}

/// Takes that back.
#[server(prefix = "/fn", output = AsJson)]
pub(super) async fn end_override(id: String) -> Result<Answer<Rota>, Failure> {
    let (notifier, caller) = notifier()?;
    Answer::of(&notifier.end_override(&caller, &id).await?)
}
