//! Starting, stopping and restarting by people, and what is seen of it.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use backend::config::{CommandLine, Config, Endpoint, Secret, ServerConfig};
use serde_json::{Value, json};

use crate::app::{TestApp, dead_server, quick, start_with};

const SECRET: &str = "hush-hush-hush";

/// This program as a server of this name; how it behaves stands in `NAME.tools` of the folder.
pub(crate) fn server(folder: &Path, name: &str) -> ServerConfig {
    let tools = folder.join(format!("{name}.tools"));
    let env = [
        ("TOOLS_FILE", tools.to_str().unwrap()),
        ("API_TOKEN", SECRET),
    ];
    let env = env.map(|(name, value)| (name.to_owned(), Secret::new(value)));
    ServerConfig {
        name: name.to_owned(),
        endpoint: Endpoint::Stdio {
            command: CommandLine {
                program: std::env::current_exe().unwrap().display().to_string(),
                args: vec!["server".to_owned(), "--token".to_owned(), SECRET.to_owned()],
                env: BTreeMap::from(env),
                cwd: None,
            },
            serve_http: false,
        },
        protocol: mcp::Protocol::Legacy,
        source: "test".to_owned(),
        needs_approval: false,
        checks: Vec::new(),
    }
}

pub(crate) fn behave(folder: &Path, name: &str, how: &str) {
    std::fs::write(folder.join(format!("{name}.tools")), how).unwrap();
}

pub(crate) fn config(servers: Vec<ServerConfig>) -> Config {
    let mut config = quick();
    config.probe.backoff_min = Duration::from_millis(20);
    config.probe.backoff_max = Duration::from_millis(50);
    config.servers = servers;
    config
}

pub(crate) async fn start(data: &Path, config: Config) -> TestApp {
    let keeper = backend::KeeperCommand {
        program: std::env::current_exe().unwrap(),
        args: vec!["keeper".to_owned()],
    };
    start_with(data, config, keeper).await.unwrap()
}

/// Waits until the only server that is started is as wanted.
async fn until(app: &TestApp, wanted: impl Fn(&Value) -> bool) -> Value {
    let all = app
        .until("/observability/launcher", |all| wanted(&all[0]))
        .await;
    all[0].clone()
}

async fn order(app: &TestApp, name: &str, order: &str) -> (u16, Value) {
    let path = format!("/observability/launcher/{name}/{order}");
    app.post(&path, json!({})).await
}

pub(crate) async fn a_start_is_seen_phase_by_phase() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), config(vec![server(folder.path(), "fs")])).await;
    let line = until(&app, |line| line["state"] == "running").await;
    let phases = line["phases"].as_array().unwrap().iter();
    let names: Vec<_> = phases
        .clone()
        .map(|it| it["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        ["spawn", "first output", "handshake", "tools listed"]
    );
    let mut at = 0.0;
    for phase in phases {
        let (from, took) = (&phase["from_seconds"], &phase["seconds"]);
        assert!(from.as_f64().unwrap() >= at && took.as_f64().unwrap() >= 0.0);
        at = from.as_f64().unwrap();
    }
    assert_eq!(line["tools"], 2);
    assert_eq!(line["restarts"], 0);
    assert!(line["pid"].is_u64() && line["next_start_ms"].is_null());
    assert_eq!(line["stderr"], json!(["starting with ***REDACTED***"]));
    assert!(!line.to_string().contains(SECRET), "{line:#}");
    app.until(
        "/api/v1/query?query=launch_duration_seconds{server=\"fs\"}",
        |answer| answer["data"]["result"][0]["value"][1].is_string(),
    )
    .await;
    let names = "servers_launched_total|servers_failed_total|restart_attempts_total";
    let query = format!("/api/v1/query?query=count({{__name__=~\"{names}\",server=\"fs\"}})");
    let counted = app.json(&query).await;
    assert_eq!(counted["data"]["result"][0]["value"][1], "3");
    app.stop().await;
}

pub(crate) async fn what_a_person_stops_stays_stopped() {
    let folder = tempfile::tempdir().unwrap();
    behave(folder.path(), "fs", "refuse");
    let config = config(vec![server(folder.path(), "fs")]);
    let app = start(folder.path(), config.clone()).await;
    // It is down, and somebody is called for it.
    app.until("/alerts?open=true", |alerts| !alerts[0].is_null())
        .await;
    assert_eq!(order(&app, "fs", "stop").await.0, 200);
    assert_eq!(
        order(&app, "fs", "stop").await.0,
        409,
        "it is stopped already"
    );
    assert_eq!(order(&app, "fs", "restart").await.0, 409);
    app.until("/alerts?open=true", |alerts| alerts[0].is_null())
        .await;
    let up = "/api/v1/query?query=mcp_server_up{server=\"fs\"}";
    let is_silent = |answer: &Value| answer["data"]["result"].as_array().unwrap().is_empty();
    app.until(up, is_silent).await;

    let is_stopped = |line: &Value| line["state"] == "stopped" && line["pid"].is_null();
    until(&app, is_stopped).await;
    let events = app.json("/observability/events?server=fs").await;
    let titles = events
        .as_array()
        .unwrap()
        .iter()
        .map(|event| &event["title"]);
    assert!(
        titles
            .clone()
            .any(|title| title == "fs was stopped by local")
    );
    app.stop().await;

    behave(folder.path(), "fs", "2");
    let app = start(folder.path(), config).await;
    let line = app.json("/observability/launcher").await[0].clone();
    assert!(is_stopped(&line), "{line:#}");
    assert_eq!(line["reason"], "Stopped by local.");
    let row = app.json("/observability/servers/fs").await["server"].clone();
    assert_eq!(row["admin"], "stopped");
    assert_eq!(row["verdict"]["level"], "unknown");
    assert_eq!(row["verdict"]["reason"], "stopped");
    let probe = app.post("/observability/servers/fs/probe", json!({})).await;
    assert_eq!(probe.0, 409, "nothing is there to be probed");

    assert_eq!(order(&app, "fs", "start").await.0, 200);
    assert_eq!(
        order(&app, "fs", "start").await.0,
        409,
        "one start is enough"
    );
    let line = until(&app, |line| line["state"] == "running").await;
    assert_eq!(line["restarts"], 0, "it was started once: {line:#}");
    app.until("/observability/servers/fs", |detail| {
        detail["server"]["verdict"]["level"] == "healthy"
    })
    .await;
    app.stop().await;
}

pub(crate) async fn a_restart_is_another_process() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), config(vec![server(folder.path(), "fs")])).await;
    let before = until(&app, |line| line["state"] == "running").await;
    assert_eq!(order(&app, "fs", "restart").await.0, 200);
    let after = until(&app, |line| {
        line["state"] == "running" && line["pid"] != before["pid"]
    })
    .await;
    assert_eq!(after["restarts"], 1);
    assert_eq!(after["crashes"], 0, "it was told to end");
    assert_eq!(after["exits"][0]["pid"], before["pid"]);
    assert_eq!(after["exits"][0]["was_asked"], true);
    let events = app.json("/observability/events?server=fs").await;
    assert_eq!(events[0]["title"], "fs was restarted by local");
    app.stop().await;
}

pub(crate) async fn a_crash_loop_is_named_and_forgiven() {
    let folder = tempfile::tempdir().unwrap();
    behave(folder.path(), "fs", "crash");
    let app = start(folder.path(), config(vec![server(folder.path(), "fs")])).await;
    let line = until(&app, |line| line["state"] == "crash_loop").await;
    let reason = line["reason"].as_str().unwrap();
    assert!(
        reason.contains("within 5 min") && reason.contains("exit code 9"),
        "{reason}"
    );
    let exits = line["exits"].as_array().unwrap();
    assert!(exits.len() > 5 && exits.len() <= 10, "{exits:#?}");
    for exit in exits {
        assert_eq!(exit["how"], "exit code 9");
        assert_eq!(exit["was_asked"], false);
        let said = exit["stderr"].as_array().unwrap();
        assert_eq!(said.last().unwrap(), "fatal: it has had enough");
    }
    // Between two runs it is known when the next begins.
    until(&app, |line| line["next_start_ms"].is_i64()).await;

    behave(folder.path(), "fs", "3");
    let line = until(&app, |line| line["tools"] == 3).await;
    assert_eq!(line["state"], "crash_loop", "it has not proved itself yet");
    assert_eq!(order(&app, "fs", "restart").await.0, 200);
    until(&app, |line| line["state"] == "running").await;
    app.stop().await;
}

pub(crate) async fn fewer_tools_after_a_restart_are_said() {
    let folder = tempfile::tempdir().unwrap();
    behave(folder.path(), "fs", "5");
    let app = start(folder.path(), config(vec![server(folder.path(), "fs")])).await;
    until(&app, |line| line["tools"] == 5).await;
    behave(folder.path(), "fs", "3");
    assert_eq!(order(&app, "fs", "restart").await.0, 200);
    let line = until(&app, |line| line["tools_before"] == 5).await;
    assert_eq!(line["tools"], 3);
    let reason = line["reason"].as_str().unwrap();
    assert!(reason.contains("only 3 of the 5 tools"), "{reason}");
    app.stop().await;
}

pub(crate) async fn others_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut found = server(folder.path(), "found");
    found.needs_approval = true;
    let servers = vec![dead_server("far").await, found];
    let app = start(folder.path(), config(servers)).await;
    for (name, expected, words) in [
        ("far", 409, "HTTP"),
        ("nobody", 404, "no server"),
        ("found", 409, "agreed"),
        ("observatory", 409, "HTTP"),
    ] {
        for what in ["start", "stop", "restart"] {
            let (status, problem) = order(&app, name, what).await;
            assert_eq!(status, expected, "{what} {name}");
            assert!(
                problem["message"].as_str().unwrap().contains(words),
                "{problem}"
            );
        }
    }
    let all = app.json("/observability/launcher").await;
    assert_eq!(all.as_array().unwrap().len(), 1);
    assert_eq!(all[0]["state"], "awaiting_approval");
    app.stop().await;
}

pub(crate) async fn how_servers_stood_outlives_the_product() {
    let folder = tempfile::tempdir().unwrap();
    behave(folder.path(), "fs", "refuse");
    let config = config(vec![server(folder.path(), "fs")]);
    let app = start(folder.path(), config.clone()).await;
    let courses = "/observability/launcher/courses?last_ms=3600000";
    let states = |answer: &Value| -> Vec<String> {
        let stretches = answer["rows"][0]["stretches"].as_array().unwrap().iter();
        let word = |stretch: &Value| stretch["state"].as_str().unwrap().to_owned();
        stretches.map(word).collect()
    };
    app.until(courses, |answer| {
        states(answer)
            .last()
            .is_some_and(|last| last == "crash_loop")
    })
    .await;
    behave(folder.path(), "fs", "2");
    assert_eq!(order(&app, "fs", "restart").await.0, 200);
    let answer = app
        .until(courses, |answer| {
            states(answer).last().is_some_and(|last| last == "running")
        })
        .await;
    let row = &answer["rows"][0];
    assert_eq!(row["name"], "fs");
    let ends = row["ends"].as_array().unwrap();
    let refused = ends.iter().find(|end| end["how"] == "exit code 3").unwrap();
    assert_eq!(refused["was_asked"], false);
    let said = refused["stderr"].as_array().unwrap();
    assert_eq!(said.last().unwrap(), "error: it does not want to");
    assert!(!answer.to_string().contains(SECRET), "{answer:#}");
    let seen = states(&answer);
    assert_eq!(seen[0], "starting", "{seen:?}");
    app.stop().await;

    let app = start(folder.path(), config).await;
    let answer = app
        .until(courses, |answer| {
            let states = states(answer);
            states.len() > seen.len() + 1 && states.last().is_some_and(|last| last == "running")
        })
        .await;
    assert_eq!(
        states(&answer)[..seen.len()],
        seen[..],
        "what was is still known"
    );
    let stretches = answer["rows"][0]["stretches"].as_array().unwrap();
    for pair in stretches.windows(2) {
        let (end, next) = (pair[0]["to_ms"].as_i64(), pair[1]["from_ms"].as_i64());
        assert!(end.unwrap() <= next.unwrap(), "{stretches:#?}");
    }
    let gap = &stretches[seen.len() - 1..=seen.len()];
    assert!(
        gap[0]["to_ms"].as_i64().unwrap() < gap[1]["from_ms"].as_i64().unwrap(),
        "while the product did not run, nothing is known: {gap:#?}"
    );
    let wrong = app.get("/observability/launcher/courses?from_ms=5").await;
    assert_eq!(wrong.status(), 400);
    app.stop().await;
}
