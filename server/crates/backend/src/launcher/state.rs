//! How it stands with a server that is started: from its row, its record and the limits, without any memory.

use std::time::Duration;

use model::TimestampMs;
use wire::{Admin, LaunchState, Launched, Level, Server};

use super::book::Record;
use crate::config::Launching;

/// A server's line, without what it uses of the machine.
pub(super) fn launched(
    row: &Server,
    record: Record,
    limits: &Launching,
    now: TimestampMs,
) -> Launched {
    let crashes = crashes(&record, limits, now);
    let state = state(row.admin, &record, crashes > limits.crash_loop_restarts);
    let is_up = record.run.is_some();
    let run = record.run.as_ref();
    Launched {
        name: row.name.clone(),
        command: row.endpoint.clone(),
        source: row.source.clone(),
        state,
        reason: reason(state, row, &record, crashes, limits),
        pid: run.and_then(|run| run.pid),
        started_ms: run.map(|run| run.started_ms),
        restarts: u32::try_from(record.attempts.saturating_sub(1)).unwrap_or(u32::MAX),
        crashes,
        next_start_ms: row
            .verdict
            .next_probe_ms
            .filter(|_| row.admin == Admin::Enabled && !is_up),
        cpu_percent: None,
        memory_bytes: None,
        served: None,
        tools: record.listed.map(|listed| listed.tools),
        tools_before: record.listed_before,
        stderr: run.map(|run| (run.said)()).unwrap_or_default(),
        phases: record.phases,
        exits: record.exits.into(),
    }
}

/// How it stands.
pub(super) fn standing(
    admin: Admin,
    record: &Record,
    limits: &Launching,
    now: TimestampMs,
) -> LaunchState {
    let is_looping = crashes(record, limits, now) > limits.crash_loop_restarts;
    state(admin, record, is_looping)
}

/// How often it ended without being told to, lately.
fn crashes(record: &Record, limits: &Launching, now: TimestampMs) -> u32 {
    let window_ms = i64::try_from(limits.crash_loop_window.as_millis()).unwrap_or(i64::MAX);
    let within = |at: &&TimestampMs| **at > now.saturating_sub(window_ms);
    let crashes = record.crashes.iter().filter(within).count();
    u32::try_from(crashes).unwrap_or(u32::MAX)
}

fn state(admin: Admin, record: &Record, is_looping: bool) -> LaunchState {
    match admin {
        Admin::AwaitingApproval => return LaunchState::AwaitingApproval,
        Admin::Stopped => return LaunchState::Stopped,
        Admin::Enabled if is_looping => return LaunchState::CrashLoop,
        Admin::Enabled => {}
    }
    match (&record.run, record.exits.front()) {
        (Some(run), _) if run.ready_ms.is_some() => LaunchState::Running,
        (Some(_), _) | (None, None) => LaunchState::Starting,
        (None, Some(last)) if last.was_asked => LaunchState::Starting,
        (None, Some(last)) if last.pid.is_none() => LaunchState::Failed,
        (None, Some(_)) => LaunchState::BackingOff,
    }
}

fn reason(
    state: LaunchState,
    row: &Server,
    record: &Record,
    crashes: u32,
    limits: &Launching,
) -> String {
    let last = record.exits.front().map(|exit| exit.how.as_str());
    let last = last.unwrap_or("unknown exit");
    match state {
        LaunchState::CrashLoop => {
            let window = words(limits.crash_loop_window);
            let now = if record.run.is_some() {
                "; it runs at this moment"
            } else {
                ""
            };
            format!("It ended {crashes} times within {window}, last with {last}{now}.")
        }
        LaunchState::BackingOff => format!("It ended: {last}. It is started again after a pause."),
        LaunchState::Starting => match &record.run {
            Some(run) if run.pid.is_some() => {
                "Its process runs and has not listed its tools yet.".to_owned()
            }
            _ => "It is being started.".to_owned(),
        },
        LaunchState::Running => match (record.listed, record.listed_before) {
            (Some(listed), Some(before)) => format!(
                "It runs, but lists only {} of the {before} tools that it listed before its restart.",
                listed.tools
            ),
            _ if row.verdict.level != Level::Healthy => row.verdict.summary.clone(),
            (Some(listed), None) => format!("It runs and lists {} tools.", listed.tools),
            (None, _) => "It runs.".to_owned(),
        },
        LaunchState::Failed | LaunchState::Stopped | LaunchState::AwaitingApproval => {
            row.verdict.summary.clone()
        }
    }
}

fn words(window: Duration) -> String {
    match window.as_secs() {
        seconds if seconds % 60 == 0 => format!("{} min", seconds / 60),
        seconds => format!("{seconds} s"),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use model::SystemClock;
    use wire::{Transport, Verdict};

    use super::super::book::{Book, End};
    use super::*;

    fn row(admin: Admin) -> Server {
        Server {
            name: "fs".to_owned(),
            transport: Transport::Stdio,
            endpoint: "fs".to_owned(),
            source: "test".to_owned(),
            admin,
            verdict: Verdict {
                summary: "the summary".to_owned(),
                next_probe_ms: Some(9),
                ..Verdict::default()
            },
            identity: None,
            tools: None,
            steps: Vec::new(),
            availability: None,
            timeline: Vec::new(),
            process: None,
            updated_ms: None,
            affected_by: Vec::new(),
            affected_since_ms: None,
        }
    }

    #[derive(Clone, Copy)]
    enum Turn {
        Begins,
        Runs,
        Crashes,
        Is(LaunchState, &'static str),
    }
    use Turn::{Begins, Crashes, Is, Runs};

    fn check(admin: Admin, turns: &[Turn]) {
        let book = Book::new(Arc::new(SystemClock));
        let limits = Launching {
            crash_loop_restarts: 2,
            ..Launching::default()
        };
        let mut id = 0;
        for turn in turns {
            match turn {
                Begins => id = book.begins("fs"),
                Runs => book.runs("fs", id, 7, Arc::new(|| vec!["words".to_owned()])),
                Crashes => {
                    let end = End {
                        how: "signal 9".to_owned(),
                        was_asked: false,
                        stderr: Vec::new(),
                    };
                    book.ends("fs", id, end);
                }
                Is(state, words) => {
                    let now = model::Clock::now_ms(&SystemClock);
                    let line = launched(&row(admin), book.of("fs"), &limits, now);
                    assert_eq!(line.state, *state);
                    assert!(line.reason.contains(words), "{}", line.reason);
                    let waits =
                        line.pid.is_none() && line.started_ms.is_none() && admin == Admin::Enabled;
                    assert_eq!(line.next_start_ms.is_some(), waits);
                    assert_eq!(line.stderr.is_empty(), line.pid.is_none());
                }
            }
        }
    }

    #[test]
    fn states() {
        check(
            Admin::AwaitingApproval,
            &[Is(LaunchState::AwaitingApproval, "the summary")],
        );
        check(
            Admin::Stopped,
            &[Begins, Runs, Is(LaunchState::Stopped, "the summary")],
        );
        let starting = Is(LaunchState::Starting, "being started");
        let up = Is(LaunchState::Starting, "has not listed");
        let off = Is(LaunchState::BackingOff, "signal 9");
        check(
            Admin::Enabled,
            &[starting, Begins, starting, Runs, up, Crashes, off],
        );
        check(
            Admin::Enabled,
            &[Begins, Crashes, Is(LaunchState::Failed, "the summary")],
        );
        let again = [Begins, Runs, Crashes];
        let looping = Is(LaunchState::CrashLoop, "3 times within 5 min");
        let turns = [again, again].concat();
        check(Admin::Enabled, &[&turns[..], &[off]].concat());
        let turns = [again, again, again].concat();
        check(Admin::Enabled, &[&turns[..], &[looping]].concat());
        let runs = Is(LaunchState::CrashLoop, "at this moment");
        check(
            Admin::Enabled,
            &[&turns[..], &[Begins, Runs, runs]].concat(),
        );
    }
}
