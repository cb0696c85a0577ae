//! Agents as pages see them.

use std::collections::BTreeMap;

use agents::{Figure, Figures, METHOD, fairness};
use wire::{
    Agent, AgentDetail, AgentFact, AgentFactor, AgentFigures, AgentKind, AgentPicture, AgentSpan,
    AgentState,
};

use super::fleet::{Fleet, Known, is_over, wire_state};

/// Work is spread evenly from here on, and unevenly below.
const EVEN: f64 = 0.9;
const UNEVEN: f64 = 0.6;

impl Fleet {
    /// All agents in one picture.
    pub(super) fn picture(&self) -> AgentPicture {
        let mut agents: Vec<_> = self.agents.values().map(Known::shown).collect();
        agents.sort_by(|a, b| {
            let order = |it: &Agent| {
                (
                    trouble(it.state),
                    it.score.map_or(i64::MAX, |it| (it * 1000.0) as i64),
                )
            };
            order(a)
                .cmp(&order(b))
                .then_with(|| wire::natural(&a.id, &b.id))
        });
        let alive = || {
            let all = self.agents.values();
            all.filter(|it| !is_over(it.standing.state))
        };
        let count = |states: &[AgentState]| {
            let found = agents.iter().filter(|it| states.contains(&it.state));
            u32::try_from(found.count()).unwrap_or(u32::MAX)
        };
        let figure = |figure: Figure| alive().filter_map(move |it| it.told.figures.get(figure));
        let (balance, balance_said) = self.balance();
        AgentPicture {
            kinds: kinds(&agents),
            active: count(&[AgentState::Active]),
            idle: count(&[AgentState::Idle]),
            troubled: count(&[AgentState::Failed, AgentState::Recovering]),
            stale: count(&[AgentState::Stale]),
            dead: count(&[AgentState::Dead]),
            score: mean(alive().filter_map(|it| it.score.value)),
            queries_per_second: sum(figure(Figure::QueriesPerSecond)),
            parallel_efficiency: mean(figure(Figure::ParallelEfficiency)),
            queue_depth: sum(figure(Figure::QueueDepth)),
            completion_ratio: together(
                alive(),
                (Figure::TasksCompleted, Figure::TasksFailed),
                Figures::completion,
            ),
            recovery_ratio: together(
                alive(),
                (Figure::Recoveries, Figure::RecoveriesFailed),
                Figures::recovery,
            ),
            balance,
            balance_said,
            sources: self.sources.values().cloned().collect(),
            method: METHOD.to_owned(),
            agents,
        }
    }

    /// How evenly work is spread, and what that means.
    pub(super) fn balance(&self) -> (Option<f64>, String) {
        let mut work: Vec<(f64, &str)> = Vec::new();
        for it in self
            .agents
            .values()
            .filter(|it| !is_over(it.standing.state))
        {
            let of = |figure| it.told.figures.get(figure);
            let (waiting, running) = (of(Figure::QueueDepth), of(Figure::TasksRunning));
            if waiting.is_some() || running.is_some() {
                let work_of = waiting.unwrap_or(0.0) + running.unwrap_or(0.0);
                work.push((work_of, &it.told.id));
            }
        }
        let shares: Vec<_> = work.iter().map(|(share, _)| *share).collect();
        let Some(index) = fairness(&shares) else {
            let said = match shares.len() {
                0 | 1 => "fewer than two agents say what they have to do",
                _ => "nobody has anything to do",
            };
            return (None, said.to_owned());
        };
        let most = work.iter().max_by(|a, b| a.0.total_cmp(&b.0));
        let (most, who) = most.copied().unwrap_or_default();
        let total: f64 = shares.iter().sum();
        let percent = (100.0 * most / total).round();
        let of = format!(
            "{who} has {percent} % of what {} agents have to do",
            shares.len()
        );
        let said = match index {
            index if index >= EVEN => "work is spread evenly".to_owned(),
            index if index >= UNEVEN => format!("work is spread somewhat unevenly: {of}"),
            _ => format!("work is spread unevenly: {of}"),
        };
        (Some(index), said)
    }

    /// One agent in detail, but for its timeline; and the span that goes on.
    pub(super) fn detail(&self, id: &str) -> Option<(AgentDetail, AgentSpan)> {
        let known = self.agents.get(id)?;
        let mut uses: Vec<_> = known.uses.values().cloned().collect();
        uses.sort_by_key(|it| std::cmp::Reverse(it.count));
        let fact = |(name, value): &(String, String)| AgentFact {
            name: name.clone(),
            value: value.clone(),
        };
        let detail = AgentDetail {
            agent: known.shown(),
            spans: Vec::new(),
            events: Vec::new(),
            uses,
            facts: known.told.facts.iter().map(fact).collect(),
            notes: known.told.notes.clone(),
            method: METHOD.to_owned(),
        };
        Some((detail, known.span.clone()))
    }
}

impl Known {
    pub(super) fn shown(&self) -> Agent {
        let told = &self.told;
        let factors = self.score.factors.iter();
        let factor = |it: &agents::Factor| AgentFactor {
            name: it.name.to_owned(),
            value: it.value,
            weight: it.weight,
            said: it.said.clone(),
        };
        Agent {
            id: told.id.clone(),
            kind: told.kind.clone(),
            state: wire_state(self.standing.state),
            said_state: told.word.clone(),
            why: self.standing.why.clone(),
            source: self.source,
            source_name: self.source_name.clone(),
            host: told.host.clone(),
            version: told.version.clone(),
            first_ms: self.first_ms,
            last_ms: self.last_ms,
            ahead_ms: self.ahead_ms,
            interval_ms: self.interval_ms(),
            score: self.score.value,
            is_own_score: self.score.is_own,
            factors: factors.map(factor).collect(),
            figures: figures(&told.figures),
            past: self.past.iter().map(|(_, score)| *score).collect(),
        }
    }
}

fn figures(all: &Figures) -> AgentFigures {
    let of = |figure| all.get(figure);
    AgentFigures {
        queries_per_second: of(Figure::QueriesPerSecond),
        cpu_percent: of(Figure::CpuPercent),
        memory_bytes: of(Figure::MemoryBytes),
        memory_percent: of(Figure::MemoryPercent),
        gpu_percent: of(Figure::GpuPercent),
        queue_depth: of(Figure::QueueDepth),
        tasks_running: of(Figure::TasksRunning),
        tasks_completed: of(Figure::TasksCompleted),
        tasks_failed: of(Figure::TasksFailed),
        completion_ratio: all.completion(),
        recoveries: of(Figure::Recoveries),
        recoveries_failed: of(Figure::RecoveriesFailed),
        recovery_ratio: all.recovery(),
        parallel_efficiency: of(Figure::ParallelEfficiency),
        memory_efficiency: of(Figure::MemoryEfficiency),
        prediction_accuracy: of(Figure::PredictionAccuracy),
        pattern_accuracy: of(Figure::PatternAccuracy),
        optimization_percent: of(Figure::OptimizationPercent),
        tokens: of(Figure::Tokens),
        cost_usd: of(Figure::CostUsd),
    }
}

/// Those in trouble first, those that are over last.
fn trouble(state: AgentState) -> u8 {
    match state {
        AgentState::Failed => 0,
        AgentState::Dead => 1,
        AgentState::Stale => 2,
        AgentState::Recovering => 3,
        AgentState::Active | AgentState::Idle | AgentState::Unknown => 4,
        AgentState::Stopped => 5,
    }
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let values: Vec<_> = values.collect();
    let count = values.len() as f64;
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / count)
}

fn sum(values: impl Iterator<Item = f64>) -> Option<f64> {
    values.fold(None, |sum, value| Some(sum.unwrap_or(0.0) + value))
}

/// A part of all together: of the counts of those who tell them; the mean of the parts where nobody does.
fn together<'a>(
    all: impl Iterator<Item = &'a Known>,
    (good, bad): (Figure, Figure),
    part: fn(&Figures) -> Option<f64>,
) -> Option<f64> {
    let (mut counts, mut parts) = ((0.0, 0.0), Vec::new());
    for it in all {
        let figures = &it.told.figures;
        if let (Some(good), Some(bad)) = (figures.get(good), figures.get(bad)) {
            counts = (counts.0 + good, counts.1 + bad);
        }
        parts.extend(part(figures));
    }
    let total = counts.0 + counts.1;
    match total > 0.0 {
        true => Some(counts.0 / total),
        false => mean(parts.into_iter()),
    }
}

fn kinds(agents: &[Agent]) -> Vec<AgentKind> {
    let mut kinds: BTreeMap<&str, Vec<&Agent>> = BTreeMap::new();
    for agent in agents {
        // A type of which none is left is what somebody should see.
        let alive = kinds.entry(&agent.kind).or_default();
        if !matches!(agent.state, AgentState::Dead | AgentState::Stopped) {
            alive.push(agent);
        }
    }
    let kind = |(name, all): (&str, Vec<&Agent>)| {
        let active = all.iter().filter(|it| it.state == AgentState::Active);
        let figure =
            |of: fn(&AgentFigures) -> Option<f64>| sum(all.iter().filter_map(|it| of(&it.figures)));
        AgentKind {
            name: name.to_owned(),
            agents: u32::try_from(all.len()).unwrap_or(u32::MAX),
            active: u32::try_from(active.count()).unwrap_or(u32::MAX),
            score: mean(all.iter().filter_map(|it| it.score)),
            queries_per_second: figure(|it| it.queries_per_second),
            tasks_completed: figure(|it| it.tasks_completed),
            queue_depth: figure(|it| it.queue_depth),
        }
    };
    let mut kinds: Vec<_> = kinds.into_iter().map(kind).collect();
    kinds.sort_by_key(|it| std::cmp::Reverse(it.agents));
    kinds
}
