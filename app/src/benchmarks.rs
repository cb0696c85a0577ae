//! Parts of the pages of benchmarks.

mod api;
mod bars;
mod days;
mod detail;
mod list;
mod trend;
pub(crate) mod words;

pub(crate) use api::{load_benchmark, load_benchmarks};
pub(crate) use detail::detail;
pub(crate) use list::{View, list};
