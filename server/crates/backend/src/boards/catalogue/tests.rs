//! What is shipped is whole, and what is wrong with a catalogue is said.

use std::collections::BTreeSet;

use promql_parser::parser::{self, Expr, LabelModifier};
use wire::Span;

use super::*;

#[test]
fn what_is_shipped_can_be_shown() {
    let catalogue = Catalogue::shipped().unwrap();
    let names: Vec<_> = catalogue.boards.iter().map(|board| &*board.name).collect();
    assert_eq!(
        names,
        [
            "overview",
            "servers",
            "server",
            "benchmarks",
            "system-health",
            "launcher",
            "builds",
            "automation-performance",
            "synthex-fleet",
            "synthex-health",
            "agent"
        ]
    );
    let shown = catalogue.boards.iter().flat_map(Board::panels);
    let shown: BTreeSet<_> = shown.map(|panel| panel.id.as_str()).collect();
    let File { panels, .. } = serde_saphyr::from_str(PACK).unwrap();
    for panel in &panels {
        let id = panel["id"].as_str().unwrap();
        assert!(shown.contains(id), "{id} is on no board");
    }
    for panel in catalogue.boards.iter().flat_map(Board::panels) {
        let ends =
            panel.empty.ends_with('.') && panel.empty.contains(". ") || panel.empty.len() > 60;
        assert!(ends, "{}: what would fill it? {:?}", panel.id, panel.empty);
        let is_sentence = panel.title.ends_with('.') || panel.summary.ends_with('.');
        assert!(!is_sentence, "{}", panel.id);
    }
}

/// A panel whose query cuts says at how many.
#[test]
fn what_is_cut_is_known() {
    let catalogue = Catalogue::shipped().unwrap();
    for panel in catalogue.boards.iter().flat_map(Board::panels) {
        let cut = panel.queries.iter().find_map(|query| {
            let rest = ["topk(", "bottomk("].iter();
            let (most, _) = rest
                .filter_map(|name| query.expr.strip_prefix(name))
                .find_map(|rest| rest.split_once(','))?;
            most.parse::<u32>().ok()
        });
        assert_eq!(panel.most, cut, "{}", panel.id);
        let room = panel.most.is_none() || !panel.summary.is_empty();
        assert!(room, "{}: it is said after the summary", panel.id);
    }
}

/// A legend names labels that its query keeps.
#[test]
fn legends_name_what_is_there() {
    let span = Span::new(0, 3_600_000, 15_000);
    let catalogue = Catalogue::shipped().unwrap();
    let mut checked = 0;
    for panel in catalogue.boards.iter().flat_map(Board::panels) {
        for query in &panel.queries {
            let expr = MetricPanel::expression(query, None, span);
            let Some(kept) = kept(&parser::parse(&expr).unwrap()) else {
                continue;
            };
            checked += 1;
            for label in query.legend.split("{{").skip(1) {
                let label = label.split("}}").next().unwrap();
                assert!(kept.contains(label), "{}: {label} of {kept:?}", panel.id);
            }
            let told = query.legend.matches("{{").count();
            assert!(
                told >= kept.len() || panel.queries.len() > 1,
                "{}: {kept:?}",
                panel.id
            );
        }
    }
    assert!(checked > 30, "{checked}");
}

/// The labels that an expression keeps, where that stands in it.
fn kept(expr: &Expr) -> Option<BTreeSet<String>> {
    match expr {
        // These choose, and leave the labels.
        Expr::Aggregate(aggregate) if aggregate.op.to_string().ends_with("k") => {
            kept(&aggregate.expr)
        }
        Expr::Aggregate(aggregate) => match &aggregate.modifier {
            None => Some(BTreeSet::new()),
            Some(LabelModifier::Include(labels)) => Some(labels.labels.iter().cloned().collect()),
            Some(LabelModifier::Exclude(_)) => None,
        },
        Expr::Paren(inner) => kept(&inner.expr),
        Expr::Binary(binary) => kept(&binary.lhs).or_else(|| kept(&binary.rhs)),
        Expr::Call(call) if call.func.name == "histogram_quantile" => {
            let mut kept = kept(&call.args.args[1])?;
            kept.remove("le");
            Some(kept)
        }
        _ => None,
    }
}

const GOOD: &str = r#"
panels:
  - id: one-panel
    title: One
    kind: gauge
    unit: percent
    queries:
      - expr: max by (server) (cpu{server=~"$server"})
        legend: "of {{server}}"
    thresholds:
      - { value: 85, level: degraded }
    max: 100
    empty: Nothing is there. Write it.
boards:
  - name: all
    title: All
    question: Is it well?
    sections:
      - name: charts
        panels:
          - { panel: one-panel, width: 12 }
"#;

#[test]
fn mistakes_name_the_entry() {
    let good = Catalogue::read("x.yml", GOOD).unwrap();
    assert_eq!(good.boards[0].sections[0].panels[0].panel.id, "one-panel");
    for (from, to, words) in [
        ("panels:\n  - id", "panel:\n  - id", "panel"),
        ("boards:", "bords:", "bords"),
        (
            "id: one-panel",
            "id: One_Panel",
            "panel One_Panel: \"One_Panel\"",
        ),
        ("id: one-panel", "name: one-panel", "panel without a name"),
        (
            "title: One",
            "title: ' '",
            "panel one-panel: title says nothing",
        ),
        (
            "title: One",
            "titel: One",
            "panel one-panel: missing field `title`",
        ),
        (
            "kind: gauge",
            "kind: gage",
            "panel one-panel: kind: unknown variant `gage`",
        ),
        (
            "unit: percent",
            "unti: percent",
            "panel one-panel: unti is not known",
        ),
        (
            "legend:",
            "legnd:",
            "panel one-panel: queries.0.legnd is not known",
        ),
        ("max by", "max buy", "panel one-panel: queries[0]"),
        ("cpu{", "cpu[5m]{", "panel one-panel: queries[0]"),
        (
            "max by (server) (cpu{server=~\"$server\"})",
            "cpu[5m]",
            "a vector or a number",
        ),
        ("$server", "$servers", "$servers is no variable"),
        ("$server", "$sever", "$sever is no variable"),
        ("{{server}}", "{{ server }}", "no name of a label"),
        ("{{server}}", "{{server", "not closed"),
        ("{{server}}", "{server}", "labels stand in {{…}}"),
        (
            "level: degraded",
            "level: bad",
            "panel one-panel: thresholds[0].level",
        ),
        ("value: 85", "value: .nan", ".nan"),
        (
            "    max: 100\n",
            "",
            "panel one-panel: a scale needs a maximum",
        ),
        ("max: 100", "max: 0", "panel one-panel: its maximum"),
        (
            "empty: Nothing is there. Write it.",
            "empty: ''",
            "panel one-panel: empty says nothing",
        ),
        (
            "panel: one-panel",
            "panel: other",
            "board all: section charts: there is no panel other",
        ),
        (
            "width: 12",
            "width: 13",
            "board all: section charts: panel one-panel is 13 wide",
        ),
        ("width: 12", "width: 0", "is 0 wide"),
        (
            "width: 12",
            "width: 11",
            "board all: section charts: its last row is only 11 of 12 wide",
        ),
        (
            "width: 12",
            "width: 300",
            "board all: sections[0].panels[0].width",
        ),
        ("width: 12", "widht: 12", "board all: sections[0].panels[0]"),
        (
            "question: Is it well?",
            "question: ''",
            "board all: question says nothing",
        ),
        (
            "name: charts",
            "name: My charts",
            "board all: section My charts",
        ),
        (
            "          - { panel: one-panel, width: 12 }\n",
            "          - { panel: one-panel, width: 6 }\n          - { panel: one-panel, width: 6 }\n",
            "panel one-panel is there twice",
        ),
    ] {
        assert!(GOOD.contains(from), "{from}");
        let message = Catalogue::read("x.yml", &GOOD.replace(from, to)).unwrap_err();
        let is_said = message.starts_with("x.yml: ") && message.contains(words);
        assert!(is_said, "{to}: {message}");
    }
    let (panels, boards) = GOOD.split_once("boards:\n").unwrap();
    let panel = panels.split_once("panels:\n").unwrap().1;
    for (twice, words) in [
        (
            format!("{panels}{panel}boards:\n{boards}"),
            "panel one-panel: it is there twice",
        ),
        (format!("{GOOD}{boards}"), "board all: it is there twice"),
    ] {
        let message = Catalogue::read("x.yml", &twice).unwrap_err();
        assert!(message.contains(words), "{message}");
    }
}
