//! Ending: by itself, by stop, by force; and what is told about it.

use std::time::Duration;

use model::Exit;

use crate::support::{command, patient, quick, sh, start, supervisor};

/// Far less than the grace times of `patient`.
const AT_ONCE: Duration = Duration::from_secs(20);

pub(crate) async fn closed_input_ends_it_by_itself() {
    let mut child = start(&supervisor(patient()), command("cat", &[])).await;
    let cast = child.cast(0).await;
    let (exit, took) = child.stop().await;
    assert_eq!(exit, Exit::Code(0));
    assert!(took < AT_ONCE, "{took:?}");
    cast.assert_gone_now();
}

pub(crate) async fn untaken_streams_are_closed_by_stop() {
    let supervisor = supervisor(patient());
    let child = supervisor
        .launcher(command("cat", &[]))
        .launch()
        .await
        .unwrap();
    assert_eq!(child.stop().await, Exit::Code(0));
}

pub(crate) async fn sigterm_follows_the_grace_time() {
    let config = supervisor::Config {
        kill_grace: Duration::from_secs(90),
        ..quick()
    };
    let script = "trap 'exit 5' TERM; echo ready; while :; do sleep 0.05; done";
    let mut child = start(&supervisor(config), sh(script)).await;
    assert_eq!(child.line().await, "ready");
    let (exit, took) = child.stop().await;
    assert_eq!(exit, Exit::Code(5));
    assert!(
        took >= Duration::from_millis(300) && took < AT_ONCE,
        "{took:?}"
    );
}

pub(crate) async fn sigkill_follows_sigterm() {
    let script = "trap '' TERM; echo ready; while :; do sleep 0.05; done";
    let mut child = start(&supervisor(quick()), sh(script)).await;
    assert_eq!(child.line().await, "ready");
    let cast = child.cast(0).await;
    let (exit, took) = child.stop().await;
    assert_eq!(exit, Exit::Signal(9));
    assert!(
        took >= Duration::from_millis(600) && took < AT_ONCE,
        "{took:?}"
    );
    cast.assert_gone_now();
}

pub(crate) async fn codes_and_signals_are_told() {
    for (script, exit) in [
        ("exit 0", Exit::Code(0)),
        ("exit 7", Exit::Code(7)),
        ("exit 255", Exit::Code(255)),
        ("kill -9 $$", Exit::Signal(9)),
        ("kill -15 $$", Exit::Signal(15)),
        // A stray signal 13 would be the one that our own runtime ignores.
        ("kill -13 $$", Exit::Signal(13)),
    ] {
        let child = start(&supervisor(patient()), sh(script)).await;
        assert_eq!(child.ended().await, exit, "{script}");
    }
}

pub(crate) async fn stop_after_the_end_still_tells() {
    let child = start(&supervisor(patient()), sh("exit 7")).await;
    assert_eq!(child.ended().await, Exit::Code(7));
    let exit = child.process.exit();
    let (stopped, took) = child.stop().await;
    assert_eq!(stopped, Exit::Code(7));
    assert!(took < AT_ONCE, "{took:?}");
    assert_eq!(*exit.borrow(), Some(Exit::Code(7)));
}

/// And nobody else's: another child's lifeline must not hang on this one.
pub(crate) async fn dropping_the_handle_ends_it() {
    let supervisor = supervisor(quick());
    let mut first = start(&supervisor, command("sleep", &["1000"])).await;
    let mut second = start(&supervisor, command("cat", &[])).await;
    let cast = first.cast(0).await;
    let mut exit = first.process.exit();
    drop(first);
    let ended = *exit.wait_for(Option::is_some).await.unwrap();
    assert_eq!(ended, Some(Exit::Signal(15)));
    cast.assert_gone_soon().await;

    second.say("still here\n").await;
    assert_eq!(second.line().await, "still here");
    second.stop().await;
    supervisor.drained().await;
}
