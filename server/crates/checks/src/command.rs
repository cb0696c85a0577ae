//! What a command says: its exit code and what it writes.
//!
//! It is started as it is configured, without a shell, by whoever owns child processes; dropped half-way, it
//! and all that it started end.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use model::{Exit, Launch, Process};
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::{Check, Fault, Hidden, Pattern, Seen};

/// As much of what a command writes as is looked at, in bytes.
const MOST_OUTPUT: usize = 64 << 10;

/// A command that should succeed.
#[derive(Clone, Debug, PartialEq)]
pub struct CommandSpec {
    /// The program.
    pub program: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// Added to the environment.
    pub env: Vec<(String, Hidden)>,
    /// Its working directory.
    pub cwd: Option<PathBuf>,
    /// The exit code that is right.
    pub exit: i32,
    /// What has to be in what it writes to standard output. A group called `value` is the value.
    pub output: Option<Pattern>,
}

pub(crate) struct Command {
    spec: CommandSpec,
    launch: Arc<dyn Launch>,
}

impl Command {
    pub(crate) fn new(spec: CommandSpec, launch: Arc<dyn Launch>) -> Self {
        Self { spec, launch }
    }
}

#[async_trait]
impl Check for Command {
    async fn look(&self) -> Result<Seen, Fault> {
        let mut process = self.launch.launch().await?;
        let output = match process.take_streams() {
            // Nothing is written to it: it finds the end of its input.
            Some(streams) => {
                drop(streams.writer);
                begin_of(streams.reader).await
            }
            None => String::new(),
        };
        let exit = ended(process.as_ref()).await;
        let name = &self.spec.program;
        if exit != Exit::Code(self.spec.exit) {
            let said = process
                .stderr_tail()
                .pop()
                .map(|line| format!(": {line}"))
                .unwrap_or_default();
            let message = format!(
                "{name} ends with {exit} where exit code {} is expected{said}",
                self.spec.exit
            );
            return Err(Fault::Answer(message));
        }
        if let Some(pattern) = self
            .spec
            .output
            .as_ref()
            .filter(|pattern| !pattern.is_in(&output))
        {
            let message =
                format!("{name} ends with {exit}, but what it writes does not match {pattern}");
            return Err(Fault::Answer(message));
        }
        let value = self
            .spec
            .output
            .as_ref()
            .and_then(|pattern| pattern.value_in(&output));
        let first = output
            .lines()
            .next()
            .map(str::trim)
            .filter(|line| !line.is_empty());
        let said = first.map(|line| format!(": {line}")).unwrap_or_default();
        Ok(Seen {
            value,
            ..Seen::healthy(format!("{name} ends with {exit}{said}"))
        })
    }
}

/// What is written until the end; what is beyond the limit is read and forgotten, so that the command can go on.
async fn begin_of(mut reader: impl AsyncRead + Unpin) -> String {
    let (mut kept, mut buffer) = (Vec::new(), [0; 8 << 10]);
    // What cannot be read any more is the end: how the command ended says more.
    while let Ok(read @ 1..) = reader.read(&mut buffer).await {
        let room = MOST_OUTPUT - kept.len();
        kept.extend_from_slice(&buffer[..read.min(room)]);
    }
    String::from_utf8_lossy(&kept).into_owned()
}

async fn ended(process: &dyn Process) -> Exit {
    let mut exit = process.exit();
    let seen = exit.wait_for(Option::is_some).await;
    seen.ok().and_then(|exit| *exit).unwrap_or(Exit::Unknown)
}
