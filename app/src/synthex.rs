//! The parts of the pages about agents: all of it is fetched with them, but the glance that the overview asks for.

mod api;
mod detail;
mod factors;
mod feed;
pub(crate) mod glance;
mod list;
mod parts;
mod past;
mod table;
mod words;

pub(crate) use api::{load_agent, load_agents};
pub(crate) use detail::detail;
pub(crate) use list::picture;
