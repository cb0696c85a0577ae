//! The history explains the present: what it says, step by step, comes to where every alert stands.

use std::collections::BTreeMap;

use db::Db;
use model::{Labels, TimestampMs};

use super::{Entry, Search};
use crate::rule::one_rule;
use crate::{
    Alert, Answer, Book, Decision, Error, Judgement, Known, NoData, Posted, Raised, Rule, State,
    Told, What,
};

const JUDGED: Judgement = Judgement {
    no_data: NoData::Keep,
    limit: 0,
    asks_anew: false,
};
const SERVERS: [&str; 4] = ["a", "b", "c", "d"];
const PEOPLE: [&str; 3] = ["ann", "bob", "cyd"];

/// Numbers that look like chance and are the same in every run (Steele, Lea, Flood: SplitMix).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        let place = self.below(all.len() as u64);
        all[usize::try_from(place).unwrap()]
    }
}

/// Where an alert stands.
#[derive(Clone, Debug, Default, PartialEq)]
struct Standing {
    state: &'static str,
    owner: String,
    until_ms: Option<TimestampMs>,
    /// Who took it last, if that is not over.
    taken: Option<String>,
    firing_ms: Option<TimestampMs>,
    resolved_ms: Option<TimestampMs>,
    comments: Vec<String>,
}

impl Standing {
    fn of(alert: &Alert) -> Self {
        let comments = alert.changes.iter().filter(|it| it.what == What::Commented);
        Self {
            state: alert.state.as_str(),
            owner: alert.owner.clone(),
            until_ms: alert.until_ms,
            taken: alert.acknowledgement().map(|it| it.actor.clone()),
            firing_ms: alert.firing_ms,
            resolved_ms: alert.resolved_ms,
            comments: comments.map(|it| it.comment.clone()).collect(),
        }
    }

    /// One step further. What happened says where it stands, and the row has to agree.
    fn then(&mut self, n: usize, step: &Entry) {
        let change = &step.change;
        assert_eq!(step.n, n as u64, "steps are numbered without a gap");
        assert_eq!(step.was.map_or("", State::as_str), self.state, "{step:?}");
        self.state = match change.what {
            What::Begun => "pending",
            What::Fired | What::Raised | What::Lapsed => "firing",
            What::Acknowledged => "acknowledged",
            What::Resolved => "resolved",
            What::Reopened if self.taken.is_some() => "acknowledged",
            What::Reopened => "firing",
            What::Assigned | What::Commented => self.state,
        };
        match change.what {
            What::Fired | What::Raised => self.firing_ms = Some(change.at_ms),
            What::Acknowledged => {
                self.taken = Some(change.actor.clone());
                self.owner.clone_from(&change.owner);
                self.until_ms = change.until_ms;
            }
            What::Lapsed => (self.taken, self.until_ms) = (None, None),
            What::Assigned => self.owner.clone_from(&change.owner),
            What::Commented => self.comments.push(change.comment.clone()),
            What::Resolved => self.resolved_ms = Some(change.at_ms),
            What::Reopened => {
                self.resolved_ms = None;
                self.firing_ms = self.firing_ms.or(Some(change.at_ms));
            }
            What::Begun => {}
        }
        let said = (change.state.as_str(), &change.owner, change.until_ms);
        assert_eq!(said, (self.state, &self.owner, self.until_ms), "{step:?}");
    }
}

/// The whole history, oldest first, in pages of a few.
async fn all(book: &Book) -> Vec<Entry> {
    let mut search = Search {
        from_ms: TimestampMs::MIN,
        to_ms: TimestampMs::MAX,
        limit: 7,
        ..Search::default()
    };
    let mut steps = Vec::new();
    loop {
        let found = book.past().search(&search).await.unwrap();
        steps.extend(found.steps);
        match found.next {
            Some(next) => search.before = Some(next),
            None => break,
        }
    }
    steps.reverse();
    steps
}

async fn explained(book: &Book) -> BTreeMap<String, Standing> {
    let mut alerts = BTreeMap::<String, (usize, Standing)>::new();
    for step in all(book).await {
        let (n, standing) = alerts.entry(step.alert.clone()).or_default();
        standing.then(*n, &step);
        *n += 1;
    }
    let alerts = alerts.into_iter();
    alerts.map(|(id, (_, standing))| (id, standing)).collect()
}

async fn present(book: &Book) -> BTreeMap<String, Standing> {
    let mut alerts = book.open_alerts();
    alerts.extend(book.past().resolved(10_000).await.unwrap());
    let standing = alerts
        .iter()
        .map(|it| (it.id.to_string(), Standing::of(it)));
    standing.collect()
}

fn answer(chance: &mut Chance) -> Answer {
    let mut answer = Answer::default();
    let mut known = Vec::new();
    for server in SERVERS {
        let series = Labels::new().with("server", server);
        match chance.below(5) {
            0 => continue,
            1..=3 => answer.holds.push(Told {
                labels: series.clone().with("alertname", "Down"),
                series: series.clone(),
                annotations: BTreeMap::new(),
                value: 0.0,
            }),
            _ => {}
        }
        known.push(series);
    }
    answer.known = Known::These(known);
    answer
}

fn decision(chance: &mut Chance, now: TimestampMs) -> Decision {
    let owner = chance.of(&["", "ann", "bob"]).to_owned();
    let later = now + 1000 * i64::try_from(chance.below(60)).unwrap();
    match chance.below(6) {
        0 | 1 => Decision::Acknowledge {
            owner,
            until_ms: (chance.below(2) == 0).then_some(later),
        },
        2 => Decision::Assign { owner },
        3 => Decision::Comment,
        4 => Decision::Resolve,
        _ => Decision::Reopen,
    }
}

fn raised(chance: &mut Chance, now: TimestampMs) -> Raised {
    let server = chance.of(&SERVERS);
    let ends_ms = now + 1000 * i64::try_from(1 + chance.below(60)).unwrap();
    Raised {
        // Under the very labels of the rule, too.
        name: "Down".to_owned(),
        labels: Labels::new()
            .with("server", server)
            .with("alertname", "Down"),
        annotations: BTreeMap::new(),
        ends_ms: (chance.below(3) == 0).then_some(ends_ms),
    }
}

fn posted(chance: &mut Chance, now: TimestampMs) -> Posted {
    let raised = raised(chance, now);
    let away = |chance: &mut Chance| 1000 * i64::try_from(chance.below(60)).unwrap();
    Posted {
        labels: raised.labels,
        annotations: BTreeMap::from([("summary".to_owned(), chance.of(&["x", "y"]).to_owned())]),
        starts_ms: now - away(chance),
        ends_ms: now + away(chance) - 10_000,
        is_timeout: chance.below(2) == 0,
        generator_url: String::new(),
        sender: "prometheus".to_owned(),
    }
}

/// Some alert, open or over.
async fn any(book: &Book, chance: &mut Chance) -> Option<String> {
    let ids: Vec<_> = present(book).await.into_keys().collect();
    match ids.is_empty() {
        true => None,
        false => Some(ids[usize::try_from(chance.below(ids.len() as u64)).unwrap()].clone()),
    }
}

/// One event; what people may not do, they may try.
async fn happens(book: &mut Book, rule: &Rule, chance: &mut Chance, now: TimestampMs) {
    match chance.below(14) {
        0..=4 => drop(
            book.evaluate(rule, &answer(chance), JUDGED, now)
                .await
                .unwrap(),
        ),
        5..=8 => {
            let Some(id) = any(book, chance).await else {
                return;
            };
            let (decision, actor) = (decision(chance, now), chance.of(&PEOPLE));
            let comment = chance.of(&["", "seen it"]);
            let decided = book.decide(&id, &decision, actor, comment, now).await;
            assert!(
                matches!(decided, Ok(_) | Err(Error::Refused(_))),
                "{decided:?}"
            );
        }
        9 => drop(
            book.raise(&raised(chance, now), "api", "", now)
                .await
                .unwrap(),
        ),
        10 => drop(book.pass(now).await.unwrap()),
        11 | 12 => {
            let sent = [posted(chance, now), posted(chance, now)];
            drop(book.receive(&sent, now).await.unwrap());
        }
        _ => drop(
            book.retire(|it| it.labels.get("server") == "d", "gone", now)
                .await
                .unwrap(),
        ),
    }
}

#[tokio::test]
async fn the_history_explains_the_present() {
    let rule = one_rule("{ alert: Down, expr: up == 0, for: 10s, keep_firing_for: 5s }");
    let mut seen = BTreeMap::<&str, usize>::new();
    for seed in 0..25 {
        let chance = &mut Chance(seed);
        let db = Db::memory(&db::schema::STATE).await.unwrap();
        let mut book = Book::open(db.clone()).await.unwrap();
        let mut now = 0;
        for _ in 0..80 {
            now += 1000 * i64::try_from(chance.below(8)).unwrap();
            happens(&mut book, &rule, chance, now).await;
            if chance.below(10) == 0 {
                let before = present(&book).await;
                book = Book::open(db.clone()).await.unwrap();
                assert_eq!(present(&book).await, before, "a restart changes nothing");
            }
        }
        let (explained, present) = (explained(&book).await, present(&book).await);
        let differs = |id: &&String| explained.get(*id) != present.get(*id);
        let all_ids = explained.keys().chain(present.keys());
        let differing: Vec<_> = all_ids
            .filter(differs)
            .map(|id| (id, explained.get(id), present.get(id)))
            .collect();
        assert!(differing.is_empty(), "seed {seed}: {differing:#?}");
        for step in all(&book).await {
            *seen.entry(step.change.what.as_str()).or_default() += 1;
        }
    }
    // Chance has tried everything there is.
    assert_eq!(seen.len(), 9, "{seen:?}");
}

#[tokio::test]
async fn what_was_kept_before_there_was_a_history_is_in_it() {
    use db::sqlx;
    let folder = std::env::temp_dir().join(uuid::Uuid::now_v7().to_string());
    std::fs::create_dir(&folder).unwrap();
    let path = folder.join("state.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(&path)
        .create_if_missing(true);
    let old = sqlx::SqlitePool::connect_with(options).await.unwrap();
    db::schema::STATE.run_to(16, &old).await.unwrap();
    sqlx::raw_sql(
        r#"INSERT INTO alerts (id, fingerprint, rule, labels, annotations, state, value, holds, by_hand, pending_ms, firing_ms)
           VALUES ('0193a1b2-0000-7000-8000-000000000000', 'f', 'Down', '{"server":"a","severity":"error"}',
                   '{"summary":"a is down"}', 'acknowledged', 0, 1, 0, 1000, 2000);
           INSERT INTO alert_changes (alert_id, n, at_ms, state, actor, comment)
           SELECT '0193a1b2-0000-7000-8000-000000000000', value, 1000 * (value + 1),
                  '["pending","firing","acknowledged","resolved","acknowledged"]' -> value ->> '$',
                  '["","","ann","bob","cyd"]' -> value ->> '$', 'so'
           FROM json_each('[0,1,2,3,4]');"#,
    )
    .execute(&old)
    .await
    .unwrap();
    old.close().await;

    let db = Db::open(&path, &db::schema::STATE, db::Check::Whole)
        .await
        .unwrap();
    let book = Book::open(db.clone()).await.unwrap();
    assert_eq!(explained(&book).await, present(&book).await);
    let alert = &book.open_alerts()[0];
    assert_eq!(
        (
            alert.owner.as_str(),
            alert.acknowledgement().unwrap().actor.as_str()
        ),
        ("ann", "ann")
    );
    let steps = all(&book).await;
    let words: Vec<_> = steps
        .iter()
        .map(|it| (it.change.what.as_str(), it.change.owner.as_str()))
        .collect();
    assert_eq!(
        words,
        [
            ("pending", ""),
            ("firing", ""),
            ("acknowledged", "ann"),
            ("resolved", "ann"),
            ("reopened", "ann")
        ]
    );
    assert_eq!(
        (
            steps[0].server.as_str(),
            steps[0].severity.as_str(),
            steps[0].summary.as_str()
        ),
        ("a", "error", "a is down")
    );
    db.close().await;
    std::fs::remove_dir_all(folder).unwrap();
}
