//! Budgets that were computed by hand: `tests/worked.yml` has what is given, and what it has to come to.

use slo::{Budget, Objective, Sums, budget, spent_at, state};
use yaml::{Kind, Node};

use crate::is_query;

fn get<'a>(node: &'a Node, name: &str) -> Option<&'a Node> {
    let Kind::Map(pairs) = &node.is else {
        panic!("{name} of {}", node.kind());
    };
    pairs
        .iter()
        .find(|(key, _)| key.name == name)
        .map(|(_, node)| node)
}

fn number(node: &Node, name: &str) -> Option<f64> {
    get(node, name)
        .and_then(|_| node.text_of(name))
        .map(|text| text.parse().unwrap())
}

fn ms(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().unwrap().as_millisecond()
}

struct Example {
    name: String,
    objective: Objective,
    now_ms: i64,
    known_from_ms: Option<i64>,
    budget: Budget,
    spent_at: Option<i64>,
}

impl Example {
    fn of(node: &Node) -> Self {
        let name = node.text_of("name").unwrap().to_owned();
        let text = node.text_of("objective").unwrap();
        let indented: Vec<_> = text.lines().map(|line| format!("    {line}\n")).collect();
        let file = format!(
            "objectives:\n  - service: a\n    name: b\n{}",
            indented.concat()
        );
        let reading = slo::read(&file, &is_query);
        assert_eq!(reading.mistakes, [], "{name}");
        let objective = reading.objectives[0].0.clone();
        let sums = get(node, "sums").unwrap();
        let count = |name: &str| number(sums, name).unwrap_or(0.0);
        let total = count("total");
        let sums = Sums {
            good: total - count("spent"),
            total,
            counted: count("counted") as u64,
            gap: count("gap") as u64,
            excluded: count("excluded") as u64,
            bad: count("bad") as u64,
        };
        let now_ms = ms(node.text_of("now").unwrap());
        let given =
            get(node, "over").map(|it| ["from", "to"].map(|end| ms(it.text_of(end).unwrap())));
        let span = match given {
            Some([from_ms, to_ms]) => (from_ms, to_ms),
            None => objective.window.span(now_ms, &objective.zone),
        };
        let budget = budget(&objective, span, &sums, now_ms);
        Self {
            known_from_ms: node.text_of("known").map(ms),
            spent_at: spent_at(&objective, &budget, number(node, "burn"), now_ms),
            name,
            objective,
            now_ms,
            budget,
        }
    }
}

#[test]
fn worked_examples_come_to_what_was_computed_by_hand() {
    let text = include_str!("../worked.yml");
    let documents = yaml::documents(text).unwrap();
    assert!(documents.len() >= 12);
    for node in &documents {
        let example = Example::of(node);
        let Example {
            name,
            objective,
            now_ms,
            budget,
            ..
        } = &example;
        let expected = get(node, "expected").unwrap();
        let Kind::Map(pairs) = &expected.is else {
            panic!("{name}")
        };
        for (key, value) in pairs {
            let is = match key.name.as_str() {
                "compliance" => budget.compliance.map(|it| it * 100.0),
                "left" => budget.left.map(|it| it * 100.0),
                "allowed" => Some(budget.allowed),
                "spent" => Some(budget.spent),
                "left_minutes" => Some(budget.left_minutes),
                "bad_minutes" => Some(budget.bad_minutes as f64),
                "gap_minutes" => Some(budget.gap_minutes as f64),
                "from" | "to" | "spent_at" => {
                    let is = match key.name.as_str() {
                        "from" => Some(budget.from_ms),
                        "to" => Some(budget.to_ms),
                        _ => example.spent_at,
                    };
                    let should = expected.text_of(&key.name).filter(|text| *text != "never");
                    let near = |(one, other): (i64, i64)| (one - other).abs() <= 1;
                    let should = should.map(ms);
                    assert!(
                        is == should || is.zip(should).is_some_and(near),
                        "{name}: {} is {is:?}",
                        key.name
                    );
                    continue;
                }
                "state" => {
                    let is = format!("{:?}", state(budget, example.spent_at));
                    assert_eq!(Some(is.as_str()), expected.text_of("state"), "{name}");
                    continue;
                }
                "sentence" => {
                    let is = slo::sentence(objective, budget, example.spent_at, *now_ms);
                    assert_eq!(Some(is.as_str()), expected.text_of("sentence"), "{name}");
                    continue;
                }
                "caution" => {
                    let is = slo::caution(objective, budget, example.known_from_ms, *now_ms);
                    assert_eq!(
                        is,
                        expected.text_of("caution").unwrap_or_default(),
                        "{name}"
                    );
                    continue;
                }
                "arithmetic" => {
                    let is = slo::arithmetic(objective, budget, *now_ms);
                    let Kind::List(items) = &value.is else {
                        panic!("{name}")
                    };
                    let should: Vec<_> = items
                        .iter()
                        .map(|item| match &item.is {
                            Kind::Text(text) => text.clone(),
                            _ => panic!("{name}"),
                        })
                        .collect();
                    assert_eq!(is, should, "{name}");
                    continue;
                }
                other => panic!("{name}: {other} is not compared"),
            };
            let should = expected
                .text_of(&key.name)
                .filter(|text| *text != "nothing");
            let should: Option<f64> = should.map(|text| text.parse().unwrap());
            let is_close = match (is, should) {
                (Some(is), Some(should)) => (is - should).abs() <= should.abs().max(1.0) * 1e-6,
                (None, None) => true,
                _ => false,
            };
            assert!(
                is_close,
                "{name}: {} is {is:?} and should be {should:?}",
                key.name
            );
        }
    }
}
