//! The last words of a child: its standard error is read as fast as it comes, so that a child never
//! blocks on it, and only the end of it is kept, so that a child cannot fill our memory.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe;

/// Shared between the task that reads and the handle that is asked.
#[derive(Clone, Debug)]
pub(crate) struct Tail(Arc<Mutex<Ring>>);

impl Tail {
    /// Keeps so many lines of so many bytes.
    pub(crate) fn new(lines: usize, line_bytes: usize) -> Self {
        Self(Arc::new(Mutex::new(Ring {
            lines: VecDeque::new(),
            current: Vec::new(),
            cut: false,
            max_lines: lines,
            max_bytes: line_bytes,
        })))
    }

    /// Oldest first; a last line that has not ended yet is included.
    pub(crate) fn lines(&self) -> Vec<String> {
        let ring = self.ring();
        let mut lines: Vec<String> = ring.lines.iter().cloned().collect();
        if !ring.current.is_empty() {
            lines.push(ring.line());
        }
        let surplus = lines.len().saturating_sub(ring.max_lines);
        lines.drain(..surplus);
        lines
    }

    /// Reads until nobody can write any more.
    pub(crate) async fn follow(self, mut from: pipe::Receiver) {
        let mut chunk = vec![0; 16 << 10];
        // An error on a pipe is as final as its end.
        while let Ok(read @ 1..) = from.read(&mut chunk).await {
            self.ring().push(&chunk[..read]);
        }
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug)]
struct Ring {
    lines: VecDeque<String>,
    current: Vec<u8>,
    /// Whether bytes of the current line were left out.
    cut: bool,
    max_lines: usize,
    max_bytes: usize,
}

impl Ring {
    fn push(&mut self, bytes: &[u8]) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let text = piece.strip_suffix(b"\n").unwrap_or(piece);
            let room = self.max_bytes.saturating_sub(self.current.len());
            self.cut |= text.len() > room;
            self.current
                .extend_from_slice(&text[..text.len().min(room)]);
            if text.len() < piece.len() {
                self.end_line();
            }
        }
    }

    fn end_line(&mut self) {
        let line = self.line();
        self.current.clear();
        self.cut = false;
        self.lines.push_back(line);
        if self.lines.len() > self.max_lines {
            self.lines.pop_front();
        }
    }

    /// The current line; `…` stands for what was left out, half a character included.
    fn line(&self) -> String {
        let mut line = String::from_utf8_lossy(&self.current).into_owned();
        if self.cut {
            line.truncate(line.trim_end_matches('\u{fffd}').len());
            line.push('…');
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pushed: &[&[u8]], expected: &[&str]) {
        let tail = Tail::new(3, 8);
        for bytes in pushed {
            tail.ring().push(bytes);
        }
        assert_eq!(tail.lines(), expected, "{pushed:?}");
    }

    #[test]
    fn only_the_end_is_kept() {
        check(&[], &[]);
        check(&[b"one\ntwo\n"], &["one", "two"]);
        check(&[b"on", b"e\n", b"\n", b"tw"], &["one", "", "tw"]);
        check(&[b"1\n2\n3\n4\n"], &["2", "3", "4"]);
        check(&[b"1\n2\n3\n4"], &["2", "3", "4"]);
    }

    #[test]
    fn long_lines_are_cut() {
        check(&[b"12345678\n"], &["12345678"]);
        check(&[b"123456789\nx\n"], &["12345678…", "x"]);
        check(&[b"12345678", b"9"], &["12345678…"]);
        check(&["1234567ä\n".as_bytes()], &["1234567…"]);
    }

    #[test]
    fn bytes_that_are_no_text_do_no_harm() {
        check(&[b"a\xffb\n"], &["a\u{fffd}b"]);
        check(&[b"\x1b[1mr\r\n"], &["\x1b[1mr\r"]);
        check(
            &["ä".as_bytes().split_at(1).0, "ä".as_bytes().split_at(1).1],
            &["ä"],
        );
    }

    #[test]
    fn a_flood_costs_no_memory() {
        let tail = Tail::new(3, 8);
        for _ in 0..100_000 {
            tail.ring().push(b"endless line without an end, ");
        }
        let ring = tail.ring();
        assert!(ring.current.capacity() < 100 && ring.lines.is_empty());
    }
}
