//! What an MCP client and a server say to each other, as calls: which, how long, how large, and what came of them.
//!
//! Bytes go in as they pass by, with the time and the side they come from; [`Record`]s come out, which hold no
//! argument, no result and no id that was said, unless [`Payloads`] are asked for; but what a server lists about itself
//! ([`DefinitionList`]), without what may be secret. There is no input or output here, no clock and no thread. Whatever
//! passes by, memory is bounded and nothing panics: streams are cut into frames by [`Lines`] and [`Events`], which
//! drop what is larger than [`LONGEST_FRAME`], and a [`Session`] holds a bounded number of open calls.
//!
//! Both eras of the protocol are understood: that of `initialize` and sessions (up to 2025-11-25), and that in
//! which every request says in `_meta` who asks (from 2026-07-28).
//! <https://modelcontextprotocol.io/specification>

mod contents;
mod listed;
mod message;
mod odd;
mod open;
mod parts;
mod payload;
mod record;
mod redact;
mod secrets;
mod session;
mod signals;
mod split;
mod tokens;

pub use listed::{MOST as MOST_DEFINITIONS, Told};
pub use message::is_hello;
pub use payload::Payloads;
pub use record::{
    Batch, Call, Count, DefinitionList, Found, Listed, Lost, Outcome, Passed, Pulse, Record, Side,
    Sign, Tool, ToolList, Transport, What,
};
pub use redact::{REDACTED, Redaction, WrongRule};
pub use session::{Place, Session};
pub use split::{Event, Events, LONGEST_FRAME, Lines, Piece};
pub use tokens::estimate as estimated_tokens;
