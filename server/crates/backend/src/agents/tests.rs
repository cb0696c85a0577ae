//! Reports of every way in, held against what becomes of agents.

mod measured;

use db::{Check, schema};
use model::{AppendSamples as _, Labels, METRIC_NAME, ManualClock, SeriesSamples};
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
    here.take(r#"[{"id": "a", "status": "active", "score": 90, "x": {"api_key": "k-123"}}, {"id": "gone", "status": "dead"}]"#);
    here.pass(1000);
    here.take(r#"[{"id": "a", "status": "active", "score": 80, "x": {"api_key": "k-123"}}]"#);
    here.pass(1000);
    let (before, dead) = (here.detail("a").await, here.detail("gone").await);
    // An hour in which nobody listens.
    let here = here.again(3_600_000).await;
    here.pass(0);
    let after = here.detail("a").await;
    assert_eq!(after.agent, before.agent);
    assert_eq!(after.facts, before.facts);
    assert_eq!(after.facts[0].value, model::REDACTED);
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
    // A type of which none is left is still named.
    here.take(r#"[{"id": "e", "type": "z", "state": "stopped"}]"#);
    let picture = here.picture().await;
    let last = picture.kinds.last().unwrap();
    assert_eq!((last.name.as_str(), last.agents), ("z", 0));
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

/// Killed, the product has written spans at once and figures only now and then.
#[tokio::test]
async fn a_kill_loses_no_span() {
    let here = Here::new().await;
    here.take(r#"[{"id": "a", "state": "active"}]"#);
    here.service.write(true).await.unwrap();
    here.pass(1000);
    here.take(r#"[{"id": "a", "state": "failed"}]"#);
    here.service.write(false).await.unwrap();
    here.service.parts.db.close().await;
    let here = Here::at(here.folder, NOW + 5000).await;
    let states = |detail: &AgentDetail| -> Vec<_> {
        detail
            .spans
            .iter()
            .map(|it| (it.state, it.from_ms))
            .collect()
    };
    let expected = [(AgentState::Active, NOW), (AgentState::Failed, NOW + 1000)];
    assert_eq!(states(&here.detail("a").await), expected);
    assert_eq!(here.state("a").await, AgentState::Failed);
}
