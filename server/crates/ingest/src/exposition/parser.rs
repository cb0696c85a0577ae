//! An exposition line by line.

use std::borrow::Cow;

use memchr::{memchr, memchr_iter, memrchr};

use super::labels::{self, Exemplar, braces_end, is_name, is_name_start, quoted_end, unescaped};
use super::numbers;
use super::{Error, Format, Pairs};

/// What a line says.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry<'a> {
    /// `# TYPE`.
    Type {
        /// The metric.
        name: Cow<'a, str>,
        /// `counter`, `gauge`, …; `unknown` for `untyped`.
        kind: &'static str,
    },
    /// `# HELP`.
    Help {
        /// The metric.
        name: Cow<'a, str>,
        /// What it means.
        text: Cow<'a, str>,
    },
    /// `# UNIT`.
    Unit {
        /// The metric.
        name: Cow<'a, str>,
        /// In what it is measured.
        unit: &'a str,
    },
    /// Something else behind `#`.
    Comment,
    /// A value.
    Sample(Sample<'a>),
}

/// A value of a series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample<'a> {
    /// The series as it is written: the same text is the same series. Labels are looked at only by
    /// [`Parser::labels`].
    pub series: &'a str,
    /// The value.
    pub value: f64,
    /// Its time, where the line names one.
    pub at_ms: Option<i64>,
    /// The exemplar; it is checked.
    pub exemplar: Option<Exemplar<'a>>,
    start: usize,
}

/// What is wrong at which byte.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) at: usize,
    message: Cow<'static, str>,
}

impl Fault {
    pub(super) fn new(at: usize, message: impl Into<Cow<'static, str>>) -> Self {
        let message = message.into();
        Self { at, message }
    }

    fn behind(self, start: usize) -> Self {
        let at = self.at + start;
        Self { at, ..self }
    }
}

/// Reads an exposition line by line.
#[derive(Clone, Debug)]
pub struct Parser<'a> {
    text: &'a str,
    at: usize,
    format: Format,
    has_ended: bool,
    /// The label that holds numbers in series of the kind that was named last.
    bound: Option<&'static str>,
}

impl<'a> Parser<'a> {
    /// From its beginning.
    ///
    /// # Errors
    /// When it is no UTF-8.
    pub fn new(body: &'a [u8], format: Format) -> Result<Self, Error> {
        let parser = |text| Self {
            text,
            at: 0,
            format,
            has_ended: false,
            bound: None,
        };
        match std::str::from_utf8(body) {
            Ok(text) => Ok(parser(text)),
            Err(error) => {
                let valid = &body[..error.valid_up_to()];
                let before = parser(std::str::from_utf8(valid).unwrap_or_default());
                Err(before.explain(Fault::new(valid.len(), "this is no UTF-8")))
            }
        }
    }

    /// The next line that says something; none at the end.
    ///
    /// # Errors
    /// What is wrong with it. What comes behind is not to be asked for.
    pub fn next_entry(&mut self) -> Result<Option<Entry<'a>>, Error> {
        let read = match self.format {
            Format::Text => self.next_of_text(),
            Format::OpenMetrics => self.next_of_open_metrics(),
        };
        if let Ok(Some(Entry::Type { kind, .. })) = &read {
            self.bound = match *kind {
                "histogram" | "gaugehistogram" => Some("le"),
                "summary" => Some("quantile"),
                _ => None,
            };
        }
        read.map_err(|fault| self.explain(fault))
    }

    /// The labels of a sample that this has read last, the metric's name among them, in the order of the text.
    /// Bounds of buckets and quantiles are written in one way, however the text writes them, as Prometheus does.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn labels(&self, sample: &Sample<'a>, into: &mut Pairs<'a>) -> Result<(), Error> {
        let read = labels::read(sample.series, self.format, into);
        read.map_err(|fault| self.explain(fault.behind(sample.start)))?;
        labels::write_bounds_alike(into, self.bound);
        Ok(())
    }

    /// An error about a sample that this has read, at its beginning.
    pub fn error_at(&self, sample: &Sample<'a>, message: impl Into<String>) -> Error {
        self.explain(Fault::new(sample.start, message.into()))
    }

    /// The byte at which the next line begins.
    pub(super) fn offset(&self) -> usize {
        self.at
    }

    fn explain(&self, fault: Fault) -> Error {
        let bytes = &self.text.as_bytes()[..fault.at.min(self.text.len())];
        let start = memrchr(b'\n', bytes).map_or(0, |end| end + 1);
        // The place may be within a letter.
        let letters = bytes[start..].iter().filter(|it| (**it & 0xc0) != 0x80);
        Error {
            line: memchr_iter(b'\n', bytes).count() + 1,
            column: letters.count() + 1,
            message: fault.message.into_owned(),
        }
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_blanks(&mut self) {
        while matches!(self.byte(), Some(b' ' | b'\t')) {
            self.at += 1;
        }
    }

    /// Until the end of the line, which is passed.
    fn rest_of_line(&mut self) -> &'a str {
        let rest = &self.text[self.at..];
        let end = memchr(b'\n', rest.as_bytes());
        let line = &rest[..end.unwrap_or(rest.len())];
        self.at += line.len() + usize::from(end.is_some());
        line
    }

    fn next_of_text(&mut self) -> Result<Option<Entry<'a>>, Fault> {
        loop {
            let start = self.at;
            self.skip_blanks();
            match self.byte() {
                None => return Ok(None),
                Some(b'\n') => self.at += 1,
                Some(b'#') => return self.comment().map(Some),
                // Prometheus takes the blanks for a part of the name, and refuses it.
                Some(_) if self.at > start => {
                    return Err(Fault::new(
                        start,
                        "there are blanks before the name of the metric",
                    ));
                }
                Some(_) => return self.text_sample().map(|it| Some(Entry::Sample(it))),
            }
        }
    }

    fn comment(&mut self) -> Result<Entry<'a>, Fault> {
        self.at += 1;
        let rest = &self.text[self.at..];
        let text = rest.trim_start_matches([' ', '\t']);
        let words = [("HELP", true), ("TYPE", false)];
        let said = words.into_iter().find_map(|(word, is_help)| {
            let behind = text.strip_prefix(word)?;
            let behind_blanks = behind.trim_start_matches([' ', '\t']);
            let is_word = text.len() < rest.len() && behind_blanks.len() < behind.len();
            is_word.then_some((is_help, behind_blanks))
        });
        let Some((is_help, behind)) = said else {
            self.rest_of_line();
            return Ok(Entry::Comment);
        };
        self.at = self.text.len() - behind.len();
        let name = self.described()?;
        let start = self.at;
        let line = self.rest_of_line();
        // One letter separates, whichever it is.
        let mut letters = line.chars();
        letters.next();
        let text = letters.as_str();
        if is_help {
            let text = unescaped(text, false);
            return Ok(Entry::Help { name, text });
        }
        let kind = match text {
            "counter" => "counter",
            "gauge" => "gauge",
            "histogram" => "histogram",
            "summary" => "summary",
            "untyped" => "unknown",
            other => return Err(Fault::new(start + line.len() - other.len(), no_kind(other))),
        };
        Ok(Entry::Type { name, kind })
    }

    /// The name that a line is about.
    fn described(&mut self) -> Result<Cow<'a, str>, Fault> {
        let start = self.at;
        if self.byte() == Some(b'"') {
            self.at = quoted_end(self.text, start, self.format)?;
            return Ok(unescaped(&self.text[start + 1..self.at - 1], true));
        }
        if !self.byte().is_some_and(is_name_start) {
            return Err(Fault::new(start, "the name of a metric is expected here"));
        }
        self.pass_name();
        Ok(Cow::Borrowed(&self.text[start..self.at]))
    }

    fn pass_name(&mut self) {
        let bytes = self.text.as_bytes();
        while self.at < bytes.len() && is_name(bytes[self.at]) {
            self.at += 1;
        }
    }

    /// The series, up to the value.
    fn series(&mut self) -> Result<(usize, &'a str), Fault> {
        let start = self.at;
        match self.byte() {
            Some(b'{') => {}
            Some(byte) if is_name_start(byte) => self.pass_name(),
            Some(b'<') => return Err(Fault::new(start, "a tag: this is a web page, not metrics")),
            _ => {
                let message = "a line begins with the name of a metric, or with #";
                return Err(Fault::new(start, message));
            }
        }
        let mut end = self.at;
        if self.format == Format::Text {
            self.skip_blanks();
        }
        if self.byte() == Some(b'{') {
            end = braces_end(self.text, self.at, self.format)?;
        }
        self.at = end;
        Ok((start, &self.text[start..end]))
    }

    fn text_sample(&mut self) -> Result<Sample<'a>, Fault> {
        let (start, series) = self.series()?;
        self.skip_blanks();
        let value = self.number("the value", numbers::float)?;
        self.skip_blanks();
        let mut at_ms = None;
        if !matches!(self.byte(), None | Some(b'\n')) {
            at_ms = Some(self.number("the time in milliseconds", numbers::milliseconds)?);
            self.skip_blanks();
        }
        self.end_of_line()?;
        Ok(Sample {
            series,
            value,
            at_ms,
            exemplar: None,
            start,
        })
    }

    fn end_of_line(&mut self) -> Result<(), Fault> {
        match self.byte() {
            None if self.format == Format::OpenMetrics => Err(Fault::new(
                self.at,
                "the text ends within a line, and without # EOF",
            )),
            None => Ok(()),
            Some(b'\n') => {
                self.at += 1;
                Ok(())
            }
            Some(_) => Err(Fault::new(self.at, "the line should end here")),
        }
    }

    fn number<N>(&mut self, what: &str, read: fn(&str) -> Option<N>) -> Result<N, Fault> {
        let rest = &self.text[self.at..];
        let is_text = self.format == Format::Text;
        let is_end = |it: &u8| match it {
            b' ' | b'\n' => true,
            b'\t' | b'{' => is_text,
            _ => false,
        };
        let length = rest
            .bytes()
            .position(|it| is_end(&it))
            .unwrap_or(rest.len());
        let word = &rest[..length];
        match read(word) {
            Some(number) => {
                self.at += length;
                Ok(number)
            }
            None if word.is_empty() => Err(Fault::new(self.at, format!("{what} is missing"))),
            None if word.ends_with('\r') => {
                let message = "a carriage return: lines end with a line feed alone";
                Err(Fault::new(self.at + length - 1, message))
            }
            None => {
                let word: String = word.chars().take(40).collect();
                Err(Fault::new(
                    self.at,
                    format!("{what} is {word:?}, which is no such number"),
                ))
            }
        }
    }

    fn next_of_open_metrics(&mut self) -> Result<Option<Entry<'a>>, Fault> {
        if self.has_ended {
            return Ok(None);
        }
        let rest = &self.text[self.at..];
        match self.byte() {
            None => Err(Fault::new(self.at, "the text does not end with # EOF")),
            Some(b'#') if rest == "# EOF" || rest == "# EOF\n" => {
                self.has_ended = true;
                Ok(None)
            }
            Some(b'#') if rest.starts_with("# EOF\n") => {
                let place = self.at + "# EOF\n".len();
                Err(Fault::new(place, "there is something behind # EOF"))
            }
            Some(b'#') => self.description().map(Some),
            Some(b'\n') => Err(Fault::new(self.at, "OpenMetrics has no empty lines")),
            Some(_) => self.open_metrics_sample().map(|it| Some(Entry::Sample(it))),
        }
    }

    fn description(&mut self) -> Result<Entry<'a>, Fault> {
        let start = self.at;
        let rest = &self.text[start..];
        let words = ["# HELP ", "# TYPE ", "# UNIT "];
        let Some(word) = words.into_iter().find(|word| rest.starts_with(word)) else {
            let message = "OpenMetrics knows # HELP, # TYPE, # UNIT and # EOF, and no comments";
            return Err(Fault::new(start, message));
        };
        self.at += word.len();
        let name_at = self.at;
        let name = self.described()?;
        if self.byte() != Some(b' ') {
            return Err(Fault::new(self.at, "a space is missing behind the name"));
        }
        self.at += 1;
        let text_at = self.at;
        if memchr(b'\n', &self.text.as_bytes()[text_at..]).is_none() {
            return Err(Fault::new(
                self.text.len(),
                "the text does not end with # EOF",
            ));
        }
        let text = self.rest_of_line();
        match word {
            "# HELP " => Ok(Entry::Help {
                name,
                text: unescaped(text, true),
            }),
            "# UNIT " => {
                let stem = name.strip_suffix(text);
                let is_suffix = text.is_empty() || stem.is_some_and(|stem| stem.ends_with('_'));
                match is_suffix {
                    true => Ok(Entry::Unit { name, unit: text }),
                    false => {
                        let message =
                            format!("the name of the metric does not end with its unit {text:?}");
                        Err(Fault::new(name_at, message))
                    }
                }
            }
            _ => {
                const KINDS: [&str; 8] = [
                    "counter",
                    "gauge",
                    "histogram",
                    "gaugehistogram",
                    "summary",
                    "info",
                    "stateset",
                    "unknown",
                ];
                let kind = KINDS.into_iter().find(|kind| *kind == text);
                let kind = kind.ok_or_else(|| Fault::new(text_at, no_kind(text)))?;
                Ok(Entry::Type { name, kind })
            }
        }
    }

    fn space(&mut self, before: &str) -> Result<(), Fault> {
        match self.byte() {
            Some(b' ') => {
                self.at += 1;
                Ok(())
            }
            _ => Err(Fault::new(
                self.at,
                format!("a space is missing before {before}"),
            )),
        }
    }

    fn open_metrics_sample(&mut self) -> Result<Sample<'a>, Fault> {
        let (start, series) = self.series()?;
        self.space("the value")?;
        let value = self.number("the value", numbers::float)?;
        let (mut at_ms, mut exemplar) = (None, None);
        if self.byte() == Some(b' ') && !self.text[self.at..].starts_with(" # ") {
            self.at += 1;
            at_ms = Some(self.number("the time in seconds", numbers::seconds)?);
        }
        if self.text[self.at..].starts_with(" # ") {
            self.at += 3;
            exemplar = Some(self.exemplar()?);
        }
        self.end_of_line()?;
        Ok(Sample {
            series,
            value,
            at_ms,
            exemplar,
            start,
        })
    }

    fn exemplar(&mut self) -> Result<Exemplar<'a>, Fault> {
        let start = self.at;
        if self.byte() != Some(b'{') {
            return Err(Fault::new(
                start,
                "an exemplar begins with its labels in braces",
            ));
        }
        self.at = braces_end(self.text, start, self.format)?;
        let labels = &self.text[start..self.at];
        labels::of_exemplar(labels).map_err(|fault| fault.behind(start))?;
        self.space("the exemplar's value")?;
        let value = self.number("the exemplar's value", numbers::float)?;
        let mut at_ms = None;
        if self.byte() == Some(b' ') {
            self.at += 1;
            at_ms = Some(self.number("the exemplar's time in seconds", numbers::seconds)?);
        }
        Ok(Exemplar {
            labels,
            value,
            at_ms,
        })
    }
}

fn no_kind(text: &str) -> String {
    let text: String = text.chars().take(40).collect();
    let hint = match text.ends_with('\r') {
        true => " (lines end with a line feed alone)",
        false => "",
    };
    format!("{text:?} is no type of a metric{hint}")
}
