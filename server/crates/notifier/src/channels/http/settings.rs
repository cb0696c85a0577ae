//! `http_config`: <https://prometheus.io/docs/alerting/latest/configuration/#http_config>.

use reqwest::redirect::Policy;
use reqwest::tls::Version;
use reqwest::{Client, ClientBuilder, NoProxy, Proxy};
use yaml::{Kind, Node};

use super::super::entry::{Entry, Secret};
use super::oauth2::OAuth2;
use super::{Auth, Http, deepest};

/// Most redirects in a row, as in Go.
const MOST_REDIRECTS: usize = 10;

const KNOWN: &[&str] = &[
    "authorization",
    "basic_auth",
    "bearer_token",
    "bearer_token_file",
    "enable_http2",
    "follow_redirects",
    "http_headers",
    "no_proxy",
    "oauth2",
    "proxy_from_environment",
    "proxy_url",
    "tls_config",
];

/// What Alertmanager has and this product has not.
const OTHERS: &[&str] = &["proxy_connect_header"];

impl Http {
    /// What an entry says of it, or `global`, or nobody.
    pub(in super::super) fn read(entry: &mut Entry<'_>) -> Option<Self> {
        match entry
            .get("http_config")
            .or_else(|| entry.global("http_config"))
        {
            Some(node) => entry.within("http_config", node, of),
            None => built(entry, Client::builder().no_proxy(), Auth::None, true),
        }
    }
}

fn of(entry: &mut Entry<'_>) -> Option<Http> {
    for name in OTHERS {
        if let Some(node) = entry.get(name) {
            entry.wrong(node.at, format!("{name} is not supported here"));
        }
    }
    let known: Vec<_> = KNOWN.iter().chain(OTHERS).copied().collect();
    entry.known(&known);
    let auth = auth(entry);
    let builder = connection(entry);
    let follows = entry.flag("follow_redirects", true);
    // What is sent is small: HTTP 1.1 does.
    entry.flag("enable_http2", true);
    let headers = headers(entry);
    let mut http = built(entry, builder, auth, follows)?;
    http.headers = headers;
    Some(http)
}

/// How somebody is reached: `tls_config` and the proxy.
pub(super) fn connection(entry: &mut Entry<'_>) -> ClientBuilder {
    let mut builder = Client::builder();
    if let Some(node) = entry.get("tls_config") {
        builder = entry.within("tls_config", node, |entry| tls(entry, builder));
    }
    if entry.flag("proxy_from_environment", false) {
        let at = entry.place("proxy_from_environment");
        entry.wrong(
            at,
            "proxy_from_environment is not supported here; use proxy_url",
        );
    }
    let excepted = entry.text("no_proxy").and_then(NoProxy::from_string);
    // Nothing but the file says where messages go.
    builder = builder.no_proxy();
    if let Some(url) = entry.text("proxy_url") {
        match Proxy::all(url) {
            Ok(proxy) => builder = builder.proxy(proxy.no_proxy(excepted)),
            Err(error) => entry.wrong(entry.place("proxy_url"), deepest(&error)),
        }
    }
    builder
}

fn built(entry: &mut Entry<'_>, builder: ClientBuilder, auth: Auth, follows: bool) -> Option<Http> {
    let builder = builder
        .user_agent(concat!("mcp-observatory/", env!("CARGO_PKG_VERSION")))
        // The address may hold a secret, which is nobody else's.
        .referer(false);
    let builder = match follows {
        true => outbound::following(builder, MOST_REDIRECTS),
        false => outbound::guarded(builder).redirect(Policy::none()),
    };
    match builder.build() {
        Ok(client) => Some(Http {
            client,
            auth,
            headers: Vec::new(),
        }),
        Err(error) => {
            entry.wrong(entry.at, deepest(&error));
            None
        }
    }
}

fn auth(entry: &mut Entry<'_>) -> Auth {
    let given: Vec<_> = [
        "basic_auth",
        "authorization",
        "bearer_token",
        "bearer_token_file",
        "oauth2",
    ]
    .into_iter()
    .filter_map(|name| Some((name, entry.get(name)?)))
    .collect();
    if let [(first, _), (second, node), ..] = given.as_slice() {
        entry.wrong(node.at, format!("{first} and {second} exclude each other"));
    }
    match given.first() {
        Some(("basic_auth", node)) => entry.within("basic_auth", node, |entry| {
            entry.known(&["username", "username_file", "password", "password_file"]);
            let nothing = || Secret::Here(String::new());
            Auth::Basic {
                username: entry.secret("username").unwrap_or_else(nothing),
                password: entry.secret("password").unwrap_or_else(nothing),
            }
        }),
        Some(("authorization", node)) => entry.within("authorization", node, |entry| {
            entry.known(&["type", "credentials", "credentials_file"]);
            let kind = entry.text("type").unwrap_or("Bearer").to_owned();
            match entry.secret("credentials") {
                Some(credentials) => Auth::Header { kind, credentials },
                None => {
                    entry.missing("credentials");
                    Auth::None
                }
            }
        }),
        Some(("oauth2", node)) => {
            let read = entry.within("oauth2", node, OAuth2::read);
            read.map_or(Auth::None, Auth::OAuth2)
        }
        Some(_) => match entry.secret("bearer_token") {
            Some(credentials) => Auth::Header {
                kind: "Bearer".to_owned(),
                credentials,
            },
            None => Auth::None,
        },
        None => Auth::None,
    }
}

/// What stands in a setting, or in the file it names.
pub(in super::super) fn pem(entry: &mut Entry<'_>, name: &str) -> Option<String> {
    if let Some(here) = entry.text(name) {
        return Some(here.to_owned());
    }
    let file = format!("{name}_file");
    let path = entry.text(&file).map(|text| entry.path(text))?;
    match std::fs::read_to_string(&path) {
        Ok(text) => Some(text),
        Err(error) => {
            let at = entry.place(&file);
            entry.wrong(at, format!("{} cannot be read: {error}", path.display()));
            None
        }
    }
}

/// Names in a `tls_config`.
pub(in super::super) const TLS: &[&str] = &[
    "ca",
    "ca_file",
    "cert",
    "cert_file",
    "insecure_skip_verify",
    "key",
    "key_file",
];

fn tls(entry: &mut Entry<'_>, mut builder: ClientBuilder) -> ClientBuilder {
    if let Some(node) = entry.get("server_name") {
        entry.wrong(node.at, "server_name is not supported here");
    }
    if let Some(version) = version(entry, "min_version") {
        builder = builder.tls_version_min(version);
    }
    if let Some(version) = version(entry, "max_version") {
        builder = builder.tls_version_max(version);
    }
    let known: Vec<_> = TLS
        .iter()
        .chain(&["server_name", "min_version", "max_version"])
        .copied()
        .collect();
    entry.known(&known);
    if let Some(ca) = pem(entry, "ca") {
        match reqwest::Certificate::from_pem_bundle(ca.as_bytes()) {
            Ok(found) if !found.is_empty() => {
                builder = found
                    .into_iter()
                    .fold(builder, |builder, one| builder.add_root_certificate(one));
            }
            Ok(_) => entry.wrong(entry.at, "ca is no certificate in PEM: none begins in it"),
            Err(error) => entry.wrong(
                entry.at,
                format!("ca is no certificate in PEM: {}", deepest(&error)),
            ),
        }
    }
    if let (Some(cert), Some(key)) = (pem(entry, "cert"), pem(entry, "key")) {
        match reqwest::Identity::from_pem(format!("{cert}\n{key}").as_bytes()) {
            Ok(identity) => builder = builder.identity(identity),
            Err(error) => {
                let why = deepest(&error);
                entry.wrong(entry.at, format!("cert and key are none in PEM: {why}"));
            }
        }
    }
    if entry.flag("insecure_skip_verify", false) {
        builder = builder.danger_accept_invalid_certs(true);
    }
    builder
}

/// A version of TLS; what is older than 1.2 is not spoken.
fn version(entry: &mut Entry<'_>, name: &str) -> Option<Version> {
    match (name, entry.text(name)?) {
        (_, "TLS13") => Some(Version::TLS_1_3),
        (_, "TLS12") | ("min_version", "TLS10" | "TLS11") => Some(Version::TLS_1_2),
        (_, other) => {
            let at = entry.place(name);
            entry.wrong(
                at,
                format!("{name} is TLS12 or TLS13, and this is {other:?}"),
            );
            None
        }
    }
}

/// `http_headers`: a name, and its `values`, `secrets` and `files`.
fn headers(entry: &mut Entry<'_>) -> Vec<(String, Secret)> {
    let mut read = Vec::new();
    let Some(Node {
        is: Kind::Map(pairs),
        ..
    }) = entry.get("http_headers")
    else {
        return read;
    };
    for (key, node) in pairs {
        if reqwest::header::HeaderName::from_bytes(key.name.as_bytes()).is_err() {
            entry.wrong(key.at, format!("{:?} is no name of a header", key.name));
            continue;
        }
        entry.within("http_headers", node, |entry| {
            entry.known(&["values", "secrets", "files"]);
            for list in ["values", "secrets", "files"] {
                for item in entry.list(list) {
                    let Kind::Text(text) = &item.is else {
                        entry.wrong(item.at, "a text is expected here");
                        continue;
                    };
                    let secret = match list {
                        "files" => Secret::File(entry.path(text)),
                        _ => Secret::Here(text.clone()),
                    };
                    read.push((key.name.clone(), secret));
                }
            }
        });
    }
    read
}
