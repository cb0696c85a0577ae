//! Killed at any moment, the store keeps what it acknowledged: a hundred times over one database that
//! grows, is compacted, forgets and is read all the while.
//!
//! The test starts itself as the process that is killed. What that one has been promised it says on its
//! standard output, a line at a time; all samples follow from the number of their batch, so the rest can
//! be computed. `CRASH_KILLS` asks for more, `CRASH_SEED` for the same batches and delays once more.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use db::{Check, Db};
use model::{Coarse, ReadSamples, Selection, Wanted, is_stale};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tsdb::{Config, Rollups, Storage};

#[path = "crash/batches.rs"]
mod batches;
#[path = "crash/child.rs"]
mod child;
#[path = "crash/store.rs"]
mod store;

use batches::{Batches, HOUR};

/// Small, so that compactions never end.
const MOST_IN_MEMORY: usize = 2_000;
/// More than that an append does not let come together, and those that are under way.
const MOST_LEFT_OVER: usize = 4 * MOST_IN_MEMORY;
/// Appends at the same time.
const WRITERS: i64 = 6;
/// How long samples are kept, on the clock of the samples.
const KEPT_MS: i64 = 10 * HOUR;

fn config() -> Config {
    Config {
        retention: Duration::from_millis(KEPT_MS.unsigned_abs()),
        late: Duration::from_secs(4 * 3600),
        most_in_memory: MOST_IN_MEMORY,
        rollups: Rollups::default(),
        ..Config::default()
    }
}

async fn open(folder: &Path) -> (Db, Arc<Storage>) {
    let file = folder.join("metrics.db");
    let db = Db::open(&file, &db::schema::METRICS, Check::Schema).await;
    let db = db.unwrap();
    let storage = Storage::open(db.clone(), config()).await.unwrap();
    (db, Arc::new(storage))
}

/// What the killed processes were promised.
#[derive(Default)]
struct Promised {
    /// Numbers of batches.
    acknowledged: BTreeSet<i64>,
    /// What is older may be gone.
    forgotten_ms: i64,
    /// How many were killed while they compacted, and while they forgot.
    compacting: usize,
    forgetting: usize,
    /// By name of the series.
    times: BTreeMap<String, BTreeSet<i64>>,
}

impl Promised {
    /// The first batch that nobody has seen acknowledged, and earlier ones that were on their way.
    fn next(&self) -> (i64, Vec<i64>) {
        let next = self.acknowledged.last().map_or(0, |last| last + 1);
        let recent = (next - 10 * WRITERS).max(0)..next;
        let missing = recent.filter(|n| !self.acknowledged.contains(n));
        (next, missing.collect())
    }

    fn hear(&mut self, said: &str, batches: &Batches) {
        let (mut compacting, mut forgetting) = (false, false);
        // What is behind the last end of a line was cut off.
        let whole = said.rsplit_once('\n').map_or("", |(whole, _)| whole);
        for line in whole.lines() {
            let (what, number) = line.split_once(' ').unwrap_or((line, ""));
            let number = || number.parse::<i64>().unwrap();
            match what {
                "acknowledged" => self.acknowledge(number(), batches),
                "compacting" => compacting = true,
                "compacted" => compacting = false,
                "forgetting" => {
                    forgetting = true;
                    self.forgotten_ms = self.forgotten_ms.max(number());
                }
                "forgotten" => forgetting = false,
                "wrong" => panic!("{line}"),
                _ => {} // of the test harness
            }
        }
        self.compacting += usize::from(compacting);
        self.forgetting += usize::from(forgetting);
    }

    fn acknowledge(&mut self, n: i64, batches: &Batches) {
        self.acknowledged.insert(n);
        for series in batches.get(n) {
            let times = self.times.entry(series.labels.to_string()).or_default();
            times.extend(series.at_ms);
        }
    }

    /// Holds what is stored from a time on to what was promised.
    fn check(&self, storage: &Storage, from_ms: i64, batches: &Batches) {
        let mut found = BTreeMap::new();
        let selection = Selection {
            matchers: Vec::new(),
            from_ms,
            to_ms: i64::MAX,
        };
        let each = &mut |series: model::SeriesSamples| {
            let name = series.labels.to_string();
            assert!(series.at_ms.is_sorted_by(|a, b| a < b), "each time once");
            for (at, value) in series.at_ms.iter().zip(&series.values) {
                let expected = batches.value(&name, *at);
                assert_eq!(value.to_bits(), expected.to_bits(), "{name} at {at}");
            }
            found.insert(name, series.at_ms.into_iter().collect::<BTreeSet<_>>());
            ControlFlow::Continue(())
        };
        storage.select(&selection, each).unwrap();
        let due_ms = from_ms.max(self.forgotten_ms);
        let nothing = BTreeSet::new();
        for (name, times) in &self.times {
            let found = found.get(name).unwrap_or(&nothing);
            let missing: Vec<_> = times
                .range(due_ms..)
                .filter(|at| !found.contains(at))
                .collect();
            assert!(missing.is_empty(), "{name} has lost {missing:?}");
        }
        // What was on its way may be there, and nothing else.
        let (next, missing) = self.next();
        let under_way = missing.into_iter().chain(next..next + WRITERS);
        let mut allowed: BTreeMap<String, BTreeSet<i64>> = BTreeMap::new();
        for series in under_way.flat_map(|n| batches.get(n)) {
            let times = allowed.entry(series.labels.to_string()).or_default();
            times.extend(series.at_ms);
        }
        let has = |all: &BTreeMap<String, BTreeSet<i64>>, name: &str, at: i64| {
            all.get(name).is_some_and(|times| times.contains(&at))
        };
        for (name, times) in &found {
            for at in times.range(due_ms..) {
                let is_known = has(&self.times, name, *at) || has(&allowed, name, *at);
                assert!(is_known, "nobody sent {name} at {at}");
            }
        }
    }
}

impl Promised {
    /// Holds what is rolled up to what was promised: every sample that has gone is counted, and once. How
    /// many there are.
    fn check_windows(&self, storage: &Storage, batches: &Batches) -> usize {
        let all = Selection {
            matchers: Vec::new(),
            from_ms: i64::MIN,
            to_ms: i64::MAX,
        };
        let counts = Coarse {
            wanted: Wanted::Total,
            enough_ms: 0,
        };
        let (mut found, mut until_ms) = (BTreeMap::new(), i64::MIN);
        let each = &mut |series: model::RolledSeries| {
            if let Some(rolled) = series.rolled {
                let samples: f64 = rolled.behind.iter().map(|behind| behind.samples).sum();
                found.insert(series.series.labels.to_string(), samples as usize);
                until_ms = rolled.until.last().unwrap().0;
            }
            ControlFlow::Continue(())
        };
        storage.select_rolled(&all, counts, each).unwrap();
        let (next, missing) = self.next();
        let under_way = missing.into_iter().chain(next..next + WRITERS);
        let mut allowed = self.times.clone();
        for series in under_way.flat_map(|n| batches.get(n)) {
            let times = allowed.entry(series.labels.to_string()).or_default();
            times.extend(series.at_ms);
        }
        let counted = |name: &str, times: &BTreeSet<i64>| {
            let values = times.range(..=until_ms);
            let values = values.filter(|at| !is_stale(batches.value(name, **at)));
            values.count()
        };
        for (name, times) in &self.times {
            let found = found.get(name).copied().unwrap_or_default();
            let range = counted(name, times)..=counted(name, &allowed[name]);
            assert!(
                range.contains(&found),
                "{name}: {found} in windows, {range:?} were sent"
            );
        }
        found.values().sum()
    }
}

async fn check(folder: &Path, promised: Promised, from_ms: i64, batches: Batches) -> Promised {
    let (db, storage) = open(folder).await;
    let left_over = storage.samples_in_memory();
    assert!(left_over <= MOST_LEFT_OVER, "{left_over} in the journal");
    let checking = move || {
        promised.check(&storage, from_ms, &batches);
        promised.check_windows(&storage, &batches);
        promised
    };
    let promised = tokio::task::spawn_blocking(checking).await.unwrap();
    db.close().await;
    promised
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_a_hundred_times_it_keeps_what_it_acknowledged() {
    if child::is_asked_for() {
        return child::run().await;
    }
    let asked = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let seed = asked("CRASH_SEED").unwrap_or_else(rand::random::<u32>);
    let kills = asked("CRASH_KILLS").unwrap_or(100);
    // Shown when the test fails.
    println!("CRASH_SEED={seed}");
    let mut random = StdRng::seed_from_u64(u64::from(seed));
    let batches = Batches { seed };
    let folder = tempfile::tempdir().unwrap();
    let mut promised = Promised::default();
    for kill in 1..=kills {
        let output = folder.path().join("said");
        let mut child = Command::new(std::env::current_exe().unwrap());
        child
            .args([
                "--exact",
                "killed_a_hundred_times_it_keeps_what_it_acknowledged",
            ])
            .arg("--nocapture")
            .envs(child::asking(folder.path(), seed, promised.next()))
            .stdin(Stdio::null())
            .stdout(File::create(&output).unwrap());
        let mut child = child.spawn().unwrap();
        tokio::time::sleep(Duration::from_millis(random.random_range(20..250))).await;
        let ended = child.try_wait().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        promised.hear(&std::fs::read_to_string(&output).unwrap(), &batches);
        assert_eq!(ended, None, "it ended by itself");
        let newest_ms = batches.at_ms(promised.next().0);
        if kill % 20 == 0 {
            promised = check(folder.path(), promised, i64::MIN, batches).await;
        } else if random.random_bool(0.5) {
            // The other half of the time the next process finds what the kill left.
            promised = check(folder.path(), promised, newest_ms - HOUR, batches).await;
        }
    }
    promised = check(folder.path(), promised, i64::MIN, batches).await;

    let (db, storage) = open(folder.path()).await;
    storage.compact().await.unwrap();
    let before_ms = batches.at_ms(promised.next().0) - KEPT_MS;
    storage.forget(before_ms).await.unwrap();
    promised.forgotten_ms = promised.forgotten_ms.max(before_ms);
    assert_eq!(store::damage(&db).await, "ok");
    assert_eq!(store::journal(&db).await, 0, "a compaction empties it");
    db.close().await;
    promised = check(folder.path(), promised, i64::MIN, batches).await;
    let (db, storage) = open(folder.path()).await;
    let rolled_up = tokio::task::spawn_blocking(move || {
        let rolled_up = promised.check_windows(&storage, &batches);
        (promised, rolled_up)
    });
    let (promised, rolled_up) = rolled_up.await.unwrap();
    db.close().await;
    println!(
        "{kills} kills, {} while compacting and {} while forgetting; {} batches acknowledged, {} series sent, \
         {rolled_up} samples rolled up",
        promised.compacting,
        promised.forgetting,
        promised.acknowledged.len(),
        promised.times.len(),
    );
    assert!(promised.compacting > 0 && promised.forgetting > 0 && rolled_up > 0);
}
