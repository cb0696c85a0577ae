//! The parts of the launcher's page: all of it is fetched with that page.

mod api;
mod courses;
mod details;
mod lines;
mod processes;
mod served;
mod table;
mod words;

pub(crate) use api::load_launched;
pub(crate) use courses::courses;
pub(crate) use lines::Lines;
pub(crate) use processes::processes;
pub(crate) use served::served;
pub(crate) use table::{launched, start_ups};
pub(crate) use words::headline;
