//! What agents measure.

use super::{Metric, counter, gauge};

pub(super) const AGENTS: &[Metric] = &[
    counter(
        "synthex_agent_cost_usd_total",
        "What models have cost an agent, in US dollars, as it estimates it.",
    ),
    gauge(
        "synthex_agent_cpu_percent",
        "percent",
        "How busy an agent keeps processors, in per cent of one.",
    ),
    gauge(
        "synthex_agent_gpu_percent",
        "percent",
        "How busy an agent keeps the graphics processor.",
    ),
    gauge(
        "synthex_agent_health_score",
        "",
        "How healthy an agent is, of 100: as it says itself, or computed of what it measures.",
    ),
    gauge(
        "synthex_agent_memory_bytes",
        "bytes",
        "Memory that an agent has.",
    ),
    gauge(
        "synthex_agent_memory_percent",
        "percent",
        "Memory that an agent has, of what it may have.",
    ),
    gauge(
        "synthex_agent_queue_depth",
        "",
        "Tasks that wait for an agent.",
    ),
    counter(
        "synthex_agent_recoveries_total",
        "Recoveries of an agent, by outcome.",
    ),
    gauge(
        "synthex_agent_state",
        "",
        "1 for the state in which an agent is.",
    ),
    gauge(
        "synthex_agent_tasks_running",
        "",
        "Tasks that an agent works on.",
    ),
    counter(
        "synthex_agent_tasks_total",
        "Tasks of an agent that are over, by status.",
    ),
    counter(
        "synthex_agent_tokens_total",
        "Tokens of models that an agent has used.",
    ),
    gauge(
        "synthex_agents_active_count",
        "",
        "Agents that are active, by type.",
    ),
    gauge(
        "synthex_error_recovery_success_rate",
        "",
        "The part of an agent's recoveries that succeeded, 0 to 1.",
    ),
    gauge(
        "synthex_load_balance_ratio",
        "ratio",
        "How evenly work is spread over agents, 0 to 1: Jain's index.",
    ),
    gauge(
        "synthex_memory_efficiency_score",
        "",
        "How well an agent uses memory, of 100.",
    ),
    gauge(
        "synthex_ml_pattern_accuracy",
        "",
        "The part of patterns that an agent recognises, 0 to 1.",
    ),
    gauge(
        "synthex_ml_prediction_accuracy",
        "",
        "The part of an agent's predictions that are right, 0 to 1.",
    ),
    gauge(
        "synthex_parallel_efficiency_ratio",
        "ratio",
        "The part of an agent's parallel work that is useful, 0 to 1.",
    ),
    gauge(
        "synthex_queries_processed_per_second",
        "",
        "Queries that an agent answers in a second.",
    ),
    gauge(
        "synthex_task_completion_rate",
        "",
        "The part of an agent's tasks that are done, 0 to 1.",
    ),
];
