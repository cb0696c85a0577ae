//! The tap as a program: between this test and real commands, with and without a product to tell.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use backend::config::Config;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};

use crate::app::{TestApp, start};
use crate::served::eventually;

/// Where nobody listens.
pub(crate) const NOBODY: &str = "http://127.0.0.1:9";

fn tap(url: &str, spool: &Path, command: &[&str]) -> Child {
    let mut tap = Command::new(std::env::current_exe().unwrap());
    tap.args(["tap", "--name", "tapped", "--url", url, "--spool"])
        .arg(spool)
        .arg("--")
        .args(command);
    begun(tap)
}

fn bare(command: &[&str]) -> Child {
    let mut bare = Command::new(command[0]);
    bare.args(&command[1..]);
    begun(bare)
}

fn begun(mut command: Command) -> Child {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    command.spawn().unwrap()
}

async fn code(mut child: Child) -> Option<i32> {
    drop(child.stdin.take());
    child.wait().await.unwrap().code()
}

/// Says lines to a server, waiting for an answer to each that has an id, and returns the answers as they are written.
async fn talk(child: &mut Child, lines: &[String]) -> Vec<String> {
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut answers = Vec::new();
    for line in lines {
        stdin
            .write_all(format!("{line}\n").as_bytes())
            .await
            .unwrap();
        let said: Value = serde_json::from_str(line).unwrap();
        while !said["id"].is_null() {
            let answer = stdout.next_line().await.unwrap().expect("an answer");
            let read: Value = serde_json::from_str(&answer).unwrap();
            if read["id"] == said["id"] && read.get("method").is_none() {
                answers.push(answer);
                break;
            }
        }
    }
    drop(stdin);
    while stdout.next_line().await.unwrap().is_some() {}
    answers
}

fn hello() -> Vec<String> {
    let params = json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "test", "version": "1" } });
    let hello = json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params });
    let ready = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    vec![
        hello.to_string(),
        ready.to_string(),
        ask(1, "tools/list", json!({})),
    ]
}

fn ask(id: u64, method: &str, params: Value) -> String {
    json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }).to_string()
}

fn call(id: u64, name: &str, arguments: Value) -> String {
    ask(
        id,
        "tools/call",
        json!({ "name": name, "arguments": arguments }),
    )
}

pub(crate) async fn value(app: &TestApp, query: &str, wanted: &str) {
    let query = wire::path_segment(query);
    let path = format!("/api/v1/query?query={query}");
    let is = |answer: &Value| answer["data"]["result"][0]["value"][1] == wanted;
    app.until(&path, is).await;
}

pub(crate) fn demo(path: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../.demo");
    let found = root.join(path);
    assert!(found.exists(), "{}: run .make/peers", found.display());
    found
}

pub(crate) async fn any_bytes_pass_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let mut sent = Vec::new();
    let mut state = 7_u32;
    while sent.len() < 12 << 20 {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        sent.extend(state.to_be_bytes());
    }
    // A frame of megabytes, half a letter, and no end.
    sent.extend(vec![b'x'; 10 << 20]);
    sent.extend(b"\n{\"jsonrpc\":\"2.0\"}\r\n\xe4\xbd");
    let mut child = tap(NOBODY, folder.path(), &["cat"]);
    let (mut stdin, mut stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let parts = sent.clone();
    let sender = tokio::spawn(async move { stdin.write_all(&parts).await.unwrap() });
    let mut arrived = Vec::new();
    stdout.read_to_end(&mut arrived).await.unwrap();
    sender.await.unwrap();
    assert!(arrived == sent, "{} of {}", arrived.len(), sent.len());
    assert_eq!(code(child).await, Some(0));
}

pub(crate) async fn ends_are_handed_on() {
    let folder = tempfile::tempdir().unwrap();
    for (script, expected) in [
        ("exit 7", 7),
        ("kill -KILL $$", 137),
        ("kill -TERM $$", 143),
    ] {
        let child = tap(NOBODY, folder.path(), &["sh", "-c", script]);
        assert_eq!(code(child).await, Some(expected), "{script}");
    }
    let child = tap(NOBODY, folder.path(), &["/no/such/program"]);
    assert_eq!(code(child).await, Some(127));
    let child = tap(NOBODY, folder.path(), &["/etc/passwd"]);
    assert_eq!(code(child).await, Some(126));
    // A signal is for the server, which may do with it what it likes.
    let script = "trap 'exit 9' TERM; echo up; while :; do sleep 0.05; done";
    let mut child = tap(NOBODY, folder.path(), &["sh", "-c", script]);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(lines.next_line().await.unwrap().unwrap(), "up");
    let pid = child.id().unwrap().to_string();
    let told = Command::new("kill").args(["-TERM", &pid]).status().await;
    assert!(told.unwrap().success());
    assert_eq!(code(child).await, Some(9));
}

/// The key is the tap's own.
pub(crate) async fn a_key_is_not_for_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let mut tap = Command::new(std::env::current_exe().unwrap());
    tap.args(["tap", "--name", "tapped", "--url", NOBODY, "--spool"])
        .arg(folder.path())
        .args(["--", "sh", "-c"])
        .arg("test -z \"$OBSERVATORY_KEY\" && test \"$OTHER\" = seen && exit 4")
        .env("OBSERVATORY_KEY", "secret")
        .env("OTHER", "seen");
    assert_eq!(code(begun(tap)).await, Some(4));
}

/// What a product does not answer that takes connections is kept, and the server's end is told.
pub(crate) async fn a_product_that_hangs_is_not_waited_for() {
    let spool = tempfile::tempdir().unwrap();
    let hangs = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", hangs.local_addr().unwrap());
    let script =
        "while read -r line; do echo '{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}'; done; exit 5";
    let mut child = tap(&url, spool.path(), &["sh", "-c", script]);
    let said = call(1, "kept", json!({ "word": "hushed" }));
    assert_eq!(talk(&mut child, &[said]).await.len(), 1);
    assert_eq!(code(child).await, Some(5));
    let mut kept = String::new();
    for folder in std::fs::read_dir(spool.path()).unwrap() {
        for file in std::fs::read_dir(folder.unwrap().path()).unwrap() {
            kept += &std::fs::read_to_string(file.unwrap().path()).unwrap();
        }
    }
    assert!(
        kept.contains("\"kept\"") && !kept.contains("hushed"),
        "{kept}"
    );
}

pub(crate) async fn a_killed_tap_leaves_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let script = "sleep 1000 & echo $!; echo $$; wait";
    let mut child = tap(NOBODY, folder.path(), &["sh", "-c", script]);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut pids = Vec::new();
    for _ in 0..2 {
        pids.push(lines.next_line().await.unwrap().unwrap());
    }
    child.start_kill().unwrap();
    child.wait().await.unwrap();
    let lives = |pid: &String| Path::new("/proc").join(pid).exists();
    eventually("nobody is left", || !pids.iter().any(lives)).await;
}

pub(crate) async fn real_servers_answer_as_without_it() {
    let folder = tempfile::tempdir().unwrap();
    let spool = tempfile::tempdir().unwrap();
    let app = start(folder.path(), Config::default()).await.unwrap();
    let everything = demo("node_modules/@modelcontextprotocol/server-everything/dist/index.js");
    let memory = demo("node_modules/@modelcontextprotocol/server-memory/dist/index.js");
    let time = demo("venv/bin/mcp-server-time");
    let (everything, memory, time) = (
        everything.display().to_string(),
        memory.display().to_string(),
        time.display().to_string(),
    );
    let remembered = tempfile::tempdir().unwrap();
    let remembered = remembered.path().join("memory.jsonl");
    let remembered = format!("MEMORY_FILE_PATH={}", remembered.display());
    let about_nobody = json!([{ "entityName": "nobody", "contents": ["is here"] }]);
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": { "name": "modern", "version": "1" },
    });
    let asked = |calls: Vec<String>| [hello(), calls].concat();
    let modern = vec![
        ask(1, "tools/list", json!({ "_meta": meta })),
        ask(
            2,
            "tools/call",
            json!({ "name": "convert_time", "arguments": { "source_timezone": "UTC", "time": "12:00", "target_timezone": "Asia/Tokyo" }, "_meta": meta }),
        ),
    ];
    for (command, lines) in [
        (
            vec!["node", &everything],
            asked(vec![
                call(2, "echo", json!({ "message": "hällo" })),
                call(3, "get-sum", json!({ "a": 1, "b": 2 })),
                call(4, "no-such-tool", json!({})),
            ]),
        ),
        (
            vec!["env", &remembered, "node", &memory],
            asked(vec![
                call(2, "read_graph", json!({})),
                call(
                    3,
                    "add_observations",
                    json!({ "observations": about_nobody }),
                ),
            ]),
        ),
        (vec![&time, "--local-timezone", "UTC"], modern),
    ] {
        let direct = talk(&mut bare(&command), &lines).await;
        let mut tapped = tap(&app.url, spool.path(), &command);
        assert_eq!(talk(&mut tapped, &lines).await, direct, "{command:?}");
        assert!(code(tapped).await.is_some());
    }
    for (query, count) in [
        (
            r#"mcp_requests_total{server="tapped",tool="echo",client="test",status="success"}"#,
            "1",
        ),
        (
            r#"sum(mcp_requests_total{server="tapped",method="tools/call"})"#,
            "6",
        ),
        (
            r#"mcp_requests_total{client="modern",tool="convert_time"}"#,
            "1",
        ),
        (
            r#"mcp_tool_errors_total{tool_name="add_observations",error_type="tool_error"}"#,
            "1",
        ),
        (
            r#"mcp_tool_unadvertised_calls_total{tool_name="no-such-tool"}"#,
            "1",
        ),
        (
            r#"mcp_server_operation_duration_seconds_count{gen_ai_tool_name="get-sum",network_transport="pipe"}"#,
            "1",
        ),
        (
            r#"count(mcp_tool_definition_tokens{server="tapped"} > 20) > bool 20"#,
            "1",
        ),
        (
            r#"mcp_connection_duration_seconds_count{server="tapped"}"#,
            "3",
        ),
        (
            r#"sum(increase(mcp_requests_total{server="tapped",tool="echo"}[5m])) > bool 0"#,
            "1",
        ),
    ] {
        value(&app, query, count).await;
    }
    app.stop().await;
}

pub(crate) async fn what_the_product_missed_counts_once() {
    let folder = tempfile::tempdir().unwrap();
    let spool = tempfile::tempdir().unwrap();
    let server = [
        std::env::current_exe().unwrap().display().to_string(),
        "server".to_owned(),
    ];
    let server: Vec<&str> = server.iter().map(String::as_str).collect();
    let lines = [hello(), vec![call(2, "tool_0", json!({}))]].concat();
    let mut tapped = tap(NOBODY, spool.path(), &server);
    talk(&mut tapped, &lines).await;
    assert_eq!(code(tapped).await, Some(0));
    let kept = spool.path().join("http---127.0.0.1-9");
    let files = std::fs::read_dir(&kept).unwrap().count();
    assert!(files > 0);

    let app = start(folder.path(), Config::default()).await.unwrap();
    // What was kept for one product comes to another, twice, and once more after a restart.
    let to = |app: &TestApp| {
        let port = app.url.rsplit(':').next().unwrap();
        spool.path().join(format!("http---127.0.0.1-{port}"))
    };
    let deliver = async |app: &TestApp| {
        std::fs::create_dir_all(to(app)).unwrap();
        for file in std::fs::read_dir(&kept).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), to(app).join(file.file_name())).unwrap();
        }
        let child = tap(&app.url, spool.path(), &["true"]);
        assert_eq!(code(child).await, Some(0));
        assert_eq!(
            std::fs::read_dir(to(app)).unwrap().count(),
            0,
            "all is delivered"
        );
    };
    let query = r#"mcp_requests_total{server="tapped",method="tools/call"}"#;
    deliver(&app).await;
    value(&app, query, "1").await;
    deliver(&app).await;
    value(&app, query, "1").await;
    app.stop().await;

    let app = start(folder.path(), Config::default()).await.unwrap();
    deliver(&app).await;
    value(&app, query, "1").await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    value(&app, query, "1").await;
    app.stop().await;
}

/// The product goes and comes back while one session goes on: all calls count, once.
pub(crate) async fn the_product_may_be_away() {
    let (folder, spool) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let app = start(folder.path(), Config::default()).await.unwrap();
    let address = app.url.strip_prefix("http://").unwrap().parse().unwrap();
    let answer = r#"while read -r line; do id=${line#*\"id\":}; echo "{\"jsonrpc\":\"2.0\",\"id\":${id%%,*},\"result\":{}}"; done"#;
    let mut child = tap(&app.url, spool.path(), &["sh", "-c", answer]);
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut calls = 0;
    let mut some = async |calls: &mut u64| {
        for _ in 0..50 {
            *calls += 1;
            // The id is not the last member.
            let said = format!(
                "{{\"jsonrpc\":\"2.0\",\"id\":{calls},\"method\":\"tools/call\",\"params\":{{\"name\":\"x\"}}}}\n"
            );
            stdin.write_all(said.as_bytes()).await.unwrap();
            let answer = stdout.next_line().await.unwrap().unwrap();
            assert!(answer.contains(&format!("\"id\":{calls},")), "{answer}");
        }
    };
    let query = r#"sum(mcp_requests_total{server="tapped",method="tools/call"})"#;
    some(&mut calls).await;
    value(&app, query, &calls.to_string()).await;
    app.stop().await;
    some(&mut calls).await;
    eventually("something is kept", || kept(spool.path()) > 0).await;
    let app = crate::app::start_at(address, folder.path(), Config::default()).await;
    some(&mut calls).await;
    value(&app, query, &calls.to_string()).await;
    eventually("all is delivered", || kept(spool.path()) == 0).await;
    drop(stdin);
    assert_eq!(code(child).await, Some(0));
    value(&app, query, &calls.to_string()).await;
    value(&app, r#"sum(mcp_traffic_lost_total) or vector(0)"#, "0").await;
    app.stop().await;
}

/// How many batches wait in a spool.
pub(crate) fn kept(spool: &Path) -> usize {
    let folders = std::fs::read_dir(spool).unwrap();
    folders
        .flat_map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap())
        .count()
}

pub(crate) async fn wrong_records_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let app = start(folder.path(), Config::default()).await.unwrap();
    let good = json!({ "id": "a-1", "server": "x", "transport": "http", "records": [] });
    for (change, status, word) in [
        (json!({}), 200, ""),
        (json!({ "id": "" }), 400, "id"),
        (json!({ "id": "a b" }), 400, "id"),
        (json!({ "server": "" }), 400, "server"),
        (json!({ "transport": "pigeon" }), 400, "transport"),
        (json!({ "records": [{ "kind": "song" }] }), 400, "song"),
    ] {
        let mut batch = good.clone();
        for (name, value) in change.as_object().unwrap() {
            batch[name] = value.clone();
        }
        let url = format!("{}/observability/traffic", app.url);
        let answer = app.http.post(url).json(&batch).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{batch}");
        let text = answer.text().await.unwrap();
        assert!(text.contains(word), "{text}");
    }
    let refused = app.json("/observability/refusals").await;
    assert_eq!(refused[0]["source"], "traffic");
    assert_eq!(refused[0]["count"], 5);
    app.stop().await;
}
