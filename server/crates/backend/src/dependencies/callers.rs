//! Who calls servers, as real traffic tells: client programs, and how often they call which server.

use std::collections::{BTreeMap, BTreeSet};

use wire::{Level, MapCalls, MapNode, NodeKind, Series};

/// Calls of clients with servers in the last minutes, a second; in all, and those that failed. What tells of traffic
/// without saying who calls counts as `unknown`.
pub(super) const QUERIES: [&str; 2] = [
    "sum by (client, server) (rate(mcp_requests_total[5m])) > 0",
    r#"sum by (client, server) (rate(mcp_requests_total{status="error"}[5m])) > 0"#,
];

/// The most clients on the map: the busiest.
const MOST: usize = wire::MOST_CLIENTS;
/// The share of failing calls from which a client does badly, and that from which it fails.
const MANY: f64 = 0.05;
const MOSTLY: f64 = 0.5;
/// What is written where a client did not say its name.
const UNKNOWN: &str = "unknown client";

/// Clients of these servers, the busiest first.
pub(super) fn callers(all: &[Series], failed: &[Series], servers: &BTreeSet<&str>) -> Vec<MapNode> {
    let mut clients = BTreeMap::<&str, Vec<MapCalls>>::new();
    let failed: BTreeMap<_, f64> = failed.iter().map(pair).collect();
    for ((client, server), per_second) in all.iter().map(pair) {
        if servers.contains(server) {
            let failed = failed.get(&(client, server)).copied().unwrap_or_default();
            clients.entry(client).or_default().push(MapCalls {
                to: server.to_owned(),
                per_second,
                failing: (failed / per_second).clamp(0.0, 1.0),
            });
        }
    }
    let mut nodes: Vec<_> = clients.into_iter().map(node).collect();
    nodes.sort_by(|a, b| total(&b.calls).total_cmp(&total(&a.calls)));
    nodes.truncate(MOST);
    nodes
}

fn pair(series: &Series) -> ((&str, &str), f64) {
    let value = series.points.last().map_or(0.0, |point| point.value);
    let client = match series.label("client") {
        "" | "none" => UNKNOWN,
        client => client,
    };
    ((client, series.label("server")), value)
}

fn total(calls: &[MapCalls]) -> f64 {
    calls.iter().map(|it| it.per_second).sum()
}

fn node((client, calls): (&str, Vec<MapCalls>)) -> MapNode {
    let per_second = total(&calls);
    let failing: f64 = calls.iter().map(|it| it.per_second * it.failing).sum();
    let failing = failing / per_second;
    let share = (100.0 * failing).round();
    MapNode {
        name: client.to_owned(),
        kind: NodeKind::Client,
        what: "agent".to_owned(),
        level: match failing {
            share if share >= MOSTLY => Level::Unhealthy,
            share if share >= MANY => Level::Degraded,
            _ => Level::Healthy,
        },
        summary: match failing > 0.0 {
            true => format!("{share} % of its calls in the last five minutes failed."),
            false => "None of its calls in the last five minutes failed.".to_owned(),
        },
        since_ms: 0,
        affected_by: Vec::new(),
        // Those beyond the number of names that are counted have none of their own.
        find: match client {
            "other" => String::new(),
            UNKNOWN => wire::filter_token("client", ""),
            client => wire::filter_token("client", client),
        },
        depends_on: calls.iter().map(|it| it.to.clone()).collect(),
        calls,
    }
}

#[cfg(test)]
mod tests {
    use wire::Point;

    use super::*;

    fn series(rows: &[(&str, &str, f64)]) -> Vec<Series> {
        let one = |(client, server, value): &(&str, &str, f64)| Series {
            metric: String::new(),
            labels: [("client", *client), ("server", *server)]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
            points: vec![Point {
                at_ms: 0,
                value: *value,
            }],
        };
        rows.iter().map(one).collect()
    }

    #[test]
    fn clients_by_what_they_do() {
        let all = series(&[
            ("a", "files", 2.0),
            ("a", "web", 2.0),
            ("b", "files", 10.0),
            ("c", "files", 0.5),
            ("none", "files", 1.0),
            ("a", "a server that is not watched", 5.0),
        ]);
        let failed = series(&[("a", "web", 1.0), ("c", "files", 0.5)]);
        let nodes = callers(&all, &failed, &BTreeSet::from(["files", "web"]));
        let line = |node: &MapNode| {
            let calls = node.calls.iter();
            let calls: Vec<_> = calls
                .map(|it| format!("{} {} {}", it.to, it.per_second, it.failing))
                .collect();
            let level = node.level.as_str();
            format!(
                "{} {level}: {}; {} {}",
                node.name,
                calls.join(", "),
                node.summary,
                node.find
            )
        };
        let lines: Vec<_> = nodes.iter().map(line).collect();
        assert_eq!(
            lines,
            [
                "b healthy: files 10 0; None of its calls in the last five minutes failed. client:b",
                "a degraded: files 2 0, web 2 0.5; 25 % of its calls in the last five minutes failed. client:a",
                "unknown client healthy: files 1 0; None of its calls in the last five minutes failed. client:\"\"",
                "c unhealthy: files 0.5 1; 100 % of its calls in the last five minutes failed. client:c",
            ]
        );
        let many: Vec<_> = (0..50)
            .map(|n| (format!("c{n}"), f64::from(n + 1)))
            .collect();
        let many: Vec<_> = many
            .iter()
            .map(|(client, rate)| (client.as_str(), "files", *rate))
            .collect();
        let nodes = callers(&series(&many), &[], &BTreeSet::from(["files"]));
        assert_eq!((nodes.len(), nodes[0].name.as_str()), (MOST, "c49"));
    }
}
