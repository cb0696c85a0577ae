//! Unit tests of rules by us and by the real `promtool`: they have to come to the same.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use serde_json::json;

use super::*;

fn folder(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Whether the real one is content, and what it says.
fn promtool(path: &Path) -> (bool, String) {
    let output = Command::new("promtool")
        .args(["test", "rules"])
        .arg(path)
        .output();
    let output = output.unwrap_or_else(|why| {
        panic!("promtool is needed (Debian: apt-get install prometheus): {why}")
    });
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    (output.status.success(), text.into_owned())
}

#[tokio::test]
async fn the_packs_do_what_they_say() {
    let mut files = 0;
    for entry in std::fs::read_dir(folder("../../packs/tests")).unwrap() {
        let path = entry.unwrap().path();
        let ours = file(&path).await.unwrap();
        assert_eq!(
            (ours.failures, ours.notes),
            (Vec::<String>::new(), Vec::new())
        );
        assert!(ours.tests > 0, "{}", path.display());
        let (is_content, said) = promtool(&path);
        assert!(is_content, "{said}");
        files += 1;
    }
    assert!(files >= 7);
}

#[tokio::test]
async fn failures_are_failures_for_both() {
    let text = "
rule_files: [r.yml]
tests:
  - input_series: [{ series: up, values: '0x9' }]
    ALERTS
";
    let rules =
        "groups: [{ name: g, rules: [{ alert: A, expr: up == 0, annotations: { s: x } }] }]";
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("r.yml"), rules).unwrap();
    let path = folder.path().join("t.yml");
    for (test, is_right) in [
        (
            "alert_rule_test: [{ eval_time: 1m, alertname: A, exp_alerts: [{ exp_annotations: { s: x } }] }]",
            true,
        ),
        (
            "alert_rule_test: [{ eval_time: 1m, alertname: A, exp_alerts: [{ exp_annotations: { s: y } }] }]",
            false,
        ),
        (
            "alert_rule_test: [{ eval_time: 1m, alertname: A, exp_alerts: [{}] }]",
            false,
        ),
        ("alert_rule_test: [{ eval_time: 1m, alertname: A }]", false),
        ("alert_rule_test: [{ eval_time: 1m, alertname: B }]", true),
        (
            "promql_expr_test: [{ expr: up + 1, eval_time: 1m, exp_samples: [{ labels: '{}', value: 1 }] }]",
            true,
        ),
        (
            "promql_expr_test: [{ expr: up + 1, eval_time: 1m, exp_samples: [{ labels: '{}', value: 2 }] }]",
            false,
        ),
        (
            "promql_expr_test: [{ expr: up, eval_time: 1m, exp_samples: [{ labels: '{}', value: 0 }] }]",
            false,
        ),
        ("promql_expr_test: [{ expr: up, eval_time: 1m }]", false),
    ] {
        std::fs::write(&path, text.replace("ALERTS", test)).unwrap();
        let ours = file(&path).await.unwrap();
        assert_eq!(
            ours.failures.is_empty(),
            is_right,
            "{test}: {:?}",
            ours.failures
        );
        assert_eq!(promtool(&path).0, is_right, "{test}");
    }
    for wrong in [
        "rule_files: [no.yml]",
        "tests: x",
        "evaluation_interval: 0s",
        "nonsense: 1",
    ] {
        std::fs::write(&path, wrong).unwrap();
        assert!(file(&path).await.is_err(), "{wrong}");
    }
}

/// What the real one got, by alert and minute, as it writes it.
fn got(said: &str) -> BTreeMap<(String, i64), Vec<String>> {
    let mut all: BTreeMap<(String, i64), Vec<String>> = BTreeMap::new();
    let (mut key, mut is_got, mut labels) = (None, false, String::new());
    for line in said.lines().map(str::trim) {
        if let Some(rest) = line
            .strip_prefix("alertname: ")
            .or_else(|| line.split_once("alertname: ").map(|(_, rest)| rest))
        {
            let (name, rest) = rest.split_once(", time: ").unwrap();
            let time = rest.trim_end_matches([',', ' ', ':']);
            key = Some((
                name.to_owned(),
                millis(parse_duration(time).unwrap()) / 60_000,
            ));
            is_got = false;
        } else if line.starts_with("got:") {
            is_got = true;
        } else if let Some(found) = line.strip_prefix("Labels:").filter(|_| is_got) {
            labels = found.to_owned();
        } else if let Some(texts) = line.strip_prefix("Annotations:").filter(|_| is_got) {
            let alerts = all.entry(key.clone().unwrap()).or_default();
            alerts.push(format!("{labels} {}", texts.trim_end_matches(',')));
        }
    }
    all.values_mut().for_each(|alerts| alerts.sort());
    all
}

#[tokio::test]
async fn rules_of_every_shape_come_to_the_same() {
    let cases = folder("src/cli/test/run/cases");
    let read = |name: &str| std::fs::read_to_string(cases.join(name)).unwrap();
    let rules = ("sweep.rules.yml", read("sweep.rules.yml"));
    same(rules, &read("sweep.yml"), 30).await;
}

/// What annotations of published rules are made of; each rule has one in turn.
const TEXTS: [&str; 12] = [
    "{{ $labels.instance }} of {{ $labels.job }} has {{ printf \"%.9g\" $value }}",
    "{{ printf \"%.2f\" $value }} % on {{ $labels.instance | stripPort }}",
    "{{ $value | humanizePercentage }} of {{ $labels.mountpoint }} ({{ $labels.fstype }})",
    "{{ $value | humanizeDuration }} left",
    "{{ $value | humanize1024 }}B free",
    "{{ with query \"count(up == 1)\" }}{{ . | first | value | humanize }} are up{{ end }}",
    "{{ range query \"up == 0\" | sortByLabel \"instance\" }}{{ .Labels.instance }} {{ else }}none{{ end }}",
    "{{ reReplaceAll \"(.*)-[0-9]+\" \"$1\" $labels.pod }} in {{ $labels.namespace | toUpper }}",
    "{{ if gt $value 10.0 }}much{{ else if lt $value 1.0 }}little{{ else }}some{{ end }}",
    "{{ $externalLabels.cluster }}: {{ $externalURL }} {{ .Value | humanize }}",
    "{{ if match \"n.*\" $labels.instance }}node{{ else }}other{{ end }} {{ $labels.missing }}",
    "{{ range $name, $value := $labels }}{{ $name }}={{ $value }},{{ end }}",
];

/// A line with each of its alternatives in turn.
fn written_out(line: &str) -> Vec<String> {
    let Some((before, rest)) = line.split_once('«') else {
        return vec![line.to_owned()];
    };
    let (choices, after) = rest.split_once('»').unwrap();
    let each = choices.split('|');
    let each = each.flat_map(|choice| written_out(&format!("{before}{choice}{after}")));
    each.collect()
}

#[tokio::test]
async fn rules_as_they_are_published_come_to_the_same() {
    let cases = folder("src/cli/test/run/cases");
    let read = |name: &str| std::fs::read_to_string(cases.join(name)).unwrap();
    let lines = read("public.txt");
    let lines = lines.lines().filter(|line| !line.starts_with('#'));
    let mut rules = Vec::new();
    for (place, expr) in lines.flat_map(written_out).enumerate() {
        let times = [
            json!({}),
            json!({"for": "3m"}),
            json!({"keep_firing_for": "2m"}),
        ];
        let mut rule = times[place % times.len()].clone();
        rule["alert"] = format!("Published{place:03}").into();
        rule["expr"] = expr.into();
        rule["labels"] =
            json!({"severity": "{{ if gt $value 5.0 }}critical{{ else }}warning{{ end }}"});
        rule["annotations"] = json!({ "summary": TEXTS[place % TEXTS.len()] });
        rules.push(rule);
    }
    let count = rules.len();
    let rules = json!({ "groups": [{ "name": "published", "rules": rules }] });
    let rules = ("public.rules.yml", rules.to_string());
    same(rules, &read("public.yml"), count - 1).await;
}

/// Has rules evaluated by both, minute by minute.
async fn same((name, rules): (&str, String), test: &str, at_least: usize) {
    let place = tempfile::tempdir().unwrap();
    std::fs::write(place.path().join(name), &rules).unwrap();
    let (groups, mistakes) = rules::read(name, &rules, &crate::condition::check_expression);
    assert_eq!(mistakes, []);
    let rules = groups.iter().flat_map(|group| &group.rules);
    let names: Vec<String> = rules
        .filter(|entry| matches!(entry, rules::Entry::Alerting(_)))
        .map(|entry| entry.name().to_owned())
        .collect();
    assert!(names.len() > at_least);
    // It says what it got where nothing is expected.
    let mut asked = test.trim_end().to_owned() + "\n    alert_rule_test:\n";
    let minutes: Vec<i64> = (0..=24).collect();
    for name in &names {
        for minute in &minutes {
            asked += &format!("      - {{ eval_time: {minute}m, alertname: {name} }}\n");
        }
    }
    let path = place.path().join("test.yml");
    std::fs::write(&path, &asked).unwrap();
    let (_, said) = promtool(&path);
    let theirs = got(&said);
    assert!(theirs.len() > 100, "{said}");

    let parsed: File = serde_saphyr::from_str(&asked).unwrap();
    let test = &parsed.tests[0];
    let mut trial = Trial::of(&groups, test.external_labels.clone(), &test.external_url).unwrap();
    for series in &test.input_series {
        let values = notation::values(&series.values).unwrap();
        let samples = (0_i64..)
            .zip(values)
            .filter_map(|(n, value)| Some((n * 60_000, value?)));
        trial
            .memory
            .add(notation::labels(&series.series).unwrap(), samples);
    }
    let mut ours = BTreeMap::new();
    for minute in &minutes {
        assert_eq!(trial.evaluate(minute * 60_000).await, Vec::<String>::new());
        for name in &names {
            let quoted = |pairs: &mut dyn Iterator<Item = (&str, &str)>| {
                let pairs: Vec<_> = pairs
                    .map(|(name, value)| format!("{name}={value:?}"))
                    .collect();
                format!("{{{}}}", pairs.join(", "))
            };
            let alerts = firing(&trial, name).into_iter().map(|(labels, texts)| {
                let mut texts = texts
                    .iter()
                    .map(|(name, text)| (name.as_str(), text.as_str()));
                format!("{} {}", quoted(&mut labels.iter()), quoted(&mut texts))
            });
            let mut alerts: Vec<String> = alerts.collect();
            alerts.sort();
            if !alerts.is_empty() {
                ours.insert((name.clone(), *minute), alerts);
            }
        }
    }
    let mut differences = Vec::new();
    let keys: std::collections::BTreeSet<_> = ours.keys().chain(theirs.keys()).collect();
    for key in keys {
        let (a, b) = (ours.get(key), theirs.get(key));
        // What a template that fails says of itself differs; that it does, and where, does not.
        let bare = |alerts: Option<&Vec<String>>| {
            let alerts = alerts.into_iter().flatten();
            alerts.map(|alert| cut_errors(alert)).collect::<Vec<_>>()
        };
        if bare(a) != bare(b) {
            differences.push(format!(
                "{key:?}\n  ours:   {:#?}\n  theirs: {:#?}",
                bare(a),
                bare(b)
            ));
        }
    }
    assert!(
        differences.is_empty(),
        "{} of {}:\n{}",
        differences.len(),
        theirs.len(),
        differences[..differences.len().min(4)].join("\n")
    );
}

fn cut_errors(text: &str) -> String {
    match text.split_once("<error expanding template: ") {
        Some((before, rest)) => {
            let rest = rest.split_once(">\"").map_or("", |(_, rest)| rest);
            format!("{before}<error>\"{rest}")
        }
        None => text.to_owned(),
    }
}
