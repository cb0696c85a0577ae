//! The binary: joins user interface and backend, nothing more.

mod pages;

use std::process::ExitCode;

fn main() -> ExitCode {
    backend::cli::run(pages::router)
}
