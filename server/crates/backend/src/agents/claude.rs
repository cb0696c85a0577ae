//! What happened in sessions of Claude Code.

use agents::{Figure, Happened, Said, Told, UseKind};
use model::TimestampMs;
use wire::{AgentEvent, AgentSourceKind, AgentUse};

use super::fleet::{Fleet, Full, Known, Now, Source};

/// Tools and models that are counted of a session; others are counted as one.
const MOST_USES: usize = 200;
const OTHER: &str = "other";
/// Requests of a minute that are counted.
const MOST_CALLS: usize = 6000;

impl Fleet {
    /// Takes in what happened; what of it could not be taken is said.
    pub(super) fn happened(&mut self, sender: &str, all: Vec<Result<Happened, String>>, now: Now) {
        let source = Source {
            kind: AgentSourceKind::ClaudeCode,
            name: sender,
            arrived_ms: now.ms,
        };
        let mut notes: Vec<String> = Vec::new();
        let mut agents = std::collections::HashSet::new();
        for one in all {
            match one.map(|it| (it.agent.clone(), self.event(source, it, now))) {
                Ok((agent, Ok(()))) => {
                    agents.insert(agent);
                }
                Ok((agent, Err(Full))) => notes.push(format!(
                    "{agent} was not taken: there is no room for another agent"
                )),
                Err(why) => notes.push(why),
            }
        }
        notes.sort();
        notes.dedup();
        notes.truncate(20);
        let known = self.source(source);
        known.last_ms = Some(now.ms);
        known.agents = u32::try_from(agents.len()).unwrap_or(u32::MAX);
        known.mistakes = notes;
    }

    fn event(&mut self, source: Source<'_>, it: Happened, now: Now) -> Result<(), Full> {
        let at_ms = match it.at_ms {
            at_ms if at_ms > 0 => at_ms.min(now.ms),
            _ => now.ms,
        };
        if !self.agents.contains_key(&it.agent) {
            let told = Told {
                id: it.agent.clone(),
                kind: it.kind.clone(),
                at_ms: Some(at_ms),
                ..Told::default()
            };
            self.begin(source, told, now)?;
        }
        let Some(known) = self.agents.get_mut(&it.agent) else {
            return Ok(());
        };
        known.source = source.kind;
        known.source_name = source.name.to_owned();
        known.heard(at_ms, now);
        known.happened(&it, at_ms);
        let event = AgentEvent {
            at_ms,
            name: it.name,
            subject: it.subject,
            is_good: it.is_good,
            duration_ms: it.duration_ms,
            text: it.text,
        };
        self.pending.events.push((it.agent, event));
        known.look(now, &mut self.changed, &mut self.pending);
        Ok(())
    }
}

impl Known {
    fn happened(&mut self, it: &Happened, at_ms: TimestampMs) {
        let told = &mut self.told;
        for (known, said) in [(&mut told.version, &it.version), (&mut told.host, &it.host)] {
            if !said.is_empty() {
                known.clone_from(said);
            }
        }
        for (figure, more) in &it.grown {
            told.figures.add(*figure, *more);
        }
        let is_model = it
            .used
            .as_ref()
            .is_some_and(|used| used.kind == UseKind::Model);
        if is_model {
            if self.calls.len() < MOST_CALLS {
                self.calls.push_back(at_ms);
            }
            let is_failing = it.said == Some(Said::Failed);
            if self.is_failing && !is_failing {
                told.figures.add(Figure::Recoveries, 1.0);
            }
            self.is_failing = is_failing;
        }
        // Between a failed request and one that is answered, whatever happens changes nothing.
        match (is_model, self.is_failing) {
            (true, true) => {
                told.said = Some(Said::Failed);
                told.word.clone_from(&it.text);
            }
            (_, false) => {
                told.said = Some(Said::Active);
                told.word.clear();
            }
            (false, true) => {}
        }
        if let Some(used) = &it.used {
            let kind = match used.kind {
                UseKind::Tool => "tool",
                UseKind::Model => "model",
            };
            let mut key = (kind.to_owned(), used.name.clone());
            if self.uses.len() >= MOST_USES && !self.uses.contains_key(&key) {
                OTHER.clone_into(&mut key.1);
            }
            let one = self.uses.entry(key.clone()).or_insert(AgentUse {
                kind: key.0,
                name: key.1,
                count: 0,
                failed: 0,
                mean_ms: None,
                cost_usd: None,
            });
            one.count += 1;
            one.failed += u64::from(!used.is_good);
            if let Some(took) = used.duration_ms {
                let mean = one.mean_ms.unwrap_or(took as f64);
                one.mean_ms = Some(mean + (took as f64 - mean) / one.count as f64);
            }
            if let Some(cost) = used.cost_usd {
                one.cost_usd = Some(one.cost_usd.unwrap_or(0.0) + cost);
            }
        }
    }
}
