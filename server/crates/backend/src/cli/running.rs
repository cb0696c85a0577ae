//! What commands have in common that speak to a running product: where it is, and who asks.

use clap::Args;

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
