//! What the launcher keeps on disk.

mod courses;
mod stops;

pub(super) use courses::{Entry, close, courses, forget, note, resume};
pub(crate) use stops::{start, stop, stop_of};
