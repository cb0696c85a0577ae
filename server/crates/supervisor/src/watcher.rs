//! The task beside each child: listens to the keeper until the command has ended, and sees to it
//! that nothing stays behind, whoever loses interest first.

use std::pin::pin;
use std::time::Duration;

use model::Exit;
use rustix::process::Pid;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::process;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::keeper::KILL_LIMIT;
use crate::lost;
use crate::report::Report;

/// What a keeper may need beyond the kill grace and its own limit, on a machine under load.
const KEEPER_SLACK: Duration = Duration::from_secs(1);

/// Reads the keeper's reports.
pub(crate) struct Reports(BufReader<OwnedReadHalf>);

impl Reports {
    pub(crate) fn new(from: OwnedReadHalf) -> Self {
        Self(BufReader::new(from))
    }

    /// `None` when the keeper is gone, or talks nonsense, which is no better.
    pub(crate) async fn next(&mut self) -> Option<Report> {
        let mut line = String::new();
        self.0.read_line(&mut line).await.ok()?;
        Report::parse(&line)
    }
}

/// One running child, as seen by its task.
pub(crate) struct Watcher {
    pub(crate) pid: Pid,
    pub(crate) keeper: process::Child,
    pub(crate) reports: Reports,
    /// Closing it tells the keeper to end everything.
    pub(crate) lifeline: OwnedWriteHalf,
    pub(crate) kill_grace: Duration,
    /// The task that reads standard error.
    pub(crate) stderr: JoinHandle<()>,
    pub(crate) exit: watch::Sender<Option<Exit>>,
    /// Resolves when the child is to end: its handle asked for it, or was dropped.
    pub(crate) end: oneshot::Receiver<()>,
}

impl Watcher {
    /// Returns when command, descendants and keeper are gone.
    pub(crate) async fn run(self) {
        let Self {
            pid,
            mut keeper,
            mut reports,
            lifeline,
            kill_grace,
            mut stderr,
            exit,
            end,
        } = self;

        let mut report = pin!(reports.next());
        let ended = tokio::select! {
            report = &mut report => report,
            _ = end => {
                drop(lifeline);
                let patience = kill_grace + KILL_LIMIT + KEEPER_SLACK;
                timeout(patience, report).await.ok().flatten()
            }
        };
        let how = if let Some(Report::Ended(how)) = ended {
            how
        } else {
            // Killed, or stopped for ever: either way it is of no use any more.
            let _ = keeper.start_kill();
            lost::end_group(pid, kill_grace).await;
            Exit::Unknown
        };

        // The last words belong to the exit. Somebody who escaped may hold the pipe open.
        if timeout(KEEPER_SLACK, &mut stderr).await.is_err() {
            stderr.abort();
        }
        exit.send_replace(Some(how));
        if timeout(KEEPER_SLACK, keeper.wait()).await.is_err() {
            let _ = keeper.kill().await;
        }
    }
}
