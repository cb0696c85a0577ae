//! A product on a port of its own, in a folder of its own.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use backend::config::{Config, Endpoint, ServerConfig, Unusable};
use backend::{KeeperCommand, Product, Settings, StartError};
use model::SystemClock;
use serde_json::Value;
use tokio::net::{TcpListener, TcpSocket};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running product.
pub(crate) struct TestApp {
    pub(crate) url: String,
    pub(crate) http: reqwest::Client,
    /// What is read when the configuration is read again.
    pub(crate) configured: Arc<Mutex<Result<Config, String>>>,
    stop: CancellationToken,
    running: JoinHandle<Result<(), String>>,
    /// What pages call.
    #[allow(dead_code, reason = "what the launcher's tests do without")]
    pub(crate) services: wire::Services,
}

/// A configuration that looks often and judges at once.
pub(crate) fn quick() -> Config {
    let mut config = Config::default();
    config.probe.interval = Duration::from_millis(200);
    config.probe.timeout = Duration::from_secs(2);
    config.probe.spread = false;
    config.alerts.interval = Duration::from_millis(100);
    config.alerts.server_down_for = Some(Duration::ZERO);
    config
}

/// A server at which nothing listens, nor will: its port stays taken for as long as the tests run.
pub(crate) async fn dead_server(name: &str) -> ServerConfig {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let address = socket.local_addr().unwrap();
    std::mem::forget(socket);
    ServerConfig {
        name: name.to_owned(),
        endpoint: Endpoint::Http {
            url: format!("http://{address}/mcp"),
            headers: Vec::new(),
            oauth: None,
            transport: mcp::Transport::Auto,
        },
        protocol: mcp::Protocol::Auto,
        checks: Vec::new(),
        source: "test".to_owned(),
        needs_approval: false,
    }
}

pub(crate) async fn start(data: &Path, config: Config) -> Result<TestApp, StartError> {
    // Most tests start no children.
    let keeper = KeeperCommand {
        program: "/nonexistent".into(),
        args: Vec::new(),
    };
    start_with(data, config, keeper).await
}

/// The same with a keeper for children.
pub(crate) async fn start_with(
    data: &Path,
    config: Config,
    keeper: KeeperCommand,
) -> Result<TestApp, StartError> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    start_on(listener, data, config, keeper).await
}

/// The same where one has been before.
#[allow(dead_code, reason = "what the launcher's tests need of it")]
pub(crate) async fn start_at(address: SocketAddr, data: &Path, config: Config) -> TestApp {
    let listener = TcpListener::bind(address).await.unwrap();
    let keeper = KeeperCommand {
        program: "/nonexistent".into(),
        args: Vec::new(),
    };
    start_on(listener, data, config, keeper).await.unwrap()
}

async fn start_on(
    listener: TcpListener,
    data: &Path,
    config: Config,
    keeper: KeeperCommand,
) -> Result<TestApp, StartError> {
    let url = format!("http://{}", listener.local_addr().unwrap());
    let configured = Arc::new(Mutex::new(Ok(config.clone())));
    let source = configured.clone();
    let given = Arc::new(Mutex::new(None));
    let for_pages = given.clone();
    let settings = Settings {
        config,
        reread: Arc::new(move || {
            let read = source.lock().unwrap().clone();
            read.map_err(Unusable::Otherwise)
        }),
        flags: BTreeMap::from([("listen".to_owned(), "127.0.0.1:0".to_owned())]),
        data: data.to_owned(),
        keeper,
        clock: Arc::new(SystemClock),
        pages: Box::new(move |services| {
            *for_pages.lock().unwrap() = Some(services);
            Router::new()
        }),
    };
    let product = Product::start(listener, settings).await?;
    let services = given.lock().unwrap().take().unwrap();
    let stop = CancellationToken::new();
    let redirects = reqwest::redirect::Policy::none();
    Ok(TestApp {
        url,
        http: reqwest::Client::builder()
            .redirect(redirects)
            .build()
            .unwrap(),
        configured,
        services,
        running: tokio::spawn(product.run(stop.clone())),
        stop,
    })
}

impl TestApp {
    /// Ends it as SIGTERM does; it has to end well.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        tokio::time::timeout(PATIENCE, self.running)
            .await
            .unwrap()
            .unwrap()
            .unwrap();
    }

    pub(crate) async fn get(&self, path: &str) -> reqwest::Response {
        self.http
            .get(format!("{}{path}", self.url))
            .send()
            .await
            .unwrap()
    }

    pub(crate) async fn json(&self, path: &str) -> Value {
        let response = self.get(path).await;
        assert!(
            response.status().is_success(),
            "{path}: {}",
            response.status()
        );
        response.json().await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        let request = self.http.post(format!("{}{path}", self.url)).json(&body);
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        (status, response.json().await.unwrap_or(Value::Null))
    }

    /// Asks until the answer is as wanted.
    pub(crate) async fn until(&self, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        self.until_within(PATIENCE, path, wanted).await
    }

    /// Asks until the answer is as wanted, for so long.
    pub(crate) async fn until_within(
        &self,
        patience: Duration,
        path: &str,
        wanted: impl Fn(&Value) -> bool,
    ) -> Value {
        let begun = Instant::now();
        loop {
            let answer = self.json(path).await;
            if wanted(&answer) {
                return answer;
            }
            assert!(begun.elapsed() < patience, "{path} stays {answer:#}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}
