//! The binary: joins user interface and backend, nothing more.

mod pages;
mod renderer;

use std::process::ExitCode;

/// The store takes and frees many small things on several threads; this one is faster at it than the
/// system's and gives memory back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    backend::cli::run(pages::router)
}
