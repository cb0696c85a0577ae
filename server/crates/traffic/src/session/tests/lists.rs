//! Lists of definitions, as they leave a session.

use super::*;

fn page(id: u32, tool: &str, next: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":{id},"result":{{"tools":[{{"name":"{tool}","icons":[]}}],"nextCursor":{next}}}}}"#
    )
}

/// Kinds of lists, and how many definitions each has.
fn lists(records: &[Record]) -> Vec<(Listed, usize)> {
    let lists = records.iter().filter_map(|record| match record {
        Record::Definitions(list) => Some((list.of, list.definitions.len())),
        _ => None,
    });
    lists.collect()
}

/// What happens between two pages, under a name: to the session, and what is said.
type Between = (&'static str, fn(&mut Session), Vec<(Side, &'static str)>);

const ASKS: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#;
const ASKS_ON: &str =
    r#"{"jsonrpc":"2.0","id":2,"method":"tools/list","params":{"cursor":"\u0032"}}"#;

#[test]
fn a_list_is_told_when_its_last_page_was_seen() {
    let mut one = session();
    let mut frames = HELLO.to_vec();
    let (first, last) = (page(1, "a", r#""2""#), page(2, "b", "null"));
    frames.extend([(C, ASKS), (S, &first), (C, ASKS_ON), (S, &last)]);
    let out = told(&mut one, &frames);
    assert_eq!(lists(&out), [(Listed::Instructions, 0), (Listed::Tool, 2)]);
    let list = out.iter().find_map(|record| match record {
        Record::Definitions(list) if list.of == Listed::Tool => Some(list),
        _ => None,
    });
    let list = serde_json::to_value(Record::Definitions(list.unwrap().clone())).unwrap();
    assert_eq!(
        list,
        serde_json::json!({ "kind": "definitions", "at_ms": 6, "session": "s", "of": "tool",
            "definitions": [{ "name": "a" }, { "name": "b" }] })
    );
    let record: Record = serde_json::from_value(list).unwrap();
    assert_eq!(record.said_bytes(), 2 * r#"{"name":"a"}"#.len());
}

#[test]
fn nothing_may_be_missing_between_its_pages() {
    let (first, last) = (page(1, "a", r#""2""#), page(2, "b", "null"));
    let error = r#"{"jsonrpc":"2.0","id":2,"error":{"code":1}}"#;
    let changed = r#"{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}"#;
    let cancelled =
        r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2}}"#;
    let rest = [(C, ASKS_ON), (S, last.as_str())];
    let between: [Between; 7] = [
        ("gap", |one| one.lose(S, 9, |_| false), vec![]),
        ("oversized", |one| one.note(S, What::Oversized), vec![]),
        ("error", |_| (), vec![(C, ASKS_ON), (S, error)]),
        ("cancelled", |_| (), vec![(C, ASKS_ON), (C, cancelled)]),
        ("changed", |_| (), vec![(S, changed)]),
        ("begun anew", |_| (), vec![(C, ASKS)]),
        ("asked by the server", |_| (), vec![]),
    ];
    for (what, happens, frames) in between {
        let mut one = session();
        told(&mut one, &[(C, ASKS), (S, &first)]);
        happens(&mut one);
        told(&mut one, &frames);
        let rest = match what {
            "begun anew" => vec![(S, first.as_str()), (S, last.as_str())],
            "asked by the server" => vec![(S, ASKS_ON), (C, last.as_str())],
            _ => rest.to_vec(),
        };
        assert_eq!(lists(&told(&mut one, &rest)), [], "{what}");
    }
    let mut one = session();
    told(&mut one, &[(C, ASKS), (S, &first)]);
    assert_eq!(lists(&told(&mut one, &rest)), [(Listed::Tool, 2)]);
}
