//! Rules as files: what was made here for Prometheus, and files for here.

use wire::{Origin, Problem, RuleDraft, RuleEdit, RuleMistake};

use super::RuleService;
use super::change::Wanted;
use super::draft::{draft_of, mistake};
use super::text::{Written, page};
use crate::condition::check_expression;
use crate::judging::Offered;

impl RuleService {
    /// One rule, or all that were made or changed here.
    ///
    /// # Errors
    /// When there is no such rule.
    pub(super) fn written(&self, id: Option<&str>) -> Result<String, Problem> {
        let judging = self.alerts.judged();
        let is_wanted = |it: &&Offered| match id {
            Some(id) => it.id == id,
            None => matches!(it.origin, Origin::Made | Origin::Changed),
        };
        let wanted: Vec<_> = judging.offered.iter().filter(is_wanted).collect();
        if let (Some(id), []) = (id, wanted.as_slice()) {
            return Err(Problem::not_found(format!("there is no rule {id:?}")));
        }
        // One that is asked for by name is wanted as it is.
        let is_left_out = |it: &&&Offered| id.is_none() && !it.off.is_empty();
        let left_out: Vec<_> = wanted.iter().filter(is_left_out).collect();
        let written = wanted.iter().filter(|it| !is_left_out(it));
        let mut head = "# Rules of MCP Observatory.\n".to_owned();
        for it in &left_out {
            head.push_str(&format!("# Left out, it is off: {:?}\n", it.draft.name));
        }
        let written: Vec<&Offered> = written.copied().collect();
        Ok(head + &file(&written))
    }

    /// The changes that a file comes to: rules of the same group, name and labels are replaced, others are new.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub(super) fn read_file(&self, text: &str) -> Result<Vec<Wanted>, Vec<RuleMistake>> {
        let (groups, found) = rules::read("text", text, &check_expression);
        let errors = found.iter().filter(|it| !it.is_warning);
        let mut mistakes: Vec<_> = errors.map(|it| mistake("text", it.to_string())).collect();
        let judging = self.alerts.judged();
        let mut wanted = Vec::new();
        for group in &groups {
            if group.limit != 0 || group.query_offset.is_some() {
                let message = format!(
                    "group {:?}: limit and query_offset cannot be kept here; use [rules] files for it",
                    group.name
                );
                mistakes.push(mistake("text", message));
            }
            for entry in &group.rules {
                let draft = draft_of(entry, &group.name, group.interval);
                let known = judging.offered.iter().find(|it| is_same(it, &draft));
                wanted.push(Wanted {
                    id: known.map(|it| it.id.clone()),
                    draft: Some(draft),
                    edit: match known {
                        Some(_) => RuleEdit::Changed,
                        None => RuleEdit::Created,
                    },
                    version: None,
                });
            }
        }
        if wanted.is_empty() && mistakes.is_empty() {
            mistakes.push(mistake("text", "there is no rule in it"));
        }
        match mistakes.is_empty() {
            true => Ok(wanted),
            false => Err(mistakes),
        }
    }
}

fn is_same(offered: &Offered, draft: &RuleDraft) -> bool {
    let it = &offered.draft;
    offered.origin == Origin::Made
        && (&it.group, it.kind, &it.name, &it.labels)
            == (&draft.group, draft.kind, &draft.name, &draft.labels)
}

/// A file has each group once.
fn file(rules: &[&Offered]) -> String {
    let mut groups: Vec<(String, &str, Vec<&RuleDraft>)> = Vec::new();
    for it in rules {
        let name = match it.built_in {
            // A group of the same name may have been made here, with an interval of its own.
            Some(_) => format!("{} (built in)", it.draft.group),
            None => it.draft.group.clone(),
        };
        match groups.iter_mut().find(|(known, ..)| *known == name) {
            Some((_, _, rules)) => rules.push(&it.draft),
            None => groups.push((name, &it.draft.interval, vec![&it.draft])),
        }
    }
    let groups = groups.iter().map(|(name, interval, rules)| Written {
        name,
        interval,
        rules: rules.clone(),
    });
    page(&groups.collect::<Vec<_>>()).text
}
