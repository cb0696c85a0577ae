//! Whether an address answers over HTTP as it should.

mod redirects;

use async_trait::async_trait;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use reqwest::{Client, Url};

use crate::limited::{self, deepest};
use crate::{Check, Fault, Hidden, Pattern, Seen};

/// Which redirects are followed, at most five.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Redirects {
    /// None: a redirect is the answer.
    #[default]
    None,
    /// Those that stay at scheme, host and port.
    SameOrigin,
    /// All but those to link-local addresses, where clouds keep credentials.
    Any,
}

/// An address and what it should answer.
#[derive(Clone, Debug, PartialEq)]
pub struct HttpSpec {
    /// An address that begins with `http://` or `https://`.
    pub url: String,
    /// The method.
    pub method: String,
    /// The statuses that are right; any 2xx where empty.
    pub status: Vec<u16>,
    /// What has to be in the first megabyte of the body.
    pub body: Option<Pattern>,
    /// Headers sent with it.
    pub headers: Vec<(String, Hidden)>,
    /// Which redirects are followed.
    pub redirects: Redirects,
}

pub(crate) struct Http {
    client: Client,
    method: Method,
    url: Url,
    /// The address without what may be secret in it.
    place: String,
    spec: HttpSpec,
}

impl Http {
    pub(crate) fn new(spec: HttpSpec) -> Result<Self, Fault> {
        let wrong = |what: &str| Fault::Answer(format!("The check cannot be made: {what}"));
        let url = Url::parse(&spec.url).map_err(|_| wrong("its url is no address"))?;
        let method = spec
            .method
            .parse()
            .map_err(|_| wrong("its method is none"))?;
        let mut headers = HeaderMap::new();
        for (name, value) in &spec.headers {
            let name: HeaderName = name.parse().map_err(|_| wrong("a header's name is none"))?;
            let value = HeaderValue::from_str(value.expose());
            let mut value = value.map_err(|_| wrong("a header's value is none"))?;
            value.set_sensitive(true);
            headers.append(name, value);
        }
        let builder = Client::builder()
            .user_agent(concat!("mcp-observatory/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers)
            // Each look connects anew: an old connection says nothing about who comes next.
            .pool_max_idle_per_host(0)
            // The address may hold a secret, which is nobody else's.
            .referer(false);
        let client = redirects::followed(builder, spec.redirects).build();
        let client = client.map_err(|error| Fault::Machine(deepest(&error)))?;
        let mut shown = url.clone();
        shown.set_query(None);
        shown.set_fragment(None);
        // Only addresses without a host refuse this, and they are none here.
        let _ = shown.set_username("").and(shown.set_password(None));
        Ok(Self {
            client,
            method,
            place: shown.to_string(),
            url,
            spec,
        })
    }

    fn explain(&self, error: reqwest::Error) -> Fault {
        let error = error.without_url();
        let host = self.url.host_str().unwrap_or_default();
        let port = self.url.port_or_known_default().unwrap_or_default();
        let to = format!("{host}:{port}");
        if error.is_redirect() {
            return Fault::Answer(format!("{} redirects: {}", self.place, deepest(&error)));
        }
        let mut source: Option<&(dyn std::error::Error + 'static)> = Some(&error);
        while let Some(cause) = source {
            if let Some(error) = cause.downcast_ref::<tokio_rustls::rustls::Error>() {
                let why = error.to_string();
                return Fault::Tls { to, why };
            }
            if let Some(error) = cause.downcast_ref::<std::io::Error>() {
                if let Some(why) = tls_within(error) {
                    return Fault::Tls { to, why };
                }
                if error.kind() == std::io::ErrorKind::ConnectionRefused {
                    return Fault::Refused { to };
                }
            }
            if cause.to_string() == "dns error" {
                let (host, why) = (host.to_owned(), deepest(cause));
                return Fault::Name { host, why };
            }
            source = cause.source();
        }
        let why = deepest(&error);
        Fault::Unreachable { to, why }
    }
}

/// What TLS says inside of an I/O error, which carries other errors that it does not call its source.
fn tls_within(error: &std::io::Error) -> Option<String> {
    let inner = error.get_ref()?;
    if let Some(error) = inner.downcast_ref::<tokio_rustls::rustls::Error>() {
        return Some(error.to_string());
    }
    tls_within(inner.downcast_ref()?)
}

#[async_trait]
impl Check for Http {
    async fn look(&self) -> Result<Seen, Fault> {
        let request = self.client.request(self.method.clone(), self.url.clone());
        let answered = request.send().await;
        let mut response = answered.map_err(|error| self.explain(error))?;
        let (status, place) = (response.status(), &self.place);
        let is_wanted = match self.spec.status.as_slice() {
            [] => status.is_success(),
            wanted => wanted.contains(&status.as_u16()),
        };
        if !is_wanted {
            let wanted = match self.spec.status.as_slice() {
                [] => "2xx".to_owned(),
                some => some
                    .iter()
                    .map(u16::to_string)
                    .collect::<Vec<_>>()
                    .join(" or "),
            };
            let message = format!("{place} answers {status} where {wanted} is expected");
            return Err(match status.as_u16() {
                401 | 403 => Fault::Denied(message),
                _ => Fault::Answer(message),
            });
        }
        let mut value = f64::from(status.as_u16());
        if let Some(pattern) = &self.spec.body {
            let body = limited::text(&mut response, place).await?;
            if !pattern.is_in(&body) {
                let message =
                    format!("{place} answers {status}, but its body does not match {pattern}");
                return Err(Fault::Answer(message));
            }
            value = pattern.value_in(&body).unwrap_or(value);
        }
        Ok(Seen {
            value: Some(value),
            ..Seen::healthy(format!("{place} answers {status}"))
        })
    }
}
