//! A series as it is written: the metric's name and its labels.

use std::borrow::Cow;

use memchr::{memchr, memchr3};
use model::METRIC_NAME;

use super::numbers::normal;
use super::parser::Fault;
use super::{Format, Pairs};

/// Most labels of one series.
pub(super) const MOST_LABELS: usize = 1_000;

/// Whether a byte may stand in a metric's name outside of quotes, other than first.
pub(super) fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b':'
}

/// Whether a metric's name may begin so outside of quotes.
pub(super) fn is_name_start(byte: u8) -> bool {
    is_name(byte) && !byte.is_ascii_digit()
}

/// The end of a text in quotes that begins here; behind the closing one.
pub(super) fn quoted_end(text: &str, start: usize, format: Format) -> Result<usize, Fault> {
    let bytes = text.as_bytes();
    let mut at = start + 1;
    let open = || Fault::new(start, "these quotes are never closed");
    loop {
        let found = memchr3(b'"', b'\\', b'\n', &bytes[at..]).ok_or_else(open)?;
        at += found;
        match bytes[at] {
            b'"' => return Ok(at + 1),
            b'\\' if bytes.get(at + 1).is_none_or(|next| *next == b'\n') => return Err(open()),
            b'\\' => at += 2,
            // The text format has them in values; OpenMetrics writes `\n`.
            _ if format == Format::Text => at += 1,
            _ => return Err(open()),
        }
    }
}

/// The end of braces that begin here; behind the closing one. What is between them is not looked at.
pub(super) fn braces_end(text: &str, start: usize, format: Format) -> Result<usize, Fault> {
    let bytes = text.as_bytes();
    let mut at = start + 1;
    let open = || Fault::new(start, "this brace is never closed");
    loop {
        at += memchr3(b'"', b'}', b'\n', &bytes[at..]).ok_or_else(open)?;
        match bytes[at] {
            b'"' => at = quoted_end(text, at, format)?,
            b'}' => return Ok(at + 1),
            _ => return Err(Fault::new(at, "the line ends within braces")),
        }
    }
}

/// Reads a series: `name`, `name{…}` or `{"name", …}`.
pub(super) fn read<'a>(series: &'a str, format: Format, into: &mut Pairs<'a>) -> Result<(), Fault> {
    into.clear();
    let bytes = series.as_bytes();
    let end = bytes
        .iter()
        .position(|it| !is_name(*it))
        .unwrap_or(bytes.len());
    let mut has_name = end > 0;
    if has_name {
        into.push((Cow::Borrowed(METRIC_NAME), Cow::Borrowed(&series[..end])));
    }
    if let Some(brace) = memchr(b'{', &bytes[end..]) {
        let labels = Labels {
            text: series,
            at: end + brace + 1,
            format,
        };
        labels.read(into, &mut has_name, false)?;
    }
    match has_name {
        true => distinct(into),
        false => Err(Fault::new(0, "the metric has no name")),
    }
}

/// Writes the number in a label as all others are written.
pub(super) fn write_bounds_alike(pairs: &mut Pairs<'_>, label: Option<&str>) {
    let found = pairs.iter_mut().find(|(name, _)| Some(&**name) == label);
    if let Some((_, value)) = found
        && let Some(normal) = normal(value)
    {
        *value = Cow::Owned(normal);
    }
}

/// An exemplar as it is written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exemplar<'a> {
    /// Its labels in their braces.
    pub labels: &'a str,
    /// Its value.
    pub value: f64,
    /// Its time, where one is named.
    pub at_ms: Option<i64>,
}

/// Reads the labels of an exemplar, which begin at this brace.
pub(super) fn of_exemplar(text: &str) -> Result<Pairs<'_>, Fault> {
    let labels = Labels {
        text,
        at: 1,
        format: Format::OpenMetrics,
    };
    let mut pairs = Pairs::new();
    labels.read(&mut pairs, &mut true, true)?;
    Ok(pairs)
}

struct Labels<'a> {
    text: &'a str,
    at: usize,
    format: Format,
}

impl<'a> Labels<'a> {
    fn read(
        mut self,
        into: &mut Pairs<'a>,
        has_name: &mut bool,
        is_exemplar: bool,
    ) -> Result<(), Fault> {
        loop {
            self.skip();
            let start = self.at;
            let name = match self.peek() {
                Some(b'}') => return Ok(()),
                Some(b'"') if !is_exemplar => self.quoted()?,
                _ => Cow::Borrowed(self.plain()?),
            };
            self.skip();
            let is_quoted = self.text.as_bytes()[start] == b'"';
            if is_quoted && matches!(self.peek(), Some(b',' | b'}')) {
                if std::mem::replace(has_name, true) {
                    return Err(Fault::new(start, "the metric has two names"));
                }
                if name.is_empty() {
                    return Err(Fault::new(start, "the metric's name is empty"));
                }
                into.insert(0, (Cow::Borrowed(METRIC_NAME), name));
            } else {
                if !self.takes(b'=') {
                    return Err(Fault::new(
                        self.at,
                        "an equals sign (=) is missing behind a label's name",
                    ));
                }
                self.skip();
                if self.peek() != Some(b'"') {
                    return Err(Fault::new(self.at, "a label's value stands in quotes"));
                }
                if name.is_empty() {
                    return Err(Fault::new(start, "a label's name is empty"));
                }
                if name == METRIC_NAME {
                    return Err(Fault::new(
                        start,
                        "__name__ is no label: the name stands before the labels",
                    ));
                }
                if into.len() > MOST_LABELS {
                    return Err(Fault::new(start, "the series has more than 1,000 labels"));
                }
                let value = self.quoted()?;
                into.push((name, value));
                self.skip();
            }
            let comma = self.takes(b',');
            // The text format needs none between labels.
            if !comma && self.format == Format::OpenMetrics && self.peek() != Some(b'}') {
                return Err(Fault::new(self.at, "a comma or a closing brace is missing"));
            }
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn takes(&mut self, byte: u8) -> bool {
        let is_there = self.peek() == Some(byte);
        self.at += usize::from(is_there);
        is_there
    }

    fn skip(&mut self) {
        while self.format == Format::Text && matches!(self.peek(), Some(b' ' | b'\t')) {
            self.at += 1;
        }
    }

    fn plain(&mut self) -> Result<&'a str, Fault> {
        let rest = &self.text[self.at..];
        let is_part = |it: &u8| is_name(*it) && *it != b':';
        let length = rest.bytes().take_while(is_part).count();
        let is_name = length > 0 && !rest.as_bytes()[0].is_ascii_digit();
        if !is_name {
            return Err(Fault::new(self.at, "a label's name is expected here"));
        }
        self.at += length;
        Ok(&rest[..length])
    }

    fn quoted(&mut self) -> Result<Cow<'a, str>, Fault> {
        let start = self.at;
        self.at = quoted_end(self.text, start, self.format)?;
        Ok(unescaped(&self.text[start + 1..self.at - 1], true))
    }
}

/// What `\\`, `\n` and, in quotes, `\"` stand for; other backslashes stand for themselves.
pub(super) fn unescaped(text: &str, in_quotes: bool) -> Cow<'_, str> {
    if memchr(b'\\', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(place) = memchr(b'\\', rest.as_bytes()) {
        plain.push_str(&rest[..place]);
        let meant = match rest.as_bytes().get(place + 1) {
            Some(b'\\') => Some('\\'),
            Some(b'n') => Some('\n'),
            Some(b'"') if in_quotes => Some('"'),
            _ => None,
        };
        plain.push(meant.unwrap_or('\\'));
        rest = &rest[place + 1 + usize::from(meant.is_some())..];
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

fn distinct(pairs: &Pairs<'_>) -> Result<(), Fault> {
    match twice(pairs) {
        None => Ok(()),
        Some(name) => Err(Fault::new(
            0,
            format!("the label {name:?} stands there twice"),
        )),
    }
}

/// The name of a label that is there more than once.
pub(super) fn twice<'a>(pairs: &Pairs<'a>) -> Option<Cow<'a, str>> {
    // Few enough to compare most of the time.
    match pairs.len() {
        0..=20 => pairs
            .iter()
            .enumerate()
            .find(|(place, (name, _))| pairs[..*place].iter().any(|(earlier, _)| earlier == name))
            .map(|(_, (name, _))| name.clone()),
        _ => {
            let mut names: Vec<_> = pairs.iter().map(|(name, _)| name).collect();
            names.sort_unstable();
            names
                .windows(2)
                .find(|two| two[0] == two[1])
                .map(|two| two[0].clone())
        }
    }
}
