//! Lists that taps told of: which count, and in which order.

use tokio::sync::watch;
use traffic::Batch;

use super::*;
use crate::config::{Config, Endpoint, ServerConfig};
use crate::traffic::TrafficService;

/// A tap and what it tells.
struct Tap {
    traffic: Arc<TrafficService>,
    told: Told,
    batches: u32,
    /// Without it the configuration would be gone.
    _config: watch::Sender<Arc<Config>>,
}

impl Tap {
    async fn of(stage: &Stage, config: Config) -> Self {
        let (sender, config) = watch::channel(Arc::new(config));
        let service = &stage.service;
        let clock: Arc<dyn Clock> = stage.clock.clone();
        let traffic = TrafficService::open(&service.db, &clock, &service.samples, config.clone());
        let traffic = traffic.await.unwrap();
        Self {
            told: Told::new(traffic.listed(), config),
            traffic,
            batches: 0,
            _config: sender,
        }
    }

    /// Tells of lists of tools of a server, each with when it was seen.
    async fn tell(&mut self, server: &str, lists: &[(i64, &[Value])]) {
        self.batches += 1;
        let record = |(at_ms, tools): &(i64, &[Value])| json!({ "kind": "definitions", "at_ms": at_ms, "session": "s", "of": "tool", "definitions": tools });
        let records: Vec<_> = lists.iter().map(record).collect();
        let id = self.batches.to_string();
        let batch = json!({ "id": id, "server": server, "transport": "stdio", "records": records });
        let batch: Batch = serde_json::from_value(batch).unwrap();
        assert!(self.traffic.take(&batch).await.unwrap());
        assert!(!self.traffic.take(&batch).await.unwrap(), "it counts once");
    }
}

async fn waiting(stage: &Stage) -> usize {
    let (mut after, mut count) = (0, 0);
    while let Some(list) = store::next_told(&stage.service.db, after).await.unwrap() {
        (after, count) = (list.id, count + 1);
    }
    count
}

#[tokio::test]
async fn lists_wait_with_their_batch_and_are_compared_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let stage = stage(folder.path(), 1_000_000).await;
    let mut tap = Tap::of(&stage, Config::default()).await;
    let (a, b, c) = (tool("a", "A."), tool("b", "B."), tool("c", "C."));
    let all = [a.clone(), b.clone(), c.clone()];
    tap.tell("fs", &[(500, &all)]).await;
    // What waits outlasts the product.
    let stage = super::stage(folder.path(), 1_000_000).await;
    stage.service.compare_told(&tap.told).await;
    assert_eq!(stage.gauge("mcp_definitions").await, 3.0);
    assert_eq!(waiting(&stage).await, 0);

    // Of many the last two: what both lack is gone.
    let less = &all[..2];
    tap.tell("fs", &[(600, &all[..1]), (700, less), (800, less)])
        .await;
    assert_eq!(waiting(&stage).await, 2);
    stage.service.compare_told(&tap.told).await;
    assert_eq!(stage.gauge("mcp_definitions").await, 2.0);
    assert_eq!(
        stage.states().await,
        [("c".to_owned(), ChangeState::Pending, true)]
    );

    // What was kept in a spool is older than what is known, after a restart too.
    let stage = super::stage(folder.path(), 1_000_000).await;
    tap.tell("fs", &[(750, &all)]).await;
    stage.service.compare_told(&tap.told).await;
    assert_eq!(stage.gauge("mcp_definitions").await, 2.0);
    // Nobody's clock goes so wrong that nothing counts any more.
    tap.tell("fs", &[(i64::MAX, &all)]).await;
    stage.service.compare_told(&tap.told).await;
    assert_eq!(stage.gauge("mcp_definitions").await, 3.0);
    tap.tell("fs", &[(1_000_000, &[a, tool("b", "Other."), c])])
        .await;
    stage.service.compare_told(&tap.told).await;
    assert_eq!(stage.gauge("mcp_definitions_unapproved").await, 1.0);
    let since = |ms| {
        let book = stage.service.book.try_lock().unwrap();
        book.told_since(ms).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(
        (since(999_999), since(1_000_000)),
        (vec!["fs".to_owned()], vec![])
    );
}

#[tokio::test]
async fn who_is_probed_has_what_probes_list() {
    let folder = tempfile::tempdir().unwrap();
    let stage = stage(folder.path(), 1_000_000).await;
    let endpoint = Endpoint::Http {
        url: "http://127.0.0.1:9/mcp".to_owned(),
        headers: Vec::new(),
        oauth: None,
        transport: mcp::Transport::Auto,
    };
    let config = Config {
        servers: vec![ServerConfig {
            name: "fs".to_owned(),
            endpoint,
            protocol: mcp::Protocol::Auto,
            checks: Vec::new(),
            source: String::new(),
            needs_approval: false,
        }],
        ..Config::default()
    };
    let mut tap = Tap::of(&stage, config).await;
    stage.list("fs", &[tool("a", "A.")]).await;
    for server in ["fs", SELF_NAME, "other"] {
        tap.tell(server, &[(500, &[tool("b", "B.")])]).await;
    }
    assert_eq!(waiting(&stage).await, 0);
    // It waited when the server was configured.
    store::put_told(&stage.service.db, "fs", 600, r#"[{"name":"b"}]"#).await;
    stage.service.compare_told(&tap.told).await;
    assert_eq!(waiting(&stage).await, 0);
    assert_eq!(stage.states().await, []);
    let book = stage.service.book.lock().await;
    assert_eq!(book.servers.keys().collect::<Vec<_>>(), ["fs"]);
    assert_eq!(book.told_since(0).count(), 0);
}
