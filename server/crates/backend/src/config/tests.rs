//! What configurations come to: data in, sentences out.

use super::*;

fn no_env(_: &str) -> Option<String> {
    None
}

fn toml(text: &str) -> Result<Config, Mistakes> {
    let mut mistakes = Mistakes::default();
    let mut config = File::read(text, &mut mistakes).into_config("f.toml", &no_env, &mut mistakes);
    servers::check_names(&mut config.servers, &mut mistakes);
    let served = config.launcher.serve_http.clone();
    servers::serve(&mut config.servers, &served, "f.toml", &mut mistakes);
    dependencies::verify(&config, "f.toml", &mut mistakes);
    mistakes.into_result(config)
}

#[test]
fn the_example_is_the_default() {
    let example = toml(EXAMPLE).unwrap();
    let expected = Config {
        files: example.files.clone(),
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
    let env = |name: &str| {
        ["SEARCH_TOKEN", "DB_PASSWORD"]
            .contains(&name)
            .then(|| "t".to_owned())
    };
    let config =
        File::read(&uncommented.join("\n"), &mut mistakes).into_config("f", &env, &mut mistakes);
    dependencies::verify(&config, "f", &mut mistakes);
    let messages: Vec<_> = mistakes
        .iter_errors()
        .map(|m| m.finding.path.as_str())
        .collect();
    assert_eq!(
        messages,
        ["auth.password_hash"],
        "the example has no real hash"
    );
    assert_eq!(config.servers.len(), 3);
    assert_eq!(
        config
            .servers
            .iter()
            .map(|server| server.checks.len())
            .sum::<usize>(),
        1
    );
    let kinds: std::collections::BTreeSet<_> = config
        .checks
        .iter()
        .map(|check| check.spec.kind())
        .collect();
    let is_served = |server: &&ServerConfig| server.endpoint.is_served();
    let served: Vec<_> = config.servers.iter().filter(is_served).collect();
    assert!(served.len() == 1 && served[0].name == "filesystem");
    assert_eq!(kinds.len(), 10, "every kind has an example: {kinds:?}");
    assert_eq!(config.depends_on["search"], ["filesystem", "database"]);
}

mod checks;

#[test]
fn all_mistakes_at_once() {
    let error = toml(
        r#"
        nonsense = 1
        [probe]
        intervall = "1s"
        timeout = "soon"
        slow = "0"
        [launcher]
        backoff_min = "20s"
        crash_loop_window = "0"
        stable = "5m"
        serve_http = ["words", "where", "env"]
        [retention]
        history = 7
        [rules]
        off = ["MCPServerDwn"]
        [servers.both]
        command = "a"
        url = "http://a/"
        [servers.neither]
        [servers.words]
        command = "npx -y thing"
        [servers.where]
        url = "localhost:1"
        [servers.far]
        url = "http://a.example/"
        serve_http = true
        [servers.observatory]
        command = "x"
        [servers.env]
        command = "x"
        env = { TOKEN = "${NOPE}" }
        [servers.pigeon]
        url = "http://a.example/"
        transport = "pigeon"
        [servers.guarded]
        url = "http://a.example/"
        bearer_token = "t"
        oauth = { client_id = "${NOPE}", client_secret = "s", token_url = "login", scop = "x" }
        [servers.id]
        url = "http://a.example/"
        oauth = { client_id = "a" }
        "#,
    )
    .unwrap_err();
    let got: Vec<_> = error
        .iter_errors()
        .map(|m| (m.finding.path.as_str(), m.finding.message.as_str()))
        .collect();
    for (path, part) in [
        ("nonsense", "known here: probe, alerts"),
        ("probe.intervall", "did you mean `interval`?"),
        ("probe.timeout", "\"soon\" is no duration"),
        ("probe.slow", "longer than 0"),
        ("launcher.backoff_max", "not be shorter than"),
        ("launcher.crash_loop_window", "longer than 0"),
        ("launcher.stable", "did you mean `stable_after`?"),
        ("launcher.serve_http", "no server \"words\""),
        ("launcher.serve_http", "no server \"where\""),
        ("servers.far.serve_http", "over HTTP already"),
        ("retention.history", "expected a string"),
        ("rules.off", "\"MCPServerDwn\" is no built-in alert"),
        ("servers.both", "both `command` and `url`"),
        ("servers.neither", "needs `command`"),
        ("servers.words.command", r#"args = ["-y", "thing"]"#),
        ("servers.where.url", "is no address"),
        ("servers.observatory", "watches itself"),
        ("servers.env.env.TOKEN", "${NOPE} is not set"),
        ("servers.pigeon.transport", "write auto or sse"),
        ("servers.guarded", "has both `oauth` and a token"),
        ("servers.guarded.oauth.client_id", "${NOPE} is not set"),
        ("servers.guarded.oauth.token_url", "is no address"),
        ("servers.guarded.oauth.scop", "did you mean `scope`?"),
        ("servers.id.oauth", "needs client_id and client_secret"),
    ] {
        let found = got.iter().any(|(p, m)| *p == path && m.contains(part));
        assert!(found, "{path}: {part}\n{got:#?}");
    }
    assert_eq!(got.len(), 24, "{got:#?}");
}

#[test]
fn a_server_of_a_clients_file_can_be_served() {
    let folder = tempfile::tempdir().unwrap();
    let (ours, theirs) = (
        folder.path().join(DEFAULT_FILE),
        folder.path().join("mcp.json"),
    );
    let servers = r#"{"mcpServers": {"a": {"command": "x"}, "b": {"url": "http://b/mcp"}, "c": {"command": "x"}}}"#;
    std::fs::write(&theirs, servers).unwrap();
    let served = |names: &str| {
        std::fs::write(&ours, format!("[launcher]\nserve_http = {names}\n")).unwrap();
        let sources = Sources {
            folder: folder.path().to_owned(),
            mcp_configs: vec![theirs.clone()],
            ..Sources::default()
        };
        let config = load(&sources, &no_env)?;
        let served = config.servers.into_iter();
        let served = served.filter(|server| server.endpoint.is_served());
        Ok::<_, Mistakes>(served.map(|server| server.name).collect::<Vec<_>>())
    };
    assert_eq!(served(r#"["a"]"#).unwrap(), ["a"]);
    assert_eq!(served("[]").unwrap(), Vec::<String>::new());
    for (names, words) in [(r#"["b"]"#, "over HTTP already"), (r#"["d"]"#, "no server")] {
        let error = served(names).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
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
        checks.c = { tool = "t", arguments = { key = "hunter2" } }
        [servers.o]
        url = "http://a.example/sse"
        transport = "sse"
        oauth = { client_id = "a", client_secret = "hunter2" }
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

/// A folder with files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

#[test]
fn warnings_stop_nothing_and_are_kept_with_their_file() {
    let folder = folder(&[(
        "a.json",
        r#"{"mcpServers":{"a":{"command":"x","env":{"TOKEN":"hunter2"}}}}"#,
    )]);
    let file = folder.path().join("a.json");
    let named = format!("cursor:{}", file.display());
    for (argument, dialect) in [
        (file.display().to_string(), "mcpServers file"),
        (named, "Cursor"),
    ] {
        let sources = Sources {
            mcp_configs: vec![argument.into()],
            folder: folder.path().to_owned(),
            ..Sources::default()
        };
        let config = load(&sources, &no_env).unwrap();
        let read = &config.files[0];
        assert_eq!(read.dialect, dialect);
        assert_eq!((read.findings.len(), read.errors()), (1, 0));
        assert_eq!(read.findings[0].path, "mcpServers.a.env.TOKEN");
        let paths = read.servers[0]
            .origins
            .iter()
            .map(|origin| origin.path.as_str());
        assert_eq!(paths.collect::<Vec<_>>(), ["env.TOKEN", "command"]);
        let printed = format!("{read:?} {}", config.mistakes());
        assert!(!printed.contains("hunter2"), "{printed}");
    }
}

#[test]
fn what_was_found_keeps_nothing_from_starting_and_gives_way() {
    let folder = folder(&[
        (
            DISCOVERED_FILE,
            r#"{"mcpServers":{"a":{"command":"found"},"observatory":{"command":"x"},"b":{},"c":{"command":"c"}}}"#,
        ),
        ("asked.json", r#"{"mcpServers":{"a":{"command":"asked"}}}"#),
    ]);
    let sources = Sources {
        mcp_configs: vec![folder.path().join("asked.json")],
        folder: folder.path().to_owned(),
        ..Sources::default()
    };
    let config = load(&sources, &no_env).unwrap();
    let names = config
        .servers
        .iter()
        .map(|it| (it.name.as_str(), it.needs_approval));
    assert_eq!(names.collect::<Vec<_>>(), [("a", false), ("c", true)]);
    let found = &config.files[1];
    assert_eq!(found.errors(), 2, "{found:?}");
    assert_eq!(found.servers.len(), 1, "{found:?}");
    let gives_way = found
        .findings
        .iter()
        .any(|it| it.message.contains("asked.json has this name too"));
    assert!(gives_way, "{found:?}");

    let yes = Sources {
        yes: true,
        ..sources
    };
    let error = load(&yes, &no_env).unwrap_err();
    assert_eq!(error.errors(), 3, "{error}");
}
