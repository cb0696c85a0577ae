//! Changes of rules: checked, written, and judged by at once; all of what is wanted, or nothing.

use std::sync::Arc;

use rules::Entry;
use uuid::Uuid;
use wire::{
    Code, EventKind, Origin, Problem, RuleDraft, RuleEdit, RuleKind, RuleMistake, RuleSaved,
    RuleVersion, path_segment,
};

use super::draft::{mistake, tidy};
use super::{BUILT_IN, Kept, RuleService, group_of};
use crate::error::{database_problem, fault};
use crate::judging::{Judging, Offered, judging};

/// Rules that can be made here.
const MOST_MADE: usize = 5_000;

/// What somebody wants of a rule.
pub(super) struct Wanted {
    /// Which; a new one where missing.
    pub(super) id: Option<String>,
    /// What it is to say; where missing it goes, or is as built in again.
    pub(super) draft: Option<RuleDraft>,
    pub(super) edit: RuleEdit,
    /// The version that they saw.
    pub(super) version: Option<u32>,
}

/// Who wants it, and why.
pub(super) struct Why {
    pub(super) by: String,
    pub(super) comment: String,
}

/// What is being put together.
struct Changes<'a> {
    judging: &'a Judging,
    kept: Kept,
    versions: Vec<(String, RuleVersion)>,
    mistakes: Vec<RuleMistake>,
    why: &'a Why,
    now_ms: i64,
}

impl RuleService {
    /// Changes rules.
    ///
    /// # Errors
    /// When there is no such rule, when it is not to be changed here, when somebody else has changed it meanwhile, or
    /// when it cannot be written. What is wrong with a draft is in the answer.
    pub(super) async fn change(&self, wanted: Vec<Wanted>, why: Why) -> Result<RuleSaved, Problem> {
        let mut kept = self.alerts.made.kept().await;
        let before = self.alerts.judged();
        let mut changes = Changes {
            judging: &before,
            kept: kept.clone(),
            versions: Vec::new(),
            mistakes: Vec::new(),
            why: &why,
            now_ms: self.alerts.clock.now_ms(),
        };
        let mut ids = Vec::new();
        for one in wanted {
            ids.push(changes.take(one)?);
        }
        let Changes {
            kept: next,
            versions,
            mistakes,
            ..
        } = changes;
        if !mistakes.is_empty() {
            return Ok(RuleSaved {
                mistakes,
                rules: Vec::new(),
            });
        }
        if !versions.is_empty() {
            let config = self.configuration.config.borrow().clone();
            let judging = judging(&config, &next).map_err(|why| fault("judging rules", &why))?;
            let written = self.alerts.made.write(&versions).await;
            written.map_err(|error| database_problem("writing a rule", &error))?;
            *kept = next;
            self.alerts.judge_by(judging).await;
        }
        let rules = self.infos(&kept, |offered| ids.contains(&offered.id)).await;
        drop(kept);
        for (id, version) in &versions {
            self.mark(id, version, &before).await;
        }
        Ok(RuleSaved {
            mistakes: Vec::new(),
            rules,
        })
    }

    async fn mark(&self, id: &str, version: &RuleVersion, before: &Arc<Judging>) {
        let known = before.offered.iter().find(|it| it.id == id);
        let name = known.map(|it| it.draft.name.as_str());
        let name = version.draft.as_ref().map(|it| it.name.as_str()).or(name);
        let what = match (version.edit, version.draft.is_some()) {
            (RuleEdit::Removed, _) if id.starts_with(BUILT_IN) => "is as built in again, says",
            (RuleEdit::Created, _) => "was made by",
            (RuleEdit::Removed, _) => "was removed by",
            (RuleEdit::Undone, _) => "is as it was before, says",
            (RuleEdit::Changed, _) => "was changed by",
        };
        let title = format!("Rule {} {what} {}", name.unwrap_or(id), version.by);
        let link = format!("/alerts/rules?rule={}", path_segment(id));
        self.events.record(EventKind::Edit, "", title, link).await;
    }
}

impl Changes<'_> {
    fn offered(&self, id: &str) -> Option<&Offered> {
        self.judging.offered.iter().find(|it| it.id == id)
    }

    /// One change; its id.
    fn take(&mut self, wanted: Wanted) -> Result<String, Problem> {
        let id = match &wanted.id {
            Some(id) => id.clone(),
            None if self.kept.drafts().count() >= MOST_MADE => {
                let message = format!("there are {MOST_MADE} rules already; put some into a file");
                return Err(Problem::invalid(message));
            }
            None => Uuid::now_v7().to_string(),
        };
        if wanted.id.is_some() {
            self.check_id(&id, wanted.version)?;
        }
        let draft = wanted.draft.map(tidy);
        let draft = draft.map(|draft| self.settled(&id, draft));
        if let Some(draft) = &draft {
            self.check(&id, draft);
        }
        let built_in = self.offered(&id).and_then(|it| it.built_in.as_ref());
        // What is the same as what is built in, is no change of it.
        let draft = draft.filter(|draft| Some(draft) != built_in);
        if self.kept.draft(&id) == draft.as_ref() {
            return Ok(id);
        }
        if let Some(draft) = &draft {
            self.align(&id, draft);
        }
        self.push(id.clone(), draft, wanted.edit, self.why.comment.clone());
        Ok(id)
    }

    fn push(&mut self, id: String, draft: Option<RuleDraft>, edit: RuleEdit, comment: String) {
        let last = self.kept.newest(&id).map_or(0, |it| it.version);
        let version = RuleVersion {
            version: last + 1,
            at_ms: self.now_ms,
            by: self.why.by.clone(),
            comment,
            edit,
            draft,
            changes: Vec::new(),
        };
        let one = [(id, version)];
        self.kept.add(&one);
        self.versions.extend(one);
    }

    fn check_id(&self, id: &str, seen: Option<u32>) -> Result<(), Problem> {
        let conflict = |message: String| Err(Problem::new(Code::Conflict, message));
        match self.offered(id) {
            None if self.kept.newest(id).is_none() => {
                return Err(Problem::not_found(format!("there is no rule {id:?}")));
            }
            Some(it) if it.origin == Origin::File => {
                return conflict(format!("this rule is in {}; change it there", it.file));
            }
            Some(it) if it.built_in.is_some() && it.draft.kind == RuleKind::Record => {
                return conflict(
                    "panels and rules need this built-in series; make a rule of your own beside it"
                        .to_owned(),
                );
            }
            _ => {}
        }
        let newest = self.kept.newest(id);
        let version = newest.map_or(0, |it| it.version);
        match (seen, newest) {
            (Some(seen), Some(newest)) if seen != version => conflict(format!(
                "{} has changed this rule meanwhile (version {version}); look at what it says now, then save again",
                newest.by
            )),
            _ => Ok(()),
        }
    }

    /// A change of a built-in rule stays where the rule is.
    fn settled(&mut self, id: &str, draft: RuleDraft) -> RuleDraft {
        let Some(built_in) = self.offered(id).and_then(|it| it.built_in.clone()) else {
            return draft;
        };
        if draft.name != built_in.name && !draft.name.is_empty() {
            let message = format!("a built-in rule keeps its name, {}", built_in.name);
            self.mistakes.push(mistake("name", message));
        }
        RuleDraft {
            group: built_in.group,
            interval: built_in.interval,
            kind: built_in.kind,
            name: built_in.name,
            ..draft
        }
    }

    fn check(&mut self, id: &str, draft: &RuleDraft) {
        let read = group_of(draft);
        if let Err(mistakes) = read {
            self.mistakes.extend(mistakes);
        }
        let is_same = |other: &RuleDraft| {
            (&other.kind, &other.name, &other.labels) == (&draft.kind, &draft.name, &draft.labels)
        };
        let mut others = self.judging.offered.iter();
        let other = others.find(|other| {
            // What was made here may have been changed by what is wanted as well.
            let now = self.kept.newest(&other.id).map(|it| it.draft.as_ref());
            other.id != id && now.unwrap_or(Some(&other.draft)).is_some_and(is_same)
        });
        let mut new = self.versions.iter();
        let is_twice = new.any(|(known, it)| known != id && it.draft.as_ref().is_some_and(is_same));
        let whose = match other.map(|other| (other.origin, other)) {
            None if is_twice => "there is another one in what you give".to_owned(),
            None => return,
            Some((Origin::BuiltIn | Origin::Changed, _)) => {
                "one is built in; change that one".to_owned()
            }
            Some((Origin::File, other)) => format!("{} has one", other.file),
            Some((Origin::Made, other)) => format!("group {:?} has one", other.draft.group),
        };
        let message = format!(
            "there is a rule of this name with the same labels already ({whose}): what one makes, the other ends; give \
             it another name or label"
        );
        self.mistakes.push(mistake("name", message));
    }

    /// A group has one interval: that of the rule which was changed last.
    fn align(&mut self, id: &str, draft: &RuleDraft) {
        if id.starts_with(BUILT_IN) {
            return;
        }
        let others = self.kept.drafts().filter(|(other, it)| {
            *other != id
                && !other.starts_with(BUILT_IN)
                && it.group == draft.group
                && it.interval != draft.interval
        });
        let others: Vec<_> = others.map(|(id, it)| (id.to_owned(), it.clone())).collect();
        for (other, it) in others {
            let changed = RuleDraft {
                interval: draft.interval.clone(),
                ..it
            };
            let comment = format!("the interval of its group was changed with {}", draft.name);
            self.push(other, Some(changed), RuleEdit::Changed, comment);
        }
    }
}

/// The one rule of a draft.
///
/// # Errors
/// All that is wrong with it.
pub(super) fn entry_of(draft: &RuleDraft) -> Result<Entry, Vec<RuleMistake>> {
    let mut group = group_of(draft)?;
    group
        .rules
        .pop()
        .ok_or_else(|| vec![mistake("name", "this is no rule")])
}
