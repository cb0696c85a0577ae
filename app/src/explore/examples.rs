//! How to begin: queries over metrics that are really there.

use leptos::prelude::*;
use ui::{PageTime, all};
use wire::{MetricInfo, PanelQuery, path_segment};

use super::api::load_examples;
use super::session::Opening;
use crate::loaded::Loaded;
use crate::seeded::{Room, seeded_with};

/// What is asked of known metrics: the metric, the question in words, the query.
const QUESTIONS: [(&str, &str, &str); 4] = [
    ("mcp_server_up", "Which servers work?", "mcp_server_up"),
    (
        "mcp_probe_duration_seconds",
        "How long does each server take to answer?",
        "max by (server) (mcp_probe_duration_seconds{step=~\"ping|discover\"})",
    ),
    (
        "mcp_probe_success",
        "Which share of each server's probes got through, over a window?",
        "avg by (server) (avg_over_time(mcp_probe_success[15m]))",
    ),
    (
        "mcp_system_cpu_usage_percent",
        "How busy is this machine?",
        "mcp_system_cpu_usage_percent",
    ),
];

/// Examples as links, while nothing is asked.
pub(crate) fn examples(opening: Opening) -> AnyView {
    let is_wanted = Memo::new(move |_| opening.is_empty());
    let metrics = Loaded::<Vec<MetricInfo>>::while_at(
        move || u32::from(is_wanted.get()),
        move || load_examples(is_wanted.get_untracked()),
    );
    seeded_with(Room::Small, metrics, |_, metrics| list(&metrics))
}

fn list(metrics: &[MetricInfo]) -> AnyView {
    if metrics.is_empty() {
        return ().into_any();
    }
    let time = expect_context::<PageTime>();
    let links = metrics.iter().map(|metric| {
        let (question, query) = question(metric);
        let path = format!("/explore?q={}", path_segment(&query.expr));
        view! {
            <li>
                <a href=move || time.href(&path)>
                    <code>{query.expr}</code>
                </a>
                <small>{question}</small>
            </li>
        }
    });
    view! {
        <section class="examples panel" aria-labelledby="examples-title">
            <h2 id="examples-title">"To begin with"</h2>
            <ul>{all(links)}</ul>
        </section>
    }
    .into_any()
}

/// The question in words, and the query.
fn question(metric: &MetricInfo) -> (String, PanelQuery) {
    let known = QUESTIONS.iter().find(|(name, ..)| *name == metric.name);
    let (question, expr) = match known {
        Some((_, question, expr)) => ((*question).to_owned(), (*expr).to_owned()),
        None => (metric.help.clone(), selector(&metric.name)),
    };
    let legend = String::new();
    (question, PanelQuery { expr, legend })
}

/// The query for a metric; names that are no words stand in quotes.
fn selector(name: &str) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    match name.chars().all(is_word) && !name.starts_with(|c: char| c.is_ascii_digit()) {
        true => name.to_owned(),
        false => format!("{{{name:?}}}"),
    }
}
