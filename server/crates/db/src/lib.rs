//! SQLite: one writer, a pool of readers, migrations.
//!
//! Two databases live in the data folder (`state.db`, what people decide; `metrics.db`, samples).
//! This crate opens them and knows nothing of their tables: SQL stands in the `store` files of
//! whoever owns a table.

mod error;
mod folder;
mod open;
pub mod schema;

pub use error::Error;
pub use folder::DataFolder;
pub use open::{Check, Db};
pub use sqlx;
