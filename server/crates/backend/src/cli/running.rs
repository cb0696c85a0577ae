//! What commands have in common that speak to a running product: where it is, and who asks.

use std::time::Duration;

use clap::Args;
use reqwest::{Client, RequestBuilder};
use serde_json::Value;

use super::BAD_CONFIGURATION;

/// Longest time until there is a connection.
const CONNECTING: Duration = Duration::from_secs(10);
/// Longest time until there is an answer.
const WAITING: Duration = Duration::from_secs(60);

/// The variable that holds the API key.
pub(super) const KEY: &str = "OBSERVATORY_KEY";

/// Where the product is, and who asks.
#[derive(Clone, Debug, Args)]
pub(super) struct Running {
    /// Where the product is.
    #[arg(
        long,
        value_name = "URL",
        env = "OBSERVATORY_URL",
        default_value = "http://127.0.0.1:10204"
    )]
    url: String,
    /// The API key, where it wants one.
    #[arg(
        long,
        value_name = "KEY",
        env = KEY,
        hide_env_values = true
    )]
    key: Option<String>,
}

impl Running {
    /// Its address; one without a scheme is one of HTTP.
    pub(super) fn url(&self) -> String {
        match self.url.contains("://") {
            true => self.url.clone(),
            false => format!("http://{}", self.url),
        }
    }

    /// The same without a slash at its end.
    fn base(&self) -> String {
        self.url().trim_end_matches('/').to_owned()
    }

    /// The key; an empty variable is none.
    pub(super) fn key(&self) -> Option<&str> {
        self.key.as_deref().filter(|key| !key.is_empty())
    }

    /// Sends it something; the answer is JSON.
    ///
    /// # Errors
    /// As [`Running::ask`].
    pub(super) fn send(
        &self,
        path: &str,
        media: &'static str,
        body: Vec<u8>,
    ) -> Result<Value, (String, u8)> {
        let answer = self.ask(|client, base| {
            let request = client.post(format!("{base}{path}"));
            Ok(request
                .header(reqwest::header::CONTENT_TYPE, media)
                .body(body))
        })?;
        serde_json::from_slice(&answer).map_err(|_| (no_product(&self.base()), 1))
    }

    /// Asks it something; the answer is given as it is. `request` makes the request, of the product's address without a
    /// slash at its end.
    ///
    /// # Errors
    /// A sentence that says why there is no answer, and the exit code for it: 64 when what was asked is wrong, else 1.
    pub(super) fn ask(
        &self,
        request: impl FnOnce(&Client, &str) -> Result<RequestBuilder, String>,
    ) -> Result<Vec<u8>, (String, u8)> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| (format!("no runtime: {error}"), 1))?;
        runtime.block_on(self.asked(request))
    }

    /// The same, where a runtime is already.
    ///
    /// # Errors
    /// As [`Running::ask`].
    pub(super) async fn asked(
        &self,
        request: impl FnOnce(&Client, &str) -> Result<RequestBuilder, String>,
    ) -> Result<Vec<u8>, (String, u8)> {
        let base = self.base();
        let wrong = |error: reqwest::Error| (silent(&base, &error), 1);
        let client = Client::builder()
            .connect_timeout(CONNECTING)
            .timeout(WAITING)
            .build()
            .map_err(wrong)?;
        let mut request = request(&client, &base).map_err(|why| (why, 1))?;
        if let Some(key) = self.key() {
            request = request.bearer_auth(key);
        }
        let response = request.send().await.map_err(wrong)?;
        let status = response.status();
        let body = response.bytes().await.map_err(wrong)?;
        if status.is_success() {
            return Ok(body.to_vec());
        }
        let problem: Value = serde_json::from_slice(&body).unwrap_or_default();
        Err(match problem["message"].as_str() {
            Some(_) if status == 401 => (
                format!("{base} lets nobody in without a key: give one with --key or {KEY}"),
                1,
            ),
            Some(message) if [400, 404, 413].contains(&status.as_u16()) => {
                (message.to_owned(), BAD_CONFIGURATION)
            }
            Some(message) => (message.to_owned(), 1),
            None => (no_product(&base), 1),
        })
    }

    /// Asks it with a form; the answer is JSON.
    ///
    /// # Errors
    /// A sentence that says why there is no answer.
    pub(super) async fn post(&self, path: &str, form: &[(&str, String)]) -> Result<Value, String> {
        let base = self.base();
        let wrong = |error: reqwest::Error| silent(&base, &error);
        let mut request = Client::new().post(format!("{base}{path}")).form(form);
        if let Some(key) = self.key() {
            request = request.bearer_auth(key);
        }
        let response = request.send().await.map_err(wrong)?;
        let text = response.text().await.map_err(wrong)?;
        serde_json::from_str(&text).map_err(|_| no_product(&base))
    }
}

fn silent(base: &str, error: &reqwest::Error) -> String {
    format!("{base} does not answer: {error}; is the product running there? (--url)")
}

fn no_product(base: &str) -> String {
    format!("{base} answers nothing that a product would say (--url)")
}
