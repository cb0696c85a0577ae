//! Servers over standard input and output that fail, and how they are started again. Time is
//! simulated.

use std::time::Duration;

use mcp::{Endpoint, Era, Level, Protocol, Reason, Step};
use model::LaunchError;

use crate::fake_process::{Act, Stage};
use crate::script::Script;
use crate::watching::{config, stdio, watch};

#[tokio::test(start_paused = true)]
async fn verdicts_of_servers_that_do_not_get_through() {
    let program = || "npxx".to_owned();
    let die = |stderr, code| Act::Die {
        stderr,
        code,
        after: Duration::from_millis(300),
    };
    let noisy = |first| Act::Serve {
        first,
        wait: Duration::from_secs(3600),
        script: Script::default(),
    };
    let rejecting = Script {
        errors: vec![("initialize", -32603)],
        ..Script::default()
    };
    let table = [
        (
            Act::Fail(LaunchError::NotFound { program: program() }),
            Reason::SpawnEnoent,
            "npxx",
        ),
        (
            Act::Fail(LaunchError::NotExecutable { program: program() }),
            Reason::SpawnEacces,
            "npxx",
        ),
        (
            Act::Fail(LaunchError::Directory {
                directory: "/x".to_owned(),
            }),
            Reason::SpawnFailed,
            "/x",
        ),
        (
            die(
                vec!["Traceback:", "AttributeError: no 'x'\u{1b}[0m\u{7}", ""],
                1,
            ),
            Reason::ExitEarly,
            "(exit code 1) before the handshake was through; it said: “AttributeError: no 'x'”.",
        ),
        (
            die(vec![], 0),
            Reason::ExitEarly,
            "(exit code 0) before the handshake was through.",
        ),
        (Act::Mute, Reason::HandshakeTimeout, "within 30.0 s"),
        (
            noisy("Please log in:\n"),
            Reason::StdoutNoise,
            "“Please log in:”",
        ),
        (noisy("{\"a\":1}\n"), Reason::InvalidFrame, "“{\"a\":1}”"),
        (
            Act::serve(rejecting),
            Reason::JsonrpcError,
            "error -32603, “it went wrong”",
        ),
        (
            Act::Leave {
                script: Script {
                    mute: vec!["initialize"],
                    ..Script::default()
                },
                after: Duration::from_secs(1),
            },
            Reason::ExitEarly,
            "signal 9",
        ),
    ];
    for (row, (act, reason, words)) in table.into_iter().enumerate() {
        let (stage, _) = Stage::new(vec![act]);
        let mut watching = stdio(stage);
        let first = watching.next().await;
        assert_eq!(
            first.verdict.reason, reason,
            "row {row}: {:?}",
            first.verdict
        );
        assert_eq!(first.verdict.level, Level::Unhealthy, "row {row}");
        assert!(
            first.verdict.summary.contains(words),
            "row {row}: {:?}",
            first.verdict
        );
        assert!(!first.verdict.action.is_empty(), "row {row}");
        assert_eq!(
            (first.process, first.tools, first.identity),
            (None, None, None)
        );
        watching.end().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_dies_at_the_start_never_runs_hot() {
    let act = Act::Die {
        stderr: vec![],
        code: 1,
        after: Duration::ZERO,
    };
    let (stage, diary) = Stage::new(vec![act]);
    let mut watching = stdio(stage);
    for restarts in 0..7 {
        let observation = watching.next().await;
        assert_eq!(observation.verdict.reason, Reason::ExitEarly);
        assert_eq!(observation.restarts, restarts);
    }
    let times = diary.lock().unwrap().times.clone();
    let gaps: Vec<_> = times
        .windows(2)
        .map(|pair| (pair[1] - pair[0]).as_secs())
        .collect();
    // Between two starts lies also the time for ending what is left of the first.
    let waits = [1, 2, 4, 8, 16, 16];
    assert!(
        gaps.iter()
            .zip(waits)
            .all(|(gap, wait)| (wait..wait + 5).contains(gap)),
        "{gaps:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn what_a_person_has_to_mend_is_tried_at_the_usual_pace() {
    let act = Act::Fail(LaunchError::NotFound {
        program: "x".to_owned(),
    });
    let (stage, diary) = Stage::new(vec![act]);
    let mut watching = stdio(stage);
    for _ in 0..3 {
        watching.next().await;
    }
    let times = diary.lock().unwrap().times.clone();
    assert_eq!((times[2] - times[0]).as_secs(), 60);
}

#[tokio::test(start_paused = true)]
async fn a_process_that_ends_is_reported_at_once_and_started_again() {
    let leave = Act::Leave {
        script: Script::default(),
        after: Duration::from_secs(40),
    };
    let (stage, diary) = Stage::new(vec![leave, Act::serve(Script::default())]);
    let mut watching = stdio(stage);
    let began = tokio::time::Instant::now();
    assert_eq!(watching.next().await.verdict.reason, Reason::Ok);
    assert_eq!(watching.next().await.verdict.reason, Reason::Ok);

    let lost = watching.next().await;
    assert_eq!(began.elapsed().as_secs(), 40);
    assert_eq!(
        (lost.verdict.level, lost.verdict.reason),
        (Level::Unhealthy, Reason::SessionLost)
    );
    assert!(
        lost.verdict.summary.contains("signal 9"),
        "{:?}",
        lost.verdict
    );
    assert_eq!((lost.process, lost.restarts), (None, 0));
    assert_eq!(lost.next_probe_at_ms, 1_001_000);

    let back = watching.next().await;
    assert_eq!((back.verdict.level, back.restarts), (Level::Healthy, 1));
    assert_eq!(back.process.unwrap().pid, 1002);
    let steps: Vec<_> = back.steps.iter().map(|step| step.step).collect();
    // The era is known from the first process, so this one is not asked for it.
    assert_eq!(
        steps,
        [Step::Process, Step::Handshake, Step::Ping, Step::ListTools]
    );
    let diary = diary.lock().unwrap();
    let asked = |message: &&serde_json::Value| message["method"] == "server/discover";
    assert_eq!(diary.messages.iter().filter(asked).count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_mute_to_the_question_for_its_era_is_taken_for_an_old_one() {
    let script = Script {
        mute: vec!["server/discover"],
        ..Script::default()
    };
    let (stage, diary) = Stage::new(vec![Act::serve(script)]);
    let mut watching = stdio(stage);
    assert_eq!(
        watching.next().await.verdict.reason,
        Reason::HandshakeTimeout
    );
    let second = watching.next().await;
    assert_eq!(second.verdict.level, Level::Healthy, "{second:?}");
    assert_eq!(second.identity.unwrap().era, Era::Legacy);
    assert_eq!(watching.next().await.verdict.level, Level::Healthy);
    assert_eq!(
        diary.lock().unwrap().launches,
        2,
        "each era has a process of its own"
    );
}

#[tokio::test(start_paused = true)]
async fn the_wrong_era_is_named() {
    let table = [
        (Script::default(), Protocol::Modern, "legacy"),
        (
            Script {
                errors: vec![("initialize", -32022)],
                ..Script::modern()
            },
            Protocol::Legacy,
            "modern",
        ),
    ];
    for (script, protocol, advice) in table {
        let (stage, _) = Stage::new(vec![Act::serve(script)]);
        let mut watching = watch(Endpoint::Stdio(stage), protocol, config());
        let verdict = watching.next().await.verdict;
        assert_eq!(
            (verdict.level, verdict.reason),
            (Level::Unhealthy, Reason::EraMismatch)
        );
        assert!(verdict.action.contains(advice), "{verdict:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_process_that_hangs_is_replaced_after_three_probes() {
    let hanging = Script {
        mute: vec!["ping"],
        ..Script::default()
    };
    let (stage, diary) = Stage::new(vec![Act::serve(hanging), Act::serve(Script::default())]);
    let mut watching = stdio(stage);
    for reason in [Reason::Starting, Reason::Timeout, Reason::Timeout] {
        assert_eq!(watching.next().await.verdict.reason, reason);
    }
    let next = watching.next().await;
    assert_eq!((next.verdict.level, next.restarts), (Level::Healthy, 1));
    assert_eq!(diary.lock().unwrap().stopped, 1);
}

#[tokio::test(start_paused = true)]
async fn stopping_in_the_middle_of_a_handshake_does_not_wait_for_it() {
    let (stage, _) = Stage::new(vec![Act::Mute]);
    let watching = stdio(stage);
    tokio::time::sleep(Duration::from_secs(1)).await;
    let began = tokio::time::Instant::now();
    watching.end().await;
    assert_eq!(began.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn what_a_process_was_given_of_secrets_is_not_quoted() {
    let failing = |method| Script {
        errors: vec![(method, -32603)],
        ..Script::default()
    };
    let noisy = |first| Act::Serve {
        first,
        wait: Duration::from_secs(3600),
        script: Script::default(),
    };
    let dying = Act::Die {
        stderr: vec!["it went wrong"],
        code: 1,
        after: Duration::ZERO,
    };
    for act in [
        Act::serve(failing("initialize")),
        Act::serve(failing("ping")),
        Act::serve(failing("tools/list")),
        noisy("it went wrong\n"),
        noisy("[\"it went wrong\"]\n"),
        dying,
    ] {
        let (stage, _) = Stage::discreet(vec![act], &["it went wrong"]);
        let mut watching = stdio(stage);
        let observation = watching.next().await;
        watching.end().await;
        let summary = &observation.verdict.summary;
        assert!(summary.contains("***REDACTED***"), "{summary}");
        assert!(
            !format!("{observation:?}").contains("it went wrong"),
            "{observation:?}"
        );
    }
}
