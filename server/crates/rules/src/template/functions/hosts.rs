//! Addresses without their port or domain.

use std::net::IpAddr;

/// Host and port, as Go's `net.SplitHostPort`; `None` where there is no port.
fn split(address: &str) -> Option<(&str, &str)> {
    let (host, port) = address.rsplit_once(':')?;
    match host.strip_prefix('[') {
        Some(inner) => Some((inner.strip_suffix(']')?, port)),
        None if host.contains([':', '[', ']']) => None,
        None => Some((host, port)),
    }
}

pub(super) fn without_port(address: &str) -> String {
    split(address).map_or(address, |(host, _)| host).to_owned()
}

pub(super) fn without_domain(address: &str) -> String {
    let (host, port) = split(address).unwrap_or((address, ""));
    if host.parse::<IpAddr>().is_ok() {
        return address.to_owned();
    }
    let host = host.split('.').next().unwrap_or(host);
    match port {
        "" => host.to_owned(),
        port => format!("{host}:{port}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (address, bare, short) in [
            ("a.example:9090", "a.example", "a:9090"),
            ("a.example", "a.example", "a"),
            ("10.0.0.1:80", "10.0.0.1", "10.0.0.1:80"),
            ("[::1]:80", "::1", "[::1]:80"),
            ("::1", "::1", "::1"),
            ("", "", ""),
        ] {
            assert_eq!(
                (
                    without_port(address).as_str(),
                    without_domain(address).as_str()
                ),
                (bare, short)
            );
        }
    }
}
