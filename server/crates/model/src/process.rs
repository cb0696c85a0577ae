//! The seam between who starts child processes (`supervisor`) and who talks to them (`mcp`).

use std::fmt;
use std::pin::Pin;

use async_trait::async_trait;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;

/// Starts one configured command, any number of times.
#[async_trait]
pub trait Launch: Send + Sync {
    /// Starts the command and returns once it runs (which says nothing about what it answers).
    async fn launch(&self) -> Result<Box<dyn Process>, LaunchError>;

    /// Values that what the command says must not be quoted with: what it was given of secrets.
    fn secrets(&self) -> Vec<String> {
        Vec::new()
    }
}

/// A running child.
///
/// Dropping it without [`Process::stop`] ends the child and everything it started as well,
/// only without waiting for it.
#[async_trait]
pub trait Process: Send + Sync {
    /// Process id of the command itself.
    fn pid(&self) -> u32;

    /// Standard input and output; `None` once taken.
    fn take_streams(&mut self) -> Option<Streams>;

    /// Becomes `Some` when the command has ended.
    fn exit(&self) -> watch::Receiver<Option<Exit>>;

    /// The last lines that the command wrote to standard error, oldest first, cut to a sane length.
    fn stderr_tail(&self) -> Vec<String>;

    /// Ends the child: waits a grace time for it to end by itself (its standard input, which the
    /// caller has dropped, is closed), then SIGTERM, then SIGKILL, each to the whole group.
    async fn stop(self: Box<Self>) -> Exit;
}

/// The byte streams of a child.
pub struct Streams {
    /// What the child writes to standard output.
    pub reader: Pin<Box<dyn AsyncRead + Send>>,
    /// What the child reads from standard input.
    pub writer: Pin<Box<dyn AsyncWrite + Send>>,
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It returned this code.
    Code(i32),
    /// This signal ended it.
    Signal(i32),
    /// It ended, and nobody could learn how.
    Unknown,
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "exit code {code}"),
            Self::Signal(signal) => write!(f, "signal {signal}"),
            Self::Unknown => f.write_str("unknown exit"),
        }
    }
}

/// Why a command could not be started.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LaunchError {
    /// There is no such program (ENOENT).
    #[error("{program}: no such program")]
    NotFound {
        /// The program as configured.
        program: String,
    },
    /// The program may not be executed (EACCES).
    #[error("{program}: not executable")]
    NotExecutable {
        /// The program as configured.
        program: String,
    },
    /// The working directory does not exist or cannot be entered.
    #[error("{directory}: cannot be entered as the working directory")]
    Directory {
        /// The directory as configured.
        directory: String,
    },
    /// Anything else, in the words of the operating system.
    #[error("{program}: {message}")]
    Other {
        /// The program as configured.
        program: String,
        /// What the operating system said.
        message: String,
    },
}
