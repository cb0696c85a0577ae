//! Reports of many forms, each with what is to be made of it.

use agents::{Figure, Said, read};

/// What of a report is compared: agents as `id type word score completed`, facts, notes.
struct Case {
    name: &'static str,
    text: &'static str,
    agents: &'static [&'static str],
    facts: &'static [&'static str],
    notes: &'static [&'static str],
}

const CASES: &[Case] = &[
    Case {
        name: "a list, with health_metrics",
        text: r#"[{"id": "a", "type": "coder", "status": "active", "health_metrics": {"health_score": 90, "tasks_completed": 7}},
                  {"agent_id": 7, "health_metrics": {"tasksCompleted": "3"}}]"#,
        agents: &["a coder active 90 7", "7   - 3"],
        facts: &[],
        notes: &[],
    },
    Case {
        name: "a map by id, flat, with a time of all",
        text: r#"{"timestamp": 1700000000, "a": {"score": 0.5, "state": "BUSY"}, "b": {"type": "x", "region": "eu", "n": {"deep": [1, null]}}}"#,
        agents: &["a  BUSY 50 -", "b x  - -"],
        facts: &["b region \"eu\"", "b n.deep [1,null]"],
        notes: &["a: score: 0.5 was read as a part of one, 50 of 100"],
    },
    Case {
        name: "an object with agents, nested figures",
        text: r#"{"agents": {"a": {"tasks": {"completed": 5, "failed": 0}, "health": {"score": 70, "status": "ok"}, "gpu": null}}}"#,
        agents: &["a  ok 70 5"],
        facts: &[],
        notes: &[],
    },
    Case {
        name: "one agent alone",
        text: r#"{"id": "solo", "state": "idle", "status": "degraded", "metrics": {"synthex_agent_health_score": 12}}"#,
        agents: &["solo  idle 12 -"],
        facts: &["solo status \"degraded\""],
        notes: &[],
    },
    Case {
        name: "scores that are none, memory without a unit, a state of no known word",
        text: r#"[{"id": "a", "health_score": -5, "memory": 512}, {"id": "b", "health_score": "high", "memory_usage": 62.5},
                  {"id": "c", "status": "purple", "memory": "512 MiB"}]"#,
        agents: &["a   - -", "b   - -", "c  purple - -"],
        facts: &[
            "a health_score -5",
            "a memory 512",
            "b health_score \"high\"",
        ],
        notes: &[
            "a: health_score: -5 is below 0; it was not taken",
            "a: memory has no unit and is more than 100; it was not taken",
            "b: health_score: \"high\" is no number; it was not taken",
            "b: memory_usage has no unit and was read as per cent",
        ],
    },
    Case {
        name: "an agent twice, in a list",
        text: r#"[{"id": "a", "score": 10}, {"id": "b"}, {"id": "a", "score": 20}]"#,
        agents: &["a   20 -", "b   - -"],
        facts: &[],
        notes: &["a is there twice; what was told last was taken"],
    },
    Case {
        name: "an agent twice, in a map",
        text: r#"{"a": {"score": 10}, "a": {"score": 20}}"#,
        agents: &["a   20 -"],
        facts: &[],
        notes: &["a is there twice"],
    },
    Case {
        name: "half a file",
        text: "{\"agents\": [\n{\"id\": \"a\", \"score\": 10},\n{\"id\": \"b\", \"health_metrics\": {\"score\": 20}",
        agents: &["a   10 -"],
        facts: &[],
        notes: &["breaks off at line 3, column 43; agents that were whole until line 2 were taken"],
    },
    Case {
        name: "what is no agent among agents",
        text: r#"{"agents": [{"id": "a"}, 5, {"score": 3}, {"id": "  "}, null]}"#,
        agents: &["a   - -"],
        facts: &[],
        notes: &[
            "agents[1] is left out: an agent is an object, and this is 5",
            "agents[2] is left out: it has no id",
            "agents[3] is left out: it has no id",
            "agents[4] is left out",
        ],
    },
    Case {
        name: "a map with something else in it",
        text: r#"{"a": {"score": 10}, "summary": {"total": 1}, "note": "x", "version": 3}"#,
        agents: &["a   10 -"],
        facts: &[],
        notes: &[
            "summary is left out: nothing that agents have is in it",
            "note is left out",
        ],
    },
    Case {
        name: "nobody is there",
        text: r#"{"agents": []}"#,
        agents: &[],
        facts: &[],
        notes: &[],
    },
    Case {
        name: "numbers that are too large to be exact stay as they are",
        text: r#"[{"id": 18446744073709551615, "serial": 9007199254740993}]"#,
        agents: &["18446744073709551615   - -"],
        facts: &["18446744073709551615 serial 9007199254740993"],
        notes: &[],
    },
];

#[test]
fn reports() {
    for case in CASES {
        let reading = read(case.text).unwrap_or_else(|why| panic!("{}: {}", case.name, why.0));
        let number =
            |number: Option<f64>| number.map_or_else(|| "-".to_owned(), |it| it.to_string());
        let shown = reading.agents.iter().map(|it| {
            let (score, done) = (
                it.figures.get(Figure::Score),
                it.figures.get(Figure::TasksCompleted),
            );
            format!(
                "{} {} {} {} {}",
                it.id,
                it.kind,
                it.word,
                number(score),
                number(done)
            )
        });
        assert_eq!(shown.collect::<Vec<_>>(), case.agents, "{}", case.name);
        let facts = reading.agents.iter().flat_map(|it| {
            let facts = it.facts.iter();
            facts.map(|(name, value)| format!("{} {name} {value}", it.id))
        });
        assert_eq!(facts.collect::<Vec<_>>(), case.facts, "{}", case.name);
        assert_eq!(
            reading.notes.len(),
            case.notes.len(),
            "{}: {:?}",
            case.name,
            reading.notes
        );
        for (note, expected) in reading.notes.iter().zip(case.notes) {
            assert!(note.contains(expected), "{}: {note}", case.name);
        }
    }
}

#[test]
fn what_is_no_report() {
    for (text, expected) in [
        ("", "it is empty"),
        (" \n", "it is empty"),
        ("[", "breaks off at line 1"),
        ("5", "it is 5, and neither a list"),
        ("{\"agents\": \"none\"}", "agents is \"none\""),
        ("[1, 2]", "no agent is in it; [0] is left out"),
        (
            "{\"a\": {\"b\": {\"c\": 1}}}",
            "no agent is in it; a is left out",
        ),
    ] {
        let why = read(text).unwrap_err().0;
        assert!(why.contains(expected), "{text}: {why}");
    }
    let large = format!("[\"{}\"]", "x".repeat(agents::LARGEST));
    assert!(read(&large).unwrap_err().0.contains("at most"));
}

#[test]
fn states_and_times() {
    let text = r#"[{"id": "a", "status": "Recovering", "last_heartbeat": "2023-11-14T22:13:20Z"},
        {"id": "b", "health": "shutdown", "heartbeat": "never"}]"#;
    let agents = read(text).unwrap().agents;
    assert_eq!(agents[0].said, Some(Said::Recovering));
    assert_eq!(agents[0].at_ms, Some(1_700_000_000_000));
    assert_eq!(agents[1].said, Some(Said::Stopped));
    assert_eq!(agents[1].at_ms, None);
    assert_eq!(
        agents[1].facts,
        [("heartbeat".to_owned(), "\"never\"".to_owned())]
    );
}

#[test]
fn many_agents_are_bounded() {
    let many: Vec<_> = (0..agents::MOST_AGENTS + 5)
        .map(|n| format!("{{\"id\":\"{n}\"}}"))
        .collect();
    let reading = read(&format!("[{}]", many.join(","))).unwrap();
    assert_eq!(reading.agents.len(), agents::MOST_AGENTS);
    assert!(!reading.is_whole);
    assert!(
        reading.notes[0].contains("from [2000] on"),
        "{:?}",
        reading.notes
    );
}

/// Whatever is cut off a report, nothing panics, and agents that are taken are those that were whole.
#[test]
fn every_half() {
    let text = include_str!("files/fleet.json");
    let whole = read(text).unwrap();
    assert_eq!(
        (whole.agents.len(), whole.notes.len(), whole.is_whole),
        (4, 0, true)
    );
    for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
        if let Ok(part) = read(&text[..end]) {
            assert!(!part.is_whole || text[end..].trim().is_empty(), "{end}");
            assert_eq!(part.agents, whole.agents[..part.agents.len()], "{end}");
        }
    }
}
