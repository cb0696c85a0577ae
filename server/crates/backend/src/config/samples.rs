//! The section `samples`: what the store takes in.

use std::time::Duration;

use serde::Deserialize;

use super::Mistakes;
use super::file::duration;

/// The section as written.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RawSamples {
    ahead: Option<String>,
    late: Option<String>,
    series: Option<usize>,
    series_per_target: Option<usize>,
    labels: Option<usize>,
    label_name_bytes: Option<usize>,
    label_value_bytes: Option<usize>,
    samples_per_second: Option<f64>,
    samples_per_second_per_target: Option<f64>,
    exemplars: Option<usize>,
}

pub(super) const KEYS: &[&str] = &[
    "ahead",
    "late",
    "series",
    "series_per_target",
    "labels",
    "label_name_bytes",
    "label_value_bytes",
    "samples_per_second",
    "samples_per_second_per_target",
    "exemplars",
];

impl RawSamples {
    pub(super) fn into_config(self, mistakes: &mut Mistakes) -> tsdb::Config {
        let mut config = tsdb::Config::default();
        let mut set = |path: &str, text: Option<&String>, value: &mut Duration| {
            if let Some(given) = duration(path, text, mistakes) {
                *value = given;
            }
        };
        set("samples.ahead", self.ahead.as_ref(), &mut config.ahead);
        set("samples.late", self.late.as_ref(), &mut config.late);
        config.exemplars = self.exemplars.unwrap_or(config.exemplars);
        let limits = &mut config.limits;
        for (given, value) in [
            (self.series, &mut limits.series),
            (self.series_per_target, &mut limits.series_of_target),
            (self.labels, &mut limits.labels),
            (self.label_name_bytes, &mut limits.name_bytes),
            (self.label_value_bytes, &mut limits.value_bytes),
        ] {
            *value = given.unwrap_or(*value);
        }
        for (key, given, value) in [
            (
                "samples_per_second",
                self.samples_per_second,
                &mut limits.samples_per_second,
            ),
            (
                "samples_per_second_per_target",
                self.samples_per_second_per_target,
                &mut limits.samples_per_second_of_target,
            ),
        ] {
            match given {
                Some(rate) if !(rate.is_finite() && rate >= 0.0) => {
                    mistakes.push(format!("samples.{key}"), "must be a number of 0 or more");
                }
                Some(rate) => *value = rate,
                None => {}
            }
        }
        config
    }
}

/// Reads a size: bytes, or a number with a unit such as `500MB` or `2GiB`.
///
/// # Errors
/// When it is none; the message says how to write one.
pub fn parse_size(text: &str) -> Result<u64, String> {
    let size: Result<bytesize::ByteSize, _> = text.trim().parse();
    let size = size.map_err(|_| {
        format!("{text:?} is no size; write one like 500MB or 2GiB, or 0 for no bound")
    });
    size.map(|size| size.as_u64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (text, bytes) in [
            ("0", Some(0)),
            ("500MB", Some(500_000_000)),
            ("2 GiB", Some(2 << 30)),
            ("1.5GB", Some(1_500_000_000)),
            ("much", None),
            ("-1", None),
            ("", None),
        ] {
            assert_eq!(parse_size(text).ok(), bytes, "{text}");
        }
    }
}
