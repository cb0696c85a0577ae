//! Real clients through the tap and the proxy to real servers: they hear the same as without, and what is counted is
//! what they did.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use backend::config::Config;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};

use crate::app::{TestApp, start};
use crate::proxies::Proxied;
use crate::taps::{demo, value};

const EVERYTHING: &str = "node_modules/@modelcontextprotocol/server-everything/dist/index.js";

/// A client of an official SDK: how it names itself, and what it is started with before target and calls.
fn clients() -> Vec<(&'static str, Vec<String>)> {
    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/launcher/clients");
    let script = |name: &str| scripts.join(name).display().to_string();
    let python = demo("venv/bin/python").display().to_string();
    let of_python = |mode: &str| vec![python.clone(), script("client.py"), mode.to_owned()];
    let folder = demo("node_modules").parent().unwrap().display().to_string();
    vec![
        ("python-legacy", of_python("legacy")),
        ("python-auto", of_python("auto")),
        (
            "typescript",
            vec!["node".to_owned(), script("client.mjs"), folder],
        ),
    ]
}

/// Runs a client; what it heard.
async fn runs(client: &[String], target: &Value, calls: &Value) -> Value {
    let mut command = Command::new(&client[0]);
    command
        .args(&client[1..])
        .args([target.to_string(), calls.to_string()])
        .kill_on_drop(true);
    let output = command.output().await.unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(&text).unwrap_or_else(|_| {
        let wrong = String::from_utf8_lossy(&output.stderr);
        panic!("{client:?} {target}: {text} {wrong}")
    })
}

/// A server over HTTP on a port of its own.
async fn serves(command: impl Fn(u16) -> Command) -> (Child, u16) {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let mut command = command(port);
    command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    let child = command.spawn().unwrap();
    while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    (child, port)
}

fn everything(kind: &'static str) -> impl Fn(u16) -> Command {
    move |port| {
        let mut command = Command::new("node");
        command.arg(demo(EVERYTHING)).arg(kind);
        command.env("PORT", port.to_string());
        command
    }
}

fn peer(kind: &'static str) -> impl Fn(u16) -> Command {
    peer_with(kind, PathBuf::new())
}

fn peer_with(kind: &'static str, certificate: PathBuf) -> impl Fn(u16) -> Command {
    move |port| {
        let script = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let mut command = Command::new(demo("venv/bin/python"));
        command.arg(script.join("tests/launcher/clients/server.py"));
        command.args([&port.to_string(), kind]).arg(&certificate);
        command
    }
}

/// How often each tool was called, by what is counted.
async fn counts(app: &TestApp, server: &str, client: &str, calls: &Value) {
    let calls = calls.as_array().unwrap();
    let of = |labels: &str| {
        format!(r#"sum(mcp_requests_total{{server="{server}",client="{client}",{labels}}})"#)
    };
    let all = of(r#"method="tools/call""#);
    value(app, &all, &calls.len().to_string()).await;
    let listed = of(r#"method="tools/list",status="success""#);
    let listed = format!("{listed} > bool 0");
    value(app, &listed, "1").await;
    for call in calls {
        let tool = call[0].as_str().unwrap();
        let times = calls.iter().filter(|it| it[0] == tool).count();
        let query = of(&format!(r#"tool="{tool}""#));
        value(app, &query, &times.to_string()).await;
    }
}

pub(crate) async fn over_pipes() {
    let (folder, spool) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let app = start(folder.path(), Config::default()).await.unwrap();
    let everything = demo(EVERYTHING).display().to_string();
    let time = demo("venv/bin/mcp-server-time").display().to_string();
    let echo = json!(["echo", { "message": "hällo" }]);
    let sum = json!(["get-sum", { "a": 1, "b": 2 }]);
    let convert =
        json!({ "source_timezone": "UTC", "time": "12:00", "target_timezone": "Asia/Tokyo" });
    for (server, command, calls) in [
        (
            "everything",
            vec!["node", &everything],
            json!([echo, echo, sum, ["missing", {}]]),
        ),
        (
            "time",
            vec![&time, "--local-timezone", "UTC"],
            json!([["convert_time", convert], ["get_current_time", { "timezone": "No/Where" }]]),
        ),
    ] {
        for (name, client) in clients() {
            let bare = runs(&client, &json!({ "command": command }), &calls).await;
            let ours = std::env::current_exe().unwrap().display().to_string();
            let spool = spool.path().display().to_string();
            let tap = [
                &ours, "tap", "--name", server, "--url", &app.url, "--spool", &spool, "--",
            ];
            let tapped = [&tap[..], &command[..]].concat();
            let tapped = json!({ "command": tapped });
            assert_eq!(
                runs(&client, &tapped, &calls).await,
                bare,
                "{server} {name}"
            );
            counts(&app, server, name, &calls).await;
        }
    }
    app.stop().await;
}

pub(crate) async fn over_http() {
    let (folder, spool) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let app = start(folder.path(), Config::default()).await.unwrap();
    let echo = json!(["echo", { "message": "hällo" }]);
    let of_everything = json!([echo, echo, ["get-sum", { "a": 1, "b": 2 }], ["missing", {}]]);
    let of_peer = json!([echo, ["fail", {}], echo, ["missing", {}]]);
    let servers: [(&str, (Child, u16), &Value); 6] = [
        (
            "everything",
            serves(everything("streamableHttp")).await,
            &of_everything,
        ),
        (
            "everything-sse",
            serves(everything("sse")).await,
            &of_everything,
        ),
        ("events", serves(peer("events")).await, &of_peer),
        ("json", serves(peer("json")).await, &of_peer),
        ("stateless", serves(peer("stateless")).await, &of_peer),
        ("events-sse", serves(peer("sse")).await, &of_peer),
    ];
    for (server, (_child, port), calls) in &servers {
        let kind = if server.ends_with("sse") {
            "sse"
        } else {
            "url"
        };
        let path = if kind == "sse" { "sse" } else { "mcp" };
        let to = format!("http://127.0.0.1:{port}/{path}");
        let proxy = Proxied::start(server, &to, &app.url, spool.path()).await;
        // All at once.
        let clients = clients();
        let run = clients.iter().map(|(name, client)| {
            let (to, url) = (json!({ kind: to }), json!({ kind: proxy.url }));
            async move {
                let bare = runs(client, &to, calls).await;
                assert_eq!(runs(client, &url, calls).await, bare, "{server} {name}");
            }
        });
        futures::future::join_all(run).await;
        for (name, _) in &clients {
            counts(&app, server, name, calls).await;
        }
        assert_eq!(proxy.end().await, Some(0));
        let open = format!(r#"mcp_active_connections{{server="{server}"}} or vector(0)"#);
        value(&app, &open, "0").await;
        let odd = format!(r#"sum(mcp_traffic_oddities_total{{server="{server}"}}) or vector(0)"#);
        value(&app, &odd, "0").await;
    }
    app.stop().await;
}

pub(crate) async fn over_tls() {
    let (folder, spool) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let app = start(folder.path(), Config::default()).await.unwrap();
    let certificate = folder.path().join("certificate.pem");
    let (_child, port) = serves(peer_with("tls", certificate.clone())).await;
    let to = format!("https://127.0.0.1:{port}/mcp");
    let calls = json!([["echo", { "message": "hällo" }]]);
    let trusts = Some(certificate.as_path());
    let proxy = Proxied::trusting("tls", &to, &app.url, spool.path(), trusts).await;
    for (name, client) in clients() {
        let heard = runs(&client, &json!({ "url": proxy.url }), &calls).await;
        assert_eq!(heard[1], json!([false, ["Echo: hällo"]]), "{name}");
        counts(&app, "tls", name, &calls).await;
    }
    // A certificate that nobody trusts is no connection.
    let distrusts = Proxied::start("distrusts", &to, &app.url, spool.path()).await;
    let answer = app.http.get(&distrusts.url).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 502);
    let text = answer.text().await.unwrap();
    assert!(text.to_lowercase().contains("certificate"), "{text}");
    for proxy in [proxy, distrusts] {
        assert_eq!(proxy.end().await, Some(0));
    }
    app.stop().await;
}
