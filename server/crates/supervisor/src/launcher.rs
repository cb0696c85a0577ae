//! Starts commands: pipes, a keeper, and a task that watches.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream as StdStream;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use model::{Launch, LaunchError, Process};
use rustix::process::Pid;
use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedWriteHalf, pipe};
use tokio::process::{Child as KeeperProcess, Command};
use tokio::sync::{oneshot, watch};
use tokio::time::timeout;
use tokio_util::task::TaskTracker;

use crate::child::Child;
use crate::config::{CommandSpec, Config, KeeperCommand};
use crate::errand::{Errand, send_streams};
use crate::report::{Failure, Report};
use crate::stderr::Tail;
use crate::watcher::{Reports, Watcher};

/// How long a keeper may take to start a command; it takes milliseconds unless the machine is stuck.
const START_LIMIT: Duration = Duration::from_secs(30);

/// How long a keeper that has nothing to keep may take to leave.
const LEAVE_LIMIT: Duration = Duration::from_secs(1);

/// The one that starts children, and knows how to end them.
#[derive(Debug)]
pub struct Supervisor {
    keeper: KeeperCommand,
    config: Config,
    /// A task for each child that is not over.
    watchers: TaskTracker,
    /// Held while descriptors exist that another child could inherit (macOS cannot create them as
    /// "close on exec").
    starting: Mutex<()>,
}

impl Supervisor {
    /// A supervisor without children.
    pub fn new(keeper: KeeperCommand, config: Config) -> Self {
        let watchers = TaskTracker::new();
        // It only tells `drained` that zero is an answer; children may come afterwards.
        watchers.close();
        Self {
            keeper,
            config,
            watchers,
            starting: Mutex::new(()),
        }
    }

    /// Something that starts this command, any number of times, on a Tokio runtime.
    pub fn launcher(self: &Arc<Self>, spec: CommandSpec) -> Arc<dyn Launch> {
        Arc::new(Launcher {
            supervisor: self.clone(),
            spec,
        })
    }

    /// How many children are not over, those included whose handle was dropped.
    pub fn running(&self) -> usize {
        self.watchers.len()
    }

    /// Waits until no child is left. It ends none: each ends by `stop`, or by dropping its handle.
    pub async fn drained(&self) {
        self.watchers.wait().await;
    }

    /// Starts a keeper, which waits for its errand.
    fn start_keeper(&self, spec: &CommandSpec) -> io::Result<Started> {
        let _alone = self.starting.lock().unwrap_or_else(PoisonError::into_inner);
        let (their_stdin, our_stdin) = io::pipe()?;
        let (our_stdout, their_stdout) = io::pipe()?;
        let (our_stderr, their_stderr) = io::pipe()?;
        let (socket, theirs) = StdStream::pair()?;
        let mut command = Command::new(&self.keeper.program);
        command
            .args(&self.keeper.args)
            .arg("--")
            .arg(&spec.program)
            .args(&spec.args)
            .stdin(OwnedFd::from(theirs))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C in the terminal is for the product alone.
            .process_group(0);
        let keeper = command.spawn()?;
        let streams = [their_stdin.into(), their_stdout.into(), their_stderr.into()];
        send_streams(&socket, &streams)?;
        socket.set_nonblocking(true)?;
        Ok(Started {
            keeper,
            socket: UnixStream::from_std(socket)?,
            stdin: pipe::Sender::from_owned_fd(our_stdin.into())?,
            stdout: pipe::Receiver::from_owned_fd(our_stdout.into())?,
            stderr: pipe::Receiver::from_owned_fd(our_stderr.into())?,
        })
    }
}

/// A keeper without an errand. Dropping it makes the keeper leave.
struct Started {
    keeper: KeeperProcess,
    socket: UnixStream,
    stdin: pipe::Sender,
    stdout: pipe::Receiver,
    stderr: pipe::Receiver,
}

struct Launcher {
    supervisor: Arc<Supervisor>,
    spec: CommandSpec,
}

#[async_trait]
impl Launch for Launcher {
    async fn launch(&self) -> Result<Box<dyn Process>, LaunchError> {
        self.spec.check()?;
        let config = &self.supervisor.config;
        let program = self.supervisor.keeper.program.display();
        let started = self.supervisor.start_keeper(&self.spec);
        let Started {
            mut keeper,
            socket,
            stdin,
            stdout,
            stderr,
        } = started.map_err(|error| {
            let message = format!("its keeper {program} cannot be started: {error}");
            self.spec.other(message)
        })?;

        let (reader, mut lifeline) = socket.into_split();
        let mut reports = Reports::new(reader);
        let pid = match timeout(START_LIMIT, self.send(&mut lifeline, &mut reports)).await {
            Ok(Ok(pid)) => pid,
            Ok(Err(error)) => {
                drop((lifeline, reports));
                // So that a failed start leaves no zombie. If it takes longer, the runtime reaps it.
                let _ = timeout(LEAVE_LIMIT, keeper.wait()).await;
                return Err(error);
            }
            Err(_) => {
                let message = format!("its keeper {program} does not answer");
                let _ = keeper.start_kill();
                return Err(self.spec.other(message));
            }
        };

        let tail = Tail::new(config.stderr_lines, config.stderr_line_bytes);
        let (exit, exit_seen) = watch::channel(None);
        let (end, end_seen) = oneshot::channel();
        let watcher = Watcher {
            pid,
            keeper,
            reports,
            lifeline,
            kill_grace: config.kill_grace,
            stderr: tokio::spawn(tail.clone().follow(stderr)),
            exit,
            end: end_seen,
        };
        Ok(Box::new(Child {
            pid: pid.as_raw_nonzero().get().unsigned_abs(),
            streams: Some((stdout, stdin)),
            exit: exit_seen,
            stderr: tail,
            stop_grace: config.stop_grace,
            end,
            watcher: self.supervisor.watchers.spawn(watcher.run()),
        }))
    }
}

impl Launcher {
    /// Sends the errand, and waits for what becomes of it.
    async fn send(
        &self,
        to: &mut OwnedWriteHalf,
        reports: &mut Reports,
    ) -> Result<Pid, LaunchError> {
        let spec = &self.spec;
        let env = spec.env.iter();
        let errand = Errand {
            kill_grace: self.supervisor.config.kill_grace,
            cwd: spec.cwd.clone(),
            env: env
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        };
        // An error here means that the keeper is gone, which the missing report says as well.
        let _ = to.write_all(&errand.encode()).await;
        let started = match reports.next().await {
            Some(Report::Started(pid)) => Pid::from_raw(pid),
            Some(Report::Failed(failure, errno)) => return Err(failed(spec, failure, errno)),
            Some(Report::Ended(_)) | None => None,
        };
        started.ok_or_else(|| spec.other("its keeper ended before it started the command"))
    }
}

/// Why a command could not be started, as the keeper tells it.
pub(crate) fn failed(spec: &CommandSpec, failure: Failure, errno: i32) -> LaunchError {
    let program = spec.program.clone();
    match failure {
        Failure::Missing => LaunchError::NotFound { program },
        Failure::Denied => LaunchError::NotExecutable { program },
        Failure::Directory => {
            let cwd = spec.cwd.as_deref().unwrap_or_else(|| "".as_ref());
            LaunchError::Directory {
                directory: cwd.display().to_string(),
            }
        }
        Failure::Interpreter => spec.other(
            "it exists, but not what runs it: the interpreter in its first line, or its loader",
        ),
        Failure::Other => spec.other(io::Error::from_raw_os_error(errno).to_string()),
    }
}
