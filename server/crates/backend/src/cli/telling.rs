//! What commands have in common that tell the product what passes by: whom they tell, and of which server.

use std::path::PathBuf;

use clap::Args;
use tap::Settings;

use super::payloads::PayloadOptions;
use super::running::Running;

/// Which server, and whom to tell.
#[derive(Clone, Debug, Args)]
pub(super) struct Telling {
    /// The name of the server.
    #[arg(long, value_name = "NAME")]
    name: String,
    #[command(flatten)]
    running: Running,
    /// Where to keep what the product does not take now
    /// [default: mcp-observatory/spool in $XDG_STATE_HOME or ~/.local/state].
    #[arg(long, value_name = "FOLDER", env = "OBSERVATORY_SPOOL")]
    spool: Option<PathBuf>,
    /// How large that folder may become, in bytes; then the oldest goes.
    #[arg(long, value_name = "BYTES", default_value_t = tap::LARGEST_SPOOL)]
    spool_bytes: u64,
    #[command(flatten)]
    payloads: PayloadOptions,
}

impl Telling {
    /// The same for who does it.
    ///
    /// # Errors
    /// When something is wrong, in words.
    pub(super) fn settings(self) -> Result<Settings, String> {
        if self.name.trim().is_empty() || self.name.chars().count() > 128 {
            return Err("--name: a server has a name of 1 to 128 letters".to_owned());
        }
        let payloads = self.payloads.read().map_err(|wrong| wrong.to_string())?;
        let url = self.running.url();
        Ok(Settings {
            name: self.name,
            spool: spool_folder(self.spool, &url),
            key: self.running.key().map(str::to_owned),
            spool_bytes: self.spool_bytes,
            payloads: Some(payloads),
            url,
        })
    }
}

/// Where what is meant for a product waits, in the folder that was named or the usual one: not where it is delivered to
/// another.
pub(super) fn spool_folder(named: Option<PathBuf>, url: &str) -> Option<PathBuf> {
    let folder = named.or_else(default_spool)?;
    Some(folder.join(folder_name(url)))
}

fn folder_name(url: &str) -> String {
    let plain = |letter: char| match letter.is_ascii_alphanumeric() || letter == '.' {
        true => letter,
        false => '-',
    };
    // A password in the address does not belong into the name of a folder.
    let url = match url.split_once("://") {
        Some((scheme, rest)) => match rest.rsplit_once('@') {
            Some((_, host)) => format!("{scheme}://{host}"),
            None => url.to_owned(),
        },
        None => url.to_owned(),
    };
    url.trim_end_matches('/')
        .chars()
        .map(plain)
        .take(200)
        .collect()
}

fn default_spool() -> Option<PathBuf> {
    let folder = |name: &str| {
        std::env::var_os(name)
            .filter(|it| !it.is_empty())
            .map(PathBuf::from)
    };
    let state = folder("XDG_STATE_HOME").or_else(|| Some(folder("HOME")?.join(".local/state")));
    Some(state?.join("mcp-observatory/spool"))
}
