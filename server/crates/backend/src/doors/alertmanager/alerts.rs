//! Alerts: read, in groups, and sent.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::routing::get;
use axum::{Extension, Json, Router};
use http::{HeaderMap, StatusCode, header};
use model::{Labels, TimestampMs};
use serde::Serialize;
use wire::Caller;

use super::Reply;
use super::answer::Failure;
use super::params::Params;
use super::posted::{self, PostableAlert};
use super::shown::{self, GettableAlert, Receiver, rank, rank_in_group};
use crate::alerts::{AlertService, Routed, Standing};
use crate::doors::Context;
use crate::doors::intake::Intake;

/// The most letters of the name that a sender gives itself.
const LONGEST_NAME: usize = 80;

pub(super) fn router() -> Router<Context> {
    Router::new()
        .route("/api/v2/alerts", get(alerts).post(post))
        .route("/api/v2/alerts/groups", get(groups))
}

/// Where what a client is shown leads: where people reach the product as configured, else where the client asks.
fn page(service: &AlertService, headers: &HeaderMap) -> String {
    let configured = service.external_url();
    if !configured.is_empty() {
        return configured;
    }
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    host.map_or_else(String::new, |host| format!("http://{host}"))
}

/// The alerts that are asked for, and how each is shown.
async fn wanted(
    service: &AlertService,
    params: &Params,
    now_ms: TimestampMs,
) -> Reply<Vec<Standing>> {
    let filters = params.filters()?;
    let is_about = |labels: &Labels| filters.iter().all(|it| it.matches(labels));
    let mut standing = service.standing(now_ms, is_about).await;
    let (active, silenced) = (params.is_wanted("active"), params.is_wanted("silenced"));
    let (inhibited, muted) = (params.is_wanted("inhibited"), params.is_wanted("muted"));
    standing.retain(|it| {
        (active || it.is_suppressed())
            && (silenced || it.silenced_by.is_empty())
            && (inhibited || it.inhibited_by.is_none())
            && (muted || it.muted_by.is_empty())
    });
    Ok(standing)
}

async fn alerts(
    State(service): State<Arc<AlertService>>,
    params: Params,
    headers: HeaderMap,
) -> Reply<Json<Vec<GettableAlert>>> {
    let receivers = params.receivers()?;
    let now_ms = service.clock.now_ms();
    let mut wanted = wanted(&service, &params, now_ms).await?;
    wanted.retain(|it| it.routed.iter().any(|to| receivers.has(&to.receiver)));
    let (page, timeout_ms) = (
        page(&service, &headers),
        service.routes().resolve_timeout_ms(),
    );
    let show = |it: &Standing| shown::alert(it, None, (now_ms, timeout_ms), &page);
    let mut alerts: Vec<_> = wanted.iter().map(show).collect();
    alerts.sort_by(|a, b| a.fingerprint.cmp(&b.fingerprint));
    Ok(Json(alerts))
}

/// Alerts that are told of together.
#[derive(Serialize)]
struct AlertGroup {
    alerts: Vec<GettableAlert>,
    labels: BTreeMap<String, String>,
    receiver: Receiver,
}

async fn groups(
    State(service): State<Arc<AlertService>>,
    params: Params,
    headers: HeaderMap,
) -> Reply<Json<Vec<AlertGroup>>> {
    let receivers = params.receivers()?;
    let now_ms = service.clock.now_ms();
    let mut wanted = wanted(&service, &params, now_ms).await?;
    wanted.sort_by(|a, b| rank_in_group(&a.alert.labels).cmp(&rank_in_group(&b.alert.labels)));
    let is_muted = |to: &Routed| to.muted_by.is_some() && !params.is_wanted("muted");
    let mut groups = BTreeMap::<_, Vec<(&Standing, &Routed)>>::new();
    for standing in &wanted {
        let routed = standing.routed.iter();
        for to in routed.filter(|to| receivers.has(&to.receiver) && !is_muted(to)) {
            let group = groups.entry((rank(&to.group), &to.receiver, &to.route));
            group.or_default().push((standing, to));
        }
    }
    let (page, timeout_ms) = (
        page(&service, &headers),
        service.routes().resolve_timeout_ms(),
    );
    let show = |(it, to): &(&Standing, &Routed)| {
        shown::alert(it, to.muted_by.as_deref(), (now_ms, timeout_ms), &page)
    };
    let groups = groups
        .into_iter()
        .map(|((_, receiver, _), alerts)| AlertGroup {
            labels: (alerts.first())
                .map_or_else(BTreeMap::new, |(_, to)| shown::label_set(&to.group)),
            alerts: alerts.iter().map(show).collect(),
            receiver: Receiver {
                name: receiver.clone(),
            },
        });
    Ok(Json(groups.collect()))
}

async fn post(
    State(service): State<Arc<AlertService>>,
    State(intake): State<Intake>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Reply<StatusCode> {
    let sender = sender(&caller, request.headers());
    let body = posted::body::<Vec<Option<PostableAlert>>>(&intake, "alerts", request).await?;
    let now_ms = service.clock.now_ms();
    let timeout_ms = service.routes().resolve_timeout_ms();
    let alerts = body.unwrap_or_default();
    let alerts = posted::alerts(alerts, &sender, now_ms, timeout_ms)?;
    let refused = service.deliver(&caller, alerts).await?;
    match refused.is_empty() {
        true => Ok(StatusCode::OK),
        false => Err(Failure::bad(refused.join("; "))),
    }
}

/// Who sends: who is signed in, and what the program calls itself.
fn sender(caller: &Caller, headers: &HeaderMap) -> String {
    let agent = headers.get(header::USER_AGENT);
    let agent = agent
        .and_then(|agent| agent.to_str().ok())
        .unwrap_or_default();
    let agent = agent.split_whitespace().next().unwrap_or_default();
    let agent: String = agent.chars().take(LONGEST_NAME).collect();
    match (caller.name.as_str(), agent.as_str()) {
        (name, "") => name.to_owned(),
        ("local", agent) => agent.to_owned(),
        (name, agent) => format!("{name} ({agent})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_sends() {
        let sent_by = |name: &str, agent: &str| {
            let caller = Caller {
                name: name.to_owned(),
                ..Caller::local(wire::Via::Api)
            };
            let mut headers = HeaderMap::new();
            headers.insert(header::USER_AGENT, agent.parse().unwrap());
            sender(&caller, &headers)
        };
        for (name, agent, expected) in [
            ("local", "Prometheus/2.42.0", "Prometheus/2.42.0"),
            ("local", "", "local"),
            ("prom", "Prometheus/2.42.0", "prom (Prometheus/2.42.0)"),
            ("prom", "", "prom"),
            ("local", "Mozilla/5.0 (X11)", "Mozilla/5.0"),
        ] {
            assert_eq!(sent_by(name, agent), expected);
        }
    }
}
