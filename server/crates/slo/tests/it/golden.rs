//! Files of objectives in all formats, and the rules made of them. `BLESS=1` writes the rules anew.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::is_query;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(name)
}

/// The files of objectives: name and text.
fn files() -> Vec<(String, String)> {
    let mut files: Vec<_> = std::fs::read_dir(folder("objectives"))
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect();
    files.sort();
    assert!(files.len() >= 4, "the files are somewhere else");
    files
}

#[test]
fn rules_are_those_of_the_golden_files() {
    for (name, text) in files() {
        let reading = slo::read(&text, &is_query);
        assert_eq!(reading.mistakes, [], "{name}");
        assert!(!reading.objectives.is_empty(), "{name}");
        let objectives: Vec<_> = reading.objectives.into_iter().map(|(one, _)| one).collect();
        let rules = slo::rules_of(&objectives);
        let path = folder("golden").join(&name);
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&path, &rules).unwrap();
        }
        assert_eq!(rules, std::fs::read_to_string(&path).unwrap(), "{name}");
    }
}

/// What promtool says about a file of rules, or of tests of rules; it has to be content.
fn promtool(what: &str, path: &Path) -> String {
    let output = Command::new("promtool")
        .args([what, "rules"])
        .arg(path)
        .output();
    let output = output.unwrap_or_else(|why| {
        panic!("promtool is needed (Debian: apt-get install prometheus): {why}")
    });
    let said = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {said}", path.display());
    said
}

/// Prometheus's own reader, and the number of rules in each file.
#[test]
fn promtool_takes_all_rules() {
    for (name, text) in files() {
        let path = folder("golden").join(&name);
        let said = promtool("check", &path);
        let rules = std::fs::read_to_string(&path).unwrap();
        let count = rules.matches("\n  - record:").count() + rules.matches("\n  - alert:").count();
        assert!(
            said.contains(&format!("SUCCESS: {count} rules found")),
            "{name}: {said}"
        );
        assert!(count > 0 && !text.is_empty());
    }
}

/// What the rules come to, evaluated by Prometheus's own engine: `tests/alerts.test.yml`.
#[test]
fn alerts_fire_when_budgets_burn() {
    let said = promtool("test", &folder("alerts.test.yml"));
    assert!(said.contains("SUCCESS"), "{said}");
}

/// What is written is what was read, in whichever format.
#[test]
fn every_file_can_be_written_as_the_short_form() {
    for (name, text) in files() {
        let read = |text: &str| {
            let reading = slo::read(text, &is_query);
            assert_eq!(reading.mistakes, [], "{name}:\n{text}");
            let objectives = reading.objectives.into_iter().map(|(one, _)| one);
            objectives.collect::<Vec<_>>()
        };
        let once = read(&text);
        assert_eq!(read(&slo::write(&once)), once, "{name}");
    }
}

/// Rules are questions the product's own engine takes as well.
#[test]
fn every_expression_is_a_query() {
    for (name, text) in files() {
        for (objective, _) in slo::read(&text, &is_query).objectives {
            for ask in objective.indicator.minute() {
                assert_eq!(is_query(&ask.query), Ok(()), "{name}: {}", ask.query);
            }
            let labels = ["server".to_owned(), "tool".to_owned()];
            if let Some(parts) = objective.indicator.parts(&labels) {
                assert_eq!(is_query(&parts), Ok(()), "{name}: {parts}");
            }
        }
        let rules = slo::rules_of(
            &slo::read(&text, &is_query)
                .objectives
                .into_iter()
                .map(|(one, _)| one)
                .collect::<Vec<_>>(),
        );
        for document in yaml::documents(&rules).unwrap() {
            let mut count = 0;
            each_expr(&document, &mut |expr| {
                count += 1;
                assert_eq!(is_query(expr), Ok(()), "{name}: {expr}");
            });
            assert!(count > 5, "{name}");
        }
    }
}

fn each_expr(node: &yaml::Node, check: &mut dyn FnMut(&str)) {
    match &node.is {
        yaml::Kind::List(items) => items.iter().for_each(|item| each_expr(item, check)),
        yaml::Kind::Map(pairs) => {
            for (key, value) in pairs {
                match (&value.is, key.name.as_str()) {
                    (yaml::Kind::Text(text), "expr") => check(text),
                    _ => each_expr(value, check),
                }
            }
        }
        yaml::Kind::Text(_) | yaml::Kind::Nothing => {}
    }
}
