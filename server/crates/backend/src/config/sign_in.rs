//! How the product signs in at a server: `[servers.NAME.oauth]`.

use serde::Deserialize;
use serde_json::Value;

use super::clients::Values;
use super::file::read_value;
use super::{Mistakes, Secret, secrets};

/// Client credentials, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct ClientCredentials {
    /// Who this client is.
    pub client_id: String,
    /// Its secret.
    pub client_secret: Secret,
    /// What the token has to allow.
    pub scope: Option<String>,
    /// Where tokens are got; found out from the server's metadata where missing.
    pub token_url: Option<String>,
}

/// Client credentials as written.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Raw {
    client_id: Option<String>,
    client_secret: Option<Secret>,
    scope: Option<String>,
    token_url: Option<String>,
}

const KEYS: &[&str] = &["client_id", "client_secret", "scope", "token_url"];

/// Checks client credentials and fills in their values.
pub(super) fn read(
    value: Value,
    values: &mut Values<'_>,
    mistakes: &mut Mistakes,
) -> Option<ClientCredentials> {
    let path = format!("{}.oauth", values.path());
    let before = mistakes.errors();
    let raw: Raw = read_value(value, &path, KEYS, mistakes);
    let (Some(id), Some(secret)) = (raw.client_id, raw.client_secret) else {
        // What could not be read at all has been reported.
        if mistakes.errors() == before {
            mistakes.push(path, "needs client_id and client_secret");
        }
        return None;
    };
    let at = "oauth.client_secret";
    if secrets::is_value(secret.expose()) && values.is_literal(at, secret.expose()) {
        mistakes.warn(
            format!("{path}.client_secret"),
            "a secret stands in clear text in this file",
            values.instead_of_secret(at),
        );
    }
    let mut filled = |key: &str, text: &str| values.fill(&format!("oauth.{key}"), text, mistakes);
    let client_id = filled("client_id", &id);
    let client_secret = Secret::new(filled("client_secret", secret.expose()));
    let scope = raw.scope.map(|text| filled("scope", &text));
    let token_url = raw.token_url.map(|text| filled("token_url", &text));
    if token_url.as_ref().is_some_and(|url| !is_address(url)) {
        let message = "is no address; write for instance https://login.example/token";
        mistakes.push(format!("{path}.token_url"), message);
    }
    Some(ClientCredentials {
        client_id,
        client_secret,
        scope,
        token_url,
    })
}

/// Whether a text is an address of the web.
pub(super) fn is_address(text: &str) -> bool {
    let parsed: Result<http::Uri, _> = text.parse();
    parsed
        .is_ok_and(|uri| matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some())
}
