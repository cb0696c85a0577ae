//! What calls come to: for each server its tools and clients, with percentiles by nearest rank.
//!
//! <https://en.wikipedia.org/wiki/Percentile#The_nearest-rank_method>

use std::collections::HashMap;
use std::sync::Arc;

use model::TimestampMs;
use wire::{SeenCall, ServerTraffic, TimeRange, TrafficSummary, Usage, filter_token};

/// The most calls that are looked at, the newest.
pub(super) const MOST_CALLS: u32 = 20_000;
/// The most tools and clients of a server that are told.
const MOST_NAMES: usize = 100;
/// How long a summary is new enough.
const NEW_MS: i64 = 3_000;
/// The most summaries that are kept.
const MOST_RECENT: usize = 16;

/// What was asked for lately.
#[derive(Default)]
pub(super) struct Recent(Vec<(Option<String>, TimeRange, TimestampMs, Arc<TrafficSummary>)>);

impl Recent {
    /// One that is new enough.
    pub(super) fn get(
        &mut self,
        server: Option<&str>,
        range: TimeRange,
        now_ms: TimestampMs,
    ) -> Option<Arc<TrafficSummary>> {
        self.0
            .retain(|(_, _, at_ms, _)| (0..NEW_MS).contains(&(now_ms - at_ms)));
        let mut found = self.0.iter();
        let found = found.find(|it| it.0.as_deref() == server && it.1 == range)?;
        Some(found.3.clone())
    }

    /// Keeps one.
    pub(super) fn put(
        &mut self,
        server: Option<&str>,
        range: TimeRange,
        now_ms: TimestampMs,
        summary: Arc<TrafficSummary>,
    ) {
        if self.0.len() >= MOST_RECENT {
            self.0.remove(0);
        }
        let server = server.map(str::to_owned);
        self.0.push((server, range, now_ms, summary));
    }
}

/// Calls of one name.
#[derive(Default)]
struct Group {
    seconds: Vec<f64>,
    failed: u64,
    silent: u64,
    tokens: u64,
}

impl Group {
    fn add(&mut self, call: &SeenCall) {
        self.seconds.push(call.duration_seconds);
        self.failed += u64::from(call.outcome.is_failure());
        self.silent += u64::from(call.is_empty);
        self.tokens = self.tokens.saturating_add(call.result_tokens);
    }

    fn usage(mut self, name: &str, find: String) -> Usage {
        self.seconds.sort_by(f64::total_cmp);
        let rank = |percent: usize| {
            let place = (self.seconds.len() * percent).div_ceil(100).max(1) - 1;
            self.seconds.get(place).copied().unwrap_or_default()
        };
        Usage {
            name: name.to_owned(),
            find,
            calls: self.seconds.len() as u64,
            failed: self.failed,
            silent: self.silent,
            p50_seconds: rank(50),
            p95_seconds: rank(95),
            max_seconds: rank(100),
            total_seconds: self.seconds.iter().sum(),
            result_tokens: self.tokens,
        }
    }
}

#[derive(Default)]
struct OfServer<'a> {
    all: Group,
    last_ms: TimestampMs,
    /// By what was called, and the method where that is all there is.
    tools: HashMap<(Option<&'a str>, &'a str), Group>,
    clients: HashMap<Option<&'a str>, Group>,
}

/// What calls come to; what servers ask their clients takes no part.
pub(super) fn servers(
    calls: &[SeenCall],
    definitions: &[(String, u64, u64, u64)],
) -> Vec<ServerTraffic> {
    let mut servers = HashMap::<&str, OfServer<'_>>::new();
    for call in calls.iter().filter(|call| !call.is_from_server) {
        let server = servers.entry(&call.server).or_default();
        server.all.add(call);
        server.last_ms = server.last_ms.max(call.at_ms);
        let called = match call.target.as_deref() {
            Some(target) => (Some(target), ""),
            None => (None, call.method.as_str()),
        };
        server.tools.entry(called).or_default().add(call);
        let client = call.client.as_deref();
        server.clients.entry(client).or_default().add(call);
    }
    let mut told: Vec<_> = servers
        .into_iter()
        .map(|(name, server)| {
            let defined = definitions.iter().find(|it| it.0 == name);
            let (_, count, bytes, tokens) = defined.cloned().unwrap_or_default();
            ServerTraffic {
                all: server.all.usage(name, filter_token("server", name)),
                last_ms: server.last_ms,
                tools: usages(server.tools, |(target, method)| match target {
                    Some(target) => (target, filter_token("tool", target)),
                    None => (method, filter_token("method", method)),
                }),
                clients: usages(server.clients, |client| {
                    let find = filter_token("client", client.unwrap_or_default());
                    (client.unwrap_or("unknown"), find)
                }),
                definitions: count,
                definition_tokens: tokens,
                definition_bytes: bytes,
            }
        })
        .collect();
    told.sort_by(|a, b| most_used(&a.all, &b.all));
    told
}

fn usages<'a, K>(groups: HashMap<K, Group>, named: fn(K) -> (&'a str, String)) -> Vec<Usage> {
    let usages = groups.into_iter().map(|(key, group)| {
        let (name, find) = named(key);
        group.usage(name, find)
    });
    let mut usages: Vec<_> = usages.collect();
    usages.sort_by(most_used);
    usages.truncate(MOST_NAMES);
    usages
}

fn most_used(a: &Usage, b: &Usage) -> std::cmp::Ordering {
    b.calls.cmp(&a.calls).then_with(|| a.name.cmp(&b.name))
}

#[cfg(test)]
mod tests {
    use wire::CallOutcome;

    use super::*;
    use crate::traffic::details::tests::kept;

    #[test]
    fn calls_come_to_figures() {
        let call = |server: &str, tool: &str, ms: u32, outcome: CallOutcome| SeenCall {
            server: server.to_owned(),
            target: Some(tool.to_owned()),
            duration_seconds: f64::from(ms) / 1e3,
            ..kept(outcome, None).call
        };
        let mut calls: Vec<_> = (1..=20)
            .map(|ms| call("a", "x", ms, CallOutcome::Ok))
            .collect();
        calls.push(call("a", "y", 500, CallOutcome::ToolError));
        calls.push(call("a", "y", 500, CallOutcome::Unknown));
        calls.push(SeenCall {
            is_empty: true,
            client: None,
            ..call("b", "z", 5, CallOutcome::Ok)
        });
        calls.push(SeenCall {
            is_from_server: true,
            ..call("c", "w", 5, CallOutcome::Ok)
        });
        let told = servers(&calls, &[("a".to_owned(), 2, 300, 80)]);
        let names: Vec<_> = told.iter().map(|it| it.all.name.as_str()).collect();
        assert_eq!(names, ["a", "b"]);
        let a = &told[0];
        assert_eq!((a.all.calls, a.all.failed, a.all.silent), (22, 1, 0));
        assert_eq!((a.definitions, a.definition_tokens), (2, 80));
        let x = &a.tools[0];
        assert_eq!((x.name.as_str(), x.calls), ("x", 20));
        assert_eq!(
            (x.p50_seconds, x.p95_seconds, x.max_seconds),
            (0.010, 0.019, 0.020)
        );
        assert_eq!(a.tools[1].failed, 1);
        assert_eq!(
            (told[1].all.silent, told[1].clients[0].name.as_str()),
            (1, "unknown")
        );
        assert_eq!(told[1].clients[0].find, "client:\"\"");
        assert_eq!(
            (x.find.as_str(), a.all.find.as_str()),
            ("tool:x", "server:a")
        );
        // A method and a tool of the same name are not the same.
        let calls = [
            call("a", "ping", 1, CallOutcome::Ok),
            SeenCall {
                target: None,
                method: "ping".to_owned(),
                result_tokens: u64::MAX,
                ..call("a", "", 1, CallOutcome::Ok)
            },
        ];
        let told = servers(&calls, &[]);
        let mut found: Vec<_> = told[0].tools.iter().map(|it| it.find.as_str()).collect();
        found.sort_unstable();
        assert_eq!(found, ["method:ping", "tool:ping"]);
    }

    #[test]
    fn who_asks_the_same_shares_it_for_a_moment() {
        let mut recent = Recent::default();
        let summary = Arc::new(TrafficSummary {
            servers: Vec::new(),
            calls: 0,
            is_cut: false,
            kept: 0,
        });
        let hour = TimeRange::Last(3_600_000);
        recent.put(None, hour, 1_000, summary);
        for (server, range, now_ms, is_there) in [
            (None, hour, 1_500, true),
            (Some("a"), hour, 1_500, false),
            (None, TimeRange::Last(60_000), 1_500, false),
            (None, hour, 4_000, false),
        ] {
            assert_eq!(recent.get(server, range, now_ms).is_some(), is_there);
        }
    }
}
