//! The parts of the pages about service levels: all of it is fetched with them, but what the overview asks for.

mod api;
mod asked;
mod calendar;
mod detail;
mod fields;
mod form;
mod inputs;
mod list;
mod past;
mod pictures;
mod preview;
mod report;
mod reports;
mod spent;
mod standing;
mod words;

pub(crate) use api::{load_objective, load_objectives, load_reports};
pub(crate) use asked::ReportAsked;
pub(crate) use detail::{asked, detail};
pub(crate) use form::{change, make};
pub(crate) use list::list;
pub(crate) use report::report;
pub(crate) use reports::reports;
#[cfg(feature = "ssr")]
pub(crate) use words::line;
