//! The parts of the pages about builds: all of it is fetched with them.

mod api;
mod compare;
mod detail;
mod list;
mod messages;
mod running;
pub(crate) mod words;

pub(crate) use api::{load_build, load_builds};
pub(crate) use detail::detail;
pub(crate) use list::picture;
