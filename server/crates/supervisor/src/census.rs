//! All processes of this machine, whoever started them, and the end of one of them with all that it started.
//!
//! Linux only: the kernel's table in `/proc`. Elsewhere nothing is known, and that is said.

use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::time::Duration;

use rustix::io::Errno;
use rustix::process::{Pid, Signal};
use tokio::time::{Instant, sleep};

use crate::tree::{Member, table};

/// How often to look whether somebody has ended.
const LOOK: Duration = Duration::from_millis(20);

/// How long what was sent SIGKILL may take to be gone.
const KILL_LIMIT: Duration = Duration::from_secs(2);

/// A process of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Process id.
    pub pid: u32,
    /// Its parent's.
    pub parent: u32,
    /// When it started, in the kernel's ticks since the machine did.
    pub start_ticks: u64,
    /// The same in milliseconds UTC.
    pub started_ms: i64,
    /// The user it runs as.
    pub uid: u32,
    /// Its command line, word by word; empty for threads of the kernel.
    pub command: Vec<String>,
    /// The name it goes by.
    pub name: String,
    /// Memory in use, in bytes.
    pub memory_bytes: u64,
    /// Processor time used since it started, in milliseconds.
    pub cpu_ms: u64,
    /// What its standard input is.
    pub stdin: Stdin,
}

/// What the standard input of a process is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stdin {
    /// A pipe or a socket: somebody speaks to it, or did.
    Stream,
    /// Closed.
    Closed,
    /// A file, a terminal, `/dev/null`.
    Other,
    /// Not ours to know.
    Unknown,
}

/// Why a process was not ended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndError {
    /// It is over, or its number belongs to another process by now.
    #[error("process {pid} is not the one that was meant any more")]
    Gone {
        /// Its id.
        pid: u32,
    },
    /// It belongs to another user.
    #[error("process {pid} may not be ended by the user that this runs as")]
    Denied {
        /// Its id.
        pid: u32,
    },
    /// SIGKILL has not ended it within its time.
    #[error("process {pid} or what it started does not end, not even by SIGKILL")]
    Stays {
        /// Its id.
        pid: u32,
    },
}

/// What became of a process that was ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// How many processes ended, itself included.
    pub ended: u32,
    /// How many of them had to be killed.
    pub killed: u32,
}

/// All processes that run; `None` where the system has no such table.
pub fn census() -> Option<Vec<Seen>> {
    let booted_ms = booted_ms()?;
    let tick_ms = 1000 / rustix::param::clock_ticks_per_second().max(1);
    let page = u64::try_from(rustix::param::page_size()).unwrap_or(4096);
    let seen = table().into_iter().filter(|entry| entry.state != 'Z');
    let seen = seen.filter_map(|entry| {
        let pid = entry.member.pid();
        let folder = format!("/proc/{pid}");
        let command = std::fs::read(format!("{folder}/cmdline")).ok()?;
        let since_boot = entry.member.start_ticks().saturating_mul(tick_ms);
        Some(Seen {
            pid,
            parent: u32::try_from(entry.parent).unwrap_or_default(),
            start_ticks: entry.member.start_ticks(),
            started_ms: booted_ms.saturating_add_unsigned(since_boot),
            uid: std::fs::metadata(&folder).ok()?.uid(),
            command: words(&command),
            name: entry.name,
            memory_bytes: entry.pages.saturating_mul(page),
            cpu_ms: entry.cpu_ticks.saturating_mul(tick_ms),
            stdin: stdin(&folder),
        })
    });
    Some(seen.collect())
}

/// Ends a process and all that it started, if it is still the one that started then: SIGTERM, `grace`,
/// SIGKILL.
///
/// # Errors
/// When it is another one by now, or belongs to somebody else, or does not end.
pub async fn end(pid: u32, start_ticks: u64, grace: Duration) -> Result<Ended, EndError> {
    let gone = EndError::Gone { pid };
    let root = Member::find(pid, start_ticks).ok_or(gone.clone())?;
    let mut family = vec![Held::take(root)];
    if !family.iter().all(|held| held.member.runs()) {
        return Err(gone);
    }
    // Before anything ends: later they cannot be told from other people's processes.
    family.extend(root.descendants().into_iter().map(Held::take));
    let told = family[0].signal(Signal::TERM);
    if told == Err(Errno::PERM) {
        return Err(EndError::Denied { pid });
    }
    for held in &family[1..] {
        let _ = held.signal(Signal::TERM);
    }
    // Who is stopped hears nothing else.
    for held in &family {
        let _ = held.signal(Signal::CONT);
    }
    let mut killed = 0;
    if !gone_within(&family, grace).await {
        // What was started since then goes with those that started it.
        // The number of one that has ended may be somebody else's by now.
        let running = family.iter().filter(|held| held.member.runs());
        let younger = running.flat_map(|held| held.member.descendants());
        let younger: Vec<Member> = younger.collect();
        for member in younger {
            if !family.iter().any(|held| held.member == member) {
                family.push(Held::take(member));
            }
        }
        for held in family.iter().filter(|held| held.member.runs()) {
            let _ = held.signal(Signal::KILL);
            killed += 1;
        }
        if !gone_within(&family, KILL_LIMIT).await {
            return Err(EndError::Stays { pid });
        }
    }
    let ended = u32::try_from(family.len()).unwrap_or(u32::MAX);
    Ok(Ended { ended, killed })
}

/// A process whose number cannot pass to another one while it is held.
struct Held {
    member: Member,
    handle: Option<OwnedFd>,
}

impl Held {
    fn take(member: Member) -> Self {
        let pid = i32::try_from(member.pid()).ok().and_then(Pid::from_raw);
        Self {
            member,
            handle: pid.and_then(handle),
        }
    }

    /// Signals it, unless it has ended.
    fn signal(&self, signal: Signal) -> Result<(), Errno> {
        if !self.member.runs() {
            return Ok(());
        }
        match &self.handle {
            Some(handle) => through(handle, signal),
            // Kernels before 5.3 have no handles.
            None => self.member.try_signal(signal),
        }
    }
}

#[cfg(target_os = "linux")]
fn handle(pid: Pid) -> Option<OwnedFd> {
    rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty()).ok()
}

#[cfg(not(target_os = "linux"))]
fn handle(_: Pid) -> Option<OwnedFd> {
    None
}

#[cfg(target_os = "linux")]
fn through(handle: &OwnedFd, signal: Signal) -> Result<(), Errno> {
    rustix::process::pidfd_send_signal(handle, signal)
}

#[cfg(not(target_os = "linux"))]
fn through(_: &OwnedFd, _: Signal) -> Result<(), Errno> {
    Err(Errno::NOSYS)
}

async fn gone_within(family: &[Held], limit: Duration) -> bool {
    let deadline = Instant::now() + limit;
    while family.iter().any(|held| held.member.runs()) {
        if Instant::now() >= deadline {
            return false;
        }
        sleep(LOOK).await;
    }
    true
}

/// When the machine started, in milliseconds UTC.
fn booted_ms() -> Option<i64> {
    let stat = std::fs::read_to_string("/proc/stat").ok()?;
    let line = stat.lines().find_map(|line| line.strip_prefix("btime "))?;
    line.trim().parse::<i64>().ok()?.checked_mul(1000)
}

/// The words of a command line. Programs that give themselves a title have one word with spaces.
fn words(command: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(command);
    let text = text.trim_end_matches('\0');
    let words: Vec<&str> = match text.contains('\0') {
        true => text.split('\0').collect(),
        false => text.split_whitespace().collect(),
    };
    words.into_iter().map(str::to_owned).collect()
}

fn stdin(folder: &str) -> Stdin {
    match std::fs::read_link(format!("{folder}/fd/0")) {
        Ok(link) => {
            let link = link.to_string_lossy();
            match link.starts_with("pipe:") || link.starts_with("socket:") {
                true => Stdin::Stream,
                false => Stdin::Other,
            }
        }
        // The folder of descriptors can be read, and there is none.
        Err(_) if std::fs::read_dir(format!("{folder}/fd")).is_ok() => Stdin::Closed,
        Err(_) => Stdin::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_lines() {
        let cases: [(&[u8], &[&str]); 5] = [
            (b"", &[]),
            (b"sh\0", &["sh"]),
            (b"node\0a b.js\0\0", &["node", "a b.js"]),
            (b"npm exec @x/y   ", &["npm", "exec", "@x/y"]),
            (b"a\0\0b\0", &["a", "", "b"]),
        ];
        for (command, expected) in cases {
            assert_eq!(words(command), expected, "{command:?}");
        }
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_process_is_seen_and_ended_only_as_itself() {
        let mut child = std::process::Command::new("sleep")
            .arg("1000")
            .stdin(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let pid = child.id();
        let find = || census().unwrap().into_iter().find(|seen| seen.pid == pid);
        let seen = find().unwrap();
        assert_eq!(seen.command, ["sleep", "1000"]);
        assert_eq!(seen.parent, std::process::id());
        assert_eq!(seen.stdin, Stdin::Stream);
        let now = std::time::SystemTime::now();
        let now = now.duration_since(std::time::UNIX_EPOCH).unwrap();
        let age = i64::try_from(now.as_millis()).unwrap() - seen.started_ms;
        assert!((-2_000..60_000).contains(&age), "{age}");

        let grace = Duration::from_secs(5);
        let another = end(pid, seen.start_ticks + 1, grace).await;
        assert_eq!(another, Err(EndError::Gone { pid }));
        assert!(find().is_some(), "another process was meant");
        let ended = end(pid, seen.start_ticks, grace).await.unwrap();
        assert_eq!((ended.ended, ended.killed), (1, 0));
        assert!(find().is_none());
        child.wait().unwrap();
        assert_eq!(
            end(pid, seen.start_ticks, grace).await,
            Err(EndError::Gone { pid })
        );
    }
}
