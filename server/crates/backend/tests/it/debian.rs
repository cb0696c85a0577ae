//! Real Prometheus with its tools, and Alertmanager, from Debian's packages: the tests need them installed.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::process::{Child, Command};

const NEEDED: &str = "this test compares with the real thing: install the package prometheus (apt-get install prometheus)";

/// A Prometheus that runs until this is dropped.
pub(crate) struct Prometheus {
    pub(crate) url: String,
    _process: Child,
}

/// Starts one with a configuration, in a folder of its own.
pub(crate) async fn prometheus(folder: &Path, config: &str) -> Prometheus {
    prometheus_with(folder, config, &[]).await
}

/// The same with more arguments.
pub(crate) async fn prometheus_with(folder: &Path, config: &str, more: &[&str]) -> Prometheus {
    let file = folder.join("prometheus.yml");
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(&file, config).unwrap();
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let mut command = Command::new("prometheus");
    command
        .arg(format!("--config.file={}", file.display()))
        .arg(format!(
            "--storage.tsdb.path={}",
            folder.join("data").display()
        ))
        .arg(format!("--web.listen-address={address}"))
        .args(more)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    let process = command
        .spawn()
        .unwrap_or_else(|why| panic!("{why}: {NEEDED}"));
    let url = format!("http://{address}");
    for _ in 0..100 {
        let ready = reqwest::get(format!("{url}/-/ready")).await;
        if ready.is_ok_and(|answer| answer.status() == 200) {
            return Prometheus {
                url,
                _process: process,
            };
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("Prometheus does not start");
}

/// A node exporter that runs until this is dropped.
pub(crate) struct NodeExporter {
    /// Where it listens, as a target.
    pub(crate) address: String,
    _process: Child,
}

/// Starts one.
pub(crate) async fn node_exporter() -> NodeExporter {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = free.local_addr().unwrap().to_string();
    drop(free);
    let process = Command::new("prometheus-node-exporter")
        .arg(format!("--web.listen-address={address}"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap_or_else(|why| {
            panic!("{why}: this test needs the package prometheus-node-exporter")
        });
    NodeExporter {
        address,
        _process: process,
    }
}

/// An Alertmanager that runs until this is dropped.
pub(crate) struct Alertmanager {
    pub(crate) url: String,
    _process: Child,
}

/// Starts one with a configuration, in a folder of its own, that talks to no others.
pub(crate) async fn alertmanager(folder: &Path, config: &str) -> Alertmanager {
    let file = folder.join("alertmanager.yml");
    std::fs::write(&file, config).unwrap();
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    // Debian has the name of who makes it before it.
    let start = |program: &str| {
        Command::new(program)
            .arg(format!("--config.file={}", file.display()))
            .arg(format!("--storage.path={}", folder.join("data").display()))
            .arg(format!("--web.listen-address={address}"))
            .arg("--cluster.listen-address=")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
    };
    let process = start("prometheus-alertmanager").or_else(|_| start("alertmanager"));
    let process = process
        .unwrap_or_else(|why| panic!("{why}: this test needs the package prometheus-alertmanager"));
    let url = format!("http://{address}");
    for _ in 0..100 {
        let ready = reqwest::get(format!("{url}/-/ready")).await;
        if ready.is_ok_and(|answer| answer.status() == 200) {
            return Alertmanager {
                url,
                _process: process,
            };
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("Alertmanager does not start");
}

/// Runs Alertmanager's `amtool` against an address: whether it is content, and what it says. It may also be of another
/// version, and would warn of that.
pub(crate) async fn amtool(url: &str, arguments: &[&str]) -> (bool, String) {
    let mut command = Command::new("amtool");
    command
        .arg(format!("--alertmanager.url={url}"))
        .arg("--no-version-check")
        .args(arguments)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let output = command.output().await;
    let output = output.unwrap_or_else(|why| {
        panic!("{why}: this test needs amtool, of the package prometheus-alertmanager")
    });
    let mut text = String::from_utf8(output.stdout).unwrap();
    text.push_str(&String::from_utf8(output.stderr).unwrap());
    (output.status.success(), text)
}

/// Runs promtool with something on its standard input: whether it is content, and what it says.
pub(crate) async fn promtool(arguments: &[&str], input: &[u8]) -> (bool, String) {
    use tokio::io::AsyncWriteExt;
    let mut command = Command::new("promtool");
    command
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let mut process = command
        .spawn()
        .unwrap_or_else(|why| panic!("{why}: {NEEDED}"));
    let mut stdin = process.stdin.take().unwrap();
    stdin.write_all(input).await.unwrap();
    drop(stdin);
    let output = process.wait_with_output().await.unwrap();
    let mut text = String::from_utf8(output.stdout).unwrap();
    text.push_str(&String::from_utf8(output.stderr).unwrap());
    (output.status.success(), text)
}
