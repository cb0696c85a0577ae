//! OAuth client credentials: a token is got with an id and a secret, kept, and renewed before it
//! ends.
//!
//! Of all of OAuth this is two documents and one request, so no library is asked; what they may
//! lead to is limited by `metadata.rs`.

use std::time::Duration;

use reqwest::Url;
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::config::OAuth;
use crate::metadata::{self, Issuer};
use crate::text::Secrets;

/// How long a token is used that does not say when it ends.
const UNTOLD: Duration = Duration::from_secs(300);

/// Tokens for one endpoint.
pub(crate) struct Tokens {
    client: reqwest::Client,
    endpoint: Url,
    oauth: OAuth,
    secrets: Secrets,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    /// Where tokens come from, once that is known.
    issuer: Option<Issuer>,
    token: Option<Token>,
}

struct Token {
    value: String,
    renew_at: Instant,
}

impl Tokens {
    /// Tokens for `endpoint`; nothing is asked yet. `secrets` learn each token.
    ///
    /// # Errors
    /// What is wrong with the settings, in words.
    pub(crate) fn new(oauth: OAuth, endpoint: Url, secrets: Secrets) -> Result<Self, String> {
        let issuer = match &oauth.token_url {
            Some(text) => Some(Issuer {
                token_url: Url::parse(text).map_err(|error| format!("token_url: {error}"))?,
                secret_in_body: false,
            }),
            None => None,
        };
        Ok(Self {
            client: metadata::client()?,
            endpoint,
            secrets,
            oauth,
            held: Mutex::new(Held {
                issuer,
                token: None,
            }),
        })
    }

    /// A token that is good for now.
    ///
    /// # Errors
    /// Why there is none, in words.
    pub(crate) async fn bearer(&self) -> Result<String, String> {
        let mut held = self.held.lock().await;
        if let Some(token) = held
            .token
            .as_ref()
            .filter(|it| Instant::now() < it.renew_at)
        {
            return Ok(token.value.clone());
        }
        let token = self.fresh(&mut held.issuer).await?;
        let value = token.value.clone();
        self.secrets.learn(&value);
        held.token = Some(token);
        Ok(value)
    }

    /// Forgets a token that is not accepted.
    pub(crate) async fn forget(&self, refused: &str) {
        let mut held = self.held.lock().await;
        if held
            .token
            .as_ref()
            .is_some_and(|token| token.value == refused)
        {
            held.token = None;
        }
    }

    /// A new token. Where tokens come from is looked up again when none comes from there any more, unless it is
    /// configured.
    async fn fresh(&self, issuer: &mut Option<Issuer>) -> Result<Token, String> {
        if self.oauth.token_url.is_some()
            && let Some(configured) = issuer
        {
            return self.ask(configured).await;
        }
        let mut failed = None;
        if let Some(known) = issuer.take() {
            match self.ask(&known).await {
                Ok(token) => {
                    *issuer = Some(known);
                    return Ok(token);
                }
                Err(why) => failed = Some((known, why)),
            }
        }
        let found = self.discover().await;
        let found = match (found, failed) {
            (Ok(found), Some((known, why))) if found == known => return Err(why),
            (Err(_), Some((_, why))) => return Err(why),
            (found, _) => found?,
        };
        let token = self.ask(&found).await?;
        *issuer = Some(found);
        Ok(token)
    }

    async fn discover(&self) -> Result<Issuer, String> {
        let found = metadata::resource(&self.client, &self.endpoint, None).await;
        let resource = found.map_err(|why| {
            format!("where to get a token could not be found out ({why}); token_url can name it")
        })?;
        let issuer = &resource.issuers[0];
        let found = metadata::issuer(&self.client, issuer, &self.endpoint).await?;
        // The server says where the secret goes; to another host only a person sends it.
        if found.token_url.host_str() != self.endpoint.host_str() {
            return Err(format!(
                "the server's metadata would send the client secret to another host; if that is right, set token_url = \"{}\"",
                crate::text::public_url(found.token_url.as_str())
            ));
        }
        Ok(found)
    }

    async fn ask(&self, issuer: &Issuer) -> Result<Token, String> {
        let oauth = &self.oauth;
        // What a query holds may be a secret of the server's.
        let resource = crate::public_url(self.endpoint.as_str());
        let mut form = vec![
            ("grant_type", "client_credentials"),
            ("resource", resource.as_str()),
        ];
        if let Some(scope) = &oauth.scope {
            form.push(("scope", scope));
        }
        let mut request = self.client.post(issuer.token_url.clone());
        if issuer.secret_in_body {
            form.push(("client_id", &oauth.client_id));
            form.push(("client_secret", &oauth.client_secret));
        } else {
            request = request.basic_auth(&oauth.client_id, Some(&oauth.client_secret));
        }
        let request = request.header("accept", "application/json").form(&form);
        let asked = Instant::now();
        let shown = crate::public_url(issuer.token_url.as_str());
        let answer = request.send().await;
        let answer = answer.map_err(|_| format!("{shown} does not answer"))?;
        let status = answer.status();
        let body = metadata::body(answer).await?;
        let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
        let text = |key| answer.get(key).and_then(Value::as_str);
        if !status.is_success() {
            let words = [text("error"), text("error_description")];
            let words: Vec<_> = words.into_iter().flatten().collect();
            let said = match words.is_empty() {
                true => String::new(),
                false => format!(": “{}”", self.secrets.quote(&words.join(": "))),
            };
            return Err(format!("{shown} answers HTTP {}{said}", status.as_u16()));
        }
        let bearer = |kind: &str| kind.eq_ignore_ascii_case("bearer");
        if !text("token_type").is_none_or(bearer) {
            return Err(format!("{shown} gives a token that is no bearer token"));
        }
        let value = text("access_token").ok_or(format!("{shown} answers without a token"))?;
        let lasts = answer.get("expires_in").and_then(Value::as_u64);
        Ok(Token {
            value: value.to_owned(),
            renew_at: asked + lasts.map_or(UNTOLD, renewed_after),
        })
    }
}

/// How long a token is used: not to its very end, for requests take their time too.
fn renewed_after(seconds: u64) -> Duration {
    let lasts = Duration::from_secs(seconds.min(365 * 86_400));
    lasts.saturating_sub((lasts / 5).min(Duration::from_secs(60)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_renewed_before_they_end() {
        for (lasts, used) in [(3600, 3540), (300, 240), (10, 8), (0, 0)] {
            assert_eq!(renewed_after(lasts), Duration::from_secs(used));
        }
    }
}
