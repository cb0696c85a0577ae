//! `oauth2`: a token for a client that has a name and a secret, asked for when it is needed (RFC 6749, section 4.4) and kept
//! until it is over.

use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{Client, StatusCode, Url};
use serde_json::Value as Json;
use tokio::sync::Mutex;
use yaml::Kind;

use super::super::entry::{Entry, Secret};
use super::deepest;
use super::settings::connection;
use crate::channel::{Cause, Failure};

/// A token is asked for anew this long before it is over, as in Go's library.
const BEFORE_END: Duration = Duration::from_secs(10);
/// The most of an answer that is read, in bytes.
const LONGEST: usize = 64 * 1024;

/// Who asks for tokens, where, and the last one. All who post by one setting share it.
#[derive(Clone, Debug)]
pub(super) struct OAuth2 {
    client: Client,
    token_url: Url,
    id: String,
    secret: Secret,
    /// What is asked besides: scopes and `endpoint_params`.
    fields: Vec<(String, String)>,
    kept: Arc<Mutex<Option<Token>>>,
}

#[derive(Clone)]
struct Token {
    word: String,
    until: Option<Instant>,
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(model::REDACTED)
    }
}

impl OAuth2 {
    /// What a setting says of it.
    pub(super) fn read(entry: &mut Entry<'_>) -> Option<Self> {
        entry.known(&[
            "client_id",
            "client_secret",
            "client_secret_file",
            "endpoint_params",
            "no_proxy",
            "proxy_from_environment",
            "proxy_url",
            "scopes",
            "tls_config",
            "token_url",
        ]);
        let mut fields = Vec::new();
        let scopes: Vec<_> = entry
            .list("scopes")
            .iter()
            .filter_map(|item| match &item.is {
                Kind::Text(text) => Some(text.as_str()),
                _ => None,
            })
            .collect();
        if !scopes.is_empty() {
            fields.push(("scope".to_owned(), scopes.join(" ")));
        }
        if let Some(node) = entry.get("endpoint_params")
            && let Kind::Map(pairs) = &node.is
        {
            for (key, node) in pairs {
                match &node.is {
                    Kind::Text(text) => fields.push((key.name.clone(), text.clone())),
                    _ => entry.wrong(node.at, "a text is expected here"),
                }
            }
        }
        let builder = connection(entry);
        let id = entry.needed("client_id").map(ToOwned::to_owned);
        let secret = entry.secret("client_secret");
        if secret.is_none() {
            entry.missing("client_secret");
        }
        let token_url = address(entry);
        let client = match outbound::guarded(builder).build() {
            Ok(client) => client,
            Err(error) => {
                entry.wrong(entry.at, deepest(&error));
                return None;
            }
        };
        Some(Self {
            client,
            token_url: token_url?,
            id: id?,
            secret: secret?,
            fields,
            kept: Arc::default(),
        })
    }

    /// A token that holds: the last one, or another. Whoever comes meanwhile waits for the same.
    ///
    /// # Errors
    /// Why there is none, without the secret; it passes where the server may give one later.
    pub(super) async fn token(&self) -> Result<String, Failure> {
        let mut kept = self.kept.lock().await;
        if let Some(token) = kept.as_ref()
            && token.until.is_none_or(|until| Instant::now() < until)
        {
            return Ok(token.word.clone());
        }
        let unreadable = |error| Failure::new(Cause::Authentication, error);
        let secret = self.secret.word().await.map_err(unreadable)?;
        // As in Go's library: by header, which servers have to understand, and by the body for those that do not.
        let asked = match self.ask(&secret, true).await {
            Err(Refusal::Client) => self.ask(&secret, false).await,
            asked => asked,
        };
        let token = asked.map_err(|refusal| match refusal {
            Refusal::Client => {
                let why = format!("{} knows no such client", self.place());
                Failure::new(Cause::Authentication, why)
            }
            Refusal::Other(cause, why) => {
                let why = model::Secrets::of([secret.as_str()])
                    .hide(&why)
                    .into_owned();
                Failure::new(cause, format!("{} gave no token: {why}", self.place()))
            }
        })?;
        let word = token.word.clone();
        *kept = Some(token);
        Ok(word)
    }

    /// The receiver does not take the last token: whoever asks next gets another.
    pub(super) async fn forget(&self) {
        *self.kept.lock().await = None;
    }

    fn place(&self) -> String {
        super::shown(self.token_url.as_str())
    }

    async fn ask(&self, secret: &str, by_header: bool) -> Result<Token, Refusal> {
        let lost =
            |error: reqwest::Error| Refusal::Other(Cause::Network, deepest(&error.without_url()));
        outbound::check(&self.token_url)
            .map_err(|refused| Refusal::Other(Cause::Refused, refused.to_string()))?;
        let grant = ("grant_type".to_owned(), "client_credentials".to_owned());
        let mut fields = vec![grant];
        fields.extend(self.fields.iter().cloned());
        let mut request = self
            .client
            .post(self.token_url.clone())
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, "application/json");
        if by_header {
            request = request.basic_auth(encoded(&self.id), Some(encoded(secret)));
        } else {
            fields.push(("client_id".to_owned(), self.id.clone()));
            fields.push(("client_secret".to_owned(), secret.to_owned()));
        }
        let asked = request.body(form(&fields)).send().await;
        let mut response = asked.map_err(lost)?;
        let status = response.status();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(lost)? {
            body.extend_from_slice(&chunk);
            if body.len() > LONGEST {
                let why = format!("its answer has more than {LONGEST} bytes");
                return Err(Refusal::Other(Cause::Server, why));
            }
        }
        let said: Json = serde_json::from_slice(&body).unwrap_or_default();
        if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::BAD_REQUEST)
            && (by_header || said["error"] == "invalid_client")
        {
            return Err(Refusal::Client);
        }
        let Some(word) = said["access_token"]
            .as_str()
            .filter(|_| status.is_success())
        else {
            let why = [&said["error_description"], &said["error"]];
            let why = why
                .into_iter()
                .find_map(Json::as_str)
                .unwrap_or("no access_token in its answer");
            let cause = match status {
                status if status.is_client_error() => Cause::Authentication,
                _ => Cause::Server,
            };
            return Err(Refusal::Other(cause, format!("{status}, {why}")));
        };
        let seconds = said["expires_in"].as_f64().filter(|seconds| *seconds > 0.0);
        let lasts = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        Ok(Token {
            word: word.to_owned(),
            until: lasts
                .and_then(|lasts| Instant::now().checked_add(lasts.saturating_sub(BEFORE_END))),
        })
    }
}

enum Refusal {
    /// The client is not known, or not in this way.
    Client,
    Other(Cause, String),
}

fn address(entry: &mut Entry<'_>) -> Option<Url> {
    let text = entry.needed("token_url")?;
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Some(url),
        _ => {
            let at = entry.place("token_url");
            entry.wrong(at, "token_url begins with neither http:// nor https://");
            None
        }
    }
}

/// Names and values as a form has them.
fn form(fields: &[(String, String)]) -> String {
    let mut url = Url::parse("form:///").expect("it is an address");
    url.query_pairs_mut().extend_pairs(fields);
    url.query().unwrap_or_default().to_owned()
}

/// A text as a form has it, which is how names and secrets stand in the header (RFC 6749, section 2.3.1).
fn encoded(text: &str) -> String {
    let pair = form(&[(String::new(), text.to_owned())]);
    pair.trim_start_matches('=').to_owned()
}
