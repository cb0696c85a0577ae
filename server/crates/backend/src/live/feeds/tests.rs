//! Live queries while time is moved by hand: the clock reads the runtime's time, which is paused.

use std::time::Duration;

use db::Db;
use model::{Clock, Labels, Sample};
use tokio::time::{Instant, timeout};
use tsdb::Storage;
use wire::{Matrix, Via};

use super::*;
use crate::metrics::{Evaluator, SampleLog};
use crate::telemetry::Counts;

/// A multiple of all steps here.
const BEGIN_MS: i64 = 1_795_233_600_000;
const STEP_MS: i64 = 15_000;

struct RuntimeClock(Instant);

impl Clock for RuntimeClock {
    fn now_ms(&self) -> i64 {
        BEGIN_MS + i64::try_from(self.0.elapsed().as_millis()).unwrap()
    }
}

/// A store with live queries over it.
struct Bench {
    samples: Arc<SampleLog>,
    queries: Arc<LiveQueries>,
    counts: Counts,
    caller: Caller,
}

/// Time stands still from then on, but for what is waited for.
async fn bench() -> Bench {
    let db = Db::memory(&db::schema::METRICS).await.unwrap();
    let config = tsdb::Config {
        retention: Duration::ZERO,
        ..tsdb::Config::default()
    };
    let store = Arc::new(Storage::open(db, config).await.unwrap());
    tokio::time::pause();
    let clock = Arc::new(RuntimeClock(Instant::now()));
    let samples = Arc::new(SampleLog::new(store, clock.clone()));
    let counts = Counts::default();
    let evaluator = Evaluator::new(samples.clone());
    let queries = LiveQueries::new(clock, evaluator, counts.live.clone());
    Bench {
        samples,
        queries: Arc::new(queries),
        counts,
        caller: Caller::local(Via::Browser),
    }
}

impl Bench {
    fn push(&self, after_s: i64, value: f64) {
        self.samples.push(vec![Sample {
            name: "m".into(),
            labels: Labels::new().with("server", "a"),
            at_ms: BEGIN_MS + after_s * 1000,
            value,
        }]);
    }

    fn client(&self) -> Feeds {
        Feeds::new(self.queries.clone())
    }

    fn client_of(&self, query: LiveQuery) -> Feeds {
        let mut client = self.client();
        client.want(&self.caller, vec![query]);
        client
    }

    /// How many queries are looked at.
    fn live(&self) -> i64 {
        self.counts.live.queries.get()
    }

    /// How often a query was evaluated for a reason.
    fn evaluated(&self, reason: &'static str) -> u64 {
        self.counts.live.evaluations(reason)
    }
}

fn query(id: u32, expr: &str, after_s: i64) -> LiveQuery {
    LiveQuery {
        id,
        expr: expr.to_owned(),
        step_ms: STEP_MS,
        after_ms: BEGIN_MS + after_s * 1000,
    }
}

fn matrix(points: &Points) -> &Matrix {
    match &points.outcome {
        Outcome::Ok(matrix) => matrix,
        Outcome::Failed(problem) => panic!("{problem}"),
    }
}

fn message(points: &Points) -> &str {
    match &points.outcome {
        Outcome::Ok(matrix) => panic!("{matrix:?}"),
        Outcome::Failed(problem) => &problem.message,
    }
}

/// Seconds since the beginning, and the values of the only row from there.
fn column(matrix: &Matrix) -> (i64, Vec<Option<f64>>) {
    let values = matrix.rows.first().map(|row| row.values.clone());
    (
        (matrix.from_ms - BEGIN_MS) / 1000,
        values.unwrap_or_default(),
    )
}

/// Whether nothing comes for so long.
async fn is_silent(client: &mut Feeds, seconds: u64) -> bool {
    timeout(Duration::from_secs(seconds), client.next())
        .await
        .is_err()
}

#[tokio::test]
async fn points_come_as_time_goes_by() {
    let bench = bench().await;
    bench.push(-100, 1.0);
    let mut client = bench.client_of(query(7, "m", -45));
    let first = client.next().await;
    assert_eq!(first.id, 7);
    assert_eq!(
        column(matrix(&first)),
        (-30, vec![Some(1.0); 3]),
        "what it lacks"
    );
    let labels = [("__name__", "m"), ("server", "a")];
    let labels = labels.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(matrix(&first).rows[0].labels, labels);
    assert_eq!(column(first.tip.as_ref().unwrap()), (0, vec![Some(1.0)]));

    assert!(is_silent(&mut client, 9).await, "nothing changed");
    bench.push(9, 2.0);
    let tip = client.next().await;
    assert_eq!(column(matrix(&tip)), (0, vec![]), "no new point yet");
    assert_eq!(column(tip.tip.as_ref().unwrap()), (10, vec![Some(2.0)]));

    // A late sample changes a point that was sent already.
    bench.push(0, 5.0);
    let next = client.next().await;
    assert_eq!(column(matrix(&next)), (0, vec![Some(5.0), Some(2.0)]));
    assert_eq!(column(next.tip.as_ref().unwrap()), (15, vec![Some(2.0)]));
    let next = client.next().await;
    assert_eq!(column(matrix(&next)), (15, vec![Some(2.0); 2]));
}

#[tokio::test]
async fn who_asks_the_same_shares_it() {
    let bench = bench().await;
    bench.push(-1, 1.0);
    let mut first = bench.client_of(query(1, "m", 0));
    assert_eq!(column(matrix(&first.next().await)).0, 0);
    tokio::time::sleep(Duration::from_secs(4)).await;
    let mut second = bench.client_of(query(9, "m", 0));
    assert_eq!(
        second.next().await.id,
        9,
        "at once, from what was seen already"
    );
    assert_eq!(bench.live(), 1);
    assert_eq!(
        (bench.evaluated("points"), bench.evaluated("catch_up")),
        (1, 0)
    );
    for _ in 0..4 {
        assert_eq!(first.next().await.outcome, second.next().await.outcome);
    }
    assert_eq!(
        (bench.evaluated("points"), bench.evaluated("catch_up")),
        (5, 0)
    );
    assert_eq!(bench.evaluated("tip"), 8, "two between two points");
    let mut other = bench.client_of(LiveQuery {
        step_ms: 5_000,
        ..query(1, "m", 0)
    });
    other.next().await;
    assert_eq!(bench.live(), 2, "another step is another question");

    // It ends with the last who looks.
    drop(first);
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert_eq!(bench.live(), 2);
    second.want(&bench.caller, Vec::new());
    drop(other);
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert_eq!(bench.live(), 0);
    let before = bench.evaluated("points");
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(bench.evaluated("points"), before);

    // Who comes back is told what was missed.
    second.want(&bench.caller, vec![query(9, "m", 60)]);
    assert_eq!(column(matrix(&second.next().await)).0, 75);
}

#[tokio::test]
async fn who_is_slow_gets_it_in_one_piece() {
    let bench = bench().await;
    bench.push(-1, 1.0);
    let mut slow = bench.client_of(query(1, "m", 0));
    slow.next().await;
    let mut quick = bench.client_of(query(1, "m", 0));
    for _ in 0..9 {
        quick.next().await;
    }
    let caught_up = slow.next().await;
    let (from_s, values) = column(matrix(&caught_up));
    assert_eq!(
        (from_s, values.len()),
        (15, 8),
        "from the point after the one it has"
    );
    assert_eq!(bench.evaluated("catch_up"), 1);
    // Both go on alike.
    quick.next().await;
    assert_eq!(matrix(&slow.next().await).rows[0].values.len(), 2);
    assert_eq!(bench.evaluated("catch_up"), 1);
}

#[tokio::test]
async fn the_far_past_has_bounds() {
    let bench = bench().await;
    bench.push(-1, 1.0);
    for (after_s, count) in [
        (-BEGIN_MS / 1000, 11_000),
        (i64::MAX / 2000, 0),
        (-165_015, 11_000),
    ] {
        let mut client = bench.client_of(query(1, "vector(1)", after_s));
        let first = client.next().await;
        let count_found = column(matrix(&first)).1.len();
        assert_eq!(count_found, count, "{after_s}");
    }
}

#[tokio::test]
async fn failures_are_told_once() {
    let bench = bench().await;
    bench.push(-1, 1.0);
    let mut client = bench.client();
    let wanted = || {
        vec![
            query(1, "sum(", 0),
            query(2, "m", 0),
            query(3, "m[5m]", 0),
            query(4, &"a".repeat(20_000), 0),
            LiveQuery {
                step_ms: 999,
                ..query(5, "m", 0)
            },
            LiveQuery {
                step_ms: i64::MAX,
                ..query(6, "m", 0)
            },
            query(2, "m", 0),
        ]
    };
    client.want(&bench.caller, wanted());
    let mut told = HashMap::new();
    for _ in 0..7 {
        let points = client.next().await;
        let said = match &points.outcome {
            Outcome::Ok(_) => String::new(),
            Outcome::Failed(problem) => problem.message.clone(),
        };
        told.entry(points.id).or_insert_with(Vec::new).push(said);
    }
    for (id, words) in [
        (1, "invalid query"),
        (3, "range vector"),
        (4, "too long"),
        (5, "999 ms"),
        (6, "thirty years"),
    ] {
        assert!(
            told[&id].len() == 1 && told[&id][0].contains(words),
            "{told:?}"
        );
    }
    assert!(
        told[&2].len() == 2 && told[&2].iter().any(|said| said.contains("several")),
        "{told:?}"
    );
    for after_s in [15, 30] {
        let next = client.next().await;
        assert_eq!((next.id, column(matrix(&next)).0), (2, after_s - 15));
    }

    let many = (0..201).map(|id| query(id, "vector(1)", 0)).collect();
    client.want(&bench.caller, many);
    let beyond = client.next().await;
    assert_eq!(beyond.id, 200);
    assert!(message(&beyond).contains("200 queries"));
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert_eq!(bench.live(), 1, "all the same question");
}

#[tokio::test]
async fn failures_of_the_past_and_of_the_present() {
    let bench = bench().await;
    let of = |server: &str, after_s: i64, value| Sample {
        name: "m".into(),
        labels: Labels::new().with("server", server),
        at_ms: BEGIN_MS + after_s * 1000,
        value,
    };
    bench.samples.push(vec![
        of("a", -101, 1.0),
        of("b", -101, 1.0),
        of("b", -81, model::STALE),
    ]);
    // It fails where there are two series.
    let expr = "label_replace(m, \"server\", \"\", \"\", \"\")";
    let mut late = bench.client_of(query(1, expr, -120));
    assert!(message(&late.next().await).contains("same labelset"));
    assert_eq!(bench.evaluated("catch_up"), 1);
    let on = late.next().await;
    assert_eq!(
        column(matrix(&on)),
        (0, vec![Some(1.0); 2]),
        "a gap, and on"
    );

    bench.samples.push(vec![of("b", 21, 1.0)]);
    assert!(message(&late.next().await).contains("same labelset"));
    assert!(is_silent(&mut late, 60).await, "the same is not said again");
    bench.samples.push(vec![of("b", 86, model::STALE)]);
    let on = late.next().await;
    assert_eq!(column(matrix(&on)), (105, vec![Some(1.0); 2]), "{on:?}");
}
