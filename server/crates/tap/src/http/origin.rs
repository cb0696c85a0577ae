//! The server that a proxy stands for, as its address says.

use std::fmt;

use http::Uri;
use http::uri::{Authority, Scheme};

/// A server over HTTP, and where on it messages go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    pub(super) scheme: Scheme,
    pub(super) authority: Authority,
    path: String,
}

/// Why an address is none of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongOrigin(String);

impl fmt::Display for WrongOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for WrongOrigin {}

impl Origin {
    /// Reads an address such as `https://example.com/mcp`.
    ///
    /// # Errors
    /// When it is none, or says who asks: that is for clients to say.
    pub fn parse(text: &str) -> Result<Self, WrongOrigin> {
        let wrong = |why: &str| WrongOrigin(format!("{text:?} {why}"));
        let uri: Uri = text
            .parse()
            .map_err(|error| wrong(&format!("is no address: {error}")))?;
        let parts = uri.into_parts();
        let (Some(scheme), Some(authority)) = (parts.scheme, parts.authority) else {
            return Err(wrong("has to begin with http:// or https:// and a host"));
        };
        if scheme != Scheme::HTTP && scheme != Scheme::HTTPS {
            return Err(wrong("has to begin with http:// or https://"));
        }
        if authority.as_str().contains('@') {
            let why = "holds a user or password; have the clients send it as a header";
            return Err(WrongOrigin(format!("the address {why}")));
        }
        if authority.host().is_empty() {
            return Err(wrong("names no host"));
        }
        let path = parts.path_and_query.map(|path| path.to_string());
        Ok(Self {
            scheme,
            authority,
            path: path.unwrap_or_else(|| "/".to_owned()),
        })
    }

    /// The path of that address, with its query.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Scheme, host and port.
    pub(super) fn base(&self) -> String {
        format!("{}://{}", self.scheme, self.authority)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.base(), self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_or_refused_with_a_reason() {
        for (text, shown) in [
            ("http://127.0.0.1:3001/mcp", "http://127.0.0.1:3001/mcp"),
            ("https://example.com", "https://example.com/"),
            ("http://[::1]:80/a?b=c", "http://[::1]:80/a?b=c"),
        ] {
            assert_eq!(Origin::parse(text).unwrap().to_string(), shown);
        }
        for (text, word) in [
            ("", "no address"),
            ("/mcp", "http://"),
            ("host:80", "http://"),
            ("ftp://host/", "http://"),
            ("http://me:secret@host/", "header"),
        ] {
            let error = Origin::parse(text).unwrap_err().to_string();
            assert!(error.contains(word) && !error.contains("secret"), "{error}");
        }
    }
}
