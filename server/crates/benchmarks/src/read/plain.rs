//! A plain post, for whatever no reader knows.

use serde_json::Value;

use super::Taken;
use super::fields::{number, numbers, parameters, text, time_of};
use crate::result::{About, Measured, Percentiles};

pub(super) fn read(value: &Value, all: &[Value]) -> Taken {
    let mut taken = Taken {
        about: About {
            suite: text(value, "suite"),
            host: text(value, "host"),
            commit: text(value, "commit"),
            branch: text(value, "branch"),
            at_ms: time_of(value, &["at_ms", "time"]),
        },
        ..Taken::default()
    };
    for (place, one) in all.iter().enumerate() {
        let name = text(one, "name");
        if name.is_empty() {
            let note = format!("result {} is left out: it has no name", place + 1);
            taken.notes.push(note);
            continue;
        }
        let said = text(one, "unit");
        let unit = unit(&name, &said);
        if unit.0.is_empty() && !is_count(&name) {
            taken.notes.push(format!(
                "{name} has no unit; it is taken as a plain number, and compared only with others without one"
            ));
        }
        let measured = measured(&name, one, unit);
        let better = text(one, "better");
        if !matches!(better.as_str(), "" | "more" | "higher" | "less" | "lower") {
            taken.notes.push(format!(
                "{name}: better is {better:?}, which is neither \"more\" nor \"less\"; less is taken as better"
            ));
        }
        let mut parameters = parameters(&one["parameters"]);
        let mut out = |name: &str| {
            let place = parameters.iter().position(|(known, _)| known == name);
            place.map(|place| parameters.remove(place).1)
        };
        let (language, approach) = (out("language"), out("approach"));
        let of = |name: &str, given: Option<String>| match text(one, name) {
            said if said.is_empty() => given.unwrap_or_default().to_lowercase(),
            said => said.to_lowercase(),
        };
        let (language, approach) = (of("language", language), of("approach", approach));
        let more_is_better = match better.as_str() {
            "" => is_more_better(&name, unit.0),
            word => matches!(word, "more" | "higher"),
        };
        taken.push(
            &name,
            measured.map(|it| Measured {
                parameters,
                language,
                approach,
                more_is_better,
                ..it
            }),
        );
    }
    taken
}

/// The unit that values are kept in, and by what they are multiplied for it. Where nothing is said, the name may say it.
fn unit<'t>(name: &str, said: &'t str) -> (&'t str, f64) {
    let known = |word: &str| -> Option<(&'static str, f64)> {
        Some(match word {
            "s" | "sec" | "second" | "seconds" => ("seconds", 1.0),
            "ms" | "millisecond" | "milliseconds" => ("seconds", 1e-3),
            "us" | "µs" | "microsecond" | "microseconds" => ("seconds", 1e-6),
            "ns" | "nanosecond" | "nanoseconds" => ("seconds", 1e-9),
            "B" | "byte" | "bytes" => ("bytes", 1.0),
            "kB" | "KB" => ("bytes", 1e3),
            "MB" | "mb" => ("bytes", 1e6),
            "GB" => ("bytes", 1e9),
            "KiB" => ("bytes", 1024.0),
            "MiB" => ("bytes", 1_048_576.0),
            "GiB" => ("bytes", 1_073_741_824.0),
            "%" | "percent" => ("percent", 1.0),
            "x" | "factor" | "ratio" => ("ratio", 1.0),
            "1/s" | "per second" | "ops/s" | "req/s" => ("1/s", 1.0),
            _ => return None,
        })
    };
    match said {
        "" => {
            let last = name.rsplit('_').next().unwrap_or_default();
            known(last)
                .filter(|_| last.len() > 1 && last != name)
                .unwrap_or(("", 1.0))
        }
        said => known(said).unwrap_or((said, 1.0)),
    }
}

/// Counts and scores need no unit.
fn is_count(name: &str) -> bool {
    ["capacity", "score", "count"]
        .iter()
        .any(|word| name.contains(word))
}

/// Of what nobody says it: more is better of rates, and of what the name calls good.
fn is_more_better(name: &str, unit: &str) -> bool {
    const GOOD: [&str; 8] = [
        "speedup",
        "accuracy",
        "efficiency",
        "capacity",
        "gain",
        "reduction",
        "throughput",
        "score",
    ];
    unit == "1/s" || GOOD.iter().any(|word| name.contains(word))
}

fn measured(name: &str, one: &Value, (unit, scale): (&str, f64)) -> Option<Measured> {
    let of = |field: &str| number(one, field).map(|it| it * scale);
    let samples = numbers(&one["samples"]).into_iter().map(|it| it * scale);
    if let Some(measured) = Measured::of_samples(name, unit, samples.collect()) {
        return Some(measured);
    }
    let mean = of("value").or(of("mean")).or(of("median"))?;
    let n = number(one, "n").map_or(1, |n| n.max(1.0) as u64);
    let deviation = of("deviation").or(of("stddev"));
    let half = deviation
        .filter(|_| n > 1)
        .map(|it| 1.96 * it / (n as f64).sqrt());
    let said = of("low").zip(of("high"));
    let (p50, p95) = (of("p50").or(of("median")), of("p95"));
    Some(Measured {
        n,
        deviation,
        median: of("median"),
        interval: said.or(half.map(|half| (mean - half, mean + half))),
        percentiles: p50.zip(p95).map(|(p50, p95)| Percentiles {
            p50,
            p95,
            p99: of("p99").unwrap_or(p95),
        }),
        ..Measured::value(name, unit, mean)
    })
}
