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

#[tokio::test]
async fn a_missing_series_is_an_alert_for_a_day() {
    let text = r#"
groups:
  - name: g
    rules:
      - alert: Job
        expr: job_failed > 0
        annotations: { mcp_observatory_no_data: alert }
"#;
    let (groups, mistakes) = rules::read("r.yml", text, &check_expression);
    assert!(mistakes.is_empty(), "{mistakes:?}");
    let mut trial = Trial::of(&groups, BTreeMap::new(), "").unwrap();
    let labels = model::Labels::new().with(model::METRIC_NAME, "job_failed");
    let minute = 60_000;
    trial.memory.add(labels, (0..10).map(|n| (n * minute, 0.0)));
    // An answer of a store is five minutes old at most; from then on the series is missing.
    for (hour, expected) in [(0, 0), (1, 1), (23, 1), (24, 0), (60, 0)] {
        let at_ms = hour * 60 * minute;
        assert!(trial.evaluate(at_ms).await.is_empty());
        assert_eq!(trial.open_alerts().len(), expected, "after {hour} hours");
    }
}

#[test]
fn a_rule_that_asks_something_else_is_known() {
    let of = |expr: &str, hold: &str| {
        let text =
            format!("groups: [{{ name: g, rules: [{{ alert: A, expr: {expr}, for: {hold} }}] }}]");
        let (groups, mistakes) = rules::read("r.yml", &text, &check_expression);
        assert!(mistakes.is_empty(), "{mistakes:?}");
        let mut config = Config::default();
        config.rules.groups = Arc::new(groups);
        judging(&config, &Kept::default()).unwrap()
    };
    for (expr, hold, asks_anew) in [
        ("up == 0", "1m", false),
        ("up == 0", "5m", false),
        ("down == 0", "1m", true),
    ] {
        let mut after = of(expr, hold);
        after.take_over(&of("up == 0", "1m"));
        let mut rules = after.groups.iter().flat_map(|group| &group.rules);
        let rule = rules.find(|judged| judged.entry.name() == "A").unwrap();
        assert_eq!(rule.standing().asks_anew, asks_anew, "{expr} {hold}");
    }
}
