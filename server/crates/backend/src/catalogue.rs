//! The metrics that the product writes into its own store, each with its type, its unit and what it says.
//!
//! The one place where this stands: whoever wants to know reads it here, a test holds it against what is
//! written.

mod agents;

use agents::AGENTS;

/// What kind of numbers a metric has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A number that only goes up, until what counts begins anew.
    Counter,
    /// A number that goes up and down.
    Gauge,
    /// How many values were within each of some bounds.
    Histogram,
    /// How many values there were, and their sum.
    Summary,
}

impl Kind {
    /// The word of Prometheus.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
            Self::Summary => "summary",
        }
    }
}

/// What is known of a metric.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Metric {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// The unit, as it stands in the name; empty where there is none.
    pub(crate) unit: &'static str,
    pub(crate) help: &'static str,
}

const fn gauge(name: &'static str, unit: &'static str, help: &'static str) -> Metric {
    let kind = Kind::Gauge;
    Metric {
        name,
        kind,
        unit,
        help,
    }
}

const fn counter(name: &'static str, help: &'static str) -> Metric {
    let kind = Kind::Counter;
    Metric {
        name,
        kind,
        unit: "",
        help,
    }
}

const fn histogram(name: &'static str, help: &'static str) -> Metric {
    let kind = Kind::Histogram;
    Metric {
        name,
        kind,
        unit: "seconds",
        help,
    }
}

const fn summary(name: &'static str, help: &'static str) -> Metric {
    let kind = Kind::Summary;
    Metric {
        kind,
        ..histogram(name, help)
    }
}

/// All of them, by name.
pub(crate) const METRICS: &[Metric] = &[
    gauge(
        "ALERTS",
        "",
        "Alerts that are pending or fire, by their labels; always 1.",
    ),
    gauge(
        "ALERTS_FOR_STATE",
        "",
        "Since when the conditions of alerts hold, in seconds since 1970.",
    ),
    gauge(
        "benchmark_regressed",
        "",
        "Whether the newest run of a benchmark is worse than those before it: 1 or 0.",
    ),
    gauge(
        "benchmark_value",
        "",
        "The newest median of a benchmark, in its unit.",
    ),
    gauge(
        "circle_experts_accuracy_score",
        "",
        "How accurate Circle of Experts was when it was measured last.",
    ),
    gauge(
        "circle_experts_consensus_time_ms",
        "ms",
        "How long Circle of Experts took to agree, in milliseconds.",
    ),
    gauge(
        "circle_experts_response_time_p50",
        "",
        "How long half of the answers of Circle of Experts took at most, in milliseconds.",
    ),
    gauge(
        "circle_experts_response_time_p95",
        "",
        "How long 95 of 100 answers of Circle of Experts took at most, in milliseconds.",
    ),
    gauge(
        "circle_experts_response_time_p99",
        "",
        "How long 99 of 100 answers of Circle of Experts took at most, in milliseconds.",
    ),
    gauge(
        "config_validation_errors",
        "",
        "How many mistakes the configuration files had when they were read last.",
    ),
    gauge(
        "launch_duration_seconds",
        "seconds",
        "How long the last start of a server took until it had listed its tools.",
    ),
    gauge(
        "launcher_http_clients",
        "",
        "How many sessions clients have over HTTP with a server that is started and served.",
    ),
    counter(
        "launcher_http_requests_failed_total",
        "Requests over HTTP to a server that is started and served which were answered with an error or cancelled, since the product runs.",
    ),
    counter(
        "launcher_http_requests_total",
        "Requests over HTTP to a server that is started and served, since the product runs.",
    ),
    gauge(
        "launcher_uptime_seconds",
        "seconds",
        "For how long the process of a server has run that has listed its tools; 0 while it does not.",
    ),
    gauge(
        "mcp_active_connections",
        "",
        "How many sessions of clients with a server are open, as taps tell.",
    ),
    gauge(
        "mcp_check_degraded",
        "",
        "Whether the newest run of a check passed, but beyond its threshold for degraded: 1 or 0.",
    ),
    gauge(
        "mcp_check_duration_seconds",
        "seconds",
        "How long the newest run of a check took.",
    ),
    gauge(
        "mcp_check_success",
        "",
        "Whether the newest run of a check passed: 1 or 0.",
    ),
    gauge(
        "mcp_check_value",
        "",
        "The number that a check is about: days left, free percent, a status, a count, or what a tool's answer records.",
    ),
    histogram(
        "mcp_connection_duration_seconds",
        "How long sessions of clients with a server lasted, in seconds.",
    ),
    counter(
        "mcp_definition_changes_total",
        "Changes of what servers list about themselves, by kind and by what the change is, since the product runs; one that is several things counts as each.",
    ),
    gauge(
        "mcp_definitions",
        "",
        "How many tools, prompts, resources, templates and instructions a server lists, by kind.",
    ),
    gauge(
        "mcp_definitions_suspicious",
        "",
        "How many definitions of a server are suspicious, and nobody has agreed to them.",
    ),
    gauge(
        "mcp_definitions_unapproved",
        "",
        "How many definitions of a server are not what was approved.",
    ),
    gauge(
        "mcp_host_processes",
        "",
        "How many MCP servers run on this machine, by kind: ours, orphan, other.",
    ),
    gauge(
        "mcp_hung_calls",
        "",
        "How many requests to a server have waited for an answer for longer than a minute.",
    ),
    counter(
        "mcp_notifications_total",
        "Notifications in real traffic, by method and by who sent them.",
    ),
    gauge(
        "mcp_probe_duration_seconds",
        "seconds",
        "How long a step of the newest probe of a server took; only steps that got through have one.",
    ),
    gauge(
        "mcp_probe_success",
        "",
        "Whether a step of the newest probe of a server got through: 1 or 0.",
    ),
    gauge(
        "mcp_process_cpu_percent",
        "percent",
        "How much processor time the processes of a server use: 100 is one processor.",
    ),
    gauge(
        "mcp_process_memory_mb",
        "mb",
        "How much memory the processes of a server have in use, in millions of bytes.",
    ),
    gauge(
        "mcp_process_open_files",
        "",
        "How many files and sockets the processes of a server have open.",
    ),
    gauge(
        "mcp_process_threads",
        "",
        "How many threads the processes of a server have.",
    ),
    counter(
        "mcp_request_bytes_total",
        "The size of requests in real traffic, in bytes.",
    ),
    histogram(
        "mcp_request_duration_seconds",
        "How long requests in real traffic took, in seconds.",
    ),
    counter(
        "mcp_request_errors_total",
        "Requests in real traffic that failed, by why.",
    ),
    counter(
        "mcp_requests_total",
        "Requests in real traffic, by whether they succeeded.",
    ),
    counter(
        "mcp_response_bytes_total",
        "The size of answers in real traffic, in bytes.",
    ),
    gauge(
        "mcp_server_health_score",
        "",
        "How well a server is, 0 to 100: its status, error rate and response time over the last hour.",
    ),
    histogram(
        "mcp_server_operation_duration_seconds",
        "How long requests in real traffic took, as OpenTelemetry names it, in seconds.",
    ),
    counter(
        "mcp_server_requests_to_client_total",
        "Requests of a server to its client in real traffic.",
    ),
    histogram(
        "mcp_server_session_duration_seconds",
        "How long sessions lasted, as OpenTelemetry names it, in seconds.",
    ),
    gauge(
        "mcp_server_tools",
        "",
        "How many tools a server listed at the newest probe that asked.",
    ),
    gauge(
        "mcp_server_up",
        "",
        "Whether a server works: 1, or 0 when its level is unhealthy.",
    ),
    counter(
        "mcp_suspicious_requests_total",
        "Requests in real traffic in which something looks like an attack or a secret, by kind and by tool or method.",
    ),
    gauge(
        "mcp_system_cpu_usage_percent",
        "percent",
        "How much of the processors of this machine is in use.",
    ),
    gauge(
        "mcp_system_disk_usage_percent",
        "percent",
        "How full the disk is that holds the data, by mount.",
    ),
    gauge(
        "mcp_system_memory_usage_percent",
        "percent",
        "How much of the memory of this machine is in use.",
    ),
    gauge(
        "mcp_tool_definition_bytes",
        "bytes",
        "The size of the definition of a tool, as it was listed last.",
    ),
    gauge(
        "mcp_tool_definition_tokens",
        "tokens",
        "How many tokens the definition of a tool is for a model, estimated.",
    ),
    counter(
        "mcp_tool_empty_results_total",
        "Calls of a tool in real traffic that succeeded with nothing.",
    ),
    counter(
        "mcp_tool_errors_total",
        "Calls of a tool in real traffic that failed, by why.",
    ),
    summary(
        "mcp_tool_execution_seconds",
        "How long calls of a tool in real traffic took, in seconds.",
    ),
    counter(
        "mcp_tool_result_tokens_total",
        "How many tokens the results of a tool were for a model, estimated.",
    ),
    counter(
        "mcp_tool_unadvertised_calls_total",
        "Calls of a tool that was missing in the list that the server gave last.",
    ),
    counter(
        "mcp_traffic_lost_total",
        "What taps saw but had to leave out: bytes, records.",
    ),
    counter(
        "mcp_traffic_oddities_total",
        "What is out of order in real traffic: stray output, answers to nothing, ids used twice, frames too large.",
    ),
    counter(
        "restart_attempts_total",
        "How often a server was started again, by itself or by a person, since the product runs.",
    ),
    gauge(
        "rust_binary_size_bytes",
        "bytes",
        "How large a program was when it was built last, by target of cargo and profile.",
    ),
    gauge(
        "rust_build_duration_seconds",
        "seconds",
        "How long the last build of a project took.",
    ),
    gauge(
        "rust_compilation_duration_seconds",
        "seconds",
        "How long a crate took when it was compiled last, all its parts together, by cargo's own timings.",
    ),
    counter(
        "rust_compilation_errors_total",
        "Errors of builds, by kind.",
    ),
    gauge(
        "rust_compilation_regression_ratio",
        "",
        "How many times as long a crate takes to compile since it became slower; 1 when it no longer is.",
    ),
    counter(
        "rust_compilation_success_total",
        "Builds of a project that ended well.",
    ),
    counter(
        "rust_compilation_warnings_total",
        "Warnings of the compiler in builds of a project.",
    ),
    counter(
        "rust_compilations_total",
        "Builds of a project that have ended, by how.",
    ),
    gauge(
        "rust_concurrent_capacity",
        "",
        "How many connections the Rust side served at a time when it was measured last.",
    ),
    gauge(
        "rust_dependency_resolution_time_seconds",
        "seconds",
        "How long it took in the last build of a project until cargo knew what to build.",
    ),
    gauge(
        "rust_feature_gate_usage",
        "",
        "How many crates of a project have a feature on, in its last build.",
    ),
    gauge(
        "rust_gc_pressure_reduction_percent",
        "percent",
        "By how much less the garbage collector had to do beside Rust.",
    ),
    gauge(
        "rust_incremental_build_cache_hits",
        "",
        "How many pieces of work were fresh in the last build of a project.",
    ),
    gauge(
        "rust_incremental_build_cache_misses",
        "",
        "How many pieces of work had to be done in the last build of a project.",
    ),
    gauge(
        "rust_memory_usage_mb",
        "mb",
        "How much memory the Rust side took when it was measured last, in megabytes.",
    ),
    gauge(
        "rust_vs_python_speedup",
        "",
        "How many times faster Rust is than Python, by operation.",
    ),
    counter(
        "servers_failed_total",
        "How many starts of a server came to no process, or to one that ended before it had listed its tools.",
    ),
    counter(
        "servers_launched_total",
        "How many processes were started for a server since the product runs.",
    ),
    gauge(
        "sloth_slo_info",
        "",
        "An objective there is: its labels say which, under the names of Sloth.",
    ),
    gauge("synthex_agents", "", "Agents by state."),
    gauge(
        "synthex_gpu_utilization_percent",
        "percent",
        "How busy the GPU was when SYNTHEX was measured last.",
    ),
    gauge(
        "synthex_memory_efficiency_ratio",
        "ratio",
        "How well SYNTHEX uses memory, beside the traditional way.",
    ),
    gauge(
        "synthex_ml_optimization_gain_percent",
        "percent",
        "What SYNTHEX gains by learning.",
    ),
    gauge(
        "synthex_parallel_speedup_factor",
        "",
        "How many times faster SYNTHEX is than the traditional way; 9.5 is the reference.",
    ),
];

/// All of them.
pub(crate) fn metrics() -> impl Iterator<Item = &'static Metric> {
    METRICS.iter().chain(AGENTS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_once_in_order_and_described() {
        for pair in [METRICS, AGENTS].iter().flat_map(|all| all.windows(2)) {
            assert!(pair[0].name < pair[1].name, "{}", pair[1].name);
        }
        let names: std::collections::HashSet<_> = metrics().map(|metric| metric.name).collect();
        assert_eq!(names.len(), METRICS.len() + AGENTS.len());
        for metric in metrics() {
            assert!(metric.name.ends_with(metric.unit), "{metric:?}");
            assert!(metric.help.ends_with('.'), "{metric:?}");
        }
    }
}
