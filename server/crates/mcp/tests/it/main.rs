//! Watches over fake servers: processes made of in-memory pipes, and tiny HTTP servers on the
//! loopback interface. Nothing here needs the network.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod checks;
mod fake_http;
mod fake_process;
mod faults;
mod http;
mod http_amiss;
mod old_transport;
mod script;
mod signing_in;
mod stdio;
mod stdio_broken;
mod watching;
