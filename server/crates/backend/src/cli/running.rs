//! What commands have in common that speak to a running product: where it is, and who asks.

use std::time::Duration;

use clap::Args;
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

    /// The key; an empty variable is none.
    pub(super) fn key(&self) -> Option<&str> {
        self.key.as_deref().filter(|key| !key.is_empty())
    }

    /// Sends it something; the answer is JSON.
    ///
    /// # Errors
    /// A sentence that says why it was not taken, and the exit code for it: 64 when what was sent is wrong, else 1.
    pub(super) fn send(
        &self,
        path: &str,
        media: &'static str,
        body: Vec<u8>,
    ) -> Result<Value, (String, u8)> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| (format!("no runtime: {error}"), 1))?;
        runtime.block_on(self.sent(path, media, body))
    }

    async fn sent(
        &self,
        path: &str,
        media: &'static str,
        body: Vec<u8>,
    ) -> Result<Value, (String, u8)> {
        let base = self.url();
        let base = base.trim_end_matches('/');
        let wrong = |error: reqwest::Error| {
            let why =
                format!("{base} does not answer: {error}; is the product running there? (--url)");
            (why, 1)
        };
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECTING)
            .timeout(WAITING)
            .build()
            .map_err(wrong)?;
        let mut request = client
            .post(format!("{base}{path}"))
            .header(reqwest::header::CONTENT_TYPE, media)
            .body(body);
        if let Some(key) = self.key() {
            request = request.bearer_auth(key);
        }
        let response = request.send().await.map_err(wrong)?;
        let status = response.status();
        let bytes = response.bytes().await.map_err(wrong)?;
        let answer: Option<Value> = serde_json::from_slice(&bytes).ok();
        match answer {
            Some(answer) if status.is_success() => Ok(answer),
            Some(_) if status == 401 => Err((
                format!("{base} lets nobody in without a key: give one with --key or {KEY}"),
                1,
            )),
            Some(Value::Object(problem)) if problem.contains_key("message") => {
                let message = problem["message"].as_str().unwrap_or_default().to_owned();
                let is_wrong = status == 400 || status == 404 || status == 413;
                Err((message, if is_wrong { BAD_CONFIGURATION } else { 1 }))
            }
            _ => Err((
                format!("{base} answers nothing that a product would say (--url)"),
                1,
            )),
        }
    }

    /// Asks it with a form; the answer is JSON.
    ///
    /// # Errors
    /// A sentence that says why there is no answer.
    pub(super) async fn post(
        &self,
        path: &str,
        form: &[(&str, String)],
    ) -> Result<serde_json::Value, String> {
        let base = self.url();
        let base = base.trim_end_matches('/');
        let wrong = |error: reqwest::Error| {
            format!("{base} does not answer: {error}; is the product running there? (--url)")
        };
        let mut request = reqwest::Client::new()
            .post(format!("{base}{path}"))
            .form(form);
        if let Some(key) = self.key() {
            request = request.bearer_auth(key);
        }
        let response = request.send().await.map_err(wrong)?;
        let text = response.text().await.map_err(wrong)?;
        serde_json::from_str(&text)
            .map_err(|_| format!("{base} answers nothing that a product would say (--url)"))
    }
}
