//! Starting children, talking to them, and knowing who is still there.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use model::{Exit, Process, Streams};
use rustix::process::{Pid, Signal, getpgid, kill_process};
use supervisor::{CommandSpec, Config, KeeperCommand, Supervisor};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};

/// How long to wait for something that should happen at once.
const SOON: Duration = Duration::from_secs(10);

/// Short grace times, for children that use them up.
pub(crate) fn quick() -> Config {
    Config {
        stop_grace: Duration::from_millis(300),
        kill_grace: Duration::from_millis(300),
        ..Config::default()
    }
}

/// Grace times that make a test fail when they are used up.
pub(crate) fn patient() -> Config {
    Config {
        stop_grace: Duration::from_secs(90),
        kill_grace: Duration::from_secs(90),
        ..Config::default()
    }
}

pub(crate) fn supervisor(config: Config) -> Arc<Supervisor> {
    let keeper = KeeperCommand {
        program: std::env::current_exe().unwrap(),
        args: vec!["keeper".into()],
    };
    Arc::new(Supervisor::new(keeper, config))
}

pub(crate) fn command(program: &str, args: &[&str]) -> CommandSpec {
    CommandSpec {
        program: program.into(),
        args: args.iter().map(ToString::to_string).collect(),
        ..CommandSpec::default()
    }
}

pub(crate) fn sh(script: &str) -> CommandSpec {
    command("sh", &["-c", script])
}

/// A child whose streams are in the test's hands.
pub(crate) struct Running {
    pub(crate) process: Box<dyn Process>,
    pub(crate) reader: BufReader<Pin<Box<dyn AsyncRead + Send>>>,
    pub(crate) writer: Pin<Box<dyn AsyncWrite + Send>>,
}

pub(crate) async fn start(supervisor: &Arc<Supervisor>, spec: CommandSpec) -> Running {
    let mut process = supervisor.launcher(spec).launch().await.unwrap();
    let Streams { reader, writer } = process.take_streams().unwrap();
    assert!(process.take_streams().is_none());
    Running {
        process,
        reader: BufReader::new(reader),
        writer,
    }
}

impl Running {
    pub(crate) fn pid(&self) -> Pid {
        Pid::from_raw(self.process.pid().try_into().unwrap()).unwrap()
    }

    pub(crate) async fn say(&mut self, text: &str) {
        self.writer.write_all(text.as_bytes()).await.unwrap();
    }

    pub(crate) async fn line(&mut self) -> String {
        let mut line = String::new();
        self.reader.read_line(&mut line).await.unwrap();
        line.trim_end().to_owned()
    }

    /// All that is left until nobody can write any more.
    pub(crate) async fn rest(&mut self) -> String {
        let mut rest = String::new();
        self.reader.read_to_string(&mut rest).await.unwrap();
        rest
    }

    /// Reads `count` lines of the form `name pid`, in any order; also knows the child and its keeper.
    pub(crate) async fn cast(&mut self, count: usize) -> Cast {
        let mut cast = Cast(BTreeMap::new());
        for _ in 0..count {
            cast.add(&self.line().await);
        }
        let child = self.pid();
        cast.0.insert("child".into(), child);
        cast.0.insert("keeper".into(), parent(child));
        for (name, pid) in &cast.0 {
            assert!(runs(*pid), "{name} should run");
        }
        cast
    }

    /// How it ends without being told to.
    pub(crate) async fn ended(&self) -> Exit {
        let mut exit = self.process.exit();
        exit.wait_for(Option::is_some).await.unwrap().unwrap()
    }

    /// Closes the streams and stops it.
    pub(crate) async fn stop(self) -> (Exit, Duration) {
        let begun = Instant::now();
        drop((self.reader, self.writer));
        (self.process.stop().await, begun.elapsed())
    }
}

/// Processes by the part they play.
#[derive(Clone, Debug)]
pub(crate) struct Cast(BTreeMap<String, Pid>);

impl Cast {
    pub(crate) fn empty() -> Self {
        Self(BTreeMap::new())
    }

    /// Takes a line `name pid`.
    pub(crate) fn add(&mut self, line: &str) {
        let (name, pid) = line.split_once(' ').unwrap_or_else(|| panic!("{line:?}"));
        let pid = Pid::from_raw(pid.trim().parse().unwrap()).unwrap();
        assert_eq!(self.0.insert(name.into(), pid), None, "{name} twice");
    }

    pub(crate) fn lines(&self) -> String {
        let lines = self.0.iter().map(|(name, pid)| format!("{name} {pid}\n"));
        lines.collect()
    }

    pub(crate) fn pid(&self, name: &str) -> Pid {
        self.0[name]
    }

    /// Fails if anybody is there now.
    pub(crate) fn assert_gone_now(&self) {
        let left: Vec<_> = self.0.iter().filter(|(_, pid)| runs(**pid)).collect();
        let text = format!("{left:?}");
        for (_, pid) in left {
            // They are of this test, and nobody else would end them.
            let _ = kill_process(*pid, Signal::KILL);
        }
        assert_eq!(text, "[]", "left behind");
    }

    /// Fails if anybody is there for long.
    pub(crate) async fn assert_gone_soon(&self) {
        let deadline = Instant::now() + SOON;
        while self.0.values().any(|pid| runs(*pid)) && Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.assert_gone_now();
    }
}

/// Whether a process is there, and not only its exit status.
pub(crate) fn runs(pid: Pid) -> bool {
    ps(pid, "stat").is_some_and(|state| !state.starts_with('Z'))
}

pub(crate) fn parent(pid: Pid) -> Pid {
    let parent = ps(pid, "ppid").and_then(|parent| Pid::from_raw(parent.parse().ok()?));
    parent.unwrap_or_else(|| panic!("{pid} has no parent"))
}

pub(crate) fn group(pid: Pid) -> Pid {
    getpgid(Some(pid)).unwrap()
}

/// One column of the process table.
#[cfg(target_os = "linux")]
fn ps(pid: Pid, column: &str) -> Option<String> {
    let stat = std::fs::read(format!("/proc/{pid}/stat")).ok()?;
    let stat = String::from_utf8_lossy(&stat).into_owned();
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let index = usize::from(column == "ppid");
    fields.nth(index).map(ToOwned::to_owned)
}

/// One column of the process table.
#[cfg(not(target_os = "linux"))]
fn ps(pid: Pid, column: &str) -> Option<String> {
    let column = format!("{column}=");
    let pid = pid.to_string();
    let output = std::process::Command::new("ps")
        .args(["-o", &column, "-p", &pid])
        .output();
    let text = String::from_utf8(output.unwrap().stdout).unwrap();
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}
