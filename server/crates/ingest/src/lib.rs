//! Samples from elsewhere: what other systems send, as series. A module a protocol.

pub mod otlp;
mod protobuf;
pub mod remote_write;
