//! The value of a query as JSON. It is written as text at once: an answer may hold a million points.

use std::fmt::Write as _;

use model::{Histogram, Labels, TimestampMs};
use promql::{Answer, HistogramSample, RangeSeries, Value, VectorSample};

/// A value that has been written, and what is said about it.
pub(super) struct Written {
    /// The members of `data`: `"resultType":…,"result":…`.
    pub(super) data: String,
    pub(super) warnings: Vec<String>,
    pub(super) infos: Vec<String>,
    pub(super) samples_read: usize,
}

impl Written {
    /// Of the series of an answer the first `limit`.
    pub(super) fn of(answer: Answer, limit: usize) -> Self {
        let mut out = Text(String::new());
        let found = match &answer.value {
            Value::Scalar(at_ms, value) => {
                out.put("\"resultType\":\"scalar\",\"result\":");
                out.point(*at_ms, *value);
                0
            }
            Value::String(at_ms, text) => {
                out.put("\"resultType\":\"string\",\"result\":[");
                out.time(*at_ms);
                out.put(",");
                out.quoted(text);
                out.put("]");
                0
            }
            Value::Vector(samples) => {
                out.put("\"resultType\":\"vector\",\"result\":");
                let numbers = samples.iter().map(One::Number);
                let histograms = answer.histograms.iter().map(One::Histogram);
                let shown = numbers.chain(histograms).take(limit);
                out.list(shown, |out, one| match one {
                    One::Number(sample) => {
                        out.metric(&sample.labels);
                        out.put(",\"value\":");
                        out.point(sample.at_ms, sample.value);
                        out.put("}");
                    }
                    One::Histogram(sample) => {
                        out.metric(&sample.labels);
                        out.put(",\"histogram\":");
                        out.histogram(sample.at_ms, &sample.value);
                        out.put("}");
                    }
                });
                samples.len() + answer.histograms.len()
            }
            Value::Matrix(series) => {
                out.put("\"resultType\":\"matrix\",\"result\":");
                let shown = series.iter().take(limit);
                out.list(shown, |out, series: &RangeSeries| {
                    out.metric(&series.labels);
                    if !series.points.is_empty() || series.histograms.is_empty() {
                        out.put(",\"values\":");
                        out.list(series.points.iter(), |out, (at_ms, value)| {
                            out.point(*at_ms, *value);
                        });
                    }
                    if !series.histograms.is_empty() {
                        out.put(",\"histograms\":");
                        out.list(series.histograms.iter(), |out, (at_ms, histogram)| {
                            out.histogram(*at_ms, histogram);
                        });
                    }
                    out.put("}");
                });
                series.len()
            }
        };
        let mut warnings = answer.warnings;
        if found > limit {
            warnings.push("results truncated due to limit".to_owned());
        }
        Self {
            data: out.0,
            warnings,
            infos: answer.infos,
            samples_read: answer.samples_read,
        }
    }

    /// The whole answer; `stats` is JSON too.
    pub(super) fn body(self, stats: Option<&serde_json::Value>) -> String {
        let mut out = Text(String::with_capacity(self.data.len() + 256));
        out.put("{\"status\":\"success\",\"data\":{");
        out.put(&self.data);
        if let Some(stats) = stats {
            out.put(",\"stats\":");
            out.put(&stats.to_string());
        }
        out.put("}");
        for (name, texts) in [("warnings", &self.warnings), ("infos", &self.infos)] {
            if !texts.is_empty() {
                out.put(",");
                out.quoted(name);
                out.put(":");
                out.list(texts.iter(), |out, text| out.quoted(text));
            }
        }
        out.put("}");
        out.0
    }
}

/// A number as it stands in answers.
pub(super) fn number_text(value: f64) -> String {
    let mut out = Text(String::new());
    out.number(value);
    out.0
}

/// A series of an answer at one time.
enum One<'a> {
    Number(&'a VectorSample),
    Histogram(&'a HistogramSample),
}

/// JSON that is being written.
struct Text(String);

impl Text {
    fn put(&mut self, text: &str) {
        self.0.push_str(text);
    }

    fn list<T>(&mut self, all: impl Iterator<Item = T>, each: impl Fn(&mut Self, T)) {
        self.put("[");
        for (place, one) in all.enumerate() {
            if place > 0 {
                self.put(",");
            }
            each(self, one);
        }
        self.put("]");
    }

    /// Begins a series with its labels.
    fn metric(&mut self, labels: &Labels) {
        self.put("{\"metric\":{");
        for (place, (name, value)) in labels.iter().enumerate() {
            if place > 0 {
                self.put(",");
            }
            self.quoted(name);
            self.put(":");
            self.quoted(value);
        }
        self.put("}");
    }

    fn quoted(&mut self, text: &str) {
        let is_plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
        if text.bytes().all(is_plain) {
            self.put("\"");
            self.put(text);
            self.put("\"");
        } else {
            self.put(&serde_json::Value::from(text).to_string());
        }
    }

    fn point(&mut self, at_ms: TimestampMs, value: f64) {
        self.put("[");
        self.time(at_ms);
        self.put(",\"");
        self.number(value);
        self.put("\"]");
    }

    /// A histogram and its time: count, sum, and the buckets that are not empty, each with which of its
    /// bounds belong to it (0 the upper, 1 the lower, 2 none, 3 both), the bounds and the count.
    fn histogram(&mut self, at_ms: TimestampMs, histogram: &Histogram) {
        self.put("[");
        self.time(at_ms);
        for (name, value) in [
            (",{\"count\":", histogram.count),
            (",\"sum\":", histogram.sum),
        ] {
            self.put(name);
            self.quoted_number(value);
        }
        let mut buckets = histogram.buckets().peekable();
        if buckets.peek().is_some() {
            self.put(",\"buckets\":");
            self.list(buckets, |out, bucket| {
                out.put(match (bucket.has_lower, bucket.has_upper) {
                    (false, true) => "[0",
                    (true, false) => "[1",
                    (false, false) => "[2",
                    (true, true) => "[3",
                });
                for value in [bucket.lower, bucket.upper, bucket.count] {
                    out.put(",");
                    out.quoted_number(value);
                }
                out.put("]");
            });
        }
        self.put("}]");
    }

    fn quoted_number(&mut self, value: f64) {
        self.put("\"");
        self.number(value);
        self.put("\"");
    }

    /// Seconds, with a fraction only where there is one.
    fn time(&mut self, at_ms: TimestampMs) {
        if at_ms < 0 {
            self.put("-");
        }
        let ms = at_ms.unsigned_abs();
        self.whole((ms / 1000).cast_signed());
        let mut fraction = ms % 1000;
        if fraction > 0 {
            self.put(".");
        }
        let mut digit = 100;
        while fraction > 0 {
            self.whole((fraction / digit).cast_signed());
            fraction %= digit;
            digit /= 10;
        }
    }

    /// The shortest text that is read back as the same number; an exponent where ECMAScript writes one.
    fn number(&mut self, value: f64) {
        /// All whole numbers up to this are floats.
        const WHOLE: f64 = 9_007_199_254_740_992.0;
        let size = value.abs();
        if value.is_nan() {
            self.put("NaN");
        } else if value.is_infinite() {
            self.put(if value > 0.0 { "+Inf" } else { "-Inf" });
        } else if size < WHOLE
            && value.trunc() == value
            && (value != 0.0 || value.is_sign_positive())
        {
            // Whole numbers are most of what there is, and are written faster as such.
            #[expect(clippy::cast_possible_truncation)]
            self.whole(value as i64);
        } else if size == 0.0 || (1e-6..1e21).contains(&size) {
            self.write(format_args!("{value}"));
        } else {
            let text = format!("{value:e}");
            let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
            let (sign, exponent) = match exponent.strip_prefix('-') {
                Some(exponent) => ('-', exponent),
                None => ('+', exponent),
            };
            self.write(format_args!("{digits}e{sign}{exponent:0>2}"));
        }
    }

    fn whole(&mut self, number: i64) {
        self.put(itoa::Buffer::new().format(number));
    }

    fn write(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing into a text cannot fail.
        let _ = self.0.write_fmt(text);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use model::Buckets;

    use super::*;

    fn text(write: impl Fn(&mut Text)) -> String {
        let mut text = Text(String::new());
        write(&mut text);
        text.0
    }

    #[test]
    fn numbers_and_times() {
        for (value, expected) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (-3.0, "-3"),
            (1.5, "1.5"),
            (9_007_199_254_740_993.0, "9007199254740992"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (1e-6, "0.000001"),
            (1.25e-7, "1.25e-07"),
            (-1e-100, "-1e-100"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Inf"),
            (0.1 + 0.2, "0.30000000000000004"),
        ] {
            assert_eq!(text(|text| text.number(value)), expected);
        }
        for (at_ms, expected) in [
            (1_500_000, "1500"),
            (1_435_781_430_781, "1435781430.781"),
            (1_435_781_430_050, "1435781430.05"),
            (-500, "-0.5"),
            (-1, "-0.001"),
            (i64::MIN, "-9223372036854775.808"),
        ] {
            assert_eq!(text(|text| text.time(at_ms)), expected);
        }
    }

    #[test]
    fn every_kind_of_value_is_json() {
        let labels = Labels::new().with("a", "\"\\\n\u{1}é").with("b", "x");
        let vector = |n| VectorSample {
            labels: labels.clone().with("n", n),
            at_ms: 1500,
            value: 2.0,
        };
        let matrix = RangeSeries {
            labels: labels.clone(),
            points: vec![(0, 1.0), (1000, f64::NAN)],
            histograms: Vec::new(),
        };
        for (value, limit, expected) in [
            (Value::Scalar(1500, 0.5), 9, r#"[1.5,"0.5"]"#.to_owned()),
            (
                Value::String(0, "a\"b".into()),
                9,
                r#"[0,"a\"b"]"#.to_owned(),
            ),
            (Value::Vector(vec![]), 9, "[]".to_owned()),
            (
                Value::Vector(vec![vector("1"), vector("2")]),
                1,
                r#"[{"metric":{"a":"\"\\\n\u0001é","b":"x","n":"1"},"value":[1.5,"2"]}]"#
                    .to_owned(),
            ),
            (
                Value::Matrix(vec![matrix]),
                9,
                r#"[{"metric":{"a":"\"\\\n\u0001é","b":"x"},"values":[[0,"1"],[1,"NaN"]]}]"#
                    .to_owned(),
            ),
        ] {
            let is_cut = limit == 1;
            let answer = Answer {
                value,
                histograms: Vec::new(),
                warnings: Vec::new(),
                infos: vec!["i".into()],
                samples_read: 0,
            };
            let body = Written::of(answer, limit).body(Some(&serde_json::json!({ "x": 1 })));
            let read: serde_json::Value = serde_json::from_str(&body).unwrap();
            assert_eq!(read["status"], "success");
            assert_eq!(read["data"]["stats"]["x"], 1);
            assert_eq!(read["infos"][0], "i");
            assert_eq!(read.get("warnings").is_some(), is_cut);
            assert!(body.contains(&format!("\"result\":{expected}")), "{body}");
        }
    }

    #[test]
    fn histograms_are_written_as_prometheus_does() {
        let histogram = Arc::new(Histogram {
            zero_threshold: 0.001,
            zero_count: 1.0,
            count: 6.5,
            sum: -0.5,
            positive: Buckets::from_numbered([(0, 1.0), (1, 0.0), (2, 2.5)]),
            negative: Buckets::from_numbered([(1, 2.0)]),
            ..Histogram::default()
        });
        let answer = |value, histograms| Answer {
            value,
            histograms,
            warnings: Vec::new(),
            infos: Vec::new(),
            samples_read: 0,
        };
        let sample = HistogramSample {
            labels: Labels::new().with("a", "b"),
            at_ms: 1500,
            value: Arc::clone(&histogram),
        };
        let expected = concat!(
            r#"{"count":"6.5","sum":"-0.5","buckets":[[1,"-2","-1","2"],[3,"-0.001","0.001","1"],"#,
            r#"[0,"0.5","1","1"],[0,"2","4","2.5"]]}]"#
        );
        let body = Written::of(answer(Value::Vector(Vec::new()), vec![sample]), 9).body(None);
        let metric = r#"[{"metric":{"a":"b"},"histogram":[1.5,"#;
        assert!(body.contains(&format!("{metric}{expected}")), "{body}");
        let series = RangeSeries {
            labels: Labels::new(),
            points: vec![(0, 1.0)],
            histograms: vec![(2000, histogram), (3000, Arc::default())],
        };
        let body = Written::of(answer(Value::Matrix(vec![series]), Vec::new()), 9).body(None);
        let series = r#"[{"metric":{},"values":[[0,"1"]],"histograms":[[2,"#;
        let empty = r#",[3,{"count":"0","sum":"0"}]]}]"#;
        assert!(
            body.contains(&format!("{series}{expected}{empty}")),
            "{body}"
        );
    }
}
