//! What this machine says of itself: processes, disks, memory, commands.

use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use checks::{
    Bounds, CommandSpec, DiskSpec, Find, Hidden, Level, MemorySpec, Pattern, ProcessSpec, Spec,
};
use model::{Exit, Launch, LaunchError, Process, Streams};
use tokio::process::{Child, Command};
use tokio::sync::watch;

use crate::{assert_said, look, look_for};

/// Starts a command without a keeper.
pub(crate) struct Plain(pub(crate) CommandSpec);

struct Running {
    pid: u32,
    streams: Mutex<Option<Streams>>,
    exit: watch::Receiver<Option<Exit>>,
    // The child ends when this is dropped.
    _task: Arc<Task>,
}

struct Task(tokio::task::JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[async_trait]
impl Launch for Plain {
    fn secrets(&self) -> Vec<String> {
        let values = self.0.env.iter().map(|(_, value)| value.expose());
        values.map(str::to_owned).collect()
    }

    async fn launch(&self) -> Result<Box<dyn Process>, LaunchError> {
        let spec = &self.0;
        let env = spec.env.iter().map(|(name, value)| (name, value.expose()));
        let started = Command::new(&spec.program)
            .args(&spec.args)
            .envs(env)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn();
        let mut child: Child = started.map_err(|_| LaunchError::NotFound {
            program: spec.program.clone(),
        })?;
        let streams = Streams {
            reader: Box::pin(child.stdout.take().unwrap()),
            writer: Box::pin(child.stdin.take().unwrap()),
        };
        let (sender, exit) = watch::channel(None);
        let pid = child.id().unwrap();
        let task = tokio::spawn(async move {
            let status = child.wait().await.unwrap();
            sender.send_replace(Some(status.code().map_or(Exit::Unknown, Exit::Code)));
        });
        Ok(Box::new(Running {
            pid,
            streams: Mutex::new(Some(streams)),
            exit,
            _task: Arc::new(Task(task)),
        }))
    }
}

#[async_trait]
impl Process for Running {
    fn pid(&self) -> u32 {
        self.pid
    }

    fn take_streams(&mut self) -> Option<Streams> {
        self.streams.get_mut().unwrap().take()
    }

    fn exit(&self) -> watch::Receiver<Option<Exit>> {
        self.exit.clone()
    }

    fn stderr_tail(&self) -> Vec<String> {
        vec!["the last words".to_owned()]
    }

    async fn stop(self: Box<Self>) -> Exit {
        Exit::Unknown
    }
}

fn command(program: &str, args: &[&str], exit: i32, output: Option<&str>) -> Spec {
    Spec::Command(CommandSpec {
        program: program.to_owned(),
        args: args.iter().map(|arg| (*arg).to_owned()).collect(),
        env: vec![("TOKEN".to_owned(), Hidden::new("hunter2"))],
        cwd: None,
        exit,
        output: output.map(|text| Pattern::parse(text).unwrap()),
    })
}

#[tokio::test]
async fn commands() {
    for (spec, level, part, value) in [
        (
            command(
                "echo",
                &["backlog 17; rm -rf /"],
                0,
                Some(r"backlog (?<value>\d+)"),
            ),
            Level::Healthy,
            "backlog 17",
            Some(17.0),
        ),
        (
            command("echo", &["fine"], 0, Some("^well")),
            Level::Unhealthy,
            "does not match ^well",
            None,
        ),
        (
            command("false", &[], 0, None),
            Level::Unhealthy,
            "exit code 1 where exit code 0 is expected: the last words",
            None,
        ),
        (
            command("false", &[], 1, None),
            Level::Healthy,
            "false ends with exit code 1",
            None,
        ),
        (
            command("no-such-program-here", &[], 0, None),
            Level::Unhealthy,
            "cannot be started",
            None,
        ),
        // What it was given of secrets is nobody else's.
        (
            command("sh", &["-c", "echo sent $TOKEN"], 0, None),
            Level::Healthy,
            "exit code 0: sent ***REDACTED***",
            None,
        ),
        (
            command("cat", &[], 0, None),
            Level::Healthy,
            "cat ends with exit code 0",
            None,
        ),
        // Much more than is kept, and none of it in the way.
        (
            command("seq", &["1000000"], 0, Some("^1\n2\n")),
            Level::Healthy,
            "seq ends",
            None,
        ),
        (
            command("seq", &["1000000"], 0, Some("999999")),
            Level::Unhealthy,
            "does not match",
            None,
        ),
    ] {
        let outcome = look(&spec).await;
        assert_said(&outcome, level, part);
        assert_eq!(outcome.value, value, "{spec:?}");
        assert!(!format!("{spec:?}{outcome:?}").contains("hunter2"));
    }
}

#[tokio::test]
async fn a_command_that_takes_too_long_ends() {
    let marker = "31622.7766";
    let spec = command("sleep", &[marker], 0, None);
    let outcome = look_for(&spec, Duration::from_millis(300)).await;
    assert_said(&outcome, Level::Unhealthy, "No answer within 0.3 s");
    let left = Spec::Process(ProcessSpec {
        find: Find::CommandLine(Pattern::parse(&format!("^sleep {marker}$")).unwrap()),
        min: 0,
        max: Some(0),
        memory: Bounds::default(),
    });
    for _ in 0..100 {
        if look(&left).await.level == Level::Healthy {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the command is still there");
}

#[tokio::test]
async fn processes() {
    let marker = "27182.8182";
    let mut child = Command::new("sleep")
        .arg(marker)
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let like = |text: &str, max, bytes| {
        Spec::Process(ProcessSpec {
            find: Find::CommandLine(Pattern::parse(text).unwrap()),
            min: 1,
            max,
            memory: Bounds {
                degraded: bytes,
                unhealthy: None,
            },
        })
    };
    let there = format!("^sleep {marker}$");
    for (spec, level, part) in [
        (
            like(&there, None, None),
            Level::Healthy,
            "1 process like ^sleep",
        ),
        (
            like(&there, Some(0), None),
            Level::Unhealthy,
            "at most 0 should",
        ),
        (
            like(&there, None, Some(1.0)),
            Level::Degraded,
            "which is a lot",
        ),
        (
            like("^nobody calls a program so$", None, None),
            Level::Unhealthy,
            "No process like",
        ),
    ] {
        assert_said(&look(&spec).await, level, part);
    }
    let named = Spec::Process(ProcessSpec {
        find: Find::Name("sleep".to_owned()),
        min: 1,
        max: None,
        memory: Bounds::default(),
    });
    let outcome = look(&named).await;
    assert!(outcome.value.unwrap() >= 1.0, "{outcome:?}");
    child.kill().await.unwrap();
    let outcome = look(&like(&there, None, None)).await;
    assert_said(&outcome, Level::Unhealthy, "No process like");
}

#[tokio::test]
async fn disks() {
    let folder = tempfile::tempdir().unwrap();
    let spec = |mount: &std::path::Path, unhealthy| {
        Spec::Disk(DiskSpec {
            mount: mount.to_owned(),
            free: Bounds {
                degraded: None,
                unhealthy,
            },
        })
    };
    let root = std::path::Path::new("/");
    let missing = folder.path().join("none");
    for (mount, least, level, part) in [
        (root, None, Level::Healthy, "% of / is free"),
        (root, Some(101.0), Level::Unhealthy, "% of / is free"),
        (
            folder.path(),
            None,
            Level::Unhealthy,
            "nothing is mounted there",
        ),
        (
            missing.as_path(),
            None,
            Level::Unhealthy,
            "cannot be looked at",
        ),
    ] {
        let outcome = look(&spec(mount, least)).await;
        assert_said(&outcome, level, part);
    }
    let free = look(&spec(root, None)).await.value.unwrap();
    assert!((0.0..=100.0).contains(&free), "{free}");
}

#[tokio::test]
async fn memory() {
    let used = Bounds {
        degraded: Some(0.0),
        unhealthy: None,
    };
    let outcome = look(&Spec::Memory(MemorySpec { used })).await;
    assert_said(&outcome, Level::Degraded, "% of the memory is in use");
    assert!((0.0..=100.0).contains(&outcome.value.unwrap()));
}
