//! Remote write 2.0: texts stand in one table, and everything else names them by their place in it.
//!
//! The protocol: <https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/>; its messages:
//! `io/prometheus/write/v2/types.proto` in <https://github.com/prometheus/prometheus/tree/main/prompb>.

use model::{Dropped, Exemplar, Labels, METRIC_NAME};

use super::known::Known;
use super::series::{MOST_LABELS, Samples, checked, dated, example};
use super::{
    Error, MOST_BUCKETS, MOST_METADATA, MOST_SAMPLES, Metadata, Sent, cut, kind, too_many,
};
use crate::protobuf::{Malformed, next};

/// Most texts in the table of a request.
const MOST_SYMBOLS: usize = 1_000_000;
/// Longest labels of one series, in bytes.
const LONGEST: usize = 64 << 10;
/// Most memory for labels that have not come before, in bytes: a reference of one byte names a long text.
const MOST_LABEL_BYTES: usize = 128 << 20;

/// Label sets with the bytes that they are found by.
type New = Vec<(Vec<u8>, Labels)>;

/// A request that is read.
pub(super) struct Request<'k, 'a> {
    known: &'k Known,
    symbols: Vec<&'a str>,
    /// Label sets to be remembered.
    new: New,
    label_bytes: usize,
    samples: usize,
    buckets: usize,
    sent: Sent,
    /// Space for one series.
    refs: Vec<u64>,
    pairs: Vec<(&'a str, &'a str)>,
    key: Vec<u8>,
    exemplars: Vec<&'a [u8]>,
}

impl<'k, 'a> Request<'k, 'a> {
    /// Reads a whole request. What comes back are also label sets that are worth remembering.
    pub(super) fn read(message: &'a [u8], known: &'k Known) -> Result<(Sent, New), Error> {
        let mut request = Self {
            known,
            symbols: Vec::new(),
            new: Vec::new(),
            label_bytes: 0,
            samples: 0,
            buckets: 0,
            sent: Sent::default(),
            refs: Vec::new(),
            pairs: Vec::new(),
            key: Vec::new(),
            exemplars: Vec::new(),
        };
        // The table may stand anywhere.
        let mut fields = message;
        while let Some((tag, value)) = next(&mut fields)? {
            if tag == 4 {
                request.symbols.push(value.text(tag)?);
                too_many("texts", request.symbols.len(), MOST_SYMBOLS)?;
            }
        }
        let mut fields = message;
        while let Some((tag, value)) = next(&mut fields)? {
            if tag == 5 {
                request.series(value.bytes(tag)?)?;
                too_many("samples", request.samples, MOST_SAMPLES)?;
                too_many("buckets", request.buckets, MOST_BUCKETS)?;
                too_many("bytes of new labels", request.label_bytes, MOST_LABEL_BYTES)?;
            }
        }
        Ok((request.sent, request.new))
    }

    fn series(&mut self, mut message: &'a [u8]) -> Result<(), Malformed> {
        self.refs.clear();
        self.exemplars.clear();
        let mut samples = Samples::default();
        let mut said = None;
        while let Some((tag, value)) = next(&mut message)? {
            match tag {
                1 => {
                    let refs = &mut self.refs;
                    value.each_number(tag, |one| {
                        if refs.len() <= 2 * MOST_LABELS {
                            refs.push(one);
                        }
                    })?;
                }
                2 | 3 => {
                    self.samples += 1;
                    if self.samples > MOST_SAMPLES || self.buckets > MOST_BUCKETS {
                        return Ok(());
                    }
                    match tag {
                        2 => samples.number(value.bytes(tag)?)?,
                        _ => self.buckets += samples.histogram(value.bytes(tag)?)?,
                    }
                }
                4 => self.exemplars.push(value.bytes(tag)?),
                5 => said = Some(value.bytes(tag)?),
                _ => {}
            }
        }
        if samples.is_empty() && self.exemplars.is_empty() {
            return Ok(());
        }
        match self.labels() {
            Ok((labels, is_new)) => {
                if let Some(said) = said.filter(|_| is_new) {
                    self.describe(said, &labels)?;
                }
                for message in std::mem::take(&mut self.exemplars) {
                    let exemplar = self.exemplar(message)?;
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

    /// An exemplar; its labels stand in the table too.
    fn exemplar(&self, mut message: &[u8]) -> Result<Result<Exemplar, Dropped>, Malformed> {
        let (mut refs, mut number, mut at_ms) = (Vec::new(), 0.0, 0);
        while let Some((tag, value)) = next(&mut message)? {
            match tag {
                1 => value.each_number(tag, |one| {
                    if refs.len() <= 2 * MOST_LABELS {
                        refs.push(one);
                    }
                })?,
                2 => number = value.double(tag)?,
                3 => at_ms = value.number(tag)?.cast_signed(),
                _ => {}
            }
        }
        let symbol = |place: &u64| {
            let place = usize::try_from(*place).ok();
            place.and_then(|place| self.symbols.get(place).copied())
        };
        let (pairs, _) = refs.as_chunks::<2>();
        let pairs = pairs.iter();
        let pairs = pairs.map(|[name, value]| Some((symbol(name)?, symbol(value)?)));
        let pairs: Option<Vec<_>> = pairs.collect();
        // What names a text that is not there leads nowhere.
        let pairs = pairs.unwrap_or_default();
        Ok(Exemplar::new(&pairs, number, dated(at_ms), 0))
    }

    /// The labels of the series whose references were read, and whether they are new.
    fn labels(&mut self) -> Result<(Labels, bool), &'static str> {
        self.pairs.clear();
        let (refs, rest) = self.refs.as_chunks::<2>();
        let symbol = |place: u64| {
            let place = usize::try_from(place).ok();
            place.and_then(|place| self.symbols.get(place).copied())
        };
        let mut size = 0;
        for [name, value] in refs {
            let (Some(name), Some(value)) = (symbol(*name), symbol(*value)) else {
                return Err("a label stands outside of the table of texts");
            };
            size += name.len() + value.len();
            if size > LONGEST {
                return Err("the labels are longer than 65,536 bytes");
            }
            self.pairs.push((name, value));
        }
        if !rest.is_empty() {
            return Err("a label has a name and no value");
        }
        self.key.clear();
        for (name, value) in &self.pairs {
            for text in [name, value] {
                self.key.extend((text.len() as u32).to_le_bytes());
                self.key.extend(text.as_bytes());
            }
        }
        let known = self.known.find(&self.key);
        if let Some((labels, false)) = known {
            return Ok((labels.clone(), false));
        }
        let labels = match known {
            Some((labels, _)) => labels.clone(),
            None => {
                self.label_bytes += 2 * size;
                checked(&self.pairs)?
            }
        };
        self.new.push((self.key.clone(), labels.clone()));
        Ok((labels, true))
    }

    /// What is said about a series is about its metric, whose name has no suffix of a bucket.
    fn describe(&mut self, mut message: &[u8], labels: &Labels) -> Result<(), Malformed> {
        let (mut number, mut help, mut unit) = (0, "", "");
        let symbol = |place: u64| {
            let place = usize::try_from(place).ok();
            place
                .and_then(|place| self.symbols.get(place).copied())
                .unwrap_or_default()
        };
        while let Some((tag, value)) = next(&mut message)? {
            match tag {
                1 => number = value.number(tag)?,
                3 => help = symbol(value.number(tag)?),
                4 => unit = symbol(value.number(tag)?),
                _ => {}
            }
        }
        let kind = kind(number);
        if kind == "unknown" && help.is_empty() && unit.is_empty() {
            return Ok(());
        }
        let full = labels.get(METRIC_NAME);
        let suffixes: &[&str] = match kind {
            "histogram" | "gaugehistogram" => &["_bucket", "_count", "_sum"],
            "summary" => &["_count", "_sum"],
            _ => &[],
        };
        let base = suffixes.iter().find_map(|suffix| full.strip_suffix(suffix));
        let name = cut(base.unwrap_or(full));
        let metadata = &mut self.sent.metadata;
        if metadata.len() < MOST_METADATA && metadata.last().is_none_or(|last| last.name != name) {
            metadata.push(Metadata {
                name,
                kind,
                help: cut(help),
                unit: cut(unit),
            });
        }
        Ok(())
    }
}
