//! Pages and what is told of them.

use serde_json::json;

use super::*;

/// What is told of pages of tools, each with what it was asked for with.
struct Seen {
    lists: Lists,
    redaction: Redaction,
    now_us: i64,
}

impl Seen {
    fn new() -> Self {
        Self {
            lists: Lists::default(),
            redaction: Redaction::default(),
            now_us: 0,
        }
    }

    fn page(&mut self, cursor: Option<&str>, page: &Value) -> Read {
        self.of(Listed::Tool, cursor, page)
    }

    fn of(&mut self, of: Listed, cursor: Option<&str>, page: &Value) -> Read {
        let page = RawValue::from_string(page.to_string()).unwrap();
        let hash = |text: &str| text.bytes().map(u64::from).sum();
        let cursor = cursor.map(hash);
        self.now_us += 1;
        self.lists
            .page((of, cursor), self.now_us, &page, (&self.redaction, &hash))
    }

    fn names(&mut self, cursor: Option<&str>, page: &Value) -> Option<Vec<String>> {
        match self.page(cursor, page) {
            Read::Whole(told) => {
                let name = |one: &Value| one["name"].as_str().unwrap().to_owned();
                Some(told.iter().map(name).collect())
            }
            Read::Nothing => None,
            Read::TooLarge => panic!("too large"),
        }
    }
}

fn tools(names: &[&str], next: Option<&str>) -> Value {
    let tools: Vec<_> = names.iter().map(|name| json!({ "name": name })).collect();
    json!({ "tools": tools, "nextCursor": next })
}

#[test]
fn only_a_list_that_was_seen_whole_and_in_order_is_told() {
    let first = (None, tools(&["a"], Some("2")));
    let second = (Some("2"), tools(&["b"], Some("3")));
    let third = (Some("3"), tools(&["c"], None));
    let told = |pages: &[&(Option<&str>, Value)]| {
        let mut seen = Seen::new();
        let told = pages.iter().map(|(cursor, page)| seen.names(*cursor, page));
        told.last().unwrap()
    };
    let all = Some(["a", "b", "c"].map(str::to_owned).to_vec());
    assert_eq!(told(&[&first, &second, &third]), all);
    assert_eq!(told(&[&second, &first, &second, &third]), all);
    for pages in [
        &[&first][..],
        &[&first, &second],
        &[&first, &third],
        &[&second, &third],
        &[&third],
        &[&first, &second, &third, &third],
        // Whoever goes back to a page reads another list.
        &[&first, &second, &second, &third],
    ] {
        assert_eq!(told(pages), None, "{pages:?}");
    }
}

#[test]
fn what_breaks_a_list_off() {
    let breaks: [fn(&mut Lists); 3] = [
        Lists::break_off,
        |lists| lists.forget(Listed::Tool),
        |lists| drop(std::mem::take(lists)),
    ];
    for breaks in breaks {
        let mut seen = Seen::new();
        seen.page(None, &tools(&["a"], Some("2")));
        let told = seen.lists.told.clone();
        assert!(told.held.load(Ordering::Relaxed) > 0);
        breaks(&mut seen.lists);
        assert_eq!(told.held.load(Ordering::Relaxed), 0);
        assert_eq!(seen.names(Some("2"), &tools(&["b"], None)), None);
    }
    assert_eq!(
        Listed::changed("notifications/resources/list_changed").collect::<Vec<_>>(),
        [Listed::Resource, Listed::Template]
    );
    assert_eq!(Listed::changed("notifications/progress").count(), 0);
}

#[test]
fn what_has_not_changed_is_told_twice_and_now_and_then() {
    let (one, other) = (tools(&["a"], None), tools(&["a", "b"], None));
    let mut seen = Seen::new();
    let mut is_told = |page: &Value, later_us| {
        seen.now_us += later_us;
        seen.names(None, page).is_some()
    };
    assert_eq!([(); 3].map(|()| is_told(&one, 0)), [true, true, false]);
    assert_eq!([(); 3].map(|()| is_told(&other, 0)), [true, true, false]);
    assert!(is_told(&one, 0));
    assert!(is_told(&one, 0));
    assert_eq!([(); 2].map(|()| is_told(&one, AGAIN_US)), [true, true]);
    assert!(!is_told(&one, AGAIN_US / 2));
}

#[test]
fn sessions_of_a_server_share_what_was_told() {
    let mut one = Seen::new();
    let page = tools(&["a"], None);
    assert!(one.names(None, &page).is_some());
    let mut other = Seen::new();
    other.lists = Lists::new(one.lists.told.clone());
    assert!(other.names(None, &page).is_some());
    assert!(one.names(None, &page).is_none());
}

#[test]
fn all_kinds_have_their_field() {
    let mut seen = Seen::new();
    for (of, page, expected) in [
        (
            Listed::Prompt,
            json!({ "prompts": [{ "name": "p", "icons": [1], "_meta": {} }] }),
            json!([{ "name": "p" }]),
        ),
        (
            Listed::Resource,
            json!({ "resources": [{ "uri": "x:/a", "name": "a", "size": 4 }] }),
            json!([{ "uri": "x:/a", "name": "a" }]),
        ),
        (
            Listed::Template,
            json!({ "resourceTemplates": [{ "uriTemplate": "x:/{a}", "name": "a" }] }),
            json!([{ "uriTemplate": "x:/{a}", "name": "a" }]),
        ),
        (
            Listed::Instructions,
            json!({ "instructions": "Be kind.", "nextCursor": "x" }),
            json!([{ "instructions": "Be kind." }]),
        ),
        (
            Listed::Instructions,
            json!({ "instructions": " " }),
            json!([]),
        ),
        (Listed::Instructions, json!({}), json!([])),
    ] {
        let Read::Whole(told) = seen.of(of, None, &page) else {
            panic!("{page}");
        };
        assert_eq!(json!(told), expected, "{page}");
    }
    for page in [json!({}), json!({ "tools": "a" }), json!([1])] {
        assert!(matches!(seen.page(None, &page), Read::Nothing), "{page}");
    }
}

#[test]
fn secrets_are_hidden_and_parameters_keep_their_names() {
    let mut seen = Seen::new();
    let words = |list: &[&str]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
    seen.redaction = Redaction::new(
        &words(&["customer"]),
        &words(&[r"\bann\b"]),
        &words(&["$..title"]),
    )
    .unwrap();
    let secret = "ghp_0123456789abcdefghij0123456789abcdef";
    let page = json!({ "tools": [{
        "name": "find",
        "title": "private",
        "description": format!("For ann, who uses {secret} and password=hunter2."),
        "inputSchema": { "type": "object", "required": ["api_key"], "properties": {
            "api_key": { "type": "string", "default": "hunter2", "description": "How to sign in." },
            "customer": { "type": "string", "enum": ["Bob"], "maxLength": 9 },
            "place": { "type": "string", "default": "here" },
        } },
        "annotations": { "token": "t0ken", "readOnlyHint": true },
    }] });
    let Read::Whole(told) = seen.page(None, &page) else {
        panic!("not told");
    };
    let hidden = crate::REDACTED;
    assert_eq!(
        json!(told),
        json!([{
            "name": "find",
            "title": hidden,
            "description": format!("For {hidden}, who uses {hidden} and password={hidden}"),
            "inputSchema": { "type": "object", "required": ["api_key"], "properties": {
                "api_key": { "type": "string", "default": hidden, "description": "How to sign in." },
                "customer": { "type": "string", "enum": hidden, "maxLength": 9 },
                "place": { "type": "string", "default": "here" },
            } },
            "annotations": { "token": hidden, "readOnlyHint": true },
        }])
    );
}

#[test]
fn what_is_large_is_told_as_a_hash_and_what_is_huge_is_counted() {
    let tool = |name: &str, size: usize| json!({ "name": name, "description": "x".repeat(size) });
    let told = |tools: Vec<Value>| {
        let page = json!({ "tools": tools });
        match Seen::new().page(None, &page) {
            Read::Whole(told) => Some(told),
            _ => None,
        }
    };
    let is_hash = |one: &Value| one["whole"].as_str().is_some_and(|hash| hash.len() == 64);
    let some = told(vec![tool("a", LARGEST), tool("b", 10)]).unwrap();
    assert!(is_hash(&some[0]) && some[0]["name"] == "a");
    assert_eq!(some[1], tool("b", 10));
    let another = told(vec![tool("a", LARGEST + 1)]).unwrap();
    assert_ne!(some[0], another[0]);
    // Together too large: whatever is in front, the same is told of each.
    let many = (0..40).map(|n| tool(&format!("t{n}"), LARGEST / 2));
    let many = told(many.collect()).unwrap();
    assert!(many.len() == 40 && many.iter().all(is_hash));
    // What is told can be read again.
    let read = |one: &Value| Definition::listed(drift::Kind::Tool, one).unwrap().body;
    assert!(many.iter().all(|one| read(one) == *one));

    let names = (0..=MOST).map(|n| json!({ "name": n.to_string() }));
    assert_eq!(told(names.collect()), None);
    let mut seen = Seen::new();
    let page = json!({ "tools": [tool("a", LONGEST / 2)], "nextCursor": "1" });
    assert!(matches!(seen.page(None, &page), Read::Nothing));
    assert!(matches!(seen.page(Some("1"), &page), Read::TooLarge));
    assert_eq!(seen.lists.told.held.load(Ordering::Relaxed), 0);
}
