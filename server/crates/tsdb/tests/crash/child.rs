//! The process that is killed: appends, compacts, forgets and reads, all at once, until then.

use std::ffi::OsString;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use model::{ReadSamples, Selection, SeriesSamples};
use tsdb::Storage;

use crate::batches::{Batches, HOUR};
use crate::{KEPT_MS, WRITERS, open};

const FOLDER: &str = "CRASH_CHILD_FOLDER";
const SEED: &str = "CRASH_CHILD_SEED";
const NEXT: &str = "CRASH_CHILD_NEXT";
const AGAIN: &str = "CRASH_CHILD_AGAIN";
/// Nobody kills it where the test itself was killed.
const LONGEST: Duration = Duration::from_secs(10);

/// The environment that asks for it: where, and which batch is next after those that are to be sent again.
pub(crate) fn asking(
    folder: &Path,
    seed: u32,
    (next, again): (i64, Vec<i64>),
) -> Vec<(&'static str, OsString)> {
    let again: Vec<_> = again.iter().map(i64::to_string).collect();
    vec![
        (FOLDER, folder.into()),
        (SEED, seed.to_string().into()),
        (NEXT, next.to_string().into()),
        (AGAIN, again.join(" ").into()),
    ]
}

pub(crate) fn is_asked_for() -> bool {
    std::env::var_os(FOLDER).is_some()
}

pub(crate) async fn run() {
    let folder = PathBuf::from(std::env::var_os(FOLDER).unwrap());
    let batches = Batches {
        seed: std::env::var(SEED).unwrap().parse().unwrap(),
    };
    let first: i64 = std::env::var(NEXT).unwrap().parse().unwrap();
    let again = std::env::var(AGAIN).unwrap();
    let again: Vec<i64> = again.split(' ').filter_map(|n| n.parse().ok()).collect();
    say("\nstarted");
    let (_, storage) = open(&folder).await;
    for n in &again {
        append(&storage, batches, *n, batches.get(*n)).await;
    }
    let next = Arc::new(AtomicI64::new(first));
    for writer in 0..WRITERS {
        let (storage, next) = (Arc::clone(&storage), Arc::clone(&next));
        // Acknowledged by an earlier process.
        let known = first - 1 - 10 * (writer + 1);
        let mut known = Some(known).filter(|n| *n >= 0 && !again.contains(n));
        tokio::spawn(async move {
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                let mut all = batches.get(n);
                all.extend(known.take().into_iter().flat_map(|n| batches.otherwise(n)));
                append(&storage, batches, n, all).await;
            }
        });
    }
    let reader = (Arc::clone(&storage), Arc::clone(&next));
    tokio::task::spawn_blocking(move || {
        loop {
            let to_ms = batches.at_ms(reader.1.load(Ordering::Relaxed));
            read(&reader.0, batches, to_ms - HOUR);
            read(&reader.0, batches, to_ms - KEPT_MS / 2);
        }
    });
    let forgetting = async {
        loop {
            say("compacting");
            storage.compact().await.unwrap_or_else(wrong);
            say("compacted");
            let before_ms = batches.at_ms(next.load(Ordering::Relaxed)) - KEPT_MS;
            say(&format!("forgetting {before_ms}"));
            storage.forget(before_ms).await.unwrap_or_else(wrong);
            say("forgotten");
        }
    };
    let _ = tokio::time::timeout(LONGEST, forgetting).await;
    wrong("nobody killed it")
}

async fn append(storage: &Arc<Storage>, batches: Batches, n: i64, all: Vec<SeriesSamples>) {
    let now_ms = batches.at_ms(n) + 60_000;
    let admitted = storage.append(all, now_ms).await.unwrap_or_else(wrong);
    if !admitted.refused.is_empty() {
        wrong(format!("batch {n} was refused: {:?}", admitted.refused))
    }
    say(&format!("acknowledged {n}"));
}

fn read(storage: &Storage, batches: Batches, from_ms: i64) {
    let selection = Selection {
        matchers: Vec::new(),
        from_ms,
        to_ms: i64::MAX,
    };
    let each = &mut |series: SeriesSamples| {
        let name = series.labels.to_string();
        for (at, value) in series.at_ms.iter().zip(&series.values) {
            if value.to_bits() != batches.value(&name, *at).to_bits() {
                wrong(format!("{name} at {at} is {value}"))
            }
        }
        ControlFlow::Continue(())
    };
    storage.select(&selection, each).unwrap_or_else(wrong);
}

/// One write a line, so that a kill leaves a whole line or none.
fn say(line: &str) {
    let line = format!("{line}\n");
    std::io::stdout().lock().write_all(line.as_bytes()).unwrap();
}

fn wrong<T>(what: impl std::fmt::Display) -> T {
    say(&format!("wrong {what}"));
    std::process::exit(1)
}
