//! Whom a command started: nobody stays behind.

use std::time::Instant;

use model::Exit;

use crate::support::{Running, patient, quick, sh, start, supervisor};

/// What launchers like `npx` leave when they are killed alone.
const WRAPPER: &str = r#"sleep 1000 & echo "grandchild $!"; exec cat"#;

/// A session of its own, re-parented because the subshell ends at once.
const DAEMON: &str = r#"(setsid sh -c 'echo "daemon $$"; exec sleep 1000' &)"#;

/// The same, and deaf.
const DEAF_DAEMON: &str = r#"(setsid sh -c 'trap "" TERM; echo "deaf $$"; exec sleep 1000' &)"#;

async fn check_stop(mut child: Running, players: usize, expected: Exit) {
    let cast = child.cast(players).await;
    let (exit, _) = child.stop().await;
    assert_eq!(exit, expected);
    cast.assert_gone_now();
}

pub(crate) async fn stop_ends_the_group() {
    let child = start(&supervisor(patient()), sh(WRAPPER)).await;
    check_stop(child, 1, Exit::Code(0)).await;
}

pub(crate) async fn stop_ends_who_left_the_session() {
    // Patient: SIGTERM has to reach the daemon, or the test takes too long.
    let script = format!("{DAEMON}; {WRAPPER}");
    let child = start(&supervisor(patient()), sh(&script)).await;
    check_stop(child, 2, Exit::Code(0)).await;
}

pub(crate) async fn stop_ends_who_left_and_ignores_sigterm() {
    let script = format!("{DAEMON}; {DEAF_DAEMON}; {WRAPPER}");
    let child = start(&supervisor(quick()), sh(&script)).await;
    check_stop(child, 3, Exit::Code(0)).await;
}

pub(crate) async fn what_a_command_leaves_behind_ends_with_it() {
    let script = r#"sleep 1000 & echo "grandchild $!"; read line; exit 3"#;
    let mut child = start(&supervisor(patient()), sh(script)).await;
    let cast = child.cast(1).await;
    child.say("go\n").await;
    assert_eq!(child.ended().await, Exit::Code(3));
    let mut others = crate::support::Cast::empty();
    others.add(&format!("grandchild {}", cast.pid("grandchild")));
    others.assert_gone_now();
    // Nobody holds the pipe open either.
    assert_eq!(child.rest().await, "");
}

pub(crate) async fn a_command_cannot_leave_a_daemon() {
    let config = quick();
    let grace = config.kill_grace;
    let script = format!("{DEAF_DAEMON}; read line; exit 3");
    let mut child = start(&supervisor(config), sh(&script)).await;
    let cast = child.cast(1).await;
    let begun = Instant::now();
    child.say("go\n").await;
    assert_eq!(child.ended().await, Exit::Code(3));
    assert!(begun.elapsed() >= grace, "SIGKILL before its time");
    let mut others = crate::support::Cast::empty();
    others.add(&format!("deaf {}", cast.pid("deaf")));
    others.assert_gone_now();
}
