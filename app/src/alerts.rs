//! The parts of the pages about one alert and about the history of all: fetched with them.

mod api;
mod detail;
mod form;
mod history;
mod raise;

pub(crate) use api::{act_on_alert, load_alert, load_alert_history};
pub(crate) use detail::detail;
pub(crate) use history::{Asked, filter, found};
pub(crate) use raise::PANEL as RAISE_ALERT;
