//! Streams of frames, and what is told of them.

mod lists;
mod said;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};

use super::*;

const C: Side = Side::Client;
const S: Side = Side::Server;

fn session() -> Session {
    Session::new("s", RandomState::new(), 0)
}

fn place(from: Side) -> Place {
    Place {
        from,
        exchange: 0,
        is_alone: false,
    }
}

/// What is told of frames that pass by a millisecond apart.
fn told(session: &mut Session, frames: &[(Side, &str)]) -> Vec<Record> {
    let mut out = Vec::new();
    for (at, (from, frame)) in frames.iter().enumerate() {
        let at_us = at as i64 * 1_000;
        session.frame(place(*from), at_us, frame.as_bytes(), &mut out);
    }
    out
}

/// Calls as `method tool client outcome code`, with marks.
fn calls(records: &[Record]) -> Vec<String> {
    let calls = records.iter().filter_map(|record| match record {
        Record::Call(call) => Some(call),
        _ => None,
    });
    let line = |call: &Call| {
        let mut line = format!("{} {:?}", call.method, call.outcome);
        if let Some(tool) = &call.tool {
            line.push_str(&format!(" tool={tool}"));
        }
        if let Some(client) = &call.client {
            line.push_str(&format!(" client={client}"));
        }
        if let Some(code) = call.code {
            line.push_str(&format!(" code={code}"));
        }
        if call.from == S {
            line.push_str(" of the server");
        }
        for (is, word) in [
            (call.is_empty, " empty"),
            (call.is_unadvertised, " unadvertised"),
        ] {
            line.push_str(if is { word } else { "" });
        }
        line
    };
    calls.map(line).collect()
}

fn counts(records: &[Record]) -> Vec<(Side, &'static str, Option<&str>, u64)> {
    let counts = records.iter().filter_map(|record| match record {
        Record::Count(it) => Some((it.from, it.what.as_str(), it.method.as_deref(), it.count)),
        _ => None,
    });
    counts.collect()
}

/// How many calls are open and how many hang, as told last.
fn standing(records: &[Record]) -> (u64, u64) {
    let pulse = records.iter().rev().find_map(|it| match it {
        Record::Pulse(pulse) => Some((pulse.in_flight, pulse.hung)),
        _ => None,
    });
    pulse.unwrap()
}

const HELLO: [(Side, &str); 3] = [
    (
        C,
        r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"me","version":"1"}}}"#,
    ),
    (
        S,
        r#"{"result":{"protocolVersion":"2025-06-18","serverInfo":{"name":"x"}},"jsonrpc":"2.0","id":0}"#,
    ),
    (
        C,
        r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
    ),
];

#[test]
fn a_session_with_a_handshake() {
    let mut one = session();
    let mut frames = HELLO.to_vec();
    frames.extend([
        (C, r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#),
        (S, r#"{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"echo","inputSchema":{}}],"nextCursor":"2"}}"#),
        (C, r#"{"jsonrpc":"2.0","id":2,"method":"tools/list","params":{"cursor":"2"}}"#),
        (S, r#"{"jsonrpc":"2.0","id":2,"result":{"tools":[{"name":"add"}]}}"#),
        (C, r#"{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"echo","arguments":{"name":"secret"}}}"#),
        (C, r#"{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"gone"}}"#),
        // The same id, asked by the server.
        (S, r#"{"jsonrpc":"2.0","id":3,"method":"sampling/createMessage","params":{}}"#),
        (S, r#"{"jsonrpc":"2.0","id":4,"error":{"code":-32602,"message":"unknown"}}"#),
        (C, r#"{"jsonrpc":"2.0","id":3,"error":{"code":-1,"message":"no"}}"#),
        (S, r#"{"jsonrpc":"2.0","id":3,"result":{"content":[{"type":"text","text":"hush"}],"isError":true}}"#),
    ]);
    let out = told(&mut one, &frames);
    assert_eq!(
        calls(&out),
        [
            "initialize Ok client=me",
            "tools/list Ok client=me",
            "tools/list Ok client=me",
            "tools/call JsonrpcError tool=gone client=me code=-32602 unadvertised",
            "sampling/createMessage JsonrpcError client=me code=-1 of the server",
            "tools/call ToolError tool=echo client=me",
        ]
    );
    let Some(Record::Call(last)) = out.last() else {
        panic!("{out:?}");
    };
    assert_eq!(last.protocol.as_deref(), Some("2025-06-18"), "as agreed");
    assert_eq!((last.at_ms, last.duration_seconds), (7, 0.005));
    assert_eq!(last.request_bytes, frames[7].1.len() as u64);
    assert_eq!(last.response_bytes, frames[12].1.len() as u64);
    let Some(Record::Tools(page)) = out.iter().find(|it| matches!(it, Record::Tools(_))) else {
        panic!("{out:?}");
    };
    let definition = r#"{"name":"echo","inputSchema":{}}"#;
    let expected = (definition.len() as u64, 8);
    assert_eq!((page.tools[0].bytes, page.tools[0].tokens), expected);
    let all = serde_json::to_string(&out).unwrap();
    assert!(!all.contains("secret") && !all.contains("hush"), "{all}");
}

#[test]
fn requests_that_say_who_asks() {
    let mut one = session();
    let meta = r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"N"}}"#;
    let ask = |id: u64, client: &str| {
        let meta = meta.replace('N', client);
        format!(
            r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"t",{meta}}}}}"#
        )
    };
    let answer = r#"{"jsonrpc":"2.0","id":1,"result":{"resultType":"complete","content":[]}}"#;
    // Two clients without sessions use the same id at the same time.
    let alone = |from, exchange| Place {
        from,
        exchange,
        is_alone: true,
    };
    let mut out = Vec::new();
    one.frame(alone(C, 1), 0, ask(1, "a").as_bytes(), &mut out);
    one.frame(alone(C, 2), 0, ask(1, "b").as_bytes(), &mut out);
    one.frame(alone(C, 3), 0, ask(1, "c").as_bytes(), &mut out);
    one.frame(alone(S, 2), 0, answer.as_bytes(), &mut out);
    one.abandon(1, 0, (Outcome::Cancelled, None), &mut out);
    one.abandon(3, 0, (Outcome::Transport, Some(503)), &mut out);
    assert_eq!(
        calls(&out),
        [
            "tools/call Ok tool=t client=b empty",
            "tools/call Cancelled tool=t client=a",
            "tools/call Transport tool=t client=c code=503",
        ]
    );
}

#[test]
fn cancelled_late_and_never_answered() {
    let mut one = session();
    let frames = [
        (C, r#"{"jsonrpc":"2.0","id":1,"method":"a"}"#),
        (C, r#"{"jsonrpc":"2.0","id":2,"method":"b"}"#),
        (C, r#"{"jsonrpc":"2.0","id":3,"method":"c"}"#),
        (C, r#"{"jsonrpc":"2.0","id":3,"method":"d"}"#),
        (
            C,
            r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1,"reason":"Error: Request timed out"}}"#,
        ),
        (
            C,
            r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2}}"#,
        ),
        (
            C,
            r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":99}}"#,
        ),
        (S, r#"{"jsonrpc":"2.0","id":1,"result":{}}"#),
        (
            S,
            r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":3,"progress":1}}"#,
        ),
        (S, "listening on stdio"),
        (S, "\u{1b}[2J"),
        (S, ""),
        (S, r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32700}}"#),
    ];
    let mut out = told(&mut one, &frames);
    assert_eq!(calls(&out), ["c Unknown", "a Timeout", "b Cancelled"]);
    out.clear();
    one.report(61_000_000, &mut out);
    assert_eq!(
        counts(&out),
        [
            (C, "notification", Some("notifications/cancelled"), 3),
            (C, "duplicate_id", None, 1),
            (S, "notification", Some("notifications/progress"), 1),
            (S, "stray", None, 2),
            (S, "unmatched_answer", None, 2),
        ]
    );
    let Some(Record::Pulse(pulse)) = out.last() else {
        panic!("{out:?}");
    };
    assert_eq!((pulse.in_flight, pulse.hung, pulse.is_open), (1, 1, true));
    out.clear();
    one.close(62_000_000, &mut out);
    assert_eq!(calls(&out), ["d Transport"]);
    assert_eq!(counts(&out), []);
    assert!(matches!(out.last(), Some(Record::Pulse(pulse)) if !pulse.is_open));
}

/// Nobody knows which request an answer was for that passed by unread.
#[test]
fn answers_that_passed_by_unread() {
    let asks = |id: u32| format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"m{id}"}}"#);
    let says = |id: u32| format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{{}}}}"#);
    let mut one = session();
    let mut out = told(&mut one, &[(C, &asks(1)), (S, &asks(9))]);
    one.lose(S, 5_000, |_| false);
    one.report(40_000_000, &mut out);
    one.lose(S, 50_000_000, |_| true);
    one.report(80_000_000, &mut out);
    assert_eq!(calls(&out), Vec::<String>::new());
    assert_eq!(standing(&out), (1, 0), "it may be answered");
    // What was lost was something else: the only one that is open is answered all the same.
    let mut other = session();
    let mut answered = told(&mut other, &[(C, &asks(1))]);
    other.lose(S, 500, |_| true);
    other.report(700, &mut answered);
    answered.extend(told(&mut other, &[(S, &says(1))]));
    assert_eq!(calls(&answered), ["m1 Ok"]);
    // The answer does not come.
    out.clear();
    one.report(111_000_000, &mut out);
    assert_eq!(calls(&out), ["m1 Unknown"]);

    // Of two, the one that is answered has its outcome.
    out = told(&mut one, &[(C, &asks(2)), (C, &asks(3))]);
    one.lose(S, 6_000, |_| true);
    out.extend(told(&mut one, &[(S, &says(3)), (C, &asks(4))]));
    one.report(30_000_000, &mut out);
    assert_eq!(calls(&out), ["m3 Ok"]);
    out.clear();
    one.report(70_000_000, &mut out);
    assert_eq!(calls(&out), ["m2 Unknown"]);
    let pulse = Some(standing(&out));
    assert_eq!(
        pulse,
        Some((1, 1)),
        "only what nobody can have answered hangs"
    );

    // The end of a session is none of a call that may have been answered before.
    out = told(&mut one, &[(C, &asks(5))]);
    one.lose(S, 71_000_000, |_| true);
    one.close(72_000_000, &mut out);
    assert_eq!(
        calls(&out),
        ["m4 Unknown", "m5 Unknown", "m9 Transport of the server"]
    );
}

#[test]
fn batches() {
    let mut one = session();
    let frames = [
        (
            C,
            r#"[{"jsonrpc":"2.0","id":1,"method":"a"},{"jsonrpc":"2.0","id":"1","method":"b"},{"jsonrpc":"2.0","method":"n"}]"#,
        ),
        (
            S,
            r#"[{"jsonrpc":"2.0","id":"1","result":{}},{"jsonrpc":"2.0","id":1,"error":{"code":-5}}]"#,
        ),
    ];
    let out = told(&mut one, &frames);
    assert_eq!(calls(&out), ["b Ok", "a JsonrpcError code=-5"]);
}

#[test]
fn memory_has_bounds() {
    let mut one = session();
    let mut out = Vec::new();
    for id in 0..30_000 {
        let frame = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"m"}}"#);
        one.frame(place(C), id, frame.as_bytes(), &mut out);
    }
    let unknown = out
        .iter()
        .filter(|it| matches!(it, Record::Call(it) if it.outcome == Outcome::Unknown));
    assert_eq!(unknown.count(), 20_000);
    for n in 0..1_000 {
        let frame = format!(r#"{{"jsonrpc":"2.0","method":"m{n}"}}"#);
        one.frame(place(S), 0, frame.as_bytes(), &mut out);
    }
    let tools: Vec<_> = (0..30_000)
        .map(|n| format!(r#"{{"name":"t{n}"}}"#))
        .collect();
    for (n, page) in tools.chunks(1_500).enumerate() {
        let id = 100_000 + n;
        let ask = format!(
            r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/list","params":{{"cursor":"c"}}}}"#
        );
        let answer = format!(
            r#"{{"jsonrpc":"2.0","id":{id},"result":{{"tools":[{}],"nextCursor":"c"}}}}"#,
            page.join(",")
        );
        one.frame(place(C), 0, ask.as_bytes(), &mut out);
        one.frame(place(S), 0, answer.as_bytes(), &mut out);
    }
    assert!(one.listing.len() <= MOST_ADVERTISED);
    out.clear();
    one.report(0, &mut out);
    assert!(out.len() < 100, "{}", out.len());
}

/// Whatever passes by: nothing panics, and each request ends once.
#[test]
fn any_bytes() {
    let words: &[&str] = &[
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\n",
        "\\",
        "\\u00",
        "null",
        "1",
        "-",
        "1e999",
        "\"id\":1",
        "\"id\":\"1\"",
        "\"jsonrpc\":\"2.0\"",
        "\"method\":\"tools/call\"",
        "\"params\":{\"name\":\"x\"}",
        "\"result\":{}",
        "\u{0}",
        "ä",
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#,
        r#"{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"x"},{"name":5},7]}}"#,
        r#"{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text"},5]}}"#,
        r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1,"reason":5}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"clientInfo":[],"protocolVersion":{}}}"#,
        "data: ",
        "event: endpoint\n",
        "\r",
        "\r\n\r\n",
    ];
    let mut random = StdRng::seed_from_u64(7);
    for _ in 0..300 {
        let mut bytes = Vec::new();
        for _ in 0..random.random_range(1..200) {
            match random.random_range(0..10) {
                0 => bytes.push(random.random()),
                1 => bytes.push(b'\n'),
                _ => bytes.extend(words.choose(&mut random).unwrap().as_bytes()),
            }
        }
        let mut one = session();
        let mut out = Vec::new();
        let mut lines = crate::Lines::default();
        let mut events = crate::Events::default();
        for (at, part) in bytes.chunks(random.random_range(1..50)).enumerate() {
            let from = if random.random() { C } else { S };
            let at_us = at as i64;
            lines.push(part, |piece| {
                if let crate::Piece::Frame(frame) = piece {
                    one.frame(place(from), at_us, frame, &mut out);
                }
            });
            events.push(part, |event| {
                if let crate::Event::Message(frame) = event {
                    one.frame(place(from), at_us, frame, &mut out);
                }
            });
        }
        one.close(i64::MAX, &mut out);
        one.frame(place(C), i64::MIN, &bytes, &mut out);
        let before = out.len();
        one.close(0, &mut out);
        one.report(i64::MIN, &mut out);
        assert!(out.len() - before < 1_000);
        let text = serde_json::to_string(&out).unwrap();
        let back: Vec<Record> = serde_json::from_str(&text).unwrap();
        assert_eq!(back.len(), out.len());
    }
}

#[test]
fn what_passes_by_meanwhile_belongs_to_its_call() {
    let mut session = session();
    let records = told(
        &mut session,
        &[
            (
                C,
                r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","_meta":{"progressToken":"p"}}}"#,
            ),
            (
                S,
                r#"{"jsonrpc":"2.0","method":"notifications/message","params":{}}"#,
            ),
            (
                C,
                r#"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"b","_meta":{"progressToken":7}}}"#,
            ),
            // Now it can no longer be told whose it is.
            (
                S,
                r#"{"jsonrpc":"2.0","method":"notifications/message","params":{}}"#,
            ),
            (
                S,
                r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":7,"progress":1}}"#,
            ),
            (
                S,
                r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"p","progress":1}}"#,
            ),
            (S, r#"{"jsonrpc":"2.0","id":2,"result":{}}"#),
            (
                S,
                r#"{"jsonrpc":"2.0","id":1,"method":"sampling/createMessage"}"#,
            ),
            (
                S,
                r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":7,"progress":2}}"#,
            ),
            (S, r#"{"jsonrpc":"2.0","id":1,"result":{}}"#),
        ],
    );
    let line = |call: &Call| {
        let passed = call.between.iter().map(|it| {
            let what = it.method.rsplit('/').next().unwrap();
            let asks = if it.is_request { "?" } else { "" };
            format!("{:.0}:{what}{asks}", it.after_seconds * 1e3)
        });
        let passed: Vec<_> = passed.collect();
        format!("{} {}", call.tool.clone().unwrap(), passed.join(" "))
    };
    let told: Vec<_> = records
        .iter()
        .filter_map(|record| match record {
            Record::Call(call) => Some(line(call)),
            _ => None,
        })
        .collect();
    assert_eq!(
        told,
        ["b 2:progress", "a 1:message 5:progress 7:createMessage?"]
    );
    assert!(
        session
            .open
            .of_progress(0, C, Id::Number("7".to_owned()))
            .is_none()
    );
}
