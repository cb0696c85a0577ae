//! Drafts and rules: the one is read as a file would be, the other is written as people would.

use std::collections::BTreeMap;
use std::time::Duration;

use rules::{Entry, Group, NO_DATA, NoData};
use wire::{RuleDraft, RuleKind, RuleMistake};

use super::text::page_of;
use crate::condition::check_expression;

/// The file that rules are in which people made here.
pub(crate) const MADE: &str = "made here";
/// Longer times than these are slips of the pen.
const LONGEST_HOLD: Duration = Duration::from_secs(366 * 86_400);
const SHORTEST_INTERVAL: Duration = Duration::from_millis(100);
const LONGEST_INTERVAL: Duration = Duration::from_secs(86_400);
/// Characters of all texts of a rule.
const MOST_TEXT: usize = 100_000;

/// A mistake in a field.
pub(super) fn mistake(field: &str, message: impl Into<String>) -> RuleMistake {
    RuleMistake {
        field: field.to_owned(),
        message: message.into(),
    }
}

/// Without spaces around what cannot have any.
pub(super) fn tidy(mut draft: RuleDraft) -> RuleDraft {
    for text in [
        &mut draft.group,
        &mut draft.interval,
        &mut draft.name,
        &mut draft.expr,
        &mut draft.hold,
        &mut draft.keep_firing_for,
        &mut draft.no_data,
    ] {
        *text = text.trim().to_owned();
    }
    // It is a field of its own here.
    if let Some(no_data) = draft.annotations.remove(NO_DATA)
        && draft.no_data.is_empty()
    {
        draft.no_data = no_data;
    }
    draft
}

/// The group with the one rule that a draft means.
///
/// # Errors
/// All that is wrong with it.
pub(crate) fn group_of(draft: &RuleDraft) -> Result<Group, Vec<RuleMistake>> {
    let texts = draft.labels.iter().chain(&draft.annotations);
    let length: usize = texts.map(|(name, text)| name.len() + text.len()).sum();
    if length + draft.expr.len() + draft.name.len() + draft.group.len() > MOST_TEXT {
        let message = format!("all texts of a rule together have at most {MOST_TEXT} bytes");
        return Err(vec![mistake("annotations", message)]);
    }
    let page = page_of(draft);
    let (mut groups, found) = rules::read(MADE, &page.text, &check_expression);
    let errors = found.iter().filter(|one| !one.is_warning);
    let mut mistakes: Vec<_> = errors
        .map(|one| placed(page.field(one.at.line), &one.message))
        .collect();
    let group = groups.pop();
    if let Some(group) = &group {
        mistakes.extend(slips(group));
    }
    match group {
        Some(group) if mistakes.is_empty() && group.rules.len() == 1 => Ok(group),
        _ if mistakes.is_empty() => Err(vec![mistake("name", "this is no rule")]),
        _ => Err(mistakes),
    }
}

/// A mistake of a file, at the field that it is about.
fn placed(field: &str, message: &str) -> RuleMistake {
    // What a recording rule must not have is said of the whole rule.
    let of_alerts = [
        ("for is of alerts", "hold"),
        ("keep_firing_for is of alerts", "keep_firing_for"),
        ("annotations is of alerts", "annotations"),
    ];
    let of_alerts = of_alerts
        .iter()
        .find(|(begin, _)| message.starts_with(begin));
    let field = of_alerts.map_or(field, |(_, field)| *field);
    let called = match field {
        "hold" => "for",
        "no_data" => NO_DATA,
        field => field,
    };
    let short = message
        .strip_prefix(called)
        .and_then(|it| it.strip_prefix(": "));
    mistake(field, short.unwrap_or(message))
}

/// Times that nobody means.
fn slips(group: &Group) -> Vec<RuleMistake> {
    let mut slips = Vec::new();
    let often = match group.interval {
        Some(interval) if interval > LONGEST_INTERVAL => "a rule is evaluated once a day at least",
        Some(interval) if interval < SHORTEST_INTERVAL && !interval.is_zero() => {
            "a rule is evaluated ten times a second at most"
        }
        _ => "",
    };
    if !often.is_empty() {
        slips.push(mistake("interval", often));
    }
    for entry in &group.rules {
        let Entry::Alerting(rule) = entry else {
            continue;
        };
        for (field, time) in [("hold", rule.hold), ("keep_firing_for", rule.keep_firing)] {
            if time > LONGEST_HOLD {
                slips.push(mistake(field, "this is longer than a year"));
            }
        }
    }
    slips
}

/// A rule as people would write it.
pub(crate) fn draft_of(entry: &Entry, group: &str, interval: Option<Duration>) -> RuleDraft {
    let text = |name: &String, text: &rules::Template| (name.clone(), text.text().to_owned());
    let draft = RuleDraft {
        group: group.to_owned(),
        interval: interval.map(duration).unwrap_or_default(),
        name: entry.name().to_owned(),
        expr: entry.expr().to_owned(),
        ..RuleDraft::default()
    };
    match entry {
        Entry::Alerting(rule) => {
            let mut annotations: BTreeMap<_, _> = rule
                .annotations
                .iter()
                .map(|(name, it)| text(name, it))
                .collect();
            annotations.remove(NO_DATA);
            RuleDraft {
                hold: duration(rule.hold),
                keep_firing_for: duration(rule.keep_firing),
                labels: rule
                    .labels
                    .iter()
                    .map(|(name, it)| text(name, it))
                    .collect(),
                annotations,
                no_data: rule.no_data.map(no_data).unwrap_or_default(),
                ..draft
            }
        }
        Entry::Recording(rule) => RuleDraft {
            kind: RuleKind::Record,
            labels: rule.labels.clone(),
            ..draft
        },
    }
}

fn no_data(no_data: NoData) -> String {
    match no_data {
        NoData::Ok => "ok".to_owned(),
        NoData::Keep => "keep".to_owned(),
        NoData::Alert => "alert".to_owned(),
        NoData::ResolveAfter(time) => format!("resolve after {}", duration(time)),
    }
}

/// As Prometheus writes it; nothing where it is none.
fn duration(duration: Duration) -> String {
    match duration.is_zero() {
        true => String::new(),
        false => promql_parser::util::display_duration(&duration),
    }
}

/// What of a rule became another, in words.
pub(super) fn changes(before: &RuleDraft, after: &RuleDraft) -> Vec<String> {
    let mut found = Vec::new();
    let mut compare = |name: &str, before: &str, after: &str| {
        if before != after {
            let shown = |text: &str| match text {
                "" => "nothing".to_owned(),
                text => text.to_owned(),
            };
            found.push(format!("{name}: {} → {}", shown(before), shown(after)));
        }
    };
    compare("group", &before.group, &after.group);
    compare("interval", &before.interval, &after.interval);
    compare("kind", before.kind.as_str(), after.kind.as_str());
    compare("name", &before.name, &after.name);
    compare("expr", &before.expr, &after.expr);
    compare("for", &before.hold, &after.hold);
    compare(
        "keep_firing_for",
        &before.keep_firing_for,
        &after.keep_firing_for,
    );
    compare("no data", &before.no_data, &after.no_data);
    let switched = |enabled: bool| if enabled { "on" } else { "off" };
    compare(
        "switched",
        switched(before.enabled),
        switched(after.enabled),
    );
    for (of_before, of_after) in [
        (&before.labels, &after.labels),
        (&before.annotations, &after.annotations),
    ] {
        let names: std::collections::BTreeSet<_> =
            of_before.keys().chain(of_after.keys()).collect();
        for name in names {
            let text = |of: &BTreeMap<String, String>| of.get(name).cloned().unwrap_or_default();
            compare(name, &text(of_before), &text(of_after));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(change: impl FnOnce(&mut RuleDraft)) -> RuleDraft {
        let mut draft = RuleDraft {
            group: "g".to_owned(),
            name: "High".to_owned(),
            expr: "up > 5".to_owned(),
            ..RuleDraft::default()
        };
        change(&mut draft);
        draft
    }

    #[test]
    fn all_mistakes_at_their_fields() {
        let pair = |name: &str, text: &str| [(name.to_owned(), text.to_owned())].into();
        for (draft, fields, words) in [
            (
                draft(|it| it.expr = "sum(up".to_owned()),
                vec!["expr"],
                "at character",
            ),
            (
                draft(|it| it.expr = String::new()),
                vec!["expr"],
                "needs expr",
            ),
            (
                draft(|it| it.name = String::new()),
                vec!["name"],
                "record or alert",
            ),
            (
                draft(|it| it.group = String::new()),
                vec!["group"],
                "a group needs a name",
            ),
            (
                draft(|it| it.hold = "soon".to_owned()),
                vec!["hold"],
                "\"soon\" is no duration",
            ),
            (
                draft(|it| it.hold = "400d".to_owned()),
                vec!["hold"],
                "longer than a year",
            ),
            (
                draft(|it| it.keep_firing_for = "9y".to_owned()),
                vec!["keep_firing_for"],
                "a year",
            ),
            (
                draft(|it| it.interval = "0".to_owned()),
                vec!["interval"],
                "all the time",
            ),
            (
                draft(|it| it.interval = "2d".to_owned()),
                vec!["interval"],
                "once a day",
            ),
            (
                draft(|it| it.interval = "1ms".to_owned()),
                vec!["interval"],
                "ten times a second",
            ),
            (
                draft(|it| it.no_data = "hide".to_owned()),
                vec!["no_data"],
                "\"hide\" is not known",
            ),
            (
                draft(|it| it.labels = pair("a-b", "x")),
                vec!["labels"],
                "no name of a label",
            ),
            (
                draft(|it| it.labels = pair("x", "{{ $value")),
                vec!["labels"],
                "label x",
            ),
            (
                draft(|it| it.annotations = pair("summary", "{{ nope }}")),
                vec!["annotations"],
                "summary",
            ),
            (
                draft(|it| (it.kind, it.hold) = (RuleKind::Record, "5m".to_owned())),
                vec!["hold"],
                "of alerts",
            ),
            (
                draft(|it| {
                    it.expr = "up >".to_owned();
                    it.hold = "x".to_owned();
                    it.annotations = pair("summary", "{{ if }}");
                }),
                vec!["expr", "hold", "annotations"],
                "",
            ),
        ] {
            let mistakes = group_of(&draft).unwrap_err();
            let found: Vec<_> = mistakes.iter().map(|it| it.field.as_str()).collect();
            assert_eq!(found, fields, "{mistakes:?}");
            assert!(
                mistakes.iter().any(|it| it.message.contains(words)),
                "{mistakes:?}"
            );
        }
    }

    #[test]
    fn there_and_back() {
        let full = RuleDraft {
            group: "g".to_owned(),
            interval: "30s".to_owned(),
            kind: RuleKind::Alert,
            name: "High".to_owned(),
            expr: "sum by (job) (up{a=\"it's\"})\n  > 5".to_owned(),
            hold: "1h30m".to_owned(),
            keep_firing_for: "90ms".to_owned(),
            labels: [(
                "severity".to_owned(),
                "{{ if true }}error{{ end }}".to_owned(),
            )]
            .into(),
            annotations: [("summary".to_owned(), "a\nb".to_owned())].into(),
            no_data: "resolve after 15m".to_owned(),
            enabled: true,
        };
        let record = RuleDraft {
            kind: RuleKind::Record,
            name: "a:b".to_owned(),
            ..draft(|it| it.labels = [("x".to_owned(), "1.10".to_owned())].into())
        };
        for draft in [full, record] {
            let group = group_of(&draft).unwrap();
            assert_eq!(draft_of(&group.rules[0], "g", group.interval), draft);
        }
    }

    #[test]
    fn tidy_and_changes() {
        let tidied = tidy(draft(|it| {
            it.name = " High ".to_owned();
            it.annotations = [(NO_DATA.to_owned(), "keep".to_owned())].into();
        }));
        assert_eq!(
            (tidied.name.as_str(), tidied.no_data.as_str()),
            ("High", "keep")
        );
        let after = RuleDraft {
            hold: "5m".to_owned(),
            enabled: false,
            labels: [("severity".to_owned(), "error".to_owned())].into(),
            ..tidied.clone()
        };
        assert_eq!(
            changes(&tidied, &after),
            [
                "for: nothing → 5m",
                "switched: on → off",
                "severity: nothing → error"
            ]
        );
    }
}
