//! What is said about calls.

use ui::format;
use wire::{CallOutcome, Level, SeenCall, ServerTraffic, TrafficSummary, Usage};

/// So many calls say something about a server.
const ENOUGH: u64 = 10;
/// The share of failing calls from which a server does badly, and very badly.
const MANY: f64 = 0.05;
const MOST: f64 = 0.2;

/// The sentence above the page.
pub(crate) fn headline(summary: &TrafficSummary) -> String {
    let failed: u64 = summary.servers.iter().map(|it| it.all.failed).sum();
    let calls: u64 = summary.servers.iter().map(|it| it.all.calls).sum();
    if summary.kept == 0 {
        return "No traffic seen".to_owned();
    }
    if calls == 0 {
        return "No calls in this time".to_owned();
    }
    let all = format::count(calls as usize, "call");
    let all = match summary.is_cut {
        true => format!("Of the newest {all}"),
        false => format!("Of {all}"),
    };
    if failed == 0 {
        return format!("{all}, none failed");
    }
    let share = format::percent(100.0 * failed as f64 / calls as f64);
    let worst = worst(summary, failed).unwrap_or_default();
    format!("{all}, {share} failed{worst}")
}

/// What failed most, if it is one that did.
fn worst(summary: &TrafficSummary, failed: u64) -> Option<String> {
    let tools = summary.servers.iter().flat_map(|server| {
        let name = &server.all.name;
        server.tools.iter().map(move |tool| (tool, name))
    });
    let mut tools: Vec<_> = tools.filter(|(tool, _)| tool.failed > 0).collect();
    tools.sort_by_key(|(tool, _)| std::cmp::Reverse(tool.failed));
    let (tool, server) = tools.first()?;
    let of = format!("{} of {server}", tool.name);
    let next = tools.get(1).map_or(0, |(tool, _)| tool.failed);
    match tool.failed {
        all if all == failed => Some(format!(": all of them {of}")),
        many if many * 2 > failed => Some(format!(": most of them {of} ({many})")),
        many if many > next => Some(format!(": most often {of} ({many})")),
        _ => None,
    }
}

/// What came of a call.
pub(super) fn outcome(call: &SeenCall) -> String {
    let word = match call.outcome {
        CallOutcome::Ok if call.is_empty => "nothing in it",
        CallOutcome::Ok => "ok",
        CallOutcome::ToolError => "tool error",
        CallOutcome::JsonrpcError => "error",
        CallOutcome::Transport => "connection",
        CallOutcome::Timeout => "time-out",
        CallOutcome::Cancelled => "cancelled",
        CallOutcome::Unknown => "unknown",
    };
    match call.code {
        Some(code) => format!("{word} {code}"),
        None => word.to_owned(),
    }
}

/// How well that is.
pub(super) fn level(call: &SeenCall) -> Level {
    match call.outcome {
        CallOutcome::Ok if call.is_empty || call.is_unadvertised || call.is_suspicious => {
            Level::Degraded
        }
        CallOutcome::Ok => Level::Healthy,
        CallOutcome::Cancelled | CallOutcome::Unknown => Level::Unknown,
        _ => Level::Unhealthy,
    }
}

/// What was called.
pub(super) fn name(call: &SeenCall) -> String {
    call.target.clone().unwrap_or_else(|| call.method.clone())
}

/// The share of calls that failed; nothing without calls.
pub(super) fn failing(usage: &Usage) -> Option<f64> {
    (usage.calls > 0).then(|| usage.failed as f64 / usage.calls as f64)
}

/// How well a tool, a client or a server does.
pub(super) fn level_of(usage: &Usage) -> Level {
    match failing(usage) {
        None => Level::Unknown,
        Some(share) if share >= MOST => Level::Unhealthy,
        Some(share) if share >= MANY => Level::Degraded,
        Some(_) => Level::Healthy,
    }
}

/// The tool that takes most of the time, if there is one that stands out.
pub(super) fn bottleneck(traffic: &ServerTraffic) -> Option<String> {
    let total = traffic.all.total_seconds;
    let slowest = |a: &&Usage, b: &&Usage| a.total_seconds.total_cmp(&b.total_seconds);
    let tool = traffic.tools.iter().max_by(slowest)?;
    if total <= 0.0 || traffic.tools.len() < 2 {
        return None;
    }
    let share = format::percent(100.0 * tool.total_seconds / total);
    let p95 = format::seconds(tool.p95_seconds);
    Some(format!(
        "{} takes {share} of the time of all calls: 95 of 100 take up to {p95}.",
        tool.name
    ))
}

/// What to say when probes and agents see different things.
pub(super) fn disagreement(probes: Level, traffic: Option<&ServerTraffic>) -> Option<String> {
    let all = &traffic?.all;
    if all.calls < ENOUGH {
        return None;
    }
    let failing = failing(all)?;
    let share = format::percent(100.0 * failing);
    match probes {
        Level::Healthy if failing >= MANY => Some(format!(
            "Probes are well, but {share} of agents' calls fail."
        )),
        Level::Unhealthy if failing < MANY => Some(format!(
            "Probes fail, but agents' calls get through: {share} of {} failed.",
            format::grouped(all.calls as usize)
        )),
        _ => None,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::traffic) fn usage(
        name: &str,
        calls: u64,
        failed: u64,
        total_seconds: f64,
    ) -> Usage {
        Usage {
            name: name.to_owned(),
            find: wire::filter_token("tool", name),
            calls,
            failed,
            silent: 0,
            p50_seconds: 0.1,
            p95_seconds: 0.5,
            max_seconds: 1.0,
            total_seconds,
            result_tokens: 0,
        }
    }

    pub(in crate::traffic) fn traffic(name: &str, calls: u64, failed: u64) -> ServerTraffic {
        ServerTraffic {
            all: usage(name, calls, failed, 10.0),
            last_ms: 0,
            tools: vec![usage("read", calls, failed, 7.0), usage("list", 0, 0, 3.0)],
            clients: Vec::new(),
            definitions: 2,
            definition_tokens: 100,
            definition_bytes: 400,
        }
    }

    #[test]
    fn headlines() {
        let summary = |servers: Vec<ServerTraffic>, is_cut, kept| TrafficSummary {
            servers,
            calls: 0,
            is_cut,
            kept,
        };
        for (summary, expected) in [
            (summary(Vec::new(), false, 0), "No traffic seen"),
            (summary(Vec::new(), false, 9), "No calls in this time"),
            (
                summary(vec![traffic("fs", 20, 0)], false, 20),
                "Of 20 calls, none failed",
            ),
            (
                summary(vec![traffic("a", 90, 1), traffic("fs", 10, 4)], true, 900),
                "Of the newest 100 calls, 5.0 % failed: most of them read of fs (4)",
            ),
            (
                summary(vec![traffic("a", 90, 0), traffic("fs", 10, 1)], false, 100),
                "Of 100 calls, 1.0 % failed: all of them read of fs",
            ),
            (
                summary(
                    vec![
                        traffic("a", 80, 3),
                        traffic("b", 10, 4),
                        traffic("c", 10, 3),
                    ],
                    false,
                    100,
                ),
                "Of 100 calls, 10 % failed: most often read of b (4)",
            ),
            // The server that fails most need not have the tool that does.
            (
                summary(
                    vec![
                        ServerTraffic {
                            tools: vec![usage("x", 9, 3, 1.0), usage("y", 9, 3, 1.0)],
                            ..traffic("a", 50, 6)
                        },
                        traffic("b", 50, 4),
                    ],
                    false,
                    100,
                ),
                "Of 100 calls, 10 % failed: most often read of b (4)",
            ),
            (
                summary(vec![traffic("a", 50, 5), traffic("b", 50, 5)], false, 100),
                "Of 100 calls, 10 % failed",
            ),
        ] {
            assert_eq!(headline(&summary), expected);
        }
    }

    #[test]
    fn probes_and_agents_may_see_different_things() {
        for (probes, calls, failed, expected) in [
            (
                Level::Healthy,
                100,
                30,
                Some("Probes are well, but 30 % of agents' calls fail."),
            ),
            (Level::Healthy, 100, 2, None),
            (Level::Healthy, 5, 5, None),
            (Level::Unhealthy, 100, 90, None),
            (
                Level::Unhealthy,
                1_000,
                0,
                Some("Probes fail, but agents' calls get through: 0 % of 1,000 failed."),
            ),
            (Level::Degraded, 100, 50, None),
        ] {
            let traffic = traffic("fs", calls, failed);
            let said = disagreement(probes, Some(&traffic));
            assert_eq!(said.as_deref(), expected, "{probes:?} {calls} {failed}");
        }
        assert_eq!(disagreement(Level::Healthy, None), None);
    }

    #[test]
    fn the_tool_that_takes_the_time_is_named() {
        let said = bottleneck(&traffic("fs", 100, 0)).unwrap();
        assert!(said.starts_with("read takes 70"), "{said}");
        let mut alone = traffic("fs", 100, 0);
        alone.tools.truncate(1);
        assert_eq!(bottleneck(&alone), None);
    }
}
