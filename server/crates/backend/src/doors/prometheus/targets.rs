//! What is scraped: `targets`, `targets/metadata`, `scrape_pools`.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use ingest::scrape::TargetStatus;
use model::{Labels, METRIC_NAME, TimestampMs};
use promql_parser::util::display_duration;
use serde_json::{Value, json};

use super::Reply;
use super::body::{Failure, labels_json, success};
use super::params::Params;
use crate::doors::Context;
use crate::scraping::TargetService;

pub(super) fn router() -> Router<Context> {
    Router::new()
        .route("/api/v1/targets", get(targets))
        .route("/api/v1/targets/metadata", get(metadata))
        .route("/api/v1/scrape_pools", get(pools))
}

async fn targets(State(service): State<Arc<TargetService>>, params: Params) -> Reply {
    let state = one(&params, "state").to_lowercase();
    let (with_active, with_dropped) = match state.as_str() {
        "" | "any" => (true, true),
        "active" => (true, false),
        "dropped" => (false, true),
        // As in Prometheus: what it does not know selects nothing of both.
        _ => (false, false),
    };
    let pool = one(&params, "scrapePool").to_owned();
    let is_wanted = |job: &str| pool.is_empty() || pool == job;
    let board = &service.board;
    let mut active: Vec<Value> = Vec::new();
    if with_active {
        let all = board.active().into_iter();
        active.extend(all.filter(|it| is_wanted(&it.job)).map(|it| shown(&it)));
    }
    let mut dropped: Vec<Value> = Vec::new();
    if with_dropped {
        let all = board.dropped().into_iter().filter(|it| is_wanted(&it.job));
        dropped.extend(all.map(|it| {
            json!({
                "discoveredLabels": labels_json(&it.discovered),
                "scrapePool": it.job,
                "reason": it.why.to_string(),
            })
        }));
    }
    Ok(success(
        json!({
            "activeTargets": active,
            "droppedTargets": dropped,
            "droppedTargetCounts": board.dropped_counts(),
        }),
        Vec::new(),
        Vec::new(),
    ))
}

fn one<'a>(params: &'a Params, name: &str) -> &'a str {
    params.all(name).next().unwrap_or_default()
}

fn time(at_ms: TimestampMs) -> String {
    let time = jiff::Timestamp::from_millisecond(at_ms);
    time.map(|time| time.to_string()).unwrap_or_default()
}

fn shown(target: &TargetStatus) -> Value {
    let duration = |ms: u64| display_duration(&std::time::Duration::from_millis(ms));
    let last = target.last_scrape_ms.map(time);
    json!({
        "discoveredLabels": labels_json(&target.discovered),
        "labels": labels_json(&target.labels),
        "scrapePool": target.job,
        "scrapeUrl": mcp::public_url(&target.url),
        "globalUrl": mcp::public_url(&target.url),
        "lastError": target.last_error,
        "lastScrape": last.unwrap_or_else(|| "0001-01-01T00:00:00Z".to_owned()),
        "lastScrapeDuration": target.last_duration_seconds,
        "health": target.health.as_str(),
        "scrapeInterval": duration(target.interval_ms),
        "scrapeTimeout": duration(target.timeout_ms),
    })
}

async fn metadata(State(service): State<Arc<TargetService>>, params: Params) -> Reply {
    let limit = params.limit()?;
    let metric = one(&params, "metric");
    let selector = Some(one(&params, "match_target")).filter(|text| !text.is_empty());
    let selector = selector.map(promql_parser::parser::parse).transpose();
    let selector = selector.map_err(|error| Failure::bad(format!("match_target: {error}")))?;
    let matchers = match selector {
        None => None,
        Some(promql_parser::parser::Expr::VectorSelector(selector)) => Some(selector.matchers),
        Some(_) => {
            return Err(Failure::bad(
                "match_target must be a selector such as {job=\"node\"}",
            ));
        }
    };
    let is_wanted = |labels: &Labels| {
        let mut all = matchers.iter().flat_map(|matchers| &matchers.matchers);
        all.all(|it| it.name == METRIC_NAME || it.is_match(labels.get(&it.name)))
    };
    let mut found = Vec::new();
    for target in service.board.active() {
        if !is_wanted(&target.labels) {
            continue;
        }
        for one in &target.metadata {
            if found.len() >= limit {
                break;
            }
            if !metric.is_empty() && one.name != metric {
                continue;
            }
            let mut entry = json!({
                "target": labels_json(&target.labels),
                "type": one.kind,
                "help": one.help,
                "unit": one.unit,
            });
            if metric.is_empty() {
                entry["metric"] = json!(one.name);
            }
            found.push(entry);
        }
    }
    if found.is_empty() {
        let status = http::StatusCode::NOT_FOUND;
        return Err(Failure::new(
            status,
            "not_found",
            "specified metadata not found",
        ));
    }
    Ok(success(Value::Array(found), Vec::new(), Vec::new()))
}

async fn pools(State(service): State<Arc<TargetService>>) -> Reply {
    let board = &service.board;
    let active = board.active().into_iter().map(|it| it.job);
    let pools: BTreeSet<String> = active.chain(board.dropped_counts().into_keys()).collect();
    Ok(success(
        json!({ "scrapePools": pools }),
        Vec::new(),
        Vec::new(),
    ))
}
