//! The parts of the pages about real traffic: all of it is fetched with them.

mod api;
mod badge;
mod compare;
mod detail;
mod list;
mod servers;
mod sessions;
mod signs;
mod words;

pub(crate) use api::{
    load_call, load_calls, load_compared, load_sessions, load_signs, load_traffic,
};
pub(crate) use compare::compared;
pub(crate) use detail::detail;
pub(crate) use list::{Asked, FIRST, List, calls, filter_field};
pub(crate) use servers::{servers, side_by_side};
pub(crate) use sessions::{session, sessions};
pub(crate) use signs::signs;
pub(crate) use words::headline;
