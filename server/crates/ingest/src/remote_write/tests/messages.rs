//! The messages of remote write as another implementation has them: a generated one. Whoever tests or
//! fuzzes the reading of them includes this file.

use prost::Message;

#[derive(Clone, PartialEq, Message)]
pub(crate) struct WriteRequest {
    #[prost(message, repeated, tag = "1")]
    pub(crate) timeseries: Vec<TimeSeries>,
    #[prost(message, repeated, tag = "3")]
    pub(crate) metadata: Vec<MetricMetadata>,
}
#[derive(Clone, PartialEq, Message)]
pub(crate) struct TimeSeries {
    #[prost(message, repeated, tag = "1")]
    pub(crate) labels: Vec<Label>,
    #[prost(message, repeated, tag = "2")]
    pub(crate) samples: Vec<Sample>,
    #[prost(message, repeated, tag = "3")]
    pub(crate) exemplars: Vec<Exemplar>,
    #[prost(message, repeated, tag = "4")]
    pub(crate) histograms: Vec<Histogram>,
}
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Exemplar {
    #[prost(message, repeated, tag = "1")]
    pub(crate) labels: Vec<Label>,
    #[prost(double, tag = "2")]
    pub(crate) value: f64,
    #[prost(int64, tag = "3")]
    pub(crate) timestamp: i64,
}
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Label {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    #[prost(string, tag = "2")]
    pub(crate) value: String,
}
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Sample {
    #[prost(double, tag = "1")]
    pub(crate) value: f64,
    #[prost(int64, tag = "2")]
    pub(crate) timestamp: i64,
}
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Histogram {
    #[prost(uint64, optional, tag = "1")]
    pub(crate) count_int: Option<u64>,
    #[prost(double, optional, tag = "2")]
    pub(crate) count_float: Option<f64>,
    #[prost(double, tag = "3")]
    pub(crate) sum: f64,
    #[prost(sint32, tag = "4")]
    pub(crate) schema: i32,
    #[prost(double, tag = "5")]
    pub(crate) zero_threshold: f64,
    #[prost(uint64, optional, tag = "6")]
    pub(crate) zero_count_int: Option<u64>,
    #[prost(double, optional, tag = "7")]
    pub(crate) zero_count_float: Option<f64>,
    #[prost(message, repeated, tag = "8")]
    pub(crate) negative_spans: Vec<BucketSpan>,
    #[prost(sint64, repeated, tag = "9")]
    pub(crate) negative_deltas: Vec<i64>,
    #[prost(double, repeated, tag = "10")]
    pub(crate) negative_counts: Vec<f64>,
    #[prost(message, repeated, tag = "11")]
    pub(crate) positive_spans: Vec<BucketSpan>,
    #[prost(sint64, repeated, tag = "12")]
    pub(crate) positive_deltas: Vec<i64>,
    #[prost(double, repeated, tag = "13")]
    pub(crate) positive_counts: Vec<f64>,
    #[prost(int32, tag = "14")]
    pub(crate) reset_hint: i32,
    #[prost(int64, tag = "15")]
    pub(crate) timestamp: i64,
    #[prost(double, repeated, tag = "16")]
    pub(crate) custom_values: Vec<f64>,
}
#[derive(Clone, PartialEq, Message)]
pub(crate) struct BucketSpan {
    #[prost(sint32, tag = "1")]
    pub(crate) offset: i32,
    #[prost(uint32, tag = "2")]
    pub(crate) length: u32,
}
#[derive(Clone, PartialEq, Message)]
pub(crate) struct MetricMetadata {
    #[prost(int32, tag = "1")]
    pub(crate) kind: i32,
    #[prost(string, tag = "2")]
    pub(crate) metric_family_name: String,
    #[prost(string, tag = "4")]
    pub(crate) help: String,
    #[prost(string, tag = "5")]
    pub(crate) unit: String,
}

/// A histogram with a bucket below zero and three above, of which two follow each other.
#[allow(
    dead_code,
    reason = "not everybody who includes this file sends histograms"
)]
pub(crate) fn histogram(timestamp: i64) -> Histogram {
    let span = |offset, length| BucketSpan { offset, length };
    Histogram {
        count_int: Some(12),
        sum: 18.5,
        schema: 1,
        zero_threshold: 0.001,
        zero_count_int: Some(2),
        negative_spans: vec![span(1, 1)],
        negative_deltas: vec![3],
        positive_spans: vec![span(-1, 2), span(3, 1)],
        positive_deltas: vec![1, 1, 2],
        timestamp,
        ..Histogram::default()
    }
}

/// A series with its samples.
pub(crate) fn series(labels: &[(&str, &str)], samples: &[(i64, f64)]) -> TimeSeries {
    let label = |(name, value): &(&str, &str)| Label {
        name: (*name).to_owned(),
        value: (*value).to_owned(),
    };
    let sample = |(timestamp, value): &(i64, f64)| Sample {
        value: *value,
        timestamp: *timestamp,
    };
    TimeSeries {
        labels: labels.iter().map(label).collect(),
        samples: samples.iter().map(sample).collect(),
        ..TimeSeries::default()
    }
}

/// A body of these series.
pub(crate) fn body(timeseries: Vec<TimeSeries>) -> Vec<u8> {
    packed(&WriteRequest {
        timeseries,
        metadata: Vec::new(),
    })
}

/// A body of this request.
pub(crate) fn packed(request: &WriteRequest) -> Vec<u8> {
    let mut encoder = snap::raw::Encoder::new();
    encoder.compress_vec(&request.encode_to_vec()).unwrap()
}

/// The messages of 2.0.
#[allow(dead_code, reason = "not everybody who includes this file sends 2.0")]
pub(crate) mod v2 {
    use prost::Message;

    #[derive(Clone, PartialEq, Message)]
    pub(crate) struct Request {
        #[prost(string, repeated, tag = "4")]
        pub(crate) symbols: Vec<String>,
        #[prost(message, repeated, tag = "5")]
        pub(crate) timeseries: Vec<Series>,
    }
    #[derive(Clone, PartialEq, Message)]
    pub(crate) struct Series {
        #[prost(uint32, repeated, tag = "1")]
        pub(crate) refs: Vec<u32>,
        #[prost(message, repeated, tag = "2")]
        pub(crate) samples: Vec<super::Sample>,
        #[prost(message, repeated, tag = "3")]
        pub(crate) histograms: Vec<super::Histogram>,
        #[prost(message, repeated, tag = "4")]
        pub(crate) exemplars: Vec<Exemplar>,
        #[prost(message, optional, tag = "5")]
        pub(crate) metadata: Option<Metadata>,
        #[prost(int64, tag = "6")]
        pub(crate) created: i64,
    }
    #[derive(Clone, PartialEq, Message)]
    pub(crate) struct Exemplar {
        #[prost(uint32, repeated, tag = "1")]
        pub(crate) refs: Vec<u32>,
        #[prost(double, tag = "2")]
        pub(crate) value: f64,
        #[prost(int64, tag = "3")]
        pub(crate) timestamp: i64,
    }
    #[derive(Clone, PartialEq, Message)]
    pub(crate) struct Metadata {
        #[prost(int32, tag = "1")]
        pub(crate) kind: i32,
        #[prost(uint32, tag = "3")]
        pub(crate) help: u32,
        #[prost(uint32, tag = "4")]
        pub(crate) unit: u32,
    }

    /// The table of texts of a request.
    pub(crate) struct Symbols(Vec<String>);

    impl Default for Symbols {
        fn default() -> Self {
            Self(vec![String::new()])
        }
    }

    impl Symbols {
        /// The place of a text.
        pub(crate) fn place(&mut self, text: &str) -> u32 {
            let known = self.0.iter().position(|known| known == text);
            let place = known.unwrap_or_else(|| {
                self.0.push(text.to_owned());
                self.0.len() - 1
            });
            u32::try_from(place).unwrap()
        }

        /// A series with its samples.
        pub(crate) fn series(&mut self, labels: &[(&str, &str)], samples: &[(i64, f64)]) -> Series {
            let texts = labels.iter().flat_map(|(name, value)| [*name, *value]);
            let refs = texts.map(|text| self.place(text)).collect();
            let sample = |(timestamp, value): &(i64, f64)| super::Sample {
                value: *value,
                timestamp: *timestamp,
            };
            Series {
                refs,
                samples: samples.iter().map(sample).collect(),
                ..Series::default()
            }
        }

        /// A request of these series.
        pub(crate) fn request(&self, timeseries: Vec<Series>) -> Request {
            Request {
                symbols: self.0.clone(),
                timeseries,
            }
        }
    }
}
