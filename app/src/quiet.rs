//! The parts of the page of quiet times: all of it is fetched with that page.

mod api;
mod days;
mod form;
mod list;
mod words;

pub(crate) use api::load_quiet;
pub(crate) use days::days;
pub(crate) use form::{Draft, form, from_query};
pub(crate) use list::list;
pub(crate) use words::{day_name, headline};

/// What the page shows.
pub(crate) type Picture = leptos::prelude::RwSignal<wire::QuietPicture>;
