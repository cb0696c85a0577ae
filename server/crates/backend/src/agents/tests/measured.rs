//! Series of agents, and agents and sessions that are told by metrics and events.

use agents::Record;
use model::STALE;

use super::*;

#[tokio::test]
async fn series_of_those_that_report() {
    let here = Here::new().await;
    here.take(r#"[{"id": "a", "type": "x", "state": "active", "cpu": 40, "tasks_completed": 3, "tasks_failed": 1}]"#);
    here.measure().await;
    let a = &[("agent", "a"), ("type", "x")];
    for (name, more, expected) in [
        ("synthex_agent_cpu_percent", None, 40.0),
        ("synthex_task_completion_rate", None, 0.75),
        ("synthex_agent_tasks_total", Some(("status", "failed")), 1.0),
        ("synthex_agent_state", Some(("state", "active")), 1.0),
    ] {
        let labels: Vec<_> = a.iter().copied().chain(more).collect();
        assert_eq!(here.value(name, &labels).await, Some(expected), "{name}");
    }
    assert_eq!(
        here.value("synthex_agents_active_count", &[("type", "x")])
            .await,
        Some(1.0)
    );
    assert_eq!(
        here.value("synthex_agents", &[("state", "dead")]).await,
        Some(0.0)
    );
    // Its own series are no metrics that somebody sends.
    assert_eq!(here.picture().await.sources.len(), 1);
    here.pass(600_000);
    here.measure().await;
    assert!(
        here.value("synthex_agent_cpu_percent", a)
            .await
            .unwrap()
            .is_nan(),
        "it has ended"
    );
    let dead = [("agent", "a"), ("type", "x"), ("state", "dead")];
    assert_eq!(here.value("synthex_agent_state", &dead).await, Some(1.0));
}

#[tokio::test]
async fn agents_told_by_metrics() {
    let here = Here::new().await;
    let labels = [("agent", "m"), ("type", "x"), ("job", "swarm")];
    for (name, value) in [
        ("synthex_queries_processed_per_second", 2.5),
        ("ml_prediction_accuracy", 87.0),
        ("synthex_parallel_efficiency_ratio", 0.5),
        ("synthex_agent_health_score", 250.0),
        ("synthex_something_else", 1.0),
    ] {
        here.sample(name, &labels, value).await;
    }
    let failed = [("agent", "m"), ("job", "swarm"), ("status", "failed")];
    here.sample("synthex_agent_tasks_total", &failed, 2.0).await;
    here.measure().await;
    let agent = here.agent("m").await;
    assert_eq!(
        (agent.kind.as_str(), agent.source_name.as_str()),
        ("x", "swarm")
    );
    assert_eq!(
        (agent.state, agent.why.as_str()),
        (AgentState::Active, "it says \"2.5 queries a second\"")
    );
    assert_eq!(agent.figures.prediction_accuracy, Some(0.87));
    assert_eq!(agent.figures.parallel_efficiency, Some(0.5));
    assert_eq!(agent.figures.tasks_failed, Some(2.0));
    assert!(!agent.is_own_score, "250 is no score");
    let notes = here.detail("m").await.notes;
    assert_eq!(
        notes,
        ["synthex_agent_health_score: 250 is out of range; it was not taken"]
    );
    // What it has no series of is added, what it has is not; and what is added is not taken for its own.
    here.pass(1000);
    here.measure().await;
    let own = [("agent", "m"), ("type", "x")];
    assert_eq!(
        here.value("synthex_queries_processed_per_second", &own)
            .await,
        None
    );
    assert!(here.value("synthex_agent_state", &own).await.is_some());
    assert!(!here.agent("m").await.is_own_score);
    // Its series end.
    for name in [
        "synthex_queries_processed_per_second",
        "ml_prediction_accuracy",
        "synthex_parallel_efficiency_ratio",
        "synthex_agent_health_score",
    ] {
        here.sample(name, &labels, STALE).await;
    }
    here.sample("synthex_agent_tasks_total", &failed, STALE)
        .await;
    here.pass(1);
    here.measure().await;
    let gone = here.agent("m").await;
    assert_eq!(
        (gone.state, gone.why.as_str()),
        (AgentState::Dead, "swarm no longer has it")
    );
}

fn record(name: &str, at_ms: i64, attributes: &[(&str, &str)]) -> Record {
    let all = attributes
        .iter()
        .chain(&[("session.id", "s1"), ("service.name", "claude-code")]);
    Record {
        at_ms,
        name: format!("claude_code.{name}"),
        attributes: all
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
    }
}

#[tokio::test]
async fn sessions_of_claude_code() {
    let here = Here::new().await;
    let request = [
        ("model", "m"),
        ("input_tokens", "100"),
        ("output_tokens", "20"),
        ("cost_usd", "0.5"),
    ];
    let failure = [
        ("model", "m"),
        ("status_code", "529"),
        ("error", "overloaded"),
    ];
    let tool = |success| {
        [
            ("tool_name", "Bash"),
            ("success", success),
            ("duration_ms", "40"),
        ]
    };
    here.service.happened(
        &[
            record("user_prompt", NOW, &[("prompt_length", "12")]),
            record("api_request", NOW, &request),
            record("tool_result", NOW, &tool("true")),
            record("tool_result", NOW, &tool("false")),
            record("api_error", NOW, &failure),
            Record::default(),
        ],
        "ann",
    );
    let failing = here.agent("s1").await;
    assert_eq!(
        (failing.state, failing.kind.as_str()),
        (AgentState::Failed, "claude-code")
    );
    assert_eq!(failing.why, "its last request failed: 529: overloaded");
    here.service
        .happened(&[record("api_request", NOW, &request)], "ann");
    let detail = here.detail("s1").await;
    let figures = &detail.agent.figures;
    assert_eq!(detail.agent.state, AgentState::Active);
    assert_eq!((figures.tokens, figures.cost_usd), (Some(240.0), Some(1.0)));
    assert_eq!(
        (figures.completion_ratio, figures.recoveries),
        (Some(0.5), Some(1.0))
    );
    assert_eq!(figures.queries_per_second, Some(3.0 / 60.0));
    assert_eq!(detail.events.len(), 6);
    assert_eq!(detail.events[0].name, "api_request");
    let uses: Vec<_> = detail
        .uses
        .iter()
        .map(|it| (it.kind.as_str(), it.name.as_str(), it.count, it.failed))
        .collect();
    assert_eq!(uses, [("model", "m", 3, 1), ("tool", "Bash", 2, 1)]);
    let sources = here.picture().await.sources;
    assert_eq!(sources[0].mistakes, Vec::<String>::new(), "{sources:?}");
    // Nobody says when a session ends: it is no failure when nothing happens.
    here.pass(300_001);
    assert_eq!(here.state("s1").await, AgentState::Idle);
    here.pass(3_600_000);
    assert_eq!(here.state("s1").await, AgentState::Stopped);
    // Its metrics say more of it than events have told.
    let labels = [("session_id", "s1"), ("type", "input")];
    here.sample("claude_code_token_usage_tokens_total", &labels, 1000.0)
        .await;
    here.sample(
        "claude_code_commit_count_total",
        &[("session_id", "s1")],
        2.0,
    )
    .await;
    here.sample(
        "claude_code_cost_usage_USD_total",
        &[("session_id", "s2")],
        0.25,
    )
    .await;
    here.measure().await;
    let more = here.detail("s1").await;
    assert_eq!(
        (more.agent.state, more.agent.figures.tokens),
        (AgentState::Active, Some(1000.0))
    );
    assert_eq!(more.facts[0].name, "commits");
    let other = here.agent("s2").await;
    assert_eq!(
        (other.source, other.figures.cost_usd),
        (AgentSourceKind::ClaudeCode, Some(0.25))
    );
    // The same numbers again are no sign of life.
    here.pass(400_000);
    here.sample("claude_code_token_usage_tokens_total", &labels, 1000.0)
        .await;
    here.measure().await;
    assert_eq!(here.state("s1").await, AgentState::Idle);
}
