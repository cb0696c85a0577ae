//! Watches over fake servers: processes made of in-memory pipes, and tiny HTTP servers on the
//! loopback interface. Nothing here needs the network.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod fake_http;
mod fake_process;
mod http;
mod http_amiss;
mod script;
mod stdio;
mod stdio_broken;
mod watching;
