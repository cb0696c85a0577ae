//! The parts of the page on which PromQL is written: all of it is fetched with that page.

mod api;
mod choices;
mod context;
mod editor;
mod examples;
mod field;
mod lexer;
mod popup;
mod results;
mod row;
mod session;
mod state;
mod vocabulary;

pub(crate) use editor::editor;
pub(crate) use examples::examples;
pub(crate) use results::{heading, results};
pub(crate) use session::{Opening, Session};
