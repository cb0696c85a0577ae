//! What the series of a chart are called.

/// Longer names are cut: a legend is no page.
const LONGEST: usize = 160;

type Labels = [(String, String)];

/// The name that a legend's template gives a series: `{{label}}` stands for the value of a label. Where
/// that comes to nothing, all labels are written out.
pub(super) fn name(template: &str, labels: &Labels) -> String {
    let filled = fill(template, labels);
    let text = match filled.trim() {
        "" => written_out(labels),
        filled => filled.to_owned(),
    };
    shortened(text)
}

fn fill(template: &str, labels: &Labels) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((label, after)) = after.split_once("}}") else {
            break;
        };
        out.push_str(before);
        out.push_str(value(labels, label.trim()).unwrap_or_default());
        rest = after;
    }
    out.push_str(rest);
    out
}

fn value<'a>(labels: &'a Labels, name: &str) -> Option<&'a str> {
    let found = labels.iter().find(|(known, _)| known == name);
    found.map(|(_, value)| value.as_str())
}

/// `up{server="fs"}`, as PromQL writes a series.
fn written_out(labels: &Labels) -> String {
    let mut out = value(labels, "__name__").unwrap_or_default().to_owned();
    let rest = labels.iter().filter(|(name, _)| name != "__name__");
    let rest: Vec<String> = rest
        .map(|(name, value)| format!("{name}=\"{value}\""))
        .collect();
    if !rest.is_empty() {
        out.push_str(&format!("{{{}}}", rest.join(", ")));
    }
    match out.is_empty() {
        true => "value".to_owned(),
        false => out,
    }
}

/// What distinguishes a series from another of the same name: the labels that differ.
pub(super) fn difference(labels: &Labels, other: &Labels) -> String {
    let differs = |name: &str, mine: &str| value(other, name) != Some(mine);
    let differing = labels.iter().filter(|(name, mine)| differs(name, mine));
    let words: Vec<String> = differing
        .map(|(name, value)| format!("{name} {value}"))
        .collect();
    words.join(", ")
}

/// One line, not too long.
pub(super) fn shortened(text: String) -> String {
    let is_fine = text.len() <= LONGEST && !text.contains(char::is_control);
    if is_fine {
        return text;
    }
    let one_line = |c: char| if c.is_control() { ' ' } else { c };
    let mut short: String = text.chars().take(LONGEST).map(one_line).collect();
    if short.len() < text.len() && text.chars().count() > LONGEST {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        let pairs = pairs.iter();
        pairs
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
            .collect()
    }

    #[test]
    fn templates() {
        let fs = labels(&[("__name__", "up"), ("server", "fs"), ("tool", "<b>x</b>")]);
        for (template, of, expected) in [
            ("{{server}}", &fs, "fs"),
            ("{{ server }} · {{tool}} p95", &fs, "fs · <b>x</b> p95"),
            ("budget", &fs, "budget"),
            ("", &fs, "up{server=\"fs\", tool=\"<b>x</b>\"}"),
            ("{{missing}}", &fs, "up{server=\"fs\", tool=\"<b>x</b>\"}"),
            ("{{server", &fs, "{{server"),
            ("", &labels(&[("__name__", "up")]), "up"),
            ("{{x}}", &labels(&[]), "value"),
            (
                "{{x}}",
                &labels(&[("x", "שלום\u{202e}\nb")]),
                "שלום\u{202e} b",
            ),
        ] {
            assert_eq!(name(template, of), expected, "{template}");
        }
        let long = labels(&[("x", &"ä".repeat(5000))]);
        assert_eq!(name("{{x}}", &long).chars().count(), LONGEST + 1);
    }

    #[test]
    fn what_differs() {
        let a = labels(&[("server", "fs"), ("step", "ping")]);
        let b = labels(&[("server", "fs"), ("step", "list")]);
        assert_eq!(difference(&a, &b), "step ping");
        assert_eq!(difference(&a, &a), "");
        assert_eq!(difference(&a, &[]), "server fs, step ping");
    }
}
