//! Lives of alerts over restarts, decisions and missing data.

use super::*;
use crate::rule::one_rule;
use crate::{Decision, Told};

const KEPT: Judgement = Judgement {
    no_data: NoData::Keep,
    limit: 0,
    asks_anew: false,
};

fn rule() -> Rule {
    one_rule("{ alert: Down, expr: up == 0, for: 10s }")
}

fn mine() -> Decision {
    Decision::Acknowledge {
        owner: String::new(),
        until_ms: None,
    }
}

async fn database() -> Db {
    Db::memory(&db::schema::STATE).await.unwrap()
}

fn server(name: &str) -> Labels {
    Labels::new().with("server", name)
}

fn answer(down: &[&str], up: &[&str]) -> Answer {
    let told = |name: &&str| Told {
        series: server(name),
        labels: server(name).with("alertname", "Down"),
        annotations: std::collections::BTreeMap::new(),
        value: 0.0,
    };
    Answer {
        holds: down.iter().map(told).collect(),
        known: Known::These(down.iter().chain(up).map(|name| server(name)).collect()),
    }
}

fn states(alerts: &[Alert]) -> Vec<(String, &'static str)> {
    let pairs = alerts
        .iter()
        .map(|a| (a.labels.get("server").to_owned(), a.state.as_str()));
    let mut pairs: Vec<_> = pairs.collect();
    pairs.sort();
    pairs
}

#[tokio::test]
async fn a_life_survives_restarts() {
    let db = database().await;
    let rule = rule();
    let mut book = Book::open(db.clone()).await.unwrap();
    let changed = book
        .evaluate(&rule, &answer(&["a", "b"], &["c"]), KEPT, 0)
        .await
        .unwrap();
    assert_eq!(
        states(&changed),
        [("a".into(), "pending"), ("b".into(), "pending")]
    );

    let mut book = Book::open(db.clone()).await.unwrap();
    let changed = book
        .evaluate(&rule, &answer(&["a"], &["b", "c"]), KEPT, 10_000)
        .await
        .unwrap();
    assert_eq!(
        states(&changed),
        [("a".into(), "firing"), ("b".into(), "resolved")]
    );
    let id = book.open_alerts()[0].id.to_string();
    book.decide(&id, &mine(), "ann", "mine", 11_000)
        .await
        .unwrap();

    let mut book = Book::open(db.clone()).await.unwrap();
    let open = book.open_alerts();
    assert_eq!(states(&open), [("a".into(), "acknowledged")]);
    assert_eq!(open[0].acknowledgement().unwrap().comment, "mine");
    // Nothing is known after a restart until the first probe: the alert stays.
    assert!(
        book.evaluate(&rule, &Answer::default(), KEPT, 12_000)
            .await
            .unwrap()
            .is_empty()
    );
    book.evaluate(&rule, &answer(&[], &["a"]), KEPT, 13_000)
        .await
        .unwrap();
    assert!(book.open_alerts().is_empty());
    let resolved = book.past().resolved(10).await.unwrap();
    let words: Vec<_> = resolved[0]
        .changes
        .iter()
        .map(|c| c.state.as_str())
        .collect();
    assert_eq!(words, ["pending", "firing", "acknowledged", "resolved"]);

    // One that never fired is over as well, and is not among those that had.
    for answer in [answer(&["b"], &[]), answer(&[], &["b"])] {
        book.evaluate(&rule, &answer, KEPT, 14_000).await.unwrap();
    }
    let past = book.past();
    assert_eq!(
        past.resolved(10).await.unwrap().len(),
        resolved.len() + 1,
        "it is over"
    );
    assert_eq!(past.fired_and_over(10).await.unwrap(), resolved[..1]);
}

#[tokio::test]
async fn resolved_by_hand_stays_so_until_the_condition_has_cleared() {
    let db = database().await;
    let rule = rule();
    let mut book = Book::open(db.clone()).await.unwrap();
    book.evaluate(&rule, &answer(&["a"], &[]), KEPT, 0)
        .await
        .unwrap();
    book.evaluate(&rule, &answer(&["a"], &[]), KEPT, 10_000)
        .await
        .unwrap();
    let id = book.open_alerts()[0].id.to_string();
    book.decide(&id, &Decision::Resolve, "bob", "", 11_000)
        .await
        .unwrap();
    let mut book = Book::open(db).await.unwrap();
    book.evaluate(&rule, &answer(&["a"], &[]), KEPT, 30_000)
        .await
        .unwrap();
    assert!(book.open_alerts().is_empty(), "a person said it is over");
    book.evaluate(&rule, &answer(&[], &["a"]), KEPT, 31_000)
        .await
        .unwrap();
    book.evaluate(&rule, &answer(&["a"], &[]), KEPT, 32_000)
        .await
        .unwrap();
    let open = book.open_alerts();
    assert_eq!(states(&open), [("a".into(), "pending")]);
    let refused = book
        .decide(&id, &Decision::Reopen, "cyd", "", 33_000)
        .await
        .unwrap_err();
    assert!(matches!(refused, Error::Refused(Refusal::Superseded)));
}

#[tokio::test]
async fn where_presence_is_the_condition_absence_ends_it() {
    let rule = rule();
    let mut book = Book::open(database().await).await.unwrap();
    let mut holds = answer(&["a", "b"], &[]);
    book.evaluate(&rule, &holds, KEPT, 0).await.unwrap();
    holds.holds.truncate(1);
    holds.known = Known::All;
    let changed = book.evaluate(&rule, &holds, KEPT, 1_000).await.unwrap();
    assert_eq!(states(&changed), [("b".into(), "resolved")]);
    let mut other = rule.clone();
    other.name = "Other".into();
    holds.holds.clear();
    let changed = book.evaluate(&other, &holds, KEPT, 2_000).await.unwrap();
    assert!(changed.is_empty(), "another rule says nothing about it");
}

#[tokio::test]
async fn unknown_ids_are_named() {
    let mut book = Book::open(database().await).await.unwrap();
    for id in ["nonsense", "0193a1b2-0000-7000-8000-000000000000"] {
        let error = book
            .decide(id, &Decision::Resolve, "x", "", 0)
            .await
            .unwrap_err();
        assert!(matches!(&error, Error::NotFound(got) if got == id));
    }
}

#[tokio::test]
async fn retention_deletes_old_ends_only() {
    let db = database().await;
    let rule = rule();
    let mut book = Book::open(db).await.unwrap();
    book.evaluate(&rule, &answer(&["a", "b"], &[]), KEPT, 0)
        .await
        .unwrap();
    book.evaluate(&rule, &answer(&["b"], &["a"]), KEPT, 1000)
        .await
        .unwrap();
    assert_eq!(book.forget(1000).await.unwrap(), 0);
    assert_eq!(book.forget(1001).await.unwrap(), 1);
    assert_eq!(book.open_alerts().len(), 1);
    let changed = book
        .retire(|a| a.labels.get("server") == "b", "b is gone", 2000)
        .await
        .unwrap();
    assert_eq!(changed[0].changes.last().unwrap().comment, "b is gone");
}

#[tokio::test]
async fn what_missing_data_does() {
    for (treatment, script, expected) in [
        (
            "ok",
            "a@0 a@10 -@11",
            "pending firing resolved:its series is gone",
        ),
        (
            "keep",
            "a@0 a@10 -@11 -@9999",
            "pending firing firing firing",
        ),
        ("keep", "a@0 -@20 a@21", "pending pending firing"),
        // Whoever asks misses it no more.
        (
            "alert",
            "a@0 a@10 -@20",
            "pending firing resolved:its series has been gone for too long to be missed",
        ),
        (
            "resolve after 60s",
            "a@0 a@10 -@11 -@70 -@71",
            "pending firing firing firing resolved:its series is gone",
        ),
        (
            "resolve after 60s",
            "a@0 a@10 -@11 a@70 -@71 -@130",
            "pending firing firing firing firing firing",
        ),
        (
            "ok",
            "a@0 a@10 up@11",
            "pending firing resolved:the condition no longer holds",
        ),
    ] {
        let rule = Rule {
            no_data: Some(NoData::parse(treatment).unwrap()),
            ..rule()
        };
        let mut book = Book::open(database().await).await.unwrap();
        let (mut states, mut last) = (Vec::new(), None);
        for word in script.split_whitespace() {
            let (what, at) = word.split_once('@').unwrap();
            let answer = match what {
                "a" => answer(&["a"], &[]),
                "up" => answer(&[], &["a"]),
                _ => answer(&[], &[]),
            };
            let now = at.parse::<i64>().unwrap() * 1000;
            let changed = book.evaluate(&rule, &answer, KEPT, now).await.unwrap();
            last = changed.last().cloned().or(last);
            let last = last.as_ref().unwrap();
            states.push(match last.state {
                State::Resolved => format!("resolved:{}", last.changes.last().unwrap().comment),
                state => state.as_str().to_owned(),
            });
        }
        assert_eq!(states.join(" "), expected, "{treatment}: {script}");
    }
}

#[tokio::test]
async fn over_the_limit_all_alerts_of_a_rule_are_over() {
    let mut book = Book::open(database().await).await.unwrap();
    let rule = rule();
    let limited = Judgement { limit: 1, ..KEPT };
    let one = answer(&["a"], &[]);
    for now in [0, 10_000] {
        book.evaluate(&rule, &one, limited, now).await.unwrap();
    }
    assert_eq!(states(&book.open_alerts()), [("a".into(), "firing")]);
    let two = answer(&["a", "b"], &[]);
    let refused = book.evaluate(&rule, &two, limited, 20_000).await;
    assert_eq!(
        refused.unwrap_err().to_string(),
        "exceeded limit of 1 with 2 alerts; all of them are over until there are fewer"
    );
    assert_eq!(book.open_alerts(), []);
    let ended = book.past().resolved(10).await.unwrap();
    let last = ended[0].changes.last().unwrap();
    assert_eq!(
        last.comment,
        "the rule has 2 alerts, more than the limit of its group, 1"
    );
    // The others that were judged with it are taken, and told.
    let all = [(&rule, &one, limited), (&rule, &two, limited)];
    let taken = book.evaluate_all(&all[..1], 30_000).await.unwrap();
    assert_eq!((taken.changed.len(), taken.refused.len()), (1, 0));
    let taken = book.evaluate_all(&all[1..], 40_000).await.unwrap();
    assert_eq!(
        (taken.changed.len(), taken.refused.keys().collect()),
        (1, vec![&0])
    );
    // From the beginning, once there are fewer.
    book.evaluate(&rule, &one, limited, 50_000).await.unwrap();
    assert_eq!(states(&book.open_alerts()), [("a".into(), "pending")]);
}

#[tokio::test]
async fn rules_of_one_name_have_alerts_of_their_own() {
    let of = |severity: &str| {
        one_rule(&format!(
            "{{ alert: Down, expr: x, labels: {{ severity: {severity} }} }}"
        ))
    };
    let (warning, critical) = (of("warning"), of("critical"));
    let told = |severity: &str| Answer {
        holds: vec![Told {
            labels: server("a")
                .with("alertname", "Down")
                .with("severity", severity),
            ..answer(&["a"], &[]).holds.remove(0)
        }],
        known: Known::All,
    };
    let mut book = Book::in_memory();
    book.evaluate(&warning, &told("warning"), KEPT, 0)
        .await
        .unwrap();
    book.evaluate(&critical, &told("critical"), KEPT, 0)
        .await
        .unwrap();
    let nothing = Answer {
        known: Known::All,
        ..Answer::default()
    };
    book.evaluate(&critical, &nothing, KEPT, 1_000)
        .await
        .unwrap();
    let open = book.open_alerts();
    assert_eq!(open.len(), 1);
    assert_eq!(open[0].labels.get("severity"), "warning");
    assert_eq!(book.open_of(&warning).len(), 1);
    assert!(book.open_of(&critical).is_empty());
}

#[tokio::test]
async fn pending_goes_on_after_a_restart() {
    let db = database().await;
    let rule = rule();
    let mut book = Book::open(db.clone()).await.unwrap();
    book.evaluate(&rule, &answer(&["a"], &[]), KEPT, 0)
        .await
        .unwrap();
    for (seen_ms, at, expected) in [
        (None, 50_000, "firing"),
        (Some(4_000), 106_000, "firing"),
        // Once more: what was missed before is on disk.
        (Some(100_000), 105_999, "pending"),
    ] {
        let mut book = Book::open(db.clone()).await.unwrap();
        book.resume(|_| seen_ms, 100_000).await.unwrap();
        let key = book.open_alerts()[0].labels.fingerprint();
        let alert = book.tracked[&key].held(&rule, &answer(&["a"], &[]).holds[0], at);
        assert_eq!(alert.state.as_str(), expected, "{seen_ms:?} {at}");
    }
}

#[tokio::test]
async fn what_is_no_number_is_kept() {
    let db = database().await;
    let mut book = Book::open(db.clone()).await.unwrap();
    let mut holds = answer(&["a", "b"], &[]);
    holds.holds[0].value = f64::NAN;
    book.evaluate(&rule(), &holds, KEPT, 0).await.unwrap();
    let book = Book::open(db).await.unwrap();
    let open = book.open_alerts().into_iter();
    let mut nan: Vec<_> = open
        .map(|alert| (alert.labels.get("server").to_owned(), alert.value.is_nan()))
        .collect();
    nan.sort();
    assert_eq!(nan, [("a".to_owned(), true), ("b".to_owned(), false)]);
}

#[tokio::test]
async fn rules_of_one_name_leave_each_others_alerts() {
    let mut book = Book::in_memory();
    let built_in = one_rule("{ alert: Down, expr: up == 0, labels: { team: mcp } }");
    let mut holds = answer(&["a"], &[]);
    holds.holds[0].labels = holds.holds[0].labels.clone().with("team", "mcp");
    book.evaluate(&built_in, &holds, KEPT, 0).await.unwrap();
    // That of a file has no such label; for it the condition does not hold.
    let own = one_rule("{ alert: Down, expr: up < 0 }");
    let changed = book.evaluate(&own, &answer(&[], &["a"]), KEPT, 1).await;
    assert_eq!(states(&changed.unwrap()), []);
    assert_eq!(states(&book.open_alerts()), [("a".into(), "firing")]);
    assert!(book.open_of(&own).is_empty());
}

#[tokio::test]
async fn an_older_alert_does_not_take_the_place_of_one_that_a_person_ended() {
    let db = database().await;
    let rule = rule();
    let mut book = Book::open(db.clone()).await.unwrap();
    let down = answer(&["a"], &[]);
    for (said, at_ms) in [(&down, 0), (&down, 10_000), (&answer(&[], &["a"]), 11_000)] {
        book.evaluate(&rule, said, KEPT, at_ms).await.unwrap();
    }
    let older = book.past().resolved(10).await.unwrap()[0].id.to_string();
    book.evaluate(&rule, &down, KEPT, 20_000).await.unwrap();
    let newer = book.open_alerts()[0].id.to_string();
    let resolve = Decision::Resolve;
    book.decide(&newer, &resolve, "ann", "", 21_000)
        .await
        .unwrap();
    let reopened = book
        .decide(&older, &Decision::Reopen, "ann", "", 22_000)
        .await;
    assert!(matches!(
        reopened.unwrap_err(),
        Error::Refused(Refusal::Superseded)
    ));
    book.decide(&newer, &Decision::Reopen, "ann", "", 23_000)
        .await
        .unwrap();
    let again = Book::open(db).await.unwrap();
    assert_eq!(again.open_alerts()[0].id.to_string(), newer);
}

#[tokio::test]
async fn who_asks_something_else_keeps_nothing_that_it_says_nothing_of() {
    let mut book = Book::open(database().await).await.unwrap();
    let rule = rule();
    for at_ms in [0, 10_000] {
        let said = answer(&["a", "b"], &[]);
        book.evaluate(&rule, &said, KEPT, at_ms).await.unwrap();
    }
    let anew = Judgement {
        asks_anew: true,
        ..KEPT
    };
    let said = answer(&["b"], &[]);
    book.evaluate(&rule, &said, anew, 20_000).await.unwrap();
    assert_eq!(states(&book.open_alerts()), [("b".into(), "firing")]);
}

#[tokio::test]
async fn many_are_decided_about_at_once() {
    let rule = rule();
    let mut book = Book::open(database().await).await.unwrap();
    for now in [0, 10_000] {
        book.evaluate(&rule, &answer(&["a", "b", "c"], &[]), KEPT, now)
            .await
            .unwrap();
    }
    let mut ids: Vec<_> = book.all_open().map(|it| it.id.to_string()).collect();
    assert_eq!(ids.len(), 3);
    let unknown = "0193a1b2-0000-7000-8000-000000000000".to_owned();
    ids.extend([unknown.clone(), "x".to_owned()]);
    let decided = book
        .decide_all(&ids, &mine(), "ann", "", 11_000)
        .await
        .unwrap();
    let named = |state| ["a", "b", "c"].map(|name| (name.to_owned(), state));
    assert_eq!(states(&decided.changed), named("acknowledged"));
    assert_eq!(states(&book.open_alerts()), named("acknowledged"));
    let refused: Vec<_> = decided.refused.iter().map(|(id, _)| id.clone()).collect();
    assert_eq!(refused, [unknown, "x".to_owned()]);

    // Somebody else has them by now: nothing of it is taken, and each is said.
    let decided = book
        .decide_all(&ids[..2], &mine(), "bob", "", 12_000)
        .await
        .unwrap();
    assert!(decided.changed.is_empty());
    let why: Vec<_> = decided.refused.iter().map(|(_, e)| e.to_string()).collect();
    assert!(why.iter().all(|why| why.contains("ann")), "{why:?}");
}
