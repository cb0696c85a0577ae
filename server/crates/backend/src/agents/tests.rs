//! Reports of every way in, held against what becomes of agents.

use agents::Record;
use db::{Check, schema};
use model::{AppendSamples as _, Labels, METRIC_NAME, ManualClock, STALE, SeriesSamples};
use tokio::sync::watch;
use tsdb::Storage;
use wire::{Agent, Agents as _, Via};

use super::*;
use crate::config::Config;
use crate::live::Hub;

/// Some time; nothing depends on which.
const NOW: i64 = 1_700_000_000_000;

struct Here {
    service: Arc<AgentService>,
    clock: Arc<ManualClock>,
    store: Arc<Storage>,
    folder: tempfile::TempDir,
}

impl Here {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::at(folder, NOW).await
    }

    /// With what an earlier run has left in a folder.
    async fn at(folder: tempfile::TempDir, now_ms: i64) -> Self {
        let path = folder.path().join("state.db");
        let db = Db::open(&path, &schema::STATE, Check::Whole).await.unwrap();
        let path = folder.path().join("metrics.db");
        let metrics = Db::open(&path, &schema::METRICS, Check::Schema)
            .await
            .unwrap();
        let clock = Arc::new(ManualClock::at(now_ms));
        let mut config = Config::default();
        config.agents.expected = folder.path().join("status.json");
        let store = Arc::new(Storage::open(metrics, config.store()).await.unwrap());
        let samples = Arc::new(SampleLog::new(store.clone(), clock.clone()));
        let events = Arc::new(EventLog::new(db.clone(), clock.clone(), Hub::new()));
        let service = AgentService::open(AgentParts {
            db,
            clock: clock.clone(),
            samples,
            events,
            config: watch::channel(Arc::new(config)).1,
        });
        Self {
            service: service.await.unwrap(),
            clock,
            store,
            folder,
        }
    }

    /// Ends as the product does, and begins again some time later.
    async fn again(self, later_ms: i64) -> Self {
        self.service.write(true).await.unwrap();
        self.service.parts.db.close().await;
        let now_ms = self.service.now().ms + later_ms;
        Self::at(self.folder, now_ms).await
    }

    fn pass(&self, ms: i64) {
        self.clock.advance_ms(ms);
        let now = self.service.now();
        self.service.fleet().look(now);
    }

    fn take(&self, text: &str) -> AgentsTaken {
        self.service.take(text, "ann").unwrap()
    }

    async fn picture(&self) -> AgentPicture {
        let caller = Caller::local(Via::Internal);
        self.service.agents(&caller).await.unwrap()
    }

    async fn agent(&self, id: &str) -> Agent {
        self.detail(id).await.agent
    }

    async fn detail(&self, id: &str) -> AgentDetail {
        let caller = Caller::local(Via::Internal);
        self.service.agent(&caller, id, None).await.unwrap()
    }

    async fn state(&self, id: &str) -> AgentState {
        self.agent(id).await.state
    }

    /// Writes a sample of now, as others send it.
    async fn sample(&self, name: &str, labels: &[(&str, &str)], value: f64) {
        let mut all = Labels::new().with(METRIC_NAME, name);
        for (name, value) in labels {
            all = all.with(name, *value);
        }
        let now_ms = self.service.now().ms;
        let series = SeriesSamples::floats(all, vec![now_ms], vec![value]);
        self.store
            .clone()
            .append(vec![series], now_ms)
            .await
            .unwrap();
    }

    /// What `run` does about samples and metrics.
    async fn measure(&self) {
        self.service.sample();
        self.service.look_at_metrics(false).await;
    }

    /// The newest value of a series of the product's own.
    async fn value(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let labels = labels.iter();
        let labels = labels.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let (labels, now_ms) = (labels.collect(), self.service.now().ms);
        let samples = &self.service.parts.samples;
        samples.fresh().await;
        let found = samples.select(name, &labels, now_ms, now_ms);
        found.await.unwrap().first()?.values.last().copied()
    }
}

#[tokio::test]
async fn alive_stale_dead_and_back() {
    let here = Here::new().await;
    let report =
        r#"{"a": {"status": "active", "tasks_completed": 9, "tasks_failed": 1, "type": "coder"}}"#;
    for _ in 0..4 {
        here.take(report);
        here.pass(2000);
    }
    let agent = here.agent("a").await;
    assert_eq!(
        (agent.state, agent.interval_ms),
        (AgentState::Active, Some(2000))
    );
    let score = agent.score.unwrap();
    // Tasks 90 % by 0.3, its state 100 by 0.25.
    assert!((score - 52.0 / 0.55).abs() < 1e-9, "{score}");
    here.pass(4000);
    assert_eq!(
        here.state("a").await,
        AgentState::Active,
        "three reports may be missing"
    );
    here.pass(1);
    assert_eq!(here.state("a").await, AgentState::Stale);
    assert_eq!(here.agent("a").await.score, Some(score), "its score stays");
    here.pass(60_000);
    let dead = here.agent("a").await;
    assert_eq!(dead.state, AgentState::Dead);
    assert!(
        dead.why.contains("it reports every 2 s usually"),
        "{}",
        dead.why
    );
    let changed: Vec<_> = std::mem::take(&mut here.service.fleet().changed);
    let to: Vec<_> = changed.iter().map(|it| it.to).collect();
    assert_eq!(to, [AgentState::Stale, AgentState::Dead]);
    here.pass(1);
    here.take(report);
    let spans = here.detail("a").await.spans;
    let states: Vec<_> = spans.iter().map(|it| it.state).collect();
    use AgentState::{Active, Dead, Stale};
    assert_eq!(states, [Active, Stale, Dead, Active]);
    assert!(
        spans
            .windows(2)
            .all(|pair| pair[0].to_ms == pair[1].from_ms),
        "{spans:?}"
    );
    // Whoever says that it stops is not dead.
    here.take(r#"{"a": {"status": "stopped"}}"#);
    here.pass(10_000_000);
    assert_eq!(here.state("a").await, AgentState::Stopped);
}

#[tokio::test]
async fn a_restart_changes_nothing() {
    let here = Here::new().await;
    here.take(r#"[{"id": "a", "status": "active", "score": 90, "x": {"y": 1}}, {"id": "gone", "status": "dead"}]"#);
    here.pass(1000);
    here.take(r#"[{"id": "a", "status": "active", "score": 80, "x": {"y": 1}}]"#);
    here.pass(1000);
    let (before, dead) = (here.detail("a").await, here.detail("gone").await);
    // An hour in which nobody listens.
    let here = here.again(3_600_000).await;
    here.pass(0);
    let after = here.detail("a").await;
    assert_eq!(after.agent, before.agent);
    assert_eq!(after.facts, before.facts);
    let (was, is) = (&before.spans[0], &after.spans[0]);
    assert_eq!(
        (was.from_ms, was.state, &was.why),
        (is.from_ms, is.state, &is.why)
    );
    assert_eq!(here.detail("gone").await.agent, dead.agent);
    // From now on somebody does.
    here.pass(90_001);
    assert_eq!(here.state("a").await, AgentState::Stale);
}

#[tokio::test]
async fn clocks_that_differ() {
    let here = Here::new().await;
    let at = |ms: i64| format!(r#"[{{"id": "a", "status": "active", "timestamp": {ms}}}]"#);
    // Two minutes ahead.
    let taken = here.take(&at(NOW + 120_000));
    assert_eq!(
        taken.notes,
        ["a: its clock is 120 s ahead of this one; the time of arrival counts"]
    );
    let agent = here.agent("a").await;
    assert_eq!((agent.ahead_ms, agent.last_ms), (120_000, NOW));
    // The same report again is no sign of life, an older one is left out.
    here.pass(1000);
    here.take(&at(NOW + 120_000));
    assert_eq!(here.agent("a").await.last_ms, NOW);
    let taken = here.take(&at(NOW + 119_000));
    assert_eq!(taken.notes, ["a: an older report was left out"]);
    // The clock is set right.
    here.pass(1000);
    assert_eq!(here.take(&at(NOW + 2000)).notes, Vec::<String>::new());
    let agent = here.agent("a").await;
    assert_eq!((agent.ahead_ms, agent.last_ms), (0, NOW + 2000));
    // What is heard of first and is old is not alive.
    here.take(&format!(
        r#"[{{"id": "old", "status": "active", "timestamp": {}}}]"#,
        NOW - 7_200_000
    ));
    assert_eq!(here.state("old").await, AgentState::Dead);
}

#[tokio::test]
async fn what_is_wrong_is_said_and_the_rest_taken() {
    let here = Here::new().await;
    let taken = here.take(
        r#"[{"id": "a", "score": -5}, {"id": "a", "score": "high"}, {"id": "b", "score": 70}, 5]"#,
    );
    assert_eq!(taken.agents, 2);
    let notes = taken.notes.join("\n");
    for expected in [
        "[3] is left out",
        "a is there twice",
        "\"high\" is no number",
    ] {
        assert!(notes.contains(expected), "{notes}");
    }
    assert!(
        here.service
            .take("{", "ann")
            .unwrap_err()
            .contains("breaks off")
    );
    let picture = here.picture().await;
    assert_eq!(picture.sources.len(), 1);
    assert_eq!(
        (picture.sources[0].agents, picture.sources[0].name.as_str()),
        (2, "ann")
    );
    assert!(
        picture.sources[0].mistakes[0].contains("breaks off"),
        "{:?}",
        picture.sources
    );
}

#[tokio::test]
async fn as_many_as_there_is_room_for() {
    let here = Here::new().await;
    let many = |from: usize, state: &str| {
        let one = |n: usize| format!(r#"{{"id": "{n}", "state": "{state}"}}"#);
        format!(
            "[{}]",
            (from..from + 1000).map(one).collect::<Vec<_>>().join(",")
        )
    };
    here.take(&many(0, "active"));
    here.take(&many(1000, "stopped"));
    // Those that are over make room.
    assert_eq!(here.take(&many(2000, "active")).agents, 1000);
    let taken = here.take(&many(3000, "active"));
    assert_eq!(taken.agents, 0);
    assert!(
        taken.notes[0].starts_with("1000 new agents were not taken"),
        "{:?}",
        taken.notes
    );
    assert_eq!(here.picture().await.agents.len(), fleet::MOST);
    here.service.write(true).await.unwrap();
    assert_eq!(
        store::all(&here.service.parts.db).await.unwrap().len(),
        fleet::MOST
    );
}

#[tokio::test]
async fn files_tell_who_is_gone() {
    let here = Here::new().await;
    let path = here.folder.path().join("status.json");
    // A file's time is that of the disk: this clock has to go with it.
    let write = async |text: &str| {
        std::fs::write(&path, text).unwrap();
        let now_ms = jiff::Timestamp::now().as_millisecond() + 3_000;
        here.clock.advance_ms(now_ms - here.service.now().ms);
        here.service.look_at_files().await;
    };
    write(r#"{"agents": [{"id": "a", "state": "active"}, {"id": "b", "state": "active"}]}"#).await;
    assert_eq!(here.picture().await.agents.len(), 2);
    // Half a file says nothing of those that are missing in it.
    write(r#"{"agents": [{"id": "a", "state": "idle"}, {"id": "b", "st"#).await;
    assert_eq!(
        (here.state("a").await, here.state("b").await),
        (AgentState::Idle, AgentState::Active)
    );
    let mistakes = here.picture().await.sources[0].mistakes.clone();
    assert!(mistakes[0].contains("breaks off at line 1"), "{mistakes:?}");
    write(r#"{"agents": [{"id": "a", "state": "active"}]}"#).await;
    let gone = here.agent("b").await;
    assert_eq!(gone.state, AgentState::Dead);
    assert!(
        gone.why.ends_with("status.json no longer has it"),
        "{}",
        gone.why
    );
    write(r#"{"agents": [{"id": "a", "state": "active"}, {"id": "b", "state": "active"}]}"#).await;
    assert_eq!(here.state("b").await, AgentState::Active);
    std::fs::remove_file(&path).unwrap();
    here.service.look_at_files().await;
    let source = &here.picture().await.sources[0];
    assert!(
        source.mistakes[0].starts_with("it is not there any more"),
        "{source:?}"
    );
    assert_eq!(
        here.state("a").await,
        AgentState::Active,
        "what was said stands until it is stale"
    );
}

#[tokio::test]
async fn load_and_totals() {
    let here = Here::new().await;
    here.take(
        r#"[{"id": "a", "type": "x", "state": "active", "queue_depth": 9, "tasks_completed": 8, "tasks_failed": 2, "qps": 1},
            {"id": "b", "type": "x", "state": "idle", "queue_depth": 1, "qps": 2, "completion_rate": 0.5},
            {"id": "c", "type": "y", "state": "failed", "queue_depth": 0},
            {"id": "d", "type": "y", "state": "dead", "queue_depth": 90}]"#,
    );
    let picture = here.picture().await;
    let ids: Vec<_> = picture.agents.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(
        ids,
        ["c", "d", "b", "a"],
        "those in trouble first, then the worst"
    );
    assert_eq!(
        (picture.active, picture.idle, picture.troubled, picture.dead),
        (1, 1, 1, 1)
    );
    // (9 + 1 + 0)² / (3 × 82)
    assert_eq!(picture.balance, Some(100.0 / 246.0));
    let said = "work is spread unevenly: a has 90 % of what 3 agents have to do";
    assert_eq!(picture.balance_said, said);
    assert_eq!(picture.queue_depth, Some(10.0));
    assert_eq!(picture.completion_ratio, Some(0.8));
    assert_eq!(picture.queries_per_second, Some(3.0));
    let kinds: Vec<_> = picture
        .kinds
        .iter()
        .map(|it| (it.name.as_str(), it.agents, it.active))
        .collect();
    assert_eq!(kinds, [("x", 2, 1), ("y", 1, 0)]);
}

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

#[tokio::test]
async fn only_what_is_over_is_forgotten() {
    let here = Here::new().await;
    here.take(r#"[{"id": "a", "state": "active"}, {"id": "b", "state": "stopped"}]"#);
    here.service.write(true).await.unwrap();
    let operator = Caller::local(Via::Internal);
    let viewer = Caller {
        role: Role::Viewer,
        ..operator.clone()
    };
    for (caller, id, expected) in [
        (&operator, "a", Some(Code::Conflict)),
        (&operator, "none", Some(Code::NotFound)),
        (&viewer, "b", Some(Code::Forbidden)),
        (&operator, "b", None),
        (&operator, "b", Some(Code::NotFound)),
    ] {
        let forgotten = here.service.forget(caller, id).await;
        assert_eq!(
            forgotten.err().map(|problem| problem.code),
            expected,
            "{id}"
        );
    }
    let here = here.again(0).await;
    assert_eq!(here.picture().await.agents.len(), 1);
}
