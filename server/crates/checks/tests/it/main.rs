//! Each kind of check against a real peer, or a real socket that says what a test wants.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod databases;
mod http;
mod machine;
mod peers;
mod sockets;
mod tls;

use std::sync::Arc;
use std::time::Duration;

use checks::{Bounds, CommandSpec, Host, Level, Outcome, Spec};
use model::{Clock, Launch, SystemClock};

/// Looks once, as the product does.
async fn look(spec: &Spec) -> Outcome {
    look_for(spec, Duration::from_secs(5)).await
}

async fn look_for(spec: &Spec, limit: Duration) -> Outcome {
    look_at(spec, limit, Arc::new(SystemClock)).await
}

async fn look_at(spec: &Spec, limit: Duration, clock: Arc<dyn Clock>) -> Outcome {
    let launcher =
        |spec: &CommandSpec| -> Arc<dyn Launch> { Arc::new(machine::Plain(spec.clone())) };
    let host = Host {
        clock,
        launcher: &launcher,
    };
    let check = spec.check(&host).unwrap();
    checks::run(check.as_ref(), Bounds::default(), limit).await
}

/// Whether an outcome is as expected: a level, and a part of what it says.
#[track_caller]
fn assert_said(outcome: &Outcome, level: Level, part: &str) {
    assert_eq!(outcome.level, level, "{outcome:?}");
    assert!(outcome.summary.contains(part), "{part:?} in {outcome:?}");
    assert_eq!(
        outcome.action.is_empty(),
        level == Level::Healthy,
        "{outcome:?}"
    );
}
