//! OpenMetrics as the older text format of Prometheus: what differs is how counters are described, and the end.

/// The same in the older format.
pub(super) fn from_open_metrics(written: &str) -> String {
    let mut text = String::with_capacity(written.len() + 512);
    // A description comes before the type that says whether its name needs the ending.
    let mut help = None;
    for line in written.lines() {
        if let Some(described) = line.strip_prefix("# HELP ") {
            help = described.split_once(' ');
            continue;
        }
        if line == "# EOF" || line.starts_with("# UNIT ") {
            continue;
        }
        if let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|t| t.split_once(' ')) {
            let ending = if kind == "counter" { "_total" } else { "" };
            if let Some((_, help)) = help.take() {
                text.push_str(&format!("# HELP {name}{ending} {help}\n"));
            }
            text.push_str(&format!("# TYPE {name}{ending} {kind}\n"));
            continue;
        }
        text.push_str(line);
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_described_by_their_whole_name() {
        let written = "\
# HELP a_b What happened.
# TYPE a_b counter
a_b_total{x=\"y z\"} 1
# HELP c What is.
# TYPE c gauge
# UNIT c seconds
c 2.5
# EOF
";
        let expected = "\
# HELP a_b_total What happened.
# TYPE a_b_total counter
a_b_total{x=\"y z\"} 1
# HELP c What is.
# TYPE c gauge
c 2.5
";
        assert_eq!(from_open_metrics(written), expected);
    }
}
