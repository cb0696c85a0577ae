//! Changes of objectives: checked, written, and judged by at once; all of what is wanted, or nothing.

use std::sync::Arc;

use slo::{Indicator, MINUTE_MS, Measured, Objective};
use wire::{
    Caller, Code, EventKind, Measurement, Note, ObjectiveDraft, ObjectiveEdit, Origin, Problem,
    Role, path_segment,
};

use super::draft::{Written, tidy};
use super::known::{Levels, Version};
use super::ledger::KEPT_MS;
use super::picture::find;
use super::{SloService, checked_groups, groups, store};
use crate::alerts::actor;
use crate::condition::check_expression;
use crate::error::{database_problem, fault};
use crate::judging::judging;

/// Objectives that there can be.
const MOST: usize = 1_000;
/// Bytes of a file that is imported.
const LONGEST_FILE: usize = 1 << 20;
/// Longest note of a measurement, in characters.
const LONGEST_NOTE: usize = 500;
/// How far ahead of the clock a measurement may end.
const AHEAD_MS: i64 = MINUTE_MS;

fn conflict(message: String) -> Problem {
    Problem::new(Code::Conflict, message)
}

/// Whether a text is a query.
pub(super) fn is_query(text: &str) -> Result<(), String> {
    check_expression(text)
}

/// Refuses what is no objective, each mistake with its field.
pub(super) fn check(objective: &Objective) -> Result<(), Problem> {
    let mistakes = objective.check(&is_query);
    if !mistakes.is_empty() {
        let said = mistakes
            .iter()
            .map(|(field, text)| format!("{field}: {text}"));
        return Err(Problem::invalid(said.collect::<Vec<_>>().join("\n")));
    }
    checked_groups(objective)
        .map(|_| ())
        .map_err(Problem::invalid)
}

/// What becomes of one.
struct Wanted {
    id: String,
    edit: ObjectiveEdit,
    written: Option<Written>,
}

impl SloService {
    /// Makes or changes one; its id.
    pub(super) async fn save_draft(
        &self,
        caller: &Caller,
        id: &str,
        draft: ObjectiveDraft,
    ) -> Result<String, Problem> {
        caller.require(Role::Operator)?;
        let note = Note {
            by: draft.by.clone(),
            comment: draft.comment.clone(),
        };
        let by = actor(caller, &note)?;
        let draft = tidy(draft);
        let levels = self.levels();
        let before = match id {
            "" => Written::default(),
            id => Written::of(&find(&levels, id)?.objective),
        };
        let written = before.with(draft);
        let objective = written.objective();
        check(&objective)?;
        let edit = match id {
            "" => ObjectiveEdit::Created,
            _ => ObjectiveEdit::Changed,
        };
        if !id.is_empty() && objective.id() != id {
            return Err(conflict(format!(
                "{id} keeps its service and name, which its history and its series go by; make another objective"
            )));
        }
        let wanted = Wanted {
            id: objective.id(),
            edit,
            written: Some(written),
        };
        let id = objective.id();
        self.change(vec![wanted], &by, note.comment.trim()).await?;
        Ok(id)
    }

    /// Removes one, or brings it back as it was built in.
    pub(super) async fn remove_one(
        &self,
        caller: &Caller,
        id: &str,
        by: &str,
    ) -> Result<(), Problem> {
        caller.require(Role::Operator)?;
        let note = Note {
            by: by.to_owned(),
            comment: String::new(),
        };
        let by = actor(caller, &note)?;
        if find(&self.levels(), id)?.origin == Origin::BuiltIn {
            return Err(conflict(format!(
                "{id} is built in; switch it off if nobody needs it"
            )));
        }
        let wanted = Wanted {
            id: id.to_owned(),
            edit: ObjectiveEdit::Removed,
            written: None,
        };
        self.change(vec![wanted], &by, "").await
    }

    /// Makes and changes those of a file; what of it is not supported.
    pub(super) async fn import_file(
        &self,
        caller: &Caller,
        text: &str,
        by: &str,
    ) -> Result<Vec<String>, Problem> {
        caller.require(Role::Operator)?;
        let note = Note {
            by: by.to_owned(),
            comment: String::new(),
        };
        let by = actor(caller, &note)?;
        if text.len() > LONGEST_FILE {
            return Err(Problem::invalid("the file has more than a megabyte"));
        }
        let reading = slo::read(text, &is_query);
        let place =
            |it: &slo::Mistake| format!("line {}, column {}: {}", it.line, it.column, it.text);
        if !reading.mistakes.is_empty() {
            let all: Vec<_> = reading.mistakes.iter().map(place).collect();
            return Err(Problem::invalid(all.join("\n")));
        }
        if reading.objectives.is_empty() {
            return Err(Problem::invalid("the file has no objective"));
        }
        let levels = self.levels();
        let mut wanted = Vec::new();
        for (objective, line) in &reading.objectives {
            let in_line = |why: String| Problem::invalid(format!("line {line}: {why}"));
            checked_groups(objective).map_err(in_line)?;
            let id = objective.id();
            let edit = match levels.find(&id) {
                // It is what it says already.
                Some(known) if known.objective == *objective => continue,
                Some(_) => ObjectiveEdit::Changed,
                None => ObjectiveEdit::Created,
            };
            let written = Some(Written::of(objective));
            wanted.push(Wanted { id, edit, written });
        }
        self.change(wanted, &by, "read from a file").await?;
        Ok(reading.ignored.iter().map(place).collect())
    }

    async fn change(&self, wanted: Vec<Wanted>, by: &str, comment: &str) -> Result<(), Problem> {
        // Until it is let go, neither rules nor the configuration change.
        let mut kept = self.alerts.made.kept().await;
        let before = self.levels();
        let mut versions: Vec<(String, Version)> = Vec::new();
        for one in wanted {
            let known = before.find(&one.id);
            match (known, one.edit) {
                (Some(known), _) if known.origin == Origin::File => {
                    let (id, path) = (&one.id, &known.path);
                    return Err(conflict(format!("{id} is in {path}; change it there")));
                }
                (Some(_), ObjectiveEdit::Created) => {
                    let id = &one.id;
                    return Err(conflict(format!("there is an objective {id} already")));
                }
                (None, ObjectiveEdit::Changed | ObjectiveEdit::Removed) => {
                    let id = &one.id;
                    return Err(Problem::not_found(format!("there is no objective {id:?}")));
                }
                _ => {}
            }
            if versions.iter().any(|(id, _)| *id == one.id) {
                return Err(Problem::invalid(format!("{} is there twice", one.id)));
            }
            // What is the same as what is built in, is no change of it.
            let built_in = self.built_in(&one.id).map(Written::of);
            let written = one
                .written
                .filter(|written| Some(written) != built_in.as_ref());
            if one.edit == ObjectiveEdit::Changed
                && known.is_some_and(|known| {
                    let same = written.as_ref().or(built_in.as_ref());
                    same.is_some_and(|written| written.objective() == known.objective)
                })
            {
                continue;
            }
            let version = Version {
                version: before.version(&one.id) + 1,
                at_ms: self.clock.now_ms(),
                by: by.to_owned(),
                comment: comment.to_owned(),
                edit: one.edit,
                written,
            };
            versions.push((one.id, version));
        }
        if versions.is_empty() {
            return Ok(());
        }
        let config = self.config.borrow().clone();
        let levels = Levels::of(&config, &self.built_in, before.with(&versions));
        if levels.all.len() > MOST {
            return Err(Problem::invalid(format!(
                "there are {MOST} objectives already; remove some first"
            )));
        }
        let mut next = kept.clone();
        next.objectives = groups(&levels, &config);
        let judging = judging(&config, &next).map_err(|why| fault("judging objectives", &why))?;
        let written = store::append(&self.state, &versions).await;
        written.map_err(|error| database_problem("writing an objective", &error))?;
        *kept = next;
        self.go_by(Arc::new(levels));
        self.alerts.judge_by(judging).await;
        drop(kept);
        for (id, version) in &versions {
            let what = match (version.edit, self.built_in(id).is_some()) {
                (ObjectiveEdit::Created, _) => "was made by",
                (ObjectiveEdit::Changed, _) => "was changed by",
                (ObjectiveEdit::Removed, true) => "is as built in again, says",
                (ObjectiveEdit::Removed, false) => "was removed by",
            };
            let title = format!("Objective {id} {what} {by}");
            let link = format!("/slo/{}", path_segment(id));
            self.events.record(EventKind::Edit, "", title, link).await;
        }
        Ok(())
    }

    /// Notes what was measured elsewhere.
    pub(super) async fn note(
        &self,
        caller: &Caller,
        measurement: Measurement,
    ) -> Result<Measurement, Problem> {
        caller.require(Role::Operator)?;
        let note = Note {
            by: measurement.by.clone(),
            comment: String::new(),
        };
        let by = actor(caller, &note)?;
        if measurement.note.chars().count() > LONGEST_NOTE {
            let text = format!("a note has at most {LONGEST_NOTE} characters");
            return Err(Problem::invalid(text));
        }
        let levels = self.levels();
        let known = find(&levels, &measurement.objective)?;
        if known.objective.indicator != Indicator::Measured {
            return Err(conflict(format!(
                "{} is measured by queries; measurements are for objectives of the kind \"measured\"",
                known.id
            )));
        }
        let now_ms = self.clock.now_ms();
        let or = |at_ms: i64, instead: i64| if at_ms == 0 { instead } else { at_ms };
        let to_ms = or(measurement.to_ms, now_ms);
        let measurement = Measurement {
            from_ms: or(measurement.from_ms, to_ms - MINUTE_MS),
            to_ms,
            note: measurement.note.trim().to_owned(),
            by,
            ..measurement
        };
        if to_ms > now_ms + AHEAD_MS {
            return Err(Problem::invalid(
                "to is in the future; what has not happened yet was not measured",
            ));
        }
        if measurement.from_ms < now_ms - KEPT_MS {
            return Err(Problem::invalid(
                "from is more than 400 days ago, for which nothing is kept",
            ));
        }
        let measured = Measured {
            from_ms: measurement.from_ms,
            to_ms,
            good: measurement.good,
            total: measurement.total,
            name: measurement.note.clone(),
        };
        let _one = self.measuring.lock().await;
        let stretch = (measurement.from_ms, to_ms.max(measurement.from_ms + 1));
        let mut others = self.measured(&known.id, stretch).await?;
        // The same time again corrects what was said of it.
        others.retain(|other| (other.from_ms, other.to_ms) != (measured.from_ms, measured.to_ms));
        measured.check([]).map_err(Problem::invalid)?;
        measured.check(&others).map_err(conflict)?;
        let stored = store::measure(&self.state, &measurement, now_ms).await;
        stored.map_err(|error| database_problem("writing a measurement", &error))?;
        let floor = |at_ms: i64| at_ms.div_euclid(MINUTE_MS) * MINUTE_MS;
        let minutes = (floor(measurement.from_ms), floor(to_ms + MINUTE_MS - 1));
        let _turn = self.filling.lock().await;
        self.overlay(known, minutes).await?;
        self.standings().remove(&known.id);
        Ok(measurement)
    }
}
