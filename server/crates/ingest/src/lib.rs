//! Samples from elsewhere: what other systems send, as series. A module a protocol.

pub mod exposition;
mod protobuf;
pub mod remote_write;
pub mod scrape;
