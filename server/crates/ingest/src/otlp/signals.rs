//! What kinds of things OTLP carries, and how many of them are in a request.

use crate::protobuf::{Malformed, next};

/// A kind of telemetry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// `ExportMetricsServiceRequest`.
    Metrics,
    /// `ExportLogsServiceRequest`.
    Logs,
    /// `ExportTraceServiceRequest`.
    Traces,
}

impl Signal {
    /// Its name in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Metrics => "metrics",
            Self::Logs => "logs",
            Self::Traces => "traces",
        }
    }

    /// What a request holds many of.
    pub fn records(self) -> &'static str {
        match self {
            Self::Metrics => "data points",
            Self::Logs => "log records",
            Self::Traces => "spans",
        }
    }
}

/// How many log records or spans a request in protobuf holds: both lie in scopes, which lie in resources.
///
/// # Errors
/// When it is no such request.
pub fn records(message: &[u8]) -> Result<u64, Malformed> {
    within(message, &[1, 2, 2])
}

fn within(mut message: &[u8], path: &[u32]) -> Result<u64, Malformed> {
    let [wanted, rest @ ..] = path else {
        return Ok(1);
    };
    let mut found = 0;
    while let Some((tag, value)) = next(&mut message)? {
        if tag == *wanted {
            found += within(value.bytes(tag)?, rest)?;
        }
    }
    Ok(found)
}
