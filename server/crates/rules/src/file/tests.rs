//! Files as people write them, and what is said about mistakes in them.

use std::time::Duration;

use super::*;

fn check(expr: &str) -> Result<(), String> {
    match expr.contains("((") {
        true => Err("a parenthesis is not closed".to_owned()),
        false => Ok(()),
    }
}

fn mistakes(text: &str) -> Vec<String> {
    let (_, mistakes) = read("r.yml", text, &check);
    mistakes.iter().map(ToString::to_string).collect()
}

const FILE: &str = r#"
groups:
  - name: mcp
    interval: 30s
    limit: 10
    query_offset: 1m
    labels: { team: mcp, severity: info }
    rules:
      - record: job:up:sum
        expr: sum by (job) (up)
        labels: { version: 1.10 }
      - alert: MCPServerDown
        expr: mcp_server_up == 0
        for: 2m
        keep_firing_for: 1h30m
        labels: { severity: critical }
        annotations:
          summary: "{{ $labels.server }} is down"
          mcp_observatory_no_data: resolve after 15m
"#;

#[test]
fn everything_a_file_says() {
    let (groups, mistakes) = read("r.yml", FILE, &check);
    assert_eq!(mistakes, []);
    let group = &groups[0];
    assert_eq!((group.name.as_str(), group.limit), ("mcp", 10));
    assert_eq!(group.interval, Some(Duration::from_secs(30)));
    assert_eq!(group.query_offset, Some(Duration::from_secs(60)));
    let [Entry::Recording(record), Entry::Alerting(alert)] = group.rules.as_slice() else {
        panic!("{:?}", group.rules)
    };
    assert_eq!(
        (record.name.as_str(), record.expr.as_str()),
        ("job:up:sum", "sum by (job) (up)")
    );
    let labels: Vec<_> = record
        .labels
        .iter()
        .map(|(n, v)| format!("{n}={v}"))
        .collect();
    assert_eq!(labels, ["severity=info", "team=mcp", "version=1.10"]);
    assert_eq!(
        (alert.hold.as_secs(), alert.keep_firing.as_secs()),
        (120, 5400)
    );
    assert_eq!(
        alert.labels["severity"].text(),
        "critical",
        "the rule's own label wins"
    );
    assert_eq!(alert.labels["team"].text(), "mcp");
    assert_eq!(
        alert.no_data,
        Some(NoData::ResolveAfter(Duration::from_secs(900)))
    );
    assert_eq!((alert.at.line, alert.at.column), (12, 9));
    assert_eq!(read("empty.yml", "", &check), (Vec::new(), Vec::new()));
    assert_eq!(
        read("empty.yml", "groups:", &check),
        (Vec::new(), Vec::new())
    );
}

#[test]
fn each_mistake_has_its_place() {
    for (from, to, expected) in [
        (
            "for: 2m",
            "for: soon",
            "r.yml:14:14: group \"mcp\": rule 2 (MCPServerDown): for: \"soon\"",
        ),
        (
            "for: 2m",
            "four: 2m",
            "r.yml:14:9: group \"mcp\": rule 2 (MCPServerDown): a rule has no four",
        ),
        (
            "interval: 30s",
            "intervall: 30s",
            "r.yml:4:5: group \"mcp\": a group has no intervall",
        ),
        (
            "interval: 30s",
            "interval: 0s",
            "r.yml:4:15: group \"mcp\": interval: rules cannot",
        ),
        (
            "limit: 10",
            "limit: many",
            "r.yml:5:12: group \"mcp\": limit: \"many\"",
        ),
        (
            "groups:",
            "group:",
            "r.yml:2:1: a rule file has no group; it has groups",
        ),
        (
            "expr: mcp_server_up == 0",
            "expr: ((",
            "r.yml:13:15: group \"mcp\": rule 2 (MCPServerDown): expr: a parenthesis",
        ),
        (
            "expr: mcp_server_up == 0",
            "expr:",
            "rule 2 (MCPServerDown): a rule needs expr",
        ),
        (
            "record: job:up:sum",
            "record: job-up",
            "\"job-up\" is no name of a metric",
        ),
        (
            "alert: MCPServerDown",
            "record: a\n        alert: b",
            "either record or alert",
        ),
        ("- alert: MCPServerDown", "- x: y", "needs record or alert"),
        (
            "labels: { version: 1.10 }",
            "for: 5m",
            "rule 1 (job:up:sum): for is of alerts",
        ),
        (
            "labels: { version: 1.10 }",
            "annotations: { a: b }",
            "annotations is of alerts",
        ),
        (
            "severity: critical",
            "severity-level: critical",
            "\"severity-level\" is no name of a label",
        ),
        (
            "severity: critical",
            "__name__: critical",
            "__name__ is the name",
        ),
        (
            "severity: critical",
            "alertname: x",
            "alertname is the name of the rule",
        ),
        (
            "labels: { severity: critical }",
            "labels: [a]",
            "r.yml:16:17: group \"mcp\": rule 2 (MCPServerDown): labels are a map, and this is a list",
        ),
        (
            "summary: \"{{ $labels.server",
            "summary: \"{{ nonsense",
            "annotation summary: ",
        ),
        (
            "summary:",
            "sum-mary:",
            "\"sum-mary\" is no name of an annotation",
        ),
        (
            "resolve after 15m",
            "never",
            "mcp_observatory_no_data: \"never\" is not known",
        ),
        ("groups:", "groups: x", "r.yml:3:3: this is no YAML"),
        ("    rules:", "    rules: {}\n    x:", "a list is expected"),
    ] {
        let text = FILE.replace(from, to);
        assert_ne!(text, FILE, "{from}");
        let mistakes = mistakes(&text);
        assert!(
            mistakes.iter().any(|mistake| mistake.contains(expected)),
            "{expected}: {mistakes:#?}"
        );
    }
}

#[test]
fn all_mistakes_at_once() {
    let text = "
groups:
  - name: a
    rules:
      - { alert: A, expr: '((', for: x }
      - { record: 'b c', expr: up }
      - { expr: up }
  - name: a
    rules: 7
";
    let mistakes = mistakes(text);
    assert_eq!(mistakes.len(), 6, "{mistakes:#?}");
}

#[test]
fn rules_twice_are_warned_of() {
    let text = "
groups:
  - name: a
    rules:
      - { alert: A, expr: up, labels: { severity: warning } }
      - { alert: A, expr: up, labels: { severity: critical } }
  - name: b
    rules:
      - { alert: A, expr: down, labels: { severity: warning } }
";
    let (groups, mistakes) = read("r.yml", text, &check);
    assert_eq!(groups.len(), 2);
    assert_eq!(mistakes.len(), 1);
    assert!(mistakes[0].is_warning);
    assert!(
        mistakes[0]
            .to_string()
            .starts_with("r.yml:9:9: group \"b\": rule 1 (A): there is another rule")
    );
}
