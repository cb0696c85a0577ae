//! Checks over the session of the probes. Time is simulated.

use std::time::Duration;

use mcp::{Check, Endpoint, Expect, Level, Observation, Path, Protocol, Reason, Step, Undone};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::fake_process::{Act, Stage};
use crate::script::Script;
use crate::watching::{Watching, config, watch_with};

fn check(tool: &str, canary: bool) -> Check {
    Check {
        name: format!("{tool}-works"),
        tool: tool.to_owned(),
        arguments: mcp::Arguments::default(),
        every: Duration::from_secs(60),
        timeout: Duration::from_secs(10),
        expect: Expect::default(),
        record: None,
        canary,
    }
}

fn run(acts: Vec<Act>, checks: Vec<Check>) -> Watching {
    let (stage, _) = Stage::new(acts);
    watch_with(Endpoint::Stdio(stage), Protocol::Auto, config(), checks)
}

fn says(text: &str) -> Value {
    json!({ "content": [{ "type": "text", "text": text }] })
}

fn is_probe(observation: &Observation) -> bool {
    observation.checks.is_empty()
}

#[tokio::test(start_paused = true)]
async fn a_check_is_made_between_probes_and_told_at_once() {
    for script in [Script::default(), Script::modern()] {
        let script = Script {
            calls: vec![("queue", says("{\"length\": 7}"))],
            call_delay: Duration::from_millis(250),
            ..script
        };
        let check = Check {
            record: Some(Path::parse("$.length").unwrap()),
            ..check("queue", false)
        };
        let mut watching = run(vec![Act::serve(script)], vec![check]);
        assert!(is_probe(&watching.next().await), "the probe comes first");
        let began = Instant::now();
        let told = watching.next().await;
        let [result] = &told.checks[..] else {
            panic!("{told:?}");
        };
        assert_eq!(result.outcome, Ok(()));
        assert_eq!(
            (result.name.as_str(), result.value),
            ("queue-works", Some(7.0))
        );
        assert!((result.duration_seconds - 0.25).abs() < 0.01, "{result:?}");
        assert!(result.bytes > 20, "{result:?}");
        assert_eq!(result.next_at_ms, result.at_ms + 59_750);
        assert_eq!(told.verdict.level, Level::Healthy);
        assert_eq!((told.steps.len(), told.tools), (0, None));
        assert!(told.process.is_some() && told.identity.is_some());
        // Once a minute, two probes in between.
        let mut seen = Vec::new();
        while seen.iter().filter(|is_check| **is_check).count() < 2 {
            seen.push(!is_probe(&watching.next().await));
        }
        assert_eq!(seen.iter().filter(|is_check| !**is_check).count(), 4);
        assert_eq!(began.elapsed().as_secs(), 120);
        watching.end().await;
    }
}

#[tokio::test(start_paused = true)]
async fn others_call_tools_over_the_session_of_a_watch() {
    let refused =
        json!({ "isError": true, "content": [{ "type": "text", "text": "no back end" }] });
    let script = Script {
        calls: vec![("tell", says("told")), ("broken", refused)],
        call_delay: Duration::from_secs(2),
        ..Script::default()
    };
    let mut watching = run(vec![Act::serve(script)], Vec::new());
    let line = watching.line.clone();
    let call = async |tool: &str, seconds: u64| {
        let limit = Duration::from_secs(seconds);
        line.call(tool, serde_json::Map::new(), limit).await
    };
    assert_eq!(call("tell", 5).await, Err(Undone::NotConnected));
    watching.next().await;
    assert_eq!(call("tell", 5).await.as_deref(), Ok("told"));
    let failed = Undone::Failed("no back end".to_owned());
    assert_eq!(call("broken", 5).await, Err(failed));
    assert_eq!(call("tell", 1).await, Err(Undone::Late));
    // Probes go on meanwhile.
    assert!(is_probe(&watching.next().await));
    watching.end().await;
    assert_eq!(call("tell", 5).await, Err(Undone::NotConnected));
}

#[tokio::test(start_paused = true)]
async fn a_canary_that_fails_makes_the_server_unusable_until_it_sings_again() {
    let refused =
        json!({ "isError": true, "content": [{ "type": "text", "text": "no back end" }] });
    let broken = Script {
        calls: vec![("ask", refused)],
        ..Script::default()
    };
    let sound = Script {
        calls: vec![("ask", says("yes"))],
        ..Script::default()
    };
    let leaves = Act::Leave {
        script: broken,
        after: Duration::from_secs(40),
    };
    let mut watching = run(vec![leaves, Act::serve(sound)], vec![check("ask", true)]);
    assert_eq!(watching.next().await.verdict.reason, Reason::Ok);
    let fails = watching.next().await;
    let verdict = &fails.verdict;
    let starting = (Level::Unknown, Reason::Starting);
    assert_eq!((verdict.level, verdict.reason), starting);
    assert!(!verdict.action.is_empty());
    assert_eq!(fails.steps[0].step, Step::Canary);
    // A probe that gets through does not prove the opposite.
    let probed = watching.next().await;
    assert!(is_probe(&probed));
    let verdict = &probed.verdict;
    let unusable = (Level::Unhealthy, Reason::ToolError);
    assert_eq!((verdict.level, verdict.reason), unusable);
    assert_eq!(
        verdict.summary,
        "Canary ask-works: The tool ask answered that it failed; it said “no back end”."
    );
    // The process ends and is started again: the canary is asked at once.
    assert_eq!(watching.next().await.verdict.reason, Reason::SessionLost);
    assert_eq!(watching.next().await.verdict.reason, Reason::Starting);
    let sings = watching.next().await;
    assert_eq!((sings.checks.len(), sings.verdict.reason), (1, Reason::Ok));
    watching.end().await;
}

#[tokio::test(start_paused = true)]
async fn other_checks_say_nothing_of_the_server() {
    let mut watching = run(
        vec![Act::serve(Script::default())],
        vec![check("nowhere", false)],
    );
    watching.next().await;
    let told = watching.next().await;
    assert_eq!(told.verdict.reason, Reason::Ok);
    let failure = told.checks[0].outcome.clone().unwrap_err();
    assert_eq!(failure.reason, Reason::ToolError);
    assert_eq!(
        failure.message,
        "The tool nowhere got an error for an answer: error -32602, “Unknown tool”."
    );
    watching.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_call_that_hangs_does_not_hold_up_the_probes() {
    let script = Script {
        calls: vec![("slow", says("late"))],
        call_delay: Duration::from_secs(3600),
        ..Script::default()
    };
    let slow = Check {
        every: Duration::from_secs(7),
        ..check("slow", false)
    };
    let mut watching = run(vec![Act::serve(script)], vec![slow]);
    let began = Instant::now();
    assert_eq!(watching.next().await.verdict.reason, Reason::Ok);
    let told = watching.next().await;
    let failure = told.checks[0].outcome.clone().unwrap_err();
    assert!(
        failure.message.contains("did not answer within 10.0 s"),
        "{failure:?}"
    );
    // At 10 s and at 20 s it is due again, and over by the next probe at the latest.
    for _ in 0..2 {
        assert!(!is_probe(&watching.next().await));
    }
    assert_eq!(began.elapsed().as_secs(), 30);
    let probe = watching.next().await;
    assert!(is_probe(&probe), "{probe:?}");
    watching.end().await;
}

#[tokio::test(start_paused = true)]
async fn without_a_session_nothing_is_called() {
    let dies = Act::Die {
        stderr: vec![],
        code: 1,
        after: Duration::ZERO,
    };
    let mut watching = run(vec![dies], vec![check("ask", true)]);
    for _ in 0..4 {
        let told = watching.next().await;
        assert!(is_probe(&told));
        assert_eq!(told.verdict.reason, Reason::ExitEarly);
    }
    watching.end().await;
}
