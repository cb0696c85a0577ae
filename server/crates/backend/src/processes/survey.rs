//! From the table of processes to the MCP servers in it: trees, owners, clients, orphans.

use std::collections::{HashMap, HashSet};

use supervisor::{Seen, Stdin};
use wire::{HostProcess, ProcessKind};

use super::{clients, matching};
use crate::fleet::shown;
use crate::hidden;

/// Longest way up that is looked at.
const MOST_STEPS: usize = 64;
/// Characters that are shown of a command line.
const MOST_CHARS: usize = 1000;

/// What is known beside the table.
pub(super) struct Survey<'a> {
    /// The product itself.
    pub(super) own: u32,
    /// The processes of servers that the product started, by the servers' names.
    pub(super) ours: &'a [(String, u32)],
    /// Commands of servers, as configured.
    pub(super) known: &'a [Vec<String>],
    /// The name of a user.
    pub(super) owner: &'a dyn Fn(u32) -> String,
    /// What a process uses of the processors.
    pub(super) cpu_percent: &'a dyn Fn(&Seen) -> f64,
}

/// The table, by process and by parent.
struct Table<'a> {
    by_pid: HashMap<u32, &'a Seen>,
    children: HashMap<u32, Vec<&'a Seen>>,
}

impl<'a> Table<'a> {
    fn of(census: &'a [Seen]) -> Self {
        let mut children: HashMap<u32, Vec<&Seen>> = HashMap::new();
        for seen in census {
            children.entry(seen.parent).or_default().push(seen);
        }
        Self {
            by_pid: census.iter().map(|seen| (seen.pid, seen)).collect(),
            children,
        }
    }

    /// Those above a process, the nearest first.
    fn above(&self, seen: &Seen) -> impl Iterator<Item = &'a Seen> + '_ {
        let first = self.by_pid.get(&seen.parent).copied();
        let up = |below: &&'a Seen| self.by_pid.get(&below.parent).copied();
        std::iter::successors(first, up).take(MOST_STEPS)
    }

    /// A process and all below it.
    fn family(&self, root: &'a Seen) -> Vec<&'a Seen> {
        let mut family = vec![root];
        let mut known = HashSet::from([root.pid]);
        let mut next = 0;
        while let Some(parent) = family.get(next).copied() {
            next += 1;
            for child in self.children.get(&parent.pid).into_iter().flatten() {
                if known.insert(child.pid) {
                    family.push(child);
                }
            }
        }
        family
    }
}

impl Survey<'_> {
    /// The servers, each with all that it started: orphans first, then the largest.
    pub(super) fn of(&self, census: &[Seen]) -> Vec<HostProcess> {
        let table = Table::of(census);
        // Whoever started the product is no server of it, whatever it looks like: npx, or a package's wrapper.
        let own = table.by_pid.get(&self.own).copied();
        let above = own.into_iter().flat_map(|own| table.above(own));
        let not_these: HashSet<u32> = above.map(|it| it.pid).chain([self.own]).collect();
        let is_one = |seen: &&Seen| {
            !not_these.contains(&seen.pid)
                && (self.ours.iter().any(|(_, pid)| *pid == seen.pid)
                    || matching::is_mcp(&seen.command, self.known))
        };
        let servers: HashSet<u32> = census.iter().filter(is_one).map(|it| it.pid).collect();
        let is_root = |seen: &&Seen| !table.above(seen).any(|above| servers.contains(&above.pid));
        let roots = census.iter().filter(|seen| servers.contains(&seen.pid));
        let mut found: Vec<_> = roots
            .filter(is_root)
            .map(|root| self.one(&table, root))
            .collect();
        found.sort_by_key(|it| (it.kind, std::cmp::Reverse(it.memory_bytes), it.pid));
        found
    }

    fn one(&self, table: &Table<'_>, root: &Seen) -> HostProcess {
        let root = table.by_pid.get(&root.pid).copied().unwrap_or(root);
        let family = table.family(root);
        let is_ours = table.above(root).any(|above| above.pid == self.own);
        let of_family = |(_, pid): &&(String, u32)| family.iter().any(|it| it.pid == *pid);
        let server = self.ours.iter().find(of_family);
        let client = table.above(root).find_map(clients::client);
        let client = client.or_else(|| table.above(root).find_map(clients::shell));
        let why = match is_ours || client.is_some() {
            true => None,
            false => orphan(table, root),
        };
        let kind = match (is_ours, &why) {
            (true, _) => ProcessKind::Ours,
            (false, Some(_)) => ProcessKind::Orphan,
            (false, None) => ProcessKind::Other,
        };
        let line = hidden::command_line(root.command.iter().map(String::as_str));
        let cpu = family.iter().map(|seen| (self.cpu_percent)(seen));
        HostProcess {
            pid: root.pid,
            start_ticks: root.start_ticks,
            started_ms: root.started_ms,
            owner: (self.owner)(root.uid),
            command: shown(&line).chars().take(MOST_CHARS).collect(),
            kind,
            server: server.map(|(name, _)| name.clone()).unwrap_or_default(),
            client: match is_ours {
                true => "MCP Observatory".to_owned(),
                false => client.unwrap_or_default().to_owned(),
            },
            why: why.unwrap_or_default(),
            processes: u32::try_from(family.len()).unwrap_or(u32::MAX),
            memory_bytes: family.iter().map(|seen| seen.memory_bytes).sum(),
            cpu_percent: cpu.sum(),
        }
    }
}

/// Why nobody uses a process that has no client above it; `None` where that cannot be said.
fn orphan(table: &Table<'_>, root: &Seen) -> Option<String> {
    if root.stdin == Stdin::Closed {
        return Some("its standard input is closed, and no client is above it".to_owned());
    }
    let is_left = match table.by_pid.get(&root.parent) {
        None => true,
        Some(parent) => clients::adopts(parent),
    };
    // Who is spoken to over a pipe has a client, or had one. Services have none.
    let was_used = root.stdin == Stdin::Stream;
    (is_left && was_used).then(|| "whoever started it is gone".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(pid: u32, parent: u32, command: &str) -> Seen {
        let command: Vec<String> = command.split_whitespace().map(str::to_owned).collect();
        let name = command.first().map_or("", |word| matching::last_part(word));
        Seen {
            pid,
            parent,
            start_ticks: 7,
            started_ms: 0,
            uid: 0,
            name: name.to_owned(),
            command,
            memory_bytes: 10,
            cpu_ms: 0,
            stdin: Stdin::Stream,
        }
    }

    fn survey(census: &[Seen]) -> Vec<HostProcess> {
        let survey = Survey {
            own: 100,
            ours: &[("fs".to_owned(), 102)],
            known: &[],
            owner: &|uid| uid.to_string(),
            cpu_percent: &|_| 1.5,
        };
        survey.of(census)
    }

    #[test]
    fn trees_are_one_and_ours_are_known() {
        let census = [
            seen(1, 0, "/sbin/init"),
            seen(50, 1, "claude"),
            seen(60, 50, "npm exec @modelcontextprotocol/server-everything"),
            seen(61, 60, "sh -c mcp-server-everything"),
            seen(62, 61, "node /x/node_modules/.bin/mcp-server-everything"),
            seen(63, 62, "git status"),
            seen(100, 1, "mcp-observatory serve"),
            seen(101, 100, "mcp-observatory keeper -- files"),
            seen(102, 101, "files --token hush"),
        ];
        let found = survey(&census);
        let found: Vec<_> = found
            .iter()
            .map(|it| {
                (
                    it.pid,
                    it.kind,
                    it.server.as_str(),
                    it.client.as_str(),
                    it.processes,
                    it.memory_bytes,
                )
            })
            .collect();
        assert_eq!(
            found,
            [
                (102, ProcessKind::Ours, "fs", "MCP Observatory", 1, 10),
                (60, ProcessKind::Other, "", "Claude Code", 4, 40),
            ]
        );
        assert_eq!(survey(&census)[0].command, "files --token ***REDACTED***");
        assert!((survey(&census)[1].cpu_percent - 6.0).abs() < 1e-9);
    }

    #[test]
    fn whoever_started_the_product_is_none() {
        let census = [
            seen(1, 0, "/sbin/init"),
            seen(50, 1, "npx mcp-observatory-wrapper"),
            seen(
                51,
                50,
                "node /x/node_modules/mcp-observatory-wrapper/run.js",
            ),
            seen(60, 50, "node /x/node_modules/mcp-server-other/run.js"),
            seen(100, 51, "mcp-observatory serve"),
            seen(102, 100, "files"),
        ];
        let found = survey(&census);
        let mut found: Vec<_> = found.iter().map(|it| (it.pid, it.kind)).collect();
        found.sort();
        assert_eq!(
            found,
            [(60, ProcessKind::Other), (102, ProcessKind::Ours)],
            "{found:?}"
        );
    }

    #[test]
    fn orphans() {
        let server = "uvx mcp-server-time";
        let with = |stdin| Seen {
            stdin,
            ..seen(60, 1, server)
        };
        let init = || seen(1, 0, "/sbin/init");
        for (census, client, expected) in [
            (vec![init(), with(Stdin::Stream)], "", "started it is gone"),
            (vec![init(), with(Stdin::Closed)], "", "input is closed"),
            (vec![init(), with(Stdin::Other)], "", ""),
            (vec![init(), with(Stdin::Unknown)], "", ""),
            (vec![seen(60, 4711, server)], "", "started it is gone"),
            (
                vec![init(), seen(40, 1, "systemd --user"), seen(60, 40, server)],
                "",
                "started it is gone",
            ),
            (
                vec![init(), seen(40, 1, "-bash"), seen(60, 40, server)],
                "bash",
                "",
            ),
            (
                vec![init(), seen(40, 1, "bash -lc x"), seen(60, 40, server)],
                "",
                "",
            ),
            (
                vec![
                    init(),
                    seen(40, 1, "node /usr/bin/codex"),
                    seen(60, 40, server),
                ],
                "Codex",
                "",
            ),
            (
                vec![
                    init(),
                    seen(40, 1, "/opt/Cursor/Cursor"),
                    seen(60, 40, server),
                ],
                "Cursor",
                "",
            ),
        ] {
            let found = survey(&census);
            assert_eq!(found.len(), 1, "{census:?}");
            assert_eq!(found[0].client, client, "{census:?}");
            assert!(
                found[0].why.contains(expected),
                "{census:?}: {}",
                found[0].why
            );
            let is_orphan = !expected.is_empty();
            assert_eq!(found[0].kind == ProcessKind::Orphan, is_orphan);
            assert_eq!(found[0].why.is_empty(), !is_orphan);
        }
    }

    #[test]
    fn a_circle_in_the_table_ends() {
        let census = [seen(5, 6, "mcp-server-a"), seen(6, 5, "mcp-server-b")];
        assert!(survey(&census).is_empty());
    }
}
