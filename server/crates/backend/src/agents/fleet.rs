//! All agents, in memory.

use std::collections::{BTreeMap, HashMap, VecDeque};

use agents::{
    Figure, Heard, Interval, Patience, Reading, Score, Standing, State, Told, score, standing,
};
use model::TimestampMs;
use wire::{AgentEvent, AgentSource, AgentSourceKind, AgentSpan, AgentState, AgentsTaken};

/// Agents that are known at a time.
pub(super) const MOST: usize = 2000;
/// A clock that differs by less is right.
const SKEW_MS: i64 = 5_000;
/// Scores that are remembered, one a minute.
const MOST_PAST: usize = 60;
const MINUTE_MS: i64 = 60_000;
/// Spans and events of an agent that are in memory.
const MOST_SPANS: usize = 500;
const MOST_EVENTS: usize = 500;
/// Senders that are remembered.
const MOST_SOURCES: usize = 200;
/// Mistakes that are shown of a source.
const MOST_MISTAKES: usize = 20;

/// Where a report comes from.
#[derive(Clone, Copy)]
pub(super) struct From<'a> {
    pub(super) kind: AgentSourceKind,
    pub(super) name: &'a str,
}

/// An agent.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) told: Told,
    pub(super) source: AgentSourceKind,
    pub(super) source_name: String,
    pub(super) first_ms: TimestampMs,
    pub(super) last_ms: TimestampMs,
    /// Since when its silence counts: nobody listened while the product did not run.
    pub(super) heard_ms: TimestampMs,
    /// When it reported last, by its own clock.
    pub(super) own_ms: Option<TimestampMs>,
    pub(super) ahead_ms: i64,
    pub(super) interval: Interval,
    pub(super) is_gone: bool,
    pub(super) standing: Standing,
    pub(super) score: Score,
    /// One a minute, with the minute.
    pub(super) past: VecDeque<(i64, f64)>,
    pub(super) spans: VecDeque<AgentSpan>,
    pub(super) events: VecDeque<AgentEvent>,
    pub(super) uses: BTreeMap<(String, String), wire::AgentUse>,
}

/// Something that became of an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Changed {
    pub(super) id: String,
    pub(super) from: AgentState,
    pub(super) to: AgentState,
    pub(super) why: String,
}

/// All agents.
#[derive(Default)]
pub(super) struct Fleet {
    pub(super) agents: HashMap<String, Known>,
    pub(super) sources: BTreeMap<(&'static str, String), AgentSource>,
    /// What became of agents since it was asked last.
    pub(super) changed: Vec<Changed>,
    opened_ms: TimestampMs,
}

/// What a state is called on the other side.
pub(super) fn wire_state(state: State) -> AgentState {
    match state {
        State::Active => AgentState::Active,
        State::Idle => AgentState::Idle,
        State::Recovering => AgentState::Recovering,
        State::Failed => AgentState::Failed,
        State::Stale => AgentState::Stale,
        State::Dead => AgentState::Dead,
        State::Stopped => AgentState::Stopped,
        State::Unknown => AgentState::Unknown,
    }
}

/// Whether an agent that stands so does nothing any more.
pub(super) fn is_over(state: State) -> bool {
    matches!(state, State::Dead | State::Stopped)
}

impl Fleet {
    pub(super) fn new(now_ms: TimestampMs) -> Self {
        Self {
            opened_ms: now_ms,
            ..Self::default()
        }
    }

    pub(super) fn state(&self, id: &str) -> Option<AgentState> {
        let known = self.agents.get(id)?;
        Some(wire_state(known.standing.state))
    }

    pub(super) fn forget(&mut self, id: &str) {
        self.agents.remove(id);
    }

    /// Takes a report in.
    pub(super) fn told(
        &mut self,
        from: From<'_>,
        reading: Reading,
        now_ms: TimestampMs,
        patience: &Patience,
    ) -> AgentsTaken {
        let mut notes = reading.notes;
        let (mut taken, mut refused) = (0, 0);
        for told in reading.agents {
            match self.one(from, told, now_ms, patience) {
                Ok(None) => taken += 1,
                Ok(Some(note)) => {
                    taken += 1;
                    notes.push(note);
                }
                Err(Full) => refused += 1,
            }
        }
        if refused > 0 {
            notes.push(format!(
                "{refused} new agents were not taken: {MOST} are known, and all of them live"
            ));
        }
        let source = self.source(from);
        source.last_ms = Some(now_ms);
        source.agents = taken;
        source.mistakes = notes.iter().take(MOST_MISTAKES).cloned().collect();
        AgentsTaken {
            agents: taken,
            notes,
        }
    }

    /// Notes that nothing of a report could be taken.
    pub(super) fn refused(&mut self, from: From<'_>, why: String) {
        self.source(from).mistakes = vec![why];
    }

    fn source(&mut self, from: From<'_>) -> &mut AgentSource {
        let key = (from.kind.as_str(), from.name.to_owned());
        if self.sources.len() >= MOST_SOURCES && !self.sources.contains_key(&key) {
            // The one that was silent longest makes room.
            let oldest = self.sources.iter().min_by_key(|(_, it)| it.last_ms);
            if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
                self.sources.remove(&oldest);
            }
        }
        self.sources.entry(key).or_insert_with(|| AgentSource {
            kind: from.kind,
            name: from.name.to_owned(),
            last_ms: None,
            agents: 0,
            mistakes: Vec::new(),
        })
    }

    /// Takes one agent in. What there is to say of it besides its own notes.
    fn one(
        &mut self,
        from: From<'_>,
        told: Told,
        now_ms: TimestampMs,
        patience: &Patience,
    ) -> Result<Option<String>, Full> {
        if !self.agents.contains_key(&told.id) {
            self.make_room()?;
            let heard = told.at_ms.filter(|at_ms| *at_ms <= now_ms);
            let ahead_ms = told.at_ms.map_or(0, |at_ms| at_ms - now_ms).max(0);
            let last_ms = heard.unwrap_or(now_ms);
            let mut known = Known::new(told, from, now_ms, last_ms);
            known.ahead_ms = skew(ahead_ms);
            known.stand(now_ms, patience);
            known.began(now_ms);
            let note = known.skew_note();
            self.agents.insert(known.told.id.clone(), known);
            return Ok(note);
        }
        let Some(known) = self.agents.get_mut(&told.id) else {
            return Ok(None);
        };
        match (told.at_ms, known.own_ms) {
            (Some(at_ms), Some(own_ms)) if at_ms < own_ms => {
                // A clock that was set back goes on from there; anything else came late.
                if at_ms > own_ms - MINUTE_MS {
                    return Ok(Some(format!("{}: an older report was left out", told.id)));
                }
            }
            // The same report again says nothing new, but that its source still has it.
            (Some(at_ms), Some(own_ms)) if at_ms == own_ms => {
                known.is_gone = false;
                return Ok(None);
            }
            _ => {}
        }
        if let Some(at_ms) = told.at_ms {
            known.ahead_ms = skew(at_ms - now_ms);
        }
        known.interval.take(now_ms - known.last_ms);
        known.last_ms = now_ms;
        known.heard_ms = now_ms;
        known.own_ms = told.at_ms;
        known.source = from.kind;
        if known.source_name != from.name {
            known.source_name = from.name.to_owned();
        }
        known.is_gone = false;
        known.replace(told);
        self.changed.extend(known.look(now_ms, patience));
        Ok(known.skew_note())
    }

    /// Makes room for a new agent: of those that are over, the one that was silent longest goes.
    fn make_room(&mut self) -> Result<(), Full> {
        if self.agents.len() < MOST {
            return Ok(());
        }
        let over = self.agents.values().filter(|it| is_over(it.standing.state));
        let oldest = over
            .min_by_key(|it| it.last_ms)
            .map(|it| it.told.id.clone());
        let oldest = oldest.ok_or(Full)?;
        self.forget(&oldest);
        Ok(())
    }

    /// Looks how all agents stand.
    pub(super) fn look(&mut self, now_ms: TimestampMs, patience: &Patience) {
        for known in self.agents.values_mut() {
            self.changed.extend(known.look(now_ms, patience));
        }
    }
}

/// There is no room for another agent.
struct Full;

impl Known {
    fn new(told: Told, from: From<'_>, now_ms: TimestampMs, last_ms: TimestampMs) -> Self {
        let own_ms = told.at_ms;
        Self {
            score: score(&told.figures, State::Unknown),
            told,
            source: from.kind,
            source_name: from.name.to_owned(),
            first_ms: now_ms,
            last_ms,
            heard_ms: last_ms,
            own_ms,
            ahead_ms: 0,
            interval: Interval::default(),
            is_gone: false,
            standing: Standing {
                state: State::Unknown,
                why: String::new(),
            },
            past: VecDeque::new(),
            spans: VecDeque::new(),
            events: VecDeque::new(),
            uses: BTreeMap::new(),
        }
    }

    /// What was told last holds; what names and places it stays where a report does not say it again.
    fn replace(&mut self, told: Told) {
        let before = std::mem::replace(&mut self.told, told);
        let now = &mut self.told;
        for (now, before) in [
            (&mut now.kind, before.kind),
            (&mut now.host, before.host),
            (&mut now.version, before.version),
        ] {
            if now.is_empty() {
                *now = before;
            }
        }
    }

    pub(super) fn interval_ms(&self) -> Option<i64> {
        let said = self.told.figures.get(Figure::IntervalSeconds);
        let said = said.map(|seconds| (seconds * 1000.0) as i64);
        said.filter(|ms| *ms > 0).or(self.interval.usual_ms())
    }

    /// How it stands now, and its score.
    fn stand(&mut self, now_ms: TimestampMs, patience: &Patience) {
        let heard = Heard {
            last_ms: self.heard_ms,
            interval_ms: self.interval_ms(),
            said: self.told.said,
            word: &self.told.word,
            gone: self
                .is_gone
                .then_some((self.last_ms, self.source_name.as_str())),
        };
        self.standing = standing(&heard, patience, now_ms);
        let state = self.standing.state;
        if !is_over(state) && state != State::Stale {
            self.score = score(&self.told.figures, state);
            if let Some(value) = self.score.value {
                self.remember(now_ms / MINUTE_MS, value);
            }
        }
    }

    fn remember(&mut self, minute: i64, value: f64) {
        match self.past.back_mut() {
            Some((last, score)) if *last == minute => *score = value,
            _ => self.past.push_back((minute, value)),
        }
        let begin = minute - MOST_PAST as i64;
        while self
            .past
            .front()
            .is_some_and(|(minute, _)| *minute <= begin)
        {
            self.past.pop_front();
        }
    }

    /// Begins its first span.
    fn began(&mut self, now_ms: TimestampMs) {
        self.spans.push_back(AgentSpan {
            state: wire_state(self.standing.state),
            from_ms: now_ms,
            to_ms: now_ms,
            why: self.standing.why.clone(),
        });
    }

    /// Looks how it stands; what that changes.
    fn look(&mut self, now_ms: TimestampMs, patience: &Patience) -> Option<Changed> {
        let before = self.standing.state;
        self.stand(now_ms, patience);
        if let Some(last) = self.spans.back_mut() {
            last.to_ms = now_ms;
            if before == self.standing.state {
                return None;
            }
        }
        if self.spans.len() == MOST_SPANS {
            self.spans.pop_front();
        }
        self.began(now_ms);
        Some(Changed {
            id: self.told.id.clone(),
            from: wire_state(before),
            to: wire_state(self.standing.state),
            why: self.standing.why.clone(),
        })
    }

    fn skew_note(&self) -> Option<String> {
        (self.ahead_ms != 0).then(|| {
            let direction = if self.ahead_ms > 0 {
                "ahead of"
            } else {
                "behind"
            };
            let seconds = self.ahead_ms.unsigned_abs() / 1000;
            let id = &self.told.id;
            format!(
                "{id}: its clock is {seconds} s {direction} this one; the time of arrival counts"
            )
        })
    }
}

fn skew(ahead_ms: i64) -> i64 {
    if ahead_ms.abs() > SKEW_MS {
        ahead_ms
    } else {
        0
    }
}
