//! YAML as it is written: lines with texts that are read again as they were.

use std::collections::BTreeMap;

/// Lines of a YAML file.
#[derive(Default)]
pub(crate) struct Lines(String);

impl Lines {
    /// A line as it is, indented.
    pub fn line(&mut self, indent: usize, line: &str) {
        self.0.push_str(&" ".repeat(indent));
        self.0.push_str(line);
        self.0.push('\n');
    }

    /// A name and a text. `indent` is where the name stands, whatever is before it (`- `).
    pub fn text(&mut self, indent: usize, name: &str, text: &str) {
        if !is_block(text) {
            self.line(indent, &format!("{name}: {}", scalar(text)));
            return;
        }
        self.line(indent, &format!("{name}: |-"));
        let deeper = indent + if name.starts_with("- ") { 4 } else { 2 };
        for line in text.split('\n') {
            match line {
                "" => self.0.push('\n'),
                line => self.line(deeper, line),
            }
        }
    }

    /// The same, where there is a text.
    pub fn some_text(&mut self, indent: usize, name: &str, text: &str) {
        if !text.is_empty() {
            self.text(indent, name, text);
        }
    }

    /// A map of texts, where there are any.
    pub fn map(&mut self, indent: usize, name: &str, texts: &BTreeMap<String, String>) {
        if texts.is_empty() {
            return;
        }
        self.line(indent, &format!("{name}:"));
        for (name, text) in texts {
            self.text(indent + 2, &scalar(name), text);
        }
    }

    /// The file.
    pub fn finish(self) -> String {
        self.0
    }
}

/// Whether a text of several lines can stand as it is.
fn is_block(text: &str) -> bool {
    let is_odd = |c: char| {
        c != '\n'
            && (c.is_control() || matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}'))
    };
    text.contains('\n')
        && !text.starts_with([' ', '\n'])
        && !text.ends_with([' ', '\n'])
        && !text
            .lines()
            .any(|line| line.ends_with(' ') || line.trim().is_empty() && !line.is_empty())
        && !text.contains(is_odd)
}

/// A text on one line, in quotes where it would be read as something else without them.
pub(crate) fn scalar(text: &str) -> String {
    let is_usual =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ':' | '(' | ')');
    let is_word = |words: &[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(text));
    let is_plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| is_usual(c) || c == ' ')
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !is_word(&["null", "true", "false", "yes", "no", "on", "off", "y", "n"]);
    match is_plain {
        true => text.to_owned(),
        false => quoted(text),
    }
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                quoted.push_str(&format!("\\u{:04X}", u32::from(c)));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
