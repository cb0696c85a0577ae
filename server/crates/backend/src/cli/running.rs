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
}
