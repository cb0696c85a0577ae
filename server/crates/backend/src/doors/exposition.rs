//! The newest value of every series about servers, in the text format of Prometheus.

use std::collections::BTreeMap;

use wire::{Caller, Problem, RangeQuery, Series, Services};

use crate::catalogue::metrics;

/// What is written where nothing is chosen.
const ABOUT_SERVERS: &str = "{server!=\"\"}";

/// What the selectors find at a time, as text.
///
/// # Errors
/// When one is no selector.
pub(super) async fn newest(
    services: &Services,
    caller: &Caller,
    selectors: &[String],
    now_ms: i64,
) -> Result<String, Problem> {
    let usual = [ABOUT_SERVERS.to_owned()];
    let selectors = match selectors {
        [] => &usual[..],
        chosen => chosen,
    };
    let mut found = BTreeMap::new();
    for selector in selectors {
        let query = RangeQuery {
            expr: selector.clone(),
            from_ms: now_ms,
            to_ms: now_ms,
            step_ms: 1000,
        };
        for series in services.metrics.range(caller, query).await? {
            if series.metric.is_empty() {
                return Err(Problem::invalid(format!(
                    "match[]: {selector:?} computes something; write a selector such as {ABOUT_SERVERS}"
                )));
            }
            found.insert((series.metric.clone(), series.labels.clone()), series);
        }
    }
    Ok(text(found.values()))
}

/// Series by name, each metric described once. Names that need quotes and native histograms are left out, and
/// that is said: this version of the format has neither.
fn text<'a>(series: impl Iterator<Item = &'a Series>) -> String {
    let (mut written, mut described) = (String::new(), "");
    let (mut left_out, mut histograms) = (0, 0);
    for one in series {
        let Some(point) = one.points.last() else {
            // A series that is found has a sample: one without a number has a histogram.
            histograms += 1;
            continue;
        };
        let name = one.metric.as_str();
        if !is_plain(name, true) || !one.labels.keys().all(|label| is_plain(label, false)) {
            left_out += 1;
            continue;
        }
        if name != described {
            described = name;
            written.push_str(&description(name));
        }
        let pairs = one.labels.iter();
        let pairs: Vec<_> = pairs
            .map(|(label, value)| format!("{label}=\"{}\"", escaped(value)))
            .collect();
        let labels = match pairs.is_empty() {
            true => String::new(),
            false => format!("{{{}}}", pairs.join(",")),
        };
        written.push_str(&format!("{name}{labels} {}\n", number(point.value)));
    }
    if left_out > 0 {
        written.push_str(&format!(
            "# Left out: {left_out} series with names that need quotes.\n"
        ));
    }
    if histograms > 0 {
        written.push_str(&format!(
            "# Left out: {histograms} series of native histograms.\n"
        ));
    }
    written
}

fn description(name: &str) -> String {
    let known = metrics().find(|metric| metric.name == name);
    let (kind, help) = known.map_or(("untyped", "As it was received."), |metric| {
        (metric.kind.as_str(), metric.help)
    });
    format!("# HELP {name} {help}\n# TYPE {name} {kind}\n")
}

/// Whether a name can stand without quotes.
fn is_plain(name: &str, colons: bool) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || (colons && c == ':');
    name.chars().all(allowed) && name.chars().next().is_some_and(|c| !c.is_ascii_digit())
}

fn escaped(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    escaped.replace('\n', "\\n")
}

fn number(value: f64) -> String {
    match value {
        f64::INFINITY => "+Inf".to_owned(),
        f64::NEG_INFINITY => "-Inf".to_owned(),
        value => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use wire::Point;

    use super::*;

    #[test]
    fn written() {
        let series = |metric: &str, labels: &[(&str, &str)], value| Series {
            metric: metric.to_owned(),
            labels: (labels.iter())
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            points: vec![Point { at_ms: 1, value }],
        };
        let histogram = Series {
            points: Vec::new(),
            ..series("h", &[], 0.0)
        };
        let found = [
            histogram,
            series("foreign:x", &[("server", "a \"b\" \\ \n")], f64::INFINITY),
            series("mcp_server_up", &[("server", "a")], 1.0),
            series("mcp_server_up", &[("server", "b")], 0.5),
            series("odd name", &[("a-b", "c")], f64::NAN),
            series("plain", &[], -2.0),
        ];
        let expected = "\
# HELP foreign:x As it was received.
# TYPE foreign:x untyped
foreign:x{server=\"a \\\"b\\\" \\\\ \\n\"} +Inf
# HELP mcp_server_up Whether a server works: 1, or 0 when its level is unhealthy.
# TYPE mcp_server_up gauge
mcp_server_up{server=\"a\"} 1
mcp_server_up{server=\"b\"} 0.5
# HELP plain As it was received.
# TYPE plain untyped
plain -2
# Left out: 1 series with names that need quotes.
# Left out: 1 series of native histograms.
";
        assert_eq!(text(found.iter()), expected);
    }
}
