//! The buckets of one side of a histogram: counts, and spans that say which buckets they are.

use super::check::{HistogramError, check_spans};

/// Buckets that follow each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Span {
    /// Buckets between the end of the span before and its begin; for the first span, the number of its
    /// first bucket.
    pub offset: i32,
    /// How many buckets it has.
    pub length: u32,
}

/// Buckets on one side of a histogram.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Buckets {
    /// Which buckets there are, ascending.
    pub spans: Vec<Span>,
    /// Observations in each, as many as the spans have buckets.
    pub counts: Vec<f64>,
}

impl Buckets {
    /// Buckets whose counts are whole numbers, each said as the difference from the one before it, as
    /// protobuf and remote write have them.
    ///
    /// # Errors
    /// When the spans have another number of buckets, or a count is negative or too large.
    pub fn from_deltas(spans: Vec<Span>, deltas: &[i64]) -> Result<Self, HistogramError> {
        check_spans(&spans, deltas.len())?;
        let mut count: i64 = 0;
        let mut counts = Vec::with_capacity(deltas.len());
        for delta in deltas {
            let next = count.checked_add(*delta);
            count = next.ok_or(HistogramError::CountTooLarge)?;
            #[expect(clippy::cast_precision_loss, reason = "counts are fractions here")]
            let count = count as f64;
            if count < 0.0 {
                return Err(HistogramError::NegativeCount(count));
            }
            counts.push(count);
        }
        Ok(Self { spans, counts })
    }

    /// Buckets from their numbers, which ascend, and counts.
    pub fn from_numbered(all: impl IntoIterator<Item = (i32, f64)>) -> Self {
        let mut buckets = Self::default();
        let mut next = 0;
        for (number, count) in all {
            match buckets.spans.last_mut() {
                Some(span) if number == next => span.length += 1,
                _ => buckets.spans.push(Span {
                    offset: number.saturating_sub(next),
                    length: 1,
                }),
            }
            buckets.counts.push(count);
            next = number.saturating_add(1);
        }
        buckets
    }

    /// The buckets by their numbers, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (i32, f64)> {
        let mut next: i32 = 0;
        let numbers = self.spans.iter().flat_map(move |span| {
            let first = next.saturating_add(span.offset);
            next = first.saturating_add_unsigned(span.length);
            first..next
        });
        numbers.zip(self.counts.iter().copied())
    }

    /// Observations in all of them.
    pub fn sum(&self) -> f64 {
        self.counts.iter().sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(offset: i32, length: u32) -> Span {
        Span { offset, length }
    }

    #[test]
    fn deltas_add_up() {
        let spans = vec![span(-2, 2), span(3, 1)];
        let buckets = Buckets::from_deltas(spans.clone(), &[5, -3, 1]).unwrap();
        assert_eq!(buckets.counts, [5.0, 2.0, 3.0]);
        let numbered: Vec<_> = buckets.iter().collect();
        assert_eq!(numbered, [(-2, 5.0), (-1, 2.0), (3, 3.0)]);
        assert_eq!(Buckets::from_numbered(numbered), buckets);
        for (spans, deltas, expected) in [
            (
                spans.clone(),
                vec![1],
                HistogramError::SpansMismatch {
                    spans: 3,
                    counts: 1,
                },
            ),
            (
                spans.clone(),
                vec![1, -2, 0],
                HistogramError::NegativeCount(-1.0),
            ),
            (
                spans.clone(),
                vec![i64::MAX, 1, 0],
                HistogramError::CountTooLarge,
            ),
            (
                vec![span(0, 1), span(-1, 1)],
                vec![1, 1],
                HistogramError::NegativeOffset(-1),
            ),
            (
                vec![span(i32::MAX, 2)],
                vec![1, 1],
                HistogramError::NumberTooLarge,
            ),
        ] {
            assert_eq!(Buckets::from_deltas(spans, &deltas), Err(expected));
        }
    }
}
