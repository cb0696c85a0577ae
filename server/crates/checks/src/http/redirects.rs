//! Where a redirect may lead: an answer of somebody else must not send the product to a cloud's credentials.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use model::is_link_local;
use reqwest::ClientBuilder;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::{Attempt, Policy};

use super::Redirects;

/// Most redirects in a row.
const MOST: usize = 5;

pub(super) fn policy(which: Redirects) -> Policy {
    match which {
        Redirects::None => Policy::none(),
        Redirects::SameOrigin => Policy::custom(|attempt| {
            let is_same = attempt
                .previous()
                .last()
                .is_some_and(|from| from.origin() == attempt.url().origin());
            match is_same {
                true => bounded(attempt),
                false => {
                    attempt.error("to another origin, which redirects = \"same_origin\" forbids")
                }
            }
        }),
        Redirects::Any => Policy::custom(|attempt| {
            let literal = attempt
                .url()
                .host_str()
                .map(|host| host.trim_matches(['[', ']']));
            let address: Option<IpAddr> = literal.and_then(|host| host.parse().ok());
            match address.is_some_and(is_link_local) {
                true => attempt.error("to a link-local address, which is never followed"),
                false => bounded(attempt),
            }
        }),
    }
}

fn bounded(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    match attempt.previous().len() > MOST {
        true => attempt.error("more than five times"),
        false => attempt.follow(),
    }
}

/// Where names may lead to link-local addresses, they lead nowhere.
pub(super) fn resolving(builder: ClientBuilder, which: Redirects) -> ClientBuilder {
    match which {
        Redirects::Any => builder.dns_resolver(Arc::new(NotLinkLocal)),
        Redirects::None | Redirects::SameOrigin => builder,
    }
}

struct NotLinkLocal;

impl Resolve for NotLinkLocal {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> = found.filter(|it| !is_link_local(it.ip())).collect();
            if allowed.is_empty() {
                return Err("the name has no address that may be followed to".into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}
