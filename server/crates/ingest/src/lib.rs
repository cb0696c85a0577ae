//! Samples from elsewhere: what other systems send, as series. A module a protocol.

mod exemplars;
pub mod exposition;
mod native;
pub mod otlp;
mod protobuf;
pub mod push;
pub mod remote_write;
pub mod scrape;

pub use exemplars::Exemplars;
