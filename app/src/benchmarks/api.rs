//! The server functions of these pages, like those of `crate::api`.

use leptos::prelude::*;
use wire::{BenchmarkDetail, BenchmarkPicture};

use crate::answer::{Answer, AsJson, Failure};
#[cfg(feature = "ssr")]
use crate::api::services;

/// All benchmarks.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn load_benchmarks() -> Result<Answer<BenchmarkPicture>, Failure> {
    let (services, caller) = services()?;
    Answer::of(&services.benchmarks.benchmarks(&caller).await?)
}

/// One benchmark through all its runs.
#[server(prefix = "/fn", output = AsJson)]
pub(crate) async fn load_benchmark(id: i64) -> Result<Answer<BenchmarkDetail>, Failure> {
    let (services, caller) = services()?;
    Answer::of(&services.benchmarks.benchmark(&caller, id).await?)
}
