//! The pages, a file each; a page answers one question in words and composes panels.

mod alerts;
mod bench_chart;
mod boards;
mod explore;
mod gallery;
mod gallery_charts;
#[cfg(feature = "split")]
pub(crate) mod lazy;
mod not_found;
mod overview;
mod server;
mod servers;
#[cfg(feature = "ssr")]
mod sign_in;

pub(crate) use alerts::Alerts;
pub(crate) use bench_chart::BenchChart;
pub(crate) use boards::{BoardPage, Boards};
pub(crate) use explore::Explore;
pub(crate) use gallery::Gallery;
pub(crate) use not_found::NotFound;
pub(crate) use overview::Overview;
pub(crate) use server::ServerPage;
pub(crate) use servers::Servers;
#[cfg(feature = "ssr")]
pub use sign_in::sign_in_page;
