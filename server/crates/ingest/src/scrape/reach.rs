//! Where a redirect may lead: an answer of a target must not send the product to a cloud's credentials.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use model::is_link_local;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use reqwest::{ClientBuilder, Url};

/// Most redirects in a row, as in Go.
const MOST: usize = 10;

/// Follows redirects, but never to link-local addresses, by number or by name.
pub(super) fn guarded(builder: ClientBuilder, follows: bool) -> ClientBuilder {
    if !follows {
        return builder.redirect(Policy::none());
    }
    let policy = Policy::custom(|attempt| match address(attempt.url()) {
        Some(address) if is_link_local(address) => attempt
            .error("to a link-local address, where clouds keep credentials; it is never followed"),
        _ if attempt.previous().len() > MOST => attempt.error("more than ten times"),
        _ => attempt.follow(),
    });
    builder
        .redirect(policy)
        .dns_resolver(Arc::new(NotLinkLocal))
}

fn address(url: &Url) -> Option<IpAddr> {
    let host = url.host_str()?;
    host.trim_matches(['[', ']']).parse().ok()
}

struct NotLinkLocal;

impl Resolve for NotLinkLocal {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let (refused, allowed): (Vec<SocketAddr>, Vec<_>) =
                found.partition(|it| is_link_local(it.ip()));
            if allowed.is_empty() && !refused.is_empty() {
                return Err(
                    "the name leads to a link-local address, where clouds keep credentials".into(),
                );
            }
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
        ] {
            let url = Url::parse(text).unwrap();
            assert_eq!(address(&url).map(is_link_local), Some(expected), "{text}");
        }
    }
}
