//! What doors may ask about rules, and who may.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::Semaphore;
use wire::{
    Caller, Note, Problem, Role, RuleChange, RuleDetail, RuleDraft, RuleEdit, RuleList,
    RulePreview, RuleSaved,
};

use super::BUILT_IN;
use super::change::{Wanted, Why};
use super::draft::mistake;
use super::threshold::with_threshold;
use crate::alerts::{AlertService, actor};
use crate::configuration::ConfigurationService;
use crate::events::EventLog;
use crate::judging::Offered;

/// Bytes of a file that is imported.
const LONGEST_FILE: usize = 1 << 20;

/// Rules, and what people change of them.
pub(crate) struct RuleService {
    pub(crate) alerts: Arc<AlertService>,
    pub(crate) events: Arc<EventLog>,
    pub(crate) configuration: ConfigurationService,
    /// How many previews may be worked out at the same time.
    pub(crate) previews: Arc<Semaphore>,
}

fn why(caller: &Caller, note: &Note) -> Result<Why, Problem> {
    caller.require(Role::Operator)?;
    Ok(Why {
        by: actor(caller, note)?,
        comment: note.comment.trim().to_owned(),
    })
}

fn refused(field: &str, message: impl Into<String>) -> RuleSaved {
    RuleSaved {
        mistakes: vec![mistake(field, message)],
        rules: Vec::new(),
    }
}

impl RuleService {
    /// What was wrong with files when they were read last.
    fn refused(&self) -> Vec<String> {
        let mut refused = Vec::new();
        for file in self.configuration.refused.borrow().iter() {
            let errors = file.findings.iter();
            let errors = errors.filter(|it| it.severity == wire::Severity::Error);
            refused
                .extend(errors.map(|it| format!("{}: {}: {}", file.source, it.path, it.message)));
        }
        refused
    }

    fn offered(&self, id: &str) -> Result<Offered, Problem> {
        let judging = self.alerts.judged();
        let found = judging.offered.iter().find(|it| it.id == id);
        let found = found.cloned();
        found.ok_or_else(|| Problem::not_found(format!("there is no rule {id:?}")))
    }

    /// Changes what a rule says.
    async fn changed(
        &self,
        id: &str,
        draft: RuleDraft,
        version: Option<u32>,
        why: Why,
    ) -> Result<RuleSaved, Problem> {
        let wanted = Wanted {
            id: Some(id.to_owned()),
            draft: Some(draft),
            edit: RuleEdit::Changed,
            version,
        };
        self.change(vec![wanted], why).await
    }
}

/// A draft, and of what it does not say what is said already.
fn filled(draft: RuleDraft, known: &RuleDraft) -> RuleDraft {
    let text = |new: String, old: &String| match new.trim() {
        "" => old.clone(),
        _ => new,
    };
    let texts = |new: BTreeMap<String, String>, old: &BTreeMap<String, String>| {
        let mut all = old.clone();
        all.extend(new);
        all
    };
    RuleDraft {
        group: text(draft.group, &known.group),
        interval: text(draft.interval, &known.interval),
        expr: text(draft.expr, &known.expr),
        hold: text(draft.hold, &known.hold),
        keep_firing_for: text(draft.keep_firing_for, &known.keep_firing_for),
        no_data: text(draft.no_data, &known.no_data),
        labels: texts(draft.labels, &known.labels),
        annotations: texts(draft.annotations, &known.annotations),
        ..draft
    }
}

#[async_trait]
impl wire::Rules for RuleService {
    async fn list(&self, caller: &Caller) -> Result<RuleList, Problem> {
        caller.require(Role::Viewer)?;
        let kept = self.alerts.made.kept().await.clone();
        Ok(RuleList {
            rules: self.infos(&kept, |_| true).await,
            removed: Self::removed(&kept),
            refused: self.refused(),
        })
    }

    async fn one(&self, caller: &Caller, id: &str) -> Result<RuleDetail, Problem> {
        caller.require(Role::Viewer)?;
        self.detail(id).await
    }

    async fn preview(
        &self,
        caller: &Caller,
        id: Option<&str>,
        draft: RuleDraft,
        last_ms: Option<i64>,
    ) -> Result<RulePreview, Problem> {
        caller.require(Role::Viewer)?;
        let built_in = id.filter(|id| id.starts_with(BUILT_IN));
        let built_in = built_in.and_then(|id| self.offered(id).ok()?.built_in);
        let draft = match built_in {
            Some(built_in) => RuleDraft {
                group: built_in.group,
                interval: built_in.interval,
                name: built_in.name,
                ..draft
            },
            None => draft,
        };
        self.look_back(draft, last_ms).await
    }

    async fn save(
        &self,
        caller: &Caller,
        id: Option<&str>,
        change: RuleChange,
    ) -> Result<RuleSaved, Problem> {
        let RuleChange {
            rule,
            version,
            by,
            comment,
        } = change;
        let why = why(caller, &Note { by, comment })?;
        match id {
            Some(id) => self.changed(id, rule, version, why).await,
            None => {
                let wanted = Wanted {
                    id: None,
                    draft: Some(rule),
                    edit: RuleEdit::Created,
                    version: None,
                };
                self.change(vec![wanted], why).await
            }
        }
    }

    async fn configure(&self, caller: &Caller, change: RuleChange) -> Result<RuleSaved, Problem> {
        caller.require(Role::Operator)?;
        let judging = self.alerts.judged();
        let name = change.rule.name.trim();
        let of_name: Vec<_> = judging
            .offered
            .iter()
            .filter(|it| it.draft.name == name)
            .collect();
        // Where several have the name, the labels say which is meant.
        let has = |it: &&&Offered| {
            let mut labels = change.rule.labels.iter();
            labels.all(|(name, value)| it.draft.labels.get(name) == Some(value))
        };
        let known = match of_name.as_slice() {
            [] => None,
            [one] => Some(*one),
            several => match several.iter().filter(has).collect::<Vec<_>>().as_slice() {
                [one] => Some(**one),
                _ => {
                    let message = format!(
                        "{} rules are called {name:?}; give the labels that only one of them has",
                        several.len()
                    );
                    return Ok(refused("name", message));
                }
            },
        };
        match known {
            Some(known) => {
                let (id, rule) = (known.id.clone(), filled(change.rule, &known.draft));
                self.save(caller, Some(&id), RuleChange { rule, ..change })
                    .await
            }
            None => self.save(caller, None, change).await,
        }
    }

    async fn switch(
        &self,
        caller: &Caller,
        id: &str,
        enabled: bool,
        note: Note,
    ) -> Result<RuleSaved, Problem> {
        let why = why(caller, &note)?;
        let draft = RuleDraft {
            enabled,
            ..self.offered(id)?.draft
        };
        self.changed(id, draft, None, why).await
    }

    async fn set_threshold(
        &self,
        caller: &Caller,
        id: &str,
        threshold: f64,
        note: Note,
    ) -> Result<RuleSaved, Problem> {
        let why = why(caller, &note)?;
        let draft = self.offered(id)?.draft;
        let Some(expr) = with_threshold(&draft.expr, threshold) else {
            let message = format!(
                "{:?} does not end with a comparison and a number (or {threshold} is none)",
                draft.expr
            );
            return Ok(refused("expr", message));
        };
        let draft = RuleDraft { expr, ..draft };
        self.changed(id, draft, None, why).await
    }

    async fn remove(&self, caller: &Caller, id: &str, note: Note) -> Result<(), Problem> {
        let why = why(caller, &note)?;
        // There has to be something that goes.
        let offered = self.offered(id)?;
        if offered.origin == wire::Origin::BuiltIn {
            return Err(Problem::new(
                wire::Code::Conflict,
                "a built-in rule cannot be removed; switch it off",
            ));
        }
        let wanted = Wanted {
            id: Some(id.to_owned()),
            draft: None,
            edit: RuleEdit::Removed,
            version: None,
        };
        self.change(vec![wanted], why).await.map(drop)
    }

    async fn undo(
        &self,
        caller: &Caller,
        id: &str,
        version: u32,
        note: Note,
    ) -> Result<RuleSaved, Problem> {
        let why = why(caller, &note)?;
        let draft = {
            let kept = self.alerts.made.kept().await;
            let mut versions = kept.versions(id).iter();
            match versions.find(|it| it.version == version) {
                Some(found) => found.draft.clone(),
                None if version == 0 && id.starts_with(BUILT_IN) => None,
                None => {
                    let message = format!("rule {id:?} has no version {version}");
                    return Err(Problem::not_found(message));
                }
            }
        };
        let wanted = Wanted {
            id: Some(id.to_owned()),
            edit: match draft {
                Some(_) => RuleEdit::Undone,
                None => RuleEdit::Removed,
            },
            draft,
            version: None,
        };
        self.change(vec![wanted], why).await
    }

    async fn file(&self, caller: &Caller, id: Option<&str>) -> Result<String, Problem> {
        caller.require(Role::Viewer)?;
        self.written(id)
    }

    async fn import(&self, caller: &Caller, text: &str, note: Note) -> Result<RuleSaved, Problem> {
        let why = why(caller, &note)?;
        if text.len() > LONGEST_FILE {
            return Err(Problem::invalid(format!(
                "a file of rules has at most {LONGEST_FILE} bytes here"
            )));
        }
        match self.read_file(text) {
            Ok(wanted) => self.change(wanted, why).await,
            Err(mistakes) => Ok(RuleSaved {
                mistakes,
                rules: Vec::new(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_stays() {
        let known = RuleDraft {
            group: "g".to_owned(),
            name: "A".to_owned(),
            expr: "up > 5".to_owned(),
            hold: "5m".to_owned(),
            labels: [("severity".to_owned(), "error".to_owned())].into(),
            ..RuleDraft::default()
        };
        let new = RuleDraft {
            name: "A".to_owned(),
            hold: " ".to_owned(),
            expr: "up > 6".to_owned(),
            labels: [("team".to_owned(), "x".to_owned())].into(),
            ..RuleDraft::default()
        };
        let filled = filled(new, &known);
        assert_eq!(
            (
                filled.expr.as_str(),
                filled.hold.as_str(),
                filled.group.as_str()
            ),
            ("up > 6", "5m", "g")
        );
        assert_eq!(filled.labels.len(), 2);
    }
}
