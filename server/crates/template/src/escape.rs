//! HTML that quotes values, as Go's `html/template` does it where it matters in mails.

/// What stands in place of an address that a browser would run.
const UNSAFE: &str = "#ZgotmplZ";

/// Attributes whose value is an address.
const ADDRESSES: &[&str] = &[
    "href",
    "src",
    "action",
    "formaction",
    "background",
    "cite",
    "poster",
];

/// A text within HTML.
pub(super) fn html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&#34;"),
            '\'' => escaped.push_str("&#39;"),
            '+' => escaped.push_str("&#43;"),
            '\0' => escaped.push(char::REPLACEMENT_CHARACTER),
            other => escaped.push(other),
        }
    }
    escaped
}

/// A value behind the HTML that is already there: at the beginning of an address only `http`, `https`, `mailto` and
/// addresses without a scheme are let through.
pub(super) fn value(before: &str, text: &str) -> String {
    match begins_address(before) && !is_harmless(text) {
        true => UNSAFE.to_owned(),
        false => html(text),
    }
}

fn begins_address(before: &str) -> bool {
    let unquoted = before.strip_suffix(['"', '\'']).unwrap_or(before);
    let Some(name) = unquoted.trim_end().strip_suffix('=') else {
        return false;
    };
    let name = name.trim_end();
    let start = name
        .rfind(|c: char| !c.is_ascii_alphabetic())
        .map_or(0, |at| at + 1);
    ADDRESSES
        .iter()
        .any(|known| known.eq_ignore_ascii_case(&name[start..]))
}

fn is_harmless(address: &str) -> bool {
    match address.split_once(':') {
        Some((scheme, _)) if !scheme.contains(['/', '?', '#']) => ["http", "https", "mailto"]
            .iter()
            .any(|known| known.eq_ignore_ascii_case(scheme)),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_in_html() {
        for (before, text, expected) in [
            ("<b>", "a<b>&\"'+", "a&lt;b&gt;&amp;&#34;&#39;&#43;"),
            (
                "<a href=\"",
                "https://host/?a=1&b",
                "https://host/?a=1&amp;b",
            ),
            ("<a href=\"", "javascript:alert(1)", "#ZgotmplZ"),
            ("<a HREF = '", " JavaScript:alert(1)", "#ZgotmplZ"),
            ("<img src=", "data:text/html,x", "#ZgotmplZ"),
            ("<a href=\"", "/alerts/a:b", "/alerts/a:b"),
            ("<a title=\"", "note: this", "note: this"),
        ] {
            assert_eq!(value(before, text), expected, "{before}{text}");
        }
    }
}
