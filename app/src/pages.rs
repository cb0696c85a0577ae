//! The pages, a file each; a page answers one question in words and composes panels.

mod alerts;
#[cfg(feature = "split")]
pub(crate) mod lazy;
mod not_found;
mod overview;
mod server;
mod servers;
mod sign_in;

pub(crate) use alerts::Alerts;
pub(crate) use not_found::NotFound;
pub(crate) use overview::Overview;
pub(crate) use server::Server;
pub(crate) use servers::Servers;
pub(crate) use sign_in::SignIn;
