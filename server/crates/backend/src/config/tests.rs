//! What configurations come to: data in, sentences out.

use super::*;

fn no_env(_: &str) -> Option<String> {
    None
}

fn toml(text: &str) -> Result<Config, Mistakes> {
    let mut mistakes = Mistakes::default();
    let mut config = File::read(text, &mut mistakes).into_config("f.toml", &no_env, &mut mistakes);
    servers::check_names(&mut config.servers, &mut mistakes);
    mistakes.into_result(config)
}

fn json(text: &str) -> Result<Vec<ServerConfig>, Mistakes> {
    let mut mistakes = Mistakes::default();
    let servers = clients::read(
        "f.json",
        text,
        servers::Trust::Asked,
        &no_env,
        &mut mistakes,
    );
    mistakes.into_result(servers)
}

#[test]
fn the_example_is_the_default() {
    let example = toml(EXAMPLE).unwrap();
    let expected = Config {
        alerts: Alerts {
            server_down_for: Some(Duration::from_secs(120)),
            ..Alerts::default()
        },
        ..Config::default()
    };
    assert_eq!(example, expected);
}

#[test]
fn the_commented_part_of_the_example_is_right_too() {
    let uncommented: Vec<_> = EXAMPLE
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(rest) if rest.starts_with('[') || rest.contains(" = ") => rest,
            _ => line,
        })
        .collect();
    let mut mistakes = Mistakes::default();
    let env = |name: &str| (name == "SEARCH_TOKEN").then(|| "t".to_owned());
    let config =
        File::read(&uncommented.join("\n"), &mut mistakes).into_config("f", &env, &mut mistakes);
    let messages: Vec<_> = mistakes.iter().map(|m| m.path.as_str()).collect();
    assert_eq!(
        messages,
        ["auth.password_hash"],
        "the example has no real hash"
    );
    assert_eq!(config.servers.len(), 2);
}

#[test]
fn all_mistakes_at_once() {
    let error = toml(
        r#"
        nonsense = 1
        [probe]
        intervall = "1s"
        timeout = "soon"
        slow = "0"
        [retention]
        history = 7
        [servers.both]
        command = "a"
        url = "http://a/"
        [servers.neither]
        [servers.words]
        command = "npx -y thing"
        [servers.where]
        url = "localhost:1"
        [servers.observatory]
        command = "x"
        [servers.env]
        command = "x"
        env = { TOKEN = "${NOPE}" }
        "#,
    )
    .unwrap_err();
    let got: Vec<_> = error
        .iter()
        .map(|m| (m.path.as_str(), m.message.as_str()))
        .collect();
    for (path, part) in [
        ("nonsense", "known here: probe, alerts"),
        ("probe.intervall", "did you mean `interval`?"),
        ("probe.timeout", "\"soon\" is no duration"),
        ("probe.slow", "longer than 0"),
        ("retention.history", "expected a string"),
        ("servers.both", "both `command` and `url`"),
        ("servers.neither", "needs `command`"),
        ("servers.words.command", r#"args = ["-y", "thing"]"#),
        ("servers.where.url", "is no address"),
        ("servers.observatory", "watches itself"),
        ("servers.env.env.TOKEN", "${NOPE} is not set"),
    ] {
        let found = got.iter().any(|(p, m)| *p == path && m.contains(part));
        assert!(found, "{path}: {part}\n{got:#?}");
    }
    assert_eq!(got.len(), 11, "{got:#?}");
}

#[test]
fn no_toml_says_where() {
    let error = toml("[probe\n").unwrap_err().to_string();
    assert!(error.contains("line 1"), "{error}");
}

#[test]
fn secrets_are_not_printed() {
    let config = toml(
        r#"
        [servers.a]
        url = "http://a.example/mcp"
        bearer_token = "hunter2"
        [servers.b]
        command = "x"
        env = { API_KEY = "hunter2" }
        [auth.keys.ci]
        key = "hunter2hunter2hunter2"
        "#,
    );
    let printed = format!("{:?}", config.unwrap());
    assert!(!printed.contains("hunter2"), "{printed}");
}

#[test]
fn dialects_of_clients() {
    let servers = json(
        r#"{ "mcpServers": {
            "claude": { "command": "npx", "args": ["-y", "x"], "alwaysAllow": ["a"] },
            "windsurf": { "serverUrl": "http://a.example/mcp" },
            "gemini": { "httpUrl": "http://b.example/mcp", "trust": true },
            "off": { "command": "x", "disabled": true }
        } }"#,
    )
    .unwrap();
    let names: Vec<_> = servers.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(names, ["claude", "gemini", "windsurf"]);
    let code = json(r#"{ "servers": { "a": { "type": "http", "url": "http://a.example/mcp" } } }"#);
    assert_eq!(code.unwrap().len(), 1);
}

#[test]
fn mistakes_of_client_files() {
    for (text, part) in [
        ("{", "is no JSON"),
        ("// x\n{}", "comments are not allowed"),
        ("{}", "has no `mcpServers`"),
        (r#"{"mcpServers": []}"#, "must be an object"),
        (
            r#"{"mcpServers": {"a": {"command": ["npx"]}}}"#,
            "mcpServers.a.command",
        ),
        (
            r#"{"mcpServers": {"a": {"type": "sse", "url": "http://a/sse"}}}"#,
            "HTTP+SSE",
        ),
        (r#"{"mcpServers": {"a": {}}}"#, "needs `command`"),
    ] {
        let error = json(text).unwrap_err().to_string();
        assert!(error.contains(part), "{part}: {error}");
    }
}

#[test]
fn what_was_found_needs_consent_and_what_was_asked_for_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let found = folder.path().join(DISCOVERED_FILE);
    std::fs::write(
        &found,
        r#"{"mcpServers": {"a": {"command": "x"}, "b": {"url": "http://b/mcp"}}}"#,
    )
    .unwrap();
    let consent = |sources: Sources| {
        let config = load(&sources, &no_env).unwrap();
        let pairs = config
            .servers
            .iter()
            .map(|s| (s.name.clone(), s.needs_approval));
        pairs.collect::<Vec<_>>()
    };
    let sources = Sources {
        folder: folder.path().to_owned(),
        ..Sources::default()
    };
    let asked = [("a".to_owned(), false), ("b".to_owned(), false)];
    assert_eq!(
        consent(sources.clone()),
        [("a".to_owned(), true), ("b".to_owned(), false)]
    );
    assert_eq!(
        consent(Sources {
            yes: true,
            ..sources.clone()
        }),
        asked
    );
    assert_eq!(
        consent(Sources {
            mcp_configs: vec![found],
            ..sources
        }),
        asked
    );
}

#[test]
fn a_missing_file_is_named() {
    let sources = Sources {
        config: Some("/nowhere/x.toml".into()),
        ..Sources::default()
    };
    let error = load(&sources, &no_env).unwrap_err().to_string();
    assert!(error.contains("/nowhere/x.toml: cannot be read"), "{error}");
}
