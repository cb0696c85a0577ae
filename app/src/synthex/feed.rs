//! How agents are told of: commands to copy.

use leptos::prelude::*;
use ui::{all, copy, effect};

/// A way: its name, what it is for, and what to write; `{origin}` stands for the address of this product.
type Way = (&'static str, &'static str, &'static str);

const WAYS: [Way; 4] = [
    (
        "A file",
        "Written anew whenever something changes, in the directory that the product runs in; other paths are named in observatory.toml. A list of agents, or a map of them by id; what is not known of a field is kept and shown.",
        "cat > synthex_agent_health_status.json.new <<'END'\n{\"agents\": [{\"id\": \"parser-1\", \"type\": \"parser\", \"status\": \"active\",\n  \"health_metrics\": {\"health_score\": 92, \"queries_per_second\": 14.5, \"cpu_percent\": 38,\n    \"queue_depth\": 3, \"tasks_completed\": 120, \"tasks_failed\": 2}}]}\nEND\nmv synthex_agent_health_status.json.new synthex_agent_health_status.json",
    ),
    (
        "HTTP",
        "The same by POST, from any machine that reaches this page.",
        "curl {origin}/api/synthex/agents -H 'content-type: application/json' -d '{\"agents\": [\n  {\"id\": \"parser-1\", \"type\": \"parser\", \"status\": \"active\",\n   \"health_metrics\": {\"health_score\": 92, \"queries_per_second\": 14.5, \"queue_depth\": 3}}]}'",
    ),
    (
        "Metrics",
        "Metrics that are called synthex_… and have a label agent, by OTLP, remote write or a scrape: synthex_agent_health_score, synthex_queries_processed_per_second, synthex_agent_queue_depth and the others of the dashboard below.",
        "export OTEL_METRICS_EXPORTER=otlp\nexport OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf\nexport OTEL_EXPORTER_OTLP_ENDPOINT={origin}",
    ),
    (
        "Claude Code",
        "Each session is an agent, with its tools, models, tokens and cost.",
        "export CLAUDE_CODE_ENABLE_TELEMETRY=1\nexport OTEL_METRICS_EXPORTER=otlp\nexport OTEL_LOGS_EXPORTER=otlp\nexport OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf\nexport OTEL_EXPORTER_OTLP_ENDPOINT={origin}\nclaude",
    ),
];

/// The address of this product: the one that the page was asked for at.
fn origin() -> RwSignal<String> {
    #[cfg(feature = "ssr")]
    let first = {
        let request = use_context::<http::request::Parts>();
        let host = request.as_ref().and_then(|parts| {
            let host = parts.headers.get(http::header::HOST)?;
            host.to_str().ok()
        });
        format!("http://{}", host.unwrap_or("localhost"))
    };
    #[cfg(not(feature = "ssr"))]
    let first = String::new();
    let origin = RwSignal::new(first);
    // The browser knows it with its scheme.
    effect(move || {
        if let Ok(here) = window().location().origin() {
            origin.set(here);
        }
    });
    origin
}

/// All ways.
pub(super) fn ways() -> AnyView {
    let origin = origin();
    let ways = WAYS.iter().map(|(name, about, text)| {
        let written = move || origin.with(|origin| text.replace("{origin}", origin));
        let run = move |_| copy(&untrack(written), name);
        view! {
            <li>
                <h3>{*name}</h3>
                <p>{*about}</p>
                <pre tabindex="0"><code>{move || written()}</code></pre>
                <button class="quiet" data-needs-script aria-label=format!("Copy: {name}") on:click=run>"Copy"</button>
            </li>
        }
    });
    view! { <ul class="ways">{all(ways)}</ul> }.into_any()
}
