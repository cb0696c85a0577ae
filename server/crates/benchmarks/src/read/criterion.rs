//! Criterion: times in nanoseconds, with intervals from its bootstrap, which are taken as they are.

use serde_json::Value;

use super::Taken;
use super::fields::{number, numbers, text};
use crate::result::{About, Measured};

const NANO: f64 = 1e-9;

/// Benchmarks that were put together: each with what stands in its three files.
pub(super) fn read(value: &Value, all: &[Value]) -> Taken {
    let mut taken = Taken {
        about: About {
            suite: text(value, "suite"),
            host: text(value, "host"),
            commit: text(value, "commit"),
            branch: text(value, "branch"),
            at_ms: super::fields::time_of(value, &["at_ms", "time"]),
        },
        ..Taken::default()
    };
    for note in value["notes"].as_array().into_iter().flatten() {
        taken.notes.extend(note.as_str().map(str::to_owned));
    }
    for one in all {
        let (name, parameters) = name(&one["benchmark"]);
        let measured = measured(&name, &one["estimates"], &one["sample"]);
        taken.push(
            &name,
            measured.map(|it| Measured {
                parameters,
                language: "rust".to_owned(),
                ..it
            }),
        );
    }
    taken
}

/// Group and function; what a benchmark was given is a parameter.
fn name(benchmark: &Value) -> (String, Vec<(String, String)>) {
    let (group, function, value) = (
        text(benchmark, "group_id"),
        text(benchmark, "function_id"),
        text(benchmark, "value_str"),
    );
    let name = match function.as_str() {
        "" => group,
        function => format!("{group}/{function}"),
    };
    let parameters = match value.as_str() {
        "" => Vec::new(),
        value => vec![("value".to_owned(), value.to_owned())],
    };
    (name, parameters)
}

fn measured(name: &str, estimates: &Value, sample: &Value) -> Option<Measured> {
    let of = |which: &str, field: &str| number(&estimates[which], field).map(|it| it * NANO);
    // Each time is of so many iterations.
    let (times, iterations) = (numbers(&sample["times"]), numbers(&sample["iters"]));
    let each = times.iter().zip(&iterations);
    let each = each.map(|(time, count)| time / count * NANO).collect();
    let single = Measured::of_samples(name, "seconds", each);
    let mean = of("mean", "point_estimate").or(single.as_ref().map(|it| it.mean))?;
    let single = single.unwrap_or_else(|| Measured::value(name, "seconds", mean));
    let ends = &estimates["mean"]["confidence_interval"];
    let low = number(ends, "lower_bound").map(|it| it * NANO);
    let high = number(ends, "upper_bound").map(|it| it * NANO);
    Some(Measured {
        mean,
        deviation: of("std_dev", "point_estimate").or(single.deviation),
        median: of("median", "point_estimate").or(single.median),
        interval: low.zip(high).or(single.interval),
        ..single
    })
}

/// The lines of `cargo criterion --message-format=json`, if that is what it is.
pub(super) fn lines(text: &str) -> Option<Taken> {
    let values: Vec<Result<Value, _>> = text.lines().map(serde_json::from_str).collect();
    let is_one = |value: &Value| value["reason"] == "benchmark-complete";
    if !values.iter().flatten().any(is_one) {
        return None;
    }
    let mut taken = Taken::default();
    for (line, value) in values.into_iter().enumerate() {
        match value {
            Ok(value) if is_one(&value) => take(&mut taken, &value),
            Ok(_) => {}
            Err(_) => {
                let note = format!("line {} is no JSON and is left out", line + 1);
                taken.notes.push(note);
            }
        }
    }
    Some(taken)
}

fn take(taken: &mut Taken, value: &Value) {
    let name = text(value, "id");
    let scale = match text(value, "unit").as_str() {
        "ps" => 1e-12,
        "us" | "µs" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        _ => NANO,
    };
    let (times, iterations) = (
        numbers(&value["measured_values"]),
        numbers(&value["iteration_count"]),
    );
    let each = times.iter().zip(&iterations);
    let each = each.map(|(time, count)| time / count * scale).collect();
    let of = |field: &str| number(&value["mean"], field).map(|it| it * scale);
    let measured = Measured::of_samples(&name, "seconds", each);
    taken.push(
        &name,
        measured.map(|it| Measured {
            language: "rust".to_owned(),
            mean: of("estimate").unwrap_or(it.mean),
            interval: of("lower_bound").zip(of("upper_bound")).or(it.interval),
            ..it
        }),
    );
}
