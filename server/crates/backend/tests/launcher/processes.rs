//! The MCP servers among the processes of this machine.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::orders::{config, server, start};

const LIST: &str = "/observability/processes";

/// Somebody else's server: three processes, like those that `npx` makes. Whoever started it is gone, and its
/// input is closed.
struct Stray {
    /// The first of them.
    pid: u64,
    all: Vec<u64>,
}

impl Stray {
    fn new(folder: &Path, trap: &str) -> Self {
        let program = folder.join("stray-mcp");
        std::fs::copy("/bin/sh", &program).unwrap();
        let last = format!("{trap} sleep 1000 & echo $!; wait");
        let middle = format!("{trap} echo $$; sh -c '{trap} echo $$; {last}' & wait");
        let mut starter = Command::new("sh")
            .args(["-c", r#""$0" -c "$1" --token hush <&- &"#])
            .arg(&program)
            .arg(&middle)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(starter.stdout.take().unwrap()).lines();
        let ids = lines.take(3).map(|line| line.unwrap().parse().unwrap());
        let all: Vec<u64> = ids.collect();
        starter.wait().unwrap();
        Self { pid: all[0], all }
    }

    fn running(&self) -> usize {
        self.all.iter().filter(|pid| runs(**pid)).count()
    }
}

impl Drop for Stray {
    fn drop(&mut self) {
        for pid in self.all.iter().filter(|pid| runs(**pid)) {
            let _ = Command::new("kill").args(["-9", &pid.to_string()]).status();
        }
    }
}

/// Whether a process is there, and not only its exit status.
fn runs(pid: u64) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat.rsplit_once(')').map(|(_, rest)| rest.trim_start());
    state.is_some_and(|state| !state.starts_with('Z'))
}

fn parent(pid: u64) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let mut fields = stat.rsplit_once(')').unwrap().1.split_whitespace();
    fields.nth(1).unwrap().parse().unwrap()
}

async fn find(app: &TestApp, pid: u64) -> Option<Value> {
    let all = app.json(LIST).await;
    assert_eq!(all["is_supported"], true);
    let all = all["processes"].as_array().unwrap().iter();
    all.clone().find(|it| it["pid"] == pid).cloned()
}

async fn end(app: &TestApp, pid: u64, start_ticks: &Value) -> (u16, Value) {
    let path = format!("{LIST}/{pid}/end");
    app.post(&path, json!({ "start_ticks": start_ticks })).await
}

pub(crate) async fn ours_and_orphans_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let stray = Stray::new(folder.path(), "");
    let app = start(folder.path(), config(vec![server(folder.path(), "fs")])).await;
    let running = |all: &Value| all[0]["state"] == "running";
    let line = app.until("/observability/launcher", running).await[0].clone();

    let ours = find(&app, line["pid"].as_u64().unwrap()).await.unwrap();
    assert_eq!(
        (&ours["kind"], &ours["server"]),
        (&json!("ours"), &json!("fs"))
    );
    assert!(!ours.to_string().contains("hush"), "{ours:#}");
    assert!(ours["memory_bytes"].as_u64().unwrap() > 100_000);
    let theirs = find(&app, stray.pid).await.unwrap();
    assert_eq!(theirs["kind"], "orphan");
    assert!(theirs["why"].as_str().unwrap().contains("closed"));
    assert_eq!(theirs["processes"], 3);
    assert!(
        theirs["command"]
            .as_str()
            .unwrap()
            .contains("--token ***REDACTED***")
    );
    let age = model::Clock::now_ms(&model::SystemClock) - theirs["started_ms"].as_i64().unwrap();
    assert!((-2_000..60_000).contains(&age), "{age}");
    assert!(
        find(&app, stray.all[1]).await.is_none(),
        "it is a part of that"
    );
    assert!(find(&app, u64::from(std::process::id())).await.is_none());

    // Ours are stopped, not ended.
    let (status, problem) = end(&app, ours["pid"].as_u64().unwrap(), &ours["start_ticks"]).await;
    assert_eq!(status, 409);
    assert!(problem["message"].as_str().unwrap().contains("that of fs"));
    app.until(
        "/api/v1/query?query=mcp_host_processes{kind=\"orphan\"}",
        |answer| {
            let value = &answer["data"]["result"][0]["value"][1];
            value.as_str().is_some_and(|count| count != "0")
        },
    )
    .await;
    app.stop().await;
}

pub(crate) async fn an_orphan_ends_with_its_tree() {
    for (trap, killed) in [("", 0), (r#"trap "" TERM;"#, 3)] {
        let folder = tempfile::tempdir().unwrap();
        let stray = Stray::new(folder.path(), trap);
        assert_eq!(stray.running(), 3);
        let app = start(folder.path(), config(Vec::new())).await;
        let seen = find(&app, stray.pid).await.unwrap();
        let ticks = seen["start_ticks"].as_u64().unwrap();

        let (status, problem) = end(&app, stray.pid, &json!(ticks + 1)).await;
        assert_eq!(status, 409, "{problem}");
        assert!(problem["message"].as_str().unwrap().contains("another one"));
        let us = u64::from(std::process::id());
        assert_eq!(end(&app, us, &json!(1)).await.0, 404, "this is no server");
        let path = format!("{LIST}/{}/end", stray.pid);
        assert_eq!(app.post(&path, json!({})).await.0, 400);
        assert_eq!(stray.running(), 3, "nobody was meant");

        let (status, ended) = end(&app, stray.pid, &json!(ticks)).await;
        assert_eq!(status, 200, "{ended}");
        assert_eq!(ended, json!({ "ended": 3, "killed": killed }));
        assert_eq!(stray.running(), 0);
        assert_eq!(end(&app, stray.pid, &json!(ticks)).await.0, 404);
        let events = app.json("/observability/events").await;
        let title = events[0]["title"].as_str().unwrap();
        assert!(
            title.starts_with(&format!("Process {} (", stray.pid)),
            "{title}"
        );
        assert!(title.ends_with("ended by local") && !title.contains("hush"));
        app.stop().await;
    }
}

pub(crate) async fn a_product_that_ends_leaves_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let names = ["a", "b", "c"];
    let servers = names.map(|name| server(folder.path(), name)).to_vec();
    let app = start(folder.path(), config(servers)).await;
    let running = |all: &Value| (0..3).all(|n| all[n]["state"] == "running");
    let all = app.until("/observability/launcher", running).await;
    let pid = |line: &Value| line["pid"].as_u64().unwrap();
    let mut known: Vec<u64> = (0..3).map(|n| pid(&all[n])).collect();

    // A crash, a restart, a stop and two starts at once, then all that there ever was.
    let kill = Command::new("kill")
        .args(["-9", &known[0].to_string()])
        .status();
    assert!(kill.unwrap().success());
    for order in ["b/restart", "c/stop"] {
        let path = format!("/observability/launcher/{order}");
        assert_eq!(app.post(&path, json!({})).await.0, 200);
    }
    let start = || app.post("/observability/launcher/c/start", json!({}));
    let (one, other) = tokio::join!(start(), start());
    let mut answers = [one.0, other.0];
    answers.sort_unstable();
    assert_eq!(answers, [200, 409], "it is started once");
    let others = |all: &Value| running(all) && (0..3).all(|n| !known.contains(&pid(&all[n])));
    let all = app.until("/observability/launcher", others).await;
    assert_eq!(all[0]["exits"][0]["how"], "signal 9");
    let new: Vec<u64> = (0..3).map(|n| pid(&all[n])).collect();
    for old in &known {
        assert!(!runs(*old), "{old} was replaced");
    }
    for pid in new {
        known.extend([pid, parent(pid)]);
        assert!(runs(pid));
    }
    app.stop().await;
    for pid in known {
        assert!(!runs(pid), "{pid} is left behind");
    }
}
