//! Who descends from whom, as far as the operating system tells (Linux: `/proc`; elsewhere nothing,
//! and only process groups are known).

use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process};

/// A process that cannot be mistaken for a later one with the same number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    pid: Pid,
    /// Start time in the kernel's ticks.
    started: u64,
}

impl Member {
    /// The process of this number, if it is the one that started then.
    pub(crate) fn find(pid: u32, start_ticks: u64) -> Option<Self> {
        let pid = i32::try_from(pid).ok().and_then(Pid::from_raw)?;
        let found = stat(pid)?.member;
        (found.started == start_ticks).then_some(found)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.pid.as_raw_nonzero().get().unsigned_abs()
    }

    pub(crate) fn start_ticks(&self) -> u64 {
        self.started
    }

    /// All that it started and that lives, parents before children.
    pub(crate) fn descendants(&self) -> Vec<Self> {
        descendants(self.pid)
    }

    /// Whether it still runs (a zombie does not).
    pub(crate) fn runs(&self) -> bool {
        stat(self.pid).is_some_and(|now| now.member == *self && now.state != 'Z')
    }

    /// Sends a signal, unless it has ended.
    pub(crate) fn signal(&self, signal: Signal) {
        if self.runs() {
            let _ = kill_process(self.pid, signal);
        }
    }

    /// Sends a signal to whoever has its number.
    pub(crate) fn try_signal(&self, signal: Signal) -> Result<(), Errno> {
        kill_process(self.pid, signal)
    }
}

/// One process of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) member: Member,
    pub(crate) state: char,
    pub(crate) parent: i32,
    /// The name it goes by.
    pub(crate) name: String,
    /// Processor time that it has used, in the kernel's ticks.
    pub(crate) cpu_ticks: u64,
    /// Pages of memory in use.
    pub(crate) pages: u64,
}

/// Processes, each with all its living descendants: what together is one server to whoever looks at its
/// memory.
pub fn families(of: &[u32]) -> Vec<Vec<u32>> {
    let table = table();
    let family = |pid: &u32| {
        let Some(root) = i32::try_from(*pid).ok().and_then(Pid::from_raw) else {
            return Vec::new();
        };
        let below = descendants_in(&table, root).into_iter();
        let below = below.map(|member| member.pid());
        std::iter::once(*pid).chain(below).collect()
    };
    of.iter().map(family).collect()
}

/// All living descendants of a process, parents before children.
pub(crate) fn descendants(of: Pid) -> Vec<Member> {
    descendants_in(&table(), of)
}

fn descendants_in(table: &[Entry], of: Pid) -> Vec<Member> {
    let mut parents = vec![of.as_raw_nonzero().get()];
    let mut found = Vec::new();
    let mut next = 0;
    while let Some(parent) = parents.get(next).copied() {
        next += 1;
        for entry in table.iter().filter(|entry| entry.parent == parent) {
            let pid = entry.member.pid.as_raw_nonzero().get();
            if !parents.contains(&pid) {
                parents.push(pid);
                found.push(entry.member);
            }
        }
    }
    found
}

/// The children of the calling thread, which must be the only one of its process.
pub(crate) fn own_children() -> Vec<Pid> {
    match std::fs::read_to_string("/proc/thread-self/children") {
        Ok(list) => list.split_whitespace().filter_map(parse_pid).collect(),
        // Kernels may be built without that file.
        Err(_) => {
            let own = rustix::process::getpid().as_raw_nonzero().get();
            let children = table().into_iter().filter(|entry| entry.parent == own);
            children.map(|entry| entry.member.pid).collect()
        }
    }
}

pub(crate) fn table() -> Vec<Entry> {
    let Ok(folder) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    let names = folder.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    names.filter_map(|name| stat(parse_pid(&name)?)).collect()
}

fn stat(pid: Pid) -> Option<Entry> {
    let path = format!("/proc/{}/stat", pid.as_raw_nonzero());
    parse_stat(pid, &String::from_utf8_lossy(&std::fs::read(path).ok()?))
}

/// `pid (name) state parent …`; the name may hold anything, also `) R 1 `.
fn parse_stat(pid: Pid, text: &str) -> Option<Entry> {
    let (head, rest) = text.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let number = |at: usize| fields.get(at)?.parse::<u64>().ok();
    Some(Entry {
        member: Member {
            pid,
            started: number(19)?,
        },
        state: fields.first()?.chars().next()?,
        parent: fields.get(1)?.parse().ok()?,
        name: head.split_once('(')?.1.to_owned(),
        cpu_ticks: number(11)?.saturating_add(number(12)?),
        // Nothing where the kernel does not say.
        pages: number(21).unwrap_or_default(),
    })
}

fn parse_pid(text: &str) -> Option<Pid> {
    text.parse()
        .ok()
        .filter(|pid| *pid > 0)
        .and_then(Pid::from_raw)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_forge_the_fields() {
        let pid = Pid::from_raw(7).unwrap();
        let rest = "S 5 7 7 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 4711 99 98";
        for name in ["sh", "a b", ") R 1 (x"] {
            assert_eq!(
                parse_stat(pid, &format!("7 ({name}) {rest}\n")),
                Some(Entry {
                    member: Member { pid, started: 4711 },
                    state: 'S',
                    parent: 5,
                    name: name.to_owned(),
                    cpu_ticks: 11,
                    pages: 98,
                }),
                "{name}"
            );
        }
        assert_eq!(parse_stat(pid, "7 (sh) S 5"), None);
        assert_eq!(parse_stat(pid, ""), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_child_is_found_and_seen_to_end() {
        let mut child = std::process::Command::new("sleep")
            .arg("1000")
            .spawn()
            .unwrap();
        let pid = Pid::from_child(&child);
        let members = descendants(rustix::process::getpid());
        let found = members
            .into_iter()
            .find(|member| member.pid == pid)
            .unwrap();
        let family = families(&[std::process::id(), child.id()]);
        assert!(family[0].contains(&std::process::id()) && family[0].contains(&child.id()));
        assert_eq!(family[1], [child.id()]);
        assert!(found.runs());
        found.signal(Signal::KILL);
        child.wait().unwrap();
        assert!(!found.runs());
    }
}
