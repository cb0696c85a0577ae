//! Checks about a whole process (its descriptors, its memory, its children), each run in a process
//! of its own because tests run side by side.

use std::collections::BTreeSet;
use std::process::Stdio;

use libtest_mimic::Failed;
use model::Exit;

use crate::bounded;
use crate::support::{Cast, command, parent, patient, quick, sh, start, supervisor};

/// What the process that is to be alone does.
pub(crate) fn run(check: &str) -> Result<(), Failed> {
    match check {
        "flood" => bounded(flood()),
        "crowd" => bounded(crowd()),
        "heir" => bounded(heir()),
        other => Err(format!("no check {other:?}").into()),
    }
}

async fn apart(check: &str) {
    let output = tokio::process::Command::new(std::env::current_exe().unwrap())
        .args(["alone", check])
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {said}", output.status);
}

pub(crate) async fn a_flood_is_harmless() {
    apart("flood").await;
}

pub(crate) async fn a_crowd_leaves_nothing() {
    apart("crowd").await;
}

pub(crate) async fn a_child_inherits_nothing_else() {
    apart("heir").await;
}

/// 50 MB in one line, 50 MB in many.
async fn flood() {
    let script = r"
        head -c 50000000 /dev/zero | tr '\0' x >&2
        yes 'a line of the usual length, as servers write them by the thousand' | head -n 700000 >&2
        echo done >&2";
    let before = peak_kb();
    let child = start(&supervisor(patient()), sh(script)).await;
    assert_eq!(child.ended().await, Exit::Code(0));
    let tail = child.process.stderr_tail();
    assert_eq!(tail.len(), 200);
    assert_eq!(tail[199], "done");
    assert!(tail[0].starts_with("a line"), "{}", tail[0]);
    let grown = peak_kb() - before;
    assert!(grown < 16_000, "{grown} kB more");

    let child = start(&supervisor(patient()), sh("head -c 50000000 /dev/zero >&2")).await;
    assert_eq!(child.ended().await, Exit::Code(0));
    let tail = child.process.stderr_tail();
    assert_eq!(tail, ["\0".repeat(4096) + "…"]);
}

/// 50 children at once, half of them stopped, half of them dropped.
async fn crowd() {
    let supervisor = supervisor(quick());
    // The runtime opens descriptors of its own for the first one.
    start(&supervisor, command("cat", &[])).await.stop().await;
    let before = descriptors("/proc/self/fd");

    let mut tasks = Vec::new();
    for number in 0..50 {
        let supervisor = supervisor.clone();
        tasks.push(tokio::spawn(async move {
            let mut child = start(&supervisor, command("cat", &[])).await;
            child.say(&format!("{number}\n")).await;
            assert_eq!(child.line().await, number.to_string());
            let cast = child.cast(0).await;
            if number % 2 == 0 {
                assert_eq!(child.stop().await.0, Exit::Code(0));
                cast.assert_gone_now();
            }
            cast
        }));
    }
    let mut casts: Vec<Cast> = Vec::new();
    for task in tasks {
        casts.push(task.await.unwrap());
    }
    supervisor.drained().await;
    for cast in &casts {
        cast.assert_gone_now();
    }
    assert_eq!(descriptors("/proc/self/fd"), before);
    assert_eq!(children(), "", "zombies");
}

/// A child has three descriptors of ours, also while other children run.
async fn heir() {
    let list = ["-c", "exec ls /proc/self/fd"];
    let plain = tokio::process::Command::new("sh")
        .args(list)
        .stdin(Stdio::piped())
        .output();
    let plain = String::from_utf8(plain.await.unwrap().stdout).unwrap();

    let supervisor = supervisor(quick());
    let first = start(&supervisor, command("cat", &[])).await;
    let mut second = start(&supervisor, command("sh", &list)).await;
    assert_eq!(second.rest().await, plain);
    let third = start(&supervisor, command("cat", &[])).await;
    let held = descriptors(&format!("/proc/{}/fd", third.pid()));
    assert_eq!(held.len(), plain.lines().count() - 1, "{held:?}");
    let own = |link: &&String| (0..3).any(|fd| link.contains(&format!("/fd/{fd} ")));
    let held: Vec<&String> = held.iter().filter(own).collect();

    // And the keeper keeps none of the three.
    let keeper = descriptors(&format!("/proc/{}/fd", parent(third.pid())));
    let target = |link: &str| link.rsplit_once(' ').unwrap().1.to_owned();
    let kept: BTreeSet<String> = keeper.iter().map(|link| target(link)).collect();
    let handed_on: BTreeSet<String> = held.iter().map(|link| target(link)).collect();
    assert!(kept.is_disjoint(&handed_on), "{kept:?} {handed_on:?}");
    third.stop().await;
    first.stop().await;
}

fn descriptors(folder: &str) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    // First the names: the descriptor of the listing itself is closed by the time it is looked at.
    let paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    let links = paths.iter().filter_map(|path| {
        let target = std::fs::read_link(path).ok()?;
        Some(format!("{} {}", path.display(), target.display()))
    });
    links.collect()
}

fn children() -> String {
    let threads = std::fs::read_dir("/proc/self/task").unwrap();
    let lists = threads
        .filter_map(|thread| std::fs::read_to_string(thread.ok()?.path().join("children")).ok());
    lists.collect()
}

/// The most memory this process ever had.
fn peak_kb() -> i64 {
    if !cfg!(target_os = "linux") {
        return 0;
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
