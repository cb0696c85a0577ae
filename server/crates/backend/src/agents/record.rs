//! An agent as it is kept on disk.

use std::collections::{BTreeSet, VecDeque};

use agents::{Interval, Standing, State, Told, score};
use model::TimestampMs;
use serde::{Deserialize, Serialize};
use wire::{AgentSourceKind, AgentSpan, AgentUse};

use super::fleet::{Known, is_over, state_of, wire_state};

#[derive(Serialize, Deserialize)]
struct Record {
    told: Told,
    source: AgentSourceKind,
    source_name: String,
    first_ms: TimestampMs,
    last_ms: TimestampMs,
    own_ms: Option<TimestampMs>,
    ahead_ms: i64,
    interval: Interval,
    is_gone: bool,
    standing: Standing,
    since_ms: TimestampMs,
    scored_as: State,
    past: VecDeque<(i64, f64)>,
    uses: Vec<AgentUse>,
    foreign: BTreeSet<String>,
}

impl Known {
    /// As JSON.
    pub(super) fn to_record(&self) -> String {
        let record = Record {
            told: self.told.clone(),
            source: self.source,
            source_name: self.source_name.clone(),
            first_ms: self.first_ms,
            last_ms: self.last_ms,
            own_ms: self.own_ms,
            ahead_ms: self.ahead_ms,
            interval: self.interval.clone(),
            is_gone: self.is_gone,
            standing: self.standing.clone(),
            since_ms: self.span.from_ms,
            scored_as: self.scored_as,
            past: self.past.clone(),
            uses: self.uses.values().cloned().collect(),
            foreign: self.foreign.clone(),
        };
        serde_json::json!(record).to_string()
    }

    /// From JSON, and the span that went on last, which may be newer. Whoever was alive has as long to be heard of again as usual: nobody listened.
    pub(super) fn of_record(
        text: &str,
        last: Option<&AgentSpan>,
        now_ms: TimestampMs,
    ) -> Result<Self, serde_json::Error> {
        let mut record: Record = serde_json::from_str(text)?;
        if let Some(last) = last.filter(|last| last.from_ms > record.since_ms) {
            record.since_ms = last.from_ms;
            record.standing = Standing {
                state: state_of(last.state),
                why: last.why.clone(),
            };
        }
        let state = record.standing.state;
        let was_silent = is_over(state) || state == State::Stale;
        let uses = record.uses.into_iter();
        Ok(Self {
            score: score(&record.told.figures, record.scored_as),
            scored_as: record.scored_as,
            source: record.source,
            source_name: record.source_name,
            first_ms: record.first_ms,
            last_ms: record.last_ms,
            heard_ms: if was_silent { record.last_ms } else { now_ms },
            own_ms: record.own_ms,
            ahead_ms: record.ahead_ms,
            interval: record.interval,
            is_gone: record.is_gone,
            span: AgentSpan {
                state: wire_state(state),
                from_ms: record.since_ms,
                to_ms: now_ms,
                why: record.standing.why.clone(),
            },
            standing: record.standing,
            past: record.past,
            uses: uses
                .map(|it| ((it.kind.clone(), it.name.clone()), it))
                .collect(),
            calls: VecDeque::new(),
            is_failing: false,
            foreign: record.foreign,
            is_dirty: false,
            told: record.told,
        })
    }
}
