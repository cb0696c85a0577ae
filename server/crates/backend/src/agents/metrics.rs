//! Agents that are told by metrics, and what Claude Code's metrics say of its sessions: read from the store, where all that
//! is pushed, scraped, and sent by OTLP or remote write comes together.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use agents::{Figure, Figures, Said, Told, known_figure};
use model::{
    METRIC_NAME, MatchValue, Matcher, ReadError, ReadSamples, Selection, SeriesSamples,
    TimestampMs, is_stale, whole_match,
};
use wire::AgentSourceKind;

use super::fleet::{Fleet, Now, Source};

/// Metrics that are read, with the prefix or without.
const NAMES: &str = "(synthex_)?(agent_health_score|queries_processed_per_second|parallel_efficiency_ratio\
    |parallel_efficiency|ml_prediction_accuracy|ml_pattern_accuracy|ml_optimization_gain_percent|memory_efficiency_score\
    |task_completion_rate|error_recovery_success_rate|agent_cpu_percent|agent_memory_bytes|agent_memory_percent\
    |agent_gpu_percent|agent_queue_depth|agent_tasks_running|agent_tasks_total|agent_recoveries_total|agent_tokens_total\
    |agent_cost_usd_total|agent_state)(_ratio)?|claude_code_.+_total";
static WANTED: LazyLock<Option<MatchValue>> =
    LazyLock::new(|| whole_match(NAMES).ok().map(MatchValue::Matches));

/// How far back newest values are looked for, and at the first look.
pub(super) const BACK_MS: i64 = 60_000;
pub(super) const FIRST_BACK_MS: i64 = 300_000;
/// Facts of a session by its metrics.
const CLAUDE_CODE: &[(&str, &str)] = &[
    ("claude_code_lines_of_code_count", "lines of code"),
    ("claude_code_commit_count", "commits"),
    ("claude_code_pull_request_count", "pull requests"),
    ("claude_code_active_time", "active time in seconds"),
    (
        "claude_code_code_edit_tool_decision",
        "decisions about edits",
    ),
];

/// What metrics say of an agent.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Found {
    told: Told,
    last_ms: TimestampMs,
    /// Whether a sender has ended its series.
    is_ended: bool,
    names: BTreeSet<String>,
    source: String,
    is_session: bool,
}

/// What the store says of agents between two times. `is_ours` tells the product's own series, which are left out.
pub(super) fn read(
    store: &dyn ReadSamples,
    (from_ms, to_ms): (TimestampMs, TimestampMs),
    opened_ms: TimestampMs,
    is_ours: &dyn Fn(&SeriesSamples) -> bool,
) -> Result<BTreeMap<String, Found>, ReadError> {
    let mut found: BTreeMap<String, Found> = BTreeMap::new();
    let Some(is) = WANTED.clone() else {
        return Ok(found);
    };
    let selection = Selection {
        matchers: vec![Matcher {
            name: METRIC_NAME.to_owned(),
            is,
        }],
        from_ms,
        to_ms,
    };
    store.select(&selection, &mut |series| {
        if !is_ours(&series) {
            take(&mut found, &series, opened_ms);
        }
        std::ops::ControlFlow::Continue(())
    })?;
    Ok(found)
}

fn take(found: &mut BTreeMap<String, Found>, series: &SeriesSamples, opened_ms: TimestampMs) {
    let labels = &series.labels;
    let first = |names: &[&str]| {
        let values = names.iter().map(|name| labels.get(name));
        values
            .into_iter()
            .find(|value| !value.is_empty())
            .unwrap_or_default()
            .to_owned()
    };
    let name = labels.get(METRIC_NAME);
    let is_session = name.starts_with("claude_code_");
    let id = match is_session {
        true => first(&["agent_id", "session_id"]),
        false => first(&["agent", "agent_id"]),
    };
    let (Some(value), Some(at_ms)) = (series.values.last(), series.at_ms.last()) else {
        return;
    };
    if id.is_empty() {
        return;
    }
    let one = found.entry(id.clone()).or_default();
    one.told.id = id;
    one.is_session |= is_session;
    if is_stale(*value) {
        // At the product's start what was seen before has been ended by itself.
        one.is_ended |= one.names.is_empty() && *at_ms > opened_ms;
        return;
    }
    one.is_ended = false;
    one.last_ms = one.last_ms.max(*at_ms);
    one.names
        .insert(name.strip_suffix("_ratio").unwrap_or(name).to_owned());
    one.names.insert(name.to_owned());
    // The type of a session's series is that of its tokens.
    let kind = match is_session {
        true => "claude-code".to_owned(),
        false => first(&["type", "agent_type"]),
    };
    for (known, said) in [
        (&mut one.told.kind, kind),
        (
            &mut one.told.host,
            first(&["host", "host_name", "instance"]),
        ),
        (&mut one.told.version, first(&["version", "app_version"])),
        (&mut one.source, first(&["job", "instance", "service_name"])),
    ] {
        if known.is_empty() {
            *known = said;
        }
    }
    match is_session {
        true => of_session(&mut one.told, name, labels.get("type"), *value),
        false => figure(&mut one.told, name, series, *value),
    }
}

fn figure(told: &mut Told, name: &str, series: &SeriesSamples, value: f64) {
    let short = name.strip_prefix("synthex_").unwrap_or(name);
    let labels = &series.labels;
    let of = match short {
        "agent_tasks_total" => match labels.get("status") {
            "completed" | "success" | "ok" => Some(Figure::TasksCompleted),
            "failed" | "failure" | "error" => Some(Figure::TasksFailed),
            _ => None,
        },
        "agent_recoveries_total" => match labels.get("outcome") {
            "success" => Some(Figure::Recoveries),
            "failure" => Some(Figure::RecoveriesFailed),
            _ => None,
        },
        "agent_state" => {
            if value > 0.0 {
                told.word = labels.get("state").to_owned();
                told.said = agents::said(&told.word);
            }
            return;
        }
        _ => {
            let known = known_figure(short, value);
            let known = known.or_else(|| known_figure(short.strip_suffix("_ratio")?, value));
            match known {
                Some((figure, Some(value))) => told.figures.set(figure, value),
                Some((_, None)) => told
                    .notes
                    .push(format!("{name}: {value} is out of range; it was not taken")),
                None => {}
            }
            return;
        }
    };
    if let Some(figure) = of.filter(|_| value >= 0.0) {
        told.figures.add(figure, value);
    }
}

fn of_session(told: &mut Told, name: &str, kind: &str, value: f64) {
    if name.starts_with("claude_code_token_usage") {
        told.figures.add(Figure::Tokens, value);
    } else if name.starts_with("claude_code_cost_usage") {
        told.figures.add(Figure::CostUsd, value);
    } else if let Some((_, words)) = CLAUDE_CODE
        .iter()
        .find(|(start, _)| name.starts_with(start))
    {
        let name = match kind {
            "" => (*words).to_owned(),
            kind => format!("{words}: {kind}"),
        };
        match told.facts.iter_mut().find(|(known, _)| *known == name) {
            Some((_, sum)) => *sum = (sum.parse::<f64>().unwrap_or(0.0) + value).to_string(),
            None => told.facts.push((name, value.to_string())),
        }
    }
}

/// How an agent stands of which only figures are known.
fn inferred(figures: &Figures) -> Option<(Said, String)> {
    let (running, rate) = (
        figures.get(Figure::TasksRunning),
        figures.get(Figure::QueriesPerSecond),
    );
    if let Some(rate) = rate.filter(|rate| *rate > 0.0) {
        return Some((Said::Active, format!("{rate} queries a second")));
    }
    if let Some(running) = running.filter(|running| *running > 0.0) {
        return Some((Said::Active, format!("{running} tasks running")));
    }
    let known = running.or(rate)?;
    (known == 0.0).then(|| (Said::Idle, "nothing to do".to_owned()))
}

impl Fleet {
    /// Takes in what metrics say.
    pub(super) fn measured(&mut self, found: BTreeMap<String, Found>, now: Now) {
        let mut counts: BTreeMap<(bool, String), u32> = BTreeMap::new();
        for (id, found) in found {
            let is_session = found.is_session;
            let name = if found.source.is_empty() {
                "the metric store"
            } else {
                &found.source
            };
            let name = name.to_owned();
            let is_taken = match is_session {
                true => self.session(&id, found, &name, now),
                false => self.of_metrics(&id, found, &name, now),
            };
            if is_taken {
                *counts.entry((is_session, name)).or_default() += 1;
            }
        }
        for ((is_session, name), agents) in counts {
            let source = self.source(Source {
                kind: match is_session {
                    true => AgentSourceKind::ClaudeCode,
                    false => AgentSourceKind::Metrics,
                },
                name: &name,
                arrived_ms: now.ms,
            });
            source.last_ms = Some(now.ms);
            source.agents = agents;
        }
    }

    fn of_metrics(&mut self, id: &str, mut found: Found, name: &str, now: Now) -> bool {
        if let Some(known) = self.agents.get_mut(id) {
            // Whoever reports otherwise does not report by metrics, until that ends.
            let is_other = known.source != AgentSourceKind::Metrics;
            let is_heard = known.heard_ms > now.ms - BACK_MS;
            if is_other && is_heard {
                return false;
            }
            if found.is_ended && !is_other {
                known.is_gone = true;
                known.look(now, &mut self.changed, &mut self.pending);
                return false;
            }
        }
        if found.names.is_empty() {
            return false;
        }
        if found.told.said.is_none()
            && let Some((said, word)) = inferred(&found.told.figures)
        {
            found.told.said = Some(said);
            found.told.word = word;
        }
        // What was not sampled lately stays as it was.
        if let Some(known) = self.agents.get(id) {
            for (figure, value) in known.told.figures.iter() {
                if found.told.figures.get(figure).is_none() {
                    found.told.figures.set(figure, value);
                }
            }
            found.names.extend(known.foreign.iter().cloned());
        }
        // A sample is no report with a time of its own: its time is that of the newest one.
        let source = Source {
            kind: AgentSourceKind::Metrics,
            name,
            arrived_ms: found.last_ms.min(now.ms),
        };
        if self
            .agents
            .get(id)
            .is_some_and(|known| known.last_ms >= source.arrived_ms)
        {
            return true;
        }
        let is_taken = self.one(source, found.told, now).is_ok();
        if let Some(known) = self.agents.get_mut(id) {
            known.foreign = found.names;
        }
        is_taken
    }

    /// Metrics of a session are sent whether it does something or not: only when tokens grow it has.
    fn session(&mut self, id: &str, found: Found, name: &str, now: Now) -> bool {
        let at_ms = found.last_ms.min(now.ms);
        if found.names.is_empty() {
            return false;
        }
        if !self.agents.contains_key(id) {
            let source = Source {
                kind: AgentSourceKind::ClaudeCode,
                name,
                arrived_ms: at_ms,
            };
            return self.begin(source, found.told, now).is_ok();
        }
        let Some(known) = self.agents.get_mut(id) else {
            return false;
        };
        if known.source != AgentSourceKind::ClaudeCode {
            return false;
        }
        let mut has_grown = false;
        for figure in [Figure::Tokens, Figure::CostUsd] {
            let (before, told) = (
                known.told.figures.get(figure),
                found.told.figures.get(figure),
            );
            if let Some(told) = told.filter(|told| *told > before.unwrap_or(0.0)) {
                known.told.figures.set(figure, told);
                has_grown = true;
            }
        }
        if known.told.facts != found.told.facts && !found.told.facts.is_empty() {
            known.told.facts = found.told.facts;
            has_grown = true;
        }
        if has_grown {
            known.heard(at_ms, now);
            known.look(now, &mut self.changed, &mut self.pending);
        }
        true
    }
}
