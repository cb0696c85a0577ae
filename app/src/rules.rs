//! Rules: what there is and how it stands, what one says, and an editor that says what it would have done.

mod api;
mod detail;
mod editor;
mod fields;
mod list;
mod outlook;
mod words;

pub(crate) use api::{load_rule, load_rules};
pub(crate) use detail::detail;
pub(crate) use editor::new_rule;
pub(crate) use list::list;
