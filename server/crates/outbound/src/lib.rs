//! Where requests of the product never go: link-local addresses, at which clouds keep credentials.
//!
//! An answer of somebody else must not send the product there: neither a redirect nor a name. Whoever asks by HTTP
//! builds its client with [`following`] or [`guarded`]; whoever connects by itself looks names up with [`addresses`].

use std::error::Error;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use model::is_link_local;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::{Action, Attempt, Policy};
use reqwest::{ClientBuilder, Url};

/// Why an address is not gone to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is link-local, as it is written.
    #[error("to a link-local address, where clouds keep credentials; nothing is sent there")]
    Address,
    /// It is a name that has no other addresses.
    #[error(
        "the name leads to a link-local address, where clouds keep credentials; nothing is sent there"
    )]
    Name,
}

/// Whether an address is refused as it is written.
///
/// # Errors
/// [`Refused::Address`].
pub fn check(url: &Url) -> Result<(), Refused> {
    let host = url.host_str().map(|host| host.trim_matches(['[', ']']));
    let address: Option<IpAddr> = host.and_then(|host| host.parse().ok());
    match address.is_some_and(is_link_local) {
        true => Err(Refused::Address),
        false => Ok(()),
    }
}

/// Names lead to no link-local address. What is written as an address is not looked up: [`check`] it.
pub fn guarded(builder: ClientBuilder) -> ClientBuilder {
    builder.dns_resolver(Arc::new(NotLinkLocal))
}

/// Follows at most so many redirects in a row, and none to a link-local address, by number or by name.
pub fn following(builder: ClientBuilder, most: usize) -> ClientBuilder {
    guarded(builder).redirect(Policy::custom(move |attempt| match check(attempt.url()) {
        Err(refused) => attempt.error(refused),
        Ok(()) => bounded(attempt, most),
    }))
}

/// Follows a redirect if it is not one too many in a row.
pub fn bounded(attempt: Attempt<'_>, most: usize) -> Action {
    match attempt.previous().len() > most {
        true => attempt.error(format!("more than {most} redirects in a row")),
        false => attempt.follow(),
    }
}

/// The addresses of a host that may be connected to.
///
/// # Errors
/// If there are none; a refusal is the error's inner [`Refused`].
pub async fn addresses(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    let host = host.trim_matches(['[', ']']);
    let found = tokio::net::lookup_host((host, port)).await?;
    let (refused, allowed): (Vec<SocketAddr>, Vec<_>) =
        found.partition(|it| is_link_local(it.ip()));
    match allowed.is_empty() && !refused.is_empty() {
        true => Err(io::Error::other(Refused::Name)),
        false => Ok(allowed),
    }
}

/// The refusal within an error, if that is what it is about.
pub fn refusal(error: &(dyn Error + 'static)) -> Option<Refused> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(refused) = error.downcast_ref::<Refused>() {
            return Some(*refused);
        }
        // An `io::Error` is not the source of itself.
        let inner = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        if let Some(refused) = inner.and_then(|inner| inner.downcast_ref::<Refused>()) {
            return Some(*refused);
        }
        next = error.source();
    }
    None
}

struct NotLinkLocal;

impl Resolve for NotLinkLocal {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let allowed = addresses(name.as_str(), 0).await?;
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn link_local_addresses() {
        for (text, expected) in [
            ("http://169.254.169.254/x", true),
            ("http://[::ffff:169.254.169.254]/", true),
            ("http://[fe80::1]/", true),
            ("http://[fd00:ec2::254]/", true),
            ("http://127.0.0.1/", false),
            ("http://[::1]/", false),
            ("http://169.254.169.254.example/", false),
        ] {
            let url = Url::parse(text).unwrap();
            assert_eq!(check(&url).is_err(), expected, "{text}");
        }
    }

    #[tokio::test]
    async fn names_are_looked_up_without_them() {
        let refused = addresses("169.254.169.254", 25).await.unwrap_err();
        assert_eq!(refusal(&refused), Some(Refused::Name));
        let found = addresses("[::1]", 25).await.unwrap();
        assert_eq!(found, ["[::1]:25".parse().unwrap()]);
        assert_eq!(refusal(&io::Error::other("something else")), None);
    }
}
