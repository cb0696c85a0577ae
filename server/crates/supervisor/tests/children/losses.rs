//! Who is killed from outside: the product, the keeper.

use std::process::Stdio;
use std::time::Duration;

use model::Exit;
use rustix::process::{Signal, kill_process};
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::support::{Cast, patient, quick, sh, start, supervisor};

/// A group with a grandchild, and (Linux) two who left it.
fn household() -> (String, usize) {
    let group = r#"sleep 1000 & echo "grandchild $!"; exec cat"#;
    if cfg!(target_os = "linux") {
        let daemon = r#"(setsid sh -c 'echo "daemon $$"; exec sleep 1000' &)"#;
        let deaf = r#"(setsid sh -c 'trap "" TERM; echo "deaf $$"; exec sleep 1000' &)"#;
        (format!("{daemon}; {deaf}; {group}"), 3)
    } else {
        (group.to_owned(), 1)
    }
}

/// The product that is going to be killed: starts a household, says who they are, and waits.
pub(crate) async fn product() {
    let (script, players) = household();
    let mut child = start(&supervisor(quick()), sh(&script)).await;
    println!("{}", child.cast(players).await.lines());
    child.ended().await;
}

pub(crate) async fn a_killed_product_leaves_nobody() {
    let mut product = tokio::process::Command::new(std::env::current_exe().unwrap())
        .arg("product")
        .stdout(Stdio::piped())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(product.stdout.take().unwrap()).lines();
    let mut cast = Cast::empty();
    while let Some(line) = lines.next_line().await.unwrap() {
        if line.is_empty() {
            break;
        }
        cast.add(&line);
    }
    assert_eq!(cast.lines().lines().count(), household().1 + 2, "{cast:?}");
    // SIGKILL.
    product.kill().await.unwrap();
    cast.assert_gone_soon().await;
}

pub(crate) async fn a_terminated_keeper_ends_in_order() {
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        let (script, players) = household();
        let mut child = start(&supervisor(quick()), sh(&script)).await;
        let cast = child.cast(players).await;
        kill_process(cast.pid("keeper"), signal).unwrap();
        assert_eq!(child.ended().await, Exit::Signal(15), "{signal:?}");
        cast.assert_gone_soon().await;
    }
}

pub(crate) async fn a_killed_keeper_is_noticed() {
    // Who left the group is found as long as its parent is there.
    let (left, players) = if cfg!(target_os = "linux") {
        (r#"setsid sh -c 'echo "left $$"; exec sleep 1000' &"#, 2)
    } else {
        ("", 1)
    };
    let script = format!("{left}\nsleep 1000 & echo \"grandchild $!\"; exec cat");
    let mut child = start(&supervisor(patient()), sh(&script)).await;
    let cast = child.cast(players).await;
    kill_process(cast.pid("keeper"), Signal::KILL).unwrap();
    assert_eq!(child.ended().await, Exit::Unknown);
    assert_eq!(child.stop().await.0, Exit::Unknown);
    cast.assert_gone_now();
}

pub(crate) async fn a_frozen_keeper_is_overruled() {
    let mut child = start(&supervisor(quick()), sh("sleep 1000; exit 1")).await;
    let cast = child.cast(0).await;
    kill_process(cast.pid("keeper"), Signal::STOP).unwrap();
    let (exit, took) = child.stop().await;
    assert_eq!(exit, Exit::Unknown);
    assert!(took < Duration::from_secs(30), "{took:?}");
    cast.assert_gone_now();
}
