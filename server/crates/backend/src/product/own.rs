//! What the product does for itself: it watches its own MCP server, and takes in what probes saw.

use std::net::SocketAddr;
use std::sync::Arc;

use mcp::Observation;
use model::Clock;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tsdb::Storage;

use crate::SELF_NAME;
use crate::config::{Endpoint, Secret, ServerConfig};
use crate::definitions::DefinitionService;
use crate::fleet::Fleet;
use crate::launcher::Book as Launches;
use crate::metrics::SampleLog;
use crate::tasks::{Stage, Tasks};
use crate::telemetry::Counts;

/// The product watches itself, through its own MCP server, like any other.
pub(super) fn own_server(address: SocketAddr, key: &Secret) -> ServerConfig {
    // An unspecified address (0.0.0.0) is listened on, but nobody can call it.
    let host = match address.ip() {
        ip if !ip.is_unspecified() => ip,
        std::net::IpAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
        std::net::IpAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
    };
    let url = format!("http://{}/mcp", SocketAddr::new(host, address.port()));
    let bearer = Secret::new(format!("Bearer {}", key.expose()));
    ServerConfig {
        name: SELF_NAME.to_owned(),
        endpoint: Endpoint::Http {
            url,
            headers: vec![("authorization".to_owned(), bearer)],
            oauth: None,
            transport: mcp::Transport::Auto,
        },
        protocol: mcp::Protocol::Auto,
        checks: Vec::new(),
        source: "built in".to_owned(),
        needs_approval: false,
    }
}

/// Looks after what is stored, to the very end.
pub(super) fn keep_stores(
    tasks: &mut Tasks,
    store: &Arc<Storage>,
    samples: Arc<SampleLog>,
    clock: &Arc<dyn Clock>,
) {
    tasks.spawn(Stage::Stores, |stop| samples.run(stop));
    let (rolled, clock) = (store.clone(), clock.clone());
    tasks.spawn(Stage::Rules, |stop| rolled.keep_rolled_up(clock, stop));
    let exemplars = store.clone();
    tasks.spawn(Stage::Stores, |stop| exemplars.keep_exemplars(stop));
    let store = store.clone();
    tasks.spawn(Stage::Stores, |stop| store.run(stop));
}

/// Cancelled when sockets have to close: with the listeners.
pub(super) fn closing(tasks: &mut Tasks) -> CancellationToken {
    let closing = CancellationToken::new();
    tasks.spawn(Stage::Listeners, |stop| {
        let closing = closing.clone();
        async move {
            stop.cancelled().await;
            closing.cancel();
        }
    });
    closing
}

/// Takes in what probes saw, one after the other.
pub(super) async fn observe(
    fleet: Arc<Fleet>,
    launches: Arc<Launches>,
    definitions: Arc<DefinitionService>,
    mut observations: mpsc::Receiver<Observation>,
    counts: Counts,
    stop: CancellationToken,
) {
    while let Some(Some(observation)) = stop.run_until_cancelled(observations.recv()).await {
        if observation.is_probe() {
            counts.probed(observation.steps.iter().all(|step| step.outcome.is_ok()));
        }
        launches.observe(&observation);
        let is_known = fleet.knows(&observation.server);
        fleet.observe(&observation).await;
        if is_known {
            definitions.observe(observation);
        }
    }
}
