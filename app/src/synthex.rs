//! The parts of the pages about agents: all of it is fetched with them.

mod api;
mod detail;
mod factors;
mod feed;
mod list;
mod parts;
mod past;
mod table;
pub(crate) mod words;

pub(crate) use api::{load_agent, load_agents};
pub(crate) use detail::detail;
pub(crate) use list::picture;
