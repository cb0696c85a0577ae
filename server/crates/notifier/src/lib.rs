//! Who is told of an alert, and who is not.
//!
//! A [`Matcher`] says something of one label, in the syntax of Alertmanager. A [`Silence`] holds back the alerts that
//! all of its matchers match, from one time to another; a [`Window`] does so at times that a [`Calendar`] says.
//! [`Silences`] and [`Windows`] keep them, disk first. An [`Inhibition`] says which alerts hold back which others.

mod calendar;
mod channel;
mod channels;
mod dispatch;
mod inhibition;
mod matcher;
mod message;
mod outbox;
mod routing;
mod silence;
mod silences;
mod spans;
mod store;
mod texts;
mod versions;
mod window;
mod windows;
mod written;
mod zone;

pub use calendar::{Calendar, DAY_MINUTES, Range, Times, Unfit};
pub use channel::{Answer, Cause, Channel, Failure};
pub use channels::{McpAnswer, McpAsked, McpCall, Setting, kinds, read_channel};
pub use dispatch::{
    Decided, Dispatch, Entry, Expected, LogKey, Override, Stage, Standing, Told, ToldOf,
    Turn as Look,
};
pub use inhibition::{Inhibition, Inhibitor, Source};
pub use matcher::{Matcher, Op, Wrong, parse_about, parse_matcher, parse_matchers};
pub use message::{File, Message, Notice, Why};
pub use outbox::{
    Delivery, Health, Letter, Outbox, Outcome, Query as SentQuery, State as SentState, Step,
};
pub use routing::{
    Escalation, EscalationStep, Flood, Heartbeat, Interval, Mistake, NamedChannel, Person,
    ReadChannel, Receiver, Rota, Route, Routing, Turn, hidden as without_secrets, read_whole,
    restored as with_secrets,
};
pub use silence::{Draft, Phase, Refusal, Silence, holding, next_change};
pub use silences::{Error, Silences};
pub use spans::Span;
pub use texts::{BadFile, Texts};
pub use versions::{Version, Versions};
pub use window::{AHEAD_MS, Deed, Hole, Plan, Refused, When, Window};
pub use windows::{Ending, WindowError, Windows};
pub use written::{Unreadable, Written};
pub use zone::{find as zone, names as zone_names};
