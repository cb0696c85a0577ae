//! From a configured server to the task that watches it.

use std::sync::Arc;

use mcp::{Observation, Target, Watch};
use model::Clock;
use supervisor::{CommandSpec, Supervisor};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::config::{Endpoint, ServerConfig};
use crate::fleet::Fleet;

/// The task that watches a server, once there is consent to start it.
pub(crate) fn watch(
    server: &ServerConfig,
    config: &mcp::Config,
    supervisor: &Arc<Supervisor>,
    fleet: &Arc<Fleet>,
    clock: &Arc<dyn Clock>,
    observations: &mpsc::Sender<Observation>,
) -> impl FnOnce(CancellationToken) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> + use<> {
    let target = Target {
        name: server.name.clone(),
        endpoint: endpoint(&server.endpoint, supervisor),
        protocol: server.protocol,
    };
    let signals = fleet.signals(&server.name);
    let watch = Watch::new(target, config.clone(), clock.clone(), observations.clone());
    move |stop| {
        Box::pin(async move {
            let Some((signals, waits)) = signals else {
                return;
            };
            if waits
                && stop
                    .run_until_cancelled(signals.approved.notified())
                    .await
                    .is_none()
            {
                return;
            }
            watch.run(signals.probe_now, stop).await;
        })
    }
}

fn endpoint(endpoint: &Endpoint, supervisor: &Arc<Supervisor>) -> mcp::Endpoint {
    match endpoint {
        Endpoint::Stdio { command } => {
            let env = command
                .env
                .iter()
                .map(|(name, value)| (name.clone(), value.expose().to_owned()));
            mcp::Endpoint::Stdio(supervisor.launcher(CommandSpec {
                program: command.program.clone(),
                args: command.args.clone(),
                env: env.collect(),
                cwd: command.cwd.clone(),
            }))
        }
        Endpoint::Http { url, headers } => mcp::Endpoint::Http {
            url: url.clone(),
            headers: headers
                .iter()
                .map(|(name, value)| (name.clone(), value.expose().to_owned()))
                .collect(),
        },
    }
}
