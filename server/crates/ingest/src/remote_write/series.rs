//! The series of one request: their labels and samples.

use std::sync::Arc;

use model::{
    Dropped, Exemplar, Histogram, HistogramError, Labels, METRIC_NAME, SeriesSamples, TimestampMs,
};

use super::histogram::histogram;
use super::known::Known;
use super::{MOST_BUCKETS, MOST_SAMPLES, Sent};
use crate::protobuf::{Malformed, next};

/// Most labels of one series that are looked at.
pub(super) const MOST_LABELS: usize = 1_000;
/// Longest example of wrong labels, in letters.
const LONGEST_EXAMPLE: usize = 250;

/// The series of one request, read one after the other.
pub(super) struct AllSeries<'k, 'a> {
    known: &'k Known,
    /// Label sets to be remembered.
    new: Vec<(&'a [u8], Labels)>,
    /// Space for the labels of one series.
    pairs: Vec<(&'a str, &'a str)>,
    /// Space for the exemplars of one series.
    exemplars: Vec<&'a [u8]>,
    samples: usize,
    buckets: usize,
    sent: Sent,
}

/// The samples of one series.
#[derive(Default)]
pub(super) struct Samples {
    at_ms: Vec<TimestampMs>,
    values: Vec<f64>,
    histograms: Vec<(TimestampMs, Arc<Histogram>)>,
    /// Those that are none: how many, and why the first.
    wrong: Option<(u64, HistogramError)>,
}

impl Samples {
    /// Reads a number.
    pub(super) fn number(&mut self, message: &[u8]) -> Result<(), Malformed> {
        let (at_ms, value) = sample(message)?;
        self.at_ms.push(at_ms);
        self.values.push(value);
        Ok(())
    }

    /// Reads a histogram; how many numbers it has.
    pub(super) fn histogram(&mut self, message: &[u8]) -> Result<usize, Malformed> {
        let read = histogram(message)?;
        match read.histogram {
            Ok(histogram) => self.histograms.push((read.at_ms, histogram)),
            Err(why) => self.wrong.get_or_insert((0, why)).0 += 1,
        }
        Ok(read.numbers)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many there are, also those that are none.
    pub(super) fn len(&self) -> u64 {
        let wrong = self.wrong.as_ref().map_or(0, |(count, _)| *count);
        self.at_ms.len() as u64 + self.histograms.len() as u64 + wrong
    }

    /// Adds them to what a request brought.
    pub(super) fn give(self, labels: Labels, sent: &mut Sent) {
        if let Some((count, why)) = self.wrong {
            sent.wrong_histograms += count;
            let example = &mut sent.wrong_histogram_example;
            example.get_or_insert_with(|| {
                let pairs: Vec<_> = labels.iter().collect();
                self::example(&why.to_string(), &pairs)
            });
        }
        sent.histograms += self.histograms.len() as u64;
        if !(self.at_ms.is_empty() && self.histograms.is_empty()) {
            sent.series.push(SeriesSamples {
                labels,
                at_ms: self.at_ms,
                values: self.values,
                histograms: self.histograms,
            });
        }
    }
}

impl<'k, 'a> AllSeries<'k, 'a> {
    pub(super) fn new(known: &'k Known) -> Self {
        Self {
            known,
            new: Vec::new(),
            pairs: Vec::new(),
            exemplars: Vec::new(),
            samples: 0,
            buckets: 0,
            sent: Sent::default(),
        }
    }

    /// Samples so far.
    pub(super) fn samples(&self) -> usize {
        self.samples
    }

    /// Buckets of native histograms so far.
    pub(super) fn buckets(&self) -> usize {
        self.buckets
    }

    /// What was read, and the label sets that are worth remembering.
    pub(super) fn done(self) -> (Sent, Vec<(&'a [u8], Labels)>) {
        (self.sent, self.new)
    }

    /// Reads one series.
    pub(super) fn read(&mut self, message: &'a [u8]) -> Result<(), Malformed> {
        let (labels, mut rest) = split(message)?;
        let mut samples = Samples::default();
        let mut has_labels_behind = false;
        self.exemplars.clear();
        while let Some((tag, value)) = next(&mut rest)? {
            match tag {
                1 => has_labels_behind = true,
                2 | 4 => {
                    self.samples += 1;
                    if self.samples > MOST_SAMPLES || self.buckets > MOST_BUCKETS {
                        return Ok(());
                    }
                    match tag {
                        2 => samples.number(value.bytes(tag)?)?,
                        _ => self.buckets += samples.histogram(value.bytes(tag)?)?,
                    }
                }
                3 => self.exemplars.push(value.bytes(tag)?),
                _ => {}
            }
        }
        let has_nothing = samples.is_empty() && self.exemplars.is_empty();
        let found = match has_labels_behind || has_nothing {
            true => self.labels(message)?,
            false => self.known_labels(labels)?,
        };
        if has_nothing {
            return Ok(());
        }
        match found {
            Ok(labels) => {
                for message in &self.exemplars {
                    let exemplar = exemplar(message)?;
                    self.sent.exemplars.put(&labels, exemplar);
                }
                samples.give(labels, &mut self.sent);
            }
            Err(why) => {
                self.sent.mislabelled += samples.len();
                let pairs = &self.pairs;
                let first = &mut self.sent.mislabelled_example;
                first.get_or_insert_with(|| example(why, pairs));
                for _ in &self.exemplars {
                    self.sent.exemplars.drop(Dropped::UnknownSeries);
                }
            }
        }
        Ok(())
    }

    /// The label set of these bytes, which is remembered.
    fn known_labels(&mut self, bytes: &'a [u8]) -> Result<Result<Labels, &'static str>, Malformed> {
        let known = self.known.find(bytes);
        if let Some((labels, false)) = known {
            return Ok(Ok(labels.clone()));
        }
        let labels = match known {
            Some((labels, _)) => labels.clone(),
            None => match self.labels(bytes)? {
                Ok(labels) => labels,
                Err(why) => return Ok(Err(why)),
            },
        };
        self.new.push((bytes, labels.clone()));
        Ok(Ok(labels))
    }

    /// The labels of a series; what is wrong with them is about this series only.
    fn labels(&mut self, mut message: &'a [u8]) -> Result<Result<Labels, &'static str>, Malformed> {
        self.pairs.clear();
        while let Some((tag, value)) = next(&mut message)? {
            if tag == 1 && self.pairs.len() <= MOST_LABELS {
                self.pairs.push(label(value.bytes(tag)?)?);
            }
        }
        Ok(checked(&self.pairs))
    }
}

/// The labels, which stand first, and the rest.
fn split(message: &[u8]) -> Result<(&[u8], &[u8]), Malformed> {
    let mut rest = message;
    loop {
        let before = rest;
        if !matches!(next(&mut rest)?, Some((1, _))) {
            let labels = &message[..message.len() - before.len()];
            return Ok((labels, before));
        }
    }
}

pub(super) fn example(why: &str, labels: &[(&str, &str)]) -> String {
    let mut text = format!("{why}: ");
    for (name, value) in labels {
        let pair = name
            .chars()
            .chain("=".chars())
            .chain(value.chars())
            .chain(" ".chars());
        text.extend(pair.take(LONGEST_EXAMPLE));
        if text.len() > LONGEST_EXAMPLE {
            text.push('…');
            break;
        }
    }
    text.trim_end().to_owned()
}

fn label(mut message: &[u8]) -> Result<(&str, &str), Malformed> {
    let (mut name, mut text) = ("", "");
    while let Some((tag, value)) = next(&mut message)? {
        match tag {
            1 => name = value.text(tag)?,
            2 => text = value.text(tag)?,
            _ => {}
        }
    }
    Ok((name, text))
}

fn exemplar(mut message: &[u8]) -> Result<Result<Exemplar, Dropped>, Malformed> {
    let (mut pairs, mut number, mut at_ms) = (Vec::new(), 0.0, 0);
    while let Some((tag, value)) = next(&mut message)? {
        match tag {
            1 if pairs.len() <= MOST_LABELS => pairs.push(label(value.bytes(tag)?)?),
            2 => number = value.double(tag)?,
            3 => at_ms = value.number(tag)?.cast_signed(),
            _ => {}
        }
    }
    Ok(Exemplar::new(&pairs, number, dated(at_ms), 0))
}

/// The time of an exemplar, where it says one.
pub(super) fn dated(at_ms: TimestampMs) -> Option<TimestampMs> {
    (at_ms != 0).then_some(at_ms)
}

pub(super) fn sample(mut message: &[u8]) -> Result<(i64, f64), Malformed> {
    let (mut at_ms, mut number) = (0, 0.0);
    while let Some((tag, value)) = next(&mut message)? {
        match tag {
            1 => number = value.double(tag)?,
            2 => at_ms = value.number(tag)?.cast_signed(),
            _ => {}
        }
    }
    Ok((at_ms, number))
}

pub(super) fn checked(pairs: &[(&str, &str)]) -> Result<Labels, &'static str> {
    if pairs.len() > MOST_LABELS {
        return Err("there are more than 1,000 labels");
    }
    if pairs.iter().any(|(name, _)| name.is_empty()) {
        return Err("a label has no name");
    }
    if !pairs.is_sorted_by(|(a, _), (b, _)| a < b) {
        return Err("labels are repeated or not sorted by name");
    }
    if !pairs
        .iter()
        .any(|(name, value)| *name == METRIC_NAME && !value.is_empty())
    {
        return Err("there is no name of a metric");
    }
    Ok(pairs.iter().copied().collect())
}
