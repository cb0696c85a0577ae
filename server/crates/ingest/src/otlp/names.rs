//! OpenTelemetry's names of metrics and attributes, as Prometheus's names of metrics and labels.
//!
//! The rules: <https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/>, and what
//! <https://github.com/prometheus/otlptranslator> makes of them.

use std::borrow::Cow;

/// How names are translated, under the names that Prometheus's configuration has for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Strategy {
    /// What is no letter, digit or colon becomes `_`; unit and type are appended.
    #[default]
    UnderscoreEscapingWithSuffixes,
    /// What is no letter, digit or colon becomes `_`.
    UnderscoreEscapingWithoutSuffixes,
    /// Names stay as they are; unit and type are appended.
    NoUtf8EscapingWithSuffixes,
    /// Names stay as they are.
    NoTranslation,
}

impl Strategy {
    /// All of them, with the name of each.
    pub const ALL: [(&'static str, Self); 4] = [
        (
            "UnderscoreEscapingWithSuffixes",
            Self::UnderscoreEscapingWithSuffixes,
        ),
        (
            "UnderscoreEscapingWithoutSuffixes",
            Self::UnderscoreEscapingWithoutSuffixes,
        ),
        (
            "NoUTF8EscapingWithSuffixes",
            Self::NoUtf8EscapingWithSuffixes,
        ),
        ("NoTranslation", Self::NoTranslation),
    ];

    fn escapes(self) -> bool {
        matches!(
            self,
            Self::UnderscoreEscapingWithSuffixes | Self::UnderscoreEscapingWithoutSuffixes
        )
    }

    fn has_suffixes(self) -> bool {
        matches!(
            self,
            Self::UnderscoreEscapingWithSuffixes | Self::NoUtf8EscapingWithSuffixes
        )
    }

    /// The name of a metric.
    ///
    /// # Errors
    /// When nothing of it is left.
    pub(super) fn metric(self, name: &str, unit: &str, suffix: Suffix) -> Result<String, String> {
        let named = match (self.escapes(), self.has_suffixes()) {
            (true, true) => escaped_with_suffixes(name, unit, suffix),
            (true, false) => {
                let parts = name.split(|c: char| !is_plain(c) && c != '_');
                let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
                not_a_digit_first(parts.join("_"), "_")
            }
            (false, true) => with_suffixes(name, unit, suffix),
            (false, false) => name.to_owned(),
        };
        let is_nothing = named.chars().all(|c| c == '_') && named != name;
        match named.is_empty() || is_nothing {
            true => Err(format!("nothing is left of the metric's name {name:?}")),
            false => Ok(named),
        }
    }

    /// The name of a label; `None` when nothing of it is left.
    pub(super) fn label(self, name: &str) -> Option<Cow<'_, str>> {
        if name.is_empty() {
            return None;
        }
        if !self.escapes() {
            return Some(Cow::Borrowed(name));
        }
        let is_fine = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let is_same = name.chars().all(is_fine);
        let named = match is_same {
            true => Cow::Borrowed(name),
            false => {
                let escape = |c| if is_fine(c) { c } else { '_' };
                Cow::Owned(name.chars().map(escape).collect())
            }
        };
        if !is_same && named.chars().all(|c| c == '_') {
            return None;
        }
        let begins_with = |c: char| named.starts_with(c);
        if named.starts_with(|c: char| c.is_ascii_digit()) {
            Some(Cow::Owned(format!("key_{named}")))
        } else if begins_with('_') && !named.starts_with("__") {
            Some(Cow::Owned(format!("key{named}")))
        } else {
            Some(named)
        }
    }
}

/// What the type of a metric adds to its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Suffix {
    /// A monotonic sum: `_total`.
    Total,
    /// A gauge of the unit `1`: `_ratio`.
    Ratio,
    /// Nothing.
    None,
}

impl Suffix {
    fn word(self, unit: &str) -> Option<&'static str> {
        match self {
            Self::Total => Some("total"),
            Self::Ratio if unit == "1" => Some("ratio"),
            Self::Ratio | Self::None => None,
        }
    }
}

/// A letter of a name beside `_`.
fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == ':'
}

fn not_a_digit_first(name: String, before: &str) -> String {
    match name.starts_with(|c: char| c.is_ascii_digit()) {
        true => format!("{before}{name}"),
        false => name,
    }
}

fn escaped_with_suffixes(name: &str, unit: &str, suffix: Suffix) -> String {
    let parts = name.split(|c: char| !is_plain(c));
    let mut parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    let (main, per) = unit_words(unit);
    let (mut main, mut per) = (escaped_unit(&main), escaped_unit(&per));
    if parts.contains(&main.as_str()) {
        main.clear();
    }
    per.truncate(per.trim_end_matches('_').len());
    if per == "per" || parts.contains(&per.as_str()) {
        per.clear();
    }
    if !per.is_empty() {
        main.truncate(main.trim_end_matches('_').len());
    }
    parts.extend(
        [main.as_str(), per.as_str()]
            .into_iter()
            .filter(|word| !word.is_empty()),
    );
    if let Some(word) = suffix.word(unit) {
        parts.retain(|part| *part != word);
        parts.push(word);
    }
    not_a_digit_first(parts.join("_"), "_")
}

/// The same without escaping: what stands at the end already is not repeated.
fn with_suffixes(name: &str, unit: &str, suffix: Suffix) -> String {
    let (main, per) = unit_words(unit);
    let type_word = suffix.word(unit).unwrap_or_default();
    let base = without(without(name, type_word), &per);
    let mut named = base.to_owned();
    if !main.is_empty() && !base.ends_with(&main) {
        named = format!("{named}_{main}");
    }
    for word in [per.as_str(), type_word] {
        if !word.is_empty() {
            named = format!("{named}_{word}");
        }
    }
    named
}

/// A name without a word at its end, and without what stands before that.
fn without<'n>(name: &'n str, word: &str) -> &'n str {
    let Some(rest) = name.strip_suffix(word).filter(|_| !word.is_empty()) else {
        return name;
    };
    let mut rest = rest.chars();
    match rest.next_back() {
        Some(_) if !rest.as_str().is_empty() => rest.as_str(),
        _ => name,
    }
}

fn escaped_unit(unit: &str) -> String {
    let mut escaped = String::with_capacity(unit.len());
    for c in unit.chars() {
        match is_plain(c) {
            true => escaped.push(c),
            false if escaped.ends_with('_') || escaped.is_empty() => {}
            false => escaped.push('_'),
        }
    }
    escaped
}

/// The words for a unit: what is measured, and `per_…`. What stands in braces is a remark.
fn unit_words(unit: &str) -> (String, String) {
    let (main, per) = unit.split_once('/').unwrap_or((unit, ""));
    let is_unit = |part: &&str| !part.is_empty() && !part.contains(['{', '}']);
    let main = Some(main.trim())
        .filter(is_unit)
        .map(|unit| word(&UNITS, unit));
    let per = Some(per.trim())
        .filter(is_unit)
        .map(|unit| word(&PER, unit));
    let per = per.map(|per| format!("per_{per}")).unwrap_or_default();
    (main.unwrap_or_default().to_owned(), per)
}

fn word<'u>(words: &[(&str, &'static str)], unit: &'u str) -> &'u str {
    let known = words.iter().find(|(short, _)| *short == unit);
    known.map_or(unit, |(_, word)| word)
}

/// Units of UCUM.
const UNITS: [(&str, &str); 27] = [
    ("d", "days"),
    ("h", "hours"),
    ("min", "minutes"),
    ("s", "seconds"),
    ("ms", "milliseconds"),
    ("us", "microseconds"),
    ("ns", "nanoseconds"),
    ("By", "bytes"),
    ("KiBy", "kibibytes"),
    ("MiBy", "mebibytes"),
    ("GiBy", "gibibytes"),
    ("TiBy", "tebibytes"),
    ("kBy", "kilobytes"),
    ("KBy", "kilobytes"),
    ("MBy", "megabytes"),
    ("GBy", "gigabytes"),
    ("TBy", "terabytes"),
    ("m", "meters"),
    ("V", "volts"),
    ("A", "amperes"),
    ("J", "joules"),
    ("W", "watts"),
    ("g", "grams"),
    ("Cel", "celsius"),
    ("Hz", "hertz"),
    ("1", ""),
    ("%", "percent"),
];

const PER: [(&str, &str); 7] = [
    ("s", "second"),
    ("m", "minute"),
    ("h", "hour"),
    ("d", "day"),
    ("w", "week"),
    ("mo", "month"),
    ("y", "year"),
];

/// The unit of a metric in words, for its description.
pub(super) fn unit_in_words(unit: &str) -> String {
    let (main, per) = unit_words(unit);
    let words = [main, per];
    let words: Vec<&str> = words
        .iter()
        .map(String::as_str)
        .filter(|word| !word.is_empty())
        .collect();
    words.join("_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics() {
        use Suffix::{None, Ratio, Total};
        // Name, unit, type, and the name by each strategy.
        for (name, unit, suffix, expected) in [
            (
                "mcp.server.operation.duration",
                "s",
                None,
                [
                    "mcp_server_operation_duration_seconds",
                    "mcp_server_operation_duration",
                    "mcp.server.operation.duration_seconds",
                    "mcp.server.operation.duration",
                ],
            ),
            (
                "http.requests",
                "{request}",
                Total,
                [
                    "http_requests_total",
                    "http_requests",
                    "http.requests_total",
                    "http.requests",
                ],
            ),
            (
                "requests_total",
                "1",
                Total,
                [
                    "requests_total",
                    "requests_total",
                    "requests_total",
                    "requests_total",
                ],
            ),
            (
                "total.of.requests",
                "",
                Total,
                [
                    "of_requests_total",
                    "total_of_requests",
                    "total.of.requests_total",
                    "total.of.requests",
                ],
            ),
            (
                "cpu.utilization",
                "1",
                Ratio,
                [
                    "cpu_utilization_ratio",
                    "cpu_utilization",
                    "cpu.utilization_ratio",
                    "cpu.utilization",
                ],
            ),
            (
                "disk.io",
                "By/s",
                Ratio,
                [
                    "disk_io_bytes_per_second",
                    "disk_io",
                    "disk.io_bytes_per_second",
                    "disk.io",
                ],
            ),
            (
                "memory_usage_bytes",
                "By",
                Ratio,
                [
                    "memory_usage_bytes",
                    "memory_usage_bytes",
                    "memory_usage_bytes",
                    "memory_usage_bytes",
                ],
            ),
            (
                "3d.prints",
                "m/h",
                Ratio,
                [
                    "_3d_prints_meters_per_hour",
                    "_3d_prints",
                    "3d.prints_meters_per_hour",
                    "3d.prints",
                ],
            ),
            (
                "a..b__c-d",
                "unit with space/µ",
                Ratio,
                [
                    "a_b_c_d_unit_with_space",
                    "a_b__c_d",
                    "a..b__c-d_unit with space_per_µ",
                    "a..b__c-d",
                ],
            ),
            (
                "größe",
                "%",
                Ratio,
                ["gr_e_percent", "gr_e", "größe_percent", "größe"],
            ),
        ] {
            for ((_, strategy), expected) in Strategy::ALL.into_iter().zip(expected) {
                let named = strategy.metric(name, unit, suffix);
                assert_eq!(named.as_deref(), Ok(expected), "{name} {unit} {strategy:?}");
            }
        }
        for name in ["", "...", "ж"] {
            let named = Strategy::default().metric(name, "", None);
            assert!(named.is_err(), "{name:?}: {named:?}");
        }
    }

    #[test]
    fn labels() {
        for (name, escaped) in [
            ("http.method", Some("http_method")),
            ("http_method", Some("http_method")),
            ("123", Some("key_123")),
            ("_private", Some("key_private")),
            ("__reserved__", Some("__reserved__")),
            ("größe", Some("gr__e")),
            ("ж", None),
            ("", None),
        ] {
            let labelled = Strategy::UnderscoreEscapingWithSuffixes.label(name);
            assert_eq!(labelled.as_deref(), escaped, "{name}");
            let whole = Some(name).filter(|name| !name.is_empty());
            assert_eq!(Strategy::NoTranslation.label(name).as_deref(), whole);
        }
    }
}
