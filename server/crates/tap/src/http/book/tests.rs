//! Exchanges that pass by, and what is told of them.

use std::collections::BTreeMap;

use super::super::news::{Coding, Form};
use super::*;

const HELLO: &str = r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"clientInfo":{"name":"one","version":"1"},"protocolVersion":"2025-11-25"}}"#;
const HELLO_TWO: &str =
    r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"clientInfo":{"name":"two"}}}"#;
const WELCOME: &str = r#"{"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-11-25"}}"#;
const CALL: &str =
    r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{}}}"#;
const MODERN: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","_meta":{"io.modelcontextprotocol/clientInfo":{"name":"modern"}}}}"#;
const DONE: &str = r#"{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"hi"}]}}"#;

/// A step of a scene; the first number is the exchange.
enum Step {
    /// A request: method, path, session, body.
    Asks(u64, &'static str, &'static str, &'static str, &'static str),
    /// How it is answered: status, type, session.
    Answers(u64, u16, Form, &'static str),
    /// A piece of the answer.
    Says(u64, &'static str),
    /// The same, with something missing in front.
    Misses(u64, &'static str),
    Ends(u64, Over),
}
use Step::{Answers, Asks, Ends, Misses, Says};

struct Scene {
    book: Book,
    at_us: i64,
    out: Vec<Record>,
}

impl Scene {
    fn new() -> Self {
        Self {
            book: Book::new("/mcp", None),
            at_us: 0,
            out: Vec::new(),
        }
    }

    fn step(&mut self, step: &Step) {
        self.at_us += 1_000;
        let at_us = self.at_us;
        let out = &mut self.out;
        let news = |exchange, what| News {
            exchange,
            at_us,
            what,
        };
        match *step {
            Asks(exchange, method, path, session, body) => {
                let asked = Asked {
                    method: Method::of(&method.parse().unwrap()).unwrap(),
                    path: path.into(),
                    session: (!session.is_empty()).then(|| session.into()),
                    peer: 7,
                    coding: Coding::None,
                };
                self.book.hear(news(exchange, Happened::Asked(asked)), out);
                let from = (Side::Client, exchange);
                let (half, rest) = body.as_bytes().split_at(body.len() / 2);
                self.book.bytes(from, at_us, half, (false, false), out);
                self.book.bytes(from, at_us, rest, (false, true), out);
            }
            Answers(exchange, status, form, session) => {
                let answered = Answered {
                    status,
                    form,
                    session: (!session.is_empty()).then(|| session.into()),
                    coding: Coding::None,
                };
                let what = Happened::Answered(answered);
                self.book.hear(news(exchange, what), out);
            }
            Says(exchange, text) => {
                let from = (Side::Server, exchange);
                self.book
                    .bytes(from, at_us, text.as_bytes(), (false, false), out);
            }
            Misses(exchange, text) => {
                let from = (Side::Server, exchange);
                self.book
                    .bytes(from, at_us, text.as_bytes(), (true, false), out);
            }
            Ends(exchange, over) => {
                self.book.hear(news(exchange, Happened::Over(over)), out);
            }
        }
    }

    /// Calls as `session method outcome client code`, sessions by numbers in the order of their first call; then what
    /// was counted, and which sessions are over.
    fn told(&mut self) -> Vec<String> {
        self.book.report(self.at_us, true, &mut self.out);
        let mut numbers = BTreeMap::new();
        let mut number = |session: &str| {
            let next = numbers.len() + 1;
            *numbers.entry(session.to_owned()).or_insert(next)
        };
        let mut lines = Vec::new();
        for record in self.out.drain(..) {
            lines.push(match record {
                Record::Call(call) => {
                    let client = call.client.unwrap_or_else(|| "?".to_owned());
                    let code = call.code.map(|code| format!(" {code}")).unwrap_or_default();
                    let number = number(&call.session);
                    format!("{number} {} {:?} {client}{code}", call.method, call.outcome)
                }
                Record::Count(count) if count.what != What::Notification => {
                    format!("{} {:?}", count.from.as_str(), count.what)
                }
                Record::Pulse(pulse) if !pulse.is_open => {
                    format!("{} over", number(&pulse.session))
                }
                _ => continue,
            });
        }
        lines
    }
}

/// One exchange with a whole answer of JSON.
fn whole(n: u64, session: &'static str, asked: &'static str, answer: &'static str) -> Vec<Step> {
    vec![
        Asks(n, "POST", "/mcp", session, asked),
        Answers(n, 200, Form::Json, session),
        Says(n, answer),
        Ends(n, Over::Whole),
    ]
}

fn hello(n: u64, asked: &'static str, given: &'static str) -> Vec<Step> {
    vec![
        Asks(n, "POST", "/mcp", "", asked),
        Answers(n, 200, Form::Json, given),
        Says(n, WELCOME),
        Ends(n, Over::Whole),
    ]
}

fn refused(n: u64, session: &'static str, status: u16) -> Vec<Step> {
    vec![
        Asks(n, "POST", "/mcp", session, CALL),
        Answers(n, status, Form::Json, ""),
        Says(
            n,
            r#"{"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"no"}}"#,
        ),
        Ends(n, Over::Whole),
    ]
}

/// A call whose answer comes as events, up to a place.
fn begun(n: u64, session: &'static str, text: &'static str, over: Over) -> Vec<Step> {
    vec![
        Asks(n, "POST", "/mcp", session, CALL),
        Answers(n, 200, Form::Events, session),
        Says(n, text),
        Ends(n, over),
    ]
}

/// A name, what happens, and what is told of it.
type Told = (&'static str, Vec<Vec<Step>>, &'static [&'static str]);

#[test]
fn sessions_are_told_apart_and_calls_have_their_outcome() {
    let scenes: Vec<Told> = vec![
        (
            "two clients with sessions use the same ids at once",
            vec![
                hello(1, HELLO, "a"),
                hello(2, HELLO_TWO, "b"),
                vec![
                    Asks(3, "POST", "/mcp", "a", CALL),
                    Asks(4, "POST", "/mcp", "b", CALL),
                    Answers(4, 200, Form::Json, "b"),
                    Says(4, DONE),
                    Ends(4, Over::Whole),
                    Answers(3, 200, Form::Json, "a"),
                    Says(3, DONE),
                    Ends(3, Over::Whole),
                    Asks(5, "DELETE", "/mcp", "a", ""),
                    Answers(5, 200, Form::Other, ""),
                    Ends(5, Over::Whole),
                ],
            ],
            &[
                "1 initialize Ok one",
                "2 initialize Ok two",
                "2 tools/call Ok two",
                "1 tools/call Ok one",
                "1 over",
            ],
        ),
        (
            "without sessions clients are told by what they say",
            vec![
                vec![
                    Asks(1, "POST", "/mcp", "", MODERN),
                    Asks(2, "POST", "/mcp", "", MODERN),
                    Answers(2, 200, Form::Json, ""),
                    Says(2, DONE),
                    Ends(2, Over::Whole),
                    Ends(1, Over::Left),
                ],
                hello(3, HELLO, ""),
                whole(4, "", CALL, DONE),
            ],
            &[
                "1 tools/call Ok modern",
                "1 tools/call Cancelled modern",
                "1 over",
                "2 initialize Ok one",
                "2 tools/call Ok one",
            ],
        ),
        (
            "refused, unreachable, broken off",
            vec![
                refused(1, "a", 400),
                refused(2, "a", 500),
                vec![
                    Asks(3, "POST", "/mcp", "a", CALL),
                    Ends(3, Over::Failed(502)),
                    Asks(4, "POST", "/mcp", "a", CALL),
                    Answers(4, 200, Form::Json, "a"),
                    Says(4, "{\"jsonrpc\":"),
                    Ends(4, Over::Broken),
                ],
                begun(5, "a", "data: {}\n\n", Over::Broken),
                begun(6, "a", ": nothing\n\n", Over::Whole),
                refused(7, "a", 404),
            ],
            &[
                "1 tools/call Transport ? 400",
                "1 tools/call Transport ? 500",
                "1 tools/call Transport ? 502",
                "1 tools/call Transport ?",
                "1 tools/call Transport ?",
                "1 tools/call Transport ?",
                "1 tools/call Transport ? 404",
                "server Stray",
                "1 over",
            ],
        ),
        (
            "a stream with ids goes on elsewhere",
            vec![
                begun(1, "a", "id: 1\ndata:\n\n", Over::Broken),
                vec![
                    Asks(2, "GET", "/mcp", "a", ""),
                    Answers(2, 200, Form::Events, "a"),
                    Says(
                        2,
                        "id: 2\ndata: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"x\"}]}}\n\n",
                    ),
                ],
            ],
            &["1 tools/call Ok ?"],
        ),
        (
            "an answer that has a gap, or breaks off after one, cannot be told",
            vec![
                vec![
                    Asks(1, "POST", "/mcp", "a", CALL),
                    Answers(1, 200, Form::Json, "a"),
                    Says(1, "{\"jsonrpc\":"),
                    Misses(1, "{}}"),
                    Ends(1, Over::Whole),
                    Asks(2, "POST", "/mcp", "a", CALL),
                    Answers(2, 200, Form::Json, "a"),
                    Misses(2, ""),
                    Ends(2, Over::Broken),
                    Asks(3, "POST", "/mcp", "a", CALL),
                    Answers(3, 200, Form::Events, "a"),
                    Says(3, "id: 1\ndata:\n\n"),
                    Misses(3, ": x\n\n"),
                    Ends(3, Over::Broken),
                ],
                begun(4, "a", "data: {}\n\n", Over::Broken),
            ],
            &[
                "1 tools/call Unknown ?",
                // A body that is one frame was not whole.
                "1 tools/call Transport ?",
                "1 tools/call Unknown ?",
                "1 tools/call Transport ?",
                "server Stray",
            ],
        ),
        (
            "a gap in a stream that brings the answers of others",
            vec![vec![
                Asks(1, "GET", "/mcp", "", ""),
                Answers(1, 200, Form::Events, ""),
                Says(1, "event: endpoint\ndata: /m?s=1\n\n"),
                Asks(2, "POST", "/m?s=1", "", CALL),
                Answers(2, 202, Form::Other, ""),
                Ends(2, Over::Whole),
                Misses(1, ""),
                // What was lost was something else.
                Says(
                    1,
                    "\n\ndata: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n\n",
                ),
                Asks(5, "POST", "/m?s=1", "", CALL),
                Answers(5, 202, Form::Other, ""),
                Ends(5, Over::Whole),
                Misses(1, ""),
                Ends(1, Over::Broken),
                Asks(3, "GET", "/mcp", "a", ""),
                Answers(3, 200, Form::Events, "a"),
                Asks(4, "POST", "/mcp", "a", CALL),
                Misses(3, ""),
                Answers(4, 200, Form::Json, "a"),
                Says(4, DONE),
                Ends(4, Over::Whole),
                Ends(3, Over::Left),
            ]],
            &[
                "1 tools/call Ok ?",
                "1 tools/call Unknown ?",
                "1 over",
                "2 tools/call Ok ?",
            ],
        ),
        (
            "events with their own endpoint",
            vec![vec![
                Asks(1, "GET", "/mcp", "", ""),
                Answers(1, 200, Form::Events, ""),
                Says(1, "event: endpoint\ndata: /m?s=1\n\n"),
                Asks(2, "POST", "/m?s=1", "", HELLO),
                Answers(2, 202, Form::Other, ""),
                Ends(2, Over::Whole),
                Says(1, "data: {\"jsonrpc\":\"2.0\",\"id\":0,\"result\":{}}\n\n"),
                Asks(3, "POST", "/m?s=1", "", CALL),
                Answers(3, 202, Form::Other, ""),
                Ends(3, Over::Whole),
                Asks(4, "POST", "/m?s=2", "", CALL),
                Ends(4, Over::Whole),
                Ends(1, Over::Broken),
            ]],
            &[
                "1 initialize Ok one",
                "1 tools/call Transport one",
                "1 over",
            ],
        ),
        (
            "what is no message is left alone, and a hello that is refused begins nothing",
            vec![vec![
                Asks(1, "POST", "/register", "", "{}"),
                Answers(1, 200, Form::Json, ""),
                Says(1, "{}"),
                Ends(1, Over::Whole),
                Asks(2, "POST", "/mcp", "", HELLO),
                Answers(2, 401, Form::Other, ""),
                Ends(2, Over::Whole),
            ]],
            &["1 initialize Transport one 401", "1 over"],
        ),
    ];
    for (name, steps, expected) in scenes {
        let mut scene = Scene::new();
        for step in steps.iter().flatten() {
            scene.step(step);
        }
        assert_eq!(scene.told(), expected, "{name}");
        assert!(scene.book.exchanges.len() <= 1, "{name}");
    }
}

/// What many exchanges hold together is bounded; what has no room is counted, and its call cannot be told.
#[test]
fn what_is_held_is_bounded() {
    const MOST: usize = 100 << 10;
    const PIECE: &str = "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}";
    let mut scene = Scene::new();
    scene.book.most_held = MOST;
    let mut said = 0;
    for n in 1..=20 {
        scene.step(&Asks(n, "POST", "/mcp", "a", "[]"));
        scene.step(&Asks(n + 100, "POST", "/mcp", "b", MODERN));
        scene.step(&Answers(n + 100, 200, Form::Json, "b"));
        for _ in 0..300 {
            scene.step(&Says(n + 100, PIECE));
            said += PIECE.len();
            assert!(scene.book.held <= MOST, "{}", scene.book.held);
        }
    }
    let lost = usize::try_from(See::lost(&mut scene.book)).unwrap();
    assert!(lost > 0 && said - lost < MOST, "{lost} of {said}");
    for n in 1..=20 {
        scene.step(&Ends(n, Over::Left));
        scene.step(&Ends(n + 100, Over::Whole));
    }
    assert_eq!(scene.book.held, 0);
    let told = scene.told();
    let unknown = told.iter().filter(|it| it.contains("Unknown")).count();
    assert!(unknown > 5, "{told:?}");
    // There is room again.
    for step in &whole(300, "c", CALL, DONE) {
        scene.step(step);
    }
    assert!(scene.told().contains(&"1 tools/call Ok ?".to_owned()));
}

#[test]
fn what_is_silent_goes_and_there_are_never_too_many() {
    let mut scene = Scene::new();
    for step in hello(1, HELLO, "a").iter().chain(&hello(2, HELLO, "b")) {
        scene.step(step);
    }
    scene.step(&Asks(3, "GET", "/mcp", "b", ""));
    scene.at_us += SILENT_US + 1_000_000;
    let told = scene.told();
    assert_eq!(told.last().unwrap(), "1 over", "{told:?}");
    assert_eq!((scene.book.sessions.len(), scene.book.names.len()), (1, 1));
    let mut out = Vec::new();
    for n in 0..MOST as i64 + 10 {
        let name = Name::Given(n.to_string().into());
        scene.book.find(name, scene.at_us + n, &mut out);
    }
    assert_eq!(scene.book.sessions.len(), MOST);
    // The one that is open stays.
    let stays = Name::Given("b".into());
    assert!(scene.book.names.contains_key(&stays));
    scene.book.end(0, &mut out);
    assert!(scene.book.sessions.is_empty() && scene.book.exchanges.is_empty());
}
