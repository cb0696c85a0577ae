//! The parts of the page of definitions: all of it is fetched with that page.

mod api;
mod card;
mod several;
mod words;

pub(crate) use api::{Of, load_definition_count, load_definitions};
pub(crate) use card::{Picture, card};
pub(crate) use several::{Chosen, form};
pub(crate) use words::{headline, is_found};
