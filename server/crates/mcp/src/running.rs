//! A running child process, as far as its session is concerned: what it printed, whether and how
//! it ended, and what it said last.

use std::time::Duration;

use model::{Exit, Process, TimestampMs};
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use crate::Reason;
use crate::inspect::{Findings, Inspection};
use crate::observation::{Failure, ProcessInfo};
use crate::text::Secrets;

/// Longest time for ending a process; what owns it has (shorter) grace times of its own.
const STOP_TIMEOUT: Duration = Duration::from_secs(15);
/// How long the exit status of a process may come after the end of its output.
pub(crate) const EXIT_GRACE: Duration = Duration::from_millis(500);
/// How long the last words on standard error may come after the exit.
const WORDS_GRACE: Duration = Duration::from_millis(100);
/// Longest quotation of standard error, in characters.
const WORDS_CHARS: usize = 300;

/// A running child.
pub(crate) struct Running {
    process: Box<dyn Process>,
    exit: watch::Receiver<Option<Exit>>,
    inspection: Inspection,
    started_at_ms: TimestampMs,
    started: Instant,
    secrets: Secrets,
}

impl Running {
    pub(crate) fn new(
        process: Box<dyn Process>,
        inspection: Inspection,
        started_at_ms: TimestampMs,
        secrets: Secrets,
    ) -> Self {
        Self {
            exit: process.exit(),
            process,
            inspection,
            started_at_ms,
            started: Instant::now(),
            secrets,
        }
    }

    /// How long ago it was started.
    pub(crate) fn age(&self) -> Duration {
        self.started.elapsed()
    }

    pub(crate) fn info(&self) -> ProcessInfo {
        ProcessInfo {
            pid: self.process.pid(),
            started_at_ms: self.started_at_ms,
        }
    }

    /// What it was given of secrets.
    pub(crate) fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    pub(crate) fn findings(&self) -> Findings {
        self.inspection.findings()
    }

    /// Returns when the process has ended.
    pub(crate) async fn exited(&self) -> Exit {
        let mut exit = self.exit.clone();
        // Without a sender nobody will ever learn how it ended.
        exit.wait_for(Option::is_some)
            .await
            .ok()
            .and_then(|exit| *exit)
            .unwrap_or(Exit::Unknown)
    }

    pub(crate) async fn exited_within(&self, limit: Duration) -> Option<Exit> {
        timeout(limit, self.exited()).await.ok()
    }

    /// Why the session with this process is over.
    pub(crate) async fn loss(&self) -> Failure {
        let Some(exit) = self.exited_within(EXIT_GRACE).await else {
            return Failure::unhealthy(
                Reason::SessionLost,
                "The process closed its standard output and runs on.",
                "It is stopped and started again; look into its log if that repeats.",
            );
        };
        Failure::unhealthy(
            Reason::SessionLost,
            format!("The process ended ({exit}){}.", self.last_words().await),
            "It is started again; look into its log if that repeats.",
        )
    }

    /// What the process said last on standard error, as the end of a sentence.
    pub(crate) async fn last_words(&self) -> String {
        let mut tail = self.process.stderr_tail();
        if tail.is_empty() && self.exit.borrow().is_some() {
            tokio::time::sleep(WORDS_GRACE).await;
            tail = self.process.stderr_tail();
        }
        telling_line(&tail, &self.secrets)
            .map_or(String::new(), |line| format!("; it said: “{line}”"))
    }

    /// Ends the process.
    pub(crate) async fn stop(self) {
        let pid = self.process.pid();
        if timeout(STOP_TIMEOUT, self.process.stop()).await.is_err() {
            tracing::warn!(
                pid,
                "an MCP server did not stop in time and is left to be killed"
            );
        }
    }
}

/// The line of a stack trace or log that says what is wrong: the last one that names an error,
/// else the last one that says anything.
fn telling_line(tail: &[String], secrets: &Secrets) -> Option<String> {
    let lines = || (tail.iter().rev()).map(|line| secrets.quote_within(line, WORDS_CHARS));
    let names_error = |line: &String| {
        let lower = line.to_lowercase();
        let words = [
            "error",
            "exception",
            "panicked",
            "fatal",
            "not found",
            "cannot",
            "denied",
        ];
        !lower.starts_with("at ") && words.iter().any(|word| lower.contains(word))
    };
    lines()
        .find(names_error)
        .or_else(|| lines().find(|line| !line.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_that_says_what_is_wrong_is_found() {
        let cases: [(&[&str], Option<&str>); 6] = [
            (&[], None),
            (&["", "  "], None),
            (&["starting", "ready", ""], Some("ready")),
            (
                &["Traceback:", "  File x", "AttributeError: no 'y'"],
                Some("AttributeError: no 'y'"),
            ),
            (
                &[
                    "Error: Cannot find module '/x.js'",
                    "    at Error (node:internal)",
                    "",
                    "Node.js v20.20.0",
                ],
                Some("Error: Cannot find module '/x.js'"),
            ),
            (&["\u{1b}[31mFATAL\u{1b}[0m disk\u{0}"], Some("FATAL disk")),
        ];
        for (tail, expected) in cases {
            let tail: Vec<_> = tail.iter().map(|line| (*line).to_owned()).collect();
            let line = telling_line(&tail, &Secrets::default());
            assert_eq!(line.as_deref(), expected, "{tail:?}");
        }
    }
}
