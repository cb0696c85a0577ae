//! Where one signs in: metadata of a protected resource (RFC 9728) and of its authorization server
//! (RFC 8414, OpenID Connect).
//!
//! Addresses in such documents come from a foreign server, so only its own host and public https
//! addresses are asked, and no redirect is followed: nobody leads this client to what is only
//! reachable from here, such as the metadata service of a cloud.

use std::net::IpAddr;
use std::time::Duration;

use reqwest::Url;
use serde_json::Value;

/// Longest document that is read.
const LONGEST: usize = 64 << 10;
/// Longest time for one document.
const TIMEOUT: Duration = Duration::from_secs(2);

/// What a protected resource says of itself.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Resource {
    /// Its authorization servers; at least one.
    pub(crate) issuers: Vec<Url>,
}

/// What an authorization server says of itself.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Issuer {
    pub(crate) token_url: Url,
    /// Whether the secret has to stand in the body, because a header is not taken.
    pub(crate) secret_in_body: bool,
}

/// A client that follows no redirect and sends nothing of the configuration along.
///
/// # Errors
/// Why there is none, in words.
pub(crate) fn client() -> Result<reqwest::Client, String> {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(TIMEOUT)
        .pool_max_idle_per_host(0)
        .build()
        .map_err(|error| error.to_string())
}

/// The metadata of the resource at `endpoint`: where its challenge says, else at the well-known
/// addresses.
///
/// # Errors
/// Why there is none, in words.
pub(crate) async fn resource(
    client: &reqwest::Client,
    endpoint: &Url,
    challenge: Option<&str>,
) -> Result<Resource, String> {
    let named = challenge.and_then(|challenge| parameter(challenge, "resource_metadata"));
    let named = named.and_then(|address| endpoint.join(address).ok());
    let path = endpoint.path().trim_end_matches('/');
    let usual = "/.well-known/oauth-protected-resource";
    let places = [format!("{usual}{path}"), usual.to_owned()];
    let usual = places.iter().filter_map(|place| at(endpoint, place));
    let mut why = "there is no metadata".to_owned();
    for address in named.into_iter().chain(usual) {
        match document(client, &address, endpoint).await {
            Ok(document) => match read_resource(&document, endpoint) {
                Ok(resource) => return Ok(resource),
                Err(words) => why = words,
            },
            Err(words) => why = words,
        }
    }
    Err(why)
}

/// The metadata of an authorization server.
///
/// # Errors
/// Why there is none, in words.
pub(crate) async fn issuer(
    client: &reqwest::Client,
    issuer: &Url,
    endpoint: &Url,
) -> Result<Issuer, String> {
    let path = issuer.path().trim_end_matches('/');
    let places = [
        format!("/.well-known/oauth-authorization-server{path}"),
        format!("/.well-known/openid-configuration{path}"),
        format!("{path}/.well-known/openid-configuration"),
    ];
    let mut why = String::new();
    for address in places.iter().filter_map(|place| at(issuer, place)) {
        match document(client, &address, endpoint).await {
            Ok(document) => return read_issuer(&document, issuer, endpoint),
            Err(words) if why.is_empty() => why = words,
            Err(_) => {}
        }
    }
    Err(why)
}

fn at(base: &Url, path: &str) -> Option<Url> {
    let mut url = base.clone();
    url.set_path(path);
    url.set_query(None);
    url.set_fragment(None);
    url.set_username("").ok()?;
    url.set_password(None).ok()?;
    Some(url)
}

/// Whether a server may send this client to the address.
///
/// # Errors
/// Why not, in words.
pub(crate) fn may_ask(url: &Url, endpoint: &Url) -> Result<(), String> {
    let host = url.host_str().unwrap_or_default();
    let web = matches!(url.scheme(), "http" | "https");
    if web && endpoint.host_str() == Some(host) {
        // What is sent there are secrets.
        return match (endpoint.scheme(), url.scheme()) {
            ("https", "http") => Err(format!("{host} is not asked over https")),
            _ => Ok(()),
        };
    }
    if url.scheme() != "https" {
        return Err(format!("{host} is another host, and not asked over https"));
    }
    let name = host.trim_end_matches('.');
    let inside = name == "localhost"
        || [".localhost", ".local", ".internal"]
            .iter()
            .any(|end| name.ends_with(end));
    let address: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
    if inside || address.is_some_and(is_private) {
        return Err(format!("{host} is an address of a private network"));
    }
    Ok(())
}

fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(ip) => {
            let shared = ip.octets()[0] == 100 && ip.octets()[1] & 0xc0 == 64;
            ip.is_private()
                || ip.is_loopback()
                || ip.is_link_local()
                || ip.is_unspecified()
                || shared
        }
        IpAddr::V6(ip) => {
            ip.is_loopback()
                || ip.is_unspecified()
                || ip.is_unique_local()
                || ip.is_unicast_link_local()
        }
    }
}

async fn document(client: &reqwest::Client, url: &Url, endpoint: &Url) -> Result<Value, String> {
    may_ask(url, endpoint)?;
    let shown = crate::public_url(url.as_str());
    let request = client.get(url.clone()).header("accept", "application/json");
    let answer = request.send().await;
    let answer = answer.map_err(|_| format!("{shown} does not answer"))?;
    if answer.status().as_u16() != 200 {
        return Err(format!("{shown} answers HTTP {}", answer.status().as_u16()));
    }
    let body = body(answer).await?;
    serde_json::from_slice(&body).map_err(|_| format!("{shown} is no JSON"))
}

/// The body of an answer, within limits.
///
/// # Errors
/// When it breaks or is too long, in words.
pub(crate) async fn body(mut answer: reqwest::Response) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    loop {
        match answer.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() <= LONGEST => {
                body.extend_from_slice(&chunk)
            }
            Ok(None) => return Ok(body),
            Ok(Some(_)) => return Err("the answer is too long".to_owned()),
            Err(_) => return Err("the answer broke off".to_owned()),
        }
    }
}

fn read_resource(document: &Value, endpoint: &Url) -> Result<Resource, String> {
    let resource = document.get("resource").and_then(Value::as_str);
    let resource = resource.and_then(|text| Url::parse(text).ok());
    let resource = resource.ok_or("the metadata names no resource")?;
    if resource.host_str() != endpoint.host_str() {
        return Err("the metadata is about another resource".to_owned());
    }
    let issuers = document
        .get("authorization_servers")
        .and_then(Value::as_array);
    let issuers = issuers.into_iter().flatten().filter_map(Value::as_str);
    let issuers: Vec<_> = issuers.filter_map(|text| Url::parse(text).ok()).collect();
    match issuers.is_empty() {
        true => Err("the metadata names no authorization server".to_owned()),
        false => Ok(Resource { issuers }),
    }
}

fn read_issuer(document: &Value, issuer: &Url, endpoint: &Url) -> Result<Issuer, String> {
    let text = |key| document.get(key).and_then(Value::as_str);
    let said = text("issuer").and_then(|text| Url::parse(text).ok());
    let same = said.is_some_and(|said| {
        said.as_str().trim_end_matches('/') == issuer.as_str().trim_end_matches('/')
    });
    if !same {
        return Err("the authorization server calls itself by another name".to_owned());
    }
    let token_url = text("token_endpoint").and_then(|text| Url::parse(text).ok());
    let token_url = token_url.ok_or("the authorization server has no token endpoint")?;
    may_ask(&token_url, endpoint)?;
    let methods = document
        .get("token_endpoint_auth_methods_supported")
        .and_then(Value::as_array);
    let methods: Vec<_> = methods
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    Ok(Issuer {
        token_url,
        secret_in_body: methods.contains(&"client_secret_post")
            && !methods.contains(&"client_secret_basic"),
    })
}

/// A parameter of a challenge, for instance `Bearer resource_metadata="https://…"`.
fn parameter<'a>(challenge: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = challenge.split_once(name)?;
    let value = rest.trim_start().strip_prefix('=')?.trim_start();
    match value.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next(),
        None => value.split([',', ' ']).next(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn only_the_own_host_and_public_https_addresses_are_asked() {
        let endpoint = url("http://10.0.0.5:3001/mcp");
        for (address, may) in [
            ("http://10.0.0.5:3001/.well-known/x", true),
            ("https://10.0.0.5/x", true),
            ("https://login.example/x", true),
            ("http://login.example/x", false),
            ("https://169.254.169.254/latest/meta-data", false),
            ("http://169.254.169.254/latest/meta-data", false),
            ("https://10.0.0.6/x", false),
            ("https://127.0.0.1/x", false),
            ("https://[::1]/x", false),
            ("https://[::ffff:169.254.169.254]/x", false),
            ("https://[fd00::1]/x", false),
            ("https://2852039166/x", false),
            ("https://localhost/x", false),
            ("https://metadata.google.internal/x", false),
            ("file:///etc/passwd", false),
        ] {
            assert_eq!(may_ask(&url(address), &endpoint).is_ok(), may, "{address}");
        }
    }

    #[test]
    fn challenges() {
        let name = "resource_metadata";
        for (challenge, expected) in [
            (
                "Bearer resource_metadata=\"https://a/b\", scope=\"x\"",
                Some("https://a/b"),
            ),
            (
                "Bearer scope=\"x\", resource_metadata = https://a/b",
                Some("https://a/b"),
            ),
            ("Bearer", None),
            ("Bearer resource_metadata", None),
        ] {
            assert_eq!(parameter(challenge, name), expected, "{challenge}");
        }
    }

    #[test]
    fn documents() {
        let endpoint = url("https://mcp.example/mcp");
        let good = json!({ "resource": "https://mcp.example/mcp", "authorization_servers": ["https://login.example/t"] });
        let issuers = vec![url("https://login.example/t")];
        assert_eq!(read_resource(&good, &endpoint), Ok(Resource { issuers }));
        for (document, why) in [
            (json!({}), "names no resource"),
            (json!([]), "names no resource"),
            (
                json!({ "resource": "https://mcp.example/mcp" }),
                "no authorization server",
            ),
            (
                json!({ "resource": "https://other.example", "authorization_servers": ["https://l"] }),
                "another resource",
            ),
        ] {
            assert!(
                read_resource(&document, &endpoint)
                    .unwrap_err()
                    .contains(why)
            );
        }
        let issuer = url("https://login.example/t");
        let token = "https://login.example/t/token";
        let read = |document: Value| read_issuer(&document, &issuer, &endpoint);
        let good = json!({ "issuer": "https://login.example/t", "token_endpoint": token });
        assert!(!read(good).unwrap().secret_in_body);
        for (document, why) in [
            (
                json!({ "issuer": "https://evil.example", "token_endpoint": token }),
                "another name",
            ),
            (
                json!({ "issuer": "https://login.example/t" }),
                "no token endpoint",
            ),
            (
                json!({ "issuer": "https://login.example/t", "token_endpoint": "https://169.254.169.254/" }),
                "private network",
            ),
        ] {
            assert!(read(document).unwrap_err().contains(why));
        }
    }
}
