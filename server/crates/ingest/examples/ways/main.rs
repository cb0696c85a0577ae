//! What the ways in cost: scraping 300 targets of 1,000 series every 15 s, and OTLP beside remote write.
//!
//! ```sh
//! cargo run --release -p ingest --example ways -- target/release/mcp-observatory [SECONDS]
//! ```
//!
//! Processor time is that of the product alone, as the kernel counts it; targets and senders are here. It ends with
//! an error where a limit is missed.

#![expect(
    clippy::unwrap_used,
    reason = "a measurement that fails says so by panicking"
)]

mod doors;
#[path = "../../src/otlp/tests/messages.rs"]
#[expect(dead_code, reason = "tests send more than this")]
mod messages;
#[path = "../peers/product.rs"]
#[expect(dead_code, reason = "peers are measured in more ways")]
mod product;
mod scrape;
mod targets;

use std::path::PathBuf;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let binary = PathBuf::from(arguments.next().expect("the program to measure"));
    let binary = binary.canonicalize().unwrap();
    let seconds = arguments
        .next()
        .map_or(60, |text| text.parse().expect("seconds"));
    let are_kept = [
        scrape::measure(&binary, seconds).await,
        doors::measure(&binary).await,
    ];
    match are_kept.iter().all(|is_kept| *is_kept) {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}
