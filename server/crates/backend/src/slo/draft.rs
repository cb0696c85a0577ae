//! Objectives as people write them in forms, and as they are kept.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;
use slo::{Counted, Gaps, Indicator, Objective, Window};
use wire::{BudgetWindow, GapRule, IndicatorKind, ObjectiveDraft};

/// An objective as it is kept: what a form has, and what a form has no field for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Written {
    pub(super) draft: ObjectiveDraft,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) page: BTreeMap<String, String>,
    pub(super) ticket: BTreeMap<String, String>,
    pub(super) annotations: BTreeMap<String, String>,
    pub(super) alert_name: String,
}

impl Written {
    /// What is kept of an objective.
    pub(super) fn of(objective: &Objective) -> Self {
        Self {
            draft: draft_of(objective),
            labels: objective.labels.clone(),
            page: objective.page.clone().unwrap_or_default(),
            ticket: objective.ticket.clone().unwrap_or_default(),
            annotations: objective.annotations.clone(),
            alert_name: objective.alert_name.clone(),
        }
    }

    /// The same with what a form says now.
    pub(super) fn with(&self, draft: ObjectiveDraft) -> Self {
        Self {
            draft,
            ..self.clone()
        }
    }

    /// The objective.
    pub(super) fn objective(&self) -> Objective {
        let draft = &self.draft;
        Objective {
            service: draft.service.clone(),
            name: draft.name.clone(),
            description: draft.description.clone(),
            owner: draft.owner.clone(),
            consequence: draft.consequence.clone(),
            labels: self.labels.clone(),
            indicator: indicator(draft),
            target: part(draft.target_percent),
            window: match draft.window {
                BudgetWindow::Rolling => Window::Rolling(draft.days),
                BudgetWindow::Month => Window::Month,
                BudgetWindow::Quarter => Window::Quarter,
            },
            zone: draft.zone.clone(),
            gaps: match draft.gaps {
                GapRule::Ignore => Gaps::Ignored,
                GapRule::Good => Gaps::Good,
                GapRule::Bad => Gaps::Bad,
            },
            excludes_maintenance: draft.excludes_maintenance,
            parts: draft.parts.clone(),
            alert_name: self.alert_name.clone(),
            page: draft.pages.then(|| self.page.clone()),
            ticket: draft.tickets.then(|| self.ticket.clone()),
            annotations: self.annotations.clone(),
            enabled: draft.enabled,
        }
    }
}

/// From per cent to a part, without what floating point adds: 99.9 is 0.999.
fn part(percent: f64) -> f64 {
    (percent * 1e9).round() / 1e11
}

/// From a part to per cent.
fn percent(part: f64) -> f64 {
    (part * 1e11).round() / 1e9
}

fn indicator(draft: &ObjectiveDraft) -> Indicator {
    let metric = draft.metric.clone();
    let seconds = draft.threshold_seconds;
    match draft.kind {
        IndicatorKind::Ratio if draft.total.is_empty() && !draft.bad.is_empty() => Indicator::Raw {
            error_ratio: draft.bad.clone(),
        },
        IndicatorKind::Ratio if draft.good.is_empty() && !draft.bad.is_empty() => {
            Indicator::Events {
                counted: Counted::Bad,
                query: draft.bad.clone(),
                total: draft.total.clone(),
            }
        }
        IndicatorKind::Ratio => Indicator::Events {
            counted: Counted::Good,
            query: draft.good.clone(),
            total: draft.total.clone(),
        },
        IndicatorKind::Latency => Indicator::Latency {
            histogram: metric,
            threshold: seconds,
        },
        IndicatorKind::Slices => Indicator::Slices {
            condition: draft.good.clone(),
        },
        IndicatorKind::Availability => Indicator::Availability { metric },
        IndicatorKind::Freshness => Indicator::Freshness {
            metric,
            max_age: seconds,
        },
        IndicatorKind::Measured => Indicator::Measured,
    }
}

/// What a form says of an objective.
pub(super) fn draft_of(objective: &Objective) -> ObjectiveDraft {
    let (window, days) = match objective.window {
        Window::Rolling(days) => (BudgetWindow::Rolling, days),
        Window::Month => (BudgetWindow::Month, 30),
        Window::Quarter => (BudgetWindow::Quarter, 90),
    };
    let mut draft = ObjectiveDraft {
        service: objective.service.clone(),
        name: objective.name.clone(),
        description: objective.description.clone(),
        owner: objective.owner.clone(),
        consequence: objective.consequence.clone(),
        target_percent: percent(objective.target),
        window,
        days,
        zone: objective.zone.clone(),
        gaps: match objective.gaps {
            Gaps::Ignored => GapRule::Ignore,
            Gaps::Good => GapRule::Good,
            Gaps::Bad => GapRule::Bad,
        },
        excludes_maintenance: objective.excludes_maintenance,
        parts: objective.parts.clone(),
        pages: objective.page.is_some(),
        tickets: objective.ticket.is_some(),
        enabled: objective.enabled,
        ..ObjectiveDraft::default()
    };
    match &objective.indicator {
        Indicator::Events {
            counted,
            query,
            total,
        } => {
            draft.kind = IndicatorKind::Ratio;
            match counted {
                Counted::Good => draft.good.clone_from(query),
                Counted::Bad => draft.bad.clone_from(query),
            }
            draft.total.clone_from(total);
        }
        Indicator::Raw { error_ratio } => {
            draft.kind = IndicatorKind::Ratio;
            draft.bad.clone_from(error_ratio);
        }
        Indicator::Latency {
            histogram,
            threshold,
        } => {
            draft.kind = IndicatorKind::Latency;
            draft.metric.clone_from(histogram);
            draft.threshold_seconds = *threshold;
        }
        Indicator::Slices { condition } => {
            draft.kind = IndicatorKind::Slices;
            draft.good.clone_from(condition);
        }
        Indicator::Availability { metric } => {
            draft.kind = IndicatorKind::Availability;
            draft.metric.clone_from(metric);
        }
        Indicator::Freshness { metric, max_age } => {
            draft.kind = IndicatorKind::Freshness;
            draft.metric.clone_from(metric);
            draft.threshold_seconds = *max_age;
        }
        Indicator::Measured => draft.kind = IndicatorKind::Measured,
    }
    draft
}

/// Without space around, and without what only a change has.
pub(super) fn tidy(draft: ObjectiveDraft) -> ObjectiveDraft {
    let trimmed = |text: String| text.trim().to_owned();
    let zone = trimmed(draft.zone);
    let parts = draft.parts.into_iter().map(trimmed);
    ObjectiveDraft {
        service: trimmed(draft.service),
        name: trimmed(draft.name),
        description: trimmed(draft.description),
        owner: trimmed(draft.owner),
        consequence: trimmed(draft.consequence),
        good: trimmed(draft.good),
        bad: trimmed(draft.bad),
        total: trimmed(draft.total),
        metric: trimmed(draft.metric),
        zone: match zone.is_empty() {
            true => "UTC".to_owned(),
            false => zone,
        },
        parts: parts.filter(|part| !part.is_empty()).collect(),
        comment: String::new(),
        by: String::new(),
        ..draft
    }
}

/// What an objective asks, as a text: of two that ask the same, one ledger is kept.
pub(super) fn asks(objective: &Objective) -> String {
    let draft = draft_of(objective);
    json!({
        "kind": draft.kind,
        "good": draft.good,
        "bad": draft.bad,
        "total": draft.total,
        "metric": draft.metric,
        "threshold_seconds": draft.threshold_seconds,
        "excludes_maintenance": draft.excludes_maintenance,
        "parts": draft.parts,
    })
    .to_string()
}

/// What is different between two, in words.
pub(super) fn changes(before: &ObjectiveDraft, after: &ObjectiveDraft) -> Vec<String> {
    let fields = |draft: &ObjectiveDraft| {
        let on = |is_on: bool| if is_on { "on" } else { "off" }.to_owned();
        let window = match draft.window {
            BudgetWindow::Rolling => format!("{} days", draft.days),
            other => format!("calendar {}", other.as_str()),
        };
        [
            ("description", draft.description.clone()),
            ("owner", draft.owner.clone()),
            ("consequence", draft.consequence.clone()),
            ("indicator", draft.kind.as_str().to_owned()),
            ("good events", draft.good.clone()),
            ("bad events", draft.bad.clone()),
            ("all events", draft.total.clone()),
            ("metric", draft.metric.clone()),
            ("threshold", format!("{} s", draft.threshold_seconds)),
            ("target", format!("{} %", draft.target_percent)),
            ("window", window),
            ("zone", draft.zone.clone()),
            ("minutes without data", draft.gaps.as_str().to_owned()),
            ("maintenance left out", on(draft.excludes_maintenance)),
            ("parts", draft.parts.join(", ")),
            ("alert that pages", on(draft.pages)),
            ("alert that opens a ticket", on(draft.tickets)),
            ("evaluation", on(draft.enabled)),
        ]
    };
    let pairs = fields(before).into_iter().zip(fields(after));
    let changed = pairs.filter(|(old, new)| old.1 != new.1);
    changed
        .map(|((what, old), (_, new))| match (&*old, &*new) {
            ("", new) => format!("{what}: {new}"),
            (old, "") => format!("{what}: no longer {old}"),
            (old, new) => format!("{what}: {new} instead of {old}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(kind: IndicatorKind, texts: [&str; 4]) -> ObjectiveDraft {
        let [good, bad, total, metric] = texts.map(str::to_owned);
        ObjectiveDraft {
            service: "api".to_owned(),
            name: "latency".to_owned(),
            kind,
            good,
            bad,
            total,
            metric,
            ..ObjectiveDraft::default()
        }
    }

    #[test]
    fn a_form_and_an_objective_are_the_same() {
        use IndicatorKind::{Availability, Freshness, Latency, Measured, Ratio, Slices};
        for (kind, texts, seconds) in [
            (Ratio, ["g", "", "t", ""], 0.0),
            (Ratio, ["", "b", "t", ""], 0.0),
            (Ratio, ["", "ratio", "", ""], 0.0),
            (Latency, ["", "", "", "h"], 0.2),
            (Slices, ["up > 0", "", "", ""], 0.0),
            (Availability, ["", "", "", "mcp_server_up"], 0.0),
            (Freshness, ["", "", "", "m"], 60.0),
            (Measured, ["", "", "", ""], 0.0),
        ] {
            for percent in [99.9, 99.95, 95.0, 99.999, 33.3, 99.123_456] {
                let written = Written {
                    draft: ObjectiveDraft {
                        threshold_seconds: seconds,
                        target_percent: percent,
                        pages: false,
                        ..draft(kind, texts)
                    },
                    ..Written::default()
                };
                assert_eq!(Written::of(&written.objective()), written);
            }
        }
        let written = Written {
            draft: draft(Ratio, ["g", "", "t", ""]),
            ..Written::default()
        };
        assert_eq!(written.objective().target.to_string(), "0.999");
    }

    #[test]
    fn another_question_is_another_ledger_and_another_promise_is_not() {
        let written = |change: fn(&mut ObjectiveDraft)| {
            let mut draft = draft(IndicatorKind::Ratio, ["g", "", "t", ""]);
            change(&mut draft);
            let written = Written {
                draft,
                ..Written::default()
            };
            asks(&written.objective())
        };
        let known = written(|_| {});
        for same in [
            written(|it| it.target_percent = 95.0),
            written(|it| it.days = 7),
            written(|it| it.gaps = GapRule::Bad),
            written(|it| it.owner = "ann".to_owned()),
        ] {
            assert_eq!(same, known);
        }
        for other in [
            written(|it| it.good = "h".to_owned()),
            written(|it| it.excludes_maintenance = true),
            written(|it| it.parts = vec!["server".to_owned()]),
        ] {
            assert_ne!(other, known);
        }
    }

    #[test]
    fn changes_are_said() {
        let before = draft(IndicatorKind::Ratio, ["g", "", "t", ""]);
        let after = ObjectiveDraft {
            target_percent: 99.5,
            owner: "ann".to_owned(),
            total: String::new(),
            ..before.clone()
        };
        assert_eq!(
            changes(&before, &after),
            [
                "owner: ann",
                "all events: no longer t",
                "target: 99.5 % instead of 99.9 %"
            ]
        );
        assert!(changes(&before, &before).is_empty());
    }
}
