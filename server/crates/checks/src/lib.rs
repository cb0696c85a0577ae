//! Checks of what servers depend on: is the database there, is the disk full, does the certificate expire?
//!
//! Each kind is a [`Check`] in a file of its own. [`run`] looks once, within a time, and says in words what it
//! saw; whoever calls it decides when, and what becomes of the [`Outcome`].

mod bounds;
mod check;
mod command;
mod discreet;
mod disk;
mod docker;
mod fault;
mod http;
mod limited;
mod memory;
mod postgres;
mod process;
mod reach;
mod redis;
mod spec;
mod tcp;
mod tls;

pub use bounds::Bounds;
pub use check::{Check, Level, Outcome, Seen, run};
pub use command::CommandSpec;
pub use disk::DiskSpec;
pub use docker::DockerSpec;
pub use fault::Fault;
pub use http::{HttpSpec, Redirects};
pub use memory::MemorySpec;
pub use postgres::PostgresSpec;
pub use process::{Find, ProcessSpec};
pub use redis::RedisSpec;
pub use spec::{Hidden, Host, Pattern, Spec};
pub use tcp::{Address, TcpSpec};
pub use tls::TlsSpec;
