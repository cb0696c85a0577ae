//! Files with everything that can be wrong in them, and what is said of it.

mod openslo;

use super::*;
use crate::{Counted, Gaps, Indicator, Window};

fn is_query(text: &str) -> Result<(), String> {
    promql::check(text).map_err(|mistake| mistake.message)
}

fn of(text: &str) -> Reading {
    read(text, &is_query)
}

/// What is said, each as `line begin| words`: the text at its place begins with `begin`.
fn assert_said(found: &[Mistake], expected: &[&str], text: &str) {
    let at = |it: &Mistake| -> String {
        let line = text.lines().nth(it.line - 1).unwrap_or_default();
        line.chars().skip(it.column - 1).collect()
    };
    let fits = |it: &Mistake, should: &str| {
        let (place, words) = should.split_once("| ").unwrap();
        let (line, begin) = place.split_once(' ').unwrap();
        it.line.to_string() == line && at(it).starts_with(begin) && it.text.contains(words)
    };
    let all_fit = found.len() == expected.len()
        && found
            .iter()
            .zip(expected)
            .all(|(it, should)| fits(it, should));
    let shown: Vec<_> = found
        .iter()
        .map(|it| format!("{} {}| {}", it.line, at(it), it.text))
        .collect();
    assert!(all_fit, "{text}\n{shown:#?}\nshould be {expected:#?}");
}

#[test]
fn the_short_form() {
    let text = "\
objectives:
  - service: mcp
    name: latency
    latency: h
    threshold: 1m30s
    target: 95
    window: 4w
    zone: Europe/Berlin
    gaps: good
    exclude_maintenance: true
    parts: [server]
    page: false
    ticket: { team: a }
  - { service: mcp, name: errors, bad: 'rate(a[{{.window}}])', total: 'rate(b[{{.window}}])', target: 99.9% }
";
    let reading = of(text);
    assert_eq!((&reading.mistakes, &reading.ignored), (&vec![], &vec![]));
    let (one, line) = &reading.objectives[0];
    assert_eq!(*line, 2);
    let latency = Indicator::Latency {
        histogram: "h".to_owned(),
        threshold: 90.0,
    };
    assert_eq!(
        (&one.indicator, one.window, one.gaps),
        (&latency, Window::Rolling(28), Gaps::Good)
    );
    assert_eq!(
        (one.target, one.zone.as_str(), one.excludes_maintenance),
        (0.95, "Europe/Berlin", true)
    );
    assert_eq!(one.page, None);
    assert_eq!(one.ticket.as_ref().unwrap()["team"], "a");
    let (other, line) = &reading.objectives[1];
    assert_eq!(
        (other.id().as_str(), *line, other.target),
        ("mcp-errors", 14, 0.999)
    );
    assert_eq!(
        (other.window, &other.page),
        (Window::Rolling(30), &Some(BTreeMap::new()))
    );
}

const OWN: &[(&str, &[&str])] = &[
    ("a: [", &["1 [| this is no YAML"]),
    ("- a", &["1 - a| these are no objectives"]),
    ("text", &["1 text| these are no objectives"]),
    ("a: 1", &["1 a:| these are no objectives"]),
    (
        "objectives: 1",
        &["1 1| a list is expected here, and this is a text"],
    ),
    ("objectives: [1]", &["1 1]| an objective is a map"]),
    (
        "objectives: []\nmore: 1",
        &["2 more:| the file has no more; it has objectives"],
    ),
    (
        "objectives:\n  - { service: a, name: b, target: 100, measured: true, color: red }",
        &[
            "2 target:| target: 100 % leaves no budget",
            "2 color:| an objective has no color; it has service, name",
        ],
    ),
    (
        "objectives:\n  - { service: a, name: b, measured: true }",
        &[
            "2 { service: a, na| target is missing: what has to be good in per cent, for instance 99.9",
        ],
    ),
    (
        "objectives:\n  - { service: a, name: b, target: all, measured: true }",
        &["2 all| target: \"all\" is no number"],
    ),
    (
        "objectives:\n  - { service: a, name: b, target: 0.999, measured: true }",
        &["2 target:| write 99.9 for 0.999, or 0.999 % if it is meant"],
    ),
    (
        "objectives:\n  - { service: a, name: b, target: 99 }",
        &["2 { service: a, na| nothing says what is measured"],
    ),
    (
        "objectives:\n  - { service: a, name: b, target: 99, availability: up, measured: true }",
        &["2 measured:| this has availability and measured; make two of it"],
    ),
    (
        "objectives:\n  - { service: a, name: b, target: 99, latency: h }",
        &["2 latency:| latency needs threshold beside it"],
    ),
    (
        "objectives:\n  - { service: a, name: b, target: 99, availability: up, max_age: 5s }",
        &["2 max_age:| max_age is of freshness; availability has none"],
    ),
    (
        "objectives:\n  - { service: a, name: b, target: 99, latency: h, threshold: fast }",
        &["2 fast| threshold: \"fast\" is no length of time; write for instance 200ms"],
    ),
    (
        "objectives:\n  - { service: a, name: b, target: 99, measured: true, window: 1y, gaps: maybe, enabled: perhaps }",
        &[
            "2 1y, gaps: ma| window: \"1y\" is no window; write days (30d)",
            "2 gaps:| gaps: minutes without data are good, bad, or leave out",
            "2 perhaps| enabled: \"perhaps\" is neither true nor false",
        ],
    ),
    (
        "objectives:\n  - { service: a, name: b, target: 99, measured: true, window: 500d, zone: Mars }",
        &[
            "2 window:| window: a window has 1 to 400 days",
            "2 zone:| zone: there is no time zone \"Mars\"",
        ],
    ),
    (
        "objectives:\n  - { service: a, name: b c, target: 99, good_minutes: max(a) }",
        &[
            "2 name:| name: \"b c\" is no name",
            "2 good_minutes:| good_minutes: max(a) is no comparison",
        ],
    ),
    (
        "objectives:\n  - { service: a, name: b, target: 99, bad: 'rate(a[5m])', total: '(' }",
        &[
            "2 bad:| bad: it has no {{.window}}",
            "2 total:| total: it has no {{.window}}",
        ],
    ),
    (
        "objectives:\n  - { service: a, name: b, target: 99, measured: true }\n  - { service: a, name: b, target: 9, measured: true }",
        &["3 { service: a, na| there is another objective a-b"],
    ),
    (
        "version: prometheus/v2\nslos: []",
        &["1 version:| \"prometheus/v2\" is not known"],
    ),
    (
        "apiVersion: v1\nkind: Pod",
        &["1 apiVersion:| apiVersion \"v1\" with kind \"Pod\" is not known"],
    ),
    (
        "apiVersion: openslo/v2\nkind: SLO",
        &["1 apiVersion:| write openslo/v1"],
    ),
    (
        "slos: [{ name: a, objective: 99 }]",
        &["1 { name: a, objec| write version: prometheus/v1"],
    ),
];

#[test]
fn mistakes_say_where_and_what_to_write_instead() {
    for (text, expected) in OWN {
        let reading = of(text);
        assert_said(&reading.mistakes, expected, text);
    }
}

#[test]
fn what_is_right_is_taken_beside_what_is_wrong() {
    let text = "objectives:\n  - { service: a, name: b, target: 99, measured: true }\n  - { service: a, name: c, target: 0, measured: true }\n";
    let reading = of(text);
    assert_eq!(reading.objectives.len(), 1);
    assert_said(
        &reading.mistakes,
        &["3 target:| target: 0 % is kept whatever happens"],
        text,
    );
    assert_eq!(of(""), Reading::default());
    assert_eq!(of("---\n---\n# nothing\n"), Reading::default());
}

#[test]
fn sloth_with_what_is_not_supported() {
    let text = r#"version: prometheus/v1
service: shop
labels: { team: shoppers }
slo_plugins: { chain: [] }
slos:
  - name: availability
    objective: 99.9
    plugins: { chain: [] }
    sli:
      events:
        error_query: sum(rate(a{code="500"}[{{.window}}]))
        total_query: sum(rate(a[{{.window}}]))
    alerting:
      name: ShopFails
      labels: { category: availability }
      page_alert:
        for: 5m
        labels: { severity: page }
        annotations: { summary: x }
      ticket_alert: { disable: true }
  - name: plugged
    objective: 99
    sli: { plugin: { id: one } }
  - name: nothing
    objective: 99
    sli: {}
  - name: half
    objective: 99
    sli: { events: { error_query: 'rate(a[{{.window}}])' } }
  - name: broken
    objective: 100
    sli: { raw: { error_ratio_query: 'rate(a[{{.window}}]' } }
  - name: without
    objective: 99
"#;
    let reading = of(text);
    assert_said(
        &reading.mistakes,
        &[
            "23 plugin:| plugin is not supported: plugins are programs; write what it asks as events or raw",
            "26 {}| sli has events or raw",
            "29 { error_query: '| total_query is missing",
            "31 objective:| objective: 100 % leaves no budget",
            "32 'rate(a[{| error_ratio_query: ",
            "33 name:| sli is missing",
        ],
        text,
    );
    assert_said(
        &reading.ignored,
        &[
            "4 slo_plugins:| slo_plugins has no effect here",
            "8 plugins:| plugins has no effect here",
            "17 for:| for of page_alert has no effect here",
            "19 annotations:| annotations of page_alert have no effect here",
        ],
        text,
    );
    let [(one, 6)] = reading.objectives.as_slice() else {
        panic!("{:?}", reading.objectives);
    };
    let events = Indicator::Events {
        counted: Counted::Bad,
        query: "sum(rate(a{code=\"500\"}[{{.window}}]))".to_owned(),
        total: "sum(rate(a[{{.window}}]))".to_owned(),
    };
    assert_eq!(
        (one.id().as_str(), &one.indicator, one.owner.as_str()),
        ("shop-availability", &events, "shoppers")
    );
    let page = BTreeMap::from([("category", "availability"), ("severity", "page")]);
    let page = page
        .into_iter()
        .map(|(name, text)| (name.to_owned(), text.to_owned()))
        .collect();
    assert_eq!((&one.page, &one.ticket), (&Some(page), &None));
    assert_eq!(one.alert_name, "ShopFails");
}

#[test]
fn windows_of_sloth_are_named() {
    let text = "apiVersion: sloth.slok.dev/v1\nkind: AlertWindows\nspec: { sloPeriod: 7d }\n";
    let reading = of(text);
    assert_said(
        &reading.ignored,
        &["1 apiVersion:| AlertWindows has no effect here"],
        text,
    );
    assert_eq!(reading.mistakes, []);
}

#[test]
fn older_files_are_what_people_report() {
    let text = "slos:\n  - name: MCP availability\n    target: 0.999\n    time_window: { days: 7 }\n    consequences: [page somebody, stop deploys]\n    budget: 5\n  - { name: b, target: 99.5, time_window: { days: 0 } }\n";
    let reading = of(text);
    let [(one, 2)] = reading.objectives.as_slice() else {
        panic!("{reading:?}");
    };
    assert_eq!(
        (one.id().as_str(), one.target, one.window),
        ("mcp-mcp-availability", 0.999, Window::Rolling(7))
    );
    assert_eq!(
        (one.description.as_str(), one.consequence.as_str()),
        ("MCP availability", "page somebody; stop deploys")
    );
    assert_eq!(one.indicator, Indicator::Measured);
    assert_said(
        &reading.mistakes,
        &["7 time_window:| time_window: a window has 1 to 400 days"],
        text,
    );
    assert_said(
        &reading.ignored,
        &[
            "2 name:| nothing says how mcp-availability is measured",
            "6 budget:| budget of an objective",
            "7 { name: b, targe| nothing says how b",
        ],
        text,
    );
}
