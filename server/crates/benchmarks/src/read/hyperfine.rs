//! hyperfine's `--export-json`: times in seconds, memory in bytes since 1.19.

use serde_json::Value;

use super::Taken;
use super::fields::{number, numbers, parameters, text};
use crate::result::Measured;

pub(super) fn read(all: &[Value]) -> Taken {
    let mut taken = Taken::default();
    for one in all {
        let name = text(one, "command");
        let parameters = parameters(&one["parameters"]);
        let failed = one["exit_codes"].as_array().into_iter().flatten();
        let failed = failed.filter(|code| code.as_i64() != Some(0)).count();
        if failed > 0 {
            taken
                .notes
                .push(format!("{name}: {failed} of its runs failed"));
        }
        let with = |it: Measured| Measured {
            parameters: parameters.clone(),
            ..it
        };
        let measured = Measured::of_samples(&name, "seconds", numbers(&one["times"]));
        // With --export-json of old versions there may be no single times.
        let measured = measured.or_else(|| {
            let mean = number(one, "mean")?;
            Some(Measured {
                deviation: number(one, "stddev"),
                median: number(one, "median"),
                ..Measured::value(&name, "seconds", mean)
            })
        });
        taken.push(&name, measured.map(with));
        let memory = numbers(&one["memory_usage_byte"]);
        if !memory.is_empty() {
            let name = format!("{name} (memory)");
            taken.push(
                &name,
                Measured::of_samples(&name, "bytes", memory).map(with),
            );
        }
    }
    taken
}
