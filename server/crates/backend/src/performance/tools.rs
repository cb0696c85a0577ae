//! Which tool of a server is the slowest, by the calls of its tool checks.

use std::collections::BTreeMap;

use model::SeriesSamples;

use super::steps::{numbers, ranks};
use super::words;

/// Most other tools that are named beside the slowest.
const OTHERS: usize = 2;

/// The slowest tool, and what that is said from.
pub(super) struct Slowest {
    pub(super) tool: Option<String>,
    pub(super) evidence: String,
}

/// Reads `mcp_check_duration_seconds` of one server; `tools` says which tool a check calls.
pub(super) fn slowest(
    series: &[SeriesSamples],
    tools: &BTreeMap<String, String>,
    has_traffic: bool,
) -> Slowest {
    let mut calls: BTreeMap<&str, Vec<(i64, f64)>> = BTreeMap::new();
    for one in series {
        // A check that is configured no more called a tool that is not known any more.
        if let Some(tool) = tools.get(one.labels.get("check")) {
            calls.entry(tool).or_default().extend(numbers(one));
        }
    }
    let mut ranked: Vec<(&str, usize, f64)> = calls
        .iter()
        .filter_map(|(tool, calls)| Some((*tool, calls.len(), ranks(calls)?(0.95))))
        .collect();
    ranked.sort_by(|a, b| b.2.total_cmp(&a.2).then(a.0.cmp(b.0)));
    let Some(((tool, count, p95), others)) = ranked.split_first() else {
        let why = match tools.is_empty() {
            true => "no tool is called on a schedule, so none can be named",
            false => "no tool was called in this time, so none can be named",
        };
        return Slowest {
            tool: None,
            evidence: why.to_owned(),
        };
    };
    let shown = |(tool, _, p95): &(&str, usize, f64)| format!("{tool} {}", words::seconds(*p95));
    let others: Vec<_> = others.iter().take(OTHERS).map(shown).collect();
    let others = match others.is_empty() {
        true => "no other is called".to_owned(),
        false => format!("next: {}", others.join(", ")),
    };
    let by = match has_traffic {
        true => "measured by tool checks; which tools clients call is not known",
        false => "measured by tool checks, because no traffic was seen",
    };
    Slowest {
        tool: Some((*tool).to_owned()),
        evidence: format!(
            "p95 {} over {}; {others}; {by}",
            words::seconds(*p95),
            words::count(*count, "call")
        ),
    }
}

#[cfg(test)]
mod tests {
    use model::Labels;

    use super::*;

    fn calls(check: &str, seconds: &[f64]) -> SeriesSamples {
        let times = (0..).map(|at| at * 1000);
        SeriesSamples::floats(
            Labels::new().with("check", check),
            times.take(seconds.len()).collect(),
            seconds.to_vec(),
        )
    }

    #[test]
    fn the_slowest_is_named_with_its_evidence() {
        let tools: BTreeMap<String, String> = [("a", "search"), ("b", "search"), ("c", "add")]
            .map(|(check, tool)| (check.to_owned(), tool.to_owned()))
            .into();
        let series = [
            calls("a", &[0.1, 0.1]),
            calls("b", &[2.0]),
            calls("c", &[0.5, f64::NAN]),
            calls("former", &[9.0]),
        ];
        let found = slowest(&series, &tools, false);
        assert_eq!(found.tool.as_deref(), Some("search"));
        assert_eq!(
            found.evidence,
            "p95 2.0 s over 3 calls; next: add 500 ms; measured by tool checks, because no traffic was seen"
        );
        let found = slowest(&series[2..], &tools, true);
        assert_eq!(found.tool.as_deref(), Some("add"));
        assert!(
            found.evidence.contains("1 call; no other is called"),
            "{}",
            found.evidence
        );
        assert!(found.evidence.contains("clients call is not known"));
        for (tools, part) in [
            (BTreeMap::new(), "no tool is called on a schedule"),
            (tools, "no tool was called in this time"),
        ] {
            let found = slowest(&[], &tools, false);
            assert_eq!(found.tool, None);
            assert!(found.evidence.contains(part), "{}", found.evidence);
        }
    }
}
