//! The binary: joins user interface and backend, nothing more.

mod pages;
mod renderer;

use std::process::ExitCode;

fn main() -> ExitCode {
    backend::cli::run(pages::router)
}
