//! pytest-benchmark's `--benchmark-json`: times in seconds; single ones only with `--benchmark-save-data`.

use serde_json::Value;

use super::Taken;
use super::fields::{number, numbers, parameters, text, time};
use crate::result::{About, Measured};

pub(super) fn read(value: &Value, all: &[Value]) -> Taken {
    let commit = &value["commit_info"];
    let mut taken = Taken {
        about: About {
            suite: text(commit, "project"),
            host: text(&value["machine_info"], "node"),
            commit: text(commit, "id"),
            branch: match text(commit, "branch").as_str() {
                "(unknown)" | "(detached head)" => String::new(),
                branch => branch.to_owned(),
            },
            at_ms: time(&text(value, "datetime")),
        },
        ..Taken::default()
    };
    if commit["dirty"].as_bool() == Some(true) {
        taken
            .notes
            .push("it was measured with changes that are in no commit".to_owned());
    }
    for one in all {
        let (name, parameters) = (name(one), parameters(&one["params"]));
        let measured = measured(&name, &one["stats"]);
        taken.push(
            &name,
            measured.map(|it| Measured {
                parameters,
                language: "python".to_owned(),
                ..it
            }),
        );
    }
    taken
}

/// The group, and the function without what pytest wants in its name.
fn name(one: &Value) -> String {
    let full = text(one, "name");
    let function = full.split('[').next().unwrap_or_default();
    let function = ["test_", "bench_", "benchmark_"]
        .iter()
        .fold(function, |name, start| {
            name.strip_prefix(start).unwrap_or(name)
        });
    match text(one, "group").as_str() {
        "" => function.to_owned(),
        group if group == function => function.to_owned(),
        group => format!("{group}/{function}"),
    }
}

fn measured(name: &str, stats: &Value) -> Option<Measured> {
    let single = Measured::of_samples(name, "seconds", numbers(&stats["data"]));
    if single.as_ref().is_some_and(|it| it.n > 1) {
        return single;
    }
    let mean = number(stats, "mean")?;
    let n = number(stats, "rounds").unwrap_or(1.0);
    let deviation = number(stats, "stddev").filter(|_| n > 1.0);
    let half = deviation.map(|it| 1.96 * it / n.sqrt());
    let p50 = number(stats, "median");
    Some(Measured {
        n: n as u64,
        deviation,
        median: p50,
        interval: half.map(|half| (mean - half, mean + half)),
        ..Measured::value(name, "seconds", mean)
    })
}
