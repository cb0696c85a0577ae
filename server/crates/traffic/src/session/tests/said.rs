//! What was said, where it is told; and how much passes by.

use super::*;

#[test]
fn what_is_said_is_told_only_if_asked_for_and_without_secrets() {
    let frames = [
        (
            C,
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"q":"hay","apiKey":"needle1"},"_meta":{"progressToken":1}}}"#,
        ),
        (
            S,
            r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1,"progress":1,"message":"with ghp_needle2needle2needle2needle2"}}"#,
        ),
        (
            S,
            r#"{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"{\"password\":\"needle3\",\"rows\":3}"}]}}"#,
        ),
    ];
    let plain = told(&mut session(), &frames);
    let text = serde_json::to_string(&plain).unwrap();
    assert!(!text.contains("hay") && !text.contains("needle"), "{text}");

    let payloads = Payloads {
        redaction: crate::Redaction::default(),
        most_bytes: 4_096,
    };
    let mut telling = session().with_payloads(Some(Arc::new(payloads)));
    let text = serde_json::to_string(&told(&mut telling, &frames)).unwrap();
    for said in ["hay", "with ***REDACTED***", "rows"] {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert!(!text.contains("needle"), "{text}");
}

#[test]
fn what_passes_by_is_bounded() {
    let mut session = session();
    let mut frames = vec![(
        C,
        r#"{"jsonrpc":"2.0","id":1,"method":"x","params":{"_meta":{"progressToken":1}}}"#,
    )];
    let more =
        r#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1}}"#;
    frames.extend(std::iter::repeat_n((S, more), 60));
    frames.push((S, r#"{"jsonrpc":"2.0","id":1,"result":{}}"#));
    let records = told(&mut session, &frames);
    let Some(Record::Call(call)) = records.last() else {
        panic!("{records:?}");
    };
    assert_eq!((call.between.len(), call.between_more), (50, 10));
}
