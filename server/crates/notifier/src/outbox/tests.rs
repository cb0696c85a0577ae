//! What is written is sent, whoever is killed when.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;
use db::Check;

use super::*;
use crate::dispatch::{Dispatch, Stage, Told};
use crate::routing::tests::{labels, routing};

/// Answers as it is told, and keeps what it gets.
#[derive(Default)]
struct Script {
    answers: Mutex<VecDeque<Failure>>,
    got: Mutex<Vec<Message>>,
}

#[async_trait]
impl Channel for Script {
    async fn send(&self, message: &Message) -> Result<Answer, Failure> {
        self.got.lock().unwrap().push(message.clone());
        match self.answers.lock().unwrap().pop_front() {
            Some(failure) => Err(failure),
            None => Ok(Answer {
                status: Some(200),
                text: "ok".to_owned(),
            }),
        }
    }

    fn kind(&self) -> &'static str {
        "webhook"
    }

    fn sends_resolved(&self) -> bool {
        true
    }

    fn target(&self) -> String {
        "script".to_owned()
    }
}

const ROUTES: &str = "route: {receiver: a, group_by: [g], group_wait: 0s, group_interval: 10s}\n\
    receivers: [{name: a, webhook_configs: [{}], flood: {messages: 3, per: 4m}}]";

fn told(name: &str, number: u128, stage: Stage, at_ms: i64) -> Told {
    Told {
        key: name.to_owned(),
        id: Uuid::from_u128(number),
        step: usize::from(stage == Stage::Over) + 1,
        stage,
        labels: labels(&format!("alertname={name} g={name}")),
        annotations: BTreeMap::new(),
        starts_ms: at_ms,
        ends_ms: (stage == Stage::Over).then_some(at_ms),
        generator_url: String::new(),
    }
}

async fn reopened(path: &Path, alerts: &[Told], now_ms: i64) -> (Outbox, Dispatch) {
    let db = Db::open(path, &db::schema::STATE, Check::Schema).await;
    let outbox = Outbox::new(db.unwrap());
    let log = outbox.log().await.unwrap();
    let routing = Arc::new(routing(ROUTES));
    let mut dispatch = Dispatch::new(routing, String::new(), log, Vec::new());
    for alert in alerts {
        dispatch.note(alert.clone(), now_ms);
    }
    (outbox, dispatch)
}

const NO_LIMIT: &(dyn Fn(&str) -> Option<Flood> + Sync) = &|_| None;

fn free(_: &Labels) -> String {
    String::new()
}

/// Killed between any two steps: the alert's message arrives, and twice only where it was killed between sending and noting.
#[tokio::test]
async fn nothing_is_lost_between_two_steps() {
    for killed_after in 0..5 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.db");
        let alert = [told("x", 1, Stage::Firing, 1000)];
        let channel = Script::default();
        let now = || 2000;
        let (mut outbox, mut dispatch) = reopened(&path, &alert, 1000).await;
        if killed_after == 0 {
            (outbox, dispatch) = reopened(&path, &alert, 1500).await;
        }
        let mut turns = dispatch.turn(1500, 10, &free);
        if killed_after == 1 {
            // Decided, and not written.
            (outbox, dispatch) = reopened(&path, &alert, 1500).await;
            turns = dispatch.turn(1500, 10, &free);
        }
        outbox.write(&turns, NO_LIMIT, 1500).await.unwrap();
        if killed_after == 2 {
            // Written, and not sent: the log says that it is told.
            (outbox, dispatch) = reopened(&path, &alert, 1600).await;
            let again = dispatch.turn(1600, 10, &free);
            assert!(again.iter().all(|turn| turn.decided.is_empty()));
        }
        if killed_after == 3 {
            // Sent, and not noted.
            let letter = store::next(&outbox.db, "a", "webhook/0").await.unwrap();
            channel.send(&letter.unwrap().message).await.unwrap();
            (outbox, _) = reopened(&path, &alert, 1700).await;
        }
        let step = outbox.step("a", "webhook/0", &channel, &now).await.unwrap();
        assert!(matches!(step, Step::Tried(ref it) if it.state == State::Sent));
        if killed_after == 4 {
            (outbox, dispatch) = reopened(&path, &alert, 1800).await;
            let again = dispatch.turn(1800, 10, &free);
            assert!(again.iter().all(|turn| turn.decided.is_empty()));
        }
        let step = outbox.step("a", "webhook/0", &channel, &now).await.unwrap();
        assert_eq!(step, Step::Idle);
        let got = channel.got.lock().unwrap();
        let twice = if killed_after == 3 { 2 } else { 1 };
        assert_eq!(got.len(), twice, "killed after {killed_after}");
        assert!(got.iter().all(|message| message.key == got[0].key));
    }
}

#[tokio::test]
async fn failures_pass_or_not() {
    let db = Db::memory(&db::schema::STATE).await.unwrap();
    let outbox = Outbox::new(db);
    let mut dispatch = Dispatch::new(
        Arc::new(routing(ROUTES)),
        String::new(),
        BTreeMap::new(),
        Vec::new(),
    );
    let clock = AtomicI64::new(0);
    let now = || clock.load(Ordering::Relaxed);
    let channel = Script::default();
    for (number, name) in ["x", "y"].into_iter().enumerate() {
        dispatch.note(told(name, number as u128, Stage::Firing, 0), 0);
    }
    let turns = dispatch.turn(0, 10, &free);
    outbox.write(&turns, NO_LIMIT, 0).await.unwrap();
    dispatch.note(told("x", 0, Stage::Over, 5000), 5000);
    let turns = dispatch.turn(10_000, 10, &free);
    outbox.write(&turns, NO_LIMIT, 10_000).await.unwrap();
    let server = Failure::new(Cause::Server, "500");
    let limited = Failure {
        after: Some(Duration::from_secs(100)),
        ..Failure::new(Cause::RateLimited, "429")
    };
    let refused = Failure::new(Cause::Client, "400");
    channel
        .answers
        .lock()
        .unwrap()
        .extend([server, limited, refused]);
    clock.store(20_000, Ordering::Relaxed);
    // The first of x fails, and y goes on; the second of x waits for the first.
    let mut next_ms = Vec::new();
    for _ in 0..2 {
        let step = outbox.step("a", "webhook/0", &channel, &now).await.unwrap();
        let Step::Tried(outcome) = step else {
            panic!("{step:?}");
        };
        next_ms.push(outcome.next_ms.unwrap());
    }
    assert!((20_750..=21_000).contains(&next_ms[0]), "{next_ms:?}");
    assert_eq!(next_ms[1], 120_000);
    let step = outbox.step("a", "webhook/0", &channel, &now).await.unwrap();
    assert_eq!(step, Step::Wait(next_ms[0]));
    clock.store(200_000, Ordering::Relaxed);
    for state in [State::Failed, State::Sent, State::Sent] {
        let step = outbox.step("a", "webhook/0", &channel, &now).await.unwrap();
        assert!(
            matches!(step, Step::Tried(ref it) if it.state == state),
            "{step:?}"
        );
    }
    let step = outbox.step("a", "webhook/0", &channel, &now).await.unwrap();
    assert_eq!(step, Step::Idle);
    let names: Vec<_> = channel.got.lock().unwrap().iter().map(named).collect();
    assert_eq!(names, ["x", "y", "x", "-x", "y"]);
    // What was refused stays, says why, and goes out again when somebody says so.
    let failed = Query {
        state: "failed".to_owned(),
        ..all()
    };
    let failed = outbox.search(&failed).await.unwrap();
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0].delivery.cause, Some(Cause::Client));
    assert_eq!(failed[0].delivery.answer, "400");
    let again = outbox.again(failed[0].id, 200_000).await.unwrap();
    assert_eq!(again.unwrap().delivery.state, State::Queued);
    assert!(outbox.again(failed[0].id, 0).await.unwrap().is_none());
    let health = outbox.health("a", "webhook/0").await.unwrap();
    assert!(health.succeeded_ms == Some(200_000) && health.answer.contains("ok"));
    // A day is long enough.
    let passing = Failure::new(Cause::Network, "nobody there");
    channel.answers.lock().unwrap().push_back(passing);
    clock.store(LONGEST_MS + 300_000, Ordering::Relaxed);
    let step = outbox.step("a", "webhook/0", &channel, &now).await.unwrap();
    assert!(matches!(step, Step::Tried(it) if it.state == State::GivenUp));
    assert_eq!(outbox.forget(i64::MAX).await.unwrap(), 3);
    assert!(outbox.search(&all()).await.unwrap().is_empty());
}

fn all() -> Query {
    Query {
        text: String::new(),
        receiver: String::new(),
        state: String::new(),
        reason: String::new(),
        alert: String::new(),
        from_ms: i64::MIN,
        to_ms: i64::MAX,
        before: None,
        limit: 100,
    }
}

fn named(message: &Message) -> String {
    let names = message.notices.iter().map(|notice| {
        let name = notice.labels.get("alertname");
        format!("{}{name}", if notice.is_firing { "" } else { "-" })
    });
    names.collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn a_flood_becomes_a_digest() {
    let db = Db::memory(&db::schema::STATE).await.unwrap();
    let outbox = Outbox::new(db);
    let routing = Arc::new(routing(ROUTES));
    let flood_of = routing.receivers["a"].flood;
    let flood = move |_: &str| flood_of;
    let mut dispatch = Dispatch::new(routing, String::new(), BTreeMap::new(), Vec::new());
    for number in 0..50 {
        let name = format!("x{number:02}");
        dispatch.note(told(&name, number, Stage::Firing, 0), 0);
    }
    let turns = dispatch.turn(0, 1000, &free);
    assert_eq!(turns.len(), 50);
    outbox.write(&turns, &flood, 0).await.unwrap();
    dispatch.note(told("x40", 40, Stage::Over, 5000), 5000);
    let turns = dispatch.turn(10_000, 1000, &free);
    outbox.write(&turns, &flood, 10_000).await.unwrap();
    assert_eq!(
        outbox.digest(&flood, 30_000).await.unwrap(),
        (0, Some(60_000))
    );
    assert_eq!(outbox.digest(&flood, 60_000).await.unwrap(), (1, None));
    let channel = Script::default();
    while outbox
        .step("a", "webhook/0", &channel, &|| 60_000)
        .await
        .unwrap()
        != Step::Idle
    {}
    let got = channel.got.lock().unwrap().clone();
    assert_eq!(got.len(), 4);
    let digest = &got[3];
    assert_eq!((digest.reason, digest.notices.len()), (Why::Digest, 47));
    let over: Vec<_> = digest
        .resolved()
        .map(|it| it.labels.get("alertname"))
        .collect();
    assert_eq!(over, ["x40"]);
    // Every alert's history says which message stood for it.
    let alert = Query {
        alert: Uuid::from_u128(45).to_string(),
        ..all()
    };
    let states = outbox.search(&alert).await.unwrap();
    let states: Vec<_> = states.iter().map(|it| it.delivery.state.as_str()).collect();
    assert_eq!(states, ["sent", "held back"]);
}

#[tokio::test]
async fn a_digest_does_not_say_again_what_was_over_meanwhile() {
    let outbox = Outbox::new(Db::memory(&db::schema::STATE).await.unwrap());
    let routing = Arc::new(routing(ROUTES));
    let flood_of = routing.receivers["a"].flood;
    let flood = move |_: &str| flood_of;
    let mut dispatch = Dispatch::new(routing, String::new(), BTreeMap::new(), Vec::new());
    // Three may be said in four minutes; of the fourth and the fifth nothing is said at first.
    let fires = [
        ("a", 0),
        ("b", 0),
        ("c", 0),
        ("late", 220_000),
        ("stays", 220_000),
    ];
    for (number, (name, at_ms)) in (0..).zip(fires) {
        dispatch.note(told(name, number, Stage::Firing, at_ms), at_ms);
        let turns = dispatch.turn(at_ms, 1000, &free);
        outbox.write(&turns, &flood, at_ms).await.unwrap();
    }
    // By then the limit lets its end through.
    dispatch.note(told("late", 3, Stage::Over, 241_000), 241_000);
    let turns = dispatch.turn(241_000, 1000, &free);
    outbox.write(&turns, &flood, 241_000).await.unwrap();
    assert_eq!(outbox.digest(&flood, 280_000).await.unwrap(), (1, None));
    let channel = Script::default();
    let send = async || {
        let now = || 280_000;
        outbox.step("a", "webhook/0", &channel, &now).await.unwrap()
    };
    while send().await != Step::Idle {}
    let got = channel.got.lock().unwrap().clone();
    let said: Vec<_> = got.iter().map(named).collect();
    assert_eq!(said, ["a", "b", "c", "-late", "stays"]);
    assert_eq!(got[4].reason, Why::Digest);
    // Where nothing is left to be said, nothing is, and it is not asked for again.
    dispatch.note(told("stays", 4, Stage::Over, 300_000), 300_000);
    let turns = dispatch.turn(300_000, 1000, &free);
    outbox.write(&turns, &flood, 300_000).await.unwrap();
    assert_eq!(outbox.digest(&flood, 900_000).await.unwrap(), (0, None));
}

#[tokio::test]
async fn a_channel_that_is_no_more_gives_up() {
    let db = Db::memory(&db::schema::STATE).await.unwrap();
    let outbox = Outbox::new(db);
    let mut dispatch = Dispatch::new(
        Arc::new(routing(ROUTES)),
        String::new(),
        BTreeMap::new(),
        Vec::new(),
    );
    dispatch.note(told("x", 1, Stage::Firing, 0), 0);
    let turns = dispatch.turn(0, 10, &free);
    outbox.write(&turns, NO_LIMIT, 0).await.unwrap();
    let waiting = outbox.waiting().await.unwrap();
    assert_eq!(waiting, [("a".to_owned(), "webhook/0".to_owned(), 1, 0)]);
    assert_eq!(outbox.orphan("a", "webhook/0").await.unwrap(), 1);
    assert!(outbox.waiting().await.unwrap().is_empty());
    let left = outbox.search(&all()).await.unwrap();
    assert!(left[0].delivery.answer.contains("no longer"));
    let again = outbox.again(left[0].id, 5).await.unwrap();
    assert_eq!(again.unwrap().delivery.next_ms, Some(5));
}

#[tokio::test]
async fn heartbeats_do_not_pile_up() {
    let db = Db::memory(&db::schema::STATE).await.unwrap();
    let outbox = Outbox::new(db);
    let decided = Decided {
        receiver: "a".to_owned(),
        channel: "webhook/0".to_owned(),
        kind: "webhook".to_owned(),
        target: "script".to_owned(),
        message: Message {
            reason: Why::Heartbeat,
            ..crate::message::sample(&[("a", true)])
        },
    };
    let beat = |number: u32| Decided {
        message: Message {
            key: number.to_string(),
            ..decided.message.clone()
        },
        ..decided.clone()
    };
    outbox.queue(&[beat(1)], 0).await.unwrap();
    outbox.queue(&[beat(2)], 1000).await.unwrap();
    let channel = Script::default();
    let sent = outbox.step("a", "webhook/0", &channel, &|| 1000).await;
    assert!(matches!(sent.unwrap(), Step::Tried(_)));
    let idle = outbox.step("a", "webhook/0", &channel, &|| 1000).await;
    assert_eq!(idle.unwrap(), Step::Idle);
    outbox.queue(&[beat(3)], 2000).await.unwrap();
    assert_eq!(outbox.search(&all()).await.unwrap().len(), 2);
}
