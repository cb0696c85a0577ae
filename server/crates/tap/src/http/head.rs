//! What of a head is about one connection only, and whom a request asks for.

use std::net::IpAddr;

use http::uri::Authority;
use http::{HeaderMap, HeaderName, HeaderValue, header};

/// About one connection, by RFC 9110, section 7.6.1, and by what programs do.
const OF_CONNECTION: [HeaderName; 8] = [
    header::CONNECTION,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::TE,
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
];

/// Takes away what is about the connection that a head came over.
pub(super) fn strip(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in OF_CONNECTION.iter().chain(&named) {
        headers.remove(name);
    }
}

/// Whom a request asks for, as it says itself.
pub(super) fn host(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::HOST).map(HeaderValue::to_str)?.ok()
}

/// Whether clients may ask under this name: `localhost`, any address, and some names. A name that an attacker controls
/// can be made to point to this machine (DNS rebinding), an address cannot.
pub(super) fn is_allowed(names: &[String], host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else {
        return false;
    };
    let host = authority.host();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok()
        || names.iter().any(|name| name.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_about_a_connection_goes() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("connection", "keep-alive, X-Mine"),
            ("connection", "x-other"),
            ("keep-alive", "timeout=5"),
            ("transfer-encoding", "chunked"),
            ("x-mine", "1"),
            ("x-other", "2"),
            ("mcp-session-id", "s"),
            ("set-cookie", "a"),
            ("set-cookie", "b"),
        ] {
            headers.append(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            );
        }
        strip(&mut headers);
        let mut left: Vec<_> = headers.iter().map(|(name, _)| name.as_str()).collect();
        left.sort_unstable();
        assert_eq!(left, ["mcp-session-id", "set-cookie", "set-cookie"]);
    }

    #[test]
    fn names_that_may_be_asked_under() {
        let names = ["observed.lan".to_owned()];
        for (host, is) in [
            ("localhost:80", true),
            ("LOCALHOST", true),
            ("127.0.0.1:1", true),
            ("[::1]:1", true),
            ("192.168.1.2", true),
            ("Observed.lan:1", true),
            ("evil.example", false),
            ("localhost.evil.example", false),
            ("", false),
            ("a b", false),
        ] {
            assert_eq!(is_allowed(&names, host), is, "{host}");
        }
    }
}
