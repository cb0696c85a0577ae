//! In which forms targets are asked for what they expose: `scrape_protocols`.

use std::fmt::Write as _;

use crate::exposition::{Encoding, Format};

/// A form, by its name in a `prometheus.yml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// `PrometheusProto`.
    Protobuf,
    /// `OpenMetricsText1.0.0`.
    OpenMetrics1,
    /// `OpenMetricsText0.0.1`.
    OpenMetrics0,
    /// `PrometheusText1.0.0`.
    Text1,
    /// `PrometheusText0.0.4`.
    Text0,
}

/// All, in the order in which they are preferred, as a file names them and as a header does.
const ALL: [(Protocol, &str, &str); 5] = [
    (
        Protocol::Protobuf,
        "PrometheusProto",
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
    ),
    (
        Protocol::OpenMetrics1,
        "OpenMetricsText1.0.0",
        "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8",
    ),
    (
        Protocol::OpenMetrics0,
        "OpenMetricsText0.0.1",
        "application/openmetrics-text;version=0.0.1",
    ),
    (
        Protocol::Text1,
        "PrometheusText1.0.0",
        "text/plain;version=1.0.0;escaping=allow-utf-8",
    ),
    (
        Protocol::Text0,
        "PrometheusText0.0.4",
        "text/plain;version=0.0.4",
    ),
];

/// What is asked for where nobody says it, as Prometheus does: protobuf first where native histograms are wanted,
/// because only that has them, and texts.
pub(super) fn usual(is_native: bool) -> Vec<Protocol> {
    let first = usize::from(!is_native);
    ALL[first..]
        .iter()
        .map(|(protocol, _, _)| *protocol)
        .collect()
}

impl Protocol {
    pub(super) fn named(name: &str) -> Result<Self, String> {
        let found = ALL.iter().find(|(_, known, _)| *known == name);
        found.map(|(protocol, _, _)| *protocol).ok_or_else(|| {
            let names: Vec<_> = ALL.iter().map(|(_, name, _)| *name).collect();
            format!("{name:?} is none of {}", names.join(", "))
        })
    }

    /// How an answer is read.
    pub(super) fn encoding(self) -> Encoding {
        match self {
            Self::Protobuf => Encoding::Protobuf,
            Self::OpenMetrics1 | Self::OpenMetrics0 => Encoding::Text(Format::OpenMetrics),
            Self::Text1 | Self::Text0 => Encoding::Text(Format::Text),
        }
    }

    fn header(self) -> &'static str {
        let found = ALL.iter().find(|(protocol, _, _)| *protocol == self);
        found.map_or("*/*", |(_, _, header)| header)
    }
}

/// What is written into `Accept`: the preferred form first.
pub(super) fn accept(protocols: &[Protocol]) -> String {
    let mut header = String::new();
    let mut weight = ALL.len() + 1;
    for protocol in protocols {
        let _ = write!(header, "{};q=0.{weight},", protocol.header());
        weight -= 1;
    }
    let _ = write!(header, "*/*;q=0.{weight}");
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_preferred_form_weighs_most() {
        assert_eq!(
            accept(&usual(false)),
            "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
             application/openmetrics-text;version=0.0.1;q=0.5,\
             text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,\
             text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
        );
        assert_eq!(
            accept(&[Protocol::Protobuf, Protocol::Text0]),
            "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,\
             text/plain;version=0.0.4;q=0.5,*/*;q=0.4"
        );
        let all = usual(true);
        assert_eq!(all[0], Protocol::Protobuf);
        assert!(accept(&all).ends_with("*/*;q=0.1"));
    }

    /// What a target answers to what is asked for is read as what it is.
    #[test]
    fn headers_and_types_go_together() {
        for (protocol, name, header) in ALL {
            assert_eq!(Protocol::named(name), Ok(protocol));
            let read = Encoding::of_content_type(Some(header));
            assert_eq!(read, Ok(protocol.encoding()), "{name}");
        }
    }
}
