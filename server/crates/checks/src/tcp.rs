//! Whether something listens.

use std::fmt;

use async_trait::async_trait;

use crate::{Check, Fault, Seen, reach};

/// A host and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// A name or an IP address; IPv6 without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
}

impl Address {
    /// Reads `host:port` or `[::1]:port`.
    ///
    /// # Errors
    /// A text that says how to write one.
    pub fn parse(text: &str) -> Result<Self, String> {
        let parts = text.rsplit_once(':').and_then(|(host, port)| {
            let host = match host.strip_prefix('[') {
                Some(rest) => rest.strip_suffix(']')?,
                // Where would the port begin?
                None if host.contains(':') => return None,
                None => host,
            };
            let is_host = !host.is_empty() && !host.contains(['/', '@', ' ']);
            let port = port.parse().ok().filter(|port| *port > 0)?;
            is_host.then(|| (host.to_owned(), port))
        });
        let (host, port) = parts.ok_or_else(|| {
            format!("{text:?} is no address; write host:port, for instance db.example:5432 or [::1]:5432")
        })?;
        Ok(Self { host, port })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port } = self;
        match host.contains(':') {
            true => write!(f, "[{host}]:{port}"),
            false => write!(f, "{host}:{port}"),
        }
    }
}

/// A port that should accept connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TcpSpec {
    /// Where.
    pub address: Address,
}

pub(crate) struct Tcp(pub(crate) TcpSpec);

#[async_trait]
impl Check for Tcp {
    async fn look(&self) -> Result<Seen, Fault> {
        let address = &self.0.address;
        reach::connect(address).await?;
        Ok(Seen::healthy(format!("{address} accepts connections")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (text, expected) in [
            ("db.example:5432", Some("db.example:5432")),
            ("127.0.0.1:1", Some("127.0.0.1:1")),
            ("[::1]:80", Some("[::1]:80")),
            ("::1:80", None),
            ("host", None),
            (":80", None),
            ("host:0", None),
            ("host:70000", None),
            ("http://host:80", None),
            ("user@host:80", None),
            ("[::1:80", None),
        ] {
            let got = Address::parse(text);
            let shown = got.as_ref().ok().map(ToString::to_string);
            assert_eq!(shown.as_deref(), expected, "{text}");
            assert!(got.err().is_none_or(|why| why.contains(text)), "{text}");
        }
    }
}
