//! Rules that people made here, and what they changed of built-in ones: every version of each is kept, the newest
//! holds.
//!
//! A rule that is built in goes by an id with its name. A version of it without a draft is what is built in.

mod change;
mod draft;
mod files;
mod preview;
mod service;
mod shown;
mod store;
mod text;
mod threshold;

use std::collections::BTreeMap;

use db::Db;
use rules::Group;
use tokio::sync::{Mutex, MutexGuard};
use wire::{RuleDraft, RuleVersion};

pub(crate) use draft::{MADE, draft_of, group_of};
pub(crate) use service::RuleService;
pub(crate) use threshold::{limit, threshold};

/// What ids of built-in rules begin with.
const BUILT_IN: &str = "builtin:";

/// The id of a built-in rule; the number tells those of one name apart, from 1.
pub(crate) fn built_in_id(name: &str, number: usize) -> String {
    match number {
        0 | 1 => format!("{BUILT_IN}{name}"),
        number => format!("{BUILT_IN}{name}:{number}"),
    }
}

/// Every version of every rule.
#[derive(Clone, Default)]
pub(crate) struct Kept {
    rules: BTreeMap<String, Vec<RuleVersion>>,
    /// The rules that objectives come to, a group an objective at the least.
    pub(crate) objectives: Vec<Group>,
}

impl Kept {
    /// The version that holds.
    pub(crate) fn newest(&self, id: &str) -> Option<&RuleVersion> {
        self.rules.get(id)?.last()
    }

    /// What holds of it, if anything does.
    pub(crate) fn draft(&self, id: &str) -> Option<&RuleDraft> {
        self.newest(id)?.draft.as_ref()
    }

    /// All versions, the oldest first.
    pub(crate) fn versions(&self, id: &str) -> &[RuleVersion] {
        self.rules.get(id).map_or(&[], Vec::as_slice)
    }

    /// The rules that hold, in the order in which they were made.
    pub(crate) fn drafts(&self) -> impl Iterator<Item = (&str, &RuleDraft)> {
        let newest = self.rules.keys().map(|id| (id.as_str(), self.draft(id)));
        newest.filter_map(|(id, draft)| Some((id, draft?)))
    }

    /// The rules that were made here and hold no more.
    pub(crate) fn removed(&self) -> impl Iterator<Item = (&str, &[RuleVersion])> {
        let all = self.rules.iter();
        let made = all.filter(|(id, versions)| {
            !id.starts_with(BUILT_IN) && versions.last().is_some_and(|it| it.draft.is_none())
        });
        made.map(|(id, versions)| (id.as_str(), versions.as_slice()))
    }

    fn add(&mut self, versions: &[(String, RuleVersion)]) {
        for (id, version) in versions {
            self.rules
                .entry(id.clone())
                .or_default()
                .push(version.clone());
        }
    }
}

/// What is kept, on disk and in memory. Whoever holds it changes what is judged.
pub(crate) struct Made {
    db: Db,
    kept: Mutex<Kept>,
}

impl Made {
    /// As it is on disk.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(crate) async fn open(db: Db) -> Result<Self, db::Error> {
        let kept = Kept {
            rules: store::all(&db).await?,
            objectives: Vec::new(),
        };
        let kept = Mutex::new(kept);
        Ok(Self { db, kept })
    }

    /// What is kept. Until it is let go, rules cannot be changed.
    pub(crate) async fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().await
    }

    /// Writes versions, all or none. Whoever does holds what is kept.
    async fn write(&self, versions: &[(String, RuleVersion)]) -> Result<(), db::Error> {
        store::append(&self.db, versions).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::judging::judging;

    fn version(number: u32, draft: Option<RuleDraft>) -> RuleVersion {
        RuleVersion {
            version: number,
            at_ms: 0,
            by: String::new(),
            comment: String::new(),
            edit: wire::RuleEdit::Changed,
            draft,
            changes: Vec::new(),
        }
    }

    /// A rule of an earlier version of the product may be none any more: the product starts all the same.
    #[test]
    fn what_cannot_be_read_any_more_is_off() {
        let draft = |name: &str, expr: &str| RuleDraft {
            group: "ours".to_owned(),
            name: name.to_owned(),
            expr: expr.to_owned(),
            ..RuleDraft::default()
        };
        let mut kept = Kept::default();
        kept.add(&[
            ("1".to_owned(), version(1, Some(draft("Good", "up > 1")))),
            ("2".to_owned(), version(1, Some(draft("Broken", "up >")))),
            ("3".to_owned(), version(1, Some(draft("Gone", "up")))),
            ("3".to_owned(), version(2, None)),
            (
                built_in_id("MCPServerDown", 1),
                version(1, Some(draft("MCPServerDown", "nonsense("))),
            ),
            (
                built_in_id("NoLonger", 1),
                version(1, Some(draft("NoLonger", "up"))),
            ),
        ]);
        let judging = judging(&Config::default(), &kept).unwrap();
        let found = |name: &str| {
            let mut all = judging.offered.iter();
            all.find(|it| it.draft.name == name)
                .map(|it| (it.origin.as_str(), it.place.is_some(), it.off.clone()))
        };
        let on = |origin| Some((origin, true, String::new()));
        assert_eq!(found("Good"), on("made here"));
        assert_eq!(found("NoLonger"), on("made here"));
        assert_eq!(found("Gone"), None);
        for (name, origin) in [("Broken", "made here"), ("MCPServerDown", "changed")] {
            let (known, is_judged, off) = found(name).unwrap();
            assert_eq!((known, is_judged), (origin, false));
            assert!(off.starts_with("expr: "), "{off}");
        }
        assert_eq!(kept.removed().count(), 1);
    }
}
