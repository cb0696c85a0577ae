//! Rules as people see them: what they say, how they stand, what became of them.

use model::Labels;
use rules::{Book, Entry};
use wire::{Origin, Problem, RemovedRule, RuleDetail, RuleInfo, RuleState, RuleVersion};

use super::draft::changes;
use super::{Kept, RuleService};
use crate::judging::{Health, Judging, Offered};

/// Where an alert's texts lead: an address of the product, or of the web.
fn link(alert: &rules::Alert) -> Option<String> {
    let link = alert.annotations.get("link")?;
    let is_address = link.starts_with('/') && !link.starts_with("//")
        || link.starts_with("https://")
        || link.starts_with("http://");
    is_address.then(|| link.clone())
}

impl RuleService {
    /// Some rules as they stand.
    pub(super) async fn infos(
        &self,
        kept: &Kept,
        is_wanted: impl Fn(&Offered) -> bool,
    ) -> Vec<RuleInfo> {
        let judging = self.alerts.judged();
        let book = self.alerts.book.lock().await;
        let wanted = judging.offered.iter().filter(|it| is_wanted(it));
        wanted
            .map(|offered| info(offered, &judging, &book, kept))
            .collect()
    }

    /// Those that are no more, the newest first.
    pub(super) fn removed(kept: &Kept) -> Vec<RemovedRule> {
        let removed = kept.removed().filter_map(|(id, versions)| {
            let end = versions.last()?;
            let last = versions.iter().rev().find(|it| it.draft.is_some())?;
            let draft = last.draft.as_ref()?;
            Some(RemovedRule {
                id: id.to_owned(),
                group: draft.group.clone(),
                name: draft.name.clone(),
                at_ms: end.at_ms,
                by: end.by.clone(),
                version: last.version,
            })
        });
        let mut removed: Vec<_> = removed.collect();
        removed.sort_by_key(|it| std::cmp::Reverse(it.at_ms));
        removed
    }

    /// One with all that is known of it.
    ///
    /// # Errors
    /// When there is none.
    pub(super) async fn detail(&self, id: &str) -> Result<RuleDetail, Problem> {
        let kept = self.alerts.made.kept().await.clone();
        let rule = self.infos(&kept, |offered| offered.id == id).await.pop();
        let rule = rule.ok_or_else(|| match kept.versions(id) {
            [] => Problem::not_found(format!("there is no rule {id:?}")),
            _ => Problem::not_found("this rule was removed; the list of rules can bring it back"),
        })?;
        let judging = self.alerts.judged();
        let offered = judging.offered.iter().find(|it| it.id == id);
        let open: Vec<rules::Alert> = match offered.and_then(|it| judging.judged(it)) {
            Some((_, judged)) => match &judged.entry {
                Entry::Alerting(rule) => {
                    let book = self.alerts.book.lock().await;
                    book.open_of(rule).into_iter().cloned().collect()
                }
                Entry::Recording(_) => Vec::new(),
            },
            None => Vec::new(),
        };
        let built_in = offered.and_then(|it| it.built_in.clone());
        let links = open
            .iter()
            .filter_map(|alert| Some((alert.id.to_string(), link(alert)?)));
        Ok(RuleDetail {
            history: history(kept.versions(id), built_in.as_ref()),
            built_in: built_in.filter(|_| rule.origin == Origin::Changed),
            links: links.collect(),
            alerts: open.iter().map(|alert| self.alerts.shown(alert)).collect(),
            rule,
        })
    }
}

/// Versions with what each changed, the newest first.
pub(super) fn history(
    versions: &[RuleVersion],
    built_in: Option<&wire::RuleDraft>,
) -> Vec<RuleVersion> {
    let mut before = built_in;
    let mut history = Vec::new();
    for version in versions {
        let now = version.draft.as_ref().or(built_in);
        let changes = match (before, now) {
            (Some(before), Some(now)) => changes(before, now),
            _ => Vec::new(),
        };
        history.push(RuleVersion {
            changes,
            ..version.clone()
        });
        // What comes back after a removal is compared with what was before it.
        before = now.or(before);
    }
    history.reverse();
    history
}

fn info(offered: &Offered, judging: &Judging, book: &Book, kept: &Kept) -> RuleInfo {
    let mut info = RuleInfo {
        id: offered.id.clone(),
        origin: offered.origin,
        file: offered.file.clone(),
        draft: offered.draft.clone(),
        version: kept.newest(&offered.id).map_or(0, |it| it.version),
        state: RuleState::Off,
        off: offered.off.clone(),
        health: Health::Unknown.as_str().to_owned(),
        error: String::new(),
        evaluated_ms: None,
        evaluation_seconds: 0.0,
        interval_seconds: offered.interval.as_secs_f64(),
        alerts: 0,
        threshold: offered.threshold,
    };
    let Some((_, judged)) = judging.judged(offered) else {
        return info;
    };
    let standing = judged.standing();
    standing.health.as_str().clone_into(&mut info.health);
    info.error = standing.last_error;
    info.evaluated_ms = standing.evaluated_ms;
    info.evaluation_seconds = standing.seconds;
    let open = match &judged.entry {
        Entry::Alerting(rule) => book.open_of(rule),
        Entry::Recording(_) => Vec::new(),
    };
    info.alerts = open.len() as u64;
    info.state = match open.as_slice() {
        [] => RuleState::Inactive,
        open if open.iter().any(|alert| alert.firing_ms.is_some()) => RuleState::Firing,
        _ => RuleState::Pending,
    };
    info
}

/// Labels of an alert or a series, for people.
pub(super) fn label_text(labels: &Labels) -> String {
    labels.to_string()
}

#[cfg(test)]
mod tests {
    use wire::{RuleDraft, RuleEdit};

    use super::*;

    fn version(number: u32, hold: Option<&str>) -> RuleVersion {
        RuleVersion {
            version: number,
            at_ms: i64::from(number),
            by: "Ann".to_owned(),
            comment: String::new(),
            edit: RuleEdit::Changed,
            draft: hold.map(|hold| RuleDraft {
                hold: hold.to_owned(),
                ..RuleDraft::default()
            }),
            changes: Vec::new(),
        }
    }

    #[test]
    fn what_each_version_changed() {
        let versions = [
            version(1, Some("1m")),
            version(2, None),
            version(3, Some("2m")),
        ];
        let told = |built_in: Option<&RuleDraft>| {
            let history = history(&versions, built_in);
            let told = history.iter().map(|it| it.changes.join(", "));
            told.collect::<Vec<_>>()
        };
        assert_eq!(told(None), ["for: 1m → 2m", "", ""]);
        let built_in = RuleDraft {
            hold: "5m".to_owned(),
            ..RuleDraft::default()
        };
        assert_eq!(
            told(Some(&built_in)),
            ["for: 5m → 2m", "for: 1m → 5m", "for: 5m → 1m"]
        );
    }
}
