//! What was pushed of a series as a text: a number as it is written, a native histogram as JSON.

use std::num::ParseFloatError;
use std::sync::Arc;

use ingest::push::Value;
use model::{Buckets, CounterReset, Counts, Histogram, HistogramError, Span};
use serde::{Deserialize, Serialize};

/// Why a text is neither.
#[derive(Debug, thiserror::Error)]
pub(super) enum Damaged {
    /// It is no number.
    #[error(transparent)]
    Number(#[from] ParseFloatError),
    /// It is no such JSON.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// It is no histogram.
    #[error(transparent)]
    Histogram(#[from] HistogramError),
}

/// Numbers stand there as texts: JSON does not have all of them.
#[derive(Deserialize, Serialize)]
struct Kept {
    is_gauge: bool,
    schema: i8,
    zero_threshold: String,
    zero_count: String,
    count: String,
    sum: String,
    positive: Side,
    negative: Side,
    bounds: Vec<String>,
}

#[derive(Deserialize, Serialize)]
struct Side {
    /// How far each is behind the one before it, and how long it is.
    spans: Vec<(i32, u32)>,
    counts: Vec<String>,
}

fn texts(numbers: &[f64]) -> Vec<String> {
    numbers.iter().map(f64::to_string).collect()
}

fn numbers(texts: &[String]) -> Result<Vec<f64>, ParseFloatError> {
    texts.iter().map(|text| text.parse()).collect()
}

impl From<&Buckets> for Side {
    fn from(buckets: &Buckets) -> Self {
        let spans = buckets.spans.iter();
        Self {
            spans: spans.map(|span| (span.offset, span.length)).collect(),
            counts: texts(&buckets.counts),
        }
    }
}

impl Side {
    fn buckets(&self) -> Result<Buckets, ParseFloatError> {
        let span = |(offset, length): &(i32, u32)| Span {
            offset: *offset,
            length: *length,
        };
        Ok(Buckets {
            spans: self.spans.iter().map(span).collect(),
            counts: numbers(&self.counts)?,
        })
    }
}

/// A value as a text.
pub(super) fn text(value: &Value) -> String {
    let it = match value {
        Value::Number(number) => return number.to_string(),
        Value::Histogram(histogram) => histogram,
    };
    let kept = Kept {
        is_gauge: it.reset == CounterReset::Gauge,
        schema: it.schema,
        zero_threshold: it.zero_threshold.to_string(),
        zero_count: it.zero_count.to_string(),
        count: it.count.to_string(),
        sum: it.sum.to_string(),
        positive: (&it.positive).into(),
        negative: (&it.negative).into(),
        bounds: texts(&it.bounds),
    };
    serde_json::json!(kept).to_string()
}

/// What a text stands for.
///
/// # Errors
/// When it is damaged.
pub(super) fn value(text: &str) -> Result<Value, Damaged> {
    if !text.starts_with('{') {
        return Ok(Value::Number(text.parse()?));
    }
    let kept: Kept = serde_json::from_str(text)?;
    let histogram = Histogram {
        reset: match kept.is_gauge {
            true => CounterReset::Gauge,
            false => CounterReset::Unknown,
        },
        schema: kept.schema,
        zero_threshold: kept.zero_threshold.parse()?,
        zero_count: kept.zero_count.parse()?,
        count: kept.count.parse()?,
        sum: kept.sum.parse()?,
        positive: kept.positive.buckets()?,
        negative: kept.negative.buckets()?,
        bounds: numbers(&kept.bounds)?,
    };
    histogram.check(Counts::Fractions)?;
    Ok(Value::Histogram(Arc::new(histogram)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_they_were_written() {
        let histogram = Histogram {
            schema: 3,
            zero_threshold: 1e-128,
            zero_count: 2.0,
            count: 7.5,
            sum: f64::INFINITY,
            positive: Buckets::from_numbered([(-1, 1.5), (4, 2.0)]),
            negative: Buckets::from_numbered([(0, 2.0)]),
            ..Histogram::default()
        };
        for value in [
            Value::Number(-0.5),
            Value::Number(f64::NEG_INFINITY),
            Value::Histogram(Arc::new(histogram)),
            Value::Histogram(Arc::new(Histogram {
                reset: CounterReset::Gauge,
                ..Histogram::default()
            })),
        ] {
            assert_eq!(super::value(&text(&value)).unwrap(), value);
        }
        assert!(matches!(
            super::value(&text(&Value::Number(f64::NAN))),
            Ok(Value::Number(number)) if number.is_nan()
        ));
        for damaged in ["x", "{", "{}"] {
            assert!(super::value(damaged).is_err(), "{damaged}");
        }
    }
}
