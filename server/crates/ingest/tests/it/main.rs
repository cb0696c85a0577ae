//! Scraping as a whole: real targets on loopback, with and without TLS, and what becomes of them when the
//! configuration changes.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod credentials;
mod peers;
mod reload;
mod scraping;
mod tls;
