//! All agents, in memory, and what becomes of them.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use agents::{
    Figure, Heard, Interval, Patience, Reading, Score, Standing, State, Told, score, session,
    standing,
};
use model::{REDACTED, TimestampMs};
use wire::{AgentSource, AgentSourceKind, AgentSpan, AgentState, AgentUse, AgentsTaken};

use super::store::Change;
use crate::config::names_secret;

/// Agents that are known at a time.
pub(super) const MOST: usize = 2000;
/// A clock that differs by less is right.
const SKEW_MS: i64 = 5_000;
/// Scores that are remembered, one a minute.
const MOST_PAST: i64 = 60;
const MINUTE_MS: i64 = 60_000;
/// Senders that are remembered.
const MOST_SOURCES: usize = 200;
/// Mistakes that are shown of a source.
const MOST_MISTAKES: usize = 20;

/// Where a report comes from, and when it was made: now, or when its file was written.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) kind: AgentSourceKind,
    pub(super) name: &'a str,
    pub(super) arrived_ms: TimestampMs,
}

/// What time it is, and how long agents may be silent.
#[derive(Clone, Copy)]
pub(super) struct Now {
    pub(super) ms: TimestampMs,
    pub(super) patience: Patience,
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
    /// The span that goes on.
    pub(super) span: AgentSpan,
    pub(super) score: Score,
    /// How it stood when the score was made.
    pub(super) scored_as: State,
    /// One a minute, with the minute.
    pub(super) past: VecDeque<(i64, f64)>,
    pub(super) uses: BTreeMap<(String, String), AgentUse>,
    /// When it asked a model, in the last minute.
    pub(super) calls: VecDeque<TimestampMs>,
    /// Whether its last request failed.
    pub(super) is_failing: bool,
    /// Series of its own, by name.
    pub(super) foreign: BTreeSet<String>,
    /// Whether it has changed since it was written.
    pub(super) is_dirty: bool,
}

/// Something that became of an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Changed {
    pub(super) id: String,
    pub(super) to: AgentState,
    pub(super) why: String,
}

/// All agents.
#[derive(Default)]
pub(super) struct Fleet {
    pub(super) agents: HashMap<String, Known>,
    pub(super) sources: BTreeMap<(&'static str, String), AgentSource>,
    /// What became of agents and was not looked at yet.
    pub(super) changed: Vec<Changed>,
    /// What is to be written soon.
    pub(super) pending: Change,
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

/// The same the other way round.
pub(super) fn state_of(state: AgentState) -> State {
    match state {
        AgentState::Active => State::Active,
        AgentState::Idle => State::Idle,
        AgentState::Recovering => State::Recovering,
        AgentState::Failed => State::Failed,
        AgentState::Stale => State::Stale,
        AgentState::Dead => State::Dead,
        AgentState::Stopped => State::Stopped,
        AgentState::Unknown => State::Unknown,
    }
}

/// Whether an agent that stands so does nothing any more.
pub(super) fn is_over(state: State) -> bool {
    matches!(state, State::Dead | State::Stopped)
}

/// There is no room for another agent.
pub(super) struct Full;

impl Fleet {
    pub(super) fn state(&self, id: &str) -> Option<AgentState> {
        let known = self.agents.get(id)?;
        Some(wire_state(known.standing.state))
    }

    pub(super) fn forget(&mut self, id: &str) {
        if self.agents.remove(id).is_some() {
            let pending = &mut self.pending;
            pending.agents.retain(|(agent, _)| agent != id);
            pending.spans.retain(|(agent, _)| agent != id);
            pending.events.retain(|(agent, _)| agent != id);
            pending.forgotten.push(id.to_owned());
        }
    }

    /// Takes a report in.
    pub(super) fn told(&mut self, source: Source<'_>, reading: Reading, now: Now) -> AgentsTaken {
        let mut notes = reading.notes;
        let ids: BTreeSet<String> = reading.agents.iter().map(|it| it.id.clone()).collect();
        let (mut taken, mut refused) = (0, 0);
        for mut told in reading.agents {
            hide(&mut told);
            match self.one(source, told, now) {
                Ok(note) => {
                    taken += 1;
                    notes.extend(note);
                }
                Err(Full) => refused += 1,
            }
        }
        if refused > 0 {
            notes.push(format!(
                "{refused} new agents were not taken: {MOST} are known, and none of them is over"
            ));
        }
        if source.kind == AgentSourceKind::File && reading.is_whole {
            self.gone(source, &ids, now);
        }
        let known = self.source(source);
        known.last_ms = Some(source.arrived_ms);
        known.agents = taken;
        known.mistakes = notes.iter().take(MOST_MISTAKES).cloned().collect();
        AgentsTaken {
            agents: taken,
            notes,
        }
    }

    /// A file that tells of all its agents has others no longer.
    fn gone(&mut self, source: Source<'_>, ids: &BTreeSet<String>, now: Now) {
        for (id, known) in &mut self.agents {
            let is_of_it = known.source == source.kind && known.source_name == source.name;
            if is_of_it && !ids.contains(id) {
                known.is_gone = true;
                known.look(now, &mut self.changed, &mut self.pending);
            }
        }
    }

    /// Notes what is wrong with a source, of which nothing could be taken.
    pub(super) fn refused(&mut self, source: Source<'_>, why: String) {
        self.source(source).mistakes = vec![why];
    }

    pub(super) fn source(&mut self, source: Source<'_>) -> &mut AgentSource {
        let key = (source.kind.as_str(), source.name.to_owned());
        if self.sources.len() >= MOST_SOURCES && !self.sources.contains_key(&key) {
            // The one that was silent longest makes room.
            let oldest = self.sources.iter().min_by_key(|(_, it)| it.last_ms);
            if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
                self.sources.remove(&oldest);
            }
        }
        self.sources.entry(key).or_insert_with(|| AgentSource {
            kind: source.kind,
            name: source.name.to_owned(),
            last_ms: None,
            agents: 0,
            mistakes: Vec::new(),
        })
    }

    /// Takes one agent in. What there is to say of it besides its own notes.
    pub(super) fn one(
        &mut self,
        source: Source<'_>,
        told: Told,
        now: Now,
    ) -> Result<Option<String>, Full> {
        let Some(known) = self.agents.get_mut(&told.id) else {
            let known = self.begin(source, told, now)?;
            return Ok(known.skew_note());
        };
        match (told.at_ms, known.own_ms) {
            // A clock that was set back by much goes on from there; anything else came late.
            (Some(at_ms), Some(own_ms)) if at_ms < own_ms && at_ms > own_ms - MINUTE_MS => {
                return Ok(Some(format!("{}: an older report was left out", told.id)));
            }
            // The same report again says nothing new, but that its source still has it.
            (Some(at_ms), Some(own_ms)) if at_ms == own_ms => {
                known.is_gone = false;
                return Ok(known.skew_note());
            }
            (None, _) if source.arrived_ms < known.last_ms => {
                known.is_gone = false;
                return Ok(None);
            }
            _ => {}
        }
        known.ahead_ms = told
            .at_ms
            .map_or(0, |at_ms| skew(at_ms - source.arrived_ms));
        known.own_ms = told.at_ms;
        known.source = source.kind;
        if known.source_name != source.name {
            known.source_name = source.name.to_owned();
        }
        known.heard(source.arrived_ms, now);
        known.replace(told);
        known.look(now, &mut self.changed, &mut self.pending);
        Ok(known.skew_note())
    }

    /// Begins with an agent that is not known.
    pub(super) fn begin(
        &mut self,
        source: Source<'_>,
        told: Told,
        now: Now,
    ) -> Result<&mut Known, Full> {
        self.make_room()?;
        let id = told.id.clone();
        let known = Known::new(told, source, now);
        let pending = &mut self.pending;
        pending.agents.push((id.clone(), known.to_record()));
        pending.spans.push((id.clone(), known.span.clone()));
        pending.forgotten.retain(|forgotten| *forgotten != id);
        Ok(self.agents.entry(id).or_insert(known))
    }

    /// Makes room for a new agent: of those that are over, the one that was silent longest goes.
    fn make_room(&mut self) -> Result<(), Full> {
        if self.agents.len() < MOST {
            return Ok(());
        }
        let over = self.agents.values().filter(|it| is_over(it.standing.state));
        let oldest = over.min_by_key(|it| it.last_ms);
        let oldest = oldest.map(|it| it.told.id.clone()).ok_or(Full)?;
        self.forget(&oldest);
        Ok(())
    }

    /// Looks how all agents stand.
    pub(super) fn look(&mut self, now: Now) {
        for known in self.agents.values_mut() {
            known.look(now, &mut self.changed, &mut self.pending);
        }
    }

    /// What is to be written; with all that has changed, or only with what cannot wait.
    pub(super) fn take_unwritten(&mut self, with_all: bool) -> Change {
        let mut change = std::mem::take(&mut self.pending);
        if with_all {
            for (id, known) in &mut self.agents {
                if std::mem::take(&mut known.is_dirty) {
                    change.agents.push((id.clone(), known.to_record()));
                    change.spans.push((id.clone(), known.span.clone()));
                }
            }
        }
        change
    }
}

impl Known {
    fn new(told: Told, source: Source<'_>, now: Now) -> Self {
        let own_ms = told.at_ms;
        // What is from the future is of a clock that is ahead; what is from the past may be old.
        let ahead_ms = own_ms.map_or(0, |at_ms| skew(at_ms - now.ms).max(0));
        let last_ms = own_ms.unwrap_or(source.arrived_ms).min(source.arrived_ms);
        let mut known = Self {
            score: score(&told.figures, State::Unknown),
            scored_as: State::Unknown,
            told,
            source: source.kind,
            source_name: source.name.to_owned(),
            first_ms: now.ms,
            last_ms,
            heard_ms: last_ms,
            own_ms,
            ahead_ms,
            interval: Interval::default(),
            is_gone: false,
            standing: Standing {
                state: State::Unknown,
                why: String::new(),
            },
            span: AgentSpan {
                state: AgentState::Unknown,
                from_ms: now.ms,
                to_ms: now.ms,
                why: String::new(),
            },
            past: VecDeque::new(),
            uses: BTreeMap::new(),
            calls: VecDeque::new(),
            is_failing: false,
            foreign: BTreeSet::new(),
            is_dirty: true,
        };
        known.stand(now);
        known.span.state = wire_state(known.standing.state);
        known.span.why.clone_from(&known.standing.why);
        known
    }

    /// It was heard of.
    pub(super) fn heard(&mut self, at_ms: TimestampMs, now: Now) {
        let at_ms = at_ms.min(now.ms);
        if at_ms > self.last_ms {
            self.interval.take(at_ms - self.last_ms);
            self.last_ms = at_ms;
        }
        self.heard_ms = self.heard_ms.max(at_ms);
        self.is_gone = false;
        self.is_dirty = true;
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
    fn stand(&mut self, now: Now) {
        let heard = Heard {
            last_ms: self.heard_ms,
            interval_ms: self.interval_ms(),
            said: self.told.said,
            word: &self.told.word,
            gone: self
                .is_gone
                .then_some((self.last_ms, self.source_name.as_str())),
        };
        if self.source == AgentSourceKind::ClaudeCode {
            self.standing = session(&heard, now.ms);
            self.count_calls(now.ms);
        } else {
            self.standing = standing(&heard, &now.patience, now.ms);
        }
        let state = self.standing.state;
        if is_over(state) || state == State::Stale {
            return;
        }
        self.score = score(&self.told.figures, state);
        self.scored_as = state;
        if let Some(value) = self.score.value {
            self.remember(now.ms / MINUTE_MS, value);
        }
    }

    /// A session's queries are requests to models, of the last minute.
    fn count_calls(&mut self, now_ms: TimestampMs) {
        let begin_ms = now_ms - MINUTE_MS;
        while self.calls.front().is_some_and(|at_ms| *at_ms <= begin_ms) {
            self.calls.pop_front();
        }
        let rate = self.calls.len() as f64 / 60.0;
        self.told.figures.set(Figure::QueriesPerSecond, rate);
    }

    fn remember(&mut self, minute: i64, value: f64) {
        match self.past.back_mut() {
            Some((last, score)) if *last == minute => *score = value,
            _ => self.past.push_back((minute, value)),
        }
        let begin = minute - MOST_PAST;
        while self.past.front().is_some_and(|(at, _)| *at <= begin) {
            self.past.pop_front();
        }
    }

    /// Looks how it stands, and notes what that changes.
    pub(super) fn look(&mut self, now: Now, changed: &mut Vec<Changed>, pending: &mut Change) {
        let before = self.standing.state;
        self.stand(now);
        self.span.to_ms = now.ms;
        self.is_dirty |= before != self.standing.state;
        if before == self.standing.state {
            return;
        }
        let id = &self.told.id;
        pending.spans.push((id.clone(), self.span.clone()));
        let to = wire_state(self.standing.state);
        self.span = AgentSpan {
            state: to,
            from_ms: now.ms,
            to_ms: now.ms,
            why: self.standing.why.clone(),
        };
        pending.spans.push((id.clone(), self.span.clone()));
        changed.push(Changed {
            id: id.clone(),
            to,
            why: self.standing.why.clone(),
        });
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

/// What somebody should not have told is not shown.
fn hide(told: &mut Told) {
    for (name, value) in &mut told.facts {
        let last = name.rsplit('.').next().unwrap_or(name);
        if names_secret(last) {
            REDACTED.clone_into(value);
        }
    }
}

fn skew(ahead_ms: i64) -> i64 {
    if ahead_ms.abs() > SKEW_MS {
        ahead_ms
    } else {
        0
    }
}
