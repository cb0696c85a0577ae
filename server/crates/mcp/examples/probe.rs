//! Watches one server from a terminal, for trying things by hand:
//!
//! ```text
//! cargo run -p mcp --example probe -- http://127.0.0.1:3001/mcp
//! cargo run -p mcp --example probe -- npx -y @modelcontextprotocol/server-memory
//! ```
//!
//! `PROBES` says how many probes to make (default 3), one every two seconds; `TOKEN` is sent as a
//! bearer token; `CHECK='echo {"message": "hi"}'` calls a tool between them.

use std::collections::VecDeque;
use std::io::ErrorKind;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use mcp::{
    Arguments, Check, Config, Endpoint, Expect, Line, Protocol, Starts, Target, Transport, Watch,
};
use model::{Exit, Launch, LaunchError, Process, Streams, SystemClock};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::{Notify, mpsc, watch};
use tokio_util::sync::CancellationToken;

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(first) = arguments.first() else {
        eprintln!("usage: probe URL | COMMAND [ARGUMENT…]");
        return;
    };
    let endpoint = if first.starts_with("http") {
        let token = std::env::var("TOKEN").ok();
        let header = |token| ("Authorization".to_owned(), format!("Bearer {token}"));
        Endpoint::Http {
            url: first.clone(),
            headers: token.map(header).into_iter().collect(),
            oauth: None,
            transport: Transport::Auto,
        }
    } else {
        Endpoint::Stdio(Arc::new(Plain(arguments)))
    };
    let probes = std::env::var("PROBES")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(3);

    let target = Target {
        name: "probe".to_owned(),
        endpoint,
        protocol: Protocol::Auto,
        checks: std::env::var("CHECK").iter().map(|it| check(it)).collect(),
    };
    let interval = Duration::from_secs(2);
    let config = Config {
        interval,
        spread: false,
        ..Config::default()
    };
    let (sender, mut observations) = mpsc::channel(1);
    let stop = CancellationToken::new();
    let watch = Watch::new(
        target,
        config,
        Arc::new(SystemClock),
        Starts::at_once(1),
        sender,
    );
    let task = tokio::spawn(watch.run(Arc::new(Notify::new()), Line::default(), stop.clone()));
    for _ in 0..probes {
        let Some(seen) = observations.recv().await else {
            break;
        };
        let verdict = &seen.verdict;
        println!(
            "{} ({}): {}",
            verdict.level.as_str(),
            verdict.reason.as_str(),
            verdict.summary
        );
        if !verdict.action.is_empty() {
            println!("  → {}", verdict.action);
        }
        for step in &seen.steps {
            let outcome = if step.outcome.is_ok() { "ok" } else { "failed" };
            let ms = step.duration_seconds * 1000.0;
            println!("  {:<10} {outcome:<6} {ms:8.1} ms", step.step.as_str());
        }
        if let Some(who) = &seen.identity {
            println!(
                "  {} {} ({} {})",
                who.name,
                who.version,
                who.era.as_str(),
                who.protocol_version
            );
        }
        for check in &seen.checks {
            println!(
                "  {}: {:?}, {} bytes in {:.1} ms",
                check.name,
                check.outcome,
                check.bytes,
                check.duration_seconds * 1000.0
            );
        }
        let tools = seen.tools.map(|tools| tools.len());
        println!(
            "  tools {tools:?}, process {:?}, restarts {}",
            seen.process, seen.restarts
        );
    }
    drop(observations);
    stop.cancel();
    if let Err(error) = task.await {
        eprintln!("the watch failed: {error}");
    }
}

/// A check: the name of a tool, and its arguments as JSON.
fn check(text: &str) -> Check {
    let (tool, arguments) = text.split_once(' ').unwrap_or((text, "{}"));
    let arguments = Arguments {
        values: serde_json::from_str(arguments).unwrap_or_default(),
        ..Arguments::default()
    };
    Check {
        name: tool.to_owned(),
        tool: tool.to_owned(),
        arguments,
        every: Duration::from_secs(2),
        timeout: Duration::from_secs(1),
        expect: Expect::default(),
        record: None,
        canary: true,
    }
}

/// Starts a command without any of the care that the product takes.
struct Plain(Vec<String>);

#[async_trait]
impl Launch for Plain {
    async fn launch(&self) -> Result<Box<dyn Process>, LaunchError> {
        let program = self.0.first().cloned().unwrap_or_default();
        let mut command = Command::new(&program);
        command.args(self.0.iter().skip(1)).kill_on_drop(true);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| match error.kind() {
            ErrorKind::NotFound => LaunchError::NotFound {
                program: program.clone(),
            },
            ErrorKind::PermissionDenied => LaunchError::NotExecutable {
                program: program.clone(),
            },
            _ => LaunchError::Other {
                program: program.clone(),
                message: error.to_string(),
            },
        })?;
        let tail = Arc::new(Mutex::new(VecDeque::new()));
        if let Some(stderr) = child.stderr.take() {
            let tail = Arc::clone(&tail);
            tokio::spawn(async move {
                let mut lines = BufReader::new(stderr).lines();
                while let Ok(Some(line)) = lines.next_line().await {
                    let mut tail = tail.lock().unwrap_or_else(PoisonError::into_inner);
                    tail.push_back(line);
                    if tail.len() > 20 {
                        tail.pop_front();
                    }
                }
            });
        }
        let streams = match (child.stdout.take(), child.stdin.take()) {
            (Some(reader), Some(writer)) => Some(Streams {
                reader: Box::pin(reader),
                writer: Box::pin(writer),
            }),
            _ => None,
        };
        let pid = child.id().unwrap_or_default();
        let (sender, exit) = watch::channel(None);
        let kill = CancellationToken::new();
        tokio::spawn(wait(child, sender, kill.clone()));
        let kill = kill.drop_guard();
        Ok(Box::new(Running {
            pid,
            streams: Mutex::new(streams),
            exit,
            tail,
            _kill: kill,
        }))
    }
}

async fn wait(mut child: Child, exit: watch::Sender<Option<Exit>>, kill: CancellationToken) {
    use std::os::unix::process::ExitStatusExt;
    let status = tokio::select! {
        status = child.wait() => status.ok(),
        () = kill.cancelled() => child.kill().await.ok().and(child.wait().await.ok()),
    };
    let code = |status: ExitStatus| {
        status
            .code()
            .map(Exit::Code)
            .or(status.signal().map(Exit::Signal))
    };
    exit.send_replace(Some(status.and_then(code).unwrap_or(Exit::Unknown)));
}

struct Running {
    pid: u32,
    streams: Mutex<Option<Streams>>,
    exit: watch::Receiver<Option<Exit>>,
    tail: Arc<Mutex<VecDeque<String>>>,
    _kill: tokio_util::sync::DropGuard,
}

#[async_trait]
impl Process for Running {
    fn pid(&self) -> u32 {
        self.pid
    }

    fn take_streams(&mut self) -> Option<Streams> {
        self.streams
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    fn exit(&self) -> watch::Receiver<Option<Exit>> {
        self.exit.clone()
    }

    fn stderr_tail(&self) -> Vec<String> {
        self.tail
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .cloned()
            .collect()
    }

    async fn stop(self: Box<Self>) -> Exit {
        let mut exit = self.exit.clone();
        let ended = exit.wait_for(Option::is_some);
        let ended = tokio::time::timeout(Duration::from_secs(3), ended).await;
        let exit = ended.ok().and_then(Result::ok).and_then(|exit| *exit);
        println!(
            "stopped: {}",
            exit.map_or("killed".to_owned(), |exit| exit.to_string())
        );
        exit.unwrap_or(Exit::Unknown)
    }
}
