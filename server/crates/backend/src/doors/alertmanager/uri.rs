//! Whether a text is what the API takes for a URI: what Go's `url.ParseRequestURI` reads.

/// Whether it is.
pub(super) fn is_uri(text: &str) -> bool {
    if text.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
        return false;
    }
    if text == "*" || text.starts_with('/') {
        return are_escapes(before_query(text));
    }
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    let begins = scheme
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_alphabetic());
    if !begins || !scheme.bytes().all(is_letter) {
        return false;
    }
    match before_query(rest).strip_prefix("//") {
        Some(rest) => {
            let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            is_host(host) && are_escapes(path)
        }
        None => !before_query(rest).starts_with('/') || are_escapes(before_query(rest)),
    }
}

fn before_query(text: &str) -> &str {
    text.split('?').next().unwrap_or_default()
}

/// Whether every `%` begins two hexadecimal digits.
fn are_escapes(path: &str) -> bool {
    let mut parts = path.split('%').skip(1);
    parts.all(|part| {
        let digits = part.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })
}

/// The host of an address, with or without who asks and a port.
fn is_host(text: &str) -> bool {
    let host = text.rsplit_once('@').map_or(text, |(_, host)| host);
    let port = match host.strip_prefix('[') {
        Some(inner) => match inner.split_once(']') {
            Some((_, port)) => port,
            None => return false,
        },
        None => host.find(':').map_or("", |at| &host[at..]),
    };
    let is_port = match port.strip_prefix(':') {
        Some(digits) => digits.bytes().all(|byte| byte.is_ascii_digit()),
        None => port.is_empty(),
    };
    is_port && !host.contains([' ', '%', '"', '\\', '^', '`', '{', '|', '}'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_one() {
        // Tried with Alertmanager.
        for text in [
            "http://a/b c",
            "/x",
            "//x",
            "*",
            "foo:bar",
            "http:",
            "http://",
            "http://h/?a=b c#d",
            "http://h:9090/graph?g0.expr=up+%3D%3D+0&g0.tab=1",
            "http://[::1]:80/",
        ] {
            assert!(is_uri(text), "{text}");
        }
        for text in [
            "foo bar",
            "nourl",
            ":x",
            "1a:b",
            "http://a b/",
            "http://a/%zz",
            "http://[::1",
            "http://a:b/",
            "http://a/\n",
        ] {
            assert!(!is_uri(text), "{text}");
        }
    }
}
