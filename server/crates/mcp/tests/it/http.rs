//! Servers over HTTP: working, restarted, going down, mute.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use mcp::{Era, Level, Reason, Step};

use crate::fake_http::{Request, mcp, plain, start};
use crate::script::{Script, tools};
use crate::watching::http;

#[tokio::test]
async fn one_session_serves_every_probe_and_is_deleted_at_the_end() {
    for (script, era, greeting, sse) in [
        (Script::default(), Era::Legacy, Step::Ping, false),
        (Script::default(), Era::Legacy, Step::Ping, true),
        (Script::modern(), Era::Modern, Step::Discover, false),
        (
            Script {
                legacy: true,
                ..Script::modern()
            },
            Era::Modern,
            Step::Discover,
            true,
        ),
    ] {
        let script = Script {
            tools: tools(250),
            ..script
        };
        let server = start(move |request| mcp(&script, "s1", sse, request)).await;
        let mut watching = http(&server.url, &[("Authorization", "Bearer hunter2")]);
        let first = watching.next().await;
        assert_eq!(first.verdict.level, Level::Healthy, "{:?}", first.verdict);
        let steps: Vec<_> = first.steps.iter().map(|step| step.step).collect();
        assert_eq!(
            steps,
            [
                Step::Transport,
                Step::Authentication,
                Step::Handshake,
                greeting,
                Step::ListTools
            ]
        );
        assert_eq!(first.identity.unwrap().era, era);
        assert_eq!(first.tools.unwrap().len(), 250);
        for _ in 0..2 {
            let next = watching.next().await;
            assert_eq!((next.verdict.level, next.steps.len()), (Level::Healthy, 2));
        }
        watching.end().await;

        let requests = server.requests.lock().unwrap();
        let count = |method: &str| requests.iter().filter(|it| it.method == method).count();
        assert_eq!(count("GET"), 0, "no standing stream");
        assert_eq!(count("DELETE"), usize::from(era == Era::Legacy));
        let signed = |request: &&Request| request.header("authorization") == Some("Bearer hunter2");
        assert_eq!(requests.iter().filter(signed).count(), requests.len());
        let said = |text: &str| requests.iter().filter(|it| it.body.contains(text)).count();
        assert_eq!(said("\"initialize\""), usize::from(era == Era::Legacy));
        assert_eq!(said("\"tools/list\""), 9, "three pages, three times");
    }
}

#[tokio::test]
async fn a_restarted_server_is_seen_and_connected_to_again() {
    // After a restart, the session of before is unknown: 404 by the book, 400 in practice.
    for practice in [false, true] {
        let life = Arc::new(AtomicUsize::new(1));
        let now = Arc::clone(&life);
        let server = start(move |request| {
            let session = format!("life-{}", now.load(Ordering::SeqCst));
            let known = request.header("mcp-session-id");
            if practice && known.is_some_and(|id| id != session) && request.method == "POST" {
                let body = r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"No valid session"}}"#;
                return plain("400 Bad Request", "application/json", body);
            }
            mcp(&Script::default(), &session, true, request)
        })
        .await;
        let mut watching = http(&server.url, &[]);
        let first = watching.next().await;
        assert_eq!((first.verdict.level, first.restarts), (Level::Healthy, 0));
        life.store(2, Ordering::SeqCst);
        let lost = watching.next().await;
        let verdict = &lost.verdict;
        assert_eq!(
            (verdict.level, verdict.reason),
            (Level::Degraded, Reason::SessionLost),
            "{verdict:?}"
        );
        let back = watching.next().await;
        assert_eq!(
            (back.verdict.level, back.restarts),
            (Level::Healthy, 1),
            "{back:?}"
        );
        watching.end().await;
    }
}

#[tokio::test]
async fn a_server_that_goes_down_is_refused_and_its_session_forgotten() {
    let server = start(|request| mcp(&Script::default(), "s1", true, request)).await;
    let mut watching = http(&server.url, &[]);
    assert_eq!(watching.next().await.verdict.level, Level::Healthy);
    drop(server);
    let down = watching.next().await;
    assert_eq!(down.verdict.reason, Reason::Refused, "{:?}", down.verdict);
    assert_eq!((down.steps[0].step, down.identity), (Step::Ping, None));
    let still = watching.next().await;
    assert_eq!(
        (still.verdict.reason, still.steps[0].step),
        (Reason::Refused, Step::Transport)
    );
    watching.end().await;
}

#[tokio::test]
async fn trouble_of_a_gateway_does_not_end_the_session() {
    let calls = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&calls);
    let server = start(move |request| {
        let trouble =
            request.body.contains("\"ping\"") && count.fetch_add(1, Ordering::SeqCst) == 1;
        if trouble {
            return plain("502 Bad Gateway", "text/html", "<p>");
        }
        mcp(&Script::default(), "s1", false, request)
    })
    .await;
    let mut watching = http(&server.url, &[]);
    assert_eq!(watching.next().await.verdict.level, Level::Healthy);
    assert_eq!(watching.next().await.verdict.reason, Reason::Http5xx);
    let back = watching.next().await;
    assert_eq!((back.verdict.level, back.restarts), (Level::Healthy, 0));
    assert_eq!(back.steps[0].step, Step::Ping, "no new handshake");
    watching.end().await;
}

#[tokio::test]
async fn a_mute_server_does_not_hold_up_anything() {
    let server = start(|request| {
        let mute = Script {
            mute: vec!["tools/list"],
            ..Script::default()
        };
        mcp(&mute, "s1", false, request)
    })
    .await;
    let mut watching = http(&server.url, &[]);
    let began = std::time::Instant::now();
    let first = watching.next().await;
    assert_eq!(
        (first.verdict.level, first.verdict.reason),
        (Level::Unhealthy, Reason::Timeout)
    );
    watching.end().await;
    assert!(
        began.elapsed() < Duration::from_secs(3),
        "{:?}",
        began.elapsed()
    );
}
