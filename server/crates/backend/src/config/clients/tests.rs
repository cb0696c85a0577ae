//! Snippets of client files, and what is said of them.

mod known;

use super::*;
use crate::config::{Endpoint, Mistakes};
use known::*;

fn env(name: &str) -> Option<String> {
    match name {
        "SET" => Some("hunter2-of-the-environment".to_owned()),
        "BEARER" => Some("Bearer hunter2-of-the-environment".to_owned()),
        "HOME" => Some("/home/ann".to_owned()),
        "PATH" => Some("/usr/bin:/bin".to_owned()),
        _ => None,
    }
}

fn reading(source: &str, text: &str) -> (Reading, Mistakes) {
    let mut mistakes = Mistakes::default();
    let file = ClientFile {
        source,
        text,
        dialect: None,
        trust: Trust::Asked,
        env: &env,
    };
    let reading = read(&file, &mut mistakes);
    (reading, mistakes)
}

/// What is found in a file: `error path: message; instead`.
fn findings(source: &str, text: &str) -> Vec<String> {
    let (_, mistakes) = reading(source, text);
    let line = |mistake: &crate::config::Mistake| {
        let finding = &mistake.finding;
        let severity = finding.severity.as_str();
        format!(
            "{severity} {}: {}; {}",
            finding.path, finding.message, finding.instead
        )
    };
    mistakes.iter().map(line).collect()
}

/// A file whose only entry is called `a`.
fn entry(file: &str, entry: &str) -> String {
    let list = Dialect::of_file(file).map_or("mcpServers", |dialect| dialect.list);
    format!(r#"{{"{list}":{{"a":{entry}}}}}"#)
}

fn check(file: &str, text: &str, severity: &str, expected: &str) {
    let found = findings(file, text);
    let is_there = |line: &String| line.starts_with(severity) && line.contains(expected);
    assert!(
        found.iter().any(is_there),
        "{text}\n{severity} {expected}\n{found:#?}"
    );
    let shown = found.join("\n");
    assert!(!shown.contains("hunter2"), "a secret is shown: {shown}");
}

#[test]
fn every_known_mistake_is_found() {
    for (file, text, severity, expected) in FILES {
        check(file, text, severity, expected);
    }
    for (file, text, severity, expected) in ENTRIES {
        check(file, &entry(file, text), severity, expected);
    }
}

#[test]
fn what_is_right_is_left_alone() {
    for (file, text) in [
        (
            ANY,
            r#"{"command":"true","args":["-y","x"],"env":{"DEBUG":"","TOKEN":"${SET}"}}"#,
        ),
        (
            CODE,
            r#"{"type":"http","url":"http://a.example/mcp","headers":{"Authorization":"Bearer ${SET}"}}"#,
        ),
        (CODE, r#"{"command":"sh","args":["-c","echo $HOME ~/x"]}"#),
        (VSCODE, r#"{"type":"http","url":"http://a.example/mcp"}"#),
        (
            CURSOR,
            r#"{"command":"true","args":["${workspaceFolder}","--header","X: y"]}"#,
        ),
        (CURSOR, r#"{"url":"http://a.example/mcp"}"#),
        (
            GEMINI,
            r#"{"httpUrl":"http://a.example/mcp","trust":true,"timeout":5}"#,
        ),
        (
            ROO,
            r#"{"type":"streamable-http","url":"http://a.example/mcp","alwaysAllow":["x"]}"#,
        ),
        (ANY, r#"{"serverUrl":"http://a.example/mcp"}"#),
        (ANY, r#"{"type":"sse","url":"http://a.example/sse"}"#),
        (GEMINI, r#"{"url":"http://a.example/sse"}"#),
        (ANY, r#"{"command":null,"url":"http://a.example/mcp"}"#),
        (ANY, r#"{"command":"nobody-has-this","disabled":true}"#),
    ] {
        let found = findings(file, &entry(file, text));
        assert!(found.is_empty(), "{text}\n{found:#?}");
    }
    let comments = "{ // why\n \"servers\": { \"a\": { \"command\": \"true\", }, }, }";
    assert!(findings(VSCODE, comments).is_empty());
    let codex =
        "[mcp_servers.a]\ncommand = \"true\"\n[mcp_servers.b]\ncommand = \"x\"\nenabled = false";
    assert!(findings(CODEX, codex).is_empty());
}

#[test]
fn windows_wants_a_shell_for_npx() {
    let entry = serde_json::json!({ "command": "npx", "args": ["-y", "x"] });
    let Some(entry) = entry.as_object() else {
        panic!("no object")
    };
    let seen = Seen {
        dialect: Dialect::of_shape(entry),
        path: "mcpServers.a",
        entry,
        env: &env,
        is_windows: true,
    };
    let mut mistakes = Mistakes::default();
    lint::look(&seen, &mut mistakes);
    assert!(mistakes.to_string().contains(r#"args ["/c", "npx", …]"#));
}

#[test]
fn dialects_come_to_the_same() {
    let http = |reading: Reading| match reading.servers.into_iter().next().map(|it| it.endpoint) {
        Some(Endpoint::Http { url, headers, .. }) => {
            let headers = headers.iter();
            let shown = headers.map(|(name, value)| format!("{name}={}", value.expose()));
            (url, shown.collect::<Vec<_>>())
        }
        other => panic!("{other:?}"),
    };
    let bearer = format!("authorization=Bearer {}", env("SET").unwrap());
    for (file, text, dialect) in [
        (
            CODE,
            r#"{"mcpServers":{"a":{"type":"http","url":"http://a/mcp","headers":{"authorization":"Bearer ${SET}"}}}}"#,
            "Claude Code",
        ),
        (
            VSCODE,
            r#"{"servers":{"a":{"type":"http","url":"http://a/mcp","headers":{"authorization":"Bearer ${env:SET}"}}}}"#,
            "VS Code",
        ),
        (
            GEMINI,
            r#"{"mcpServers":{"a":{"httpUrl":"http://a/mcp","headers":{"authorization":"Bearer $SET"}}}}"#,
            "Gemini CLI",
        ),
        (
            "w/mcp_config.json",
            r#"{"mcpServers":{"a":{"serverUrl":"http://a/mcp","headers":{"authorization":"Bearer ${env:SET}"}}}}"#,
            "Windsurf",
        ),
        (
            CODEX,
            "[mcp_servers.a]\nurl = \"http://a/mcp\"\nbearer_token_env_var = \"SET\"",
            "Codex",
        ),
        (
            CODEX,
            "[mcp_servers.a]\nurl = \"http://a/mcp\"\nenv_http_headers = { authorization = \"BEARER\" }",
            "Codex",
        ),
        (
            "x.json",
            r#"{"mcp":{"servers":{"a":{"url":"http://a/mcp","headers":{"authorization":"Bearer ${SET}"}}}}}"#,
            "mcpServers file",
        ),
    ] {
        let (reading, mistakes) = reading(file, text);
        assert_eq!(mistakes.errors(), 0, "{text} {mistakes}");
        assert_eq!(reading.dialect, dialect, "{text}");
        assert_eq!(
            http(reading),
            ("http://a/mcp".to_owned(), vec![bearer.clone()]),
            "{text}"
        );
    }
}

#[test]
fn the_older_transport_is_spoken_where_it_is_meant() {
    for (file, text, expected) in [
        (
            ANY,
            r#"{"type":"sse","url":"http://a/sse"}"#,
            mcp::Transport::Sse,
        ),
        (GEMINI, r#"{"url":"http://a/sse"}"#, mcp::Transport::Sse),
        (
            ANY,
            r#"{"type":"http","url":"http://a/mcp"}"#,
            mcp::Transport::Auto,
        ),
        (
            GEMINI,
            r#"{"httpUrl":"http://a/mcp"}"#,
            mcp::Transport::Auto,
        ),
    ] {
        let (reading, mistakes) = reading(file, &entry(file, text));
        assert_eq!(mistakes.errors(), 0, "{text} {mistakes}");
        match &reading.servers[0].endpoint {
            Endpoint::Http { transport, .. } => assert_eq!(*transport, expected, "{text}"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn files_of_variables_are_read_and_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join(".cursor")).unwrap();
    std::fs::write(folder.path().join("my.env"), "A=from-file\nB='two words'\n").unwrap();
    let file = folder.path().join(CURSOR);
    let text = r#"{"mcpServers":{"a":{
        "command":"true","args":["${userHome}","x"],"env":{"A":"own"},"envFile":"${workspaceFolder}/my.env"
    }}}"#;
    let (reading, mistakes) = reading(&file.display().to_string(), text);
    assert_eq!(mistakes.iter().count(), 0, "{mistakes}");
    let Endpoint::Stdio { command, .. } = &reading.servers[0].endpoint else {
        panic!("no command")
    };
    let env: Vec<_> = command
        .env
        .iter()
        .map(|(name, value)| (name.as_str(), value.expose()))
        .collect();
    assert_eq!(env, [("A", "own"), ("B", "two words")]);
    assert_eq!(command.args, ["/home/ann", "x"]);
    let origins = &reading.configured[0].origins;
    let from = |path: &str| {
        let origin = origins.iter().find(|origin| origin.path == path);
        origin
            .map(|origin| origin.from.as_str())
            .unwrap_or_default()
    };
    assert_eq!(from("args[0]"), "home folder");
    assert_eq!(from("args[1]"), "written in the file");
    assert_eq!(from("env.A"), "written in the file");
    assert!(from("env.B").starts_with("envFile ") && from("env.B").ends_with("/my.env"));
}
