//! All rules there are, evaluated or not: built in, as people changed them; of files; and made here.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use rules::{Entry, Group, Rule};
use wire::{Origin, RuleDraft, RuleMistake};

use super::{JudgedGroup, PACKS, judged};
use crate::condition::check_expression;
use crate::config::Config;
use crate::made::{Kept, MADE, built_in_id, draft_of, group_of, threshold};

/// A rule that there is.
#[derive(Clone, Debug)]
pub(crate) struct Offered {
    /// It stays, whatever the rule is changed to.
    pub(crate) id: String,
    pub(crate) origin: Origin,
    /// The file it is in.
    pub(crate) file: String,
    /// What it says.
    pub(crate) draft: RuleDraft,
    /// What is built in, where it is that or a change of it.
    pub(crate) built_in: Option<RuleDraft>,
    /// Why it is not evaluated.
    pub(crate) off: String,
    /// How often its group is evaluated.
    pub(crate) interval: Duration,
    /// The number that its expression ends with.
    pub(crate) threshold: Option<f64>,
    /// Where it stands among what is judged: its group, and its place there.
    pub(crate) place: Option<(usize, usize)>,
}

/// A rule, where it can be evaluated, and what is said of it.
type Read = (Option<Entry>, Offered);

/// What is collected.
struct All<'a> {
    config: &'a Config,
    groups: Vec<Arc<JudgedGroup>>,
    offered: Vec<Offered>,
}

/// The groups that are judged, and all rules.
///
/// # Errors
/// A sentence that names the rule.
pub(super) fn all(
    config: &Config,
    kept: &Kept,
) -> Result<(Vec<Arc<JudgedGroup>>, Vec<Offered>), String> {
    let mut all = All {
        config,
        groups: Vec::new(),
        offered: Vec::new(),
    };
    all.built_in(kept)?;
    all.of_files()?;
    all.of_objectives(kept)?;
    all.made(kept)?;
    Ok((all.groups, all.offered))
}

impl All<'_> {
    /// A group with those of its rules that are evaluated.
    fn push(&mut self, group: Group, rules: Vec<Read>, is_prompt: bool) -> Result<(), String> {
        let number = self.groups.len();
        let mut entries = Vec::new();
        for (entry, mut offered) in rules {
            offered.threshold = threshold(&offered.draft.expr);
            offered.interval = group.interval.unwrap_or(self.config.alerts.interval);
            if let Some(entry) = entry.filter(|_| offered.off.is_empty()) {
                offered.place = Some((number, entries.len()));
                entries.push(entry);
            }
            self.offered.push(offered);
        }
        let group = Group {
            rules: entries,
            ..group
        };
        self.groups.push(judged(group, self.config, is_prompt)?);
        Ok(())
    }

    fn built_in(&mut self, kept: &Kept) -> Result<(), String> {
        let mut numbers: HashMap<String, usize> = HashMap::new();
        for (file, text) in PACKS {
            let (pack, mistakes) = rules::read(file, text, &check_expression);
            if let Some(mistake) = mistakes.iter().find(|mistake| !mistake.is_warning) {
                return Err(mistake.to_string());
            }
            for group in pack {
                let mut rules = Vec::new();
                for entry in &group.rules {
                    let number = numbers.entry(entry.name().to_owned()).or_default();
                    *number += 1;
                    let id = built_in_id(entry.name(), *number);
                    let entry = configured(entry.clone(), self.config);
                    rules.push(self.of_pack(&group, entry, kept.draft(&id), id));
                }
                self.push(group, rules, true)?;
            }
        }
        Ok(())
    }

    /// A built-in rule, as it is or as it was changed.
    fn of_pack(
        &self,
        group: &Group,
        entry: Entry,
        changed: Option<&RuleDraft>,
        id: String,
    ) -> Read {
        let built_in = draft_of(&entry, &group.name, group.interval);
        let mut offered = Offered {
            id,
            origin: Origin::BuiltIn,
            file: group.file.clone(),
            draft: built_in.clone(),
            built_in: Some(built_in),
            off: String::new(),
            interval: Duration::ZERO,
            threshold: None,
            place: None,
        };
        let mut entry = Some(entry);
        if let Some(draft) = changed {
            offered.origin = Origin::Changed;
            offered.draft = draft.clone();
            (entry, offered.off) = read(draft);
        }
        if is_off(&offered.draft, self.config) {
            "switched off in the configuration ([rules] off)".clone_into(&mut offered.off);
        }
        (entry, offered)
    }

    fn of_files(&mut self) -> Result<(), String> {
        for group in self.config.rules.groups.iter() {
            self.push_written(group)?;
        }
        Ok(())
    }

    /// What objectives come to. Their page is their file.
    fn of_objectives(&mut self, kept: &Kept) -> Result<(), String> {
        for group in &kept.objectives {
            self.push_written(group)?;
        }
        Ok(())
    }

    /// A group that is changed where it is written.
    fn push_written(&mut self, group: &Group) -> Result<(), String> {
        let rules = (1..).zip(&group.rules).map(|(number, entry)| {
            let offered = Offered {
                id: format!("file:{}:{}:{number}", group.file, group.name),
                origin: Origin::File,
                file: group.file.clone(),
                draft: draft_of(entry, &group.name, group.interval),
                built_in: None,
                off: String::new(),
                interval: Duration::ZERO,
                threshold: None,
                place: None,
            };
            (Some(entry.clone()), offered)
        });
        let rules = rules.collect();
        self.push(group.clone(), rules, false)
    }

    /// What was made here, in the order in which it was; and changes of what is no longer built in.
    fn made(&mut self, kept: &Kept) -> Result<(), String> {
        let mut groups: Vec<(Group, Vec<Read>)> = Vec::new();
        let built_in: std::collections::HashSet<_> =
            self.offered.iter().map(|it| it.id.clone()).collect();
        for (id, draft) in kept.drafts().filter(|(id, _)| !built_in.contains(*id)) {
            let (entry, off) = read(draft);
            let offered = Offered {
                id: id.to_owned(),
                origin: Origin::Made,
                file: MADE.to_owned(),
                draft: draft.clone(),
                built_in: None,
                off,
                interval: Duration::ZERO,
                threshold: None,
                place: None,
            };
            let place = groups.iter().position(|(it, _)| it.name == draft.group);
            match place {
                Some(place) => groups[place].1.push((entry, offered)),
                None => groups.push((empty(draft), vec![(entry, offered)])),
            }
        }
        for (group, rules) in groups {
            self.push(group, rules, false)?;
        }
        Ok(())
    }
}

/// The group of a draft, without rules. All drafts of a group have the same interval.
fn empty(draft: &RuleDraft) -> Group {
    Group {
        file: MADE.to_owned(),
        name: draft.group.clone(),
        interval: model::parse_duration(&draft.interval).ok(),
        limit: 0,
        query_offset: None,
        rules: Vec::new(),
    }
}

/// The rule that a draft means, and why it is not evaluated.
fn read(draft: &RuleDraft) -> (Option<Entry>, String) {
    match group_of(draft) {
        Ok(_) if !draft.enabled => (None, "switched off".to_owned()),
        Ok(mut group) => (group.rules.pop(), String::new()),
        // It was right when it was saved: an earlier version of the product took it.
        Err(mistakes) => (None, said(&mistakes)),
    }
}

fn said(mistakes: &[RuleMistake]) -> String {
    let each = mistakes
        .iter()
        .map(|it| format!("{}: {}", it.field, it.message));
    each.collect::<Vec<_>>().join("; ")
}

/// Whether nobody wants a built-in alert.
fn is_off(draft: &RuleDraft, config: &Config) -> bool {
    draft.kind == wire::RuleKind::Alert && config.rules.off.contains(&draft.name)
}

/// A built-in rule with what is configured of it.
fn configured(entry: Entry, config: &Config) -> Entry {
    match (entry, config.alerts.server_down_for) {
        (Entry::Alerting(rule), Some(hold)) if rule.name == "MCPServerDown" => {
            Entry::Alerting(Arc::new(Rule {
                hold,
                ..(*rule).clone()
            }))
        }
        (entry, _) => entry,
    }
}
