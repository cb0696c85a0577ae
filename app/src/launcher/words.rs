//! How it stands with started servers, in words.

use ui::format;
use wire::{LaunchState, Launched, Level};

/// What a state is called.
pub(super) fn state(state: LaunchState) -> &'static str {
    match state {
        LaunchState::CrashLoop => "crash loop",
        LaunchState::Failed => "failed",
        LaunchState::BackingOff => "backing off",
        LaunchState::Starting => "starting",
        LaunchState::Running => "running",
        LaunchState::Stopped => "stopped",
        LaunchState::AwaitingApproval => "awaiting approval",
    }
}

/// How bad it is with a server.
pub(super) fn level(line: &Launched) -> Level {
    match line.state {
        LaunchState::Running if line.tools_before.is_some() => Level::Degraded,
        state => level_of(state),
    }
}

/// How bad a state is.
pub(super) fn level_of(state: LaunchState) -> Level {
    match state {
        LaunchState::CrashLoop | LaunchState::Failed => Level::Unhealthy,
        LaunchState::BackingOff => Level::Degraded,
        LaunchState::Running => Level::Healthy,
        LaunchState::Starting | LaunchState::Stopped | LaunchState::AwaitingApproval => {
            Level::Unknown
        }
    }
}

/// How many run, and which do not stay up.
pub(crate) fn headline(lines: &[Launched]) -> String {
    if lines.is_empty() {
        return "No server is started here".to_owned();
    }
    let of = |state: LaunchState| {
        let found = lines.iter().filter(move |line| line.state == state);
        found.map(|line| line.name.as_str()).collect::<Vec<_>>()
    };
    let running = of(LaunchState::Running).len();
    let mut text = match (running, lines.len()) {
        (all, count) if all == count && all == 1 => "The server that is started runs".to_owned(),
        (all, count) if all == count => format!("All {count} started servers run"),
        (running, count) => format!(
            "{running} of {} run",
            format::count(count, "started server")
        ),
    };
    for (state, one, many) in [
        (
            LaunchState::CrashLoop,
            "is in a crash loop",
            "are in a crash loop",
        ),
        (
            LaunchState::Failed,
            "cannot be started",
            "cannot be started",
        ),
        (
            LaunchState::BackingOff,
            "is being tried again",
            "are being tried again",
        ),
        (LaunchState::Stopped, "is stopped", "are stopped"),
        (
            LaunchState::AwaitingApproval,
            "awaits approval",
            "await approval",
        ),
    ] {
        match of(state)[..] {
            [] => {}
            [only] => text.push_str(&format!(", {only} {one}")),
            [first, second] => text.push_str(&format!(", {first} and {second} {many}")),
            ref several => text.push_str(&format!(", {} {many}", several.len())),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &str, state: LaunchState) -> Launched {
        Launched {
            name: name.to_owned(),
            command: String::new(),
            source: String::new(),
            state,
            reason: String::new(),
            pid: None,
            started_ms: None,
            restarts: 0,
            crashes: 0,
            next_start_ms: None,
            cpu_percent: None,
            memory_bytes: None,
            tools: None,
            tools_before: None,
            served: None,
            phases: Vec::new(),
            stderr: Vec::new(),
            exits: Vec::new(),
        }
    }

    #[test]
    fn headlines() {
        use LaunchState::{BackingOff, CrashLoop, Running, Stopped};
        for (states, expected) in [
            (&[][..], "No server is started here"),
            (&[Running], "The server that is started runs"),
            (&[Running, Running], "All 2 started servers run"),
            (&[Stopped], "0 of 1 started server run, a is stopped"),
            (
                &[Running, CrashLoop, BackingOff, BackingOff],
                "1 of 4 started servers run, b is in a crash loop, c and d are being tried again",
            ),
            (
                &[CrashLoop, CrashLoop, CrashLoop],
                "0 of 3 started servers run, 3 are in a crash loop",
            ),
        ] {
            let names = ["a", "b", "c", "d"];
            let lines = names
                .iter()
                .zip(states)
                .map(|(name, state)| line(name, *state));
            assert_eq!(headline(&lines.collect::<Vec<_>>()), expected);
        }
    }
}
