//! All objectives there are: built in, as people changed them; of files; and made here.

use std::collections::BTreeMap;

use slo::Objective;
use wire::{ObjectiveDraft, ObjectiveEdit, ObjectiveVersion, Origin};

use super::draft::{Written, asks, changes, draft_of};
use crate::config::Config;

/// A version of an objective.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Version {
    pub(super) version: u32,
    pub(super) at_ms: i64,
    pub(super) by: String,
    pub(super) comment: String,
    pub(super) edit: ObjectiveEdit,
    /// Missing where it is as built in again, or gone.
    pub(super) written: Option<Written>,
}

/// An objective that there is.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) id: String,
    pub(super) objective: Objective,
    pub(super) draft: ObjectiveDraft,
    pub(super) origin: Origin,
    /// The file; empty where it is in none.
    pub(super) path: String,
    /// What it asks.
    pub(super) asks: String,
}

impl Known {
    pub(super) fn of(objective: Objective, origin: Origin, path: String) -> Self {
        Self {
            id: objective.id(),
            draft: draft_of(&objective),
            asks: asks(&objective),
            objective,
            origin,
            path,
        }
    }
}

/// All of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Levels {
    pub(super) all: Vec<Known>,
    /// What files say that something else says as well.
    pub(super) mistakes: Vec<String>,
    /// What files say that is not supported.
    pub(super) ignored: Vec<String>,
    versions: BTreeMap<String, Vec<Version>>,
}

impl Levels {
    /// What a configuration and the versions that are kept come to.
    pub(super) fn of(
        config: &Config,
        built_in: &[Objective],
        versions: BTreeMap<String, Vec<Version>>,
    ) -> Self {
        let mut levels = Self {
            versions,
            ignored: config.objectives.ignored.clone(),
            ..Self::default()
        };
        for objective in built_in {
            let written = levels.written(&objective.id());
            let known = match written {
                Some(written) => Known::of(written.objective(), Origin::Changed, String::new()),
                None => Known::of(objective.clone(), Origin::BuiltIn, String::new()),
            };
            levels.all.push(known);
        }
        for found in &config.objectives.found {
            let id = found.objective.id();
            let path = format!("{}:{}", found.path, found.line);
            // A file says what holds: it may promise something else than what is built in.
            if let Some(known) = levels.all.iter_mut().find(|it| it.id == id) {
                if known.origin == Origin::File {
                    let other = &known.path;
                    let mistake =
                        format!("{path}: {id} is in {other} as well; give it another name");
                    levels.mistakes.push(mistake);
                } else {
                    *known = Known::of(found.objective.clone(), Origin::File, path);
                }
                continue;
            }
            let known = Known::of(found.objective.clone(), Origin::File, path);
            levels.all.push(known);
        }
        let made: Vec<_> = levels.versions.keys().cloned().collect();
        for id in made {
            let Some(written) = levels.written(&id) else {
                continue;
            };
            match levels.all.iter().find(|it| it.id == id) {
                Some(known) if known.origin == Origin::File => {
                    let place = &known.path;
                    let mistake =
                        format!("{place}: {id} was made or changed here as well; the file holds");
                    levels.mistakes.push(mistake);
                }
                Some(_) => {}
                None => {
                    let known = Known::of(written.objective(), Origin::Made, String::new());
                    levels.all.push(known);
                }
            }
        }
        levels
    }

    /// What people say of it.
    pub(super) fn written(&self, id: &str) -> Option<Written> {
        self.versions.get(id)?.last()?.written.clone()
    }

    /// One of them.
    pub(super) fn find(&self, id: &str) -> Option<&Known> {
        self.all.iter().find(|it| it.id == id)
    }

    /// The number of the last version; 0 where there is none.
    pub(super) fn version(&self, id: &str) -> u32 {
        let versions = self.versions.get(id);
        versions.and_then(|it| it.last()).map_or(0, |it| it.version)
    }

    /// All versions with one more.
    pub(super) fn with(&self, more: &[(String, Version)]) -> BTreeMap<String, Vec<Version>> {
        let mut versions = self.versions.clone();
        for (id, version) in more {
            versions
                .entry(id.clone())
                .or_default()
                .push(version.clone());
        }
        versions
    }

    /// All versions.
    pub(super) fn versions(&self) -> BTreeMap<String, Vec<Version>> {
        self.versions.clone()
    }

    /// Its versions for people, the newest first.
    pub(super) fn shown_versions(
        &self,
        id: &str,
        built_in: Option<&Objective>,
    ) -> Vec<ObjectiveVersion> {
        let built_in = built_in.map(draft_of);
        let mut before = built_in.clone();
        let mut shown = Vec::new();
        for version in self.versions.get(id).map_or(&[][..], Vec::as_slice) {
            let after = version.written.as_ref().map(|it| it.draft.clone());
            let after = after.or_else(|| built_in.clone());
            let mut said = match (&before, &after) {
                (Some(before), Some(after)) => changes(before, after),
                _ => Vec::new(),
            };
            if !version.comment.is_empty() {
                said.push(format!("“{}”", version.comment));
            }
            before = after;
            shown.push(ObjectiveVersion {
                version: version.version,
                at_ms: version.at_ms,
                by: version.by.clone(),
                edit: version.edit,
                changes: said,
            });
        }
        shown.reverse();
        shown
    }
}
