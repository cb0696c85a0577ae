//! The built-in rules as configured, and rules that are configured anew.

use super::*;

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
    let shipped = judging(&config).unwrap();
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
    assert_eq!(down(&judging(&config).unwrap()), Duration::from_secs(3));
}
