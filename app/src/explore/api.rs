//! The server functions of the page, like those of `crate::api`.

use leptos::prelude::*;
use wire::{Evaluation, FoundMetrics, FoundNames, FunctionInfo, MetricInfo, Mistake};

use crate::answer::{Answer, AsJson, Failure};
#[cfg(feature = "ssr")]
use crate::api::services;

/// Metrics whose questions are examples: the product itself brings them.
#[cfg(feature = "ssr")]
const EXAMPLES: [&str; 4] = [
    "mcp_server_up",
    "mcp_probe_duration_seconds",
    "mcp_probe_success",
    "mcp_system_cpu_usage_percent",
];

/// What queries yield over the stretch that is `range_ms` long and ends at `until_ms`, or now.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn evaluate_queries(
    #[server(default)] exprs: Vec<String>,
    range_ms: i64,
    until_ms: Option<i64>,
    points: u32,
) -> Result<Answer<Evaluation>, Failure> {
    let (services, caller) = services()?;
    let range = wire::TimeRange::of(range_ms, until_ms);
    let explore = services.explore;
    Answer::of(&explore.evaluate(&caller, &exprs, range, points).await?)
}

/// The first mistake of a text, where it has one.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn check_query(expr: String) -> Result<Answer<Option<Mistake>>, Failure> {
    let (services, caller) = services()?;
    Answer::of(&services.explore.check(&caller, &expr).await?)
}

/// A text laid out.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn format_query(expr: String) -> Result<Answer<String>, Failure> {
    let (services, caller) = services()?;
    Answer::of(&services.explore.format(&caller, &expr).await?)
}

/// All functions.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn load_functions() -> Result<Answer<Vec<FunctionInfo>>, Failure> {
    let (services, caller) = services()?;
    Answer::of(&services.explore.functions(&caller).await?)
}

/// Metrics that fit what was typed, the best first.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn load_metrics(
    typed: String,
    most: u32,
) -> Result<Answer<FoundMetrics>, Failure> {
    let (services, caller) = services()?;
    let found = services.explore.metrics(&caller, &typed, most as usize);
    Answer::of(&found.await?)
}

/// Names of labels of a metric.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn load_label_names(metric: String) -> Result<Answer<FoundNames>, Failure> {
    let (services, caller) = services()?;
    Answer::of(&services.explore.label_names(&caller, &metric).await?)
}

/// Values of a label of a metric that fit what was typed, the best first.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn load_label_values(
    label: String,
    metric: String,
    typed: String,
    most: u32,
) -> Result<Answer<FoundNames>, Failure> {
    let (services, caller) = services()?;
    let explore = services.explore;
    let values = explore.label_values(&caller, &label, &metric, &typed, most as usize);
    Answer::of(&values.await?)
}

/// Metrics to begin with, where somebody has to begin: those that are there.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn load_examples(is_wanted: bool) -> Result<Answer<Vec<MetricInfo>>, Failure> {
    let (services, caller) = services()?;
    if !is_wanted {
        return Answer::of(&Vec::new());
    }
    let mut examples = Vec::new();
    for name in EXAMPLES {
        let best = services.explore.metrics(&caller, name, 1).await?;
        examples.extend(best.found.into_iter().filter(|metric| metric.name == name));
    }
    if examples.is_empty() {
        let any = services.explore.metrics(&caller, "", EXAMPLES.len());
        examples = any.await?.found;
    }
    Answer::of(&examples)
}
