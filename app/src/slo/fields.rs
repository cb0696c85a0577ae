//! An objective in the fields of a form, and back.

use leptos::prelude::*;
use ui::format;
use wire::{BudgetWindow, GapRule, IndicatorKind, ObjectiveDraft};

use super::words::sentences;

/// The fields of a draft, and their names; a problem that begins with one stands at its field.
pub(super) const FIELDS: [(&str, &str); 20] = [
    ("service", "Service"),
    ("name", "Name"),
    ("description", "Promise in words"),
    ("owner", "Owner"),
    ("consequence", "When it is missed"),
    ("kind", "What is measured"),
    ("good", "Good"),
    ("bad", "Bad"),
    ("total", "All"),
    ("metric", "Series"),
    ("threshold_seconds", "Threshold"),
    ("target_percent", "Target"),
    ("window", "Window"),
    ("days", "Days"),
    ("zone", "Zone"),
    ("gaps", "Minutes without data"),
    ("excludes_maintenance", "Leave maintenance out"),
    ("parts", "Told apart by"),
    ("pages", "Fast burn"),
    ("tickets", "Slow burn"),
];

/// What is being written.
#[derive(Clone, Copy)]
pub(super) struct Form {
    pub(super) service: RwSignal<String>,
    pub(super) name: RwSignal<String>,
    pub(super) description: RwSignal<String>,
    pub(super) owner: RwSignal<String>,
    pub(super) consequence: RwSignal<String>,
    pub(super) kind: RwSignal<String>,
    pub(super) good: RwSignal<String>,
    pub(super) bad: RwSignal<String>,
    pub(super) total: RwSignal<String>,
    pub(super) metric: RwSignal<String>,
    pub(super) threshold: RwSignal<String>,
    pub(super) target: RwSignal<String>,
    pub(super) window: RwSignal<String>,
    pub(super) days: RwSignal<String>,
    pub(super) zone: RwSignal<String>,
    pub(super) gaps: RwSignal<String>,
    pub(super) excludes_maintenance: RwSignal<bool>,
    pub(super) parts: RwSignal<String>,
    pub(super) pages: RwSignal<bool>,
    pub(super) tickets: RwSignal<bool>,
    pub(super) enabled: RwSignal<bool>,
    pub(super) by: RwSignal<String>,
    pub(super) comment: RwSignal<String>,
}

/// What is wrong: the field and a sentence.
pub(super) type Mistakes = Vec<(String, String)>;

impl Form {
    pub(super) fn of(draft: &ObjectiveDraft) -> Self {
        let text = |text: &str| RwSignal::new(text.to_owned());
        Self {
            service: text(&draft.service),
            name: text(&draft.name),
            description: text(&draft.description),
            owner: text(&draft.owner),
            consequence: text(&draft.consequence),
            kind: text(draft.kind.as_str()),
            good: text(&draft.good),
            bad: text(&draft.bad),
            total: text(&draft.total),
            metric: text(&draft.metric),
            threshold: text(&plain(draft.threshold_seconds)),
            target: text(&plain(draft.target_percent)),
            window: text(draft.window.as_str()),
            days: text(&draft.days.to_string()),
            zone: text(&draft.zone),
            gaps: text(draft.gaps.as_str()),
            excludes_maintenance: RwSignal::new(draft.excludes_maintenance),
            parts: text(&draft.parts.join(", ")),
            pages: RwSignal::new(draft.pages),
            tickets: RwSignal::new(draft.tickets),
            enabled: RwSignal::new(draft.enabled),
            by: text(""),
            comment: text(""),
        }
    }

    /// What is measured, tracked.
    pub(super) fn kind(self) -> IndicatorKind {
        self.kind
            .with(|kind| IndicatorKind::parse(kind).unwrap_or_default())
    }

    /// Whether the window is of the calendar, tracked.
    pub(super) fn is_calendar(self) -> bool {
        self.window
            .with(|window| *window != BudgetWindow::Rolling.as_str())
    }

    /// What is written, tracked. What another kind of indicator asks for is left out.
    ///
    /// # Errors
    /// The fields that are no numbers.
    pub(super) fn draft(self) -> Result<ObjectiveDraft, Mistakes> {
        let mut mistakes = Mistakes::new();
        let kind = self.kind();
        let is = |kinds: &[IndicatorKind]| kinds.contains(&kind);
        let text = |field: RwSignal<String>| field.with(|text| text.trim().to_owned());
        let of = |field: RwSignal<String>, kinds: &[IndicatorKind]| match is(kinds) {
            true => text(field),
            false => String::new(),
        };
        use IndicatorKind::{Availability, Freshness, Latency, Ratio, Slices};
        let with_threshold = [Latency, Freshness];
        let mut number = |field: &str, text: String| match text.replace(',', ".").parse::<f64>() {
            Ok(number) if number.is_finite() => number,
            _ => {
                let why = format!("{text:?} is no number.");
                mistakes.push((field.to_owned(), why));
                0.0
            }
        };
        let threshold_seconds = match is(&with_threshold) {
            true => number("threshold_seconds", text(self.threshold)),
            false => 0.0,
        };
        let target_percent = number("target_percent", text(self.target));
        let is_calendar = self.is_calendar();
        let days = match is_calendar {
            true => 0.0,
            false => number("days", text(self.days)),
        };
        if days.fract() != 0.0 || days < 0.0 {
            mistakes.push(("days".to_owned(), "A whole number of days.".to_owned()));
        }
        let parts = self.parts.with(|parts| {
            let parts = parts.split([',', ' ']).map(str::trim);
            let parts = parts.filter(|part| !part.is_empty());
            parts.map(str::to_owned).collect()
        });
        let draft = ObjectiveDraft {
            service: text(self.service),
            name: text(self.name),
            description: text(self.description),
            owner: text(self.owner),
            consequence: text(self.consequence),
            kind,
            good: of(self.good, &[Ratio, Slices]),
            bad: of(self.bad, &[Ratio]),
            total: of(self.total, &[Ratio]),
            metric: of(self.metric, &[Latency, Freshness, Availability]),
            threshold_seconds,
            target_percent,
            window: self
                .window
                .with(|window| BudgetWindow::parse(window).unwrap_or_default()),
            days: if is_calendar { 30 } else { days as u32 },
            zone: text(self.zone),
            gaps: self
                .gaps
                .with(|gaps| GapRule::parse(gaps).unwrap_or_default()),
            excludes_maintenance: self.excludes_maintenance.get(),
            parts,
            pages: self.pages.get(),
            tickets: self.tickets.get(),
            enabled: self.enabled.get(),
            comment: text(self.comment),
            by: text(self.by),
        };
        match mistakes.is_empty() {
            true => Ok(draft),
            false => Err(mistakes),
        }
    }

    /// Whether enough is written that it can be said what it would have been, tracked.
    pub(super) fn is_begun(self) -> bool {
        let has = |field: RwSignal<String>| field.with(|text| !text.trim().is_empty());
        match self.kind() {
            IndicatorKind::Ratio => has(self.total) && (has(self.good) || has(self.bad)),
            IndicatorKind::Slices => has(self.good),
            IndicatorKind::Latency | IndicatorKind::Freshness => {
                has(self.metric) && has(self.threshold)
            }
            IndicatorKind::Availability => has(self.metric),
            IndicatorKind::Measured => false,
        }
    }
}

/// A number as it is typed; empty for none.
fn plain(number: f64) -> String {
    if number == 0.0 {
        return String::new();
    }
    let text = format::fixed(number, 6);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// What a problem says, told apart by fields: lines as `target_percent: …`. What is of no field has none.
pub(super) fn mistakes(message: &str) -> Mistakes {
    let lines = message.lines().filter(|line| !line.trim().is_empty());
    let lines = lines.map(|line| {
        let named = line.split_once(": ");
        let known = named.filter(|(field, _)| FIELDS.iter().any(|(known, _)| known == field));
        match known {
            Some((field, text)) => (field.to_owned(), sentences(&[text])),
            None => (String::new(), sentences(&[line])),
        }
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_comes_back_as_it_was() {
        let owner = Owner::new();
        owner.set();
        let draft = ObjectiveDraft {
            service: "mcp".to_owned(),
            name: "latency".to_owned(),
            kind: IndicatorKind::Latency,
            metric: "mcp_request_duration_seconds".to_owned(),
            threshold_seconds: 0.2,
            target_percent: 99.95,
            parts: vec!["server".to_owned(), "tool".to_owned()],
            ..ObjectiveDraft::default()
        };
        let form = Form::of(&draft);
        assert_eq!(form.draft(), Ok(draft));
        // What another kind asks for is not sent.
        form.kind
            .set(IndicatorKind::Availability.as_str().to_owned());
        let other = form.draft().unwrap();
        assert!(other.threshold_seconds == 0.0 && other.metric == "mcp_request_duration_seconds");
        form.kind.set(IndicatorKind::Slices.as_str().to_owned());
        assert_eq!(form.draft().unwrap().metric, "");
        form.target.set("many".to_owned());
        form.days.set("1.5".to_owned());
        let fields: Vec<_> = form
            .draft()
            .unwrap_err()
            .into_iter()
            .map(|it| it.0)
            .collect();
        assert_eq!(fields, ["target_percent", "days"]);
        form.target.set("99,5".to_owned());
        form.days.set("7".to_owned());
        assert_eq!(form.draft().unwrap().target_percent, 99.5);
    }

    #[test]
    fn problems_stand_at_their_fields() {
        let found = mistakes("target_percent: it cannot be kept\nno such series: up");
        assert_eq!(
            found,
            [
                ("target_percent".to_owned(), "It cannot be kept.".to_owned()),
                (String::new(), "No such series: up.".to_owned())
            ]
        );
    }
}
