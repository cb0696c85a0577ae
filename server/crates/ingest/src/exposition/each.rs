//! An exposition value by value, whichever form it has.

use std::sync::Arc;

use model::{Dropped, Exemplar, Histogram, TimestampMs};

use super::parser::{Entry, Parser, Sample};
use super::{Encoding, Pairs, Unreadable, labels, protobuf};

/// A value that is exposed. Its labels are looked at only where somebody asks for them.
pub struct Exposed<'s, 'a> {
    /// How its series is written: the same bytes are the same series.
    pub key: &'s [u8],
    /// The value.
    pub value: Value<'s>,
    /// Its time, where one is named.
    pub at_ms: Option<i64>,
    pub(super) written: Written<'s, 'a>,
}

/// What is exposed of a series.
#[derive(Clone, Copy, Debug)]
pub enum Value<'s> {
    /// A number.
    Number(f64),
    /// A native histogram.
    Histogram(&'s Arc<Histogram>),
}

/// How histograms are read that have classic buckets, native ones, or both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Histograms {
    /// The classic buckets, as series of their own.
    #[default]
    Classic,
    /// The native ones; the classic ones of those that have no others.
    Native,
    /// Both.
    Both,
}

/// Where a series is written.
pub(super) enum Written<'s, 'a> {
    Text(&'s Parser<'a>, &'s Sample<'a>),
    Protobuf(&'s protobuf::Series<'s, 'a>),
}

impl<'a> Exposed<'_, 'a> {
    /// The labels, the metric's name among them, in the order in which they are written.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn labels(&self, into: &mut Pairs<'a>) -> Result<(), Unreadable> {
        match self.written {
            Written::Text(parser, sample) => Ok(parser.labels(sample, into)?),
            Written::Protobuf(series) => Ok(series.labels(into)?),
        }
    }

    /// Hands over the exemplars that come with it, and why one is none. Those that name no time have the one
    /// given here.
    ///
    /// # Errors
    /// What cannot be read of them.
    pub fn exemplars(
        &self,
        of_sample_ms: TimestampMs,
        each: &mut dyn FnMut(Result<Exemplar, Dropped>),
    ) -> Result<(), Unreadable> {
        match self.written {
            Written::Text(parser, sample) => {
                let Some(exemplar) = sample.exemplar else {
                    return Ok(());
                };
                let wrong = |_| parser.error_at(sample, "its exemplar cannot be read".to_owned());
                let pairs = labels::of_exemplar(exemplar.labels).map_err(wrong)?;
                let (value, at_ms) = (exemplar.value, exemplar.at_ms);
                each(Exemplar::new(&pairs, value, at_ms, of_sample_ms));
                Ok(())
            }
            Written::Protobuf(series) => Ok(series.exemplars(of_sample_ms, each)?),
        }
    }

    /// An error about this, at its place.
    pub fn error(&self, message: String) -> Unreadable {
        match self.written {
            Written::Text(parser, sample) => parser.error_at(sample, message).into(),
            Written::Protobuf(series) => series.error(message).into(),
        }
    }
}

/// What takes an exposition in.
pub trait Take<'a> {
    /// Why it does not take it.
    type Error: From<Unreadable>;

    /// How histograms are to be read, where there is a choice.
    fn histograms(&self) -> Histograms {
        Histograms::default()
    }

    /// Takes in what is said about a metric.
    fn describe(&mut self, entry: &Entry<'_>);

    /// Takes in a value.
    ///
    /// # Errors
    /// When nothing more of it is to be read.
    fn sample(&mut self, exposed: &Exposed<'_, 'a>) -> Result<(), Self::Error>;
}

/// Gives all that an exposition says to somebody, in its order.
///
/// # Errors
/// The first mistake, or what the taker says; what is behind that is not read.
pub fn each<'a, T: Take<'a>>(
    body: &'a [u8],
    encoding: Encoding,
    taker: &mut T,
) -> Result<(), T::Error> {
    let format = match encoding {
        Encoding::Protobuf => return protobuf::each(body, taker),
        Encoding::Text(format) => format,
    };
    let wrong = |error| T::Error::from(Unreadable::Text(error));
    let mut parser = Parser::new(body, format).map_err(wrong)?;
    while let Some(entry) = parser.next_entry().map_err(wrong)? {
        match &entry {
            Entry::Sample(sample) => taker.sample(&Exposed {
                key: sample.series.as_bytes(),
                value: Value::Number(sample.value),
                at_ms: sample.at_ms,
                written: Written::Text(&parser, sample),
            })?,
            said => taker.describe(said),
        }
    }
    Ok(())
}
