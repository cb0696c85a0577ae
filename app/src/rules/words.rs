//! Rules in words.

use ui::{format, notify};
use wire::{
    Origin, Problem, Read, RuleInfo, RuleKind, RuleList, RuleMistake, RuleSaved, RuleState,
    path_segment,
};

use crate::answer::{Answer, Failure};

/// The page of a rule.
pub(super) fn address(id: &str) -> String {
    format!("/alerts/rules?rule={}", path_segment(id))
}

/// All rules in a sentence.
pub(crate) fn headline(list: &RuleList) -> String {
    let of = |state| list.rules.iter().filter(|it| it.state == state).count();
    let failing = list.rules.iter().filter(|it| it.health == "err").count();
    let mut parts = vec![format::count(list.rules.len(), "rule")];
    for (count, word) in [
        (of(RuleState::Firing), "firing"),
        (of(RuleState::Pending), "pending"),
        (failing, "failing"),
        (of(RuleState::Off), "off"),
    ] {
        if count > 0 {
            parts.push(format!("{count} {word}"));
        }
    }
    parts.join(", ")
}

/// Where a rule comes from.
pub(super) fn origin(rule: &RuleInfo) -> String {
    match rule.origin {
        Origin::BuiltIn => "built-in".to_owned(),
        Origin::Changed => "changed from the built-in".to_owned(),
        Origin::File => rule.file.clone(),
        Origin::Made => "made here".to_owned(),
    }
}

/// Whether it can be changed here.
pub(super) fn can_change(rule: &RuleInfo) -> bool {
    match rule.origin {
        Origin::File => false,
        Origin::Made => true,
        Origin::BuiltIn | Origin::Changed => rule.draft.kind == RuleKind::Alert,
    }
}

/// How it stands.
pub(super) fn state(rule: &RuleInfo) -> String {
    match rule.draft.kind {
        RuleKind::Record if rule.state == RuleState::Inactive => "recording".to_owned(),
        _ => rule.state.as_str().to_owned(),
    }
}

/// A mistake with the name of its field.
pub(super) fn mistake(mistake: &RuleMistake) -> String {
    let field = match mistake.field.as_str() {
        "hold" => "for",
        "text" => return mistake.message.clone(),
        field => field,
    };
    format!("{field}: {}", mistake.message)
}

/// What an answer says, or why there is none.
pub(super) fn read<T: Read>(answer: Result<Answer<T>, Failure>) -> Result<T, Problem> {
    answer
        .map_err(|failure| failure.0)
        .and_then(|answer| answer.read())
}

/// What became of a change: says what is wrong, if anything is.
pub(super) fn done(answer: Result<Answer<RuleSaved>, Failure>, said: &str) -> bool {
    match read(answer) {
        Ok(saved) if saved.mistakes.is_empty() => {
            notify(said.to_owned(), false);
            true
        }
        Ok(saved) => {
            let mistakes: Vec<_> = saved.mistakes.iter().map(mistake).collect();
            notify(mistakes.join("; "), true);
            false
        }
        Err(problem) => {
            notify(problem.to_string(), true);
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(state: &str, health: &str) -> RuleInfo {
        let json = serde_json::json!({
            "id": "a/b", "origin": "file", "file": "r.yml", "draft": { "kind": "record" }, "version": 0,
            "state": state, "off": "", "health": health, "error": "", "evaluated_ms": null,
            "evaluation_seconds": 0.0, "interval_seconds": 15.0, "alerts": 0, "threshold": null,
        });
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn in_words() {
        let list = RuleList {
            rules: vec![rule("inactive", "err"), rule("off", "unknown")],
            removed: Vec::new(),
            refused: Vec::new(),
        };
        assert_eq!(headline(&list), "2 rules, 1 failing, 1 off");
        assert_eq!(state(&list.rules[0]), "recording");
        assert_eq!(state(&list.rules[1]), "off");
        assert_eq!(origin(&list.rules[0]), "r.yml");
        assert!(!can_change(&list.rules[0]));
        assert_eq!(address("a/b"), "/alerts/rules?rule=a%2Fb");
    }
}
