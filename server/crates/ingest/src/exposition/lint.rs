//! What a well-formed exposition could do better, by the rules of Prometheus's `promlint`.
//!
//! <https://prometheus.io/docs/practices/naming/>

use std::collections::BTreeMap;

use model::METRIC_NAME;

use super::{Entry, Error, Format, Pairs, Parser};

/// Units, and the one that is to be used instead; by how a word of a name ends.
const UNITS: &[(&str, &str)] = &[
    ("milliseconds", "seconds"),
    ("microseconds", "seconds"),
    ("nanoseconds", "seconds"),
    ("minutes", "seconds"),
    ("hours", "seconds"),
    ("days", "seconds"),
    ("weeks", "seconds"),
    ("kilobytes", "bytes"),
    ("megabytes", "bytes"),
    ("gigabytes", "bytes"),
    ("kibibytes", "bytes"),
    ("mebibytes", "bytes"),
    ("gibibytes", "bytes"),
    ("bits", "bytes"),
    ("percent", "ratio"),
    ("percents", "ratio"),
    ("kilometers", "meters"),
    ("centimeters", "meters"),
    ("millimeters", "meters"),
    ("kilograms", "grams"),
    ("fahrenheit", "celsius"),
    ("kelvin", "celsius"),
];
/// Abbreviations of units.
const SHORT: &[&str] = &[
    "s", "ms", "us", "ns", "sec", "b", "kb", "mb", "gb", "tb", "pb", "m", "h", "d",
];
const TYPES: &[&str] = &["counter", "gauge", "histogram", "summary", "untyped"];

/// A metric, as far as its lines have said.
#[derive(Default)]
struct Family {
    line: usize,
    kind: Option<&'static str>,
    has_help: bool,
    /// Whether its series have suffixes that it does not have itself.
    is_open: bool,
    /// Whether there is a value.
    is_used: bool,
    found: Vec<String>,
}

/// Reads a whole exposition and says what could be better, each with its line, in the order of the text.
///
/// # Errors
/// When it is none.
pub fn lint(body: &[u8], format: Format) -> Result<Vec<Error>, Error> {
    let mut parser = Parser::new(body, format)?;
    let mut families: BTreeMap<String, Family> = BTreeMap::new();
    let mut pairs = Pairs::new();
    let (mut before, mut counted) = (0, 0);
    while let Some(entry) = parser.next_entry()? {
        // Lines are counted from where the last one was, so that many of them take no longer each.
        let end = parser.offset();
        let read = &body[counted..end];
        let breaks = read.iter().filter(|it| **it == b'\n').count();
        let is_whole = read.ends_with(b"\n");
        let line = before + breaks + usize::from(!is_whole);
        (before, counted) = (before + breaks, end);
        match entry {
            Entry::Type { name, kind } => family(&mut families, &name, line).kind = Some(kind),
            Entry::Help { name, .. } => family(&mut families, &name, line).has_help = true,
            Entry::Unit { name, .. } => _ = family(&mut families, &name, line),
            Entry::Comment => {}
            Entry::Sample(sample) => {
                parser.labels(&sample, &mut pairs)?;
                let name = pairs.iter().find(|(name, _)| name == METRIC_NAME);
                let name = name.map_or("", |(_, value)| value.as_ref());
                let of = owner(&families, name).to_owned();
                let known = family(&mut families, &of, line);
                known.is_used = true;
                known.is_open |= of != name;
                labels(known, &pairs);
            }
        }
    }
    let mut found: Vec<Error> = Vec::new();
    for (name, mut family) in families {
        if family.is_used {
            about(&name, &mut family);
        }
        found.extend(family.found.into_iter().map(|message| Error {
            line: family.line,
            column: 1,
            message: format!("{name}: {message}"),
        }));
    }
    found.sort_by_key(|one| one.line);
    Ok(found)
}

fn family<'a>(
    families: &'a mut BTreeMap<String, Family>,
    name: &str,
    line: usize,
) -> &'a mut Family {
    let family = families.entry(name.to_owned()).or_default();
    if family.line == 0 {
        family.line = line;
    }
    family
}

/// The metric that a series belongs to: that of a histogram or a summary has a shorter name.
fn owner<'a>(families: &BTreeMap<String, Family>, name: &'a str) -> &'a str {
    let suffixes: [(&str, &[&str]); 6] = [
        ("_bucket", &["histogram", "gaugehistogram"]),
        ("_count", &["histogram", "summary"]),
        ("_sum", &["histogram", "summary"]),
        ("_total", &["counter"]),
        ("_created", &["counter", "histogram", "summary"]),
        ("_info", &["info"]),
    ];
    if families.get(name).is_some_and(|known| known.kind.is_some()) {
        return name;
    }
    let mut stems = suffixes.into_iter().filter_map(|(suffix, kinds)| {
        let stem = name.strip_suffix(suffix)?;
        let kind = families.get(stem)?.kind?;
        kinds.contains(&kind).then_some(stem)
    });
    stems.next().unwrap_or(name)
}

fn note(family: &mut Family, message: impl Into<String>) {
    let message = message.into();
    if !family.found.contains(&message) {
        family.found.push(message);
    }
}

fn is_camel(name: &str) -> bool {
    let letters = name.as_bytes();
    letters
        .windows(2)
        .any(|two| two[0].is_ascii_lowercase() && two[1].is_ascii_uppercase())
}

fn labels(family: &mut Family, pairs: &Pairs<'_>) {
    for (name, _) in pairs {
        if is_camel(name) {
            note(
                family,
                format!("label names should be written in snake_case, not camelCase ({name})"),
            );
        }
        let kind = family.kind.unwrap_or_default();
        let is_misplaced = match name.as_ref() {
            "le" => !kind.ends_with("histogram"),
            "quantile" => kind != "summary",
            _ => false,
        };
        if is_misplaced && !matches!(kind, "" | "unknown") {
            let what = if name == "le" { "histogram" } else { "summary" };
            note(
                family,
                format!("only a {what} should have the label {name:?}"),
            );
        }
    }
}

fn about(name: &str, family: &mut Family) {
    let kind = family.kind.unwrap_or("unknown");
    if !family.has_help {
        note(family, "there is no help text");
    }
    if family.kind.is_none() {
        note(family, "there is no type");
    }
    match (kind, name.ends_with("_total")) {
        ("counter", false) if !family.is_open => {
            note(family, "the name of a counter should end with _total")
        }
        ("gauge" | "histogram" | "summary", true) => {
            note(family, "only the name of a counter should end with _total");
        }
        _ => {}
    }
    if matches!(kind, "counter" | "gauge") {
        for suffix in ["_bucket", "_count", "_sum"] {
            if name.ends_with(suffix) {
                note(
                    family,
                    format!("only series of a histogram or a summary should end with {suffix}"),
                );
            }
        }
    }
    if name.contains(':') {
        note(
            family,
            "names should not contain a colon, which is for recording rules",
        );
    }
    if is_camel(name) {
        note(
            family,
            "names should be written in snake_case, not camelCase",
        );
    }
    for word in name.split('_') {
        let word = word.to_lowercase();
        if TYPES.contains(&word.as_str()) && kind == word {
            note(
                family,
                format!("a name should not include the type ({word})"),
            );
        }
        if let Some((_, base)) = UNITS.iter().find(|(unit, _)| *unit == word) {
            note(
                family,
                format!("use the base unit {base} instead of {word}"),
            );
        }
    }
    let last = name.strip_suffix("_total").unwrap_or(name);
    let last = last.rsplit('_').next().unwrap_or_default();
    if last.len() < name.len() && SHORT.contains(&last) {
        note(family, format!("units should be written in full ({last})"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_be_better() {
        let good = "# HELP a_total x\n# TYPE a_total counter\na_total 1\n# HELP b_seconds x\n# TYPE b_seconds histogram\n\
                    b_seconds_bucket{le=\"+Inf\"} 1\nb_seconds_sum 1\nb_seconds_count 1\n";
        assert_eq!(lint(good.as_bytes(), Format::Text), Ok(Vec::new()));
        let open = "# HELP a x\n# TYPE a counter\na_total 1\n# EOF\n";
        let found = lint(open.as_bytes(), Format::OpenMetrics).unwrap();
        assert!(
            found.iter().all(|it| !it.message.contains("_total")),
            "OpenMetrics adds it: {found:?}"
        );
        for (text, line, expected) in [
            ("a 1\n", 1, "no help"),
            ("# HELP a x\na 1\n", 1, "no type"),
            ("\n# HELP a x\n# TYPE a counter\na 1\n", 2, "_total"),
            (
                "# HELP a_total x\n# TYPE a_total gauge\na_total 1\n",
                1,
                "only the name of a counter",
            ),
            ("# HELP aB x\n# TYPE aB gauge\naB 1\n", 1, "camelCase"),
            (
                "# HELP a x\n# TYPE a gauge\na{bC=\"1\"} 1\n",
                1,
                "label names",
            ),
            ("# HELP a x\n# TYPE a gauge\na{le=\"1\"} 1\n", 1, "\"le\""),
            ("# HELP a:b x\n# TYPE a:b gauge\na:b 1\n", 1, "colon"),
            ("# HELP a_ms x\n# TYPE a_ms gauge\na_ms 1\n", 1, "in full"),
            (
                "# HELP a_milliseconds x\n# TYPE a_milliseconds gauge\na_milliseconds 1\n",
                1,
                "base unit seconds",
            ),
            (
                "# HELP a_count x\n# TYPE a_count gauge\na_count 1\n",
                1,
                "_count",
            ),
        ] {
            let found = lint(text.as_bytes(), Format::Text).unwrap();
            let it = found.iter().find(|it| it.message.contains(expected));
            assert_eq!(it.map(|it| it.line), Some(line), "{text:?}: {found:?}");
        }
    }
}
