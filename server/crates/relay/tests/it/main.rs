//! A relay between a scripted child, a host and clients: what each of them is told.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod child;

use std::sync::Arc;
use std::time::Duration;

use relay::{Answers, Era, Limits, Message, Refused, Relay};
use serde_json::{Value, json};

use child::{Child, Host, start};

const ME: &str = "me";

fn message(value: &Value) -> Message {
    Message::read(&value.to_string()).unwrap()
}

fn request(id: &Value, method: &str, params: &Value) -> Message {
    message(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }))
}

fn initialize(version: &str) -> Message {
    let params = json!({ "protocolVersion": version, "capabilities": {}, "clientInfo": { "name": "c", "version": "1" } });
    request(&json!(1), "initialize", &params)
}

fn relay(limits: Limits) -> Arc<Relay> {
    Arc::new(Relay::new(limits))
}

/// A child of the older era whose handshake is through.
async fn legacy(relay: &Arc<Relay>) -> (Child, Host) {
    let (mut child, mut host) = start(relay).await;
    host.say(&json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {} }))
        .await;
    child.hears("initialize").await;
    child
        .say(&json!({ "jsonrpc": "2.0", "id": 0, "result": {
            "protocolVersion": "2025-11-25", "capabilities": { "tools": { "listChanged": true } },
            "serverInfo": { "name": "s", "version": "1" },
        } }))
        .await;
    assert_eq!(host.hears().await["id"], 0);
    assert_eq!(relay.era(), Err(Refused::NotRunning), "not yet");
    host.say(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }))
        .await;
    child.hears("notifications/initialized").await;
    assert_eq!(relay.era(), Ok(Era::Legacy));
    (child, host)
}

/// A child of the newer era that has been discovered.
async fn modern(relay: &Arc<Relay>) -> (Child, Host) {
    let (mut child, mut host) = start(relay).await;
    host.say(&json!({ "jsonrpc": "2.0", "id": "era", "method": "server/discover" }))
        .await;
    child.hears("server/discover").await;
    child
        .say(&json!({ "jsonrpc": "2.0", "id": "era", "result": {
            "supportedVersions": ["2026-07-28"],
            "capabilities": { "resources": { "subscribe": true }, "logging": {} },
        } }))
        .await;
    host.hears().await;
    assert_eq!(relay.era(), Ok(Era::Modern));
    (child, host)
}

async fn said(answers: &mut Answers) -> Value {
    let next = tokio::time::timeout(Duration::from_secs(5), answers.next());
    serde_json::from_str(&next.await.unwrap().unwrap().text).unwrap()
}

#[tokio::test]
async fn the_host_notices_nothing() {
    let relay = relay(Limits::default());
    let (mut child, mut host) = legacy(&relay).await;
    let (session, _) = relay.initialize(ME, &initialize("2025-11-25")).unwrap();
    // The same id, twice.
    host.say(&json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" }))
        .await;
    assert_eq!(child.hears("ping").await["id"], 1);
    let ping = request(&json!(1), "ping", &json!({}));
    let mut answers = relay.ask(ME, Some(&session), ping).await.unwrap();
    let asked = child.hears("ping").await;
    assert_ne!(asked["id"], 1);
    child.say_text("this is no message").await;
    child
        .say(&json!({ "jsonrpc": "2.0", "id": asked["id"], "result": { "for": "client" } }))
        .await;
    child
        .say(&json!({ "jsonrpc": "2.0", "id": 1, "result": { "for": "host" } }))
        .await;
    assert_eq!(said(&mut answers).await["result"]["for"], "client");
    assert!(answers.next().await.is_none());
    assert_eq!(host.hears_text().await, "this is no message");
    assert_eq!(host.hears().await["result"]["for"], "host");
    // What is for nobody is not for the host.
    child
        .say(&json!({ "jsonrpc": "2.0", "id": asked["id"], "result": {} }))
        .await;
    child
        .say(&json!({ "jsonrpc": "2.0", "id": "p", "method": "ping" }))
        .await;
    assert_eq!(host.hears().await["id"], "p");
}

#[tokio::test]
async fn a_child_ends_with_its_host_and_a_host_with_its_child() {
    let relay = relay(Limits::default());
    let (mut child, host) = legacy(&relay).await;
    let (session, _) = relay.initialize(ME, &initialize("2025-11-25")).unwrap();
    let call = request(&json!("a"), "tools/call", &json!({}));
    let mut answers = relay.ask(ME, Some(&session), call).await.unwrap();
    child.hears("tools/call").await;
    drop(host);
    assert!(child.input_ends().await, "its standard input closes");
    let answer = said(&mut answers).await;
    assert_eq!(
        (&answer["id"], &answer["error"]["code"]),
        (&json!("a"), &json!(-32000))
    );
    assert_eq!(relay.numbers().sessions, 0);
    assert_eq!(relay.era(), Err(Refused::NotRunning));

    let (child, mut host) = legacy(&relay).await;
    let error = relay.listen(ME, &session).unwrap_err();
    assert_eq!(error, Refused::NoSession, "of another child");
    drop(child);
    assert!(host.output_ends().await);
    assert_eq!(relay.era(), Err(Refused::NotRunning));
}

#[tokio::test]
async fn subscriptions_of_the_newer_era_are_told_by_their_ids() {
    let relay = relay(Limits::default());
    let (mut child, _host) = modern(&relay).await;
    let params = json!({ "_meta": { "io.modelcontextprotocol/protocolVersion": "2026-07-28" } });
    let mut streams = Vec::new();
    let mut numbers = Vec::new();
    for _ in 0..2 {
        // The same id of two clients.
        let listen = request(&json!("s"), "subscriptions/listen", &params);
        streams.push(relay.ask(ME, None, listen).await.unwrap());
        numbers.push(child.hears("subscriptions/listen").await["id"].clone());
    }
    let about = |number: &Value| json!({ "io.modelcontextprotocol/subscriptionId": number });
    let notice = |number: &Value, uri: &str| {
        json!({ "jsonrpc": "2.0", "method": "notifications/resources/updated",
            "params": { "uri": uri, "_meta": about(number) } })
    };
    child.say(&notice(&numbers[1], "b")).await;
    child.say(&notice(&numbers[0], "a")).await;
    for (stream, uri) in streams.iter_mut().zip(["a", "b"]) {
        let heard = said(stream).await;
        assert_eq!(heard["params"]["uri"], uri);
        assert_eq!(heard["params"]["_meta"], about(&json!("s")));
    }
    // The server ends one, the client the other.
    child
        .say(&json!({ "jsonrpc": "2.0", "id": numbers[0], "result": { "_meta": about(&numbers[0]) } }))
        .await;
    assert_eq!(
        said(&mut streams[0]).await["result"]["_meta"],
        about(&json!("s"))
    );
    drop(streams.pop());
    let cancelled = child.hears("notifications/cancelled").await;
    assert_eq!(cancelled["params"]["requestId"], numbers[1]);
}

#[tokio::test]
async fn an_older_client_speaks_with_a_newer_child() {
    let relay = relay(Limits::default());
    let (mut child, _host) = modern(&relay).await;
    let (session, text) = relay.initialize(ME, &initialize("2025-06-18")).unwrap();
    let hello: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(hello["result"]["protocolVersion"], "2025-06-18");
    assert_eq!(hello["result"]["capabilities"]["resources"], json!({}));
    let session = Some(session.as_str());
    for (method, params) in [
        ("ping", json!({})),
        ("logging/setLevel", json!({ "level": "error" })),
    ] {
        let mut known = relay
            .ask(ME, session, request(&json!(2), method, &params))
            .await
            .unwrap();
        assert_eq!(said(&mut known).await["result"], json!({}), "{method}");
    }
    let call = request(
        &json!(3),
        "tools/call",
        &json!({ "name": "t", "_meta": { "progressToken": 9 } }),
    );
    let mut answers = relay.ask(ME, session, call).await.unwrap();
    let asked = child.hears("tools/call").await;
    let about = &asked["params"]["_meta"];
    assert_eq!(
        about["io.modelcontextprotocol/protocolVersion"],
        "2026-07-28"
    );
    assert_eq!(about["io.modelcontextprotocol/clientInfo"]["name"], "c");
    assert_eq!(about["io.modelcontextprotocol/logLevel"], "error");
    assert_eq!(about["progressToken"], asked["id"]);
    child
        .say(
            &json!({ "jsonrpc": "2.0", "method": "notifications/progress",
            "params": { "progressToken": asked["id"], "progress": 1 } }),
        )
        .await;
    assert_eq!(said(&mut answers).await["params"]["progressToken"], 9);
    child
        .say(&json!({ "jsonrpc": "2.0", "id": asked["id"], "result": { "resultType": "input_required" } }))
        .await;
    let answer = said(&mut answers).await;
    assert!(
        answer["error"]["message"]
            .as_str()
            .unwrap()
            .contains("asks for input"),
        "{answer}"
    );
    assert_eq!(relay.numbers().failed, 1);
}

#[tokio::test]
async fn who_does_not_read_holds_nobody_up() {
    let relay = relay(Limits::default());
    let (mut child, _host) = legacy(&relay).await;
    let (session, _) = relay.initialize(ME, &initialize("2025-11-25")).unwrap();
    let (other, _) = relay.initialize(ME, &initialize("2025-11-25")).unwrap();
    let params = json!({ "_meta": { "progressToken": "t" } });
    let mut slow = relay
        .ask(
            ME,
            Some(&session),
            request(&json!(1), "tools/call", &params),
        )
        .await
        .unwrap();
    let asked = child.hears("tools/call").await["id"].clone();
    for step in 0..1000 {
        child
            .say(
                &json!({ "jsonrpc": "2.0", "method": "notifications/progress",
                "params": { "progressToken": asked, "progress": step } }),
            )
            .await;
        child
            .say(&json!({ "jsonrpc": "2.0", "method": "notifications/tools/list_changed" }))
            .await;
    }
    let mut quick = relay
        .ask(ME, Some(&other), request(&json!(1), "ping", &json!({})))
        .await
        .unwrap();
    for id in [child.hears("ping").await["id"].clone(), asked] {
        child
            .say(&json!({ "jsonrpc": "2.0", "id": id, "result": {} }))
            .await;
    }
    assert_eq!(said(&mut quick).await["result"], json!({}));
    let mut steps = 0;
    while said(&mut slow).await.get("result").is_none() {
        steps += 1;
    }
    assert_eq!(
        steps, 64,
        "the answer comes, whatever was left out before it"
    );
}

#[tokio::test(start_paused = true)]
async fn sessions_that_were_left_end() {
    let relay = relay(Limits {
        sessions: 2,
        requests_of_one: 1,
        idle: Duration::from_secs(60),
        ..Limits::default()
    });
    let (mut child, _host) = legacy(&relay).await;
    let begin = || relay.initialize(ME, &initialize("2025-11-25"));
    let (waits, listens) = (begin().unwrap().0, begin().unwrap().0);
    assert_eq!(begin().unwrap_err(), Refused::TooManySessions(2));
    let call = |id: i32| request(&json!(id), "tools/call", &json!({}));
    let answers = relay.ask(ME, Some(&waits), call(1)).await.unwrap();
    let number = child.hears("tools/call").await["id"].clone();
    let refused = relay.ask(ME, Some(&waits), call(2)).await.unwrap_err();
    assert_eq!(refused, Refused::TooManyRequests(1));
    let refused = relay.ask("other", Some(&waits), call(2)).await.unwrap_err();
    assert_eq!(refused, Refused::NoSession);
    let listener = relay.listen(ME, &listens).unwrap();
    tokio::time::advance(Duration::from_secs(90)).await;
    assert_eq!(relay.numbers().sessions, 2, "both are in use");
    // Who loses the connection in a session may still want what was asked for.
    drop(answers);
    assert_eq!(relay.numbers().open, 1);
    child
        .say(&json!({ "jsonrpc": "2.0", "id": number, "result": {} }))
        .await;
    drop(listener);
    while relay.numbers().open > 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(relay.numbers().sessions, 1, "the other was used just now");
    tokio::time::advance(Duration::from_secs(61)).await;
    assert_eq!(relay.numbers().sessions, 0);
}
