//! Rules as text: a Prometheus rule file, of which each line is known to belong to a field.

use rules::NO_DATA;
use wire::RuleDraft;

/// A group of rules that is to be written.
pub(super) struct Written<'a> {
    pub(super) name: &'a str,
    pub(super) interval: &'a str,
    pub(super) rules: Vec<&'a RuleDraft>,
}

/// The text of a file, and the field that each of its lines is about.
#[derive(Default)]
pub(super) struct Page {
    pub(super) text: String,
    fields: Vec<&'static str>,
}

impl Page {
    /// The field that a line is about; lines are counted from 1.
    pub(super) fn field(&self, line: usize) -> &'static str {
        let at = line.checked_sub(1);
        at.and_then(|at| self.fields.get(at))
            .copied()
            .unwrap_or("name")
    }

    fn line(&mut self, field: &'static str, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
        self.fields.push(field);
    }

    fn value(&mut self, field: &'static str, before: &str, value: &str) {
        self.line(field, &format!("{before}{}", quoted(value)));
    }

    fn optional(&mut self, field: &'static str, before: &str, value: &str) {
        if !value.is_empty() {
            self.value(field, before, value);
        }
    }

    fn rule(&mut self, rule: &RuleDraft) {
        let kind = rule.kind.as_str();
        self.value("name", &format!("      - {kind}: "), &rule.name);
        self.value("expr", "        expr: ", &rule.expr);
        self.optional("hold", "        for: ", &rule.hold);
        let keep = &rule.keep_firing_for;
        self.optional("keep_firing_for", "        keep_firing_for: ", keep);
        if !rule.labels.is_empty() {
            self.line("labels", "        labels:");
        }
        for (name, value) in &rule.labels {
            let before = format!("          {}: ", quoted_name(name));
            self.value("labels", &before, value);
        }
        if !rule.annotations.is_empty() || !rule.no_data.is_empty() {
            self.line("annotations", "        annotations:");
        }
        for (name, value) in &rule.annotations {
            let before = format!("          {}: ", quoted_name(name));
            self.value("annotations", &before, value);
        }
        self.optional("no_data", &format!("          {NO_DATA}: "), &rule.no_data);
    }
}

/// Writes groups as a rule file that Prometheus takes.
pub(super) fn page(groups: &[Written<'_>]) -> Page {
    let mut page = Page::default();
    match groups.is_empty() {
        true => page.line("group", "groups: []"),
        false => page.line("group", "groups:"),
    }
    for group in groups {
        page.value("group", "  - name: ", group.name);
        page.optional("interval", "    interval: ", group.interval);
        page.line("group", "    rules:");
        for rule in &group.rules {
            page.rule(rule);
        }
    }
    page
}

/// A rule in a group of its own.
pub(super) fn page_of(rule: &RuleDraft) -> Page {
    page(&[Written {
        name: &rule.group,
        interval: &rule.interval,
        rules: vec![rule],
    }])
}

/// A name of a label: bare where that is safe.
fn quoted_name(name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    // What YAML would take for a truth value or a number stays a text.
    let is_word = name.len() > 5 && name.starts_with(|c: char| c.is_ascii_alphabetic());
    match is_word && name.chars().all(is_plain) {
        true => name.to_owned(),
        false => quoted(name),
    }
}

/// A text in YAML, on one line.
fn quoted(text: &str) -> String {
    let is_plain = |c: char| !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}');
    match text.chars().all(is_plain) {
        true => format!("'{}'", text.replace('\'', "''")),
        false => escaped(text),
    }
}

/// A text in double quotes; <https://yaml.org/spec/1.2.2/#57-escaped-characters>.
fn escaped(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let texts = [
            "plain",
            "it's {{ $value }}: #no \"comment\" \\n",
            "two\nlines\r\n\t",
            "",
            "yes",
            "1.10",
            "\u{85}\u{7f}\u{2028}\u{feff}é🦀",
            " - a: b",
        ];
        for text in texts {
            let rule = RuleDraft {
                group: "g's".to_owned(),
                name: "A".to_owned(),
                expr: "up == 0".to_owned(),
                annotations: [
                    ("summary".to_owned(), text.to_owned()),
                    ("no".to_owned(), "b".to_owned()),
                ]
                .into(),
                ..RuleDraft::default()
            };
            let page = page_of(&rule);
            let (groups, mistakes) = rules::read("x", &page.text, &|_| Ok(()));
            assert_eq!(mistakes, [], "{}", page.text);
            assert_eq!(groups[0].name, "g's");
            let rules::Entry::Alerting(read) = &groups[0].rules[0] else {
                panic!("{groups:?}")
            };
            assert_eq!(read.annotations["summary"].text(), text);
            assert_eq!(page.text.lines().count(), page.fields.len());
        }
        assert_eq!(page(&[]).text, "groups: []\n");
    }
}
