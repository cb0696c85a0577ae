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
    pub(crate) exemplars: Vec<Label>,
    #[prost(message, repeated, tag = "4")]
    pub(crate) histograms: Vec<Label>,
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
        pub(crate) histograms: Vec<Series>,
        #[prost(message, repeated, tag = "4")]
        pub(crate) exemplars: Vec<Series>,
        #[prost(message, optional, tag = "5")]
        pub(crate) metadata: Option<Metadata>,
        #[prost(int64, tag = "6")]
        pub(crate) created: i64,
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
