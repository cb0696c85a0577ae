//! The parts of the pages about one alert and about the history of all, and about many at once: fetched with them.

mod alarm;
mod api;
mod course;
mod detail;
mod far;
mod form;
mod groups;
mod history;
mod many;
mod raise;
mod table;

pub(crate) use alarm::PANEL as ALARM;
pub(crate) use api::{load_alert, load_alert_history};
pub(crate) use detail::detail;
pub(crate) use history::{Asked, filter, found};
pub(crate) use raise::PANEL as RAISE_ALERT;
pub(crate) use table::many_alerts;
