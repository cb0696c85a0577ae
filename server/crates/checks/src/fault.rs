//! Why a check fails, from a closed list, each with what to do about it.

use std::time::Duration;

use model::LaunchError;

/// Why something does not work, or could not be looked at.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// Nothing came of it in time.
    #[error("No answer within {} s", .0.as_secs_f64())]
    TimedOut(Duration),
    /// A name is unknown to DNS.
    #[error("The name {host} cannot be resolved: {why}")]
    Name {
        /// The name.
        host: String,
        /// In the words of the resolver.
        why: String,
    },
    /// Nothing listens there.
    #[error("{to} refuses connections")]
    Refused {
        /// Host and port, or a socket's path.
        to: String,
    },
    /// The connection fails or breaks.
    #[error("{to} cannot be reached: {why}")]
    Unreachable {
        /// Host and port, or a socket's path.
        to: String,
        /// In the words of the operating system.
        why: String,
    },
    /// TLS does not come about.
    #[error("TLS with {to} fails: {why}")]
    Tls {
        /// Host and port.
        to: String,
        /// In the words of the TLS library.
        why: String,
    },
    /// The peer does not accept who asks.
    #[error("{0}")]
    Denied(String),
    /// The peer answers, but not what it should.
    #[error("{0}")]
    Answer(String),
    /// What is looked for is not there.
    #[error("{0}")]
    Missing(String),
    /// The command cannot be started.
    #[error("The command cannot be started: {0}")]
    Start(#[from] LaunchError),
    /// This machine does not say.
    #[error("This machine cannot be looked at: {0}")]
    Machine(String),
}

impl Fault {
    /// What to do about it, in a sentence.
    pub fn action(&self) -> &'static str {
        match self {
            Self::TimedOut(_) => {
                "See whether it hangs or the network drops packets; `timeout` of the check says how long to wait."
            }
            Self::Name { .. } => "Correct the name, or the DNS that this machine asks.",
            Self::Refused { .. } => "Start what should listen there, or correct address and port.",
            Self::Unreachable { .. } => "See whether it runs and whether a firewall is in between.",
            Self::Tls { .. } => {
                "Renew the certificate, or let this machine trust who issued it; see whether the port speaks TLS."
            }
            Self::Denied(_) => {
                "Correct the name and password, or the rights, that the check is configured with."
            }
            Self::Answer(_) => "See why it answers so, or correct what the check expects.",
            Self::Missing(_) => "Bring it back, or correct the name in the check.",
            Self::Start(_) => "Correct the command of the check.",
            Self::Machine(_) => "See whether the product may look there.",
        }
    }

    /// What an operating system says of a connection.
    pub(crate) fn of_io(to: &str, error: &std::io::Error) -> Self {
        let to = to.to_owned();
        match error.kind() {
            std::io::ErrorKind::ConnectionRefused => Self::Refused { to },
            _ => Self::Unreachable {
                to,
                why: error.to_string(),
            },
        }
    }
}
