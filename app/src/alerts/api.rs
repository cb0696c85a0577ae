//! The server functions of these pages, like those of `crate::api`.

use leptos::prelude::*;
use wire::{
    Alert, AlertAction, AlertDetail, AlertDraft, AlertGroups, AlertNote, Evaluation, HistoryPage,
    HistoryQuery, OpenPage, OpenQuery, WorkedAlerts,
};

use crate::answer::{Answer, AsJson, Failure};
#[cfg(feature = "ssr")]
use crate::api::services;

/// Everything that is known of one alert.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn load_alert(id: String) -> Result<Answer<AlertDetail>, Failure> {
    let (services, caller) = services()?;
    Answer::of(&services.alerts.detail(&caller, &id).await?)
}

/// What an expression came to from a time to another.
#[server(prefix = "/fn", output = AsJson)]
pub(super) async fn load_course(
    expr: String,
    from_ms: i64,
    to_ms: i64,
) -> Result<Answer<Evaluation>, Failure> {
    let (services, caller) = services()?;
    let range = wire::TimeRange::Between(from_ms, to_ms);
    let explore = services.explore;
    Answer::of(&explore.evaluate(&caller, &[expr], range, 300).await?)
}

/// Somebody does something with an alert.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn act_on_alert(
    id: String,
    action: AlertAction,
    note: AlertNote,
) -> Result<Answer<Alert>, Failure> {
    let (services, caller) = services()?;
    Answer::of(&services.alerts.act(&caller, &id, action, note).await?)
}

/// Somebody does something with some alerts at once.
#[server(prefix = "/fn", output = AsJson)]
pub(super) async fn act_on_alerts(
    ids: Vec<String>,
    action: AlertAction,
    note: AlertNote,
) -> Result<Answer<WorkedAlerts>, Failure> {
    let (services, caller) = services()?;
    let worked = services.alerts.act_on_many(&caller, ids, action, note);
    Answer::of(&worked.await?)
}

/// Some of the open alerts.
#[server(prefix = "/fn", output = AsJson)]
pub(super) async fn load_open(query: OpenQuery) -> Result<Answer<OpenPage>, Failure> {
    let (services, caller) = services()?;
    Answer::of(&services.alerts.open(&caller, query).await?)
}

/// The ids of all open alerts that are found.
#[server(prefix = "/fn", output = AsJson)]
pub(super) async fn load_open_ids(query: OpenQuery) -> Result<Answer<Vec<String>>, Failure> {
    let (services, caller) = services()?;
    Answer::of(&services.alerts.open_ids(&caller, query).await?)
}

/// Open alerts in groups.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn load_groups(query: OpenQuery) -> Result<Answer<AlertGroups>, Failure> {
    let (services, caller) = services()?;
    Answer::of(&services.alerts.groups(&caller, query).await?)
}

/// Raises an alert.
#[server(prefix = "/fn", output = AsJson)]
pub(super) async fn raise_alert(draft: AlertDraft) -> Result<Answer<Alert>, Failure> {
    let (services, caller) = services()?;
    Answer::of(&services.alerts.raise(&caller, draft).await?)
}

/// Steps of all alerts, the newest first; of the last days where their number is given.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn load_alert_history(
    query: HistoryQuery,
    days: Option<i64>,
) -> Result<Answer<HistoryPage>, Failure> {
    let (services, caller) = services()?;
    let now_ms = services.live.snapshot(&caller).await?.now_ms;
    let days_ms = days.map(|days| days.saturating_mul(86_400_000));
    let query = HistoryQuery {
        from_ms: days_ms.map(|days_ms| now_ms.saturating_sub(days_ms)),
        ..query
    };
    Answer::of(&services.alerts.history(&caller, query).await?)
}
