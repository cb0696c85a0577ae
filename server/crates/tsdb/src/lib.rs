//! Samples over time, in SQLite.
//!
//! ```text
//! append ──▶ journal (a row a commit) ──▶ head (in memory: index of labels, newest samples)
//!                                            │ compact
//!                                            ▼
//!                                         chunks (compressed; a row a few series and two hours)
//! ```
//!
//! An append returns when its samples are on disk. Everything in the head is in the journal as well,
//! so opening reads the journal and is where it was. A compaction writes what the head has as chunks
//! and deletes the journal behind it, in one transaction. Reading merges chunks and head; a sample that
//! is in both, or was sent twice, is one sample. Histograms go the same way beside the numbers, in tables
//! and files of their own (`histograms.rs`). Exemplars are in memory, the newest so many of them, and on disk for the
//! next start (`exemplars.rs`). What samples came to in longer windows is kept when they
//! themselves have gone (`rollup.rs`).

mod admission;
mod append;
mod chunk;
mod compaction;
mod config;
mod error;
mod exemplars;
mod head;
mod histograms;
mod index;
mod journal;
mod members;
mod read;
mod retention;
mod rollup;
mod row;
mod storage;
mod store;

pub use config::{Config, Limits};
pub use error::Error;
pub use rollup::{Kept, Level, Rollups};
pub use storage::{Extent, Storage};
