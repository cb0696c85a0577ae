//! Lives of alerts as scripts.

use super::*;
use crate::rule::one_rule;

fn rule() -> Rule {
    one_rule("{ alert: Down, expr: up == 0, for: 10s }")
}

fn told(server: &str) -> Told {
    let series = Labels::new().with("server", server);
    Told {
        labels: series.clone().with("alertname", "Down"),
        series,
        annotations: BTreeMap::new(),
        value: 0.0,
    }
}

/// Plays a script of `second:step` words and returns the states after each.
fn play(script: &str) -> String {
    play_by(&rule(), script)
}

/// `ack`, `ack-bob`, `ack-ann-20` (until second 20), `assign-bob`, `comment`, `resolve`, `reopen`.
fn by_somebody(alert: &Alert, step: &str, now: i64) -> Result<Alert, Refusal> {
    let mut parts = step.split('-');
    let decision = parts.next().unwrap();
    let who = parts.next().unwrap_or_default().to_owned();
    let (actor, comment, decision) = match decision {
        "ack" => {
            let until_ms = parts.next().map(|at| at.parse::<i64>().unwrap() * 1000);
            let actor = if who.is_empty() { "ann" } else { &who };
            let owner = String::new();
            (actor, "mine", Decision::Acknowledge { owner, until_ms })
        }
        "assign" => {
            let owner = who.clone();
            ("cyd", "", Decision::Assign { owner })
        }
        "comment" => ("dan", "look", Decision::Comment),
        "silent" => ("dan", "", Decision::Comment),
        "resolve" => ("bob", "done", Decision::Resolve),
        "reopen" => ("cyd", "no", Decision::Reopen),
        other => panic!("{other}"),
    };
    alert.decided(&decision, actor, comment, now)
}

fn play_by(rule: &Rule, script: &str) -> String {
    let told = told("fs");
    let mut alert: Option<Alert> = None;
    let mut states = Vec::new();
    for word in script.split_whitespace() {
        let (at, step) = word.split_once(':').unwrap();
        let now: i64 = at.parse::<i64>().unwrap() * 1000;
        let outcome = match (step, &alert) {
            ("holds", None) => Ok(Alert::begin(rule, &told, now)),
            ("holds", Some(a)) => {
                let next = a.held(rule, &told, now);
                assert_eq!(a.is_news(rule, &told, now), next != *a, "{script}");
                // What is said otherwise is news of any alert.
                let other = Told {
                    value: told.value + 1.0,
                    ..told.clone()
                };
                assert!(next.is_news(rule, &other, now), "{script}");
                Ok(next)
            }
            ("clear", Some(a)) => Ok(a.over(rule, "gone", now)),
            ("pass", Some(a)) => Ok(a.passed(now)),
            (step, Some(a)) => by_somebody(a, step, now),
            _ => panic!("{word}"),
        };
        match outcome {
            Ok(next) => {
                states.push(format!("{:?}", next.state).to_lowercase());
                alert = Some(next);
            }
            Err(refusal) => {
                let word: String = format!("{refusal:?}");
                let word = word.split('(').next().unwrap_or_default();
                states.push(format!("refused:{word}").to_lowercase());
            }
        }
    }
    states.join(" ")
}

#[test]
fn lives() {
    for (script, expected) in [
        ("0:holds 9:holds 10:holds", "pending pending firing"),
        ("0:holds 5:clear", "pending resolved"),
        (
            "0:holds 10:holds 11:ack 12:holds 13:clear",
            "pending firing acknowledged acknowledged resolved",
        ),
        ("0:holds 1:ack", "pending refused:pending"),
        (
            "0:holds 10:holds 11:resolve 12:holds",
            "pending firing resolved resolved",
        ),
        (
            "0:holds 10:holds 11:resolve 12:ack",
            "pending firing resolved refused:resolved",
        ),
        ("0:holds 10:holds 11:reopen", "pending firing refused:open"),
        (
            "0:holds 10:holds 11:resolve 12:reopen 13:holds 14:clear",
            "pending firing resolved firing firing resolved",
        ),
        (
            "0:holds 10:holds 11:ack 12:resolve 13:reopen",
            "pending firing acknowledged resolved acknowledged",
        ),
        // Reopened after the condition cleared: stays until a person or the condition ends it.
        (
            "0:holds 10:holds 11:clear 12:reopen 13:clear 14:resolve",
            "pending firing resolved firing firing resolved",
        ),
        (
            "0:holds 10:holds 11:clear 12:reopen 13:holds 14:clear",
            "pending firing resolved firing firing resolved",
        ),
    ] {
        assert_eq!(play(script), expected, "{script}");
    }
}

#[test]
fn what_fires_may_fire_on() {
    let rule = one_rule("{ alert: Down, expr: up == 0, for: 10s, keep_firing_for: 20s }");
    for (script, expected) in [
        ("0:holds 5:clear", "pending resolved"),
        (
            "0:holds 10:holds 11:clear 30:clear 31:clear",
            "pending firing firing firing resolved",
        ),
        (
            "0:holds 10:holds 11:clear 30:holds 31:clear 50:clear 51:clear",
            "pending firing firing firing firing firing resolved",
        ),
        (
            "0:holds 10:holds 11:ack 12:clear 32:clear",
            "pending firing acknowledged acknowledged resolved",
        ),
        (
            "0:holds 10:holds 11:resolve 12:clear 13:holds",
            "pending firing resolved resolved resolved",
        ),
    ] {
        assert_eq!(play_by(&rule, script), expected, "{script}");
    }
}

#[test]
fn the_clock_stands_still_while_nobody_looks() {
    let rule = rule();
    let alert = Alert::begin(&rule, &told("fs"), 0).held(&rule, &told("fs"), 6_000);
    let later = alert.resumed(100_000);
    let states = [103_999, 110_000].map(|now| later.held(&rule, &told("fs"), now).state);
    assert_eq!(states, [State::Pending, State::Firing]);
    assert_eq!(alert.held(&rule, &told("fs"), 103_999).state, State::Firing);
}

#[test]
fn reopening_does_not_take_an_alert() {
    let rule = rule();
    let mut alert = Alert::begin(&rule, &told("fs"), 0).held(&rule, &told("fs"), 10_000);
    for (at, step) in [(11, "ack"), (12, "resolve"), (13, "reopen")] {
        alert = by_somebody(&alert, step, at * 1000).unwrap();
    }
    assert_eq!(alert.acknowledgement().unwrap().actor, "ann");
}

#[test]
fn who_has_it_and_until_when() {
    for (script, expected) in [
        // An acknowledgement that ends by itself.
        (
            "0:holds 10:holds 11:ack-ann-20 19:pass 20:pass 21:ack-bob",
            "pending firing acknowledged acknowledged firing acknowledged",
        ),
        // Without a time it stays.
        (
            "0:holds 10:holds 11:ack 99:pass",
            "pending firing acknowledged acknowledged",
        ),
        // Who has it may say another time; who comes second is told.
        (
            "0:holds 10:holds 11:ack-ann-20 12:ack-ann-40 13:ack-bob 30:pass 40:pass",
            "pending firing acknowledged acknowledged refused:taken acknowledged firing",
        ),
        // Whom it was given to may take it.
        (
            "0:holds 10:holds 11:ack-ann 12:assign-bob 13:ack-bob-20 20:pass",
            "pending firing acknowledged acknowledged acknowledged firing",
        ),
        (
            "0:holds 10:holds 11:ack-ann-11",
            "pending firing refused:past",
        ),
        // To assign is not to take, and can be done before it fires.
        ("0:holds 1:assign-bob 10:holds", "pending pending firing"),
        (
            "0:holds 10:holds 11:resolve 12:assign-bob 13:comment 14:silent",
            "pending firing resolved refused:resolved resolved refused:empty",
        ),
        // Reopened after the time of the acknowledgement: the clock says so at once.
        (
            "0:holds 10:holds 11:ack-ann-20 12:resolve 30:reopen 30:pass",
            "pending firing acknowledged resolved acknowledged firing",
        ),
        // One that has lapsed is nobody's when it is reopened.
        (
            "0:holds 10:holds 11:ack-ann-20 20:pass 21:resolve 22:reopen",
            "pending firing acknowledged firing resolved firing",
        ),
    ] {
        assert_eq!(play(script), expected, "{script}");
    }
}

#[test]
fn what_a_person_says_is_kept() {
    let rule = rule();
    let mut alert = Alert::begin(&rule, &told("fs"), 0).held(&rule, &told("fs"), 10_000);
    for (at, step) in [(11, "ack-ann-20"), (12, "comment"), (13, "assign-bob")] {
        alert = by_somebody(&alert, step, at * 1000).unwrap();
    }
    alert = alert.passed(20_000);
    let steps: Vec<_> = alert
        .changes
        .iter()
        .map(|it| (it.what.as_str(), it.owner.as_str(), it.until_ms))
        .collect();
    assert_eq!(
        steps,
        [
            ("pending", "", None),
            ("firing", "", None),
            ("acknowledged", "ann", Some(20_000)),
            ("commented", "ann", Some(20_000)),
            ("assigned", "bob", Some(20_000)),
            ("lapsed", "bob", None),
        ]
    );
    assert_eq!(
        (
            alert.owner.as_str(),
            alert.until_ms,
            alert.acknowledgement()
        ),
        ("bob", None, None)
    );
}

#[test]
fn steps_have_a_bound() {
    let rule = rule();
    let mut alert = Alert::begin(&rule, &told("fs"), 0).held(&rule, &told("fs"), 10_000);
    let refused = loop {
        match by_somebody(&alert, "comment", 11_000) {
            Ok(next) => alert = next,
            Err(refusal) => break refusal,
        }
    };
    assert_eq!((refused, alert.changes.len()), (Refusal::Full, 2000));
    // What is over can still be said to be over.
    assert_eq!(
        by_somebody(&alert, "resolve", 12_000).unwrap().state,
        State::Resolved
    );
}
