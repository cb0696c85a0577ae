//! The section `launcher`: how patient to be with servers that the product starts.

use std::time::Duration;

use serde::Deserialize;

use super::Mistakes;
use super::file::duration;

/// When a server that ends again and again is called a crash loop, and who is served over HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launching {
    /// It ended more often than this without being told to, …
    pub crash_loop_restarts: u32,
    /// … within this time.
    pub crash_loop_window: Duration,
    /// Names of servers that are served over HTTP though their own files cannot say so.
    pub serve_http: Vec<String>,
    /// Whether what these servers and their clients say to each other is counted.
    pub tap: bool,
}

impl Default for Launching {
    fn default() -> Self {
        Self {
            crash_loop_restarts: 5,
            crash_loop_window: Duration::from_secs(300),
            serve_http: Vec::new(),
            tap: false,
        }
    }
}

/// The section as written.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RawLauncher {
    crash_loop_restarts: Option<u32>,
    crash_loop_window: Option<String>,
    backoff_min: Option<String>,
    backoff_max: Option<String>,
    stable_after: Option<String>,
    serve_http: Vec<String>,
    tap: bool,
}

pub(super) const KEYS: &[&str] = &[
    "crash_loop_restarts",
    "crash_loop_window",
    "backoff_min",
    "backoff_max",
    "stable_after",
    "serve_http",
    "tap",
];

impl RawLauncher {
    /// Checks it; how long to wait between two tries is the business of probes.
    pub(super) fn into_config(self, probe: &mut mcp::Config, mistakes: &mut Mistakes) -> Launching {
        let mut config = Launching::default();
        let mut set = |path: &str, text: Option<&String>, value: &mut Duration| {
            let Some(given) = duration(path, text, mistakes) else {
                return;
            };
            if given.is_zero() {
                mistakes.push(path, "must be longer than 0");
            }
            *value = given;
        };
        for (path, text, value) in [
            (
                "launcher.crash_loop_window",
                &self.crash_loop_window,
                &mut config.crash_loop_window,
            ),
            (
                "launcher.backoff_min",
                &self.backoff_min,
                &mut probe.backoff_min,
            ),
            (
                "launcher.backoff_max",
                &self.backoff_max,
                &mut probe.backoff_max,
            ),
            (
                "launcher.stable_after",
                &self.stable_after,
                &mut probe.stable_after,
            ),
        ] {
            set(path, text.as_ref(), value);
        }
        if probe.backoff_max < probe.backoff_min {
            let message = "must not be shorter than launcher.backoff_min";
            mistakes.push("launcher.backoff_max", message);
        }
        if let Some(restarts) = self.crash_loop_restarts {
            config.crash_loop_restarts = restarts;
        }
        config.serve_http = self.serve_http;
        config.tap = self.tap;
        config
    }
}
