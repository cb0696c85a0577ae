//! Texts of alerts: `{{ $labels.server }}` and `{{ $value }}` in annotations.

use model::Labels;

/// Puts labels and value into a text.
///
/// An unknown expression stays as it is, so that a mistake is seen where it was made.
pub(crate) fn expand(text: &str, labels: &Labels, value: f64) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        let Some((expression, following)) = after.split_once("}}") else {
            out.push_str("{{");
            rest = after;
            continue;
        };
        match expression.trim() {
            "$value" => out.push_str(&value.to_string()),
            other => match other.strip_prefix("$labels.") {
                Some(name) => out.push_str(labels.get(name)),
                None => {
                    out.push_str("{{");
                    out.push_str(expression);
                    out.push_str("}}");
                }
            },
        }
        rest = following;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expands_labels_and_value() {
        let labels = Labels::new().with("server", "fs {{ $value }}");
        for (text, expected) in [
            ("plain", "plain"),
            ("{{ $labels.server }} is down", "fs {{ $value }} is down"),
            ("{{$value}} of 1", "0.5 of 1"),
            ("{{ $labels.missing }}!", "!"),
            ("{{ humanize $value }}", "{{ humanize $value }}"),
            ("open {{ $value", "open {{ $value"),
        ] {
            assert_eq!(expand(text, &labels, 0.5), expected, "{text:?}");
        }
    }
}
