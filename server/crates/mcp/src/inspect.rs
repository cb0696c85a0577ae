//! Looks at the bytes of a child's standard output on their way to the protocol library.
//!
//! The library drops lines that are no JSON without a word. A server that prints to standard
//! output breaks stricter clients, so it has to be named.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use serde_json::Value;
use tokio::io::{AsyncRead, ReadBuf};

use crate::text::Secrets;

/// How much of a line is kept for judging it. A longer line that begins like a message is taken
/// for one: the protocol library has the last word on it.
const HEAD_BYTES: usize = 4096;

/// What came out of standard output besides MCP messages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Findings {
    /// The first line that is no JSON, cleaned.
    pub(crate) noise: Option<String>,
    /// The first line that is JSON, but no JSON-RPC message, cleaned.
    pub(crate) invalid: Option<String>,
}

/// Passes bytes through and judges each line.
pub(crate) struct Inspected {
    inner: Pin<Box<dyn AsyncRead + Send>>,
    head: Vec<u8>,
    /// The line is longer than its head.
    long: bool,
    findings: Arc<Mutex<Findings>>,
    secrets: Secrets,
}

/// Reads what an [`Inspected`] found, while that one is away in the library.
#[derive(Clone, Default)]
pub(crate) struct Inspection {
    findings: Arc<Mutex<Findings>>,
    secrets: Secrets,
}

impl Inspection {
    /// An inspection that quotes lines without the secrets.
    pub(crate) fn new(secrets: Secrets) -> Self {
        Self {
            findings: Arc::default(),
            secrets,
        }
    }

    /// What was found up to now.
    pub(crate) fn findings(&self) -> Findings {
        self.findings
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Wraps a child's standard output.
    pub(crate) fn wrap(&self, inner: Pin<Box<dyn AsyncRead + Send>>) -> Inspected {
        Inspected {
            inner,
            head: Vec::new(),
            long: false,
            findings: Arc::clone(&self.findings),
            secrets: self.secrets.clone(),
        }
    }
}

impl Inspected {
    fn feed(&mut self, mut bytes: &[u8]) {
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            self.keep(&bytes[..end]);
            self.end_line();
            bytes = &bytes[end + 1..];
        }
        self.keep(bytes);
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = HEAD_BYTES - self.head.len();
        self.long |= bytes.len() > room;
        self.head.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    fn end_line(&mut self) {
        let line = self.head.trim_ascii();
        let verdict = judge(line, self.long);
        if verdict != Line::Message {
            let mut findings = self.findings.lock().unwrap_or_else(PoisonError::into_inner);
            let slot = match verdict {
                Line::NotJson => &mut findings.noise,
                _ => &mut findings.invalid,
            };
            let secrets = &self.secrets;
            slot.get_or_insert_with(|| secrets.quote(&String::from_utf8_lossy(line)));
        }
        self.head.clear();
        self.long = false;
    }
}

#[derive(PartialEq, Eq)]
enum Line {
    Message,
    NotJson,
    NotRpc,
}

fn judge(line: &[u8], long: bool) -> Line {
    if line.is_empty() {
        return Line::Message;
    }
    if long {
        let begins_well = matches!(line.first(), Some(b'{' | b'['));
        return if begins_well {
            Line::Message
        } else {
            Line::NotJson
        };
    }
    match serde_json::from_slice::<Value>(line) {
        Ok(Value::Object(message)) if message.contains_key("jsonrpc") => Line::Message,
        // A batch, as revision 2025-03-26 allowed.
        Ok(Value::Array(batch)) if batch.iter().all(|item| item.get("jsonrpc").is_some()) => {
            Line::Message
        }
        Ok(_) => Line::NotRpc,
        Err(_) => Line::NotJson,
    }
}

impl AsyncRead for Inspected {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(self.inner.as_mut().poll_read(cx, buf))?;
        let read = &buf.filled()[before..];
        if read.is_empty() {
            // The end: what is left is a last line without its line feed.
            self.end_line();
        } else {
            self.feed(read);
        }
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;

    use super::*;

    async fn found(output: &'static [u8]) -> (Option<String>, Option<String>) {
        let inspection = Inspection::default();
        let mut passed = Vec::new();
        inspection
            .wrap(Box::pin(output))
            .read_to_end(&mut passed)
            .await
            .unwrap();
        assert_eq!(passed, output, "the bytes pass unchanged");
        let findings = inspection.findings();
        (findings.noise, findings.invalid)
    }

    #[tokio::test]
    async fn lines_are_told_apart() {
        let noise = |text: &str| (Some(text.to_owned()), None);
        let invalid = |text: &str| (None, Some(text.to_owned()));
        let cases: [(&[u8], _); 10] = [
            (b"", (None, None)),
            (
                b"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\r\n\n  \n",
                (None, None),
            ),
            (b"[{\"jsonrpc\":\"2.0\"}]\n", (None, None)),
            (b"Server ready\nagain\n", noise("Server ready")),
            (b"\x1b[32mok\x1b[0m\n", noise("ok")),
            (b"no line feed", noise("no line feed")),
            (b"\xff\xfe\n", noise("\u{fffd}\u{fffd}")),
            (b"{\"jsonrpc\"\n", noise("{\"jsonrpc\"")),
            (b"42\n", invalid("42")),
            (b"{\"a\":1}\n", invalid("{\"a\":1}")),
        ];
        for (output, expected) in cases {
            assert_eq!(
                found(output).await,
                expected,
                "{}",
                String::from_utf8_lossy(output)
            );
        }
    }

    #[tokio::test]
    async fn long_lines_are_judged_by_their_beginning() {
        let long = |first: &str| -> &'static [u8] {
            let line = format!("{first}{}\n", "x".repeat(100_000));
            line.into_bytes().leak()
        };
        assert_eq!(found(long("{")).await, (None, None));
        let (noise, invalid) = found(long("")).await;
        assert_eq!(
            noise.map(|line| line.chars().count()),
            Some(crate::text::QUOTE_CHARS + 1)
        );
        assert_eq!(invalid, None);
    }
}
