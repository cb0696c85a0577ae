//! A rule in the fields of a form, and back.

use std::collections::BTreeMap;

use leptos::prelude::*;
use wire::{RuleDraft, RuleKind};

/// Texts that have fields of their own.
const OWN: [&str; 3] = ["summary", "description", "link"];

/// What is being written.
#[derive(Clone, Copy)]
pub(super) struct Form {
    pub(super) group: RwSignal<String>,
    pub(super) interval: RwSignal<String>,
    pub(super) kind: RwSignal<String>,
    pub(super) name: RwSignal<String>,
    pub(super) expr: RwSignal<String>,
    pub(super) hold: RwSignal<String>,
    pub(super) keep_firing_for: RwSignal<String>,
    pub(super) severity: RwSignal<String>,
    pub(super) labels: RwSignal<String>,
    pub(super) summary: RwSignal<String>,
    pub(super) description: RwSignal<String>,
    pub(super) link: RwSignal<String>,
    pub(super) annotations: RwSignal<String>,
    pub(super) no_data: RwSignal<String>,
    pub(super) enabled: RwSignal<bool>,
}

impl Form {
    pub(super) fn of(draft: &RuleDraft) -> Self {
        let text = || RwSignal::new(String::new());
        let form = Self {
            group: text(),
            interval: text(),
            kind: text(),
            name: text(),
            expr: text(),
            hold: text(),
            keep_firing_for: text(),
            severity: text(),
            labels: text(),
            summary: text(),
            description: text(),
            link: text(),
            annotations: text(),
            no_data: text(),
            enabled: RwSignal::new(true),
        };
        form.fill(draft);
        form
    }

    /// Writes another draft into the fields.
    pub(super) fn fill(self, draft: &RuleDraft) {
        let own = |name: &str| draft.annotations.get(name).cloned().unwrap_or_default();
        let severity = draft.labels.get("severity").cloned();
        for (field, text) in [
            (self.group, draft.group.clone()),
            (self.interval, draft.interval.clone()),
            (self.kind, draft.kind.as_str().to_owned()),
            (self.name, draft.name.clone()),
            (self.expr, draft.expr.clone()),
            (self.hold, draft.hold.clone()),
            (self.keep_firing_for, draft.keep_firing_for.clone()),
            (self.severity, severity.unwrap_or_default()),
            (self.labels, lines(&draft.labels, &["severity"])),
            (self.summary, own("summary")),
            (self.description, own("description")),
            (self.link, own("link")),
            (self.annotations, lines(&draft.annotations, &OWN)),
            (self.no_data, draft.no_data.clone()),
        ] {
            if field.with_untracked(|now| *now != text) {
                field.set(text);
            }
        }
        self.enabled.set(draft.enabled);
    }

    /// What is written now; follows it.
    pub(super) fn draft(self) -> RuleDraft {
        let mut labels = pairs(&self.labels.get());
        put(&mut labels, "severity", self.severity.get());
        let mut annotations = pairs(&self.annotations.get());
        put(&mut annotations, "summary", self.summary.get());
        put(&mut annotations, "description", self.description.get());
        put(&mut annotations, "link", self.link.get());
        let kind = RuleKind::parse(&self.kind.get()).unwrap_or_default();
        let of_alerts = |text: String| match kind {
            RuleKind::Alert => text,
            RuleKind::Record => String::new(),
        };
        if kind == RuleKind::Record {
            annotations.clear();
        }
        RuleDraft {
            group: self.group.get(),
            interval: self.interval.get(),
            kind,
            name: self.name.get(),
            expr: self.expr.get(),
            hold: of_alerts(self.hold.get()),
            keep_firing_for: of_alerts(self.keep_firing_for.get()),
            labels,
            annotations,
            no_data: of_alerts(self.no_data.get()),
            enabled: self.enabled.get(),
        }
    }
}

fn put(texts: &mut BTreeMap<String, String>, name: &str, text: String) {
    if !text.trim().is_empty() {
        texts.insert(name.to_owned(), text);
    }
}

/// A line a text: `team: mcp`. Line breaks within a text are written `\n`, a backslash `\\`.
fn lines(texts: &BTreeMap<String, String>, but: &[&str]) -> String {
    let others = texts
        .iter()
        .filter(|(name, _)| !but.contains(&name.as_str()));
    let line = |(name, text): (&String, &String)| {
        let text = text.replace('\\', "\\\\").replace('\n', "\\n");
        format!("{name}: {text}")
    };
    others.map(line).collect::<Vec<_>>().join("\n")
}

/// The texts of lines. A line without a colon is a name without a text, which is said to be wrong.
fn pairs(lines: &str) -> BTreeMap<String, String> {
    let lines = lines.lines().filter(|line| !line.trim().is_empty());
    let pair = |line: &str| {
        let (name, text) = line.split_once(':').unwrap_or((line, ""));
        (name.trim().to_owned(), unescaped(text.trim()))
    };
    lines.map(pair).collect()
}

fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => out.push('\n'),
                Some(other) => out.push(other),
                None => out.push('\\'),
            },
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_in_lines() {
        let texts: BTreeMap<_, _> = [
            ("team", "mcp"),
            ("a", "x: y\nz \\n {{ $value }}"),
            ("severity", "error"),
        ]
        .map(|(name, text)| (name.to_owned(), text.to_owned()))
        .into();
        let written = lines(&texts, &["severity"]);
        assert_eq!(written, "a: x: y\\nz \\\\n {{ $value }}\nteam: mcp");
        let mut read = pairs(&written);
        put(&mut read, "severity", "error".to_owned());
        assert_eq!(read, texts);
        assert_eq!(pairs("\n b \n"), [("b".to_owned(), String::new())].into());
    }

    #[test]
    fn there_and_back() {
        let texts = |pairs: &[(&str, &str)]| {
            let owned = pairs.iter();
            let owned = owned.map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
            owned.collect::<BTreeMap<_, _>>()
        };
        let draft = RuleDraft {
            group: "g".to_owned(),
            name: "A".to_owned(),
            expr: "up == 0".to_owned(),
            hold: "5m".to_owned(),
            labels: texts(&[("severity", "critical"), ("team", "x")]),
            annotations: texts(&[("summary", "a"), ("link", "/"), ("runbook", "b")]),
            no_data: "keep".to_owned(),
            enabled: false,
            ..RuleDraft::default()
        };
        let owner = leptos::prelude::Owner::new();
        owner.with(|| {
            let form = Form::of(&draft);
            assert_eq!(untrack(|| form.draft()), draft);
            // A recording rule has nothing of alerts.
            form.kind.set("record".to_owned());
            let record = untrack(|| form.draft());
            assert!(record.annotations.is_empty() && record.hold.is_empty());
        });
    }
}
