//! The built-in rules as configured, and rules that are configured anew.

use super::*;
use crate::condition::check_expression;

fn names(judging: &Judging) -> Vec<&str> {
    let rules = judging.groups.iter().flat_map(|group| &group.rules);
    rules.map(|judged| judged.entry.name()).collect()
}

fn down(judging: &Judging) -> Duration {
    let rules = judging.groups.iter().flat_map(|group| &group.rules);
    let mut down = rules.filter_map(|judged| match &judged.entry {
        Entry::Alerting(rule) if rule.name == "MCPServerDown" => Some(rule.hold),
        _ => None,
    });
    down.next().unwrap()
}

#[test]
fn the_packs_can_be_evaluated() {
    let mut config = Config::default();
    let shipped = judging(&config, &Kept::default()).unwrap();
    for name in [
        "MCPServerDown",
        "MCPCheckFailing",
        "MCPDefinitionChanged",
        "CheckFailing",
        "MCPHighErrorRate",
        "MCPHungCalls",
    ] {
        assert!(names(&shipped).contains(&name), "{name}");
    }
    assert_eq!(down(&shipped), Duration::from_secs(120));
    config.alerts.server_down_for = Some(Duration::from_secs(3));
    assert_eq!(
        down(&judging(&config, &Kept::default()).unwrap()),
        Duration::from_secs(3)
    );
    config.rules.off = vec!["MCPHungCalls".to_owned()];
    let fewer = judging(&config, &Kept::default()).unwrap();
    assert!(!names(&fewer).contains(&"MCPHungCalls"));
    assert_eq!(names(&fewer).len() + 1, names(&shipped).len());
}

#[test]
fn nothing_is_said_about_the_packs() {
    for (file, text) in PACKS {
        let (groups, mistakes) = rules::read(file, text, &check_expression);
        assert!(mistakes.is_empty(), "{mistakes:#?}");
        assert!(!groups.is_empty(), "{file}");
    }
}

#[test]
fn rules_that_stay_go_on_where_they_were() {
    let of = |text: &str| {
        let (groups, mistakes) = rules::read("r.yml", text, &check_expression);
        assert!(mistakes.is_empty(), "{mistakes:?}");
        let mut config = Config::default();
        config.rules.groups = Arc::new(groups);
        judging(&config, &Kept::default()).unwrap()
    };
    let text = "
groups:
  - name: g
    rules:
      - { record: a, expr: up }
      - { record: b, expr: up }
      - { alert: C, expr: up == 0 }
";
    let before = of(text);
    let rules = || {
        before
            .groups
            .iter()
            .filter(|group| group.group.name == "g")
            .flat_map(|group| &group.rules)
    };
    for judged in rules() {
        judged.update(|standing| standing.health = Health::Ok);
    }
    // Where they stand does not matter.
    let changed = text.replace("record: b, expr: up", "record: b, expr: down");
    let mut after = of(&format!("\n# A comment.\n{changed}"));
    let gone = after.take_over(&before);
    assert_eq!(gone.len(), 1, "only what was asked otherwise is no more");
    let group = after
        .groups
        .iter()
        .find(|group| group.group.name == "g")
        .unwrap();
    let healths: Vec<_> = group
        .rules
        .iter()
        .map(|judged| judged.standing().health.as_str())
        .collect();
    assert_eq!(healths, ["ok", "unknown", "ok"]);
}
