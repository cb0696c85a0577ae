//! Lets many MCP clients speak with one child over its one standard input and output.
//!
//! A [`Relay`] stands between a child and whoever started it and made the handshake (the host): it wraps the
//! [`model::Launch`], and the host notices nothing of it. Clients come through [`Relay::initialize`] and [`Relay::ask`];
//! over which transport, it does not know.
//!
//! - **Ids and progress tokens.** What a client calls a request, the child never sees: each gets a number of its own,
//!   above all that the host uses, and the answer gets the client's id back. All else stays as it was written.
//! - **Handshake.** `initialize` is answered from the child's own handshake, in the revision that both speak. A child
//!   of the stateless era (2026-07-28) also serves clients of the older one: what its requests have to say is added.
//!   A child of the older era has no answer for stateless clients, who then say `initialize`.
//! - **Notifications.** Progress goes to who asked. `resources/updated` goes to sessions that subscribed, log messages
//!   to sessions whose level they reach (the child is told the lowest of all), all others to all sessions.
//! - **The child's own requests.** In the one handshake nothing is promised for clients, for they differ; a child that
//!   keeps to it asks none of them. `sampling/createMessage`, `elicitation/create` and `roots/list` are refused
//!   always, even with a single client: it would change what a tool does when a second one comes.
//! - **The end of a child.** Open requests get an error that says so, and all sessions end with it: another process has
//!   other capabilities, subscriptions and levels, so clients begin anew.

mod answers;
mod ask;
mod ending;
mod guest;
mod hello;
mod launch;
mod level;
mod lines;
mod message;
mod object;
mod relay;
mod route;

pub use answers::{Answers, Said};
pub use guest::Listener;
pub use hello::Era;
pub use message::{Kind, Message, NotOne, failure};
pub use relay::{Limits, Numbers, Refused, Relay};
