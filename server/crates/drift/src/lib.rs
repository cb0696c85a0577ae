//! What servers list about themselves: when it changed, how, what that means, and what is suspicious in it.
//!
//! Pure functions over JSON. The rules of what is suspicious are data (`patterns.rs`), each with a reason for people.

mod breaking;
mod compare;
mod definition;
mod fields;
mod hidden;
mod patterns;
mod suspicion;
mod words;

pub use compare::{Change, Class, Comparison, compare};
pub use definition::{Definition, Kind, canonical, fingerprint, whole};
pub use suspicion::{Finding, Foreign, scan};
pub use words::{Piece, Side, words};
